/* SPDX-License-Identifier: MIT */
/*
 * weights.h - a model in memory: what network it is, what it wants of a picture, and its tensors.
 *
 * The file format (.nvw) is specified byte by byte in weights/FORMAT.md. The reader works on bytes that are
 * already in memory (a mapped file, flash, a const array), copies nothing and trusts nothing: every field is
 * checked before any tensor is handed out. Tensors keep the layout and the names of the canonical form:
 * convolutions [OC,IC/groups,KH,KW], fully connected [OUT,IN], everything else [C], float32 little-endian.
 */
#ifndef NEV_WEIGHTS_WEIGHTS_H
#define NEV_WEIGHTS_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "nn/base/parallel.h"
#include "nn/base/sha256.h"
#include "nn/base/status.h"

#define NEV_DIM_MAX         16384u /* of a tensor's dimension and of a picture's side */
#define NEV_TENSOR_NAME_LEN 64     /* with the NUL */
#define NEV_TENSOR_DIMS     4
#define NEV_TENSORS_MAX     1024u
#define NEV_SOURCE_NAME_LEN 64 /* with the NUL */

/* Where a file states the input's size: what an error about it points at. */
#define NEV_WEIGHTS_AT_WIDTH  72u
#define NEV_WEIGHTS_AT_HEIGHT 76u

/* The numbers are those of the file format. */
enum nev_net { NEV_NET_NONE = 0, NEV_NET_RESNET18 = 1, NEV_NET_DARKNET19 = 2, NEV_NET_MOBILENETV2 = 3 };

/* Symmetric: torchvision. Same: TensorFlow, Keras, MATLAB; a stride-2 layer has its extra row and column at
 * the bottom and at the right. */
enum nev_padding { NEV_PADDING_SYMMETRIC = 0, NEV_PADDING_SAME = 1 };

/* Inside: (x-mean)/sqrt(var+eps). Outside: (x-mean)/(sqrt(var)+eps), darknet's. */
enum nev_bn_form { NEV_BN_EPS_INSIDE = 0, NEV_BN_EPS_OUTSIDE = 1 };

/* Canonical: every tensor as the checkpoint has it. Packed: folded, transformed and laid out as the kernels read. */
enum nev_form { NEV_FORM_CANONICAL = 1, NEV_FORM_PACKED = 2 };

/* Which path a packed file was made for. Fast: Winograd's convolutions where they pay. Direct: none. */
enum nev_profile { NEV_PROFILE_NONE = 0, NEV_PROFILE_FAST = 1, NEV_PROFILE_DIRECT = 2 };

/* How the packed form has a layer computed, and with it how its weights lie. */
enum nev_layer_algorithm {
    NEV_LAYER_NONE = 0,         /* canonical form; a bias */
    NEV_LAYER_DIRECT = 1,       /* convolution or fully connected, one chain an output */
    NEV_LAYER_DEPTHWISE = 2,    /* one filter a channel */
    NEV_LAYER_WINOGRAD_F4 = 3,  /* 3 x 3, stride 1, 4 x 4 outputs a tile */
    NEV_LAYER_WINOGRAD_F2 = 4,  /* 3 x 3, stride 1, 2 x 2 outputs a tile */
    NEV_LAYER_WINOGRAD_S2 = 5,  /* 3 x 3, stride 2, 2 x 2 outputs a tile */
    NEV_LAYER_WINOGRAD_7X7 = 6, /* 7 x 7, stride 2, over a picture's three channels, 4 x 4 outputs a tile */
    NEV_LAYER_LEN
};

enum nev_channel_order { NEV_ORDER_RGB = 0, NEV_ORDER_BGR = 1 };

enum nev_tensor_kind {
    NEV_TENSOR_WEIGHT = 0, /* of a convolution or of the fully connected layer */
    NEV_TENSOR_BIAS = 1,
    NEV_TENSOR_GAMMA = 2, /* batch norm scale */
    NEV_TENSOR_BETA = 3,  /* batch norm offset */
    NEV_TENSOR_MEAN = 4,  /* batch norm running mean */
    NEV_TENSOR_VAR = 5    /* batch norm running variance */
};

/* What a network needs: one row of its tensor list (nev_net_tensor_spec in nn/nn.h). */
struct nev_tensor_spec {
    const char *name;
    enum nev_tensor_kind kind;
    uint32_t ndim;                 /* 1, 2 or 4 */
    uint32_t dim[NEV_TENSOR_DIMS]; /* outermost first; dims past ndim are 1 */
};

/* How a picture becomes the input: x = (p / 255 - mean[c]) / std[c], p an 8-bit sample, c in that order. */
struct nev_prep {
    uint32_t width, height; /* pixels */
    enum nev_channel_order order;
    float mean[3], std[3]; /* in units of [0,1]; mean 0 and std 1 is the paper's min-max scaling */
};

/* Everything about a model but its tensors. */
struct nev_model {
    enum nev_net net;
    enum nev_padding padding;
    enum nev_bn_form bn_form;
    double bn_eps;
    struct nev_prep prep;
    uint8_t source_sha256[NEV_SHA256_BYTES]; /* of the file it was converted from; zeros for seeded weights */
    char source_name[NEV_SOURCE_NAME_LEN];   /* that file's base name, or "seeded:N"; printable ASCII */
};

/* One tensor of an open file; data points into the file's bytes. */
struct nev_tensor {
    char name[NEV_TENSOR_NAME_LEN];
    enum nev_tensor_kind kind;
    uint32_t ndim;
    uint32_t dim[NEV_TENSOR_DIMS];
    enum nev_layer_algorithm algorithm; /* of the packed form */
    size_t len;          /* float32 numbers stored: elements, in the packed form with the panels' zeros */
    const uint8_t *data; /* len float32, little-endian, at a multiple of NEV_ALIGN from the file's start */
    uint64_t offset;     /* of data in the file */
    uint64_t entry;      /* of its row of the table in the file: where an error about the row points */
};

/* An open file: a view of the caller's bytes, which must outlive it. */
struct nev_weights {
    struct nev_model model;
    enum nev_form form;
    enum nev_profile profile;
    const uint8_t *base;
    size_t bytes;
    size_t payload_offset; /* the payloads are the rest of the file */
    uint32_t tensor_len;
    uint32_t chunk_len; /* pieces of payload that have digests of their own */
    uint8_t payload_sha256[NEV_SHA256_BYTES];
    uint8_t head_sha256[NEV_SHA256_BYTES]; /* covers the digest above: the identity of the file */
    uint8_t canonical_sha256
        [NEV_SHA256_BYTES]; /* the identity of the model: head_sha256 of its canonical form, which
                                                 * a packed file states */
};

/* nev_layer_algorithm_name - "direct", "depthwise", "winograd-f4", ...; "none" outside the list. */
const char *nev_layer_algorithm_name(enum nev_layer_algorithm algorithm);

/*
 * nev_model_check - whether a model's fields are ones the format can hold.
 * Errors     NETWORK (none of the three), FORMAT (padding, form, order, source name), VALUE (eps, size, mean,
 *            std); the offset is that of the field in a weights file
 * Threads    pure
 */
NEV_MUST_CHECK enum nev_status nev_model_check(const struct nev_model *model, struct nev_error *err);

/*
 * nev_weights_open - check a file's header and tensor table and make a view of it.
 * Range      [mem, mem + bytes) readable and unchanged while `w` is used
 * Errors     TRUNCATED, FORMAT, VERSION, UNSUPPORTED (an unknown algorithm), LIMIT, SHAPE, NETWORK, VALUE, CHECKSUM
 *            (header, table and list of digests), each with the byte offset and, where there is one, the tensor's name; *w is
 *            then zeroed
 * Threads    pure
 * Source     weights/FORMAT.md
 * Tests      tests/weights/test_reader.c
 */
NEV_MUST_CHECK enum nev_status nev_weights_open(struct nev_weights *w, const void *mem, size_t bytes,
                                                struct nev_error *err);

/*
 * nev_weights_verify - read every payload byte once: SHA-256, NaN and infinity, negative variances, padding. Who has
 *                      verified these bytes before may trust them; nev_weights_open alone then protects from
 *                      everything but wrong numbers.
 * nev_weights_verify_by - the same on several threads, by the digest instructions of a set (NEV_ISA_* of
 *                      nn/base/cpu.h); the same answer for any of them.
 * Errors     CHECKSUM with the offset of the first chunk whose digest differs; if none does, VALUE or FORMAT
 *            (padding), with offset and tensor; ARGUMENT: par->parts is not 1..NEV_THREADS_MAX
 * Threads    pure; par NULL: the calling thread
 * Tests      tests/weights/test_verify.c
 */
NEV_MUST_CHECK enum nev_status nev_weights_verify(const struct nev_weights *w, struct nev_error *err);
NEV_MUST_CHECK enum nev_status nev_weights_verify_by(const struct nev_weights *w,
                                                     const struct nev_parallel *par, uint32_t isas,
                                                     struct nev_error *err);

/* nev_weights_tensor - the i-th tensor, 0 <= i < w->tensor_len, in file order. */
void nev_weights_tensor(const struct nev_weights *w, uint32_t i, struct nev_tensor *t);

/* nev_weights_find - the tensor of that name; MISSING with the name if there is none. */
NEV_MUST_CHECK enum nev_status nev_weights_find(const struct nev_weights *w, const char *name,
                                                struct nev_tensor *t, struct nev_error *err);

/*
 * nev_weights_write_bytes - the size of the canonical file of these tensors.
 * Errors     ARGUMENT (names), FORMAT, SHAPE, LIMIT; *bytes is then 0
 */
NEV_MUST_CHECK enum nev_status nev_weights_write_bytes(const struct nev_tensor_spec *specs,
                                                       uint32_t specs_len, size_t *bytes);

/*
 * nev_weights_write_begin - lay out a canonical file: header, table, zeroed payloads.
 * nev_weights_payload - where to store the i-th tensor's len float32 (little-endian) in it.
 * nev_weights_write_end - fill in the digests; the file is then complete.
 * Range      file_bytes is exactly what nev_weights_write_bytes said; i below specs_len
 * Errors     of nev_model_check and nev_weights_write_bytes; MEMORY if file_bytes is another number
 * Tests      tests/weights/test_writer.c
 */
NEV_MUST_CHECK enum nev_status nev_weights_write_begin(const struct nev_model *model,
                                                       const struct nev_tensor_spec *specs,
                                                       uint32_t specs_len, uint8_t *file, size_t file_bytes);
uint8_t *nev_weights_payload(uint8_t *file, uint32_t i, size_t *len);
void nev_weights_write_end(uint8_t *file, size_t file_bytes);

/* What makes a file packed. */
struct nev_packing {
    enum nev_profile profile;
    const uint8_t *canonical_sha256;            /* NEV_SHA256_BYTES of it, not all zero */
    const enum nev_layer_algorithm *algorithms; /* one for each tensor */
};

/*
 * nev_weights_write_packed_bytes, nev_weights_write_packed_begin - the same for a packed file; payload and end serve
 *                                 both forms. tools/networks/packing.c has all of it in order.
 * Errors     also UNSUPPORTED, SHAPE (an algorithm that is not one for the dimensions), ARGUMENT (profile, a
 *            canonical digest of zeros)
 * Tests      tests/weights/test_packed.c
 */
NEV_MUST_CHECK enum nev_status nev_weights_write_packed_bytes(const struct nev_packing *packing,
                                                              const struct nev_tensor_spec *specs,
                                                              uint32_t specs_len, size_t *bytes);
NEV_MUST_CHECK enum nev_status nev_weights_write_packed_begin(const struct nev_model *model,
                                                              const struct nev_packing *packing,
                                                              const struct nev_tensor_spec *specs,
                                                              uint32_t specs_len, uint8_t *file,
                                                              size_t file_bytes);

/*
 * nev_seeded_fill - a tensor's values by formula, for demos, benchmarks and tests without a checkpoint.
 * Computes   u(stream, i) of weights/FORMAT.md, scaled by kind: weight u*sqrt(24/fan_in), bias, beta and mean
 *            0.2u, gamma 1+0.4u, variance 1+0.8u; in float64, rounded once to float32
 * Range      stream = seed * 65536 + the tensor's place in the network's list, modulo 2^32
 * Threads    pure
 * Tests      tests/weights/test_seeded.c
 */
void nev_seeded_fill(const struct nev_tensor_spec *spec, uint32_t stream, uint8_t *payload_le);

#endif
