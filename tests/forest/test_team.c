/* SPDX-License-Identifier: MIT */
/* One tree grown by several parts: team.c. */
#include "tests/forest/grow.h"

#include "forest/train/team.h"

/* Counts how often parts are woken, and runs them backwards. */
static void run_counting(void *pool, nev_task *task, void *arg, uint32_t parts)
{
    uint32_t p;

    ++*(uint32_t *)pool;
    for (p = parts; p-- > 0;) {
        task(arg, p, parts);
    }
}

/* Verifies: NEV-RF-035 (one tree, and a last one alone in its round, with 1, 2, 3, 7 and 64 parts: one file; two
 * classes with many values and with few, five classes, class weights, constant features beyond the candidates) */
static void test_one_tree(void **state)
{
    static const uint32_t parts[] = {2, 3, 7, 64};
    uint32_t n, i, f, woken = 0, alone = 0;

    (void)state;
    for (n = 0; n < 6; n++) {
        struct nev_forest_job job;
        struct grown first, g;
        struct table t;

        table_random(&t, 90 + n, n == 5 ? 70000 : 9000, n == 5 ? 6 : 30, n == 2 ? 5 : 2, n == 1 ? 6 : 60000);
        for (i = 0; n == 4 && i < t.rows; i++) {
            for (f = 2; f < 30; f++) {
                t.x[(size_t)i * 30 + f] = 3.0f; /* candidates that cannot split: drawing goes on */
            }
        }
        job = job_of(&t, n == 0 ? 3 : 1, n);
        job.params.class_weight = n == 3 ? NEV_FOREST_WEIGHT_BALANCED : NEV_FOREST_WEIGHT_NONE;
        job.params.min_samples_leaf = n == 5 ? 100 : 1;
        job.params.candidates = n == 5 ? 3 : 20;
        grow(&first, &job);
        for (i = 0; i < 4; i++) {
            struct nev_parallel pool = {.parts = parts[i], .run = run_counting, .pool = &woken};
            const struct nev_parallel threads = nev_parallel_threads(parts[i]);

            woken = 0;
            job.par = &pool;
            grow(&g, &job);
            assert_int_equal(g.bytes, first.bytes);
            assert_memory_equal(g.file, first.file, first.bytes);
            grown_free(&g);
            alone += n == 1 && woken > 5; /* check, ranks, and large nodes */
            if (parts[i] > 2) {
                continue; /* more threads than processors spin */
            }
            job.par = &threads;
            grow(&g, &job);
            assert_int_equal(g.bytes, first.bytes);
            assert_memory_equal(g.file, first.file, first.bytes);
            grown_free(&g);
        }
        grown_free(&first);
        table_free(&t);
    }
    assert_int_equal(alone, 4);
}

/* Verifies: NEV-RF-036 (100,000 x 1,000 x 50 and 1,000,000 x 1,000 x 500, by what train_bytes says: with the table itself
 * at most three times its floats) */
static void test_memory_of_large_tables(void **state)
{
    static const uint32_t rows[] = {100000, 1000000}, trees[] = {50, 500}, parts[] = {1, 2, 16};
    struct nev_forest_job job;
    struct nev_error err;
    size_t memory, file;
    uint32_t i, k;

    (void)state;
    memset(&job, 0, sizeof job);
    nev_forest_params_default(&job.params);
    job.data.features = 1000;
    job.data.x_stride = 1000;
    job.data.classes = 2;
    for (i = 0; i < 2; i++) {
        for (k = 0; k < 3; k++) {
            const struct nev_parallel par = {.parts = parts[k]};
            const uint64_t floats = (uint64_t)rows[i] * 4000;

            job.data.rows = rows[i];
            job.params.trees = trees[i];
            job.par = &par;
            if (sizeof(size_t) < 8 && i == 1) {
                continue; /* not addressable */
            }
            assert_int_equal(nev_forest_train_bytes(&job, &memory, &file, &err), NEV_OK);
            assert_true(memory >= floats && memory + floats <= 3 * floats);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_tree),
                                       cmocka_unit_test(test_memory_of_large_tables)};

    return cmocka_run_group_tests_name("team", tests, NULL, NULL);
}
