/* SPDX-License-Identifier: MIT */
#include "forest/explain/importance.h"

#include <string.h>

#include "forest/carve.h"
#include "forest/explain/route.h"
#include "forest/explain/same_data.h"
#include "forest/file/node.h"
#include "forest/file/part.h"
#include "forest/train/random.h"
#include "forest/train/tree.h"
#include "nn/base/real.h"

/* What a part works with, and what it has summed up. */
struct work {
    uint32_t *draws;                    /* [rows] */
    struct nev_route in, out;           /* rows drawn, rows not drawn */
    uint32_t *row;                      /* [rows] out of bag, rising */
    uint32_t *place;                    /* [rows] of a row among them */
    uint32_t *shuffled;                 /* [rows] a permutation of them */
    uint32_t *stamp;                    /* [rows] the last permutation that has counted the row */
    uint8_t *is_right;                  /* [rows] the tree's own vote */
    uint32_t *first, *next;             /* [features], [nodes]: the nodes of a feature, rising; 0 ends */
    uint64_t *drawn_left, *drawn_right; /* [classes] */
    uint64_t *out_left, *out_right;
    int64_t *lost;     /* [repeats, features] right votes lost */
    int64_t *unbiased; /* [features] units of 2^-26 draws */
    uint64_t votes;    /* out of bag */
};

struct measuring {
    const struct nev_importance_job *job;
    struct nev_forest_part part; /* whose trees are measured */
    struct work *work;           /* [parts] */
    uint32_t begin;              /* the round's first tree, of the part */
    uint32_t trees;              /* measured */
    uint64_t draws;              /* of all their samples */
};

static uint32_t nodes_max(const struct nev_forest *f)
{
    struct nev_forest_tree tree;
    uint32_t most = 0, i;

    for (i = 0; i < f->params.trees; i++) {
        nev_forest_tree(f, i, &tree);
        most = tree.node_len > most ? tree.node_len : most;
    }
    return most;
}

static void carve(struct work *w, struct nev_carve *c, const struct nev_importance_job *job, uint32_t nodes)
{
    const struct nev_forest *f = job->f;
    struct nev_route *r[2] = {&w->in, &w->out};
    uint32_t **each[] = {&w->draws, &w->row, &w->place, &w->shuffled, &w->stamp, &w->in.row, &w->out.row};
    uint64_t **class_sum[] = {&w->drawn_left, &w->drawn_right, &w->out_left, &w->out_right};
    uint32_t i;

    for (i = 0; i < sizeof each / sizeof each[0]; i++) {
        *each[i] = nev_carve_take(c, job->data.rows, sizeof(uint32_t));
    }
    for (i = 0; i < 2; i++) {
        r[i]->begin = nev_carve_take(c, nodes, sizeof(uint32_t));
        r[i]->end = nev_carve_take(c, nodes, sizeof(uint32_t));
    }
    for (i = 0; i < 4; i++) {
        *class_sum[i] = nev_carve_take(c, f->classes, sizeof(uint64_t));
    }
    w->is_right = nev_carve_take(c, job->data.rows, 1);
    w->first = nev_carve_take(c, f->features, sizeof *w->first);
    w->next = nev_carve_take(c, nodes, sizeof *w->next);
    w->lost = nev_carve_take(c, (uint64_t)job->repeats * f->features, sizeof *w->lost);
    w->unbiased = nev_carve_take(c, f->features, sizeof *w->unbiased);
}

/* All work memory; over memory, the parts' sums are cleared. */
static uint64_t carve_all(struct work **work, struct nev_same_data *same, uint8_t *memory,
                          const struct nev_importance_job *job)
{
    struct nev_carve c = {memory, 0};
    uint32_t parts = job->par == NULL ? 1 : job->par->parts, nodes = nodes_max(job->f), i;
    struct work counted;

    nev_same_data_carve(same, &c, job->data.rows, parts);
    *work = nev_carve_take(&c, parts, sizeof **work);
    for (i = 0; i < parts; i++) {
        struct work *w = memory == NULL ? &counted : *work + i;

        carve(w, &c, job, nodes);
        if (memory != NULL) {
            memset(w->lost, 0, (size_t)job->repeats * job->f->features * sizeof *w->lost);
            memset(w->unbiased, 0, job->f->features * sizeof *w->unbiased);
            w->votes = 0;
        }
    }
    return c.used + NEV_ALIGN - 1;
}

size_t nev_importance_bytes(const struct nev_importance_job *job)
{
    struct nev_same_data same;
    struct work *work;
    uint64_t bytes = carve_all(&work, &same, NULL, job);

    return bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes;
}

/* Sends the rows through the tree and notes which votes are right. */
static void send(struct work *w, const struct measuring *m, const struct nev_forest_tree *tree)
{
    const struct nev_importance_job *job = m->job;
    const struct nev_forest_data *d = &job->data;
    uint32_t i, k;

    nev_tree_sample(&m->part.params, d->rows, tree->number, w->draws);
    w->in.len = w->out.len = 0;
    for (i = 0; i < d->rows; i++) {
        if (w->draws[i] != 0) {
            w->in.row[w->in.len++] = i;
        } else {
            w->place[i] = w->out.len;
            w->row[w->out.len] = i;
            w->out.row[w->out.len++] = i;
        }
        w->stamp[i] = 0;
    }
    nev_route_rows(tree, d->x, d->x_stride, &w->in);
    nev_route_rows(tree, d->x, d->x_stride, &w->out);
    memset(w->first, 0, d->features * sizeof *w->first);
    for (i = tree->node_len; i-- > 1;) {
        uint32_t key = nev_node_key(tree->node, i);
        uint32_t feature = nev_node_word(tree->node, i) & (((uint32_t)1 << tree->feature_bits) - 1);

        if (!nev_node_is_leaf(key)) {
            w->next[i] = w->first[feature];
            w->first[feature] = i;
            continue;
        }
        for (k = w->out.begin[i]; k < w->out.end[i]; k++) {
            uint32_t row = w->out.row[k];

            w->is_right[row] = nev_entry_class(tree->leaf, nev_leaf_entry(key)) == d->label[row];
        }
    }
    w->votes += w->out.len;
}

static void shuffle(struct work *w, uint64_t seed, uint32_t tree, uint32_t feature, uint32_t repeat)
{
    struct nev_random random;
    uint32_t i, at, swap;

    nev_random_init(&random, seed, tree, NEV_RANDOM_PERMUTATION, (uint64_t)repeat << 32 | feature);
    for (i = 0; i < w->out.len; i++) {
        w->shuffled[i] = w->row[i];
    }
    for (i = 0; i + 1 < w->out.len; i++) {
        at = i + nev_random_below(&random, w->out.len - i);
        swap = w->shuffled[at];
        w->shuffled[at] = w->shuffled[i];
        w->shuffled[i] = swap;
    }
}

/* Permutes a feature once. A row's vote can only change below the first node on its way that asks for the feature, so
 * only rows of such nodes are walked on, each once: parents come before their children. */
static int64_t permute(struct work *w, const struct nev_importance_job *job,
                       const struct nev_forest_tree *tree, uint32_t feature, uint32_t stamp)
{
    const struct nev_forest_data *d = &job->data;
    uint32_t node, k, leaf;
    int64_t lost = 0;

    for (node = w->first[feature]; node != 0; node = w->next[node]) {
        for (k = w->out.begin[node]; k < w->out.end[node]; k++) {
            uint32_t row = w->out.row[k];

            if (w->stamp[row] == stamp) {
                continue;
            }
            w->stamp[row] = stamp;
            leaf = nev_route_on(tree, node, d->x + row * d->x_stride, feature,
                                d->x[w->shuffled[w->place[row]] * d->x_stride + feature]);
            lost += w->is_right[row];
            lost -=
                nev_entry_class(tree->leaf, nev_leaf_entry(nev_node_key(tree->node, leaf))) == d->label[row];
        }
    }
    return lost;
}

/* The draws, or rows, of each class on a node. */
static uint64_t count(const struct nev_route *r, uint32_t node, const uint32_t *draws, const uint32_t *label,
                      uint64_t *sum)
{
    uint64_t all = 0;
    uint32_t k;

    for (k = r->begin[node]; k < r->end[node]; k++) {
        uint32_t row = r->row[k], n = draws == NULL ? 1 : draws[row];

        sum[label[row]] += n;
        all += n;
    }
    return all;
}

/* floor(2^26 * dot / rows). Bounds: dot <= draws * rows, both <= 2^21, so the result is <= 2^47. */
static int64_t share(uint64_t dot, uint64_t rows)
{
    return (int64_t)((dot / rows << 26) + (dot % rows << 26) / rows);
}

/* What the split of a node is worth by the rows out of the bag. */
static int64_t worth(struct work *w, const struct nev_importance_job *job, uint32_t left)
{
    const uint32_t *label = job->data.label;
    uint64_t out_left, out_right, dot_left = 0, dot_right = 0, dot = 0;
    size_t bytes = job->f->classes * sizeof *w->drawn_left;
    uint32_t k;

    memset(w->drawn_left, 0, bytes);
    memset(w->drawn_right, 0, bytes);
    memset(w->out_left, 0, bytes);
    memset(w->out_right, 0, bytes);
    out_left = count(&w->out, left, NULL, label, w->out_left);
    out_right = count(&w->out, left + 1, NULL, label, w->out_right);
    if (out_left == 0 || out_right == 0) {
        return 0;
    }
    (void)count(&w->in, left, w->draws, label, w->drawn_left);
    (void)count(&w->in, left + 1, w->draws, label, w->drawn_right);
    for (k = 0; k < job->f->classes; k++) {
        dot_left += w->drawn_left[k] * w->out_left[k];
        dot_right += w->drawn_right[k] * w->out_right[k];
        dot += (w->drawn_left[k] + w->drawn_right[k]) * (w->out_left[k] + w->out_right[k]);
    }
    return share(dot_left, out_left) + share(dot_right, out_right) - share(dot, out_left + out_right);
}

static void measure_task(void *arg, uint32_t part, uint32_t parts)
{
    const struct measuring *m = arg;
    const struct nev_importance_job *job = m->job;
    struct work *w = &m->work[part];
    struct nev_forest_tree tree;
    uint32_t k, r, node;

    (void)parts;
    if (m->begin + part >= m->part.params.trees) {
        return;
    }
    nev_forest_tree(job->f, m->part.place + m->begin + part, &tree);
    send(w, m, &tree);
    for (k = 0; k < job->f->features; k++) {
        for (r = 0; r < job->repeats && w->first[k] != 0; r++) {
            shuffle(w, m->part.params.seed, tree.number, k, r);
            w->lost[(size_t)r * job->f->features + k] += permute(w, job, &tree, k, k * job->repeats + r + 1);
        }
        for (node = w->first[k]; node != 0; node = w->next[node]) {
            w->unbiased[k] += worth(w, job, nev_node_word(tree.node, node) >> tree.feature_bits << 1);
        }
    }
}

/* The draws of all trees grown here, which the decreases of impurity in the file are weighted by. */
static uint64_t all_draws(const struct nev_forest *f)
{
    struct nev_forest_part part = {0};
    uint64_t sum = 0;
    uint32_t i;

    for (i = 0; i < f->parts; i++) {
        nev_part_step(f, i, &part);
        sum += (uint64_t)part.params.trees * part.params.draws;
    }
    return sum;
}

/* The parts' sums into part 0, then the figures. */
static void finish(const struct measuring *m, uint32_t parts, struct nev_importance *out)
{
    const struct nev_importance_job *job = m->job;
    const uint32_t features = job->f->features, repeats = job->repeats;
    const double unit = (double)m->draws * 0x1p26, all = (double)all_draws(job->f) * 0x1p26;
    struct work *w = m->work;
    double votes;
    uint32_t k, r, p;

    for (p = 1; p < parts; p++) {
        w->votes += m->work[p].votes;
        for (k = 0; k < features; k++) {
            w->unbiased[k] += m->work[p].unbiased[k];
        }
        for (k = 0; k < repeats * features; k++) {
            w->lost[k] += m->work[p].lost[k];
        }
    }
    votes = w->votes == 0 ? 1.0 : (double)w->votes;
    for (k = 0; k < features; k++) {
        double mean, squares = 0.0;
        int64_t sum = 0;

        for (r = 0; r < repeats; r++) {
            sum += w->lost[(size_t)r * features + k];
        }
        mean = (double)sum / (double)repeats;
        for (r = 0; r < repeats; r++) {
            double off = (double)w->lost[(size_t)r * features + k] - mean;

            squares = squares + off * off;
        }
        out->permuted[k] = mean / votes;
        out->deviation[k] = repeats > 1 ? nev_sqrt(squares / (double)(repeats - 1)) / votes : 0.0;
        out->unbiased[k] = (double)w->unbiased[k] / unit;
        out->impurity[k] = (double)nev_load_u64le(job->f->importance_table + (size_t)k * 8) / all;
    }
    out->trees = m->trees;
    out->votes = w->votes;
}

/* The trees of a part, in rounds of one a part of the work. */
static enum nev_status measure_part(struct measuring *m, struct nev_error *err)
{
    const struct nev_importance_job *job = m->job;
    uint32_t parts = job->par == NULL ? 1 : job->par->parts, trees = m->part.params.trees, n;

    for (m->begin = 0; m->begin < trees; m->begin += n) {
        n = trees - m->begin < parts ? trees - m->begin : parts;
        nev_parallel_run(job->par, measure_task, m);
        m->trees += n;
        m->draws += (uint64_t)n * m->part.params.draws;
        if (job->progress.step != NULL &&
            !job->progress.step(job->progress.arg, m->part.place + m->begin + n, job->f->params.trees)) {
            return nev_fail(err, NEV_ERR_CANCELLED, NEV_NO_OFFSET, "importance", "the caller stopped it");
        }
    }
    return NEV_OK;
}

static enum nev_status check(const struct nev_importance_job *job, size_t memory_bytes, struct nev_error *err)
{
    uint32_t parts = job->par == NULL ? 1 : job->par->parts;

    if (job->repeats == 0 || job->repeats > NEV_REPEATS_MAX || parts == 0 || parts > NEV_THREADS_MAX) {
        return nev_fail(
            err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "importance",
            "the number of repeats is outside 1..1,000, or that of parts outside 1..NEV_THREADS_MAX");
    }
    if (job->data.rows < 2 || job->data.rows > NEV_FOREST_ROWS_MAX) {
        return nev_fail(err, NEV_ERR_SHAPE, NEV_NO_OFFSET, "training data", "no forest has so many rows");
    }
    if (memory_bytes < nev_importance_bytes(job)) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "memory", "less than nev_importance_bytes says");
    }
    return NEV_OK;
}

static enum nev_status measure(const struct nev_importance_job *job, void *memory, size_t memory_bytes,
                               struct nev_importance *out, struct nev_error *err)
{
    uint8_t digest[NEV_SHA256_BYTES];
    struct nev_same_data same;
    struct measuring m;
    enum nev_status status;
    uint32_t i;

    memset(&m, 0, sizeof m);
    m.job = job;
    if ((status = check(job, memory_bytes, err)) != NEV_OK) {
        return status;
    }
    (void)carve_all(&m.work, &same, nev_carve_align(memory), job);
    if ((status = nev_same_data_check(&same, job->f, &job->data, job->par, digest, err)) != NEV_OK) {
        return status;
    }
    for (i = 0; i < job->f->parts; i++) {
        nev_part_step(job->f, i, &m.part);
        if (nev_same_data_part(&m.part, digest) && m.part.params.bootstrap &&
            (status = measure_part(&m, err)) != NEV_OK) {
            return status;
        }
    }
    if (m.trees == 0) {
        return nev_fail(err, NEV_ERR_DATA, NEV_NO_OFFSET, "importance",
                        "the forest was trained without bootstrap: every tree has seen every row");
    }
    finish(&m, job->par == NULL ? 1 : job->par->parts, out);
    return NEV_OK;
}

enum nev_status nev_importance_measure(const struct nev_importance_job *job, void *memory,
                                       size_t memory_bytes, struct nev_importance *out, struct nev_error *err)
{
    enum nev_status status = measure(job, memory, memory_bytes, out, err);
    size_t bytes = job->f->features * sizeof(double);

    if (status != NEV_OK) {
        memset(out->permuted, 0, bytes);
        memset(out->deviation, 0, bytes);
        memset(out->unbiased, 0, bytes);
        memset(out->impurity, 0, bytes);
        out->trees = 0;
        out->votes = 0;
    }
    return status;
}
