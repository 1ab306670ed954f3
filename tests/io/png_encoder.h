/* SPDX-License-Identifier: MIT */
/*
 * png_encoder.h - PNG files of any kind, also wrong ones, written as the standard draws them.
 */
#ifndef NEV_TESTS_IO_PNG_ENCODER_H
#define NEV_TESTS_IO_PNG_ENCODER_H

#include "tests/support/test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "io/adler32.h"
#include "nn/base/bytes.h"
#include "nn/base/crc32.h"

/* An encoder of our own, as plain as the standard allows: stored blocks, any filter, any pass, any chunk. */
struct file {
    uint8_t bytes[60000];
    size_t len;
};

static inline void put_chunk(struct file *f, const char *type, const void *data, size_t bytes)
{
    uint8_t *at = f->bytes + f->len;

    assert_true(f->len + bytes + 12 <= sizeof f->bytes);
    nev_store_u32be(at, (uint32_t)bytes);
    memcpy(at + 4, type, 4);
    if (bytes > 0) {
        memcpy(at + 8, data, bytes);
    }
    nev_store_u32be(at + 8 + bytes, nev_crc32(0, at + 4, bytes + 4));
    f->len += bytes + 12;
}

static inline void put_start(struct file *f, uint32_t width, uint32_t height, unsigned depth, unsigned colour,
                             bool lace)
{
    uint8_t ihdr[13] = {0};

    memcpy(f->bytes, "\x89PNG\r\n\x1A\n", 8);
    f->len = 8;
    nev_store_u32be(ihdr, width);
    nev_store_u32be(ihdr + 4, height);
    ihdr[8] = (uint8_t)depth;
    ihdr[9] = (uint8_t)colour;
    ihdr[12] = lace;
    put_chunk(f, "IHDR", ihdr, 13);
}

/* One stored block (up to 65,535 bytes) as zlib. Returns its bytes. */
static inline size_t pack(uint8_t *to, const uint8_t *rows, size_t n)
{
    assert_true(n <= 65535);
    memcpy(to, "\x78\x01\x01", 3);
    nev_store_u16le(to + 3, (uint16_t)n);
    nev_store_u16le(to + 5, (uint16_t)~n);
    memcpy(to + 7, rows, n);
    nev_store_u32be(to + 7 + n, nev_adler32(NEV_ADLER32_START, rows, n));
    return n + 11;
}

static uint8_t packed[60000];

/* The zlib stream over IDAT chunks of `piece` bytes each, then IEND. */
static inline void put_end(struct file *f, const uint8_t *rows, size_t n, size_t piece)
{
    size_t bytes = pack(packed, rows, n), at;

    for (at = 0; at < bytes; at += piece) {
        put_chunk(f, "IDAT", packed + at, bytes - at < piece ? bytes - at : piece);
    }
    put_chunk(f, "IEND", NULL, 0);
}

/* A picture of random samples, kept as one 16-bit number each. */
struct samples {
    uint32_t width, height;
    unsigned depth, channels;
    uint16_t v[40 * 40 * 4];
};

static inline uint16_t *sample_at(struct samples *s, uint32_t x, uint32_t y)
{
    return &s->v[((size_t)y * s->width + x) * s->channels];
}

/* The definition of the filters, 9.2, over bytes. */
static inline void filter_row(unsigned type, uint8_t *to, const uint8_t *row, const uint8_t *above, size_t n,
                              size_t step)
{
    size_t i;

    to[0] = (uint8_t)type;
    for (i = 0; i < n; i++) {
        int a = i >= step ? row[i - step] : 0, b = above != NULL ? above[i] : 0;
        int c = i >= step && above != NULL ? above[i - step] : 0, p = a + b - c;
        int paeth = abs(p - a) <= abs(p - b) && abs(p - a) <= abs(p - c) ? a
                    : abs(p - b) <= abs(p - c)                           ? b
                                                                         : c;
        int guess[5];

        guess[0] = 0;
        guess[1] = a;
        guess[2] = b;
        guess[3] = (a + b) / 2;
        guess[4] = paeth;
        to[1 + i] = (uint8_t)(row[i] - guess[type]);
    }
}

/* The rows of one pass, filters taken in turn from `filter` on (5: that one only for all, given as 0..4 + 8).
 */
static inline size_t put_pass(struct samples *s, uint32_t x0, uint32_t dx, uint32_t y0, uint32_t dy,
                              unsigned filter, uint8_t *to)
{
    static uint8_t lines[2][400];
    const uint8_t *above = NULL;
    uint8_t *start = to;
    uint32_t x, y, count = 0;
    size_t n;

    for (x = x0; x < s->width; x += dx) {
        count++;
    }
    n = (count * s->channels * s->depth + 7) / 8;
    for (y = y0; y < s->height && count > 0; y += dy) {
        uint8_t *line = lines[y / dy & 1];
        size_t bit = 0;

        memset(line, 0, sizeof lines[0]);
        for (x = x0; x < s->width; x += dx) {
            unsigned c, k;

            for (c = 0; c < s->channels; c++) {
                for (k = 0; k < s->depth; k++, bit++) {
                    unsigned one = ((unsigned)sample_at(s, x, y)[c] >> (s->depth - 1 - k)) & 1u;

                    line[bit / 8] |= (uint8_t)(one << (7 - bit % 8));
                }
            }
        }
        filter_row(filter >= 8 ? filter - 8 : (filter + y) % 5, to, line, above, n,
                   (s->channels * s->depth + 7) / 8);
        to += n + 1;
        above = line;
    }
    return (size_t)(to - start);
}

static inline size_t put_rows(struct samples *s, bool lace, unsigned filter, uint8_t *to)
{
    /* 8.2, drawn: which pass each pixel of an 8 x 8 square belongs to. */
    static const char square[8][9] = {"16462646", "77777777", "56565656", "77777777",
                                      "36463646", "77777777", "56565656", "77777777"};
    size_t n = 0;
    unsigned pass;

    if (!lace) {
        return put_pass(s, 0, 1, 0, 1, filter, to);
    }
    for (pass = 1; pass <= 7; pass++) {
        uint32_t x0 = 8, y0 = 8, dx = 8, dy = 8, x, y;

        for (y = 0; y < 8; y++) {
            for (x = 0; x < 8; x++) {
                if (square[y][x] == (char)('0' + pass)) {
                    dx = y == y0 && x > x0 && dx == 8 ? x - x0 : dx;
                    dy = y > y0 && dy == 8 ? y - y0 : dy;
                    x0 = x < x0 ? x : x0;
                    y0 = y < y0 ? y : y0;
                }
            }
        }
        n += put_pass(s, x0, dx, y0, dy, filter, to + n);
    }
    return n;
}

static inline unsigned channels_of(unsigned colour)
{
    return colour == 2 ? 3 : colour == 4 ? 2 : colour == 6 ? 4 : 1;
}

#endif
