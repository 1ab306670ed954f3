/* SPDX-License-Identifier: MIT */
/* Sources: io/number.c (reading), io/number_write.c (writing), io/bignum.c (beneath both). */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/bignum.h"
#include "io/number.h"
#include "nn/base/bytes.h"

static uint64_t bits_of(const char *text)
{
    double value = 1.0;

    assert_int_equal(nev_number_parse_f64(text, strlen(text), &value), NEV_OK);
    return nev_f64_bits(value);
}

static uint32_t bits32_of(const char *text)
{
    float value = 1.0f;

    assert_int_equal(nev_number_parse_f32(text, strlen(text), &value), NEV_OK);
    return nev_f32_bits(value);
}

/* Verifies: NEV-IO-331 (the boundaries of binary64 and ties, worked out from IEEE 754-2019, 3.4 and 4.3.1) */
static void test_reads_binary64(void **state)
{
    char tie[900];
    size_t len;

    (void)state;
    assert_true(bits_of("0") == 0);
    assert_true(bits_of("-0.0e7") == 0x8000000000000000u);
    assert_true(bits_of("1") == 0x3FF0000000000000u);
    assert_true(bits_of("-2.5") == 0xC004000000000000u);
    assert_true(bits_of("9007199254740993") == 0x4340000000000000u); /* 2^53 + 1: tie, to even */
    assert_true(bits_of("9007199254740993.00000000000000000000000000000000000000000000000001") ==
                0x4340000000000001u);
    assert_true(bits_of("9007199254740995") == 0x4340000000000002u); /* 2^53 + 3: tie, to even */
    assert_true(bits_of("1.7976931348623157e308") == 0x7FEFFFFFFFFFFFFFu);
    assert_true(bits_of("1.7976931348623159e308") == 0x7FF0000000000000u);
    assert_true(bits_of("1e99999999999999999999999") == 0x7FF0000000000000u);
    assert_true(bits_of("2.2250738585072014e-308") == 0x0010000000000000u);
    assert_true(bits_of("2.2250738585072011e-308") == 0x000FFFFFFFFFFFFFu);
    assert_true(bits_of("5e-324") == 1);
    assert_true(bits_of("2.4703282292062327e-324") == 0); /* just below half of that */
    assert_true(bits_of("2.4703282292062328e-324") == 1);
    assert_true(bits_of("-1e-99999999999999999999999") == 0x8000000000000000u);
    /* 1 + 2^-53 is a tie; a last digit far behind decides it. */
    strcpy(tie, "1.00000000000000011102230246251565404236316680908203125");
    assert_true(bits_of(tie) == 0x3FF0000000000000u);
    len = strlen(tie);
    memset(tie + len, '0', 800);
    strcpy(tie + len + 800, "1");
    assert_true(bits_of(tie) == 0x3FF0000000000001u);
}

/* Verifies: NEV-IO-331 (the boundaries of binary32, and rounding once where rounding twice differs) */
static void test_reads_binary32(void **state)
{
    (void)state;
    assert_true(bits32_of("16777217") == 0x4B800000u); /* 2^24 + 1: tie, to even */
    /* 1 + 2^-24 + 2^-60 is nearest to 1 + 2^-24 in binary64, which is a tie; rounded once it is above. */
    assert_true(bits32_of("1.000000059604645643074749708895") == 0x3F800001u);
    assert_true(bits32_of("1.000000059604644775390625") == 0x3F800000u);
    assert_true(bits32_of("3.4028235e38") == 0x7F7FFFFFu);
    assert_true(bits32_of("340282356779733661637539395458142568447") == 0x7F7FFFFFu);
    assert_true(bits32_of("340282356779733661637539395458142568448") == 0x7F800000u);
    assert_true(bits32_of("1e-45") == 1);
    assert_true(bits32_of("7.006492321624085e-46") == 0); /* 2^-150 rounded down */
    assert_true(bits32_of("7.006492321624086e-46") == 1);
    assert_true(bits32_of("0.1") == 0x3DCCCCCDu);
    assert_true(bits32_of("-1e39") == 0xFF800000u);
}

/* Verifies: NEV-IO-331 (every tie between two neighbours goes to the even one, and a hair beside it to its
 * side: 5^k * odd is exact in decimal) */
static void test_ties_of_random_numbers(void **state)
{
    uint64_t random = 3;
    int i;

    (void)state;
    for (i = 0; i < 3000; i++) {
        uint32_t m = nev_test_random(&random) >> 8 | 0x800000u; /* 24 bits */
        uint32_t even = (m & 1) == 0 ? m : m + 1;
        uint64_t twice = 2u * (uint64_t)m + 1; /* the tie is twice * 2^-25 */
        char text[80];
        float value;

        /* twice / 2^25 = twice * 5^25 / 10^25; 5^25 = 298023223876953125 */
        snprintf(text, sizeof text, "%.25f", (double)twice / 33554432.0);
        assert_int_equal(nev_number_parse_f32(text, strlen(text), &value), NEV_OK);
        assert_true(value == (float)even / 16777216.0f);
        strcat(text, "0000000000000000000000001");
        assert_int_equal(nev_number_parse_f32(text, strlen(text), &value), NEV_OK);
        assert_true(value == (float)(m + 1) / 16777216.0f);
    }
}

/* Verifies: NEV-IO-332 (words for what is not finite, in any case; blanks around a number) */
static void test_words(void **state)
{
    double value;

    (void)state;
    assert_true(bits_of("inf") == 0x7FF0000000000000u);
    assert_true(bits_of(" +Infinity\t") == 0x7FF0000000000000u);
    assert_true(bits_of("-INF") == 0xFFF0000000000000u);
    assert_true(bits_of(" 1.5 ") == 0x3FF8000000000000u);
    assert_int_equal(nev_number_parse_f64("NaN", 3, &value), NEV_OK);
    assert_true(value != value);
    assert_int_equal(nev_number_parse_f64("-nan", 4, &value), NEV_OK);
    assert_true(value != value);
}

/* Verifies: NEV-IO-332 (everything else is refused and leaves 0) */
static void test_refusals(void **state)
{
    static const char *const bad[] = {"",     " ",    "+",     "-",   ".",    "-.",        "e5",   "1e",
                                      "1e+",  "1e 5", "1.2.3", "1,5", "0x10", "1e5.0",     "nan1", "in",
                                      "infi", "1 2",  "--1",   "+-1", "1f",   "infinitya", "\n1",  "- 1"};
    int64_t whole;
    double value;
    float narrow;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        value = 7.0;
        narrow = 7.0f;
        whole = 7;
        assert_int_equal(nev_number_parse_f64(bad[i], strlen(bad[i]), &value), NEV_ERR_FORMAT);
        assert_int_equal(nev_number_parse_f32(bad[i], strlen(bad[i]), &narrow), NEV_ERR_FORMAT);
        assert_int_equal(nev_number_parse_i64(bad[i], strlen(bad[i]), &whole), NEV_ERR_FORMAT);
        assert_true(value == 0.0 && narrow == 0.0f && whole == 0);
    }
    assert_int_equal(nev_number_parse_f64("1\0", 2, &value), NEV_ERR_FORMAT);
}

static void assert_f64(uint64_t bits, const char *expected)
{
    char text[NEV_NUMBER_TEXT_BYTES];

    assert_int_equal(nev_number_write_f64(nev_f64_from_bits(bits), text), strlen(expected));
    assert_string_equal(text, expected);
}

static void assert_f32(uint32_t bits, const char *expected)
{
    char text[NEV_NUMBER_TEXT_BYTES];

    assert_int_equal(nev_number_write_f32(nev_f32_from_bits(bits), text), strlen(expected));
    assert_string_equal(text, expected);
}

/* Verifies: NEV-IO-333 (the form of what is written, at the ends of each range) */
static void test_written_form(void **state)
{
    (void)state;
    assert_f64(0, "0");
    assert_f64(0x8000000000000000u, "-0");
    assert_f64(0x3FF0000000000000u, "1");
    assert_f64(0xBFE0000000000000u, "-0.5");
    assert_f64(0x3FB999999999999Au, "0.1");
    assert_f64(0x3FD3333333333334u, "0.30000000000000004");
    assert_f64(0x3F1A36E2EB1C432Du, "0.0001");
    assert_f64(0x3EE4F8B588E368F1u, "1e-05");
    assert_f64(0x4341C37937E08000u, "1e+16");
    assert_f64(0x433FFFFFFFFFFFFFu, "9007199254740991");
    assert_f64(0x408F400000000000u, "1000");
    assert_f64(0x7FEFFFFFFFFFFFFFu, "1.7976931348623157e+308");
    assert_f64(1, "5e-324");
    assert_f64(0x7FF0000000000000u, "inf");
    assert_f64(0xFFF0000000000000u, "-inf");
    assert_f64(0x7FF8000000000000u, "nan");
    assert_f64(0xFFF8000000000000u, "nan");
    assert_f32(0x3DCCCCCDu, "0.1");
    assert_f32(0x3F800001u, "1.0000001");
    assert_f32(0x7F7FFFFFu, "3.4028235e+38");
    assert_f32(1, "1e-45");
}

/* Verifies: NEV-IO-333 (reads back to the same bits; no text with one digit less does, tried against the C
 * library's own correctly rounded printing) */
static void test_round_trip(void **state)
{
    char text[NEV_NUMBER_TEXT_BYTES], less[64];
    uint64_t random = 11;
    int i;

    (void)state;
    for (i = 0; i < 20000; i++) {
        uint32_t bits = nev_test_random(&random);
        float value = nev_f32_from_bits(bits), back;
        int digits = 0;
        size_t k, len;

        if (value != value) {
            continue;
        }
        len = nev_number_write_f32(value, text);
        assert_int_equal(nev_number_parse_f32(text, len, &back), NEV_OK);
        assert_int_equal(nev_f32_bits(back), bits);
        for (k = 0; k < len && text[k] != 'e'; k++) {
            digits += text[k] >= '0' && text[k] <= '9';
        }
        /* With an exponent every digit written counts: there are no leading zeros. */
        if (digits > 1 && strchr(text, 'e') != NULL) {
            snprintf(less, sizeof less, "%.*e", digits - 2, (double)value);
            assert_true(strtof(less, NULL) != value);
        }
    }
    for (i = 0; i < 20000; i++) {
        uint64_t bits = (uint64_t)nev_test_random(&random) << 32 | nev_test_random(&random);
        double value = nev_f64_from_bits(bits), back;

        if (value == value) {
            assert_int_equal(nev_number_parse_f64(text, nev_number_write_f64(value, text), &back), NEV_OK);
            assert_true(nev_f64_bits(back) == bits);
        }
    }
}

/* Verifies: NEV-IO-331 (whole numbers to the ends of 64 bits, both ways) */
static void test_whole_numbers(void **state)
{
    static const int64_t values[] = {0, 1, -1, 9, 10, -10, 1234567890123, INT64_MAX, INT64_MIN};
    char text[NEV_NUMBER_TEXT_BYTES];
    int64_t back;
    size_t i, len;

    (void)state;
    for (i = 0; i < sizeof values / sizeof values[0]; i++) {
        len = nev_number_write_i64(values[i], text);
        assert_int_equal(len, strlen(text));
        assert_int_equal(nev_number_parse_i64(text, len, &back), NEV_OK);
        assert_true(back == values[i]);
    }
    assert_int_equal(nev_number_write_i64(INT64_MIN, text), 20);
    assert_string_equal(text, "-9223372036854775808");
    assert_int_equal(nev_number_parse_i64("9223372036854775808", 19, &back), NEV_ERR_LIMIT);
    assert_int_equal(nev_number_parse_i64("-9223372036854775809", 20, &back), NEV_ERR_LIMIT);
    assert_int_equal(nev_number_parse_i64("1.0", 3, &back), NEV_ERR_FORMAT);
    assert_int_equal(nev_number_parse_i64(" +007 ", 6, &back), NEV_OK);
    assert_true(back == 7);
}

/* Verifies: NEV-IO-331 (the whole-number arithmetic beneath: (5^1125 * 2^40 - 1) taken apart and put
 * together) */
static void test_bignum(void **state)
{
    struct nev_bignum a, b;
    uint32_t digits[300], len = 0;

    (void)state;
    nev_bignum_set(&a, 1);
    nev_bignum_mul_pow5(&a, 1125);
    assert_int_equal(nev_bignum_bits(&a), 2613); /* floor(1125 * log2(5)) + 1 = floor(2612.17) + 1 */
    nev_bignum_shift(&a, 40);
    nev_bignum_set(&b, 1);
    nev_bignum_subtract(&a, &b);
    assert_int_equal(nev_bignum_bits(&a), 2653);
    b = a;
    while (b.len != 0) {
        digits[len++] = nev_bignum_divide(&b, 1000000000u);
    }
    while (len > 0) {
        nev_bignum_mul_add(&b, 1000000000u, digits[--len]);
    }
    assert_int_equal(nev_bignum_compare(&a, &b), 0);
    nev_bignum_mul_add(&b, 1, 1);
    assert_true(nev_bignum_compare(&a, &b) < 0);
    nev_bignum_subtract(&b, &a);
    assert_int_equal(nev_bignum_bits(&b), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_binary64),
        cmocka_unit_test(test_reads_binary32),
        cmocka_unit_test(test_ties_of_random_numbers),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_written_form),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_bignum),
    };

    return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
