/* SPDX-License-Identifier: MIT */
/*
 * bignum.h - whole numbers of up to NEV_BIGNUM_WORDS * 32 bits, as number.c needs them and no further.
 *
 * Bounds: the largest number made is 5^1125 or an 801-digit significand, each below 2^2662, shifted by at
 * most the difference of two such lengths plus one: below 2^2664. Every operation drops bits past the
 * capacity silently; the bound above, which number.c keeps, is why none are lost.
 */
#ifndef NEV_IO_BIGNUM_H
#define NEV_IO_BIGNUM_H

#include <stdint.h>

#define NEV_BIGNUM_WORDS 100u

struct nev_bignum {
    uint32_t len;                    /* words in use; the highest of them is not 0 */
    uint32_t word[NEV_BIGNUM_WORDS]; /* least significant first */
};

void nev_bignum_set(struct nev_bignum *b, uint64_t value);

/* nev_bignum_mul_add - b = b * factor + addend. */
void nev_bignum_mul_add(struct nev_bignum *b, uint32_t factor, uint32_t addend);

/* nev_bignum_mul_pow5 - b = b * 5^power. */
void nev_bignum_mul_pow5(struct nev_bignum *b, uint32_t power);

/* nev_bignum_shift - b = b * 2^bits. */
void nev_bignum_shift(struct nev_bignum *b, uint32_t bits);

/* nev_bignum_bits - the number of bits up to the highest that is set; 0 for 0. */
uint32_t nev_bignum_bits(const struct nev_bignum *b);

/* nev_bignum_compare - negative, 0 or positive as a is below, equal to or above b. */
int nev_bignum_compare(const struct nev_bignum *a, const struct nev_bignum *b);

/* nev_bignum_subtract - a = a - b, for a >= b. */
void nev_bignum_subtract(struct nev_bignum *a, const struct nev_bignum *b);

/* nev_bignum_divide - b = floor(b / divisor); returns the remainder. */
uint32_t nev_bignum_divide(struct nev_bignum *b, uint32_t divisor);

#endif
