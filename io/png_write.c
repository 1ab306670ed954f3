/* SPDX-License-Identifier: MIT */
#include "io/png_write.h"

#include <string.h>

#include "io/deflate.h"
#include "io/image.h"
#include "io/png_rows.h"
#include "nn/base/arena.h"
#include "nn/base/bytes.h"
#include "nn/base/crc32.h"
#include "nn/base/size.h"

#define IHDR_BYTES  13u
#define LENGTH_MAX  0x7FFFFFFFu
#define CHUNK_EXTRA 12u
#define FIXED_BYTES (sizeof signature + 3 * CHUNK_EXTRA + IHDR_BYTES) /* all but IDAT's payload */
#define FILTERS     5u

static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

/* Bytes of the filtered rows and a bound of their zlib stream. */
static enum nev_status measure(const struct nev_picture *p, size_t *rows, size_t *packed,
                               struct nev_error *err)
{
    *rows = 0;
    *packed = 0;
    if ((p->channels != 1 && p->channels != 3) || p->width == 0 || p->height == 0 ||
        p->width > NEV_IMAGE_SIDE_MAX || p->height > NEV_IMAGE_SIDE_MAX) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "picture",
                        "a PNG is written of 1 or 3 samples a pixel and sides of 1 to 65535");
    }
    if (!nev_size_mul((size_t)p->width * p->channels + 1, p->height, rows) ||
        !nev_deflate_bound(*rows, packed) || *packed > LENGTH_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "picture",
                        "the picture is too large for one IDAT chunk");
    }
    return NEV_OK;
}

enum nev_status nev_png_write_sizes(const struct nev_picture *picture, size_t *out_bytes,
                                    size_t *scratch_bytes, struct nev_error *err)
{
    size_t rows, packed;
    enum nev_status status = measure(picture, &rows, &packed, err);

    *out_bytes = 0;
    *scratch_bytes = 0;
    if (status != NEV_OK) {
        return status;
    }
    if (!nev_size_add(packed, FIXED_BYTES, out_bytes) ||
        !nev_size_add(rows, sizeof(struct nev_deflate), &rows) || !nev_size_align(rows, scratch_bytes)) {
        *out_bytes = 0;
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "picture",
                        "the file does not fit this machine's memory");
    }
    return NEV_OK;
}

/* Byte i of a row less what the filter predicts of it. above is NULL in the first row. */
static uint8_t filtered(unsigned filter, const uint8_t *row, const uint8_t *above, size_t i, size_t step)
{
    uint8_t left = i < step ? 0 : row[i - step], up = above == NULL ? 0 : above[i];
    uint8_t corner = i < step || above == NULL ? 0 : above[i - step];

    switch (filter) {
    case 1:
        return (uint8_t)(row[i] - left);
    case 2:
        return (uint8_t)(row[i] - up);
    case 3:
        return (uint8_t)(row[i] - (left + up) / 2);
    case 4:
        return (uint8_t)(row[i] - nev_png_paeth(left, up, corner));
    default:
        return row[i];
    }
}

/* The filter with the least sum of absolute values, the first of equals. */
static unsigned choose(const uint8_t *row, const uint8_t *above, size_t n, size_t step)
{
    uint64_t least = UINT64_MAX;
    unsigned filter, best = 0;

    for (filter = 0; filter < FILTERS; filter++) {
        uint64_t sum = 0;
        size_t i;

        for (i = 0; i < n; i++) {
            uint8_t v = filtered(filter, row, above, i, step);

            sum += v < 128 ? v : 256u - v;
        }
        if (sum < least) {
            least = sum;
            best = filter;
        }
    }
    return best;
}

static void filter_rows(const struct nev_picture *p, uint8_t *to)
{
    size_t n = (size_t)p->width * p->channels, i;
    const uint8_t *above = NULL, *row = p->pixels;
    uint32_t y;

    for (y = 0; y < p->height; y++, above = row, row += n) {
        unsigned filter = choose(row, above, n, p->channels);

        *to++ = (uint8_t)filter;
        for (i = 0; i < n; i++) {
            *to++ = filtered(filter, row, above, i, p->channels);
        }
    }
}

/* A chunk around a payload that lies 8 bytes behind `at` already; returns the place after it. */
static uint8_t *close_chunk(uint8_t *at, const char *type, uint32_t bytes)
{
    nev_store_u32be(at, bytes);
    memcpy(at + 4, type, 4);
    nev_store_u32be(at + 8 + bytes, nev_crc32(0, at + 4, bytes + (size_t)4));
    return at + CHUNK_EXTRA + bytes;
}

enum nev_status nev_png_write(const struct nev_picture *picture, uint8_t *out, size_t out_bytes,
                              void *scratch, size_t scratch_bytes, size_t *written, struct nev_error *err)
{
    struct nev_arena arena;
    struct nev_deflate *work;
    size_t rows_bytes, bound, packed;
    uint8_t *rows, *at = out;
    enum nev_status status = measure(picture, &rows_bytes, &bound, err);

    *written = 0;
    if (status != NEV_OK) {
        return status;
    }
    nev_arena_init(&arena, scratch, scratch_bytes);
    work = nev_arena_take(&arena, sizeof *work, NEV_ALIGN);
    rows = nev_arena_take(&arena, rows_bytes, 1);
    if (work == NULL || rows == NULL || out_bytes < FIXED_BYTES || out_bytes - FIXED_BYTES < bound) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, work == NULL || rows == NULL ? "scratch" : "out",
                        "the buffer is smaller than nev_png_write_sizes asks, or scratch is not aligned");
    }
    memcpy(at, signature, sizeof signature);
    at += sizeof signature;
    nev_store_u32be(at + 8, picture->width);
    nev_store_u32be(at + 12, picture->height);
    memcpy(at + 16, picture->channels == 1 ? "\x08\0\0\0\0" : "\x08\2\0\0\0", 5);
    at = close_chunk(at, "IHDR", IHDR_BYTES);
    filter_rows(picture, rows);
    status = nev_deflate_zlib(work, rows, rows_bytes, at + 8, bound, &packed, err);
    if (status != NEV_OK) {
        return status;
    }
    at = close_chunk(at, "IDAT", (uint32_t)packed);
    at = close_chunk(at, "IEND", 0);
    *written = (size_t)(at - out);
    return NEV_OK;
}
