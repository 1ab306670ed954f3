/* SPDX-License-Identifier: MIT */
/*
 * Every component at the size of the picture.
 *
 * Where a component has half the columns, half the rows, or half of both, samples are interpolated with
 * weights 3/4 and 1/4 in each direction (a triangle filter centred on the samples, as T.871 places them),
 * edges repeated; half of the columns only if there are more than two of them. Any other whole ratio repeats
 * samples.
 *
 * Source     the rules of libjpeg-turbo 2.1 ("fancy upsampling"), restated; the rounding alternates (+1, +2
 * for quarters, +7, +8 for sixteenths) so that it does not drift
 */
#include "io/jpeg_parts.h"

/* Columns doubled: three quarters of a sample, one of its neighbour. width > 1. */
static void double_columns(const uint8_t *in, uint32_t width, uint8_t *out)
{
    uint32_t x;

    out[0] = in[0];
    out[1] = (uint8_t)((3u * in[0] + in[1] + 2u) >> 2);
    for (x = 1; x + 1 < width; x++) {
        out[2 * x] = (uint8_t)((3u * in[x] + in[x - 1] + 1u) >> 2);
        out[2 * x + 1] = (uint8_t)((3u * in[x] + in[x + 1] + 2u) >> 2);
    }
    out[2 * x] = (uint8_t)((3u * in[x] + in[x - 1] + 1u) >> 2);
    out[2 * x + 1] = in[x];
}

/* Rows doubled: three quarters of the nearer row, one of the farther; bias 1 above, 2 below. */
static void double_rows(const uint8_t *near, const uint8_t *far, uint32_t width, uint32_t bias, uint8_t *out)
{
    uint32_t x;

    for (x = 0; x < width; x++) {
        out[x] = (uint8_t)((3u * near[x] + far[x] + bias) >> 2);
    }
}

/* Both at once, rounded once. */
static void double_both(const uint8_t *near, const uint8_t *far, uint32_t width, uint8_t *out)
{
    uint32_t x, last, here = 3u * near[0] + far[0], next = 3u * near[1] + far[1];

    out[0] = (uint8_t)((4u * here + 8u) >> 4);
    out[1] = (uint8_t)((3u * here + next + 7u) >> 4);
    for (x = 1; x + 1 < width; x++) {
        last = here;
        here = next;
        next = 3u * near[x + 1] + far[x + 1];
        out[2 * x] = (uint8_t)((3u * here + last + 8u) >> 4);
        out[2 * x + 1] = (uint8_t)((3u * here + next + 7u) >> 4);
    }
    out[2 * x] = (uint8_t)((3u * next + here + 8u) >> 4);
    out[2 * x + 1] = (uint8_t)((4u * next + 7u) >> 4);
}

static void repeat_columns(const uint8_t *in, uint32_t width, uint32_t times, uint8_t *out)
{
    uint32_t x, i;

    for (x = 0; x < width; x++) {
        for (i = 0; i < times; i++) {
            *out++ = in[x];
        }
    }
}

const uint8_t *nev_jpeg_row_upsample(const struct nev_jpeg *j, const struct nev_jpeg_component *c, uint32_t y,
                                     uint8_t *buffer)
{
    uint32_t across = j->h_max / c->h, down = j->v_max / c->v, row = y / down, other;
    size_t stride = (size_t)c->stored_w * 8;
    const uint8_t *near = c->plane + row % (c->kept_h * 8) * stride, *far;

    /* The farther row: the one above for the upper of two, the one below for the lower; edges repeated. */
    if (y % 2 == 0) {
        other = row == 0 ? 0 : row - 1;
    } else {
        other = row + 1 < c->height ? row + 1 : row;
    }
    far = c->plane + other % (c->kept_h * 8) * stride;

    if (across == 1 && down == 1) {
        return near;
    }
    if (across == 1 && down == 2) {
        double_rows(near, far, c->width, y % 2 == 0 ? 1 : 2, buffer);
    } else if (across == 2 && down == 1 && c->width > 2) {
        double_columns(near, c->width, buffer);
    } else if (across == 2 && down == 2 && c->width > 2) {
        double_both(near, far, c->width, buffer);
    } else if (across == 1) {
        return near;
    } else {
        repeat_columns(near, c->width, across, buffer);
    }
    return buffer;
}
