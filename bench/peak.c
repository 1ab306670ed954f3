/* SPDX-License-Identifier: MIT */
#include "bench/peak.h"

#include <string.h>

#include "bench/clock.h"
#include "nn/base/cpu.h"
#include "tools/base/options.h"

#define PIECE_MS     0.5 /* short, so that a busy machine leaves some of them undisturbed */
#define PIECES       4u  /* a burst */
#define FIRST_BURSTS 10u
#define TRIAL_ROUNDS 2000u
#define TRIALS       5u
#define READ_GRAIN   128u /* floats; every measuring loop's step divides it */
#define CACHE_ROUNDS 40u
#define CACHE_PIECES 50u

const struct nev_bench_peak *nev_bench_peak_best(void)
{
    const uint32_t here = nev_cpu_isas();

    (void)here;
#if defined(NEV_BUILD_avx512)
    if ((here & NEV_ISA_AVX512) != 0) {
        return &nev_bench_peak_avx512;
    }
#endif
#if defined(NEV_BUILD_avx2)
    if ((here & NEV_ISA_AVX2) != 0) {
        return &nev_bench_peak_avx2;
    }
#endif
#if defined(NEV_BUILD_neon)
    if ((here & NEV_ISA_NEON) != 0) {
        return &nev_bench_peak_neon;
    }
#endif
    return &nev_bench_peak_c;
}

static double elapsed_ms(double began)
{
    double ms = nev_bench_wall_ms() - began;

    return ms > 1e-6 ? ms : 1e-6; /* a clock may stand still over a short time */
}

/* ---- multiply-adds ---- */

static double fma_ms(const struct nev_bench_peak *peak, uint64_t rounds)
{
    volatile float sink; /* so that no compiler leaves the work out */
    double began = nev_bench_wall_ms();

    sink = peak->fma(rounds);
    (void)sink;
    return elapsed_ms(began);
}

static void fma_part(void *arg, uint32_t part, uint32_t parts)
{
    struct nev_bench_meter *meter = arg;

    (void)parts;
    for (uint32_t i = 0; i < PIECES; i++) {
        double ms = fma_ms(meter->peak, meter->rounds);
        double gflops = 2.0 * (double)meter->peak->fmas * (double)meter->rounds / ms * 1e-6;

        if (gflops > meter->best_gflops[part]) {
            meter->best_gflops[part] = gflops;
        }
    }
}

void nev_bench_meter_init(struct nev_bench_meter *meter, const struct nev_parallel *par)
{
    double least;

    memset(meter, 0, sizeof *meter);
    meter->peak = nev_bench_peak_best();
    meter->par = par;
    least = fma_ms(meter->peak, TRIAL_ROUNDS);
    for (uint32_t i = 1; i < TRIALS; i++) {
        double ms = fma_ms(meter->peak, TRIAL_ROUNDS);

        least = ms < least ? ms : least;
    }
    meter->rounds = (uint64_t)(TRIAL_ROUNDS * PIECE_MS / least) + 1;
    for (uint32_t i = 0; i < FIRST_BURSTS; i++) {
        nev_bench_meter_burst(meter);
    }
}

void nev_bench_meter_burst(struct nev_bench_meter *meter)
{
    nev_parallel_run(meter->par, fma_part, meter);
}

double nev_bench_meter_gflops(const struct nev_bench_meter *meter)
{
    const double parts = (double)meter->par->parts, online = (double)nev_threads_default();
    double sum = 0.0;

    for (uint32_t i = 0; i < meter->par->parts; i++) {
        sum += meter->best_gflops[i];
    }
    return parts > online ? sum * online / parts : sum;
}

/* ---- reading ---- */

struct reading {
    const struct nev_bench_peak *peak;
    const float *x;
    size_t len, each;
    double best_gbs[NEV_THREADS_MAX];
    volatile float sink[NEV_THREADS_MAX];
};

static void stream_part(void *arg, uint32_t part, uint32_t parts)
{
    struct reading *r = arg;
    size_t begin, end;

    nev_parallel_range(r->len / READ_GRAIN, part, parts, &begin, &end);
    r->sink[part] = r->peak->read(r->x + begin * READ_GRAIN, (end - begin) * READ_GRAIN);
}

static void cache_part(void *arg, uint32_t part, uint32_t parts)
{
    struct reading *r = arg;
    size_t begin, end;

    nev_parallel_range(r->len / READ_GRAIN, part, parts, &begin, &end);
    for (uint32_t i = 0; i < CACHE_PIECES; i++) {
        double began = nev_bench_wall_ms(), gbs;

        for (uint32_t j = 0; j < CACHE_ROUNDS; j++) {
            r->sink[part] = r->peak->read(r->x + begin * READ_GRAIN, r->each);
        }
        gbs = (double)(r->each * sizeof(float)) * CACHE_ROUNDS / elapsed_ms(began) * 1e-6;
        r->best_gbs[part] = gbs > r->best_gbs[part] ? gbs : r->best_gbs[part];
    }
}

double nev_bench_stream_gbs(const struct nev_parallel *par, const float *x, size_t len)
{
    struct reading r = {.peak = nev_bench_peak_best(), .x = x, .len = len};
    double began = nev_bench_wall_ms();

    nev_parallel_run(par, stream_part, &r);
    return (double)(len / READ_GRAIN * READ_GRAIN * sizeof *x) / elapsed_ms(began) * 1e-6;
}

double nev_bench_cache_gbs(const struct nev_parallel *par, const float *x, size_t len, size_t each)
{
    struct reading r = {.peak = nev_bench_peak_best(), .x = x, .len = len, .each = each};
    double sum = 0.0;

    nev_parallel_run(par, cache_part, &r);
    for (uint32_t i = 0; i < par->parts; i++) {
        sum += r.best_gbs[i];
    }
    return sum;
}
