/* SPDX-License-Identifier: MIT */
/*
 * onnx.h - ONNX models: the weights by walking the graph from its input.
 *
 * Exporters rename tensors and fold batch norm into the convolutions, so names tell nothing. The graph does:
 * the walk follows the picture from the graph's input through every convolution, and at a fork first the
 * branch with the larger kernel, which is the order of the canonical form. Source     ONNX, onnx/onnx.proto
 * (IR version 3 and later) and Operators.md
 */
#ifndef NEV_IMPORT_ONNX_H
#define NEV_IMPORT_ONNX_H

#include "nn/base/arena.h"
#include "nn/base/protobuf.h"
#include "weights/import/source.h"

#define NEV_ONNX_NODES_MAX 4096u
#define NEV_ONNX_INPUTS    6u
#define NEV_ONNX_INTS      8u

/* The bytes of a field. */
static inline struct nev_slice nev_pb_text(const struct nev_pb *pb, const struct nev_pb_field *f)
{
    return nev_slice_of(pb->mem + f->at, (size_t)f->len);
}

struct nev_onnx_node {
    struct nev_slice op, out;
    struct nev_slice in[NEV_ONNX_INPUTS]; /* further inputs are not kept: no operation here has them */
    uint32_t in_len;
    uint64_t at, end; /* the node's message, for its attributes */
    bool is_done;     /* the walk has been there */
};

/* One convolution or fully connected layer with what belongs to it; roles by enum nev_tensor_kind. */
struct nev_onnx_unit {
    struct nev_source_tensor role[NEV_TENSOR_VAR + 1];
    bool has_norm; /* a BatchNormalization follows; if not, the exporter folded it */
};

/* A parsed graph and what the walk learned of it. */
struct nev_onnx {
    const uint8_t *mem;
    struct nev_error *err;
    struct nev_onnx_node *node;
    struct nev_source_tensor *constant; /* initialisers and Constant nodes */
    struct nev_onnx_unit *unit;
    uint32_t node_len, constant_len, unit_len;
    struct nev_slice input;
    uint32_t joins, sides;             /* additions of two branches; convolutions on a shortcut */
    uint32_t strided, symmetric, same; /* convolutions of stride 2; of them, padded this or that way */
    double eps;                        /* of the batch norms; 0 before the first */
};

/* One attribute of a node; zeros where it is absent. */
struct nev_onnx_attribute {
    bool is_present;
    float f;
    int64_t i;
    struct nev_slice s;
    int64_t ints[NEV_ONNX_INTS];
    uint32_t ints_len;
};

/* nev_onnx_arena_bytes - what nev_onnx_read carves. Errors     of the wire format; LIMIT; MISSING (no graph)
 */
NEV_MUST_CHECK enum nev_status nev_onnx_arena_bytes(const uint8_t *mem, size_t bytes, size_t *arena_bytes,
                                                    struct nev_error *err);

/*
 * nev_onnx_read - parse the graph: nodes, constants, the input's name.
 * Errors     of the wire format; UNSUPPORTED (external data, sparse or unpacked tensors), SHAPE, LIMIT,
 * MISSING Tests      tests/weights/test_onnx.c
 */
NEV_MUST_CHECK enum nev_status nev_onnx_read(struct nev_onnx *g, const uint8_t *mem, size_t bytes,
                                             struct nev_arena *arena, struct nev_error *err);

/* nev_onnx_attribute_find - the attribute of a node by its name. Errors     of the wire format; LIMIT (ints)
 */
NEV_MUST_CHECK enum nev_status nev_onnx_attribute_find(const struct nev_onnx *g,
                                                       const struct nev_onnx_node *node, const char *name,
                                                       struct nev_onnx_attribute *a);

/* nev_onnx_constant - the constant of that name, also through Identity nodes; NULL if it is computed. */
const struct nev_source_tensor *nev_onnx_constant(const struct nev_onnx *g, struct nev_slice name);

/*
 * nev_onnx_walk - fill g->unit in the order of the canonical form.
 * Errors     UNSUPPORTED with the operation's name: one that none of the three networks has, or a use of one
 */
NEV_MUST_CHECK enum nev_status nev_onnx_walk(struct nev_onnx *g);

/*
 * nev_onnx_model - which network the walk met: net, padding, eps; and what stands for folded batch norms.
 * Numerics   A folded convolution gets gamma 1, mean 0, beta = its bias, and a variance for which var + eps
 * is exactly 1: eps = 2^-17, var = 1 - 2^-17, both exact in float32. Folding them again multiplies by exactly
 * 1 and subtracts exactly 0. Where the graph has batch norms of its own, theirs is the eps and a folded
 * unit's var = 1 - eps is rounded to float32, so that the scale is 1 within 2^-26 and a float32 weight
 * multiplied by it and rounded is itself. Errors     NETWORK, with what the graph has
 */
NEV_MUST_CHECK enum nev_status nev_onnx_model(struct nev_onnx *g, struct nev_model *model);

#endif
