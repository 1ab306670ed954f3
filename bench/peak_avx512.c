/* SPDX-License-Identifier: MIT */
#include "nn/simd/vec_avx512.h"

#include "bench/peak.inc"

const struct nev_bench_peak nev_bench_peak_avx512 = {"avx512", SUMS *NEV_LANES, fma_run, read_run};
