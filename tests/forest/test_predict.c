/* SPDX-License-Identifier: MIT */
#include "tests/forest/grow.h"

#include <float.h>
#include <math.h>

/* Verifies: NEV-RF-019 (votes and probabilities, recomputed by walking the file with floats; mixed leaves) */
static void test_against_walk(void **state)
{
    struct nev_forest_job job;
    struct nev_error err;
    struct table t;
    struct grown g;
    static double p[300 * 4], q[300 * 4];
    static uint32_t votes[300 * 4], want[300 * 4];
    uint32_t i, k, c;

    (void)state;
    table_random(&t, 21, 300, 5, 4, 7);
    job = job_of(&t, 9, 1);
    job.params.min_samples_leaf = 6;
    grow(&g, &job);
    memset(want, 0, sizeof want);
    memset(q, 0, sizeof q);
    for (k = 0; k < 9; k++) {
        struct nev_forest_tree tree;
        struct nev_forest_node node;
        struct nev_forest_entry entry;

        nev_forest_tree(&g.f, k, &tree);
        for (i = 0; i < 300; i++) {
            double total = 0.0;

            nev_forest_node(&tree, walk_floats(&tree, t.x + (size_t)i * 5), &node);
            for (c = 0; c < node.entry_len; c++) {
                nev_forest_entry(&tree, node.entry + c, &entry);
                total += entry.count;
                want[i * 4 + entry.class_id] += c == 0;
            }
            for (c = 0; c < node.entry_len; c++) {
                nev_forest_entry(&tree, node.entry + c, &entry);
                q[i * 4 + entry.class_id] += entry.count / total / 9.0;
            }
        }
    }
    assert_int_equal(predict(&g.f, &(struct nev_forest_batch){t.x, 5, 300, 5, p, votes}, NULL, &err), NEV_OK);
    assert_memory_equal(votes, want, sizeof want);
    for (i = 0; i < 300 * 4; i++) {
        /* A fraction is rounded to 2^-32, so off by 2^-33; the other side is float64. */
        assert_true(fabs(p[i] - q[i]) <= 0x1p-33 + 1e-14);
    }
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-019, NEV-RF-020 (numbers of trees and of features around what is done at a time, each row
 * against a walk of the file with floats; a NaN in every column) */
static void test_numbers(void **state)
{
    static const uint32_t numbers[] = {1, 2, 9, 10, 11, 15, 16, 17, 20, 21, 31, 32, 33, 63, 64, 65, 129};
    static uint32_t votes[40 * 3], want[40 * 3];
    uint32_t n, i, k;

    (void)state;
    for (n = 0; n < sizeof numbers / sizeof numbers[0]; n++) {
        struct nev_forest_job job;
        struct nev_error err;
        struct table t;
        struct grown g;

        table_random(&t, 40 + n, 40, numbers[n], 3, 30);
        job = job_of(&t, numbers[n], 1);
        grow(&g, &job);
        for (i = 0; i < t.rows * t.features; i++) {
            t.x[i] = i % 7 == 0 ? -0.0f : t.x[i];
        }
        memset(want, 0, sizeof want);
        for (k = 0; k < numbers[n]; k++) {
            struct nev_forest_tree tree;
            struct nev_forest_node node;
            struct nev_forest_entry entry;

            nev_forest_tree(&g.f, k, &tree);
            for (i = 0; i < 40; i++) {
                nev_forest_node(&tree, walk_floats(&tree, t.x + (size_t)i * t.features), &node);
                nev_forest_entry(&tree, node.entry, &entry);
                want[i * 3 + entry.class_id]++;
            }
        }
        assert_int_equal(predict(&g.f,
                                 &(struct nev_forest_batch){t.x, t.features, 40, t.features, NULL, votes},
                                 NULL, &err),
                         NEV_OK);
        assert_memory_equal(votes, want, sizeof want);
        for (k = 0; k < t.features; k++) {
            float kept = t.x[3 * t.features + k];

            t.x[3 * t.features + k] = (float)(k % 2 == 0 ? NAN : -NAN);
            assert_int_equal(predict(&g.f,
                                     &(struct nev_forest_batch){t.x, t.features, 40, t.features, NULL, votes},
                                     NULL, &err),
                             NEV_ERR_VALUE);
            assert_true(err.row == 3 && err.col == (int64_t)k);
            t.x[3 * t.features + k] = kept;
        }
        grown_free(&g);
        table_free(&t);
    }
}

/* Verifies: NEV-RF-020 (one row, a batch, a stride, any parts, either output alone: the same bits) */
static void test_ways_to_ask(void **state)
{
    struct nev_forest_job job;
    struct nev_error err;
    struct table t;
    struct grown g;
    static double p[100 * 3], q[100 * 3];
    static uint32_t votes[100 * 3], other[100 * 3];
    static float wide[100 * 11];
    uint32_t i, parts;

    (void)state;
    table_random(&t, 22, 100, 6, 3, 20);
    job = job_of(&t, 8, 1);
    job.params.max_depth = 4;
    grow(&g, &job);
    assert_int_equal(predict(&g.f, &(struct nev_forest_batch){t.x, 6, 100, 6, p, votes}, NULL, &err), NEV_OK);
    for (i = 0; i < 100 * 11; i++) {
        wide[i] = i % 11 < 6 ? t.x[i / 11 * 6 + i % 11] : (float)NAN;
    }
    for (parts = 1; parts < 130; parts = parts * 2 + 1) {
        struct nev_parallel par = nev_parallel_threads(parts);

        memset(q, 1, sizeof q);
        memset(other, 1, sizeof other);
        assert_int_equal(predict(&g.f, &(struct nev_forest_batch){wide, 11, 100, 6, q, NULL}, &par, &err),
                         NEV_OK);
        assert_int_equal(predict(&g.f, &(struct nev_forest_batch){wide, 11, 100, 6, NULL, other}, &par, &err),
                         NEV_OK);
        assert_memory_equal(p, q, sizeof p);
        assert_memory_equal(votes, other, sizeof votes);
    }
    for (i = 0; i < 100; i++) {
        struct nev_forest_batch one = {t.x + (size_t)i * 6, 6, 1, 6, q, other};

        assert_int_equal(predict(&g.f, &one, NULL, &err), NEV_OK);
        assert_memory_equal(p + i * 3, q, 3 * sizeof *p);
        assert_memory_equal(votes + i * 3, other, 3 * sizeof *votes);
    }
    assert_int_equal(predict(&g.f, &(struct nev_forest_batch){t.x, 6, 0, 6, q, other}, NULL, &err), NEV_OK);
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-009 (rows at, one float below and one above each threshold, and the extremes, go where
 * floats say) */
static void test_at_thresholds(void **state)
{
    struct nev_forest_tree tree;
    struct nev_forest_node node;
    struct nev_forest_entry entry;
    struct nev_forest_job job;
    struct nev_error err;
    struct table t;
    struct grown g;
    uint32_t k, i;

    (void)state;
    table_random(&t, 23, 120, 1, 2, 1000);
    job = job_of(&t, 1, 1);
    grow(&g, &job);
    nev_forest_tree(&g.f, 0, &tree);
    for (i = 1; i < tree.node_len; i++) {
        float at[8] = {-0.0f, 0.0f, -(float)INFINITY, (float)INFINITY, 0x1p-149f};

        nev_forest_node(&tree, i, &node);
        if (node.is_leaf) {
            continue;
        }
        at[5] = node.threshold;
        at[6] = nextafterf(node.threshold, FLT_MAX);
        at[7] = nextafterf(node.threshold, -FLT_MAX);
        for (k = 0; k < 8; k++) {
            struct nev_forest_node leaf;
            uint32_t votes[2];

            nev_forest_node(&tree, walk_floats(&tree, at + k), &leaf);
            nev_forest_entry(&tree, leaf.entry, &entry);
            assert_int_equal(
                predict(&g.f, &(struct nev_forest_batch){at + k, 1, 1, 1, NULL, votes}, NULL, &err), NEV_OK);
            assert_int_equal(votes[entry.class_id], 1);
        }
    }
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-013, NEV-RF-021 (NaN with the first row and column, a wrong width, too little memory;
 * outputs zeroed) */
static void test_refusals(void **state)
{
    struct nev_parallel par = nev_parallel_threads(4);
    struct nev_forest_job job;
    struct nev_error err;
    struct table t;
    struct grown g;
    static double p[100 * 2], zero[100 * 2];
    static uint32_t votes[100 * 2];
    struct nev_forest_batch b;
    void *memory;
    size_t bytes;

    (void)state;
    table_random(&t, 24, 100, 6, 2, 20);
    job = job_of(&t, 3, 1);
    grow(&g, &job);
    b = batch_of(&t, p, votes);
    t.x[80 * 6] = t.x[31 * 6 + 5] = t.x[32 * 6] = (float)NAN;
    memset(p, 1, sizeof p);
    memset(votes, 1, sizeof votes);
    assert_int_equal(predict(&g.f, &b, &par, &err), NEV_ERR_VALUE);
    assert_true(err.row == 31 && err.col == 5);
    assert_memory_equal(p, zero, sizeof p);
    assert_memory_equal(votes, zero, sizeof votes);
    b.rows = 31;
    assert_int_equal(predict(&g.f, &b, &par, &err), NEV_OK);
    b.features = 5;
    assert_int_equal(predict(&g.f, &b, NULL, &err), NEV_ERR_SHAPE);
    b.features = 7;
    assert_int_equal(predict(&g.f, &b, NULL, &err), NEV_ERR_SHAPE);
    b.features = 6;
    b.x_stride = 5;
    assert_int_equal(predict(&g.f, &b, NULL, &err), NEV_ERR_ARGUMENT);
    b.x_stride = 6;
    bytes = nev_forest_predict_bytes(&g.f, 1);
    memory = malloc(bytes);
    assert_non_null(memory);
    assert_int_equal(nev_forest_predict(&g.f, &b, memory, bytes - 1, NULL, &err), NEV_ERR_MEMORY);
    assert_int_equal(nev_forest_predict(&g.f, &b, memory, bytes, NULL, &err), NEV_OK);
    par.parts = 0;
    assert_int_equal(nev_forest_predict(&g.f, &b, memory, bytes, &par, &err), NEV_ERR_ARGUMENT);
    free(memory);
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-019 (most votes wins, ties go to the lowest class) */
static void test_label(void **state)
{
    static const uint32_t votes[4][3] = {{1, 2, 2}, {2, 2, 2}, {0, 0, 1}, {0, 0, 0}};

    (void)state;
    assert_int_equal(nev_forest_label(votes[0], 3), 1);
    assert_int_equal(nev_forest_label(votes[1], 3), 0);
    assert_int_equal(nev_forest_label(votes[2], 3), 2);
    assert_int_equal(nev_forest_label(votes[3], 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_walk), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_ways_to_ask),  cmocka_unit_test(test_at_thresholds),
        cmocka_unit_test(test_refusals),     cmocka_unit_test(test_label),
    };

    return cmocka_run_group_tests_name("predict", tests, NULL, NULL);
}
