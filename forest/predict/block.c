/* SPDX-License-Identifier: MIT */
#include "forest/predict/block.h"

#include <string.h>

#include "forest/carve.h"
#include "forest/file/node.h"

#define ONE        ((uint64_t)1 << 32) /* a probability of 1 in one tree */
#define PLANES_MAX 10u                 /* bits of NEV_BLOCK_TREES_MAX */

#define ROWS_MIN 16u /* below which it is not asked what would pay */

/* What the two ways take, in ps, measured: README.md, "How the search works". */
#define LAY_PS    4100u /* to lay out an inner node */
#define NODE_PS   21u   /* the test of an inner node, for a row */
#define FOLD_PS   5u    /* to fold it, for a row and each bit of the classes' numbers */
#define CLASS_PS  200u  /* a class beyond two of a tree, for a row */
#define COLUMN_PS 140u  /* to turn a column of a row */
#define LEVEL_PS  1700u /* a walk down a tree, for each bit of the number of its inner nodes */

/* Trees laid out, and what is done with them. */
struct work {
    uint32_t *start;    /* [features]: where the tests of the feature after this one begin */
    int32_t *threshold; /* [inner] in order of features */
    uint16_t *slot; /* [inner + 1] in order of trees: struct nev_mask_tree; one more for what is not kept */
    uint16_t *outcome;  /* [2 inner + 2 trees] likewise */
    uint32_t *inner_at; /* [trees + 1] the inner nodes before each tree */
    uint16_t *leaf;     /* the leaves of a tree */
    int32_t *key;       /* columns of a block, as nev_mask_turn leaves them */
    uint32_t *test;     /* [inner, NEV_MASK_WORDS] */
    uint32_t *tree;     /* the values of a tree's nodes, as nev_mask_vote wants them */
    uint32_t *plane;    /* [classes - 1, PLANES_MAX, NEV_MASK_WORDS] */
    uint32_t *count;    /* [classes - 1, NEV_BLOCK_ROWS_MAX] votes for class 1, 2 ... */
    uint32_t trees;     /* laid out */
    uint32_t inner_max, trees_max;
};

static uint64_t inner_total(const struct nev_forest *f)
{
    return (f->node_total - f->params.trees) / 2;
}

static void carve(struct work *w, struct nev_carve *c, const struct nev_forest *f)
{
    const uint64_t inner = inner_total(f);
    const uint32_t trees = f->params.trees;

    w->inner_max = inner < NEV_BLOCK_INNER_MAX ? (uint32_t)inner : NEV_BLOCK_INNER_MAX;
    w->trees_max = trees < NEV_BLOCK_TREES_MAX ? trees : NEV_BLOCK_TREES_MAX;
    w->start = nev_carve_take(c, f->features, sizeof *w->start);
    w->threshold = nev_carve_take(c, w->inner_max, sizeof *w->threshold);
    w->slot = nev_carve_take(c, w->inner_max + 1, sizeof *w->slot);
    w->outcome = nev_carve_take(c, 2 * ((uint64_t)w->inner_max + w->trees_max), sizeof *w->outcome);
    w->inner_at = nev_carve_take(c, w->trees_max + 1, sizeof *w->inner_at);
    w->leaf = nev_carve_take(c, NEV_BLOCK_TREE_MAX, sizeof *w->leaf);
    w->key = nev_carve_take(c, NEV_MASK_COLUMNS * NEV_MASK_STRIDE, sizeof *w->key);
    w->test = nev_carve_take(c, (uint64_t)w->inner_max * NEV_MASK_WORDS, sizeof *w->test);
    w->tree = nev_carve_take(c, (f->classes + NEV_BLOCK_TREE_MAX / 2) * NEV_MASK_WORDS, sizeof *w->tree);
    w->plane = nev_carve_take(c, (f->classes - 1) * PLANES_MAX * NEV_MASK_WORDS, sizeof *w->plane);
    w->count = nev_carve_take(c, (f->classes - 1) * NEV_BLOCK_ROWS_MAX, sizeof *w->count);
}

static uint32_t bits_of(uint64_t n)
{
    uint32_t bits = 0;

    for (; n >> bits != 0; bits++) {
    }
    return bits;
}

/* Bits of the mean number of a tree's inner nodes, without dividing. */
static uint32_t levels(uint64_t inner, uint64_t trees)
{
    uint32_t bits = 0;

    for (; trees << bits <= inner; bits++) {
    }
    return bits;
}

/*
 * How much less a row takes by masks than by walks, the laying out aside; 0: not less. A walk makes keys of a row once,
 * which takes as long as turning its columns.
 * Bounds: nodes < 2^16 * 2^32, as trees and their nodes are, so every product is below 2^61
 */
static uint64_t gain(const struct nev_forest *f)
{
    const uint64_t trees = f->params.trees, inner = inner_total(f);
    const uint64_t walk = trees * levels(inner, trees) * LEVEL_PS;
    const uint64_t again = inner / NEV_BLOCK_INNER_MAX + trees / NEV_BLOCK_TREES_MAX;
    const uint64_t masks = inner * (NODE_PS + FOLD_PS * bits_of(f->classes - 1)) +
                           trees * (f->classes - 2) * CLASS_PS + again * f->features * COLUMN_PS;

    return f->classes > NEV_MASK_CLASSES || walk <= masks ? 0 : walk - masks;
}

bool nev_block_may(const struct nev_forest *f)
{
    return gain(f) != 0;
}

uint64_t nev_block_bytes(const struct nev_forest *f)
{
    struct nev_carve c = {NULL, 0};
    struct work w;

    carve(&w, &c, f);
    return c.used;
}

bool nev_block_pays(const struct nev_forest *f, size_t rows, bool mixed)
{
    struct nev_forest_tree tree;
    uint64_t less;
    uint32_t i, e;

    if (rows < ROWS_MIN) { /* single rows are to be quick */
        return false;
    }
    less = gain(f);
    if (less == 0 || rows <= inner_total(f) * LAY_PS / less) {
        return false;
    }
    for (i = 0; i < f->params.trees; i++) {
        nev_forest_tree(f, i, &tree);
        if (tree.node_len > NEV_BLOCK_TREE_MAX) {
            return false;
        }
        for (e = 0; mixed && e < tree.leaf_len; e++) {
            if (!nev_entry_is_last(tree.leaf, e)) {
                return false;
            }
        }
    }
    return true;
}

/* Tells a tree's inner nodes from its leaves, without a branch; notes what both are worth, and counts features.
 * Returns how many inner nodes there are; slot then has their places in the tree. */
static uint32_t sort_out(const struct nev_forest_tree *tree, const struct work *w, uint16_t *slot,
                         uint32_t classes, uint16_t *outcome)
{
    const uint32_t mask = ((uint32_t)1 << tree->feature_bits) - 1, len = tree->node_len;
    uint32_t inner = 0, leaves = 0, i;

    for (i = 1; i < len; i++) {
        const uint32_t is_leaf = nev_node_is_leaf(nev_node_key(tree->node, i));

        slot[inner] = (uint16_t)i;
        w->leaf[leaves] = (uint16_t)i;
        leaves += is_leaf;
        inner += 1 - is_leaf;
    }
    for (i = 0; i < inner; i++) {
        outcome[slot[i]] = (uint16_t)(classes + i);
        w->start[nev_node_word(tree->node, slot[i]) & mask]++;
    }
    for (i = 0; i < leaves; i++) {
        const uint32_t e = nev_leaf_entry(nev_node_key(tree->node, w->leaf[i]));

        outcome[w->leaf[i]] = (uint16_t)nev_entry_class(tree->leaf, e);
    }
    return inner;
}

/* Gives a tree's inner nodes their slots. */
static void place(const struct nev_forest_tree *tree, const struct work *w, uint16_t *slot, uint32_t inner)
{
    const uint32_t mask = ((uint32_t)1 << tree->feature_bits) - 1;
    uint32_t i;

    for (i = 0; i < inner; i++) {
        const uint32_t feature = nev_node_word(tree->node, slot[i]) & mask, to = w->start[feature]++;

        w->threshold[to] = (int32_t)(nev_node_key(tree->node, slot[i]) ^ 0x80000000u);
        slot[i] = (uint16_t)to;
    }
}

/* Lays out trees from `first` on, as many as there is room for. */
static void lay(const struct nev_forest *f, uint32_t first, struct work *w)
{
    struct nev_forest_tree tree;
    uint32_t inner = 0, sum = 0, i;

    memset(w->start, 0, f->features * sizeof *w->start);
    w->trees = 0;
    w->inner_at[0] = 0;
    for (i = first; i < f->params.trees && w->trees < w->trees_max; i++) {
        nev_forest_tree(f, i, &tree);
        if (inner + (tree.node_len - 2) / 2 > w->inner_max) {
            break;
        }
        inner += sort_out(&tree, w, w->slot + inner, f->classes, w->outcome + 2 * ((size_t)inner + w->trees));
        w->inner_at[++w->trees] = inner;
    }
    for (i = 0; i < f->features; i++) {
        const uint32_t len = w->start[i];

        w->start[i] = sum;
        sum += len;
    }
    for (i = 0; i < w->trees; i++) {
        nev_forest_tree(f, first + i, &tree);
        place(&tree, w, w->slot + w->inner_at[i], w->inner_at[i + 1] - w->inner_at[i]);
    }
}

/* Makes all tests of a block of rows. Returns whether there is a NaN. */
static bool make_tests(const struct work *w, const struct nev_mask_kernel *kernel,
                       const struct nev_forest_batch *batch, size_t row, uint32_t rows)
{
    const float *x = batch->x + row * batch->x_stride;
    const uint32_t words = (rows + 31) / 32;
    uint32_t col, k, at = 0;

    for (col = 0; col < batch->features; col += NEV_MASK_COLUMNS) {
        const uint32_t left = batch->features - col;

        if (kernel->turn(x + col, batch->x_stride, rows, left, w->key)) {
            return true;
        }
        for (k = 0; k < NEV_MASK_COLUMNS && k < left; k++) {
            const uint32_t end = w->start[col + k];

            if (end != at) {
                kernel->above(w->key + (size_t)k * NEV_MASK_STRIDE, words, w->threshold + at, end - at,
                              w->test + (size_t)at * NEV_MASK_WORDS);
            }
            at = end;
        }
    }
    return false;
}

/* Folds the trees laid out over a block's tests, and adds up their votes. */
static void count_votes(const struct work *w, const struct nev_mask_kernel *kernel, uint32_t classes,
                        uint32_t rows, uint32_t *count)
{
    const uint32_t planes = bits_of(w->trees);
    uint32_t i;

    memset(w->plane, 0, (size_t)(classes - 1) * planes * NEV_MASK_WORDS * sizeof *w->plane);
    for (i = 0; i < w->trees; i++) {
        const uint32_t at = w->inner_at[i];
        const struct nev_mask_tree tree = {w->slot + at, w->outcome + 2 * ((size_t)at + i),
                                           w->inner_at[i + 1] - at, classes};

        kernel->vote(&tree, w->test, w->tree, w->plane, planes);
    }
    for (i = 0; i < classes - 1; i++) {
        kernel->spread(w->plane + (size_t)i * planes * NEV_MASK_WORDS, planes, (rows + 31) / 32,
                       count + (size_t)i * NEV_BLOCK_ROWS_MAX);
    }
}

/* Votes as answers: class 0 has those that no other has. Leaves are of one class each where probabilities are wanted. */
static void answer(const struct nev_forest *f, const struct nev_forest_batch *batch, size_t begin,
                   size_t rows, const uint32_t *count)
{
    /* Bounds: votes * 2^32 <= 2^48, exact in binary64; so is the divisor. */
    const double unit = (double)f->params.trees * (double)ONE;
    size_t i, at;
    uint32_t id;

    for (i = 0; i < rows; i++) {
        uint32_t left = f->params.trees;

        at = (begin + i) * f->classes;
        for (id = f->classes; id > 0; id--) {
            const uint32_t votes = id == 1 ? left : count[(size_t)(id - 2) * NEV_BLOCK_ROWS_MAX + i];

            left -= votes;
            if (batch->votes != NULL) {
                batch->votes[at + id - 1] = votes;
            }
            if (batch->probability != NULL) {
                batch->probability[at + id - 1] = (double)(votes * ONE) / unit;
            }
        }
    }
}

static size_t first_nan(const struct nev_forest_batch *batch, size_t row)
{
    uint32_t col;

    for (;; row++) {
        for (col = 0; col < batch->features; col++) {
            if (nev_key_is_nan(batch->x[row * batch->x_stride + col])) {
                return row;
            }
        }
    }
}

size_t nev_block_predict(const struct nev_forest *f, const struct nev_mask_kernel *kernel,
                         const struct nev_forest_batch *batch, size_t begin, size_t end, uint8_t *memory)
{
    struct nev_carve c = {memory, 0};
    struct work w;
    size_t len, at;
    uint32_t first;

    carve(&w, &c, f);
    for (; begin < end; begin += len) {
        len = end - begin < NEV_BLOCK_ROWS_MAX ? end - begin : NEV_BLOCK_ROWS_MAX;
        memset(w.count, 0, (size_t)(f->classes - 1) * NEV_BLOCK_ROWS_MAX * sizeof *w.count);
        for (first = 0; first < f->params.trees; first += w.trees) {
            lay(f, first, &w);
            for (at = 0; at < len; at += NEV_MASK_ROWS) {
                const uint32_t rows = len - at < NEV_MASK_ROWS ? (uint32_t)(len - at) : NEV_MASK_ROWS;

                if (make_tests(&w, kernel, batch, begin + at, rows)) {
                    return first_nan(batch, begin + at);
                }
                count_votes(&w, kernel, f->classes, rows, w.count + at);
            }
        }
        answer(f, batch, begin, len, w.count);
    }
    return end;
}
