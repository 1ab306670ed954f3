/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "io/deflate.h"
#include "io/inflate.h"

/* Compresses, checks the bound, inflates again, compares; returns the compressed bytes. */
static size_t round_trip(const uint8_t *data, size_t bytes)
{
    struct nev_deflate *deflate = malloc(sizeof *deflate);
    struct nev_inflate *inflate = malloc(sizeof *inflate);
    size_t bound = 0, written = 0, in_used, out_used;
    uint8_t *packed, *back = malloc(bytes + 1);
    struct nev_inflate_input in = {0};

    assert_true(nev_deflate_bound(bytes, &bound));
    packed = malloc(bound);
    assert_true(deflate != NULL && inflate != NULL && packed != NULL && back != NULL);
    memset(deflate, 0xEE, sizeof *deflate);
    assert_int_equal(nev_deflate_zlib(deflate, data, bytes, packed, bound - 1, &written, NULL),
                     NEV_ERR_MEMORY);
    assert_int_equal(nev_deflate_zlib(deflate, data, bytes, packed, bound, &written, NULL), NEV_OK);
    assert_true(written <= bound);
    in.piece = packed;
    in.piece_bytes = written;
    assert_int_equal(nev_inflate(inflate, NEV_INFLATE_ZLIB, &in, back, bytes, &in_used, &out_used, NULL),
                     NEV_OK);
    assert_int_equal(in_used, written);
    assert_int_equal(out_used, bytes);
    assert_memory_equal(back, data, bytes);
    free(deflate);
    free(inflate);
    free(packed);
    free(back);
    return written;
}

#define LEN 300000u

static uint8_t data[LEN];

/* Verifies: NEV-IO-240 (random bytes: stored, within the bound, at sizes around every block's) */
static void test_random(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 3, 4, 16383, 16384, 16385, 32768, 65535, 65536, LEN};
    uint64_t seed = 5;
    size_t i;

    (void)state;
    for (i = 0; i < LEN; i++) {
        data[i] = (uint8_t)nev_test_random(&seed);
    }
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        round_trip(data, sizes[i]);
    }
}

/* Verifies: NEV-IO-240 (every period from 1 to beyond the window; all matches of the longest kind) */
static void test_periods(void **state)
{
    static const size_t periods[] = {1, 2, 3, 4, 257, 258, 259, 32767, 32768, 32769, 40000};
    uint64_t seed = 6;
    size_t k, i;

    (void)state;
    for (k = 0; k < sizeof periods / sizeof *periods; k++) {
        for (i = 0; i < LEN; i++) {
            data[i] = i < periods[k] ? (uint8_t)nev_test_random(&seed) : data[i - periods[k]];
        }
        /* What repeats within the window is stored once. */
        assert_true(round_trip(data, LEN) < (periods[k] <= 32768 ? periods[k] + 6000 : LEN + 1000));
    }
}

/* Verifies: NEV-IO-241 (skewed counts, as those of filtered rows: Huffman's promise of entropy plus one bit)
 */
static void test_skewed(void **state)
{
    uint64_t seed = 7;
    size_t i, k;

    (void)state;
    for (i = 0; i < LEN; i++) {
        uint32_t r = nev_test_random(&seed);
        int v = 0;

        for (k = 0; k < 30 && (r >> k & 3) != 0; k += 2) {
            v++;
        }
        data[i] = (uint8_t)(r >> 31 ? v : -v);
    }
    /* Geometric with 1/4: h(1/4) / (1/4) = 3.245 bits, and a sign for 3/4 of the values: 3.995 bits a byte.
     */
    assert_true(round_trip(data, LEN) < LEN * 5 / 8);
}

/* Verifies: NEV-IO-241 (every length of input from 0 to 600, of few and of many different bytes) */
static void test_short(void **state)
{
    uint64_t seed = 8;
    size_t i, n;

    (void)state;
    for (n = 0; n <= 600; n += n < 30 ? 1 : 19) {
        for (i = 0; i < n; i++) {
            data[i] = (uint8_t)(nev_test_random(&seed) % (n % 7 + 1) * 40);
        }
        round_trip(data, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_periods),
        cmocka_unit_test(test_skewed),
        cmocka_unit_test(test_short),
    };

    return cmocka_run_group_tests_name("deflate", tests, NULL, NULL);
}
