/* SPDX-License-Identifier: MIT */
/*
 * score.h - a class's probability as an integer, and rows gathered by it: what decisions are calibrated on.
 *
 * A score is a probability in units of 2^-32, rounded down: 0 to NEV_SCORE_ONE. The probability is the mean over
 * trees of the leaf's fraction of the class; out of bag, over the trees that did not see the row. Two shares of
 * votes v / n, w / m with n, m <= 65,535 differ by more than 2^-32 or not at all, so in fully grown forests scores
 * compare as the shares do.
 */
#ifndef NEV_FOREST_SCORE_H
#define NEV_FOREST_SCORE_H

#include <stddef.h>
#include <stdint.h>

#define NEV_SCORE_ONE   ((uint64_t)1 << 32)
#define NEV_SCORE_NEVER (NEV_SCORE_ONE + 1) /* as a threshold: above every score */

/* nev_score_of_sum - of the sum of `trees` fractions in units of 2^-32; trees >= 1. */
static inline uint64_t nev_score_of_sum(uint64_t sum, uint32_t trees)
{
    return sum / trees;
}

/* nev_score_of_probability - of what nev_forest_predict says. Exact: the probability is sum / trees * 2^-32 rounded to
 * binary64, which moves it by less than 2^-53, and what lies below a multiple of 2^-32 lies 2^-48 below it. */
static inline uint64_t nev_score_of_probability(double p)
{
    return (uint64_t)(p * 0x1p32);
}

/* nev_score_real - as a number, exactly. */
static inline double nev_score_real(uint64_t score)
{
    return (double)score * 0x1p-32;
}

/* The rows that have one score. */
struct nev_point {
    uint64_t score;
    uint32_t positive, negative; /* how many rows of the positive class, and of the others */
};

/*
 * nev_points_merge - sort by rising score and make points with equal scores one; returns how many are left.
 * Shapes     point [len], rewritten; the result depends on the rows, not on their order
 * Source     heapsort (Williams, Algorithm 232, CACM 7, 1964): no memory, no recursion
 */
size_t nev_points_merge(struct nev_point *point, size_t len);

/* nev_scores_sort - sort by rising score, the same way. */
void nev_scores_sort(uint64_t *score, size_t len);

#endif
