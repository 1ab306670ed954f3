/* SPDX-License-Identifier: MIT */
/*
 * net.h - the tables that are the networks, and what can be read off them.
 *
 * One row is one step of the published drawing: a convolution with its batch norm and activation, a pooling,
 * an addition, the fully connected layer. The same rows drive the plan, both ways to run, the per-layer
 * benchmark, the trace and the printed summary. Nothing outside nn/ needs this header; nn/nn.h has what the
 * outside may ask.
 */
#ifndef NEV_NN_NET_H
#define NEV_NN_NET_H

#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"
#include "weights/weights.h"

enum nev_op {
    NEV_OP_CONV,      /* convolution */
    NEV_OP_DEPTHWISE, /* one k x k filter a channel */
    NEV_OP_MAXPOOL,   /* k x k maximum; positions outside the picture do not take part */
    NEV_OP_ADD,       /* in + also */
    NEV_OP_AVGPOOL,   /* global average: [H,W,C] to [1,1,C] */
    NEV_OP_FC         /* fully connected */
};

enum nev_act { NEV_ACT_NONE, NEV_ACT_RELU, NEV_ACT_RELU6, NEV_ACT_LEAKY };

#define NEV_RELU6_TOP   6.0f
#define NEV_LEAKY_SLOPE 0.1f /* darknet19.cfg: activation=leaky, 0.1 */

/* One row. A convolution has no bias where it has a batch norm. */
struct nev_layer {
    const char *name; /* of the row's output, as traces show it */
    enum nev_op op;
    const char *in;   /* the row read; NULL: the row before (the picture, for the first) */
    const char *also; /* ADD: the other row; NULL otherwise */
    uint16_t oc;      /* output channels; 0: as many as the input has */
    uint8_t k, s, p; /* kernel side, stride, symmetric padding; with SAME padding p is recomputed for k > 1 */
    enum nev_act act;
    const char *weight; /* tensor "<weight>.weight", and "<weight>.bias" if there is no norm; NULL: none */
    const char *norm;   /* tensors "<norm>.weight", ".bias", ".running_mean", ".running_var"; NULL: none */
};

/* In which order a row's tensors stand in the canonical list. */
enum nev_tensor_order { NEV_TENSORS_TORCH, NEV_TENSORS_DARKNET };

struct nev_table {
    enum nev_net net;
    const char *name;  /* of the network */
    const char *paper; /* the name the paper gives the layer its features come from */
    const struct nev_layer *layer;
    uint32_t len;
    uint32_t side; /* default width and height of the picture, pixels */
    enum nev_tensor_order order;
    enum nev_bn_form bn_form;
    double bn_eps;
};

#define NEV_LAYERS_MAX 96u

extern const struct nev_table nev_table_resnet18;
extern const struct nev_table nev_table_darknet19;
extern const struct nev_table nev_table_mobilenetv2;

/* The tensors of a row; which of them a row has depends on op, weight and norm. */
enum nev_part {
    NEV_PART_WEIGHT,
    NEV_PART_BIAS,
    NEV_PART_GAMMA,
    NEV_PART_BETA,
    NEV_PART_MEAN,
    NEV_PART_VAR,
    NEV_PART_LEN
};

/* Where a row reads from and what shape it makes. */
struct nev_shape {
    int32_t in, also;    /* rows; -1: the picture (in) or none (also) */
    uint32_t h, w, c;    /* input */
    uint32_t oh, ow, oc; /* output */
    uint32_t pad_top, pad_left;
};

/* nev_table_of - the table of a network; NULL for NEV_NET_NONE and values outside the list. */
const struct nev_table *nev_table_of(enum nev_net net);

/*
 * nev_table_shapes - resolve the rows' references and compute every shape.
 * Computes   symmetric: OH = floor((H + 2p - k) / s) + 1, p rows above. SAME: OH = ceil(H / s), and of the
 *            max(0, (OH-1)*s + k - H) rows of padding the smaller half above. Columns alike
 * Shapes     shape [table->len]
 * Range      1 <= h, w <= NEV_INPUT_SIDE_MAX
 * Errors     SHAPE with the layer's name where a picture is too small for it; ARGUMENT
 */
NEV_MUST_CHECK enum nev_status nev_table_shapes(const struct nev_table *table, const struct nev_model *model,
                                                struct nev_shape *shape, struct nev_error *err);

/* nev_layer_parts - which parts a row has, in canonical order; returns how many. */
uint32_t nev_layer_parts(const struct nev_table *table, uint32_t row, enum nev_part part[NEV_PART_LEN]);

/* nev_layer_tensor - name, kind and shape of one part of a row that reads c channels; spec->name is `name`.
 */
void nev_layer_tensor(const struct nev_layer *layer, uint32_t c, enum nev_part part,
                      struct nev_tensor_spec *spec, char name[NEV_TENSOR_NAME_LEN]);

#endif
