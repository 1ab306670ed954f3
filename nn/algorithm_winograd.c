/* SPDX-License-Identifier: MIT */
/*
 * algorithm_winograd.c - Winograd's convolutions: how a layer's outputs are cut into tiles and blocks of
 * tiles, and how both are split over the threads. The weights: winograd_weights.c.
 *
 * Few tiles (a late layer) are one block, with those of other pictures of a batch: the threads share out the panels of
 * output channels, so that each reads only its own weights. Many tiles are cut into blocks whose transformed input fits
 * the second cache; each thread takes a run of tiles and all weights.
 */
#include "nn/algorithm.h"
#include "nn/base/size.h"
#include "nn/kernels/kernels.h"

#define TILES_ONE_BLOCK 32u            /* at most, shared by all threads */
#define BLOCK_BYTES     (320u * 1024u) /* of transformed input, of a second cache of 512 KiB */
#define TILES_MIN       12u            /* a block; with fewer, weights are read too often */
#define LINE_FLOATS     (NEV_ALIGN / sizeof(float))

static uint64_t panels_of(uint32_t oc)
{
    return (oc + NEV_PANEL - 1) / NEV_PANEL;
}

/* How a step's tiles are cut. */
struct cut {
    uint32_t rows, cols;   /* of tiles */
    size_t tiles, block;   /* in all; the most of a block */
    size_t v_plane, v_len; /* floats; see struct nev_winograd_args */
    size_t m_plane, m_len;
    uint32_t pictures; /* of a batch, in one block */
    bool is_shared;    /* all of a picture's tiles are in one block; the panels are shared out */
};

/* Bounds: at most 2^20 tiles of at most 2^11 channels and 36 points, below 2^36 floats. */
static void cut_step(const struct nev_step *step, struct cut *cut)
{
    const struct nev_linear *linear = &step->linear[0];
    const struct nev_winograd_shape shape = nev_winograd_shape(nev_winograd_scheme(step));
    uint32_t out = (uint32_t)shape.out;
    size_t points = (size_t)(shape.points * shape.points);

    cut->rows = (linear->oh + out - 1) / out;
    cut->cols = (linear->ow + out - 1) / out;
    cut->tiles = (size_t)cut->rows * cut->cols;
    cut->is_shared = cut->tiles <= TILES_ONE_BLOCK;
    cut->pictures = 1;
    if (cut->is_shared) { /* at least four */
        cut->pictures = NEV_WINOGRAD_LIST / (uint32_t)cut->tiles;
        cut->pictures = cut->pictures < step->batch ? cut->pictures : step->batch;
    }
    cut->block = cut->tiles * cut->pictures;
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

/* ---- running ---- */

static void size_winograd(const struct nev_table *table, struct nev_step *step)
{
    struct cut cut;

    (void)table;
    cut_step(step, &cut);
    nev_winograd_size(step);
    step->phases = 1;
    step->scratch_bytes = 0;
    step->own_bytes = ((uint64_t)cut.v_len + cut.m_len) * sizeof(float);
}

/* Lists tiles [begin, end), counted through the pictures, in the order of struct nev_winograd_args. */
static void list_tiles(struct nev_winograd_args *args, const struct cut *cut, size_t begin, size_t end)
{
    const uint32_t out = (uint32_t)nev_winograd_shape(args->scheme).out;
    const bool has_cut_row = args->conv->oh % out != 0, has_cut_col = args->conv->ow % out != 0;
    uint32_t len[4] = {0, 0, 0, 0};

    args->tiles = 0;
    for (uint32_t kind = 0; kind < 4; kind++) {
        for (size_t t = begin; t < end; t++) {
            const uint32_t tile = (uint32_t)(t % cut->tiles), row = tile / cut->cols, col = tile % cut->cols;
            bool is_low = has_cut_row && row == cut->rows - 1, is_right = has_cut_col && col == cut->cols - 1;

            if (kind == (is_right ? 2u + is_low : 1u - is_low)) {
                args->picture[args->tiles] = (uint16_t)(t / cut->tiles);
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

/* All tiles of one picture, or of several, in one block. Pictures enough are shared out; else the panels are, and each
 * part transforms the input for itself, because cache lines that several processors read are slow to write again. */
static void run_shared(const struct nev_step_run *r, struct nev_conv_args *conv,
                       struct nev_winograd_args *args, const struct cut *cut, uint32_t part, uint32_t parts)
{
    const struct nev_kernels *kernels = nev_step_kernels(r);
    const bool is_by_picture = nev_is_by_picture(r->n, parts);
    size_t picture = 0, picture_end = r->n, panel = 0, panel_end = (size_t)panels_of(conv->oc), now;

    if (is_by_picture) {
        nev_parallel_range(r->n, part, parts, &picture, &picture_end);
    } else {
        nev_parallel_range(panel_end, part, parts, &panel, &panel_end);
        conv->is_shared = nev_is_shared(r->y, conv->oc, parts);
    }
    for (; picture < picture_end; picture += now) {
        now = picture_end - picture < cut->pictures ? picture_end - picture : cut->pictures;
        set_picture(r, conv, (uint32_t)picture);
        list_tiles(args, cut, 0, now * cut->tiles);
        kernels->winograd_input(args, 0, args->tiles);
        kernels->winograd_panels(args, (uint32_t)panel, (uint32_t)panel_end);
    }
}

static void run_winograd(const struct nev_step_run *r, uint32_t phase, uint32_t part, uint32_t parts)
{
    struct nev_conv_args conv;
    struct nev_winograd_args args;
    struct cut cut;
    size_t begin, end;

    (void)phase;
    nev_linear_args(r, 0, &conv);
    conv.act = (enum nev_act)r->step->act;
    cut_step(r->step, &cut);
    args.conv = &conv;
    args.scheme = nev_winograd_scheme(r->step);
    args.is_pooled = r->step->pool_k != 0;
    args.v_plane = cut.v_plane;
    args.m_plane = cut.m_plane;
    args.x_picture = (size_t)conv.h * conv.w * conv.c;
    args.y_picture = (size_t)r->step->oh * r->step->ow * r->step->oc;
    args.v = nev_step_own(r, part);
    args.m = args.v + cut.v_len;
    if (cut.is_shared) {
        run_shared(r, &conv, &args, &cut, part, parts);
        return;
    }
    conv.is_shared = nev_is_late(r->step) && nev_is_shared(r->y, conv.oc, parts);
    nev_parallel_range(cut.tiles, part, parts, &begin, &end);
    for (uint32_t i = 0; i < r->n; i++) {
        set_picture(r, &conv, i);
        run_blocks(nev_step_kernels(r), &args, &cut, begin, end);
    }
}

const struct nev_algorithm_ops nev_algorithm_winograd_f4 = {"winograd-f4", size_winograd, nev_winograd_pack,
                                                            run_winograd, true};
const struct nev_algorithm_ops nev_algorithm_winograd_f2 = {"winograd-f2", size_winograd, nev_winograd_pack,
                                                            run_winograd, true};
const struct nev_algorithm_ops nev_algorithm_winograd_s2 = {"winograd-s2", size_winograd, nev_winograd_pack,
                                                            run_winograd, true};
