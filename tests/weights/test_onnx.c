/* SPDX-License-Identifier: MIT */
/* weights/import/onnx.c, onnx_walk.c and nn/base/protobuf.c: a MobileNetV2 graph of its own making, and what can be
 * wrong with a graph. */
#include "tests/support/test.h"

#include "tests/weights/network.h"
#include "weights/import/onnx.h"
#include "nn/base/protobuf.h"

/* A graph being written; nodes and initialisers go into the same message, in any order, as ONNX allows. */
struct graph {
    struct build b;
    char value[32]; /* the output of the last node */
    unsigned values;
    enum nev_padding padding;
    const char *op_conv;
};

static void add_ints(struct build *node, const char *name, const int64_t *v, unsigned len)
{
    struct build a = {NULL, 0, 0};
    unsigned i;

    build_pb_text(&a, 1, name);
    for (i = 0; i < len; i++) {
        build_pb_int(&a, 8, (uint64_t)v[i]);
    }
    build_pb_bytes(node, 5, a.p, a.len);
    build_free(&a);
}

static void add_float(struct build *node, const char *name, float v)
{
    struct build a = {NULL, 0, 0};

    build_pb_text(&a, 1, name);
    build_varint(&a, 2 << 3 | 5);
    build_u32(&a, nev_f32_bits(v));
    build_pb_bytes(node, 5, a.p, a.len);
    build_free(&a);
}

static void begin_node(struct build *node, const char *op)
{
    memset(node, 0, sizeof *node);
    build_pb_text(node, 4, op);
}

/* The node's inputs come first in a list of their own, so that it can be written in one go. */
static void end_node(struct graph *g, struct build *node, const char *const *in, unsigned len)
{
    unsigned i;

    for (i = 0; i < len; i++) {
        build_pb_text(node, 1, in[i]);
    }
    snprintf(g->value, sizeof g->value, "v%u", g->values++);
    build_pb_text(node, 2, g->value);
    build_pb_bytes(&g->b, 1, node->p, node->len);
    build_free(node);
}

static void add_node(struct graph *g, const char *op, const char *a, const char *b)
{
    struct build node;
    const char *in[2] = {a, b};

    begin_node(&node, op);
    end_node(g, &node, in, b == NULL ? 1 : 2);
}

/* Tensor i of the network as an initialiser of the same name. */
static void add_tensor(struct graph *g, const struct network *n, uint32_t i, bool is_raw)
{
    struct build t = {NULL, 0, 0};
    uint32_t d;

    for (d = 0; d < n->list.spec[i].ndim; d++) {
        build_pb_int(&t, 1, n->list.spec[i].dim[d]);
    }
    build_pb_int(&t, 2, 1);
    build_pb_text(&t, 8, n->list.name[i]);
    build_pb_bytes(&t, is_raw ? 9 : 4, n->data[i], 4 * n->len[i]);
    build_pb_bytes(&g->b, 5, t.p, t.len);
    build_free(&t);
}

/* Convolution, norm and perhaps ReLU6 from the network's tensors i to i + 4. */
static void add_layer(struct graph *g, const struct network *n, uint32_t i, int64_t stride, bool has_relu)
{
    const char *const *names = (const char *const[]){g->value, n->list.name[i]};
    int64_t k = n->list.spec[i].dim[2], half = (k - 1) / 2, strides[2] = {stride, stride};
    int64_t pads[4] = {half, half, half, half};
    char value[32];
    struct build node;
    uint32_t t;

    if (stride == 2 && g->padding == NEV_PADDING_SAME) {
        pads[0] = pads[1] = 0;
    }
    begin_node(&node, g->op_conv);
    add_ints(&node, "pads", pads, 4);
    add_ints(&node, "strides", strides, 2);
    memcpy(value, g->value, sizeof value);
    end_node(g, &node, (const char *const[]){value, names[1]}, 2);
    for (t = 0; t < 5; t++) {
        add_tensor(g, n, i + t, t % 2 == 0);
    }
    begin_node(&node, "BatchNormalization");
    add_float(&node, "epsilon", 1e-3f);
    memcpy(value, g->value, sizeof value);
    end_node(g, &node,
             (const char *const[]){value, n->list.name[i + 1], n->list.name[i + 2], n->list.name[i + 3],
                                   n->list.name[i + 4]},
             5);
    if (has_relu) {
        memcpy(value, g->value, sizeof value);
        add_node(g, "Clip", value, NULL);
    }
}

/* The rows of Sandler et al. 2018, table 2: expansion, channels, repeats, stride. */
static void add_blocks(struct graph *g, const struct network *n, uint32_t *i)
{
    static const int64_t rows[7][4] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                                       {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
    char start[32], end[32];
    int64_t r, b;

    for (r = 0; r < 7; r++) {
        for (b = 0; b < rows[r][2]; b++) {
            memcpy(start, g->value, sizeof start);
            if (rows[r][0] != 1) {
                add_layer(g, n, *i, 1, true);
                *i += 5;
            }
            add_layer(g, n, *i, b == 0 ? rows[r][3] : 1, true);
            add_layer(g, n, *i + 5, 1, false);
            *i += 10;
            if (b > 0) {
                memcpy(end, g->value, sizeof end);
                add_node(g, "Add", start, end);
            }
        }
    }
}

static void add_input(struct graph *g, const char *name)
{
    struct build v = {NULL, 0, 0};

    build_pb_text(&v, 1, name);
    build_pb_bytes(&g->b, 11, v.p, v.len);
    build_free(&v);
}

static void wrap(struct graph *g, struct build *model)
{
    memset(model, 0, sizeof *model);
    build_pb_int(model, 1, 7);
    build_pb_bytes(model, 7, g->b.p, g->b.len);
    build_pb_bytes(model, 8, "\x10\x0d", 2);
    build_free(&g->b);
}

static void make_mobilenetv2(const struct network *n, enum nev_padding padding, const char *op_conv,
                             struct build *model)
{
    struct graph g = {.value = "picture", .padding = padding, .op_conv = op_conv};
    char value[32];
    uint32_t i = 5;

    add_input(&g, n->list.name[0]); /* as older exporters do: an initialiser among the inputs */
    add_input(&g, "picture");
    add_layer(&g, n, 0, 2, true);
    add_blocks(&g, n, &i);
    add_layer(&g, n, i, 1, true);
    memcpy(value, g.value, sizeof value);
    add_node(&g, "GlobalAveragePool", value, NULL);
    memcpy(value, g.value, sizeof value);
    add_node(&g, "Flatten", value, NULL);
    {
        struct build node, a = {NULL, 0, 0};

        begin_node(&node, "Gemm");
        build_pb_text(&a, 1, "transB");
        build_pb_int(&a, 3, 1);
        build_pb_bytes(&node, 5, a.p, a.len);
        build_free(&a);
        memcpy(value, g.value, sizeof value);
        end_node(&g, &node, (const char *const[]){value, n->list.name[i + 5], n->list.name[i + 6]}, 3);
    }
    add_tensor(&g, n, i + 5, true);
    add_tensor(&g, n, i + 6, true);
    wrap(&g, model);
}

/* Verifies: NEV-WT-034 (batch norms of their own, either padding, tensors raw and typed) */
static void test_mobilenetv2(void **state)
{
    struct network *n = network_seeded(NEV_NET_MOBILENETV2), *back;
    struct build model;
    struct nev_model m;
    struct nev_error err;
    int padding;

    (void)state;
    for (padding = 0; padding <= 1; padding++) {
        make_mobilenetv2(n, (enum nev_padding)padding, "Conv", &model);
        if (network_import(model.p, model.len, &m, &back, &err) != NEV_OK) {
            fail_msg("%s (%s at %llu)", err.what, err.name, (unsigned long long)err.offset);
        }
        assert_network_equal(n, back);
        assert_int_equal(m.padding, padding);
        assert_true(m.bn_eps == (double)1e-3f);
        network_free(back);
        build_free(&model);
    }
    make_mobilenetv2(n, NEV_PADDING_SAME, "QLinearConv", &model);
    assert_int_equal(network_import(model.p, model.len, &m, &back, &err), NEV_ERR_UNSUPPORTED);
    assert_string_equal(err.name, "QLinearConv");
    build_free(&model);
    network_free(n);
}

/* A graph of two nodes for the tests below: Conv with a 1x1 kernel and attributes, then an operation. */
static void make_small(struct graph *g, const char *op, const char *second_input)
{
    static const int64_t zeros[4] = {0, 0, 0, 0}, ones[2] = {1, 1};
    static const float w[4];
    struct build t = {NULL, 0, 0}, node;
    char value[32];

    memset(g, 0, sizeof *g);
    add_input(g, "x");
    build_pb_int(&t, 1, 2);
    build_pb_int(&t, 1, 2);
    build_pb_int(&t, 1, 1);
    build_pb_int(&t, 1, 1);
    build_pb_int(&t, 2, 1);
    build_pb_text(&t, 8, "w");
    build_pb_bytes(&t, 9, w, sizeof w);
    build_pb_bytes(&g->b, 5, t.p, t.len);
    build_free(&t);
    begin_node(&node, "Conv");
    add_ints(&node, "pads", zeros, 4);
    add_ints(&node, "strides", ones, 2);
    add_ints(&node, "dilations", ones, 2);
    end_node(g, &node, (const char *const[]){"x", "w"}, 2);
    memcpy(value, g->value, sizeof value);
    add_node(g, op, value, second_input);
}

static enum nev_status judge(const uint8_t *data, size_t bytes, struct nev_error *err)
{
    uint8_t *copy = build_exact(data, bytes);
    struct nev_arena arena;
    struct nev_onnx g;
    struct nev_model m;
    size_t need;
    enum nev_status s = nev_onnx_arena_bytes(copy, bytes, &need, err);
    void *memory = malloc(need + 1);

    assert_non_null(memory);
    nev_arena_init(&arena, memory, need);
    if (s == NEV_OK) {
        s = nev_onnx_read(&g, copy, bytes, &arena, err);
    }
    if (s == NEV_OK) {
        s = nev_onnx_walk(&g);
    }
    if (s == NEV_OK) {
        s = nev_onnx_model(&g, &m);
    }
    free(memory);
    free(copy);
    return s;
}

/* Verifies: NEV-WT-035 (operations, forks and joins that no network has; a cycle; a good graph of another
 * net) */
static void test_other_graphs(void **state)
{
    static const struct {
        const char *op, *second;
        enum nev_status status;
    } cases[] = {
        {"Relu", NULL, NEV_ERR_NETWORK},     {"Einsum", NULL, NEV_ERR_UNSUPPORTED},
        {"If", NULL, NEV_ERR_UNSUPPORTED},   {"Add", "x", NEV_ERR_NETWORK},
        {"Add", "w", NEV_ERR_UNSUPPORTED},   {"Add", "v1", NEV_ERR_UNSUPPORTED},
        {"Gemm", "v0", NEV_ERR_UNSUPPORTED}, {"BatchNormalization", "w", NEV_ERR_UNSUPPORTED},
        {"Pad", "w", NEV_ERR_UNSUPPORTED},   {"Conv", "v1", NEV_ERR_UNSUPPORTED},
    };
    struct nev_error err;
    struct build model;
    struct graph g;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_small(&g, cases[i].op, cases[i].second);
        wrap(&g, &model);
        assert_int_equal(judge(model.p, model.len, &err), cases[i].status);
        build_free(&model);
    }
}

/* Verifies: NEV-WT-035 (attributes with more numbers than any has, with none, negative) */
static void test_attributes(void **state)
{
    static const int64_t many[9] = {0}, negative[4] = {0, 0, 0, -1};
    static const struct {
        const char *name;
        const int64_t *v;
        unsigned len;
        enum nev_status status;
    } cases[] = {
        {"pads", many, 9, NEV_ERR_LIMIT},
        {"pads", many, 8, NEV_ERR_UNSUPPORTED},
        {"pads", many, 0, NEV_ERR_UNSUPPORTED},
        {"pads", negative, 4, NEV_ERR_UNSUPPORTED},
        {"strides", many, 9, NEV_ERR_LIMIT},
        {"strides", many, 2, NEV_ERR_UNSUPPORTED},
        {"dilations", many, 2, NEV_ERR_UNSUPPORTED},
        {"pads", many, 4, NEV_ERR_NETWORK},
    };
    struct nev_error err;
    struct build model, t, node;
    struct graph g;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(&g, 0, sizeof g);
        memset(&t, 0, sizeof t);
        add_input(&g, "x");
        build_bytes(&t, "\x08\1\x08\1\x08\1\x08\1\x10\1", 10);
        build_pb_text(&t, 8, "w");
        build_pb_bytes(&t, 9, "\0\0\0\0", 4);
        build_pb_bytes(&g.b, 5, t.p, t.len);
        build_free(&t);
        begin_node(&node, "Conv");
        add_ints(&node, cases[i].name, cases[i].v, cases[i].len);
        end_node(&g, &node, (const char *const[]){"x", "w"}, 2);
        wrap(&g, &model);
        assert_int_equal(judge(model.p, model.len, &err), cases[i].status);
        build_free(&model);
    }
}

/* A node behind a convolution of one weight w; what it is refused for. */
static void refused_behind_conv(struct build *node, const char *const *in, unsigned len, const char *what)
{
    struct build model, t = {NULL, 0, 0};
    struct nev_error err;
    struct graph g;

    memset(&g, 0, sizeof g);
    add_input(&g, "x");
    build_bytes(&t, "\x08\1\x08\1\x08\1\x08\1\x10\1", 10);
    build_pb_text(&t, 8, "w");
    build_pb_bytes(&t, 9, "\0\0\0\0", 4);
    build_pb_bytes(&g.b, 5, t.p, t.len);
    build_free(&t);
    add_node(&g, "Conv", "x", "w");
    end_node(&g, node, in, len);
    wrap(&g, &model);
    assert_int_equal(judge(model.p, model.len, &err), NEV_ERR_UNSUPPORTED);
    assert_string_equal(err.what, what);
    assert_true(err.name[0] != '\0' && err.offset < model.len);
    build_free(&model);
}

/* Verifies: NEV-SAFE-021 (norms, paddings, sums and fully connected layers that are none of a network's) */
static void test_layers(void **state)
{
    static const char *const norm[] = {"v0", "w", "w", "w", "w"}, *const computed[] = {"v0", "w", "y", "w",
                                                                                       "w"};
    static const int64_t pads[8] = {0, 0, 0, -1, 0, 0, 0, 0};
    struct build node;

    (void)state;
    begin_node(&node, "BatchNormalization");
    add_float(&node, "epsilon", 2.0f);
    refused_behind_conv(&node, norm, 5, "batch norms differ in their epsilon, or it is not between 0 and 1");
    begin_node(&node, "BatchNormalization");
    refused_behind_conv(&node, computed, 5, "a batch norm's values are computed, not stored");
    begin_node(&node, "Pad");
    add_ints(&node, "pads", pads, 8);
    refused_behind_conv(&node, norm, 1, "a padding is negative or absurd");
    begin_node(&node, "Add");
    refused_behind_conv(&node, norm, 3, "an addition has not two operands");
    begin_node(&node, "Gemm");
    add_float(&node, "alpha", 2.0f);
    refused_behind_conv(&node, norm, 2, "a fully connected layer is scaled or transposed");
}

/* One initialiser with the given fields, in a graph with an input and a Conv that uses it. */
static enum nev_status judge_tensor(const struct build *fields, struct nev_error *err)
{
    struct build model;
    struct graph g;
    enum nev_status s;

    memset(&g, 0, sizeof g);
    add_input(&g, "x");
    build_pb_bytes(&g.b, 5, fields->p, fields->len);
    add_node(&g, "Conv", "x", "w");
    wrap(&g, &model);
    s = judge(model.p, model.len, err);
    build_free(&model);
    return s;
}

/* Verifies: NEV-WT-036 (external data, dimensions that overflow, too few bytes, numbers in pieces) */
static void test_tensors(void **state)
{
    struct build t = {NULL, 0, 0};
    struct nev_error err;

    (void)state;
    build_pb_text(&t, 8, "w");
    build_pb_bytes(&t, 13, "\x0a\x08location", 10);
    assert_int_equal(judge_tensor(&t, &err), NEV_ERR_UNSUPPORTED);
    assert_string_equal(err.name, "w");
    t.len = 0;
    build_pb_int(&t, 14, 1);
    assert_int_equal(judge_tensor(&t, &err), NEV_ERR_UNSUPPORTED);
    t.len = 0;
    build_pb_int(&t, 1, UINT64_MAX);
    build_pb_int(&t, 2, 1);
    assert_int_equal(judge_tensor(&t, &err), NEV_ERR_LIMIT);
    t.len = 0;
    build_pb_bytes(&t, 1, "\x80\x80\x04\x80\x80\x04", 6); /* 65536 x 65536, packed */
    build_pb_int(&t, 2, 1);
    assert_int_equal(judge_tensor(&t, &err), NEV_ERR_LIMIT);
    t.len = 0;
    build_pb_int(&t, 1, 2);
    build_pb_int(&t, 2, 1);
    build_pb_bytes(&t, 9, "abcd", 4);
    assert_int_equal(judge_tensor(&t, &err), NEV_ERR_SHAPE);
    build_pb_bytes(&t, 9, "abcd", 4);
    assert_int_equal(judge_tensor(&t, &err), NEV_ERR_UNSUPPORTED);
    t.len = 0;
    build_bytes(&t, "\x08\1\x08\1\x08\1\x08\1\x08\1\x08\1\x08\1\x08\1\x08\1", 18);
    assert_int_equal(judge_tensor(&t, &err), NEV_ERR_LIMIT);
    build_free(&t);
}

static enum nev_status next(const char *bytes, size_t len)
{
    uint8_t *copy = build_exact((const uint8_t *)bytes, len);
    struct nev_error err;
    struct nev_pb pb = {copy, 0, len, &err};
    struct nev_pb_field f;
    enum nev_status s = nev_pb_next(&pb, &f);

    assert_true(s != NEV_OK || (pb.at <= len && f.at + f.len <= len));
    free(copy);
    return s;
}
#define NEXT(literal) next(literal, sizeof(literal) - 1)

/* Verifies: NEV-WT-036 (the wire format: overlong numbers, groups, promises of more bytes than there are) */
static void test_wire(void **state)
{
    (void)state;
    assert_int_equal(NEXT("\x08\x96\x01"), NEV_OK);
    assert_int_equal(NEXT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), NEV_OK);
    assert_int_equal(NEXT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), NEV_ERR_FORMAT);
    assert_int_equal(NEXT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), NEV_ERR_FORMAT);
    assert_int_equal(NEXT("\x08\xff"), NEV_ERR_TRUNCATED);
    assert_int_equal(NEXT("\x00\x01"), NEV_ERR_FORMAT);
    assert_int_equal(NEXT("\x0b\x0c"), NEV_ERR_FORMAT);
    assert_int_equal(NEXT("\x0f"), NEV_ERR_FORMAT);
    assert_int_equal(NEXT("\x0d\1\2\3"), NEV_ERR_TRUNCATED);
    assert_int_equal(NEXT("\x09\1\2\3\4\5\6\7"), NEV_ERR_TRUNCATED);
    assert_int_equal(NEXT("\x0a\x02z"), NEV_ERR_TRUNCATED);
    assert_int_equal(NEXT("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01z"), NEV_ERR_TRUNCATED);
}

/* Verifies: NEV-WT-036 (a small graph cut anywhere; any byte changed: no harm done) */
static void test_every_byte(void **state)
{
    struct nev_error err;
    struct build model;
    struct graph g;
    size_t cut;
    unsigned v;

    (void)state;
    make_small(&g, "BatchNormalization", "w");
    wrap(&g, &model);
    for (cut = 0; cut < model.len; cut++) {
        uint8_t old = model.p[cut];

        assert_int_not_equal(judge(model.p, cut, &err), NEV_OK);
        for (v = 0; v < 256; v++) {
            model.p[cut] = (uint8_t)v;
            assert_int_not_equal(judge(model.p, model.len, &err), NEV_OK);
        }
        model.p[cut] = old;
    }
    build_free(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mobilenetv2), cmocka_unit_test(test_other_graphs),
        cmocka_unit_test(test_attributes),  cmocka_unit_test(test_layers),
        cmocka_unit_test(test_tensors),     cmocka_unit_test(test_wire),
        cmocka_unit_test(test_every_byte),
    };

    return cmocka_run_group_tests_name("onnx", tests, NULL, NULL);
}
