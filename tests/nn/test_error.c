/* SPDX-License-Identifier: MIT */
/*
 * The error of every step of every network, fast and direct, against float64 (algorithm_gemm.c, algorithm_block.c,
 * algorithm_winograd.c, algorithm_winograd_7x7.c, winograd_weights.c, conv.inc, depthwise.inc, winograd.inc inside the whole
 * networks): each step is computed again from the inputs that it had, weights folded and sums taken in float64. One output
 * channel in seven is looked at where the rows of a step allow it; 7 and the 16 lanes of a panel have no factor in common.
 */
#include "tests/support/test.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/algorithm.h"
#include "nn/base/bytes.h"
#include "nn/base/cpu.h"
#include "nn/net.h"
#include "tests/support/model.h"
#include "tests/support/real.h"

#define EVERY 7u

/* The one step that may have more than twice the rms error of the direct chain (nn/NUMERICS.md). */
#define MORE_7X7 2.5

/* The outputs of one run that a trace shows, by row of the table, [H,W,C]; NULL: inside a fused step. */
struct record {
    enum nev_net net;
    float *row[NEV_LAYERS_MAX];
};

static void keep(void *ctx, const struct nev_trace_event *e)
{
    struct record *r = ctx;
    uint32_t row = 0;
    float *to = malloc((size_t)e->h * e->w * e->c * sizeof *to);

    while (strcmp(nev_net_layer_name(r->net, row), e->name) != 0) {
        row++;
    }
    assert_non_null(to);
    r->row[row] = to;
    for (uint32_t i = 0; i < e->h; i++) {
        for (uint32_t j = 0; j < e->w; j++) {
            for (uint32_t c = 0; c < e->c; c++) {
                *to++ = e->data[i * e->h_stride + j * e->w_stride + c * e->c_stride];
            }
        }
    }
}

/* A step computed again: rows first..last of the table, each of them here once it is done. */
struct again {
    const struct nev_test_model *m;
    const struct nev_table *table;
    const struct nev_shape *shape;
    const struct record *record;
    const float *picture;
    uint32_t first, last;
    double *done[NEV_LAYERS_MAX];
};

/* What a row reads: a row of the same step as it is here, or what the run had. */
static double input(const struct again *a, int32_t row, size_t i)
{
    if (row >= (int32_t)a->first) {
        return a->done[row][i];
    }
    return (double)(row < 0 ? a->picture[i] : a->record->row[row][i]);
}

/* One channel in how many of a row is computed: all, where a later row of the step sums over them, in the picture's 7x7
 * convolution, where channels differ most, and where there is one pixel. */
static uint32_t every_of(const struct again *a, uint32_t row)
{
    for (uint32_t r = row + 1; r <= a->last; r++) {
        enum nev_op op = a->table->layer[r].op;

        if (op == NEV_OP_CONV || op == NEV_OP_FC) {
            return 1;
        }
    }
    return a->table->layer[a->first].k == 7 || a->shape[a->last].oh * a->shape[a->last].ow == 1 ? 1 : EVERY;
}

static double number(const struct again *a, const struct nev_layer *layer, uint32_t c, enum nev_part part,
                     size_t i)
{
    char name[NEV_TENSOR_NAME_LEN];
    struct nev_tensor_spec spec;
    struct nev_tensor tensor;
    struct nev_error err;

    nev_layer_tensor(layer, c, part, &spec, name);
    assert_int_equal(nev_weights_find(&a->m->weights, name, &tensor, &err), NEV_OK);
    return (double)nev_load_f32le(tensor.data + 4 * i);
}

/* The weights of output channel o in the order [k][k][c], folded, and its bias. */
static double fold(const struct again *a, uint32_t row, uint32_t o, double *w)
{
    const struct nev_layer *layer = &a->table->layer[row];
    const uint32_t c = a->shape[row].c, taps = (uint32_t)layer->k * layer->k,
                   depth = layer->op == NEV_OP_DEPTHWISE ? 1 : c;
    const struct nev_model *model = &a->m->weights.model;
    double scale = 1.0, bias;
    char name[NEV_TENSOR_NAME_LEN];
    struct nev_tensor_spec spec;
    struct nev_tensor tensor;
    struct nev_error err;

    if (layer->norm == NULL) {
        bias = number(a, layer, c, NEV_PART_BIAS, o);
    } else {
        double var = number(a, layer, c, NEV_PART_VAR, o);

        scale = number(a, layer, c, NEV_PART_GAMMA, o) /
                (model->bn_form == NEV_BN_EPS_INSIDE ? sqrt(var + model->bn_eps) : sqrt(var) + model->bn_eps);
        bias = number(a, layer, c, NEV_PART_BETA, o) - number(a, layer, c, NEV_PART_MEAN, o) * scale;
    }
    nev_layer_tensor(layer, c, NEV_PART_WEIGHT, &spec, name);
    assert_int_equal(nev_weights_find(&a->m->weights, name, &tensor, &err), NEV_OK);
    for (uint32_t i = 0; i < depth; i++) {
        for (uint32_t t = 0; t < taps; t++) {
            w[(size_t)t * depth + i] =
                (double)nev_load_f32le(tensor.data + 4 * (((size_t)o * depth + i) * taps + t)) * scale;
        }
    }
    return bias;
}

static double activate(enum nev_act act, double v)
{
    switch (act) {
    case NEV_ACT_RELU:
        return v > 0.0 ? v : 0.0;
    case NEV_ACT_RELU6:
        return v > 0.0 ? (v < 6.0 ? v : 6.0) : 0.0;
    case NEV_ACT_LEAKY:
        return v > 0.0 ? v : v * (double)NEV_LEAKY_SLOPE;
    case NEV_ACT_NONE:
        break;
    }
    return v;
}

static double dot(const double *x, const double *w, uint32_t n)
{
    double s[4] = {0.0, 0.0, 0.0, 0.0};
    uint32_t i = 0;

    for (; i + 4 <= n; i += 4) {
        for (int l = 0; l < 4; l++) {
            s[l] += x[i + (uint32_t)l] * w[i + (uint32_t)l];
        }
    }
    for (; i < n; i++) {
        s[0] += x[i] * w[i];
    }
    return (s[0] + s[1]) + (s[2] + s[3]);
}

/* Convolution, depthwise convolution, fully connected; x is the whole input. */
static double linear_at(const struct again *a, uint32_t row, const double *x, const double *w,
                        const uint32_t at[3])
{
    const struct nev_layer *layer = &a->table->layer[row];
    const struct nev_shape *s = &a->shape[row];
    const bool is_depthwise = layer->op == NEV_OP_DEPTHWISE;
    double sum = 0.0;

    for (uint32_t p = 0; p < layer->k; p++) {
        const int64_t i = (int64_t)at[0] * layer->s + p - s->pad_top;

        for (uint32_t q = 0; q < layer->k; q++) {
            const int64_t j = (int64_t)at[1] * layer->s + q - s->pad_left;
            const size_t pixel = ((size_t)i * s->w + (size_t)j) * s->c, tap = (size_t)p * layer->k + q;

            if (i >= 0 && j >= 0 && i < s->h && j < s->w) {
                sum += is_depthwise ? x[pixel + at[2]] * w[tap] : dot(x + pixel, w + tap * s->c, s->c);
            }
        }
    }
    return sum;
}

static double pool_at(const struct again *a, uint32_t row, const double *x, const uint32_t at[3])
{
    const struct nev_layer *layer = &a->table->layer[row];
    const struct nev_shape *s = &a->shape[row];
    const bool is_mean = layer->op == NEV_OP_AVGPOOL;
    const uint32_t kh = is_mean ? s->h : layer->k, kw = is_mean ? s->w : layer->k;
    double most = -INFINITY, sum = 0.0;

    for (uint32_t p = 0; p < kh; p++) {
        for (uint32_t q = 0; q < kw; q++) {
            const int64_t i = (int64_t)at[0] * layer->s + p - s->pad_top,
                          j = (int64_t)at[1] * layer->s + q - s->pad_left;

            if (i >= 0 && j >= 0 && i < s->h && j < s->w) {
                const double v = x[((size_t)i * s->w + (size_t)j) * s->c + at[2]];

                most = v > most ? v : most;
                sum += v;
            }
        }
    }
    return is_mean ? sum / ((double)kh * kw) : most;
}

static void do_row(struct again *a, uint32_t row)
{
    const struct nev_layer *layer = &a->table->layer[row];
    const struct nev_shape *s = &a->shape[row];
    const bool is_linear =
        layer->op == NEV_OP_CONV || layer->op == NEV_OP_FC || layer->op == NEV_OP_DEPTHWISE;
    const size_t in = (size_t)s->h * s->w * s->c;
    double *x = malloc(in * sizeof *x), *w = malloc((size_t)layer->k * layer->k * s->c * sizeof *w),
           *y = malloc((size_t)s->oh * s->ow * s->oc * sizeof *y), bias = 0.0;
    uint32_t at[3];

    assert_true(x != NULL && w != NULL && y != NULL);
    for (size_t i = 0; i < in; i++) {
        x[i] = input(a, s->in, i);
    }
    for (at[2] = 0; at[2] < s->oc; at[2] += every_of(a, row)) {
        if (is_linear) {
            bias = fold(a, row, at[2], w);
        }
        for (at[0] = 0; at[0] < s->oh; at[0]++) {
            for (at[1] = 0; at[1] < s->ow; at[1]++) {
                const size_t i = ((size_t)at[0] * s->ow + at[1]) * s->oc + at[2];
                double v = is_linear                 ? bias + linear_at(a, row, x, w, at)
                           : layer->op == NEV_OP_ADD ? x[i] + input(a, s->also, i)
                                                     : pool_at(a, row, x, at);

                y[i] = activate(layer->act, v);
            }
        }
    }
    free(x);
    free(w);
    a->done[row] = y;
}

struct error {
    double rms, max; /* of the output's rms */
};

/* The error of rows first..last in one run. */
static struct error error_of(const struct nev_test_model *m, const struct record *record,
                             const float *picture, const struct nev_shape *shape, uint32_t first,
                             uint32_t last)
{
    struct again a = {m, nev_table_of(m->weights.model.net), shape, record, picture, first, last, {NULL}};
    const struct nev_shape *s = &shape[last];
    const uint32_t every = every_of(&a, last);
    double of_error = 0.0, of_all = 0.0, most = 0.0, n = 0.0;

    assert_non_null(record->row[last]);
    for (uint32_t row = first; row <= last; row++) {
        do_row(&a, row);
    }
    for (size_t i = 0; i < (size_t)s->oh * s->ow; i++) {
        for (uint32_t o = 0; o < s->oc; o += every, n += 1.0) {
            double y = a.done[last][i * s->oc + o], e = (double)record->row[last][i * s->oc + o] - y;

            of_error += e * e;
            of_all += y * y;
            most = fabs(e) > most ? fabs(e) : most;
        }
    }
    for (uint32_t row = first; row <= last; row++) {
        free(a.done[row]);
    }
    return (struct error){sqrt(of_error / of_all), most / sqrt(of_all / n)};
}

static void run(const struct nev_test_model *m, enum nev_path path, const float *picture,
                struct record *record, struct nev_plan *plan)
{
    const struct nev_trace trace = {keep, record};
    float features[NEV_FEATURES_LEN];
    struct nev_test_net net;

    memset(record, 0, sizeof *record);
    record->net = m->weights.model.net;
    nev_test_net_make(&net, m, path, nev_cpu_isas(), 2);
    net.run.trace = &trace;
    nev_test_net_features(&net, picture, features);
    *plan = net.plan;
    nev_test_net_free(&net);
}

static void check(const char *what, const struct nev_test_model *m, const float *picture)
{
    static struct nev_shape shape[NEV_LAYERS_MAX];
    static struct record fast, direct;
    static struct nev_plan plan, other;
    struct nev_error err;

    assert_int_equal(nev_table_shapes(nev_table_of(m->weights.model.net), &m->weights.model, shape, &err),
                     NEV_OK);
    run(m, NEV_PATH_DIRECT, picture, &direct, &other);
    run(m, NEV_PATH_FAST, picture, &fast, &plan);
    printf("# %s: rms error of each step, of its output's rms (and the greatest error, of the same)\n", what);
    for (uint32_t i = 0; i < plan.step_len; i++) {
        const struct nev_step *step = &plan.step[i];
        const uint32_t first = step->first_row, last = step->last_row;
        struct error of_fast = error_of(m, &fast, picture, shape, first, last),
                     of_direct = error_of(m, &direct, picture, shape, first, last);

        printf("# %-22s %-13s %.2e (%.1e); direct %.2e (%.1e), ratio %.2f\n",
               nev_net_layer_name(plan.model.net, last), nev_algorithm(step->algorithm)->name, of_fast.rms,
               of_fast.max, of_direct.rms, of_direct.max, of_fast.rms / of_direct.rms);
        assert_true(of_fast.rms > 0.0 && of_direct.rms > 0.0);
        assert_true(of_fast.rms <=
                    (step->algorithm == NEV_ALGORITHM_WINOGRAD_7X7 ? MORE_7X7 : 2.0) * of_direct.rms);
    }
    for (uint32_t row = 0; row < NEV_LAYERS_MAX; row++) {
        free(fast.row[row]);
        free(direct.row[row]);
    }
}

static void check_formula(enum test_variant variant)
{
    struct nev_test_model m;
    char what[80];
    float *picture;

    nev_test_model_seeded(&m, variant);
    picture = nev_test_input(&m.weights.model.prep, 0);
    snprintf(what, sizeof what, "%s, weights and picture by formula", nev_test_variant_name(variant));
    check(what, &m, picture);
    free(picture);
    nev_test_model_free(&m);
}

static void check_real(const char *checkpoint)
{
    char name[256] = "", what[320];
    struct nev_test_model m;
    float *picture;
    FILE *list;

    if (nev_test_checkpoint(checkpoint) == NULL || nev_test_shared("golden/real.images.txt") == NULL) {
        skip();
        return;
    }
    list = fopen(nev_test_shared("golden/real.images.txt"), "r");
    assert_true(list != NULL && fgets(name, sizeof name, list) != NULL);
    fclose(list);
    name[strcspn(name, "\r\n")] = '\0';
    nev_test_model_import(&m, nev_test_checkpoint(checkpoint));
    picture = nev_test_picture(nev_test_shared(name), &m.weights.model.prep);
    snprintf(what, sizeof what, "%s, %s", checkpoint, name);
    check(what, &m, picture);
    free(picture);
    nev_test_model_free(&m);
}

/* Verifies: NEV-NN-147 */
static void test_resnet18(void **state)
{
    (void)state;
    check_formula(TEST_RESNET18);
}

/* Verifies: NEV-NN-147 */
static void test_darknet19(void **state)
{
    (void)state;
    check_formula(TEST_DARKNET19);
}

/* Verifies: NEV-NN-147 (both paddings) */
static void test_mobilenetv2(void **state)
{
    (void)state;
    check_formula(TEST_MOBILENETV2);
    check_formula(TEST_MOBILENETV2_TF);
}

/* Verifies: NEV-NN-147 (trained weights, a photograph) */
static void test_real_resnet18(void **state)
{
    (void)state;
    check_real("weights/resnet18.pth");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_resnet18), cmocka_unit_test(test_darknet19),
                                       cmocka_unit_test(test_mobilenetv2),
                                       cmocka_unit_test(test_real_resnet18)};

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
