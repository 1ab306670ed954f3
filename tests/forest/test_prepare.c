/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "forest/train/local.h"
#include "forest/train/prepare.h"

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* Kinds of columns: what lies evenly, unevenly, in one bucket, at the ends of what floats hold. */
static float draw(uint32_t kind, uint64_t *seed)
{
    const uint32_t r = nev_test_random(seed) & 0xFFFF, s = nev_test_random(seed) & 0xFFFF;

    switch (kind) {
    case 0:
        return (float)r;
    case 1:
        return (float)r * 0x1p-16f - 0.5f;
    case 2:
        return (float)(r % 5) - 2.0f;
    case 3:
        return r % 2 == 0 ? 0.0f : -0.0f;
    case 4:
        return r % 100 == 0 ? 1e30f : (float)s * 1e-20f; /* all but a few in one bucket */
    case 5:
        return ldexpf(s % 2 == 0 ? 1.0f : -1.0f, (int)(r % 250) - 125);
    case 6:
        return r % 50 == 0 ? INFINITY : r % 50 == 1 ? -INFINITY : (float)s;
    case 7:
        return (float)s * 0x1p-149f;
    case 8:
        return r % 2 == 0 ? 0x1.fffffep+127f : -0x1.fffffep+127f;
    case 9:
        return 1.0f + (float)(r % 16) * 0x1p-23f; /* adjacent floats */
    case 10:
        return (float)r * (float)r * (float)s;
    default:
        return (float)(r % 3) * 0x1p-140f;
    }
}

/* Ranks of every column against the place of its value among the different ones, sorted. Returns the most bits that a
 * column has below the upper 16. */
static uint32_t check(uint32_t rows, uint32_t features, uint32_t parts, uint64_t seed)
{
    float *x = malloc((size_t)rows * features * sizeof *x), *sorted = malloc(rows * sizeof *sorted);
    const struct nev_forest_data data = {.x = x, .x_stride = features, .rows = rows, .features = features};
    const struct nev_parallel par = nev_parallel_threads(parts);
    struct nev_ranks ranks = {.rows = rows, .across_stride = nev_local_across(features)};
    uint8_t *work = aligned_alloc(64, (size_t)(parts * nev_prepare_bytes(rows)));
    struct nev_rank_view view;
    uint32_t i, f, len, shift, most = 0;

    assert_true(x != NULL && sorted != NULL && work != NULL);
    memset(work, 0xA5, (size_t)(parts * nev_prepare_bytes(rows)));
    ranks.low_bits = nev_rank_low_bits(rows);
    ranks.column = malloc((size_t)rows * features * sizeof *ranks.column);
    ranks.across = malloc(rows * ranks.across_stride * sizeof *ranks.across);
    ranks.low = malloc(features * nev_rank_low_bytes(&ranks) + 1);
    ranks.shift = malloc(features);
    assert_true(ranks.column != NULL && ranks.across != NULL && ranks.low != NULL && ranks.shift != NULL);
    view = nev_rank_view_all(&ranks);
    for (i = 0; i < rows * features; i++) {
        x[i] = draw(i % features % 12, &seed);
    }
    for (i = 0; rows > 60000 && i < rows;
         i++) { /* as many values as rows: the two numbers have no common factor */
        x[(size_t)i * features + features - 1] = (float)((uint64_t)i * 7919 % rows);
    }
    nev_prepare_ranks(&data, &par, &ranks, work, nev_prepare_bytes(rows));
    for (f = 0; f < features; f++) {
        for (i = 0; i < rows; i++) {
            sorted[i] = x[(size_t)i * features + f];
        }
        qsort(sorted, rows, sizeof *sorted, by_value);
        for (i = 1, len = 1; i < rows; i++) {
            if (sorted[i] > sorted[len - 1]) {
                sorted[len++] = sorted[i];
            }
        }
        for (i = 0; i < rows; i++) {
            const float *at = bsearch(x + (size_t)i * features + f, sorted, len, sizeof *sorted, by_value);

            assert_non_null(at);
            assert_int_equal(nev_rank_at(&view, f, i), at - sorted);
            assert_int_equal(ranks.across[i * ranks.across_stride + f], ranks.column[(size_t)f * rows + i]);
        }
        for (shift = 0; (len - 1) >> shift > 65535; shift++) {
        }
        assert_int_equal(ranks.shift[f], shift);
        most = shift > most ? shift : most;
    }
    free(ranks.column);
    free(ranks.across);
    free(ranks.low);
    free(ranks.shift);
    free(work);
    free(x);
    free(sorted);
    return most;
}

/* Verifies: NEV-RF-033 (all kinds of columns, few rows and many, 0, 1 and 2 bits below the upper 16,
 * any parts; the same row by row) */
static void test_ranks(void **state)
{
    static const uint32_t rows[] = {2, 3, 16, 17, 255, 256, 257, 2048, 4096, 4097};
    uint32_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)check(rows[i], 12 + i, 1 + i % 3, 11 + i);
    }
    assert_int_equal(check(65536, 12, 2, 5), 0);
    assert_int_equal(check(65537, 12, 1, 6), 1);
    assert_int_equal(check(100000, 17, 2, 7), 1);
    assert_int_equal(check(140000, 11, 1, 8), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ranks)};

    return cmocka_run_group_tests_name("prepare", tests, NULL, NULL);
}
