/* SPDX-License-Identifier: MIT */
#include "forest/prepare.h"

#include <string.h>

#include "forest/digest.h"
#include "forest/key.h"
#include "nn/base/cpu.h"

#define STRIP      16u /* columns turned at a time: a cache line of a row */
#define DIGIT_BITS 11u /* three passes over a 32-bit key */
#define DIGITS     ((uint32_t)1 << DIGIT_BITS)

uint32_t nev_prepare_blocks(uint32_t rows)
{
    return (rows + NEV_DIGEST_ROWS - 1) / NEV_DIGEST_ROWS;
}

/* --- Checking and digesting, blocks of rows over parts --- */

struct check {
    const struct nev_forest_data *data;
    const struct nev_sha256_kernels *kernels;
    uint8_t *digests;
    uint64_t *bad; /* of each part: its first bad value as nev_digest_blocks tells it */
};

static void check_task(void *arg, uint32_t part, uint32_t parts)
{
    const struct check *c = arg;
    size_t begin, end;

    nev_parallel_range(nev_prepare_blocks(c->data->rows), part, parts, &begin, &end);
    c->bad[part] = nev_digest_blocks(c->kernels, c->data, (uint32_t)begin, (uint32_t)(end - begin),
                                     c->digests + begin * NEV_SHA256_BYTES);
}

enum nev_status nev_prepare_check(const struct nev_forest_data *data, const struct nev_parallel *par,
                                  uint8_t *digests, uint64_t *bad, uint8_t digest[NEV_SHA256_BYTES],
                                  struct nev_error *err)
{
    struct check c = {data, nev_sha256_select(nev_cpu_isas()), digests, bad};
    uint64_t first = NEV_DIGEST_FINE;
    struct nev_sha256 sha;
    uint8_t head[24];
    uint32_t i;

    nev_parallel_run(par, check_task, &c);
    for (i = 0; i < par->parts; i++) {
        first = bad[i] < first ? bad[i] : first;
    }
    if (first != NEV_DIGEST_FINE) {
        int64_t row = (int64_t)(first >> 32);

        return (uint32_t)first == UINT32_MAX
                   ? nev_fail_at(err, NEV_ERR_VALUE, row, NEV_NO_ROW, "label",
                                 "a label is not below the number of classes")
                   : nev_fail_at(err, NEV_ERR_VALUE, row, (int64_t)(uint32_t)first, "feature",
                                 "a feature is NaN (missing); fill it in or leave the row out");
    }
    for (i = 1; i < data->rows && data->label[i] == data->label[0]; i++) {
    }
    if (i == data->rows) {
        return nev_fail(err, NEV_ERR_DATA, NEV_NO_OFFSET, "label",
                        "all rows belong to one class; a forest needs rows of at least two");
    }
    nev_store_u64le(head, data->rows);
    nev_store_u64le(head + 8, data->features);
    nev_store_u64le(head + 16, data->classes);
    nev_sha256_init(&sha);
    nev_sha256_update(&sha, head, sizeof head);
    nev_sha256_update(&sha, digests, (size_t)nev_prepare_blocks(data->rows) * NEV_SHA256_BYTES);
    nev_sha256_final(&sha, digest);
    return NEV_OK;
}

/* --- Ranks, columns over parts --- */

struct ranks {
    const struct nev_forest_data *data;
    const struct nev_ranks *ranks;
    uint8_t *work;
    uint64_t work_bytes;
};

struct rank_work {
    uint32_t *key;     /* [STRIP, rows] */
    uint64_t *item[2]; /* [rows]: key * 2^32 + row */
    uint32_t *count;   /* [DIGITS] */
};

static void carve(struct rank_work *w, struct nev_carve *c, uint32_t rows)
{
    w->key = nev_carve_take(c, (uint64_t)STRIP * rows, sizeof *w->key);
    w->item[0] = nev_carve_take(c, rows, sizeof *w->item[0]);
    w->item[1] = nev_carve_take(c, rows, sizeof *w->item[1]);
    w->count = nev_carve_take(c, DIGITS, sizeof *w->count);
}

uint64_t nev_prepare_bytes(uint32_t rows)
{
    struct nev_carve c = {NULL, 0};
    struct rank_work w;

    carve(&w, &c, rows);
    return c.used;
}

/* One stable counting pass on the bits from `shift`; returns false, and moves nothing, if they are all equal.
 */
static bool sort_pass(const struct rank_work *w, const uint64_t *from, uint64_t *to, uint32_t rows,
                      uint32_t shift)
{
    uint32_t i, sum = 0;

    memset(w->count, 0, DIGITS * sizeof *w->count);
    for (i = 0; i < rows; i++) {
        w->count[(from[i] >> shift) & (DIGITS - 1)]++;
    }
    if (w->count[(from[0] >> shift) & (DIGITS - 1)] == rows) {
        return false;
    }
    for (i = 0; i < DIGITS; i++) {
        uint32_t n = w->count[i];

        w->count[i] = sum;
        sum += n;
    }
    for (i = 0; i < rows; i++) {
        to[w->count[(from[i] >> shift) & (DIGITS - 1)]++] = from[i];
    }
    return true;
}

static void rank_column(const struct rank_work *w, const uint32_t *key, const struct nev_ranks *ranks,
                        size_t col)
{
    uint64_t *from = w->item[0], *to = w->item[1], *swap;
    uint32_t rows = (uint32_t)ranks->rows, i, shift, r = 0;

    for (i = 0; i < rows; i++) {
        from[i] = (uint64_t)key[i] << 32 | i;
    }
    for (shift = 32; shift < 64; shift += DIGIT_BITS) {
        if (sort_pass(w, from, to, rows, shift)) {
            swap = from;
            from = to;
            to = swap;
        }
    }
    for (i = 0; i < rows; i++) {
        r += i != 0 && from[i] >> 32 != from[i - 1] >> 32;
        if (ranks->narrow != NULL) {
            ranks->narrow[col * rows + (uint32_t)from[i]] = (uint16_t)r;
        } else {
            ranks->wide[col * rows + (uint32_t)from[i]] = r;
        }
    }
}

static void rank_task(void *arg, uint32_t part, uint32_t parts)
{
    const struct ranks *k = arg;
    uint32_t rows = k->data->rows;
    struct nev_carve c = {k->work + (size_t)(part * k->work_bytes), 0};
    struct rank_work w;
    size_t begin, end, col, row, i;

    carve(&w, &c, rows);
    nev_parallel_range(k->data->features, part, parts, &begin, &end);
    for (col = begin; col < end; col += STRIP) {
        size_t wide = end - col < STRIP ? end - col : STRIP;

        for (row = 0; row < rows; row++) {
            const float *x = k->data->x + row * k->data->x_stride + col;

            for (i = 0; i < wide; i++) {
                w.key[i * rows + row] = nev_key_from_f32(x[i]);
            }
        }
        for (i = 0; i < wide; i++) {
            rank_column(&w, w.key + i * rows, k->ranks, col + i);
        }
    }
}

void nev_prepare_ranks(const struct nev_forest_data *data, const struct nev_parallel *par,
                       const struct nev_ranks *ranks, uint8_t *work, uint64_t work_bytes)
{
    struct ranks k = {data, ranks, work, work_bytes};

    nev_parallel_run(par, rank_task, &k);
}
