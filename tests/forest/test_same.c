/* SPDX-License-Identifier: MIT */
#include "tests/forest/grow.h"

#include <math.h>

#include "forest/train/random.h"

/* A pool that runs the parts backwards: nothing may depend on their order. */
static void run_backwards(void *pool, nev_task *task, void *arg, uint32_t parts)
{
    uint32_t p;

    (void)pool;
    for (p = parts; p-- > 0;) {
        task(arg, p, parts);
    }
}

/* Verifies: NEV-RF-010 (1, 2, 3, 7 and 64 parts, forwards, backwards and at once, give one file) */
static void test_parts(void **state)
{
    static const uint32_t parts[] = {1, 2, 3, 7, 64};
    struct nev_forest_job job;
    struct grown first, g;
    struct table t;
    uint32_t i;

    (void)state;
    table_random(&t, 1, 700, 40, 3, 200);
    job = job_of(&t, 10, 77);
    grow(&first, &job);
    for (i = 0; i < 10; i++) {
        struct nev_parallel backwards = {parts[i / 2], run_backwards, NULL, NULL};
        struct nev_parallel threads = nev_parallel_threads(parts[i / 2]);

        job.par = i % 2 == 0 ? &backwards : &threads;
        grow(&g, &job);
        assert_int_equal(g.bytes, first.bytes);
        assert_memory_equal(g.file, first.file, first.bytes);
        grown_free(&g);
    }
    grown_free(&first);
    table_free(&t);
}

/* Verifies: NEV-RF-010 (two seeds, and two data sets, give two files and two data digests) */
static void test_seeds_and_data(void **state)
{
    struct nev_forest_job job;
    struct grown a, b, c;
    struct table t;

    (void)state;
    table_random(&t, 2, 100, 9, 2, 50);
    job = job_of(&t, 5, 1);
    grow(&a, &job);
    job.params.seed = (uint64_t)1 << 63 | 1;
    grow(&b, &job);
    assert_memory_not_equal(a.f.tree_data, b.f.tree_data, 64);
    assert_memory_equal(a.f.data_sha256, b.f.data_sha256, NEV_SHA256_BYTES);
    t.x[99 * 9 + 8] += 1.0f;
    grow(&c, &job);
    assert_memory_not_equal(b.f.data_sha256, c.f.data_sha256, NEV_SHA256_BYTES);
    grown_free(&a);
    grown_free(&b);
    grown_free(&c);
    table_free(&t);
}

/* Verifies: NEV-RF-010 (a stride, misaligned memory and a misaligned file change nothing) */
static void test_stride_and_alignment(void **state)
{
    struct nev_forest_job job;
    struct nev_forest_result result;
    struct nev_error err;
    size_t memory_bytes, file_bytes;
    uint8_t *memory, *file;
    struct grown g;
    struct table t;
    float *wide;
    uint32_t i, off;

    (void)state;
    table_random(&t, 3, 60, 5, 2, 50);
    job = job_of(&t, 4, 1);
    grow(&g, &job);
    wide = malloc(60 * 8 * sizeof *wide);
    assert_non_null(wide);
    for (i = 0; i < 60 * 8; i++) {
        wide[i] = i % 8 < 5 ? t.x[i / 8 * 5 + i % 8] : (float)NAN;
    }
    job.data.x = wide;
    job.data.x_stride = 8;
    assert_int_equal(nev_forest_train_bytes(&job, &memory_bytes, &file_bytes, &err), NEV_OK);
    for (off = 0; off < 64; off += 7) {
        memory = malloc(memory_bytes + off);
        file = malloc(file_bytes + off);
        assert_true(memory != NULL && file != NULL);
        assert_int_equal(
            nev_forest_train(&job, memory + off, memory_bytes, file + off, file_bytes, &result, &err),
            NEV_OK);
        assert_int_equal(result.file_bytes, g.bytes);
        assert_memory_equal(file + off, g.file, g.bytes);
        free(memory);
        free(file);
    }
    free(wide);
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-011 (the body of tree k is the same bytes in a forest of 10, of 50 and of 3 from 6 on) */
static void test_tree_is_its_number(void **state)
{
    struct nev_forest_job job;
    struct nev_forest_tree a, b;
    struct grown fifty, ten, three;
    struct table t;
    uint32_t k;

    (void)state;
    table_random(&t, 4, 150, 20, 2, 50);
    job = job_of(&t, 50, 9);
    grow(&fifty, &job);
    job.params.trees = 10;
    grow(&ten, &job);
    job.params.trees = 3;
    job.params.first_tree = 6;
    grow(&three, &job);
    for (k = 0; k < 13; k++) {
        nev_forest_tree(&fifty.f, k < 10 ? k : k - 4, &a);
        nev_forest_tree(k < 10 ? &ten.f : &three.f, k < 10 ? k : k - 10, &b);
        assert_int_equal(a.number, b.number);
        assert_int_equal(a.node_len, b.node_len);
        assert_int_equal(a.leaf_len, b.leaf_len);
        assert_memory_equal(a.node, b.node, ((size_t)a.node_len + a.leaf_len) * 8);
    }
    grown_free(&fifty);
    grown_free(&ten);
    grown_free(&three);
    table_free(&t);
}

/* The 31 candidates of 1,000 that a node of that path draws, as a set. */
static void candidates(uint64_t seed, uint32_t tree, uint64_t path, uint8_t set[1000])
{
    uint32_t list[1000], i, at;
    struct nev_random random;

    memset(set, 0, 1000);
    for (i = 0; i < 1000; i++) {
        list[i] = i;
    }
    nev_random_init(&random, seed, tree, NEV_RANDOM_CANDIDATES, path);
    for (i = 0; i < 31; i++) {
        at = i + nev_random_below(&random, 1000 - i);
        set[list[at]] = 1;
        list[at] = list[i];
    }
}

static uint32_t shared(const uint8_t a[1000], const uint8_t b[1000])
{
    uint32_t i, n = 0;

    for (i = 0; i < 1000; i++) {
        n += a[i] & b[i];
    }
    return n;
}

/* Verifies: NEV-RF-003 (brothers, parents, equal nodes of neighbouring trees and seeds share no more
 * candidates than chance: the mean of a hypergeometric distribution, within five standard errors) */
static void test_relatives_share_no_candidates(void **state)
{
    const double n = 4000, mean = 31.0 * 31.0 / 1000.0;
    const double variance = mean * (1.0 - 31.0 / 1000.0) * (1000.0 - 31.0) / 999.0;
    uint8_t self[1000], left[1000], right[1000], tree[1000], seed[1000];
    double sum[4] = {0};
    uint32_t i, k;

    (void)state;
    for (i = 0; i < 4000; i++) {
        uint64_t path = 0, l, r;

        for (k = 0; k < i % 16; k++) {
            nev_random_children(i / 16, 5, path, &l, &r);
            path = i >> k & 1 ? l : r;
        }
        nev_random_children(i / 16, 5, path, &l, &r);
        candidates(i / 16, 5, path, self);
        candidates(i / 16, 5, l, left);
        candidates(i / 16, 5, r, right);
        candidates(i / 16, 6, path, tree);
        candidates(i / 16 + 1, 5, path, seed);
        sum[0] += shared(left, right);
        sum[1] += shared(self, left);
        sum[2] += shared(self, tree);
        sum[3] += shared(self, seed);
    }
    for (k = 0; k < 4; k++) {
        assert_true(fabs(sum[k] / n - mean) < 5.0 * sqrt(variance / n));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_seeds_and_data),
        cmocka_unit_test(test_stride_and_alignment),
        cmocka_unit_test(test_tree_is_its_number),
        cmocka_unit_test(test_relatives_share_no_candidates),
    };

    return cmocka_run_group_tests_name("same", tests, NULL, NULL);
}
