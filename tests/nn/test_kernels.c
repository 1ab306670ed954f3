/* SPDX-License-Identifier: MIT */
/*
 * Every kernel slot of every instruction set here (kernels_c.c, kernels_avx2.c,
 * kernels_avx512.c, kernels_neon.c, select.c) and of plain C at 4, 8 and 16 lanes against a plain
 * loop, over odd sizes, strides, tails and unaligned bases, between pages that may not be touched.
 */
#include "tests/support/test.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/base/cpu.h"
#include "nn/base/real.h"
#include "nn/base/size.h"
#include "nn/kernels/kernels.h"
#include "nn/nn.h"
#include "tests/support/guard.h"
#include "tests/support/lanes.h"

/* One problem with all its arrays. */
struct problem {
    struct nev_conv_args args;
    struct nev_test_guarded x, weight, bias, also, y, zero;
    bool is_depthwise;
};

struct dims {
    uint32_t h, w, c, oc, k, s, p;
};

static void problem_make(struct problem *b, const struct dims *d, bool is_depthwise, bool has_also,
                         enum nev_test_fill how, uint64_t *seed)
{
    struct nev_conv_args *a = &b->args;
    size_t panels = (d->oc + NEV_PANEL - 1) / NEV_PANEL;

    memset(b, 0, sizeof *b);
    b->is_depthwise = is_depthwise;
    a->h = d->h;
    a->w = d->w;
    a->c = d->c;
    a->oc = d->oc;
    a->k = d->k;
    a->s = d->s;
    a->pad_top = d->p;
    a->pad_left = d->p;
    a->oh = (d->h + 2 * d->p - d->k) / d->s + 1;
    a->ow = (d->w + 2 * d->p - d->k) / d->s + 1;
    nev_test_guarded_make(&b->x, (size_t)d->h * d->w * d->c);
    nev_test_guarded_make(&b->weight, panels * d->k * d->k * (is_depthwise ? 1 : d->c) * NEV_PANEL);
    nev_test_guarded_make(&b->bias, panels * NEV_PANEL);
    nev_test_guarded_make(&b->also, (size_t)a->oh * a->ow * d->oc);
    nev_test_guarded_make(&b->y, (size_t)a->oh * a->ow * d->oc);
    nev_test_guarded_make(&b->zero, d->k * d->c > NEV_PANEL ? d->k * d->c : NEV_PANEL);
    nev_test_guarded_fill(&b->x, how, seed);
    nev_test_guarded_fill(&b->weight, how, seed);
    nev_test_guarded_fill(&b->bias, how, seed);
    nev_test_guarded_fill(&b->also, how, seed);
    memset(b->zero.data, 0, b->zero.len * sizeof(float));
    a->x = b->x.data;
    a->weight = b->weight.data;
    a->bias = b->bias.data;
    a->also = has_also ? b->also.data : NULL;
    a->y = b->y.data;
    a->zero = b->zero.data;
    a->x_step = d->c;
    a->y_step = d->oc;
    a->y_panel = NEV_PANEL;
}

static void problem_free(struct problem *b)
{
    nev_test_guarded_free(&b->x);
    nev_test_guarded_free(&b->weight);
    nev_test_guarded_free(&b->bias);
    nev_test_guarded_free(&b->also);
    nev_test_guarded_free(&b->y);
    nev_test_guarded_free(&b->zero);
}

static float act_of(float v, enum nev_act act)
{
    float relu = v > 0.0f ? v : 0.0f;

    switch (act) {
    case NEV_ACT_RELU:
        return relu;
    case NEV_ACT_RELU6:
        return relu < 6.0f ? relu : 6.0f;
    case NEV_ACT_LEAKY:
        return v > 0.1f * v ? v : 0.1f * v;
    case NEV_ACT_NONE:
        break;
    }
    return v;
}

/* The contract of kernels.h as a plain loop, one output at a time. */
static float oracle(const struct problem *b, uint32_t row, uint32_t col, uint32_t o)
{
    const struct nev_conv_args *a = &b->args;
    const float *panel =
        b->weight.data + (size_t)(o / NEV_PANEL) * a->k * a->k * (b->is_depthwise ? 1 : a->c) * NEV_PANEL;
    float acc = a->bias[o];

    for (uint32_t t = 0; t < a->k * a->k; t++) {
        uint32_t p = b->is_depthwise ? t % a->k : t / a->k, q = b->is_depthwise ? t / a->k : t % a->k;
        int64_t y = (int64_t)row * a->s + p - a->pad_top, x = (int64_t)col * a->s + q - a->pad_left;
        bool is_row = y >= 0 && y < a->h, is_col = x >= 0 && x < a->w;

        if (b->is_depthwise && !is_col) {
            continue;
        }
        for (uint32_t i = 0; i < (b->is_depthwise ? 1 : a->c); i++) {
            uint32_t channel = b->is_depthwise ? o : i;
            float v = is_row && is_col ? a->x[((size_t)y * a->w + (size_t)x) * a->c + channel] : 0.0f;
            size_t k = b->is_depthwise ? p * a->k + q : (size_t)t * a->c + i;

            acc = nev_fmaf_exact(v, panel[k * NEV_PANEL + o % NEV_PANEL], acc);
        }
    }
    if (a->also != NULL) {
        acc += a->also[((size_t)row * a->ow + col) * a->oc + o];
    }
    return act_of(acc, a->act);
}

/* Every row of a depthwise convolution or a pooling. */
static void run_rows(const struct nev_conv_args *a, nev_depthwise_kernel *kernel)
{
    for (uint32_t row = 0; row < a->oh; row++) {
        const float *rows[3] = {NULL, NULL, NULL};

        for (uint32_t p = 0; p < a->k; p++) {
            uint32_t y = row * a->s + p - a->pad_top;

            rows[p] = y < a->h ? a->x + (size_t)y * a->w * a->c : NULL;
        }
        kernel(a, rows, a->y + (size_t)row * a->ow * a->oc);
    }
}

/* Runs a kernel in two pieces that meet at an odd place and compares every output with the oracle's bits. */
static void check(const struct nev_kernels *kernels, struct problem *b)
{
    struct nev_conv_args *a = &b->args;
    size_t pixels = (size_t)a->oh * a->ow, cut = pixels * 2 / 3;
    uint32_t panels = (a->oc + NEV_PANEL - 1) / NEV_PANEL;

    for (int act = NEV_ACT_NONE; act <= NEV_ACT_LEAKY; act++) {
        a->act = (enum nev_act)act;
        memset(b->y.data, 0xFF, b->y.len * sizeof(float));
        if (b->is_depthwise) {
            run_rows(a, kernels->depthwise);
        } else {
            kernels->conv(a, 0, cut, 0, panels);
            kernels->conv(a, cut, pixels, 0, panels / 2);
            kernels->conv(a, cut, pixels, panels / 2, panels);
        }
        for (size_t m = 0; m < pixels; m++) {
            for (uint32_t o = 0; o < a->oc; o++) {
                float want = oracle(b, (uint32_t)(m / a->ow), (uint32_t)(m % a->ow), o),
                      got = a->y[m * a->oc + o];

                if (nev_f32_bits(want) != nev_f32_bits(got)) {
                    fail_msg("%s %ux%ux%u -> %u k%u s%u act %d pixel %zu channel %u: %a, expected %a",
                             kernels->name, a->h, a->w, a->c, a->oc, a->k, a->s, act, m, o, (double)got,
                             (double)want);
                }
            }
        }
    }
}

static const struct dims conv_dims[] = {
    {1, 1, 1, 1, 1, 1, 0},   {1, 1, 512, 37, 1, 1, 0}, {5, 7, 3, 64, 7, 2, 3},    {6, 6, 3, 32, 3, 1, 1},
    {7, 5, 24, 24, 1, 1, 0}, {4, 3, 17, 40, 3, 2, 1},  {13, 1, 8, 16, 3, 1, 1},   {1, 13, 5, 19, 3, 1, 1},
    {8, 8, 32, 16, 1, 2, 0}, {3, 3, 64, 33, 3, 1, 1},  {9, 10, 16, 100, 3, 1, 0}, {6, 9, 3, 24, 3, 2, 1},
    {5, 5, 40, 24, 1, 1, 0}, {1, 1, 48, 200, 1, 1, 0}, {4, 6, 20, 24, 3, 1, 1},
};
static const struct dims depthwise_dims[] = {
    {1, 1, 16, 16, 3, 1, 1},   {2, 3, 32, 32, 3, 1, 1}, {5, 4, 48, 48, 3, 2, 1},
    {7, 7, 144, 144, 3, 2, 1}, {3, 9, 16, 16, 3, 1, 0}, {6, 2, 960, 960, 3, 1, 1},
};

/* Verifies: NEV-NN-014 (integers: the result is exact, so any wrong tap, channel or tail shows; reals: the
 * order too) */
static void test_conv(void **state)
{
    const struct nev_kernels *sets[NEV_TEST_SETS_MAX];
    size_t sets_len = nev_test_kernel_sets(sets);
    uint64_t seed = 3;

    (void)state;
    for (size_t s = 0; s < sets_len; s++) {
        for (size_t i = 0; i < sizeof conv_dims / sizeof conv_dims[0]; i++) {
            for (int variant = 0; variant < 4; variant++) {
                struct problem b;

                problem_make(&b, &conv_dims[i], false, (variant & 1) != 0,
                             (variant & 2) != 0 ? NEV_TEST_REALS : NEV_TEST_INTEGERS, &seed);
                check(sets[s], &b);
                problem_free(&b);
            }
        }
    }
}

/* Verifies: NEV-NN-014 */
static void test_depthwise(void **state)
{
    const struct nev_kernels *sets[NEV_TEST_SETS_MAX];
    size_t sets_len = nev_test_kernel_sets(sets);
    uint64_t seed = 4;

    (void)state;
    for (size_t s = 0; s < sets_len; s++) {
        for (size_t i = 0; i < sizeof depthwise_dims / sizeof depthwise_dims[0]; i++) {
            for (int how = NEV_TEST_INTEGERS; how <= NEV_TEST_REALS; how++) {
                struct problem b;

                problem_make(&b, &depthwise_dims[i], true, false, (enum nev_test_fill)how, &seed);
                check(sets[s], &b);
                problem_free(&b);
            }
        }
    }
}

/* Verifies: NEV-NN-105 (whole panels, y at a multiple of NEV_ALIGN; the last columns that fit) */
static void test_shared(void **state)
{
    static const struct dims dims[] = {
        {4, 4, 24, 48, 3, 1, 1},   {7, 8, 48, 32, 1, 1, 0},  {6, 4, 8, 16, 3, 2, 1},
        {1, 1, 32, 64, 1, 1, 0},   {5, 4, 3, 32, 3, 1, 1},   {7, 7, 16, 16, 3, 1, 1},
        {15, 31, 16, 16, 3, 2, 1}, {2, 16, 16, 16, 3, 1, 1}, {3, 1, 16, 16, 3, 1, 1}};
    const struct nev_kernels *sets[NEV_TEST_SETS_MAX];
    size_t sets_len = nev_test_kernel_sets(sets);
    uint64_t seed = 9;

    (void)state;
    for (size_t s = 0; s < sets_len; s++) {
        for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++) {
            for (int variant = 0; variant < 2; variant++) {
                const bool is_depthwise = dims[i].c == NEV_PANEL;
                struct problem b;

                problem_make(&b, &dims[i], is_depthwise, variant == 1 && !is_depthwise, NEV_TEST_REALS,
                             &seed);
                assert_int_equal((uintptr_t)b.args.y % NEV_ALIGN, 0);
                b.args.is_shared = true;
                check(sets[s], &b);
                sets[s]->settle();
                problem_free(&b);
            }
        }
    }
}

/* Verifies: NEV-NN-015 (2^30, 1 and -2^30 at three places of the reduction: the sum shows in which order they
 * met) */
static void test_order_of_summation(void **state)
{
    const struct nev_kernels *sets[NEV_TEST_SETS_MAX];
    size_t sets_len = nev_test_kernel_sets(sets);
    const struct dims d = {3, 3, 8, 16, 3, 1, 0};
    uint64_t seed = 5;

    (void)state;
    for (size_t s = 0; s < sets_len; s++) {
        for (int order = 0; order < 2; order++) {
            struct problem b;
            uint32_t first = 11, second = 30, third = 60; /* of the 72 terms, in the stated order */

            problem_make(&b, &d, false, false, NEV_TEST_INTEGERS, &seed);
            for (size_t i = 0; i < b.weight.len; i++) {
                b.weight.data[i] = 1.0f;
            }
            memset(b.x.data, 0, b.x.len * sizeof(float));
            memset(b.bias.data, 0, b.bias.len * sizeof(float));
            b.x.data[first] = 0x1p30f;
            b.x.data[order == 0 ? second : third] = 1.0f;
            b.x.data[order == 0 ? third : second] = -0x1p30f;
            sets[s]->conv(&b.args, 0, 1, 0, 1);
            assert_true(b.y.data[0] == (order == 0 ? 0.0f : 1.0f));
            problem_free(&b);
        }
    }
}

static void check_pools(const struct nev_kernels *kernels, const struct dims *d, uint64_t *seed)
{
    struct problem b;
    struct nev_conv_args *a = &b.args;

    problem_make(&b, d, true, false, NEV_TEST_REALS, seed);
    run_rows(a, kernels->maxpool);
    for (size_t i = 0; i < b.y.len; i++) {
        uint32_t c = (uint32_t)(i % a->c), col = (uint32_t)(i / a->c % a->ow),
                 row = (uint32_t)(i / a->c / a->ow);
        float most = -HUGE_VALF;

        for (int64_t y = (int64_t)row * a->s - a->pad_top; y < (int64_t)row * a->s - a->pad_top + a->k; y++) {
            for (int64_t x = (int64_t)col * a->s - a->pad_left; x < (int64_t)col * a->s - a->pad_left + a->k;
                 x++) {
                if (y >= 0 && y < a->h && x >= 0 && x < a->w) {
                    most = fmaxf(most, a->x[((size_t)y * a->w + (size_t)x) * a->c + c]);
                }
            }
        }
        assert_int_equal(nev_f32_bits(b.y.data[i]), nev_f32_bits(most));
    }
    kernels->avgpool(a, 0, a->c / 2 / 8 * 8);
    kernels->avgpool(a, a->c / 2 / 8 * 8, a->c);
    for (uint32_t c = 0; c < a->c; c++) {
        float sum = a->x[c];

        for (size_t i = 1; i < (size_t)a->h * a->w; i++) {
            sum += a->x[i * a->c + c];
        }
        assert_int_equal(nev_f32_bits(b.y.data[c]), nev_f32_bits(sum * (1.0f / (float)(a->h * a->w))));
    }
    problem_free(&b);
}

/* Verifies: NEV-NN-014 (maximum and average, windows over every edge) */
static void test_pools(void **state)
{
    static const struct dims dims[] = {
        {3, 3, 16, 16, 3, 2, 1}, {8, 6, 64, 64, 3, 2, 1}, {7, 9, 16, 16, 2, 2, 0}, {4, 4, 32, 32, 2, 2, 0}};
    const struct nev_kernels *sets[NEV_TEST_SETS_MAX];
    size_t sets_len = nev_test_kernel_sets(sets);
    uint64_t seed = 6;

    (void)state;
    for (size_t s = 0; s < sets_len; s++) {
        for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++) {
            check_pools(sets[s], &dims[i], &seed);
        }
    }
}

/* Verifies: NEV-NN-016 */
static void test_selection(void **state)
{
    (void)state;
    assert_string_equal(nev_kernels_name(nev_kernels_select(0)), "c");
    assert_string_equal(nev_kernels_name(nev_kernels_select(NEV_ISA_C)), "c");
    assert_true((nev_cpu_isas() & NEV_ISA_C) != 0);
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        const char *name = nev_isa_name(bit);

        assert_int_equal(nev_isa_from_name(name), strcmp(name, "none") == 0 ? 0 : bit);
        /* Alone, an instruction set of the build is taken; one that is not falls back to plain C. */
        assert_string_equal(nev_kernels_name(nev_kernels_select(NEV_ISA_C | bit)),
                            (nev_kernels_built() & bit) != 0 ? name : "c");
    }
    assert_int_equal(nev_isa_from_name("sse9"), 0);
#if defined(NEV_BUILD_avx2)
    assert_string_equal(nev_kernels_name(nev_kernels_select(NEV_ISA_C | NEV_ISA_AVX2 | NEV_ISA_AVX512)),
                        (nev_kernels_built() & NEV_ISA_AVX512) != 0 ? "avx512" : "avx2");
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        assert_true((nev_cpu_isas() & NEV_ISA_AVX2) != 0);
    }
#endif
#if defined(NEV_BUILD_avx512)
    assert_int_equal((nev_cpu_isas() & NEV_ISA_AVX512) != 0, __builtin_cpu_supports("avx512f") != 0);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conv),   cmocka_unit_test(test_depthwise),
        cmocka_unit_test(test_shared), cmocka_unit_test(test_order_of_summation),
        cmocka_unit_test(test_pools),  cmocka_unit_test(test_selection),
    };

    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
