/* SPDX-License-Identifier: MIT */
/*
 * algorithm_winograd_7x7.c - the 7 x 7 convolution of stride 2 over a picture of three channels, and the 3 x 3
 * maximum of stride 2 after it.
 *
 * Even and odd rows and columns of the picture are four phases; over them the filter is one of 4 x 4 taps, stride 1
 * and twelve channels (its eighth row and column are zeros), which Winograd's F(4,4) computes with 49 products for
 * 16 outputs instead of 588. One row of tiles at a time, down the picture; panel by panel its four rows of outputs
 * meet the last row of the tiles above, which was kept, and are pooled to two. A thread that does not begin at the
 * top computes the row of tiles above its first once more, for that row.
 *
 * Source: Huang et al., DWM, AAAI 2020, for the split by parity.
 */
#include <string.h>

#include "nn/algorithm.h"
#include "nn/base/size.h"
#include "nn/kernels/kernels.h"

#define OUT         4u /* outputs of a tile, a side */
#define TAPS        4u /* of a phase */
#define IN          7u /* pixels of a tile, a side */
#define PICTURE_C   3u
#define HALF        (2u * PICTURE_C) /* floats of a phase pixel that lie together in a picture's row */
#define LINE_FLOATS (NEV_ALIGN / sizeof(float))
#define POOL_SIDE   3u

/* How a part's scratch is cut, in floats. */
struct layout {
    uint32_t rows, cols;     /* of tiles */
    size_t phase_w;          /* pixels of a row of phases */
    size_t phases_len;       /* IN rows of them, and a line that may be read past the last */
    size_t v_plane, m_plane; /* see struct nev_winograd_args */
    size_t line_len;         /* a panel of a row of outputs */
    size_t len;              /* in all */
};

static struct layout layout_of(const struct nev_step *step)
{
    const struct nev_linear *linear = &step->linear[0];
    const size_t points = NEV_WINOGRAD_POINTS * NEV_WINOGRAD_POINTS;
    const size_t panels = linear->oc / NEV_PANEL;
    struct layout l;

    l.rows = (linear->oh + OUT - 1) / OUT;
    l.cols = (linear->ow + OUT - 1) / OUT;
    l.phase_w = (size_t)l.cols * OUT + TAPS - 1;
    l.phases_len = (IN * l.phase_w * NEV_WINOGRAD_PHASES_C + 2 * LINE_FLOATS) / LINE_FLOATS * LINE_FLOATS;
    l.v_plane = (l.cols * NEV_WINOGRAD_PHASES_C + 2 * LINE_FLOATS) / LINE_FLOATS * LINE_FLOATS;
    l.m_plane = (size_t)l.cols * NEV_PANEL + LINE_FLOATS;
    l.line_len = (size_t)linear->ow * NEV_PANEL;
    l.len = l.phases_len + points * (l.v_plane + l.m_plane) + (OUT + panels) * l.line_len;
    return l;
}

static void size_7x7(const struct nev_table *table, struct nev_step *step)
{
    (void)table;
    nev_winograd_size(step);
    step->phases = 1;
    step->scratch_bytes = 0;
    step->own_bytes = nev_bytes_align(layout_of(step).len * sizeof(float));
}

/* A part at work. */
struct job {
    const struct nev_step_run *r;
    struct layout l;
    struct nev_conv_args picture,
        pool;            /* the convolution as the table has it; the maximum, a panel at a time */
    float *phases;       /* [IN][phase_w][12] */
    float *fresh, *kept; /* outputs: [OUT][ow][16] of one panel; the row above, [panels][ow][16] */
    float *v, *m;
};

/* Half a row of phases: one row of the picture, every two pixels of it in one phase pixel. */
static void fill_half(const struct job *job, uint32_t y, float *to)
{
    const struct nev_conv_args *a = &job->picture;
    const float *row = y < a->h ? a->x + (size_t)y * a->w * PICTURE_C : NULL;

    for (size_t j = 0; j < job->l.phase_w; j++, to += NEV_WINOGRAD_PHASES_C) {
        uint32_t x = (uint32_t)(2 * j) - a->pad_left; /* wraps left of the picture */

        if (row != NULL && x < a->w && x + 1 < a->w) {
            memcpy(to, row + (size_t)x * PICTURE_C, HALF * sizeof *to);
            continue;
        }
        for (uint32_t k = 0; k < 2; k++) {
            for (uint32_t c = 0; c < PICTURE_C; c++) {
                to[k * PICTURE_C + c] =
                    row != NULL && x + k < a->w ? row[(size_t)(x + k) * PICTURE_C + c] : 0.0f;
            }
        }
    }
}

/* The phases under a row of tiles, of which the first `have` rows are there. */
static void fill_phases(const struct job *job, uint32_t tile_row, uint32_t have)
{
    const size_t row_len = job->l.phase_w * NEV_WINOGRAD_PHASES_C;

    for (uint32_t i = have; i < IN; i++) {
        uint32_t y = 2 * (tile_row * OUT + i) - job->picture.pad_top; /* wraps above the picture */

        fill_half(job, y, job->phases + i * row_len);
        fill_half(job, y + 1, job->phases + i * row_len + HALF);
    }
}

/* Pools what the convolution's rows 4t - 1 .. 4t + 3 make in one panel, and keeps the last of them. */
static void pool_panel(const struct job *job, uint32_t tile_row, uint32_t panel)
{
    const size_t line_len = job->l.line_len;
    float *kept = job->kept + panel * line_len;
    uint32_t there = job->picture.oh - tile_row * OUT; /* at least one */

    there = there < OUT ? there : OUT;
    for (uint32_t i = 0; i < 2 && 2 * tile_row + i < job->pool.oh; i++) {
        const float *rows[POOL_SIDE];
        size_t row = 2 * (size_t)tile_row + i;

        for (uint32_t p = 0; p < POOL_SIDE; p++) {
            uint32_t at = 2 * i + p; /* 0: the row kept */

            rows[p] = at == 0       ? (tile_row > 0 ? kept : NULL)
                      : at <= there ? job->fresh + (at - 1) * line_len
                                    : NULL;
        }
        nev_step_kernels(job->r)->maxpool(
            &job->pool, rows, job->r->y + row * job->pool.ow * job->pool.y_step + (size_t)panel * NEV_PANEL);
    }
    memcpy(kept, job->fresh + (OUT - 1) * line_len, line_len * sizeof *kept);
}

/* One row of tiles; its outputs only for the row that is kept, where it is not the part's own. */
static void run_tiles(const struct job *job, uint32_t tile_row, bool is_own)
{
    const struct nev_kernels *kernels = nev_step_kernels(job->r);
    const struct nev_conv_args *a = &job->picture;
    struct nev_conv_args conv = *a;
    struct nev_winograd_args args;
    const bool is_low = a->oh - tile_row * OUT < OUT, is_right = a->ow % OUT != 0;

    conv.x = job->phases;
    conv.c = NEV_WINOGRAD_PHASES_C;
    conv.h = IN;
    conv.w = (uint32_t)job->l.phase_w;
    conv.pad_top = 0;
    conv.pad_left = 0;
    conv.oh = is_low ? a->oh - tile_row * OUT : OUT;
    conv.y = job->fresh;
    conv.y_step = NEV_PANEL;
    conv.y_panel = 0; /* every panel goes to the same place */
    args.conv = &conv;
    args.scheme = NEV_WINOGRAD_F44;
    args.is_pooled = 0;
    args.x_picture = 0;
    args.y_picture = 0;
    args.v = job->v;
    args.m = job->m;
    args.v_plane = job->l.v_plane;
    args.m_plane = job->l.m_plane;
    args.tiles = job->l.cols;
    for (uint32_t t = 0; t < args.tiles; t++) {
        args.picture[t] = 0;
        args.row[t] = 0;
        args.col[t] = (uint16_t)t;
    }
    args.cut_rows = is_low ? args.tiles - is_right : 0;
    args.whole = is_low ? 0 : args.tiles - is_right;
    args.cut_cols = is_low ? 0 : is_right;
    kernels->winograd_input(&args, 0, args.tiles);
    for (uint32_t panel = 0; panel < a->oc / NEV_PANEL; panel++) {
        kernels->winograd_panels(&args, panel, panel + 1);
        if (is_own) {
            pool_panel(job, tile_row, panel);
        } else {
            memcpy(job->kept + panel * job->l.line_len, job->fresh + (OUT - 1) * job->l.line_len,
                   job->l.line_len * sizeof(float));
        }
    }
}

static void run_7x7(const struct nev_step_run *r, uint32_t phase, uint32_t part, uint32_t parts)
{
    const size_t points = NEV_WINOGRAD_POINTS * NEV_WINOGRAD_POINTS;
    const uint32_t overlap = IN - OUT;
    size_t begin, end, row_len;
    struct job job;

    (void)phase;
    job.r = r;
    job.l = layout_of(r->step);
    nev_linear_args(r, 0, &job.picture);
    job.picture.x = r->x;
    nev_pool_args(r->step, &job.pool);
    job.pool.h = job.picture.oh;
    job.pool.w = job.picture.ow;
    job.pool.c = NEV_PANEL;
    job.pool.x_step = NEV_PANEL;
    job.phases = nev_step_own(r, part);
    job.v = job.phases + job.l.phases_len;
    job.m = job.v + points * job.l.v_plane;
    job.fresh = job.m + points * job.l.m_plane;
    job.kept = job.fresh + OUT * job.l.line_len;
    nev_parallel_range(job.l.rows, part, parts, &begin, &end);
    row_len = job.l.phase_w * NEV_WINOGRAD_PHASES_C;
    for (size_t row = begin > 0 && begin < end ? begin - 1 : begin, first = row; row < end; row++) {
        if (row > first) {
            memmove(job.phases, job.phases + OUT * row_len, overlap * row_len * sizeof(float));
        }
        fill_phases(&job, (uint32_t)row, row > first ? overlap : 0);
        run_tiles(&job, (uint32_t)row, row >= begin);
    }
}

const struct nev_algorithm_ops nev_algorithm_winograd_7x7 = {"winograd-7x7", size_7x7, nev_winograd_pack,
                                                             run_7x7, false};
