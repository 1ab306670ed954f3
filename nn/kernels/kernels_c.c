/* SPDX-License-Identifier: MIT */
/* The kernels over nn/simd/vec_c.h. */
#include "nn/simd/vec_c.h"

#include "nn/kernels/all.inc"

const struct nev_kernels nev_kernels_c = NEV_KERNELS_TABLE("c");
