/* SPDX-License-Identifier: MIT */
/*
 * count.h - the work there is: multiply-adds and bytes, counted from the tables and the plan.
 */
#ifndef NEV_BENCH_COUNT_H
#define NEV_BENCH_COUNT_H

#include "nn/nn.h"

/*
 * nev_bench_count_net - the direct count of a network: multiply-adds of its convolutions and fully connected
 * layers by the definition, whatever algorithm runs; taps outside the picture included.
 * Computes   sum of oh * ow * oc * k * k * c, with c = 1 for a depthwise convolution
 * Range      a model that nev_plan_make takes; 0 for one that it refuses
 */
double nev_bench_count_net(const struct nev_model *model);

/* nev_bench_count_step - the direct count of one step of a plan; 0 for a pooling or an addition alone. */
double nev_bench_count_step(const struct nev_step *step);

/* nev_bench_bytes_step - what a step has to move at least: its packed weights, inputs and output, once. */
double nev_bench_bytes_step(const struct nev_step *step);

#endif
