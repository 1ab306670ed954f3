/* SPDX-License-Identifier: MIT */
#include "nn/simd/vec_avx2.h"

#include "bench/peak.inc"

const struct nev_bench_peak nev_bench_peak_avx2 = {"avx2", SUMS *NEV_LANES, fma_run, read_run};
