/* SPDX-License-Identifier: MIT */
#define RANK      uint16_t
#define SPLIT_TWO nev_split_two_u16_avx512
#include "forest/train/split_two.inc"
