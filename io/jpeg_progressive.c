/* SPDX-License-Identifier: MIT */
/*
 * Blocks of progressive scans (Annex G): first a coefficient's high bits, then one more bit a scan.
 *
 * Bounds: coefficients stay within -32767..32767. A first scan refuses larger ones and leaves a multiple of
 * 2^bit_low; the scans that refine it add its lower bits, each once (jpeg_headers.c sees to that).
 */
#include "io/jpeg_parts.h"

#define COEF_MAX 32767

static bool fails(struct nev_jpeg_scan *s, const char *problem)
{
    s->problem = problem;
    return false;
}

static bool dc_first(struct nev_jpeg_scan *s, struct nev_jpeg_component *c, int16_t *coefs)
{
    uint32_t size = nev_jpeg_bits_symbol(&s->bits, &s->j->tables->dc[c->dc_table]);
    int32_t dc;

    if (size > 15) {
        return fails(s, nev_jpeg_no_code);
    }
    c->dc += nev_jpeg_bits_signed(&s->bits, size);
    dc = c->dc * (1 << s->j->bit_low); /* Bounds: |c->dc| < 2^17, bit_low <= 13 */
    if (dc > COEF_MAX || dc < -COEF_MAX) {
        return fails(s, "a DC coefficient is out of range");
    }
    coefs[0] = (int16_t)dc;
    return true;
}

/* The value that a bit adds to a coefficient whose higher bits are known. */
static int16_t refined(struct nev_jpeg_scan *s, int16_t coef)
{
    int32_t bit = (int32_t)(nev_jpeg_bits_get(&s->bits, 1) << s->j->bit_low);

    return (int16_t)(coef < 0 ? coef - bit : coef + bit);
}

static bool ac_first(struct nev_jpeg_scan *s, const struct nev_jpeg_huffman *table, int16_t *coefs)
{
    uint32_t k, symbol, run, size;
    int32_t value;

    for (k = s->j->band_begin; k <= s->j->band_end; k++) {
        symbol = nev_jpeg_bits_symbol(&s->bits, table);
        run = symbol >> 4;
        size = symbol & 15;
        if (symbol > 255) {
            return fails(s, nev_jpeg_no_code);
        }
        if (size == 0 && run < 15) {
            s->eob_run = (1u << run) - 1 + nev_jpeg_bits_get(&s->bits, run);
            return true;
        }
        k += run;
        if (k > s->j->band_end) {
            return fails(s, "a run of zeros leaves the band of coefficients");
        }
        if (size == 0) {
            continue; /* 16 zeros */
        }
        value = nev_jpeg_bits_signed(&s->bits, size) * (1 << s->j->bit_low);
        if (value > COEF_MAX || value < -COEF_MAX) {
            return fails(s, "an AC coefficient is out of range");
        }
        coefs[nev_jpeg_zigzag[k]] = (int16_t)value;
    }
    return true;
}

/* From k on, refines what is not zero and passes `zeros` coefficients that are; returns the place of the next
 * zero, or band_end + 1. */
static uint32_t refine_run(struct nev_jpeg_scan *s, uint32_t k, uint32_t zeros, int16_t *coefs)
{
    for (; k <= s->j->band_end; k++) {
        int16_t *coef = &coefs[nev_jpeg_zigzag[k]];

        if (*coef != 0) {
            *coef = refined(s, *coef);
        } else if (zeros-- == 0) {
            break;
        }
    }
    return k;
}

/* G.1.2.3. */
static bool ac_refine(struct nev_jpeg_scan *s, const struct nev_jpeg_huffman *table, int16_t *coefs)
{
    uint32_t k, symbol, run, size;
    int16_t value;

    for (k = s->j->band_begin; k <= s->j->band_end; k++) {
        symbol = nev_jpeg_bits_symbol(&s->bits, table);
        run = symbol >> 4;
        size = symbol & 15;
        if (size > 1 || symbol > 255) {
            return fails(s, nev_jpeg_no_code);
        }
        if (size == 0 && run < 15) {
            s->eob_run = (1u << run) - 1 + nev_jpeg_bits_get(&s->bits, run);
            refine_run(s, k, NEV_JPEG_BLOCK, coefs);
            return true;
        }
        value = 0;
        if (size == 1) {
            value = (int16_t)(1 << s->j->bit_low);
            value = (int16_t)(nev_jpeg_bits_get(&s->bits, 1) != 0 ? value : -value);
        }
        k = refine_run(s, k, run, coefs);
        if (k > s->j->band_end) {
            return fails(s, "a run of zeros leaves the band of coefficients");
        }
        coefs[nev_jpeg_zigzag[k]] = value;
    }
    return true;
}

bool nev_jpeg_progressive_block(struct nev_jpeg_scan *s, struct nev_jpeg_component *c, int16_t *coefs)
{
    const struct nev_jpeg *j = s->j;
    const struct nev_jpeg_huffman *table = &j->tables->ac[c->ac_table];

    if (j->band_begin == 0) {
        if (j->bit_high == 0) {
            return dc_first(s, c, coefs);
        }
        /* F.1.4.4.1: DC bits below the first are those of its two's complement. */
        coefs[0] = (int16_t)(coefs[0] + (int32_t)(nev_jpeg_bits_get(&s->bits, 1) << j->bit_low));
        return true;
    }
    if (s->eob_run > 0) {
        s->eob_run--;
        if (j->bit_high != 0) {
            refine_run(s, j->band_begin, NEV_JPEG_BLOCK, coefs);
        }
        return true;
    }
    return j->bit_high == 0 ? ac_first(s, table, coefs) : ac_refine(s, table, coefs);
}
