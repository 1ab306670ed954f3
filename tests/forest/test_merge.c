/* SPDX-License-Identifier: MIT */
/* Forests of several trainings: merge.c. */
#include "tests/forest/grow.h"

#include "forest/file/merge.h"

#define MOST 5

/* Merges in exactly the memory asked for; one byte less is refused. */
static enum nev_status merge(struct grown *const *from, uint32_t len, bool is_federated, struct grown *g,
                             struct nev_error *err)
{
    struct nev_forest forest[MOST];
    struct nev_merge m = {forest, len, is_federated};
    size_t memory_bytes, file_bytes;
    enum nev_status status;
    void *memory;
    uint32_t i;

    memset(g, 0, sizeof *g);
    for (i = 0; i < len; i++) {
        forest[i] = from[i]->f;
    }
    if ((status = nev_forest_merge_bytes(&m, &memory_bytes, &file_bytes, err)) != NEV_OK) {
        assert_true(memory_bytes == 0 && file_bytes == 0);
        return status;
    }
    memory = malloc(memory_bytes);
    g->file = malloc(file_bytes);
    assert_true(memory != NULL && g->file != NULL);
    memset(memory, 0xA5, memory_bytes);
    memset(g->file, 0x5A, file_bytes);
    assert_int_equal(nev_forest_merge(&m, memory, memory_bytes - 1, g->file, file_bytes, &g->bytes, err),
                     NEV_ERR_MEMORY);
    status = nev_forest_merge(&m, memory, memory_bytes, g->file, file_bytes, &g->bytes, err);
    free(memory);
    if (status == NEV_OK) {
        assert_int_equal(nev_forest_open(&g->f, g->file, g->bytes, err), NEV_OK);
    } else {
        assert_int_equal(g->bytes, 0);
    }
    return status;
}

static void grow_range(struct grown *g, struct nev_forest_job job, uint32_t first, uint32_t trees)
{
    job.params.first_tree = first;
    job.params.trees = trees;
    grow(g, &job);
}

/* Ranges of one training, in an order of their own and merged twice over, give the file of the training. */
static void assert_whole(const struct nev_forest_job *job)
{
    struct grown whole, a, b, c, d, again, *some[] = {&c, &a}, *rest[] = {&b, &again};
    struct nev_error err;

    grow_range(&whole, *job, 3, 12);
    grow_range(&a, *job, 3, 4);
    grow_range(&b, *job, 7, 1);
    grow_range(&c, *job, 8, 7);
    assert_int_equal(merge(some, 2, false, &again, &err), NEV_ERR_DATA); /* tree 7 is missing */
    assert_true(err.row == 0 && strcmp(err.name, "trees") == 0);
    free(again.file);
    some[1] = &b;
    assert_int_equal(merge(some, 2, false, &again, &err), NEV_OK);
    rest[0] = &a;
    assert_int_equal(merge(rest, 2, false, &d, &err), NEV_OK);
    assert_int_equal(d.bytes, whole.bytes);
    assert_memory_equal(d.file, whole.file, whole.bytes);
    free(d.file);
    assert_int_equal(merge(rest, 2, true, &d, &err), NEV_OK);
    assert_memory_equal(d.file, whole.file, whole.bytes);
    free(d.file);
    some[0] = &whole;
    assert_int_equal(merge(some, 2, true, &d, &err), NEV_ERR_DATA); /* tree 7 twice */
    free(d.file);
    free(again.file);
    grown_free(&whole);
    grown_free(&a);
    grown_free(&b);
    grown_free(&c);
}

/* Verifies: NEV-RF-054 (tree ranges merged are the forest trained at once, byte for byte, with every kind of sample,
 * weight and leaf) */
static void test_ranges(void **state)
{
    static const uint32_t given[] = {5, 1, 2};
    struct nev_forest_job job;
    struct table t;
    uint32_t i;

    (void)state;
    table_random(&t, 21, 90, 7, 3, 40);
    for (i = 0; i < 8; i++) {
        job = job_of(&t, 1, 77);
        job.params.bootstrap = i % 4 != 3;
        job.params.draws = i == 5 ? 30 : 0;
        job.params.max_depth = i >= 4 ? 3 : 0;
        job.params.class_weight = (enum nev_forest_weight)(i % 4);
        job.class_weight = i % 4 == 3 ? given : NULL;
        job.origin = i == 2 ? "a clinic" : NULL;
        assert_whole(&job);
    }
    table_free(&t);
}

static void assert_differs(struct grown *a, const struct nev_forest_job *job, enum nev_status status,
                           const char *name)
{
    struct grown b, g, *both[] = {a, &b};
    struct nev_error err;

    grow_range(&b, *job, 2, 2);
    assert_int_equal(merge(both, 2, false, &g, &err), status);
    assert_int_equal(err.row, 1);
    assert_string_equal(err.name, name);
    free(g.file);
    grown_free(&b);
}

/* Verifies: NEV-RF-055 (ranges of other trainings are refused, and the message names what differs) */
static void test_other_trainings(void **state)
{
    static const uint32_t one[] = {1, 2, 3}, two[] = {1, 2, 4};
    static const char *const names[] = {"a", "b", "c"};
    struct nev_forest_source source;
    struct nev_forest_job good, job;
    struct table t, other;
    struct grown a;

    (void)state;
    table_random(&t, 21, 60, 5, 3, 40);
    table_random(&other, 22, 60, 5, 3, 40);
    good = job_of(&t, 2, 77);
    grow(&a, &good);
#define DIFFERS(field, value, name)                                                                          \
    (job = good, job.field = (value), assert_differs(&a, &job, NEV_ERR_SHAPE, name))
    DIFFERS(params.seed, 78, "seed");
    DIFFERS(params.bootstrap, false, "bootstrap");
    DIFFERS(params.draws, 59, "draws");
    DIFFERS(params.candidates, 3, "candidates");
    DIFFERS(params.max_depth, 9, "max_depth");
    DIFFERS(params.min_samples_leaf, 2, "min_samples_leaf");
    DIFFERS(params.min_samples_split, 3, "min_samples_split");
    DIFFERS(params.class_weight, NEV_FOREST_WEIGHT_BALANCED, "class_weight");
    DIFFERS(origin, "elsewhere", "origin");
    DIFFERS(data.x, other.x, "data");
    DIFFERS(data.classes, 4, "classes");
    DIFFERS(data.features, 4, "features");
    DIFFERS(data.class_name, names, "a");
    memset(&source, 0, sizeof source);
    source.net = 1;
    job = good;
    job.source = &source;
    assert_differs(&a, &job, NEV_ERR_NETWORK, "source");
    grown_free(&a);
    good.params.class_weight = NEV_FOREST_WEIGHT_GIVEN;
    good.class_weight = one;
    grow(&a, &good);
    DIFFERS(class_weight, two, "class_weight");
    grown_free(&a);
    table_free(&t);
    table_free(&other);
}

/* Verifies: NEV-RF-056 (forests of data that never met: each part keeps its data's digest, origin, parameters and
 * votes out of bag; the trees vote together; the order of merging does not matter) */
static void test_federated(void **state)
{
    static const char *const origin[] = {"north", "south"};
    struct grown part[3], all, again, *order[] = {&part[0], &part[1], &part[2]},
                                      *back[] = {&part[2], &part[1], &part[0]};
    struct nev_forest_part p;
    struct nev_forest_job job;
    struct table t[2];
    struct nev_error err;
    double *sum, *one;
    uint32_t i, k, rows = 0;

    (void)state;
    for (i = 0; i < 3; i++) { /* the third continues the first */
        if (i < 2) {
            table_random(&t[i], 30 + i, 70 + 20 * i, 6, 2, 40);
        }
        job = job_of(&t[i % 2], 4, 5 + i % 2);
        job.origin = origin[i % 2];
        job.params.max_depth = i % 2 == 1 ? 3 : 0;
        job.params.first_tree = i == 2 ? 4 : 0;
        grow(&part[i], &job);
    }
    assert_int_equal(merge(order, 3, false, &all, &err), NEV_ERR_SHAPE);
    free(all.file);
    assert_int_equal(merge(order, 3, true, &all, &err), NEV_OK);
    assert_int_equal(merge(back, 3, true, &again, &err), NEV_OK);
    assert_int_equal(all.bytes, again.bytes);
    assert_memory_equal(all.file, again.file, all.bytes);
    assert_true(all.f.parts == 2 && all.f.params.trees == 12 && all.f.rows == 70 + 90);
    for (i = 0; i < 2; i++) {
        uint32_t which;

        nev_forest_part(&all.f, i, &p);
        which = strcmp(p.origin, "south") == 0;
        assert_string_equal(p.origin, origin[which]);
        assert_memory_equal(p.data_sha256, part[which].f.data_sha256, sizeof p.data_sha256);
        assert_true(p.params.trees == (which == 1 ? 4 : 8) && p.params.seed == 5 + which);
        assert_true(p.rows == 70 + 20 * which && p.is_mixed == (which == 1));
        rows += p.oob_rows;
        for (k = 0; k < p.rows; k++) {
            assert_int_equal(nev_forest_oob_label(&p, k), t[which].label[k]);
        }
    }
    assert_int_equal(rows, all.f.oob_rows);
    sum = calloc(70 * 2, sizeof *sum);
    one = calloc(70 * 2, sizeof *one);
    assert_true(sum != NULL && one != NULL);
    for (i = 0; i < 3; i++) {
        struct nev_forest_batch batch = batch_of(&t[0], one, NULL);

        assert_int_equal(predict(&part[i].f, &batch, NULL, &err), NEV_OK);
        for (k = 0; k < 140; k++) {
            sum[k] += one[k] * 4.0; /* multiples of 2^-32: exact */
        }
    }
    {
        struct nev_forest_batch batch = batch_of(&t[0], one, NULL);

        assert_int_equal(predict(&all.f, &batch, NULL, &err), NEV_OK);
    }
    for (k = 0; k < 140; k++) {
        assert_true(one[k] == sum[k] / 12.0);
    }
    free(sum);
    free(one);
    for (i = 0; i < 3; i++) {
        grown_free(&part[i]);
    }
    free(all.file);
    free(again.file);
    table_free(&t[0]);
    table_free(&t[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_other_trainings),
        cmocka_unit_test(test_federated),
    };

    return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
