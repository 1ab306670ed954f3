/* SPDX-License-Identifier: MIT */
#include "tests/io/pictures.h"

#include <stdbool.h>

#include "io/adler32.h"
#include "io/png.h"
#include "io/png_rows.h"
#include "io/png_write.h"
#include "nn/base/bytes.h"
#include "nn/base/crc32.h"

/* An encoder of our own, as plain as the standard allows: stored blocks, any filter, any pass, any chunk. */
struct file {
    uint8_t bytes[60000];
    size_t len;
};

static void put_chunk(struct file *f, const char *type, const void *data, size_t bytes)
{
    uint8_t *at = f->bytes + f->len;

    assert_true(f->len + bytes + 12 <= sizeof f->bytes);
    nev_store_u32be(at, (uint32_t)bytes);
    memcpy(at + 4, type, 4);
    if (bytes > 0) {
        memcpy(at + 8, data, bytes);
    }
    nev_store_u32be(at + 8 + bytes, nev_crc32(0, at + 4, bytes + 4));
    f->len += bytes + 12;
}

static void put_start(struct file *f, uint32_t width, uint32_t height, unsigned depth, unsigned colour,
                      bool lace)
{
    uint8_t ihdr[13] = {0};

    memcpy(f->bytes, "\x89PNG\r\n\x1A\n", 8);
    f->len = 8;
    nev_store_u32be(ihdr, width);
    nev_store_u32be(ihdr + 4, height);
    ihdr[8] = (uint8_t)depth;
    ihdr[9] = (uint8_t)colour;
    ihdr[12] = lace;
    put_chunk(f, "IHDR", ihdr, 13);
}

/* One stored block (up to 65,535 bytes) as zlib. Returns its bytes. */
static size_t pack(uint8_t *to, const uint8_t *rows, size_t n)
{
    assert_true(n <= 65535);
    memcpy(to, "\x78\x01\x01", 3);
    nev_store_u16le(to + 3, (uint16_t)n);
    nev_store_u16le(to + 5, (uint16_t)~n);
    memcpy(to + 7, rows, n);
    nev_store_u32be(to + 7 + n, nev_adler32(NEV_ADLER32_START, rows, n));
    return n + 11;
}

static uint8_t packed[60000];

/* The zlib stream over IDAT chunks of `piece` bytes each, then IEND. */
static void put_end(struct file *f, const uint8_t *rows, size_t n, size_t piece)
{
    size_t bytes = pack(packed, rows, n), at;

    for (at = 0; at < bytes; at += piece) {
        put_chunk(f, "IDAT", packed + at, bytes - at < piece ? bytes - at : piece);
    }
    put_chunk(f, "IEND", NULL, 0);
}

/* A picture of random samples, kept as one 16-bit number each. */
struct samples {
    uint32_t width, height;
    unsigned depth, channels;
    uint16_t v[40 * 40 * 4];
};

static uint16_t *sample_at(struct samples *s, uint32_t x, uint32_t y)
{
    return &s->v[((size_t)y * s->width + x) * s->channels];
}

/* The definition of the filters, 9.2, over bytes. */
static void filter_row(unsigned type, uint8_t *to, const uint8_t *row, const uint8_t *above, size_t n,
                       size_t step)
{
    size_t i;

    to[0] = (uint8_t)type;
    for (i = 0; i < n; i++) {
        int a = i >= step ? row[i - step] : 0, b = above != NULL ? above[i] : 0;
        int c = i >= step && above != NULL ? above[i - step] : 0, p = a + b - c;
        int paeth = abs(p - a) <= abs(p - b) && abs(p - a) <= abs(p - c) ? a
                    : abs(p - b) <= abs(p - c)                           ? b
                                                                         : c;
        int guess[5];

        guess[0] = 0;
        guess[1] = a;
        guess[2] = b;
        guess[3] = (a + b) / 2;
        guess[4] = paeth;
        to[1 + i] = (uint8_t)(row[i] - guess[type]);
    }
}

/* The rows of one pass, filters taken in turn from `filter` on (5: that one only for all, given as 0..4 + 8).
 */
static size_t put_pass(struct samples *s, uint32_t x0, uint32_t dx, uint32_t y0, uint32_t dy, unsigned filter,
                       uint8_t *to)
{
    static uint8_t lines[2][400];
    const uint8_t *above = NULL;
    uint8_t *start = to;
    uint32_t x, y, count = 0;
    size_t n;

    for (x = x0; x < s->width; x += dx) {
        count++;
    }
    n = (count * s->channels * s->depth + 7) / 8;
    for (y = y0; y < s->height && count > 0; y += dy) {
        uint8_t *line = lines[y / dy & 1];
        size_t bit = 0;

        memset(line, 0, sizeof lines[0]);
        for (x = x0; x < s->width; x += dx) {
            unsigned c, k;

            for (c = 0; c < s->channels; c++) {
                for (k = 0; k < s->depth; k++, bit++) {
                    unsigned one = ((unsigned)sample_at(s, x, y)[c] >> (s->depth - 1 - k)) & 1u;

                    line[bit / 8] |= (uint8_t)(one << (7 - bit % 8));
                }
            }
        }
        filter_row(filter >= 8 ? filter - 8 : (filter + y) % 5, to, line, above, n,
                   (s->channels * s->depth + 7) / 8);
        to += n + 1;
        above = line;
    }
    return (size_t)(to - start);
}

static size_t put_rows(struct samples *s, bool lace, unsigned filter, uint8_t *to)
{
    /* 8.2, drawn: which pass each pixel of an 8 x 8 square belongs to. */
    static const char square[8][9] = {"16462646", "77777777", "56565656", "77777777",
                                      "36463646", "77777777", "56565656", "77777777"};
    size_t n = 0;
    unsigned pass;

    if (!lace) {
        return put_pass(s, 0, 1, 0, 1, filter, to);
    }
    for (pass = 1; pass <= 7; pass++) {
        uint32_t x0 = 8, y0 = 8, dx = 8, dy = 8, x, y;

        for (y = 0; y < 8; y++) {
            for (x = 0; x < 8; x++) {
                if (square[y][x] == (char)('0' + pass)) {
                    dx = y == y0 && x > x0 && dx == 8 ? x - x0 : dx;
                    dy = y > y0 && dy == 8 ? y - y0 : dy;
                    x0 = x < x0 ? x : x0;
                    y0 = y < y0 ? y : y0;
                }
            }
        }
        n += put_pass(s, x0, dx, y0, dy, filter, to + n);
    }
    return n;
}

static unsigned channels_of(unsigned colour)
{
    return colour == 2 ? 3 : colour == 4 ? 2 : colour == 6 ? 4 : 1;
}

static void randomise(struct samples *s, uint32_t width, uint32_t height, unsigned depth, unsigned colour)
{
    static uint64_t seed = 11;
    size_t i;

    s->width = width;
    s->height = height;
    s->depth = depth;
    s->channels = channels_of(colour);
    assert_int_equal(nev_png_channels((enum nev_png_colour)colour), s->channels);
    for (i = 0; i < (size_t)width * height * s->channels; i++) {
        s->v[i] = (uint16_t)(nev_test_random(&seed) & ((1u << depth) - 1));
    }
}

static uint8_t eight(unsigned v, unsigned depth)
{
    return (uint8_t)(depth == 16 ? v >> 8 : v * 255 / ((1u << depth) - 1));
}

/* What raw mode must give for pixel (x, y). The palette of these tests: entry i is i, i + 1, i + 2, alpha 255
 * - i. */
static void expect_pixel(struct samples *s, unsigned colour, const uint8_t *trns, uint32_t x, uint32_t y,
                         const uint8_t *rgba)
{
    const uint16_t *v = sample_at(s, x, y);
    unsigned i, alpha = 255;

    if (colour == 3) {
        for (i = 0; i < 3; i++) {
            assert_int_equal(rgba[i], (v[0] + i) & 255);
        }
        assert_int_equal(rgba[3], trns != NULL ? 255 - v[0] : 255);
        return;
    }
    for (i = 0; i < 3; i++) {
        assert_int_equal(rgba[i], eight(v[s->channels >= 3 ? i : 0], s->depth));
    }
    if (s->channels % 2 == 0) {
        alpha = eight(v[s->channels - 1], s->depth);
    } else if (trns != NULL && nev_load_u16be(trns) == v[0] &&
               (s->channels == 1 || (nev_load_u16be(trns + 2) == v[1] && nev_load_u16be(trns + 4) == v[2]))) {
        alpha = 0;
    }
    assert_int_equal(rgba[3], alpha);
}

static void put_palette(struct file *f, unsigned entries, bool has_trns)
{
    uint8_t rgb[256 * 3], alpha[256];
    unsigned i;

    for (i = 0; i < 256; i++) {
        rgb[3 * i] = (uint8_t)i;
        rgb[3 * i + 1] = (uint8_t)(i + 1);
        rgb[3 * i + 2] = (uint8_t)(i + 2);
        alpha[i] = (uint8_t)(255 - i);
    }
    put_chunk(f, "PLTE", rgb, (size_t)3 * entries);
    if (has_trns) {
        put_chunk(f, "tRNS", alpha, entries);
    }
}

static struct file file;
static uint8_t rows[60000];

static void check_picture(struct samples *s, unsigned colour, bool lace, unsigned filter, bool has_trns)
{
    uint8_t trns[6] = {0};
    struct decoded d, rgb;
    uint32_t x, y;
    unsigned i;

    put_start(&file, s->width, s->height, s->depth, colour, lace);
    if (colour == 3) {
        put_palette(&file, 1u << s->depth, has_trns);
    } else if (has_trns) {
        for (i = 0; i < s->channels; i++) { /* one pixel's colour, so that it occurs */
            uint16_t v = sample_at(s, s->width / 2, s->height / 2)[i];

            trns[2 * i] = (uint8_t)(v >> 8);
            trns[2 * i + 1] = (uint8_t)v;
        }
        put_chunk(&file, "tRNS", trns, (size_t)2 * s->channels);
    }
    put_end(&file, rows, put_rows(s, lace, filter, rows), 1 + filter * 37);
    d = decode_bytes(file.bytes, file.len, NEV_IMAGE_RAW);
    rgb = decode_bytes(file.bytes, file.len, NEV_IMAGE_RGB);
    if (d.status != NEV_OK || rgb.status != NEV_OK) {
        fail_msg("%u x %u, depth %u, colour %u: %s", s->width, s->height, s->depth, colour, d.err.what);
    }
    for (y = 0; y < s->height; y++) {
        for (x = 0; x < s->width; x++) {
            size_t at = (size_t)y * s->width + x;

            expect_pixel(s, colour, has_trns ? trns : NULL, x, y, d.out + 4 * at);
            assert_memory_equal(d.out + 4 * at, rgb.out + 3 * at, 3);
        }
    }
    free(d.out);
    free(rgb.out);
}

/* Colour types and the depths they have. */
static const struct {
    unsigned colour, depth;
} kinds[] = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1},
             {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16}};
#define KINDS (sizeof kinds / sizeof *kinds)

static struct samples picture;

/* Verifies: NEV-IO-211 (every colour type and depth with every filter, in the first row, alone and mixed) */
static void test_filters(void **state)
{
    size_t k;
    unsigned filter;

    (void)state;
    for (k = 0; k < KINDS; k++) {
        for (filter = 0; filter < 13; filter++) {
            if (filter < 5 || filter >= 8) {
                randomise(&picture, 19, 12, kinds[k].depth, kinds[k].colour);
                check_picture(&picture, kinds[k].colour, false, filter, false);
            }
        }
    }
}

/* Verifies: NEV-IO-212 (every colour type and depth interlaced, at every size from 1 x 1 to 9 x 9, and
 * larger) */
static void test_interlaced(void **state)
{
    size_t k;
    uint32_t w, h;

    (void)state;
    for (k = 0; k < KINDS; k++) {
        for (h = 1; h <= 9; h++) {
            for (w = 1; w <= 9; w++) {
                randomise(&picture, w, h, kinds[k].depth, kinds[k].colour);
                check_picture(&picture, kinds[k].colour, true, (unsigned)(w + h) % 5, false);
                check_picture(&picture, kinds[k].colour, false, (unsigned)(w + h) % 5, false);
            }
        }
        randomise(&picture, 33, 21, kinds[k].depth, kinds[k].colour);
        check_picture(&picture, kinds[k].colour, true, 4, false);
    }
}

/* Verifies: NEV-IO-213 (transparency by palette and by colour, at full depth) */
static void test_transparency(void **state)
{
    size_t k;

    (void)state;
    for (k = 0; k < KINDS; k++) {
        if (kinds[k].colour < 4) {
            randomise(&picture, 16, 16, kinds[k].depth, kinds[k].colour);
            check_picture(&picture, kinds[k].colour, k % 2 == 0, 1, true);
        }
    }
}

/* Verifies: NEV-IO-213 (an index beyond the palette is black and opaque) */
static void test_beyond_palette(void **state)
{
    struct decoded d;

    (void)state;
    put_start(&file, 2, 1, 8, 3, false);
    put_palette(&file, 2, true);
    put_end(&file, (const uint8_t *)"\0\1\2", 3, 99);
    d = decode_bytes(file.bytes, file.len, NEV_IMAGE_RAW);
    assert_int_equal(d.status, NEV_OK);
    assert_memory_equal(d.out, "\1\2\3\xFE\0\0\0\xFF", 8);
    free(d.out);
}

/* A 2 x 2 grey picture with the chunks named, in that order; a digit n stands for part n of three of its
 * data. */
static void expect_order(const char *const *chunks, unsigned colour, enum nev_status status)
{
    static const uint8_t two[6] = {0, 1, 2, 0, 3, 4}, zeros[16];
    static const char *const part[3] = {"1", "2", "3"};
    struct file *f = &file;
    size_t bytes = pack(packed, two, 6), i;

    put_start(f, 2, 2, 8, colour, false);
    for (; *chunks != NULL; chunks++) {
        for (i = 0; i < 3 && strcmp(*chunks, part[i]) != 0; i++) {
        }
        if (i < 3) {
            put_chunk(f, "IDAT", packed + 5 * i, i < 2 ? 5 : bytes - 10);
        } else if (strcmp(*chunks, "PLTE") == 0) {
            put_chunk(f, "PLTE", zeros, 15);
        } else if (strcmp(*chunks, "IHDR") == 0) {
            put_chunk(f, "IHDR", f->bytes + 16, 13);
        } else {
            put_chunk(f, *chunks, zeros, strcmp(*chunks, "tRNS") == 0 ? 2 : 0);
        }
    }
    expect_refusal(f->bytes, f->len, status);
}

#define ORDER(colour, status, ...) expect_order((const char *const[]){__VA_ARGS__, NULL}, colour, status)

/* Verifies: NEV-IO-214 (the order of chunks, each rule) */
static void test_order(void **state)
{
    (void)state;
    ORDER(0, NEV_OK, "1", "2", "3", "IEND");
    ORDER(0, NEV_OK, "teXt", "tRNS", "IDAT", "1", "IDAT", "2", "3", "IDAT", "abCd", "IEND");
    ORDER(3, NEV_OK, "PLTE", "tRNS", "1", "2", "3", "IEND");
    ORDER(0, NEV_ERR_FORMAT, "1", "teXt", "2", "3", "IEND");
    ORDER(0, NEV_ERR_FORMAT, "IHDR", "1", "2", "3", "IEND");
    ORDER(0, NEV_ERR_FORMAT, "PLTE", "1", "2", "3", "IEND");
    ORDER(0, NEV_ERR_FORMAT, "tRNS", "tRNS", "1", "2", "3", "IEND");
    ORDER(0, NEV_ERR_FORMAT, "1", "2", "3", "tRNS", "IEND");
    ORDER(3, NEV_ERR_MISSING, "1", "2", "3", "IEND");
    ORDER(3, NEV_ERR_FORMAT, "tRNS", "PLTE", "1", "2", "3", "IEND");
    ORDER(3, NEV_ERR_FORMAT, "PLTE", "PLTE", "1", "2", "3", "IEND");
    ORDER(3, NEV_ERR_FORMAT, "PLTE", "1", "2", "3", "PLTE", "IEND");
    ORDER(0, NEV_ERR_MISSING, "IEND");
    ORDER(0, NEV_ERR_UNSUPPORTED, "1", "2", "3", "CgBI", "IEND");
    ORDER(0, NEV_ERR_FORMAT, "1", "2", "3", "a1Cd", "IEND");
    ORDER(0, NEV_ERR_TRUNCATED, "1", "2", "3");
    ORDER(0, NEV_ERR_TRUNCATED, "1", "2", "IEND");
}

/* Verifies: NEV-IO-214 (header fields, lengths of PLTE, tRNS and IEND, filters, amounts of image data) */
static void test_fields(void **state)
{
    static const uint8_t zeros[800], one[] = {0, 7}, filter5[] = {5, 7};
    unsigned colour, depth, valid = 0, i;

    (void)state;
    for (colour = 0; colour < 256; colour++) {
        for (depth = 0; depth < 256; depth++) {
            struct nev_image_info info;

            put_start(&file, 1, 1, depth, colour, false);
            valid += nev_png_probe(file.bytes, file.len, 1, &info, NULL) == NEV_OK;
        }
    }
    assert_int_equal(valid, KINDS);
    for (i = 0; i < 3; i++) { /* compression, filter, interlace */
        put_start(&file, 1, 1, 8, 0, false);
        file.bytes[8 + 8 + 10 + i] = i == 2 ? 2 : 1;
        nev_store_u32be(file.bytes + 29, nev_crc32(0, file.bytes + 12, 17));
        expect_refusal(file.bytes, file.len, NEV_ERR_FORMAT);
    }
    for (i = 0; i <= 780; i++) {
        put_start(&file, 1, 1, 8, 3, false);
        put_chunk(&file, "PLTE", zeros, i);
        put_end(&file, one, 2, 99);
        expect_refusal(file.bytes, file.len, i > 0 && i % 3 == 0 && i <= 768 ? NEV_OK : NEV_ERR_FORMAT);
    }
    for (i = 0; i < 9; i++) {
        put_start(&file, 1, 1, 8, i == 4 ? 4 : i < 4 ? 0 : 2, false);
        put_chunk(&file, "tRNS", zeros, i);
        put_end(&file, zeros, i < 4 ? 2 : 4, 99);
        expect_refusal(file.bytes, file.len, i == 2 || i == 6 ? NEV_OK : NEV_ERR_FORMAT);
    }
    put_start(&file, 1, 1, 8, 0, false);
    put_end(&file, filter5, 2, 99);
    expect_refusal(file.bytes, file.len, NEV_ERR_FORMAT);
    for (i = 1; i <= 3; i++) {
        put_start(&file, 1, 1, 8, 0, false);
        put_end(&file, zeros, i, 99);
        expect_refusal(file.bytes, file.len, i == 1 ? NEV_ERR_TRUNCATED : i == 2 ? NEV_OK : NEV_ERR_FORMAT);
    }
    put_start(&file, 1, 1, 8, 0, false);
    put_chunk(&file, "IDAT", packed, pack(packed, one, 2) + 1); /* a byte after the Adler-32 */
    put_chunk(&file, "IEND", NULL, 0);
    expect_refusal(file.bytes, file.len, NEV_ERR_FORMAT);
    put_start(&file, 1, 1, 8, 0, false);
    put_chunk(&file, "IDAT", packed, pack(packed, one, 2));
    put_chunk(&file, "IEND", zeros, 1);
    expect_refusal(file.bytes, file.len, NEV_ERR_FORMAT);
}

static struct file small_file(void)
{
    randomise(&picture, 5, 4, 8, 2);
    put_start(&file, 5, 4, 8, 2, true);
    put_chunk(&file, "teXt", "unused", 6);
    put_end(&file, rows, put_rows(&picture, true, 2, rows), 40);
    return file;
}

/* Verifies: NEV-IO-215 (truncation at every byte; bytes after IEND are not looked at) */
static void test_truncation(void **state)
{
    static struct file f;

    (void)state;
    f = small_file();
    expect_truncation(f.bytes, f.len);
    expect_refusal(f.bytes, f.len, NEV_OK);
    f.bytes[f.len] = 0xFF;
    expect_refusal(f.bytes, f.len + 1, NEV_OK);
}

/* Verifies: NEV-IO-215 (no byte of a PNG can change unnoticed, in any chunk; nor with the CRC made right
 * again a fault) */
static void test_flips(void **state)
{
    static struct file f;
    size_t at, i;

    (void)state;
    f = small_file();
    assert_int_equal(flip_bytes(f.bytes, f.len), 0);
    for (at = 8; at < f.len; at += 12 + nev_load_u32be(f.bytes + at)) {
        size_t n = nev_load_u32be(f.bytes + at);

        for (i = 0; i < 8 * n; i++) {
            struct decoded d;

            f.bytes[at + 8 + i / 8] ^= (uint8_t)(1u << i % 8);
            nev_store_u32be(f.bytes + at + 8 + n, nev_crc32(0, f.bytes + at + 4, n + 4));
            d = decode_bytes(f.bytes, f.len, NEV_IMAGE_RGB);
            free(d.out);
            f.bytes[at + 8 + i / 8] ^= (uint8_t)(1u << i % 8);
        }
        nev_store_u32be(f.bytes + at + 8 + n, nev_crc32(0, f.bytes + at + 4, n + 4));
    }
    expect_refusal(f.bytes, f.len, NEV_OK);
}

/* Verifies: NEV-IO-216 (pictures of many sizes, smooth and rough, are written and read back; buffers exact)
 */
static void test_writer(void **state)
{
    static const uint32_t sides[][2] = {{1, 1}, {1, 300}, {300, 1}, {7, 5}, {64, 64}, {211, 97}, {150, 400}};
    static uint8_t pixels[400 * 150 * 3];
    uint64_t seed = 12;
    size_t k, i;

    (void)state;
    for (k = 0; k < 4 * sizeof sides / sizeof *sides; k++) {
        struct nev_picture p = {pixels, sides[k / 4][0], sides[k / 4][1], k % 2 == 0 ? 1 : 3};
        size_t n = (size_t)p.width * p.height * p.channels, out_bytes, scratch_bytes, written;
        uint8_t *out, *scratch;
        struct decoded d;

        for (i = 0; i < n; i++) {
            pixels[i] = (uint8_t)(k % 4 < 2 ? nev_test_random(&seed) : i / p.channels % p.width + i / 500);
        }
        assert_int_equal(nev_png_write_sizes(&p, &out_bytes, &scratch_bytes, NULL), NEV_OK);
        out = exactly(out_bytes);
        scratch = exactly(scratch_bytes);
        assert_int_equal(nev_png_write(&p, out, out_bytes - 1, scratch, scratch_bytes, &written, NULL),
                         NEV_ERR_MEMORY);
        assert_int_equal(nev_png_write(&p, out, out_bytes, scratch, sizeof(uint64_t), &written, NULL),
                         NEV_ERR_MEMORY);
        assert_int_equal(nev_png_write(&p, out, out_bytes, scratch, scratch_bytes, &written, NULL), NEV_OK);
        assert_true(written <= out_bytes);
        if (k % 4 >= 2 && n > 10000) {
            assert_true(written < n / 4); /* a ramp has hardly anything left after its filter */
        }
        d = decode_bytes(out, written, NEV_IMAGE_RGB);
        assert_int_equal(d.status, NEV_OK);
        assert_true(d.info.width == p.width && d.info.height == p.height);
        for (i = 0; i < d.out_bytes; i++) {
            if (d.out[i] != pixels[p.channels == 3 ? i : i / 3]) {
                fail_msg("pixel byte %zu differs", i);
            }
        }
        free(d.out);
        free(out);
        free(scratch);
    }
}

/* Verifies: NEV-IO-216 (no picture of 0, of 2 or 4 samples a pixel, or beyond the limits is written) */
static void test_writer_refusals(void **state)
{
    static const uint8_t pixel[4];
    static const struct nev_picture wrong[] = {{pixel, 0, 1, 1}, {pixel, 1, 0, 1}, {pixel, 1, 1, 0},
                                               {pixel, 1, 1, 2}, {pixel, 1, 1, 4}, {pixel, 65536, 1, 1}};
    static const struct nev_picture huge = {pixel, 65535, 65535, 3};
    size_t i, a, b;

    (void)state;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(nev_png_write_sizes(&wrong[i], &a, &b, NULL), NEV_ERR_ARGUMENT);
    }
    assert_int_equal(nev_png_write_sizes(&huge, &a, &b, NULL), NEV_ERR_LIMIT);
    assert_true(a == 0 && b == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters),      cmocka_unit_test(test_interlaced),
        cmocka_unit_test(test_transparency), cmocka_unit_test(test_beyond_palette),
        cmocka_unit_test(test_order),        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_truncation),   cmocka_unit_test(test_flips),
        cmocka_unit_test(test_writer),       cmocka_unit_test(test_writer_refusals),
    };

    return cmocka_run_group_tests_name("png", tests, NULL, NULL);
}
