/* SPDX-License-Identifier: MIT */
/*
 * algorithm.h - what an algorithm is: how it sizes, packs and runs a step. One file algorithm_<name>.c each;
 * the planner, the packer and the runner know them only through this table.
 */
#ifndef NEV_NN_ALGORITHM_H
#define NEV_NN_ALGORITHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/kernels/kernels.h"
#include "nn/net.h"
#include "nn/nn.h"

/* A step being packed: the model's tensors of each of its linear layers; data NULL where a layer has none
 * such. */
struct nev_pack_job {
    const struct nev_table *table;
    const struct nev_model *model;
    const struct nev_step *step;
    struct nev_tensor tensor[NEV_LINEAR_MAX][NEV_PART_LEN];
    uint8_t *packed; /* the whole buffer */
};

/* A step at work, its addresses found. */
struct nev_step_run {
    const struct nev_run *run;
    const struct nev_table *table;
    const struct nev_step *step;
    uint32_t n; /* pictures, one behind another in x, also and y without a gap; 1 where is_batched is false */
    const float
        *x; /* the step's input: [H,W,C], or [C,H,W] on the reference path (but the picture is [H,W,3]) */
    const float *also; /* what is added, shaped like y; or NULL */
    float *y;
    void *scratch;     /* step->scratch_bytes, aligned to NEV_ALIGN */
    void *own;         /* the first part's step->own_bytes, aligned to NEV_ALIGN; use nev_step_own */
    size_t own_stride; /* bytes from one part's to the next */
};

struct nev_algorithm_ops {
    const char *name; /* as the benchmark and `nevus info` show it */
    /* Fills weight_bytes and bias_bytes of each linear layer, phases, scratch_bytes and own_bytes. */
    void (*size)(const struct nev_table *table, struct nev_step *step);
    /* Packs one part's share of the output channels; false if folding gave NaN or infinity. NULL: nothing to
     * pack. */
    bool (*pack)(const struct nev_pack_job *job, uint32_t part, uint32_t parts);
    /* Computes one part's share of one phase. */
    void (*run)(const struct nev_step_run *r, uint32_t phase, uint32_t part, uint32_t parts);
    /* run computes r->n pictures at once, at most step->batch, for which size made room in the scratch. False:
     * it is called for each picture of a batch, with r->n = 1, and the scratch is one picture's. */
    bool is_batched;
};

/* nev_algorithm - the table of an algorithm; never NULL for values of the enum. */
const struct nev_algorithm_ops *nev_algorithm(enum nev_algorithm algorithm);

extern const struct nev_algorithm_ops nev_algorithm_reference;
extern const struct nev_algorithm_ops nev_algorithm_gemm;
extern const struct nev_algorithm_ops nev_algorithm_depthwise;
extern const struct nev_algorithm_ops nev_algorithm_maxpool;
extern const struct nev_algorithm_ops nev_algorithm_winograd_f4;
extern const struct nev_algorithm_ops nev_algorithm_winograd_f2;
extern const struct nev_algorithm_ops nev_algorithm_winograd_s2;
extern const struct nev_algorithm_ops nev_algorithm_winograd_7x7;
extern const struct nev_algorithm_ops nev_algorithm_avgpool;
extern const struct nev_algorithm_ops nev_algorithm_block;
extern const struct nev_algorithm_ops nev_algorithm_gemm_pool;

/*
 * nev_plan_draft - nev_plan_make_batch with the algorithms given.
 * Range      choice: enum nev_layer_algorithm for each row of the table, of a convolution one that nev_layer_step
 *            knows; NULL: by rule
 */
NEV_MUST_CHECK enum nev_status nev_plan_draft(struct nev_plan *plan, const struct nev_model *model,
                                              enum nev_path path, const uint8_t *choice, uint32_t parts,
                                              uint32_t batch, struct nev_error *err);

/*
 * nev_layer_step - what a step does whose one layer a packed file has computed so.
 * nev_layer_fits - whether a row of the table that reads c channels can be computed so.
 * nev_linear_algorithm - what a packed file says of a layer of a step.
 * Tests      tests/nn/test_packed.c
 */
enum nev_algorithm nev_layer_step(enum nev_layer_algorithm algorithm);
bool nev_layer_fits(const struct nev_layer *layer, uint32_t c, enum nev_layer_algorithm algorithm);
enum nev_layer_algorithm nev_linear_algorithm(const struct nev_step *step, uint32_t linear);

/* nev_packed_matches - whether a packed file is what a plan wants, tensor by tensor; errors as nev_plan_make_for. */
NEV_MUST_CHECK enum nev_status nev_packed_matches(const struct nev_plan *plan,
                                                  const struct nev_weights *weights, struct nev_error *err);

/* nev_bytes_align - rounds up to a multiple of NEV_ALIGN. Bounds: sizes of a step stay below 2^48. */
uint64_t nev_bytes_align(uint64_t bytes);

/*
 * nev_fold - the factor of an output channel's weights and its bias, as nn/NUMERICS.md specifies folding.
 * nev_fold_product - element i of the weight tensor times the factor, in float64.
 * nev_fold_weight - the same rounded to float32.
 */
double nev_fold(const struct nev_pack_job *job, uint32_t linear, uint32_t o, float *bias);
double nev_fold_product(const struct nev_pack_job *job, uint32_t linear, size_t i, double scale);
float nev_fold_weight(const struct nev_pack_job *job, uint32_t linear, size_t i, double scale);

/* nev_is_finite - neither NaN nor infinite. */
bool nev_is_finite(float v);

/* nev_linear_weight, nev_linear_bias - where a packed layer lies; float32 of the machine's byte order. */
const float *nev_linear_weight(const struct nev_step_run *r, uint32_t linear);
const float *nev_linear_bias(const struct nev_step_run *r, uint32_t linear);

/* nev_is_by_picture - whether a step that takes n pictures at once gives each part whole pictures: at least two each, so
 * that parts differ little; their outputs then stay with the part that made them. */
bool nev_is_by_picture(uint32_t n, uint32_t parts);

/* nev_is_late - whether a step's output is so small that what reads it is split by channels, so that all parts read all
 * of it: its cache lines are then in several processors' caches, and writing such a line takes many times as long as
 * another. Early outputs are split by rows and stay with their writers, unless they lie where a late one was. */
bool nev_is_late(const struct nev_step *step);

/* nev_is_shared - whether an output of oc channels that several parts write, and all read afterwards, goes past their
 * caches (struct nev_conv_args). */
bool nev_is_shared(const float *y, uint32_t oc, uint32_t parts);

/* nev_step_own - a part's own work memory. */
float *nev_step_own(const struct nev_step_run *r, uint32_t part);

/* nev_step_zero - plan->zero_bytes of zeros; nev_step_kernels - the run's kernels, never NULL. */
const float *nev_step_zero(const struct nev_step_run *r);
const struct nev_kernels *nev_step_kernels(const struct nev_step_run *r);

/* Weights in panels of NEV_PANEL output channels, as nn/kernels/kernels.h has them: nev_panels_size fills a
 * layer's weight_bytes and bias_bytes; nev_panels_pack packs one part's share of every layer of a step. */
void nev_panels_size(struct nev_linear *linear);
bool nev_panels_pack(const struct nev_pack_job *job, uint32_t part, uint32_t parts);

/* Winograd's weights: which scheme a step's algorithm is (enum nev_winograd); its weight_bytes and bias_bytes;
 * packing one part's share, transformed (nn/NUMERICS.md). */
enum nev_winograd nev_winograd_scheme(const struct nev_step *step);
void nev_winograd_size(struct nev_step *step);
bool nev_winograd_pack(const struct nev_pack_job *job, uint32_t part, uint32_t parts);

/*
 * nev_linear_args - a layer of a step as its kernel wants it; x, y and also are left NULL.
 * nev_pool_args - the same for a step's pooling.
 * nev_window_rows - the k input rows under an output row, NULL where outside; input row y lies at x +
 *                   (y % slots) * row_len.
 */
void nev_linear_args(const struct nev_step_run *r, uint32_t linear, struct nev_conv_args *args);
void nev_pool_args(const struct nev_step *step, struct nev_conv_args *args);
void nev_window_rows(const struct nev_conv_args *args, uint32_t row, const float *x, size_t row_len,
                     uint32_t slots, const float *rows[]);

#endif
