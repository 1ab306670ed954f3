/* SPDX-License-Identifier: MIT */
#include "nn/simd/rows_c.h"

#define MASK_KERNEL nev_mask_kernel_c
#include "forest/predict/mask.inc"
