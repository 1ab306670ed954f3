/* SPDX-License-Identifier: MIT */
#define SPLIT_TWO nev_split_two_avx512
#include "forest/train/split_two.inc"
