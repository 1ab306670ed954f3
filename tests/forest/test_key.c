/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <float.h>

#include "forest/key.h"
#include "forest/train/wide.h"

/* Rising, each strictly above the one before. */
static const uint32_t rising[] = {
    0xFF800000,                                     /* -infinity */
    0xFF7FFFFF, 0xBF800001, 0xBF800000, 0x80800000, /* -least normal */
    0x807FFFFF, 0x80000002, 0x80000001,             /* -least subnormal */
    0x00000000, 0x00000001, 0x00000002, 0x007FFFFF, 0x00800000,
    0x3F800000, 0x3F800001, 0x7F7FFFFF, 0x7F800000, /* +infinity */
};
#define RISING_LEN (sizeof rising / sizeof rising[0])

/* Verifies: NEV-RF-004 (keys order like values; both zeros have one key; a key gives its value back) */
static void test_order(void **state)
{
    uint32_t i, k;

    (void)state;
    for (i = 0; i < RISING_LEN; i++) {
        for (k = 0; k < RISING_LEN; k++) {
            float a = nev_f32_from_bits(rising[i]), b = nev_f32_from_bits(rising[k]);

            assert_int_equal(nev_key_from_f32(a) < nev_key_from_f32(b), i < k);
        }
        assert_int_equal(nev_f32_bits(nev_key_to_f32(nev_key_from_f32(nev_f32_from_bits(rising[i])))),
                         rising[i]);
    }
    assert_int_equal(nev_key_from_f32(-0.0f), nev_key_from_f32(0.0f));
    assert_int_equal(nev_key_from_f32(nev_f32_from_bits(rising[0])), NEV_KEY_MIN);
    assert_int_equal(nev_key_from_f32(nev_f32_from_bits(rising[RISING_LEN - 1])), NEV_KEY_MAX);
    assert_true(nev_key_is_nan(nev_f32_from_bits(0x7F800001)));
    assert_true(nev_key_is_nan(nev_f32_from_bits(0xFFFFFFFF)));
    assert_false(nev_key_is_nan(nev_f32_from_bits(0xFF800000)));
}

static void assert_between(uint32_t a_bits, uint32_t b_bits)
{
    float a = nev_f32_from_bits(a_bits), b = nev_f32_from_bits(b_bits), t;
    uint32_t ka = nev_key_from_f32(a), kb = nev_key_from_f32(b), key = nev_key_between(ka, kb);

    t = nev_key_to_f32(key);
    assert_true(a <= t && t < b);
    /* The key decides what the float decides, for every value there is between and beside them. */
    assert_int_equal(nev_key_from_f32(t), key);
    assert_true(ka <= key && key < kb);
}

/* Verifies: NEV-RF-005 (a <= t < b for all pairs of special values, neighbours and random values) */
static void test_threshold_between(void **state)
{
    uint64_t seed = 1;
    uint32_t i, k;

    (void)state;
    for (i = 0; i < RISING_LEN; i++) {
        for (k = i + 1; k < RISING_LEN; k++) {
            assert_between(rising[i], rising[k]);
        }
    }
    for (i = 0; i < 200000; i++) {
        uint32_t a = nev_test_random(&seed), b = i % 2 == 0 ? nev_test_random(&seed) : a + 1;
        float x = nev_f32_from_bits(a), y = nev_f32_from_bits(b);

        if (!nev_key_is_nan(x) && !nev_key_is_nan(y) && x != y) {
            assert_between(x < y ? a : b, x < y ? b : a);
        }
    }
}

/* Verifies: NEV-RF-005 (where the mean is exact in binary64, t is the greatest float not above it) */
static void test_threshold_is_rounded_down(void **state)
{
    uint64_t seed = 2;
    uint32_t i;

    (void)state;
    for (i = 0; i < 200000; i++) {
        /* Whole multiples of 2^-30 below 2^2: their sum has at most 33 bits. */
        float a = (float)(int32_t)nev_test_random(&seed) * 0x1p-30f;
        float b = (float)(int32_t)nev_test_random(&seed) * 0x1p-30f, low = a < b ? a : b,
              high = a < b ? b : a;
        double mean = ((double)low + (double)high) / 2.0;
        uint32_t key = nev_key_between(nev_key_from_f32(low), nev_key_from_f32(high));

        if (low != high) {
            uint32_t up = key + (key + 1 == NEV_KEY_MINUS_ZERO ? 2 : 1);

            assert_true((double)nev_key_to_f32(key) <= mean);
            assert_true((double)nev_key_to_f32(up) > mean);
        }
    }
    assert_true(nev_key_to_f32(nev_key_between(nev_key_from_f32(-1.0f), nev_key_from_f32(1.0f))) == 0.0f);
    /* The mean of 0 and the greatest negative number is not a float: the answer is that number, not -0. */
    assert_int_equal(nev_key_between(0x7FFFFFFE, 0x80000000), 0x7FFFFFFE);
}

/* a * b in 16-bit digits, least first: school multiplication, another way than the code's. */
static void product(uint64_t a, uint64_t b, uint32_t digit[8])
{
    uint64_t sum[9] = {0};
    int i, k;

    for (i = 0; i < 4; i++) {
        for (k = 0; k < 4; k++) {
            sum[i + k] += (a >> 16 * i & 0xFFFF) * (b >> 16 * k & 0xFFFF);
        }
    }
    for (i = 0; i < 8; i++) {
        digit[i] = (uint32_t)(sum[i] & 0xFFFF);
        sum[i + 1] += sum[i] >> 16;
    }
}

static bool greater(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint32_t p[8], q[8];
    int i;

    product(a, b, p);
    product(c, d, q);
    for (i = 7; i > 0 && p[i] == q[i]; i--) {
    }
    return p[i] > q[i];
}

/* Verifies: NEV-RF-006 (128-bit products of random, extreme and nearly equal factors compare exactly) */
static void test_wide_products(void **state)
{
    static const uint64_t extreme[] = {
        0, 1, 0xFFFFFFFF, 0x100000000, 0x100000001, (uint64_t)1 << 61, UINT64_MAX, UINT64_MAX - 1};
    uint64_t seed = 3;
    uint32_t i, k, m, n;

    (void)state;
    for (i = 0; i < 4096; i++) {
        k = i >> 3 & 7;
        m = i >> 6 & 7;
        n = i >> 9;
        assert_int_equal(nev_wide_greater(extreme[i & 7], extreme[k], extreme[m], extreme[n]),
                         greater(extreme[i & 7], extreme[k], extreme[m], extreme[n]));
    }
    for (i = 0; i < 100000; i++) {
        uint64_t a = (uint64_t)nev_test_random(&seed) << 29 | nev_test_random(&seed);
        uint64_t b = (uint64_t)nev_test_random(&seed) << 8 | 1;
        uint64_t d = b + nev_test_random(&seed) % 3, c = a + nev_test_random(&seed) % 3 - 1;

        assert_int_equal(nev_wide_greater(a, b, c, d), greater(a, b, c, d));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_threshold_between),
        cmocka_unit_test(test_threshold_is_rounded_down),
        cmocka_unit_test(test_wide_products),
    };

    return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
