/* SPDX-License-Identifier: MIT */
#include "forest/train/prepare.h"

#include <string.h>

#include "forest/key.h"
#include "forest/predict/walk.h"
#include "forest/train/digest.h"
#include "forest/train/local.h"
#include "nn/base/cpu.h"
#include "nn/base/prefetch.h"

#define STRIP      16u /* columns turned at a time: a cache line of a row */
#define DIGIT_BITS 11u
#define DIGITS     ((uint32_t)1 << DIGIT_BITS)
#define PASSES     3u
#define AHEAD      16u /* rows asked for before their turn: each is a cache line of its own */
#define MOVES      8u  /* places an item may move, on average, before counting by digits is better */

#define BUCKETS_LEAST 256u
#define THROW_MOST    16384u /* rows up to which that is quicker: buckets of more are too far apart */

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
    nev_walk_keys *keys;
    const struct nev_ranks *ranks;
    uint8_t *work;
    uint64_t work_bytes;
};

struct rank_work {
    uint32_t *key;     /* [STRIP, rows] */
    uint64_t *item[2]; /* [rows]: key * 2^32 + row */
    uint32_t *bucket;  /* [rows] */
    uint32_t *count;   /* [PASSES * DIGITS or buckets(rows), whichever is more] */
};

/* A bucket a row or two, a power of two. */
static uint32_t buckets(uint32_t rows)
{
    uint32_t n = BUCKETS_LEAST;

    while (n < rows && n < THROW_MOST) {
        n *= 2;
    }
    return n;
}

static void carve(struct rank_work *w, struct nev_carve *c, uint32_t rows)
{
    w->key = nev_carve_take(c, (uint64_t)STRIP * rows, sizeof *w->key);
    w->item[0] = nev_carve_take(c, rows, sizeof *w->item[0]);
    w->item[1] = nev_carve_take(c, rows, sizeof *w->item[1]);
    w->bucket = nev_carve_take(c, rows, sizeof *w->bucket);
    w->count = nev_carve_take(c, buckets(rows) > PASSES * DIGITS ? buckets(rows) : PASSES * DIGITS,
                              sizeof *w->count);
}

uint64_t nev_prepare_bytes(uint32_t rows)
{
    struct nev_carve c = {NULL, 0};
    struct rank_work w;

    carve(&w, &c, rows);
    return c.used;
}

/* Starts each count where its values begin. */
static void sum_up(uint32_t *count, uint32_t len)
{
    uint32_t i, sum = 0;

    for (i = 0; i < len; i++) {
        const uint32_t n = count[i];

        count[i] = sum;
        sum += n;
    }
}

/*
 * Throws keys into buckets of equal width between the least and the greatest value: where values are spread without
 * great gaps, hardly any is then out of place. Only a guess: whatever arithmetic does here, sorting decides. Returns
 * false, and has done nothing, where the width has no good binary32.
 */
static bool throw(const struct rank_work *w, const uint32_t *key, uint32_t rows)
{
    const uint32_t len = buckets(rows);
    uint32_t low = key[0], high = key[0], i;
    float least, scale;

    for (i = 0; i < rows; i++) {
        low = key[i] < low ? key[i] : low;
        high = key[i] > high ? key[i] : high;
    }
    least = nev_key_to_f32(low);
    if (!(least > -0x1p100f && nev_key_to_f32(high) < 0x1p100f && nev_key_to_f32(high) - least > 0x1p-100f)) {
        return false;
    }
    scale = (float)(len - 1) / (nev_key_to_f32(high) - least);
    for (i = 0; i < rows; i++) {
        w->bucket[i] = (uint32_t)(int32_t)((nev_key_to_f32(key[i]) - least) * scale);
    }
    memset(w->count, 0, len * sizeof *w->count);
    for (i = 0; i < rows; i++) {
        w->bucket[i] = w->bucket[i] < len ? w->bucket[i] : len - 1;
        w->count[w->bucket[i]]++;
    }
    sum_up(w->count, len);
    for (i = 0; i < rows; i++) {
        w->item[0][w->count[w->bucket[i]]++] = (uint64_t)key[i] << 32 | i;
    }
    return true;
}

/* Sorts by insertion what is nearly in order; gives up, and returns false, where it is not. */
static bool settle(uint64_t *item, uint32_t rows)
{
    uint64_t left = (uint64_t)rows * MOVES;
    uint32_t i, j;

    for (i = 1; i < rows; i++) {
        const uint64_t it = item[i];

        for (j = i; j > 0 && item[j - 1] > it; j--) {
            item[j] = item[j - 1];
        }
        item[j] = it;
        if (i - j > left) {
            return false;
        }
        left -= i - j;
    }
    return true;
}

/* By counting digits, whatever the values; a digit that is the same everywhere moves nothing. */
static const uint64_t *sort_digits(const struct rank_work *w, const uint32_t *key, uint32_t rows)
{
    uint64_t *from = w->item[0], *to = w->item[1], *swap;
    uint32_t i, d;

    memset(w->count, 0, PASSES * DIGITS * sizeof *w->count);
    for (i = 0; i < rows; i++) {
        from[i] = (uint64_t)key[i] << 32 | i;
        for (d = 0; d < PASSES; d++) {
            w->count[d * DIGITS + (key[i] >> d * DIGIT_BITS & (DIGITS - 1))]++;
        }
    }
    for (d = 0; d < PASSES; d++) {
        const uint32_t shift = 32 + d * DIGIT_BITS;
        uint32_t *count = w->count + d * DIGITS;

        if (count[(from[0] >> shift) & (DIGITS - 1)] == rows) {
            continue;
        }
        sum_up(count, DIGITS);
        for (i = 0; i < rows; i++) {
            to[count[(from[i] >> shift) & (DIGITS - 1)]++] = from[i];
        }
        swap = from;
        from = to;
        to = swap;
    }
    return from;
}

/* Writes a column's ranks: the upper 16 bits, and those below where there are more. */
static void write_ranks(const struct nev_ranks *ranks, size_t col, const uint32_t *rank, uint32_t different)
{
    const uint32_t rows = (uint32_t)ranks->rows, bits = ranks->low_bits;
    uint16_t *column = ranks->column + col * rows;
    uint8_t *low, below = 0;
    uint32_t i;

    while ((different - 1) >> below >= NEV_RANK_NARROW) {
        below++;
    }
    ranks->shift[col] = below;
    for (i = 0; i < rows; i++) {
        column[i] = (uint16_t)(rank[i] >> below);
    }
    if (below == 0) {
        return;
    }
    low = ranks->low + col * nev_rank_low_bytes(ranks);
    memset(low, 0, nev_rank_low_bytes(ranks));
    for (i = 0; i < rows; i++) {
        const size_t bit = (size_t)i * bits;

        low[bit / 8] = (uint8_t)(low[bit / 8] | (rank[i] & (((uint32_t)1 << below) - 1)) << bit % 8);
    }
}

/* Ranks a column; key is overwritten. */
static void rank_column(const struct rank_work *w, uint32_t *key, const struct nev_ranks *ranks, size_t col)
{
    const uint32_t rows = (uint32_t)ranks->rows;
    const uint64_t *item = rows <= THROW_MOST && throw(w, key, rows) && settle(w->item[0], rows)
                               ? w->item[0]
                               : sort_digits(w, key, rows);
    uint32_t i, r = 0;

    key[(uint32_t)item[0]] = 0;
    for (i = 1; i < rows; i++) {
        r += item[i] >> 32 != item[i - 1] >> 32;
        key[(uint32_t)item[i]] = r;
    }
    write_ranks(ranks, col, key, r + 1);
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
            uint32_t key[STRIP];

            nev_prefetch(row + AHEAD < rows ? x + AHEAD * k->data->x_stride : x);
            (void)k->keys(x, (uint32_t)wide, key);
            for (i = 0; i < wide; i++) {
                w.key[i * rows + row] = key[i];
            }
        }
        for (i = 0; i < wide; i++) {
            rank_column(&w, w.key + i * rows, k->ranks, col + i);
        }
        if (k->ranks->across != NULL) {
            nev_local_lay(k->ranks, col, (uint32_t)wide);
        }
    }
}

void nev_prepare_ranks(const struct nev_forest_data *data, const struct nev_parallel *par,
                       const struct nev_ranks *ranks, uint8_t *work, uint64_t work_bytes)
{
    struct ranks k = {data, nev_walk_select(nev_cpu_isas()).keys, ranks, work, work_bytes};

    nev_parallel_run(par, rank_task, &k);
}
