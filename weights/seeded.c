/* SPDX-License-Identifier: MIT */
/* Weights by formula: weights/FORMAT.md, "Seeded weights". */
#include "nn/base/bytes.h"
#include "nn/base/real.h"
#include "weights/weights.h"

/* Source     lowbias32, C. Wellons, "Prospecting for Hash Functions", nullprogram.com, 2018 (public domain)
 */
static double uniform(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x *= 0x846CA68Bu;
    x ^= x >> 16;
    return ((double)x + 0.5) / 4294967296.0 - 0.5; /* exact but for the subtraction, which rounds once */
}

void nev_seeded_fill(const struct nev_tensor_spec *spec, uint32_t stream, uint8_t *payload_le)
{
    double base = 0.0, scale = 0.2;
    size_t i, fan_in = (size_t)spec->dim[1] * spec->dim[2] * spec->dim[3];
    size_t len = spec->dim[0] * fan_in;

    switch (spec->kind) {
    case NEV_TENSOR_WEIGHT:
        scale = nev_sqrt(24.0 / (double)fan_in);
        break;
    case NEV_TENSOR_GAMMA:
        base = 1.0;
        scale = 0.4;
        break;
    case NEV_TENSOR_VAR:
        base = 1.0;
        scale = 0.8;
        break;
    case NEV_TENSOR_BIAS:
    case NEV_TENSOR_BETA:
    case NEV_TENSOR_MEAN:
        break;
    }
    for (i = 0; i < len; i++) {
        /* The product and the sum round separately in float64; base 0 adds nothing. */
        double v = scale * uniform((uint32_t)i + stream * 0x9E3779B9u);

        nev_store_f32le(payload_le + 4 * i, (float)(base + v));
    }
}
