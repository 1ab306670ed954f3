/* SPDX-License-Identifier: MIT */
/*
 * png_rows.h - from a PNG's inflated bytes to pixels: passes, filters, samples. Internal to io/.
 */
#ifndef NEV_IO_PNG_ROWS_H
#define NEV_IO_PNG_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEV_PNG_PASSES 7u

enum nev_png_colour {
    NEV_PNG_GREY = 0,
    NEV_PNG_RGB = 2,
    NEV_PNG_PALETTE = 3,
    NEV_PNG_GREY_ALPHA = 4,
    NEV_PNG_RGBA = 6
};

/* What a PNG's header, PLTE and tRNS say; already checked. */
struct nev_png_format {
    uint32_t width, height;
    unsigned depth; /* bits a sample: 1, 2, 4, 8, 16 */
    enum nev_png_colour colour;
    bool is_interlaced;
    const uint8_t *palette; /* R, G, B each */
    unsigned palette_len;
    const uint8_t *trns;  /* the chunk's payload; NULL: none */
    unsigned trns_len;    /* bytes */
    uint32_t orientation; /* EXIF, 1..8 */
};

/* nev_png_paeth - the neighbour nearest to left + up - corner; of equals the first named. Source     9.4 */
static inline uint8_t nev_png_paeth(uint8_t left, uint8_t up, uint8_t corner)
{
    int toward = left + up - corner;
    int a = toward > left ? toward - left : left - toward;
    int b = toward > up ? toward - up : up - toward;
    int c = toward > corner ? toward - corner : corner - toward;

    return a <= b && a <= c ? left : b <= c ? up : corner;
}

/* nev_png_channels - samples a pixel as stored. */
unsigned nev_png_channels(enum nev_png_colour colour);

/*
 * nev_png_rows_bytes - bytes of the filtered rows of all passes, filter bytes included.
 * Errors     false: the number does not fit size_t
 */
bool nev_png_rows_bytes(const struct nev_png_format *f, size_t *bytes);

/*
 * nev_png_rows_decode - undo the filters in place and write the pixels.
 * Shapes     rows: nev_png_rows_bytes bytes, destroyed; out [height, width, 4] u8 (raw) as stored, or
 *            [upright_height, upright_width, 3] u8 (rgb), the orientation applied
 * Errors     false: a row names a filter that does not exist; out is then partly written
 */
bool nev_png_rows_decode(const struct nev_png_format *f, uint8_t *rows, bool is_raw, uint8_t *out);

#endif
