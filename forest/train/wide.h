/* SPDX-License-Identifier: MIT */
/*
 * wide.h - products of 64-bit numbers compared exactly, without a 128-bit type.
 */
#ifndef NEV_FOREST_WIDE_H
#define NEV_FOREST_WIDE_H

#include <stdbool.h>
#include <stdint.h>

struct nev_wide {
    uint64_t high, low;
};

/* nev_wide_product - a * b, all 128 bits. Bounds: each partial sum is below 2^64, as the comments count. */
static inline struct nev_wide nev_wide_product(uint64_t a, uint64_t b)
{
    uint64_t a0 = a & 0xFFFFFFFF, a1 = a >> 32, b0 = b & 0xFFFFFFFF, b1 = b >> 32;
    uint64_t low = a0 * b0;
    uint64_t middle = a1 * b0 + (low >> 32);          /* <= (2^32-1)^2 + 2^32-1 < 2^64 */
    uint64_t cross = a0 * b1 + (middle & 0xFFFFFFFF); /* likewise */
    struct nev_wide w;

    w.high = a1 * b1 + (middle >> 32) + (cross >> 32);
    w.low = cross << 32 | (low & 0xFFFFFFFF);
    return w;
}

/* nev_wide_greater - a * b > c * d */
static inline bool nev_wide_greater(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    struct nev_wide p = nev_wide_product(a, b), q = nev_wide_product(c, d);

    return p.high != q.high ? p.high > q.high : p.low > q.low;
}

#endif
