/* SPDX-License-Identifier: MIT */
/*
 * jpeg_parts.h - what the files of the JPEG decoder share; no other file includes it.
 *
 * A picture goes through them in this order: jpeg_markers.c reads the segments, jpeg_scan.c and
 * jpeg_progressive.c the coefficients (with jpeg_huffman.c), jpeg_idct.c makes samples of them,
 * jpeg_upsample.c brings every component to full size, jpeg_color.c makes pixels, jpeg.c directs.
 * Clause numbers are those of ITU-T T.81.
 */
#ifndef NEV_IO_JPEG_PARTS_H
#define NEV_IO_JPEG_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/base/bytes.h"
#include "nn/base/status.h"

#define NEV_JPEG_COMPONENTS_MAX 4u
#define NEV_JPEG_TABLES_LEN     4u  /* B.2.4: destinations 0..3 of each kind of table */
#define NEV_JPEG_BLOCK          64u /* coefficients or samples */
#define NEV_JPEG_MCU_BLOCKS_MAX 10u /* B.2.3 */
#define NEV_JPEG_LOOKUP_BITS    9u  /* codes up to this length are decoded by one look */

/* The canonical code of one table (Annex C), as the decoder uses it. */
struct nev_jpeg_huffman {
    bool is_defined;
    uint16_t lookup[1u << NEV_JPEG_LOOKUP_BITS]; /* length << 8 | symbol by the next bits; 0: a longer code */
    uint32_t limit[17];   /* first 16-bit value, left aligned, that is no code of this length or less */
    uint32_t offset[17];  /* code + offset = index of its symbol, modulo 2^32 */
    uint8_t symbols[256]; /* in the order of their codes */
};

struct nev_jpeg_tables {
    struct nev_jpeg_huffman dc[NEV_JPEG_TABLES_LEN], ac[NEV_JPEG_TABLES_LEN];
};

struct nev_jpeg_component {
    uint8_t id, h, v;               /* B.2.2: identifier, sampling factors 1..4 */
    uint8_t quant_index;            /* destination its table had when its first scan began */
    uint8_t dc_table, ac_table;     /* of the current scan */
    bool is_coded;                  /* a scan has had it; quant is then set */
    uint16_t quant[NEV_JPEG_BLOCK]; /* row by row */
    int8_t
        low_bit[NEV_JPEG_BLOCK]; /* progressive, zigzag: lowest bit known of each coefficient; -1: nothing */
    int32_t dc;                  /* prediction (F.2.1.3.1) */
    uint32_t scan_count;         /* scans so far, at most NEV_JPEG_VISITS_MAX */
    uint32_t width, height;      /* samples (A.1.1) */
    uint32_t blocks_w, blocks_h; /* blocks that hold samples */
    uint32_t stored_w, stored_h; /* the same, rounded up to whole MCUs */
    uint32_t kept_h;             /* rows of blocks that plane holds: all, or the last few */
    uint8_t *plane;              /* [kept_h * 8, stored_w * 8] samples; row y is at y modulo kept_h * 8 */
    int16_t *coefs;              /* progressive: [stored_h, stored_w, 64], each block row by row */
};

enum nev_jpeg_colour { NEV_JPEG_GREY, NEV_JPEG_YCC, NEV_JPEG_RGB, NEV_JPEG_CMYK, NEV_JPEG_YCCK };

/* One file being read. */
struct nev_jpeg {
    const uint8_t *mem;
    size_t bytes, pos; /* pos: the next byte to read */
    uint64_t pixels_max;
    struct nev_error *err;
    struct nev_jpeg_tables *tables; /* NULL while probing: tables are then checked but not kept */

    /* from the segments */
    uint32_t width, height, component_len;
    struct nev_jpeg_component components[NEV_JPEG_COMPONENTS_MAX];
    uint32_t h_max, v_max, mcus_w, mcus_h;
    uint16_t quant[NEV_JPEG_TABLES_LEN][NEV_JPEG_BLOCK]; /* row by row */
    bool has_quant[NEV_JPEG_TABLES_LEN];
    bool has_frame, is_progressive, has_jfif, has_adobe, has_exif;
    uint8_t adobe_transform;
    size_t adobe_at; /* where the file says so */
    uint32_t orientation, restart_interval;
    enum nev_jpeg_colour colour;

    /* the current scan */
    uint32_t scan_len, scan[NEV_JPEG_COMPONENTS_MAX]; /* indices into components */
    uint32_t band_begin, band_end, bit_high, bit_low; /* Ss, Se, Ah, Al */
};

/* The bits of one entropy-coded segment. After its end, zeros follow and are counted in `pad`. */
struct nev_jpeg_bits {
    const uint8_t *mem;
    size_t pos, end;
    uint64_t acc;        /* its low `count` bits are the next ones */
    uint32_t count, pad; /* pad of the count are not in the file; pad > count: some of them were used */
};

extern const char nev_jpeg_no_code[]; /* the problem that padding can cause by itself */

/* One scan being read. */
struct nev_jpeg_scan {
    struct nev_jpeg *j;
    struct nev_jpeg_bits bits;
    uint32_t units_w, units_h;   /* A.2: blocks of the only component, or MCUs */
    uint32_t until_restart, rst; /* units before the next restart marker, and its number */
    uint32_t eob_run;            /* blocks of the band that are still to end at once (G.1.2.2) */
    const char *problem;         /* why a block could not be read */
};

/* The picture being written. */
struct nev_jpeg_output {
    const struct nev_jpeg *j;
    bool is_raw;
    uint8_t *out;
    uint8_t *rows[NEV_JPEG_COMPONENTS_MAX]; /* one upsampled row of each component */
    uint8_t *raw, *rgb;                     /* one row of pixels */
    uint32_t next;                          /* the first row not written yet */
};

/* The natural (row by row) place of the k-th coefficient in zigzag order (Figure A.6). */
extern const uint8_t nev_jpeg_zigzag[NEV_JPEG_BLOCK];

/* nev_jpeg_open - read the segments up to and including the first SOS, the frame among them. */
NEV_MUST_CHECK enum nev_status nev_jpeg_open(struct nev_jpeg *j);

/* nev_jpeg_next - read the segments between two scans; *is_end: it was EOI, and there is no other scan. */
NEV_MUST_CHECK enum nev_status nev_jpeg_next(struct nev_jpeg *j, bool *is_end);

/* nev_jpeg_frame_read - SOF0, SOF1 or SOF2 (B.2.2); data: what follows the length. */
NEV_MUST_CHECK enum nev_status nev_jpeg_frame_read(struct nev_jpeg *j, size_t at, const uint8_t *data,
                                                   size_t bytes, bool is_progressive);

/* nev_jpeg_scan_read - SOS (B.2.3), checked against the frame and the tables. */
NEV_MUST_CHECK enum nev_status nev_jpeg_scan_read(struct nev_jpeg *j, size_t at, const uint8_t *data,
                                                  size_t bytes);

/*
 * nev_jpeg_huffman_build - a table from its 16 counts and its symbols (Annex C).
 * Returns    false where the lengths are no prefix code that leaves all ones free, or a DC symbol is > 15.
 *            table may be NULL: then only checked
 */
NEV_MUST_CHECK bool nev_jpeg_huffman_build(struct nev_jpeg_huffman *table, bool is_dc,
                                           const uint8_t counts[16], const uint8_t *symbols);

/* nev_jpeg_huffman_default - give destinations 0 and 1, where undefined, the typical tables of K.3.3: Motion
 * JPEG leaves them out. */
void nev_jpeg_huffman_default(struct nev_jpeg_tables *tables);

/* nev_jpeg_scan_begin - start on the entropy-coded segments of the scan whose SOS was read last. */
NEV_MUST_CHECK enum nev_status nev_jpeg_scan_begin(struct nev_jpeg *j, struct nev_jpeg_scan *s);

/* nev_jpeg_scan_row - the y-th row of its units; each once, from the first on. */
NEV_MUST_CHECK enum nev_status nev_jpeg_scan_row(struct nev_jpeg_scan *s, uint32_t y);

/* nev_jpeg_scan_end - see that nothing is left, and go on after it. */
NEV_MUST_CHECK enum nev_status nev_jpeg_scan_end(struct nev_jpeg_scan *s);

/* nev_jpeg_progressive_block - one block of one progressive scan (Annex G); false: s->problem says why. */
NEV_MUST_CHECK bool nev_jpeg_progressive_block(struct nev_jpeg_scan *s, struct nev_jpeg_component *c,
                                               int16_t *coefs);

/*
 * nev_jpeg_idct - 8x8 samples from 8x8 coefficients, level shift and clamping included.
 * Range      any coefficients and quantisers: what valid data cannot reach wraps or saturates, as stated
 * there
 */
void nev_jpeg_idct(const int16_t coefs[NEV_JPEG_BLOCK], const uint16_t quant[NEV_JPEG_BLOCK], uint8_t *out,
                   size_t out_stride);

/* nev_jpeg_row_upsample - row y of the picture of one component at full width; buffer: h_max * 8 * mcus_w
 * bytes, in which the row may or may not be made. Rows y / ratio and its two neighbours must be in the plane.
 */
const uint8_t *nev_jpeg_row_upsample(const struct nev_jpeg *j, const struct nev_jpeg_component *c, uint32_t y,
                                     uint8_t *buffer);

/* nev_jpeg_row_convert - one row of raw pixels (1, 3 or 4 samples) from the rows of the components. */
void nev_jpeg_row_convert(enum nev_jpeg_colour colour, const uint8_t *const rows[NEV_JPEG_COMPONENTS_MAX],
                          uint32_t width, uint8_t *out);

/* nev_jpeg_row_rgb - R, G, B from one row of raw pixels of a grey or a CMYK picture. */
void nev_jpeg_row_rgb(enum nev_jpeg_colour colour, const uint8_t *raw, uint32_t width, uint8_t *out);

/* nev_jpeg_output_until - the rows before `end` that are not written yet, as far as the picture goes. */
void nev_jpeg_output_until(struct nev_jpeg_output *o, uint64_t end);

/* nev_jpeg_bits_fill - have at least 32 bits in acc, padded with zeros where the segment ends. */
static inline void nev_jpeg_bits_fill(struct nev_jpeg_bits *b)
{
    uint32_t next, byte;

    if (b->count <= 32 && b->end - b->pos >= 4) {
        next = nev_load_u32be(b->mem + b->pos);
        /* Whether none of the four bytes is FF: then no byte of ~next is 0, and only such a one borrows. */
        if (((~next - 0x01010101u) & next & 0x80808080u) == 0) {
            b->acc = b->acc << 32 | next;
            b->count += 32;
            b->pos += 4;
            return;
        }
    }
    while (b->count <= 56) {
        byte = 0;
        if (b->pos < b->end && b->mem[b->pos] != 0xFF) {
            byte = b->mem[b->pos++];
        } else if (b->end - b->pos >= 2 && b->mem[b->pos + 1] == 0) {
            byte = 0xFF; /* B.1.1.5: FF 00 is the data byte FF */
            b->pos += 2;
        } else {
            b->pad += 8;
        }
        b->acc = b->acc << 8 | byte;
        b->count += 8;
    }
}

/* nev_jpeg_bits_get - the next n bits, 0 <= n <= 16. */
static inline uint32_t nev_jpeg_bits_get(struct nev_jpeg_bits *b, uint32_t n)
{
    if (b->count < n) {
        nev_jpeg_bits_fill(b);
    }
    b->count -= n;
    return (uint32_t)(b->acc >> b->count) & ((1u << n) - 1u);
}

/* nev_jpeg_bits_signed - a number of s bits as F.2.2.1 (EXTEND) codes it, 0 <= s <= 15: if its first bit is
 * 0, it stands for itself less 2^s - 1. Without a branch, which nobody could predict. */
static inline int32_t nev_jpeg_bits_signed(struct nev_jpeg_bits *b, uint32_t s)
{
    uint32_t v = nev_jpeg_bits_get(b, s), is_positive = 2 * v >> s;

    return (int32_t)v - (int32_t)((1u - is_positive) * ((1u << s) - 1u));
}

/* nev_jpeg_bits_symbol - the next symbol of a table, 0..255, or a value above where no code fits. Afterwards
 * at least 16 bits are at hand. */
static inline uint32_t nev_jpeg_bits_symbol(struct nev_jpeg_bits *b, const struct nev_jpeg_huffman *table)
{
    uint32_t next, entry, len;

    if (b->count < 32) {
        nev_jpeg_bits_fill(b);
    }
    next = (uint32_t)(b->acc >> (b->count - 16)) & 0xFFFF;
    entry = table->lookup[next >> (16 - NEV_JPEG_LOOKUP_BITS)];
    if (entry != 0) {
        b->count -= entry >> 8;
        return entry & 0xFF;
    }
    for (len = NEV_JPEG_LOOKUP_BITS + 1; len <= 16; len++) {
        if (next < table->limit[len]) {
            b->count -= len;
            return table->symbols[((next >> (16 - len)) + table->offset[len]) & 0xFF];
        }
    }
    return 256;
}

#endif
