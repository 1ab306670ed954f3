/* SPDX-License-Identifier: MIT */
#include "nn/simd/rows_avx2.h"

#define MASK_KERNEL nev_mask_kernel_avx2
#include "forest/predict/mask.inc"
