/* SPDX-License-Identifier: MIT */
/* Counts the edges of the control flow that instrumented code passes; itself compiled without instrumentation. */
#include "tests/fuzz/counter.h"

static uint64_t edges;

void __sanitizer_cov_trace_pc(void)
{
    edges++;
}

uint64_t fuzz_edges(void)
{
    return edges;
}
