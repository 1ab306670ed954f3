/* SPDX-License-Identifier: MIT */
/*
 * peak.h - the two ceilings of the machine: multiply-adds a second and bytes a second.
 *
 * They are measured in the same run as what is compared with them, since a shared machine is not the same
 * from one minute to the next.
 */
#ifndef NEV_BENCH_PEAK_H
#define NEV_BENCH_PEAK_H

#include <stddef.h>
#include <stdint.h>

#include "nn/base/parallel.h"

/* The measuring loops of one instruction set. */
struct nev_bench_peak {
    const char *name;
    uint32_t fmas; /* multiply-adds a round */
    float (*fma)(uint64_t rounds);
    float (*read)(const float *x, size_t len); /* len: a multiple of 128 */
};

extern const struct nev_bench_peak nev_bench_peak_c;
#if defined(NEV_BUILD_avx2)
extern const struct nev_bench_peak nev_bench_peak_avx2;
#endif

/* nev_bench_peak_best - the loops of the best instruction set of this machine that the build has. */
const struct nev_bench_peak *nev_bench_peak_best(void);

/*
 * nev_bench_gflops - one burst of about two milliseconds of multiply-adds on all threads of par together.
 * Computes   2 * multiply-adds of all threads / time from the first start to the last end, in 10^9 a second.
 *            A burst that was disturbed says too little, never too much: take the best of many
 */
double nev_bench_gflops(const struct nev_bench_peak *peak, const struct nev_parallel *par);

/*
 * nev_bench_bandwidth - one reading of [x, x + len) by the threads of par, each its own share, `rounds` times.
 * Computes   bytes read / time, in 10^9 a second
 */
double nev_bench_bandwidth(const struct nev_bench_peak *peak, const struct nev_parallel *par, const float *x,
                           size_t len, uint32_t rounds);

#endif
