/* SPDX-License-Identifier: MIT */
/* digest.c with kernels over plain vectors of 4, 8 and 16 lanes besides: c4, c8 and c16 as ISA. */
#define NEV_DIGEST_LANES 1
#include "tests/nn/digest.c"
