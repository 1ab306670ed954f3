/* SPDX-License-Identifier: MIT */
/* What a tensor of the packed form may be: the algorithms, their layouts and sizes, as weights/FORMAT.md has them. */
#include <stdbool.h>

#include "weights/layout.h"
#include "weights/weights.h"

const char *nev_layer_algorithm_name(enum nev_layer_algorithm algorithm)
{
    static const char *const names[NEV_LAYER_LEN] = {
        [NEV_LAYER_NONE] = "none",
        [NEV_LAYER_DIRECT] = "direct",
        [NEV_LAYER_DEPTHWISE] = "depthwise",
        [NEV_LAYER_WINOGRAD_F4] = "winograd-f4",
        [NEV_LAYER_WINOGRAD_F2] = "winograd-f2",
        [NEV_LAYER_WINOGRAD_S2] = "winograd-s2",
        [NEV_LAYER_WINOGRAD_7X7] = "winograd-7x7",
    };

    return (unsigned)algorithm < NEV_LAYER_LEN ? names[algorithm] : "none";
}

/* One row of FORMAT.md's table of algorithms: a panel is so many vectors of 16 channels for each input channel. */
static uint64_t vectors_of(const struct nev_tensor_spec *spec, uint32_t algorithm)
{
    switch (algorithm) {
    case NEV_LAYER_DIRECT:
    case NEV_LAYER_DEPTHWISE:
        return (uint64_t)spec->dim[2] * spec->dim[3];
    case NEV_LAYER_WINOGRAD_F4:
        return 6 * 6;
    case NEV_LAYER_WINOGRAD_F2:
    case NEV_LAYER_WINOGRAD_S2:
        return 4 * 4;
    case NEV_LAYER_WINOGRAD_7X7:
        return 7 * 7 * 4; /* four phases of each channel */
    default:
        break;
    }
    return 0;
}

static bool is_for(const struct nev_tensor_spec *spec, uint32_t algorithm)
{
    if (algorithm == NEV_LAYER_DIRECT) {
        return true;
    }
    if (algorithm == NEV_LAYER_DEPTHWISE) {
        return spec->ndim == 4 && spec->dim[1] == 1;
    }
    if (algorithm == NEV_LAYER_WINOGRAD_7X7) {
        return spec->ndim == 4 && spec->dim[1] == 3 && spec->dim[2] == 7 && spec->dim[3] == 7;
    }
    return spec->ndim == 4 && spec->dim[2] == 3 && spec->dim[3] == 3 && spec->dim[1] % NEV_NVW_PANEL == 0;
}

enum nev_status nev_packed_check(const struct nev_tensor_spec *spec, uint32_t algorithm, uint64_t at,
                                 uint64_t *bytes, struct nev_error *err)
{
    uint64_t here = at == NEV_NO_OFFSET ? 0 : at;
    /* Bounds: at most 2^10 panels of 2^20 vectors of 64 bytes (36 * 2^14, or what nev_spec_check leaves). */
    uint64_t total = (uint64_t)(spec->dim[0] + NEV_NVW_PANEL - 1) / NEV_NVW_PANEL * NEV_NVW_PANEL * 4;

    *bytes = 0;
    if (spec->kind != NEV_TENSOR_WEIGHT && spec->kind != NEV_TENSOR_BIAS) {
        return nev_fail(err, NEV_ERR_FORMAT, here + NEV_NVW_IN_KIND, spec->name,
                        "the packed form has weights and biases only");
    }
    if (spec->kind == NEV_TENSOR_BIAS) {
        *bytes = total;
        return algorithm == NEV_LAYER_NONE ? NEV_OK
                                           : nev_fail(err, NEV_ERR_FORMAT, here + NEV_NVW_IN_ALGORITHM,
                                                      spec->name, "a bias has no algorithm");
    }
    if (vectors_of(spec, algorithm) == 0) {
        return nev_fail(
            err, NEV_ERR_UNSUPPORTED, here + NEV_NVW_IN_ALGORITHM, spec->name,
            "an algorithm that this build does not know; pack the canonical file with this build");
    }
    if (!is_for(spec, algorithm)) {
        return nev_fail(err, NEV_ERR_SHAPE, here + NEV_NVW_IN_ALGORITHM, spec->name,
                        "the algorithm is not one for a layer of these dimensions");
    }
    total *= vectors_of(spec, algorithm) * spec->dim[1];
    if (total > NEV_NVW_PAYLOAD_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, here + NEV_NVW_IN_DIM, spec->name,
                        "a packed tensor has 2^31 - 64 bytes or more");
    }
    *bytes = total;
    return NEV_OK;
}
