/* SPDX-License-Identifier: MIT */
/*
 * key.h - floats as unsigned integers that order like them.
 *
 * The forest compares keys and never floats: -0 equals +0, infinities and subnormals are values like any
 * other, and no processor mode can change a decision. Values have keys from NEV_KEY_MIN to NEV_KEY_MAX; NaN
 * has none.
 * Source     forest/FORMAT.md, section 10
 */
#ifndef NEV_FOREST_KEY_H
#define NEV_FOREST_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/base/bytes.h"

#define NEV_KEY_MIN        0x007FFFFFu /* of -infinity */
#define NEV_KEY_MAX        0xFF800000u /* of +infinity */
#define NEV_KEY_MINUS_ZERO 0x7FFFFFFFu /* what -0 would have; unused, because -0 has the key of +0 */

static inline bool nev_key_is_nan(float x)
{
    return (nev_f32_bits(x) & 0x7FFFFFFF) > 0x7F800000;
}

/* x is not NaN */
static inline uint32_t nev_key_from_f32(float x)
{
    uint32_t bits = nev_f32_bits(x);

    if (bits == 0x80000000u) {
        bits = 0;
    }
    return bits >> 31 != 0 ? ~bits : bits | 0x80000000u;
}

static inline float nev_key_to_f32(uint32_t key)
{
    return nev_f32_from_bits(key >> 31 != 0 ? key & 0x7FFFFFFF : ~key);
}

/*
 * nev_key_between - the key of a threshold t with a <= t < b, for the keys of two values a < b.
 * Computes   (a + b) / 2 in binary64, rounded towards minus infinity to binary32; a where that is not below
 *            b (infinities)
 * Numerics   Two different binary32 are further apart than binary64 rounds, so the mean lies in [a, b)
 */
static inline uint32_t nev_key_between(uint32_t a, uint32_t b)
{
    double high = (double)nev_key_to_f32(b), mean = ((double)nev_key_to_f32(a) + high) * 0.5;
    float t;
    uint32_t key;

    if (!(mean < high)) { /* also when it is NaN: the middle of the two infinities */
        return a;
    }
    t = (float)mean;
    key = nev_key_from_f32(t);
    if ((double)t > mean) {
        key -= key - 1 == NEV_KEY_MINUS_ZERO ? 2 : 1;
    }
    return key;
}

#endif
