/* SPDX-License-Identifier: MIT */
/*
 * algorithm_gemm.c - convolution as an implicit matrix product, with the addition and the activation fused;
 * also the depthwise convolution and the poolings, which split their outputs over the threads in the same
 * plain way.
 */
#include <string.h>

#include "nn/algorithm.h"
#include "nn/base/size.h"
#include "nn/kernels/kernels.h"

#define GROUP_BYTES    (192u * 1024u) /* of weights: less than half of a second-level cache of 512 KiB */
#define PIXELS_A_BLOCK 6u             /* CONV_PIXELS of conv.inc: parts start on whole blocks */
#define WINDOW_MAX     3u             /* the largest depthwise kernel and pooling window */
#define BLOCKS_TO_SPLIT                                                                                      \
    32u /* a part; with fewer, panels are split instead, and a part reads only its own weights */

static uint64_t panels_of(uint32_t oc)
{
    return (oc + NEV_PANEL - 1) / NEV_PANEL;
}

/* ---- what both kinds of weights share ---- */

void nev_panels_size(struct nev_linear *linear)
{
    uint64_t ic = linear->op == NEV_OP_DEPTHWISE ? 1 : linear->c;

    linear->weight_bytes =
        nev_bytes_align(panels_of(linear->oc) * linear->k * linear->k * ic * NEV_PANEL * sizeof(float));
    linear->bias_bytes = nev_bytes_align(panels_of(linear->oc) * NEV_PANEL * sizeof(float));
}

static void size_panels(const struct nev_table *table, struct nev_step *step)
{
    (void)table;
    nev_panels_size(&step->linear[0]);
    step->phases = 1;
    step->scratch_bytes = 0;
    step->own_bytes = 0;
}

/* One output channel into its lane of its panel; the file has [o][i][p][q], the panel [p][q][i]. */
static bool pack_channel(const struct nev_pack_job *job, uint32_t index, uint32_t o)
{
    const struct nev_linear *linear = &job->step->linear[index];
    size_t taps = (size_t)linear->k * linear->k, ic = linear->op == NEV_OP_DEPTHWISE ? 1 : linear->c, i, t;
    size_t from = (size_t)o * ic * taps;
    float *weight = (float *)(void *)(job->packed + linear->weight_offset);
    float *bias = (float *)(void *)(job->packed + linear->bias_offset);
    float *to = weight + (o / NEV_PANEL) * taps * ic * NEV_PANEL + o % NEV_PANEL;
    double scale = nev_fold(job, index, o, &bias[o]);
    bool good = nev_is_finite(bias[o]);

    for (i = 0; i < ic; i++) {
        for (t = 0; t < taps; t++, from++) {
            float w = nev_fold_weight(job, index, from, scale);

            to[(t * ic + i) * NEV_PANEL] = w;
            good = good && nev_is_finite(w);
        }
    }
    return good;
}

bool nev_panels_pack(const struct nev_pack_job *job, uint32_t part, uint32_t parts)
{
    size_t begin, end, o;
    bool good = true;

    for (uint32_t i = 0; i < job->step->linear_len; i++) {
        nev_parallel_range(job->step->linear[i].oc, part, parts, &begin, &end);
        for (o = begin; o < end; o++) {
            good = pack_channel(job, i, (uint32_t)o) && good;
        }
    }
    return good;
}

void nev_linear_args(const struct nev_step_run *r, uint32_t i, struct nev_conv_args *args)
{
    const struct nev_linear *linear = &r->step->linear[i];

    memset(args, 0, sizeof *args);
    args->weight = nev_linear_weight(r, i);
    args->bias = nev_linear_bias(r, i);
    args->zero = nev_step_zero(r);
    args->h = linear->h;
    args->w = linear->w;
    args->c = linear->c;
    args->oh = linear->oh;
    args->ow = linear->ow;
    args->oc = linear->oc;
    args->x_step = linear->c;
    args->y_step = linear->oc;
    args->y_panel = NEV_PANEL;
    args->k = linear->k;
    args->s = linear->s;
    args->pad_top = linear->pad_top;
    args->pad_left = linear->pad_left;
    args->act = (enum nev_act)linear->act;
}

void nev_pool_args(const struct nev_step *step, struct nev_conv_args *args)
{
    memset(args, 0, sizeof *args);
    args->h = step->h;
    args->w = step->w;
    args->c = step->c;
    args->oh = step->oh;
    args->ow = step->ow;
    args->oc = step->oc;
    args->x_step = step->c;
    args->y_step = step->oc;
    args->k = step->pool_k;
    args->s = step->pool_s;
    args->pad_top = step->pool_p;
    args->pad_left = step->pool_p;
}

void nev_window_rows(const struct nev_conv_args *args, uint32_t row, const float *x, size_t row_len,
                     uint32_t slots, const float *rows[])
{
    for (uint32_t p = 0; p < args->k; p++) {
        uint32_t y = row * args->s + p - args->pad_top; /* wraps to a large number above the picture */

        rows[p] = y < args->h ? x + (size_t)(y % slots) * row_len : NULL;
    }
}

const struct nev_kernels *nev_step_kernels(const struct nev_step_run *r)
{
    return r->run->kernels != NULL ? r->run->kernels : &nev_kernels_c;
}

/* ---- convolution ---- */

/* Panels [begin, end) for every pixel of r->n pictures: a group of panels small enough to stay in the second-level
 * cache meets all pictures before the next group is fetched. */
static void run_panels(const struct nev_step_run *r, const struct nev_conv_args *args, uint32_t pictures,
                       size_t begin, size_t end)
{
    const size_t pixels = (size_t)args->oh * args->ow, in = (size_t)args->h * args->w * args->c;
    const size_t panel_bytes = (size_t)args->k * args->k * args->c * NEV_PANEL * sizeof(float);
    const size_t group = pictures == 1 ? end - begin + 1 : GROUP_BYTES / panel_bytes + 1;
    size_t at, stop;

    for (at = begin; at < end; at = stop) {
        stop = end - at < group ? end : at + group;
        for (uint32_t i = 0; i < pictures; i++) {
            struct nev_conv_args one = *args;

            one.x = args->x + i * in;
            one.y = args->y + i * pixels * args->oc;
            one.also = args->also == NULL ? NULL : args->also + i * pixels * args->oc;
            nev_step_kernels(r)->conv(&one, 0, pixels, (uint32_t)at, (uint32_t)stop);
        }
    }
}

/* Blocks of pixels [part, parts) of one picture, every panel. */
static void run_pixels(const struct nev_step_run *r, const struct nev_conv_args *args, uint32_t picture,
                       uint32_t part, uint32_t parts)
{
    const size_t pixels = (size_t)args->oh * args->ow;
    struct nev_conv_args one = *args;
    size_t begin, end;

    one.x = args->x + picture * ((size_t)args->h * args->w * args->c);
    one.y = args->y + picture * pixels * args->oc;
    one.also = args->also == NULL ? NULL : args->also + picture * pixels * args->oc;
    nev_parallel_range((pixels + PIXELS_A_BLOCK - 1) / PIXELS_A_BLOCK, part, parts, &begin, &end);
    begin *= PIXELS_A_BLOCK;
    end = end * PIXELS_A_BLOCK < pixels ? end * PIXELS_A_BLOCK : pixels;
    nev_step_kernels(r)->conv(&one, begin, end, 0, (uint32_t)panels_of(args->oc));
}

static void run_gemm(const struct nev_step_run *r, uint32_t phase, uint32_t part, uint32_t parts)
{
    struct nev_conv_args args;
    size_t blocks = ((size_t)r->step->oh * r->step->ow + PIXELS_A_BLOCK - 1) / PIXELS_A_BLOCK, begin, end;
    size_t pictures = r->n;

    (void)phase;
    nev_linear_args(r, 0, &args);
    args.x = r->x;
    args.also = r->also;
    args.y = r->y;
    args.act = (enum nev_act)r->step->act;
    if (blocks >= (size_t)BLOCKS_TO_SPLIT * parts) {
        for (uint32_t i = 0; i < r->n; i++) {
            run_pixels(r, &args, i, part, parts);
        }
        return;
    }
    begin = 0;
    end = (size_t)panels_of(args.oc);
    if (pictures > 1 && nev_is_by_picture(r->n, parts)) {
        size_t first, stop;

        nev_parallel_range(r->n, part, parts, &first, &stop);
        args.x += first * ((size_t)args.h * args.w * args.c);
        args.y += first * ((size_t)args.oh * args.ow * args.oc);
        args.also = args.also == NULL ? NULL : args.also + first * ((size_t)args.oh * args.ow * args.oc);
        pictures = stop - first;
    } else {
        nev_parallel_range(end, part, parts, &begin, &end);
        args.is_shared = nev_is_shared(r->y, args.oc, parts);
    }
    if (args.k == 1 && args.s == 1) {
        /* Pictures that lie one behind another are one tall picture to a kernel without neighbours.
         * Bounds: sides are at most 2^11, batches at most 2^8. */
        args.h *= (uint32_t)pictures;
        args.oh *= (uint32_t)pictures;
        pictures = 1;
    }
    run_panels(r, &args, (uint32_t)pictures, begin, end);
}

const struct nev_algorithm_ops nev_algorithm_gemm = {"gemm", size_panels, nev_panels_pack, run_gemm, true};

/* ---- depthwise ---- */

static void run_depthwise(const struct nev_step_run *r, uint32_t phase, uint32_t part, uint32_t parts)
{
    const float *rows[WINDOW_MAX];
    struct nev_conv_args args;
    size_t begin, end;

    (void)phase;
    nev_linear_args(r, 0, &args);
    nev_parallel_range(args.oh, part, parts, &begin, &end);
    for (; begin < end; begin++) {
        nev_window_rows(&args, (uint32_t)begin, r->x, (size_t)args.w * args.c, args.h, rows);
        nev_step_kernels(r)->depthwise(&args, rows, r->y + begin * args.ow * args.oc);
    }
}

const struct nev_algorithm_ops nev_algorithm_depthwise = {"depthwise", size_panels, nev_panels_pack,
                                                          run_depthwise, false};

/* ---- poolings ---- */

static void size_pool(const struct nev_table *table, struct nev_step *step)
{
    (void)table;
    step->phases = 1;
    step->scratch_bytes = 0;
    step->own_bytes = 0;
}

static void run_maxpool(const struct nev_step_run *r, uint32_t phase, uint32_t part, uint32_t parts)
{
    const float *rows[WINDOW_MAX];
    struct nev_conv_args args;
    size_t begin, end;

    (void)phase;
    nev_pool_args(r->step, &args);
    nev_parallel_range(args.oh, part, parts, &begin, &end);
    for (; begin < end; begin++) {
        nev_window_rows(&args, (uint32_t)begin, r->x, (size_t)args.w * args.c, args.h, rows);
        nev_step_kernels(r)->maxpool(&args, rows, r->y + begin * args.ow * args.oc);
    }
}

const struct nev_algorithm_ops nev_algorithm_maxpool = {"maxpool", size_pool, NULL, run_maxpool, false};

static void run_avgpool(const struct nev_step_run *r, uint32_t phase, uint32_t part, uint32_t parts)
{
    struct nev_conv_args args;
    size_t begin, end;

    (void)phase;
    nev_pool_args(r->step, &args);
    args.x = r->x;
    args.y = r->y;
    nev_parallel_range(args.c / 8, part, parts, &begin, &end);
    nev_step_kernels(r)->avgpool(&args, (uint32_t)begin * 8, (uint32_t)end * 8);
}

const struct nev_algorithm_ops nev_algorithm_avgpool = {"avgpool", size_pool, NULL, run_avgpool, false};
