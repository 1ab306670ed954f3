/* SPDX-License-Identifier: MIT */
/*
 * algorithm_block.c - several rows of the table in one step, so that the large tensor between them never
 * exists: MobileNetV2's block (a convolution that expands, a depthwise convolution, one that projects, the
 * addition), and a convolution with the maximum pooling after it.
 *
 * Both walk down the picture in strips of output rows. The first convolution's rows go into a ring, panel by
 * panel, that holds just the rows under a strip and stays in the second-level cache; threads have a ring
 * each and compute the row or two at their seam twice. Small pictures, where seams would cost too much, are
 * split by channels instead. Every sum is that of the separate steps, so no bit changes.
 */
#include "nn/algorithm.h"
#include "nn/base/size.h"
#include "nn/kernels/kernels.h"

#define STRIP_FLOATS  (80u * 1024u) /* a ring and what is made of it: 320 KiB, most of a second-level cache */
#define STRIP_ROWS    8u
#define SPLIT_SIDE    8u /* up to this height, a block is split by channels */
#define WINDOW_MAX    3u
#define LINEAR_EXPAND 0u
#define LINEAR_DEPTH  1u
#define LINEAR_LAST   2u

/* How a step's scratch is cut. */
struct strips {
    uint32_t rows;            /* output rows at a time */
    uint32_t slots;           /* rows of the ring: those under a strip */
    uint32_t panels;          /* of the ring */
    size_t row_len;           /* floats of one panel's row */
    size_t panel_len;         /* floats of one panel */
    size_t ring_len, mid_len; /* floats of a ring; of the depthwise convolution's output for one strip */
};

static bool is_split_by_channels(const struct nev_step *step)
{
    return step->algorithm == NEV_ALGORITHM_BLOCK && step->oh <= SPLIT_SIDE;
}

/* The most rows that fit; w: columns of the ring, c: its channels, k and s: the window over it. */
static struct strips strips_of(const struct nev_step *step)
{
    const struct nev_linear *first = &step->linear[LINEAR_EXPAND], *depth = &step->linear[LINEAR_DEPTH];
    const bool is_block = step->algorithm == NEV_ALGORITHM_BLOCK;
    const uint32_t k = is_block ? depth->k : step->pool_k, s = is_block ? depth->s : step->pool_s;
    const uint32_t most = step->oh < STRIP_ROWS ? step->oh : STRIP_ROWS;
    struct strips strips = {0};

    strips.panels = (first->oc + NEV_PANEL - 1) / NEV_PANEL;
    strips.row_len = (size_t)first->ow * NEV_PANEL;
    do {
        strips.rows++;
        strips.slots = (strips.rows - 1) * s + k;
        strips.panel_len = strips.slots * strips.row_len;
        strips.ring_len = strips.panels * strips.panel_len;
        strips.mid_len = is_block ? (size_t)strips.rows * depth->ow * depth->oc : 0;
    } while (strips.rows < most &&
             strips.ring_len + s * strips.panels * strips.row_len + strips.mid_len <= STRIP_FLOATS);
    return strips;
}

/* By channels: one panel of the whole picture for each part, and the depthwise output of all. */
static size_t slab_len(const struct nev_step *step)
{
    return (size_t)step->linear[LINEAR_DEPTH].h * step->linear[LINEAR_DEPTH].w * NEV_PANEL;
}

static void size_block(const struct nev_table *table, struct nev_step *step)
{
    const struct nev_linear *depth = &step->linear[LINEAR_DEPTH];
    const struct strips strips = strips_of(step);

    (void)table;
    for (uint32_t i = 0; i < step->linear_len; i++) {
        nev_panels_size(&step->linear[i]);
    }
    step->phases = 1;
    step->scratch_bytes = 0;
    step->own_bytes = nev_bytes_align((strips.ring_len + strips.mid_len) * sizeof(float));
    if (is_split_by_channels(step)) {
        step->phases = 2;
        step->scratch_bytes = nev_bytes_align((uint64_t)depth->oh * depth->ow * depth->oc * sizeof(float));
        step->own_bytes = nev_bytes_align(slab_len(step) * sizeof(float));
    }
}

/* Rows begin..end-1 of the first convolution, into the ring: at most two stretches. */
static void fill_ring(const struct nev_step_run *r, struct nev_conv_args *args, const struct strips *strips,
                      float *ring, uint32_t begin, uint32_t end, uint32_t panel, uint32_t panel_end)
{
    while (begin < end) {
        uint32_t slot = begin % strips->slots, rest = strips->slots - slot;
        uint32_t stop = end - begin < rest ? end : begin + rest;

        args->y = ring + slot * strips->row_len;
        args->y_first = (size_t)begin * args->ow;
        nev_step_kernels(r)->conv(args, args->y_first, (size_t)stop * args->ow, panel, panel_end);
        begin = stop;
    }
}

/* The first row not yet in the ring, and the one after the last that a strip needs. */
static void rows_needed(const struct nev_conv_args *window, uint32_t row, uint32_t row_end, uint32_t *begin,
                        uint32_t *end)
{
    uint32_t top = row * window->s, last = (row_end - 1) * window->s + window->k;

    top = top < window->pad_top ? 0 : top - window->pad_top;
    last = last < window->pad_top ? 0 : last - window->pad_top;
    *end = last < window->h ? last : window->h;
    *begin = *begin > top ? *begin : top;
}

/* ---- block ---- */

/* What a part needs for one strip. */
struct block_job {
    const struct nev_step_run *r;
    struct strips strips;
    struct nev_conv_args expand, depth, project;
    float *ring, *mid;
};

static void block_job_make(const struct nev_step_run *r, struct block_job *job)
{
    job->r = r;
    nev_linear_args(r, LINEAR_EXPAND, &job->expand);
    nev_linear_args(r, LINEAR_DEPTH, &job->depth);
    nev_linear_args(r, LINEAR_LAST, &job->project);
    job->expand.x = r->x;
    job->expand.y_step = NEV_PANEL;
    job->depth.x_step = NEV_PANEL;
    job->depth.c = NEV_PANEL;
    job->project.act = (enum nev_act)r->step->act;
}

/* One panel of the depthwise convolution, rows row..row_end-1, from the ring to the strip. */
static void block_depth(struct block_job *job, uint32_t panel, const float *ring, uint32_t row,
                        uint32_t row_end)
{
    const struct nev_linear *depth = &job->r->step->linear[LINEAR_DEPTH];
    struct nev_conv_args *args = &job->depth;
    const float *rows[WINDOW_MAX];
    float *y = job->mid + (size_t)panel * NEV_PANEL;

    args->weight = nev_linear_weight(job->r, LINEAR_DEPTH) + (size_t)panel * depth->k * depth->k * NEV_PANEL;
    args->bias = nev_linear_bias(job->r, LINEAR_DEPTH) + (size_t)panel * NEV_PANEL;
    for (; row < row_end; row++, y += (size_t)args->ow * args->y_step) {
        nev_window_rows(args, row, ring, job->strips.row_len, job->strips.slots, rows);
        nev_step_kernels(job->r)->depthwise(args, rows, y);
    }
}

static void block_strip(struct block_job *job, uint32_t row, uint32_t row_end, uint32_t *done)
{
    const struct nev_step_run *r = job->r;
    const size_t at = (size_t)row * job->project.ow * job->project.oc;
    const bool is_picture = job->expand.k > 1; /* all panels at once: conv finds a block's place but once */
    uint32_t end;

    rows_needed(&job->depth, row, row_end, done, &end);
    if (is_picture) {
        fill_ring(r, &job->expand, &job->strips, job->ring, *done, end, 0, job->strips.panels);
    }
    for (uint32_t panel = 0; panel < job->strips.panels; panel++) {
        if (!is_picture) {
            fill_ring(r, &job->expand, &job->strips, job->ring, *done, end, panel, panel + 1);
        }
        block_depth(job, panel, job->ring + panel * job->strips.panel_len, row, row_end);
    }
    *done = end;
    job->project.x = job->mid;
    job->project.y = r->y + at;
    job->project.also = r->also == NULL ? NULL : r->also + at;
    nev_step_kernels(r)->conv(&job->project, 0, (size_t)(row_end - row) * job->project.ow, 0,
                              (job->project.oc + NEV_PANEL - 1) / NEV_PANEL);
}

static void block_rows(const struct nev_step_run *r, uint32_t part, uint32_t parts)
{
    struct block_job job;
    uint32_t done = 0;
    size_t begin, end;

    block_job_make(r, &job);
    job.strips = strips_of(r->step);
    job.expand.y_panel = job.strips.panel_len;
    job.ring = nev_step_own(r, part);
    job.mid = job.ring + job.strips.ring_len;
    nev_parallel_range(r->step->oh, part, parts, &begin, &end);
    while (begin < end) {
        size_t stop = end - begin < job.strips.rows ? end : begin + job.strips.rows;

        block_strip(&job, (uint32_t)begin, (uint32_t)stop, &done);
        begin = stop;
    }
}

/* Phase 0: this part's channels of the depthwise output; phase 1: its channels of the block's. */
static void block_channels(const struct nev_step_run *r, uint32_t phase, uint32_t part, uint32_t parts)
{
    struct block_job job;
    size_t begin, end;

    block_job_make(r, &job);
    job.mid = r->scratch;
    job.depth.is_shared = nev_is_shared(job.mid, job.project.c, parts) && job.depth.ow <= NEV_SHARED_COLS;
    job.project.is_shared = nev_is_shared(r->y, job.project.oc, parts);
    if (phase == 0) {
        job.strips.slots = job.depth.h;
        job.strips.row_len = (size_t)job.depth.w * NEV_PANEL;
        job.ring = nev_step_own(r, part);
        job.expand.y_panel = 0; /* every panel goes to the same place */
        nev_parallel_range(job.expand.oc / NEV_PANEL, part, parts, &begin, &end);
        for (uint32_t panel = (uint32_t)begin; panel < end; panel++) {
            fill_ring(r, &job.expand, &job.strips, job.ring, 0, job.depth.h, panel, panel + 1);
            block_depth(&job, panel, job.ring, 0, job.depth.oh);
        }
        return;
    }
    job.project.x = job.mid;
    job.project.y = r->y;
    job.project.also = r->also;
    nev_parallel_range((job.project.oc + NEV_PANEL - 1) / NEV_PANEL, part, parts, &begin, &end);
    nev_step_kernels(r)->conv(&job.project, 0, (size_t)job.project.oh * job.project.ow, (uint32_t)begin,
                              (uint32_t)end);
}

static void run_block(const struct nev_step_run *r, uint32_t phase, uint32_t part, uint32_t parts)
{
    if (is_split_by_channels(r->step)) {
        block_channels(r, phase, part, parts);
    } else {
        block_rows(r, part, parts);
    }
}

const struct nev_algorithm_ops nev_algorithm_block = {"block", size_block, nev_panels_pack, run_block, false};

/* ---- convolution and maximum ---- */

static void size_gemm_pool(const struct nev_table *table, struct nev_step *step)
{
    struct strips strips = strips_of(step);

    (void)table;
    nev_panels_size(&step->linear[0]);
    step->phases = 1;
    step->scratch_bytes = 0;
    step->own_bytes = nev_bytes_align(strips.ring_len * sizeof(float));
}

/* One row of the pooling, panel by panel. */
static void pool_row(const struct nev_step_run *r, const struct nev_conv_args *pool,
                     const struct strips *strips, const float *ring, uint32_t row)
{
    const float *rows[WINDOW_MAX];
    float *y = r->y + (size_t)row * pool->ow * pool->y_step;

    for (uint32_t panel = 0; panel < strips->panels; panel++) {
        nev_window_rows(pool, row, ring + panel * strips->panel_len, strips->row_len, strips->slots, rows);
        nev_step_kernels(r)->maxpool(pool, rows, y + (size_t)panel * NEV_PANEL);
    }
}

static void run_gemm_pool(const struct nev_step_run *r, uint32_t phase, uint32_t part, uint32_t parts)
{
    const struct strips strips = strips_of(r->step);
    struct nev_conv_args args, pool;
    float *ring = nev_step_own(r, part);
    uint32_t done = 0, needed;
    size_t begin, end;

    (void)phase;
    nev_linear_args(r, 0, &args);
    args.x = r->x;
    args.y_step = NEV_PANEL;
    args.y_panel = strips.panel_len;
    nev_pool_args(r->step, &pool);
    pool.h = args.oh;
    pool.w = args.ow;
    pool.c = NEV_PANEL;
    pool.x_step = NEV_PANEL;
    nev_parallel_range(pool.oh, part, parts, &begin, &end);
    while (begin < end) {
        size_t stop = end - begin < strips.rows ? end : begin + strips.rows;

        rows_needed(&pool, (uint32_t)begin, (uint32_t)stop, &done, &needed);
        fill_ring(r, &args, &strips, ring, done, needed, 0, strips.panels);
        done = needed;
        for (; begin < stop; begin++) {
            pool_row(r, &pool, &strips, ring, (uint32_t)begin);
        }
    }
}

const struct nev_algorithm_ops nev_algorithm_gemm_pool = {"gemm+maxpool", size_gemm_pool, nev_panels_pack,
                                                          run_gemm_pool, false};
