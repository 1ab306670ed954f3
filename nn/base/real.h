/* SPDX-License-Identifier: MIT */
/*
 * real.h - the few real-number operations the project does not leave to a library.
 *
 * PORTABILITY: libm's fmaf is measured wrong on several targets (picolibc 1.8, newlib 3.3, mingw-w64, m68k
 * glibc), so it is never called. Where the compiler says that the target has the instruction, its builtin is
 * used; elsewhere the exact emulation below. Both give the same bits.
 */
#ifndef NEV_BASE_REAL_H
#define NEV_BASE_REAL_H

#include <stdint.h>

#include "nn/base/bytes.h"
#include "nn/base/status.h"

#if defined(__FMA__) || defined(__aarch64__) || defined(__powerpc64__) || defined(__s390x__) ||              \
    (defined(__riscv_flen) && __riscv_flen >= 32) || defined(__ARM_FEATURE_FMA)
#define NEV_HAS_FMA 1
#else
#define NEV_HAS_FMA 0
#endif

/*
 * nev_fmaf_exact - a*b + c, rounded once to float32, from float64 operations only.
 * Numerics   The product of two binary32 is exact in binary64. s = p + c is then rounded to 53 bits;
 *            converting s to binary32 rounds a second time, which differs from rounding once only where s
 *            falls exactly
 *            halfway between two binary32 numbers although p + c does not. In that case s is moved by one
 *            unit towards
 *            p + c (its last bit set: "round to odd"). Results below the normal range of binary32 always take
 *            that path.
 * Source     Boldo and Melquiond, Emulation of FMA and correctly rounded sums: proved algorithms
 *            using rounding to odd, IEEE Transactions on Computers 57(4), 2008
 * Threads    pure Tests
 *            tests/base/test_real.c
 */
static inline float nev_fmaf_exact(float a, float b, float c)
{
    double p = (double)a * (double)b, s = p + (double)c, t, err;
    uint64_t bits = nev_f64_bits(s);

    /* 29 bits are lost in the conversion of a normal number; exponent fields up to 1023-126 may become
     * subnormal. */
    if ((bits & 0x1FFFFFFF) != 0x10000000 && (bits >> 52 & 0x7FF) > 1023 - 126) {
        return (float)s;
    }
    t = s - p;
    err = (p - (s - t)) + ((double)c - t); /* TwoSum: exactly p + c - s */
    if (err != 0.0 && (bits & 1) == 0 && err == err && (bits >> 52 & 0x7FF) != 0x7FF) {
        bits = ((err > 0.0) == ((int64_t)bits >= 0)) ? bits + 1 : bits - 1;
    }
    return (float)nev_f64_from_bits(bits);
}

/* nev_fmaf - a*b + c rounded once to float32: the project's one multiply-accumulate. */
static inline float nev_fmaf(float a, float b, float c)
{
#if NEV_HAS_FMA
    return __builtin_fmaf(a, b, c);
#else
    return nev_fmaf_exact(a, b, c);
#endif
}

/*
 * nev_sqrt - the square root of x >= 0, correctly rounded to float64, by integers.
 * Range      x finite and not negative; 0 for anything else
 * Source     digit-by-digit square root with a rounding bit (IEEE 754-2019, 5.4.1, asks for this result)
 * Threads    pure
 */
double nev_sqrt(double x);

/*
 * nev_environment_check - refuse a processor state or a build that would break the arithmetic contract.
 * Errors     ENVIRONMENT: rounding other than to nearest even, subnormals flushed, a*b+c contracted, excess
 *            precision, or a floating-point format that is not IEEE-754
 */
NEV_MUST_CHECK enum nev_status nev_environment_check(struct nev_error *err);

#endif
