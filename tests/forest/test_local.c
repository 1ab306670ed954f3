/* SPDX-License-Identifier: MIT */
/* Ranks copied together, and trees grown from them: local.c, and tree.c with blocks of any size. */
#include "tests/forest/grow.h"

#include "forest/file/node.h"
#include "forest/key.h"
#include "forest/train/local.h"
#include "forest/train/prepare.h"
#include "forest/train/tree.h"
#include "nn/base/cpu.h"

/* Ranks of a table, with everything that a tree needs. */
struct rig {
    struct nev_ranks ranks;
    struct nev_parallel par;
    struct nev_forest_params params;
    struct nev_forest_data data;
};

static void *take(size_t bytes)
{
    void *p = aligned_alloc(NEV_ALIGN, (bytes + NEV_ALIGN) / NEV_ALIGN * NEV_ALIGN);

    assert_non_null(p);
    memset(p, 0xA5, bytes);
    return p;
}

static void rig_open(struct rig *g, const struct nev_forest_job *job)
{
    const size_t rows = job->data.rows, features = job->data.features;
    void *work = take((size_t)nev_prepare_bytes(job->data.rows));

    memset(g, 0, sizeof *g);
    g->params = job->params;
    g->params.draws = job->data.rows;
    g->data = job->data;
    g->par = nev_parallel_serial();
    g->ranks.rows = rows;
    g->ranks.across_stride = nev_local_across(job->data.features);
    g->ranks.low_bits = nev_rank_low_bits(job->data.rows);
    g->ranks.column = take(rows * features * sizeof *g->ranks.column);
    g->ranks.across = take(rows * g->ranks.across_stride * sizeof *g->ranks.across);
    g->ranks.low = take(features * nev_rank_low_bytes(&g->ranks));
    g->ranks.shift = take(features);
    nev_prepare_ranks(&g->data, &g->par, &g->ranks, work, nev_prepare_bytes(job->data.rows));
    free(work);
}

static void rig_close(struct rig *g)
{
    free(g->ranks.column);
    free(g->ranks.across);
    free(g->ranks.low);
    free(g->ranks.shift);
}

/* One tree in exactly the memory it says, with blocks of at most `limit` rows. */
static void *grow_tree(struct rig *g, uint32_t limit, uint32_t number, const uint32_t *weight,
                       struct nev_tree *tree)
{
    const struct nev_tree_job job = {.params = &g->params,
                                     .data = &g->data,
                                     .weight = weight,
                                     .ranks = &g->ranks,
                                     .kernel = nev_split_select(nev_cpu_isas()),
                                     .feature_bits = nev_node_feature_bits(g->data.features)};
    struct nev_carve c = {NULL, 0};

    nev_tree_carve(tree, &c, &g->params, &g->data, limit);
    c = (struct nev_carve){take((size_t)c.used), 0};
    nev_tree_carve(tree, &c, &g->params, &g->data, limit);
    nev_tree_grow(tree, &job, number);
    return c.base;
}

/* Verifies: NEV-RF-143 (rows at random out of a table and again out of its block, any number of rows and columns) */
static void test_fill(void **state)
{
    static const uint32_t lens[] = {1, 2, 15, 16, 17, 31, 32, 33, 100, 511, 512, 640};
    uint64_t seed = 7;
    uint32_t n, i, f, features;

    (void)state;
    for (n = 0; n < 12; n++) {
        for (features = 1; features < 70; features += 1 + features / 4) {
            const uint32_t limit = (lens[n] + 15) / 16 * 16;
            struct nev_rank_view all, inner;
            struct nev_local block;
            struct nev_carve c = {NULL, 0};
            uint32_t row[640], was[640];
            struct nev_forest_job job;
            struct table t;
            struct rig g;

            table_random(&t, n, 700, features, 2, 60000);
            job = job_of(&t, 1, 0);
            rig_open(&g, &job);
            nev_local_carve(&block, &c, limit, features);
            c = (struct nev_carve){take((size_t)c.used), 0};
            nev_local_carve(&block, &c, limit, features);
            assert_int_equal(block.limit, limit);
            for (i = 0; i < lens[n]; i++) {
                row[i] = was[i] = nev_test_random(&seed) % 700;
            }
            all = nev_rank_view_all(&g.ranks);
            inner = nev_local_fill(&block, &all, row, lens[n]);
            for (i = 0; i < lens[n]; i++) {
                assert_int_equal(row[i], i);
                assert_int_equal(nev_rank_row(&inner, i), was[i]);
                for (f = 0; f < features; f++) {
                    assert_int_equal(nev_rank_at(&inner, f, i), nev_rank_at(&all, f, was[i]));
                }
            }
            free(c.base);
            rig_close(&g);
            table_free(&t);
        }
    }
}

/* Sends the tree's rows down by their values: each threshold lies between the nearest ones on both sides of it. */
static void assert_thresholds(const struct rig *g, const struct nev_tree *tree)
{
    const uint32_t bits = nev_node_feature_bits(g->data.features), mask = (1u << bits) - 1;
    uint32_t *at = take(g->data.rows * sizeof *at), *low = take(tree->node_len * sizeof *low);
    uint32_t *high = take(tree->node_len * sizeof *high), step, i;

    for (i = 0; i < g->data.rows; i++) {
        at[i] = 1;
    }
    for (i = 0; i < tree->node_len; i++) {
        low[i] = 0;
        high[i] = UINT32_MAX;
    }
    for (step = 0; step < tree->depth; step++) {
        for (i = 0; i < g->data.rows; i++) {
            const uint32_t key = nev_node_key(tree->node, at[i]), word = nev_node_word(tree->node, at[i]);
            const uint32_t child = word >> bits << 1, n = at[i];
            const uint32_t x = nev_key_from_f32(g->data.x[i * g->data.x_stride + (word & mask)]);

            if (tree->draws[i] == 0 || child <= n) { /* a leaf leads to itself */
                continue;
            }
            low[n] = x <= key && x > low[n] ? x : low[n];
            high[n] = x > key && x < high[n] ? x : high[n];
            at[i] = child + (x > key);
        }
    }
    for (i = 1; i < tree->node_len; i++) {
        if (nev_node_word(tree->node, i) >> bits << 1 > i) {
            assert_true(low[i] != 0 && high[i] != UINT32_MAX);
            assert_int_equal(nev_node_key(tree->node, i), nev_key_between(low[i], high[i]));
        }
    }
    free(at);
    free(low);
    free(high);
}

/* Verifies: NEV-RF-143 (blocks of 0, 32, 48, 512 and 4,096 rows: the same trees, whose thresholds
 * lie between the nearest values, with few values and many, two classes
 * and three, class weights, constant features, small leaves forbidden, more than 65,536 different values) */
static void test_trees(void **state)
{
    static const uint32_t limits[] = {0, 32, 48, 512, 4096}, weight[] = {3, 1};
    uint32_t n, i, k;

    (void)state;
    for (n = 0; n < 6; n++) {
        const uint32_t rows = n == 5 ? 110000 : 3000, features = n == 5 ? 3 : 35;
        struct nev_tree first, tree;
        struct nev_forest_job job;
        struct table t;
        struct rig g;

        table_random(&t, 40 + n, rows, features, n == 2 ? 3 : 2, n == 1 ? 5 : n == 5 ? 1u << 30 : 50000);
        for (i = 0; n == 3 && i < rows; i++) {
            for (k = 2; k < features; k++) {
                t.x[(size_t)i * features + k] = 1.0f;
            }
        }
        job = job_of(&t, 1, n);
        job.params.candidates = n == 5 ? 1 : 6;
        job.params.min_samples_leaf = n == 4 ? 7 : 1;
        rig_open(&g, &job);
        assert_int_equal(g.ranks.shift[0], n == 5);
        for (k = 0; k < 2; k++) {
            void *memory = grow_tree(&g, 0, k, n == 0 && k == 1 ? weight : NULL, &first);

            assert_true(first.node_len > 50);
            assert_thresholds(&g, &first);
            for (i = 1; i < 5; i++) {
                void *other = grow_tree(&g, limits[i], k, n == 0 && k == 1 ? weight : NULL, &tree);

                assert_int_equal(tree.node_len, first.node_len);
                assert_int_equal(tree.leaf_len, first.leaf_len);
                assert_int_equal(tree.depth, first.depth);
                assert_memory_equal(tree.node, first.node, (size_t)first.node_len * NEV_NODE_BYTES);
                assert_memory_equal(tree.leaf, first.leaf, (size_t)first.leaf_len * NEV_ENTRY_BYTES);
                assert_memory_equal(tree.importance, first.importance, features * sizeof *first.importance);
                assert_memory_equal(tree.ended, first.ended, rows * sizeof *first.ended);
                free(other);
            }
            free(memory);
        }
        rig_close(&g);
        table_free(&t);
    }
}

/* Verifies: NEV-RF-144 (blocks only where they pay, of at most 8 MiB; whole tiles) */
static void test_limit(void **state)
{
    static const uint32_t features[] = {1, 30, 1000, 4000, 16000, 65536};
    uint32_t i;

    (void)state;
    for (i = 0; i < 6; i++) {
        const uint32_t limit = nev_local_limit(100000, features[i]);

        assert_int_equal(limit % NEV_LOCAL_TILE, 0);
        assert_true((uint64_t)limit * features[i] * 2 <= 8u << 20);
        assert_int_equal(limit == 0, features[i] > 16000);
        assert_int_equal(nev_local_limit(2637, features[i]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fill), cmocka_unit_test(test_trees),
                                       cmocka_unit_test(test_limit)};

    return cmocka_run_group_tests_name("local", tests, NULL, NULL);
}
