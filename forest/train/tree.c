/* SPDX-License-Identifier: MIT */
#include "forest/train/tree.h"

#include <string.h>

#include "forest/file/node.h"
#include "forest/train/random.h"
#include "forest/train/team.h"
#include "nn/base/prefetch.h"
#include "forest/train/weight.h"

#define ASK_ROWS 256u /* whose ranks are asked for before a search */
#define WALKS    16u  /* rows on their way down at a time */

uint32_t nev_tree_leaves_max(const struct nev_forest_params *params, uint32_t rows)
{
    uint32_t draws = params->draws != 0 ? params->draws : rows, leaves = draws / params->min_samples_leaf;

    if (params->max_depth != 0 && params->max_depth < 31 && leaves > (uint32_t)1 << params->max_depth) {
        leaves = (uint32_t)1 << params->max_depth;
    }
    return leaves == 0 ? 1 : leaves;
}

/* What the search in nodes with two classes needs. */
static void carve_search(struct nev_split_work *w, struct nev_carve *c, uint64_t rows)
{
    const uint64_t bins = NEV_SPLIT_BINS_MAX + NEV_SPLIT_LANES;

    w->weight = nev_carve_take(c, rows, sizeof *w->weight);
    w->small = nev_carve_take(c, NEV_SPLIT_PAIRS_MAX, sizeof *w->small);
    w->value = nev_carve_take(c, rows + NEV_SPLIT_LANES, sizeof(uint32_t));
    w->bin = nev_carve_take(c, bins, sizeof *w->bin);
    w->below[0] = nev_carve_take(c, bins, sizeof *w->below[0]);
    w->below[1] = nev_carve_take(c, bins, sizeof *w->below[1]);
    w->gain = nev_carve_take(c, bins, sizeof *w->gain);
    w->bound[0] = nev_carve_take(c, bins, sizeof *w->bound[0]);
    w->bound[1] = nev_carve_take(c, bins, sizeof *w->bound[1]);
    w->is_alive = nev_carve_take(c, bins, sizeof *w->is_alive);
}

void nev_tree_carve(struct nev_tree *t, struct nev_carve *c, const struct nev_forest_params *params,
                    const struct nev_forest_data *data)
{
    uint64_t rows = data->rows, leaves = nev_tree_leaves_max(params, data->rows);

    t->known_len = 2;
    while (t->known_len < 2 * leaves) {
        t->known_len *= 2;
    }
    t->node = nev_carve_take(c, 2 * leaves, NEV_NODE_BYTES);
    t->leaf = nev_carve_take(c, rows, NEV_ENTRY_BYTES);
    t->importance = nev_carve_take(c, data->features, sizeof *t->importance);
    t->ended = nev_carve_take(c, rows, sizeof *t->ended);
    t->weight = nev_carve_take(c, data->classes, sizeof *t->weight);
    t->draws = nev_carve_take(c, rows, sizeof *t->draws);
    t->row = nev_carve_take(c, rows, sizeof *t->row);
    t->load = nev_carve_take(c, rows, sizeof *t->load);
    t->row_spare = nev_carve_take(c, rows, sizeof *t->row_spare);
    t->load_spare = nev_carve_take(c, rows, sizeof *t->load_spare);
    t->queue = nev_carve_take(c, rows, sizeof *t->queue);
    t->feature = nev_carve_take(c, data->features, sizeof *t->feature);
    t->swapped = nev_carve_take(c, data->features, sizeof *t->swapped);
    t->total = nev_carve_take(c, data->classes, sizeof *t->total);
    t->present = nev_carve_take(c, data->classes, sizeof *t->present);
    t->known = nev_carve_take(c, t->known_len, sizeof *t->known);
    t->split.item[0] = nev_carve_take(c, rows, sizeof *t->split.item[0]);
    t->split.item[1] = nev_carve_take(c, rows, sizeof *t->split.item[1]);
    t->split.count = nev_carve_take(c, (uint64_t)1 << NEV_SPLIT_DIGIT_MAX, sizeof *t->split.count);
    t->split.left = nev_carve_take(c, data->classes, sizeof *t->split.left);
    carve_search(&t->split, c, rows);
}

void nev_tree_sample(const struct nev_forest_params *params, uint32_t rows, uint32_t number, uint32_t *draws)
{
    struct nev_random random;
    uint32_t i;

    for (i = 0; i < rows; i++) {
        draws[i] = !params->bootstrap;
    }
    if (params->bootstrap) {
        nev_random_init(&random, params->seed, number, NEV_RANDOM_BOOTSTRAP, 0);
        for (i = 0; i < params->draws; i++) {
            draws[nev_random_below(&random, rows)]++;
        }
    }
}

/* Draws the tree's sample; returns how many distinct rows it has. */
static uint32_t draw_sample(struct nev_tree *t, const struct nev_tree_job *job, uint32_t number)
{
    uint32_t rows = job->data->rows, len = 0, i;

    nev_tree_sample(job->params, rows, number, t->draws);
    for (i = 0; i < rows; i++) {
        if (t->draws[i] != 0) {
            t->row[len] = i;
            t->load[len++] = t->draws[i] << NEV_LOAD_CLASS_BITS | job->data->label[i];
        }
    }
    return len;
}

/* What a draw of each class counts for in this tree. Bounds: weight.h. */
static void weigh(struct nev_tree *t, const struct nev_tree_job *job, uint32_t len)
{
    uint32_t classes = job->data->classes, i;

    t->is_weighted = false;
    if (job->params->class_weight == NEV_FOREST_WEIGHT_SUBSAMPLE) {
        for (i = 0; i < len; i++) {
            t->total[t->load[i] & NEV_LOAD_CLASS_MASK] += t->load[i] >> NEV_LOAD_CLASS_BITS;
        }
        nev_weight_balanced(t->total, classes, job->params->draws, t->weight);
        memset(t->total, 0, classes * sizeof *t->total);
    }
    for (i = 0; i < classes; i++) {
        if (job->params->class_weight != NEV_FOREST_WEIGHT_SUBSAMPLE) {
            t->weight[i] = job->weight == NULL ? 1 : job->weight[i];
        }
        t->is_weighted = t->is_weighted || t->weight[i] > 1;
    }
}

/* Counts a node's classes into t->total and t->present. t->total is zero in between. */
static void count_classes(struct nev_tree *t, const struct nev_tree_pending *p, struct nev_split_node *n)
{
    uint32_t i;

    n->row = t->row + p->begin;
    n->load = t->load + p->begin;
    n->len = p->end - p->begin;
    n->weight = t->is_weighted ? t->weight : NULL;
    n->count = 0;
    n->draws = 0;
    n->present_len = 0;
    for (i = 0; i < n->len; i++) {
        uint32_t id = n->load[i] & NEV_LOAD_CLASS_MASK, draws = n->load[i] >> NEV_LOAD_CLASS_BITS;

        if (t->total[id] == 0) {
            t->present[n->present_len++] = id;
        }
        n->count += draws;
        draws *= t->weight[id];
        t->total[id] += draws;
        n->draws += draws;
    }
    n->total = t->total;
    n->present = t->present;
    n->squares = 0;
    for (i = 0; i < n->present_len; i++) {
        n->squares += (uint64_t)t->total[t->present[i]] * t->total[t->present[i]];
    }
}

static bool may_split(const struct nev_tree_job *job, const struct nev_split_node *n, uint32_t depth)
{
    const struct nev_forest_params *p = job->params;

    return n->present_len > 1 && n->count >= p->min_samples_split && n->count / 2 >= p->min_samples_leaf &&
           (p->max_depth == 0 || depth < p->max_depth);
}

/* Draws one more feature without replacement: Fisher and Yates' shuffle, as far as it is needed. */
static uint32_t draw_feature(struct nev_tree *t, struct nev_random *random, uint32_t features, uint32_t drawn)
{
    const uint32_t at = drawn + nev_random_below(random, features - drawn), feature = t->feature[at];

    t->feature[at] = t->feature[drawn];
    t->feature[drawn] = feature;
    t->swapped[drawn] = at;
    return feature;
}

/* Asks for a node's ranks of a feature: they lie in a cache far away, or in none. Only the first ones of a large node;
 * a processor then has seen where it goes. */
static void ask_ahead(const struct nev_split_node *n, const struct nev_ranks *ranks, uint32_t feature)
{
    const uint32_t len = n->len < ASK_ROWS ? n->len : ASK_ROWS;
    uint32_t i;

    if (ranks->narrow != NULL) {
        for (i = 0; i < len; i++) {
            nev_prefetch(ranks->narrow + feature * ranks->rows + n->row[i]);
        }
    } else {
        for (i = 0; i < len; i++) {
            nev_prefetch(ranks->wide + feature * ranks->rows + n->row[i]);
        }
    }
}

/* Draws on, from `drawn` features on, and tries each, until enough have been tried and one can split the node, or none is
 * left. Draws one ahead, to ask for its ranks. Returns how many have been drawn then. */
static uint32_t try_in_turn(struct nev_tree *t, const struct nev_tree_job *job, struct nev_random *random,
                            uint32_t drawn, const struct nev_split_node *n, struct nev_split_best *best)
{
    uint32_t features = job->data->features, tried = drawn, feature, next = 0;

    if (drawn < features) {
        next = draw_feature(t, random, features, drawn++);
    }
    for (; tried < features && !best->is_perfect; tried++) {
        if (tried >= job->params->candidates && best->is_found) {
            break;
        }
        feature = next;
        if (drawn < features) {
            next = draw_feature(t, random, features, drawn++);
            ask_ahead(n, job->ranks, next);
        }
        nev_split_try(n, job->ranks, feature, &job->kernel, &t->split, best);
    }
    return drawn;
}

/* Draws candidate features without replacement and keeps the best split; goes on past `candidates` while none
 * of them can split the node at all. Leaves t->feature as it was: the identity. */
static void search(struct nev_tree *t, const struct nev_tree_job *job, uint32_t number, uint64_t path,
                   const struct nev_split_node *n, struct nev_split_best *best)
{
    const uint32_t candidates = job->params->candidates;
    uint32_t drawn = 0, at, swap;
    struct nev_random random;

    memset(best, 0, sizeof *best);
    nev_split_begin(n, &t->split);
    nev_random_init(&random, job->params->seed, number, NEV_RANDOM_CANDIDATES, path);
    if (job->par != NULL && n->weight == NULL && (uint64_t)n->len * candidates >= NEV_TEAM_VISITS) {
        while (drawn < candidates) {
            (void)draw_feature(t, &random, job->data->features, drawn++);
        }
        nev_team_try(job, n, &t->split, t->feature, candidates, best);
    }
    if (!best->is_found) {
        drawn = try_in_turn(t, job, &random, drawn, n, best);
    }
    while (drawn-- > 0) {
        at = t->swapped[drawn];
        swap = t->feature[at];
        t->feature[at] = t->feature[drawn];
        t->feature[drawn] = swap;
    }
}

/* Puts the rows that go left first, both sides in their old order; returns where the right side begins. */
static uint32_t partition(struct nev_tree *t, const struct nev_tree_job *job,
                          const struct nev_tree_pending *p, const struct nev_split_best *best)
{
    uint32_t i, left = p->begin, right = 0;

    for (i = p->begin; i < p->end; i++) {
        if (nev_rank_at(job->ranks, best->feature, t->row[i]) <= best->rank) {
            t->row[left] = t->row[i];
            t->load[left++] = t->load[i];
        } else {
            t->row_spare[right] = t->row[i];
            t->load_spare[right++] = t->load[i];
        }
    }
    memcpy(t->row + left, t->row_spare, right * sizeof *t->row);
    memcpy(t->load + left, t->load_spare, right * sizeof *t->load);
    return left;
}

/* The threshold between the greatest rank on the left and the least on the right: their values stand in any
 * row that has them. */
static uint32_t threshold_key(const struct nev_tree_job *job, const struct nev_split_node *n,
                              const struct nev_split_best *best)
{
    const float *x = job->data->x + best->feature;
    uint32_t i, low = 0, high = 0, below = 0, above = UINT32_MAX;

    for (i = 0; i < n->len; i++) {
        uint32_t r = nev_rank_at(job->ranks, best->feature, n->row[i]);

        if (r > best->rank && r < above) {
            above = r;
            high = n->row[i];
        } else if (r <= best->rank && r >= below) {
            below = r;
            low = n->row[i];
        }
    }
    return nev_key_between(nev_key_from_f32(x[low * job->data->x_stride]),
                           nev_key_from_f32(x[high * job->data->x_stride]));
}

/* floor(2^40 * squares / draws). Bounds: squares <= draws^2 and draws <= 2^21, so the result is <= 2^61. */
static uint64_t quality(uint64_t squares, uint64_t draws)
{
    return (squares / draws << 40) + (squares % draws << 40) / draws;
}

/* FORMAT.md, section 8. */
static uint64_t decrease(const struct nev_tree *t, uint32_t draws, const struct nev_split_node *n,
                         const struct nev_split_best *best)
{
    uint64_t after, before;

    if (t->is_weighted) {
        after = nev_weight_quality(best->squares_left, best->draws_left, draws, t->all) +
                nev_weight_quality(best->squares_right, n->draws - best->draws_left, draws, t->all);
        before = nev_weight_quality(n->squares, n->draws, draws, t->all);
    } else {
        after = quality(best->squares_left, best->draws_left) +
                quality(best->squares_right, n->draws - best->draws_left);
        before = quality(n->squares, n->draws);
    }
    return after > before ? (after - before) >> 14 : 0;
}

/* Splits the node and queues its children, or returns false: it is a leaf. */
static bool split_node(struct nev_tree *t, const struct nev_tree_job *job, uint32_t number, uint32_t node,
                       const struct nev_tree_pending *p, struct nev_split_node *n)
{
    struct nev_split_best best;
    struct nev_tree_pending left = *p, right = *p;
    uint32_t key, pair = t->node_len / 2;

    if (!may_split(job, n, p->depth)) {
        return false;
    }
    search(t, job, number, p->path, n, &best);
    if (!best.is_found) {
        return false;
    }
    key = threshold_key(job, n, &best);
    t->importance[best.feature] += decrease(t, job->params->draws, n, &best);
    left.end = right.begin = partition(t, job, p, &best);
    left.depth = right.depth = p->depth + 1;
    nev_random_children(job->params->seed, number, p->path, &left.path, &right.path);
    /* Bounds: nodes in the queue hold disjoint, non-empty ranges of rows, so a ring of `rows` never
     * overflows; its place is the node's number modulo rows. */
    t->queue[(2 * pair) % job->data->rows] = left;
    t->queue[(2 * pair + 1) % job->data->rows] = right;
    nev_node_store(t->node, node, key, pair << job->feature_bits | best.feature);
    t->node_len += 2;
    return true;
}

/* Walks WALKS rows to their leaves at once and notes which these are. */
static void vote_some(struct nev_tree *t, const struct nev_tree_job *job, const uint32_t *row)
{
    const uint32_t bits = job->feature_bits, mask = ((uint32_t)1 << bits) - 1;
    const float *x[WALKS];
    uint32_t at[WALKS], step, k;

    for (k = 0; k < WALKS; k++) {
        x[k] = job->data->x + row[k] * job->data->x_stride;
        at[k] = 1;
    }
    for (step = 0; step < t->depth; step++) { /* a leaf leads to itself */
        for (k = 0; k < WALKS; k++) {
            uint64_t both = nev_load_u64le(t->node + (size_t)at[k] * NEV_NODE_BYTES);
            uint32_t word = (uint32_t)(both >> 32);

            at[k] = (word >> bits << 1) + (nev_key_from_f32(x[k][word & mask]) > (uint32_t)both);
        }
    }
    for (k = 0; k < WALKS; k++) {
        t->ended[row[k]] = nev_leaf_entry(nev_node_key(t->node, at[k]));
    }
}

/* The leaves of the rows that the tree has not seen. */
static void vote(struct nev_tree *t, const struct nev_tree_job *job)
{
    uint32_t rows = job->data->rows, row[WALKS], len = 0, i;

    for (i = 0; i < rows; i++) {
        t->ended[i] = NEV_ENDED_NOWHERE;
        if (t->draws[i] == 0) {
            row[len++] = i;
        }
        if (len == WALKS) {
            vote_some(t, job, row);
            len = 0;
        }
    }
    if (len > 0) {
        for (i = len; i < WALKS; i++) {
            row[i] = row[0];
        }
        vote_some(t, job, row);
    }
}

void nev_tree_grow(struct nev_tree *t, const struct nev_tree_job *job, uint32_t number)
{
    const struct nev_forest_data *data = job->data;
    struct nev_tree_pending root = {0, 0, 0, 0};
    uint32_t i, k;

    memset(t->importance, 0, data->features * sizeof *t->importance);
    memset(t->total, 0, data->classes * sizeof *t->total);
    memset(t->known, 0, t->known_len * sizeof *t->known);
    for (i = 0; i < data->features; i++) {
        t->feature[i] = i;
    }
    root.end = draw_sample(t, job, number);
    weigh(t, job, root.end);
    t->queue[1 % data->rows] = root;
    nev_node_store(t->node, 0, 0, 0);
    t->node_len = 2;
    t->leaf_len = 0;
    t->depth = 0;
    for (i = 1; i < t->node_len; i++) {
        struct nev_tree_pending p = t->queue[i % data->rows];
        struct nev_split_node n;

        n.min_leaf = job->params->min_samples_leaf;
        count_classes(t, &p, &n);
        t->all = i == 1 ? n.draws : t->all;
        if (!split_node(t, job, number, i, &p, &n)) {
            nev_node_store(t->node, i, nev_leaf_key(i, nev_leaf_write(t, t->present, n.present_len)),
                           i >> 1 << job->feature_bits);
        }
        for (k = 0; k < n.present_len; k++) {
            t->total[t->present[k]] = 0;
        }
        t->depth = p.depth;
    }
    vote(t, job);
}
