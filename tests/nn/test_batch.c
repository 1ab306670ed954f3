/* SPDX-License-Identifier: MIT */
/* Batches: the bits of one picture at a time (plan.c, run.c, algorithm_gemm.c, algorithm_winograd.c). */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "nn/base/cpu.h"
#include "nn/base/size.h"
#include "tests/support/model.h"

#define PICTURES 3u

/* Runs the pictures through a plan for `batch` at a time, in an arena of exactly the stated size. */
static void run_batched(const struct nev_test_net *one, uint32_t batch, uint32_t parts, const float *inputs,
                        float *features)
{
    struct nev_plan plan;
    struct nev_run run = one->run;
    struct nev_parallel par = nev_parallel_threads(parts);
    struct nev_error err;

    par.parts = parts; /* without OpenMP the parts run one after another */
    assert_int_equal(nev_plan_make_batch(&plan, &one->plan.model, one->plan.path, parts, batch, &err),
                     NEV_OK);
    assert_int_equal(plan.packed_bytes, one->plan.packed_bytes);
    run.plan = &plan;
    run.parallel = &par;
    run.arena = aligned_alloc(NEV_ALIGN, plan.arena_bytes);
    run.arena_bytes = plan.arena_bytes;
    assert_non_null(run.arena);
    memset(run.arena, 0xA5, plan.arena_bytes);
    assert_int_equal(nev_run_batch(&run, inputs, PICTURES, features, &err), NEV_OK);
    run.arena_bytes--;
    assert_int_equal(nev_run_batch(&run, inputs, 1, features + PICTURES * NEV_FEATURES_LEN, &err),
                     NEV_ERR_MEMORY);
    free(run.arena);
}

static void compare(const struct nev_test_model *m, enum nev_path path)
{
    static const uint32_t batches[] = {2, 8}, parts[] = {3, 1};
    const struct nev_prep *prep = &m->weights.model.prep;
    size_t len = (size_t)prep->width * prep->height * 3, features_len = PICTURES * NEV_FEATURES_LEN;
    float *inputs = malloc(PICTURES * len * sizeof *inputs);
    float *alone = malloc(features_len * sizeof *alone);
    float *together = malloc((features_len + NEV_FEATURES_LEN) * sizeof *together);
    struct nev_test_net net;

    assert_true(inputs != NULL && alone != NULL && together != NULL);
    nev_test_net_make(&net, m, path, nev_cpu_isas(), 1);
    for (uint32_t i = 0; i < PICTURES; i++) {
        float *input = nev_test_input(prep, i);

        memcpy(inputs + i * len, input, len * sizeof *input);
        nev_test_net_features(&net, input, alone + i * NEV_FEATURES_LEN);
        free(input);
    }
    for (size_t b = 0; b < sizeof batches / sizeof batches[0]; b++) {
        run_batched(&net, batches[b], parts[b], inputs, together);
        assert_memory_equal(together, alone, features_len * sizeof *alone);
    }
    nev_test_net_free(&net);
    free(inputs);
    free(alone);
    free(together);
}

/* Verifies: NEV-NN-052 (every network and path; the last batch is not full) */
static void test_batches(void **state)
{
    (void)state;
    for (int variant = 0; variant < TEST_VARIANTS; variant++) {
        struct nev_test_model m;

        nev_test_model_seeded(&m, (enum test_variant)variant);
        m.weights.model.prep.width = 70;
        m.weights.model.prep.height = 64;
        compare(&m, NEV_PATH_FAST);
        compare(&m, NEV_PATH_DIRECT);
        if (variant ==
            TEST_MOBILENETV2) { /* the reference path runs picture by picture: one network shows it */
            compare(&m, NEV_PATH_REFERENCE);
        }
        nev_test_model_free(&m);
    }
}

/* Verifies: NEV-NN-052 (no picture, a batch of none, one too many) */
static void test_refusals(void **state)
{
    struct nev_model model;
    struct nev_plan plan;
    struct nev_run run = {&plan, NULL, NULL, NULL, NULL, NULL, 0};
    struct nev_error err;
    float x = 0.0f;

    (void)state;
    nev_net_model(NEV_NET_RESNET18, &model);
    assert_int_equal(nev_plan_make_batch(&plan, &model, NEV_PATH_FAST, 1, 0, &err), NEV_ERR_ARGUMENT);
    assert_int_equal(nev_plan_make_batch(&plan, &model, NEV_PATH_FAST, 1, NEV_BATCH_MAX + 1, &err),
                     NEV_ERR_ARGUMENT);
    assert_int_equal(plan.arena_bytes, 0);
    assert_int_equal(nev_plan_make_batch(&plan, &model, NEV_PATH_FAST, 1, 4, &err), NEV_OK);
    run.arena_bytes = plan.arena_bytes;
    assert_int_equal(nev_run_batch(&run, &x, 0, &x, &err), NEV_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
