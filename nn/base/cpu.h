/* SPDX-License-Identifier: MIT */
/*
 * cpu.h - which instruction sets this processor and its operating system offer.
 */
#ifndef NEV_BASE_CPU_H
#define NEV_BASE_CPU_H

#include <stdint.h>

/* Bits of a set of instruction sets; plain C is always in it. */
#define NEV_ISA_C      1u
#define NEV_ISA_AVX2   2u  /* AVX2 and FMA3, with the operating system saving the 256-bit registers */
#define NEV_ISA_AVX512 4u  /* AVX-512F, with the operating system saving the 512-bit and mask registers */
#define NEV_ISA_NEON   8u  /* AArch64's Advanced SIMD */
#define NEV_ISA_SHANI  16u /* x86's SHA-256 instructions, with SSSE3: for digests, no kernel of a network */

/*
 * nev_cpu_isas - the set of instruction sets that may be used here.
 * Source     Intel SDM volume 1, 13.3, 14.3 and 15.2: AVX needs CPUID.1:ECX.OSXSAVE and XCR0 bits 1 and 2, not
 *            only its own flag; AVX-512F needs bits 5 to 7 as well. Advanced SIMD with fused multiply-add is
 *            part of every AArch64 that has floating point (Arm ARM, A1.5). SHA: CPUID.7:EBX bit 29
 * Threads    pure
 */
uint32_t nev_cpu_isas(void);

/*
 * nev_isa_name - "c", "avx2", "avx512", "neon", "shani" for one bit of a set; "none" for anything else.
 * nev_isa_from_name - the bit of that name, 0 if there is none.
 * Threads    pure
 */
const char *nev_isa_name(uint32_t isa);
uint32_t nev_isa_from_name(const char *name);

#endif
