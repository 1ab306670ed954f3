/* SPDX-License-Identifier: MIT */
/*
 * run.h - what nev_run_image and the reference path share.
 */
#ifndef NEV_NN_RUN_H
#define NEV_NN_RUN_H

#include "nn/net.h"
#include "nn/nn.h"

/* One step with its addresses found. */
struct nev_step_run {
    const struct nev_run *run;
    const struct nev_table *table;
    const struct nev_step *step;
    const float *x, *also;
    float *y;
};

/* nev_trace_step - show an output to the trace, if there is one; stage as in struct nev_trace_event. */
void nev_trace_step(const struct nev_step_run *r, const char *stage);

/* nev_reference_step - one row of the table by plain loops; x, also and y are [C,H,W] (the picture [H,W,3]).
 */
void nev_reference_step(const struct nev_step_run *r);

#endif
