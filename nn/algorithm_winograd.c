/* SPDX-License-Identifier: MIT */
/*
 * algorithm_winograd.c - Winograd's convolutions: how a layer's outputs are cut into tiles and blocks of
 * tiles, how its weights are transformed, and how both are split over the threads.
 *
 * Few tiles (a late layer) are one block: the threads first share the transform of its input, then the panels
 * of output channels, so that each reads only its own weights. Many tiles are cut into blocks whose transformed
 * input fits the second cache; each thread takes a run of tiles and all weights.
 */
#include "nn/algorithm.h"
#include "nn/base/size.h"
#include "nn/kernels/kernels.h"

#define TILES_ONE_BLOCK 32u            /* at most, shared by all threads */
#define BLOCK_BYTES     (320u * 1024u) /* of transformed input, of a second cache of 512 KiB */
#define TILES_MIN       12u            /* a block; with fewer, weights are read too often */
#define LINE_FLOATS     (NEV_ALIGN / sizeof(float))
#define PACK_LANES      8 /* output channels transformed together: 3.7 KiB of stack */

static enum nev_winograd scheme_of(const struct nev_step *step)
{
    switch (step->algorithm) {
    case NEV_ALGORITHM_WINOGRAD_F4:
        return NEV_WINOGRAD_F4;
    case NEV_ALGORITHM_WINOGRAD_F2:
        return NEV_WINOGRAD_F2;
    default:
        break;
    }
    return NEV_WINOGRAD_S2;
}

/* How a step's tiles are cut. */
struct cut {
    uint32_t rows, cols;   /* of tiles */
    size_t tiles, block;   /* in all; the most of a block */
    size_t v_plane, v_len; /* floats; see struct nev_winograd_args */
    size_t m_plane, m_len;
    bool is_shared; /* one block, in two phases */
};

/* Bounds: at most 2^20 tiles of at most 2^11 channels and 36 points, below 2^36 floats. */
static void cut_step(const struct nev_step *step, struct cut *cut)
{
    const struct nev_linear *linear = &step->linear[0];
    const struct nev_winograd_shape shape = nev_winograd_shape(scheme_of(step));
    uint32_t out = (uint32_t)shape.out;
    size_t points = (size_t)(shape.points * shape.points);

    cut->rows = (linear->oh + out - 1) / out;
    cut->cols = (linear->ow + out - 1) / out;
    cut->tiles = (size_t)cut->rows * cut->cols;
    cut->is_shared = cut->tiles <= TILES_ONE_BLOCK;
    cut->block = cut->tiles;
    if (!cut->is_shared) {
        cut->block = BLOCK_BYTES / (points * linear->c * sizeof(float));
        cut->block = cut->block < TILES_MIN ? TILES_MIN : cut->block;
        cut->block = cut->block > NEV_WINOGRAD_TILES ? NEV_WINOGRAD_TILES : cut->block;
    }
    cut->v_plane = cut->block * linear->c + LINE_FLOATS;
    cut->v_len = cut->v_plane * points;
    cut->m_plane = cut->block * NEV_PANEL + LINE_FLOATS;
    cut->m_len = cut->m_plane * points;
}

static uint64_t panels_of(uint32_t oc)
{
    return (oc + NEV_PANEL - 1) / NEV_PANEL;
}

static void size_winograd(const struct nev_table *table, struct nev_step *step, uint32_t parts)
{
    struct nev_linear *linear = &step->linear[0];
    const struct nev_winograd_shape shape = nev_winograd_shape(scheme_of(step));
    uint64_t points = (uint64_t)(shape.weights * shape.weights);
    struct cut cut;

    (void)table;
    cut_step(step, &cut);
    linear->weight_bytes =
        nev_bytes_align(panels_of(linear->oc) * points * linear->c * NEV_PANEL * sizeof(float));
    linear->bias_bytes = nev_bytes_align(panels_of(linear->oc) * NEV_PANEL * sizeof(float));
    step->phases = cut.is_shared ? 2 : 1;
    step->scratch_bytes =
        ((uint64_t)(cut.is_shared ? step->batch : parts) * cut.v_len + (uint64_t)parts * cut.m_len) *
        sizeof(float);
}

/* ---- weights ---- */

/* One line of three taps to the weights of its points, for PACK_LANES channels: float64, each operation rounded
 * on its own. These lines are the specification (nn/NUMERICS.md). */
static void weight_line(enum nev_winograd scheme, double g[3][PACK_LANES],
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
        }
    }
}

/* PACK_LANES filters of one input channel: columns, then rows, then one rounding to float32; to [points][c][16]. */
static bool pack_filters(enum nev_winograd scheme, double g[3][3][PACK_LANES], size_t c, float *to)
{
    double half[3][NEV_WINOGRAD_POINTS][PACK_LANES], line[3][PACK_LANES], u[NEV_WINOGRAD_POINTS][PACK_LANES];
    const int points = nev_winograd_shape(scheme).weights;
    bool good = true;

    for (int q = 0; q < 3; q++) {
        weight_line(scheme, g[q], half[q]);
    }
    for (int i = 0; i < points; i++) {
        for (int q = 0; q < 3; q++) {
            for (int l = 0; l < PACK_LANES; l++) {
                line[q][l] = half[q][i][l];
            }
        }
        weight_line(scheme, line, u);
        for (int j = 0; j < points; j++, to += c * NEV_PANEL) {
            for (int l = 0; l < PACK_LANES; l++) {
                to[l] = (float)u[j][l];
                good = good && nev_is_finite(to[l]);
            }
        }
    }
    return good;
}

/* PACK_LANES channels of a panel, from channel o; those past oc become zeros. */
static bool pack_lanes(const struct nev_pack_job *job, uint32_t o, float *to)
{
    const struct nev_linear *linear = &job->step->linear[0];
    float *bias = (float *)(void *)(job->packed + linear->bias_offset);
    double g[3][3][PACK_LANES] = {{{0.0}}}, scale[PACK_LANES];
    int lanes = linear->oc - o < PACK_LANES ? (int)(linear->oc - o) : PACK_LANES;
    bool good = true;

    for (int l = 0; l < lanes; l++) {
        scale[l] = nev_fold(job, 0, o + (uint32_t)l, &bias[o + (uint32_t)l]);
        good = good && nev_is_finite(bias[o + (uint32_t)l]);
    }
    for (size_t i = 0; i < linear->c; i++, to += NEV_PANEL) {
        for (int l = 0; l < lanes; l++) {
            size_t from = ((size_t)(o + (uint32_t)l) * linear->c + i) * 9;

            for (size_t t = 0; t < 9; t++) {
                g[t % 3][t / 3][l] = nev_fold_product(job, 0, from + t, scale[l]);
            }
        }
        good = pack_filters(scheme_of(job->step), g, linear->c, to) && good;
    }
    return good;
}

static bool pack_winograd(const struct nev_pack_job *job, uint32_t part, uint32_t parts)
{
    const struct nev_linear *linear = &job->step->linear[0];
    const struct nev_winograd_shape shape = nev_winograd_shape(scheme_of(job->step));
    size_t panel = (size_t)(shape.weights * shape.weights) * linear->c * NEV_PANEL, begin, end;
    float *weight = (float *)(void *)(job->packed + linear->weight_offset);
    bool good = true;

    nev_parallel_range((size_t)panels_of(linear->oc), part, parts, &begin, &end);
    for (size_t o = begin * NEV_PANEL; o < end * NEV_PANEL && o < linear->oc; o += PACK_LANES) {
        good = pack_lanes(job, (uint32_t)o, weight + o / NEV_PANEL * panel + o % NEV_PANEL) && good;
    }
    return good;
}

/* ---- running ---- */

static const struct nev_kernels *kernels_of(const struct nev_step_run *r)
{
    return r->run->kernels != NULL ? r->run->kernels : &nev_kernels_c;
}

static void fill_conv(const struct nev_step_run *r, struct nev_conv_args *args)
{
    const struct nev_linear *linear = &r->step->linear[0];

    args->x = r->x;
    args->weight = nev_linear_weight(r, 0);
    args->bias = nev_linear_bias(r, 0);
    args->also = r->also;
    args->y = r->y;
    /* PORTABILITY: offsets are multiples of NEV_ALIGN in an arena aligned to it, so floats are aligned. */
    args->zero = (const float *)(const void *)((const uint8_t *)r->run->arena + r->run->plan->zero_offset);
    args->h = linear->h;
    args->w = linear->w;
    args->c = linear->c;
    args->oh = linear->oh;
    args->ow = linear->ow;
    args->oc = linear->oc;
    args->k = linear->k;
    args->s = linear->s;
    args->pad_top = linear->pad_top;
    args->pad_left = linear->pad_left;
    args->act = (enum nev_act)r->step->act;
}

/* Lists tiles [begin, end) in the order of struct nev_winograd_args. */
static void list_tiles(struct nev_winograd_args *args, const struct cut *cut, size_t begin, size_t end)
{
    const uint32_t out = (uint32_t)nev_winograd_shape(args->scheme).out;
    const bool has_cut_row = args->conv->oh % out != 0, has_cut_col = args->conv->ow % out != 0;
    uint32_t len[4] = {0, 0, 0, 0};

    args->tiles = 0;
    for (uint32_t kind = 0; kind < 4; kind++) {
        for (size_t t = begin; t < end; t++) {
            uint32_t row = (uint32_t)(t / cut->cols), col = (uint32_t)(t % cut->cols);
            bool is_low = has_cut_row && row == cut->rows - 1, is_right = has_cut_col && col == cut->cols - 1;

            if (kind == (is_right ? 2u + is_low : 1u - is_low)) {
                args->row[args->tiles] = (uint16_t)row;
                args->col[args->tiles] = (uint16_t)col;
                args->tiles++;
                len[kind]++;
            }
        }
    }
    args->cut_rows = len[0];
    args->whole = len[1];
    args->cut_cols = len[2];
}

/* One block at a time, as evenly as they come out. */
static void run_blocks(const struct nev_kernels *kernels, struct nev_winograd_args *args,
                       const struct cut *cut, size_t begin, size_t end)
{
    size_t blocks = (end - begin + cut->block - 1) / cut->block;

    for (size_t b = 0; b < blocks; b++) {
        size_t from, to;

        nev_parallel_range(end - begin, (uint32_t)b, (uint32_t)blocks, &from, &to);
        list_tiles(args, cut, begin + from, begin + to);
        kernels->winograd_input(args, 0, args->tiles);
        kernels->winograd_panels(args, 0, (uint32_t)panels_of(args->conv->oc));
    }
}

/* Points the arguments at picture i. Its output is the step's: pooled, where the pooling is fused. */
static void set_picture(const struct nev_step_run *r, struct nev_conv_args *conv, uint32_t i)
{
    const size_t out = (size_t)r->step->oh * r->step->ow * r->step->oc;

    conv->x = r->x + i * ((size_t)conv->h * conv->w * conv->c);
    conv->y = r->y + i * out;
    conv->also = r->also == NULL ? NULL : r->also + i * out;
}

/* One block a picture: the inputs of all pictures are transformed, then each panel meets all of them. */
static void run_shared(const struct nev_step_run *r, struct nev_conv_args *conv,
                       struct nev_winograd_args *args, const struct cut *cut, uint32_t phase, uint32_t part,
                       uint32_t parts)
{
    const struct nev_kernels *kernels = kernels_of(r);
    float *v = r->scratch;
    size_t begin, end, group, at;

    args->m = v + r->step->batch * cut->v_len + part * cut->m_len;
    list_tiles(args, cut, 0, cut->tiles);
    nev_parallel_range(phase == 0 ? cut->tiles : (size_t)panels_of(conv->oc), part, parts, &begin, &end);
    group = phase == 0 || r->n == 1 ? end - begin : 1;
    for (at = begin; at < end; at += group) {
        for (uint32_t i = 0; i < r->n; i++) {
            set_picture(r, conv, i);
            args->v = v + i * cut->v_len;
            if (phase == 0) {
                kernels->winograd_input(args, (uint32_t)at, (uint32_t)(at + group));
            } else {
                kernels->winograd_panels(args, (uint32_t)at, (uint32_t)(at + group));
            }
        }
    }
}

static void run_winograd(const struct nev_step_run *r, uint32_t phase, uint32_t part, uint32_t parts)
{
    struct nev_conv_args conv;
    struct nev_winograd_args args;
    struct cut cut;
    size_t begin, end;

    fill_conv(r, &conv);
    cut_step(r->step, &cut);
    args.conv = &conv;
    args.scheme = scheme_of(r->step);
    args.is_pooled = r->step->pool_k != 0;
    args.v = r->scratch;
    args.v_plane = cut.v_plane;
    args.m_plane = cut.m_plane;
    if (cut.is_shared) {
        run_shared(r, &conv, &args, &cut, phase, part, parts);
        return;
    }
    args.v += part * (cut.v_len + cut.m_len);
    args.m = args.v + cut.v_len;
    nev_parallel_range(cut.tiles, part, parts, &begin, &end);
    for (uint32_t i = 0; i < r->n; i++) {
        set_picture(r, &conv, i);
        run_blocks(kernels_of(r), &args, &cut, begin, end);
    }
}

const struct nev_algorithm_ops nev_algorithm_winograd_f4 = {"winograd-f4", size_winograd, pack_winograd,
                                                            run_winograd, true};
const struct nev_algorithm_ops nev_algorithm_winograd_f2 = {"winograd-f2", size_winograd, pack_winograd,
                                                            run_winograd, true};
const struct nev_algorithm_ops nev_algorithm_winograd_s2 = {"winograd-s2", size_winograd, pack_winograd,
                                                            run_winograd, true};
