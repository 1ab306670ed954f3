/* SPDX-License-Identifier: MIT */
/* The kernels over nn/simd/vec_avx2.h. */
#include "nn/simd/vec_avx2.h"

#include "nn/kernels/all.inc"

const struct nev_kernels nev_kernels_avx2 = NEV_KERNELS_TABLE("avx2");
