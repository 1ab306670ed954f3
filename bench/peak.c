/* SPDX-License-Identifier: MIT */
#include "bench/peak.h"

#include "bench/clock.h"
#include "nn/base/cpu.h"

#define BURST_MS     2.0
#define TRIAL_ROUNDS 2000u
#define READ_GRAIN   128u /* floats; every measuring loop's step divides it */

const struct nev_bench_peak *nev_bench_peak_best(void)
{
#if defined(NEV_BUILD_avx2)
    if ((nev_cpu_isas() & NEV_ISA_AVX2) != 0) {
        return &nev_bench_peak_avx2;
    }
#endif
    return &nev_bench_peak_c;
}

struct burst {
    const struct nev_bench_peak *peak;
    const float *x;
    size_t len;
    uint64_t rounds;
    volatile float sink[NEV_THREADS_MAX]; /* so that no compiler leaves the work out */
};

static void fma_part(void *arg, uint32_t part, uint32_t parts)
{
    struct burst *burst = arg;

    (void)parts;
    burst->sink[part] = burst->peak->fma(burst->rounds);
}

static void read_part(void *arg, uint32_t part, uint32_t parts)
{
    struct burst *burst = arg;
    size_t begin, end;

    nev_parallel_range(burst->len / READ_GRAIN, part, parts, &begin, &end);
    for (uint64_t r = 0; r < burst->rounds; r++) {
        burst->sink[part] = burst->peak->read(burst->x + begin * READ_GRAIN, (end - begin) * READ_GRAIN);
    }
}

static double run_burst(const struct nev_parallel *par, nev_task *task, struct burst *burst)
{
    double began = nev_bench_wall_ms(), ms;

    nev_parallel_run(par, task, burst);
    ms = nev_bench_wall_ms() - began;
    return ms > 0.0 ? ms : 1e-6;
}

double nev_bench_gflops(const struct nev_bench_peak *peak, const struct nev_parallel *par)
{
    struct burst burst = {.peak = peak, .rounds = TRIAL_ROUNDS};
    double ms = run_burst(par, fma_part, &burst);

    burst.rounds = (uint64_t)(TRIAL_ROUNDS * BURST_MS / ms) + 1;
    ms = run_burst(par, fma_part, &burst);
    return 2.0 * (double)peak->fmas * (double)burst.rounds * (double)par->parts / ms * 1e-6;
}

double nev_bench_bandwidth(const struct nev_bench_peak *peak, const struct nev_parallel *par, const float *x,
                           size_t len, uint32_t rounds)
{
    struct burst burst = {.peak = peak, .x = x, .len = len, .rounds = rounds};
    double ms = run_burst(par, read_part, &burst);

    return (double)(len / READ_GRAIN * READ_GRAIN * sizeof *x) * (double)rounds / ms * 1e-6;
}
