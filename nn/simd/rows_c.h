/* SPDX-License-Identifier: MIT */
/*
 * rows_c.h - 32 rows of a table at once, in plain C: their columns as integers that order like the floats, and which of
 * them lie above a threshold.
 *
 * Every rows_<isa>.h defines the same names:
 *   NEV_ROWS        rows in a word: 32
 *   NEV_COLUMNS     columns that are turned at a time: 8
 *   rows32          32 keys of one column
 *   rows_turn       keys of 32 rows and 8 columns, x_stride floats between rows; those of a column lie together,
 *                   key_stride from the next column's, in an order of the header's own. Returns whether there was a
 *                   NaN; the keys then mean nothing
 *   rows_load       32 keys as rows_turn left them
 *   rows_above      bit r: is the key of row r greater than t?
 *   rows_above_two  the same of two columns' rows, into two words
 * Keys are those of forest/key.h with the topmost bit turned, signed, because every instruction set compares such. But -0
 * is not made +0: its key is that which forest/key.h leaves unused, so no threshold has it and none comes between the two.
 */
#ifndef NEV_SIMD_ROWS_C_H
#define NEV_SIMD_ROWS_C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/base/bytes.h"

#define NEV_ROWS    32u
#define NEV_COLUMNS 8u

typedef const int32_t *rows32;

static inline bool rows_turn(const float *x, size_t x_stride, int32_t *key, size_t key_stride)
{
    bool nan = false;
    uint32_t r, c;

    for (r = 0; r < NEV_ROWS; r++) {
        for (c = 0; c < NEV_COLUMNS; c++) {
            const uint32_t bits = nev_f32_bits(x[r * x_stride + c]), size = bits & 0x7FFFFFFF;

            nan = nan || size > 0x7F800000u;
            key[c * key_stride + r] = bits >> 31 != 0 ? -1 - (int32_t)size : (int32_t)size;
        }
    }
    return nan;
}

static inline rows32 rows_load(const int32_t *key)
{
    return key;
}

static inline uint32_t rows_above(rows32 key, int32_t t)
{
    uint32_t r, above = 0;

    for (r = 0; r < NEV_ROWS; r++) {
        above |= (uint32_t)(key[r] > t) << r;
    }
    return above;
}

static inline void rows_above_two(rows32 first, rows32 second, int32_t t, uint32_t *above)
{
    above[0] = rows_above(first, t);
    above[1] = rows_above(second, t);
}

#endif
