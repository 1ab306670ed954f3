/* SPDX-License-Identifier: MIT */
/*
 * The inverse DCT in integers.
 *
 * Source     C. Loeffler, A. Ligtenberg, G. Moschytz, Practical fast 1-D DCT algorithms with 11
 *            multiplications, ICASSP 1989, Figure 1, run backwards; the scaling, the constants of 13 bits and
 *            the two roundings are those of the "slow integer" transform that the Independent JPEG Group's
 *            software made the common reference, so that the samples are the same ones.
 * Numerics   Columns first: products with constants round(c * 2^13), sums exact, rounded to 2 fractional
 * bits; then rows, rounded to integers; then 128 is added and the result clamped to 0..255. Bounds
 * Coefficients of a picture of 8-bit samples stay below 2^12, and every sum below 2^31. For other
 *            coefficients the product with the quantiser is taken modulo 2^16, sums modulo 2^32, and what
 * goes from columns to rows saturates at 16 bits: always defined, and the same everywhere.
 */
#include "io/jpeg_parts.h"

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

/* Eight coefficients, two's complement, to eight sums with FRACTION fractional bits more. */
static inline void transform(const uint32_t in[8], uint32_t out[8])
{
    uint32_t turn, even0, even1, even2, even3, odd0, odd1, odd2, odd3, a, b, c, d, both;

    turn = mul(in[2] + in[6], C_0_541196100);
    a = turn + mul(in[2], C_0_765366865);
    b = turn - mul(in[6], C_1_847759065);
    c = (in[0] + in[4]) << FRACTION;
    d = (in[0] - in[4]) << FRACTION;
    even0 = c + a;
    even1 = d + b;
    even2 = d - b;
    even3 = c - a;

    both = mul(in[1] + in[3] + in[5] + in[7], C_1_175875602);
    a = both - mul(in[3] + in[7], C_1_961570560);
    b = both - mul(in[1] + in[5], C_0_390180644);
    c = mul(in[1] + in[7], C_0_899976223);
    d = mul(in[3] + in[5], C_2_562915447);
    odd0 = mul(in[1], C_1_501321110) + b - c;
    odd1 = mul(in[3], C_3_072711026) + a - d;
    odd2 = mul(in[5], C_2_053119869) + b - d;
    odd3 = mul(in[7], C_0_298631336) + a - c;

    out[0] = even0 + odd0;
    out[7] = even0 - odd0;
    out[1] = even1 + odd1;
    out[6] = even1 - odd1;
    out[2] = even2 + odd2;
    out[5] = even2 - odd2;
    out[3] = even3 + odd3;
    out[4] = even3 - odd3;
}

static inline uint32_t dequantise(int16_t coef, uint16_t quant)
{
    uint32_t low = ((uint32_t)(int32_t)coef * quant) & 0xFFFF;

    return (low ^ 0x8000) - 0x8000;
}

static void columns(const int16_t *coefs, const uint16_t *quant, int32_t rows[NEV_JPEG_BLOCK])
{
    uint32_t in[8], out[8], x, y;

    for (x = 0; x < 8; x++) {
        const int16_t *col = coefs + x;

        if ((col[8] | col[16] | col[24] | col[32] | col[40] | col[48] | col[56]) == 0) {
            /* The transform of a lone first coefficient is that coefficient, eight times. */
            int32_t flat =
                saturate((int32_t)dequantise(col[0], quant[x]) * (1 << COLUMN_KEEP), -32768, 32767);

            for (y = 0; y < 8; y++) {
                rows[y * 8 + x] = flat;
            }
            continue;
        }
        for (y = 0; y < 8; y++) {
            in[y] = dequantise(col[y * 8], quant[y * 8 + x]);
        }
        transform(in, out);
        for (y = 0; y < 8; y++) {
            rows[y * 8 + x] = saturate(descale(out[y], FRACTION - COLUMN_KEEP), -32768, 32767);
        }
    }
}

void nev_jpeg_idct(const int16_t coefs[NEV_JPEG_BLOCK], const uint16_t quant[NEV_JPEG_BLOCK], uint8_t *out,
                   size_t out_stride)
{
    int32_t rows[NEV_JPEG_BLOCK];
    uint32_t in[8], sums[8], x, y;

    columns(coefs, quant, rows);
    for (y = 0; y < 8; y++) {
        for (x = 0; x < 8; x++) {
            in[x] = (uint32_t)rows[y * 8 + x];
        }
        transform(in, sums);
        for (x = 0; x < 8; x++) {
            out[x] = (uint8_t)saturate(descale(sums[x], FRACTION + COLUMN_KEEP + 3) + 128, 0, 255);
        }
        out += out_stride;
    }
}
