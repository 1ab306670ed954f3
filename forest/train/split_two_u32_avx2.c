/* SPDX-License-Identifier: MIT */
#define RANK      uint32_t
#define SPLIT_TWO nev_split_two_u32_avx2
#include "forest/train/split_two.inc"
