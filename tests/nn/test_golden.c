/* SPDX-License-Identifier: MIT */
/*
 * The networks against float64 features and layer statistics made with another program (golden/ of the shared
 * data): net.c, resnet18.c, darknet19.c, mobilenetv2.c, plan.c, pack.c, run.c, algorithm.c,
 * algorithm_gemm.c, algorithm_winograd.c,
 * algorithm_reference.c, kernels_c.c, kernels_avx2.c.
 */
#include "tests/support/test.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/base/cpu.h"
#include "tests/support/golden.h"
#include "tests/support/model.h"

static void check_formula(enum test_variant variant)
{
    const char *name = nev_test_variant_name(variant);
    double bound[NEV_FEATURES_LEN], *golden;
    struct nev_test_model m;
    struct nev_test_net fast, reference;
    float features[NEV_FEATURES_LEN];
    char path[100];
    size_t rows;

    snprintf(path, sizeof path, "golden/%s.features.npy", name);
    if (nev_test_shared(path) == NULL) {
        skip();
        return;
    }
    golden = nev_test_golden_features(nev_test_shared(path), &rows);
    assert_int_equal(rows, 2);
    nev_test_model_seeded(&m, variant);
    nev_test_net_make(&fast, &m, NEV_PATH_FAST, nev_cpu_isas(), 2);
    nev_test_net_make(&reference, &m, NEV_PATH_REFERENCE, NEV_ISA_C, 2);
    for (uint32_t i = 0; i < 2; i++) {
        float *input = nev_test_input(&m.weights.model.prep, i);
        double of_reference, of_fast;

        nev_test_golden_bound(&m, &reference, input, bound, features);
        of_reference = nev_test_golden_worst(features, golden + i * NEV_FEATURES_LEN, bound);
        nev_test_net_features(&fast, input, features);
        of_fast = nev_test_golden_worst(features, golden + i * NEV_FEATURES_LEN, bound);
        printf("# %s picture %u: worst error / bound: reference %.3f, fast %.3f\n", name, i, of_reference,
               of_fast);
        assert_true(of_reference <= 1.0);
        assert_true(of_fast <= 1.0);
        free(input);
    }
    nev_test_net_free(&fast);
    nev_test_net_free(&reference);
    nev_test_model_free(&m);
    free(golden);
}

/* Verifies: NEV-NN-001, NEV-NN-002, NEV-NN-003 */
static void test_resnet18_features(void **state)
{
    (void)state;
    check_formula(TEST_RESNET18);
}

/* Verifies: NEV-NN-001, NEV-NN-002, NEV-NN-003 */
static void test_darknet19_features(void **state)
{
    (void)state;
    check_formula(TEST_DARKNET19);
}

/* Verifies: NEV-NN-001, NEV-NN-002, NEV-NN-003 */
static void test_mobilenetv2_features(void **state)
{
    (void)state;
    check_formula(TEST_MOBILENETV2);
}

/* Verifies: NEV-NN-001, NEV-NN-002, NEV-NN-003 */
static void test_mobilenetv2_tf_features(void **state)
{
    (void)state;
    check_formula(TEST_MOBILENETV2_TF);
}

#define ROWS_MAX       64
#define STATISTICS_LEN 7 /* mean, mean |x|, max |x|, the first four values in [C,H,W] order */

/* One row of a layers.tsv, looked for in the trace. */
struct layer_row {
    char name[64], shape[32];
    double value[STATISTICS_LEN];
    bool is_seen;
};

struct layer_rows {
    struct layer_row row[ROWS_MAX];
    size_t len, bad;
};

static void statistics(const struct nev_trace_event *e, double value[STATISTICS_LEN])
{
    double sum = 0.0, sum_abs = 0.0, most = 0.0;
    size_t n = 0;

    for (uint32_t c = 0; c < e->c; c++) {
        for (uint32_t i = 0; i < e->h; i++) {
            for (uint32_t j = 0; j < e->w; j++, n++) {
                double v = (double)e->data[c * e->c_stride + i * e->h_stride + j * e->w_stride];

                sum += v;
                sum_abs += fabs(v);
                most = fabs(v) > most ? fabs(v) : most;
                if (n < 4) {
                    value[3 + n] = v;
                }
            }
        }
    }
    value[0] = sum / (double)n;
    value[1] = sum_abs / (double)n;
    value[2] = most;
}

/* The first row of that name not yet seen; Darknet's poolings are all "maxpool" there, in order. */
static struct layer_row *find_row(struct layer_rows *rows, const char *name)
{
    for (size_t r = 0; r < rows->len; r++) {
        struct layer_row *row = &rows->row[r];
        bool is_pool = strncmp(name, "maxpool", 7) == 0 && strcmp(row->name, "maxpool") == 0;

        if (!row->is_seen && (strcmp(row->name, name) == 0 || is_pool)) {
            return row;
        }
    }
    return NULL;
}

/* Each statistic agrees to 1e-4 of itself or, where it is smaller than that, of the layer's mean |x|: a mean
 * or a single value can be arbitrarily near zero. */
static void compare_row(void *ctx, const struct nev_trace_event *e)
{
    struct layer_rows *rows = ctx;
    struct layer_row *row = e->stage[0] == '\0' ? find_row(rows, e->name) : NULL;
    double value[STATISTICS_LEN] = {0};
    char shape[32];

    if (row == NULL) {
        return;
    }
    row->is_seen = true;
    statistics(e, value);
    if (strchr(row->shape, 'x') == NULL) {
        snprintf(shape, sizeof shape, "%u", e->c);
    } else {
        snprintf(shape, sizeof shape, "%ux%ux%u", e->c, e->h, e->w);
    }
    if (strcmp(shape, row->shape) != 0) {
        printf("# %s has shape %s, expected %s\n", e->name, shape, row->shape);
        rows->bad++;
    }
    for (int i = 0; i < STATISTICS_LEN; i++) {
        double scale = fabs(row->value[i]) > row->value[1] ? fabs(row->value[i]) : row->value[1];

        if (!(fabs(value[i] - row->value[i]) <= 1e-4 * scale)) {
            printf("# %s statistic %d: %.9g, expected %.9g\n", e->name, i, value[i], row->value[i]);
            rows->bad++;
        }
    }
}

static void read_rows(const char *path, struct layer_rows *rows)
{
    FILE *f = fopen(path, "r");
    char line[400];

    assert_non_null(f);
    memset(rows, 0, sizeof *rows);
    while (fgets(line, sizeof line, f) != NULL) {
        struct layer_row *row = &rows->row[rows->len];
        double *v = row->value;
        char *plus;

        if (sscanf(line, "%63s %31s %lf %lf %lf %lf %lf %lf %lf", row->name, row->shape, v, v + 1, v + 2,
                   v + 3, v + 4, v + 5, v + 6) != 9) {
            continue; /* the heading */
        }
        plus = strchr(row->name, '+'); /* "conv1+bn1+relu" is our row "conv1" */
        if (plus != NULL) {
            *plus = '\0';
        }
        rows->len++;
        assert_true(rows->len < ROWS_MAX);
    }
    fclose(f);
}

/* Is a row inside a fused step, where no trace can show it? */
static bool is_hidden(const struct nev_plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->step_len; i++) {
        for (uint32_t row = plan->step[i].first_row; row < plan->step[i].last_row; row++) {
            if (strcmp(nev_net_layer_name(plan->model.net, row), name) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void check_layers(enum test_variant variant, enum nev_path path)
{
    static const char *const names[NEV_PATH_LEN] = {"fast", "direct", "reference"};
    static struct layer_rows rows;
    struct nev_trace trace = {compare_row, &rows};
    struct nev_test_model m;
    struct nev_test_net net;
    float features[NEV_FEATURES_LEN], *input;
    size_t missing = 0, hidden = 0;
    char tsv[100];

    snprintf(tsv, sizeof tsv, "golden/%s.layers.tsv", nev_test_variant_name(variant));
    read_rows(nev_test_shared(tsv), &rows);
    assert_true(rows.len > 10);
    nev_test_model_seeded(&m, variant);
    nev_test_net_make(&net, &m, path, nev_cpu_isas(), 2);
    net.run.trace = &trace;
    input = nev_test_input(&m.weights.model.prep, 0);
    nev_test_net_features(&net, input, features);
    for (size_t r = 0; r < rows.len; r++) {
        if (!rows.row[r].is_seen && path != NEV_PATH_REFERENCE && is_hidden(&net.plan, rows.row[r].name)) {
            hidden++;
        } else if (!rows.row[r].is_seen) {
            printf("# %s: no trace shows layer %s\n", nev_test_variant_name(variant), rows.row[r].name);
            missing++;
        }
    }
    printf("# %s, %s path: %zu layers compared, %zu inside fused steps\n", nev_test_variant_name(variant),
           names[path], rows.len - missing - hidden, hidden);
    assert_int_equal(rows.bad, 0);
    assert_int_equal(missing, 0);
    free(input);
    nev_test_net_free(&net);
    nev_test_model_free(&m);
}

/* Verifies: NEV-NN-004 (every row of every layers.tsv on the reference path; on the others those that end a step) */
static void test_layers(void **state)
{
    (void)state;
    if (nev_test_shared("golden/resnet18.layers.tsv") == NULL) {
        skip();
        return;
    }
    for (int v = 0; v < TEST_VARIANTS; v++) {
        check_layers((enum test_variant)v, NEV_PATH_REFERENCE);
        check_layers((enum test_variant)v, NEV_PATH_DIRECT);
        check_layers((enum test_variant)v, NEV_PATH_FAST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resnet18_features),
        cmocka_unit_test(test_darknet19_features),
        cmocka_unit_test(test_mobilenetv2_features),
        cmocka_unit_test(test_mobilenetv2_tf_features),
        cmocka_unit_test(test_layers),
    };

    return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
