/* SPDX-License-Identifier: MIT */
#include "forest/exchange/ensemble_graph.h"

#include <string.h>

/* Field numbers of onnx.proto. */
enum { MODEL_PRODUCER = 2, MODEL_PRODUCER_VERSION = 3, MODEL_GRAPH = 7, MODEL_OPSET = 8 };
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2 };
enum { GRAPH_NODE = 1, GRAPH_INPUT = 11 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_SHAPE = 2, SHAPE_DIM = 1, DIM_VALUE = 1 };

#define NODES_MAX    64u /* of the graph: a forest and what stands around it */
#define OPSET_ML_MAX 4u  /* the operation is last defined in version 3, and valid in 4 */

bool nev_span_is(const uint8_t *mem, struct nev_span s, const char *text)
{
    const size_t len = strlen(text);

    return s.end - s.at == len && memcmp(mem + s.at, text, len) == 0;
}

static bool span_is_same(const uint8_t *mem, struct nev_span a, struct nev_span b)
{
    return a.end - a.at == b.end - b.at && memcmp(mem + a.at, mem + b.at, (size_t)(a.end - a.at)) == 0;
}

/* nev_fail with a name from the file. */
enum nev_status nev_span_refuse(const uint8_t *mem, struct nev_error *err, enum nev_status status,
                                struct nev_span name, const char *what)
{
    char text[NEV_ERROR_NAME_LEN];
    size_t len = (size_t)(name.end - name.at) < sizeof text - 1 ? (size_t)(name.end - name.at)
                                                                : sizeof text - 1,
           i;

    for (i = 0; i < len; i++) {
        text[i] = mem[name.at + i] != 0 ? (char)mem[name.at + i] : '?';
    }
    text[len] = '\0';
    return nev_fail(err, status, name.at, len == 0 ? "(empty name)" : text, what);
}

/* Appends printable characters of the file to the origin. */
static void add_origin(struct nev_ensemble *e, struct nev_span text)
{
    size_t len = strlen(e->origin);

    if (len > 0 && len < sizeof e->origin - 1) {
        e->origin[len++] = ' ';
    }
    for (; text.at < text.end && len < sizeof e->origin - 1; text.at++) {
        const uint8_t c = e->mem[text.at];

        e->origin[len++] = (char)(c >= 0x20 && c < 0x7F ? c : '?');
    }
    e->origin[len] = '\0';
}

static enum nev_status read_opset(const struct nev_pb *model, const struct nev_pb_field *f, bool *has_ml)
{
    struct nev_pb opset = nev_pb_inside(model, f);
    struct nev_span domain = {0, 0};
    uint64_t version = 0;
    struct nev_pb_field g;
    enum nev_status status;

    while (opset.at < opset.end) {
        if ((status = nev_pb_next(&opset, &g)) != NEV_OK) {
            return status;
        }
        domain = g.number == OPSET_DOMAIN && g.wire == NEV_PB_BYTES ? nev_span_of(&g) : domain;
        version = g.number == OPSET_VERSION ? g.value : version;
    }
    if (!nev_span_is(model->mem, domain, "ai.onnx.ml")) {
        return NEV_OK;
    }
    *has_ml = true;
    if (version < 1 || version > OPSET_ML_MAX) {
        return nev_fail(
            model->err, NEV_ERR_VERSION, f->at, "ai.onnx.ml",
            "the version of this domain is not from 1 to 4; save the model with an older target opset");
    }
    return NEV_OK;
}

enum nev_status nev_graph_find(struct nev_ensemble *e, struct nev_pb *graph, struct nev_error *err)
{
    struct nev_pb model = {e->mem, 0, e->bytes, err};
    bool has_graph = false, has_ml = false;
    struct nev_pb_field f;
    enum nev_status status = NEV_OK;

    while (status == NEV_OK && model.at < model.end) {
        if ((status = nev_pb_next(&model, &f)) != NEV_OK || f.wire != NEV_PB_BYTES) {
            continue;
        }
        if (f.number == MODEL_PRODUCER || f.number == MODEL_PRODUCER_VERSION) {
            add_origin(e, nev_span_of(&f));
        } else if (f.number == MODEL_OPSET) {
            status = read_opset(&model, &f, &has_ml);
        } else if (f.number == MODEL_GRAPH) {
            if (has_graph) {
                return nev_fail(err, NEV_ERR_FORMAT, f.at, "graph", "the model has two graphs");
            }
            has_graph = true;
            *graph = nev_pb_inside(&model, &f);
        }
    }
    if (status == NEV_OK && (!has_graph || !has_ml)) {
        return nev_fail(err, NEV_ERR_MISSING, e->bytes, has_graph ? "ai.onnx.ml" : "graph",
                        "the ONNX model lacks what a forest needs: it is another model, or cut short");
    }
    return status;
}

static enum nev_status read_operation(const struct nev_pb *graph, const struct nev_pb_field *f,
                                      struct nev_operation *o)
{
    struct nev_pb node = nev_pb_inside(graph, f);
    struct nev_pb_field g;
    enum nev_status status;
    bool has_input = false;

    memset(o, 0, sizeof *o);
    o->body = nev_span_of(f);
    o->op.at = o->op.end = f->at;
    while (node.at < node.end) {
        if ((status = nev_pb_next(&node, &g)) != NEV_OK) {
            return status;
        }
        if (g.wire != NEV_PB_BYTES) {
            continue;
        }
        if (g.number == NODE_INPUT) {
            o->has_many_inputs = has_input;
            o->input = has_input ? o->input : nev_span_of(&g);
            has_input = true;
        } else if (g.number == NODE_OP) {
            o->op = nev_span_of(&g);
        } else if (g.number == NODE_DOMAIN) {
            o->is_ml = nev_span_is(graph->mem, nev_span_of(&g), "ai.onnx.ml");
        }
    }
    return NEV_OK;
}

static bool is_passing(const uint8_t *mem, struct nev_span op)
{
    return nev_span_is(mem, op, "Cast") || nev_span_is(mem, op, "Identity") || nev_span_is(mem, op, "ZipMap");
}

/* The graph's one classifier. What stands around it may give the answer another form or the rows another type, but no other
 * value. */
enum nev_status nev_graph_classifier(const struct nev_ensemble *e, struct nev_pb graph,
                                     struct nev_operation *out, struct nev_error *err)
{
    struct nev_span last = {graph.at, graph.at};
    uint32_t nodes = 0, found = 0;
    struct nev_pb_field f;
    struct nev_operation o;
    enum nev_status status;

    while (graph.at < graph.end) {
        if ((status = nev_pb_next(&graph, &f)) != NEV_OK) {
            return status;
        }
        if (f.number != GRAPH_NODE || f.wire != NEV_PB_BYTES) {
            continue;
        }
        if ((status = read_operation(&graph, &f, &o)) != NEV_OK) {
            return status;
        }
        last = o.op;
        if (++nodes > NODES_MAX) {
            return nev_fail(err, NEV_ERR_LIMIT, f.at, "graph", "the graph has more than 64 operations");
        }
        if (nev_span_is(e->mem, o.op, "TreeEnsembleClassifier") && o.is_ml) {
            *out = o;
            found++;
        } else if (!is_passing(e->mem, o.op)) {
            return nev_span_refuse(e->mem, err, NEV_ERR_UNSUPPORTED, o.op,
                                   "the model does something beside asking a forest of classification trees");
        }
    }
    if (found != 1) {
        return nev_span_refuse(e->mem, err, NEV_ERR_UNSUPPORTED, found == 0 ? last : out->op,
                               found == 0 ? "the model has no TreeEnsembleClassifier"
                                          : "the model has several TreeEnsembleClassifiers");
    }
    if (out->has_many_inputs) {
        return nev_span_refuse(e->mem, err, NEV_ERR_FORMAT, out->op, "the classifier has several inputs");
    }
    return NEV_OK;
}

/* A Cast changes no row if it is to float or double. Anything else of a step towards the rows might. */
static enum nev_status check_step(const struct nev_pb *graph, const struct nev_operation *o)
{
    struct nev_pb node = {graph->mem, o->body.at, o->body.end, graph->err};
    struct nev_pb_field f, g;
    enum nev_status status;
    uint64_t to = 0;

    while (node.at < node.end) {
        if ((status = nev_pb_next(&node, &f)) != NEV_OK) {
            return status;
        }
        if (f.number == NODE_ATTRIBUTE && f.wire == NEV_PB_BYTES) {
            struct nev_pb attribute = nev_pb_inside(&node, &f);

            while (attribute.at < attribute.end) {
                if ((status = nev_pb_next(&attribute, &g)) != NEV_OK) {
                    return status;
                }
                to = g.number == ATTR_I && g.wire == NEV_PB_VARINT ? g.value : to;
            }
        }
    }
    if (nev_span_is(graph->mem, o->op, "Identity") ||
        (nev_span_is(graph->mem, o->op, "Cast") && (to == TYPE_FLOAT || to == TYPE_DOUBLE))) {
        return NEV_OK;
    }
    return nev_span_refuse(graph->mem, graph->err, NEV_ERR_UNSUPPORTED, o->op,
                           "the forest's rows come out of another operation");
}

/* The operation whose output has that name becomes *input's own input: one step back towards the rows. */
static enum nev_status step_back(struct nev_pb graph, struct nev_span *input, bool *is_found)
{
    struct nev_pb_field f, g;
    struct nev_operation o;
    enum nev_status status;

    *is_found = false;
    while (graph.at < graph.end) {
        if ((status = nev_pb_next(&graph, &f)) != NEV_OK) {
            return status;
        }
        if (f.number == GRAPH_NODE && f.wire == NEV_PB_BYTES) {
            struct nev_pb node = nev_pb_inside(&graph, &f);

            if ((status = read_operation(&graph, &f, &o)) != NEV_OK) {
                return status;
            }
            while (node.at < node.end) {
                if ((status = nev_pb_next(&node, &g)) != NEV_OK) {
                    return status;
                }
                if (g.number == NODE_OUTPUT && g.wire == NEV_PB_BYTES &&
                    span_is_same(graph.mem, nev_span_of(&g), *input)) {
                    if ((status = check_step(&graph, &o)) != NEV_OK) {
                        return status;
                    }
                    *input = o.input;
                    *is_found = true;
                    return NEV_OK;
                }
            }
        }
    }
    return NEV_OK;
}

/* The last dimension of a value's shape, 0 if it is not stated. ValueInfoProto: type, tensor_type, shape, dim, dim_value. */
static enum nev_status last_dim(struct nev_pb value, uint64_t *dim)
{
    static const uint32_t way[] = {VALUE_TYPE, TYPE_TENSOR, TENSOR_SHAPE, SHAPE_DIM};
    struct nev_pb_field f;
    enum nev_status status;
    uint32_t depth = 0;

    *dim = 0;
    while (value.at < value.end) {
        if ((status = nev_pb_next(&value, &f)) != NEV_OK) {
            return status;
        }
        if (depth < 3 && f.number == way[depth] && f.wire == NEV_PB_BYTES) {
            value = nev_pb_inside(&value, &f);
            depth++;
        } else if (depth == 3 && f.number == SHAPE_DIM && f.wire == NEV_PB_BYTES) {
            struct nev_pb one = nev_pb_inside(&value, &f);
            struct nev_pb_field g;

            *dim = 0; /* of a dimension with a name instead of a number */
            while (one.at < one.end) {
                if ((status = nev_pb_next(&one, &g)) != NEV_OK) {
                    return status;
                }
                *dim = g.number == DIM_VALUE && g.wire == NEV_PB_VARINT ? g.value : *dim;
            }
        }
    }
    return NEV_OK;
}

/* The graph's input of that name, and its columns. */
static enum nev_status find_input(struct nev_pb graph, struct nev_span name, uint64_t *columns,
                                  bool *is_found)
{
    struct nev_pb_field f, g;
    enum nev_status status;

    *is_found = false;
    while (graph.at < graph.end) {
        if ((status = nev_pb_next(&graph, &f)) != NEV_OK) {
            return status;
        }
        if (f.number == GRAPH_INPUT && f.wire == NEV_PB_BYTES) {
            struct nev_pb value = nev_pb_inside(&graph, &f);
            bool is_it = false;

            while (value.at < value.end) {
                if ((status = nev_pb_next(&value, &g)) != NEV_OK) {
                    return status;
                }
                is_it = is_it || (g.number == VALUE_NAME && g.wire == NEV_PB_BYTES &&
                                  span_is_same(graph.mem, nev_span_of(&g), name));
            }
            if (is_it) {
                *is_found = true;
                return last_dim(nev_pb_inside(&graph, &f), columns);
            }
        }
    }
    return NEV_OK;
}

/* From the classifier back to the graph's input, at most as many steps as there are operations. */
enum nev_status nev_graph_features(struct nev_ensemble *e, const struct nev_pb *graph,
                                   const struct nev_operation *o, uint32_t given, struct nev_error *err)
{
    struct nev_span name = o->input;
    uint64_t columns = 0;
    bool is_found = false, has_step = true;
    enum nev_status status;
    uint32_t i;

    for (i = 0; i <= NODES_MAX && has_step; i++) {
        if ((status = find_input(*graph, name, &columns, &is_found)) != NEV_OK) {
            return status;
        }
        has_step = false;
        if (!is_found && (status = step_back(*graph, &name, &has_step)) != NEV_OK) {
            return status;
        }
    }
    if (!is_found) {
        return nev_span_refuse(e->mem, err, NEV_ERR_FORMAT, o->input,
                               "the forest's rows are no input of the graph");
    }
    if (columns == 0 && given == 0) {
        return nev_span_refuse(e->mem, err, NEV_ERR_MISSING, name,
                               "the model does not say how many features a row has; say it yourself");
    }
    if (columns > NEV_FOREST_FEATURES_MAX) {
        return nev_span_refuse(e->mem, err, NEV_ERR_LIMIT, name, "the model has more than 65,536 features");
    }
    if (columns != 0 && given != 0 && columns != given) {
        return nev_span_refuse(e->mem, err, NEV_ERR_SHAPE, name,
                               "the model states another number of features");
    }
    e->has_features = columns != 0;
    e->features = columns != 0 ? (uint32_t)columns : given;
    return NEV_OK;
}
