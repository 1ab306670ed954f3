/* SPDX-License-Identifier: MIT */
/* The kernels over plain C vectors of 4 lanes. */
#define NEV_LANES 4
#include "nn/simd/vec_c.h"

#include "nn/kernels/all.inc"
#include "tests/support/lanes.h"

const struct nev_kernels nev_test_kernels_4 = NEV_KERNELS_TABLE("c4");
