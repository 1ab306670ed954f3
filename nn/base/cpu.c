/* SPDX-License-Identifier: MIT */
#include "nn/base/cpu.h"

#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
#include <cpuid.h>

#define ECX1_FMA     (1u << 12)
#define ECX1_OSXSAVE (1u << 27)
#define ECX1_AVX     (1u << 28)
#define EBX7_AVX2    (1u << 5)
#define XCR0_SSE_AVX 6u

static uint32_t xcr0(void)
{
    uint32_t low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

uint32_t nev_cpu_isas(void)
{
    const uint32_t need = ECX1_FMA | ECX1_OSXSAVE | ECX1_AVX;
    uint32_t a, b, c, d;

    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & need) != need ||
        (xcr0() & XCR0_SSE_AVX) != XCR0_SSE_AVX) {
        return NEV_ISA_C;
    }
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (b & EBX7_AVX2) == 0) {
        return NEV_ISA_C;
    }
    return NEV_ISA_C | NEV_ISA_AVX2;
}
#else
uint32_t nev_cpu_isas(void)
{
    return NEV_ISA_C;
}
#endif
