/* SPDX-License-Identifier: MIT */
#include "nn/simd/vec_neon.h"

#include "bench/peak.inc"

const struct nev_bench_peak nev_bench_peak_neon = {"neon", SUMS *NEV_LANES, fma_run, read_run};
