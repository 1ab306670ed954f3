/* SPDX-License-Identifier: MIT */
/*
 * Fused steps (algorithm_block.c) against the same rows as steps of their own (algorithm_gemm.c): every
 * output bit, over both paddings, strides, odd sizes and numbers of parts, between pages that may not be
 * touched.
 */
#include "tests/support/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/algorithm.h"
#include "nn/kernels/kernels.h"
#include "tests/support/guard.h"
#include "tests/support/lanes.h"

/* A picture of h x w x c; a convolution k, s to mid channels; then either a depthwise convolution of stride
 * next_s and a projection to oc channels, or, with next_k > 0, a maximum. */
struct shape {
    uint32_t h, w, c, k, s, mid, next_k, next_s, oc;
    bool has_also;
};

static const struct shape shapes[] = {
    {9, 7, 8, 1, 1, 32, 0, 1, 24, false},   {9, 7, 24, 1, 1, 48, 0, 1, 24, true},
    {16, 13, 8, 1, 1, 16, 0, 2, 40, false}, {17, 12, 8, 1, 1, 16, 0, 2, 16, false},
    {19, 22, 3, 3, 2, 32, 0, 1, 16, false}, {32, 20, 3, 3, 2, 32, 0, 1, 16, false},
    {7, 7, 16, 1, 1, 96, 0, 1, 16, true},   {14, 14, 16, 1, 1, 48, 0, 2, 40, false},
    {1, 1, 8, 1, 1, 16, 0, 1, 8, true},     {2, 1, 8, 1, 1, 16, 0, 2, 8, false},
    {12, 300, 8, 1, 1, 96, 0, 1, 8, true}, /* so wide that strips have one row */
    {17, 18, 3, 3, 1, 32, 2, 2, 32, false}, {31, 29, 3, 7, 2, 16, 3, 2, 16, false},
    {20, 20, 3, 7, 2, 64, 3, 2, 64, false}, {9, 8, 16, 3, 1, 48, 2, 2, 48, false},
    {6, 700, 3, 3, 1, 96, 2, 2, 96, false},
};

#define PARTS_MAX 7u
#define ROWS_MAX  3u

/* The fused step, the steps it stands for, and the arrays they work on. */
struct rig {
    struct nev_plan plan;
    struct nev_run run;
    struct nev_step fused, single[ROWS_MAX];
    uint32_t single_len;
    struct nev_test_guarded x, also, y, scratch, own, packed, zero, between[2], want;
};

/* One side of a window's output, and the padding before it: symmetric, or as TensorFlow's SAME. */
static uint32_t extent(uint32_t in, uint32_t k, uint32_t s, bool is_same, uint32_t *pad)
{
    uint32_t out = (in + s - 1) / s, need = (out - 1) * s + k;

    *pad = is_same ? (need > in ? (need - in) / 2 : 0) : k / 2;
    return is_same ? out : (in + 2 * *pad - k) / s + 1;
}

static void add_linear(struct rig *rig, enum nev_op op, uint32_t k, uint32_t s, uint32_t oc, enum nev_act act,
                       bool is_same)
{
    struct nev_linear *linear = &rig->fused.linear[rig->fused.linear_len++];

    linear->op = (uint8_t)op;
    linear->k = (uint8_t)k;
    linear->s = (uint8_t)s;
    linear->act = (uint8_t)act;
    linear->h = rig->fused.oh;
    linear->w = rig->fused.ow;
    linear->c = rig->fused.oc;
    linear->oh = extent(linear->h, k, s, is_same, &linear->pad_top);
    linear->ow = extent(linear->w, k, s, is_same, &linear->pad_left);
    linear->oc = oc;
    rig->fused.oh = linear->oh;
    rig->fused.ow = linear->ow;
    rig->fused.oc = oc;
    rig->fused.act = linear->act;
}

/* A step of one linear layer of the fused step, or of its pooling. */
static void add_single(struct rig *rig, enum nev_algorithm algorithm, const struct nev_linear *linear)
{
    struct nev_step *step = &rig->single[rig->single_len++];

    step->algorithm = algorithm;
    if (linear != NULL) {
        step->linear_len = 1;
        step->linear[0] = *linear;
        step->h = linear->h;
        step->w = linear->w;
        step->c = linear->c;
        step->oh = linear->oh;
        step->ow = linear->ow;
        step->oc = linear->oc;
        step->act = linear->act;
    }
}

static void rig_steps(struct rig *rig, const struct shape *shape, bool is_same)
{
    struct nev_step *step = &rig->fused;
    const struct nev_linear *linear = step->linear;

    step->h = step->oh = shape->h;
    step->w = step->ow = shape->w;
    step->c = step->oc = shape->c;
    add_linear(rig, NEV_OP_CONV, shape->k, shape->s, shape->mid, NEV_ACT_RELU6, is_same);
    if (shape->next_k == 0) {
        step->algorithm = NEV_ALGORITHM_BLOCK;
        add_linear(rig, NEV_OP_DEPTHWISE, 3, shape->next_s, shape->mid, NEV_ACT_RELU6, is_same);
        add_linear(rig, NEV_OP_CONV, 1, 1, shape->oc, NEV_ACT_NONE, is_same);
    } else {
        step->algorithm = NEV_ALGORITHM_GEMM_POOL;
        step->pool_k = (uint8_t)shape->next_k;
        step->pool_s = (uint8_t)shape->next_s;
        step->pool_p = (uint8_t)((shape->next_k - 1) / 2);
        step->oh = (linear->oh + 2u * step->pool_p - shape->next_k) / shape->next_s + 1;
        step->ow = (linear->ow + 2u * step->pool_p - shape->next_k) / shape->next_s + 1;
    }
}

/* Sizes for the most parts, random weights, and the single steps with the same weights. */
static void rig_make(struct rig *rig, const struct shape *shape, bool is_same, enum nev_test_fill how,
                     uint64_t *seed)
{
    struct nev_step *step = &rig->fused;
    size_t at = 0, zero_len = NEV_PANEL;

    memset(rig, 0, sizeof *rig);
    rig_steps(rig, shape, is_same);
    nev_algorithm(step->algorithm)->size(NULL, step);
    for (uint32_t i = 0; i < step->linear_len; i++) {
        struct nev_linear *linear = &step->linear[i];

        linear->weight_offset = at;
        linear->bias_offset = at + (size_t)linear->weight_bytes;
        at = linear->bias_offset + (size_t)linear->bias_bytes;
        zero_len = linear->k * linear->c > zero_len ? linear->k * linear->c : zero_len;
        add_single(rig, i == 1 ? NEV_ALGORITHM_DEPTHWISE : NEV_ALGORITHM_GEMM, linear);
    }
    if (step->pool_k > 0) {
        struct nev_step *pool;

        add_single(rig, NEV_ALGORITHM_MAXPOOL, NULL);
        pool = &rig->single[1];
        pool->h = step->linear[0].oh;
        pool->w = step->linear[0].ow;
        pool->c = pool->oc = step->oc;
        pool->oh = step->oh;
        pool->ow = step->ow;
        pool->pool_k = step->pool_k;
        pool->pool_s = step->pool_s;
        pool->pool_p = step->pool_p;
    }
    nev_test_guarded_make(&rig->packed, at / sizeof(float));
    nev_test_guarded_make(&rig->x, (size_t)step->h * step->w * step->c);
    nev_test_guarded_make(&rig->also, (size_t)step->oh * step->ow * step->oc);
    nev_test_guarded_make(&rig->y, (size_t)step->oh * step->ow * step->oc);
    nev_test_guarded_make(&rig->want, (size_t)step->oh * step->ow * step->oc);
    nev_test_guarded_make(&rig->scratch, (size_t)step->scratch_bytes / sizeof(float));
    nev_test_guarded_make(&rig->own, PARTS_MAX * (size_t)step->own_bytes / sizeof(float));
    nev_test_guarded_make(&rig->zero, zero_len);
    for (uint32_t i = 0; i < 2; i++) {
        const struct nev_step *single = &rig->single[i];

        nev_test_guarded_make(&rig->between[i], (size_t)single->oh * single->ow * single->oc);
    }
    nev_test_guarded_fill(&rig->packed, how, seed);
    nev_test_guarded_fill(&rig->x, how, seed);
    nev_test_guarded_fill(&rig->also, how, seed);
    memset(rig->zero.data, 0, zero_len * sizeof(float));
    rig->run.plan = &rig->plan;
    rig->run.packed = rig->packed.data;
    rig->run.arena = rig->zero.data; /* its zeros are all that a step takes from the arena by itself */
}

static void rig_free(struct rig *rig)
{
    nev_test_guarded_free(&rig->packed);
    nev_test_guarded_free(&rig->x);
    nev_test_guarded_free(&rig->also);
    nev_test_guarded_free(&rig->y);
    nev_test_guarded_free(&rig->want);
    nev_test_guarded_free(&rig->scratch);
    nev_test_guarded_free(&rig->own);
    nev_test_guarded_free(&rig->zero);
    nev_test_guarded_free(&rig->between[0]);
    nev_test_guarded_free(&rig->between[1]);
}

static void run_step(const struct rig *rig, const struct nev_step *step, const float *x, const float *also,
                     float *y, uint32_t parts)
{
    struct nev_step_run r = {&rig->run, NULL, step, 1, x, also, y, rig->scratch.data, NULL, 0};

    r.own_stride = (size_t)rig->fused.own_bytes;
    r.own = (uint8_t *)rig->own.data +
            (PARTS_MAX - parts) * r.own_stride; /* the last part's end at a page that faults */
    for (uint32_t phase = 0; phase < (step->phases == 0 ? 1 : step->phases); phase++) {
        for (uint32_t part = parts; part-- > 0;) { /* backwards: no part may need an earlier one's work */
            nev_algorithm(step->algorithm)->run(&r, phase, part, parts);
        }
    }
}

static void check(struct rig *rig, const struct shape *shape, bool is_same)
{
    static const uint32_t parts[] = {1, 2, 3, PARTS_MAX};
    const struct nev_kernels *sets[NEV_TEST_SETS_MAX];
    size_t sets_len = nev_test_kernel_sets(sets), bytes = rig->y.len * sizeof(float);
    const float *also = shape->has_also ? rig->also.data : NULL;

    rig->run.kernels = NULL;
    for (uint32_t i = 0; i < rig->single_len; i++) {
        bool is_last = i + 1 == rig->single_len;

        run_step(rig, &rig->single[i], i == 0 ? rig->x.data : rig->between[i - 1].data, is_last ? also : NULL,
                 is_last ? rig->want.data : rig->between[i].data, 1);
    }
    for (size_t s = 0; s < sets_len; s++) {
        rig->run.kernels = sets[s];
        for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
            memset(rig->y.data, 0xFF, bytes);
            memset(rig->scratch.data, 0xFF, rig->scratch.len * sizeof(float));
            memset(rig->own.data, 0xFF, rig->own.len * sizeof(float));
            run_step(rig, &rig->fused, rig->x.data, also, rig->y.data, parts[p]);
            if (memcmp(rig->y.data, rig->want.data, bytes) != 0) {
                fail_msg("%s %ux%ux%u k%u s%u -> %u, %s padding, %u parts: other bits than unfused",
                         sets[s]->name, shape->h, shape->w, shape->c, shape->k, shape->s, shape->oc,
                         is_same ? "same" : "symmetric", parts[p]);
            }
        }
    }
}

/* Verifies: NEV-NN-023 (integers show a wrong tap, row or channel; reals the order too) */
static void test_fused_steps(void **state)
{
    uint64_t seed = 7;

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        for (int variant = 0; variant < 4; variant++) {
            struct rig rig;

            rig_make(&rig, &shapes[i], (variant & 1) != 0,
                     (variant & 2) != 0 ? NEV_TEST_REALS : NEV_TEST_INTEGERS, &seed);
            check(&rig, &shapes[i], (variant & 1) != 0);
            rig_free(&rig);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fused_steps)};

    return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
