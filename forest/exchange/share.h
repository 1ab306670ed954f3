/* SPDX-License-Identifier: MIT */
/*
 * share.h - the whole numbers that rounded shares once were.
 *
 * Exporters write a leaf as shares rounded to binary32. Its counts are found again as the smallest whole numbers whose
 * shares round so; where there are none with a small sum, numbers of about 2^30 stand for the shares.
 */
#ifndef NEV_FOREST_SHARE_H
#define NEV_FOREST_SHARE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * nev_share_fraction - the fraction with the smallest denominator in [low, high].
 * Range      0 < low <= high <= 2
 * Errors     false if its denominator is above 2^22
 * Source     continued fractions: Knuth, The Art of Computer Programming 2, 4.5.3, exercise 39
 */
bool nev_share_fraction(double low, double high, uint64_t *above, uint64_t *below);

/*
 * nev_share_counts - counts, not all 0, whose shares are those given.
 * Shapes     share, count [len]
 * Range      shares from 0 to 1, their sum 1 within 2^-22; with is_rest, share[0] is not looked at: class 0 has what the
 *            others leave of 1
 * Numerics   binary64, no multiplication followed by an addition that could be contracted. No count's share is off by more
 *            than 2^-22, and a share is 0 exactly if its count is
 * Errors     false if the shares are not of one whole; counts are then 0
 * Tests      tests/forest/test_share.c
 */
bool nev_share_counts(const double *share, uint32_t len, bool is_rest, uint32_t *count);

#endif
