/* SPDX-License-Identifier: MIT */
/*
 * The inverse DCT in integers.
 *
 * Source     C. Loeffler, A. Ligtenberg, G. Moschytz, Practical fast 1-D DCT algorithms with 11
 *            multiplications, ICASSP 1989, Figure 1, run backwards; the scaling, the constants of 13 bits and
 *            the two roundings are those of the "slow integer" transform that the Independent JPEG Group's
 *            software made the common reference, so that the samples are the same ones.
 * Numerics   Columns first: products with constants round(c * 2^13), sums exact, rounded to 2 fractional
 *            bits; then rows, rounded to integers; then 128 is added and the result clamped to 0..255.
 * Bounds     Coefficients of a picture of 8-bit samples stay below 2^12, and every sum below 2^31. For others
 *            the product with the quantiser is taken modulo 2^16, sums modulo 2^32, and what goes from
 *            columns to rows saturates at 16 bits: always defined, and the same everywhere.
 */
#include "io/jpeg_parts.h"

#include <string.h>

#define FRACTION    13 /* bits of the constants */
#define COLUMN_KEEP 2  /* fractional bits kept between the passes */

/* round(x * 2^13); the names are the rotations' cosines and sines, see the test that recomputes them. */
enum {
    C_0_298631336 = 2446,
    C_0_390180644 = 3196,
    C_0_541196100 = 4433,
    C_0_765366865 = 6270,
    C_0_899976223 = 7373,
    C_1_175875602 = 9633,
    C_1_501321110 = 12299,
    C_1_847759065 = 15137,
    C_1_961570560 = 16069,
    C_2_053119869 = 16819,
    C_2_562915447 = 20995,
    C_3_072711026 = 25172
};

/* PORTABILITY: a conversion to a signed type that does not fit wraps, and >> of a negative number keeps its
 * sign, on every compiler of the project; the test of this file says so. */
static inline int32_t descale(uint32_t x, unsigned bits)
{
    return (int32_t)(x + (1u << (bits - 1))) >> bits;
}

static inline uint32_t mul(uint32_t x, uint32_t constant)
{
    return x * constant;
}

static inline int32_t saturate(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : x > high ? high : x;
}

/*
 * Eight transforms at once, of the columns of a block: lane x reads in[0..7][x] and leaves out[0..7][x],
 * whose FRACTION fractional bits and as many more as `bits` exceeds them are rounded away. The lanes are
 * independent, so that a compiler may take several in one instruction.
 */
static inline void transform(uint32_t in[8][8], int32_t out[8][8], unsigned bits)
{
    uint32_t x;

    for (x = 0; x < 8; x++) {
        uint32_t turn, even0, even1, even2, even3, odd0, odd1, odd2, odd3, a, b, c, d, both;

        turn = mul(in[2][x] + in[6][x], C_0_541196100);
        a = turn + mul(in[2][x], C_0_765366865);
        b = turn - mul(in[6][x], C_1_847759065);
        c = (in[0][x] + in[4][x]) << FRACTION;
        d = (in[0][x] - in[4][x]) << FRACTION;
        even0 = c + a;
        even1 = d + b;
        even2 = d - b;
        even3 = c - a;

        both = mul(in[1][x] + in[3][x] + in[5][x] + in[7][x], C_1_175875602);
        a = both - mul(in[3][x] + in[7][x], C_1_961570560);
        b = both - mul(in[1][x] + in[5][x], C_0_390180644);
        c = mul(in[1][x] + in[7][x], C_0_899976223);
        d = mul(in[3][x] + in[5][x], C_2_562915447);
        odd0 = mul(in[1][x], C_1_501321110) + b - c;
        odd1 = mul(in[3][x], C_3_072711026) + a - d;
        odd2 = mul(in[5][x], C_2_053119869) + b - d;
        odd3 = mul(in[7][x], C_0_298631336) + a - c;

        out[0][x] = descale(even0 + odd0, bits);
        out[7][x] = descale(even0 - odd0, bits);
        out[1][x] = descale(even1 + odd1, bits);
        out[6][x] = descale(even1 - odd1, bits);
        out[2][x] = descale(even2 + odd2, bits);
        out[5][x] = descale(even2 - odd2, bits);
        out[3][x] = descale(even3 + odd3, bits);
        out[4][x] = descale(even3 - odd3, bits);
    }
}

static inline uint32_t dequantise(int16_t coef, uint16_t quant)
{
    uint32_t low = ((uint32_t)(int32_t)coef * quant) & 0xFFFF;

    return (low ^ 0x8000) - 0x8000;
}

/* Whether all coefficients but the first are 0. */
static bool is_flat(const int16_t coefs[NEV_JPEG_BLOCK])
{
    int any = 0;
    uint32_t i;

    for (i = 1; i < NEV_JPEG_BLOCK; i++) {
        any |= coefs[i];
    }
    return any == 0;
}

/* The transform of a lone first coefficient: both passes scale it by 1, whatever the place. */
static void flat(uint32_t dc, uint8_t *out, size_t out_stride)
{
    int32_t kept = saturate((int32_t)dc * (1 << COLUMN_KEEP), -32768, 32767);
    int32_t sample = saturate(descale((uint32_t)kept, COLUMN_KEEP + 3) + 128, 0, 255);
    uint32_t y;

    for (y = 0; y < 8; y++, out += out_stride) {
        memset(out, (int)sample, 8);
    }
}

void nev_jpeg_idct(const int16_t coefs[NEV_JPEG_BLOCK], const uint16_t quant[NEV_JPEG_BLOCK], uint8_t *out,
                   size_t out_stride)
{
    uint32_t in[8][8];
    int32_t sums[8][8];
    uint32_t x, y;

    if (is_flat(coefs)) {
        flat(dequantise(coefs[0], quant[0]), out, out_stride);
        return;
    }
    for (y = 0; y < 8; y++) {
        for (x = 0; x < 8; x++) {
            in[y][x] = dequantise(coefs[y * 8 + x], quant[y * 8 + x]);
        }
    }
    transform(in, sums, FRACTION - COLUMN_KEEP);
    for (y = 0; y < 8; y++) {
        for (x = 0; x < 8; x++) {
            in[x][y] = (uint32_t)saturate(sums[y][x], -32768, 32767);
        }
    }
    transform(in, sums, FRACTION + COLUMN_KEEP + 3);
    for (y = 0; y < 8; y++) {
        for (x = 0; x < 8; x++) {
            out[x] = (uint8_t)saturate(sums[x][y] + 128, 0, 255);
        }
        out += out_stride;
    }
}
