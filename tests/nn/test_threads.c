/* SPDX-License-Identifier: MIT */
/*
 * Who runs the parts of a network (run.c) changes no bit: a team, a caller's pool that runs them one after another and
 * backwards, and networks inside another pool's tasks.
 */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "nn/base/cpu.h"
#include "tests/support/model.h"

#define PARTS 3u

/* A pool of one thread: it cannot wait for itself. */
static void run_backwards(void *pool, nev_task *task, void *arg, uint32_t parts)
{
    ++*(uint32_t *)pool;
    for (uint32_t p = parts; p-- > 0;) {
        task(arg, p, parts);
    }
}

static void run_with(const struct nev_test_net *net, const struct nev_parallel *par, const float *input,
                     float features[NEV_FEATURES_LEN])
{
    struct nev_test_net other = *net;

    other.run.parallel = par;
    memset(other.arena, 0xA5, other.plan.arena_bytes);
    nev_test_net_features(&other, input, features);
}

struct inside {
    struct nev_test_net *net[2];
    const float *input;
    float features[2][NEV_FEATURES_LEN];
    enum nev_status status[2];
};

static void run_inside(void *arg, uint32_t part, uint32_t parts)
{
    struct inside *job = arg;
    struct nev_parallel par = nev_parallel_threads(PARTS);
    struct nev_run run = job->net[part]->run;
    struct nev_error err;

    (void)parts;
    run.parallel = &par;
    job->status[part] = nev_run_image(&run, job->input, job->features[part], &err);
}

/* Verifies: NEV-NN-064 */
static void test_pools(void **state)
{
    (void)state;
    for (int variant = 0; variant < TEST_VARIANTS; variant++) {
        struct nev_test_model m;
        struct nev_test_net net, second;
        struct inside job;
        uint32_t calls = 0;
        const struct nev_parallel backwards = {PARTS, run_backwards, &calls, NULL};
        const struct nev_parallel threads = nev_parallel_threads(PARTS), two = nev_parallel_threads(2);
        float want[NEV_FEATURES_LEN], got[NEV_FEATURES_LEN];
        float *input;

        nev_test_model_seeded(&m, (enum test_variant)variant);
        m.weights.model.prep.width = 70;
        m.weights.model.prep.height = 65;
        input = nev_test_input(&m.weights.model.prep, 0);
        nev_test_net_make(&net, &m, NEV_PATH_FAST, nev_cpu_isas(), PARTS);
        nev_test_net_make(&second, &m, NEV_PATH_FAST, nev_cpu_isas(), PARTS);
        run_with(&net, NULL, input, want);
        run_with(&net, &backwards, input, got);
        assert_memory_equal(want, got, sizeof want);
        assert_true(calls > net.plan.step_len / 2);
        run_with(&net, &threads, input, got);
        assert_memory_equal(want, got, sizeof want);
        memset(&job, 0, sizeof job);
        job.net[0] = &net;
        job.net[1] = &second;
        job.input = input;
        if (two.parts == 2) {
            nev_parallel_run(&two, run_inside, &job);
            for (int i = 0; i < 2; i++) {
                assert_int_equal(job.status[i], NEV_OK);
                assert_memory_equal(want, job.features[i], sizeof want);
            }
        }
        free(input);
        nev_test_net_free(&net);
        nev_test_net_free(&second);
        nev_test_model_free(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pools)};

    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
