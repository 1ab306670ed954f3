/* SPDX-License-Identifier: MIT */
#include "bench/clock.h"

#include <stdlib.h>
#include <time.h>

#define BUDGET_MS  2000.0
#define RUNS_LEAST 5u
#define RUNS_MOST  50u

static double read_clock(clockid_t clock)
{
    struct timespec t;

    if (clock_gettime(clock, &t) != 0) {
        return 0.0;
    }
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

double nev_bench_wall_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double nev_bench_cpu_ms(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void nev_bench_add(struct nev_bench_samples *samples, double ms)
{
    if (samples->len < NEV_BENCH_RUNS_MAX) {
        samples->ms[samples->len++] = ms;
    }
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double nev_bench_min(const struct nev_bench_samples *samples)
{
    double least = samples->len > 0 ? samples->ms[0] : 0.0;

    for (size_t i = 1; i < samples->len; i++) {
        least = samples->ms[i] < least ? samples->ms[i] : least;
    }
    return least;
}

double nev_bench_median(struct nev_bench_samples *samples)
{
    const size_t middle = samples->len / 2;

    if (samples->len == 0) {
        return 0.0;
    }
    qsort(samples->ms, samples->len, sizeof samples->ms[0], compare);
    if (samples->len % 2 == 1) {
        return samples->ms[middle];
    }
    return (samples->ms[middle - 1] + samples->ms[middle]) / 2.0;
}

bool nev_bench_more(size_t done, uint64_t runs, double began_ms)
{
    if (runs > 0) {
        return done < runs;
    }
    return done < RUNS_LEAST || (done < RUNS_MOST && nev_bench_wall_ms() - began_ms < BUDGET_MS);
}
