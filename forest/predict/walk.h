/* SPDX-License-Identifier: MIT */
/*
 * walk.h - rows on their way down trees: the hot spot of prediction.
 *
 * Many walks go down together, a step each in turn and without a branch, so that the waiting of one hides in the
 * work of the others. A leaf leads to itself, so a walk that has arrived stays.
 */
#ifndef NEV_FOREST_WALK_H
#define NEV_FOREST_WALK_H

#include <stdbool.h>
#include <stdint.h>

#define NEV_WALKS      16u   /* down a laid out tree, together */
#define NEV_FILE_WALKS 10u   /* down trees as they lie: their steps are longer, so fewer fill a processor */
#define NEV_LAID_MAX   1024u /* nodes of a tree up to which laying it out pays for 64 rows */
#define NEV_WALK_FREE  8u /* steps before the first look whether all have arrived: in deep trees few have */

/* The second words of a tree of up to NEV_LAID_MAX nodes, taken apart: every field its own load. */
struct nev_walk_tree {
    uint16_t feature[NEV_LAID_MAX], left[NEV_LAID_MAX];
};

/* Makes the keys of a row (key.h). Returns whether it has a NaN; the keys then mean nothing. */
typedef bool nev_walk_keys(const float *x, uint32_t features, uint32_t *key);

/* Lays a tree out. Range: nodes <= NEV_LAID_MAX; feature_bits <= 16. */
typedef void nev_walk_lay(const uint8_t *node, uint32_t nodes, uint32_t feature_bits,
                          struct nev_walk_tree *laid);

/* Both, compiled for an instruction set; all give the same. */
struct nev_walk_kernel {
    nev_walk_keys *keys;
    nev_walk_lay *lay;
};

nev_walk_keys nev_walk_keys_c;
nev_walk_lay nev_walk_lay_c;
#if defined(NEV_BUILD_avx2)
nev_walk_keys nev_walk_keys_avx2;
nev_walk_lay nev_walk_lay_avx2;
#endif
#if defined(NEV_BUILD_avx512)
nev_walk_keys nev_walk_keys_avx512;
nev_walk_lay nev_walk_lay_avx512;
#endif

/* nev_walk_select - the preferred one of a set of instruction sets (nn/base/cpu.h). */
struct nev_walk_kernel nev_walk_select(uint32_t isas);

/*
 * nev_walk_laid - NEV_WALKS rows down one laid out tree.
 * Shapes     row [NEV_WALKS]: keys of each row; at [NEV_WALKS]: the leaves they come to
 * Range      laid: of these nodes; depth: the tree's
 */
void nev_walk_laid(const uint8_t *node, const struct nev_walk_tree *laid, uint32_t depth,
                   const uint32_t *const *row, uint32_t *at);

/*
 * nev_walk_file - NEV_FILE_WALKS walks down trees as they lie in the file, each its own tree and row.
 * Shapes     node, row, at [NEV_FILE_WALKS]
 * Range      depth: of the deepest of the trees
 */
void nev_walk_file(const uint8_t *const *node, uint32_t feature_bits, uint32_t depth,
                   const uint32_t *const *row, uint32_t *at);

#endif
