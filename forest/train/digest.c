/* SPDX-License-Identifier: MIT */
#include "forest/train/digest.h"

#include <string.h>

#include "forest/key.h"

#define BUFFER_BYTES 512u /* whole blocks of SHA-256 */
#define LANES        16u

/* One or two messages of the same length under way. */
struct stream {
    const struct nev_sha256_kernels *kernels;
    struct nev_sha256 sha[2];
    uint8_t buffer[2][BUFFER_BYTES];
    uint32_t fill, messages;
    uint64_t total;
};

static void compress(struct stream *s, uint32_t blocks)
{
    if (s->messages == 2) {
        s->kernels->two(s->sha[0].h, s->sha[1].h, s->buffer[0], s->buffer[1], blocks);
    } else {
        s->kernels->blocks(s->sha[0].h, s->buffer[0], blocks);
    }
}

static void advance(struct stream *s, uint32_t bytes)
{
    s->fill += bytes;
    s->total += bytes;
    if (s->fill == BUFFER_BYTES) {
        compress(s, BUFFER_BYTES / 64);
        s->fill = 0;
    }
}

/* Appends a row of each message. Bounds: rows are multiples of 4 bytes, and so is the buffer. */
static void append(struct stream *s, const float *const x[2], uint32_t features, const uint32_t label[2])
{
    uint32_t col, m, i, len;

    for (col = 0; col < features; col += len) {
        len = (BUFFER_BYTES - s->fill) / 4;
        len = features - col < len ? features - col : len;
        for (m = 0; m < s->messages; m++) {
            for (i = 0; i < len; i++) {
                nev_store_f32le(s->buffer[m] + s->fill + i * 4, x[m][col + i]);
            }
        }
        advance(s, len * 4);
    }
    for (m = 0; m < s->messages; m++) {
        nev_store_u32le(s->buffer[m] + s->fill, label[m]);
    }
    advance(s, 4);
}

static void finish(struct stream *s, uint8_t *digests)
{
    const uint32_t whole = s->fill / 64;
    uint32_t m;

    compress(s, whole);
    for (m = 0; m < s->messages; m++) {
        s->sha[m].total_bytes = s->total / 64 * 64;
        nev_sha256_update(&s->sha[m], s->buffer[m] + whole * 64, s->fill % 64);
        nev_sha256_final(&s->sha[m], digests + m * NEV_SHA256_BYTES);
    }
}

/* The first bad place of a row, or NEV_DIGEST_FINE. */
static uint64_t check_row(const struct nev_forest_data *data, size_t row)
{
    const float *x = data->x + row * data->x_stride;
    uint32_t nan[LANES] = {0}, any = 0, col = 0, k;

    for (; data->features - col >= LANES; col += LANES) {
        for (k = 0; k < LANES; k++) { /* a NaN's size is above infinity's: negative */
            nan[k] |= 0x7F800000u - (nev_f32_bits(x[col + k]) & 0x7FFFFFFF);
        }
    }
    for (k = 0; k < LANES; k++) {
        any |= nan[k];
    }
    for (; col < data->features; col++) {
        any |= 0x7F800000u - (nev_f32_bits(x[col]) & 0x7FFFFFFF);
    }
    if (any >> 31 != 0) {
        for (col = 0; !nev_key_is_nan(x[col]); col++) {
        }
        return (uint64_t)row << 32 | col;
    }
    return data->label[row] >= data->classes ? (uint64_t)row << 32 | UINT32_MAX : NEV_DIGEST_FINE;
}

static uint64_t digest_some(const struct nev_sha256_kernels *kernels, const struct nev_forest_data *data,
                            size_t row, uint32_t rows, uint32_t messages, uint8_t *digests)
{
    const size_t second = row + (messages == 2 ? NEV_DIGEST_ROWS : 0);
    struct stream s = {.kernels = kernels, .messages = messages};
    uint64_t first = NEV_DIGEST_FINE;
    uint32_t i, m;

    nev_sha256_init(&s.sha[0]);
    nev_sha256_init(&s.sha[1]);
    for (i = 0; i < rows; i++) {
        const size_t at[2] = {row + i, second + i};
        const float *const x[2] = {data->x + at[0] * data->x_stride, data->x + at[1] * data->x_stride};
        const uint32_t label[2] = {data->label[at[0]], data->label[at[1]]};

        for (m = 0; m < messages; m++) {
            const uint64_t bad = check_row(data, at[m]);

            first = bad < first ? bad : first;
        }
        append(&s, x, data->features, label);
    }
    finish(&s, digests);
    return first;
}

uint64_t nev_digest_blocks(const struct nev_sha256_kernels *kernels, const struct nev_forest_data *data,
                           uint32_t block, uint32_t len, uint8_t *digests)
{
    uint64_t first = NEV_DIGEST_FINE;
    uint32_t done, messages;

    for (done = 0; done < len; done += messages) {
        const size_t row = (size_t)(block + done) * NEV_DIGEST_ROWS;
        const size_t left = data->rows - row;
        uint64_t bad;

        messages = len - done >= 2 && left >= 2 * NEV_DIGEST_ROWS ? 2 : 1;
        bad = digest_some(kernels, data, row, left < NEV_DIGEST_ROWS ? (uint32_t)left : NEV_DIGEST_ROWS,
                          messages, digests + (size_t)done * NEV_SHA256_BYTES);
        first = bad < first ? bad : first;
    }
    return first;
}
