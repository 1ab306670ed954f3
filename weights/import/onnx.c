/* SPDX-License-Identifier: MIT */
#include "weights/import/onnx.h"

#include <string.h>

#include "nn/base/bytes.h"

/* Field numbers of onnx.proto. */
enum { MODEL_GRAPH = 7, MODEL_OPSET = 8 };
enum { GRAPH_NODE = 1, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_SPARSE = 15 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_OP = 4, NODE_ATTRIBUTE = 5, NODE_DOMAIN = 7 };
enum { ATTR_NAME = 1, ATTR_F = 2, ATTR_I = 3, ATTR_S = 4, ATTR_T = 5, ATTR_INTS = 8 };
enum {
    TENSOR_DIMS = 1,
    TENSOR_TYPE = 2,
    TENSOR_SEGMENT = 3,
    TENSOR_FLOATS = 4,
    TENSOR_INT32S = 5,
    TENSOR_INT64S = 7,
    TENSOR_NAME = 8,
    TENSOR_RAW = 9,
    TENSOR_DOUBLES = 10,
    TENSOR_EXTERNAL = 13,
    TENSOR_LOCATION = 14
};
enum { VALUE_NAME = 1 };

#define DIMS_MAX       8u
#define IDENTITIES_MAX 8u

static enum nev_dtype dtype_of(uint64_t type)
{
    static const uint8_t table[17] = {
        [1] = NEV_DTYPE_F32,    [2] = NEV_DTYPE_OTHER1, [3] = NEV_DTYPE_OTHER1,  [4] = NEV_DTYPE_OTHER2,
        [5] = NEV_DTYPE_OTHER2, [6] = NEV_DTYPE_OTHER4, [7] = NEV_DTYPE_OTHER8,  [9] = NEV_DTYPE_OTHER1,
        [10] = NEV_DTYPE_F16,   [11] = NEV_DTYPE_F64,   [12] = NEV_DTYPE_OTHER4, [13] = NEV_DTYPE_OTHER8,
        [16] = NEV_DTYPE_BF16,
    };

    return type < sizeof table ? (enum nev_dtype)table[type] : NEV_DTYPE_NONE;
}

/* The graph's message in the model's. */
static enum nev_status find_graph(const uint8_t *mem, size_t bytes, struct nev_pb *graph,
                                  struct nev_error *err)
{
    struct nev_pb model = {mem, 0, bytes, err};
    struct nev_pb_field f;
    bool is_found = false, has_opset = false;
    enum nev_status s;

    while (model.at < model.end) {
        if ((s = nev_pb_next(&model, &f)) != NEV_OK) {
            return s;
        }
        has_opset = has_opset || f.number == MODEL_OPSET;
        if (f.number == MODEL_GRAPH && f.wire == NEV_PB_BYTES) {
            if (is_found) {
                return nev_fail(err, NEV_ERR_FORMAT, f.at, "graph", "the model has two graphs");
            }
            is_found = true;
            *graph = nev_pb_inside(&model, &f);
        }
    }
    if (!is_found || !has_opset) {
        /* Every model has both; exporters write the opset last, so this notices a cut between them. */
        return nev_fail(err, NEV_ERR_MISSING, bytes, is_found ? "opset_import" : "graph",
                        "the ONNX model lacks a part that every model has; the file may be cut short");
    }
    return NEV_OK;
}

/* How many nodes and initialisers the graph has; their number is limited so that searching stays cheap. */
static enum nev_status count(struct nev_pb graph, uint32_t *nodes, uint32_t *initialisers)
{
    struct nev_pb_field f;
    enum nev_status s;

    *nodes = *initialisers = 0;
    while (graph.at < graph.end) {
        if ((s = nev_pb_next(&graph, &f)) != NEV_OK) {
            return s;
        }
        *nodes += f.number == GRAPH_NODE && f.wire == NEV_PB_BYTES;
        *initialisers += f.number == GRAPH_INITIALIZER && f.wire == NEV_PB_BYTES;
        if (*nodes > NEV_ONNX_NODES_MAX || *initialisers > NEV_SOURCE_TENSORS_MAX) {
            return nev_fail(graph.err, NEV_ERR_LIMIT, f.at, "graph",
                            "the graph has more than 4096 nodes or initialisers");
        }
    }
    return NEV_OK;
}

enum nev_status nev_onnx_arena_bytes(const uint8_t *mem, size_t bytes, size_t *arena_bytes,
                                     struct nev_error *err)
{
    struct nev_pb graph;
    uint32_t nodes, initialisers;
    enum nev_status s;

    *arena_bytes = 0;
    if ((s = find_graph(mem, bytes, &graph, err)) != NEV_OK ||
        (s = count(graph, &nodes, &initialisers)) != NEV_OK) {
        return s;
    }
    *arena_bytes = nodes * (sizeof(struct nev_onnx_node) + sizeof(struct nev_onnx_unit)) +
                   ((size_t)nodes + initialisers) * sizeof(struct nev_source_tensor) + (size_t)3 * 8;
    return NEV_OK;
}

/* A TensorProto while it is read. */
struct tensor {
    uint64_t dim[DIMS_MAX];
    uint32_t ndim;
    uint64_t type, data_at, data_bytes;
    uint32_t parts; /* how many fields with data */
};

static enum nev_status add_dim(const struct nev_pb *pb, struct tensor *t, uint64_t dim)
{
    if (t->ndim == DIMS_MAX) {
        return nev_fail(pb->err, NEV_ERR_LIMIT, pb->at, "tensor", "a tensor has more than 8 dimensions");
    }
    t->dim[t->ndim++] = dim;
    return NEV_OK;
}

static enum nev_status read_dims(struct nev_pb *pb, const struct nev_pb_field *f, struct tensor *t)
{
    struct nev_pb packed = nev_pb_inside(pb, f);
    enum nev_status s = NEV_OK;
    uint64_t dim;

    if (f->wire == NEV_PB_VARINT) {
        return add_dim(pb, t, f->value);
    }
    while (s == NEV_OK && packed.at < packed.end) {
        if ((s = nev_pb_varint(&packed, &dim)) == NEV_OK) {
            s = add_dim(pb, t, dim);
        }
    }
    return s;
}

static enum nev_status read_tensor_field(struct nev_pb *pb, const struct nev_pb_field *f, struct tensor *t,
                                         struct nev_source_tensor *out)
{
    switch (f->number) {
    case TENSOR_DIMS:
        return read_dims(pb, f, t);
    case TENSOR_TYPE:
        t->type = f->value;
        return NEV_OK;
    case TENSOR_NAME:
        out->name = nev_pb_text(pb, f);
        return NEV_OK;
    case TENSOR_RAW:
    case TENSOR_FLOATS:
    case TENSOR_DOUBLES:
        if (f->wire != NEV_PB_BYTES) {
            t->parts++; /* one number a field: not one run of bytes */
        }
        t->parts++;
        t->data_at = f->at;
        t->data_bytes = f->len;
        return NEV_OK;
    case TENSOR_INT32S:
    case TENSOR_INT64S:
    case TENSOR_SEGMENT:
        t->parts += 2; /* varints: not one run of bytes */
        return NEV_OK;
    case TENSOR_EXTERNAL:
    case TENSOR_LOCATION:
        if (f->wire == NEV_PB_VARINT && f->value == 0) {
            return NEV_OK;
        }
        return nev_fail_slice(pb->err, NEV_ERR_UNSUPPORTED, f->at, out->name,
                              "a tensor's data lie in another file; save the ONNX model in one file");
    default:
        return NEV_OK;
    }
}

/* An integer tensor that is not one run of bytes is listed without data; a weight must be one. */
static enum nev_status finish_tensor(struct nev_onnx *g, const struct tensor *t,
                                     struct nev_source_tensor *out)
{
    enum nev_status s;

    out->dtype = dtype_of(t->type);
    out->offset = t->data_at;
    if ((s = nev_source_shape(out, t->dim, t->ndim, g->err)) != NEV_OK) {
        return s;
    }
    if (t->parts > 1) {
        if (out->dtype >= NEV_DTYPE_F32 && out->dtype <= NEV_DTYPE_F64) {
            return nev_fail_slice(g->err, NEV_ERR_UNSUPPORTED, t->data_at, out->name,
                                  "a tensor's numbers are not stored in one piece; save the model again");
        }
        out->dtype = NEV_DTYPE_NONE;
        return NEV_OK;
    }
    if (out->len * nev_dtype_bytes(out->dtype) != t->data_bytes && out->dtype != NEV_DTYPE_NONE) {
        return nev_fail_slice(g->err, NEV_ERR_SHAPE, t->data_at, out->name,
                              "a tensor has not as many bytes as its dimensions ask for");
    }
    out->data = g->mem + t->data_at;
    return NEV_OK;
}

static enum nev_status read_tensor(struct nev_onnx *g, struct nev_pb pb, struct nev_slice name)
{
    struct nev_source_tensor *out = &g->constant[g->constant_len];
    struct tensor t = {.ndim = 0};
    struct nev_pb_field f;
    enum nev_status s;

    memset(out, 0, sizeof *out);
    t.data_at = pb.at;
    while (pb.at < pb.end) {
        if ((s = nev_pb_next(&pb, &f)) != NEV_OK || (s = read_tensor_field(&pb, &f, &t, out)) != NEV_OK) {
            return s;
        }
    }
    if (name.len != 0) {
        out->name = name;
    }
    g->constant_len++;
    return finish_tensor(g, &t, out);
}

static enum nev_status read_node(struct nev_onnx *g, struct nev_pb pb)
{
    struct nev_onnx_node *n = &g->node[g->node_len++];
    struct nev_pb_field f;
    enum nev_status s;

    memset(n, 0, sizeof *n);
    n->at = pb.at;
    n->end = pb.end;
    while (pb.at < pb.end) {
        if ((s = nev_pb_next(&pb, &f)) != NEV_OK) {
            return s;
        }
        if (f.wire != NEV_PB_BYTES) {
            continue;
        }
        if (f.number == NODE_INPUT && n->in_len < NEV_ONNX_INPUTS) {
            n->in[n->in_len++] = nev_pb_text(&pb, &f);
        } else if (f.number == NODE_OUTPUT && n->out.len == 0) {
            n->out = nev_pb_text(&pb, &f);
        } else if (f.number == NODE_OP) {
            n->op = nev_pb_text(&pb, &f);
        } else if (f.number == NODE_DOMAIN && f.len != 0 && !nev_slice_is(nev_pb_text(&pb, &f), "ai.onnx")) {
            return nev_fail_slice(g->err, NEV_ERR_UNSUPPORTED, f.at, nev_pb_text(&pb, &f),
                                  "the graph uses operations of another domain than ONNX's own");
        }
    }
    return NEV_OK;
}

/* The tensor of a Constant node becomes a constant named as the node's output. */
static enum nev_status read_constant_node(struct nev_onnx *g, const struct nev_onnx_node *n)
{
    struct nev_pb pb = {g->mem, n->at, n->end, g->err};
    struct nev_pb_field f, inner;
    enum nev_status s;

    while (pb.at < pb.end) {
        struct nev_pb attribute;

        if ((s = nev_pb_next(&pb, &f)) != NEV_OK) {
            return s;
        }
        attribute = nev_pb_inside(&pb, &f);
        while (f.number == NODE_ATTRIBUTE && f.wire == NEV_PB_BYTES && attribute.at < attribute.end) {
            if ((s = nev_pb_next(&attribute, &inner)) != NEV_OK) {
                return s;
            }
            if (inner.number == ATTR_T && inner.wire == NEV_PB_BYTES) {
                return read_tensor(g, nev_pb_inside(&attribute, &inner), n->out);
            }
        }
    }
    return NEV_OK;
}

static enum nev_status read_fields(struct nev_onnx *g, struct nev_pb graph)
{
    struct nev_pb_field f;
    enum nev_status s;

    while (graph.at < graph.end) {
        if ((s = nev_pb_next(&graph, &f)) != NEV_OK) {
            return s;
        }
        if (f.wire != NEV_PB_BYTES) {
            continue;
        }
        if (f.number == GRAPH_SPARSE) {
            return nev_fail(g->err, NEV_ERR_UNSUPPORTED, f.at, "sparse_initializer",
                            "the graph has sparse weights; save the model with dense ones");
        }
        s = f.number == GRAPH_NODE ? read_node(g, nev_pb_inside(&graph, &f))
            : f.number == GRAPH_INITIALIZER
                ? read_tensor(g, nev_pb_inside(&graph, &f), (struct nev_slice){"", 0})
                : NEV_OK;
        if (s != NEV_OK) {
            return s;
        }
    }
    return NEV_OK;
}

/* The first input that is not an initialiser: older exporters list those among the inputs too. */
static enum nev_status find_input(struct nev_onnx *g, struct nev_pb graph)
{
    struct nev_pb_field f, inner;
    enum nev_status s;

    while (graph.at < graph.end) {
        struct nev_pb value;

        if ((s = nev_pb_next(&graph, &f)) != NEV_OK) {
            return s;
        }
        value = nev_pb_inside(&graph, &f);
        while (f.number == GRAPH_INPUT && f.wire == NEV_PB_BYTES && value.at < value.end) {
            if ((s = nev_pb_next(&value, &inner)) != NEV_OK) {
                return s;
            }
            if (inner.number == VALUE_NAME && inner.wire == NEV_PB_BYTES &&
                nev_onnx_constant(g, nev_pb_text(&value, &inner)) == NULL) {
                g->input = nev_pb_text(&value, &inner);
                return NEV_OK;
            }
        }
    }
    return nev_fail(g->err, NEV_ERR_MISSING, NEV_NO_OFFSET, "input", "the ONNX graph has no input");
}

enum nev_status nev_onnx_read(struct nev_onnx *g, const uint8_t *mem, size_t bytes, struct nev_arena *arena,
                              struct nev_error *err)
{
    uint32_t nodes, initialisers, i;
    struct nev_pb graph;
    enum nev_status s;

    memset(g, 0, sizeof *g);
    g->mem = mem;
    g->err = err;
    if ((s = find_graph(mem, bytes, &graph, err)) != NEV_OK ||
        (s = count(graph, &nodes, &initialisers)) != NEV_OK) {
        return s;
    }
    g->node = nev_arena_take_array(arena, nodes, sizeof g->node[0], 8);
    g->unit = nev_arena_take_array(arena, nodes, sizeof g->unit[0], 8);
    g->constant = nev_arena_take_array(arena, (size_t)nodes + initialisers, sizeof g->constant[0], 8);
    if (g->node == NULL || g->unit == NULL || g->constant == NULL) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "arena", "the arena is too small");
    }
    if ((s = read_fields(g, graph)) != NEV_OK) {
        return s;
    }
    for (i = 0; i < g->node_len; i++) {
        if (nev_slice_is(g->node[i].op, "Constant") && (s = read_constant_node(g, &g->node[i])) != NEV_OK) {
            return s;
        }
    }
    return find_input(g, graph);
}

const struct nev_source_tensor *nev_onnx_constant(const struct nev_onnx *g, struct nev_slice name)
{
    uint32_t i, hops;

    /* Bounds: a chain of Identity nodes is followed a few steps, not thousands. */
    for (hops = 0; hops < IDENTITIES_MAX; hops++) {
        for (i = 0; i < g->constant_len; i++) {
            if (nev_slice_equal(g->constant[i].name, name)) {
                return &g->constant[i];
            }
        }
        for (i = 0; i < g->node_len; i++) {
            if (nev_slice_equal(g->node[i].out, name) && nev_slice_is(g->node[i].op, "Identity") &&
                g->node[i].in_len == 1) {
                break;
            }
        }
        if (i == g->node_len) {
            return NULL;
        }
        name = g->node[i].in[0];
    }
    return NULL;
}

/* A list of integers, packed into one field or one field each. */
static enum nev_status read_ints(struct nev_pb pb, struct nev_onnx_attribute *a)
{
    enum nev_status s;
    uint64_t v;

    while (pb.at < pb.end) {
        if (a->ints_len == NEV_ONNX_INTS) {
            return nev_fail(pb.err, NEV_ERR_LIMIT, pb.at, "attribute", "an attribute has too many numbers");
        }
        if ((s = nev_pb_varint(&pb, &v)) != NEV_OK) {
            return s;
        }
        a->ints[a->ints_len++] = (int64_t)v;
    }
    return NEV_OK;
}

static enum nev_status read_attribute(struct nev_pb pb, struct nev_onnx_attribute *a)
{
    struct nev_pb_field f;
    enum nev_status s = NEV_OK;

    while (s == NEV_OK && pb.at < pb.end) {
        if ((s = nev_pb_next(&pb, &f)) != NEV_OK) {
            return s;
        }
        if (f.number == ATTR_F && f.wire == NEV_PB_FIXED32) {
            a->f = nev_f32_from_bits((uint32_t)f.value);
        } else if (f.number == ATTR_I && f.wire == NEV_PB_VARINT) {
            a->i = (int64_t)f.value;
        } else if (f.number == ATTR_S && f.wire == NEV_PB_BYTES) {
            a->s = nev_pb_text(&pb, &f);
        } else if (f.number == ATTR_INTS) {
            s = read_ints(nev_pb_inside(&pb, &f), a);
        }
    }
    return s;
}

enum nev_status nev_onnx_attribute_find(const struct nev_onnx *g, const struct nev_onnx_node *node,
                                        const char *name, struct nev_onnx_attribute *a)
{
    struct nev_pb pb = {g->mem, node->at, node->end, g->err};
    struct nev_pb_field f, inner;
    enum nev_status s;

    memset(a, 0, sizeof *a);
    while (pb.at < pb.end) {
        struct nev_pb attribute;
        bool is_it = false;

        if ((s = nev_pb_next(&pb, &f)) != NEV_OK) {
            return s;
        }
        attribute = nev_pb_inside(&pb, &f);
        while (f.number == NODE_ATTRIBUTE && f.wire == NEV_PB_BYTES && attribute.at < attribute.end) {
            if ((s = nev_pb_next(&attribute, &inner)) != NEV_OK) {
                return s;
            }
            is_it = is_it || (inner.number == ATTR_NAME && inner.wire == NEV_PB_BYTES &&
                              nev_slice_is(nev_pb_text(&attribute, &inner), name));
        }
        if (is_it) {
            a->is_present = true;
            return read_attribute(nev_pb_inside(&pb, &f), a);
        }
    }
    return NEV_OK;
}
