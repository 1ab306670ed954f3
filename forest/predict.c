/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "forest/carve.h"
#include "forest/forest.h"
#include "forest/layout.h"
#include "forest/node.h"

#define LANES 16u                 /* keys made at a time */
#define WALKS 64u                 /* trees walked at a time */
#define STEPS 2u                  /* nodes a walk goes before the next one has its turn */
#define ONE   ((uint64_t)1 << 32) /* a probability of 1 in one tree */

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

/* Makes a row's keys; returns the column of its first NaN, or `features`. */
static uint32_t make_keys(const float *x, uint32_t features, uint32_t *key)
{
    uint32_t col = 0, end, any = 0, k;

    for (; features - col >= LANES; col += LANES) {
        uint32_t nan[LANES], all[LANES];

        memcpy(all, x + col, sizeof all);
        for (k = 0; k < LANES; k++) {
            const uint32_t size = all[k] & 0x7FFFFFFF;
            const uint32_t sign = (uint32_t) - (int32_t)(all[k] >> 31) & (uint32_t) - (int32_t)(size != 0);

            /* nev_key_from_f32 without a branch: a loop that becomes vectors. */
            nan[k] = size > 0x7F800000;
            all[k] = (size | 0x80000000u) ^ sign;
        }
        memcpy(key + col, all, sizeof all);
        for (k = 0; k < LANES; k++) {
            any |= nan[k];
        }
    }
    for (end = col; end < features; end++) {
        key[end] = nev_key_from_f32(x[end]);
        any |= nev_key_is_nan(x[end]);
    }
    for (col = 0; any != 0 && !nev_key_is_nan(x[col]); col++) {
    }
    return any != 0 ? col : features;
}

/* Moves each walk of a list STEPS nodes on and keeps in the list those that have not come to a leaf. */
static uint32_t walk_on(const uint8_t *const *node, uint32_t *at, uint32_t *list, uint32_t len, uint32_t bits,
                        const uint32_t *row)
{
    const uint32_t mask = ((uint32_t)1 << bits) - 1;
    uint32_t left = 0, i, step;

    for (i = 0; i < len; i++) {
        const uint32_t k = list[i];
        uint32_t before = at[k], here = before;

        for (step = 0; step < STEPS; step++) {
            before = here;
            here = nev_node_step(node[k], before, bits, mask, row);
        }
        at[k] = here;
        list[left] = k;
        left += here != before; /* a leaf leads to itself */
    }
    return left;
}

/* Walks `len` <= WALKS trees at once and adds what the row finds in their leaves. Bounds: open has proved that
 * every node is a leaf, which leads to itself, or has both children, further on: no walk is longer than the
 * tree has nodes. */
static void walk(const struct prediction *p, const struct work *w, uint32_t first, uint32_t len)
{
    const uint8_t *node[WALKS];
    uint32_t at[WALKS], list[WALKS], left = len, k;
    struct nev_forest_tree tree;

    for (k = 0; k < len; k++) {
        node[k] = p->f->tree_data +
                  (size_t)nev_load_u64le(p->f->tree_table + (size_t)(first + k) * NEV_FILE_TREE_BYTES);
        at[k] = 1;
        list[k] = k;
    }
    while (left > 0) {
        left = walk_on(node, at, list, left, p->f->feature_bits, w->key);
    }
    for (k = 0; k < len; k++) {
        uint32_t e = nev_leaf_entry(nev_node_key(node[k], at[k]));

        nev_forest_tree(p->f, first + k, &tree);
        w->votes[nev_entry_class(tree.leaf, e)]++;
        if (p->batch->probability != NULL) {
            nev_leaf_add(tree.leaf, e, w->sum);
        }
    }
}

static void predict_row(const struct prediction *p, const struct work *w, size_t row)
{
    const struct nev_forest *f = p->f;
    /* Bounds: sum <= 2^16 * 2^32, exact in binary64; so is the divisor. */
    double unit = (double)f->params.trees * (double)ONE;
    uint32_t i;

    memset(w->sum, 0, f->classes * sizeof *w->sum);
    memset(w->votes, 0, f->classes * sizeof *w->votes);
    for (i = 0; i < f->params.trees; i += WALKS) {
        walk(p, w, i, f->params.trees - i < WALKS ? f->params.trees - i : WALKS);
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
