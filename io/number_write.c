/* SPDX-License-Identifier: MIT */
#include "io/number.h"

#include <float.h>
#include <stdbool.h>
#include <string.h>

#include "io/bignum.h"
#include "nn/base/bytes.h"

#define EXACT_MAX 792 /* digits: binary64 needs at most 767, made nine at a time */
#define SHORT_MAX 17  /* significant digits that tell any two binary64 numbers apart */
#define CHUNK     1000000000u
#define CHUNK_LEN 9

/* All digits of a number: digit[first] . digit[first+1] ... digit[EXACT_MAX-1] times 10^exp10. */
struct exact {
    int first, exp10;
    char digit[EXACT_MAX];
};

/* The leading digits of it, rounded: digit[0] . digit[1] ... digit[len-1] times 10^exp10. */
struct leading {
    int len, exp10;
    char digit[SHORT_MAX];
};

/* value > 0 and finite is whole * 2^exp2; below the point that is whole * 5^-exp2 / 10^-exp2. */
static void exact_digits(double value, struct exact *x)
{
    uint64_t bits = nev_f64_bits(value), whole = bits & 0xFFFFFFFFFFFFFu;
    int field = (int)(bits >> 52 & 0x7FF), exp2 = (field == 0 ? 1 : field) - 1075, i;
    struct nev_bignum n;

    whole |= field == 0 ? 0 : (uint64_t)1 << 52;
    for (; (whole & 1) == 0; whole >>= 1) {
        exp2++;
    }
    nev_bignum_set(&n, whole);
    if (exp2 < 0) {
        nev_bignum_mul_pow5(&n, (uint32_t)-exp2);
    } else {
        nev_bignum_shift(&n, (uint32_t)exp2);
    }
    for (x->first = EXACT_MAX; n.len != 0;) {
        uint32_t chunk = nev_bignum_divide(&n, CHUNK);

        for (i = 0; i < CHUNK_LEN; i++, chunk /= 10) {
            x->digit[--x->first] = (char)('0' + chunk % 10);
        }
    }
    while (x->digit[x->first] == '0') {
        x->first++;
    }
    x->exp10 = EXACT_MAX - 1 - x->first + (exp2 < 0 ? exp2 : 0);
}

/* Rounds to `len` digits, to nearest, ties to even, and drops trailing zeros. */
static void round_digits(const struct exact *x, int len, struct leading *s)
{
    const char *digit = x->digit + x->first;
    int have = EXACT_MAX - x->first, i;
    bool is_up = false;

    s->len = len < have ? len : have;
    s->exp10 = x->exp10;
    memcpy(s->digit, digit, (size_t)s->len);
    if (len < have && digit[len] >= '5') {
        is_up = digit[len] > '5' || (digit[len - 1] - '0') % 2 == 1;
        for (i = len + 1; i < have && !is_up; i++) {
            is_up = digit[i] != '0';
        }
    }
    for (i = s->len; is_up && i-- > 0;) {
        is_up = s->digit[i] == '9';
        s->digit[i] = is_up ? '0' : (char)(s->digit[i] + 1);
    }
    if (is_up) { /* 99.9 became 100.0 */
        s->digit[0] = '1';
        s->exp10++;
    }
    while (s->len > 1 && s->digit[s->len - 1] == '0') {
        s->len--;
    }
}

static size_t put_exponent(char *text, int exp10)
{
    size_t at = 0;
    int magnitude = exp10 < 0 ? -exp10 : exp10;

    text[at++] = 'e';
    text[at++] = exp10 < 0 ? '-' : '+';
    if (magnitude >= 100) {
        text[at++] = (char)('0' + magnitude / 100);
    }
    text[at++] = (char)('0' + magnitude / 10 % 10);
    text[at++] = (char)('0' + magnitude % 10);
    return at;
}

/* The digits as text, without a sign or a NUL. */
static size_t put_digits(char *text, const struct leading *s)
{
    bool has_exponent = s->exp10 < -4 || s->exp10 >= 16;
    int before = has_exponent ? 1 : s->exp10 + 1; /* digits before the point; not positive: zeros behind it */
    size_t at = 0;
    int i;

    for (i = before < 1 ? before - 1 : 0; i < s->len || i < before; i++) {
        if (i == before) {
            text[at++] = '.';
        }
        text[at++] = i >= 0 && i < s->len ? s->digit[i] : '0';
    }
    return has_exponent ? at + put_exponent(text + at, s->exp10) : at;
}

static bool reads_back(const char *text, size_t bytes, double value, bool is_f32)
{
    double wide;
    float narrow;

    if (is_f32) {
        return nev_number_parse_f32(text, bytes, &narrow) == NEV_OK && (double)narrow == value;
    }
    return nev_number_parse_f64(text, bytes, &wide) == NEV_OK && wide == value;
}

static size_t write_number(double value, bool is_f32, char text[NEV_NUMBER_TEXT_BYTES])
{
    int digits = 1, enough = is_f32 ? 6 : 15, most = is_f32 ? 9 : SHORT_MAX;
    size_t sign = 0, bytes;
    struct leading s;
    struct exact x;

    if (nev_f64_bits(value) >> 63 != 0 && value == value) {
        text[sign++] = '-';
        value = -value;
    }
    if (value == 0.0 || value != value || value > DBL_MAX) {
        const char *word = value == 0.0 ? "0" : value != value ? "nan" : "inf";

        bytes = sign + strlen(word);
        memcpy(text + sign, word, strlen(word) + 1);
        return bytes;
    }
    exact_digits(value, &x);
    /* Where `enough` digits do not read back, fewer would not: the search can start behind them. */
    round_digits(&x, enough, &s);
    bytes = put_digits(text + sign, &s);
    if (!reads_back(text + sign, bytes, value, is_f32)) {
        digits = enough + 1;
    }
    for (;; digits++) {
        round_digits(&x, digits, &s);
        bytes = put_digits(text + sign, &s);
        if (digits == most || reads_back(text + sign, bytes, value, is_f32)) {
            text[sign + bytes] = '\0';
            return sign + bytes;
        }
    }
}

size_t nev_number_write_f64(double value, char text[NEV_NUMBER_TEXT_BYTES])
{
    return write_number(value, false, text);
}

size_t nev_number_write_f32(float value, char text[NEV_NUMBER_TEXT_BYTES])
{
    return write_number((double)value, true, text);
}

size_t nev_number_write_i64(int64_t value, char text[NEV_NUMBER_TEXT_BYTES])
{
    uint64_t magnitude = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    size_t bytes = value < 0, at;
    uint64_t rest = magnitude;

    do {
        bytes++;
        rest /= 10;
    } while (rest != 0);
    text[bytes] = '\0';
    for (at = bytes; at > (size_t)(value < 0); magnitude /= 10) {
        text[--at] = (char)('0' + magnitude % 10);
    }
    if (value < 0) {
        text[0] = '-';
    }
    return bytes;
}
