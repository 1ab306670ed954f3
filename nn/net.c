/* SPDX-License-Identifier: MIT */
#include "nn/net.h"

#include <stdbool.h>
#include <string.h>

#include "nn/nn.h"

static const struct nev_table *const tables[] = {&nev_table_resnet18, &nev_table_darknet19,
                                                 &nev_table_mobilenetv2};
#define TABLES_LEN (sizeof tables / sizeof tables[0])

const struct nev_table *nev_table_of(enum nev_net net)
{
    size_t i;

    for (i = 0; i < TABLES_LEN; i++) {
        if (tables[i]->net == net) {
            return tables[i];
        }
    }
    return NULL;
}

const char *nev_net_name(enum nev_net net)
{
    const struct nev_table *table = nev_table_of(net);

    return table == NULL ? "none" : table->name;
}

enum nev_net nev_net_from_name(const char *name)
{
    size_t i;

    for (i = 0; i < TABLES_LEN; i++) {
        if (strcmp(tables[i]->name, name) == 0) {
            return tables[i]->net;
        }
    }
    return NEV_NET_NONE;
}

void nev_net_model(enum nev_net net, struct nev_model *model)
{
    const struct nev_table *table = nev_table_of(net);
    unsigned c;

    memset(model, 0, sizeof *model);
    if (table == NULL) {
        return;
    }
    model->net = net;
    model->padding = NEV_PADDING_SYMMETRIC;
    model->bn_form = table->bn_form;
    model->bn_eps = table->bn_eps;
    model->prep.width = table->side;
    model->prep.height = table->side;
    model->prep.order = NEV_ORDER_RGB;
    for (c = 0; c < 3; c++) {
        model->prep.std[c] = 1.0f;
    }
}

uint32_t nev_layer_parts(const struct nev_table *table, uint32_t row, enum nev_part part[NEV_PART_LEN])
{
    static const enum nev_part torch_norm[] = {NEV_PART_WEIGHT, NEV_PART_GAMMA, NEV_PART_BETA, NEV_PART_MEAN,
                                               NEV_PART_VAR};
    static const enum nev_part darknet_norm[] = {NEV_PART_BETA, NEV_PART_GAMMA, NEV_PART_MEAN, NEV_PART_VAR,
                                                 NEV_PART_WEIGHT};
    static const enum nev_part torch_bias[] = {NEV_PART_WEIGHT, NEV_PART_BIAS};
    static const enum nev_part darknet_bias[] = {NEV_PART_BIAS, NEV_PART_WEIGHT};
    const struct nev_layer *layer = &table->layer[row];
    bool is_torch = table->order == NEV_TENSORS_TORCH;

    if (layer->weight == NULL) {
        return 0;
    }
    if (layer->norm != NULL) {
        memcpy(part, is_torch ? torch_norm : darknet_norm, sizeof torch_norm);
        return 5;
    }
    memcpy(part, is_torch ? torch_bias : darknet_bias, sizeof torch_bias);
    return 2;
}

void nev_layer_tensor(const struct nev_layer *layer, uint32_t c, enum nev_part part,
                      struct nev_tensor_spec *spec, char name[NEV_TENSOR_NAME_LEN])
{
    static const char *const suffix[NEV_PART_LEN] = {".weight", ".bias",         ".weight",
                                                     ".bias",   ".running_mean", ".running_var"};
    static const enum nev_tensor_kind kind[NEV_PART_LEN] = {NEV_TENSOR_WEIGHT, NEV_TENSOR_BIAS,
                                                            NEV_TENSOR_GAMMA,  NEV_TENSOR_BETA,
                                                            NEV_TENSOR_MEAN,   NEV_TENSOR_VAR};
    const char *stem = part >= NEV_PART_GAMMA ? layer->norm : layer->weight;
    size_t stem_len = strlen(stem);
    uint32_t oc = layer->oc == 0 ? c : layer->oc, d;

    /* Bounds: the longest name of the three tables has 40 characters; tests/nn/test_net.c checks them all. */
    memcpy(name, stem, stem_len);
    memcpy(name + stem_len, suffix[part], strlen(suffix[part]) + 1);
    spec->name = name;
    spec->kind = kind[part];
    for (d = 0; d < NEV_TENSOR_DIMS; d++) {
        spec->dim[d] = 1;
    }
    spec->ndim = 1;
    spec->dim[0] = oc;
    if (part != NEV_PART_WEIGHT) {
        return;
    }
    spec->dim[1] = layer->op == NEV_OP_DEPTHWISE ? 1 : c;
    spec->ndim = 2;
    if (layer->op != NEV_OP_FC) {
        spec->ndim = 4;
        spec->dim[2] = layer->k;
        spec->dim[3] = layer->k;
    }
}

/* The row of that name before `before`; -1 if there is none. */
static int32_t find_row(const struct nev_table *table, const char *name, uint32_t before)
{
    uint32_t i;

    for (i = 0; i < before; i++) {
        if (strcmp(table->layer[i].name, name) == 0) {
            return (int32_t)i;
        }
    }
    return -1;
}

/* Channels a row reads: found without a picture's size, so that tensor lists need none. */
static uint32_t input_channels(const struct nev_table *table, uint32_t row)
{
    int32_t i = table->layer[row].in == NULL ? (int32_t)row - 1 : find_row(table, table->layer[row].in, row);

    while (i >= 0) {
        const struct nev_layer *layer = &table->layer[i];

        if (layer->oc != 0) {
            return layer->oc;
        }
        i = layer->in == NULL ? i - 1 : find_row(table, layer->in, (uint32_t)i);
    }
    return 3;
}

uint32_t nev_net_tensor_len(enum nev_net net)
{
    const struct nev_table *table = nev_table_of(net);
    enum nev_part part[NEV_PART_LEN];
    uint32_t row, len = 0;

    for (row = 0; table != NULL && row < table->len; row++) {
        len += nev_layer_parts(table, row, part);
    }
    return len;
}

void nev_net_tensor_spec(enum nev_net net, uint32_t i, struct nev_tensor_spec *spec,
                         char name[NEV_TENSOR_NAME_LEN])
{
    const struct nev_table *table = nev_table_of(net);
    enum nev_part part[NEV_PART_LEN];
    uint32_t row, len;

    for (row = 0; table != NULL && row < table->len; row++, i -= len) {
        len = nev_layer_parts(table, row, part);
        if (i < len) {
            nev_layer_tensor(&table->layer[row], input_channels(table, row), part[i], spec, name);
            return;
        }
    }
}

uint32_t nev_net_layer_len(enum nev_net net)
{
    const struct nev_table *table = nev_table_of(net);

    return table == NULL ? 0 : table->len;
}

const char *nev_net_layer_name(enum nev_net net, uint32_t i)
{
    const struct nev_table *table = nev_table_of(net);

    return table == NULL || i >= table->len ? NULL : table->layer[i].name;
}

const char *nev_net_paper_layer(enum nev_net net)
{
    const struct nev_table *table = nev_table_of(net);

    return table == NULL ? NULL : table->paper;
}

/* One dimension of one row: the output's length and the padding before the first input. False: nothing comes
 * out. */
static bool extent(uint32_t in, const struct nev_layer *layer, enum nev_padding padding, uint32_t *out,
                   uint32_t *pad)
{
    uint32_t k = layer->k, s = layer->s;

    if (padding == NEV_PADDING_SAME && layer->op != NEV_OP_MAXPOOL && k > 1) {
        uint32_t need;

        *out = (in + s - 1) / s;
        need = (*out - 1) * s + k;
        *pad = need > in ? (need - in) / 2 : 0;
        return true;
    }
    *pad = layer->p;
    if (in + 2u * layer->p < k) {
        return false;
    }
    *out = (in + 2u * layer->p - k) / s + 1;
    return true;
}

static enum nev_status check_side(uint32_t side, uint64_t at, const char *name, struct nev_error *err)
{
    return side >= 1 && side <= NEV_INPUT_SIDE_MAX
               ? NEV_OK
               : nev_fail(err, NEV_ERR_LIMIT, at, name,
                          "the networks run on pictures of 1 to 2048 pixels a side; convert the source again "
                          "with another --size");
}

enum nev_status nev_table_shapes(const struct nev_table *table, const struct nev_model *model,
                                 struct nev_shape *shape, struct nev_error *err)
{
    const struct nev_prep *prep = &model->prep;
    enum nev_status status = check_side(prep->width, NEV_WEIGHTS_AT_WIDTH, "width", err);
    bool is_high;
    uint32_t i;

    if (status != NEV_OK ||
        (status = check_side(prep->height, NEV_WEIGHTS_AT_HEIGHT, "height", err)) != NEV_OK) {
        return status;
    }
    for (i = 0; i < table->len; i++) {
        const struct nev_layer *layer = &table->layer[i];
        struct nev_shape *s = &shape[i];

        memset(s, 0, sizeof *s);
        s->in = layer->in == NULL ? (int32_t)i - 1 : find_row(table, layer->in, i);
        s->also = layer->also == NULL ? -1 : find_row(table, layer->also, i);
        s->h = s->in < 0 ? prep->height : shape[s->in].oh;
        s->w = s->in < 0 ? prep->width : shape[s->in].ow;
        s->c = s->in < 0 ? 3 : shape[s->in].oc;
        s->oc = layer->oc == 0 ? s->c : layer->oc;
        s->oh = 1;
        s->ow = 1;
        if (layer->op == NEV_OP_AVGPOOL) {
            continue;
        }
        is_high = extent(s->h, layer, model->padding, &s->oh, &s->pad_top);
        if (!is_high || !extent(s->w, layer, model->padding, &s->ow, &s->pad_left)) {
            return nev_fail(err, NEV_ERR_SHAPE, is_high ? NEV_WEIGHTS_AT_WIDTH : NEV_WEIGHTS_AT_HEIGHT,
                            layer->name,
                            "nothing is left of the picture at this layer; use a larger input size");
        }
    }
    return NEV_OK;
}
