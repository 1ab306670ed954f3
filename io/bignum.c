/* SPDX-License-Identifier: MIT */
#include "io/bignum.h"

#include <string.h>

static void trim(struct nev_bignum *b)
{
    while (b->len > 0 && b->word[b->len - 1] == 0) {
        b->len--;
    }
}

void nev_bignum_set(struct nev_bignum *b, uint64_t value)
{
    b->word[0] = (uint32_t)value;
    b->word[1] = (uint32_t)(value >> 32);
    b->len = 2;
    trim(b);
}

void nev_bignum_mul_add(struct nev_bignum *b, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    uint32_t i;

    for (i = 0; i < b->len; i++) {
        carry += (uint64_t)b->word[i] * factor; /* at most (2^32-1)^2 + 2^32-1 < 2^64 */
        b->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0 && b->len < NEV_BIGNUM_WORDS) {
        b->word[b->len++] = (uint32_t)carry;
    }
    trim(b);
}

void nev_bignum_mul_pow5(struct nev_bignum *b, uint32_t power)
{
    for (; power >= 13; power -= 13) {
        nev_bignum_mul_add(b, 1220703125u, 0); /* 5^13, the largest power of five below 2^32 */
    }
    for (; power > 0; power--) {
        nev_bignum_mul_add(b, 5, 0);
    }
}

void nev_bignum_shift(struct nev_bignum *b, uint32_t bits)
{
    uint32_t words = bits / 32, i;

    nev_bignum_mul_add(b, 1u << bits % 32, 0);
    if (words == 0 || b->len == 0 || words > NEV_BIGNUM_WORDS - b->len) {
        return;
    }
    for (i = b->len; i-- > 0;) {
        b->word[i + words] = b->word[i];
    }
    memset(b->word, 0, words * sizeof b->word[0]);
    b->len += words;
}

uint32_t nev_bignum_bits(const struct nev_bignum *b)
{
    uint32_t bits = b->len * 32, top;

    if (b->len == 0) {
        return 0;
    }
    for (top = b->word[b->len - 1]; top < 0x80000000u; top <<= 1) {
        bits--;
    }
    return bits;
}

int nev_bignum_compare(const struct nev_bignum *a, const struct nev_bignum *b)
{
    uint32_t i;

    if (a->len != b->len) {
        return a->len < b->len ? -1 : 1;
    }
    for (i = a->len; i-- > 0;) {
        if (a->word[i] != b->word[i]) {
            return a->word[i] < b->word[i] ? -1 : 1;
        }
    }
    return 0;
}

void nev_bignum_subtract(struct nev_bignum *a, const struct nev_bignum *b)
{
    uint32_t i, borrow = 0;

    for (i = 0; i < a->len; i++) {
        uint64_t take = (uint64_t)(i < b->len ? b->word[i] : 0) + borrow;

        borrow = a->word[i] < take;
        a->word[i] = (uint32_t)(a->word[i] - take);
    }
    trim(a);
}

uint32_t nev_bignum_divide(struct nev_bignum *b, uint32_t divisor)
{
    uint64_t rest = 0;
    uint32_t i;

    for (i = b->len; i-- > 0;) {
        rest = rest << 32 | b->word[i];
        b->word[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    trim(b);
    return (uint32_t)rest;
}
