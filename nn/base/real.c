/* SPDX-License-Identifier: MIT */
#include "nn/base/real.h"

#include <float.h>
#include <stddef.h>

double nev_sqrt(double x)
{
    uint64_t bits = nev_f64_bits(x), m, q = 0, r = 0;
    int e, i;

    if (bits == 0 || bits >> 63 != 0 || bits >> 52 == 0x7FF) {
        return 0.0;
    }
    e = (int)(bits >> 52);
    m = bits & 0xFFFFFFFFFFFFF;
    if (e == 0) {
        for (e = 1; (m >> 52) == 0; e--) {
            m <<= 1;
        }
    }
    m |= 0x10000000000000;
    e -= 1075; /* x = m * 2^e */
    if (((unsigned)e & 1) != 0) {
        m <<= 1;
        e -= 1;
    }
    /* q = floor(sqrt(m * 2^54)): m has 53 or 54 bits, so q has 54, the last of them the rounding bit. Two
     * bits of the radicand go into the remainder at each step. Bounds: r <= 2q < 2^55, so 4r + 3 < 2^58. */
    for (i = 53; i >= 0; i--) {
        uint64_t pair = i >= 27 ? (m >> (2 * (i - 27))) & 3 : 0, trial;

        r = r << 2 | pair;
        trial = q << 2 | 1;
        q <<= 1;
        if (r >= trial) {
            r -= trial;
            q |= 1;
        }
    }
    /* A tie is impossible: q odd with r = 0 would need an exact root of 54 bits, whose square has more
     * than 54. */
    q = (q >> 1) + (q & 1);
    /* sqrt(x) = q * 2^((e - 54) / 2 + 1); q may have rounded up to 2^53, which the sum carries into the
     * exponent. */
    return nev_f64_from_bits(((uint64_t)((e - 54) / 2 + 1 + 1075 - 1) << 52) + q);
}

enum nev_status nev_environment_check(struct nev_error *err)
{
    /* volatile: the operations must happen now, in the caller's environment, not in the compiler's. */
    volatile float one = 1.0f, tiny = FLT_MIN, half = 0.5f, eps = FLT_EPSILON;
    volatile float a = one + eps, product, sum;

    if (nev_f32_bits(one) != 0x3F800000 || nev_f64_bits(1.0) != 0x3FF0000000000000) {
        return nev_fail(err, NEV_ERR_ENVIRONMENT, NEV_NO_OFFSET, "format", "float or double is not IEEE-754");
    }
    if (FLT_EVAL_METHOD != 0) {
        return nev_fail(err, NEV_ERR_ENVIRONMENT, NEV_NO_OFFSET, "FLT_EVAL_METHOD",
                        "float arithmetic has excess precision; compile for SSE2 or for a soft-float target");
    }
    if (tiny * half == 0.0f) {
        return nev_fail(
            err, NEV_ERR_ENVIRONMENT, NEV_NO_OFFSET, "subnormals",
            "subnormal numbers are flushed to zero; clear FTZ and DAZ, and link nothing built with "
            "-ffast-math");
    }
    sum = one + half * eps; /* a tie: even is 1 */
    if (sum != 1.0f || -(one + half * eps) != -1.0f || a + half * eps != one + 2.0f * eps) {
        return nev_fail(err, NEV_ERR_ENVIRONMENT, NEV_NO_OFFSET, "rounding",
                        "rounding is not to nearest even; restore the default rounding mode");
    }
    /* (1+e)^2 - (1+2e) is e^2 with one rounding and 0 with two. */
    product = a * a - (one + 2.0f * eps);
    if (product != 0.0f) {
        return nev_fail(err, NEV_ERR_ENVIRONMENT, NEV_NO_OFFSET, "contraction",
                        "the compiler fused a*b+c; build with -ffp-contract=off");
    }
    if (nev_fmaf(a, a, -(one + 2.0f * eps)) != eps * eps) {
        return nev_fail(err, NEV_ERR_ENVIRONMENT, NEV_NO_OFFSET, "fma",
                        "the fused multiply-add rounds twice");
    }
    return NEV_OK;
}
