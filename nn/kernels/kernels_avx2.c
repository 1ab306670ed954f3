/* SPDX-License-Identifier: MIT */
/* The kernels over nn/simd/vec_avx2.h. */
#include "nn/kernels/kernels.h"

#include "nn/simd/vec_avx2.h"

#include "nn/kernels/conv.inc"
#include "nn/kernels/depthwise.inc"
#include "nn/kernels/pool.inc"

const struct nev_kernels nev_kernels_avx2 = {"avx2", conv, depthwise, maxpool, avgpool};
