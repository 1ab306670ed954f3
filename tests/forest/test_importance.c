/* SPDX-License-Identifier: MIT */
#include "tests/forest/grow.h"

#include <math.h>

#include "forest/exchange/build.h"
#include "forest/explain/importance.h"
#include "forest/explain/route.h"
#include "forest/explain/same_data.h"
#include "forest/train/random.h"
#include "forest/train/tree.h"

#define FEATURES_MAX 8u

/* The figures, in exactly the memory asked for. */
struct figures {
    double permuted[FEATURES_MAX], deviation[FEATURES_MAX], unbiased[FEATURES_MAX], impurity[FEATURES_MAX];
};

static struct nev_importance_job job_for(const struct grown *g, const struct table *t, uint32_t repeats)
{
    struct nev_importance_job job;

    memset(&job, 0, sizeof job);
    job.f = &g->f;
    job.data = job_of(t, 1, 1).data;
    job.repeats = repeats;
    return job;
}

static enum nev_status measure(const struct nev_importance_job *job, struct figures *f, struct nev_error *err)
{
    struct nev_importance out = {f->permuted, f->deviation, f->unbiased, f->impurity, 0, 0};
    size_t bytes = nev_importance_bytes(job);
    void *memory = malloc(bytes);
    enum nev_status status;

    assert_non_null(memory);
    memset(memory, 0xA5, bytes);
    status = nev_importance_measure(job, memory, bytes, &out, err);
    free(memory);
    return status;
}

/* Verifies: NEV-RF-076 (samples and ways recomputed: draws from the stream, leaves by walking with floats) */
static void test_route(void **state)
{
    static uint32_t draws[200], want[200], row[200], begin[400], end[400];
    struct nev_route r = {row, begin, end, 200};
    struct nev_forest_job job;
    struct nev_random random;
    struct table t;
    struct grown g;
    uint32_t k, i, n;

    (void)state;
    table_random(&t, 50, 200, 5, 3, 30);
    job = job_of(&t, 4, 9);
    job.params.first_tree = 3;
    grow(&g, &job);
    for (k = 0; k < 4; k++) {
        struct nev_forest_tree tree;

        nev_forest_tree(&g.f, k, &tree);
        nev_tree_sample(&g.f.params, 200, tree.number, draws);
        nev_random_init(&random, 9, 3 + k, NEV_RANDOM_BOOTSTRAP, 0);
        memset(want, 0, sizeof want);
        for (i = 0; i < 200; i++) {
            want[nev_random_below(&random, 200)]++;
        }
        assert_memory_equal(draws, want, sizeof want);
        for (i = 0; i < 200; i++) {
            row[i] = 199 - i;
        }
        assert_true(tree.node_len <= 400);
        nev_route_rows(&tree, t.x, 5, &r);
        for (n = 1; n < tree.node_len; n++) {
            struct nev_forest_node node;

            nev_forest_node(&tree, n, &node);
            for (i = begin[n]; node.is_leaf && i < end[n]; i++) {
                const float *x = t.x + row[i] * 5;
                float other[5];

                assert_int_equal(walk_floats(&tree, x), n);
                assert_int_equal(nev_route_on(&tree, 1, x, UINT32_MAX, 0.0f), n);
                memcpy(other, x, sizeof other);
                other[i % 5] = 0.25f;
                assert_int_equal(nev_route_on(&tree, 1, x, i % 5, 0.25f), walk_floats(&tree, other));
                want[row[i]] = 77;
            }
        }
        for (i = 0; i < 200; i++) {
            assert_int_equal(want[i], 77);
        }
    }
    grown_free(&g);
    table_free(&t);
}

static uint32_t vote_of(const struct nev_forest_tree *tree, const float *x)
{
    struct nev_forest_node node;
    struct nev_forest_entry entry;

    nev_forest_node(tree, walk_floats(tree, x), &node);
    nev_forest_entry(tree, node.entry, &entry);
    return entry.class_id;
}

/* The votes that permuting a feature costs, every row walked from the root with a copy of its features. */
static int64_t naive_lost(const struct nev_forest *f, const struct table *t, uint32_t tree_at,
                          uint32_t feature, uint32_t repeat, uint64_t *votes)
{
    uint32_t out[100], shuffled[100], draws[100], len = 0, i, at, swap;
    struct nev_forest_tree tree;
    struct nev_random random;
    float x[FEATURES_MAX];
    int64_t lost = 0;

    nev_forest_tree(f, tree_at, &tree);
    nev_tree_sample(&f->params, t->rows, tree.number, draws);
    for (i = 0; i < t->rows; i++) {
        if (draws[i] == 0) {
            shuffled[len] = out[len] = i;
            len++;
        }
    }
    nev_random_init(&random, f->params.seed, tree.number, NEV_RANDOM_PERMUTATION,
                    (uint64_t)repeat << 32 | feature);
    for (i = 0; i + 1 < len; i++) {
        at = i + nev_random_below(&random, len - i);
        swap = shuffled[i];
        shuffled[i] = shuffled[at];
        shuffled[at] = swap;
    }
    for (i = 0; i < len; i++) {
        memcpy(x, t->x + out[i] * t->features, t->features * sizeof *x);
        lost += vote_of(&tree, x) == t->label[out[i]];
        x[feature] = t->x[shuffled[i] * t->features + feature];
        lost -= vote_of(&tree, x) == t->label[out[i]];
    }
    *votes += len;
    return lost;
}

/* Does row x come through node i? */
static bool comes_through(const struct nev_forest_tree *tree, uint32_t i, const float *x)
{
    struct nev_forest_node node;
    uint32_t at = 1;

    for (nev_forest_node(tree, at, &node); at != i && !node.is_leaf; nev_forest_node(tree, at, &node)) {
        at = x[node.feature] <= node.threshold ? node.left : node.left + 1;
    }
    return at == i;
}

/* sum of w (1 - sum p p') of a node, w the draws; false if no row is out of the bag there. */
static bool naive_impurity(const struct nev_forest_tree *tree, uint32_t i, const struct table *t,
                           const uint32_t *draws, long double *impurity)
{
    long double in[4] = {0}, out[4] = {0}, all_in = 0, all_out = 0, sum = 0;
    uint32_t r, k;

    for (r = 0; r < t->rows; r++) {
        if (comes_through(tree, i, t->x + r * t->features)) {
            in[t->label[r]] += draws[r];
            all_in += draws[r];
            out[t->label[r]] += draws[r] == 0;
            all_out += draws[r] == 0;
        }
    }
    for (k = 0; k < 4 && all_out > 0; k++) {
        sum += in[k] / all_in * (out[k] / all_out);
    }
    *impurity = all_in * (1 - sum);
    return all_out > 0;
}

/* Verifies: NEV-RF-076 (both importances from their definitions, with floats and shares; four classes, impure leaves, a
 * stride of its own, tree numbers from 5) */
static void test_definitions(void **state)
{
    const uint32_t trees = 7, repeats = 3;
    uint32_t k, r, i, tree_at, draws[100];
    struct nev_importance_job job;
    struct nev_forest_job grow_job;
    struct figures f;
    struct nev_error err;
    struct table t;
    struct grown g;
    double impurity[6];

    (void)state;
    table_random(&t, 51, 100, 6, 4, 12);
    grow_job = job_of(&t, trees, 3);
    grow_job.params.min_samples_leaf = 3;
    grow_job.params.first_tree = 5;
    grow_job.params.draws = 80;
    grow(&g, &grow_job);
    job = job_for(&g, &t, repeats);
    assert_int_equal(measure(&job, &f, &err), NEV_OK);
    nev_forest_importance(&g.f, impurity);
    for (k = 0; k < 6; k++) {
        double mean = 0.0, squares = 0.0, lost[3], sum = 0.0;
        long double unbiased = 0;
        uint64_t votes = 0;

        for (r = 0; r < repeats; r++) {
            lost[r] = 0.0;
            votes = 0;
            for (tree_at = 0; tree_at < trees; tree_at++) {
                lost[r] += (double)naive_lost(&g.f, &t, tree_at, k, r, &votes);
            }
            mean += lost[r] / repeats;
        }
        for (r = 0; r < repeats; r++) {
            squares += (lost[r] - mean) * (lost[r] - mean);
        }
        assert_true(fabs(f.permuted[k] - mean / (double)votes) < 1e-14);
        assert_true(fabs(f.deviation[k] - sqrt(squares / 2) / (double)votes) < 1e-14);
        for (tree_at = 0; tree_at < trees; tree_at++) {
            struct nev_forest_tree tree;
            struct nev_forest_node node;
            long double here, left, right;

            nev_forest_tree(&g.f, tree_at, &tree);
            nev_tree_sample(&g.f.params, 100, tree.number, draws);
            for (i = 1; i < tree.node_len; i++) {
                nev_forest_node(&tree, i, &node);
                if (!node.is_leaf && node.feature == k &&
                    naive_impurity(&tree, node.left, &t, draws, &left) &&
                    naive_impurity(&tree, node.left + 1, &t, draws, &right) &&
                    naive_impurity(&tree, i, &t, draws, &here)) {
                    unbiased += (here - left - right) / 80 / trees;
                }
            }
        }
        /* Rounding down costs at most two units of 2^-26 draws a node, of which there are at most 66 a tree. */
        assert_true(fabs(f.unbiased[k] - (double)unbiased) <= 66 * 2 * 0x1p-26 / 80);
        for (i = 0; i < 6; i++) {
            sum += f.impurity[i];
        }
        assert_true(fabs(f.impurity[k] / sum - impurity[k]) < 1e-12);
    }
    grown_free(&g);
    table_free(&t);
}

#define SETS 60u

/* |mean| / standard error over data sets, which are drawn apart. */
static double t_of(const double *value, double *mean)
{
    double squares = 0.0;
    uint32_t i;

    *mean = 0.0;
    for (i = 0; i < SETS; i++) {
        *mean += value[i] / SETS;
    }
    for (i = 0; i < SETS; i++) {
        squares += (value[i] - *mean) * (value[i] - *mean);
    }
    return fabs(*mean) / sqrt(squares / (SETS - 1) / SETS);
}

/* Verifies: NEV-RF-077 (labels that no feature tells anything of; features of 2, 3, 10, 40 and 100 values. Over 60 data
 * sets the means of the out-of-bag importances lie within 4 standard errors of 0, missed by chance once in some
 * 500 such runs of ten; plain impurity rises with the number of values, 20 standard errors from the first to the last) */
static void test_noise(void **state)
{
    static const uint32_t values[5] = {2, 3, 10, 40, 100};
    static double permuted[5][SETS], unbiased[5][SETS], impurity[5][SETS], gap[SETS];
    double mean, last = 0.0;
    uint64_t seed = 52;
    uint32_t set, i, k;

    (void)state;
    for (set = 0; set < SETS; set++) {
        struct nev_importance_job job;
        struct nev_forest_job grow_job;
        struct figures f;
        struct nev_error err;
        struct table t;
        struct grown g;

        table_make(&t, 100, 5, 2);
        for (i = 0; i < 100; i++) {
            t.label[i] = i < 2 ? i : nev_test_random(&seed) % 2;
            for (k = 0; k < 5; k++) {
                t.x[i * 5 + k] = (float)(nev_test_random(&seed) % values[k]);
            }
        }
        grow_job = job_of(&t, 30, set);
        grow(&g, &grow_job);
        job = job_for(&g, &t, 2);
        assert_int_equal(measure(&job, &f, &err), NEV_OK);
        for (k = 0; k < 5; k++) {
            permuted[k][set] = f.permuted[k];
            unbiased[k][set] = f.unbiased[k];
            impurity[k][set] = f.impurity[k];
        }
        gap[set] = f.impurity[4] - f.impurity[0];
        grown_free(&g);
        table_free(&t);
    }
    for (k = 0; k < 5; k++) {
        assert_true(t_of(permuted[k], &mean) < 4.0);
        assert_true(t_of(unbiased[k], &mean) < 4.0);
        (void)t_of(impurity[k], &mean);
        assert_true(mean > last);
        last = mean;
    }
    assert_true(t_of(gap, &mean) > 20.0 && mean > 0.0);
}

/* Verifies: NEV-RF-077 (features that decide stand out in both, by more than ten of their standard deviations) */
static void test_signal(void **state)
{
    struct nev_importance_job job;
    struct nev_forest_job grow_job;
    struct figures f;
    struct nev_error err;
    struct table t;
    struct grown g;
    uint32_t k, b;

    (void)state;
    table_random(&t, 53, 400, 8, 2, 1000); /* the first two decide */
    grow_job = job_of(&t, 50, 1);
    grow(&g, &grow_job);
    job = job_for(&g, &t, 5);
    assert_int_equal(measure(&job, &f, &err), NEV_OK);
    for (k = 0; k < 2; k++) {
        assert_true(f.permuted[k] > 10.0 * f.deviation[k] && f.unbiased[k] > 0.05);
        for (b = 2; b < 8; b++) {
            assert_true(f.permuted[k] > 5.0 * fabs(f.permuted[b]) &&
                        f.unbiased[k] > 5.0 * fabs(f.unbiased[b]));
        }
    }
    grown_free(&g);
    table_free(&t);
}

static bool stop(void *arg, uint32_t done, uint32_t trees)
{
    uint32_t *calls = arg;

    assert_true(done <= trees);
    return ++*calls < 2;
}

/* Verifies: NEV-RF-078 (the same bits for any number of parts and another stride; another table, too little memory, no
 * bootstrap and a stop are refused, with the figures zeroed) */
static void test_rules(void **state)
{
    static const uint32_t parts[] = {2, 3, 7};
    static const struct figures zero;
    static float wide[80 * 11];
    struct nev_importance_job job;
    struct nev_forest_job grow_job;
    struct nev_parallel par;
    struct figures f, other;
    struct nev_error err;
    struct table t;
    struct grown g, whole;
    uint32_t i, calls = 0;

    (void)state;
    table_random(&t, 54, 80, 8, 3, 20);
    grow_job = job_of(&t, 8, 1);
    grow(&g, &grow_job);
    job = job_for(&g, &t, 2);
    assert_int_equal(measure(&job, &f, &err), NEV_OK);
    for (i = 0; i < 3; i++) {
        par = nev_parallel_threads(parts[i]);
        job.par = &par;
        assert_int_equal(measure(&job, &other, &err), NEV_OK);
        assert_memory_equal(&f, &other, sizeof f);
    }
    for (i = 0; i < 80 * 11; i++) {
        wide[i] = i % 11 < 8 ? t.x[i / 11 * 8 + i % 11] : (float)NAN;
    }
    job.data.x = wide;
    job.data.x_stride = 11;
    assert_int_equal(measure(&job, &other, &err), NEV_OK);
    assert_memory_equal(&f, &other, sizeof f);
    wide[11 * 7 + 2] += 1.0f;
    assert_int_equal(measure(&job, &other, &err), NEV_ERR_NETWORK);
    assert_memory_equal(&other, &zero, sizeof zero);
    wide[11 * 7 + 2] = (float)NAN;
    assert_int_equal(measure(&job, &other, &err), NEV_ERR_VALUE);
    assert_true(err.row == 7 && err.col == 2);
    job = job_for(&g, &t, 2);
    t.label[5] = (t.label[5] + 1) % 3;
    assert_int_equal(measure(&job, &other, &err), NEV_ERR_NETWORK);
    t.label[5] = (t.label[5] + 2) % 3;
    job.data.rows--;
    assert_int_equal(measure(&job, &other, &err), NEV_ERR_SHAPE);
    job.data.rows++;
    job.progress = (struct nev_forest_progress){stop, &calls};
    assert_int_equal(measure(&job, &other, &err), NEV_ERR_CANCELLED);
    assert_int_equal(calls, 2);
    job.progress.step = NULL;
    job.repeats = 0;
    assert_int_equal(measure(&job, &other, &err), NEV_ERR_ARGUMENT);
    job.repeats = NEV_REPEATS_MAX + 1;
    assert_int_equal(measure(&job, &other, &err), NEV_ERR_ARGUMENT);
    job.repeats = 2;
    {
        struct nev_importance out = {other.permuted, other.deviation, other.unbiased, other.impurity, 0, 0};

        assert_int_equal(nev_importance_measure(&job, NULL, nev_importance_bytes(&job) - 1, &out, &err),
                         NEV_ERR_MEMORY);
    }
    grow_job.params.bootstrap = false;
    grow(&whole, &grow_job);
    job.f = &whole.f;
    assert_int_equal(measure(&job, &other, &err), NEV_ERR_DATA);
    grown_free(&whole);
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-078 (trees that were not grown here have no training table) */
static void test_foreign(void **state)
{
    static const struct nev_build_node node[] = {
        {false, 0, 0.5f, 1, 2, 0}, {true, 0, 0.0f, 0, 0, 0}, {true, 0, 0.0f, 0, 0, 1}};
    static const uint32_t count[] = {3, 0, 0, 2};
    const struct nev_build_tree tree = {node, 3, count, 2};
    const struct nev_build b = {&tree, 1, 1, 2, NULL, NULL, NULL, NULL};
    struct nev_importance_job job;
    size_t memory_bytes, file_bytes;
    struct figures f;
    struct nev_error err;
    struct table t;
    struct grown g;

    (void)state;
    table_random(&t, 55, 20, 1, 2, 5);
    assert_int_equal(nev_forest_build_bytes(&b, &memory_bytes, &file_bytes, &err), NEV_OK);
    g.memory = malloc(memory_bytes);
    g.file = malloc(file_bytes);
    assert_non_null(g.memory);
    assert_non_null(g.file);
    assert_int_equal(nev_forest_build(&b, g.memory, memory_bytes, g.file, file_bytes, &g.bytes, &err),
                     NEV_OK);
    assert_int_equal(nev_forest_open(&g.f, g.file, g.bytes, &err), NEV_OK);
    job = job_for(&g, &t, 1);
    assert_int_equal(measure(&job, &f, &err), NEV_ERR_DATA);
    assert_string_equal(err.name, "training data");
    grown_free(&g);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_route),  cmocka_unit_test(test_definitions), cmocka_unit_test(test_noise),
        cmocka_unit_test(test_signal), cmocka_unit_test(test_rules),       cmocka_unit_test(test_foreign),
    };

    return cmocka_run_group_tests_name("importance", tests, NULL, NULL);
}
