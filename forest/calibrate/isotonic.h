/* SPDX-License-Identifier: MIT */
/*
 * isotonic.h - isotonic calibration: the rising step of frequencies that fits best.
 */
#ifndef NEV_FOREST_ISOTONIC_H
#define NEV_FOREST_ISOTONIC_H

#include "forest/calibrate/score.h"

/* Neighbouring scores that share one probability, positive / rows. */
struct nev_pool {
    uint64_t low, high; /* the least and the greatest of the scores */
    uint32_t positive, rows;
};

#define NEV_POOL_BYTES 24 /* in a file: u64 low, u64 high, u32 positive, u32 rows */

/*
 * nev_isotonic_fit - pool adjacent violators; returns how many pools there are.
 * Computes   the rising function of the score with the least sum of squared differences to the rows (1 positive, 0
 *            other); in integers, exactly; neighbours with equal probability share a pool
 * Shapes     point [len] as nev_points_merge leaves them; pool [len]
 * Range      fewer than 2^31 rows
 * Source     Ayer, Brunk, Ewing, Reid, Silverman, Annals of Mathematical Statistics 26 (1955); for calibration: Zadrozny,
 *            Elkan, KDD 2002
 * Tests      tests/forest/test_isotonic.c
 */
size_t nev_isotonic_fit(const struct nev_point *point, size_t len, struct nev_pool *pool);

/* nev_pool_store, nev_pool_load - the i-th pool in and out of bytes. */
void nev_pool_store(uint8_t *bytes, size_t i, const struct nev_pool *pool);
void nev_pool_load(const uint8_t *bytes, size_t i, struct nev_pool *pool);

/*
 * nev_isotonic_at - the probability of a score.
 * Computes   that of its pool; between two pools the straight line; outside, the nearest pool's
 * Shapes     bytes: len pools, len >= 1
 * Numerics   never falls where the score rises, and never leaves the pools' probabilities
 */
double nev_isotonic_at(const uint8_t *bytes, size_t len, uint64_t score);

#endif
