/* SPDX-License-Identifier: MIT */
#include "weights/import/import.h"

#include <string.h>

#include "nn/base/bytes.h"
#include "weights/import/darknet.h"
#include "weights/import/names.h"
#include "weights/import/onnx.h"
#include "weights/import/safetensors.h"
#include "weights/import/source.h"
#include "weights/import/torch.h"

const char *nev_source_kind_name(enum nev_source_kind kind)
{
    static const char *const names[] = {"unknown", "PyTorch", "safetensors", "ONNX", "darknet"};

    return (unsigned)kind < sizeof names / sizeof names[0] ? names[kind] : names[0];
}

/* The first bytes tell: zip; pickle; a JSON header behind its length; a protobuf's ir_version; darknet's
 * version. */
static enum nev_source_kind guess(const uint8_t *p, size_t bytes, bool *is_old_torch)
{
    static const uint8_t old_torch[] = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc,
                                        0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8};

    *is_old_torch = bytes >= sizeof old_torch && memcmp(p, old_torch, sizeof old_torch) == 0;
    if (bytes >= 4 && (memcmp(p, "PK\3\4", 4) == 0 || memcmp(p, "PK\5\6", 4) == 0)) {
        return NEV_SOURCE_TORCH;
    }
    if (bytes > 8 && p[8] == '{' && nev_load_u64le(p) <= NEV_SAFETENSORS_HEADER_MAX) {
        return NEV_SOURCE_SAFETENSORS;
    }
    if (bytes >= 2 && p[0] == 0x08 && p[1] >= 1 && p[1] < 0x40) {
        return NEV_SOURCE_ONNX;
    }
    if (bytes >= 8 && nev_load_u32le(p) <= 2000 && nev_load_u32le(p + 4) <= 2000) {
        return NEV_SOURCE_DARKNET;
    }
    return NEV_SOURCE_NONE;
}

enum nev_status nev_import_probe(const uint8_t *mem, size_t bytes, enum nev_source_kind *kind,
                                 size_t *arena_bytes, struct nev_error *err)
{
    enum nev_status s = NEV_OK;
    bool is_old_torch;
    uint64_t header;

    *arena_bytes = 0;
    *kind = guess(mem, bytes, &is_old_torch);
    if (bytes == 0) {
        return nev_fail(err, NEV_ERR_TRUNCATED, 0, "file", "the file is empty");
    }
    if (is_old_torch) {
        return nev_fail(err, NEV_ERR_UNSUPPORTED, 0, "pickle",
                        "this is PyTorch's format before 1.6; load it there and save it again: "
                        "torch.save(torch.load(FILE, map_location='cpu'), NEW)");
    }
    switch (*kind) {
    case NEV_SOURCE_TORCH:
        s = nev_torch_arena_bytes(mem, bytes, arena_bytes, err);
        break;
    case NEV_SOURCE_SAFETENSORS:
        s = nev_safetensors_arena_bytes(mem, bytes, arena_bytes, err);
        break;
    case NEV_SOURCE_ONNX:
        s = nev_onnx_arena_bytes(mem, bytes, arena_bytes, err);
        break;
    case NEV_SOURCE_DARKNET:
        s = nev_darknet_header(mem, bytes, &header, err);
        break;
    default:
        s = nev_fail(err, NEV_ERR_FORMAT, 0, "first bytes",
                     "this is no PyTorch, safetensors, ONNX or darknet file; nevus convert reads those");
    }
    if (s != NEV_OK) {
        *kind = NEV_SOURCE_NONE;
        return s;
    }
    *arena_bytes += NEV_TENSORS_MAX * sizeof(struct nev_source_tensor) + 8;
    return NEV_OK;
}

static enum nev_status open_onnx(struct nev_import *imp, struct nev_arena *arena, struct nev_error *err)
{
    struct nev_onnx g;
    enum nev_status s;

    if ((s = nev_onnx_read(&g, imp->mem, imp->bytes, arena, err)) != NEV_OK ||
        (s = nev_onnx_walk(&g)) != NEV_OK || (s = nev_onnx_model(&g, &imp->graph_model)) != NEV_OK) {
        return s;
    }
    imp->unit = g.unit;
    imp->unit_len = g.unit_len;
    return NEV_OK;
}

static enum nev_status open_kind(struct nev_import *imp, struct nev_arena *arena, struct nev_error *err)
{
    imp->bound = nev_arena_take_array(arena, NEV_TENSORS_MAX, sizeof imp->bound[0], 8);
    if (imp->bound == NULL) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "arena", "the arena is too small");
    }
    switch (imp->kind) {
    case NEV_SOURCE_TORCH:
        return nev_torch_read(imp->mem, imp->bytes, arena, &imp->tensor, &imp->tensor_len, err);
    case NEV_SOURCE_SAFETENSORS:
        return nev_safetensors_read(imp->mem, imp->bytes, arena, &imp->tensor, &imp->tensor_len, err);
    case NEV_SOURCE_ONNX:
        return open_onnx(imp, arena, err);
    default:
        return NEV_OK;
    }
}

enum nev_status nev_import_open(struct nev_import *imp, const uint8_t *mem, size_t bytes,
                                struct nev_arena *arena, struct nev_error *err)
{
    struct nev_arena own;
    size_t arena_bytes;
    enum nev_status s;
    void *block;

    memset(imp, 0, sizeof *imp);
    if ((s = nev_import_probe(mem, bytes, &imp->kind, &arena_bytes, err)) != NEV_OK) {
        return s;
    }
    imp->mem = mem;
    imp->bytes = bytes;
    block = nev_arena_take(arena, arena_bytes, 8);
    if (block == NULL) {
        s = nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "arena", "the arena is too small");
    } else {
        nev_arena_init(&own, block, arena_bytes);
        s = open_kind(imp, &own, err);
    }
    if (s != NEV_OK) {
        memset(imp, 0, sizeof *imp);
    }
    return s;
}

static void set_prep(struct nev_prep *prep, uint32_t side, const float mean[3], const float std[3])
{
    prep->width = prep->height = side;
    prep->order = NEV_ORDER_RGB;
    memcpy(prep->mean, mean, sizeof prep->mean);
    memcpy(prep->std, std, sizeof prep->std);
}

/* How the publishers of each naming train: torchvision's and timm's ImageNet statistics, TensorFlow's [-1,
 * 1], darknet's [0, 1]. */
static void complete(struct nev_model *m)
{
    static const float imagenet_mean[3] = {0.485f, 0.456f, 0.406f},
                       imagenet_std[3] = {0.229f, 0.224f, 0.225f};
    static const float half[3] = {0.5f, 0.5f, 0.5f}, zero[3] = {0.0f, 0.0f, 0.0f},
                       one[3] = {1.0f, 1.0f, 1.0f};

    if (m->net == NEV_NET_DARKNET19) {
        set_prep(&m->prep, 256, zero, one);
    } else if (m->padding == NEV_PADDING_SAME) {
        set_prep(&m->prep, 224, half, half);
    } else {
        set_prep(&m->prep, 224, imagenet_mean, imagenet_std);
    }
}

static enum nev_status identify_names(struct nev_import *imp, enum nev_net *net, struct nev_error *err)
{
    uint32_t i;

    for (i = 0; i < imp->tensor_len; i++) {
        if (nev_name_identify(&imp->tensor[i], &imp->naming, net)) {
            return NEV_OK;
        }
    }
    return nev_fail_slice(
        err, NEV_ERR_NETWORK, imp->tensor[0].offset, imp->tensor[0].name,
        "no tensor has a name and shape of ResNet18, Darknet19 or MobileNetV2 1.0; this is the "
        "first");
}

enum nev_status nev_import_identify(struct nev_import *imp, struct nev_model *model, struct nev_error *err)
{
    enum nev_status s = NEV_OK;

    memset(model, 0, sizeof *model);
    if (imp->kind == NEV_SOURCE_ONNX) {
        *model = imp->graph_model;
        imp->naming = NEV_NAMING_ORDER;
        complete(model);
        return NEV_OK;
    }
    model->net = NEV_NET_DARKNET19;
    imp->naming = NEV_NAMING_ORDER;
    if (imp->kind != NEV_SOURCE_DARKNET && (s = identify_names(imp, &model->net, err)) != NEV_OK) {
        model->net = NEV_NET_NONE;
        return s;
    }
    model->padding = imp->naming == NEV_NAMING_HF ? NEV_PADDING_SAME : NEV_PADDING_SYMMETRIC;
    model->bn_form = model->net == NEV_NET_DARKNET19 ? NEV_BN_EPS_OUTSIDE : NEV_BN_EPS_INSIDE;
    model->bn_eps = model->net == NEV_NET_DARKNET19 ? 1e-6 : imp->naming == NEV_NAMING_HF ? 1e-3 : 1e-5;
    complete(model);
    return NEV_OK;
}

/* The unit and role of each row: units follow each other, and a unit's weight is its first row or its last.
 */
static enum nev_status bind_units(struct nev_import *imp, const struct nev_tensor_spec *specs,
                                  uint32_t specs_len, bool may_drop, struct nev_error *err)
{
    bool is_weight_first = specs[0].kind == NEV_TENSOR_WEIGHT;
    uint32_t i, weights = 0;
    enum nev_status s;

    for (i = 0; i < specs_len; i++) {
        bool is_weight = specs[i].kind == NEV_TENSOR_WEIGHT;
        uint32_t unit = weights - (is_weight_first && !is_weight ? 1 : 0);

        if (unit >= imp->unit_len) {
            return nev_fail(err, NEV_ERR_MISSING, NEV_NO_OFFSET, specs[i].name,
                            "the graph has too few layers");
        }
        if ((s = nev_source_adapt(&imp->unit[unit].role[specs[i].kind], &specs[i], may_drop, &imp->bound[i],
                                  err)) != NEV_OK) {
            return s;
        }
        weights += is_weight;
    }
    return weights == imp->unit_len ? NEV_OK
                                    : nev_fail(err, NEV_ERR_NETWORK, NEV_NO_OFFSET, "graph",
                                               "the graph has more layers than the network");
}

/* The one tensor of a name. */
static enum nev_status find_tensor(const struct nev_import *imp, const char *name, const char *canonical,
                                   const struct nev_source_tensor **found, struct nev_error *err)
{
    uint32_t i;

    *found = NULL;
    for (i = 0; i < imp->tensor_len; i++) {
        if (!nev_slice_is(nev_name_plain(imp->tensor[i].name), name)) {
            continue;
        }
        if (*found != NULL) {
            return nev_fail(err, NEV_ERR_FORMAT, imp->tensor[i].offset, name, "a tensor's name stands twice");
        }
        *found = &imp->tensor[i];
    }
    return *found != NULL ? NEV_OK
                          : nev_fail(err, NEV_ERR_MISSING, NEV_NO_OFFSET, name[0] != '\0' ? name : canonical,
                                     "the source lacks a tensor of this name");
}

/* Bounds: 4096 tensors, 1024 rows. */
static enum nev_status check_leftover(const struct nev_import *imp, const struct nev_tensor_spec *specs,
                                      uint32_t specs_len, struct nev_error *err)
{
    char name[NEV_IMPORT_NAME_LEN];
    uint32_t i, j;

    for (i = 0; i < imp->tensor_len; i++) {
        struct nev_slice plain = nev_name_plain(imp->tensor[i].name);

        if (nev_name_is_ignored(plain)) {
            continue;
        }
        for (j = 0; j < specs_len; j++) {
            if (nev_name_translate(imp->naming, specs[j].name, name) && nev_slice_is(plain, name)) {
                break;
            }
        }
        if (j == specs_len) {
            return nev_fail_slice(
                err, NEV_ERR_NETWORK, imp->tensor[i].offset, plain,
                "the source has a tensor that the network has not: it is of another network");
        }
    }
    return NEV_OK;
}

enum nev_status nev_import_bind(struct nev_import *imp, enum nev_net net, const struct nev_tensor_spec *specs,
                                uint32_t specs_len, struct nev_error *err)
{
    bool may_drop = net == NEV_NET_MOBILENETV2;
    const struct nev_source_tensor *t;
    char name[NEV_IMPORT_NAME_LEN];
    enum nev_status s;
    uint32_t i;

    imp->bound_len = 0;
    if (specs_len < 1 || specs_len > NEV_TENSORS_MAX) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "specs",
                        "the list of tensors is empty or too long");
    }
    if (imp->kind == NEV_SOURCE_DARKNET) {
        s = nev_darknet_read(imp->mem, imp->bytes, specs, specs_len, imp->bound, err);
    } else if (imp->kind == NEV_SOURCE_ONNX) {
        s = bind_units(imp, specs, specs_len, may_drop, err);
    } else {
        s = NEV_OK;
        for (i = 0; s == NEV_OK && i < specs_len; i++) {
            (void)nev_name_translate(imp->naming, specs[i].name, name);
            if ((s = find_tensor(imp, name, specs[i].name, &t, err)) == NEV_OK) {
                s = nev_source_adapt(t, &specs[i], may_drop, &imp->bound[i], err);
            }
        }
        if (s == NEV_OK) {
            s = check_leftover(imp, specs, specs_len, err);
        }
    }
    imp->bound_len = s == NEV_OK ? specs_len : 0;
    return s;
}

enum nev_status nev_import_store(const struct nev_import *imp, uint32_t i, const struct nev_tensor_spec *spec,
                                 uint8_t *payload_le, struct nev_error *err)
{
    if (i >= imp->bound_len) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, spec->name, "no tensor is bound at this place");
    }
    return nev_source_store(&imp->bound[i], spec, payload_le, err);
}
