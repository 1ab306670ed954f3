/* SPDX-License-Identifier: MIT */
/*
 * One scan: its units (A.2), its restart intervals (E.2.4), and the blocks of sequential pictures (F.2.2).
 */
#include "io/jpeg.h"
#include "io/jpeg_parts.h"

#include <string.h>

const char nev_jpeg_no_code[] = "the data hold no code of the Huffman table that may stand here";

static enum nev_status damaged(const struct nev_jpeg_scan *s, const char *what)
{
    return nev_fail(s->j->err, NEV_ERR_FORMAT, s->bits.pos, "SOS", what);
}

/* Why a block could not be read, or was read beyond the end of the data. */
static enum nev_status explain(const struct nev_jpeg_scan *s)
{
    const struct nev_jpeg_bits *b = &s->bits;

    /* A code that is none because its bits are padding is the end of the data, not a wrong code; so is whatever was made
     * of bits that are padding. */
    if (s->problem != NULL &&
        (s->problem == nev_jpeg_no_code ? b->pad == 0 || b->count >= b->pad + 16 : b->pad <= b->count)) {
        return damaged(s, s->problem);
    }
    if (b->end - b->pos < 2) {
        return nev_fail(s->j->err, NEV_ERR_TRUNCATED, b->end, "SOS",
                        "the file ends inside the coded picture; copy it again from its source");
    }
    return damaged(s, "a marker stands where the coded picture should go on");
}

/* F.2.2: DC difference, then runs of zeros and values up to the end of the block. */
static bool read_coefs(struct nev_jpeg_scan *s, struct nev_jpeg_component *c, int16_t coefs[NEV_JPEG_BLOCK])
{
    const struct nev_jpeg_huffman *ac = &s->j->tables->ac[c->ac_table];
    struct nev_jpeg_bits *b = &s->bits;
    uint32_t symbol = nev_jpeg_bits_symbol(b, &s->j->tables->dc[c->dc_table]), k;

    s->problem = nev_jpeg_no_code;
    if (symbol > 15) {
        return false;
    }
    c->dc += nev_jpeg_bits_signed(b, symbol);
    if (c->dc > INT16_MAX || c->dc < -INT16_MAX) {
        s->problem = "a DC coefficient is out of range";
        return false;
    }
    coefs[0] = (int16_t)c->dc;
    for (k = 1; k < NEV_JPEG_BLOCK; k++) {
        symbol = nev_jpeg_bits_symbol(b, ac);
        if (symbol > 255) {
            return false;
        }
        if (symbol == 0) {
            break;
        }
        k += symbol >> 4;
        if (k >= NEV_JPEG_BLOCK || ((symbol & 15) == 0 && symbol != 0xF0)) {
            s->problem = "a run of zeros leaves its block";
            return false;
        }
        coefs[nev_jpeg_zigzag[k]] = (int16_t)nev_jpeg_bits_signed(b, symbol & 15);
    }
    s->problem = NULL;
    return true;
}

/* The block at (x, y) of a component: its samples, or its coefficients if there are more scans to come. */
static bool read_block(struct nev_jpeg_scan *s, struct nev_jpeg_component *c, uint32_t x, uint32_t y)
{
    size_t stride = (size_t)c->stored_w * 8;
    int16_t coefs[NEV_JPEG_BLOCK];

    if (s->j->is_progressive) {
        return nev_jpeg_progressive_block(s, c, c->coefs + ((size_t)y * c->stored_w + x) * NEV_JPEG_BLOCK);
    }
    memset(coefs, 0, sizeof coefs);
    if (!read_coefs(s, c, coefs)) {
        return false;
    }
    nev_jpeg_idct(coefs, c->quant, c->plane + (size_t)(y % c->kept_h) * 8 * stride + (size_t)x * 8, stride);
    return true;
}

/* One unit: a block of the only component, or h x v blocks of each. */
static bool read_unit(struct nev_jpeg_scan *s, uint32_t x, uint32_t y)
{
    uint32_t i, bx, by;

    if (s->j->scan_len == 1) {
        return read_block(s, &s->j->components[s->j->scan[0]], x, y);
    }
    for (i = 0; i < s->j->scan_len; i++) {
        struct nev_jpeg_component *c = &s->j->components[s->j->scan[i]];

        for (by = 0; by < c->v; by++) {
            for (bx = 0; bx < c->h; bx++) {
                if (!read_block(s, c, x * c->h + bx, y * c->v + by)) {
                    return false;
                }
            }
        }
    }
    return true;
}

static void reset(struct nev_jpeg_scan *s)
{
    uint32_t i;

    s->bits.acc = 0;
    s->bits.count = s->bits.pad = 0;
    for (i = 0; i < s->j->scan_len; i++) {
        s->j->components[s->j->scan[i]].dc = 0;
    }
}

/*
 * The end of an entropy-coded segment: what is left of the last byte, then nothing, or a filler of whole
 * bytes that are all 00 or all FF, as some hardware writes it. Anything else means that the blocks were not
 * the ones coded.
 */
static enum nev_status finish_segment(struct nev_jpeg_scan *s)
{
    struct nev_jpeg_bits *b = &s->bits;
    uint32_t byte, filler = 0;
    bool has_filler = false;

    b->count -= b->count % 8;
    for (;;) {
        if (b->count < 8) {
            nev_jpeg_bits_fill(b);
        }
        if (b->pad >= b->count) {
            return NEV_OK;
        }
        byte = nev_jpeg_bits_get(b, 8);
        if ((byte != 0 && byte != 0xFF) || (has_filler && byte != filler)) {
            return damaged(s, "the coded picture goes on after its last block");
        }
        filler = byte;
        has_filler = true;
    }
}

/* The marker RSTn between two restart intervals. */
static enum nev_status restart(struct nev_jpeg_scan *s, uint32_t n)
{
    struct nev_jpeg_bits *b = &s->bits;
    enum nev_status status;

    if (s->eob_run != 0) {
        return damaged(s, "a run of empty blocks leaves its restart interval");
    }
    status = finish_segment(s);
    if (status != NEV_OK) {
        return status;
    }
    while (b->end - b->pos >= 2 && b->mem[b->pos] == 0xFF && b->mem[b->pos + 1] == 0xFF) {
        b->pos++; /* B.1.1.2: fill bytes */
    }
    if (b->end - b->pos < 2) {
        return nev_fail(s->j->err, NEV_ERR_TRUNCATED, b->end, "RST",
                        "the file ends inside the coded picture; copy it again from its source");
    }
    if (b->mem[b->pos + 1] != 0xD0 + n) {
        return damaged(s, "the restart marker that is due is not there");
    }
    b->pos += 2;
    reset(s);
    return NEV_OK;
}

enum nev_status nev_jpeg_scan_begin(struct nev_jpeg *j, struct nev_jpeg_scan *s)
{
    uint32_t i;

    memset(s, 0, sizeof *s);
    s->j = j;
    s->bits.mem = j->mem;
    s->bits.pos = j->pos;
    s->bits.end = j->bytes;
    s->units_w = j->scan_len == 1 ? j->components[j->scan[0]].blocks_w : j->mcus_w;
    s->units_h = j->scan_len == 1 ? j->components[j->scan[0]].blocks_h : j->mcus_h;
    s->until_restart = j->restart_interval;
    for (i = 0; i < j->scan_len; i++) {
        struct nev_jpeg_component *c = &j->components[j->scan[i]];

        if (c->scan_count >= NEV_JPEG_VISITS_MAX) {
            return nev_fail(j->err, NEV_ERR_LIMIT, j->pos, "SOS",
                            "a component has more scans than the limit allows");
        }
        c->scan_count++;
    }
    reset(s);
    return NEV_OK;
}

enum nev_status nev_jpeg_scan_row(struct nev_jpeg_scan *s, uint32_t y)
{
    enum nev_status status;
    uint32_t x;

    for (x = 0; x < s->units_w; x++) {
        if (s->j->restart_interval != 0) {
            if (s->until_restart == 0) {
                status = restart(s, s->rst);
                if (status != NEV_OK) {
                    return status;
                }
                s->rst = (s->rst + 1) & 7;
                s->until_restart = s->j->restart_interval;
            }
            s->until_restart--;
        }
        if (!read_unit(s, x, y) || s->bits.pad > s->bits.count) {
            return explain(s);
        }
    }
    return NEV_OK;
}

enum nev_status nev_jpeg_scan_end(struct nev_jpeg_scan *s)
{
    enum nev_status status;

    if (s->eob_run != 0) {
        return damaged(s, "a run of empty blocks leaves its scan");
    }
    status = finish_segment(s);
    s->j->pos = s->bits.pos;
    return status;
}
