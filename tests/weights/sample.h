/* SPDX-License-Identifier: MIT */
/*
 * sample.h - a small weights file that the tests of weights/ break in every way they can think of.
 */
#ifndef NEV_TESTS_WEIGHTS_SAMPLE_H
#define NEV_TESTS_WEIGHTS_SAMPLE_H

#include <stdlib.h>
#include <string.h>

#include "nn/base/bytes.h"
#include "weights/layout.h"
#include "weights/weights.h"

#define SAMPLE_LEN 4u

static const struct nev_tensor_spec sample_specs[SAMPLE_LEN] = {
    {"conv.weight", NEV_TENSOR_WEIGHT, 4, {2, 3, 1, 3}},
    {"bn.running_var", NEV_TENSOR_VAR, 1, {5, 1, 1, 1}},
    {"bn.weight", NEV_TENSOR_GAMMA, 1, {16, 1, 1, 1}},
    {"fc.weight", NEV_TENSOR_WEIGHT, 2, {4, 7, 1, 1}},
};

static inline struct nev_model sample_model(void)
{
    struct nev_model m = {.net = NEV_NET_MOBILENETV2,
                          .padding = NEV_PADDING_SAME,
                          .bn_form = NEV_BN_EPS_INSIDE,
                          .bn_eps = 1e-3,
                          .prep = {224, 192, NEV_ORDER_BGR, {0.5f, 0.25f, -1.0f}, {0.5f, 1.0f, 0.225f}},
                          .source_name = "sample.pth"};

    memset(m.source_sha256, 0xA5, sizeof m.source_sha256);
    return m;
}

/* From malloc; the payload of tensor i holds seeded values of stream i. */
static inline uint8_t *sample_file(size_t *bytes)
{
    struct nev_model m = sample_model();
    uint8_t *file;
    uint32_t i;

    assert_int_equal(nev_weights_write_bytes(sample_specs, SAMPLE_LEN, bytes), NEV_OK);
    file = malloc(*bytes);
    assert_non_null(file);
    assert_int_equal(nev_weights_write_begin(&m, sample_specs, SAMPLE_LEN, file, *bytes), NEV_OK);
    for (i = 0; i < SAMPLE_LEN; i++) {
        size_t len;

        nev_seeded_fill(&sample_specs[i], i, nev_weights_payload(file, i, &len));
    }
    nev_weights_write_end(file, *bytes);
    return file;
}

/* List and head, for a list of digests at `list` and payloads at `first`: what opening checks. */
static inline void sample_sign_head(uint8_t *file, size_t list, size_t first)
{
    struct nev_sha256 sha;

    nev_sha256_of(file + list, first - list, file + NEV_NVW_AT_PAYLOAD_SHA256);
    nev_sha256_init(&sha);
    nev_sha256_update(&sha, file, NEV_NVW_AT_HEAD_SHA256);
    nev_sha256_update(&sha, file + NEV_NVW_HEADER_BYTES, list - NEV_NVW_HEADER_BYTES);
    nev_sha256_final(&sha, file + NEV_NVW_AT_HEAD_SHA256);
}

/* What an author with right digests would sign: chunks, list and head. */
static inline void sample_sign(uint8_t *file, size_t bytes, size_t list, size_t first)
{
    size_t at, n = 0;

    for (at = first; at < bytes; at += NEV_NVW_CHUNK_BYTES, n++) {
        nev_sha256_of(file + at, bytes - at < NEV_NVW_CHUNK_BYTES ? bytes - at : NEV_NVW_CHUNK_BYTES,
                      file + list + n * NEV_SHA256_BYTES);
    }
    sample_sign_head(file, list, first);
}

/* A packed file; the first four tensors are a file by themselves, small enough to flip each of its bits. */
#define SAMPLE_PACKED_LEN 6u

static const struct nev_tensor_spec sample_packed_specs[SAMPLE_PACKED_LEN] = {
    {"a.weight", NEV_TENSOR_WEIGHT, 4, {16, 1, 3, 3}},  {"a.bias", NEV_TENSOR_BIAS, 1, {16, 1, 1, 1}},
    {"b.weight", NEV_TENSOR_WEIGHT, 2, {20, 3, 1, 1}},  {"b.bias", NEV_TENSOR_BIAS, 1, {20, 1, 1, 1}},
    {"c.weight", NEV_TENSOR_WEIGHT, 4, {17, 16, 3, 3}}, {"c.bias", NEV_TENSOR_BIAS, 1, {17, 1, 1, 1}},
};

static const enum nev_layer_algorithm sample_packed_algorithms[SAMPLE_PACKED_LEN] = {
    NEV_LAYER_DEPTHWISE, NEV_LAYER_NONE,        NEV_LAYER_DIRECT,
    NEV_LAYER_NONE,      NEV_LAYER_WINOGRAD_F2, NEV_LAYER_NONE,
};

/* From malloc; `len` of the tensors above, each channel's numbers 1 + its place in the payload, none past the last
 * channel. */
static inline uint8_t *sample_packed(uint32_t len, size_t *bytes)
{
    struct nev_model m = sample_model();
    uint8_t canonical[NEV_SHA256_BYTES], *file;
    const struct nev_packing packing = {NEV_PROFILE_FAST, canonical, sample_packed_algorithms};

    memset(canonical, 0x5A, sizeof canonical);
    assert_int_equal(nev_weights_write_packed_bytes(&packing, sample_packed_specs, len, bytes), NEV_OK);
    file = malloc(*bytes);
    assert_non_null(file);
    assert_int_equal(nev_weights_write_packed_begin(&m, &packing, sample_packed_specs, len, file, *bytes),
                     NEV_OK);
    for (uint32_t i = 0; i < len; i++) {
        uint32_t oc = sample_packed_specs[i].dim[0];
        size_t n, all, panel;
        uint8_t *to = nev_weights_payload(file, i, &all);

        panel = all / ((oc + 15) / 16);
        for (n = 0; n < all; n++) {
            if (n / panel * 16 + n % 16 < oc) {
                nev_store_f32le(to + 4 * n, (float)(n + 1));
            }
        }
    }
    nev_weights_write_end(file, *bytes);
    return file;
}

#endif
