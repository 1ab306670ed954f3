/* SPDX-License-Identifier: MIT */
#if defined(NEV_BUILD_avx2)
#define RANK      uint32_t
#define SPLIT_TWO nev_split_two_u32_avx2
#include "forest/split_two.inc"
#else
typedef int nothing; /* C11 wants something in every file */
#endif
