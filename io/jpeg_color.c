/* SPDX-License-Identifier: MIT */
/*
 * Components to pixels.
 *
 * Source     T.871, clause 7: R = Y + 1.402 (Cr - 128), G = Y - 0.34414 (Cb - 128) - 0.71414 (Cr - 128),
 *            B = Y + 1.772 (Cb - 128), with constants round(c * 2^16), one rounding to nearest for each of R,
 * G and B, clamped to 0..255. YCCK: C, M, Y are 255 minus what would be R, G, B; K is as it is. CMYK       as
 * files have it is inverted (0 is full ink, Adobe's convention), so R = round(C * K / 255), and likewise G
 * from M and B from Y; exact, since 255 is odd and no quotient lies halfway.
 */
#include "io/jpeg_parts.h"

#include <string.h>

/* round(c * 2^16) */
enum { RED_CR = 91881, GREEN_CB = 22554, GREEN_CR = 46802, BLUE_CB = 116130, HALF = 32768 };

static inline uint8_t clamp(int32_t x)
{
    return (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x);
}

/* PORTABILITY: >> of a negative number keeps its sign, see jpeg_idct.c. Bounds: |sums| < 2^24. */
static inline int32_t red(int32_t y, int32_t cr)
{
    return y + ((RED_CR * (cr - 128) + HALF) >> 16);
}

static inline int32_t green(int32_t y, int32_t cb, int32_t cr)
{
    return y + ((-GREEN_CB * (cb - 128) - GREEN_CR * (cr - 128) + HALF) >> 16);
}

static inline int32_t blue(int32_t y, int32_t cb)
{
    return y + ((BLUE_CB * (cb - 128) + HALF) >> 16);
}

static void ycc_row(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint32_t width, uint8_t *out)
{
    uint32_t x;

    for (x = 0; x < width; x++) {
        out[3 * x] = clamp(red(y[x], cr[x]));
        out[3 * x + 1] = clamp(green(y[x], cb[x], cr[x]));
        out[3 * x + 2] = clamp(blue(y[x], cb[x]));
    }
}

static void ycck_row(const uint8_t *const rows[4], uint32_t width, uint8_t *out)
{
    const uint8_t *y = rows[0], *cb = rows[1], *cr = rows[2];
    uint32_t x;

    for (x = 0; x < width; x++) {
        out[4 * x] = clamp(255 - red(y[x], cr[x]));
        out[4 * x + 1] = clamp(255 - green(y[x], cb[x], cr[x]));
        out[4 * x + 2] = clamp(255 - blue(y[x], cb[x]));
        out[4 * x + 3] = rows[3][x];
    }
}

static void interleave_row(const uint8_t *const *rows, uint32_t channels, uint32_t width, uint8_t *out)
{
    uint32_t x, i;

    for (i = 0; i < channels; i++) {
        for (x = 0; x < width; x++) {
            out[channels * x + i] = rows[i][x];
        }
    }
}

void nev_jpeg_row_convert(enum nev_jpeg_colour colour, const uint8_t *const rows[NEV_JPEG_COMPONENTS_MAX],
                          uint32_t width, uint8_t *out)
{
    switch (colour) {
    case NEV_JPEG_GREY:
        memcpy(out, rows[0], width);
        break;
    case NEV_JPEG_YCC:
        ycc_row(rows[0], rows[1], rows[2], width, out);
        break;
    case NEV_JPEG_RGB:
        interleave_row(rows, 3, width, out);
        break;
    case NEV_JPEG_CMYK:
        interleave_row(rows, 4, width, out);
        break;
    case NEV_JPEG_YCCK:
        ycck_row(rows, width, out);
        break;
    }
}

void nev_jpeg_row_rgb(enum nev_jpeg_colour colour, const uint8_t *raw, uint32_t width, uint8_t *out)
{
    uint32_t x, i;

    for (x = 0; x < width; x++) {
        for (i = 0; i < 3; i++) {
            out[3 * x + i] =
                colour == NEV_JPEG_GREY ? raw[x] : (uint8_t)((raw[4 * x + i] * raw[4 * x + 3] + 127) / 255);
        }
    }
}
