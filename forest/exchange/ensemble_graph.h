/* SPDX-License-Identifier: MIT */
/*
 * ensemble_graph.h - what stands around a forest in an ONNX model, for ensemble.c.
 *
 * Source     ONNX: onnx.proto, whose field numbers these are
 */
#ifndef NEV_FOREST_ENSEMBLE_GRAPH_H
#define NEV_FOREST_ENSEMBLE_GRAPH_H

#include "forest/exchange/ensemble.h"
#include "nn/base/protobuf.h"

enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_OP = 4, NODE_ATTRIBUTE = 5, NODE_DOMAIN = 7 };
enum { ATTR_NAME = 1, ATTR_I = 3, ATTR_S = 4, ATTR_T = 5, ATTR_FLOATS = 7, ATTR_INTS = 8, ATTR_STRINGS = 9 };
enum { TYPE_FLOAT = 1, TYPE_DOUBLE = 11 };

/* Bytes [at, end) of the file. */
struct nev_span {
    uint64_t at, end;
};

static inline struct nev_span nev_span_of(const struct nev_pb_field *f)
{
    return (struct nev_span){f->at, f->at + f->len};
}

/* nev_span_is - do these bytes say `text`? */
bool nev_span_is(const uint8_t *mem, struct nev_span s, const char *text);

/* nev_span_refuse - nev_fail at and with a name from the file; NUL bytes become '?', no name "(empty name)". */
enum nev_status nev_span_refuse(const uint8_t *mem, struct nev_error *err, enum nev_status status,
                                struct nev_span name, const char *what);

/* One operation of the graph. */
struct nev_operation {
    struct nev_span op, input, body;
    bool has_many_inputs, is_ml;
};

/* nev_graph_find - the model's graph; checks the domain's version and notes what wrote the file. */
NEV_MUST_CHECK enum nev_status nev_graph_find(struct nev_ensemble *e, struct nev_pb *graph,
                                              struct nev_error *err);

/* nev_graph_classifier - the graph's one TreeEnsembleClassifier; what else stands there must not change its answer. */
NEV_MUST_CHECK enum nev_status nev_graph_classifier(const struct nev_ensemble *e, struct nev_pb graph,
                                                    struct nev_operation *out, struct nev_error *err);

/* nev_graph_features - from the classifier back to the graph's input, and how many columns that has, if it says so; else
 * `given`. Fills e->features. */
NEV_MUST_CHECK enum nev_status nev_graph_features(struct nev_ensemble *e, const struct nev_pb *graph,
                                                  const struct nev_operation *o, uint32_t given,
                                                  struct nev_error *err);

#endif
