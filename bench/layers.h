/* SPDX-License-Identifier: MIT */
/*
 * layers.h - every step of one network's plan, timed inside the running network.
 */
#ifndef NEV_BENCH_LAYERS_H
#define NEV_BENCH_LAYERS_H

#include <stdint.h>

#include "bench/rig.h"

#define NEV_BENCH_PHASES_MAX 3u /* a step of the reference path shows as many stages */
#define NEV_BENCH_LAYERS_MAX (NEV_STEPS_MAX * NEV_BENCH_PHASES_MAX)
#define NEV_BENCH_NAME_LEN   48u

/* A step of the fast paths, or a stage of one on the reference path. */
struct nev_bench_layer {
    char first[NEV_BENCH_NAME_LEN], last[NEV_BENCH_NAME_LEN]; /* the rows of the table it does */
    char what[NEV_BENCH_NAME_LEN]; /* the algorithm; on the reference path: conv, norm, activation, add ... */
    double median_ms, min_ms;
    double flops; /* by the direct count, two a multiply-add; 0 where there is none */
    double bytes; /* weights, inputs and output, once */
};

/* Plain data, so that it can come from another process. */
struct nev_bench_layers {
    char network[16], isa[16], sha256[NEV_SHA256_HEX_BYTES];
    double peak_gflops;           /* the best burst between the runs, on the same threads */
    double stream_gbs, cache_gbs; /* reading far more than the caches hold; reading what a core's L2 holds */
    double median_ms;             /* of the whole network, the clock readings included */
    size_t runs, len;
    struct nev_bench_layer layer[NEV_BENCH_LAYERS_MAX];
};

/* nev_bench_layers_measure - open, run and time one case; a batch of one. Errors reported. */
enum nev_exit nev_bench_layers_measure(const struct nev_bench_case *what, uint64_t runs,
                                       struct nev_bench_layers *out);

#endif
