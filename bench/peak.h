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
#if defined(NEV_BUILD_avx512)
extern const struct nev_bench_peak nev_bench_peak_avx512;
#endif
#if defined(NEV_BUILD_neon)
extern const struct nev_bench_peak nev_bench_peak_neon;
#endif

/* nev_bench_peak_best - the loops of the widest instruction set of this machine that the build has, whichever
 * the kernels prefer. */
const struct nev_bench_peak *nev_bench_peak_best(void);

/* Measurements of the multiply-add peak so far. */
struct nev_bench_meter {
    const struct nev_bench_peak *peak;
    const struct nev_parallel *par;
    uint64_t rounds;                     /* of half a millisecond, when undisturbed */
    double best_gflops[NEV_THREADS_MAX]; /* of each thread */
};

/* nev_bench_meter_init - begin, on the threads of par, with bursts enough for a first figure. */
void nev_bench_meter_init(struct nev_bench_meter *meter, const struct nev_parallel *par);

/* nev_bench_meter_burst - about two milliseconds of multiply-adds on all threads at once. */
void nev_bench_meter_burst(struct nev_bench_meter *meter);

/*
 * nev_bench_meter_gflops - the peak as measured so far, in 10^9 operations a second, two a multiply-add.
 * Computes   the sum of every thread's best half millisecond; where there are more threads than processors
 *            online, that share of it. A thread that was kept waiting says too little, and a peak that is too
 *            low flatters what is compared with it: therefore each thread's own clock and own best
 */
double nev_bench_meter_gflops(const struct nev_bench_meter *meter);

/*
 * nev_bench_stream_gbs - one reading of [x, x + len) by the threads of par, each its own share.
 * nev_bench_cache_gbs - the first `each` floats of every thread's share read again and again.
 * Computes   bytes / time, in 10^9 a second; the first by the clock of the whole, since threads share the
 *            memory, the second as the sum of each thread's best, since they do not share what is measured
 * Range      each <= len / par->parts
 */
double nev_bench_stream_gbs(const struct nev_parallel *par, const float *x, size_t len);
double nev_bench_cache_gbs(const struct nev_parallel *par, const float *x, size_t len, size_t each);

#endif
