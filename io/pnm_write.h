/* SPDX-License-Identifier: MIT */
/*
 * pnm_write.h - pixels to a PGM (P5) or PPM (P6) file in memory.
 */
#ifndef NEV_IO_PNM_WRITE_H
#define NEV_IO_PNM_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "io/picture.h"
#include "nn/base/status.h"

/*
 * nev_pnm_write_size - the exact bytes of the file.
 * Errors     ARGUMENT: channels not 1 or 3, or a side of 0 or above its limit; LIMIT: no size_t holds it;
 *            *bytes is then 0
 * Threads    pure
 */
NEV_MUST_CHECK enum nev_status nev_pnm_write_size(const struct nev_picture *picture, size_t *bytes,
                                                  struct nev_error *err);

/*
 * nev_pnm_write - the file: header "P6\nWIDTH HEIGHT\n255\n", then the samples as they are.
 * Range      out_bytes >= what nev_pnm_write_size says; *written becomes just that
 * Alias      out must not overlap the pixels
 * Errors     as nev_pnm_write_size; MEMORY: out_bytes too small; *written is then 0
 * Threads    pure
 * Source     Netpbm's pgm(5) and ppm(5)
 * Tests      tests/io/test_pnm.c
 */
NEV_MUST_CHECK enum nev_status nev_pnm_write(const struct nev_picture *picture, uint8_t *out,
                                             size_t out_bytes, size_t *written, struct nev_error *err);

#endif
