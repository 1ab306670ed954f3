/* SPDX-License-Identifier: MIT */
/*
 * weight.h - class weights as small integers, and scores of splits that use them.
 *
 * A draw of class k counts w[k] times. The weights are integers so small that the weights of all draws of a
 * tree sum to less than 2^32: U = min(2^20, floor((2^32 - 1) / draws)) is the greatest one. README.md, "Class
 * weights", says how they come from ratios.
 */
#ifndef NEV_FOREST_WEIGHT_H
#define NEV_FOREST_WEIGHT_H

#include <stdint.h>

/*
 * nev_weight_given - weights in the ratios of `given`.
 * Computes   given / their greatest common divisor where that does not exceed U; otherwise given * U /
 *            greatest, rounded to nearest, halves up, at least 1, without common divisor
 * Range      given[k] >= 1
 */
void nev_weight_given(const uint32_t *given, uint32_t classes, uint32_t draws, uint32_t *weight);

/*
 * nev_weight_balanced - weights in the inverse ratios of the classes' frequencies.
 * Computes   U * least / count[k], rounded to nearest, halves up, at least 1, without common divisor, where
 *            least is the least count that is not 0; 0 where count[k] is 0
 */
void nev_weight_balanced(const uint32_t *count, uint32_t classes, uint32_t draws, uint32_t *weight);

/*
 * nev_weight_quality - floor(2^40 * draws * squares / (side * all)).
 * Range      side, all >= 1; squares <= side^2, side <= all < 2^32, draws <= 2^21: the result is <= 2^61
 * Source     FORMAT.md, section 8
 */
uint64_t nev_weight_quality(uint64_t squares, uint32_t side, uint32_t draws, uint32_t all);

#endif
