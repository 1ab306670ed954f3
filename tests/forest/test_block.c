/* SPDX-License-Identifier: MIT */
/* Many rows by masks: block.c, mask.c and its compiled forms mask_c.c and mask_avx2.c. */
#include "tests/forest/grow.h"

#include <math.h>

#include "forest/carve.h"
#include "forest/file/merge.h"
#include "forest/file/node.h"
#include "forest/predict/block.h"
#include "nn/base/cpu.h"

static const float special[] = {0.0f,          -0.0f,     0x1p-149f,  -0x1p-149f, 0x1.fffffcp-127f,
                                -0x1p-126f,    0x1p-126f, INFINITY,   -INFINITY,  1.0f,
                                0x1.000002p0f, -1.0f,     0x1.fep-1f, -0x1.fep-1f};
#define SPECIAL (sizeof special / sizeof special[0])

/* Those that run here. */
static uint32_t kernels(const struct nev_mask_kernel **all)
{
    const struct nev_mask_kernel *best = nev_mask_select(nev_cpu_isas());

    all[0] = &nev_mask_kernel_c;
    all[1] = best;
    return best == NULL ? 1 : 2;
}

/* Answers of rows begin to end, in exactly the memory asked for. */
static size_t by_masks(const struct nev_forest *f, const struct nev_mask_kernel *kernel,
                       const struct nev_forest_batch *b, size_t begin, size_t end)
{
    const size_t bytes = (size_t)nev_block_bytes(f);
    uint8_t *memory = malloc(bytes + NEV_ALIGN), *aligned = nev_carve_align(memory);
    size_t row;

    assert_non_null(memory);
    assert_true(bytes > 0 && bytes % NEV_ALIGN == 0);
    memset(memory, 0xA5, bytes + NEV_ALIGN);
    row = nev_block_predict(f, kernel, b, begin, end, aligned);
    for (size_t i = bytes; i < bytes + NEV_ALIGN - (size_t)(aligned - memory); i++) {
        assert_int_equal(aligned[i], 0xA5);
    }
    free(memory);
    return row;
}

/* Verifies: NEV-RF-123 (every compiled form, numbers of rows and columns around what goes together, extremes and adjacent
 * floats on both sides of every threshold; nothing written but what is promised; a NaN anywhere) */
static void test_tests(void **state)
{
    static const uint32_t sizes[] = {1, 2, 31, 32, 33, 63, 64, 65, 95, 96, 97, 128, 224, 255, 256};
    static const uint32_t column[] = {64, 1, 65, 8, 15, 16, 17, 31, 80, 48, 63, 33, 79, 7, 64};
    static int32_t key[NEV_MASK_COLUMNS * NEV_MASK_STRIDE], threshold[2 * SPECIAL];
    static uint32_t test[2 * SPECIAL * NEV_MASK_WORDS], of[2 * SPECIAL];
    const struct nev_mask_kernel *kernel[2];
    uint32_t s, n, i, k, r, len = 0, forms = kernels(kernel);
    uint64_t seed = 9;

    (void)state;
    for (i = 0; i < SPECIAL; i++) {
        const uint32_t at = nev_key_from_f32(special[i]);

        of[len] = at;
        len += !nev_node_is_leaf(at);
        of[len] = at - 1 == NEV_KEY_MINUS_ZERO ? at - 2 : at - 1;
        len += !nev_node_is_leaf(of[len]);
    }
    for (i = 0; i < len; i++) {
        threshold[i] = (int32_t)(of[i] ^ 0x80000000u);
    }
    for (s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const uint32_t rows = sizes[s], words = (rows + 31) / 32;
        const uint32_t columns = column[s], stride = columns + s % 3;
        const size_t floats = (size_t)(rows - 1) * stride + columns;
        float *x = malloc(floats * sizeof *x);

        assert_non_null(x);
        for (i = 0; i < floats; i++) {
            x[i] = special[nev_test_random(&seed) % SPECIAL];
        }
        for (n = 0; n < forms; n++) {
            memset(key, 0xA5, sizeof key);
            assert_false(kernel[n]->turn(x, stride, rows, columns, key));
            for (k = 0; k < columns && k < NEV_MASK_COLUMNS; k++) {
                memset(test, 0xA5, sizeof test);
                kernel[n]->above(key + k * NEV_MASK_STRIDE, words, threshold, len - 1, test);
                for (i = 0; i < len; i++) {
                    for (r = 0; r < rows && i < len - 1; r++) {
                        assert_int_equal(test[i * NEV_MASK_WORDS + r / 32] >> r % 32 & 1,
                                         nev_key_from_f32(x[(size_t)r * stride + k]) > of[i]);
                    }
                    for (r = i < len - 1 ? words : 0; r < NEV_MASK_WORDS; r++) {
                        assert_int_equal(test[i * NEV_MASK_WORDS + r], 0xA5A5A5A5u);
                    }
                }
            }
            for (i = 0; i < floats; i += 1 + i % 7) {
                const float kept = x[i];

                if (i % stride < columns && i % stride < NEV_MASK_COLUMNS) {
                    x[i] = nev_f32_from_bits(i % 2 == 0 ? 0x7F800001u : 0xFFC00000u);
                    assert_true(kernel[n]->turn(x, stride, rows, columns, key));
                    x[i] = kept;
                }
            }
        }
        free(x);
    }
}

/* Every form, and the way of predict that walks: the same votes and the same bits of probabilities. */
static void check(const struct nev_forest *f, const struct nev_forest_batch *rows, bool is_mixed)
{
    const size_t len = rows->rows * f->classes;
    uint32_t *want = malloc(len * sizeof *want), *votes = malloc(len * sizeof *votes), n, forms;
    double *p = malloc(len * sizeof *p), *q = malloc(len * sizeof *q);
    const struct nev_mask_kernel *kernel[2];
    struct nev_forest_batch b = *rows;
    struct nev_forest plain = *f;
    struct nev_error err;

    assert_true(want != NULL && votes != NULL && p != NULL && q != NULL);
    plain.isas = NEV_ISA_C;
    b.probability = p;
    b.votes = want;
    assert_int_equal(predict(&plain, &b, NULL, &err), NEV_OK);
    forms = kernels(kernel);
    for (n = 0; n < forms; n++) {
        b.probability = is_mixed ? NULL : q;
        b.votes = votes;
        memset(q, 0xA5, len * sizeof *q);
        memset(votes, 0xA5, len * sizeof *votes);
        assert_int_equal(by_masks(f, kernel[n], &b, rows->rows / 3, rows->rows), rows->rows);
        if (rows->rows / 3 > 0) {
            assert_int_equal(votes[0], 0xA5A5A5A5u);
            assert_int_equal(by_masks(f, kernel[n], &b, 0, rows->rows / 3), rows->rows / 3);
        }
        assert_memory_equal(votes, want, len * sizeof *votes);
        if (!is_mixed) {
            assert_memory_equal(q, p, len * sizeof *q);
        }
        b.votes = NULL;
        memset(q, 0xA5, len * sizeof *q);
        assert_int_equal(by_masks(f, kernel[n], &b, 0, rows->rows), rows->rows);
        assert_true(is_mixed || memcmp(q, p, len * sizeof *q) == 0);
    }
    b.probability = q;
    b.votes = votes;
    assert_int_equal(predict(f, &b, NULL, &err), NEV_OK);
    assert_memory_equal(votes, want, len * sizeof *votes);
    assert_memory_equal(q, p, len * sizeof *q);
    free(want);
    free(votes);
    free(p);
    free(q);
}

/* Rows to ask about, from those of training: some values the extremes, the row further apart than it is long. */
static float *questions(const struct table *t, uint32_t rows, size_t stride)
{
    float *x = malloc(((rows - 1) * stride + t->features) * sizeof *x);
    uint64_t seed = 77;
    uint32_t i, k;

    assert_non_null(x);
    for (i = 0; i < rows; i++) {
        const float *from = t->x + (size_t)(i % t->rows) * t->features;

        memcpy(x + i * stride, from, t->features * sizeof *x);
        for (k = 0; k < t->features; k += 1 + nev_test_random(&seed) % 9) {
            x[i * stride + k] = special[nev_test_random(&seed) % SPECIAL];
        }
    }
    return x;
}

/* Verifies: NEV-RF-124 (numbers of rows around a block and around what one laying out serves, of features around what is
 * turned together, strides, leaves of one class and mixed ones, trees of one leaf among others) */
static void test_rows(void **state)
{
    static const uint32_t sizes[] = {1, 31, 32, 33, 255, 256, 257, 511, 4095, 4096, 4097, 300, 9000};
    static const uint32_t features[] = {2, 1, 15, 16, 17, 31, 32, 33, 3, 63, 64, 130, 65};
    uint32_t s, i, leaves = 0;

    (void)state;
    for (s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const size_t stride = features[s] + s % 4;
        struct nev_forest_job job;
        struct table t;
        struct grown g;
        float *x;

        table_random(&t, 500 + s, 200, features[s], 2, s % 3 == 0 ? 9 : 100000);
        job = job_of(&t, 1 + s % 5, s);
        job.params.min_samples_leaf = s % 4 == 3 ? 4 : 1;
        job.params.draws = s == 4 ? 5 : 0; /* trees of one leaf and of few */
        job.params.trees = s == 4 ? 90 : job.params.trees;
        grow(&g, &job);
        for (i = 0; i < job.params.trees; i++) {
            struct nev_forest_tree tree;

            nev_forest_tree(&g.f, i, &tree);
            leaves += tree.node_len == 2;
        }
        x = questions(&t, sizes[s], stride);
        check(&g.f, &(struct nev_forest_batch){x, stride, sizes[s], features[s], NULL, NULL},
              !nev_block_pays(&g.f, SIZE_MAX, true));
        free(x);
        grown_free(&g);
        table_free(&t);
    }
    assert_true(leaves > 0);
}

/* Verifies: NEV-RF-124 (more inner nodes, and more trees, than are laid out at a time; a tree as deep as it has inner
 * nodes, and as many as may be) */
static void test_shapes(void **state)
{
    uint32_t n;

    (void)state;
    for (n = 0; n < 3; n++) {
        static const uint32_t trees[] = {240, 2050, 2}, rows[] = {600, 30, NEV_BLOCK_TREE_MAX / 2};
        struct nev_forest_job job;
        struct table t;
        struct grown g;
        uint32_t i;

        table_random(&t, 600 + n, rows[n], n == 2 ? 1 : 6, 2, 100000);
        for (i = 2; n != 1 && i < t.rows; i++) {
            t.label[i] = n == 2 ? i % 2 : i * 7 % 11 % 2;
        }
        for (i = 0; n == 2 && i < t.rows; i++) {
            t.label[i] = i % 2;
            t.x[i] = (float)i;
        }
        job = job_of(&t, trees[n], n);
        job.params.bootstrap = n == 1;
        grow(&g, &job);
        assert_true(n != 0 || g.f.node_total / 2 > NEV_BLOCK_INNER_MAX);
        assert_true(n != 2 || (g.f.node_total == 2 * (NEV_BLOCK_TREE_MAX - 1) && g.f.depth_max > 500));
        check(&g.f, &(struct nev_forest_batch){t.x, t.features, n == 1 ? 30 : 300, t.features, NULL, NULL},
              false);
        grown_free(&g);
        table_free(&t);
    }
}

/* Verifies: NEV-RF-124 (numbers of classes around powers of two, up to the most; mixed leaves) */
static void test_classes(void **state)
{
    static const uint32_t classes[] = {3, 4, 5, 7, 8, 9, 16};
    uint32_t n;

    (void)state;
    for (n = 0; n < sizeof classes / sizeof classes[0]; n++) {
        struct nev_forest_job job;
        struct table t;
        struct grown g;
        float *x;

        table_random(&t, 650 + n, 300, 9, classes[n], 100000);
        job = job_of(&t, 11 + n, n);
        job.params.min_samples_leaf = n % 3 == 2 ? 3 : 1;
        grow(&g, &job);
        x = questions(&t, 300, 10);
        check(&g.f, &(struct nev_forest_batch){x, 10, 300, 9, NULL, NULL}, n % 3 == 2);
        free(x);
        grown_free(&g);
        table_free(&t);
    }
}

/* Verifies: NEV-RF-124 (forests merged from trainings on other rows, on parts) */
static void test_merged(void **state)
{
    struct nev_parallel par = nev_parallel_threads(3);
    struct nev_forest forest[2], plain, both;
    struct nev_merge m = {forest, 2, true};
    static uint32_t votes[700 * 2], want[700 * 2];
    static double p[700 * 2], q[700 * 2];
    struct nev_forest_job job;
    size_t memory_bytes, file_bytes, bytes;
    struct nev_error err;
    struct table t[2];
    struct grown g[2];
    uint8_t *file;
    void *memory;
    uint32_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        table_random(&t[i], 700 + i, 700, 20, 2, 100000);
        job = job_of(&t[i], 9 + i, i);
        grow(&g[i], &job);
        forest[i] = g[i].f;
    }
    assert_int_equal(nev_forest_merge_bytes(&m, &memory_bytes, &file_bytes, &err), NEV_OK);
    memory = malloc(memory_bytes);
    file = malloc(file_bytes);
    assert_true(memory != NULL && file != NULL);
    assert_int_equal(nev_forest_merge(&m, memory, memory_bytes, file, file_bytes, &bytes, &err), NEV_OK);
    assert_int_equal(nev_forest_open(&both, file, bytes, &err), NEV_OK);
    check(&both, &(struct nev_forest_batch){t[1].x, 20, 700, 20, NULL, NULL}, false);
    plain = both;
    plain.isas = NEV_ISA_C;
    assert_int_equal(predict(&plain, &(struct nev_forest_batch){t[0].x, 20, 700, 20, p, want}, NULL, &err),
                     NEV_OK);
    assert_int_equal(predict(&both, &(struct nev_forest_batch){t[0].x, 20, 700, 20, q, votes}, &par, &err),
                     NEV_OK);
    assert_memory_equal(votes, want, sizeof votes);
    assert_memory_equal(q, p, sizeof q);
    free(memory);
    free(file);
    for (i = 0; i < 2; i++) {
        grown_free(&g[i]);
        table_free(&t[i]);
    }
}

/* Verifies: NEV-RF-125 (rows and columns in every order within a block and across blocks and parts, as walks say) */
static void test_nan(void **state)
{
    static const uint32_t place[][4] = {/* row, column, another row, another column */
                                        {0, 0, 1, 0},      {255, 36, 255, 35}, {5, 36, 6, 0},
                                        {300, 2, 256, 36}, {599, 36, 599, 36}, {511, 16, 512, 15},
                                        {260, 0, 3, 20},   {400, 17, 401, 1}};
    static uint32_t votes[600 * 2], zero[600 * 2];
    static double p[600 * 2];
    const struct nev_mask_kernel *kernel[2];
    struct nev_forest_job job;
    struct nev_error err, want;
    struct nev_forest plain;
    struct table t;
    struct grown g;
    uint32_t i, k, n, forms = kernels(kernel);

    (void)state;
    table_random(&t, 800, 600, 37, 2, 100000);
    job = job_of(&t, 4, 1);
    grow(&g, &job);
    plain = g.f;
    plain.isas = NEV_ISA_C;
    for (i = 0; i < sizeof place / sizeof place[0]; i++) {
        float *a = t.x + place[i][0] * 37 + place[i][1], *b = t.x + place[i][2] * 37 + place[i][3];
        const float kept_a = *a, kept_b = *b;
        const uint32_t row = place[i][0] < place[i][2] ? place[i][0] : place[i][2];
        struct nev_forest_batch all = batch_of(&t, p, votes);

        *a = *b = (float)NAN;
        assert_int_equal(predict(&plain, &all, NULL, &want), NEV_ERR_VALUE);
        assert_int_equal(want.row, row);
        for (n = 0; n < forms; n++) {
            assert_int_equal(by_masks(&g.f, kernel[n], &all, 0, 600), row);
        }
        for (k = 1; k <= 3; k++) {
            const struct nev_parallel par = nev_parallel_threads(k);

            memset(votes, 1, sizeof votes);
            assert_true(nev_block_pays(&g.f, 600 / k, true));
            assert_int_equal(predict(&g.f, &all, &par, &err), NEV_ERR_VALUE);
            assert_true(err.row == want.row && err.col == want.col);
            assert_memory_equal(votes, zero, sizeof votes);
        }
        *a = kept_a;
        *b = kept_b;
    }
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-126 (few rows, more classes, a tree too large, mixed leaves, no inner node; what pays is monotonous in
 * the number of rows) */
static void test_pays(void **state)
{
    struct nev_forest_job job;
    struct nev_forest f;
    struct table t;
    struct grown g;
    size_t rows, from = 0;

    (void)state;
    table_random(&t, 900, 400, 5, 2, 100000);
    job = job_of(&t, 20, 1);
    grow(&g, &job);
    for (rows = 0; rows < 1000; rows++) {
        assert_true(from == 0 || nev_block_pays(&g.f, rows, true));
        from = from == 0 && nev_block_pays(&g.f, rows, true) ? rows : from;
    }
    assert_true(from > 10 && from < 200);
    f = g.f;
    f.classes = NEV_MASK_CLASSES;
    assert_true(nev_block_may(&f));
    f.classes = NEV_MASK_CLASSES + 1;
    assert_false(nev_block_pays(&f, SIZE_MAX, false));
    assert_false(nev_block_may(&f));
    f = g.f;
    f.node_total = 20 * 4001; /* 2,000 inner nodes a tree */
    assert_false(nev_block_pays(&f, SIZE_MAX, false));
    assert_false(nev_block_may(&f));
    f.node_total = UINT64_C(65535) << 32;
    f.params.trees = 65535;
    assert_false(nev_block_pays(&f, SIZE_MAX, false));
    f = g.f;
    f.node_total = 20;
    assert_false(nev_block_pays(&f, SIZE_MAX, false));
    grown_free(&g);
    job.params.min_samples_leaf = 5;
    grow(&g, &job);
    assert_true(nev_block_pays(&g.f, 4096, false));
    assert_false(nev_block_pays(&g.f, 4096, true));
    grown_free(&g);
    table_free(&t);

    /* One tree of more nodes than NEV_BLOCK_TREE_MAX among many small ones. */
    table_random(&t, 901, 3000, 3, 2, 100000);
    job = job_of(&t, 1, 0);
    job.params.bootstrap = false;
    for (rows = 2; rows < t.rows; rows++) {
        t.label[rows] = rows * 7 % 11 % 2;
    }
    grow(&g, &job);
    f = g.f;
    assert_true(f.node_total > NEV_BLOCK_TREE_MAX);
    f.node_total = 201;
    assert_true(nev_block_may(&f));
    assert_false(nev_block_pays(&f, SIZE_MAX, false));
    grown_free(&g);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tests),  cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_shapes), cmocka_unit_test(test_classes),
                                       cmocka_unit_test(test_merged), cmocka_unit_test(test_nan),
                                       cmocka_unit_test(test_pays)};

    return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
