/* SPDX-License-Identifier: MIT */
#include "tests/support/layer.h"

#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nn/base/bytes.h"
#include "nn/base/real.h"
#include "nn/kernels/kernels.h"
#include "tests/support/lanes.h"

void nev_test_layer_make(struct nev_test_layer *l, bool has_also, size_t scatter, uint64_t *seed)
{
    const struct nev_linear *n = &l->step.linear[0];
    struct nev_test_guarded *filled[] = {&l->x,       &l->weight,  &l->norm[0],
                                         &l->norm[1], &l->norm[2], &l->norm[3]};
    uint64_t apart = *seed + 1; /* the rest is the same with and without an addition */
    size_t i;

    nev_test_guarded_make(&l->x, (size_t)n->h * n->w * n->c + scatter);
    nev_test_guarded_make(&l->also, (size_t)n->oh * n->ow * n->oc + scatter);
    nev_test_guarded_make(&l->y, (size_t)l->step.oh * l->step.ow * n->oc + scatter);
    nev_test_guarded_make(&l->weight, (size_t)n->oc * n->c * n->k * n->k);
    nev_test_guarded_make(&l->zero, n->c > NEV_PANEL ? n->c : NEV_PANEL);
    for (i = 0; i < 4; i++) {
        nev_test_guarded_make(&l->norm[i], n->oc);
    }
    for (i = 0; i < sizeof filled / sizeof filled[0]; i++) {
        nev_test_guarded_fill(filled[i], NEV_TEST_REALS, seed);
    }
    nev_test_guarded_fill(&l->also, NEV_TEST_REALS, &apart);
    for (i = 0; i < n->oc; i++) {
        l->norm[3].data[i] = fabsf(l->norm[3].data[i]) + 0.25f; /* the variance */
    }
    memset(l->zero.data, 0, l->zero.len * sizeof(float));
    l->step.linear_len = 1;
    l->step.batch = 1;
    l->step.also = has_also ? 0 : -1;
    l->run.plan = &l->plan;
    l->run.arena = l->zero.data;
    l->plan.model.bn_eps = 1e-5;
    l->plan.model.bn_form = NEV_BN_EPS_INSIDE;
}

void nev_test_layer_free(struct nev_test_layer *l)
{
    nev_test_guarded_free(&l->x);
    nev_test_guarded_free(&l->also);
    nev_test_guarded_free(&l->y);
    nev_test_guarded_free(&l->weight);
    nev_test_guarded_free(&l->zero);
    for (int i = 0; i < 4; i++) {
        nev_test_guarded_free(&l->norm[i]);
    }
}

static void make_unset(struct nev_test_guarded *g, uint64_t bytes)
{
    nev_test_guarded_make(g, (size_t)bytes / sizeof(float));
    memset(g->data, 0xFF, g->len * sizeof(float)); /* NaN: nothing unset may be used */
}

void nev_test_layer_run(struct nev_test_layer *l, const struct nev_kernels *kernels, uint32_t parts)
{
    static const enum nev_part norms[4] = {NEV_PART_GAMMA, NEV_PART_BETA, NEV_PART_MEAN, NEV_PART_VAR};
    const struct nev_algorithm_ops *ops = nev_algorithm(l->step.algorithm);
    struct nev_linear *linear = &l->step.linear[0];
    struct nev_pack_job job;
    struct nev_step_run r = {&l->run,   NULL, &l->step, 1, l->x.data, l->step.also < 0 ? NULL : l->also.data,
                             l->y.data, NULL, NULL,     0};

    ops->size(NULL, &l->step);
    linear->bias_offset = 0;
    linear->weight_offset = (size_t)linear->bias_bytes;
    make_unset(&l->packed, linear->weight_bytes + linear->bias_bytes);
    make_unset(&l->scratch, l->step.scratch_bytes);
    make_unset(&l->own, parts * (uint64_t)l->step.own_bytes);
    memset(l->y.data, 0xFF, l->y.len * sizeof(float));
    memset(&job, 0, sizeof job);
    job.model = &l->plan.model;
    job.step = &l->step;
    job.packed = (uint8_t *)l->packed.data;
    job.tensor[0][NEV_PART_WEIGHT].data = (const uint8_t *)l->weight.data;
    for (int i = 0; i < 4; i++) {
        job.tensor[0][norms[i]].data = (const uint8_t *)l->norm[i].data;
    }
    l->run.packed = l->packed.data;
    l->run.kernels = kernels;
    r.scratch = l->scratch.data;
    r.own = l->own.data;
    r.own_stride = (size_t)l->step.own_bytes;
    for (uint32_t p = 0; p < parts; p++) {
        assert_true(ops->pack(&job, p, parts));
    }
    for (uint32_t phase = 0; phase < l->step.phases; phase++) {
        for (uint32_t p = 0; p < parts; p++) {
            ops->run(&r, phase, parts % 2 == 0 ? parts - 1 - p : p, parts);
        }
    }
    nev_test_guarded_free(&l->packed);
    nev_test_guarded_free(&l->scratch);
    nev_test_guarded_free(&l->own);
}

void nev_test_layer_same(struct nev_test_layer *l, const float *want, uint32_t parts_max)
{
    const struct nev_kernels *sets[NEV_TEST_SETS_MAX];
    const struct nev_linear *n = &l->step.linear[0];
    const size_t sets_len = nev_test_kernel_sets(sets), len = (size_t)l->step.oh * l->step.ow * n->oc;

    for (size_t s = 0; s < sets_len; s++) {
        for (uint32_t parts = 1; parts <= parts_max; parts++) {
            nev_test_layer_run(l, sets[s], parts);
            for (size_t k = 0; k < len; k++) {
                if (nev_f32_bits(want[k]) != nev_f32_bits(l->y.data[k])) {
                    fail_msg("%s %s %ux%ux%u -> %u pool %u act %u, %u parts, element %zu: %a, expected %a",
                             sets[s]->name, nev_algorithm(l->step.algorithm)->name, n->h, n->w, n->c, n->oc,
                             l->step.pool_k, l->step.act, parts, k, (double)l->y.data[k], (double)want[k]);
                }
            }
            for (size_t k = len; k < l->y.len; k++) {
                assert_int_equal(nev_f32_bits(l->y.data[k]), 0xFFFFFFFF);
            }
        }
    }
}

void nev_test_layer_unnorm(struct nev_test_layer *l)
{
    for (uint32_t o = 0; o < l->step.linear[0].oc; o++) {
        l->norm[0].data[o] = 1.0f;
        l->norm[1].data[o] = 0.0f;
        l->norm[2].data[o] = 0.0f;
        l->norm[3].data[o] = 1.0f;
    }
}

double nev_test_layer_scale(const struct nev_test_layer *l, uint32_t oc)
{
    return (double)l->norm[0].data[oc] / nev_sqrt((double)l->norm[3].data[oc] + l->plan.model.bn_eps);
}

float nev_test_layer_bias(const struct nev_test_layer *l, uint32_t oc)
{
    double b = (double)l->norm[1].data[oc] - (double)l->norm[2].data[oc] * nev_test_layer_scale(l, oc);

    return b == 0.0 ? 0.0f : (float)b;
}

void nev_test_errors_add(struct nev_test_errors *e, float got, float direct, double exact)
{
    const double g = (double)got - exact, d = (double)direct - exact;

    e->of_algorithm += g * g;
    e->of_direct += d * d;
    e->of_all += exact * exact;
}

double nev_test_errors_ratio(const struct nev_test_errors *e, const char *name)
{
    const double ratio = sqrt(e->of_algorithm / e->of_direct);

    printf("# %s: rms error %.2e of the output's rms; direct %.2e, ratio %.2f\n", name,
           sqrt(e->of_algorithm / e->of_all), sqrt(e->of_direct / e->of_all), ratio);
    return ratio;
}
