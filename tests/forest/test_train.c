/* SPDX-License-Identifier: MIT */
/* Training as a whole: train.c, prepare.c, tree.c, leaf.c. */
#include "tests/forest/grow.h"

#include <math.h>

#include "forest/train/random.h"

static void assert_refused(const struct nev_forest_job *job, enum nev_status status)
{
    size_t memory_bytes = 1, file_bytes = 1;
    struct nev_error err;

    assert_int_equal(nev_forest_train_bytes(job, &memory_bytes, &file_bytes, &err), status);
    assert_int_equal(err.status, status);
    assert_true(memory_bytes == 0 && file_bytes == 0);
}

/* Verifies: NEV-RF-012 (each parameter and shape just outside its range) */
static void test_arguments(void **state)
{
    static const uint32_t weight[] = {1, 0};
    struct nev_parallel none = {0, NULL, NULL, NULL};
    struct nev_forest_job good, job;
    struct table t;

    (void)state;
    table_random(&t, 1, 20, 3, 2, 9);
    good = job_of(&t, 2, 1);
#define REFUSED(field, value, status) (job = good, job.field = (value), assert_refused(&job, status))
    REFUSED(params.trees, 0, NEV_ERR_ARGUMENT);
    REFUSED(params.trees, NEV_FOREST_TREES_MAX + 1, NEV_ERR_LIMIT);
    REFUSED(params.first_tree, NEV_FOREST_TREES_MAX - 1, NEV_ERR_LIMIT);
    REFUSED(params.candidates, 4, NEV_ERR_ARGUMENT);
    REFUSED(params.min_samples_leaf, 0, NEV_ERR_ARGUMENT);
    REFUSED(params.min_samples_split, 1, NEV_ERR_ARGUMENT);
    REFUSED(params.draws, 21, NEV_ERR_ARGUMENT);
    REFUSED(params.class_weight, NEV_FOREST_WEIGHT_GIVEN, NEV_ERR_ARGUMENT);
    REFUSED(params.class_weight, (enum nev_forest_weight)4, NEV_ERR_ARGUMENT);
    REFUSED(class_weight, weight, NEV_ERR_ARGUMENT);
    good.class_weight = weight;
    REFUSED(params.class_weight, NEV_FOREST_WEIGHT_GIVEN, NEV_ERR_ARGUMENT); /* a weight of 0 */
    good.class_weight = NULL;
    REFUSED(origin, "a\nb", NEV_ERR_ARGUMENT);
    good.params.bootstrap = false;
    REFUSED(params.draws, 19, NEV_ERR_ARGUMENT);
    good.params.bootstrap = true;
    REFUSED(data.rows, 0, NEV_ERR_DATA);
    REFUSED(data.rows, 1, NEV_ERR_DATA);
    REFUSED(data.rows, NEV_FOREST_ROWS_MAX + 1, NEV_ERR_LIMIT);
    REFUSED(data.classes, 1, NEV_ERR_DATA);
    REFUSED(data.classes, NEV_FOREST_CLASSES_MAX + 1, NEV_ERR_LIMIT);
    REFUSED(data.features, 0, NEV_ERR_ARGUMENT);
    REFUSED(data.x_stride, 2, NEV_ERR_ARGUMENT);
    REFUSED(par, &none, NEV_ERR_ARGUMENT);
    job = good;
    job.data.features = NEV_FOREST_FEATURES_MAX + 1;
    job.data.x_stride = job.data.features;
    assert_refused(&job, NEV_ERR_LIMIT);
    /* 16 bits of feature leave 16 for pairs: 65,536 leaves. */
    job.data.features = NEV_FOREST_FEATURES_MAX;
    job.data.rows = 65537;
    assert_refused(&job, NEV_ERR_LIMIT);
    table_free(&t);
}

/* Verifies: NEV-RF-013 (the first NaN in reading order is named, for any number of parts; so is a bad label)
 */
static void test_missing_and_labels(void **state)
{
    struct nev_parallel par = nev_parallel_threads(3);
    struct nev_forest_job job;
    struct nev_error err;
    struct grown g;
    struct table t;

    (void)state;
    table_random(&t, 1, 700, 3, 2, 9);
    job = job_of(&t, 2, 1);
    job.par = &par;
    t.x[600 * 3 + 1] = (float)NAN;
    t.x[299 * 3 + 2] = -(float)NAN;
    t.x[300 * 3 + 0] = (float)NAN;
    grow_expecting(&g, &job, NEV_ERR_VALUE, &err);
    assert_true(err.row == 299 && err.col == 2);
    grown_free(&g);
    t.label[17] = 2;
    grow_expecting(&g, &job, NEV_ERR_VALUE, &err);
    assert_true(err.row == 17 && err.col == NEV_NO_ROW);
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-014 (one class only is refused; one class of three absent is not) */
static void test_classes(void **state)
{
    struct nev_forest_job job;
    struct nev_error err;
    struct grown g;
    struct table t;

    (void)state;
    table_make(&t, 5, 1, 3);
    job = job_of(&t, 2, 1);
    t.label[0] = t.label[1] = t.label[2] = t.label[3] = t.label[4] = 1;
    grow_expecting(&g, &job, NEV_ERR_DATA, &err);
    grown_free(&g);
    t.label[3] = 2;
    grow(&g, &job);
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-015 (constant features and rows that contradict each other end in leaves of their shares)
 */
static void test_nothing_to_split(void **state)
{
    struct nev_forest_node node;
    struct nev_forest_tree tree;
    struct nev_forest_job job;
    struct nev_error err;
    struct grown g;
    struct table t;
    double p[6 * 2];
    uint32_t votes[6 * 2], i;

    (void)state;
    table_make(&t, 6, 3, 2);
    for (i = 0; i < 6; i++) {
        t.x[i * 3] = i % 2 == 0 ? 0.0f : -0.0f; /* one value */
        t.x[i * 3 + 2] = 7.0f;
        t.label[i] = i < 2;
    }
    job = job_of(&t, 4, 1);
    job.params.bootstrap = false;
    grow(&g, &job);
    nev_forest_tree(&g.f, 0, &tree);
    nev_forest_node(&tree, 1, &node);
    assert_true(tree.node_len == 2 && tree.depth == 0 && node.is_leaf && node.entry_len == 2);
    assert_int_equal(predict(&g.f, &(struct nev_forest_batch){t.x, 3, 6, 3, p, votes}, NULL, &err), NEV_OK);
    for (i = 0; i < 6; i++) {
        /* 4/6 and 2/6, each rounded to 2^-32 */
        assert_true(fabs(p[2 * i] - 4.0 / 6.0) <= 0x1p-33 && fabs(p[2 * i + 1] - 2.0 / 6.0) <= 0x1p-33);
        assert_true(votes[2 * i] == 4 && votes[2 * i + 1] == 0);
    }
    nev_forest_importance(&g.f, p);
    assert_true(p[0] == 0.0 && p[1] == 0.0 && p[2] == 0.0);
    grown_free(&g);
    /* One feature tells rows apart in pairs, and each pair contradicts itself: a tie, for the lower class. */
    for (i = 0; i < 6; i++) {
        t.x[i * 3 + 1] = (float)(i / 2);
        t.label[i] = i % 2;
    }
    grow(&g, &job);
    assert_int_equal(predict(&g.f, &(struct nev_forest_batch){t.x, 3, 6, 3, p, votes}, NULL, &err), NEV_OK);
    for (i = 0; i < 6; i++) {
        assert_true(p[2 * i] == 0.5 && p[2 * i + 1] == 0.5 && votes[2 * i] == 4);
    }
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-015 (no two rows alike, no bootstrap: the forest knows every row it was grown on, however
 * the labels lie) */
static void test_fully_grown_remembers(void **state)
{
    struct nev_forest_job job;
    struct nev_error err;
    struct grown g;
    struct table t;
    uint32_t votes[256 * 2], i;

    (void)state;
    table_make(&t, 256, 2, 2);
    for (i = 0; i < 256; i++) {
        t.x[i * 2] = (float)(i % 16);
        t.x[i * 2 + 1] = (float)(i / 16);
        t.label[i] = (i % 16 ^ i / 16) & 1; /* a chessboard: no first split gains anything */
    }
    job = job_of(&t, 5, 3);
    job.params.bootstrap = false;
    grow(&g, &job);
    assert_int_equal(predict(&g.f, &(struct nev_forest_batch){t.x, 2, 256, 2, NULL, votes}, NULL, &err),
                     NEV_OK);
    for (i = 0; i < 256; i++) {
        assert_int_equal(nev_forest_label(votes + 2 * i, 2), t.label[i]);
        assert_int_equal(votes[2 * i + t.label[i]], 5);
    }
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-015 (classes in [0,1) and [2,3): any threshold between their samples lies in [1,2), so new
 * rows of both are told apart without one error) */
static void test_separable(void **state)
{
    struct nev_forest_job job;
    struct nev_error err;
    uint32_t votes[500 * 2], i;
    uint64_t seed = 8;
    struct table t, fresh;
    struct grown g;
    double score;

    (void)state;
    table_make(&t, 100, 4, 2);
    table_make(&fresh, 500, 4, 2);
    for (i = 0; i < 600; i++) {
        struct table *to = i < 100 ? &t : &fresh;
        uint32_t row = i < 100 ? i : i - 100, k;

        for (k = 0; k < 4; k++) {
            to->x[row * 4 + k] = (float)(nev_test_random(&seed) >> 8) * 0x1p-24f;
        }
        to->label[row] = i & 1;
        to->x[row * 4 + 2] += (float)(2 * (i & 1));
    }
    job = job_of(&t, 20, 3);
    job.params.candidates = 4;
    grow(&g, &job);
    assert_int_equal(predict(&g.f, &(struct nev_forest_batch){fresh.x, 4, 500, 4, NULL, votes}, NULL, &err),
                     NEV_OK);
    for (i = 0; i < 500; i++) {
        assert_int_equal(votes[2 * i + fresh.label[i]], 20);
    }
    assert_true(nev_forest_oob_score(&g.f, &score) && score == 1.0);
    grown_free(&g);
    table_free(&t);
    table_free(&fresh);
}

/* Verifies: NEV-RF-016 (votes of the trees that did not see a row, recomputed from the draws and the file) */
static void test_out_of_bag(void **state)
{
    struct nev_forest_job job;
    struct table t;
    struct grown g;
    uint32_t *votes, *kept, k, i, rows = 0, correct = 0;
    double score;

    (void)state;
    table_random(&t, 11, 90, 7, 3, 6);
    job = job_of(&t, 6, 12);
    grow(&g, &job);
    votes = calloc(90 * 3, sizeof *votes);
    assert_non_null(votes);
    for (k = 0; k < 6; k++) {
        uint8_t seen[90] = {0};
        struct nev_forest_tree tree;
        struct nev_forest_node node;
        struct nev_forest_entry entry;
        struct nev_random random;

        nev_random_init(&random, 12, k, NEV_RANDOM_BOOTSTRAP, 0);
        for (i = 0; i < 90; i++) {
            seen[nev_random_below(&random, 90)] = 1;
        }
        nev_forest_tree(&g.f, k, &tree);
        for (i = 0; i < 90; i++) {
            nev_forest_node(&tree, walk_floats(&tree, t.x + (size_t)i * 7), &node);
            nev_forest_entry(&tree, node.entry, &entry);
            votes[i * 3 + entry.class_id] += !seen[i];
        }
    }
    kept = oob_votes(&g);
    assert_memory_equal(votes, kept, 90 * 3 * sizeof *votes);
    free(kept);
    for (i = 0; i < 90; i++) {
        uint32_t label = nev_forest_label(votes + i * 3, 3);

        rows += votes[i * 3 + label] != 0;
        correct += votes[i * 3 + label] != 0 && label == t.label[i];
    }
    assert_true(rows > 0 && rows == g.result.oob_rows && rows == g.f.oob_rows);
    assert_true(correct == g.result.oob_correct && correct == g.f.oob_correct);
    assert_true(nev_forest_oob_score(&g.f, &score) && score == (double)correct / rows);
    free(votes);
    grown_free(&g);
    job.params.bootstrap = false;
    grow(&g, &job);
    assert_true(!nev_forest_oob_score(&g.f, &score) && score == 0.0 && g.result.oob_rows == 0);
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-017 (one byte less of memory or of file is refused; the exact file is enough) */
static void test_memory(void **state)
{
    struct nev_forest_result result;
    struct nev_forest_job job;
    struct nev_error err;
    struct table t;
    struct grown g;
    size_t memory_bytes, file_bytes;
    uint8_t *file;
    void *memory;

    (void)state;
    table_random(&t, 1, 50, 9, 2, 90);
    job = job_of(&t, 5, 1);
    grow(&g, &job);
    assert_int_equal(nev_forest_train_bytes(&job, &memory_bytes, &file_bytes, &err), NEV_OK);
    assert_true(g.bytes <= file_bytes);
    memory = malloc(memory_bytes);
    file = malloc(g.bytes);
    assert_true(memory != NULL && file != NULL);
    assert_int_equal(nev_forest_train(&job, memory, memory_bytes - 1, file, g.bytes, &result, &err),
                     NEV_ERR_MEMORY);
    assert_true(result.file_bytes == 0 && result.oob_rows == 0);
    assert_int_equal(nev_forest_train(&job, memory, memory_bytes, file, g.bytes - 1, &result, &err),
                     NEV_ERR_MEMORY);
    assert_int_equal(nev_forest_train(&job, memory, memory_bytes, file, 10, &result, &err), NEV_ERR_MEMORY);
    assert_int_equal(nev_forest_train(&job, memory, memory_bytes, file, g.bytes, &result, &err), NEV_OK);
    assert_memory_equal(file, g.file, g.bytes);
    free(memory);
    free(file);
    grown_free(&g);
    table_free(&t);
}

static bool count_steps(void *arg, uint32_t done, uint32_t trees)
{
    uint32_t *calls = arg;

    assert_true(done > calls[0] && done <= trees);
    calls[0] = done;
    calls[1]++;
    return calls[1] != calls[2];
}

/* Verifies: NEV-RF-018 (progress is told after every round and to the end; saying no stops the training) */
static void test_progress(void **state)
{
    struct nev_parallel par = nev_parallel_threads(2);
    struct nev_forest_job job;
    struct nev_error err;
    struct table t;
    struct grown g;
    uint32_t calls[3] = {0, 0, 0}, stop[3] = {0, 0, 2};

    (void)state;
    table_random(&t, 1, 30, 3, 2, 9);
    job = job_of(&t, 7, 1);
    job.par = &par;
    job.progress.step = count_steps;
    job.progress.arg = calls;
    grow(&g, &job);
    assert_int_equal(calls[0], 7);
    assert_int_equal(calls[1], (7 + par.parts - 1) / par.parts);
    grown_free(&g);
    job.progress.arg = stop;
    grow_expecting(&g, &job, NEV_ERR_CANCELLED, &err);
    assert_int_equal(stop[1], 2);
    grown_free(&g);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_missing_and_labels),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_nothing_to_split),
        cmocka_unit_test(test_fully_grown_remembers),
        cmocka_unit_test(test_separable),
        cmocka_unit_test(test_out_of_bag),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_progress),
    };

    return cmocka_run_group_tests_name("train", tests, NULL, NULL);
}
