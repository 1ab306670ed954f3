/* SPDX-License-Identifier: MIT */
/*
 * png_write.h - pixels to a PNG file in memory: 8 bit grey or RGB, not interlaced.
 */
#ifndef NEV_IO_PNG_WRITE_H
#define NEV_IO_PNG_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "io/picture.h"
#include "nn/base/status.h"

/*
 * nev_png_write_sizes - what nev_png_write needs.
 * Memory     *out_bytes: no such file is longer; *scratch_bytes: work memory
 * Errors     ARGUMENT: channels not 1 or 3, or a side of 0 or above its limit; LIMIT: the file would not fit
 *            one IDAT chunk or no size_t holds it; both sizes are then 0
 * Threads    pure
 */
NEV_MUST_CHECK enum nev_status nev_png_write_sizes(const struct nev_picture *picture, size_t *out_bytes,
                                                   size_t *scratch_bytes, struct nev_error *err);

/*
 * nev_png_write - the file. The same pixels give the same bytes on every machine.
 * Range      out_bytes, scratch_bytes at least as nev_png_write_sizes says; scratch aligned to NEV_ALIGN
 * Alias      the pixels, out and scratch must not overlap
 * Errors     as nev_png_write_sizes; MEMORY: a buffer too small; *written is then 0
 * Threads    pure
 * Source     PNG Specification, third edition, 9.2 (filters), 12.7 (their choice: least sum of absolute
 *            differences)
 * Tests      tests/io/test_png_write.c
 */
NEV_MUST_CHECK enum nev_status nev_png_write(const struct nev_picture *picture, uint8_t *out,
                                             size_t out_bytes, void *scratch, size_t scratch_bytes,
                                             size_t *written, struct nev_error *err);

#endif
