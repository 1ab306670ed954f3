/* SPDX-License-Identifier: MIT */
#include "tests/forest/grow.h"

#include <math.h>

#include "forest/file/node.h"
#include "forest/predict/walk.h"
#include "nn/base/cpu.h"

/* Of walk_c.c, walk_avx2.c and walk_avx512.c those that run here. */
static uint32_t kernels(struct nev_walk_kernel *all)
{
    static const uint32_t sets[] = {NEV_ISA_C, NEV_ISA_C | NEV_ISA_AVX2,
                                    NEV_ISA_C | NEV_ISA_AVX2 | NEV_ISA_AVX512};
    uint32_t i, len = 0;

    for (i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        if ((sets[i] & ~nev_cpu_isas()) == 0) {
            all[len++] = nev_walk_select(sets[i]);
        }
    }
    return len;
}

/* Verifies: NEV-RF-030 (every compiled form, numbers of features around what it does at a time, any bits but NaN's) */
static void test_keys(void **state)
{
    static const float special[] = {0.0f,      -0.0f,     0x1p-149f,        -0x1p-149f, 0x1p-126f,
                                    -INFINITY, INFINITY,  0x1.fffffep+127f, 1.0f,       -0x1.fffffep+127f,
                                    -1.0f,     0x1p-127f, -0x1p-127f};
    struct nev_walk_kernel kernel[3];
    uint32_t n, i, k, len = kernels(kernel);
    uint64_t seed = 5;

    (void)state;
    for (n = 0; n < 70; n++) {
        float *x = malloc(n * sizeof *x + 1);
        uint32_t *key = malloc(n * sizeof *key + 1);

        assert_true(x != NULL && key != NULL);
        for (i = 0; i < n; i++) {
            do {
                x[i] = nev_f32_from_bits((uint32_t)nev_test_random(&seed) << 16 ^
                                         (uint32_t)nev_test_random(&seed));
                x[i] = i % 3 == 0 ? special[nev_test_random(&seed) % 13] : x[i];
            } while (nev_key_is_nan(x[i]));
        }
        for (k = 0; k < len; k++) {
            memset(key, 0xA5, n * sizeof *key);
            assert_false(kernel[k].keys(x, n, key));
            for (i = 0; i < n; i++) {
                assert_int_equal(key[i], nev_key_from_f32(x[i]));
            }
            for (i = 0; i < n; i++) {
                const float kept = x[i];

                x[i] = nev_f32_from_bits(i % 2 == 0 ? 0x7F800001u : 0xFFFFFFFFu);
                assert_true(kernel[k].keys(x, n, key));
                x[i] = kept;
            }
        }
        free(x);
        free(key);
    }
}

/* A step at a time, as FORMAT.md says it. */
static uint32_t plain(const struct nev_forest_tree *tree, const uint32_t *row)
{
    uint32_t at = 1;

    while (!nev_node_is_leaf(nev_node_key(tree->node, at))) {
        const uint32_t word = nev_node_word(tree->node, at);
        const uint32_t feature = word & (((uint32_t)1 << tree->feature_bits) - 1);

        at = 2 * (word >> tree->feature_bits) + (row[feature] > nev_node_key(tree->node, at));
    }
    return at;
}

static void check_tree(const struct grown *g, const struct table *t, const uint32_t *key, uint32_t which)
{
    struct nev_walk_kernel kernel[3];
    struct nev_walk_tree *laid = malloc(sizeof *laid), *first = malloc(sizeof *first);
    uint32_t i, k, at[NEV_WALKS], len = kernels(kernel);
    const uint32_t *row[NEV_WALKS];
    const uint8_t *node[NEV_FILE_WALKS];
    struct nev_forest_tree tree;

    assert_true(laid != NULL && first != NULL);
    nev_forest_tree(&g->f, which, &tree);
    for (i = 0; i < NEV_FILE_WALKS; i++) {
        node[i] = tree.node;
    }
    for (i = 0; i < t->rows; i++) {
        for (k = 0; k < NEV_WALKS; k++) {
            row[k] = key + (size_t)((i + k) % t->rows) * t->features;
        }
        nev_walk_file(node, tree.feature_bits, tree.depth, row, at);
        for (k = 0; k < NEV_FILE_WALKS; k++) {
            assert_int_equal(at[k], plain(&tree, row[k]));
        }
        if (tree.node_len <= NEV_LAID_MAX) {
            kernel[i % len].lay(tree.node, tree.node_len, tree.feature_bits, laid);
            nev_walk_laid(tree.node, laid, tree.depth, row, at);
            for (k = 0; k < NEV_WALKS; k++) {
                assert_int_equal(at[k], plain(&tree, row[k]));
            }
            kernel[0].lay(tree.node, tree.node_len, tree.feature_bits, first);
            assert_memory_equal(laid->left, first->left, tree.node_len * sizeof *laid->left);
            assert_memory_equal(laid->feature, first->feature, tree.node_len * sizeof *laid->feature);
        }
    }
    free(laid);
    free(first);
}

/* Verifies: NEV-RF-031 (trees of all sizes, shallow and deep, laid out by every compiled form and as they lie) */
static void test_walks(void **state)
{
    static const uint32_t rows[] = {2, 3, 9, 30, 100, 700, 900}, features[] = {1, 2, 3, 16, 17, 40, 70};
    uint32_t n, i, big = 0;

    (void)state;
    for (n = 0; n < 7; n++) {
        struct nev_forest_job job;
        struct table t;
        struct grown g;
        uint32_t *key;

        table_random(&t, 60 + n, rows[n], features[n], 2, n == 6 ? 100000 : 50);
        for (i = 2; n == 6 && i < t.rows; i++) { /* noise: a tree of more than NEV_LAID_MAX nodes */
            t.label[i] = i * 7 % 11 % 2;
        }
        job = job_of(&t, 3, n);
        job.params.bootstrap = n % 2 == 1;
        grow(&g, &job);
        key = malloc((size_t)t.rows * t.features * sizeof *key);
        assert_non_null(key);
        for (i = 0; i < t.rows * t.features; i++) {
            key[i] = nev_key_from_f32(t.x[i]);
        }
        for (i = 0; i < 3; i++) {
            struct nev_forest_tree tree;

            check_tree(&g, &t, key, i);
            nev_forest_tree(&g.f, i, &tree);
            big += tree.node_len > 128;
        }
        free(key);
        grown_free(&g);
        table_free(&t);
    }
    assert_true(big > 0);
}

/* A comb: node after node a leaf on one side, as deep as it has leaves. */
static void comb(struct table *t, uint32_t rows)
{
    uint32_t i;

    table_make(t, rows, 1, 2);
    for (i = 0; i < rows; i++) {
        t->x[i] = ldexpf(1.0f, (int)i - 100);
        t->label[i] = i % 2;
    }
}

/* Verifies: NEV-RF-031 (batches of every size around what goes together, over small trees, deep ones and ones of more
 * than NEV_LAID_MAX nodes, tens of classes and many features: each row as alone, and as a plain walk) */
static void test_batches(void **state)
{
    static const uint32_t sizes[] = {1, 9, 10, 15, 16, 17, 31, 33, 63, 64, 65, 79, 80, 127, 128, 129, 150};
    static double p[150 * 40], q[40];
    static uint32_t votes[150 * 40], one[40], want[40];
    uint32_t n, i, k, s, big = 0;

    (void)state;
    for (n = 0; n < 4; n++) {
        struct nev_forest_job job;
        struct nev_error err;
        struct table t;
        struct grown g;

        if (n == 1) {
            comb(&t, 150);
        } else {
            table_random(&t, 70 + n, n == 2 ? 4000 : 150, n == 3 ? 9000 : 12, n == 0 ? 40 : 2, 100000);
        }
        for (i = 2; n == 2 && i < t.rows; i++) {
            t.label[i] = i * 7 % 11 % 2;
        }
        job = job_of(&t, 4, n);
        job.params.bootstrap = false;
        job.params.min_samples_leaf = n == 0 ? 5 : 1;
        grow(&g, &job);
        for (s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            struct nev_forest_batch b = {t.x, t.features, sizes[s], t.features, p, votes};

            assert_int_equal(predict(&g.f, &b, NULL, &err), NEV_OK);
            for (i = 0; i < sizes[s]; i += s + 1) {
                struct nev_forest_batch alone = {
                    t.x + (size_t)i * t.features, t.features, 1, t.features, q, one};

                assert_int_equal(predict(&g.f, &alone, NULL, &err), NEV_OK);
                assert_memory_equal(one, votes + i * t.classes, t.classes * sizeof *one);
                assert_memory_equal(q, p + i * t.classes, t.classes * sizeof *q);
                memset(want, 0, sizeof want);
                for (k = 0; k < 4; k++) {
                    struct nev_forest_tree tree;
                    struct nev_forest_node node;
                    struct nev_forest_entry entry;

                    nev_forest_tree(&g.f, k, &tree);
                    nev_forest_node(&tree, walk_floats(&tree, t.x + (size_t)i * t.features), &node);
                    nev_forest_entry(&tree, node.entry, &entry);
                    want[entry.class_id]++;
                    big += tree.node_len > NEV_LAID_MAX;
                }
                assert_memory_equal(one, want, t.classes * sizeof *one);
            }
        }
        grown_free(&g);
        table_free(&t);
    }
    assert_true(big > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_keys), cmocka_unit_test(test_walks),
                                       cmocka_unit_test(test_batches)};

    return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
