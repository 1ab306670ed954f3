/* SPDX-License-Identifier: MIT */
/*
 * import.h - public checkpoints, read offline into the tensors of the canonical form.
 *
 *     nev_import_probe     what kind of file is it, and how much arena does reading it take
 *     nev_import_open      list its tensors (or walk its graph); nothing it says is executed
 *     nev_import_identify  which network is it, and how does it want its pictures
 *     nev_import_bind      find every tensor that the network needs; refuse what is missing or left over
 *     nev_import_store     write one of them as float32
 *
 * Everything works on the file's bytes in memory; tensors are read where they lie. weights/README.md says
 * which names are understood.
 */
#ifndef NEV_WEIGHTS_IMPORT_IMPORT_H
#define NEV_WEIGHTS_IMPORT_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "nn/base/arena.h"
#include "nn/base/status.h"
#include "weights/weights.h"

enum nev_source_kind {
    NEV_SOURCE_NONE = 0,
    NEV_SOURCE_TORCH,       /* .pth, .pt, .bin: zip with a pickle inside */
    NEV_SOURCE_SAFETENSORS, /* .safetensors */
    NEV_SOURCE_ONNX,        /* .onnx */
    NEV_SOURCE_DARKNET      /* .weights */
};

/* Whose names a source uses. */
enum nev_naming {
    NEV_NAMING_NONE = 0,
    NEV_NAMING_CANONICAL, /* torchvision's, and this project's own for Darknet19 */
    NEV_NAMING_TIMM,      /* timm's mobilenetv2_100: conv_stem, blocks.1.0.conv_pw, ... */
    NEV_NAMING_HF,        /* Hugging Face google/mobilenet_v2_1.0_224 */
    NEV_NAMING_ORDER      /* by place, not by name: ONNX graphs and darknet files */
};

struct nev_source_tensor; /* weights/import/source.h */
struct nev_onnx_unit;     /* weights/import/onnx.h */

/* An open source: a view of the caller's bytes and arena, which must outlive it. */
struct nev_import {
    enum nev_source_kind kind;
    enum nev_naming naming;
    const uint8_t *mem;
    size_t bytes;
    struct nev_source_tensor *tensor; /* what the file holds */
    uint32_t tensor_len;
    struct nev_onnx_unit *unit; /* what the graph's walk met */
    uint32_t unit_len;
    struct nev_model graph_model;    /* what the graph says: network, padding, eps */
    struct nev_source_tensor *bound; /* what nev_import_bind found, in the network's order */
    uint32_t bound_len;
};

/* nev_source_kind_name - "PyTorch", "safetensors", "ONNX", "darknet"; "unknown". */
const char *nev_source_kind_name(enum nev_source_kind kind);

/*
 * nev_import_probe - what kind of file it is and what nev_import_open and nev_import_bind carve.
 * Errors     UNSUPPORTED (PyTorch's older non-zip form, with how to save it again), FORMAT (none of the
 * four), and what the container's frame gets wrong; *kind and *arena_bytes are then 0 Threads    pure Tests
 * tests/weights/test_import.c
 */
NEV_MUST_CHECK enum nev_status nev_import_probe(const uint8_t *mem, size_t bytes, enum nev_source_kind *kind,
                                                size_t *arena_bytes, struct nev_error *err);

/*
 * nev_import_open - read what the source holds.
 * Range      [mem, mem + bytes) readable and unchanged while `imp` is used
 * Memory     arena_bytes of nev_import_probe, from the arena; one byte less is MEMORY
 * Errors     FORBIDDEN (the pickle asks for more than tensors), FORMAT, TRUNCATED, CHECKSUM, LIMIT,
 *            UNSUPPORTED, MISSING, each with offset and name; *imp is then zeroed
 * Threads    pure
 */
NEV_MUST_CHECK enum nev_status nev_import_open(struct nev_import *imp, const uint8_t *mem, size_t bytes,
                                               struct nev_arena *arena, struct nev_error *err);

/*
 * nev_import_identify - the network by names and shapes, and the rest of its model.
 * Output     *model: net, padding, batch-norm form and eps, preprocessing as the naming's publisher has it;
 *            source fields zero
 * Errors     NETWORK with the name of the first tensor; *model is then zeroed
 */
NEV_MUST_CHECK enum nev_status nev_import_identify(struct nev_import *imp, struct nev_model *model,
                                                   struct nev_error *err);

/*
 * nev_import_bind - find the tensors of a network's list.
 * Range      specs [specs_len] in the network's order; after nev_import_identify
 * Errors     MISSING, SHAPE, UNSUPPORTED with the canonical name; NETWORK with the name of a tensor that is
 *            left over (another, larger network); FORMAT for a name that stands twice
 */
NEV_MUST_CHECK enum nev_status nev_import_bind(struct nev_import *imp, enum nev_net net,
                                               const struct nev_tensor_spec *specs, uint32_t specs_len,
                                               struct nev_error *err);

/*
 * nev_import_store - write the i-th tensor of the list, little-endian float32.
 * Numerics   float16 and bfloat16 are exact; float64 is rounded to nearest even
 * Errors     VALUE: NaN, infinity, negative variance, with the offset in the source
 */
NEV_MUST_CHECK enum nev_status nev_import_store(const struct nev_import *imp, uint32_t i,
                                                const struct nev_tensor_spec *spec, uint8_t *payload_le,
                                                struct nev_error *err);

#endif
