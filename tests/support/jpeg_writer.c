/* SPDX-License-Identifier: MIT */
#include "tests/support/jpeg_writer.h"

#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

/* The Huffman tables: not optimal, but with codes of many lengths, so that short and long ones are read. DC:
 * 16 symbols of 2 to 7 bits; AC: 256 symbols in numeric order, 2 of 4 bits, 60 of 7, 60 of 9, 60 of 11, 74
 * of 16. */
static const uint8_t dc_counts[16] = {0, 1, 1, 2, 2, 2, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t ac_counts[16] = {0, 0, 0, 2, 0, 0, 60, 0, 60, 0, 60, 0, 0, 0, 0, 74};

/* T.81, Figure A.6 is not needed here: coefficients stay in zigzag order throughout. */

struct writer {
    const struct nev_test_jpeg *plan;
    uint8_t *out;
    size_t used;
    uint32_t bits, bit_len; /* bits not yet written */
    unsigned h_max, v_max;
    unsigned scan[4], scan_len, band_begin, band_end, high, low;
    int dc[4];
    unsigned skip; /* blocks already ended by an EOB run */
};

struct nev_test_jpeg nev_test_jpeg_plan(unsigned width, unsigned height, unsigned components)
{
    struct nev_test_jpeg plan;
    unsigned i;

    memset(&plan, 0, sizeof plan);
    plan.width = width;
    plan.height = height;
    plan.components = components;
    plan.adobe = -1;
    plan.quant = 3;
    for (i = 0; i < 4; i++) {
        plan.h[i] = plan.v[i] = i == 0 && components == 3 ? 2 : 1;
    }
    return plan;
}

void nev_test_jpeg_coefs(const struct nev_test_jpeg *plan, unsigned component, unsigned x, unsigned y,
                         int16_t coefs[64])
{
    uint64_t state = plan->seed + component * 1000003u + x * 10007u + y * 101u;
    unsigned k, busy = nev_test_random(&state) % 4;

    memset(coefs, 0, 64 * sizeof coefs[0]);
    coefs[0] = (int16_t)((int)(nev_test_random(&state) % 301) - 150);
    for (k = 1; k < 64 && busy > 0 && !plan->is_flat; k++) {
        /* Dense at first, then long runs of zeros, now and then a last coefficient. */
        if (nev_test_random(&state) % (k < 10 ? 3 : 6 * busy) == 0) {
            int range = k < 10 ? 40 : 6;

            coefs[k] = (int16_t)((int)(nev_test_random(&state) % (unsigned)(2 * range + 1)) - range);
        }
    }
}

static void put_byte(struct writer *w, unsigned byte)
{
    assert_true(w->used < NEV_TEST_JPEG_BYTES);
    w->out[w->used++] = (uint8_t)byte;
}

static void put_u16(struct writer *w, unsigned v)
{
    put_byte(w, v >> 8);
    put_byte(w, v & 255);
}

static void put_bytes(struct writer *w, const void *bytes, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        put_byte(w, ((const uint8_t *)bytes)[i]);
    }
}

static void put_bits(struct writer *w, uint32_t value, uint32_t len)
{
    while (len-- > 0) {
        w->bits = w->bits << 1 | (value >> len & 1);
        if (++w->bit_len == 8) {
            put_byte(w, w->bits & 255);
            if ((w->bits & 255) == 255) {
                put_byte(w, 0);
            }
            w->bit_len = 0;
        }
    }
}

/* The code of a symbol of dc_counts or ac_counts: symbols are in numeric order. */
static void put_symbol(struct writer *w, bool is_dc, unsigned symbol)
{
    const uint8_t *counts = is_dc ? dc_counts : ac_counts;
    uint32_t code = 0, len;

    for (len = 1; len <= 16; len++) {
        if (symbol < counts[len - 1]) {
            put_bits(w, code + symbol, len);
            return;
        }
        symbol -= counts[len - 1];
        code = (code + counts[len - 1]) << 1;
    }
    fail_msg("no code for the symbol");
}

static unsigned bit_length(int value)
{
    unsigned len = 0, a = (unsigned)abs(value);

    for (; a != 0; a >>= 1) {
        len++;
    }
    return len;
}

static void put_value(struct writer *w, int value, unsigned len)
{
    put_bits(w, (uint32_t)(value < 0 ? value - 1 : value) & ((1u << len) - 1u), len);
}

/* A coefficient without its lowest bits: DC as two's complement, AC towards zero (G.1.2). */
static int shifted(int value, unsigned low, bool is_dc)
{
    if (is_dc) {
        return value >= 0 ? value >> low : -((-value + (1 << low) - 1) >> low);
    }
    return value >= 0 ? value >> low : -(-value >> low);
}

static unsigned across(const struct writer *w, unsigned component)
{
    unsigned width = (w->plan->width * w->plan->h[component] + w->h_max - 1) / w->h_max;

    return (width + 7) / 8;
}

static unsigned down(const struct writer *w, unsigned component)
{
    unsigned height = (w->plan->height * w->plan->v[component] + w->v_max - 1) / w->v_max;

    return (height + 7) / 8;
}

/* Whether block n of the scan's only component has nothing new from coefficient `from` on. */
static bool is_quiet(const struct writer *w, const int16_t *coefs, unsigned from)
{
    unsigned k;

    for (k = from; k <= w->band_end; k++) {
        int value = abs(coefs[k]) >> w->low;

        if (w->high == 0 ? value != 0 : value == 1) {
            return false;
        }
    }
    return true;
}

static void coefs_of(const struct writer *w, unsigned n, int16_t *coefs)
{
    unsigned wide = across(w, w->scan[0]);

    nev_test_jpeg_coefs(w->plan, w->scan[0], n % wide, n / wide, coefs);
}

/* EOBn for block n and the quiet ones after it, up to the end of the scan or its restart interval. */
static void put_eob_run(struct writer *w, unsigned n)
{
    unsigned total = across(w, w->scan[0]) * down(w, w->scan[0]), run = 1, len;
    int16_t coefs[64];

    while (n + run < total && run < 32767 && !(w->plan->restart != 0 && (n + run) % w->plan->restart == 0)) {
        coefs_of(w, n + run, coefs);
        if (!is_quiet(w, coefs, w->band_begin)) {
            break;
        }
        run++;
    }
    len = bit_length((int)run) - 1;
    put_symbol(w, false, len << 4);
    put_bits(w, run - (1u << len), len);
    w->skip = run - 1;
}

/* Correction bits of the coefficients in from..to that earlier scans have made nonzero. */
static void put_corrections(struct writer *w, const int16_t *coefs, unsigned from, unsigned to)
{
    unsigned k;

    for (k = from; k <= to; k++) {
        if (abs(coefs[k]) >> w->low > 1) {
            put_bits(w, (uint32_t)(abs(coefs[k]) >> w->low) & 1, 1);
        }
    }
}

static void put_ac_first(struct writer *w, unsigned n, const int16_t *coefs)
{
    unsigned k, run = 0, len;

    for (k = w->band_begin; k <= w->band_end; k++) {
        int value = shifted(coefs[k], w->low, false);

        if (is_quiet(w, coefs, k)) {
            put_eob_run(w, n);
            return;
        }
        if (value == 0) {
            run++;
            continue;
        }
        for (; run > 15; run -= 16) {
            put_symbol(w, false, 0xF0);
        }
        len = bit_length(value);
        put_symbol(w, false, run << 4 | len);
        put_value(w, value, len);
        run = 0;
    }
}

static void put_ac_refine(struct writer *w, unsigned n, const int16_t *coefs)
{
    unsigned k, run = 0, from = w->band_begin;

    for (k = w->band_begin; k <= w->band_end; k++) {
        int value = abs(coefs[k]) >> w->low;

        if (is_quiet(w, coefs, k)) {
            unsigned skipped_from = from;

            put_eob_run(w, n);
            put_corrections(w, coefs, skipped_from, w->band_end);
            return;
        }
        if (value > 1) {
            continue;
        }
        if (value == 0) {
            if (++run == 16) {
                put_symbol(w, false, 0xF0);
                put_corrections(w, coefs, from, k);
                from = k + 1;
                run = 0;
            }
            continue;
        }
        put_symbol(w, false, run << 4 | 1);
        put_bits(w, coefs[k] > 0, 1);
        put_corrections(w, coefs, from, k - 1);
        from = k + 1;
        run = 0;
    }
}

static void put_dc(struct writer *w, unsigned component, const int16_t *coefs)
{
    int value = shifted(coefs[0], w->low, true);

    if (w->high != 0) {
        put_bits(w, (uint32_t)value & 1, 1);
        return;
    }
    put_symbol(w, true, bit_length(value - w->dc[component]));
    put_value(w, value - w->dc[component], bit_length(value - w->dc[component]));
    w->dc[component] = value;
}

static void put_sequential_ac(struct writer *w, const int16_t *coefs)
{
    unsigned k, run = 0, len;

    for (k = 1; k < 64; k++) {
        if (coefs[k] == 0) {
            run++;
            continue;
        }
        for (; run > 15; run -= 16) {
            put_symbol(w, false, 0xF0);
        }
        len = bit_length(coefs[k]);
        put_symbol(w, false, run << 4 | len);
        put_value(w, coefs[k], len);
        run = 0;
    }
    if (run > 0) {
        put_symbol(w, false, 0);
    }
}

static void put_block(struct writer *w, unsigned component, unsigned x, unsigned y)
{
    unsigned n = y * across(w, component) + x;
    int16_t coefs[64];

    nev_test_jpeg_coefs(w->plan, component, x, y, coefs);
    if (!w->plan->is_progressive) {
        put_dc(w, component, coefs);
        put_sequential_ac(w, coefs);
    } else if (w->band_begin == 0) {
        put_dc(w, component, coefs);
    } else if (w->skip > 0) {
        w->skip--;
        if (w->high != 0) {
            put_corrections(w, coefs, w->band_begin, w->band_end);
        }
    } else if (w->high == 0) {
        put_ac_first(w, n, coefs);
    } else {
        put_ac_refine(w, n, coefs);
    }
}

static void end_segment(struct writer *w)
{
    unsigned i;

    if (w->bit_len != 0) {
        put_bits(w, 0xFF, 8 - w->bit_len);
    }
    for (i = 0; i < w->plan->filler_len; i++) {
        put_byte(w, w->plan->filler);
        if (w->plan->filler == 0xFF) {
            put_byte(w, 0);
        }
    }
    w->bit_len = 0;
    w->skip = 0;
    memset(w->dc, 0, sizeof w->dc);
}

static void put_unit(struct writer *w, unsigned x, unsigned y)
{
    unsigned i, bx, by;

    if (w->scan_len == 1) {
        put_block(w, w->scan[0], x, y);
        return;
    }
    for (i = 0; i < w->scan_len; i++) {
        unsigned c = w->scan[i];

        for (by = 0; by < w->plan->v[c]; by++) {
            for (bx = 0; bx < w->plan->h[c]; bx++) {
                put_block(w, c, x * w->plan->h[c] + bx, y * w->plan->v[c] + by);
            }
        }
    }
}

static uint8_t identifier(const struct nev_test_jpeg *plan, unsigned component)
{
    return plan->id[0] != 0 ? plan->id[component] : (uint8_t)(component + 1);
}

/* One scan; component 4: all of them. */
static void put_scan(struct writer *w, unsigned component, unsigned begin, unsigned end, unsigned high,
                     unsigned low)
{
    unsigned i, x, y, n = 0, wide = (w->plan->width + 8 * w->h_max - 1) / (8 * w->h_max);
    unsigned tall = (w->plan->height + 8 * w->v_max - 1) / (8 * w->v_max);

    w->scan_len = component == 4 ? w->plan->components : 1;
    w->band_begin = begin;
    w->band_end = end;
    w->high = high;
    w->low = low;
    put_u16(w, 0xFFDA);
    put_u16(w, 6 + 2 * w->scan_len);
    put_byte(w, w->scan_len);
    for (i = 0; i < w->scan_len; i++) {
        w->scan[i] = component == 4 ? i : component;
        put_byte(w, identifier(w->plan, w->scan[i]));
        put_byte(w, 0);
    }
    put_byte(w, begin);
    put_byte(w, end);
    put_byte(w, high << 4 | low);
    if (w->scan_len == 1) {
        wide = across(w, w->scan[0]);
        tall = down(w, w->scan[0]);
    }
    for (y = 0; y < tall; y++) {
        for (x = 0; x < wide; x++, n++) {
            if (w->plan->restart != 0 && n != 0 && n % w->plan->restart == 0) {
                end_segment(w);
                put_u16(w, 0xFFD0 + (n / w->plan->restart - 1) % 8);
            }
            put_unit(w, x, y);
        }
    }
    end_segment(w);
}

static void put_app(struct writer *w)
{
    const struct nev_test_jpeg *plan = w->plan;
    const char *exif = plan->is_exif_big ? "Exif\0\0MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0"
                                         : "Exif\0\0II*\0\10\0\0\0\1\0\22\1\3\0\1\0\0\0";

    if (plan->has_jfif) {
        put_u16(w, 0xFFE0);
        put_u16(w, 16);
        put_bytes(w, "JFIF\0\1\1\0\0\1\0\1\0\0", 14);
    }
    if (plan->orientation != 0) {
        put_u16(w, 0xFFE1);
        put_u16(w, 34);
        put_bytes(w, exif, plan->is_exif_big ? 25 : 24);
        put_byte(w, plan->orientation);
        put_bytes(w, "\0\0\0\0\0\0\0\0", plan->is_exif_big ? 6 : 7);
    }
    if (plan->adobe >= 0) {
        put_u16(w, 0xFFEE);
        put_u16(w, 14);
        put_bytes(w, "Adobe\0\144\0\0\0\0", 11);
        put_byte(w, (unsigned)plan->adobe);
    }
}

static void put_tables(struct writer *w)
{
    unsigned i, is_wide = w->plan->quant > 255;

    put_u16(w, 0xFFDB);
    put_u16(w, 3 + 64 * (1 + is_wide));
    put_byte(w, is_wide << 4);
    for (i = 0; i < 64; i++) {
        if (is_wide) {
            put_u16(w, w->plan->quant);
        } else {
            put_byte(w, w->plan->quant);
        }
    }
    put_u16(w, 0xFFC4);
    put_u16(w, 2 + 17 + 16 + 17 + 256);
    put_byte(w, 0x00);
    put_bytes(w, dc_counts, 16);
    for (i = 0; i < 16; i++) {
        put_byte(w, i);
    }
    put_byte(w, 0x10);
    put_bytes(w, ac_counts, 16);
    for (i = 0; i < 256; i++) {
        put_byte(w, i);
    }
    if (w->plan->restart != 0) {
        put_u16(w, 0xFFDD);
        put_u16(w, 4);
        put_u16(w, w->plan->restart);
    }
}

static void put_frame(struct writer *w)
{
    const struct nev_test_jpeg *plan = w->plan;
    unsigned i;

    put_u16(w, plan->is_progressive ? 0xFFC2 : 0xFFC1);
    put_u16(w, 8 + 3 * plan->components);
    put_byte(w, 8);
    put_u16(w, plan->height);
    put_u16(w, plan->width);
    put_byte(w, plan->components);
    for (i = 0; i < plan->components; i++) {
        put_byte(w, identifier(plan, i));
        put_byte(w, plan->h[i] << 4 | plan->v[i]);
        put_byte(w, 0);
    }
}

static void put_progression(struct writer *w)
{
    unsigned c, all = w->plan->components == 1 ? 0 : 4;

    put_scan(w, all, 0, 0, 0, 2);
    for (c = 0; c < w->plan->components; c++) {
        put_scan(w, c, 1, 5, 0, 2);
        put_scan(w, c, 6, 63, 0, 1);
    }
    put_scan(w, all, 0, 0, 2, 1);
    for (c = w->plan->components; c-- > 0;) {
        put_scan(w, c, 1, 5, 2, 1);
        put_scan(w, c, 1, 63, 1, 0);
        put_scan(w, c, 0, 0, 1, 0);
    }
}

size_t nev_test_jpeg_write(const struct nev_test_jpeg *plan, uint8_t out[NEV_TEST_JPEG_BYTES])
{
    struct writer w;
    unsigned i;

    memset(&w, 0, sizeof w);
    w.plan = plan;
    w.out = out;
    for (i = 0; i < plan->components; i++) {
        w.h_max = plan->h[i] > w.h_max ? plan->h[i] : w.h_max;
        w.v_max = plan->v[i] > w.v_max ? plan->v[i] : w.v_max;
    }
    put_u16(&w, 0xFFD8);
    put_app(&w);
    put_tables(&w);
    put_frame(&w);
    if (plan->is_progressive) {
        put_progression(&w);
    } else if (plan->is_split) {
        for (i = plan->components; i-- > 0;) {
            put_scan(&w, i, 0, 63, 0, 0);
        }
    } else {
        put_scan(&w, plan->components == 1 ? 0 : 4, 0, 63, 0, 0);
    }
    put_u16(&w, 0xFFD9);
    return w.used;
}
