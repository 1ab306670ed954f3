/* SPDX-License-Identifier: MIT */
#include "tests/forest/grow.h"

#include <math.h>

#include "forest/explain/nearest.h"
#include "forest/explain/route.h"
#include "forest/train/tree.h"

#define ROWS 70u

static uint32_t same[ROWS * ROWS], part[ROWS * ROWS], again[ROWS * ROWS], again_part[ROWS * ROWS];

static struct nev_nearest_job job_for(const struct grown *g, const struct table *t, bool is_oob)
{
    struct nev_nearest_job job;

    memset(&job, 0, sizeof job);
    job.f = &g->f;
    job.data = job_of(t, 1, 1).data;
    job.x = t->x;
    job.x_stride = t->features;
    job.queries = t->rows;
    job.is_oob = is_oob;
    return job;
}

static enum nev_status count(const struct nev_nearest_job *job, uint32_t *s, uint32_t *p,
                             struct nev_error *err)
{
    size_t bytes = nev_nearest_bytes(job);
    void *memory = malloc(bytes);
    enum nev_status status;

    assert_non_null(memory);
    memset(memory, 0xA5, bytes);
    status = nev_nearest_count(job, memory, bytes, s, p, err);
    free(memory);
    return status;
}

/* Verifies: NEV-RF-079 (leaves shared, counted by walking with floats; all trees, and those that drew neither; new rows;
 * a row's proximity to itself is 1, and proximity is symmetrical; any number of parts) */
static void test_against_walk(void **state)
{
    static const uint32_t parts[] = {2, 3, 7};
    static uint32_t leaf[11][ROWS], draws[11][ROWS], self[ROWS];
    struct nev_nearest_job job;
    struct nev_forest_job grow_job;
    struct nev_parallel par;
    struct nev_error err;
    struct table t;
    struct grown g;
    uint32_t k, a, b, way, i;

    (void)state;
    table_random(&t, 60, ROWS, 5, 3, 9);
    grow_job = job_of(&t, 11, 4);
    grow_job.params.min_samples_leaf = 4;
    grow(&g, &grow_job);
    for (k = 0; k < 11; k++) {
        struct nev_forest_tree tree;

        nev_forest_tree(&g.f, k, &tree);
        nev_tree_sample(&g.f.params, ROWS, k, draws[k]);
        for (a = 0; a < ROWS; a++) {
            leaf[k][a] = walk_floats(&tree, t.x + a * 5);
            self[a] = a;
        }
    }
    for (way = 0; way < 3; way++) { /* all trees; out of bag, new rows; out of bag, training rows */
        job = job_for(&g, &t, way != 0);
        job.query_row = way == 2 ? self : NULL;
        assert_int_equal(count(&job, same, part, &err), NEV_OK);
        for (a = 0; a < ROWS; a++) {
            for (b = 0; b < ROWS; b++) {
                uint32_t want_same = 0, want_part = 0;

                for (k = 0; k < 11; k++) {
                    if (way == 0 || (draws[k][b] == 0 && (way == 1 || draws[k][a] == 0))) {
                        want_part++;
                        want_same += leaf[k][a] == leaf[k][b];
                    }
                }
                assert_int_equal(same[a * ROWS + b], want_same);
                assert_int_equal(part[a * ROWS + b], want_part);
                if (way != 1) {
                    assert_int_equal(same[a * ROWS + b], same[b * ROWS + a]);
                    assert_int_equal(part[a * ROWS + b], part[b * ROWS + a]);
                }
            }
            assert_int_equal(same[a * ROWS + a], part[a * ROWS + a]);
        }
        for (i = 0; i < 3; i++) {
            par = nev_parallel_threads(parts[i]);
            job.par = &par;
            assert_int_equal(count(&job, again, again_part, &err), NEV_OK);
            assert_memory_equal(same, again, sizeof same);
            assert_memory_equal(part, again_part, sizeof part);
        }
    }
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-079 (the nearest: exact comparison of shares, ties to the lower row, rows without part left out) */
static void test_top(void **state)
{
    static const uint32_t s[] = {1, 2, 0, 0, 3, 1, 4}, p[] = {2, 3, 0, 5, 5, 2, 6};
    uint32_t top[7];

    (void)state;
    /* Shares 1/2, 2/3, -, 0, 3/5, 1/2, 2/3. */
    assert_int_equal(nev_nearest_top(s, p, 7, top, 7), 6);
    assert_true(top[0] == 1 && top[1] == 6 && top[2] == 4 && top[3] == 0 && top[4] == 5 && top[5] == 3);
    assert_int_equal(nev_nearest_top(s, p, 7, top, 2), 2);
    assert_true(top[0] == 1 && top[1] == 6);
    assert_int_equal(nev_nearest_top(s, p, 7, top, 0), 0);
    assert_int_equal(nev_nearest_top(s, p, 3, top, 7), 2);
}

/* Verifies: NEV-RF-078 (another table, NaN in a query, a training row that there is not, too little memory, no bootstrap) */
static void test_refusals(void **state)
{
    uint32_t self[ROWS] = {0};
    struct nev_nearest_job job;
    struct nev_forest_job grow_job;
    struct nev_error err;
    struct table t, q;
    struct grown g, whole;

    (void)state;
    table_random(&t, 61, ROWS, 5, 3, 9);
    table_random(&q, 62, 3, 5, 3, 9);
    grow_job = job_of(&t, 3, 4);
    grow(&g, &grow_job);
    job = job_for(&g, &t, true);
    job.x = q.x;
    job.queries = 3;
    job.query_row = self;
    assert_int_equal(count(&job, same, part, &err), NEV_OK);
    assert_int_equal(nev_nearest_count(&job, NULL, nev_nearest_bytes(&job) - 1, same, part, &err),
                     NEV_ERR_MEMORY);
    self[1] = ROWS;
    assert_int_equal(count(&job, same, part, &err), NEV_ERR_ARGUMENT);
    assert_int_equal(err.row, 1);
    self[1] = NEV_NEAREST_NEW;
    assert_int_equal(count(&job, same, part, &err), NEV_OK);
    q.x[2 * 5 + 4] = (float)NAN;
    assert_int_equal(count(&job, same, part, &err), NEV_ERR_VALUE);
    assert_true(err.row == 2 && err.col == 4 && part[0] == 0 && part[3 * ROWS - 1] == 0);
    q.x[2 * 5 + 4] = 0.0f;
    t.x[0] += 1.0f;
    assert_int_equal(count(&job, same, part, &err), NEV_ERR_NETWORK);
    t.x[0] -= 1.0f;
    grow_job.params.bootstrap = false;
    grow(&whole, &grow_job);
    job.f = &whole.f;
    assert_int_equal(count(&job, same, part, &err), NEV_ERR_DATA);
    job.is_oob = false;
    assert_int_equal(count(&job, same, part, &err), NEV_OK);
    grown_free(&whole);
    grown_free(&g);
    table_free(&q);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_walk),
        cmocka_unit_test(test_top),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
