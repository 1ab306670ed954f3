/* SPDX-License-Identifier: MIT */
#include "nn/nn.h"

void nev_normalise(const struct nev_prep *prep, const uint8_t *rgb, float *input)
{
    size_t pixels = (size_t)prep->width * prep->height, i;
    float value[256];
    unsigned c, v;

    for (c = 0; c < 3; c++) {
        unsigned from = prep->order == NEV_ORDER_BGR ? 2 - c : c;

        for (v = 0; v < 256; v++) {
            value[v] = (float)(((double)v / 255.0 - (double)prep->mean[c]) / (double)prep->std[c]);
        }
        for (i = 0; i < pixels; i++) {
            input[3 * i + c] = value[rgb[3 * i + from]];
        }
    }
}
