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

#endif
