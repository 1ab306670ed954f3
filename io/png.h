/* SPDX-License-Identifier: MIT */
/*
 * png.h - PNG from memory to memory: every colour type, depth and interlacing; contracts as in image.h.
 *
 * Raw mode gives R, G, B, A, 8 bit: palettes, tRNS and depths below 8 expanded, 16 bit reduced as README.md
 * says, nothing gamma-corrected. Rgb mode is the same without A, not blended with any background, and upright
 * where an eXIf chunk has an orientation.
 */
#ifndef NEV_IO_PNG_H
#define NEV_IO_PNG_H

#include <stddef.h>
#include <stdint.h>

#include "io/image.h"

/*
 * nev_png_probe - size and memory of a PNG, from IHDR and eXIf; the chunks are walked to IEND, not checked.
 * Memory     info->scratch_bytes: the inflated rows of all passes and inflate's tables
 * Errors     as nev_image_probe; UNSUPPORTED for nothing that the standard defines
 * Threads    pure
 * Source     PNG Specification, third edition, 5.2, 5.3, 11.2.1 (IHDR) and eXIf
 * Tests      tests/io/test_png.c, tests/io/test_png_manifest.c
 */
NEV_MUST_CHECK enum nev_status nev_png_probe(const void *mem, size_t bytes, uint64_t max_pixels,
                                             struct nev_image_info *info, struct nev_error *err);

/*
 * nev_png_decode - the pixels; contract of nev_image_decode.
 * Errors     every chunk's CRC is checked, also of those not used; the chunk order, the palette, tRNS, the
 *            zlib stream with its Adler-32, the amount of image data (neither less nor more) and IEND.
 *            UNSUPPORTED: a critical chunk that the standard does not define
 * Threads    pure
 * Source     PNG Specification, third edition, 5.6 (order), 7.3, 8 (Adam7), 9 (filters), 11
 */
NEV_MUST_CHECK enum nev_status nev_png_decode(const void *mem, size_t bytes,
                                              const struct nev_image_info *info, enum nev_image_mode mode,
                                              uint8_t *out, size_t out_bytes, void *scratch,
                                              size_t scratch_bytes, struct nev_error *err);

#endif
