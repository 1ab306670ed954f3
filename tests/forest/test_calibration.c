/* SPDX-License-Identifier: MIT */
/* calibration.c, calibrate.c: what a forest carries besides its trees. */
#include "tests/forest/grow.h"

#include <math.h>

#include "forest/calibrate/conformal.h"
#include "forest/calibrate/isotonic.h"
#include "forest/file/calibration.h"
#include "forest/file/calibration_block.h"
#include "forest/file/part.h"
#include "forest/train/tree.h"
#include "nn/base/bytes.h"

#define ROWS 150u

/* A forest, a calibration of it, and the file that carries it. */
struct calibrated {
    struct table t;
    struct grown g;
    void *memory;
    struct nev_calibration c;
    uint8_t *file;
    size_t bytes;
};

static const struct nev_calibration_wish everything = {
    NEV_CALIBRATION_ISOTONIC, NEV_RULE_YOUDEN, 0, 1, 800000, true};

static void calibrate(struct calibrated *k, const struct nev_forest *f,
                      const struct nev_calibration_wish *wish)
{
    size_t bytes = nev_calibrate_bytes(f);
    struct nev_error err;

    k->memory = malloc(bytes);
    assert_non_null(k->memory);
    memset(k->memory, 0xA5, bytes);
    assert_int_equal(nev_calibrate(f, wish, k->memory, bytes, &k->c, &err), NEV_OK);
    bytes = nev_calibration_file_bytes(f, &k->c);
    k->file = malloc(bytes);
    assert_non_null(k->file);
    memset(k->file, 0x5A, bytes);
    assert_int_equal(nev_calibration_write(f, &k->c, k->file, bytes, &k->bytes, &err), NEV_OK);
}

static void make(struct calibrated *k, uint32_t min_leaf, const struct nev_calibration_wish *wish)
{
    struct nev_forest_job job;

    table_random(&k->t, 70, ROWS, 4, 3, 50);
    job = job_of(&k->t, 15, 2);
    job.params.min_samples_leaf = min_leaf;
    grow(&k->g, &job);
    calibrate(k, &k->g.f, wish);
}

static void drop(struct calibrated *k)
{
    free(k->file);
    free(k->memory);
    grown_free(&k->g);
    table_free(&k->t);
}

/* The probability of a class that the trees give which did not draw the row, by walking with floats. */
static bool oob_by_walk(const struct calibrated *k, uint32_t row, uint32_t class_id, double *p)
{
    uint32_t draws[ROWS], i, e, trees = 0;

    *p = 0.0;
    for (i = 0; i < 15; i++) {
        struct nev_forest_tree tree;
        struct nev_forest_node node;
        struct nev_forest_entry entry;
        double all = 0.0, of = 0.0;

        nev_forest_tree(&k->g.f, i, &tree);
        nev_tree_sample(&k->g.f.params, ROWS, tree.number, draws);
        if (draws[row] != 0) {
            continue;
        }
        nev_forest_node(&tree, walk_floats(&tree, k->t.x + row * 4), &node);
        for (e = 0; e < node.entry_len; e++) {
            nev_forest_entry(&tree, node.entry + e, &entry);
            all += entry.count;
            of += entry.class_id == class_id ? entry.count : 0;
        }
        *p += of / all;
        trees++;
    }
    *p = trees == 0 ? 0.0 : *p / trees;
    return trees > 0;
}

/* Verifies: NEV-RF-080 (from scores found by walking: the fits, the threshold and the floors are those of the pure functions,
 * with mixed leaves too; the file gives back what was written, and its trees; writing it again changes nothing) */
static void test_from_votes(void **state)
{
    static struct nev_point point[ROWS];
    static struct nev_pool pool[ROWS];
    static uint64_t own[ROWS], work[ROWS], floors[3];
    static uint32_t label[ROWS];
    uint32_t leaf, i;

    (void)state;
    for (leaf = 1; leaf <= 5; leaf += 4) {
        struct nev_calibration_wish wish = everything;
        struct calibrated k, again;
        struct nev_calibration back;
        struct nev_threshold threshold;
        struct nev_platt platt;
        struct nev_forest f;
        struct nev_error err;
        size_t len = 0, points, pools;
        double p;

        make(&k, leaf, &wish);
        for (i = 0; i < ROWS; i++) {
            if (oob_by_walk(&k, i, 1, &p)) {
                /* Fractions are rounded to 2^-32 one by one, so a score may be one off where leaves are mixed. */
                point[len].score = nev_score_of_probability(p);
                point[len].positive = k.t.label[i] == 1;
                point[len].negative = k.t.label[i] != 1;
                assert_true(oob_by_walk(&k, i, k.t.label[i], &p));
                own[len] = nev_score_of_probability(p);
                label[len++] = k.t.label[i];
            }
        }
        assert_int_equal(k.c.rows, len);
        points = nev_points_merge(point, len);
        assert_int_equal(nev_threshold_choose(point, points, wish.rule, 0, &threshold, &err), NEV_OK);
        assert_int_equal(k.c.threshold.true_positive, threshold.true_positive);
        assert_int_equal(k.c.threshold.false_positive, threshold.false_positive);
        assert_true(fabs((double)k.c.threshold.score - (double)threshold.score) <= 1.0);
        pools = nev_isotonic_fit(point, points, pool);
        assert_int_equal(k.c.pool_len, pools);
        nev_conformal_floors(own, label, len, 3, wish.level, true, work, floors);
        assert_int_equal(nev_forest_open(&f, k.file, k.bytes, &err), NEV_OK);
        assert_true(nev_calibration_of(&f, &back));
        assert_int_equal(back.kind, NEV_CALIBRATION_ISOTONIC);
        assert_true(back.positive == 1 && back.rows == len && back.by_class && back.level == 800000);
        assert_memory_equal(&back.threshold, &k.c.threshold, sizeof threshold);
        for (i = 0; i < pools; i++) {
            struct nev_pool at;

            nev_pool_load(back.pool, i, &at);
            assert_true(at.positive == pool[i].positive && at.rows == pool[i].rows);
            assert_true(fabs((double)at.low - (double)pool[i].low) <= 1.0);
            assert_true(nev_calibration_probability(&back, at.low) == (double)at.positive / (double)at.rows);
        }
        for (i = 0; i < 3; i++) {
            assert_true(nev_calibration_holds(&back, i, floors[i] + 1));
            assert_true(floors[i] < 2 || !nev_calibration_holds(&back, i, floors[i] - 2));
        }
        assert_true(nev_calibration_is_positive(&back, back.threshold.score));
        assert_true(!nev_calibration_is_positive(&back, back.threshold.score - 1));
        assert_memory_equal(f.tree_data, k.g.f.tree_data, (size_t)(k.g.f.oob_data - k.g.f.tree_data));
        calibrate(&again, &f, &wish);
        assert_int_equal(again.bytes, k.bytes);
        assert_memory_equal(again.file, k.file, k.bytes);
        free(again.file);
        free(again.memory);
        wish.kind = NEV_CALIBRATION_PLATT;
        wish.rule = NEV_RULE_NONE;
        wish.level = 0;
        calibrate(&again, &f, &wish);
        free(k.file);
        k.file = again.file;
        k.bytes = again.bytes;
        assert_int_equal(nev_forest_open(&f, k.file, k.bytes, &err), NEV_OK);
        assert_true(nev_calibration_of(&f, &back));
        assert_int_equal(nev_platt_fit(point, points, &platt, &err), NEV_OK);
        assert_true(fabs(back.platt.a - platt.a) < 1e-6 && fabs(back.platt.b - platt.b) < 1e-6);
        assert_true(back.level == 0 && back.threshold.rule == NEV_RULE_NONE);
        assert_true(nev_calibration_probability(&back, 123456789) == nev_platt_at(&again.c.platt, 123456789));
        free(again.memory);
        drop(&k);
    }
}

/* Where the block lies. */
static uint8_t *block_of(struct calibrated *k)
{
    uint8_t *entry =
        k->file + NEV_FILE_HEADER_BYTES + (nev_load_u32le(k->file + 24) - 1) * NEV_FILE_BLOCK_BYTES;

    assert_memory_equal(entry, "CALB\1\0\0\0", 8);
    return k->file + nev_load_u64le(entry + 8);
}

/* A u32 changed, the digest made to fit: refused at its offset. */
static void refused(struct calibrated *k, size_t at, uint32_t value)
{
    uint8_t *block = block_of(k), kept[4];
    struct nev_forest f;
    struct nev_error err;

    memcpy(kept, block + at, 4);
    nev_store_u32le(block + at, value);
    rehash(k->file, k->bytes);
    if (nev_forest_open(&f, k->file, k->bytes, &err) != NEV_ERR_FORMAT) {
        fail_msg("%u at %zu was not refused", (unsigned)value, at);
    }
    assert_string_equal(err.name, "CALB");
    assert_true(err.offset >= (uint64_t)(block - k->file) && err.offset < k->bytes);
    memcpy(block + at, kept, 4);
    rehash(k->file, k->bytes);
    assert_int_equal(nev_forest_open(&f, k->file, k->bytes, &err), NEV_OK);
}

/* Verifies: NEV-RF-081 (each field of CALB outside its range) */
static void test_fields(void **state)
{
    struct nev_calibration_wish wish = everything;
    struct calibrated k;
    struct nev_pool pool;
    uint32_t i;

    (void)state;
    make(&k, 1, &wish);
    refused(&k, CALB_HOLDS, 0);
    refused(&k, CALB_HOLDS, 8);
    for (i = 1; i < 7; i++) {
        refused(&k, CALB_HOLDS, i);
    }
    refused(&k, CALB_POSITIVE, 3);
    refused(&k, CALB_ROWS, k.c.rows - 1);
    refused(&k, CALB_POSITIVE_ROWS, 0);
    refused(&k, CALB_POSITIVE_ROWS, k.c.rows);
    refused(&k, CALB_POSITIVE_ROWS, k.c.positive_rows + 1);
    refused(&k, CALB_METHOD, 0);
    refused(&k, CALB_METHOD, 1);
    refused(&k, CALB_METHOD, 3);
    refused(&k, CALB_POOLS, k.c.pool_len + 1);
    refused(&k, CALB_POOLS, k.c.pool_len - 1);
    refused(&k, CALB_POOLS, 0);
    refused(&k, CALB_POOLS, UINT32_MAX);
    refused(&k, CALB_A, 1);
    refused(&k, CALB_B + 4, 1);
    refused(&k, CALB_RULE, 0);
    refused(&k, CALB_RULE, 6);
    refused(&k, CALB_VALUE, 1);
    refused(&k, CALB_SCORE + 4, 2);
    refused(&k, CALB_COUNTS, k.c.threshold.true_positive + 1);
    refused(&k, CALB_COUNTS + 12, k.c.threshold.true_negative + 1);
    refused(&k, CALB_LEVEL, 0);
    refused(&k, CALB_LEVEL, NEV_MILLION);
    refused(&k, CALB_BY_CLASS, 2);
    refused(&k, CALB_BY_CLASS, 0); /* the floors differ */
    for (i = CALB_ZERO; i < CALB_HEAD; i += 4) {
        refused(&k, i, 1);
    }
    refused(&k, CALB_HEAD + 4, 2); /* a floor above one */
    nev_pool_load(k.c.pool, 1, &pool);
    refused(&k, CALB_HEAD + 24 + NEV_POOL_BYTES, 0); /* its low word; the high one is 0 too below one */
    refused(&k, CALB_HEAD + 24 + NEV_POOL_BYTES + 12, 2);
    refused(&k, CALB_HEAD + 24 + NEV_POOL_BYTES + 16, pool.positive + 1);
    refused(&k, CALB_HEAD + 24 + NEV_POOL_BYTES + 16, UINT32_MAX);
    refused(&k, CALB_HEAD + 24 + NEV_POOL_BYTES + 20, 0);
    drop(&k);
    wish.kind = NEV_CALIBRATION_PLATT;
    wish.rule = NEV_RULE_SENSITIVITY;
    wish.value = 900000;
    wish.by_class = false;
    make(&k, 1, &wish);
    refused(&k, CALB_A + 4, 0x7FF00000);
    refused(&k, CALB_B + 4, 0xFFF80000);
    refused(&k, CALB_VALUE, 0);
    refused(&k, CALB_VALUE, 1000001);
    refused(&k, CALB_HEAD + 8, 1); /* a floor of its own */
    drop(&k);
    wish.kind = NEV_CALIBRATION_NONE;
    wish.rule = NEV_RULE_NONE;
    wish.value = 0;
    make(&k, 1, &wish);
    refused(&k, CALB_POSITIVE, 1);
    refused(&k, CALB_POSITIVE_ROWS, 1);
    refused(&k, CALB_METHOD, 1);
    refused(&k, CALB_SCORE, 1);
    drop(&k);
}

/* Verifies: NEV-RF-081 (any byte of the block changed, with the digest made to fit: refused or a calibration within its
 * ranges; the block twice) */
static void test_bytes(void **state)
{
    struct nev_calibration c;
    struct calibrated k;
    struct nev_forest f;
    struct nev_error err;
    uint8_t *block;
    size_t i;

    (void)state;
    make(&k, 1, &everything);
    block = block_of(&k);
    for (i = 0; block + i < k.file + k.bytes; i++) {
        block[i] ^= (uint8_t)(1u << i % 8);
        rehash(k.file, k.bytes);
        if (nev_forest_open(&f, k.file, k.bytes, &err) == NEV_OK) {
            double p;

            assert_true(nev_calibration_of(&f, &c));
            p = nev_calibration_probability(&c, NEV_SCORE_ONE / 3);
            assert_true(p >= 0.0 && p <= 1.0);
            (void)nev_calibration_holds(&c, f.classes - 1, 5);
        }
        block[i] ^= (uint8_t)(1u << i % 8);
    }
    {
        /* The last block's entry again at the place of a new block of the same bytes. */
        size_t at = (size_t)(block - k.file), len = k.bytes - at, next = (k.bytes + 63) / 64 * 64;
        uint8_t *file = calloc(1, next + 64 + len), *entry;
        uint32_t blocks = nev_load_u32le(k.file + 24), moved;

        assert_non_null(file);
        memcpy(file, k.file, k.bytes);
        entry = file + NEV_FILE_HEADER_BYTES + blocks * NEV_FILE_BLOCK_BYTES;
        /* Nine entries of 32 bytes end in the middle of 64, so that there is room for the tenth. */
        assert_int_equal(blocks, 9);
        moved = NEV_FILE_BLOCK_BYTES;
        memcpy(entry, entry - moved, moved);
        nev_store_u64le(entry + 8, next);
        memcpy(file + next, block, len);
        nev_store_u32le(file + 24, blocks + 1);
        nev_store_u64le(file + 16, next + len);
        rehash(file, next + len);
        assert_int_equal(nev_forest_open(&f, file, next + len, &err), NEV_ERR_FORMAT);
        assert_string_equal(err.name, "CALB");
        free(file);
    }
    drop(&k);
}

/* Verifies: NEV-RF-080 (nothing wanted, a class that is not there, no votes out of bag, no row of the class, little memory) */
static void test_refusals(void **state)
{
    struct nev_calibration_wish wish = {NEV_CALIBRATION_NONE, NEV_RULE_NONE, 0, 0, 0, false};
    struct nev_calibration c;
    struct nev_forest_job job;
    struct nev_error err;
    struct table t;
    struct grown g;
    size_t bytes, used;
    uint32_t i;
    void *memory;

    (void)state;
    table_random(&t, 71, ROWS, 4, 3, 50);
    for (i = 0; i < ROWS; i++) {
        t.label[i] = t.label[i] == 2 ? 1 : t.label[i]; /* the class has no row */
    }
    job = job_of(&t, 6, 1);
    grow(&g, &job);
    bytes = nev_calibrate_bytes(&g.f);
    memory = malloc(bytes);
    assert_int_equal(nev_calibrate(&g.f, &wish, memory, bytes, &c, &err), NEV_ERR_ARGUMENT);
    wish.kind = NEV_CALIBRATION_PLATT;
    wish.positive = 3;
    assert_int_equal(nev_calibrate(&g.f, &wish, memory, bytes, &c, &err), NEV_ERR_ARGUMENT);
    wish.positive = 2;
    assert_int_equal(nev_calibrate(&g.f, &wish, memory, bytes, &c, &err), NEV_ERR_DATA);
    wish.positive = 1;
    assert_int_equal(nev_calibrate(&g.f, &wish, memory, bytes - 1, &c, &err), NEV_ERR_MEMORY);
    assert_int_equal(nev_calibrate(&g.f, &wish, memory, bytes, &c, &err), NEV_OK);
    assert_int_equal(nev_calibration_write(&g.f, &c, g.file, 10, &used, &err), NEV_ERR_MEMORY);
    assert_true(!nev_calibration_of(&g.f, &c) && c.rows == 0);
    grown_free(&g);
    job.params.bootstrap = false;
    grow(&g, &job);
    assert_int_equal(nev_calibrate(&g.f, &wish, memory, bytes, &c, &err), NEV_ERR_DATA);
    free(memory);
    grown_free(&g);
    table_free(&t);
}

#define SEEDS 120u
#define NEW   60u

/* Two noisy features of 90 + 60 rows; the first class has a third of them. */
static void draw_rows(struct table *t, uint64_t *seed, uint32_t rows)
{
    uint32_t i;

    table_make(t, rows, 2, 2);
    for (i = 0; i < rows; i++) {
        t->label[i] = nev_test_random(seed) % 3 != 0;
        t->x[i * 2] = (float)(nev_test_random(seed) % 1000 + 350 * t->label[i]);
        t->x[i * 2 + 1] = (float)(nev_test_random(seed) % 1000 + 250 * t->label[i]);
    }
}

/* Verifies: NEV-RF-082 (whole forests on overlapping classes, sets made out of bag, asked with new rows, over 120 data sets
 * drawn apart: the mean coverage lies no more than 4 of its standard errors below the level, for both kinds of sets and
 * for each class by class; nor do all sets hold everything) */
static void test_coverage(void **state)
{
    double sum[4] = {0}, squares[4] = {0}, size = 0.0;
    uint64_t seed = 72;
    uint32_t set, i, k, way;

    (void)state;
    for (set = 0; set < SEEDS; set++) {
        struct table fresh;
        struct calibrated c;
        struct nev_forest_job job;
        struct nev_error err;
        static double p[NEW * 2];

        draw_rows(&c.t, &seed, 90);
        draw_rows(&fresh, &seed, NEW);
        job = job_of(&c.t, 40, set);
        grow(&c.g, &job);
        assert_int_equal(predict(&c.g.f, &(struct nev_forest_batch){fresh.x, 2, NEW, 2, p, NULL}, NULL, &err),
                         NEV_OK);
        for (way = 0; way < 2; way++) {
            const struct nev_calibration_wish wish = {
                NEV_CALIBRATION_NONE, NEV_RULE_NONE, 0, 0, 800000, way == 1};
            double held[2] = {0}, rows[2] = {0}, share[2];

            calibrate(&c, &c.g.f, &wish);
            for (i = 0; i < NEW; i++) {
                rows[fresh.label[i]]++;
                for (k = 0; k < 2; k++) {
                    bool holds = nev_calibration_holds(&c.c, k, nev_score_of_probability(p[i * 2 + k]));

                    held[k] += holds && fresh.label[i] == k;
                    size += holds;
                }
            }
            share[0] = way == 0 ? (held[0] + held[1]) / NEW : held[0] / rows[0];
            share[1] = held[1] / rows[1];
            for (k = 0; k < 2; k++) {
                sum[way * 2 + k] += share[k];
                squares[way * 2 + k] += share[k] * share[k];
            }
            free(c.file);
            free(c.memory);
        }
        grown_free(&c.g);
        table_free(&c.t);
        table_free(&fresh);
    }
    for (k = 0; k < 4; k++) {
        double mean = sum[k] / SEEDS, error = sqrt((squares[k] / SEEDS - mean * mean) / (SEEDS - 1));

        if (k != 1) { /* of all rows together nothing is said of one class */
            print_message("coverage %.4f +- %.4f\n", mean, error);
            assert_true(mean >= 0.8 - 4.0 * error);
        }
    }
    print_message("classes a set %.3f\n", size / (2.0 * SEEDS * NEW));
    assert_true(size / (2.0 * SEEDS * NEW) < 1.6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_votes), cmocka_unit_test(test_fields),   cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_refusals),   cmocka_unit_test(test_coverage),
    };

    return cmocka_run_group_tests_name("calibration", tests, NULL, NULL);
}
