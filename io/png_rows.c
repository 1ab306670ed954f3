/* SPDX-License-Identifier: MIT */
#include "io/png_rows.h"

#include <string.h>

#include "nn/base/bytes.h"
#include "nn/base/size.h"

/* Where the pixels of a pass lie in the picture: columns x0, x0 + dx, ...; rows y0, y0 + dy, ... */
struct pass {
    uint8_t x0, dx, y0, dy;
};

/* Adam7: PNG Specification, third edition, 8.2. */
static const struct pass adam7[NEV_PNG_PASSES] = {{0, 8, 0, 8}, {4, 8, 0, 8}, {0, 4, 4, 8}, {2, 4, 0, 4},
                                                  {0, 2, 2, 4}, {1, 2, 0, 2}, {0, 1, 1, 2}};
static const struct pass whole = {0, 1, 0, 1};

unsigned nev_png_channels(enum nev_png_colour colour)
{
    switch (colour) {
    case NEV_PNG_GREY_ALPHA:
        return 2;
    case NEV_PNG_RGB:
        return 3;
    case NEV_PNG_RGBA:
        return 4;
    case NEV_PNG_GREY:
    case NEV_PNG_PALETTE:
        break;
    }
    return 1;
}

/* Bounds: sides are at most 65535 (NEV_IMAGE_SIDE_MAX) and a pixel has at most 64 bits, so these fit 32 bits.
 */
static uint32_t pass_width(const struct nev_png_format *f, const struct pass *p)
{
    return f->width <= p->x0 ? 0 : (f->width - p->x0 + p->dx - 1) / p->dx;
}

static uint32_t pass_height(const struct nev_png_format *f, const struct pass *p)
{
    return f->height <= p->y0 ? 0 : (f->height - p->y0 + p->dy - 1) / p->dy;
}

static size_t row_bytes(const struct nev_png_format *f, uint32_t width)
{
    return (width * (nev_png_channels(f->colour) * f->depth) + 7) / 8;
}

bool nev_png_rows_bytes(const struct nev_png_format *f, size_t *bytes)
{
    unsigned i, n = f->is_interlaced ? NEV_PNG_PASSES : 1;
    size_t sum = 0, part;

    for (i = 0; i < n; i++) {
        const struct pass *p = f->is_interlaced ? &adam7[i] : &whole;
        uint32_t w = pass_width(f, p), h = pass_height(f, p);

        if (w == 0 || h == 0) {
            continue; /* such a pass has no bytes at all, not even filter bytes */
        }
        if (!nev_size_mul(row_bytes(f, w) + 1, h, &part) || !nev_size_add(sum, part, &sum)) {
            return false;
        }
    }
    *bytes = sum;
    return true;
}

/* Filters 3 (average) and 4 (Paeth), which look at two and three neighbours; contract of unfilter. */
static void unfilter_mixed(bool is_paeth, uint8_t *row, const uint8_t *above, size_t n, size_t step)
{
    size_t i;

    for (i = 0; i < n; i++) {
        uint8_t left = i < step ? 0 : row[i - step], up = above == NULL ? 0 : above[i];
        uint8_t corner = above == NULL || i < step ? 0 : above[i - step];

        row[i] = (uint8_t)(row[i] + (is_paeth ? nev_png_paeth(left, up, corner) : (left + up) / 2));
    }
}

/*
 * Undoes one row's filter in place. row and above are samples without filter bytes, above NULL in the first
 * row, whose neighbours above count as zero, as those to the left of the first pixel do. step: bytes to the
 * left neighbour. Source     PNG Specification, third edition, 9.2
 */
static bool unfilter(unsigned filter, uint8_t *row, const uint8_t *above, size_t n, size_t step)
{
    size_t i;

    switch (filter) {
    case 0:
        return true;
    case 1:
        for (i = step; i < n; i++) {
            row[i] = (uint8_t)(row[i] + row[i - step]);
        }
        return true;
    case 2:
        for (i = 0; above != NULL && i < n; i++) {
            row[i] = (uint8_t)(row[i] + above[i]);
        }
        return true;
    case 3:
    case 4:
        unfilter_mixed(filter == 4, row, above, n, step);
        return true;
    default:
        return false;
    }
}

/* Sample number i of a row, as stored. */
static unsigned sample(const uint8_t *row, size_t i, unsigned depth)
{
    if (depth == 8) {
        return row[i];
    }
    if (depth == 16) {
        return nev_load_u16be(row + 2 * i);
    }
    /* The leftmost sample is in the highest bits (7.2). */
    return ((unsigned)row[i * depth / 8] >> (8 - depth - i * depth % 8)) & ((1u << depth) - 1);
}

/* A sample in 8 bits: scaled exactly from below; of 16 bits the upper eight, as libpng's strip_16 keeps them.
 */
static uint8_t to_8(unsigned v, unsigned depth)
{
    if (depth == 8) {
        return (uint8_t)v;
    }
    if (depth == 16) {
        return (uint8_t)(v >> 8);
    }
    return (uint8_t)(v * (255 / ((1u << depth) - 1)));
}

/* Whether tRNS makes a grey or RGB pixel transparent: only its low depth bits count (11.3.1.1). */
static bool is_key(const struct nev_png_format *f, const unsigned *s, unsigned n)
{
    unsigned i;

    for (i = 0; i < n; i++) {
        if (s[i] != (nev_load_u16be(f->trns + (size_t)2 * i) & ((1u << f->depth) - 1))) {
            return false;
        }
    }
    return true;
}

static void palette_pixel(const struct nev_png_format *f, unsigned index, uint8_t rgba[4])
{
    unsigned i;

    /* 11.2.2 calls a colour beyond the palette an error and leaves the rest open; libpng shows black. */
    for (i = 0; i < 3; i++) {
        rgba[i] = index < f->palette_len ? f->palette[3 * index + i] : 0;
    }
    rgba[3] = index < f->trns_len ? f->trns[index] : 255;
}

/* Pixel x of a row as R, G, B, A. */
static void pixel(const struct nev_png_format *f, const uint8_t *row, size_t x, uint8_t rgba[4])
{
    unsigned depth = f->depth, s[4] = {0}, i, n = nev_png_channels(f->colour);

    for (i = 0; i < n; i++) {
        s[i] = sample(row, x * n + i, depth);
    }
    if (f->colour == NEV_PNG_PALETTE) {
        palette_pixel(f, s[0], rgba);
        return;
    }
    for (i = 0; i < 3; i++) {
        rgba[i] = to_8(s[n >= 3 ? i : 0], depth);
    }
    if (n == 2 || n == 4) {
        rgba[3] = to_8(s[n - 1], depth);
    } else {
        rgba[3] = f->trns != NULL && is_key(f, s, n) ? 0 : 255;
    }
}

/*
 * Which pixel of the upright picture the stored pixel (x, y) is. Orientation 1..8 says where the first row
 * and the first column of the stored picture are: top left, top right, bottom right, bottom left; left top,
 * right top, right bottom, left bottom (Exif 2.32, 4.6.4). From 5 on, stored rows are columns.
 */
static size_t place(const struct nev_png_format *f, uint32_t o, uint32_t x, uint32_t y)
{
    size_t across = o == 2 || o == 3 || o == 7 || o == 8 ? f->width - 1 - x : x;
    size_t down = o == 3 || o == 4 || o == 6 || o == 7 ? f->height - 1 - y : y;

    return o >= 5 ? across * f->height + down : down * f->width + across;
}

/* One pass; rows are its bytes. */
static bool decode_pass(const struct nev_png_format *f, const struct pass *p, uint8_t *rows, bool is_raw,
                        uint8_t *out)
{
    uint32_t w = pass_width(f, p), h = pass_height(f, p), x, y;
    size_t n = row_bytes(f, w), step = (nev_png_channels(f->colour) * f->depth + 7) / 8;
    const uint8_t *above = NULL;

    for (y = 0; y < h; y++) {
        uint8_t *row = rows + y * (n + 1) + 1;

        if (!unfilter(row[-1], row, above, n, step)) {
            return false;
        }
        above = row;
        for (x = 0; x < w; x++) {
            uint8_t rgba[4];
            size_t at = place(f, is_raw ? 1 : f->orientation, p->x0 + x * p->dx, p->y0 + y * p->dy);

            pixel(f, row, x, rgba);
            memcpy(out + at * (is_raw ? 4 : 3), rgba, is_raw ? 4 : 3);
        }
    }
    return true;
}

bool nev_png_rows_decode(const struct nev_png_format *f, uint8_t *rows, bool is_raw, uint8_t *out)
{
    unsigned i, n = f->is_interlaced ? NEV_PNG_PASSES : 1;

    for (i = 0; i < n; i++) {
        const struct pass *p = f->is_interlaced ? &adam7[i] : &whole;
        uint32_t w = pass_width(f, p), h = pass_height(f, p);

        if (w == 0 || h == 0) {
            continue;
        }
        if (!decode_pass(f, p, rows, is_raw, out)) {
            return false;
        }
        rows += (row_bytes(f, w) + 1) * h;
    }
    return true;
}
