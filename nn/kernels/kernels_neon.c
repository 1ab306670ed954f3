/* SPDX-License-Identifier: MIT */
/* The kernels over nn/simd/vec_neon.h. */
#include "nn/simd/vec_neon.h"

#include "nn/kernels/all.inc"

const struct nev_kernels nev_kernels_neon = NEV_KERNELS_TABLE("neon");
