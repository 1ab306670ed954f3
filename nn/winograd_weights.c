/* SPDX-License-Identifier: MIT */
/*
 * winograd_weights.c - the weights of Winograd's convolutions: folded, transformed in float64, rounded once, in
 * panels as winograd.inc reads them.
 */
#include "nn/algorithm.h"
#include "nn/base/size.h"
#include "nn/kernels/kernels.h"

#define PACK_LANES 8 /* output channels transformed together */

enum nev_winograd nev_winograd_scheme(const struct nev_step *step)
{
    switch (step->algorithm) {
    case NEV_ALGORITHM_WINOGRAD_F4:
        return NEV_WINOGRAD_F4;
    case NEV_ALGORITHM_WINOGRAD_F2:
        return NEV_WINOGRAD_F2;
    case NEV_ALGORITHM_WINOGRAD_7X7:
        return NEV_WINOGRAD_F44;
    default:
        break;
    }
    return NEV_WINOGRAD_S2;
}

static uint64_t panels_of(uint32_t oc)
{
    return (oc + NEV_PANEL - 1) / NEV_PANEL;
}

/* Points +p and -p of F44: taps g0, g2 are even, g1, g3 odd; each sum times the pair's factor f. */
static void weight_pair(double g[][PACK_LANES], int l, double p, double f, double u[][PACK_LANES])
{
    double even = g[0][l] + g[2][l] * (p * p), odd = g[1][l] * p + g[3][l] * (p * p * p);

    u[0][l] = (even + odd) * f;
    u[1][l] = (odd - even) * f;
}

/* One line of taps to the weights of its points, for PACK_LANES channels: float64, each operation rounded
 * on its own. These lines are the specification (nn/NUMERICS.md). */
static void weight_line(enum nev_winograd scheme, double g[NEV_WINOGRAD_TAPS][PACK_LANES],
                        double u[NEV_WINOGRAD_POINTS][PACK_LANES])
{
    for (int l = 0; l < PACK_LANES; l++) {
        double even, odd;

        switch (scheme) {
        case NEV_WINOGRAD_F4:
            u[0][l] = g[0][l] * (64.0 / 81.0);
            even = g[0][l] + g[2][l] * (9.0 / 16.0);
            odd = g[1][l] * (3.0 / 4.0);
            u[1][l] = (even + odd) * (-128.0 / 243.0);
            u[2][l] = (even - odd) * (-128.0 / 243.0);
            even = g[0][l] + g[2][l] * (9.0 / 4.0);
            odd = g[1][l] * (3.0 / 2.0);
            u[3][l] = (even + odd) * (32.0 / 243.0);
            u[4][l] = (even - odd) * (32.0 / 243.0);
            u[5][l] = g[2][l];
            break;
        case NEV_WINOGRAD_F2:
            even = g[0][l] + g[2][l];
            u[0][l] = g[0][l];
            u[1][l] = (even + g[1][l]) * 0.5;
            u[2][l] = (even - g[1][l]) * 0.5;
            u[3][l] = g[2][l];
            break;
        case NEV_WINOGRAD_S2:
            u[0][l] = g[0][l];
            u[1][l] = g[0][l] + g[2][l];
            u[2][l] = g[2][l];
            u[3][l] = g[1][l];
            break;
        case NEV_WINOGRAD_F44:
            weight_pair(g, l, 1.0 / 4.0, 128.0 / 135.0, u);
            weight_pair(g, l, 7.0 / 8.0, -16384.0 / 46305.0, u + 2);
            weight_pair(g, l, 7.0 / 4.0, 128.0 / 3087.0, u + 4);
            u[6][l] = g[3][l];
            break;
        }
    }
}

/* PACK_LANES filters of one input channel, g[column][row]: columns, then rows, then one rounding to float32; to
 * [points][c][16]. */
static bool pack_filters(enum nev_winograd scheme, double g[NEV_WINOGRAD_TAPS][NEV_WINOGRAD_TAPS][PACK_LANES],
                         size_t c, float *to)
{
    double half[NEV_WINOGRAD_TAPS][NEV_WINOGRAD_POINTS][PACK_LANES], line[NEV_WINOGRAD_TAPS][PACK_LANES],
        u[NEV_WINOGRAD_POINTS][PACK_LANES];
    const struct nev_winograd_shape shape = nev_winograd_shape(scheme);
    bool good = true;

    for (int q = 0; q < shape.taps; q++) {
        weight_line(scheme, g[q], half[q]);
    }
    for (int i = 0; i < shape.weights; i++) {
        for (int q = 0; q < shape.taps; q++) {
            for (int l = 0; l < PACK_LANES; l++) {
                line[q][l] = half[q][i][l];
            }
        }
        weight_line(scheme, line, u);
        for (int j = 0; j < shape.weights; j++, to += c * NEV_PANEL) {
            for (int l = 0; l < PACK_LANES; l++) {
                to[l] = (float)u[j][l];
                good = good && nev_is_finite(to[l]);
            }
        }
    }
    return good;
}

/* Where a tap of a transformed channel lies in the file's [k][k] filter of channel *c; F44's channels are three
 * times four phases, and taps that a phase has not (past the filter) are zeros: false. */
static bool find_tap(const struct nev_linear *linear, enum nev_winograd scheme, uint32_t i, uint32_t p,
                     uint32_t q, size_t *at)
{
    uint32_t c = i;

    if (scheme == NEV_WINOGRAD_F44) {
        p = 2 * p + i / 6;
        q = 2 * q + i / 3 % 2;
        c = i % 3;
    }
    *at = ((size_t)c * linear->k + p) * linear->k + q;
    return p < linear->k && q < linear->k;
}

/* Channels whose filters are transformed. */
static uint32_t channels_of(const struct nev_linear *linear, enum nev_winograd scheme)
{
    return scheme == NEV_WINOGRAD_F44 ? NEV_WINOGRAD_PHASES_C : linear->c;
}

/* PACK_LANES channels of a panel, from channel o; those past oc become zeros. */
static bool pack_lanes(const struct nev_pack_job *job, uint32_t o, float *to)
{
    const struct nev_linear *linear = &job->step->linear[0];
    const enum nev_winograd scheme = nev_winograd_scheme(job->step);
    const uint32_t taps = (uint32_t)nev_winograd_shape(scheme).taps, channels = channels_of(linear, scheme);
    const size_t filter = (size_t)linear->c * linear->k * linear->k;
    float *bias = (float *)(void *)(job->packed + linear->bias_offset);
    double g[NEV_WINOGRAD_TAPS][NEV_WINOGRAD_TAPS][PACK_LANES] = {{{0.0}}}, scale[PACK_LANES];
    int lanes = linear->oc - o < PACK_LANES ? (int)(linear->oc - o) : PACK_LANES;
    bool good = true;

    for (int l = 0; l < lanes; l++) {
        scale[l] = nev_fold(job, 0, o + (uint32_t)l, &bias[o + (uint32_t)l]);
        good = good && nev_is_finite(bias[o + (uint32_t)l]);
    }
    for (uint32_t i = 0; i < channels; i++, to += NEV_PANEL) {
        for (uint32_t t = 0; t < taps * taps; t++) {
            size_t at;
            bool is_there = find_tap(linear, scheme, i, t / taps, t % taps, &at);

            for (int l = 0; l < lanes; l++) {
                size_t from = (o + (uint32_t)l) * filter + at;

                g[t % taps][t / taps][l] = is_there ? nev_fold_product(job, 0, from, scale[l]) : 0.0;
            }
        }
        good = pack_filters(scheme, g, channels, to) && good;
    }
    return good;
}

bool nev_winograd_pack(const struct nev_pack_job *job, uint32_t part, uint32_t parts)
{
    const struct nev_linear *linear = &job->step->linear[0];
    const enum nev_winograd scheme = nev_winograd_scheme(job->step);
    const struct nev_winograd_shape shape = nev_winograd_shape(scheme);
    size_t panel = (size_t)(shape.weights * shape.weights) * channels_of(linear, scheme) * NEV_PANEL, begin,
           end;
    float *weight = (float *)(void *)(job->packed + linear->weight_offset);
    bool good = true;

    nev_parallel_range((size_t)panels_of(linear->oc), part, parts, &begin, &end);
    for (size_t o = begin * NEV_PANEL; o < end * NEV_PANEL && o < linear->oc; o += PACK_LANES) {
        good = pack_lanes(job, (uint32_t)o, weight + o / NEV_PANEL * panel + o % NEV_PANEL) && good;
    }
    return good;
}

void nev_winograd_size(struct nev_step *step)
{
    struct nev_linear *linear = &step->linear[0];
    const enum nev_winograd scheme = nev_winograd_scheme(step);
    const struct nev_winograd_shape shape = nev_winograd_shape(scheme);
    uint64_t points = (uint64_t)(shape.weights * shape.weights);

    linear->weight_bytes = nev_bytes_align(panels_of(linear->oc) * points * channels_of(linear, scheme) *
                                           NEV_PANEL * sizeof(float));
    linear->bias_bytes = nev_bytes_align(panels_of(linear->oc) * NEV_PANEL * sizeof(float));
}
