/* SPDX-License-Identifier: MIT */
/* real.h, real.c */
#include "tests/support/test.h"

#include <fenv.h>
#include <math.h>

#include "nn/base/real.h"

/* Verifies: NEV-BASE-007 (against the C library's sqrt, which IEEE-754 requires to be correctly rounded) */
static void test_sqrt_is_correctly_rounded(void **state)
{
    uint64_t seed = 1, i;

    (void)state;
    for (i = 0; i < 1000000; i++) {
        uint64_t bits = (uint64_t)nev_test_random(&seed) << 32 | nev_test_random(&seed);
        double x = nev_f64_from_bits(bits >> 1);

        if (i % 4 == 0) {
            x = nev_f64_from_bits(bits >> 12); /* subnormal */
        } else if (i % 4 == 1) {
            x = (double)(bits >> 40) * (double)(bits >> 40); /* a perfect square */
        }
        if (isfinite(x) && nev_f64_bits(nev_sqrt(x)) != nev_f64_bits(sqrt(x))) {
            fail_msg("sqrt(%a): %a, expected %a", x, nev_sqrt(x), sqrt(x));
        }
    }
    assert_true(nev_sqrt(0.0) == 0.0 && nev_sqrt(-1.0) == 0.0 && nev_sqrt((double)INFINITY) == 0.0);
}

static int64_t floor_shift(int64_t v, unsigned by)
{
    return v >= 0 ? v >> by : -((-v + ((int64_t)1 << by) - 1) >> by);
}

/* An oracle that uses integers alone: significands a, b of 12 bits and c of 24 at any distance of exponents
 * 0..20, so that a*b + c*2^-shift is exact in int64 and is rounded to 24 bits by hand, ties to even. */
static float round_to_f32(int64_t v, int exponent)
{
    int64_t magnitude = v < 0 ? -v : v, kept;
    unsigned drop = 0;
    float f;

    while (magnitude >> drop >= (int64_t)1 << 24) {
        drop++;
    }
    kept = floor_shift(magnitude, drop);
    if (drop > 0) {
        int64_t rest = magnitude - (kept << drop), half = (int64_t)1 << (drop - 1);

        kept += rest > half || (rest == half && (kept & 1) != 0);
    }
    f = ldexpf((float)kept, (int)drop + exponent);
    return v < 0 ? -f : f;
}

/* Verifies: NEV-BASE-008 (the emulation against integer arithmetic, ties and near-ties included) */
static void test_fma_emulation_against_integers(void **state)
{
    uint64_t seed = 2;
    int i;

    (void)state;
    for (i = 0; i < 2000000; i++) {
        int32_t a = (int32_t)(nev_test_random(&seed) & 0xFFFFFF) - 0x800000;
        int32_t b = (int32_t)(nev_test_random(&seed) & 0xFFF) - 0x800;
        int32_t c = (int32_t)(nev_test_random(&seed) & 0xFFFFFF) - 0x800000;
        unsigned shift = nev_test_random(&seed) % 21;
        float got =
            nev_fmaf_exact(ldexpf((float)a, -20), ldexpf((float)b, (int)shift), ldexpf((float)c, -20));
        int64_t v = ((int64_t)a * b) * ((int64_t)1 << shift) + c;
        float want = round_to_f32(v, -20);

        if (v != 0 && nev_f32_bits(got) != nev_f32_bits(want)) {
            fail_msg("fma(%d, %d<<%u, %d): %a, expected %a", a, b, shift, c, (double)got, (double)want);
        }
    }
}

/* Verifies: NEV-BASE-008 (subnormal results, halfway cases a second rounding would get wrong, infinities,
 * NaN) */
static void test_fma_emulation_corner_cases(void **state)
{
    const float tiny = nev_f32_from_bits(1), big = nev_f32_from_bits(0x7F7FFFFF);
    const float one_up = nev_f32_from_bits(0x3F800001), inf = INFINITY;

    (void)state;
    /* 1 + 2^-24 + 2^-54 is above the tie: rounds up; two roundings would give 1. */
    assert_int_equal(nev_f32_bits(nev_fmaf_exact(ldexpf(1.0f, -54), 1.0f, 1.0f)), 0x3F800000);
    assert_int_equal(nev_f32_bits(nev_fmaf_exact(ldexpf(8388609.0f, -47), ldexpf(1.0f, 0), 1.0f)),
                     0x3F800001);
    assert_true(nev_fmaf_exact(one_up, one_up, -1.0f) == ldexpf(1.0f, -22) + ldexpf(1.0f, -46));
    assert_int_equal(nev_f32_bits(nev_fmaf_exact(tiny, 0.5f, 0.0f)), 0); /* tie to even */
    assert_int_equal(nev_f32_bits(nev_fmaf_exact(tiny, 0.75f, 0.0f)), 1);
    assert_int_equal(nev_f32_bits(nev_fmaf_exact(tiny, 0.5f, tiny)), 2); /* 1.5 tiny: tie to even */
    assert_int_equal(nev_f32_bits(nev_fmaf_exact(tiny, tiny, tiny)), 1);
    assert_int_equal(nev_f32_bits(nev_fmaf_exact(-tiny, tiny, 0.0f)),
                     0x80000000); /* underflow keeps the sign */
    assert_true(nev_fmaf_exact(big, 2.0f, -big) == big);
    assert_true(nev_fmaf_exact(big, 2.0f, 0.0f) == inf);
    assert_true(nev_fmaf_exact(inf, 1.0f, 1.0f) == inf);
    assert_true(isnan(nev_fmaf_exact(inf, 0.0f, 1.0f)));
    assert_true(isnan(nev_fmaf_exact(inf, 1.0f, -inf)));
    assert_int_equal(nev_f32_bits(nev_fmaf_exact(0.0f, -1.0f, 0.0f)), 0);
}

/* Verifies: NEV-BASE-009 */
static void test_environment_is_checked(void **state)
{
    struct nev_error err;

    (void)state;
    assert_int_equal(nev_environment_check(&err), NEV_OK);
#ifdef FE_UPWARD
    if (fesetround(FE_UPWARD) == 0) {
        enum nev_status status = nev_environment_check(&err);

        fesetround(FE_TONEAREST);
        assert_int_equal(status, NEV_ERR_ENVIRONMENT);
        assert_string_equal(err.name, "rounding");
    }
    if (fesetround(FE_TOWARDZERO) == 0) {
        enum nev_status status = nev_environment_check(&err);

        fesetround(FE_TONEAREST);
        assert_int_equal(status, NEV_ERR_ENVIRONMENT);
    }
#endif
}

#if defined(__x86_64__)
static void set_mxcsr(uint32_t bits)
{
    __asm__ volatile("ldmxcsr %0" : : "m"(bits));
}

/* Verifies: NEV-BASE-009 (flush-to-zero, as a library built with -ffast-math leaves it, is refused) */
static void test_flush_to_zero_is_refused(void **state)
{
    struct nev_error err;
    enum nev_status status;

    (void)state;
    set_mxcsr(0x1F80 | 0x8000);
    status = nev_environment_check(&err);
    set_mxcsr(0x1F80);
    assert_int_equal(status, NEV_ERR_ENVIRONMENT);
    assert_string_equal(err.name, "subnormals");
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sqrt_is_correctly_rounded),
        cmocka_unit_test(test_fma_emulation_against_integers),
        cmocka_unit_test(test_fma_emulation_corner_cases),
        cmocka_unit_test(test_environment_is_checked),
#if defined(__x86_64__)
        cmocka_unit_test(test_flush_to_zero_is_refused),
#endif
    };

    return cmocka_run_group_tests_name("real", tests, NULL, NULL);
}
