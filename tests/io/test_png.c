/* SPDX-License-Identifier: MIT */
#include "tests/io/pictures.h"
#include "tests/io/png_encoder.h"

#include "io/png.h"
#include "io/png_rows.h"
#include "nn/base/bytes.h"
#include "nn/base/crc32.h"

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

/* Verifies: NEV-IO-217 (eXIf turns rgb mode, before and after the image data; the first counts; raw is as
 * stored) */
static void test_orientation(void **state)
{
    uint8_t exif[26] = "MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0";
    uint32_t o, x, y, w = 3, h = 5;

    (void)state;
    for (o = 0; o <= 9; o++) {
        uint32_t k = o >= 1 && o <= 8 ? o : 1;
        struct decoded d, raw;

        exif[19] = (uint8_t)o;
        randomise(&picture, w, h, 8, 2);
        put_start(&file, w, h, 8, 2, o % 2 == 0);
        if (o < 5) {
            put_chunk(&file, "eXIf", exif, sizeof exif);
        }
        put_end(&file, rows, put_rows(&picture, o % 2 == 0, 1, rows), 9999);
        if (o >= 5) {
            file.len -= 12;
            put_chunk(&file, "eXIf", exif, sizeof exif);
            put_chunk(&file, "eXIf", "ignored", 7);
            put_chunk(&file, "IEND", NULL, 0);
        }
        d = decode_bytes(file.bytes, file.len, NEV_IMAGE_RGB);
        raw = decode_bytes(file.bytes, file.len, NEV_IMAGE_RAW);
        assert_true(d.status == NEV_OK && raw.status == NEV_OK && d.info.orientation == k);
        assert_true(d.info.upright_width == (k < 5 ? w : h) && d.info.upright_height == (k < 5 ? h : w));
        for (y = 0; y < d.info.upright_height; y++) {
            for (x = 0; x < d.info.upright_width; x++) {
                /* Mirrored, turned by 180, mirrored, transposed, turned clockwise, transversed, turned back.
                 */
                const uint32_t from[9][2] = {
                    {0},    {x, y},         {w - 1 - x, y},         {w - 1 - x, h - 1 - y}, {x, h - 1 - y},
                    {y, x}, {y, h - 1 - x}, {w - 1 - y, h - 1 - x}, {w - 1 - y, x}};
                size_t at = from[k][1] * w + from[k][0];

                assert_memory_equal(d.out + 3 * (y * d.info.upright_width + x), raw.out + 4 * at, 3);
            }
        }
        free(d.out);
        free(raw.out);
    }
}

/* Verifies: NEV-IO-213 (tRNS counts with its low bits only, 11.3.1.1) */
static void test_key_bits(void **state)
{
    struct decoded d;

    (void)state;
    put_start(&file, 2, 1, 4, 0, false);
    put_chunk(&file, "tRNS", "\xFF\xF7", 2);
    put_end(&file, (const uint8_t *)"\0\x78", 2, 99);
    d = decode_bytes(file.bytes, file.len, NEV_IMAGE_RAW);
    assert_int_equal(d.status, NEV_OK);
    assert_memory_equal(d.out, "\x77\x77\x77\0\x88\x88\x88\xFF", 8);
    free(d.out);
}

/* Verifies: NEV-IO-214 (of a colour picture too: no PLTE after tRNS or after the image data) */
static void test_suggested_palette(void **state)
{
    static const char *const orders[3][3] = {
        {"PLTE", "tRNS", "IDAT"}, {"tRNS", "PLTE", "IDAT"}, {"teXt", "IDAT", "PLTE"}};
    unsigned i, k;

    (void)state;
    for (i = 0; i < 3; i++) {
        size_t n = pack(packed, (const uint8_t *)"\0abc", 4);

        put_start(&file, 1, 1, 8, 2, false);
        for (k = 0; k < 3; k++) {
            put_chunk(&file, orders[i][k], packed,
                      orders[i][k][0] == 'P'   ? 3
                      : orders[i][k][0] == 't' ? 6
                                               : n);
        }
        put_chunk(&file, "IEND", NULL, 0);
        expect_refusal(file.bytes, file.len, i == 0 ? NEV_OK : NEV_ERR_FORMAT);
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
            put_chunk(&file, "IEND", NULL, 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters),        cmocka_unit_test(test_interlaced),
        cmocka_unit_test(test_transparency),   cmocka_unit_test(test_orientation),
        cmocka_unit_test(test_key_bits),       cmocka_unit_test(test_suggested_palette),
        cmocka_unit_test(test_beyond_palette), cmocka_unit_test(test_order),
        cmocka_unit_test(test_fields),         cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_flips),
    };

    return cmocka_run_group_tests_name("png", tests, NULL, NULL);
}
