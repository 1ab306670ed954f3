/* SPDX-License-Identifier: MIT */
/*
 * The JPEG decoder on files made here: every way to write the same coefficients gives the same pixels;
 * colours and orientation by rule; what is refused, and by which name.
 */
#include "tests/io/pictures.h"

#include <math.h>

#include "io/jpeg.h"
#include "tests/support/jpeg_writer.h"

static uint8_t file[NEV_TEST_JPEG_BYTES];

static struct decoded decode_plan(const struct nev_test_jpeg *plan, enum nev_image_mode mode)
{
    size_t bytes = nev_test_jpeg_write(plan, file);
    struct decoded d = decode_bytes(file, bytes, mode);

    if (d.status != NEV_OK) {
        fail_msg("%s %s at %llu: %s", nev_status_name(d.status), d.err.name, (unsigned long long)d.err.offset,
                 d.err.what);
    }
    return d;
}

static void expect_same(const struct nev_test_jpeg *plan, const struct decoded *expected)
{
    struct decoded d = decode_plan(plan, NEV_IMAGE_RAW);

    assert_int_equal(d.out_bytes, expected->out_bytes);
    assert_memory_equal(d.out, expected->out, d.out_bytes);
    free(d.out);
}

/* The same coefficients in one scan, in several, progressive, with restarts and filler. */
static void check_forms(struct nev_test_jpeg plan)
{
    struct decoded whole = decode_plan(&plan, NEV_IMAGE_RAW);
    unsigned restart;

    assert_int_equal(whole.info.width, plan.width);
    assert_int_equal(whole.info.height, plan.height);
    assert_int_equal(whole.info.raw_channels, plan.components);
    for (restart = 0; restart < 12; restart = 2 * restart + 1) {
        plan.restart = restart;
        plan.is_progressive = plan.is_split = false;
        expect_same(&plan, &whole);
        plan.filler_len = restart;
        plan.filler = restart % 2 == 0 ? 0xFF : 0;
        plan.is_split = true;
        expect_same(&plan, &whole);
        plan.is_progressive = true;
        expect_same(&plan, &whole);
        plan.filler_len = 0;
    }
    free(whole.out);
}

/* Verifies: NEV-IO-103 (samplings of every ratio, sides that are no multiple of anything) */
static void test_forms_agree(void **state)
{
    static const unsigned samplings[][6] = {
        {1, 1, 1, 1, 1, 1}, {2, 1, 1, 1, 1, 1}, {2, 2, 1, 1, 1, 1}, {1, 2, 1, 1, 1, 1}, {4, 1, 1, 1, 1, 1},
        {4, 2, 1, 1, 1, 1}, {1, 3, 1, 1, 1, 1}, {3, 1, 1, 1, 1, 1}, {2, 2, 2, 1, 1, 2}, {1, 4, 1, 2, 1, 1},
        {4, 1, 2, 1, 2, 2}, {1, 1, 2, 2, 1, 1}, {1, 2, 1, 2, 1, 2}};
    static const unsigned sides[][2] = {{1, 1}, {8, 8}, {17, 3}, {3, 35}, {33, 33}, {70, 41}, {9, 200}};
    size_t i, k;
    unsigned c;

    (void)state;
    for (i = 0; i < sizeof sides / sizeof *sides; i++) {
        struct nev_test_jpeg plan = nev_test_jpeg_plan(sides[i][0], sides[i][1], 1);

        check_forms(plan);
        plan.h[0] = plan.v[0] = 2; /* the factors of a lone component mean nothing */
        check_forms(plan);
        check_forms(nev_test_jpeg_plan(sides[i][0], sides[i][1], 4));
        for (k = 0; k < sizeof samplings / sizeof *samplings; k++) {
            plan = nev_test_jpeg_plan(sides[i][0], sides[i][1], 3);
            plan.seed = i * 100 + k;
            for (c = 0; c < 3; c++) {
                plan.h[c] = samplings[k][2 * c];
                plan.v[c] = samplings[k][2 * c + 1];
            }
            check_forms(plan);
        }
    }
}

/* The sample that flat blocks of a component have: 128 + DC * quantiser / 8, to the nearest. */
static int flat_sample(const struct nev_test_jpeg *plan, unsigned component, unsigned x, unsigned y)
{
    int16_t coefs[64];
    long sample;

    nev_test_jpeg_coefs(plan, component, x / 8, y / 8, coefs);
    sample = lround(floor(128 + coefs[0] * (double)plan->quant / 8 + 0.5));
    return (int)(sample < 0 ? 0 : sample > 255 ? 255 : sample);
}

static uint8_t to_byte(double v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : floor(v + 0.5));
}

/* R, G, B of the definition (T.871), with real numbers. No value lies so near a half that the 16-bit
 * constants of the decoder round it differently by more than one. */
static void ycc(const int *s, double *rgb)
{
    rgb[0] = s[0] + 1.402 * (s[2] - 128);
    rgb[1] = s[0] - 0.34414 * (s[1] - 128) - 0.71414 * (s[2] - 128);
    rgb[2] = s[0] + 1.772 * (s[1] - 128);
}

enum meaning { IS_YCC, IS_RGB, IS_CMYK, IS_YCCK };

static void check_colours(struct nev_test_jpeg plan, enum meaning meaning)
{
    struct decoded raw, rgb;
    unsigned x, y, i, n = plan.components;

    plan.is_flat = true;
    for (i = 0; i < 4; i++) {
        plan.h[i] = plan.v[i] = 1;
    }
    raw = decode_plan(&plan, NEV_IMAGE_RAW);
    rgb = decode_plan(&plan, NEV_IMAGE_RGB);
    for (y = 0; y < plan.height; y++) {
        for (x = 0; x < plan.width; x++) {
            const uint8_t *p = raw.out + ((size_t)y * plan.width + x) * n;
            const uint8_t *q = rgb.out + ((size_t)y * plan.width + x) * 3;
            int s[4];
            double v[4];

            for (i = 0; i < n; i++) {
                s[i] = flat_sample(&plan, i, x, y);
                v[i] = s[i];
            }
            if (meaning == IS_YCC || meaning == IS_YCCK) {
                ycc(s, v);
            }
            for (i = 0; i < n; i++) {
                int expected = to_byte(meaning == IS_YCCK && i < 3 ? 255 - v[i] : v[i]);
                bool is_exact = meaning == IS_RGB || meaning == IS_CMYK || i == 3;

                assert_true(abs(p[i] - expected) <= (is_exact ? 0 : 1));
            }
            for (i = 0; i < 3; i++) {
                assert_int_equal(q[i], n == 1 ? p[0] : n == 3 ? p[i] : to_byte(p[i] * p[3] / 255.0));
            }
        }
    }
    free(raw.out);
    free(rgb.out);
}

/* Verifies: NEV-IO-104 (JFIF, then Adobe's segment, then identifiers; CMYK is inverted ink) */
static void test_colours(void **state)
{
    struct nev_test_jpeg plan = nev_test_jpeg_plan(40, 30, 1);

    (void)state;
    check_colours(plan, IS_RGB);
    plan = nev_test_jpeg_plan(40, 30, 3);
    check_colours(plan, IS_YCC);
    plan.adobe = 0;
    check_colours(plan, IS_RGB);
    plan.has_jfif = true;
    check_colours(plan, IS_YCC);
    plan.adobe = 1;
    check_colours(plan, IS_YCC);
    plan.has_jfif = false;
    check_colours(plan, IS_YCC);
    plan.adobe = -1;
    memcpy(plan.id, "RGB", 3);
    check_colours(plan, IS_RGB);
    plan.has_jfif = true;
    check_colours(plan, IS_YCC);
    plan = nev_test_jpeg_plan(40, 30, 4);
    check_colours(plan, IS_CMYK);
    plan.adobe = 0;
    check_colours(plan, IS_CMYK);
    plan.adobe = 2;
    check_colours(plan, IS_YCCK);
    plan.adobe = 7;
    expect_refusal(file, nev_test_jpeg_write(&plan, file), NEV_ERR_UNSUPPORTED);
    plan = nev_test_jpeg_plan(8, 8, 3);
    plan.adobe = 2;
    expect_refusal(file, nev_test_jpeg_write(&plan, file), NEV_ERR_UNSUPPORTED);
}

/* Where pixel (x, y) of the upright picture is stored, by the meaning of the tag: at which side row 0 and
 * column 0 are seen. */
static void stored_at(unsigned orientation, unsigned w, unsigned h, unsigned x, unsigned y, unsigned *sx,
                      unsigned *sy)
{
    bool row_from_bottom = orientation == 3 || orientation == 4,
         column_from_right = orientation == 2 || orientation == 3;
    bool row_at_right = orientation == 6 || orientation == 7,
         column_at_bottom = orientation == 7 || orientation == 8;

    if (orientation < 5) {
        *sx = column_from_right ? w - 1 - x : x;
        *sy = row_from_bottom ? h - 1 - y : y;
    } else {
        *sy = row_at_right ? h - 1 - x : x;
        *sx = column_at_bottom ? w - 1 - y : y;
    }
}

static void check_orientation(unsigned orientation, unsigned components, bool is_big)
{
    struct nev_test_jpeg plan = nev_test_jpeg_plan(19, 11, components);
    struct decoded plain = decode_plan(&plan, NEV_IMAGE_RGB), raw, up;
    unsigned x, y, sx = 0, sy = 0;

    plan.orientation = orientation;
    plan.is_exif_big = is_big;
    raw = decode_plan(&plan, NEV_IMAGE_RAW);
    up = decode_plan(&plan, NEV_IMAGE_RGB);
    assert_int_equal(up.info.orientation, orientation);
    assert_int_equal(up.info.width, 19);
    assert_int_equal(up.info.upright_width, orientation < 5 ? 19 : 11);
    assert_int_equal(up.info.upright_height, orientation < 5 ? 11 : 19);
    if (components == 3) {
        assert_memory_equal(raw.out, plain.out, raw.out_bytes);
    }
    for (y = 0; y < up.info.upright_height; y++) {
        for (x = 0; x < up.info.upright_width; x++) {
            stored_at(orientation, 19, 11, x, y, &sx, &sy);
            assert_memory_equal(up.out + ((size_t)y * up.info.upright_width + x) * 3,
                                plain.out + ((size_t)sy * 19 + sx) * 3, 3);
        }
    }
    free(plain.out);
    free(raw.out);
    free(up.out);
}

/* Verifies: NEV-IO-105 (all eight, grey, colour and CMYK, both byte orders; raw mode leaves rows as stored)
 */
static void test_orientation(void **state)
{
    unsigned o;

    (void)state;
    for (o = 1; o <= 8; o++) {
        check_orientation(o, 1, false);
        check_orientation(o, 3, true);
        check_orientation(o, 3, false);
        check_orientation(o, 4, true);
    }
}

/* The first marker of that code, as an index into the file. */
static size_t find_marker(size_t bytes, uint8_t code)
{
    size_t i;

    for (i = 0; i + 1 < bytes; i++) {
        if (file[i] == 0xFF && file[i + 1] == code) {
            return i;
        }
    }
    fail_msg("no marker %02x", code);
    return 0;
}

static void expect_patched(size_t bytes, size_t at, uint8_t value, enum nev_status status)
{
    uint8_t kept = file[at];

    file[at] = value;
    expect_refusal(file, bytes, status);
    file[at] = kept;
}

/* Verifies: NEV-IO-106 (processes outside the decoder, by name; headers that contradict themselves) */
static void test_refusals(void **state)
{
    static const uint8_t processes[] = {0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB,
                                        0xCC, 0xCD, 0xCE, 0xCF, 0xDC, 0xDE, 0xDF};
    struct nev_test_jpeg plan = nev_test_jpeg_plan(20, 20, 3);
    size_t bytes, sof, sos, dqt, dht, i;

    (void)state;
    bytes = nev_test_jpeg_write(&plan, file);
    sof = find_marker(bytes, 0xC1);
    sos = find_marker(bytes, 0xDA);
    dqt = find_marker(bytes, 0xDB);
    dht = find_marker(bytes, 0xC4);
    for (i = 0; i < sizeof processes; i++) {
        expect_patched(bytes, sof + 1, processes[i], NEV_ERR_UNSUPPORTED);
    }
    expect_patched(bytes, sof + 1, 0xC8, NEV_ERR_FORMAT);    /* reserved */
    expect_patched(bytes, sof + 1, 0x02, NEV_ERR_FORMAT);    /* reserved */
    expect_patched(bytes, sof + 1, 0xD8, NEV_ERR_FORMAT);    /* a second beginning */
    expect_patched(bytes, sof + 1, 0xFE, NEV_ERR_FORMAT);    /* a comment: no frame */
    expect_patched(bytes, sof + 1, 0xD9, NEV_ERR_FORMAT);    /* an end: no picture */
    expect_patched(bytes, sof + 4, 12, NEV_ERR_UNSUPPORTED); /* bits a sample */
    expect_patched(bytes, sof + 4, 16, NEV_ERR_FORMAT);
    expect_patched(bytes, sof + 6, 0, NEV_ERR_UNSUPPORTED); /* height */
    expect_patched(bytes, sof + 8, 0, NEV_ERR_FORMAT);      /* width */
    expect_patched(bytes, sof + 9, 2, NEV_ERR_FORMAT);      /* components, and the length is another's */
    expect_patched(bytes, sof + 10, 2, NEV_ERR_FORMAT);     /* identifiers 2 and 2 */
    expect_patched(bytes, sof + 11, 0x02, NEV_ERR_FORMAT);  /* sampling factors */
    expect_patched(bytes, sof + 11, 0x25, NEV_ERR_FORMAT);
    expect_patched(bytes, sof + 14, 0x31, NEV_ERR_UNSUPPORTED);
    expect_patched(bytes, sof + 12, 4, NEV_ERR_FORMAT); /* table 4 */
    expect_patched(bytes, sof + 12, 1, NEV_ERR_FORMAT); /* table 1, which is not there */
    expect_patched(bytes, dqt + 4, 4, NEV_ERR_FORMAT);
    expect_patched(bytes, dqt + 4, 0x20, NEV_ERR_FORMAT);
    expect_patched(bytes, dqt + 5, 0, NEV_ERR_FORMAT); /* a step of 0 */
    expect_patched(bytes, dqt + 3, 60, NEV_ERR_FORMAT);
    expect_patched(bytes, dqt + 3, 1, NEV_ERR_FORMAT);
    expect_patched(bytes, dht + 4, 4, NEV_ERR_FORMAT);
    expect_patched(bytes, dht + 4, 0x20, NEV_ERR_FORMAT);
    expect_patched(bytes, dht + 5, 3, NEV_ERR_FORMAT);    /* 3 codes of one bit */
    expect_patched(bytes, dht + 21, 16, NEV_ERR_FORMAT);  /* a DC size of 16 */
    expect_patched(bytes, sos + 4, 0, NEV_ERR_FORMAT);    /* components in the scan */
    expect_patched(bytes, sos + 5, 9, NEV_ERR_FORMAT);    /* one that is not there */
    expect_patched(bytes, sos + 5, 2, NEV_ERR_FORMAT);    /* one twice */
    expect_patched(bytes, sos + 6, 0x40, NEV_ERR_FORMAT); /* Huffman table 4 */
    expect_patched(bytes, sos + 6, 0x22, NEV_ERR_FORMAT); /* Huffman table 2, which is not there */
    expect_patched(bytes, 1, 0xD9, NEV_ERR_FORMAT);
    plan.h[0] = 4;
    plan.v[0] = 4; /* 18 blocks in a unit */
    expect_refusal(file, nev_test_jpeg_write(&plan, file), NEV_ERR_FORMAT);
}

/* Verifies: NEV-IO-107 (surplus data, missing scans, repeated scans, markers out of turn) */
static void test_damage(void **state)
{
    struct nev_test_jpeg plan = nev_test_jpeg_plan(20, 20, 3);
    size_t bytes, at;

    (void)state;
    plan.filler = 0x40; /* no filler that hardware writes */
    plan.filler_len = 1;
    expect_refusal(file, nev_test_jpeg_write(&plan, file), NEV_ERR_FORMAT);
    plan.restart = 1;
    expect_refusal(file, nev_test_jpeg_write(&plan, file), NEV_ERR_FORMAT);
    plan.filler_len = 0;
    bytes = nev_test_jpeg_write(&plan, file);
    at = find_marker(bytes, 0xD1);
    expect_patched(bytes, at + 1, 0xD2, NEV_ERR_FORMAT);
    expect_patched(bytes, at + 1, 0xD9, NEV_ERR_FORMAT);
    plan.restart = 0;
    plan.is_split = true;
    bytes = nev_test_jpeg_write(&plan, file);
    at = find_marker(bytes, 0xDA);
    expect_patched(bytes, at + 5, 2, NEV_ERR_FORMAT); /* the scan of component 3 becomes one more of 2 */
    memmove(file + at + 2, file + bytes - 2, 2);      /* ends before the first scan, then is nothing */
    file[at + 1] = 0xD9;
    expect_refusal(file, at + 2, NEV_ERR_FORMAT);
    plan.is_split = false;
    plan.is_progressive = true;
    bytes = nev_test_jpeg_write(&plan, file);
    at = find_marker(bytes, 0xDA);
    expect_patched(bytes, at + 11, 1, NEV_ERR_FORMAT);    /* Ss */
    expect_patched(bytes, at + 12, 1, NEV_ERR_FORMAT);    /* Se */
    expect_patched(bytes, at + 13, 0x13, NEV_ERR_FORMAT); /* Ah, Al: bits 3, then 1 */
    expect_patched(bytes, at + 13, 0x32, NEV_ERR_FORMAT); /* refines what is not there */
    expect_patched(bytes, at + 13, 0x0E, NEV_ERR_FORMAT); /* Al 14 */
    expect_patched(bytes, at + 13, 0x01, NEV_ERR_FORMAT); /* refined once too often later */
}

/* Verifies: NEV-IO-108 (every prefix is refused as cut off; no changed byte makes it fault) */
static void test_truncated_and_changed(void **state)
{
    struct nev_test_jpeg plan = nev_test_jpeg_plan(20, 17, 3);
    size_t bytes;
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        plan.is_progressive = i == 1;
        plan.restart = i == 0 ? 1 : 0;
        plan.orientation = 6;
        bytes = nev_test_jpeg_write(&plan, file);
        expect_truncation(file, bytes);
        (void)flip_bytes(file, bytes);
    }
}

/* Verifies: NEV-IO-109 (a cap on pixels; exact buffers; another picture's info) */
static void test_limits(void **state)
{
    struct nev_test_jpeg plan = nev_test_jpeg_plan(20, 17, 3);
    size_t bytes = nev_test_jpeg_write(&plan, file);
    struct nev_image_info info, other;
    struct nev_error err;
    uint8_t out[20 * 17 * 3], *scratch;

    (void)state;
    assert_int_equal(nev_jpeg_probe(file, bytes, 20 * 17 - 1, &info, &err), NEV_ERR_LIMIT);
    assert_int_equal(info.scratch_bytes, 0);
    assert_int_equal(nev_jpeg_probe(file, bytes, 20 * 17, &info, &err), NEV_OK);
    scratch = aligned_alloc(64, info.scratch_bytes + 64);
    assert_int_equal(nev_jpeg_decode(file, bytes, &info, NEV_IMAGE_RAW, out, sizeof out, scratch,
                                     info.scratch_bytes - 1, &err),
                     NEV_ERR_MEMORY);
    assert_int_equal(nev_jpeg_decode(file, bytes, &info, NEV_IMAGE_RAW, out, sizeof out - 1, scratch,
                                     info.scratch_bytes, &err),
                     NEV_ERR_MEMORY);
    assert_int_equal(nev_jpeg_decode(file, bytes, &info, NEV_IMAGE_RAW, out, sizeof out, scratch + 1,
                                     info.scratch_bytes, &err),
                     NEV_ERR_ARGUMENT);
    other = info;
    other.height--;
    assert_int_equal(nev_jpeg_decode(file, bytes, &other, NEV_IMAGE_RAW, out, sizeof out, scratch,
                                     info.scratch_bytes, &err),
                     NEV_ERR_ARGUMENT);
    assert_int_equal(nev_jpeg_decode(file, bytes, &info, NEV_IMAGE_RAW, out, sizeof out, scratch,
                                     info.scratch_bytes, &err),
                     NEV_OK);
    free(scratch);
}

/* Appends a progressive scan of one grey block in which the band is empty: EOB0 is the code 0000. */
static size_t add_empty_scan(size_t bytes, uint8_t k, uint8_t high, uint8_t low)
{
    const uint8_t scan[] = {0xFF, 0xDA, 0, 8, 1, 1, 0, k, k, (uint8_t)(high << 4 | low), 0x0F};

    memcpy(file + bytes, scan, sizeof scan);
    return bytes + sizeof scan;
}

/* Verifies: NEV-IO-110 (so many visits to a block and no more, each legal by itself) */
static void test_scan_limit(void **state)
{
    struct nev_test_jpeg plan = nev_test_jpeg_plan(8, 8, 1);
    unsigned scans, extra;
    struct decoded d;

    (void)state;
    plan.is_progressive = true;
    for (extra = 0; extra < 2; extra++) {
        size_t bytes = nev_test_jpeg_write(&plan, file);

        bytes = find_marker(bytes, 0xDA);
        memcpy(file + bytes, "\xFF\xDA\0\10\1\1\0\0\0\0\x3F", 11); /* DC difference of size 0: code 00 */
        bytes += 11;
        for (scans = 1; scans < NEV_JPEG_VISITS_MAX + extra; scans++) {
            uint8_t turn = (uint8_t)((scans - 1) % 14), low = (uint8_t)(13 - turn);

            bytes = add_empty_scan(bytes, (uint8_t)(1 + (scans - 1) / 14), turn == 0 ? 0 : (uint8_t)(low + 1),
                                   low);
        }
        memcpy(file + bytes, "\xFF\xD9", 2);
        d = decode_bytes(file, bytes + 2, NEV_IMAGE_RAW);
        assert_int_equal(d.status, extra == 0 ? NEV_OK : NEV_ERR_LIMIT);
        free(d.out);
    }
}

/* Verifies: NEV-IO-111 (without tables those of K.3.3; not for progressive pictures) */
static void test_typical_tables(void **state)
{
    /* Grey, 8 x 8, one block: DC difference +1 (size 1: code 010, bit 1), end of block (code 1010), ones. */
    static const uint8_t head[] = {0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0};
    static const uint8_t tail[] = {0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 8,  1, 1,    0x11, 0,
                                   0xFF, 0xDA, 0, 8,  1, 1, 0, 0, 63, 0, 0x5A, 0xFF, 0xD9};
    size_t bytes = sizeof head + 64 + sizeof tail, i;
    struct decoded d;

    (void)state;
    memcpy(file, head, sizeof head);
    memset(file + sizeof head, 80, 64);
    memcpy(file + sizeof head + 64, tail, sizeof tail);
    d = decode_bytes(file, bytes, NEV_IMAGE_RAW);
    assert_int_equal(d.status, NEV_OK);
    for (i = 0; i < 64; i++) {
        assert_int_equal(d.out[i], 128 + 80 / 8);
    }
    free(d.out);
    file[sizeof head + 64 + 1] = 0xC2;
    file[bytes - 5] = 0; /* Se of a DC scan */
    expect_refusal(file, bytes, NEV_ERR_FORMAT);
}

/* Verifies: NEV-IO-112 (fill bytes, comments, empty comments, stray restart markers, trailing bytes) */
static void test_harmless(void **state)
{
    static const uint8_t extra[] = {0xFF, 0xFF, 0xFE, 0, 4, 'h',  'i',  0xFF, 0xFE, 0,
                                    0,    0xFF, 0xE5, 0, 2, 0xFF, 0xD3, 0xFF, 0x01};
    struct nev_test_jpeg plan = nev_test_jpeg_plan(20, 17, 3);
    struct decoded plain = decode_plan(&plan, NEV_IMAGE_RAW), d;
    size_t bytes = nev_test_jpeg_write(&plan, file), sos = find_marker(bytes, 0xDA);

    (void)state;
    file[sos + 12] = 0; /* Se means nothing in a sequential picture */
    memmove(file + 2 + sizeof extra, file + 2, bytes - 2);
    memcpy(file + 2, extra, sizeof extra);
    bytes += sizeof extra;
    memmove(file + bytes, file + bytes - 2, 2);
    file[bytes - 2] = file[bytes - 1] = 0xFF;
    memset(file + bytes + 2, 0xA5, 100);
    d = decode_bytes(file, bytes + 102, NEV_IMAGE_RAW);
    assert_int_equal(d.status, NEV_OK);
    assert_memory_equal(d.out, plain.out, plain.out_bytes);
    free(d.out);
    free(plain.out);
    file[2] = 'x'; /* but not bytes that belong to nothing */
    expect_refusal(file, bytes + 2, NEV_ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_agree),    cmocka_unit_test(test_colours),
        cmocka_unit_test(test_orientation),    cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_damage),         cmocka_unit_test(test_truncated_and_changed),
        cmocka_unit_test(test_limits),         cmocka_unit_test(test_scan_limit),
        cmocka_unit_test(test_typical_tables), cmocka_unit_test(test_harmless),
    };

    return cmocka_run_group_tests_name("jpeg", tests, NULL, NULL);
}
