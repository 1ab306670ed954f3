/* SPDX-License-Identifier: MIT */
#include "nn/base/cpu.h"

#include <stddef.h>
#include <string.h>

static const struct {
    uint32_t isa;
    const char *name;
} names[] = {{NEV_ISA_C, "c"},
             {NEV_ISA_AVX2, "avx2"},
             {NEV_ISA_AVX512, "avx512"},
             {NEV_ISA_NEON, "neon"},
             {NEV_ISA_SHANI, "shani"}};

#define NAMES_LEN (sizeof names / sizeof names[0])

const char *nev_isa_name(uint32_t isa)
{
    size_t i;

    for (i = 0; i < NAMES_LEN; i++) {
        if (names[i].isa == isa) {
            return names[i].name;
        }
    }
    return "none";
}

uint32_t nev_isa_from_name(const char *name)
{
    size_t i;

    for (i = 0; i < NAMES_LEN; i++) {
        if (strcmp(names[i].name, name) == 0) {
            return names[i].isa;
        }
    }
    return 0;
}

#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
#include <cpuid.h>

#define ECX1_SSSE3   (1u << 9)
#define ECX1_FMA     (1u << 12)
#define ECX1_OSXSAVE (1u << 27)
#define ECX1_AVX     (1u << 28)
#define EBX7_AVX2    (1u << 5)
#define EBX7_AVX512F (1u << 16)
#define EBX7_SHA     (1u << 29)
#define XCR0_SSE_AVX 0x06u
#define XCR0_AVX512  0xE6u /* also mask registers, upper halves of registers 0 to 15, registers 16 to 31 */

static uint32_t xcr0(void)
{
    uint32_t low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

/* What needs more than the 128-bit registers, which every system saves. */
static uint32_t wide_isas(uint32_t ecx1, uint32_t ebx7)
{
    const uint32_t need = ECX1_FMA | ECX1_OSXSAVE | ECX1_AVX;
    uint32_t saved;

    if ((ecx1 & need) != need || (ebx7 & EBX7_AVX2) == 0) {
        return 0;
    }
    saved = xcr0();
    if ((saved & XCR0_SSE_AVX) != XCR0_SSE_AVX) {
        return 0;
    }
    if ((ebx7 & EBX7_AVX512F) == 0 || (saved & XCR0_AVX512) != XCR0_AVX512) {
        return NEV_ISA_AVX2;
    }
    return NEV_ISA_AVX2 | NEV_ISA_AVX512;
}

uint32_t nev_cpu_isas(void)
{
    uint32_t a, b, c, d, ecx1, isas = NEV_ISA_C;

    if (__get_cpuid(1, &a, &b, &ecx1, &d) == 0 || __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) {
        return NEV_ISA_C;
    }
    if ((b & EBX7_SHA) != 0 && (ecx1 & ECX1_SSSE3) != 0) {
        isas |= NEV_ISA_SHANI;
    }
    return isas | wide_isas(ecx1, b);
}
#elif defined(__aarch64__) && defined(__ARM_NEON)
uint32_t nev_cpu_isas(void)
{
    return NEV_ISA_C | NEV_ISA_NEON;
}
#else
uint32_t nev_cpu_isas(void)
{
    return NEV_ISA_C;
}
#endif
