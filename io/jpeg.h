/* SPDX-License-Identifier: MIT */
/*
 * jpeg.h - a JPEG file's bytes in memory to its pixels in memory.
 *
 * Baseline, extended sequential and progressive Huffman files of 8 bits a sample, with 1 (grey), 3 (YCbCr or
 * RGB) or 4 (CMYK or YCCK) components. The pixels equal those of libjpeg-turbo 2.1 with its default settings
 * (the accurate integer IDCT, fancy upsampling) byte for byte. A file that is damaged is refused, never
 * mended. What is accepted, what is refused and why stands in io/README.md, section JPEG.
 */
#ifndef NEV_IO_JPEG_H
#define NEV_IO_JPEG_H

#include <stddef.h>
#include <stdint.h>

#include "io/image.h"
#include "nn/base/status.h"

/* A progressive file may have this many scans of a component, each of which visits all its blocks; real encoders
 * need about ten. It bounds the work that a small file can ask for. */
#define NEV_JPEG_VISITS_MAX 64u

/*
 * nev_jpeg_probe - what a JPEG picture is and what its decoding needs.
 * Reads      every marker segment up to and including the first SOS
 * Range      max_pixels: refuse larger pictures
 * Memory     info->scratch_bytes: tables and three rows of coding units of samples; two bytes a coefficient
 *            more for a progressive picture; all samples for a sequential one in several scans
 * Errors     FORMAT, TRUNCATED, UNSUPPORTED, LIMIT, with the byte offset and the marker; *info is then zeroed
 * Threads    pure
 * Source     ITU-T T.81, Annex B
 */
NEV_MUST_CHECK enum nev_status nev_jpeg_probe(const void *mem, size_t bytes, uint64_t max_pixels,
                                              struct nev_image_info *info, struct nev_error *err);

/*
 * nev_jpeg_decode - the pixels.
 * Shapes     out [upright_height, upright_width, 3] u8 (rgb) or [height, width, raw_channels] u8 (raw)
 * Range      info as nev_jpeg_probe filled it for the same bytes; out_bytes >= info->rgb_bytes or raw_bytes;
 *            scratch of scratch_bytes >= info->scratch_bytes, aligned to NEV_ALIGN
 * Alias      none of mem, out, scratch may overlap
 * Errors     as probe; MEMORY if a buffer is too small; ARGUMENT if info is not that of these bytes.
 *            On any error all out_bytes of out are zeroed
 * Threads    pure
 * Source     ITU-T T.81; colour: ITU-T T.871 (JFIF) and Adobe's APP14
 */
NEV_MUST_CHECK enum nev_status nev_jpeg_decode(const void *mem, size_t bytes,
                                               const struct nev_image_info *info, enum nev_image_mode mode,
                                               uint8_t *out, size_t out_bytes, void *scratch,
                                               size_t scratch_bytes, struct nev_error *err);

#endif
