/* SPDX-License-Identifier: MIT */
/*
 * cpu.h - which instruction sets this processor and its operating system offer.
 */
#ifndef NEV_BASE_CPU_H
#define NEV_BASE_CPU_H

#include <stdint.h>

/* Bits of a set of instruction sets; plain C is always in it. A higher bit is preferred. */
#define NEV_ISA_C    1u
#define NEV_ISA_AVX2 2u /* AVX2 and FMA3, with the operating system saving the 256-bit registers */

/*
 * nev_cpu_isas - the set of instruction sets that may be used here.
 * Source     Intel SDM volume 1, 13.3 and 14.3: AVX needs CPUID.1:ECX.OSXSAVE and XCR0 bits 1 and 2, not only
 *            its own flag
 * Threads    pure
 */
uint32_t nev_cpu_isas(void);

#endif
