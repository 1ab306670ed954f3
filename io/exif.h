/* SPDX-License-Identifier: MIT */
/*
 * exif.h - the one thing that is read from a photograph's EXIF data: which side is up.
 */
#ifndef NEV_IO_EXIF_H
#define NEV_IO_EXIF_H

#include <stddef.h>
#include <stdint.h>

/*
 * nev_exif_orientation - the Orientation tag of the first directory of a TIFF block.
 * Shapes     tiff: the bytes that begin with "II*" or "MM" (in JPEG: after "Exif" and two NUL; in PNG: eXIf)
 * Returns    1..8; 1 (upright) where the tag is absent, outside 1..8 or the block is damaged: a wrong
 *            orientation turns a picture, it never invents pixels
 * Threads    pure
 * Source     TIFF 6.0, section 2 (directories); Exif 2.32 (CIPA DC-008), 4.6.4, tag 0x0112
 */
uint32_t nev_exif_orientation(const uint8_t *tiff, size_t bytes);

#endif
