/* SPDX-License-Identifier: MIT */
#include "tests/support/golden.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/base/bytes.h"
#include "tests/support/test.h"

double *nev_test_golden_features(const char *path, size_t *rows)
{
    size_t bytes, i, head;
    uint8_t *file = nev_test_read(path, &bytes);
    double *f;

    head = 10 + (size_t)nev_load_u16le(file + 8);
    *rows = (bytes - head) / (8 * NEV_FEATURES_LEN);
    f = malloc(*rows * NEV_FEATURES_LEN * sizeof *f);
    assert_non_null(f);
    for (i = 0; i < *rows * NEV_FEATURES_LEN; i++) {
        f[i] = nev_load_f64le(file + head + 8 * i);
    }
    free(file);
    return f;
}

/* The mean |a| of each channel that the last linear layer reads. */
struct last_input {
    const char *wanted;
    uint32_t c;
    double *mean_abs;
};

static void keep_last_input(void *ctx, const struct nev_trace_event *e)
{
    struct last_input *in = ctx;

    if (strcmp(e->name, in->wanted) != 0 || e->stage[0] != '\0') {
        return;
    }
    in->c = e->c;
    in->mean_abs = calloc(e->c, sizeof *in->mean_abs);
    assert_non_null(in->mean_abs);
    for (uint32_t c = 0; c < e->c; c++) {
        double sum = 0.0;

        for (uint32_t i = 0; i < e->h; i++) {
            for (uint32_t j = 0; j < e->w; j++) {
                sum += fabs((double)e->data[i * e->h_stride + j * e->w_stride + c * e->c_stride]);
            }
        }
        in->mean_abs[c] = sum / (double)((size_t)e->h * e->w);
    }
}

void nev_test_golden_bound(const struct nev_test_model *m, struct nev_test_net *reference, const float *input,
                           double bound[NEV_FEATURES_LEN], float features[NEV_FEATURES_LEN])
{
    static const char *const stems[] = {"", "fc", "conv19", "classifier.1"}; /* by enum nev_net */
    const char *stem = stems[m->weights.model.net];
    struct last_input in = {m->weights.model.net == NEV_NET_DARKNET19 ? "conv18" : "avgpool", 0, NULL};
    struct nev_trace trace = {keep_last_input, &in};
    struct nev_tensor w, b;
    char name[80];

    reference->run.trace = &trace;
    nev_test_net_features(reference, input, features);
    reference->run.trace = NULL;
    snprintf(name, sizeof name, "%s.weight", stem);
    assert_int_equal(nev_weights_find(&m->weights, name, &w, NULL), NEV_OK);
    snprintf(name, sizeof name, "%s.bias", stem);
    assert_int_equal(nev_weights_find(&m->weights, name, &b, NULL), NEV_OK);
    for (size_t o = 0; o < NEV_FEATURES_LEN; o++) {
        double sum = fabs((double)nev_load_f32le(b.data + 4 * o));

        for (uint32_t c = 0; c < in.c; c++) {
            sum += fabs((double)nev_load_f32le(w.data + 4 * (o * in.c + c))) * in.mean_abs[c];
        }
        bound[o] = 2.0 * sqrt((double)in.c) * ldexp(1.0, -24) * sum;
    }
    free(in.mean_abs);
}

double nev_test_golden_worst(const float *features, const double *golden, const double *bound)
{
    double most = 0.0;

    for (size_t o = 0; o < NEV_FEATURES_LEN; o++) {
        double share = fabs((double)features[o] - golden[o]) / bound[o];

        if (!(share <= 1.0)) {
            printf("# feature %zu: %.9g, expected %.9g, bound %.3g\n", o, (double)features[o], golden[o],
                   bound[o]);
            share = share > 1.0 ? share : HUGE_VAL; /* NaN counts as infinite */
        }
        most = share > most ? share : most;
    }
    return most;
}
