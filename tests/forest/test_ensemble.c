/* SPDX-License-Identifier: MIT */
/* forest/exchange/ensemble.c, ensemble_graph.c, ensemble_trees.c and cursor.c: forests in ONNX files. */
#include "tests/forest/onnx_forest.h"

#include <float.h>
#include <math.h>

#include "forest/exchange/ensemble.h"

/* A forest file made of an ONNX file, in exactly the memory asked for. */
struct imported {
    uint8_t *file;
    size_t bytes;
    struct nev_forest f;
};

static enum nev_status import_bytes(const uint8_t *data, size_t bytes, uint32_t features,
                                    struct imported *out, struct nev_error *err)
{
    uint8_t *copy = build_exact(data, bytes);
    size_t memory_bytes = 0, build_memory = 0, file_bytes = 0;
    struct nev_ensemble e;
    struct nev_build build;
    void *memory = NULL, *work = NULL;
    enum nev_status status;

    memset(out, 0, sizeof *out);
    if ((status = nev_ensemble_open(&e, copy, bytes, features, err)) == NEV_OK) {
        memory_bytes = nev_ensemble_bytes(&e);
        memory = malloc(memory_bytes);
        assert_non_null(memory);
        memset(memory, 0xA5, memory_bytes);
        assert_int_equal(nev_ensemble_read(&e, memory, memory_bytes - 1, &build, err), NEV_ERR_MEMORY);
        status = nev_ensemble_read(&e, memory, memory_bytes, &build, err);
    }
    if (status == NEV_OK) {
        assert_true(build.features == e.features && build.classes == e.classes);
        status = nev_forest_build_bytes(&build, &build_memory, &file_bytes, err);
    }
    if (status == NEV_OK) {
        work = malloc(build_memory);
        out->file = malloc(file_bytes);
        assert_non_null(work);
        assert_non_null(out->file);
        status = nev_forest_build(&build, work, build_memory, out->file, file_bytes, &out->bytes, err);
    }
    if (status == NEV_OK) {
        assert_int_equal(nev_forest_open(&out->f, out->file, out->bytes, err), NEV_OK);
    }
    free(work);
    free(memory);
    free(copy);
    return status;
}

static enum nev_status import(const struct onnx_forest *f, struct imported *out, struct nev_error *err)
{
    struct build b = {0};
    enum nev_status status;

    onnx_write(f, &b);
    status = import_bytes(b.p, b.len, 0, out, err);
    build_free(&b);
    return status;
}

static void ask(const struct nev_forest *f, const float *x, double *p)
{
    struct nev_forest_batch batch = {x, f->features, 1, f->features, p, NULL};
    size_t bytes = nev_forest_predict_bytes(f, 1);
    struct nev_error err;
    void *memory = malloc(bytes);

    assert_non_null(memory);
    assert_int_equal(nev_forest_predict(f, &batch, memory, bytes, NULL, &err), NEV_OK);
    free(memory);
}

/* The base forest's answers, whatever form it was in. */
static void check_base(const struct nev_forest *f)
{
    static const float row[4][3] = {{0, 0.5f, 9}, {-1, 0.6f, 9}, {-0.9f, 0.6f, 9}, {-INFINITY, INFINITY, 0}};
    static const double want[4][3] = {{0.75, 0.125, 0.125},
                                      {0.25 + 1 / 6.0, 0.125 + 1 / 3.0, 0.125},
                                      {0.25, 0.125, 0.625},
                                      {0.25 + 1 / 6.0, 0.125 + 1 / 3.0, 0.125}};
    double p[3];
    uint32_t i, k;

    assert_int_equal(f->params.trees, 2);
    for (i = 0; i < 4; i++) {
        ask(f, row[i], p);
        for (k = 0; k < 3; k++) {
            assert_true(fabs(p[k] - want[i][k]) <= 0x1p-33);
        }
    }
}

/* Verifies: NEV-RF-099 (every form of the lists, any order of nodes and numbers of ids, a cast before, a map behind; counts
 * are the smallest that have the shares) */
static void test_forms(void **state)
{
    struct onnx_forest f;
    struct nev_forest_part part;
    struct nev_forest_tree tree;
    struct nev_forest_entry entry;
    struct imported got, first;
    struct nev_error err;
    unsigned form;
    uint32_t i;

    (void)state;
    onnx_base(&f);
    assert_int_equal(import(&f, &first, &err), NEV_OK);
    assert_string_equal(nev_forest_class_name(&first.f, 2), "c");
    nev_forest_part(&first.f, 0, &part);
    assert_true(part.is_foreign);
    assert_string_equal(part.origin, "tests 1.0");
    nev_forest_tree(&first.f, 1, &tree);
    assert_int_equal(tree.leaf_len, 3);
    for (i = 0; i < 3; i++) {
        nev_forest_entry(&tree, i, &entry);
        assert_int_equal(entry.count, i == 0 ? 2 : 1);
    }
    for (form = 0; form < 128; form++) {
        onnx_base(&f);
        f.is_packed = form & 1;
        f.is_double = form >> 1 & 1;
        f.is_raw = form >> 2 & 1;
        f.before = (form >> 3 & 1) != 0 ? ((form & 1) != 0 ? "Cast" : "Identity") : NULL;
        f.after = (form >> 4 & 1) != 0 ? "ZipMap" : NULL;
        for (i = 0; (form >> 5 & 1) != 0 && i < f.nodes / 2; i++) {
            struct onnx_node n = f.node[i];

            f.node[i] = f.node[f.nodes - 1 - i];
            f.node[f.nodes - 1 - i] = n;
        }
        for (i = 0; (form >> 6 & 1) != 0 && i < f.nodes; i++) {
            /* other numbers: the root is no longer the first */
            f.node[i].id = 1000 - 7 * f.node[i].id;
            f.node[i].yes = 1000 - 7 * f.node[i].yes;
            f.node[i].no = 1000 - 7 * f.node[i].no;
            f.node[i].tree = 5 + 90000 * f.node[i].tree;
        }
        for (i = 0; (form >> 6 & 1) != 0 && i < f.entries; i++) {
            f.entry[i].node = 1000 - 7 * f.entry[i].node;
            f.entry[i].tree = 5 + 90000 * f.entry[i].tree;
        }
        assert_int_equal(import(&f, &got, &err), NEV_OK);
        check_base(&got.f);
        assert_int_equal(got.bytes, first.bytes);
        assert_memory_equal(got.file, first.file, got.bytes);
        free(got.file);
    }
    free(first.file);
}

/* One node on f0 <= t: which side does x go? */
static bool is_left(bool is_double, double t, float x)
{
    struct onnx_forest f;
    struct imported got;
    struct nev_error err;
    double p[3];
    const float row[3] = {x, 0, 0};

    onnx_base(&f);
    f.nodes = f.entries = 0;
    f.is_double = is_double;
    f.node[f.nodes++] = (struct onnx_node){0, 0, 0, "BRANCH_LEQ", t, 1, 2};
    onnx_leaf(&f, 0, 1, (const double[]){2, 0, 0}, 3);
    onnx_leaf(&f, 0, 2, (const double[]){0, 2, 0}, 3);
    assert_int_equal(import(&f, &got, &err), NEV_OK);
    ask(&got.f, row, p);
    free(got.file);
    return p[0] == 1.0;
}

/* Verifies: NEV-RF-100 (adjacent floats go the way that comparing with the file's threshold, of either width, sends them) */
static void test_thresholds(void **state)
{
    static const float at[] = {0.0f,     1.0f,    -1.0f,    1e-45f, -1e-45f, FLT_MIN,
                               -FLT_MIN, FLT_MAX, -FLT_MAX, 0.1f,   -3e30f};
    uint64_t seed = 77;
    size_t i, k;

    (void)state;
    for (i = 0; i < 60; i++) {
        float x = i < 11 ? at[i] : nev_f32_from_bits(nev_test_random(&seed));
        float up, down;
        double t[6];

        if (!(x >= -FLT_MAX && x <= FLT_MAX)) {
            continue;
        }
        up = nextafterf(x, INFINITY);
        down = nextafterf(x, -INFINITY);
        t[0] = x;
        t[1] = nextafter((double)x, INFINITY);
        t[2] = nextafter((double)x, -INFINITY);
        t[3] = up == INFINITY ? DBL_MAX : ((double)x + (double)up) / 2;
        t[4] = down == -INFINITY ? -DBL_MAX : ((double)x + (double)down) / 2;
        t[5] = -INFINITY;
        for (k = 0; k < 6; k++) {
            assert_int_equal(is_left(true, t[k], x), (double)x <= t[k]);
            assert_int_equal(is_left(true, t[k], up), (double)up <= t[k]);
            assert_int_equal(is_left(true, t[k], down), (double)down <= t[k]);
        }
        assert_true(is_left(false, (double)x, x) && !is_left(false, (double)x, up) &&
                    is_left(false, (double)x, down));
    }
    assert_true(is_left(false, 0.0, -0.0f) && is_left(false, -0.0, 0.0f));
}

/* Verifies: NEV-RF-099 (two classes of which the file gives the second one only; numbers as labels) */
static void test_second(void **state)
{
    static const float row[2][3] = {{0, 0, 0}, {0, 1, 0}};
    struct onnx_forest f;
    struct imported got;
    struct nev_error err;
    double p[2];
    uint32_t id;

    (void)state;
    for (id = 0; id < 2; id++) {
        onnx_base(&f);
        f.nodes = f.entries = f.texts = 0;
        f.number[0] = -5;
        f.number[1] = INT64_MAX;
        f.numbers = 2;
        f.node[f.nodes++] = (struct onnx_node){0, 0, 1, "BRANCH_LEQ", 0.5, 1, 2};
        onnx_leaf(&f, 0, 1, (const double[]){0.4}, 1); /* of one tree: half of it is its weight */
        onnx_leaf(&f, 0, 2, (const double[]){0}, 1);
        f.entry[0].id = f.entry[1].id = id;
        assert_int_equal(import(&f, &got, &err), NEV_OK);
        assert_string_equal(nev_forest_class_name(&got.f, 0), "-5");
        assert_string_equal(nev_forest_class_name(&got.f, 1), "9223372036854775807");
        ask(&got.f, row[0], p);
        assert_true(fabs(p[1] - 0.2) <= 0x1p-33);
        ask(&got.f, row[1], p);
        assert_true(p[0] == 1.0);
        free(got.file);
    }
}

/* Expects a refusal that names something and has a place in the file. */
static void refused(const struct onnx_forest *f, enum nev_status want, const char *name)
{
    struct imported got;
    struct nev_error err;
    enum nev_status status = import(f, &got, &err);

    if (status != want || strcmp(err.name, name) != 0) {
        fail_msg("%s (%s: %s), not %s (%s)", nev_status_name(status), err.name, err.what,
                 nev_status_name(want), name);
    }
    assert_true(err.offset != NEV_NO_OFFSET || err.row != NEV_NO_ROW);
    free(got.file);
}

/* Verifies: NEV-RF-101 (what stands around the forest, and lists that do not fit) */
static void test_model(void **state)
{
    static const char *const list[] = {"nodes_treeids",      "nodes_nodeids", "nodes_featureids",
                                       "nodes_modes",        "nodes_values",  "nodes_truenodeids",
                                       "nodes_falsenodeids", "class_treeids", "class_nodeids",
                                       "class_ids",          "class_weights"};
    struct onnx_forest f;
    size_t i;

    (void)state;
#define CHANGED(status, name, change)                                                                        \
    do {                                                                                                     \
        onnx_base(&f);                                                                                       \
        change;                                                                                              \
        refused(&f, status, name);                                                                           \
    } while (0)
    CHANGED(NEV_ERR_UNSUPPORTED, "TreeEnsembleRegressor", f.op = "TreeEnsembleRegressor");
    CHANGED(NEV_ERR_UNSUPPORTED, "TreeEnsembleClassifier", f.domain = "mine");
    CHANGED(NEV_ERR_UNSUPPORTED, "Scaler", f.before = "Scaler");
    CHANGED(NEV_ERR_UNSUPPORTED, "Normalizer", f.after = "Normalizer");
    CHANGED(NEV_ERR_UNSUPPORTED, "TreeEnsembleClassifier", f.after = "TreeEnsembleClassifier");
    CHANGED(NEV_ERR_UNSUPPORTED, "Cast", (f.before = "Cast", f.cast_to = 7));
    CHANGED(NEV_ERR_UNSUPPORTED, "ZipMap", f.before = "ZipMap");
    CHANGED(NEV_ERR_VERSION, "ai.onnx.ml", f.ml_version = 5);
    CHANGED(NEV_ERR_MISSING, "X", f.columns = 0);
    CHANGED(NEV_ERR_LIMIT, "X", f.columns = 65537);
    CHANGED(NEV_ERR_UNSUPPORTED, "SOFTMAX", f.transform = "SOFTMAX");
    CHANGED(NEV_ERR_UNSUPPORTED, "base_values", f.has_base = true);
    CHANGED(NEV_ERR_UNSUPPORTED, "aggregate_function", f.has_unknown = true);
    CHANGED(NEV_ERR_UNSUPPORTED, "classlabels", f.texts = 1);
    CHANGED(NEV_ERR_UNSUPPORTED, "classlabels", f.numbers = 3);
    CHANGED(NEV_ERR_VALUE, "classlabels_strings", f.label[1] = "\xFF");
    CHANGED(NEV_ERR_VALUE, "classlabels_strings", f.label[1] = "");
    CHANGED(NEV_ERR_VALUE, "classlabels_strings",
            f.label[1] = "0123456789012345678901234567890123456789012345678901234567890123");
    CHANGED(NEV_ERR_FORMAT, "classlabels", f.label[1] = "a");
    CHANGED(NEV_ERR_UNSUPPORTED, "BRANCH_LT", f.node[0].mode = "BRANCH_LT");
    for (i = 0; i < sizeof list / sizeof list[0]; i++) {
        onnx_base(&f);
        f.skip = list[i];
        refused(&f, NEV_ERR_MISSING, list[i]);
        onnx_base(&f);
        f.twice = list[i];
        refused(&f, NEV_ERR_FORMAT, list[i]);
    }
}

/* Verifies: NEV-RF-102 (nodes that are no trees, entries that belong to no leaf, numbers out of range) */
static void test_trees(void **state)
{
    struct onnx_forest f;

    (void)state;
    CHANGED(NEV_ERR_FORMAT, "tree", f.node[0].yes = 0);
    CHANGED(NEV_ERR_FORMAT, "nodes_nodeids", f.node[0].yes = 77);
    CHANGED(NEV_ERR_FORMAT, "nodes_nodeids", f.node[0].yes = 2);
    CHANGED(NEV_ERR_FORMAT, "nodes_nodeids", f.node[2].no = 1);
    CHANGED(NEV_ERR_FORMAT, "tree", f.node[2].no = 0);
    CHANGED(NEV_ERR_FORMAT, "nodes_nodeids", f.node[1].id = 2);
    CHANGED(NEV_ERR_FORMAT, "nodes_nodeids", f.node[1].tree = 1);
    CHANGED(NEV_ERR_FORMAT, "nodes_nodeids", f.node[5].id = 9; f.node[5].tree = 0);
    CHANGED(NEV_ERR_VALUE, "nodes", f.node[1].id = -1);
    CHANGED(NEV_ERR_VALUE, "nodes", f.node[0].no = INT64_MAX);
    CHANGED(NEV_ERR_VALUE, "nodes_featureids", f.node[0].feature = 3);
    CHANGED(NEV_ERR_VALUE, "nodes", f.node[0].feature = -1);
    CHANGED(NEV_ERR_VALUE, "nodes_values", f.node[0].value = NAN);
    CHANGED(NEV_ERR_VALUE, "nodes_values", f.node[0].value = INFINITY);
    CHANGED(NEV_ERR_VALUE, "nodes_values", f.node[0].value = NAN; f.is_double = true);
    CHANGED(NEV_ERR_FORMAT, "class_nodeids", f.entry[0].node = 0);
    CHANGED(NEV_ERR_FORMAT, "class_nodeids", f.entry[0].node = 99);
    CHANGED(NEV_ERR_FORMAT, "class_nodeids", f.entry[0].tree = -1);
    CHANGED(NEV_ERR_FORMAT, "class_nodeids", f.entry[1].id = 0);
    CHANGED(NEV_ERR_VALUE, "class_ids", f.entry[1].id = 3);
    CHANGED(NEV_ERR_VALUE, "class_ids", f.entry[1].id = -1);
    CHANGED(NEV_ERR_VALUE, "class_weights", f.entry[0].weight = -0.5);
    CHANGED(NEV_ERR_VALUE, "class_weights", f.entry[0].weight = NAN);
    CHANGED(NEV_ERR_VALUE, "class_weights", f.entry[0].weight = 1);
    CHANGED(NEV_ERR_VALUE, "class_weights", f.entry[0].weight = 0.4999);
    CHANGED(NEV_ERR_VALUE, "class_weights", f.entries -= 3);
    /* a circle beside the tree: every node has a parent but one, and that one's tree does not hold them all */
    CHANGED(NEV_ERR_FORMAT, "tree", f.node[6] = ((struct onnx_node){1, 5, 0, "BRANCH_LEQ", 0, 6, 7});
            f.node[7] = ((struct onnx_node){1, 6, 0, "BRANCH_LEQ", 0, 5, 8}); f.nodes = 8;
            onnx_leaf(&f, 1, 7, (const double[]){1, 0, 0}, 3);
            onnx_leaf(&f, 1, 8, (const double[]){1, 0, 0}, 3));
#undef CHANGED
}

/* Verifies: NEV-RF-103 (a file cut at any byte is refused; one with any byte changed is refused or gives a forest) */
static void test_hostile(void **state)
{
    struct onnx_forest f;
    struct imported got;
    struct nev_error err;
    struct build b = {0};
    unsigned form, change;
    size_t i, good = 0;

    (void)state;
    for (form = 0; form < 2; form++) {
        onnx_base(&f);
        f.is_double = form == 1;
        f.is_packed = form == 1;
        f.before = "Cast";
        f.after = "ZipMap";
        onnx_write(&f, &b);
        for (i = 0; i < b.len; i++) {
            assert_int_not_equal(import_bytes(b.p, i, 0, &got, &err), NEV_OK);
            free(got.file);
        }
        for (i = 0; i < b.len; i++) {
            for (change = 0; change < 8; change++) {
                b.p[i] ^= (uint8_t)(1u << change);
                good += import_bytes(b.p, b.len, 0, &got, &err) == NEV_OK;
                free(got.file);
                b.p[i] ^= (uint8_t)(1u << change);
            }
        }
        assert_int_equal(import_bytes(b.p, b.len, 0, &got, &err), NEV_OK);
        check_base(&got.f);
        free(got.file);
        assert_int_equal(import_bytes(b.p, b.len, 4, &got, &err), NEV_ERR_SHAPE);
        assert_int_equal(import_bytes(b.p, b.len, 3, &got, &err), NEV_OK);
        free(got.file);
    }
    assert_true(good > 0);
    f.columns = 0;
    onnx_write(&f, &b);
    assert_int_equal(import_bytes(b.p, b.len, 9, &got, &err), NEV_OK);
    assert_int_equal(got.f.features, 9);
    free(got.file);
    build_free(&b);
}

/* A model of `nodes` operations of that name, which have the attributes given; its refusal. */
static void refused_graph(const char *op, const struct build *attributes, unsigned nodes,
                          enum nev_status want, const char *name)
{
    struct build graph = {0}, model = {0}, opset = {0};
    struct onnx_forest f;
    struct imported got;
    struct nev_error err;
    unsigned i;

    onnx_base(&f);
    onnx_input(&graph, &f);
    for (i = 0; i < nodes; i++) {
        onnx_operation(&graph, op, "ai.onnx.ml", "X", "label", attributes);
    }
    build_pb_text(&opset, 1, "ai.onnx.ml");
    build_pb_int(&opset, 2, 3);
    build_pb_int(&model, 1, 8);
    build_pb_bytes(&model, 7, graph.p, graph.len);
    build_pb_bytes(&model, 8, opset.p, opset.len);
    assert_int_equal(import_bytes(model.p, model.len, 0, &got, &err), want);
    assert_string_equal(err.name, name);
    assert_true(err.offset < model.len);
    build_free(&graph);
    build_free(&model);
    build_free(&opset);
}

/* Verifies: NEV-SAFE-021 (a circle without a root, more entries than leaves can have, a list cut within a number, values in
 * another file, 65 operations) */
static void test_rare(void **state)
{
    struct build a = {0}, attribute = {0};
    struct onnx_forest f;

    (void)state;
    onnx_base(&f);
    f.nodes = f.entries = 0;
    f.node[f.nodes++] = (struct onnx_node){0, 0, 1, "BRANCH_LEQ", 0.5, 0, 1};
    onnx_leaf(&f, 0, 1, (const double[]){1, 0, 0}, 3);
    refused(&f, NEV_ERR_FORMAT, "nodes_nodeids");
    onnx_base(&f);
    while (f.entries <= f.nodes * 3) {
        f.entry[f.entries++] = f.entry[0];
    }
    refused(&f, NEV_ERR_LIMIT, "nodes");
    build_pb_text(&attribute, 1, "nodes_values");
    build_pb_bytes(&attribute, 7, "abc", 3);
    build_pb_bytes(&a, 5, attribute.p, attribute.len);
    refused_graph("TreeEnsembleClassifier", &a, 1, NEV_ERR_FORMAT, "list");
    a.len = attribute.len = 0;
    build_pb_text(&attribute, 1, "nodes_values_as_tensor");
    build_pb_bytes(&attribute, 5, "\x70\1", 2);
    build_pb_bytes(&a, 5, attribute.p, attribute.len);
    refused_graph("TreeEnsembleClassifier", &a, 1, NEV_ERR_UNSUPPORTED, "nodes_values_as_tensor");
    a.len = 0;
    refused_graph("Identity", &a, 65, NEV_ERR_LIMIT, "graph");
    build_free(&a);
    build_free(&attribute);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms), cmocka_unit_test(test_thresholds), cmocka_unit_test(test_second),
        cmocka_unit_test(test_model), cmocka_unit_test(test_trees),      cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_rare),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
