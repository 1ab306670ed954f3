/* SPDX-License-Identifier: MIT */
/*
 * whole.h - whole networks: one case timed, with the peak of the same moments and the digest of the features.
 */
#ifndef NEV_BENCH_WHOLE_H
#define NEV_BENCH_WHOLE_H

#include <stddef.h>
#include <stdint.h>

#include "bench/rig.h"

/* Plain data, so that it can come from another process. */
struct nev_bench_whole {
    char network[16], isa[16], sha256[NEV_SHA256_HEX_BYTES];
    double median_ms, min_ms, cpu_ms, peak_time_ms, ratio, rss_mb; /* a picture */
    double gflops, peak_gflops, open_ms, verify_ms, pack_ms, arena_mb, packed_mb;
    size_t runs;
};

/*
 * nev_bench_whole_measure - open, warm up, time; in a process of its own, since rss_mb is the process's.
 * Range      runs: as nev_bench_more takes them
 * Errors     reported. ENVIRONMENT: two runs gave different features
 */
enum nev_exit nev_bench_whole_measure(const struct nev_bench_case *what, uint64_t runs,
                                      struct nev_bench_whole *out);

#endif
