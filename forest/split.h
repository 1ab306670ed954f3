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
#include <stdint.h>

/* A row's load: draws << NEV_LOAD_CLASS_BITS | class. */
#define NEV_LOAD_CLASS_BITS 10
#define NEV_LOAD_CLASS_MASK 0x3FFu

#define NEV_SPLIT_DIGIT_MAX 11 /* bits of a radix digit: its 2^11 counts stay in the first-level cache */

/* The node. */
struct nev_split_node {
    const uint32_t *row;     /* [len] */
    const uint32_t *load;    /* [len] */
    uint32_t len;            /* distinct rows, >= 2 */
    uint32_t draws;          /* of all rows */
    const uint32_t *total;   /* [classes] draws of each class */
    const uint32_t *present; /* [present_len] the classes that occur */
    uint32_t present_len;
    uint64_t squares;  /* sum of total^2 */
    uint32_t min_leaf; /* draws each side must keep */
};

/* Work memory. */
struct nev_split_work {
    uint64_t *item[2]; /* [rows] each */
    uint32_t *count;   /* [2^NEV_SPLIT_DIGIT_MAX] */
    uint32_t *left;    /* [classes] */
};

/* The best split so far. Zero it before the first feature of a node. */
struct nev_split_best {
    bool is_found;
    bool is_perfect; /* both sides pure: no later one can be better */
    uint32_t feature;
    uint32_t rank, rank_next; /* the greatest rank on the left, the least on the right */
    uint32_t draws_left;
    uint64_t squares_left, squares_right;
    uint64_t num, den; /* the score num / den */
};

/*
 * nev_split_try - look for a better split of a node on one feature.
 * Computes   the score of every boundary between different ranks that leaves min_leaf draws on both sides;
 *            *best becomes the first one strictly above *best: ties stay with the earlier feature and the
 *            lower rank
 * Shapes     rank [rows]: the feature's column of dense ranks
 * Numerics   Bounds: draws <= 2^21, so S <= w^2 <= 2^42, num = S_l w_r + S_r w_l <= w_l w_r w < 2^61 and
 *            den = w_l w_r <= 2^40. Scores are compared by 128-bit cross products. binary64 only dismisses:
 *            where one product is below the other by more than 2^-50 of it, which is more than the seven
 *            roundings of 2^-53 on the way can amount to
 * Tests      tests/forest/test_split.c
 */
void nev_split_try(const struct nev_split_node *node, const uint32_t *rank, uint32_t feature,
                   const struct nev_split_work *work, struct nev_split_best *best);

#endif
