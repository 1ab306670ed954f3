/* SPDX-License-Identifier: MIT */
/*
 * start.h - how long it is from the start of a process to its first features.
 */
#ifndef NEV_BENCH_START_H
#define NEV_BENCH_START_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/rig.h"

/* Medians over the runs; ms. */
struct nev_bench_start {
    char network[16], isa[16], form[16], sha256[NEV_SHA256_HEX_BYTES];
    double start;     /* from before the process was made until its first features were there; of that: */
    double open;      /* mapping the model and checking its header */
    double verify;    /* reading and checking every byte of it */
    double pack;      /* planning and packing */
    double picture;   /* making the input */
    double run;       /* the first inference, which touches the arena for the first time */
    double inference; /* afterwards: the least of a few inferences */
    double rss_mb;
    size_t runs;
};

/*
 * nev_bench_start_measure - start this program again and again as `program --first`, which must call
 * nev_bench_first.
 * Range      program: how it was called (argv[0]); isa: a name that --isa takes; is_cold: before each start
 *            the model's pages are dropped from the page cache by posix_fadvise(POSIX_FADV_DONTNEED), which
 *            needs no privilege; the program's own pages stay. Otherwise the model is read once before
 * Errors     reported. UNSUPPORTED: is_cold where the system has no such advice
 */
enum nev_exit nev_bench_start_measure(const char *program, const struct nev_bench_case *what, const char *isa,
                                      bool is_cold, uint64_t runs, struct nev_bench_start *out);

/* nev_bench_first - the started process: one inference, then a line of numbers on standard output. */
enum nev_exit nev_bench_first(const struct nev_bench_case *what);

#endif
