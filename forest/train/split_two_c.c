/* SPDX-License-Identifier: MIT */
#define SPLIT_TWO nev_split_two_c
#include "forest/train/split_two.inc"
