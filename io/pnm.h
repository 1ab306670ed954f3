/* SPDX-License-Identifier: MIT */
/*
 * pnm.h - binary PGM (P5) and PPM (P6) from memory to memory; contracts as in image.h.
 *
 * Raw mode gives 1 or 3 samples a pixel, rgb mode 3. A sample v of a file with maximum m becomes
 * floor((255 v + floor(m / 2)) / m): the nearest of 256 values, halves up; m = 255 changes nothing.
 */
#ifndef NEV_IO_PNM_H
#define NEV_IO_PNM_H

#include <stddef.h>
#include <stdint.h>

#include "io/image.h"

/*
 * nev_pnm_probe - size and memory of a PGM or PPM.
 * Memory     info->scratch_bytes is 0
 * Errors     as nev_image_probe; UNSUPPORTED: P1 to P4, P7 (PAM), Pf, PF by name, and more than one picture
 * in the file or any other bytes after the samples Threads    pure Source     Netpbm's pgm(5) and ppm(5)
 * Tests      tests/io/test_pnm.c
 */
NEV_MUST_CHECK enum nev_status nev_pnm_probe(const void *mem, size_t bytes, uint64_t max_pixels,
                                             struct nev_image_info *info, struct nev_error *err);

/* nev_pnm_decode - the pixels; contract of nev_image_decode. Errors     VALUE: a sample above the maximum */
NEV_MUST_CHECK enum nev_status nev_pnm_decode(const void *mem, size_t bytes,
                                              const struct nev_image_info *info, enum nev_image_mode mode,
                                              uint8_t *out, size_t out_bytes, void *scratch,
                                              size_t scratch_bytes, struct nev_error *err);

#endif
