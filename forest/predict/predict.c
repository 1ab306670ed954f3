/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "forest/carve.h"
#include "forest/file/layout.h"
#include "forest/file/node.h"
#include "forest/forest.h"
#include "forest/predict/block.h"
#include "forest/predict/walk.h"
#include "nn/base/prefetch.h"

#define ONE   ((uint64_t)1 << 32) /* a probability of 1 in one tree */
#define LINE  16u                 /* keys, or floats, in a cache line */
#define MANY  64u /* rows at a time: they share a laid out tree, and a second-level cache holds them */
#define FEW   16u /* rows at a time where MANY would be too much to hold */
#define SMALL (32u << 10) /* bytes of keys and sums of a row up to which it is not */

/* What a part works with. */
struct work {
    struct nev_walk_tree *laid;
    uint32_t *key;   /* [rows, stride] */
    uint64_t *sum;   /* [rows, classes] fractions, in units of 2^-32 */
    uint32_t *votes; /* [rows, classes] */
    uint32_t rows;   /* at a time */
    size_t stride;   /* between the keys of rows */
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
    struct nev_walk_kernel kernel;
    const struct nev_mask_kernel *masks; /* NULL: walk */
    struct bad *bad;                     /* [parts] */
    uint8_t *part;
    uint64_t part_bytes;
};

static void carve(struct work *w, struct nev_carve *c, const struct nev_forest *f)
{
    w->rows =
        f->features * sizeof *w->key + f->classes * (sizeof *w->sum + sizeof *w->votes) <= SMALL ? MANY : FEW;
    w->stride = f->features +
                LINE; /* so that a feature's keys of all rows do not fall into the same few sets of a cache */
    w->laid = nev_carve_take(c, 1, sizeof *w->laid);
    w->key = nev_carve_take(c, w->rows * w->stride, sizeof *w->key);
    w->sum = nev_carve_take(c, (uint64_t)w->rows * f->classes, sizeof *w->sum);
    w->votes = nev_carve_take(c, (uint64_t)w->rows * f->classes, sizeof *w->votes);
}

static uint64_t part_bytes(const struct nev_forest *f)
{
    const uint64_t block = nev_block_may(f) ? nev_block_bytes(f) : 0;
    struct nev_carve c = {NULL, 0};
    struct work w;

    carve(&w, &c, f);
    return c.used > block ? c.used : block;
}

static size_t all_bytes(uint64_t of_part, uint32_t parts)
{
    uint64_t bytes = parts * of_part + nev_carve_round(parts * sizeof(struct bad)) + NEV_ALIGN - 1;

    return bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes;
}

size_t nev_forest_predict_bytes(const struct nev_forest *f, uint32_t parts)
{
    return all_bytes(part_bytes(f), parts);
}

/* Adds what `len` rows from `row` on find in their leaves of a tree. */
static void add(const struct prediction *p, const struct work *w, const struct nev_forest_tree *tree,
                const uint32_t *at, size_t row, uint32_t len)
{
    const uint32_t classes = p->f->classes;
    uint32_t *votes = w->votes + row * classes, k;

    for (k = 0; k < len; k++, votes += classes) {
        votes[nev_entry_class(tree->leaf, nev_leaf_entry(nev_node_key(tree->node, at[k])))]++;
    }
    for (k = 0; p->batch->probability != NULL && k < len; k++) {
        nev_leaf_add(tree->leaf, nev_leaf_entry(nev_node_key(tree->node, at[k])),
                     w->sum + (row + k) * classes);
    }
}

/* Rows down a tree that is laid out. */
static void laid_rows(const struct prediction *p, const struct work *w, const struct nev_forest_tree *tree,
                      uint32_t rows)
{
    const uint32_t *row[NEV_WALKS];
    uint32_t at[NEV_WALKS], first, k;

    p->kernel.lay(tree->node, tree->node_len, tree->feature_bits, w->laid);
    for (first = 0; first < rows; first += NEV_WALKS) {
        const uint32_t len = rows - first < NEV_WALKS ? rows - first : NEV_WALKS;

        for (k = 0; k < NEV_WALKS; k++) {
            row[k] = w->key + (first + (k < len ? k : 0)) * w->stride;
        }
        nev_walk_laid(tree->node, w->laid, tree->depth, row, at);
        add(p, w, tree, at, first, len);
    }
}

/* Rows down a tree as it lies. */
static void file_rows(const struct prediction *p, const struct work *w, const struct nev_forest_tree *tree,
                      uint32_t rows)
{
    const uint32_t *row[NEV_FILE_WALKS];
    const uint8_t *node[NEV_FILE_WALKS];
    uint32_t at[NEV_FILE_WALKS], first, k;

    for (first = 0; first < rows; first += NEV_FILE_WALKS) {
        const uint32_t len = rows - first < NEV_FILE_WALKS ? rows - first : NEV_FILE_WALKS;

        for (k = 0; k < NEV_FILE_WALKS; k++) {
            row[k] = w->key + (first + (k < len ? k : 0)) * w->stride;
            node[k] = tree->node;
        }
        nev_walk_file(node, tree->feature_bits, tree->depth, row, at);
        add(p, w, tree, at, first, len);
    }
}

/* Few rows: each down all trees, as many together as go. */
static void all_trees(const struct prediction *p, const struct work *w, uint32_t r)
{
    const uint8_t *table = p->f->tree_table;
    const uint32_t trees = p->f->params.trees;
    const uint32_t *row[NEV_FILE_WALKS];
    const uint8_t *node[NEV_FILE_WALKS];
    uint32_t at[NEV_FILE_WALKS], first, k;
    struct nev_forest_tree tree;

    for (k = 0; k < NEV_FILE_WALKS; k++) {
        row[k] = w->key + r * w->stride;
    }
    for (first = 0; first < trees; first += NEV_FILE_WALKS) {
        const uint32_t len = trees - first < NEV_FILE_WALKS ? trees - first : NEV_FILE_WALKS;

        for (k = 0; k < NEV_FILE_WALKS; k++) {
            const size_t entry = (size_t)(first + (k < len ? k : 0)) * NEV_FILE_TREE_BYTES;

            node[k] = p->f->tree_data + (size_t)nev_load_u64le(table + entry);
        }
        nev_walk_file(node, p->f->feature_bits, p->f->depth_max, row, at);
        for (k = 0; k < len; k++) {
            tree.node = node[k];
            tree.leaf =
                node[k] + (size_t)nev_load_u32le(table + (size_t)(first + k) * NEV_FILE_TREE_BYTES + 8) *
                              NEV_NODE_BYTES;
            add(p, w, &tree, at + k, r, 1);
        }
    }
}

/* Asks for the i-th of `shares` shares of the rows that come next, so that they are there when their turn comes. */
static void ask_ahead(const struct prediction *p, size_t begin, size_t rows, uint32_t i, uint32_t shares)
{
    size_t row, end, col;

    nev_parallel_range(rows, i, shares, &row, &end);
    for (; row < end; row++) {
        for (col = 0; col < p->f->features; col += LINE) {
            nev_prefetch(p->batch->x + (begin + row) * p->batch->x_stride + col);
        }
    }
}

/* Bounds of the walks: open has proved that every node is a leaf, which leads to itself, or has both children, further
 * on, and it has proved the depths. */
static void predict_rows(const struct prediction *p, const struct work *w, uint32_t rows, size_t next,
                         size_t next_rows)
{
    struct nev_forest_tree tree;
    uint32_t i;

    for (i = 0; rows < FEW && i < rows; i++) {
        all_trees(p, w, i);
    }
    for (i = 0; rows >= FEW && i < p->f->params.trees; i++) {
        nev_forest_tree(p->f, i, &tree);
        ask_ahead(p, next, next_rows, i, p->f->params.trees);
        if (tree.node_len <= NEV_LAID_MAX) {
            laid_rows(p, w, &tree, rows);
        } else {
            file_rows(p, w, &tree, rows);
        }
    }
}

static void answer(const struct prediction *p, const struct work *w, size_t begin, uint32_t rows)
{
    const size_t len = (size_t)rows * p->f->classes, at = begin * p->f->classes;
    /* Bounds: sum <= 2^16 * 2^32, exact in binary64; so is the divisor. */
    const double unit = (double)p->f->params.trees * (double)ONE;
    size_t i;

    for (i = 0; p->batch->probability != NULL && i < len; i++) {
        p->batch->probability[at + i] = (double)w->sum[i] / unit;
    }
    if (p->batch->votes != NULL) {
        memcpy(p->batch->votes + at, w->votes, len * sizeof *w->votes);
    }
}

/* Notes the first NaN of a row that has one. */
static void note(const struct prediction *p, size_t row, struct bad *bad)
{
    const float *x = p->batch->x + row * p->batch->x_stride;

    bad->is_found = true;
    bad->row = row;
    for (bad->col = 0; !nev_key_is_nan(x[bad->col]); bad->col++) {
    }
}

/* Makes the keys of rows; notes the first NaN and returns false if there is one. */
static bool make_keys(const struct prediction *p, const struct work *w, size_t begin, uint32_t rows,
                      struct bad *bad)
{
    uint32_t r;

    for (r = 0; r < rows; r++) {
        if (p->kernel.keys(p->batch->x + (begin + r) * p->batch->x_stride, p->f->features,
                           w->key + r * w->stride)) {
            note(p, begin + r, bad);
            return false;
        }
    }
    return true;
}

static void predict_task(void *arg, uint32_t part, uint32_t parts)
{
    const struct prediction *p = arg;
    struct nev_carve c = {p->part + (size_t)(part * p->part_bytes), 0};
    size_t at, begin, end, next;
    struct work w;
    uint32_t rows;

    memset(&p->bad[part], 0, sizeof p->bad[part]);
    nev_parallel_range(p->batch->rows, part, parts, &begin, &end);
    if (p->masks != NULL) {
        at = nev_block_predict(p->f, p->masks, p->batch, begin, end, c.base);
        if (at < end) {
            note(p, at, &p->bad[part]);
        }
        return;
    }
    carve(&w, &c, p->f);
    for (at = begin; at < end; at += rows) {
        rows = end - at < w.rows ? (uint32_t)(end - at) : w.rows;
        if (!make_keys(p, &w, at, rows, &p->bad[part])) {
            return;
        }
        memset(w.sum, 0, (size_t)rows * p->f->classes * sizeof *w.sum);
        memset(w.votes, 0, (size_t)rows * p->f->classes * sizeof *w.votes);
        next = at + rows;
        predict_rows(p, &w, rows, next, end - next < w.rows ? end - next : w.rows);
        answer(p, &w, at, rows);
    }
}

static enum nev_status check(const struct prediction *p, size_t memory_bytes, uint32_t parts,
                             struct nev_error *err)
{
    const struct nev_forest_batch *b = p->batch;

    if (parts == 0 || parts > NEV_THREADS_MAX) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "parts",
                        "the number of parts is outside 1..NEV_THREADS_MAX");
    }
    if (b->features != p->f->features) {
        return nev_fail(err, NEV_ERR_SHAPE, NEV_NO_OFFSET, "features",
                        "the rows have another number of features than the forest was trained on");
    }
    if (b->x_stride < b->features) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "features",
                        "the rows overlap: the stride is too small");
    }
    if (memory_bytes < all_bytes(p->part_bytes, parts)) {
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
    struct prediction p = {f, batch, nev_walk_select(f->isas), NULL, NULL, NULL, part_bytes(f)};
    enum nev_status status = check(&p, memory_bytes, parts, err);
    struct nev_carve c = {NULL, 0};

    if (status == NEV_OK) {
        c.base = nev_carve_align(memory);
        p.bad = nev_carve_take(&c, parts, sizeof *p.bad);
        p.part = nev_carve_take(&c, parts, p.part_bytes);
        p.masks = nev_block_pays(f, batch->rows / parts, batch->probability != NULL)
                      ? nev_mask_select(f->isas)
                      : NULL;
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
