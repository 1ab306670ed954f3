/* SPDX-License-Identifier: MIT */
#include "tests/forest/grow.h"

#include <math.h>

#include "forest/explain/explain.h"

static void *explain_memory(const struct nev_forest *f, size_t *bytes)
{
    void *memory;

    *bytes = nev_forest_explain_bytes(f);
    memory = malloc(*bytes);
    assert_non_null(memory);
    memset(memory, 0xA5, *bytes);
    return memory;
}

/* Which training rows reach a node is not stored; what the leaves hold is. Sums entries by descending from a node. */
static void sum_beneath(const struct nev_forest_tree *tree, uint32_t i, uint32_t class_id, uint32_t *count,
                        uint32_t *total)
{
    struct nev_forest_node node;
    struct nev_forest_entry entry;
    uint32_t e;

    nev_forest_node(tree, i, &node);
    if (!node.is_leaf) {
        sum_beneath(tree, node.left, class_id, count, total);
        sum_beneath(tree, node.left + 1, class_id, count, total);
        return;
    }
    for (e = 0; e < node.entry_len; e++) {
        nev_forest_entry(tree, node.entry + e, &entry);
        *count += entry.class_id == class_id ? entry.count : 0;
        *total += entry.count;
    }
}

/* Every step of an explanation against the file, with floats and by descending; the changes summed by feature. */
static void check_steps(const struct nev_forest *f, const float *x, const struct nev_forest_explanation *e)
{
    int64_t *sum = calloc(f->features, sizeof *sum), all = e->bias;
    uint32_t k, i;

    assert_non_null(sum);
    for (k = 0; k < f->params.trees; k++) {
        const struct nev_forest_path *p = e->path + k;
        struct nev_forest_tree tree;
        struct nev_forest_node node;
        uint32_t at = 1, count, total;
        int64_t value = p->root_value;

        nev_forest_tree(f, k, &tree);
        assert_int_equal(p->tree, tree.number);
        for (i = 0; i < p->step_len; i++) {
            const struct nev_forest_step *s = e->step + p->first_step + i;

            nev_forest_node(&tree, at, &node);
            assert_int_equal(s->node, at);
            assert_int_equal(s->feature, node.feature);
            assert_true(s->threshold == node.threshold && s->value == x[node.feature]);
            assert_int_equal(s->is_right, !(s->value <= s->threshold));
            at = node.left + (s->is_right ? 1 : 0);
            assert_int_equal(s->next, at);
            count = total = 0;
            sum_beneath(&tree, at, e->class_id, &count, &total);
            value += s->change;
            assert_true(fabs((double)value - (double)count / total * 0x1p32) <= 0.5 + 0x1p-20);
            sum[s->feature] += s->change;
        }
        assert_int_equal(p->leaf, walk_floats(&tree, x));
        assert_int_equal(p->leaf, at);
        assert_true(value == p->leaf_value);
    }
    for (i = 0; i < f->features; i++) {
        assert_true(sum[i] == e->contribution[i]);
        all += sum[i];
    }
    assert_true(all == e->sum);
    free(sum);
}

/* Verifies: NEV-RF-093 (bias and contributions sum, in integers, to the probability that predict gives, bit for bit, and
 * every step is the file's; for every class; mixed leaves; forests with a root only) */
static void test_exact(void **state)
{
    static const uint32_t leaf[] = {1, 7, 200};
    static double p[200 * 3];
    static uint32_t votes[200 * 3];
    struct nev_forest_explanation e;
    struct nev_error err;
    uint32_t n, i, c, k;

    (void)state;
    for (n = 0; n < 3; n++) {
        struct nev_forest_job job;
        struct table t;
        struct grown g;
        size_t bytes;
        void *memory;

        table_random(&t, 31 + n, 200, 6, 3, 9);
        job = job_of(&t, 12, 5);
        job.params.min_samples_leaf = leaf[n];
        job.params.first_tree = 3;
        grow(&g, &job);
        memory = explain_memory(&g.f, &bytes);
        t.x[0] = -0.0f;
        t.x[1] = INFINITY;
        t.x[8] = -INFINITY;
        assert_int_equal(predict(&g.f, &(struct nev_forest_batch){t.x, 6, 200, 6, p, votes}, NULL, &err),
                         NEV_OK);
        for (i = 0; i < 200; i += 3) {
            for (c = 0; c < 3; c++) {
                uint32_t got = 0;

                assert_int_equal(nev_forest_explain(&g.f, t.x + i * 6, c, memory, bytes, &e, &err), NEV_OK);
                assert_memory_equal(&e.probability, &p[i * 3 + c], sizeof e.probability);
                check_steps(&g.f, t.x + i * 6, &e);
                for (k = 0; k < 12; k++) {
                    got += e.path[k].vote == c;
                }
                assert_int_equal(got, votes[i * 3 + c]);
                assert_true(n < 2 || e.step_len == 0);
                assert_true(e.step_len <= nev_forest_explain_steps(&g.f));
            }
        }
        free(memory);
        grown_free(&g);
        table_free(&t);
    }
}

/* Verifies: NEV-RF-094 (exactly the memory asked for, one byte less, a class that is not there, NaN on and off the paths) */
static void test_refused(void **state)
{
    struct nev_forest_explanation e, zero;
    struct nev_forest_job job;
    struct nev_error err;
    struct table t;
    struct grown g;
    size_t bytes;
    void *memory;
    uint32_t i, k;

    (void)state;
    memset(&zero, 0, sizeof zero);
    table_random(&t, 4, 120, 8, 2, 40);
    job = job_of(&t, 2, 5);
    job.params.max_depth = 1;
    grow(&g, &job);
    memory = explain_memory(&g.f, &bytes);
    assert_int_equal(nev_forest_explain(&g.f, t.x, 0, memory, bytes - 1, &e, &err), NEV_ERR_MEMORY);
    assert_memory_equal(&e, &zero, sizeof e);
    assert_int_equal(nev_forest_explain(&g.f, t.x, 2, memory, bytes, &e, &err), NEV_ERR_ARGUMENT);
    for (i = 0; i < 8; i++) {
        bool is_asked = false;
        float kept = t.x[i];

        assert_int_equal(nev_forest_explain(&g.f, t.x, 0, memory, bytes, &e, &err), NEV_OK);
        for (k = 0; k < e.step_len; k++) {
            is_asked = is_asked || e.step[k].feature == i;
        }
        t.x[i] = NAN;
        assert_int_equal(nev_forest_explain(&g.f, t.x, 0, memory, bytes, &e, &err),
                         is_asked ? NEV_ERR_VALUE : NEV_OK);
        if (is_asked) {
            assert_int_equal(err.col, i);
            assert_memory_equal(&e, &zero, sizeof e);
        }
        t.x[i] = kept;
    }
    free(memory);
    grown_free(&g);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
