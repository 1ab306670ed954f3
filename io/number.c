/* SPDX-License-Identifier: MIT */
#include "io/number.h"

#include <stdbool.h>
#include <string.h>

#include "io/bignum.h"
#include "nn/base/bytes.h"

#define DIGITS_MAX 800 /* significant digits that are read; a tie of binary64 has at most 768 */

/* Ten to these powers is exact in binary64. */
static const double tens[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* The two formats numbers are read to. */
struct format {
    int precision; /* bits of the significand, with the hidden one */
    int exp_min;   /* of the smallest normal number, 2^exp_min */
    int exp_max;   /* of the largest, below 2^(exp_max+1) */
};

static const struct format binary32 = {24, -126, 127};
static const struct format binary64 = {53, -1022, 1023};

enum kind { KIND_NUMBER, KIND_INFINITY, KIND_NAN };

/* A decimal number taken apart: digit[0] . digit[1] ... times 10^exp10, that is, digits * 10^(exp10-len+1).
 */
struct decimal {
    enum kind kind;
    bool is_negative;
    int len;                    /* digits kept; 0 for zero; the first is not '0' */
    int64_t exp10;              /* the power of ten of the first digit */
    char digit[DIGITS_MAX + 1]; /* one more: a 1 that stands for anything cut off */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Cuts off blanks and a sign. */
static bool take_sign(const char **text, size_t *bytes)
{
    bool is_negative;

    while (*bytes > 0 && is_blank((*text)[*bytes - 1])) {
        --*bytes;
    }
    while (*bytes > 0 && is_blank(**text)) {
        ++*text;
        --*bytes;
    }
    is_negative = *bytes > 0 && **text == '-';
    if (is_negative || (*bytes > 0 && **text == '+')) {
        ++*text;
        --*bytes;
    }
    return is_negative;
}

static bool equals_word(const char *text, size_t bytes, const char *word)
{
    size_t i;

    for (i = 0; i < bytes; i++) {
        char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];

        if (word[i] == '\0' || c != word[i]) {
            return false;
        }
    }
    return word[bytes] == '\0';
}

/* The digits and the point; returns how many bytes they take, 0 if there is no digit. */
static size_t take_digits(const char *text, size_t bytes, struct decimal *d)
{
    bool has_point = false, has_digit = false, has_rest = false;
    int64_t point = 0; /* digits between the first significant one and the point; negative: zeros behind it */
    size_t i;

    d->len = 0;
    for (i = 0; i < bytes && (is_digit(text[i]) || (text[i] == '.' && !has_point)); i++) {
        if (text[i] == '.') {
            has_point = true;
            continue;
        }
        has_digit = true;
        if (d->len == 0 && text[i] == '0') {
            point -= has_point;
            continue;
        }
        point += !has_point;
        if (d->len < DIGITS_MAX) {
            d->digit[d->len++] = text[i];
        } else {
            has_rest = has_rest || text[i] != '0';
        }
    }
    while (!has_rest && d->len > 0 && d->digit[d->len - 1] == '0') {
        d->len--;
    }
    if (has_rest) {
        d->digit[d->len++] = '1';
    }
    d->exp10 = point - 1;
    return has_digit ? i : 0;
}

static bool take_exponent(const char *text, size_t bytes, struct decimal *d)
{
    int64_t exponent = 0;
    bool is_negative;
    size_t i;

    if (bytes == 0) {
        return true;
    }
    if (bytes < 2 || (text[0] != 'e' && text[0] != 'E')) {
        return false;
    }
    is_negative = text[1] == '-';
    i = is_negative || text[1] == '+' ? 2 : 1;
    if (i == bytes) {
        return false;
    }
    for (; i < bytes; i++) {
        if (!is_digit(text[i])) {
            return false;
        }
        /* Bounds: past 2^61 the digits no longer matter; no text is long enough to make up for them. */
        if (exponent < (int64_t)1 << 56) {
            exponent = exponent * 10 + (text[i] - '0');
        }
    }
    d->exp10 += is_negative ? -exponent : exponent;
    return true;
}

static bool parse_decimal(const char *text, size_t bytes, struct decimal *d)
{
    size_t used;

    d->is_negative = take_sign(&text, &bytes);
    d->kind = KIND_NUMBER;
    if (equals_word(text, bytes, "nan")) {
        d->kind = KIND_NAN;
        return true;
    }
    if (equals_word(text, bytes, "inf") || equals_word(text, bytes, "infinity")) {
        d->kind = KIND_INFINITY;
        return true;
    }
    used = take_digits(text, bytes, d);
    return used > 0 && take_exponent(text + used, bytes - used, d);
}

/*
 * One division or multiplication of two exact numbers is rounded once. Rounding its result again to binary32
 * gives what rounding once would, unless it lies exactly halfway between two binary32 numbers.
 */
static bool fast_number(const struct decimal *d, const struct format *f, double *value)
{
    int64_t power = d->exp10 - d->len + 1;
    uint64_t digits = 0;
    int i;

    if (d->len > 15 || power < -22 || power > 22) { /* 10^15 < 2^53 */
        return false;
    }
    for (i = 0; i < d->len; i++) {
        digits = digits * 10 + (uint64_t)(d->digit[i] - '0');
    }
    *value = power < 0 ? (double)digits / tens[-power] : (double)digits * tens[power];
    return f->precision == 53 || (nev_f64_bits(*value) & 0x1FFFFFFF) != 0x10000000;
}

/*
 * quotient * 2^exp2 with a quotient of 64 bits whose highest is set, and something more if `has_rest`,
 * rounded to nearest even at the format's precision. Both formats are exact in binary64.
 */
static double round_number(uint64_t quotient, bool has_rest, int exp2, const struct format *f)
{
    int top = exp2 + 63; /* the value is in [2^top, 2^(top+1)) */
    int drop = top < f->exp_min ? 64 - f->precision + (f->exp_min - top) : 64 - f->precision;
    uint64_t kept, half, bits;

    if (drop > 64) {
        return 0.0; /* below half of the smallest subnormal */
    }
    kept = drop == 64 ? 0 : quotient >> drop;
    half = (uint64_t)1 << (drop - 1);
    if ((quotient & half) != 0 && ((quotient & (half - 1)) != 0 || has_rest || (kept & 1) != 0)) {
        kept++;
    }
    if (kept == 0) {
        return 0.0;
    }
    exp2 += drop;
    for (top = exp2 + 63; (kept & 0x8000000000000000u) == 0; top--) {
        kept <<= 1;
    }
    if (top > f->exp_max) {
        return nev_f64_from_bits(0x7FF0000000000000u);
    }
    if (top < -1022) { /* a subnormal of binary64: its unit is 2^-1074, and the bits are all there */
        return nev_f64_from_bits(kept >> (-1074 - (top - 63)));
    }
    bits = (uint64_t)(top + 1023) << 52 | (kept >> 11 & 0xFFFFFFFFFFFFFu);
    return nev_f64_from_bits(bits);
}

/* The long way: the significand over or times a power of five, as two whole numbers, divided bit by bit. */
static double exact_number(const struct decimal *d, const struct format *f)
{
    int power = (int)d->exp10 - d->len + 1, exp2, shift, i;
    struct nev_bignum num, den;
    uint64_t quotient = 0;

    nev_bignum_set(&num, 0);
    for (i = 0; i < d->len; i++) {
        nev_bignum_mul_add(&num, 10, (uint32_t)(d->digit[i] - '0'));
    }
    nev_bignum_set(&den, 1);
    nev_bignum_mul_pow5(power < 0 ? &den : &num, (uint32_t)(power < 0 ? -power : power));
    shift = (int)nev_bignum_bits(&num) - (int)nev_bignum_bits(&den);
    nev_bignum_shift(shift < 0 ? &num : &den, (uint32_t)(shift < 0 ? -shift : shift));
    exp2 = power + shift;
    if (nev_bignum_compare(&num, &den) < 0) {
        nev_bignum_shift(&num, 1);
        exp2--;
    }
    /* Now den <= num < 2*den and the value is num/den * 2^exp2. */
    for (i = 0; i < 64; i++) {
        quotient <<= 1;
        if (nev_bignum_compare(&num, &den) >= 0) {
            nev_bignum_subtract(&num, &den);
            quotient |= 1;
        }
        nev_bignum_shift(&num, 1);
    }
    return round_number(quotient, num.len != 0, exp2 - 63, f);
}

static enum nev_status parse(const char *text, size_t bytes, const struct format *f, double *value)
{
    struct decimal d;
    uint64_t sign;

    *value = 0.0;
    if (!parse_decimal(text, bytes, &d)) {
        return NEV_ERR_FORMAT;
    }
    sign = (uint64_t)d.is_negative << 63;
    if (d.kind == KIND_NAN) {
        *value = nev_f64_from_bits(0x7FF8000000000000u);
        return NEV_OK;
    }
    if (d.kind == KIND_INFINITY || (d.len > 0 && d.exp10 > 309)) {
        *value = nev_f64_from_bits(sign | 0x7FF0000000000000u);
        return NEV_OK;
    }
    if (d.len > 0 && d.exp10 >= -325 && !fast_number(&d, f, value)) {
        *value = exact_number(&d, f);
    }
    *value = nev_f64_from_bits(sign | nev_f64_bits(*value));
    return NEV_OK;
}

enum nev_status nev_number_parse_f64(const char *text, size_t bytes, double *value)
{
    return parse(text, bytes, &binary64, value);
}

enum nev_status nev_number_parse_f32(const char *text, size_t bytes, float *value)
{
    double wide;
    enum nev_status status = parse(text, bytes, &binary32, &wide);

    *value = (float)wide;
    return status;
}

enum nev_status nev_number_parse_i64(const char *text, size_t bytes, int64_t *value)
{
    bool is_negative = take_sign(&text, &bytes);
    uint64_t n = 0, limit = (uint64_t)INT64_MAX + is_negative;
    size_t i;

    *value = 0;
    for (i = 0; i < bytes; i++) {
        if (!is_digit(text[i])) {
            return NEV_ERR_FORMAT;
        }
    }
    for (i = 0; i < bytes; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');

        if (n > (limit - digit) / 10) {
            return NEV_ERR_LIMIT;
        }
        n = n * 10 + digit;
    }
    *value = is_negative && n > 0 ? -(int64_t)(n - 1) - 1 : (int64_t)n;
    return bytes > 0 ? NEV_OK : NEV_ERR_FORMAT;
}
