/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <math.h>

#include "forest/calibrate/platt.h"
#include "nn/base/bytes.h"

/* Verifies: NEV-RF-074 (two scores only: the sigmoid goes through the mean of the targets at both, by hand) */
static void test_two_scores(void **state)
{
    /* Ten positive rows, targets 11/12; fifteen others, targets 1/17. At 0: 2 and 12 of them; at 1/2: 8 and 3. */
    static const struct nev_point point[] = {{0, 2, 12}, {NEV_SCORE_ONE / 2, 8, 3}};
    const double low = (2 * 11.0 / 12 + 12 / 17.0) / 14, high = (8 * 11.0 / 12 + 3 / 17.0) / 11;
    struct nev_platt f;
    struct nev_error err;

    (void)state;
    assert_int_equal(nev_platt_fit(point, 2, &f, &err), NEV_OK);
    assert_true(fabs(nev_platt_at(&f, 0) - low) < 1e-9);
    assert_true(fabs(nev_platt_at(&f, NEV_SCORE_ONE / 2) - high) < 1e-9);
    assert_true(fabs(f.b - log((1 - low) / low)) < 1e-8);
    assert_true(fabs(f.b + f.a / 2 - log((1 - high) / high)) < 1e-8);
}

static long double loss(const struct nev_point *p, size_t len, double a, double b)
{
    long double positive = 0, negative = 0, sum = 0;
    size_t i;

    for (i = 0; i < len; i++) {
        positive += p[i].positive;
        negative += p[i].negative;
    }
    for (i = 0; i < len; i++) {
        long double z = (long double)a * ((long double)p[i].score * 0x1p-32L) + (long double)b;
        long double t = p[i].positive * (positive + 1) / (positive + 2) + p[i].negative / (negative + 2);

        sum += t * log1pl(expl(z)) + (p[i].positive + p[i].negative - t) * log1pl(expl(-z));
    }
    return sum;
}

/* Verifies: NEV-RF-074 (no neighbour of the solution is better, in long double; also where the classes part cleanly,
 * where they are upside down, and where all rows have one score) */
static void test_least(void **state)
{
    static const double by[] = {1e-3, 1e-1};
    uint64_t seed = 6;
    uint32_t round, i, k;

    (void)state;
    for (round = 0; round < 200; round++) {
        struct nev_point point[30];
        struct nev_platt f;
        struct nev_error err;
        size_t len = round % 10 == 3 ? 1 : 2 + nev_test_random(&seed) % 29;
        long double least;

        for (i = 0; i < len; i++) {
            uint32_t up = round % 10 == 1 ? 30 - i : i;

            point[i].score = i * (NEV_SCORE_ONE / 30) + nev_test_random(&seed) % 1000;
            point[i].positive = round % 10 == 2 ? i > len / 2 : nev_test_random(&seed) % (up + 1);
            point[i].negative = round % 10 == 2 ? i <= len / 2 : nev_test_random(&seed) % (32 - up);
        }
        point[0].negative++;
        point[len - 1].positive++;
        assert_int_equal(nev_platt_fit(point, len, &f, &err), NEV_OK);
        assert_true(isfinite(f.a) && isfinite(f.b));
        least = loss(point, len, f.a, f.b);
        for (k = 0; k < 16; k++) {
            double step = by[k / 8] * (1.0 + fabs(f.a));
            double a = f.a + (k % 8 < 3 ? step : k % 8 < 6 ? -step : 0.0);
            double b = f.b + (k % 3 == 0 ? step : k % 3 == 1 ? -step : 0.0);

            assert_true(loss(point, len, a, b) >= least * (1.0L - 1e-13L));
        }
    }
}

/* Verifies: NEV-RF-074 (bits, which are the same on every machine; probabilities rise with the score) */
static void test_bits(void **state)
{
    struct nev_point point[50];
    struct nev_platt f;
    struct nev_error err;
    uint64_t seed = 7;
    double last = 0.0, p;
    uint32_t i;

    (void)state;
    for (i = 0; i < 50; i++) {
        point[i].score = i * (NEV_SCORE_ONE / 50);
        point[i].positive = nev_test_random(&seed) % (i + 1);
        point[i].negative = nev_test_random(&seed) % (51 - i);
    }
    assert_int_equal(nev_platt_fit(point, 50, &f, &err), NEV_OK);
    assert_int_equal(nev_f64_bits(f.a), UINT64_C(0xc012cd2c179ad505));
    assert_int_equal(nev_f64_bits(f.b), UINT64_C(0x400365bea7ffbacb));
    for (i = 0; i <= 1000; i++) {
        p = nev_platt_at(&f, NEV_SCORE_ONE / 1000 * i);
        assert_true(p > last && p < 1.0);
        last = p;
    }
}

/* Verifies: NEV-RF-074 (one class only is refused) */
static void test_refusal(void **state)
{
    static const struct nev_point one[] = {{0, 3, 0}, {5, 1, 0}};
    struct nev_platt f;
    struct nev_error err;

    (void)state;
    assert_int_equal(nev_platt_fit(one, 2, &f, &err), NEV_ERR_DATA);
    assert_true(f.a == 0.0 && f.b == 0.0);
    assert_int_equal(nev_platt_fit(one, 0, &f, &err), NEV_ERR_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_scores),
        cmocka_unit_test(test_least),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_refusal),
    };

    return cmocka_run_group_tests_name("platt", tests, NULL, NULL);
}
