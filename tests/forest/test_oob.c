/* SPDX-License-Identifier: MIT */
/* What a file keeps of the rows its trees have not seen: oob.c, part.c, write.c. */
#include "tests/forest/grow.h"

#include "forest/file/oob.h"
#include "forest/train/random.h"
#include "nn/base/bytes.h"

/* Which rows a tree of the forest has drawn. */
static void drawn(const struct nev_forest_params *p, uint32_t number, uint32_t rows, uint8_t *seen)
{
    struct nev_random random;
    uint32_t i;

    memset(seen, 0, rows);
    nev_random_init(&random, p->seed, number, NEV_RANDOM_BOOTSTRAP, 0);
    for (i = 0; i < p->draws; i++) {
        seen[nev_random_below(&random, rows)] = 1;
    }
}

/* Recomputes the votes and sums of every row from the draws, the trees and prediction tree by tree. */
static void assert_recomputed(const struct nev_forest_job *job)
{
    uint32_t rows = job->data.rows, classes = job->data.classes, k, i, c, trees;
    uint32_t *votes = calloc((size_t)rows * classes, sizeof *votes), *one, *kept;
    double *sum = calloc((size_t)rows * classes, sizeof *sum), *p;
    uint8_t *seen = malloc(rows);
    struct nev_forest_part part;
    struct nev_forest_job single = *job;
    struct grown g;

    one = malloc((size_t)rows * classes * sizeof *one);
    p = malloc((size_t)rows * classes * sizeof *p);
    kept = malloc(classes * sizeof *kept);
    assert_true(votes != NULL && sum != NULL && seen != NULL && one != NULL && p != NULL && kept != NULL);
    for (k = 0; k < job->params.trees; k++) {
        struct nev_forest_batch batch = {job->data.x, job->data.x_stride, rows, job->data.features, p, one};
        struct nev_error err;

        single.params.trees = 1;
        single.params.first_tree = job->params.first_tree + k;
        grow(&g, &single);
        drawn(&g.f.params, single.params.first_tree, rows, seen);
        assert_int_equal(predict(&g.f, &batch, NULL, &err), NEV_OK);
        for (i = 0; i < rows * classes; i++) {
            votes[i] += seen[i / classes] ? 0 : one[i];
            sum[i] += seen[i / classes] ? 0.0 : p[i];
        }
        grown_free(&g);
    }
    grow(&g, job);
    nev_forest_part(&g.f, 0, &part);
    assert_true(part.has_oob && part.rows == rows && part.classes == classes && part.place == 0);
    for (i = 0; i < rows; i++) {
        assert_int_equal(nev_forest_oob_label(&part, i), job->data.label[i]);
        trees = nev_forest_oob_votes(&part, i, kept);
        assert_memory_equal(kept, votes + (size_t)i * classes, classes * sizeof *kept);
        assert_true(nev_forest_oob_probability(&part, i, p) == (trees != 0));
        for (c = 0; c < classes; c++) {
            /* A tree's probabilities are multiples of 2^-32, so float64 adds them exactly. */
            double exact = sum[(size_t)i * classes + c];

            assert_true((double)nev_forest_oob_sum(&part, i, c) == exact * 0x1p32);
            assert_true(p[c] == (trees == 0 ? 0.0 : exact * 0x1p32 / (trees * 0x1p32)));
        }
    }
    free(votes);
    free(sum);
    free(seen);
    free(one);
    free(p);
    free(kept);
    grown_free(&g);
}

/* Verifies: NEV-RF-050 (votes and probabilities out of bag, with pure and mixed leaves, few and many draws) */
static void test_recomputed(void **state)
{
    struct nev_forest_job job;
    struct table t;

    (void)state;
    table_random(&t, 3, 80, 6, 3, 400);
    job = job_of(&t, 7, 5);
    assert_recomputed(&job);
    job.params.max_depth = 2;
    job.params.first_tree = 4;
    assert_recomputed(&job);
    job.params.draws = 9; /* most rows are out of every tree's bag */
    assert_recomputed(&job);
    job.params.class_weight = NEV_FOREST_WEIGHT_SUBSAMPLE;
    assert_recomputed(&job);
    table_free(&t);
}

/* Verifies: NEV-RF-050 (sums are kept only where leaves are mixed; without bootstrap there is nothing) */
static void test_what_is_kept(void **state)
{
    struct nev_forest_part part;
    struct nev_forest_job job;
    struct table t;
    struct grown g;
    uint64_t bytes;

    (void)state;
    table_random(&t, 3, 80, 6, 3, 100000);
    job = job_of(&t, 7, 5);
    grow(&g, &job);
    nev_forest_part(&g.f, 0, &part);
    bytes = (uint64_t)(g.file + g.bytes - part.oob);
    assert_true(!part.is_mixed && bytes == 80 * (2 + 2 * 3) && bytes == nev_oob_bytes(80, 3, false));
    grown_free(&g);
    job.params.min_samples_leaf = 5;
    grow(&g, &job);
    nev_forest_part(&g.f, 0, &part);
    bytes = (uint64_t)(g.file + g.bytes - part.oob);
    assert_true(part.is_mixed && bytes == 80 * (2 + 10 * 3) && bytes == nev_oob_bytes(80, 3, true));
    grown_free(&g);
    job.params.bootstrap = false;
    grow(&g, &job);
    nev_forest_part(&g.f, 0, &part);
    assert_true(!part.has_oob && !part.is_mixed && part.oob == g.file + g.bytes);
    grown_free(&g);
    table_free(&t);
}

static void assert_change(const struct grown *g, const uint8_t *at, uint32_t value, uint32_t width,
                          enum nev_status status)
{
    uint8_t *copy = malloc(g->bytes);
    size_t offset = (size_t)(at - g->file);
    struct nev_error err;
    struct nev_forest f;

    assert_non_null(copy);
    memcpy(copy, g->file, g->bytes);
    if (width == 2) {
        nev_store_u16le(copy + offset, (uint16_t)value);
    } else {
        nev_store_u32le(copy + offset, value);
    }
    rehash(copy, g->bytes);
    assert_int_equal(nev_forest_open(&f, copy, g->bytes, &err), status);
    assert_string_equal(err.name, "OOBV");
    assert_true(err.offset >= (size_t)(g->f.oob_data - g->file) && err.offset < g->bytes);
    free(copy);
}

/* Verifies: NEV-RF-051 (classes, votes, sums and score that cannot be are refused with their place) */
static void test_refused(void **state)
{
    struct nev_forest_part part;
    struct nev_forest_job job;
    struct table t;
    struct grown g;
    const uint8_t *votes, *sums;
    uint32_t k, row, two[2];

    (void)state;
    table_random(&t, 31, 40, 5, 2, 6);
    job = job_of(&t, 9, 1);
    job.params.max_depth = 2;
    grow(&g, &job);
    nev_forest_part(&g.f, 0, &part);
    assert_true(part.is_mixed);
    votes = part.oob + 2 * 40;
    sums = votes + 2 * 40 * 2;
    assert_change(&g, part.oob, 2, 2, NEV_ERR_FORMAT); /* class 2 of 2 */
    assert_change(&g, votes, 10, 2, NEV_ERR_FORMAT);   /* more votes than trees */
    assert_change(&g, votes, 0xFFFF, 2, NEV_ERR_FORMAT);
    assert_change(&g, sums + 4, 10, 4, NEV_ERR_FORMAT);                           /* a sum of ten trees */
    assert_change(&g, sums + 4, nev_load_u32le(sums + 4) + 1, 4, NEV_ERR_FORMAT); /* one more than votes */
    for (row = 0; row < 40 && nev_forest_oob_votes(&part, row, two) < 3; row++) {
    }
    /* Another label changes the score, and that is stated. */
    k = nev_forest_oob_label(&part, row);
    assert_change(&g, part.oob + 2 * row, 1 - k, 2, NEV_ERR_FORMAT);
    grown_free(&g);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recomputed),
        cmocka_unit_test(test_what_is_kept),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("oob", tests, NULL, NULL);
}
