/* SPDX-License-Identifier: MIT */
#include "nn/simd/vec_c.h"

#include "bench/peak.inc"

const struct nev_bench_peak nev_bench_peak_c = {"c", SUMS *NEV_LANES, fma_run, read_run};
