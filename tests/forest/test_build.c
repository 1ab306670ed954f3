/* SPDX-License-Identifier: MIT */
/* Forests from trees that were not grown here: build.c. */
#include "tests/forest/grow.h"

#include <math.h>

#include "forest/exchange/build.h"

/* The trees of a forest, given as an importer would: nodes in an order of their own, counts a row a leaf. */
struct given {
    struct nev_build_tree tree[8];
    struct nev_build_node *node[8];
    uint32_t *count[8];
    struct nev_build build;
};

/* Node i of the file's tree (from 1) becomes node place(i): the root 0, the others backwards. */
static uint32_t place(uint32_t i, uint32_t nodes)
{
    return i == 1 ? 0 : nodes + 1 - i;
}

static void give(struct given *g, const struct nev_forest *f)
{
    uint32_t t, i, k;

    memset(g, 0, sizeof *g);
    g->build.tree = g->tree;
    g->build.trees = f->params.trees;
    g->build.features = f->features;
    g->build.classes = f->classes;
    assert_true(f->params.trees <= 8);
    for (t = 0; t < f->params.trees; t++) {
        struct nev_forest_tree tree;
        struct nev_forest_node from;
        struct nev_forest_entry entry;
        uint32_t nodes;

        nev_forest_tree(f, t, &tree);
        nodes = tree.node_len - 1;
        g->node[t] = calloc(nodes, sizeof *g->node[t]);
        g->count[t] = calloc((size_t)nodes * f->classes, sizeof *g->count[t]);
        assert_true(g->node[t] != NULL && g->count[t] != NULL);
        for (i = 1; i <= nodes; i++) {
            struct nev_build_node *to = &g->node[t][place(i, nodes)];

            nev_forest_node(&tree, i, &from);
            to->is_leaf = from.is_leaf;
            to->feature = from.feature;
            to->threshold = from.threshold == 0.0f ? -0.0f : from.threshold;
            to->left = from.is_leaf ? 0 : place(from.left, nodes);
            to->right = from.is_leaf ? 0 : place(from.left + 1, nodes);
            to->leaf = i - 1;
            for (k = 0; k < from.entry_len; k++) {
                nev_forest_entry(&tree, from.entry + k, &entry);
                g->count[t][(i - 1) * f->classes + entry.class_id] = entry.count;
            }
        }
        g->tree[t].node = g->node[t];
        g->tree[t].count = g->count[t];
        g->tree[t].node_len = g->tree[t].leaf_len = nodes;
    }
}

static void given_free(struct given *g)
{
    uint32_t t;

    for (t = 0; t < g->build.trees; t++) {
        free(g->node[t]);
        free(g->count[t]);
    }
}

/* Builds in exactly the memory asked for and opens what comes out. */
static enum nev_status build(const struct nev_build *b, struct grown *g, struct nev_error *err)
{
    size_t memory_bytes, file_bytes;
    enum nev_status status = nev_forest_build_bytes(b, &memory_bytes, &file_bytes, err);
    void *memory;

    memset(g, 0, sizeof *g);
    if (status != NEV_OK) {
        assert_true(memory_bytes == 0 && file_bytes == 0);
        return status;
    }
    memory = malloc(memory_bytes);
    g->file = malloc(file_bytes);
    assert_true(memory != NULL && g->file != NULL);
    memset(memory, 0xA5, memory_bytes);
    memset(g->file, 0x5A, file_bytes);
    assert_int_equal(nev_forest_build(b, memory, memory_bytes - 1, g->file, file_bytes, &g->bytes, err),
                     NEV_ERR_MEMORY);
    assert_int_equal(nev_forest_build(b, memory, memory_bytes, g->file, 100, &g->bytes, err), NEV_ERR_MEMORY);
    assert_int_equal(g->bytes, 0);
    status = nev_forest_build(b, memory, memory_bytes, g->file, file_bytes, &g->bytes, err);
    free(memory);
    if (status == NEV_OK) {
        assert_true(g->bytes <= file_bytes);
        assert_int_equal(nev_forest_open(&g->f, g->file, g->bytes, err), NEV_OK);
    } else {
        assert_int_equal(g->bytes, 0);
    }
    return status;
}

/* Verifies: NEV-RF-053 (a grown forest, taken apart and built again, has the same trees, byte for byte) */
static void test_same_trees(void **state)
{
    static const char *const names[] = {"benign", "malignant", "unsure"};
    uint8_t sha[NEV_SHA256_BYTES];
    struct nev_forest_part part;
    struct nev_forest_job job;
    struct nev_error err;
    struct given given;
    struct grown a, b;
    struct table t;
    double score;

    (void)state;
    table_random(&t, 9, 90, 5, 3, 12);
    job = job_of(&t, 6, 4);
    job.params.min_samples_leaf = 2;
    grow(&a, &job);
    give(&given, &a.f);
    memset(sha, 0x77, sizeof sha);
    given.build.class_name = names;
    given.build.origin = "made elsewhere";
    given.build.origin_sha256 = sha;
    assert_int_equal(build(&given.build, &b, &err), NEV_OK);
    assert_true(b.f.node_total == a.f.node_total && b.f.depth_max == a.f.depth_max && b.f.rows == 0);
    assert_memory_equal(a.f.tree_data, b.f.tree_data, (size_t)(a.f.oob_data - a.f.tree_data));
    assert_string_equal(nev_forest_class_name(&b.f, 2), "unsure");
    nev_forest_part(&b.f, 0, &part);
    assert_true(part.is_foreign && !part.has_oob && part.params.trees == 6 && part.rows == 0);
    assert_string_equal(part.origin, "made elsewhere");
    assert_memory_equal(part.origin_sha256, sha, sizeof sha);
    assert_true(!nev_forest_oob_score(&b.f, &score));
    grown_free(&a);
    grown_free(&b);
    given_free(&given);
    table_free(&t);
}

/* Verifies: NEV-RF-053 (counts that are shares of 2^24, in a file of one leaf and of a threshold of -infinity) */
static void test_shares(void **state)
{
    static const uint32_t count[] = {4194304, 12582912, UINT32_MAX, 0};
    static const float x[] = {-INFINITY, -1.0f};
    struct nev_build_node node[] = {
        {true, 0, 0.0f, 0, 0, 0}, {true, 0, 0.0f, 0, 0, 1}, {true, 0, 0.0f, 0, 0, 0}};
    struct nev_build_tree tree = {node, 1, count, 2};
    struct nev_build b = {&tree, 1, 1, 2, NULL, NULL, NULL, NULL};
    double p[4];
    struct nev_forest_batch batch = {x, 1, 2, 1, p, NULL};
    struct nev_error err;
    struct grown g;

    (void)state;
    assert_int_equal(build(&b, &g, &err), NEV_OK);
    assert_int_equal(predict(&g.f, &batch, NULL, &err), NEV_OK);
    assert_true(p[0] == 0.25 && p[1] == 0.75 && p[2] == 0.25 && p[3] == 0.75);
    grown_free(&g);
    node[0] = (struct nev_build_node){false, 0, -INFINITY, 2, 1, 0};
    tree.node_len = 3;
    assert_int_equal(build(&b, &g, &err), NEV_OK);
    assert_int_equal(predict(&g.f, &batch, NULL, &err), NEV_OK);
    assert_true(p[0] == 0.25 && p[1] == 0.75 && p[2] == 1.0 && p[3] == 0.0);
    grown_free(&g);
}

/* Verifies: NEV-RF-053 (what is no tree, no leaf and no threshold is refused with tree and node) */
static void test_refused(void **state)
{
    static const uint32_t good[] = {1, 2, 3, 4, 5, 0}, nothing[] = {1, 2, 0, 0, 5, 0},
                          much[] = {1, 2, UINT32_MAX, 1, 5, 0};
    static const struct nev_build_node right[] = {{false, 1, 0.5f, 1, 2, 0},
                                                  {false, 0, 2.0f, 3, 4, 0},
                                                  {true, 0, 0.0f, 0, 0, 0},
                                                  {true, 0, 0.0f, 0, 0, 1},
                                                  {true, 0, 0.0f, 0, 0, 2}};
    struct nev_build_node node[5];
    struct nev_build_tree tree[2] = {{right, 5, good, 3}, {node, 5, good, 3}};
    struct nev_build b = {tree, 2, 2, 2, NULL, NULL, NULL, NULL};
    struct nev_error err;
    struct grown g;

    (void)state;
    memcpy(node, right, sizeof node);
    assert_int_equal(build(&b, &g, &err), NEV_OK);
    grown_free(&g);
#define REFUSED(change, at)                                                                                  \
    do {                                                                                                     \
        memcpy(node, right, sizeof node);                                                                    \
        change;                                                                                              \
        assert_int_equal(build(&b, &g, &err), NEV_ERR_FORMAT);                                               \
        assert_true(err.row == 1 && err.col == (at));                                                        \
        free(g.file);                                                                                        \
        tree[1] = (struct nev_build_tree){node, 5, good, 3};                                                 \
    } while (0)
    REFUSED(node[1].left = 0, 1);             /* a cycle through the root */
    REFUSED(node[1].left = 1, 1);             /* its own child */
    REFUSED(node[1].left = 2, 1);             /* another's child */
    REFUSED(node[1].right = 3, 1);            /* one child twice */
    REFUSED(node[1].right = 5, 1);            /* no such node */
    REFUSED(node[1].is_leaf = true, 3);       /* nodes 3 and 4 are nobody's */
    REFUSED(node[0].feature = 2, 0);          /* feature 2 of 2 */
    REFUSED(node[1].threshold = NAN, 1);      /* no order */
    REFUSED(node[1].threshold = INFINITY, 1); /* nothing goes right */
    REFUSED(node[4].leaf = 3, 4);             /* no such counts */
    REFUSED(tree[1].count = nothing, 3);      /* a leaf of nothing */
    REFUSED(tree[1].count = much, 3);         /* of 2^32 */
    memcpy(node, right, sizeof node);
    tree[1].node_len = 0;
    assert_int_equal(build(&b, &g, &err), NEV_ERR_ARGUMENT);
    tree[1].node_len = 5;
    b.trees = 0;
    assert_int_equal(build(&b, &g, &err), NEV_ERR_ARGUMENT);
    b.trees = 2;
    b.origin = "\x80";
    assert_int_equal(build(&b, &g, &err), NEV_ERR_ARGUMENT);
    b.origin = NULL;
    b.classes = NEV_FOREST_CLASSES_MAX + 1;
    assert_int_equal(build(&b, &g, &err), NEV_ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_trees),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
