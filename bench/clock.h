/* SPDX-License-Identifier: MIT */
/*
 * clock.h - wall and CPU time, and what to make of many measurements of one thing.
 */
#ifndef NEV_BENCH_CLOCK_H
#define NEV_BENCH_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEV_BENCH_RUNS_MAX 10000u

/* nev_bench_wall_ms - milliseconds of a clock that only runs forward, the same for every process. */
double nev_bench_wall_ms(void);

/* nev_bench_cpu_ms - milliseconds of processor time this process has used, all its threads together. */
double nev_bench_cpu_ms(void);

/* Measurements of one thing; all zero is none. */
struct nev_bench_samples {
    size_t len;
    double ms[NEV_BENCH_RUNS_MAX];
};

void nev_bench_add(struct nev_bench_samples *samples, double ms);

/* nev_bench_min, nev_bench_median - 0 of none; the median of an even number is the mean of the middle two. */
double nev_bench_min(const struct nev_bench_samples *samples);
double nev_bench_median(struct nev_bench_samples *samples);

/*
 * nev_bench_more - whether to measure once more.
 * Range      runs: how often in all; 0: as often as two seconds hold, 5 times at least, 50 at most
 */
bool nev_bench_more(size_t done, uint64_t runs, double began_ms);

#endif
