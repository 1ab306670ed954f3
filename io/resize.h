/* SPDX-License-Identifier: MIT */
/*
 * resize.h - a picture of 8-bit R, G, B at another size: bilinear, antialiased, the same bytes as Pillow's
 * Image.resize((width, height), Image.BILINEAR).
 *
 * Two calls: plan says what is read, and how much memory the work takes; run does it in exactly that memory.
 * The rule is stated in io/README.md under "Resize"; after the coefficients it is integer arithmetic.
 */
#ifndef NEV_IO_RESIZE_H
#define NEV_IO_RESIZE_H

#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"

#define NEV_RESIZE_SIDE_MAX 65535u /* pixels */

/* Squash: the whole picture becomes width x height, whatever that does to its aspect. Crop: the largest
 * centred rectangle of the wanted aspect is taken first. */
enum nev_resize_fit { NEV_RESIZE_SQUASH = 0, NEV_RESIZE_CROP = 1 };

struct nev_resize {
    uint32_t in_width, in_height;                     /* pixels of the picture given */
    uint32_t out_width, out_height;                   /* pixels of the picture made */
    uint32_t crop_x, crop_y, crop_width, crop_height; /* pixels of the picture given that are read */
    uint32_t taps_x, taps_y;                          /* most input pixels that one output pixel can read */
    uint32_t ring_rows;                               /* horizontally resized rows kept at a time */
    size_t in_bytes, out_bytes;                       /* width * height * 3 */
    size_t scratch_bytes;                             /* work memory of nev_resize_run */
};

/*
 * nev_resize_plan - what resizing reads and what memory it needs.
 * Computes   crop: if in_width*out_height > in_height*out_width, crop_width = (2*in_height*out_width +
 *            out_height) / (2*out_height), at least 1, at most in_width, and the full height; otherwise the
 *            full width and crop_height likewise. Of an odd margin the larger half is cut off at the right
 * and at the bottom. Range      1 <= every side <= NEV_RESIZE_SIDE_MAX Errors     ARGUMENT for a side out of
 * range or an unknown fit, LIMIT where a size exceeds size_t; *plan is then zeroed Threads    pure Tests
 * tests/io/test_resize.c
 */
NEV_MUST_CHECK enum nev_status nev_resize_plan(struct nev_resize *plan, uint32_t in_width, uint32_t in_height,
                                               uint32_t out_width, uint32_t out_height,
                                               enum nev_resize_fit fit, struct nev_error *err);

/*
 * nev_resize_run - the picture at its new size.
 * Shapes     in [in_height, in_width, 3] u8, out [out_height, out_width, 3] u8
 * Range      plan as nev_resize_plan filled it; in and out of plan->in_bytes and plan->out_bytes; scratch of
 *            scratch_bytes >= plan->scratch_bytes, aligned to NEV_ALIGN
 * Alias      none of in, out, scratch may overlap
 * Errors     MEMORY if scratch is too small or not aligned; out is then untouched
 * Numerics   the same bytes everywhere: binary64 for the coefficients in a stated order, integers after that
 * Threads    pure
 * Source     Pillow 9.4.0, observed from outside: its results are the oracle of the tests
 */
NEV_MUST_CHECK enum nev_status nev_resize_run(const struct nev_resize *plan, const uint8_t *in, uint8_t *out,
                                              void *scratch, size_t scratch_bytes, struct nev_error *err);

#endif
