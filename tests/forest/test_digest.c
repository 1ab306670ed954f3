/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>

#include "forest/train/digest.h"
#include "nn/base/bytes.h"
#include "nn/base/cpu.h"

/* FORMAT.md's sentence, a row at a time, of block `block`. */
static void plain(const struct nev_forest_data *d, uint32_t block, uint8_t digest[NEV_SHA256_BYTES])
{
    size_t row = (size_t)block * 256, end = row + 256 < d->rows ? row + 256 : d->rows;
    struct nev_sha256 sha;
    uint8_t bytes[4];
    uint32_t col;

    nev_sha256_init(&sha);
    for (; row < end; row++) {
        for (col = 0; col < d->features; col++) {
            nev_store_f32le(bytes, d->x[row * d->x_stride + col]);
            nev_sha256_update(&sha, bytes, 4);
        }
        nev_store_u32le(bytes, d->label[row]);
        nev_sha256_update(&sha, bytes, 4);
    }
    nev_sha256_final(&sha, digest);
}

/* Verifies: NEV-RF-032 (rows around one to four blocks, features around the buffer, a stride, any first block, plain C
 * and what the processor offers) */
static void test_digests(void **state)
{
    static const uint32_t rows[] = {1, 2, 255, 256, 257, 511, 512, 513, 800, 1025};
    static const uint32_t features[] = {1, 2, 15, 16, 17, 126, 127, 128, 129, 300};
    static float x[1025 * 301];
    static uint32_t label[1025];
    const struct nev_sha256_kernels *kernels[2] = {nev_sha256_select(NEV_ISA_C),
                                                   nev_sha256_select(nev_cpu_isas())};
    uint8_t got[5 * NEV_SHA256_BYTES], want[NEV_SHA256_BYTES];
    uint64_t seed = 3;
    uint32_t r, f, k, b, first;

    (void)state;
    for (r = 0; r < 1025 * 301; r++) {
        x[r] = r % 5 == 0 ? -0.0f : (float)(nev_test_random(&seed) % 1000) - 500.0f;
    }
    for (r = 0; r < 1025; r++) {
        label[r] = nev_test_random(&seed) % 3;
    }
    for (r = 0; r < 10; r++) {
        for (f = 0; f < 10; f++) {
            const struct nev_forest_data d = {.x = x,
                                              .x_stride = features[f] + 1,
                                              .label = label,
                                              .rows = rows[r],
                                              .features = features[f],
                                              .classes = 3};
            const uint32_t blocks = (rows[r] + 255) / 256;

            for (k = 0; k < 2; k++) {
                first = (r + f) % blocks;
                memset(got, 0, sizeof got);
                assert_true(nev_digest_blocks(kernels[k], &d, first, blocks - first, got) == NEV_DIGEST_FINE);
                for (b = first; b < blocks; b++) {
                    plain(&d, b, want);
                    assert_memory_equal(got + (b - first) * NEV_SHA256_BYTES, want, sizeof want);
                }
            }
        }
    }
}

/* Verifies: NEV-RF-032 (NaN or a label out of range in any place: the first in reading order) */
static void test_bad(void **state)
{
    static float x[600 * 21];
    static uint32_t label[600];
    static const uint32_t places[] = {0, 1, 15, 16, 20};
    struct nev_forest_data d = {
        .x = x, .x_stride = 21, .label = label, .rows = 600, .features = 21, .classes = 2};
    const struct nev_sha256_kernels *kernels = nev_sha256_select(nev_cpu_isas());
    uint8_t digests[3 * NEV_SHA256_BYTES];
    uint32_t row, i;

    (void)state;
    for (row = 0; row < 600; row += 37) {
        for (i = 0; i < 5; i++) {
            const uint32_t col = places[i];

            x[row * 21 + col] = (float)(i % 2 == 0 ? NAN : -NAN);
            x[599 * 21] = (float)NAN;
            label[599] = 2;
            assert_true(nev_digest_blocks(kernels, &d, 0, 3, digests) == ((uint64_t)row << 32 | col));
            label[row] = 2; /* comes after the row's features */
            assert_true(nev_digest_blocks(kernels, &d, 0, 3, digests) == ((uint64_t)row << 32 | col));
            x[row * 21 + col] = INFINITY;
            assert_true(nev_digest_blocks(kernels, &d, 0, 3, digests) == ((uint64_t)row << 32 | UINT32_MAX));
            label[row] = 1;
            x[row * 21 + col] = 0.0f;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_digests), cmocka_unit_test(test_bad)};

    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
