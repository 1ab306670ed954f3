/* SPDX-License-Identifier: MIT */
/*
 * counter.h - work, counted: the edges of the control flow passed so far, the same on every run of the same build.
 */
#ifndef NEV_TESTS_FUZZ_COUNTER_H
#define NEV_TESTS_FUZZ_COUNTER_H

#include <stdint.h>

/* What compilers call at every edge under -fsanitize-coverage=trace-pc. */
void __sanitizer_cov_trace_pc(void);

uint64_t fuzz_edges(void);

#endif
