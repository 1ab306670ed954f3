/* SPDX-License-Identifier: MIT */
#include "io/resize.h"

#include <stdbool.h>
#include <string.h>

#include "nn/base/arena.h"
#include "nn/base/size.h"

#define CHANNELS 3u
/* Coefficients are fixed-point numbers with this many fraction bits: 32 less 8 for a sample and 2 to spare.
 * Bounds: coefficients are never negative and add up to 1 within taps/2 roundings, so a sum of products is at
 * most 255 * (2^22 + 65535) + 2^21 < 2^31. */
#define PRECISION_BITS 22

/* How one output position along one axis is made: sum of coef[i] * in[first + i] over 0 <= i < len. */
struct span {
    uint32_t first, len;
};

/* The memory of one run. */
struct work {
    struct span *span_x; /* [out_width] */
    uint32_t *coef_x;    /* [out_width, taps_x] */
    uint32_t *coef_y;    /* [taps_y] */
    uint32_t *sum;       /* [out_width * 3] of the row being made */
    uint8_t *ring;       /* [ring_rows, out_width * 3]; horizontally resized row y stands at y % ring_rows */
};

/* The triangle of half width 1. */
static double triangle(double x)
{
    double distance = x < 0.0 ? -x : x;

    return distance < 1.0 ? 1.0 - distance : 0.0;
}

/* Half the width of the filter in input pixels: 1 when enlarging, wider when reducing (antialiasing). */
static double filter_support(uint32_t in_len, uint32_t out_len)
{
    double scale = (double)in_len / (double)out_len;

    return scale < 1.0 ? 1.0 : scale;
}

/* Room for the coefficients of one output position: twice the support, rounded up each side, and the middle.
 */
static uint32_t axis_taps(uint32_t in_len, uint32_t out_len)
{
    double support = filter_support(in_len, out_len);
    uint32_t whole = (uint32_t)support;

    return 2u * (whole + ((double)whole < support ? 1u : 0u)) + 1u;
}

/*
 * The input positions and the coefficients of output position `at`.
 * Numerics   every binary64 operation below is rounded on its own, in the order written; a cast to an integer
 *            cuts off the fraction. No intermediate is contracted (-ffp-contract=off).
 */
static struct span axis_span(uint32_t in_len, uint32_t out_len, uint32_t at, uint32_t *coef)
{
    double support = filter_support(in_len, out_len), inverse = 1.0 / support;
    double center = ((double)at + 0.5) * ((double)in_len / (double)out_len);
    double low = center - support + 0.5, high = center + support + 0.5, total = 0.0;
    struct span s;
    uint32_t i, end;

    s.first = low < 0.0 ? 0u : (uint32_t)low;
    end = high > (double)in_len ? in_len : (uint32_t)high;
    s.len = end - s.first;
    for (i = 0; i < s.len; i++) {
        total += triangle(((double)(s.first + i) - center + 0.5) * inverse);
    }
    for (i = 0; i < s.len; i++) {
        double weight = triangle(((double)(s.first + i) - center + 0.5) * inverse);

        if (total != 0.0) {
            weight = weight / total;
        }
        coef[i] = (uint32_t)(0.5 + weight * (double)(1u << PRECISION_BITS));
    }
    return s;
}

static uint8_t round_sample(uint32_t sum)
{
    uint32_t v = sum >> PRECISION_BITS;

    return (uint8_t)(v > 255u ? 255u : v);
}

static void resize_row(const struct nev_resize *p, const struct work *w, const uint8_t *in, uint8_t *out)
{
    uint32_t x, i;

    if (p->crop_width == p->out_width) {
        memcpy(out, in, (size_t)p->out_width * CHANNELS);
        return;
    }
    for (x = 0; x < p->out_width; x++) {
        const uint32_t *coef = w->coef_x + (size_t)x * p->taps_x;
        const uint8_t *pixel = in + (size_t)w->span_x[x].first * CHANNELS;
        uint32_t r = 1u << (PRECISION_BITS - 1), g = r, b = r;

        for (i = 0; i < w->span_x[x].len; i++, pixel += CHANNELS) {
            r += coef[i] * pixel[0];
            g += coef[i] * pixel[1];
            b += coef[i] * pixel[2];
        }
        out[(size_t)x * CHANNELS] = round_sample(r);
        out[(size_t)x * CHANNELS + 1] = round_sample(g);
        out[(size_t)x * CHANNELS + 2] = round_sample(b);
    }
}

static void blend_rows(const struct nev_resize *p, const struct work *w, struct span s, uint8_t *out)
{
    size_t row_len = (size_t)p->out_width * CHANNELS, x;
    uint32_t i;

    for (x = 0; x < row_len; x++) {
        w->sum[x] = 1u << (PRECISION_BITS - 1);
    }
    for (i = 0; i < s.len; i++) {
        const uint8_t *row = w->ring + (s.first + i) % p->ring_rows * row_len;
        uint32_t coef = w->coef_y[i];

        for (x = 0; x < row_len; x++) {
            w->sum[x] += coef * row[x];
        }
    }
    for (x = 0; x < row_len; x++) {
        out[x] = round_sample(w->sum[x]);
    }
}

/* The crop of the in_len x other picture along its too long side. */
static uint32_t crop_len(uint32_t in_len, uint32_t other, uint32_t out_len, uint32_t out_other)
{
    uint64_t n = (2u * (uint64_t)other * out_len + out_other) / (2u * (uint64_t)out_other);

    n = n < 1u ? 1u : n;
    return n > in_len ? in_len : (uint32_t)n;
}

static void plan_crop(struct nev_resize *p, enum nev_resize_fit fit)
{
    uint64_t wide = (uint64_t)p->in_width * p->out_height, tall = (uint64_t)p->in_height * p->out_width;

    p->crop_width = p->in_width;
    p->crop_height = p->in_height;
    if (fit == NEV_RESIZE_CROP && wide > tall) {
        p->crop_width = crop_len(p->in_width, p->in_height, p->out_width, p->out_height);
    } else if (fit == NEV_RESIZE_CROP && tall > wide) {
        p->crop_height = crop_len(p->in_height, p->in_width, p->out_height, p->out_width);
    }
    p->crop_x = (p->in_width - p->crop_width) / 2u;
    p->crop_y = (p->in_height - p->crop_height) / 2u;
}

static bool add_block(size_t *total, size_t len, size_t size)
{
    size_t bytes;

    return nev_size_mul(len, size, &bytes) && nev_size_align(bytes, &bytes) &&
           nev_size_add(*total, bytes, total);
}

/* Adds up exactly what carve takes. */
static bool plan_memory(struct nev_resize *p)
{
    size_t row_len = (size_t)p->out_width * CHANNELS, coef_len, ring_len;

    p->scratch_bytes = 0;
    return nev_size_mul((size_t)p->in_width * CHANNELS, p->in_height, &p->in_bytes) &&
           nev_size_mul(row_len, p->out_height, &p->out_bytes) &&
           nev_size_mul(p->out_width, p->taps_x, &coef_len) &&
           nev_size_mul(row_len, p->ring_rows, &ring_len) &&
           add_block(&p->scratch_bytes, p->out_width, sizeof(struct span)) &&
           add_block(&p->scratch_bytes, coef_len, sizeof(uint32_t)) &&
           add_block(&p->scratch_bytes, p->taps_y, sizeof(uint32_t)) &&
           add_block(&p->scratch_bytes, row_len, sizeof(uint32_t)) &&
           add_block(&p->scratch_bytes, ring_len, 1);
}

static bool carve(const struct nev_resize *p, struct work *w, void *scratch, size_t scratch_bytes)
{
    size_t row_len = (size_t)p->out_width * CHANNELS;
    struct nev_arena a;

    nev_arena_init(&a, scratch, scratch_bytes);
    w->span_x = nev_arena_take_array(&a, p->out_width, sizeof *w->span_x, NEV_ALIGN);
    w->coef_x = nev_arena_take_array(&a, (size_t)p->out_width * p->taps_x, sizeof *w->coef_x, NEV_ALIGN);
    w->coef_y = nev_arena_take_array(&a, p->taps_y, sizeof *w->coef_y, NEV_ALIGN);
    w->sum = nev_arena_take_array(&a, row_len, sizeof *w->sum, NEV_ALIGN);
    w->ring = nev_arena_take_array(&a, row_len, p->ring_rows, NEV_ALIGN);
    return w->span_x != NULL && w->coef_x != NULL && w->coef_y != NULL && w->sum != NULL && w->ring != NULL;
}

static bool side_ok(uint32_t side)
{
    return side >= 1u && side <= NEV_RESIZE_SIDE_MAX;
}

enum nev_status nev_resize_plan(struct nev_resize *plan, uint32_t in_width, uint32_t in_height,
                                uint32_t out_width, uint32_t out_height, enum nev_resize_fit fit,
                                struct nev_error *err)
{
    memset(plan, 0, sizeof *plan);
    if (!side_ok(in_width) || !side_ok(in_height) || !side_ok(out_width) || !side_ok(out_height)) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "resize",
                        "each side must have 1 to 65535 pixels");
    }
    if (fit != NEV_RESIZE_SQUASH && fit != NEV_RESIZE_CROP) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "resize", "the fit must be squash or crop");
    }
    plan->in_width = in_width;
    plan->in_height = in_height;
    plan->out_width = out_width;
    plan->out_height = out_height;
    plan_crop(plan, fit);
    plan->taps_x = axis_taps(plan->crop_width, out_width);
    plan->taps_y = axis_taps(plan->crop_height, out_height);
    plan->ring_rows = plan->taps_y < plan->crop_height ? plan->taps_y : plan->crop_height;
    if (!plan_memory(plan)) {
        memset(plan, 0, sizeof *plan);
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "resize",
                        "the sizes exceed this machine's memory");
    }
    return NEV_OK;
}

enum nev_status nev_resize_run(const struct nev_resize *plan, const uint8_t *in, uint8_t *out, void *scratch,
                               size_t scratch_bytes, struct nev_error *err)
{
    size_t row_len = (size_t)plan->out_width * CHANNELS, in_row_len = (size_t)plan->in_width * CHANNELS;
    uint32_t x, y, ready = 0; /* rows of the crop that went through the horizontal pass */
    struct work w;

    in += plan->crop_y * in_row_len + (size_t)plan->crop_x * CHANNELS;
    if (scratch_bytes < plan->scratch_bytes || (uintptr_t)scratch % NEV_ALIGN != 0 ||
        !carve(plan, &w, scratch, scratch_bytes)) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "resize",
                        "the scratch memory is too small or not aligned to 64 bytes");
    }
    for (x = 0; x < plan->out_width; x++) {
        w.span_x[x] = axis_span(plan->crop_width, plan->out_width, x, w.coef_x + (size_t)x * plan->taps_x);
    }
    for (y = 0; y < plan->out_height; y++) {
        struct span s = axis_span(plan->crop_height, plan->out_height, y, w.coef_y);

        for (ready = ready < s.first ? s.first : ready; ready < s.first + s.len; ready++) {
            resize_row(plan, &w, in + ready * in_row_len, w.ring + ready % plan->ring_rows * row_len);
        }
        if (plan->crop_height == plan->out_height) {
            memcpy(out + y * row_len, w.ring + y % plan->ring_rows * row_len, row_len);
        } else {
            blend_rows(plan, &w, s, out + y * row_len);
        }
    }
    return NEV_OK;
}
