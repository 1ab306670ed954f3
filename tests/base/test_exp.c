/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <float.h>
#include <math.h>

#include "nn/base/bytes.h"
#include "nn/base/exp.h"

/* How far `got` lies from `want`, in units of the last place of binary64 there. */
static double ulps(double got, long double want)
{
    int e;

    (void)frexpl(want, &e);
    return (double)(fabsl((long double)got - want) / ldexpl(1.0L, (e < -1021 ? -1021 : e) - 53));
}

static double draw(uint64_t *seed)
{
    double high = (double)nev_test_random(seed);

    return (high + (double)nev_test_random(seed) * 0x1p-32) * 0x1p-32;
}

/* Verifies: NEV-RF-070 (a million arguments against long double, which must be wider than binary64) */
static void test_exp_error(void **state)
{
    uint64_t seed = 1;
    double worst = 0.0, worst_small = 0.0, x, u;
    uint32_t i;

    (void)state;
    if (LDBL_MANT_DIG < 64) {
        skip();
    }
    for (i = 0; i < 1000000; i++) {
        x = (draw(&seed) - 0.5) * (i % 3 == 0 ? 1400.0 : i % 3 == 1 ? 20.0 : 1.0);
        u = ulps(nev_exp(x), expl((long double)x));
        worst = u > worst ? u : worst;
        x = -708.0 - draw(&seed) * 37.0;
        u = ulps(nev_exp(x), expl((long double)x));
        worst_small = u > worst_small ? u : worst_small;
    }
    print_message("exp: %.4f ulp, subnormal %.4f ulp\n", worst, worst_small);
    assert_true(worst < 0.9);
    assert_true(worst_small < 0.9);
}

/* Verifies: NEV-RF-070 (the same for the logarithm: all exponents, near 1, subnormal) */
static void test_log_error(void **state)
{
    uint64_t seed = 2;
    double worst = 0.0, x, u;
    uint32_t i;

    (void)state;
    if (LDBL_MANT_DIG < 64) {
        skip();
    }
    for (i = 0; i < 1000000; i++) {
        uint64_t bits = (uint64_t)nev_test_random(&seed) << 32 | nev_test_random(&seed);

        x = i % 3 == 0   ? 0.5 + draw(&seed)
            : i % 3 == 1 ? 1.0 + ldexp(draw(&seed) - 0.5, -(int)(i % 50))
                         : nev_f64_from_bits(bits % UINT64_C(0x7FF0000000000000));
        if (x == 1.0 || x == 0.0) {
            continue;
        }
        u = ulps(nev_log(x), logl((long double)x));
        worst = u > worst ? u : worst;
    }
    print_message("log: %.4f ulp\n", worst);
    assert_true(worst < 0.9);
}

/* Verifies: NEV-RF-070 (special arguments, both ends of the range, and ln 2 recomputed from its series) */
static void test_special(void **state)
{
    const double high = 0x1.62e42feep-1, low = 0x1.a39ef35793c76p-33;
    long double ln2 = 0.0L, power = 0.5L;
    int i;

    (void)state;
    assert_true(nev_exp(0.0) == 1.0 && nev_exp(-0.0) == 1.0);
    assert_true(nev_exp((double)INFINITY) == (double)INFINITY && nev_exp(-(double)INFINITY) == 0.0);
    assert_true(isnan(nev_exp((double)NAN)));
    assert_true(nev_exp(709.78) < DBL_MAX && nev_exp(709.783) == (double)INFINITY);
    assert_true(nev_exp(-745.13) == 0x1p-1074 && nev_exp(-745.15) == 0.0);
    assert_true(nev_log(1.0) == 0.0);
    assert_true(nev_log(0.0) == -(double)INFINITY && nev_log(-0.0) == -(double)INFINITY);
    assert_true(isnan(nev_log(-1.0)) && isnan(nev_log((double)NAN)) && isnan(nev_log(-(double)INFINITY)));
    assert_true(nev_log((double)INFINITY) == (double)INFINITY);
    for (i = 1; i <= 70; i++) { /* ln 2 = sum of 2^-i / i */
        ln2 += power / (long double)i;
        power *= 0.5L;
    }
    if (LDBL_MANT_DIG >= 64) {
        assert_true(fabsl(ln2 - (long double)high - (long double)low) < 0x1p-60L);
        assert_true((double)(ln2 - (long double)high) - low < 0x1p-60);
    }
    assert_true(nev_log(2.0) == 0x1.62e42fefa39efp-1);
    assert_true(ulps(nev_exp(1.0), expl(1.0L)) < 0.9);
}

/* Verifies: NEV-RF-070 (bits, of which every machine must make the same sum) */
static void test_bits(void **state)
{
    uint64_t seed = 3, sum = 0;
    uint32_t i;

    (void)state;
    for (i = 0; i < 100000; i++) {
        sum = sum * 31 + nev_f64_bits(nev_exp((draw(&seed) - 0.5) * 1480.0));
        sum = sum * 31 + nev_f64_bits(nev_log(draw(&seed) * 10.0));
    }
    assert_int_equal(sum, UINT64_C(0x8e8bf5082f9b2fe7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp_error),
        cmocka_unit_test(test_log_error),
        cmocka_unit_test(test_special),
        cmocka_unit_test(test_bits),
    };

    return cmocka_run_group_tests_name("exp", tests, NULL, NULL);
}
