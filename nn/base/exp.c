/* SPDX-License-Identifier: MIT */
#include "nn/base/exp.h"

#include "nn/base/bytes.h"

/* ln 2 = LN2_HIGH + LN2_LOW + less than 2^-86. The high part has 32 bits, so its product with an exponent (11 bits)
 * is exact. tests/base/test_exp.c recomputes both. */
#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW  0x1.a39ef35793c76p-33
#define LN2_INV  0x1.71547652b82fep+0 /* 1 / ln 2 */

#define INFINITE UINT64_C(0x7FF0000000000000)
#define NO_VALUE UINT64_C(0x7FF8000000000000)

/* 2^k, -1022 <= k <= 1023 */
static double power(int k)
{
    return nev_f64_from_bits((uint64_t)(k + 1023) << 52);
}

double nev_exp(double x)
{
    /* 1/13!, 1/12! ... 1/2!. The rest of the series is below 2^-57 of 1, as |r| <= ln 2 / 2. */
    static const double term[12] = {1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0,
                                    1.0 / 362880.0,     1.0 / 40320.0,     1.0 / 5040.0,     1.0 / 720.0,
                                    1.0 / 120.0,        1.0 / 24.0,        1.0 / 6.0,        1.0 / 2.0};
    double t, high, low, r, sum;
    int k, i;

    if (x != x) {
        return x;
    }
    if (x > 709.79) {
        return nev_f64_from_bits(INFINITE);
    }
    if (x < -745.14) {
        return 0.0;
    }
    t = x * LN2_INV;
    k = (int)(t < 0.0 ? t - 0.5 : t + 0.5);
    high =
        x - (double)k * LN2_HIGH; /* exact: both are multiples of 2^-54 and their difference is below 1/2 */
    low = (double)k * LN2_LOW;
    r = high - low;
    low = (high - r) - low; /* what rounding r has lost */
    sum = term[0];
    for (i = 1; i < 12; i++) {
        sum = sum * r;
        sum = sum + term[i];
    }
    sum = sum * (r * r);
    sum = 1.0 + (r + (low + sum));
    /* In two steps, each a power of two that is normal: only the second can round, where the result is subnormal. */
    return sum * power(k / 2) * power(k - k / 2);
}

double nev_log(double x)
{
    /* 2/21, 2/19 ... 2/3. |s| < 0.1716, so the rest of the series is below 2^-60 of s. */
    static const double term[10] = {2.0 / 21.0, 2.0 / 19.0, 2.0 / 17.0, 2.0 / 15.0, 2.0 / 13.0,
                                    2.0 / 11.0, 2.0 / 9.0,  2.0 / 7.0,  2.0 / 5.0,  2.0 / 3.0};
    double f, s, z, half, sum;
    uint64_t bits;
    int k = 0, i;

    if (x == 0.0) {
        return -nev_f64_from_bits(INFINITE);
    }
    if (!(x > 0.0) || nev_f64_bits(x) == INFINITE) {
        return x > 0.0 ? x : nev_f64_from_bits(NO_VALUE);
    }
    if (x < 0x1p-1022) {
        x = x * 0x1p54;
        k = -54;
    }
    bits = nev_f64_bits(x);
    k += (int)(bits >> 52) - 1023;
    x = nev_f64_from_bits((bits & UINT64_C(0xFFFFFFFFFFFFF)) | UINT64_C(0x3FF0000000000000));
    if (x > 1.4142135623730951) {
        x = x * 0.5;
        k++;
    }
    f = x - 1.0; /* exact */
    s = f / (2.0 + f);
    z = s * s;
    sum = term[0];
    for (i = 1; i < 10; i++) {
        sum = sum * z;
        sum = sum + term[i];
    }
    sum = sum * z;
    /* ln(1+f) = 2s + s*sum, and 2s = f - s*f = f - half + s*half: the large terms stand apart from the small. */
    half = 0.5 * f * f;
    sum = s * (half + sum);
    return (double)k * LN2_HIGH + (f - (half - (sum + (double)k * LN2_LOW)));
}
