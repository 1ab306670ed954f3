/* SPDX-License-Identifier: MIT */
/*
 * isolate.h - one measurement in a process of its own: its peak memory is its own, its threads are its own,
 * and what it leaves in the heap slows nobody down.
 */
#ifndef NEV_BENCH_ISOLATE_H
#define NEV_BENCH_ISOLATE_H

#include <stddef.h>

#include "tools/base/exit.h"

/*
 * nev_bench_isolate - call job(in, out) in a child process and bring out back.
 * Range      out: plain data without pointers; the calling process has started no threads
 * Errors     what the job returned; INTERNAL if the child could not be started or died; out is then unset
 */
enum nev_exit nev_bench_isolate(enum nev_exit (*job)(const void *in, void *out), const void *in, void *out,
                                size_t out_bytes);

/* nev_bench_rss_mb - the most memory this process has had, in 10^6 bytes; mapped files count. */
double nev_bench_rss_mb(void);

#endif
