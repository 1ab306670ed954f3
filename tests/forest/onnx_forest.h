/* SPDX-License-Identifier: MIT */
/*
 * onnx_forest.h - ONNX files with a TreeEnsembleClassifier, made field by field, good and bad.
 */
#ifndef NEV_TESTS_FOREST_ONNX_FOREST_H
#define NEV_TESTS_FOREST_ONNX_FOREST_H

#include "tests/support/test.h"

#include "tests/weights/build.h"

#define ONNX_MAX 64u

/* A node of a tree: a leaf if mode is NULL. */
struct onnx_node {
    int64_t tree, id, feature;
    const char *mode;
    double value;
    int64_t yes, no;
};

struct onnx_entry {
    int64_t tree, node, id;
    double weight;
};

/* What the file says; `onnx_base` fills it with a small good forest. */
struct onnx_forest {
    struct onnx_node node[ONNX_MAX];
    struct onnx_entry entry[ONNX_MAX];
    uint32_t nodes, entries;
    const char *label[ONNX_MAX]; /* texts, or NULL: numbers */
    int64_t number[ONNX_MAX];
    uint32_t texts, numbers;
    const char *transform;
    const char *op, *domain, *before, *after; /* the classifier; an operation before it, one behind it */
    int64_t cast_to, columns, ml_version;
    bool is_double, is_raw, is_packed; /* values as tensors of double; raw bytes; packed lists */
    bool has_base, has_unknown;
    const char *skip, *twice; /* an attribute left out, or written twice */
};

static inline void onnx_attribute(struct build *node, const struct onnx_forest *f, const char *name,
                                  const struct build *content)
{
    struct build a = {0};
    unsigned n;

    for (n = f->skip != NULL && strcmp(f->skip, name) == 0 ? 1 : 0;
         n < (f->twice != NULL && strcmp(f->twice, name) == 0 ? 2u : 1u); n++) {
        a.len = 0;
        build_pb_text(&a, 1, name);
        build_bytes(&a, content->p, content->len);
        build_pb_bytes(node, 5, a.p, a.len);
    }
    build_free(&a);
}

/* Field `number` of a list: one field a value, or one packed. Item: 0 varint, 4 or 8 bytes. */
static inline void onnx_values(struct build *out, unsigned number, unsigned item, bool is_packed,
                               const void *values, uint32_t len)
{
    struct build packed = {0};
    uint32_t i;

    for (i = 0; i < len; i++) {
        struct build *to = is_packed ? &packed : out;

        if (!is_packed) {
            build_varint(out, (uint64_t)number << 3 | (item == 0 ? 0 : item == 4 ? 5 : 1));
        }
        if (item == 0) {
            build_varint(to, (uint64_t)((const int64_t *)values)[i]);
        } else if (item == 4) {
            build_u32(to, nev_f32_bits((float)((const double *)values)[i]));
        } else {
            build_u64(to, nev_f64_bits(((const double *)values)[i]));
        }
    }
    if (is_packed) {
        build_pb_bytes(out, number, packed.p, packed.len);
    }
    build_free(&packed);
}

static inline void onnx_ints(struct build *node, const struct onnx_forest *f, const char *name,
                             const int64_t *v, uint32_t len)
{
    struct build c = {0};

    onnx_values(&c, 8, 0, f->is_packed, v, len);
    onnx_attribute(node, f, name, &c);
    build_free(&c);
}

static inline void onnx_reals(struct build *node, const struct onnx_forest *f, const char *name,
                              const double *v, uint32_t len)
{
    struct build c = {0}, t = {0}, raw = {0};
    char as_tensor[64];

    if (!f->is_double) {
        onnx_values(&c, 7, 4, f->is_packed, v, len);
        onnx_attribute(node, f, name, &c);
    } else {
        snprintf(as_tensor, sizeof as_tensor, "%s_as_tensor", name);
        build_pb_int(&t, 1, len);
        build_pb_int(&t, 2, 11);
        if (f->is_raw) {
            uint32_t i;

            for (i = 0; i < len; i++) {
                build_u64(&raw, nev_f64_bits(v[i]));
            }
            build_pb_bytes(&t, 9, raw.p, raw.len);
        } else {
            onnx_values(&t, 10, 8, f->is_packed, v, len);
        }
        build_pb_bytes(&c, 5, t.p, t.len);
        onnx_attribute(node, f, as_tensor, &c);
    }
    build_free(&c);
    build_free(&t);
    build_free(&raw);
}

static inline void onnx_texts(struct build *node, const struct onnx_forest *f, const char *name,
                              const char *const *text, uint32_t len)
{
    struct build c = {0};
    uint32_t i;

    for (i = 0; i < len; i++) {
        build_pb_text(&c, 9, text[i]);
    }
    onnx_attribute(node, f, name, &c);
    build_free(&c);
}

static inline void onnx_classifier(struct build *node, const struct onnx_forest *f)
{
    int64_t v[6][ONNX_MAX];
    double real[ONNX_MAX], weight[ONNX_MAX];
    const char *mode[ONNX_MAX];
    struct build c = {0};
    uint32_t i;

    for (i = 0; i < f->nodes; i++) {
        const struct onnx_node *n = &f->node[i];

        v[0][i] = n->tree;
        v[1][i] = n->id;
        v[2][i] = n->feature;
        v[3][i] = n->yes;
        v[4][i] = n->no;
        real[i] = n->value;
        mode[i] = n->mode == NULL ? "LEAF" : n->mode;
    }
    onnx_ints(node, f, "nodes_treeids", v[0], f->nodes);
    onnx_ints(node, f, "nodes_nodeids", v[1], f->nodes);
    onnx_ints(node, f, "nodes_featureids", v[2], f->nodes);
    onnx_texts(node, f, "nodes_modes", mode, f->nodes);
    onnx_reals(node, f, "nodes_values", real, f->nodes);
    onnx_reals(node, f, "nodes_hitrates", real, f->nodes);
    onnx_ints(node, f, "nodes_truenodeids", v[3], f->nodes);
    onnx_ints(node, f, "nodes_falsenodeids", v[4], f->nodes);
    for (i = 0; i < f->entries; i++) {
        v[0][i] = f->entry[i].tree;
        v[1][i] = f->entry[i].node;
        v[2][i] = f->entry[i].id;
        weight[i] = f->entry[i].weight;
    }
    onnx_ints(node, f, "class_treeids", v[0], f->entries);
    onnx_ints(node, f, "class_nodeids", v[1], f->entries);
    onnx_ints(node, f, "class_ids", v[2], f->entries);
    onnx_reals(node, f, "class_weights", weight, f->entries);
    if (f->texts > 0) {
        onnx_texts(node, f, "classlabels_strings", f->label, f->texts);
    }
    if (f->numbers > 0) {
        onnx_ints(node, f, "classlabels_int64s", f->number, f->numbers);
    }
    if (f->has_base) {
        onnx_reals(node, f, "base_values", weight, 1);
    }
    if (f->has_unknown) {
        onnx_ints(node, f, "aggregate_function", v[0], 1);
    }
    build_pb_text(&c, 4, f->transform);
    onnx_attribute(node, f, "post_transform", &c);
    build_free(&c);
}

static inline void onnx_operation(struct build *graph, const char *op, const char *domain, const char *in,
                                  const char *out, const struct build *attributes)
{
    struct build node = {0};

    build_pb_text(&node, 1, in);
    build_pb_text(&node, 2, out);
    build_pb_text(&node, 4, op);
    build_pb_text(&node, 7, domain);
    build_bytes(&node, attributes->p, attributes->len);
    build_pb_bytes(graph, 1, node.p, node.len);
    build_free(&node);
}

/* The graph's input: X, of the type float [N, columns]. */
static inline void onnx_input(struct build *graph, const struct onnx_forest *f)
{
    struct build value = {0}, type = {0}, tensor = {0}, shape = {0}, dim = {0};

    build_pb_text(&dim, 2, "N");
    build_pb_bytes(&shape, 1, dim.p, dim.len);
    dim.len = 0;
    if (f->columns > 0) {
        build_pb_int(&dim, 1, (uint64_t)f->columns);
    }
    build_pb_bytes(&shape, 1, dim.p, dim.len);
    build_pb_int(&tensor, 1, 1);
    build_pb_bytes(&tensor, 2, shape.p, shape.len);
    build_pb_bytes(&type, 1, tensor.p, tensor.len);
    build_pb_text(&value, 1, "X");
    build_pb_bytes(&value, 2, type.p, type.len);
    build_pb_bytes(graph, 11, value.p, value.len);
    build_free(&value);
    build_free(&type);
    build_free(&tensor);
    build_free(&shape);
    build_free(&dim);
}

static inline void onnx_write(const struct onnx_forest *f, struct build *out)
{
    struct build graph = {0}, classifier = {0}, cast = {0}, a = {0}, opset = {0}, none = {0};

    build_pb_text(&a, 1, "to");
    build_pb_int(&a, 3, (uint64_t)f->cast_to);
    build_pb_bytes(&cast, 5, a.p, a.len);
    if (f->before != NULL) {
        onnx_operation(&graph, f->before, "", "X", "X1", &cast);
    }
    onnx_classifier(&classifier, f);
    onnx_operation(&graph, f->op, f->domain, f->before != NULL ? "X1" : "X", "label", &classifier);
    if (f->after != NULL) {
        onnx_operation(&graph, f->after, "ai.onnx.ml", "label", "output", &none);
    }
    onnx_input(&graph, f);
    build_pb_text(&opset, 1, "ai.onnx.ml");
    build_pb_int(&opset, 2, (uint64_t)f->ml_version);
    out->len = 0;
    build_pb_int(out, 1, 8);
    build_pb_text(out, 2, "tests");
    build_pb_text(out, 3, "1.0");
    build_pb_bytes(out, 7, graph.p, graph.len);
    build_pb_bytes(out, 8, opset.p, opset.len);
    build_free(&graph);
    build_free(&classifier);
    build_free(&cast);
    build_free(&a);
    build_free(&opset);
}

static inline void onnx_leaf(struct onnx_forest *f, int64_t tree, int64_t id, const double *share,
                             uint32_t classes)
{
    uint32_t k;

    f->node[f->nodes++] = (struct onnx_node){tree, id, 0, NULL, 0, 0, 0};
    for (k = 0; k < classes; k++) {
        f->entry[f->entries++] = (struct onnx_entry){tree, id, k, share[k] / 2};
    }
}

/* Two trees, three classes, three features: f1 <= 0.5 ? a : (f0 <= -1 ? a b b : c), and one leaf a a b c. */
static inline void onnx_base(struct onnx_forest *f)
{
    static const char *const name[] = {"a", "b", "c"};

    memset(f, 0, sizeof *f);
    f->node[f->nodes++] = (struct onnx_node){0, 0, 1, "BRANCH_LEQ", 0.5, 1, 2};
    onnx_leaf(f, 0, 1, (const double[]){1, 0, 0}, 3);
    f->node[f->nodes++] = (struct onnx_node){0, 2, 0, "BRANCH_LEQ", -1, 3, 4};
    onnx_leaf(f, 0, 3, (const double[]){1 / 3.0, 2 / 3.0, 0}, 3);
    onnx_leaf(f, 0, 4, (const double[]){0, 0, 1}, 3);
    onnx_leaf(f, 1, 0, (const double[]){0.5, 0.25, 0.25}, 3);
    memcpy(f->label, name, sizeof name);
    f->texts = 3;
    f->transform = "NONE";
    f->op = "TreeEnsembleClassifier";
    f->domain = "ai.onnx.ml";
    f->cast_to = 1;
    f->columns = 3;
    f->ml_version = 3;
}

#endif
