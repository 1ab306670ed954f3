/* SPDX-License-Identifier: MIT */
/*
 * mask.h - many rows through many small trees without a walk: the hot spot of prediction in batches.
 *
 * A bit stands for a row. Every node's test is made for all rows of a block, feature by feature, while the feature's
 * keys are at hand; then each tree is folded from its leaves to its root, where a node takes the bits of its right child
 * for the rows above its threshold and of its left one for the others. Nothing branches and nothing waits.
 */
#ifndef NEV_FOREST_MASK_H
#define NEV_FOREST_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEV_MASK_WORDS   8u                     /* of 32 rows each, in a mask */
#define NEV_MASK_ROWS    (NEV_MASK_WORDS * 32u) /* a block */
#define NEV_MASK_COLUMNS 64u /* turned at a time: a row's page is then looked up once for four lines */
#define NEV_MASK_STRIDE                                                                                      \
    (NEV_MASK_ROWS + 16u)   /* keys: a column begins in other sets of a cache than the next */
#define NEV_MASK_BITS    4u /* of the number of a class */
#define NEV_MASK_CLASSES (1u << NEV_MASK_BITS) /* at most */

/* A tree whose tests are made. Its inner nodes are numbered as they lie, from 0. */
struct nev_mask_tree {
    const uint16_t *slot; /* [inner] where each one's test is */
    const uint16_t
        *outcome; /* [2 inner + 2] of each node: a leaf's class; or `classes` + an inner node's number */
    uint32_t inner, classes;
};

/*
 * Makes keys of up to NEV_MASK_COLUMNS columns from x on; rows x_stride floats apart. `columns` are left of the
 * table; those that come next are asked for ahead.
 * Shapes     key [NEV_MASK_COLUMNS, NEV_MASK_STRIDE], of nn/simd/rows_c.h
 * Returns    whether there is a NaN; the keys then mean nothing
 */
typedef bool nev_mask_turn(const float *x, size_t x_stride, uint32_t rows, uint32_t columns, int32_t *key);

/*
 * Which rows of a column are above each of len thresholds?
 * Shapes     key: a column of nev_mask_turn's; threshold [len], as rows_key has them; test [len, NEV_MASK_WORDS], of which
 *            the first `words` of each are written
 */
typedef void nev_mask_above(const int32_t *key, uint32_t words, const int32_t *threshold, uint32_t len,
                            uint32_t *test);

/*
 * Adds to every row's counts which class a tree says: for each bit of the classes' numbers the tree is folded once.
 * Shapes     test [slots, NEV_MASK_WORDS]; value: work memory [classes + inner, NEV_MASK_WORDS];
 *            plane [classes - 1, planes, NEV_MASK_WORDS]: bit p of the counts of class 1, 2 ... of all rows
 */
typedef void nev_mask_vote(const struct nev_mask_tree *tree, const uint32_t *test, uint32_t *value,
                           uint32_t *plane, uint32_t planes);

/* Adds counts of a class to those of rows. Shapes: plane [planes, NEV_MASK_WORDS], count [32 words] */
typedef void nev_mask_spread(const uint32_t *plane, uint32_t planes, uint32_t words, uint32_t *count);

/* All of it, compiled for an instruction set; all give the same. */
struct nev_mask_kernel {
    nev_mask_turn *turn;
    nev_mask_above *above;
    nev_mask_vote *vote;
    nev_mask_spread *spread;
};

extern const struct nev_mask_kernel nev_mask_kernel_c;
#if defined(NEV_BUILD_avx2)
extern const struct nev_mask_kernel nev_mask_kernel_avx2;
#endif

/* nev_mask_select - the preferred one of a set of instruction sets (nn/base/cpu.h), or NULL: plain C loses to the walk
 * and is there to be compared with. */
const struct nev_mask_kernel *nev_mask_select(uint32_t isas);

#endif
