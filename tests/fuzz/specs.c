/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "tests/fuzz/import.h"
#include "weights/import/import.h"

static const struct nev_tensor_spec darknet_specs[] = {
    {"conv1.bn.bias", NEV_TENSOR_BETA, 1, {4, 1, 1, 1}},
    {"conv1.bn.weight", NEV_TENSOR_GAMMA, 1, {4, 1, 1, 1}},
    {"conv1.bn.running_mean", NEV_TENSOR_MEAN, 1, {4, 1, 1, 1}},
    {"conv1.bn.running_var", NEV_TENSOR_VAR, 1, {4, 1, 1, 1}},
    {"conv1.weight", NEV_TENSOR_WEIGHT, 4, {4, 3, 1, 1}},
};

/* By enum nev_net; two rows each. */
static const struct nev_tensor_spec named_specs[4][2] = {
    {{"", NEV_TENSOR_WEIGHT, 1, {1, 1, 1, 1}}, {"", NEV_TENSOR_WEIGHT, 1, {1, 1, 1, 1}}},
    {{"conv1.weight", NEV_TENSOR_WEIGHT, 4, {64, 3, 7, 7}}, {"fc.bias", NEV_TENSOR_BIAS, 1, {1000, 1, 1, 1}}},
    {{"conv1.weight", NEV_TENSOR_WEIGHT, 4, {32, 3, 3, 3}},
     {"conv1.bn.running_var", NEV_TENSOR_VAR, 1, {32, 1, 1, 1}}},
    {{"features.0.0.weight", NEV_TENSOR_WEIGHT, 4, {32, 3, 3, 3}},
     {"classifier.1.bias", NEV_TENSOR_BIAS, 1, {1000, 1, 1, 1}}},
};

static uint32_t graph_specs(struct nev_tensor_spec specs[FUZZ_SPECS_MAX])
{
    static const enum nev_tensor_kind kinds[5] = {NEV_TENSOR_WEIGHT, NEV_TENSOR_GAMMA, NEV_TENSOR_BETA,
                                                  NEV_TENSOR_MEAN, NEV_TENSOR_VAR};
    uint32_t u, k, len = 0;

    for (u = 0; u + 1 < FUZZ_UNITS; u++) {
        for (k = 0; k < 5; k++) {
            specs[len] =
                (struct nev_tensor_spec){"layer", kinds[k], k == 0 ? 4 : 1, {u < 2 ? 32 : 1, 1, 1, 1}};
            specs[len].dim[1] = k == 0 && u == 0 ? 3 : 1;
            specs[len].dim[2] = specs[len].dim[3] = k == 0 && u < 2 ? 3 : 1;
            len++;
        }
    }
    specs[len++] = (struct nev_tensor_spec){"classifier", NEV_TENSOR_WEIGHT, 2, {1, 1, 1, 1}};
    specs[len++] = (struct nev_tensor_spec){"classifier", NEV_TENSOR_BIAS, 1, {1, 1, 1, 1}};
    return len;
}

uint32_t fuzz_import_specs(int kind, enum nev_net net, struct nev_tensor_spec specs[FUZZ_SPECS_MAX])
{
    if (kind == NEV_SOURCE_ONNX) {
        return graph_specs(specs);
    }
    if (kind == NEV_SOURCE_DARKNET) {
        memcpy(specs, darknet_specs, sizeof darknet_specs);
        return sizeof darknet_specs / sizeof darknet_specs[0];
    }
    memcpy(specs, named_specs[(unsigned)net <= NEV_NET_MOBILENETV2 ? net : 0], sizeof named_specs[0]);
    return 2;
}
