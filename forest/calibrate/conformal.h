/* SPDX-License-Identifier: MIT */
/*
 * conformal.h - sets of classes that hold the right one at a stated level.
 *
 * README.md, "Sets at a stated level", says what is guaranteed of them and what is not.
 */
#ifndef NEV_FOREST_CONFORMAL_H
#define NEV_FOREST_CONFORMAL_H

#include <stdbool.h>

#include "forest/calibrate/score.h"
#include "forest/calibrate/threshold.h"
#include "nn/base/status.h"

/*
 * nev_conformal_rank - which of n scores, counted from the greatest, a class must reach to be in the set.
 * Computes   ceil(level * (n + 1) / 10^6); above n: no score suffices as a bound, every class is in every set
 * Range      1 <= level < 10^6 (millionths), n < 2^32
 */
uint64_t nev_conformal_rank(uint32_t level, uint64_t n);

/*
 * nev_conformal_floors - the least score with which a class is in the set.
 * Computes   split conformal prediction with the nonconformity 1 - score of the true class: with the calibration
 *            rows' scores of their own classes sorted falling, the nev_conformal_rank-th; 0 if there is none.
 *            by_class: among the rows of that class alone, for each class (Mondrian); otherwise one for all
 * Shapes     score, label [rows]: of each calibration row its true class and that class's score; floors [classes];
 *            work [rows]
 * Range      label < classes; 1 <= level < 10^6
 * Threads    pure
 * Source     Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World (2005), 4.1 and 4.5; Johansson, Bostroem,
 *            Loefstroem, Linusson, Machine Learning 97 (2014), for scores out of bag
 * Tests      tests/forest/test_conformal.c
 */
void nev_conformal_floors(const uint64_t *score, const uint32_t *label, size_t rows, uint32_t classes,
                          uint32_t level, bool by_class, uint64_t *work, uint64_t *floors);

#endif
