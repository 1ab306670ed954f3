/* SPDX-License-Identifier: MIT */
/*
 * image.h - a picture's bytes in memory to its pixels in memory: JPEG, PNG, PNM.
 *
 * Two calls: probe says what the picture is and how much memory its decoding takes; decode does it in exactly
 * that memory. The format is told by the first bytes, never by a file name. Nothing a header states is
 * trusted: the number of pixels is capped before any size is computed from it.
 */
#ifndef NEV_IO_IMAGE_H
#define NEV_IO_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"

#define NEV_IMAGE_SIDE_MAX   65535u     /* pixels */
#define NEV_IMAGE_PIXELS_MAX 100000000u /* the default cap: 100 megapixels */

enum nev_image_format { NEV_IMAGE_NONE = 0, NEV_IMAGE_JPEG = 1, NEV_IMAGE_PNG = 2, NEV_IMAGE_PNM = 3 };

/* Rgb: what the networks see: upright (EXIF orientation applied), 8-bit R, G, B, alpha dropped.
 * Raw: the rows as the file stores them: JPEG 1 (grey), 3 (RGB) or 4 (CMYK as stored; YCCK converted to it)
 * samples a pixel, PNG R, G, B, A, PNM 1 or 3; orientation not applied. */
enum nev_image_mode { NEV_IMAGE_RGB = 0, NEV_IMAGE_RAW = 1 };

struct nev_image_info {
    enum nev_image_format format;
    uint32_t width, height;                 /* pixels, as stored */
    uint32_t upright_width, upright_height; /* pixels, after orientation */
    uint32_t orientation;                   /* EXIF, 1..8; 1 where there is none */
    uint32_t raw_channels;                  /* samples a pixel in raw mode */
    size_t rgb_bytes, raw_bytes;            /* of the decoded picture in either mode */
    size_t scratch_bytes;                   /* work memory that decode needs, in either mode */
};

/*
 * nev_image_probe - what a picture is and what its decoding needs.
 * Range      max_pixels: refuse larger pictures; NEV_IMAGE_PIXELS_MAX unless the caller knows better
 * Errors     FORMAT, TRUNCATED, UNSUPPORTED (named: arithmetic coding, 12 bit, lossless ...), LIMIT; each
 * with the byte offset and the marker or chunk; *info is then zeroed Threads    pure
 */
NEV_MUST_CHECK enum nev_status nev_image_probe(const void *mem, size_t bytes, uint64_t max_pixels,
                                               struct nev_image_info *info, struct nev_error *err);

/*
 * nev_image_decode - the pixels.
 * Shapes     out [upright_height, upright_width, 3] u8 (rgb) or [height, width, raw_channels] u8 (raw)
 * Range      info as probe filled it for the same bytes; out_bytes >= info->rgb_bytes or raw_bytes;
 *            scratch of scratch_bytes >= info->scratch_bytes, aligned to NEV_ALIGN
 * Alias      none of mem, out, scratch may overlap
 * Errors     as probe, and CHECKSUM; MEMORY if a buffer is too small. On any error out is zeroed: a damaged
 * picture is never half a result Threads    pure
 */
NEV_MUST_CHECK enum nev_status nev_image_decode(const void *mem, size_t bytes,
                                                const struct nev_image_info *info, enum nev_image_mode mode,
                                                uint8_t *out, size_t out_bytes, void *scratch,
                                                size_t scratch_bytes, struct nev_error *err);

#endif
