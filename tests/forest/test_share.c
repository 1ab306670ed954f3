/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <math.h>

#include "forest/exchange/share.h"

/* Verifies: NEV-RF-098 (the simplest fraction of an interval, by trying all denominators) */
static void test_fraction(void **state)
{
    uint64_t seed = 3, above, below, p, q;
    int i;

    (void)state;
    for (i = 0; i < 3000; i++) {
        double low = (nev_test_random(&seed) + 1.0) / 4294967297.0;
        double high = low * (1.0 + (double)(1u << nev_test_random(&seed) % 12) / 1048576.0);

        assert_true(nev_share_fraction(low, high, &above, &below));
        for (q = 1;; q++) {
            p = (uint64_t)floor((double)q * high);
            if ((double)p >= low * (double)q) {
                break;
            }
        }
        assert_int_equal(below, q);
        assert_true((double)above >= low * (double)below && (double)above <= high * (double)below);
    }
    assert_true(nev_share_fraction(0.5, 0.5, &above, &below) && above == 1 && below == 2);
    assert_true(nev_share_fraction(1.0, 1.0, &above, &below) && above == 1 && below == 1);
    assert_false(nev_share_fraction(1e-9, 1.0000001e-9, &above, &below));
}

/* Shares as converters round them: count / sum / trees to binary32, times trees. */
static void shares_of(const uint32_t *count, uint32_t len, uint32_t trees, double *share)
{
    double sum = 0;
    uint32_t k;

    for (k = 0; k < len; k++) {
        sum += count[k];
    }
    for (k = 0; k < len; k++) {
        share[k] = (double)(float)(count[k] / sum / trees) * trees;
    }
}

static uint32_t divisor(uint32_t a, uint32_t b)
{
    return b == 0 ? a : divisor(b, a % b);
}

/* Verifies: NEV-RF-098 (counts whose sum is below 2,048 come back, divided by what they have in common, for any number of
 * trees and classes; also where the first class is what is left) */
static void test_exact(void **state)
{
    uint64_t seed = 8;
    int i;

    (void)state;
    for (i = 0; i < 20000; i++) {
        uint32_t len = 2 + nev_test_random(&seed) % 6, trees = 1 + nev_test_random(&seed) % 700, k,
                 common = 0;
        uint32_t count[7], got[7];
        double share[7];

        for (k = 0; k < len; k++) {
            count[k] = nev_test_random(&seed) % 3 == 0 ? 0 : nev_test_random(&seed) % (2047 / len);
            common = divisor(count[k], common);
        }
        count[0] += common == 0;
        common += common == 0;
        shares_of(count, len, trees, share);
        assert_true(nev_share_counts(share, len, false, got));
        for (k = 0; k < len; k++) {
            assert_int_equal(got[k] * common, count[k]);
        }
        if (len == 2) {
            share[0] = -1;
            assert_true(nev_share_counts(share, len, true, got));
            assert_true(got[0] * common == count[0] && got[1] * common == count[1]);
        }
    }
}

/* Verifies: NEV-RF-098 (shares of any sum are kept within 2^-22, and what is there stays there) */
static void test_rough(void **state)
{
    uint64_t seed = 9;
    int i;

    (void)state;
    for (i = 0; i < 2000; i++) {
        uint32_t len = 2 + nev_test_random(&seed) % 4, k, count[5], got[5];
        double share[5], all = 0;

        for (k = 0; k < len; k++) {
            count[k] = nev_test_random(&seed) >> nev_test_random(&seed) % 32;
        }
        count[1] += 1;
        shares_of(count, len, 50, share);
        assert_true(nev_share_counts(share, len, false, got));
        for (k = 0; k < len; k++) {
            all += got[k];
        }
        assert_true(all < 4294967296.0);
        for (k = 0; k < len; k++) {
            assert_true(fabs(got[k] / all - share[k]) <= 0x1p-22);
            assert_int_equal(got[k] == 0, count[k] == 0);
        }
    }
}

/* Verifies: NEV-RF-098 (what is no share of one whole is refused) */
static void test_refused(void **state)
{
    static const double bad[][2] = {{0.5, 0.4},    {0.5, 0.6}, {-0.1, 1.1}, {NAN, 0.5},
                                    {INFINITY, 0}, {0, 0},     {2, 0}};
    uint32_t count[2];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(nev_share_counts(bad[i], 2, false, count));
        assert_int_equal(count[0] + count[1], 0);
    }
    assert_false(nev_share_counts((const double[]){0, 1.1}, 2, true, count));
    assert_true(nev_share_counts((const double[]){0, 1.0 + 0x1p-24}, 2, true, count));
    assert_true(count[0] == 0 && count[1] != 0);
    assert_true(nev_share_counts((const double[]){7, 0}, 2, true, count));
    assert_true(count[0] == 1 && count[1] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fraction),
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_rough),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
