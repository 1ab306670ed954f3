/* SPDX-License-Identifier: MIT */
/*
 * isa.h - which instruction set the program runs on, and how a user lowers it.
 */
#ifndef NEV_TOOLS_ISA_H
#define NEV_TOOLS_ISA_H

#include <stdint.h>

#include "tools/base/exit.h"

/*
 * nev_isa_choose - the set to hand to nev_kernels_select: what this processor offers, or, where the environment
 * variable NEVUS_ISA names an instruction set, that one alone. Results have the same bits either way.
 * Errors     reported; USAGE: NEVUS_ISA names none, or one that this processor or this build lacks
 */
enum nev_exit nev_isa_choose(uint32_t *isas);

/* nev_isa_print - what the processor offers, what the build has, and which of them runs. */
enum nev_exit nev_isa_print(void);

#endif
