/* SPDX-License-Identifier: MIT */
/*
 * The picture's 7 x 7 convolution of stride 2 with its maximum (algorithm_winograd_7x7.c, winograd_weights.c, F44 of
 * kernels/winograd.inc): its matrices against the definition of convolution in integers, whole steps against a
 * scalar loop of the same operations bit for bit, between pages that fault, and against float64 for their error.
 */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/algorithm.h"
#include "nn/base/cpu.h"
#include "nn/base/real.h"
#include "nn/base/size.h"
#include "nn/kernels/kernels.h"
#include "tests/support/layer.h"

#define POINTS 7
#define TAPS   4
#define OUT    4
#define SIDE   7 /* of the filter */

static float fma1(float a, float b, float c)
{
    return nev_fmaf(a, b, c);
}

/* ---- the transforms of one dimension, as nn/NUMERICS.md states them ---- */

static void input_line(const float d[POINTS], float v[POINTS])
{
    static const float a[3] = {3.828125f, 3.125f, 0.828125f};              /* 245/64, 25/8, 53/64 */
    static const float b[3] = {2.3447265625f, 0.19140625f, 0.0478515625f}; /* 2401/1024, 49/256, 49/1024 */
    static const float p[3] = {0.25f, 0.875f, 1.75f};

    for (int k = 0; k < 3; k++) {
        float even = fma1(d[0], b[k], fma1(d[2], -a[k], d[4]));
        float odd = fma1(d[1], b[k], fma1(d[3], -a[k], d[5]));

        v[2 * k] = fma1(even, p[k], odd);
        v[2 * k + 1] = fma1(even, -p[k], odd);
    }
    v[6] = fma1(d[0], -0.14654541015625f, fma1(d[2], 2.583984375f, fma1(d[4], -3.890625f, d[6])));
}

static void output_line(const float m[POINTS], float y[OUT])
{
    float s[3], d[3];

    for (int k = 0; k < 3; k++) {
        s[k] = m[2 * k] + m[2 * k + 1];
        d[k] = m[2 * k] - m[2 * k + 1];
    }
    y[0] = (s[0] + s[1]) + s[2];
    y[1] = fma1(d[2], 1.75f, fma1(d[1], 0.875f, d[0] * 0.25f));
    y[2] = fma1(s[2], 3.0625f, fma1(s[1], 0.765625f, s[0] * 0.0625f));
    y[3] = fma1(d[2], 5.359375f, fma1(d[1], 0.669921875f, fma1(d[0], 0.015625f, m[6])));
}

static void weight_line(const double g[TAPS], double u[POINTS])
{
    static const double p[3] = {0.25, 0.875, 1.75};
    static const double f[3] = {128.0 / 135.0, -16384.0 / 46305.0, 128.0 / 3087.0};

    for (int k = 0; k < 3; k++) {
        double even = g[0] + g[2] * (p[k] * p[k]), odd = g[1] * p[k] + g[3] * (p[k] * p[k] * p[k]);

        u[2 * k] = (even + odd) * f[k];
        u[2 * k + 1] = (odd - even) * f[k];
    }
    u[6] = g[3];
}

/* Verifies: NEV-NN-060 (in integers: 46305, 16384 and 512 times the three matrices, read off unit vectors; their
 * product must be 46305 * 16384 * 512 where tap + output is the pixel, else 0. Rounds 128/135 and such back) */
static void test_transforms_are_convolution(void **state)
{
    int64_t a[OUT][POINTS], b[POINTS][POINTS], g[POINTS][TAPS];

    (void)state;
    for (int k = 0; k < POINTS; k++) {
        float unit[POINTS] = {0}, out[POINTS] = {0};
        double tap[TAPS] = {0}, u[POINTS];

        unit[k] = 16384.0f;
        input_line(unit, out);
        for (int z = 0; z < POINTS; z++) {
            b[z][k] = (int64_t)out[z];
            assert_true((float)b[z][k] == out[z]);
        }
        unit[k] = 512.0f;
        output_line(unit, out);
        for (int i = 0; i < OUT; i++) {
            a[i][k] = (int64_t)out[i];
            assert_true((float)a[i][k] == out[i]);
        }
        tap[k % TAPS] = 46305.0;
        weight_line(tap, u);
        for (int z = 0; z < POINTS; z++) {
            g[z][k % TAPS] = llround(u[z]);
            assert_true(fabs((double)g[z][k % TAPS] - u[z]) < 1e-9);
        }
    }
    for (int i = 0; i < OUT; i++) {
        for (int k = 0; k < TAPS; k++) {
            for (int j = 0; j < POINTS; j++) {
                int64_t sum = 0;

                for (int z = 0; z < POINTS; z++) {
                    sum += a[i][z] * g[z][k] * b[z][j];
                }
                assert_int_equal(sum, j == i + k ? INT64_C(46305) * 16384 * 512 : 0);
            }
        }
    }
}

/* ---- a step ---- */

struct dims {
    uint32_t h, w, oc, pad;
};

static void layer_make(struct nev_test_layer *l, const struct dims *d, size_t scatter, uint64_t *seed)
{
    struct nev_linear *linear = &l->step.linear[0];

    memset(l, 0, sizeof *l);
    l->step.algorithm = NEV_ALGORITHM_WINOGRAD_7X7;
    linear->k = SIDE;
    linear->s = 2;
    linear->act = NEV_ACT_RELU;
    linear->h = d->h;
    linear->w = d->w;
    linear->c = 3;
    linear->oh = (d->h + 2 * d->pad - SIDE) / 2 + 1;
    linear->ow = (d->w + 2 * d->pad - SIDE) / 2 + 1;
    linear->oc = d->oc;
    linear->pad_top = d->pad;
    linear->pad_left = d->pad;
    l->step.pool_k = 3;
    l->step.pool_s = 2;
    l->step.pool_p = 1;
    l->step.oh = (linear->oh - 1) / 2 + 1;
    l->step.ow = (linear->ow - 1) / 2 + 1;
    l->step.oc = d->oc;
    l->step.h = d->h;
    l->step.w = d->w;
    l->step.c = 3;
    nev_test_layer_make(l, false, scatter, seed);
}

/* ---- the oracle: one tile and one output channel at a time ---- */

/* The picture's channel c at (y, x) of the padded picture. */
static float pixel_of(const struct nev_test_layer *l, int64_t y, int64_t x, uint32_t c)
{
    const struct nev_linear *n = &l->step.linear[0];

    y -= n->pad_top;
    x -= n->pad_left;
    return y < 0 || x < 0 || y >= n->h || x >= n->w ? 0.0f
                                                    : l->x.data[((size_t)y * n->w + (size_t)x) * 3 + c];
}

static double weight_of(const struct nev_test_layer *l, uint32_t o, uint32_t c, uint32_t p, uint32_t q)
{
    return p < SIDE && q < SIDE ? (double)l->weight.data[((size_t)(o * 3 + c) * SIDE + p) * SIDE + q] *
                                      nev_test_layer_scale(l, o)
                                : 0.0;
}

/* Channel i of the phases: row parity, column parity, channel of the picture. */
static void filter_of(const struct nev_test_layer *l, uint32_t o, uint32_t i, float u[POINTS][POINTS])
{
    double half[TAPS][POINTS], line[TAPS], out[POINTS];

    for (uint32_t q = 0; q < TAPS; q++) {
        for (uint32_t p = 0; p < TAPS; p++) {
            line[p] = weight_of(l, o, i % 3, 2 * p + i / 6, 2 * q + i / 3 % 2);
        }
        weight_line(line, half[q]);
    }
    for (int z = 0; z < POINTS; z++) {
        for (int q = 0; q < TAPS; q++) {
            line[q] = half[q][z];
        }
        weight_line(line, out);
        for (int k = 0; k < POINTS; k++) {
            u[z][k] = (float)out[k];
        }
    }
}

static void tile_of(const struct nev_test_layer *l, uint32_t row, uint32_t col, uint32_t i,
                    float v[POINTS][POINTS])
{
    float half[POINTS][POINTS], line[POINTS], out[POINTS];

    for (int x = 0; x < POINTS; x++) {
        for (int y = 0; y < POINTS; y++) {
            line[y] = pixel_of(l, 2 * ((int64_t)row * OUT + y) + i / 6,
                               2 * ((int64_t)col * OUT + x) + i / 3 % 2, i % 3);
        }
        input_line(line, out);
        for (int z = 0; z < POINTS; z++) {
            half[z][x] = out[z];
        }
    }
    for (int z = 0; z < POINTS; z++) {
        input_line(half[z], v[z]);
    }
}

/* The convolution's output after the rectifier, [oh, ow, oc], from malloc. */
static float *oracle(const struct nev_test_layer *l)
{
    const struct nev_linear *n = &l->step.linear[0];
    const uint32_t rows = (n->oh + OUT - 1) / OUT, cols = (n->ow + OUT - 1) / OUT;
    float *y = malloc((size_t)n->oh * n->ow * n->oc * sizeof *y);
    float u[POINTS][POINTS], v[POINTS][POINTS], sum[POINTS][POINTS], half[POINTS][OUT], line[POINTS],
        out[OUT];

    assert_non_null(y);
    for (uint32_t t = 0; t < rows * cols * n->oc; t++) {
        uint32_t o = t % n->oc, row = t / n->oc / cols, col = t / n->oc % cols;

        memset(sum, 0, sizeof sum);
        for (uint32_t i = 0; i < 12; i++) {
            filter_of(l, o, i, u);
            tile_of(l, row, col, i, v);
            for (int z = 0; z < POINTS * POINTS; z++) {
                sum[z / POINTS][z % POINTS] =
                    fma1(v[z / POINTS][z % POINTS], u[z / POINTS][z % POINTS], sum[z / POINTS][z % POINTS]);
            }
        }
        for (int x = 0; x < POINTS; x++) {
            for (int z = 0; z < POINTS; z++) {
                line[z] = sum[z][x];
            }
            output_line(line, half[x]);
        }
        for (uint32_t i = 0; i < OUT && row * OUT + i < n->oh; i++) {
            for (int x = 0; x < POINTS; x++) {
                line[x] = half[x][i];
            }
            output_line(line, out);
            for (uint32_t j = 0; j < OUT && col * OUT + j < n->ow; j++) {
                float w = out[j] + nev_test_layer_bias(l, o);

                y[((size_t)(row * OUT + i) * n->ow + col * OUT + j) * n->oc + o] = w > 0.0f ? w : 0.0f;
            }
        }
    }
    return y;
}

/* The maximum over the 3 x 3 window of stride 2 and padding 1. */
static float most_of(const struct nev_test_layer *l, const float *y, uint32_t row, uint32_t col, uint32_t o)
{
    const struct nev_linear *n = &l->step.linear[0];
    float most = -1.0f;

    for (uint32_t t = 0; t < 9; t++) {
        uint32_t r = 2 * row + t / 3 - 1, c = 2 * col + t % 3 - 1;

        if (r < n->oh && c < n->ow && y[((size_t)r * n->ow + c) * n->oc + o] > most) {
            most = y[((size_t)r * n->ow + c) * n->oc + o];
        }
    }
    return most;
}

static void check(struct nev_test_layer *l)
{
    const size_t oc = l->step.oc, len = (size_t)l->step.oh * l->step.ow * oc;
    float *y = oracle(l), *want = malloc(len * sizeof *want);

    assert_non_null(want);
    for (size_t k = 0; k < len; k++) {
        want[k] = most_of(l, y, (uint32_t)(k / oc / l->step.ow), (uint32_t)(k / oc % l->step.ow),
                          (uint32_t)(k % oc));
    }
    nev_test_layer_same(l, want, 4);
    free(want);
    free(y);
}

/* Verifies: NEV-NN-061 (tiles whole and cut at either edge and both, odd and even sides, one row, one column, with
 * border and without, off alignment, 1 to 4 parts, more parts than rows of tiles) */
static void test_steps(void **state)
{
    static const struct dims dims[] = {{16, 16, 16, 3}, {1, 1, 16, 3},   {15, 1, 16, 3}, {2, 31, 16, 3},
                                       {33, 22, 32, 3}, {38, 41, 16, 3}, {21, 24, 16, 0}};
    uint64_t seed = 17;

    (void)state;
    for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++) {
        struct nev_test_layer l;

        layer_make(&l, &dims[i], i % 4, &seed);
        check(&l);
        nev_test_layer_free(&l);
    }
}

/* ---- error against float64 ---- */

/* Verifies: NEV-NN-062 (through the maximum, which rounds nothing: a picture of noise; the direct chain of 147
 * products beside it) */
static void test_error(void **state)
{
    const struct dims d = {64, 64, 16, 3};
    const struct nev_kernels *kernels = nev_kernels_select(nev_cpu_isas());
    struct nev_test_errors errors = {0};
    uint64_t seed = 18;
    struct nev_test_layer l;

    (void)state;
    layer_make(&l, &d, 0, &seed);
    for (size_t i = 0; i < l.x.len; i++) {
        l.x.data[i] = (float)(int32_t)nev_test_random(&seed) * 0x1p-30f; /* -2 .. 2, as normalised pixels */
    }
    for (size_t i = 0; i < l.weight.len; i++) {
        l.weight.data[i] = (float)(int32_t)nev_test_random(&seed) * 0x1p-34f;
    }
    nev_test_layer_unnorm(&l);
    nev_test_layer_run(&l, kernels, 1);
    for (size_t k = 0; k < l.y.len; k++) {
        const uint32_t o = (uint32_t)k % d.oc, at = (uint32_t)k / d.oc;
        const struct nev_linear *n = &l.step.linear[0];
        double most = 0.0;
        float direct = 0.0f;

        for (uint32_t t = 0; t < 9; t++) {
            uint32_t row = 2 * (at / l.step.ow) + t / 3 - 1, col = 2 * (at % l.step.ow) + t % 3 - 1;
            double sum = (double)nev_test_layer_bias(&l, o);
            float chain = nev_test_layer_bias(&l, o);

            if (row >= n->oh || col >= n->ow) {
                continue;
            }
            for (uint32_t j = 0; j < 147; j++) {
                uint32_t p = j / 21, q = j / 3 % 7, c = j % 3;
                float x = pixel_of(&l, 2 * (int64_t)row + p, 2 * (int64_t)col + q, c);
                double g = weight_of(&l, o, c, p, q);

                sum += (double)x * g;
                chain = fma1(x, (float)g, chain);
            }
            most = sum > most ? sum : most;
            direct = chain > direct ? chain : direct;
        }
        nev_test_errors_add(&errors, l.y.data[k], direct, most);
    }
    assert_true(nev_test_errors_ratio(&errors, "winograd-7x7") <= 2.3);
    nev_test_layer_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transforms_are_convolution),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_error),
    };

    return cmocka_run_group_tests_name("winograd_7x7", tests, NULL, NULL);
}
