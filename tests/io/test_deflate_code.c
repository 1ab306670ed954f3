/* SPDX-License-Identifier: MIT */
/* Sees the inside of io/deflate.c: data whose Huffman code is too deep are hard to make through its outside.
 */
#include "tests/support/test.h"

#include <stdlib.h>

#include "io/deflate.c"

/* Complete (Kraft's sum is 1), within max, and no rarer symbol shorter than a more frequent one by the
 * counts. */
static void check_code(const struct nev_deflate_code *c, unsigned n, unsigned max)
{
    uint32_t sum = 0;
    unsigned i, k;

    for (i = 0; i < n; i++) {
        assert_true(c->bits[i] <= max);
        assert_int_equal(c->bits[i] == 0, c->count[i] == 0);
        sum += c->bits[i] == 0 ? 0 : 1u << (max - c->bits[i]);
        for (k = 0; k < n && c->count[i] != 0; k++) {
            assert_false(c->count[k] > c->count[i] && c->bits[k] > c->bits[i]);
        }
    }
    assert_int_equal(sum, 1u << max);
}

/* Verifies: NEV-IO-242 (counts as Fibonacci's numbers give the deepest tree there is: it is cut to 15 and 7
 * bits) */
static void test_deep_codes(void **state)
{
    struct nev_deflate *w = calloc(1, sizeof *w);
    unsigned terms, i;

    (void)state;
    assert_non_null(w);
    for (terms = 2; terms <= 40; terms++) {
        memset(w->litlen.count, 0, sizeof w->litlen.count);
        for (i = 0; i < terms; i++) {
            w->litlen.count[7 * i] = i < 2 ? 1 : w->litlen.count[7 * (i - 1)] + w->litlen.count[7 * (i - 2)];
        }
        make_code(w, &w->litlen, NEV_DEFLATE_LITLEN, LITLEN_BITS);
        check_code(&w->litlen, NEV_DEFLATE_LITLEN, LITLEN_BITS);
    }
    memset(w->header.count, 0, sizeof w->header.count);
    for (i = 0; i < NEV_DEFLATE_HEADER; i++) {
        w->header.count[i] = i < 2 ? 1 : w->header.count[i - 1] + w->header.count[i - 2];
    }
    make_code(w, &w->header, NEV_DEFLATE_HEADER, HEADER_BITS);
    check_code(&w->header, NEV_DEFLATE_HEADER, HEADER_BITS);
    free(w);
}

/* Verifies: NEV-IO-242 (all symbols equally often; two; one, which still takes a bit; none) */
static void test_flat_codes(void **state)
{
    struct nev_deflate *w = calloc(1, sizeof *w);
    unsigned i;

    (void)state;
    assert_non_null(w);
    for (i = 0; i < NEV_DEFLATE_LITLEN; i++) {
        w->litlen.count[i] = 3;
    }
    make_code(w, &w->litlen, NEV_DEFLATE_LITLEN, LITLEN_BITS);
    check_code(&w->litlen, NEV_DEFLATE_LITLEN, LITLEN_BITS);
    w->dist.count[4] = 9;
    w->dist.count[29] = 1;
    make_code(w, &w->dist, NEV_DEFLATE_DIST, LITLEN_BITS);
    check_code(&w->dist, NEV_DEFLATE_DIST, LITLEN_BITS);
    w->dist.count[4] = 0;
    make_code(w, &w->dist, NEV_DEFLATE_DIST, LITLEN_BITS);
    assert_int_equal(w->dist.bits[29], 1);
    w->dist.count[29] = 0;
    make_code(w, &w->dist, NEV_DEFLATE_DIST, LITLEN_BITS);
    for (i = 0; i < NEV_DEFLATE_DIST; i++) {
        assert_int_equal(w->dist.bits[i], 0);
    }
    free(w);
}

/* Verifies: NEV-IO-242 (every length and distance against the table of RFC 1951, 3.2.5, built by its rule) */
static void test_split(void **state)
{
    unsigned symbol, len = 3, dist = 1, i;

    (void)state;
    for (symbol = 257; symbol <= 285; symbol++) {
        unsigned extra = symbol < 265 || symbol == 285 ? 0 : (symbol - 261) / 4;

        len = symbol == 285 ? 258 : len;
        for (i = 0; i < 1u << extra && len + i < (symbol == 285 ? 259u : 258u); i++) {
            struct split s = split_length(MATCH_FLAG | (len + i - MATCH_MIN) << 15);

            assert_true(s.symbol == symbol - 257 && s.extra_bits == extra && s.extra == i);
        }
        len += 1u << extra;
    }
    for (symbol = 0; symbol < 30; symbol++) {
        unsigned extra = symbol < 4 ? 0 : symbol / 2 - 1;

        for (i = 0; i < 1u << extra; i++, dist++) {
            struct split s = split_dist(MATCH_FLAG | (dist - 1));

            assert_true(s.symbol == symbol && s.extra_bits == extra && s.extra == i);
        }
    }
    assert_int_equal(dist, 32769);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_deep_codes), cmocka_unit_test(test_flat_codes),
                                       cmocka_unit_test(test_split)};

    return cmocka_run_group_tests_name("deflate_code", tests, NULL, NULL);
}
