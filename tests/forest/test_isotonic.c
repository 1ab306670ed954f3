/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "forest/calibrate/isotonic.h"

/* Verifies: NEV-RF-073 (by hand: frequencies 1/2, 0/1, 1/1, 2/4, 1/1 pool to 1/3, 3/5, 1) */
static void test_by_hand(void **state)
{
    static const struct nev_point point[] = {{1, 1, 1}, {2, 0, 1}, {4, 1, 0}, {6, 2, 2}, {9, 1, 0}};
    struct nev_pool pool[5];
    uint8_t bytes[5 * NEV_POOL_BYTES];
    size_t i;

    (void)state;
    assert_int_equal(nev_isotonic_fit(point, 5, pool), 3);
    assert_true(pool[0].low == 1 && pool[0].high == 2 && pool[0].positive == 1 && pool[0].rows == 3);
    assert_true(pool[1].low == 4 && pool[1].high == 6 && pool[1].positive == 3 && pool[1].rows == 5);
    assert_true(pool[2].low == 9 && pool[2].high == 9 && pool[2].positive == 1 && pool[2].rows == 1);
    for (i = 0; i < 3; i++) {
        struct nev_pool again;

        nev_pool_store(bytes, i, &pool[i]);
        nev_pool_load(bytes, i, &again);
        assert_true(again.low == pool[i].low && again.high == pool[i].high);
        assert_true(again.positive == pool[i].positive && again.rows == pool[i].rows);
    }
    assert_true(nev_isotonic_at(bytes, 3, 0) == 1.0 / 3.0 && nev_isotonic_at(bytes, 3, 2) == 1.0 / 3.0);
    assert_true(nev_isotonic_at(bytes, 3, 4) == 0.6 && nev_isotonic_at(bytes, 3, 5) == 0.6);
    assert_true(nev_isotonic_at(bytes, 3, 9) == 1.0 && nev_isotonic_at(bytes, 3, NEV_SCORE_ONE) == 1.0);
    /* Half-way from 1/3 to 3/5, and two thirds of the way from 3/5 to 1. */
    assert_true(nev_isotonic_at(bytes, 3, 3) == 1.0 / 3.0 + (0.6 - 1.0 / 3.0) * 0.5);
    assert_true(nev_isotonic_at(bytes, 3, 8) == 0.6 + (1.0 - 0.6) * (2.0 / 3.0));
    assert_true(nev_isotonic_at(bytes, 1, 77) == 1.0 / 3.0);
}

/* Verifies: NEV-RF-073 (against the minimax formula, in integers: the value at i is the greatest over a <= i of the
 * least over b >= i of the frequency in a..b; the order of pools; the sums) */
static void test_minimax(void **state)
{
    uint64_t seed = 4;
    uint32_t round;
    size_t i, a, b, k;

    (void)state;
    for (round = 0; round < 400; round++) {
        struct nev_point point[20];
        struct nev_pool pool[20];
        size_t len = 1 + nev_test_random(&seed) % 20, pools;

        for (i = 0; i < len; i++) {
            point[i].score = i * 3;
            point[i].positive = nev_test_random(&seed) % 4;
            point[i].negative = nev_test_random(&seed) % 4 + (point[i].positive == 0);
        }
        pools = nev_isotonic_fit(point, len, pool);
        for (i = 0, k = 0; i < len; i++) {
            uint64_t best_p = 0, best_n = 1;

            for (a = 0; a <= i; a++) {
                uint64_t p = 0, n = 0, least_p = 2, least_n = 1;

                for (b = a; b < len; b++) {
                    p += point[b].positive;
                    n += point[b].positive + point[b].negative;
                    if (b >= i && p * least_n < least_p * n) {
                        least_p = p;
                        least_n = n;
                    }
                }
                if (least_p * best_n > best_p * least_n) {
                    best_p = least_p;
                    best_n = least_n;
                }
            }
            k += point[i].score > pool[k].high;
            assert_true(k < pools && point[i].score >= pool[k].low && point[i].score <= pool[k].high);
            assert_int_equal(best_p * pool[k].rows, best_n * pool[k].positive);
        }
        assert_int_equal(k + 1, pools);
    }
}

/* Verifies: NEV-RF-073 (never falls, never leaves the pools' values: scores close together, everywhere) */
static void test_rises(void **state)
{
    uint64_t seed = 5, score;
    uint32_t round;
    size_t i;

    (void)state;
    for (round = 0; round < 50; round++) {
        struct nev_point point[40];
        struct nev_pool pool[40];
        uint8_t bytes[40 * NEV_POOL_BYTES];
        double last = 0.0, now;
        size_t pools;

        for (i = 0; i < 40; i++) {
            point[i].score = i * (NEV_SCORE_ONE / 39);
            point[i].positive = nev_test_random(&seed) % (uint32_t)(i + 1);
            point[i].negative = 1 + nev_test_random(&seed) % 20;
        }
        pools = nev_isotonic_fit(point, 40, pool);
        for (i = 0; i < pools; i++) {
            nev_pool_store(bytes, i, &pool[i]);
        }
        for (score = 0; score <= NEV_SCORE_ONE; score += 1 + nev_test_random(&seed) % 1000003) {
            now = nev_isotonic_at(bytes, pools, score);
            assert_true(now >= last && now <= 1.0);
            last = now;
        }
        assert_true(last <= (double)pool[pools - 1].positive / (double)pool[pools - 1].rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_minimax),
        cmocka_unit_test(test_rises),
    };

    return cmocka_run_group_tests_name("isotonic", tests, NULL, NULL);
}
