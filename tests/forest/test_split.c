/* SPDX-License-Identifier: MIT */
/*
 * Every split of every tree against a naive search of this file's own: values compared as floats, every
 * boundary counted afresh, scores compared as fractions.
 */
#include "tests/forest/grow.h"

#include <float.h>
#include <math.h>

#include "forest/key.h"
#include "forest/train/random.h"
#include "nn/base/bytes.h"

#define ROWS_MAX     1100
#define FEATURES_MAX 12
#define CLASSES_MAX  6

/* What a reference node is made of. */
struct reference {
    const struct nev_forest_job *job;
    struct nev_forest_tree tree;
    uint32_t draws[ROWS_MAX];
    uint64_t weight[CLASSES_MAX];  /* of a draw */
    double scale;                  /* draws of the tree over their weight */
    uint32_t inner, leaves, depth; /* met so far */
    double decrease[FEATURES_MAX];
};

/* A whole number below 2^256, least digit first. */
struct big {
    uint32_t digit[8];
};

struct choice {
    bool is_found;
    uint32_t feature;
    float low, high; /* greatest value on the left, least on the right */
    struct big num, den;
};

static struct big big_of(uint64_t n)
{
    struct big b = {{(uint32_t)n, (uint32_t)(n >> 32), 0, 0, 0, 0, 0, 0}};

    return b;
}

static struct big big_add(struct big a, struct big b)
{
    uint64_t carry = 0;
    int i;

    for (i = 0; i < 8; i++) {
        carry += (uint64_t)a.digit[i] + b.digit[i];
        a.digit[i] = (uint32_t)carry;
        carry >>= 32;
    }
    assert_int_equal(carry, 0);
    return a;
}

static struct big big_times(struct big a, struct big b)
{
    struct big product = big_of(0);
    int i, k;

    for (i = 0; i < 8; i++) {
        struct big row = big_of(0);
        uint64_t carry = 0;

        for (k = 0; k + i < 8; k++) {
            carry += (uint64_t)a.digit[k] * b.digit[i];
            row.digit[k + i] = (uint32_t)carry;
            carry >>= 32;
        }
        product = big_add(product, row);
    }
    return product;
}

static bool big_above(struct big a, struct big b)
{
    int i = 7;

    while (i > 0 && a.digit[i] == b.digit[i]) {
        i--;
    }
    return a.digit[i] > b.digit[i];
}

static float value(const struct reference *r, uint32_t row, uint32_t feature)
{
    return r->job->data.x[row * r->job->data.x_stride + feature];
}

/* Class counts of the rows whose value is <= limit. */
static void count(const struct reference *r, const uint32_t *rows, uint32_t len, uint32_t feature,
                  float limit, uint64_t left[CLASSES_MAX], uint64_t right[CLASSES_MAX])
{
    uint32_t i;

    memset(left, 0, CLASSES_MAX * sizeof *left);
    memset(right, 0, CLASSES_MAX * sizeof *right);
    for (i = 0; i < len; i++) {
        uint64_t *side = value(r, rows[i], feature) <= limit ? left : right;

        side[r->job->data.label[rows[i]]] += r->draws[rows[i]];
    }
}

/* Of counts of draws: their sum; their weight and the sum of the squares of the classes' weights. */
static void sums(const struct reference *r, const uint64_t counts[CLASSES_MAX], uint64_t *draws,
                 uint64_t *weight, uint64_t *squares)
{
    uint32_t i;

    *draws = *weight = *squares = 0;
    for (i = 0; i < CLASSES_MAX; i++) {
        *draws += counts[i];
        *weight += counts[i] * r->weight[i];
        *squares += counts[i] * r->weight[i] * counts[i] * r->weight[i];
    }
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return x < y ? -1 : x > y;
}

/* The best boundary of one feature, lowest value first; replaces *best only if better. */
static void try_feature(const struct reference *r, const uint32_t *rows, uint32_t len, uint32_t feature,
                        struct choice *best)
{
    uint64_t left[CLASSES_MAX], right[CLASSES_MAX], dl, dr, wl, wr, sl, sr;
    float sorted[ROWS_MAX];
    struct big num, den;
    uint32_t i;

    for (i = 0; i < len; i++) {
        sorted[i] = value(r, rows[i], feature);
    }
    qsort(sorted, len, sizeof *sorted, by_value);
    for (i = 0; i + 1 < len; i++) {
        if (sorted[i] == sorted[i + 1]) {
            continue;
        }
        count(r, rows, len, feature, sorted[i], left, right);
        sums(r, left, &dl, &wl, &sl);
        sums(r, right, &dr, &wr, &sr);
        if (dl < r->job->params.min_samples_leaf || dr < r->job->params.min_samples_leaf) {
            continue;
        }
        num = big_add(big_times(big_of(sl), big_of(wr)), big_times(big_of(sr), big_of(wl)));
        den = big_times(big_of(wl), big_of(wr));
        if (!best->is_found || big_above(big_times(num, best->den), big_times(best->num, den))) {
            best->is_found = true;
            best->feature = feature;
            best->low = sorted[i];
            best->high = sorted[i + 1];
            best->num = num;
            best->den = den;
        }
    }
}

/* The candidates in the order of their draw: a list from which each draw takes one out. */
static struct choice choose(const struct reference *r, const uint32_t *rows, uint32_t len, uint64_t path)
{
    uint32_t list[FEATURES_MAX], features = r->job->data.features, limit = r->job->params.candidates, i, at,
                                 f;
    struct choice best;
    struct nev_random random;

    memset(&best, 0, sizeof best);

    for (i = 0; i < features; i++) {
        list[i] = i;
    }
    if (limit == 0) {
        limit = (uint32_t)sqrt(features);
    }
    nev_random_init(&random, r->job->params.seed, r->tree.number, NEV_RANDOM_CANDIDATES, path);
    for (i = 0; i < features && (i < limit || !best.is_found); i++) {
        at = i + nev_random_below(&random, features - i);
        f = list[at];
        list[at] = list[i];
        try_feature(r, rows, len, f, &best);
    }
    return best;
}

static void assert_leaf(const struct reference *r, uint32_t node_number, const uint64_t counts[CLASSES_MAX])
{
    struct nev_forest_node node;
    struct nev_forest_entry entry, before = {0, UINT32_MAX};
    uint32_t i, classes = 0;

    nev_forest_node(&r->tree, node_number, &node);
    assert_true(node.is_leaf);
    for (i = 0; i < node.entry_len; i++) {
        nev_forest_entry(&r->tree, node.entry + i, &entry);
        assert_int_equal(entry.count, counts[entry.class_id] * r->weight[entry.class_id]);
        assert_true(entry.count < before.count ||
                    (entry.count == before.count && entry.class_id > before.class_id));
        before = entry;
    }
    for (i = 0; i < CLASSES_MAX; i++) {
        classes += counts[i] != 0;
    }
    assert_int_equal(node.entry_len, classes);
}

/* In units of draws of the tree. */
static double gini_mass(const struct reference *r, const uint64_t counts[CLASSES_MAX])
{
    uint64_t draws, weight, squares;

    sums(r, counts, &draws, &weight, &squares);
    return r->scale * ((double)weight - (double)squares / (double)weight);
}

/* Checks the node and everything below it. */
static void assert_node(struct reference *r, uint32_t number, const uint32_t *rows, uint32_t len,
                        uint64_t path, uint32_t depth)
{
    const struct nev_forest_params *p = &r->job->params;
    uint64_t left[CLASSES_MAX], right[CLASSES_MAX], all[CLASSES_MAX], draws, sum, squares, path_left,
        path_right;
    uint32_t *side = malloc(2 * len * sizeof *side), i, nl = 0, nr = 0;
    struct nev_forest_node node;
    struct choice best;

    memset(&best, 0, sizeof best);
    assert_non_null(side);
    count(r, rows, len, 0, (float)INFINITY, all, right);
    sums(r, all, &draws, &sum, &squares);
    r->depth = depth > r->depth ? depth : r->depth;
    if (squares != sum * sum && draws >= p->min_samples_split &&
        (p->max_depth == 0 || depth < p->max_depth)) {
        best = choose(r, rows, len, path);
    }
    nev_forest_node(&r->tree, number, &node);
    assert_int_equal(node.is_leaf, !best.is_found);
    if (node.is_leaf) {
        r->leaves++;
        assert_leaf(r, number, all);
        free(side);
        return;
    }
    r->inner++;
    assert_int_equal(node.feature, best.feature);
    assert_true(best.low <= node.threshold && node.threshold < best.high);
    assert_true(nev_key_from_f32(node.threshold) ==
                nev_key_between(nev_key_from_f32(best.low), nev_key_from_f32(best.high)));
    count(r, rows, len, best.feature, best.low, left, right);
    r->decrease[best.feature] += gini_mass(r, all) - gini_mass(r, left) - gini_mass(r, right);
    for (i = 0; i < len; i++) {
        if (value(r, rows[i], best.feature) <= node.threshold) {
            side[nl++] = rows[i];
        } else {
            side[len + nr++] = rows[i];
        }
    }
    nev_random_children(p->seed, r->tree.number, path, &path_left, &path_right);
    assert_node(r, node.left, side, nl, path_left, depth + 1);
    assert_node(r, node.left + 1, side + len, nr, path_right, depth + 1);
    free(side);
}

/* FORMAT.md, section 7, with floats: U is 2^20 for so few draws. */
static void weigh(struct reference *r)
{
    enum nev_forest_weight how = r->job->params.class_weight;
    uint64_t count_of[CLASSES_MAX] = {0}, all = 0, drawn = 0, divisor, k;
    double least = 1e9;
    uint32_t i;

    for (i = 0; i < r->job->data.rows; i++) {
        count_of[r->job->data.label[i]] += how == NEV_FOREST_WEIGHT_SUBSAMPLE ? r->draws[i] : 1;
    }
    for (k = 0; k < CLASSES_MAX; k++) {
        least = count_of[k] != 0 && (double)count_of[k] < least ? (double)count_of[k] : least;
    }
    for (k = 0; k < CLASSES_MAX; k++) {
        r->weight[k] = how == NEV_FOREST_WEIGHT_NONE    ? 1
                       : k >= r->job->data.classes      ? 0
                       : how == NEV_FOREST_WEIGHT_GIVEN ? r->job->class_weight[k]
                       : count_of[k] == 0               ? 0
                                          : (uint64_t)(least / (double)count_of[k] * 0x1p20 + 0.5);
    }
    for (divisor = (uint64_t)1 << 20; divisor > 1; divisor--) {
        for (k = 0; k < CLASSES_MAX && r->weight[k] % divisor == 0; k++) {
        }
        if (k == CLASSES_MAX) {
            break;
        }
    }
    for (k = 0; k < CLASSES_MAX; k++) {
        r->weight[k] /= divisor;
    }
    for (i = 0; i < r->job->data.rows; i++) {
        drawn += r->draws[i];
        all += r->draws[i] * r->weight[r->job->data.label[i]];
    }
    r->scale = (double)drawn / (double)all;
}

/* Grows the job's forest and checks each of its trees, its sample and the importance of its features. */
static void assert_exact(const struct nev_forest_job *job)
{
    static struct reference r;
    uint64_t raw[FEATURES_MAX], sum = 0, inner = 0;
    double importance[FEATURES_MAX];
    struct nev_random random;
    struct grown g;
    uint32_t t, i;

    grow(&g, job);
    memset(&r, 0, sizeof r);
    r.job = job;
    for (t = 0; t < job->params.trees; t++) {
        uint32_t rows[ROWS_MAX], len = 0;

        nev_forest_tree(&g.f, t, &r.tree);
        memset(r.draws, 0, sizeof r.draws);
        nev_random_init(&random, job->params.seed, r.tree.number, NEV_RANDOM_BOOTSTRAP, 0);
        for (i = 0; i < (job->params.draws != 0 ? job->params.draws : job->data.rows); i++) {
            r.draws[job->params.bootstrap ? nev_random_below(&random, job->data.rows) : i]++;
        }
        weigh(&r);
        for (i = 0; i < job->data.rows; i++) {
            if (r.draws[i] != 0) {
                rows[len++] = i;
            }
        }
        r.inner = r.leaves = r.depth = 0;
        assert_node(&r, 1, rows, len, 0, 0);
        assert_int_equal(r.inner + r.leaves + 1, r.tree.node_len);
        assert_int_equal(r.depth, r.tree.depth);
        inner += r.inner;
    }
    nev_forest_importance(&g.f, importance);
    for (i = 0; i < job->data.features; i++) {
        raw[i] = nev_load_u64le(g.f.importance_table + 8 * i);
        sum += raw[i];
        /* Each inner node rounds its decrease down by less than 2^-25 draws; the other side's float64 by
         * less. */
        assert_true(fabs((double)raw[i] * 0x1p-26 - r.decrease[i]) <= (double)inner * 0x1p-25 + 1e-9);
    }
    for (i = 0; i < job->data.features; i++) {
        assert_true(importance[i] == (sum == 0 ? 0.0 : (double)raw[i] / (double)sum));
    }
    grown_free(&g);
}

/* Verifies: NEV-RF-007 (all features, no bootstrap: every split is the first of the best) */
static void test_every_split_is_the_best(void **state)
{
    uint32_t i;

    (void)state;
    for (i = 0; i < 40; i++) {
        static const uint32_t levels[] = {2, 3, 7, 1000};
        uint32_t features = 1 + i % 6;
        struct nev_forest_job job;
        struct table t;

        table_random(&t, i, 2 + i * 3, features, 2 + i % 5, levels[i % 4]);
        job = job_of(&t, 2, i);
        job.params.bootstrap = false;
        job.params.candidates = features;
        assert_exact(&job);
        table_free(&t);
    }
}

/* Verifies: NEV-RF-007, NEV-RF-008 (bootstrap, few candidates, and every limit on growth) */
static void test_every_split_with_parameters(void **state)
{
    uint32_t i;

    (void)state;
    for (i = 0; i < 60; i++) {
        struct nev_forest_job job;
        struct table t;

        table_random(&t, 100 + i, 5 + i * 2, 1 + i % FEATURES_MAX, 2 + i % 5, i % 2 == 0 ? 4 : 500);
        job = job_of(&t, 3, i);
        job.params.first_tree = i % 7;
        job.params.candidates = i % 3 == 0 ? 1 : 0;
        job.params.max_depth = i % 4 == 1 ? 1 + i % 5 : 0;
        job.params.min_samples_leaf = i % 5 == 2 ? 1 + i % 9 : 1;
        job.params.min_samples_split = i % 6 == 3 ? 2 + i % 11 : 2;
        assert_exact(&job);
        table_free(&t);
    }
}

/* Verifies: NEV-RF-057 (class weights of every kind and sample sizes, with everything else) */
static void test_every_split_with_weights(void **state)
{
    static const uint32_t given[2][CLASSES_MAX] = {{1, 3, 2, 7, 5, 4}, {1000003, 1, 999983, 3, 52, 1048575}};
    uint32_t i;

    (void)state;
    for (i = 0; i < 60; i++) {
        struct nev_forest_job job;
        struct table t;

        table_random(&t, 300 + i, 5 + i * 2, 1 + i % FEATURES_MAX, 2 + i % 5, i % 2 == 0 ? 4 : 500);
        job = job_of(&t, 3, i);
        job.params.class_weight = (enum nev_forest_weight)(1 + i % 3);
        job.class_weight = i % 3 == 2 ? given[i / 3 % 2] : NULL;
        job.params.bootstrap = i % 7 != 6;
        job.params.draws = i % 4 == 3 && job.params.bootstrap ? 1 + i : 0;
        job.params.max_depth = i % 5 == 1 ? 1 + i % 5 : 0;
        job.params.min_samples_leaf = i % 5 == 2 ? 1 + i % 9 : 1;
        job.params.min_samples_split = i % 6 == 3 ? 2 + i % 11 : 2;
        assert_exact(&job);
        table_free(&t);
    }
}

/* Verifies: NEV-RF-007 (numbers of rows around the places where the search changes its way of sorting) */
static void test_sizes(void **state)
{
    static const uint32_t sizes[] = {2, 3, 16, 23, 24, 25, 26, 63, 64, 65, 255, 256, 257, 1023, 1024, 1025};
    uint32_t i;

    (void)state;
    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct nev_forest_job job;
        struct table t;

        table_random(&t, 200 + i, sizes[i], 3, 3, i % 2 == 0 ? 100000 : 300);
        job = job_of(&t, 1, i);
        job.params.bootstrap = false;
        assert_exact(&job);
        table_free(&t);
    }
}

/* Verifies: NEV-RF-009 (infinities, both zeros, subnormals and adjacent floats are split like any values) */
static void test_special_values(void **state)
{
    const float special[] = {-(float)INFINITY, -FLT_MAX,  -0x1p-126f, -0x1p-149f,    -0.0f,         0.0f,
                             0x1p-149f,        0x1p-148f, 1.0f,       0x1.000002p0f, 0x1.000004p0f, FLT_MAX,
                             (float)INFINITY};
    uint64_t seed = 4;
    uint32_t i, k;

    (void)state;
    for (i = 0; i < 30; i++) {
        struct nev_forest_job job;
        struct table t;

        table_random(&t, 300 + i, 60, 4, 3, 10);
        for (k = 0; k < t.rows * t.features; k++) {
            t.x[k] = special[nev_test_random(&seed) % (sizeof special / sizeof special[0])];
        }
        job = job_of(&t, 2, i);
        job.params.bootstrap = i % 2 == 0;
        assert_exact(&job);
        table_free(&t);
    }
}

/* Verifies: NEV-RF-009 (a feature times 2^-40 or 2^60 gives the same tree with thresholds times that) */
static void test_scale(void **state)
{
    static const float scales[] = {0x1p-40f, 0x1p60f};
    struct nev_forest_tree a, b;
    struct nev_forest_node na, nb;
    struct nev_forest_job job;
    struct grown plain, scaled;
    struct table t;
    uint32_t i, k, s;

    (void)state;
    for (s = 0; s < 2; s++) {
        table_random(&t, 5, 200, 5, 3, 64);
        job = job_of(&t, 3, 5);
        grow(&plain, &job);
        for (i = 0; i < t.rows; i++) {
            t.x[(size_t)i * t.features + 1] *= scales[s];
        }
        grow(&scaled, &job);
        for (i = 0; i < 3; i++) {
            nev_forest_tree(&plain.f, i, &a);
            nev_forest_tree(&scaled.f, i, &b);
            assert_int_equal(a.node_len, b.node_len);
            assert_memory_equal(a.leaf, b.leaf, (size_t)a.leaf_len * 8);
            for (k = 1; k < a.node_len; k++) {
                nev_forest_node(&a, k, &na);
                nev_forest_node(&b, k, &nb);
                assert_true(na.is_leaf == nb.is_leaf && na.feature == nb.feature && na.left == nb.left);
                assert_true(na.is_leaf ||
                            nb.threshold == na.threshold * (na.feature == 1 ? scales[s] : 1.0f));
            }
        }
        grown_free(&plain);
        grown_free(&scaled);
        table_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_split_is_the_best),  cmocka_unit_test(test_every_split_with_parameters),
        cmocka_unit_test(test_every_split_with_weights), cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_special_values),           cmocka_unit_test(test_scale),
    };

    return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
