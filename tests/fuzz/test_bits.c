/* SPDX-License-Identifier: MIT */
/*
 * Any single bit of a model or a forest that flips on disk or on the way is noticed. (Flipped by someone who computes the
 * digests again: replay.sh, --bits, and fuzz_nvw.c, fuzz_nvf.c.)
 */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "tests/forest/grow.h"
#include "tests/weights/sample.h"

typedef enum nev_status opener(const uint8_t *file, size_t bytes, struct nev_error *err);

static enum nev_status open_weights(const uint8_t *file, size_t bytes, struct nev_error *err)
{
    struct nev_weights w;
    enum nev_status s = nev_weights_open(&w, file, bytes, err);

    return s == NEV_OK ? nev_weights_verify(&w, err) : s;
}

static enum nev_status open_forest(const uint8_t *file, size_t bytes, struct nev_error *err)
{
    struct nev_forest f;

    return nev_forest_open(&f, file, bytes, err);
}

/* Flips bits first, first + step, ... one at a time. Returns how many. */
static size_t flip(uint8_t *file, size_t bytes, size_t first, size_t step, opener *open)
{
    struct nev_error err;
    size_t bit, n = 0;

    assert_int_equal(open(file, bytes, &err), NEV_OK);
    for (bit = first; bit < 8 * bytes; bit += step, n++) {
        enum nev_status s;

        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        s = open(file, bytes, &err);
        if (s == NEV_OK) {
            fail_msg("bit %zu flips unnoticed", bit);
        }
        assert_true(err.status == s && err.offset <= bytes && err.name[0] != '\0');
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    return n;
}

/* Verifies: NEV-SAFE-006 (weights, canonical and packed: every bit) */
static void test_weights(void **state)
{
    size_t bytes, n;
    uint8_t *file = sample_file(&bytes);

    (void)state;
    n = flip(file, bytes, 0, 1, open_weights);
    free(file);
    file = sample_packed(4, &bytes);
    n += flip(file, bytes, 0, 1, open_weights);
    free(file);
    print_message("# %zu bits\n", n);
}

/* Verifies: NEV-SAFE-006 (larger weights of several chunks: every bit before the payloads, one in 997 of those) */
static void test_large_weights(void **state)
{
    static const struct nev_tensor_spec spec = {"w", NEV_TENSOR_WEIGHT, 2, {400, 400, 1, 1}};
    struct nev_model m = sample_model();
    size_t bytes, len, n;
    uint8_t *file;

    (void)state;
    assert_int_equal(nev_weights_write_bytes(&spec, 1, &bytes), NEV_OK);
    file = malloc(bytes);
    assert_non_null(file);
    assert_int_equal(nev_weights_write_begin(&m, &spec, 1, file, bytes), NEV_OK);
    nev_seeded_fill(&spec, 0, nev_weights_payload(file, 0, &len));
    nev_weights_write_end(file, bytes);
    n = flip(file, bytes, 8 * (size_t)nev_load_u64le(file + NEV_NVW_AT_PAYLOAD), 8 * 997 + 1, open_weights);
    print_message("# %zu bits of %zu bytes\n", n, bytes);
    free(file);
}

/* Verifies: NEV-SAFE-007 (forests: every bit) */
static void test_forests(void **state)
{
    static const uint32_t shape[3][4] = {{2, 1, 2, 1}, {12, 3, 3, 2}, {20, 5, 2, 3}};
    size_t i, n = 0;

    (void)state;
    for (i = 0; i < 3; i++) {
        struct nev_forest_job job;
        struct table t;
        struct grown g;

        table_random(&t, i + 1, shape[i][0], shape[i][1], shape[i][2], 16);
        job = job_of(&t, shape[i][3], i);
        grow(&g, &job);
        n += flip(g.file, g.bytes, 0, 1, open_forest);
        grown_free(&g);
        table_free(&t);
    }
    print_message("# %zu bits\n", n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_large_weights),
        cmocka_unit_test(test_forests),
    };

    return cmocka_run_group_tests_name("bits", tests, NULL, NULL);
}
