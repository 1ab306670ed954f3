/* SPDX-License-Identifier: MIT */
#include "forest/train/tree.h"

#include <string.h>

#include "forest/file/node.h"
#include "forest/train/random.h"
#include "forest/train/team.h"
#include "forest/train/weight.h"
#include "nn/base/prefetch.h"

#define ASK_ROWS    256u /* whose ranks are asked for before a search */
#define BLOCK_LEAST 24u
#define STACK       24u
#define WALKS       16u /* rows on their way down at a time */

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
    w->value = nev_carve_take(c, rows + NEV_SPLIT_LANES, sizeof *w->value);
    w->bin = nev_carve_take(c, bins, sizeof *w->bin);
    w->below[0] = nev_carve_take(c, bins, sizeof *w->below[0]);
    w->below[1] = nev_carve_take(c, bins, sizeof *w->below[1]);
    w->gain = nev_carve_take(c, bins, sizeof *w->gain);
    w->bound[0] = nev_carve_take(c, bins, sizeof *w->bound[0]);
    w->bound[1] = nev_carve_take(c, bins, sizeof *w->bound[1]);
    w->is_alive = nev_carve_take(c, bins, sizeof *w->is_alive);
}

void nev_tree_carve(struct nev_tree *t, struct nev_carve *c, const struct nev_forest_params *params,
                    const struct nev_forest_data *data, uint32_t block_limit)
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
    t->sketch = nev_carve_take(c, 2 * leaves, sizeof *t->sketch);
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
    nev_local_carve(&t->block, c, block_limit, data->features);
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
static void count_classes(struct nev_tree *t, uint32_t begin, uint32_t end, struct nev_split_node *n)
{
    uint32_t i;

    n->row = t->row + begin;
    n->load = t->load + begin;
    n->len = end - begin;
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
static void ask_ahead(const struct nev_split_node *n, const struct nev_rank_view *ranks, uint32_t feature)
{
    const uint16_t *column = ranks->column + feature * ranks->stride;
    const uint32_t len = n->len < ASK_ROWS ? n->len : ASK_ROWS;
    uint32_t i;

    for (i = 0; i < len; i++) {
        nev_prefetch(column + n->row[i]);
    }
}

/* Draws on, from `drawn` features on, and tries each, until enough have been tried and one can split the node, or none is
 * left. Draws one ahead, to ask for its ranks. Returns how many have been drawn then. */
static uint32_t try_in_turn(struct nev_tree *t, const struct nev_tree_job *job, struct nev_random *random,
                            uint32_t drawn, const struct nev_split_node *n, const struct nev_rank_view *ranks,
                            struct nev_split_best *best)
{
    const uint32_t features = job->data->features;
    uint32_t tried = drawn;

    for (; tried < features && !best->is_perfect; tried++) {
        if (tried >= job->params->candidates && best->is_found) {
            break;
        }
        while (drawn < features && drawn <= tried + 1) {
            ask_ahead(n, ranks, draw_feature(t, random, features, drawn++));
        }
        nev_split_try(n, ranks, t->feature[tried], &job->kernel, &t->split, best);
    }
    return drawn;
}

/* Draws candidate features without replacement and keeps the best split; goes on past `candidates` while none
 * of them can split the node at all. Leaves t->feature as it was: the identity. */
static void search(struct nev_tree *t, const struct nev_tree_job *job, uint32_t number,
                   const struct nev_tree_pending *p, const struct nev_split_node *n,
                   struct nev_split_best *best)
{
    const struct nev_rank_view *ranks = &t->view[p->view];
    const uint32_t candidates = job->params->candidates;
    uint32_t drawn = 0, at, swap;
    struct nev_random random;

    memset(best, 0, sizeof *best);
    nev_split_begin(n, &t->split);
    nev_random_init(&random, job->params->seed, number, NEV_RANDOM_CANDIDATES, p->path);
    if (job->par != NULL && n->weight == NULL && (uint64_t)n->len * candidates >= NEV_TEAM_VISITS) {
        while (drawn < candidates) {
            (void)draw_feature(t, &random, job->data->features, drawn++);
        }
        nev_team_try(job, n, ranks, &t->split, t->feature, candidates, best);
    }
    if (!best->is_found) {
        drawn = try_in_turn(t, job, &random, drawn, n, ranks, best);
    }
    while (drawn-- > 0) {
        at = t->swapped[drawn];
        swap = t->feature[at];
        t->feature[at] = t->feature[drawn];
        t->feature[drawn] = swap;
    }
}

/* A rank that separates: those up to it go left. Of a column with bits below only rows with the boundary's own upper half
 * have to be looked at more closely. */
struct boundary {
    const struct nev_rank_view *ranks;
    const uint16_t *column;
    uint32_t feature, rank, coarse;
    bool is_whole;        /* all of that upper half goes left */
    uint32_t right;       /* where the right side begins */
    uint32_t most, least; /* the greatest upper half on the left, the least on the right */
};

static struct boundary boundary_of(const struct nev_rank_view *ranks, const struct nev_split_best *best)
{
    const uint32_t below = ranks->all->shift[best->feature], mask = ((uint32_t)1 << below) - 1;
    struct boundary b = {.ranks = ranks, .feature = best->feature, .rank = best->rank, .least = UINT32_MAX};

    b.column = ranks->column + best->feature * ranks->stride;
    b.coarse = best->rank >> below;
    b.is_whole = (best->rank & mask) == mask;
    return b;
}

/* Puts the rows that go left first, both sides in their old order. */
static void partition(struct nev_tree *t, const struct nev_tree_pending *p, struct boundary *b)
{
    uint32_t i, left = p->begin, right = 0;

    for (i = p->begin; i < p->end; i++) {
        const uint32_t row = t->row[i], coarse = b->column[row];
        const bool is_left = coarse != b->coarse || b->is_whole
                                 ? coarse <= b->coarse
                                 : nev_rank_fine(b->ranks, b->feature, row, coarse) <= b->rank;

        if (is_left) {
            b->most = coarse > b->most ? coarse : b->most;
            t->row[left] = row;
            t->load[left++] = t->load[i];
        } else {
            b->least = coarse < b->least ? coarse : b->least;
            t->row_spare[right] = row;
            t->load_spare[right++] = t->load[i];
        }
    }
    memcpy(t->row + left, t->row_spare, right * sizeof *t->row);
    memcpy(t->load + left, t->load_spare, right * sizeof *t->load);
    b->right = left;
}

/* The value of a row of one side: with the greatest rank of the left, or the least of the right one. */
static float outermost(const struct nev_tree *t, const struct nev_tree_job *job,
                       const struct nev_tree_pending *p, const struct boundary *b, bool is_left)
{
    const uint32_t coarse = is_left ? b->most : b->least, end = is_left ? b->right : p->end;
    uint32_t i, at = 0, rank = 0;
    bool is_found = false;

    for (i = is_left ? p->begin : b->right; i < end; i++) {
        uint32_t r;

        if (b->column[t->row[i]] != coarse) {
            continue;
        }
        r = nev_rank_fine(b->ranks, b->feature, t->row[i], coarse);
        if (!is_found || (is_left ? r > rank : r < rank)) {
            is_found = true;
            rank = r;
            at = t->row[i];
        }
        if (b->ranks->all->shift[b->feature] == 0) {
            break;
        }
    }
    return job->data->x[nev_rank_row(b->ranks, at) * job->data->x_stride + b->feature];
}

/* The threshold between the greatest rank on the left and the least on the right: their values stand in any
 * row that has them. */
static uint32_t threshold_key(const struct nev_tree *t, const struct nev_tree_job *job,
                              const struct nev_tree_pending *p, const struct boundary *b)
{
    return nev_key_between(nev_key_from_f32(outermost(t, job, p, b, true)),
                           nev_key_from_f32(outermost(t, job, p, b, false)));
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

/* Moves a subtree's rows into the block, once they fit. */
static void enter_block(struct nev_tree *t, struct nev_tree_pending *p)
{
    const uint32_t len = p->end - p->begin;

    if (p->view == 0 && len <= t->block.limit && len >= BLOCK_LEAST) {
        t->view[1] = nev_local_fill(&t->block, &t->view[0], t->row + p->begin, len);
        p->view = 1;
    }
}

/* Splits the node and says what its children are, the larger one first; or returns false: it is a leaf. */
static bool split_node(struct nev_tree *t, const struct nev_tree_job *job, uint32_t number,
                       struct nev_tree_pending *p, struct nev_split_node *n, struct nev_tree_pending child[2])
{
    struct nev_tree_sketch *sketch = &t->sketch[p->number];
    struct nev_tree_pending left, right;
    struct nev_split_best best;
    struct boundary b;

    sketch->pair = 0;
    sketch->first = p->begin;
    sketch->second = p->end;
    if (!may_split(job, n, p->depth)) {
        return false;
    }
    enter_block(t, p);
    search(t, job, number, p, n, &best);
    if (!best.is_found) {
        return false;
    }
    b = boundary_of(&t->view[p->view], &best);
    left = right = *p;
    partition(t, p, &b);
    left.end = right.begin = b.right;
    sketch->pair = t->sketch_len / 2;
    sketch->first = threshold_key(t, job, p, &b);
    sketch->second = best.feature;
    t->importance[best.feature] += decrease(t, job->params->draws, n, &best);
    left.depth = right.depth = p->depth + 1;
    left.number = t->sketch_len;
    right.number = t->sketch_len + 1;
    nev_random_children(job->params->seed, number, p->path, &left.path, &right.path);
    t->sketch_len += 2;
    child[0] = left.end - left.begin > right.end - right.begin ? left : right;
    child[1] = left.end - left.begin > right.end - right.begin ? right : left;
    return true;
}

/* Grows all nodes below the root. Bounds: what waits on the stack is at least as large as all that is above it, so with
 * 2^21 rows there are never more than 21. */
static void grow_nodes(struct nev_tree *t, const struct nev_tree_job *job, uint32_t number, uint32_t len)
{
    struct nev_tree_pending stack[STACK], p = {0, 0, len, 0, 1, 0}, child[2] = {p, p};
    uint32_t waiting = 0, k;
    bool is_split;

    t->sketch_len = 2;
    t->depth = 0;
    for (;;) {
        struct nev_split_node n;

        n.min_leaf = job->params->min_samples_leaf;
        count_classes(t, p.begin, p.end, &n);
        t->all = p.number == 1 ? n.draws : t->all;
        is_split = split_node(t, job, number, &p, &n, child);
        for (k = 0; k < n.present_len; k++) {
            t->total[t->present[k]] = 0;
        }
        t->depth = p.depth > t->depth ? p.depth : t->depth;
        if (is_split) {
            stack[waiting++] = child[0];
            p = child[1];
        } else if (waiting > 0) {
            p = stack[--waiting];
        } else {
            return;
        }
    }
}

/* Writes the nodes in the file's order, breadth first, and their leaves. */
static void number_nodes(struct nev_tree *t, const struct nev_tree_job *job)
{
    uint32_t *sketch_of = (uint32_t *)(void *)t->split.item[0]; /* [2 leaves] */
    uint32_t i, k;

    nev_node_store(t->node, 0, 0, 0);
    sketch_of[1] = 1;
    t->node_len = 2;
    t->leaf_len = 0;
    for (i = 1; i < t->node_len; i++) {
        const struct nev_tree_sketch *s = &t->sketch[sketch_of[i]];

        if (s->pair != 0) {
            sketch_of[t->node_len] = 2 * s->pair;
            sketch_of[t->node_len + 1] = 2 * s->pair + 1;
            nev_node_store(t->node, i, s->first, t->node_len / 2 << job->feature_bits | s->second);
            t->node_len += 2;
        } else {
            struct nev_split_node n;

            count_classes(t, s->first, s->second, &n);
            nev_node_store(t->node, i, nev_leaf_key(i, nev_leaf_write(t, t->present, n.present_len)),
                           i >> 1 << job->feature_bits);
            for (k = 0; k < n.present_len; k++) {
                t->total[t->present[k]] = 0;
            }
        }
    }
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
    uint32_t len, i;

    memset(t->importance, 0, data->features * sizeof *t->importance);
    memset(t->total, 0, data->classes * sizeof *t->total);
    memset(t->known, 0, t->known_len * sizeof *t->known);
    for (i = 0; i < data->features; i++) {
        t->feature[i] = i;
    }
    len = draw_sample(t, job, number);
    weigh(t, job, len);
    t->view[0] = nev_rank_view_all(job->ranks);
    grow_nodes(t, job, number, len);
    number_nodes(t, job);
    vote(t, job);
}
