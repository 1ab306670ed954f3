/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "forest/carve.h"
#include "forest/forest.h"
#include "forest/node.h"

#define ONE ((uint64_t)1 << 32) /* a probability of 1 in one tree */

/* What a part works with. */
struct work {
    uint32_t *key;   /* [features] of the row */
    uint64_t *sum;   /* [classes] fractions, in units of 2^-32 */
    uint32_t *votes; /* [classes] */
};

/* The first NaN a part has met. */
struct bad {
    size_t row;
    uint32_t col;
    bool is_found;
};

struct prediction {
    const struct nev_forest *f;
    const struct nev_forest_batch *batch;
    struct bad *bad; /* [parts] */
    uint8_t *part;
    uint64_t part_bytes;
};

static void carve(struct work *w, struct nev_carve *c, const struct nev_forest *f)
{
    w->key = nev_carve_take(c, f->features, sizeof *w->key);
    w->sum = nev_carve_take(c, f->classes, sizeof *w->sum);
    w->votes = nev_carve_take(c, f->classes, sizeof *w->votes);
}

static uint64_t part_bytes(const struct nev_forest *f)
{
    struct nev_carve c = {NULL, 0};
    struct work w;

    carve(&w, &c, f);
    return c.used;
}

size_t nev_forest_predict_bytes(const struct nev_forest *f, uint32_t parts)
{
    uint64_t bytes = parts * part_bytes(f) + nev_carve_round(parts * sizeof(struct bad)) + NEV_ALIGN - 1;

    return bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes;
}

/* The first entry of the leaf that a row ends in. Bounds: open has proved that every node is a leaf or has
 * both children, further on. */
static uint32_t walk(const struct nev_forest_tree *tree, const uint32_t *row)
{
    uint32_t mask = ((uint32_t)1 << tree->feature_bits) - 1, i = 1, key;

    while (!nev_node_is_leaf(key = nev_node_key(tree->node, i))) {
        uint32_t word = nev_node_word(tree->node, i);

        i = 2 * (word >> tree->feature_bits) + (row[word & mask] > key);
    }
    return nev_leaf_entry(key);
}

/* Adds a leaf's fractions. Bounds: counts sum to at most 2^21, so count * 2^32 fits. */
static void add_leaf(const struct nev_forest_tree *tree, uint32_t e, uint64_t *sum)
{
    uint64_t total = 0;
    uint32_t i;

    if (nev_entry_is_last(tree->leaf, e)) {
        sum[nev_entry_class(tree->leaf, e)] += ONE;
        return;
    }
    for (i = e; i == e || !nev_entry_is_last(tree->leaf, i - 1); i++) {
        total += nev_entry_count(tree->leaf, i);
    }
    for (i = e; i == e || !nev_entry_is_last(tree->leaf, i - 1); i++) {
        uint64_t share = (uint64_t)nev_entry_count(tree->leaf, i) * ONE;

        sum[nev_entry_class(tree->leaf, i)] += (share + total / 2) / total;
    }
}

/* Makes a row's keys; returns the column of its first NaN, or `features`. */
static uint32_t make_keys(const float *x, uint32_t features, uint32_t *key)
{
    uint32_t col;

    for (col = 0; col < features; col++) {
        if (nev_key_is_nan(x[col])) {
            return col;
        }
        key[col] = nev_key_from_f32(x[col]);
    }
    return features;
}

static void predict_row(const struct prediction *p, const struct work *w, size_t row)
{
    const struct nev_forest *f = p->f;
    /* Bounds: sum <= 2^16 * 2^32, exact in binary64; so is the divisor. */
    double unit = (double)f->params.trees * (double)ONE;
    struct nev_forest_tree tree;
    uint32_t i;

    memset(w->sum, 0, f->classes * sizeof *w->sum);
    memset(w->votes, 0, f->classes * sizeof *w->votes);
    for (i = 0; i < f->params.trees; i++) {
        uint32_t e;

        nev_forest_tree(f, i, &tree);
        e = walk(&tree, w->key);
        w->votes[nev_entry_class(tree.leaf, e)]++;
        add_leaf(&tree, e, w->sum);
    }
    for (i = 0; p->batch->probability != NULL && i < f->classes; i++) {
        p->batch->probability[row * f->classes + i] = (double)w->sum[i] / unit;
    }
    if (p->batch->votes != NULL) {
        memcpy(p->batch->votes + row * f->classes, w->votes, f->classes * sizeof *w->votes);
    }
}

static void predict_task(void *arg, uint32_t part, uint32_t parts)
{
    const struct prediction *p = arg;
    struct nev_carve c = {p->part + (size_t)(part * p->part_bytes), 0};
    size_t row, begin, end;
    struct work w;

    carve(&w, &c, p->f);
    memset(&p->bad[part], 0, sizeof p->bad[part]);
    nev_parallel_range(p->batch->rows, part, parts, &begin, &end);
    for (row = begin; row < end; row++) {
        uint32_t nan = make_keys(p->batch->x + row * p->batch->x_stride, p->f->features, w.key);

        if (nan < p->f->features) {
            p->bad[part].is_found = true;
            p->bad[part].row = row;
            p->bad[part].col = nan;
            return;
        }
        predict_row(p, &w, row);
    }
}

static enum nev_status check(const struct nev_forest *f, const struct nev_forest_batch *b,
                             size_t memory_bytes, uint32_t parts, struct nev_error *err)
{
    if (parts == 0 || parts > NEV_THREADS_MAX) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "parts",
                        "the number of parts is outside 1..NEV_THREADS_MAX");
    }
    if (b->features != f->features) {
        return nev_fail(err, NEV_ERR_SHAPE, NEV_NO_OFFSET, "features",
                        "the rows have another number of features than the forest was trained on");
    }
    if (b->x_stride < b->features) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "features",
                        "the rows overlap: the stride is too small");
    }
    if (memory_bytes < nev_forest_predict_bytes(f, parts)) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "memory",
                        "less than nev_forest_predict_bytes says");
    }
    return NEV_OK;
}

enum nev_status nev_forest_predict(const struct nev_forest *f, const struct nev_forest_batch *batch,
                                   void *memory, size_t memory_bytes, const struct nev_parallel *par,
                                   struct nev_error *err)
{
    uint32_t parts = par == NULL ? 1 : par->parts, i;
    enum nev_status status = check(f, batch, memory_bytes, parts, err);
    struct prediction p = {f, batch, NULL, NULL, part_bytes(f)};
    struct nev_carve c = {NULL, 0};

    if (status == NEV_OK) {
        c.base = nev_carve_align(memory);
        p.bad = nev_carve_take(&c, parts, sizeof *p.bad);
        p.part = nev_carve_take(&c, parts, p.part_bytes);
        nev_parallel_run(par, predict_task, &p);
        for (i = 0; i < parts && !p.bad[i].is_found; i++) {
        }
        if (i == parts) {
            return NEV_OK;
        }
        /* Parts hold rising ranges of rows, so the first part with a NaN has the first row with one. */
        status = nev_fail_at(err, NEV_ERR_VALUE, (int64_t)p.bad[i].row, (int64_t)p.bad[i].col, "feature",
                             "a feature is NaN (missing); fill it in or leave the row out");
    }
    if (batch->probability != NULL) {
        memset(batch->probability, 0, batch->rows * f->classes * sizeof *batch->probability);
    }
    if (batch->votes != NULL) {
        memset(batch->votes, 0, batch->rows * f->classes * sizeof *batch->votes);
    }
    return status;
}
