/* SPDX-License-Identifier: MIT */
/*
 * Winograd's convolutions (algorithm_winograd.c, kernels/winograd.inc) of every instruction set here and every width: against the
 * definition of convolution in integers, against a scalar loop of the same operations bit for bit, between pages
 * that fault, and against float64 for their error.
 */
#include "tests/support/test.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/algorithm.h"
#include "nn/base/cpu.h"
#include "nn/base/real.h"
#include "nn/base/size.h"
#include "nn/kernels/kernels.h"
#include "tests/support/layer.h"

#define SIDE NEV_WINOGRAD_POINTS

/* ---- the transforms of one dimension, as nn/NUMERICS.md states them ---- */

static const enum nev_algorithm algorithms[] = {NEV_ALGORITHM_WINOGRAD_F4, NEV_ALGORITHM_WINOGRAD_F2,
                                                NEV_ALGORITHM_WINOGRAD_S2};

static float fma1(float a, float b, float c)
{
    return nev_fmaf_exact(a, b, c);
}

static void input_line(enum nev_winograd scheme, const float d[SIDE], float v[SIDE])
{
    if (scheme == NEV_WINOGRAD_F4) {
        float even = fma1(d[2], -2.25f, d[4]), odd = fma1(d[1], -2.25f, d[3]);
        float even2 = fma1(d[2], -0.5625f, d[4]), odd2 = fma1(d[1], -0.5625f, d[3]);
        float w[SIDE] = {fma1(d[0], 1.265625f, fma1(d[2], -2.8125f, d[4])),
                         fma1(odd, 0.75f, even),
                         fma1(odd, -0.75f, even),
                         fma1(odd2, 1.5f, even2),
                         fma1(odd2, -1.5f, even2),
                         fma1(d[1], 1.265625f, fma1(d[3], -2.8125f, d[5]))};

        memcpy(v, w, sizeof w);
    } else if (scheme == NEV_WINOGRAD_F2) {
        float w[SIDE] = {d[0] - d[2], d[1] + d[2], d[2] - d[1], d[3] - d[1]};

        memcpy(v, w, sizeof w);
    } else {
        float w[SIDE] = {d[0] - d[2], d[2], d[2] - d[4], d[1], d[3]};

        memcpy(v, w, sizeof w);
    }
}

static void output_line(enum nev_winograd scheme, const float m[SIDE], float y[SIDE])
{
    if (scheme == NEV_WINOGRAD_F4) {
        float sum = m[1] + m[2], diff = m[1] - m[2], sum2 = m[3] + m[4], diff2 = m[3] - m[4];

        y[0] = (m[0] + sum) + sum2;
        y[1] = fma1(diff2, 2.0f, diff) * 0.75f;
        y[2] = fma1(sum2, 4.0f, sum) * 0.5625f;
        y[3] = fma1(fma1(diff2, 8.0f, diff), 0.421875f, m[5]);
    } else {
        bool is_f2 = scheme == NEV_WINOGRAD_F2;

        y[0] = (m[0] + m[1]) + (is_f2 ? m[2] : m[3]);
        y[1] = (m[1] - m[2]) + (is_f2 ? m[3] : m[4]);
    }
}

static void weight_line(enum nev_winograd scheme, const double g[3], double u[SIDE])
{
    if (scheme == NEV_WINOGRAD_F4) {
        double p[2] = {0.75, 1.5}, f[2] = {-128.0 / 243.0, 32.0 / 243.0};

        u[0] = g[0] * (64.0 / 81.0);
        for (int i = 0; i < 2; i++) {
            double even = g[0] + g[2] * (p[i] * p[i]), odd = g[1] * p[i];

            u[1 + 2 * i] = (even + odd) * f[i];
            u[2 + 2 * i] = (even - odd) * f[i];
        }
        u[5] = g[2];
    } else if (scheme == NEV_WINOGRAD_F2) {
        u[0] = g[0];
        u[1] = ((g[0] + g[2]) + g[1]) * 0.5;
        u[2] = ((g[0] + g[2]) - g[1]) * 0.5;
        u[3] = g[2];
    } else {
        u[0] = g[0];
        u[1] = g[0] + g[2];
        u[2] = g[2];
        u[3] = u[4] = g[1];
    }
}

/* Verifies: NEV-NN-021 (in integers: 243, 64 and 64 times the three matrices, read off unit vectors; their product
 * must be 243 * 64 * 64 where tap + output * stride is the pixel, else 0. Rounds 64/81 and such back) */
static void test_transforms_are_convolution(void **state)
{
    (void)state;
    for (int s = NEV_WINOGRAD_F4; s <= NEV_WINOGRAD_S2; s++) {
        enum nev_winograd scheme = (enum nev_winograd)s;
        struct nev_winograd_shape shape = nev_winograd_shape(scheme);
        long a[SIDE][SIDE], b[SIDE][SIDE], g[SIDE][3];
        int stride = scheme == NEV_WINOGRAD_S2 ? 2 : 1;

        for (int k = 0; k < SIDE; k++) {
            float unit[SIDE] = {0}, out[SIDE] = {0};
            double tap[3] = {0}, u[SIDE] = {0};

            unit[k] = 64.0f;
            input_line(scheme, unit, out);
            for (int z = 0; z < SIDE; z++) {
                b[z][k] = (long)out[z];
                assert_true((float)b[z][k] == out[z]);
            }
            memset(out, 0, sizeof out);
            output_line(scheme, unit, out);
            for (int i = 0; i < SIDE; i++) {
                a[i][k] = (long)out[i];
                assert_true((float)a[i][k] == out[i]);
            }
            tap[k % 3] = 243.0;
            weight_line(scheme, tap, u);
            for (int z = 0; z < SIDE; z++) {
                g[z][k % 3] = lround(u[z] * 2.0); /* F2 has halves: 2 * 243 in all */
                assert_true(fabs((double)g[z][k % 3] - u[z] * 2.0) < 1e-12);
            }
        }
        for (int i = 0; i < shape.out; i++) {
            for (int k = 0; k < 3; k++) {
                for (int j = 0; j < shape.in; j++) {
                    long sum = 0;

                    for (int z = 0; z < shape.points; z++) {
                        sum += a[i][z] * g[z][k] * b[z][j];
                    }
                    assert_int_equal(sum, j == i * stride + k ? 64L * 64 * 243 * 2 : 0);
                }
            }
        }
    }
}

/* ---- a layer, run as a step of a plan would be ---- */

struct dims {
    uint32_t h, w, c, oc, pad;
};

static void layer_make(struct nev_test_layer *l, enum nev_winograd scheme, const struct dims *d,
                       bool is_pooled, bool has_also, size_t scatter, uint64_t *seed)
{
    struct nev_linear *linear = &l->step.linear[0];
    uint32_t s = scheme == NEV_WINOGRAD_S2 ? 2 : 1;

    memset(l, 0, sizeof *l);
    l->scheme = (int)scheme;
    l->step.algorithm = algorithms[scheme];
    l->step.pool_k = is_pooled ? 2 : 0;
    linear->k = 3;
    linear->s = (uint8_t)s;
    linear->h = d->h;
    linear->w = d->w;
    linear->c = d->c;
    linear->oh = (d->h + 2 * d->pad - 3) / s + 1;
    linear->ow = (d->w + 2 * d->pad - 3) / s + 1;
    linear->oc = d->oc;
    linear->pad_top = d->pad;
    linear->pad_left = d->pad;
    l->step.oh = is_pooled ? linear->oh / 2 : linear->oh;
    l->step.ow = is_pooled ? linear->ow / 2 : linear->ow;
    nev_test_layer_make(l, has_also, scatter, seed);
}

/* ---- the oracle: one tile and one output channel at a time ---- */

static float pixel_of(const struct nev_test_layer *l, int64_t y, int64_t x, uint32_t i)
{
    const struct nev_linear *n = &l->step.linear[0];

    if (y < 0 || x < 0 || y >= n->h || x >= n->w) {
        return 0.0f;
    }
    return l->x.data[((size_t)y * n->w + (size_t)x) * n->c + i];
}

static void filter_of(const struct nev_test_layer *l, uint32_t o, uint32_t i, float u[SIDE][SIDE])
{
    const float *w = l->weight.data + ((size_t)o * l->step.linear[0].c + i) * 9;
    double half[3][SIDE], line[3], out[SIDE], scale = nev_test_layer_scale(l, o);

    for (int q = 0; q < 3; q++) {
        for (int p = 0; p < 3; p++) {
            line[p] = (double)w[p * 3 + q] * scale;
        }
        weight_line((enum nev_winograd)l->scheme, line, half[q]);
    }
    for (int z = 0; z < nev_winograd_shape((enum nev_winograd)l->scheme).points; z++) {
        for (int q = 0; q < 3; q++) {
            line[q] = half[q][z];
        }
        weight_line((enum nev_winograd)l->scheme, line, out);
        for (int k = 0; k < SIDE; k++) {
            u[z][k] = (float)out[k];
        }
    }
}

static void tile_of(const struct nev_test_layer *l, uint32_t row, uint32_t col, uint32_t i,
                    float v[SIDE][SIDE])
{
    const struct nev_linear *n = &l->step.linear[0];
    struct nev_winograd_shape shape = nev_winograd_shape((enum nev_winograd)l->scheme);
    float half[SIDE][SIDE], line[SIDE] = {0}, out[SIDE];

    for (int x = 0; x < shape.in; x++) {
        for (int y = 0; y < shape.in; y++) {
            line[y] = pixel_of(l, (int64_t)row * shape.step + y - n->pad_top,
                               (int64_t)col * shape.step + x - n->pad_left, i);
        }
        input_line((enum nev_winograd)l->scheme, line, out);
        for (int z = 0; z < shape.points; z++) {
            half[z][x] = out[z];
        }
    }
    for (int z = 0; z < shape.points; z++) {
        input_line((enum nev_winograd)l->scheme, half[z], v[z]);
    }
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

/* The outputs of one tile in one channel, before pooling; `sum` are the products. */
static void outputs_of(const struct nev_test_layer *l, uint32_t row, uint32_t col, uint32_t o,
                       float sum[SIDE][SIDE], float *y)
{
    struct nev_winograd_shape shape = nev_winograd_shape((enum nev_winograd)l->scheme);
    float half[SIDE][SIDE], line[SIDE], out[SIDE];
    uint32_t oc = l->step.linear[0].oc;

    for (int x = 0; x < shape.points; x++) {
        for (int z = 0; z < shape.points; z++) {
            line[z] = sum[z][x];
        }
        output_line((enum nev_winograd)l->scheme, line, out);
        for (int i = 0; i < shape.out; i++) {
            half[i][x] = out[i];
        }
    }
    for (int i = 0; i < shape.out; i++) {
        output_line((enum nev_winograd)l->scheme, half[i], out);
        for (int j = 0; j < shape.out; j++) {
            size_t r = (size_t)row * (size_t)shape.out + (size_t)i,
                   c = (size_t)col * (size_t)shape.out + (size_t)j;
            size_t at = (r * l->step.linear[0].ow + c) * oc + o;

            if (r < l->step.linear[0].oh && c < l->step.linear[0].ow) {
                float v = out[j] + nev_test_layer_bias(l, o);

                v = l->step.also < 0 ? v : v + l->also.data[at];
                y[at] = act_of(v, (enum nev_act)l->step.act);
            }
        }
    }
}

/* The convolution's output, [oh, ow, oc], from malloc. */
static float *oracle(const struct nev_test_layer *l)
{
    const struct nev_linear *n = &l->step.linear[0];
    struct nev_winograd_shape shape = nev_winograd_shape((enum nev_winograd)l->scheme);
    uint32_t out = (uint32_t)shape.out, rows = (l->step.linear[0].oh + out - 1) / out,
             cols = (l->step.linear[0].ow + out - 1) / out;
    float *y = malloc((size_t)l->step.linear[0].oh * l->step.linear[0].ow * n->oc * sizeof *y);
    float(*u)[SIDE][SIDE] = malloc((size_t)n->oc * n->c * sizeof *u), v[SIDE][SIDE];
    float(*sum)[SIDE][SIDE] = malloc((size_t)n->oc * sizeof *sum);

    assert_true(y != NULL && u != NULL && sum != NULL);
    for (size_t k = 0; k < (size_t)n->oc * n->c; k++) {
        filter_of(l, (uint32_t)(k / n->c), (uint32_t)(k % n->c), u[k]);
    }
    for (uint32_t t = 0; t < rows * cols; t++) {
        memset(sum, 0, n->oc * sizeof *sum);
        for (uint32_t i = 0; i < n->c; i++) {
            tile_of(l, t / cols, t % cols, i, v);
            for (size_t o = 0; o < n->oc; o++) {
                for (int z = 0; z < shape.points * shape.points; z++) {
                    int p = z / shape.points, q = z % shape.points;

                    sum[o][p][q] = nev_fmaf(v[p][q], u[o * n->c + i][p][q], sum[o][p][q]);
                }
            }
        }
        for (uint32_t o = 0; o < n->oc; o++) {
            outputs_of(l, t / cols, t % cols, o, sum[o], y);
        }
    }
    free(u);
    free(sum);
    return y;
}

/* What the step should give: the convolution's output, or its 2 x 2 maximum. */
static float wanted(const struct nev_test_layer *l, const float *y, size_t k)
{
    size_t oc = l->step.linear[0].oc, o = k % oc, col = k / oc % l->step.ow, row = k / oc / l->step.ow;
    float most;

    if (l->step.pool_k == 0) {
        return y[k];
    }
    most = y[(2 * row * l->step.linear[0].ow + 2 * col) * oc + o];
    for (size_t t = 1; t < 4; t++) {
        float v = y[((2 * row + t / 2) * l->step.linear[0].ow + 2 * col + t % 2) * oc + o];

        most = v > most ? v : most;
    }
    return most;
}

static void check(struct nev_test_layer *l)
{
    const size_t len = (size_t)l->step.oh * l->step.ow * l->step.linear[0].oc;
    float *y = oracle(l), *want = malloc(len * sizeof *want);

    assert_non_null(want);
    for (size_t k = 0; k < len; k++) {
        want[k] = wanted(l, y, k);
    }
    nev_test_layer_same(l, want, 3);
    free(want);
    free(y);
}

/* Verifies: NEV-NN-014, NEV-NN-105 (one pixel, one row, one column, tiles cut at either edge and both, tails of channels, with
 * and without border, many tiles and few, addition, pooling, every activation, off alignment, 1 to 3 parts) */
static void test_layers(void **state)
{
    static const struct dims dims[] = {
        {1, 1, 16, 1, 1},    {1, 19, 32, 16, 1}, {23, 1, 16, 33, 1}, {12, 12, 32, 16, 1}, {14, 13, 48, 40, 1},
        {13, 18, 16, 5, 0},  {7, 7, 64, 32, 1},  {8, 6, 16, 17, 1},  {25, 27, 16, 16, 1}, {40, 41, 16, 20, 1},
        {14, 14, 32, 48, 1}, {9, 12, 16, 16, 1}, {8, 11, 16, 16, 1}, /* shared by several parts */
    };
    uint64_t seed = 7;

    (void)state;
    for (int s = NEV_WINOGRAD_F4; s <= NEV_WINOGRAD_S2; s++) {
        for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++) {
            for (int how = 0; how < 3; how++) { /* plain, with addition, pooled */
                size_t scatter = i < 10 ? (i + (size_t)how) % 4 : 0;
                struct nev_test_layer l;

                layer_make(&l, (enum nev_winograd)s, &dims[i], how == 2, how == 1, scatter, &seed);
                assert_true(i < 10 || nev_is_shared(l.y.data, dims[i].oc, 2));
                l.step.act = (uint8_t)((i + (size_t)how) % 4);
                if (l.step.oh > 0 && l.step.ow > 0) {
                    check(&l);
                }
                nev_test_layer_free(&l);
            }
        }
    }
}

/* ---- error against float64 ---- */

static double direct_f64(const struct nev_test_layer *l, uint32_t row, uint32_t col, uint32_t o)
{
    const struct nev_linear *n = &l->step.linear[0];
    double sum = 0.0, scale = nev_test_layer_scale(l, o);

    for (uint32_t t = 0; t < 9 * n->c; t++) {
        uint32_t i = t / 9, p = t % 9 / 3, q = t % 3;

        sum += (double)pixel_of(l, (int64_t)row * n->s + p - n->pad_top,
                                (int64_t)col * n->s + q - n->pad_left, i) *
               ((double)l->weight.data[((size_t)o * n->c + i) * 9 + p * 3 + q] * scale);
    }
    return sum + (double)nev_test_layer_bias(l, o);
}

static float direct_f32(const struct nev_test_layer *l, uint32_t row, uint32_t col, uint32_t o)
{
    const struct nev_linear *n = &l->step.linear[0];
    float sum = nev_test_layer_bias(l, o);
    double scale = nev_test_layer_scale(l, o);

    for (uint32_t t = 0; t < 9 * n->c; t++) {
        uint32_t i = t % n->c, p = t / n->c / 3, q = t / n->c % 3;
        float w = (float)((double)l->weight.data[((size_t)o * n->c + i) * 9 + p * 3 + q] * scale);

        sum = nev_fmaf(
            pixel_of(l, (int64_t)row * n->s + p - n->pad_top, (int64_t)col * n->s + q - n->pad_left, i), w,
            sum);
    }
    return sum;
}

/* Verifies: NEV-NN-022 (inputs after a rectifier; F4 costs a factor of 2.3 at the most over the direct chain, F2 and
 * S2 none) */
static void test_error(void **state)
{
    static const double allowed[] = {2.3, 1.0, 1.0};
    const struct nev_kernels *kernels = nev_kernels_select(nev_cpu_isas());
    uint64_t seed = 8;

    (void)state;
    for (int s = NEV_WINOGRAD_F4; s <= NEV_WINOGRAD_S2; s++) {
        for (uint32_t c = 64; c <= 512; c *= 2) {
            const struct dims d = {16, 16, c, 32, 1};
            struct nev_test_errors errors = {0};
            struct nev_test_layer l;
            char name[64];

            layer_make(&l, (enum nev_winograd)s, &d, false, false, 0, &seed);
            for (size_t i = 0; i < l.x.len; i++) {
                l.x.data[i] =
                    (nev_test_random(&seed) & 1) != 0 ? (float)nev_test_random(&seed) * 0x1p-32f : 0.0f;
            }
            for (size_t i = 0; i < l.weight.len; i++) {
                l.weight.data[i] = (float)(int32_t)nev_test_random(&seed) * 0x1p-31f;
            }
            nev_test_layer_unnorm(&l);
            nev_test_layer_run(&l, kernels, 1);
            for (uint32_t m = 0; m < l.step.oh * l.step.ow; m++) {
                for (uint32_t o = 0; o < d.oc; o++) {
                    uint32_t row = m / l.step.ow, col = m % l.step.ow;

                    nev_test_errors_add(&errors, l.y.data[m * d.oc + o], direct_f32(&l, row, col, o),
                                        direct_f64(&l, row, col, o));
                }
            }
            snprintf(name, sizeof name, "%s, %u channels", nev_algorithm(l.step.algorithm)->name, c);
            assert_true(nev_test_errors_ratio(&errors, name) <= allowed[s]);
            nev_test_layer_free(&l);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transforms_are_convolution),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_error),
    };

    return cmocka_run_group_tests_name("winograd", tests, NULL, NULL);
}
