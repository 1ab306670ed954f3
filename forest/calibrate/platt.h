/* SPDX-License-Identifier: MIT */
/*
 * platt.h - Platt scaling: a sigmoid from scores to probabilities.
 */
#ifndef NEV_FOREST_PLATT_H
#define NEV_FOREST_PLATT_H

#include "forest/calibrate/score.h"
#include "nn/base/status.h"

/* p(s) = 1 / (1 + e^(a s + b)) with s = score * 2^-32; rising if a < 0, as it is where the scores tell anything. */
struct nev_platt {
    double a, b;
};

/*
 * nev_platt_fit - the most likely sigmoid, with Platt's targets.
 * Computes   the least sum over rows of s(z) - (1 - t) z, z = a s + b, s(z) = ln(1 + e^z), where t is (P + 1) / (P + 2)
 *            for the P positive rows and 1 / (N + 2) for the N others: it never wants infinite a or b. Newton's method,
 *            steps halved until the sum falls enough; ends where both derivatives are below 10^-10 a row, or
 *            nothing falls any more
 * Shapes     point [len] as nev_points_merge leaves them, so the order of rows does not matter
 * Numerics   binary64 in the order of the points, with nev_exp and nev_log: the same bits everywhere
 * Errors     DATA: no positive or no negative row; *f is then zeroed
 * Source     Platt, Probabilistic outputs for support vector machines (1999), 2.2; Lin, Lin, Weng, Machine Learning 68
 *            (2007). Differs: both fit a classifier's margin, this the forest's probability; a stricter end
 * Tests      tests/forest/test_platt.c
 */
NEV_MUST_CHECK enum nev_status nev_platt_fit(const struct nev_point *point, size_t len, struct nev_platt *f,
                                             struct nev_error *err);

/* nev_platt_at - the probability of a score. */
double nev_platt_at(const struct nev_platt *f, uint64_t score);

#endif
