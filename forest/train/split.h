/* SPDX-License-Identifier: MIT */
/*
 * split.h - the best threshold of one feature at one node: the forest's hot spot.
 *
 * A node's rows carry draws (how often the bootstrap took them) and a class. A split puts the ranks up to
 * some r left and the others right. The best one maximises S_l/w_l + S_r/w_r, where w is the draws of a side
 * and S the sum of the squares of its class counts: the same order as Gini's decrease of impurity, and a
 * ratio of integers.
 */
#ifndef NEV_FOREST_SPLIT_H
#define NEV_FOREST_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forest/train/ranks.h"

/* A row's load: draws << NEV_LOAD_CLASS_BITS | class. */
#define NEV_LOAD_CLASS_BITS 10
#define NEV_LOAD_CLASS_MASK 0x3FFu

#define NEV_SPLIT_DIGIT_MAX 11 /* bits of a radix digit: its 2^11 counts stay in the first-level cache */

#define NEV_SPLIT_PAIRS_MAX 64u  /* rows up to which every pair is compared */
#define NEV_SPLIT_DRAWS_MAX 255u /* draws up to which that is done: two counts then share 16 bits */
#define NEV_SPLIT_BINS_MAX  4096u
#define NEV_SPLIT_LANES     16u /* loops over vectors do this many at a time, and arrays have room for it */

/* The node. */
struct nev_split_node {
    const uint32_t *row;     /* [len] of a view of ranks */
    const uint32_t *load;    /* [len] */
    uint32_t len;            /* distinct rows, >= 2 */
    uint32_t count;          /* draws of all rows */
    uint32_t draws;          /* the same, each counted by its class's weight */
    const uint32_t *weight;  /* [classes], or NULL: all 1, and draws is count */
    const uint32_t *total;   /* [classes] of each class, counted likewise */
    const uint32_t *present; /* [present_len] the classes that occur */
    uint32_t present_len;
    uint64_t squares;  /* sum of total^2 */
    uint32_t min_leaf; /* of count, what each side must keep */
};

/* Work memory. */
struct nev_split_work {
    uint64_t *item[2]; /* [rows] each */
    uint32_t *count;   /* [2^NEV_SPLIT_DIGIT_MAX] */
    uint32_t *left;    /* [classes] */
    /* of a node with two classes, filled by nev_split_begin */
    uint64_t *weight; /* [rows] draws of the first class, those of the second << 32 */
    uint16_t *small;  /* [NEV_SPLIT_PAIRS_MAX] draws of the first class, those of the second << 8 */
    /* of one search */
    uint16_t *value;   /* [rows + NEV_SPLIT_LANES] upper halves of the ranks of the node's rows */
    uint64_t *bin;     /* [NEV_SPLIT_BINS_MAX + NEV_SPLIT_LANES] as weight */
    int32_t *below[2]; /* [NEV_SPLIT_BINS_MAX + NEV_SPLIT_LANES] draws of each class before a bin */
    /* [NEV_SPLIT_BINS_MAX + NEV_SPLIT_LANES] of the boundary after a bin; of all inside it, at most */
    float *gain, *bound[2];
    uint8_t *is_alive; /* [NEV_SPLIT_BINS_MAX] something inside the bin may be best */
};

/* The best split so far. Zero it before the first feature of a node. */
struct nev_split_best {
    bool is_found;
    bool is_perfect; /* both sides pure: no later one can be better */
    uint32_t feature;
    uint32_t rank; /* goes left with everything below; a rank that separates, not always one that occurs */
    uint32_t draws_left;
    uint64_t squares_left, squares_right;
    uint64_t num, den; /* the score num / den */
    uint64_t num_high; /* with class weights: of num, the bits above 64 */
    float gain;        /* two classes: A^2 / den rounded, split_two.inc */
};

/* Class counts on both sides of a boundary. */
struct nev_split_sides {
    uint32_t draws_left;
    uint64_t squares_left, squares_right;
};

/* Searches one feature of a node with two classes. */
typedef void nev_split_two(const struct nev_split_node *node, const struct nev_rank_view *ranks,
                           uint32_t feature, const struct nev_split_work *work, struct nev_split_best *best);

/* One search, compiled for each instruction set; all give the same splits. */
struct nev_split_kernel {
    nev_split_two *two;
};

nev_split_two nev_split_two_c;
#if defined(NEV_BUILD_avx2)
nev_split_two nev_split_two_avx2;
#endif
#if defined(NEV_BUILD_avx512)
nev_split_two nev_split_two_avx512;
#endif

/* nev_split_select - the preferred one of a set of instruction sets (nn/base/cpu.h). */
struct nev_split_kernel nev_split_select(uint32_t isas);

/* nev_split_begin - prepare the work memory for the searches of one node. */
void nev_split_begin(const struct nev_split_node *node, const struct nev_split_work *work);

/*
 * nev_split_try - look for a better split of a node on one feature.
 * Computes   the score of every boundary between different ranks that leaves min_leaf draws on both sides;
 *            *best becomes the first one strictly above *best: ties stay with the earlier feature and the
 *            lower rank
 * Range      after nev_split_begin of the same node
 * Numerics   Bounds: draws <= 2^21, so S <= w^2 <= 2^42, num = S_l w_r + S_r w_l <= w_l w_r w < 2^61 and
 *            den = w_l w_r <= 2^40. Scores are compared by 128-bit cross products. Floating point only
 *            dismisses: binary64 where one product is below the other by more than 2^-50 of it, which is more
 *            than the seven roundings of 2^-53 on the way can amount to; binary32 as split_two.inc derives
 * Tests      tests/forest/test_split.c
 */
void nev_split_try(const struct nev_split_node *node, const struct nev_rank_view *ranks, uint32_t feature,
                   const struct nev_split_kernel *kernel, const struct nev_split_work *work,
                   struct nev_split_best *best);

/* nev_split_order - the node's rows as (rank - *lowest) << 32 | load, by rising rank; NULL if all have one
 * rank. */
const uint64_t *nev_split_order(const struct nev_split_node *node, const struct nev_rank_view *ranks,
                                uint32_t feature, const struct nev_split_work *work, uint32_t *lowest);

/*
 * nev_split_weighted - nev_split_try for a node with class weights.
 * Numerics   Bounds: the weights of a node sum to less than 2^32, so S < 2^64, num < 2^96, den < 2^62;
 *            cross products of 192 bits. binary64 dismisses as in nev_split_try, by more than 2^-49
 * Tests      tests/forest/test_weight.c
 */
void nev_split_weighted(const struct nev_split_node *node, const struct nev_rank_view *ranks,
                        uint32_t feature, const struct nev_split_work *work, struct nev_split_best *best);

/* nev_split_consider - keep a boundary of `feature` in *best if it is strictly better than it, or as good, of
 * the same feature, and lower. */
void nev_split_consider(const struct nev_split_node *node, const struct nev_split_sides *s, uint32_t feature,
                        uint32_t rank, struct nev_split_best *best);

/* nev_split_sort - order work->item[0] by its upper halves, all below 2^bits; returns where the result is. */
uint64_t *nev_split_sort(const struct nev_split_work *work, uint32_t len, uint32_t bits);

/*
 * nev_split_below - bring the bits below the 16 of a column's ranks into an order by those.
 * Shapes     item [len]: (upper 16 bits of the rank - low) << 32 | place in the node, by rising upper half: what
 *            nev_split_sort returned; afterwards (rank - (low << shift)) << 32 | place, by rising rank. Of a row that
 *            is alone with its upper half the bits below are all set: nothing there is looked up
 */
void nev_split_below(const struct nev_split_node *node, const struct nev_rank_view *ranks, uint32_t feature,
                     const struct nev_split_work *work, uint64_t *item, uint32_t len, uint32_t low);

#endif
