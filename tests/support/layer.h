/* SPDX-License-Identifier: MIT */
/*
 * layer.h - one convolution with its norm, run as a step of a plan would be, every buffer between pages that fault: for
 * tests of algorithms.
 */
#ifndef NEV_TESTS_SUPPORT_LAYER_H
#define NEV_TESTS_SUPPORT_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/algorithm.h"
#include "tests/support/guard.h"

struct nev_test_layer {
    struct nev_step step; /* one linear; the test fills what the algorithm looks at */
    struct nev_plan plan;
    struct nev_run run;
    int scheme; /* the test's own */
    struct nev_test_guarded x, also, y, packed, scratch, own, zero, weight, norm[4];
};

/*
 * nev_test_layer_make - buffers of the step's sizes, filled with reals; the variance is above 0.
 * Range      step: algorithm, linear[0], oh, ow; scatter: floats past the end of x, also and y, which put them off alignment
 */
void nev_test_layer_make(struct nev_test_layer *l, bool has_also, size_t scatter, uint64_t *seed);
void nev_test_layer_free(struct nev_test_layer *l);

/* nev_test_layer_run - size, pack and run the step in so many parts, each alone, forwards or, if they are even in number,
 * backwards; what has not been written is NaN. */
void nev_test_layer_run(struct nev_test_layer *l, const struct nev_kernels *kernels, uint32_t parts);

/* nev_test_layer_same - y must have these bits, with all kernels there are and 1 to parts_max parts, and nothing behind it.
 * Shapes     want [step.oh, step.ow, oc] */
void nev_test_layer_same(struct nev_test_layer *l, const float *want, uint32_t parts_max);

/* nev_test_layer_unnorm - a norm that changes nothing but by its epsilon: all channels weigh the same. */
void nev_test_layer_unnorm(struct nev_test_layer *l);

/* Squares summed over the outputs: of errors against float64, of the algorithm and of the direct chain, and of float64 itself. */
struct nev_test_errors {
    double of_algorithm, of_direct, of_all;
};

/* nev_test_errors_add - one output; nev_test_errors_ratio - prints both errors under a name and returns the first over the
 * second. */
void nev_test_errors_add(struct nev_test_errors *e, float got, float direct, double exact);
double nev_test_errors_ratio(const struct nev_test_errors *e, const char *name);

/* nev_test_layer_scale, nev_test_layer_bias - what the norm is when it is folded. */
double nev_test_layer_scale(const struct nev_test_layer *l, uint32_t oc);
float nev_test_layer_bias(const struct nev_test_layer *l, uint32_t oc);

#endif
