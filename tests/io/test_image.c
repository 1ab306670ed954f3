/* SPDX-License-Identifier: MIT */
#include "tests/io/pictures.h"

#include "nn/base/bytes.h"
#include "nn/base/crc32.h"

/* The smallest PNG there is: one grey pixel of value 0x80. */
static const uint8_t png[] = {
    0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0,   0,   0,    13,   'I',  'H',  'D',  'R',  0, 0,
    0,    1,   0,   0,   0,    1,    8,    0,    0,   0,   0,    0x3A, 0x7E, 0x9B, 0x55, 0,    0, 0,
    13,   'I', 'D', 'A', 'T',  0x78, 0x01, 0x01, 2,   0,   0xFD, 0xFF, 0,    0x80, 0,    0x82, 0, 0x81,
    0,    0,   0,   0,   0,    0,    0,    0,    'I', 'E', 'N',  'D',  0xAE, 0x42, 0x60, 0x82};

#define IHDR_AT 16
#define IDAT_AT 33

/* The PNG with other sides and its CRCs right. */
static void make_png(uint8_t file[sizeof png], uint32_t width, uint32_t height)
{
    memcpy(file, png, sizeof png);
    nev_store_u32be(file + IHDR_AT, width);
    nev_store_u32be(file + IHDR_AT + 4, height);
    nev_store_u32be(file + IHDR_AT + 13, nev_crc32(0, file + IHDR_AT - 4, 17));
    nev_store_u32be(file + IDAT_AT + 8 + 13, nev_crc32(0, file + IDAT_AT + 4, 17));
}

/* Verifies: NEV-IO-201 (the first bytes decide, in both modes) */
static void test_dispatch(void **state)
{
    static const char pnm[] = "P5 1 1 255 \x80";
    uint8_t file[sizeof png];
    struct decoded d;

    (void)state;
    make_png(file, 1, 1);
    d = decode_bytes(file, sizeof file, NEV_IMAGE_RAW);
    assert_int_equal(d.status, NEV_OK);
    assert_int_equal(d.info.format, NEV_IMAGE_PNG);
    assert_int_equal(d.info.raw_channels, 4);
    assert_memory_equal(d.out, "\x80\x80\x80\xFF", 4);
    free(d.out);
    d = decode_bytes(file, sizeof file, NEV_IMAGE_RGB);
    assert_int_equal(d.status, NEV_OK);
    assert_int_equal(d.out_bytes, 3);
    assert_memory_equal(d.out, "\x80\x80\x80", 3);
    free(d.out);
    d = decode_bytes(pnm, sizeof pnm - 1, NEV_IMAGE_RAW);
    assert_int_equal(d.status, NEV_OK);
    assert_int_equal(d.info.format, NEV_IMAGE_PNM);
    assert_int_equal(d.info.raw_channels, 1);
    assert_int_equal(d.info.orientation, 1);
    free(d.out);
    /* A JPEG is left to its own reader, which finds this one cut off. */
    expect_refusal("\xFF\xD8\xFF", 3, NEV_ERR_TRUNCATED);
}

/* Verifies: NEV-IO-202 (nothing, unknown bytes, and formats that are known but not read, by name) */
static void test_unknown(void **state)
{
    static const struct {
        const char *bytes, *name;
        size_t len;
    } known[] = {{"GIF89a", "GIF", 6},         {"BM1234", "BMP", 6},
                 {"II*\0", "TIFF", 4},         {"MM\0*", "TIFF", 4},
                 {"RIFF1234WEBP", "WebP", 12}, {"1234ftypheic", "HEIF or AVIF", 12},
                 {"%PDF-1.7", "PDF", 8},       {"\xFF\x4F\xFF\x51", "JPEG 2000", 4},
                 {"PK\3\4", "zip", 4},         {"\x1F\x8B\b", "gzip", 3}};
    uint8_t dicom[132] = {0};
    size_t i;

    (void)state;
    expect_refusal("", 0, NEV_ERR_TRUNCATED);
    expect_refusal("x", 1, NEV_ERR_FORMAT);
    expect_refusal("some text", 9, NEV_ERR_FORMAT);
    expect_refusal("\x89PNX\r\n\x1A\n", 8, NEV_ERR_FORMAT);
    expect_refusal("\x89PNG\n\n\x1A\n", 8, NEV_ERR_FORMAT);
    for (i = 0; i < sizeof known / sizeof *known; i++) {
        struct decoded d = decode_bytes(known[i].bytes, known[i].len, NEV_IMAGE_RGB);

        assert_int_equal(d.status, NEV_ERR_UNSUPPORTED);
        assert_string_equal(d.err.name, known[i].name);
    }
    memcpy(dicom + 128, "DICM", 4);
    expect_refusal(dicom, sizeof dicom, NEV_ERR_UNSUPPORTED);
    expect_refusal(dicom, sizeof dicom - 1, NEV_ERR_FORMAT);
}

/* Verifies: NEV-IO-203 (a cap of n pixels admits n and refuses n + 1; no pixels; more than any machine holds)
 */
static void test_pixel_cap(void **state)
{
    static const char pnm[] = "P5 2 2 255 abcd";
    struct nev_image_info info, zero = {0};
    struct nev_error err;
    uint8_t file[sizeof png];

    (void)state;
    assert_int_equal(nev_image_probe(pnm, sizeof pnm - 1, 4, &info, &err), NEV_OK);
    assert_int_equal(nev_image_probe(pnm, sizeof pnm - 1, 3, &info, &err), NEV_ERR_LIMIT);
    assert_memory_equal(&info, &zero, sizeof info);
    make_png(file, 2, 2);
    assert_int_equal(nev_image_probe(file, sizeof file, 4, &info, &err), NEV_OK);
    assert_int_equal(nev_image_probe(file, sizeof file, 3, &info, &err), NEV_ERR_LIMIT);
    assert_memory_equal(&info, &zero, sizeof info);
    make_png(file, 0, 1);
    expect_refusal(file, sizeof file, NEV_ERR_FORMAT);
    make_png(file, 1, 0);
    expect_refusal(file, sizeof file, NEV_ERR_FORMAT);
    make_png(file, 100000, 100000);
    expect_refusal(file, sizeof file, NEV_ERR_LIMIT);
    make_png(file, 65535, 65535);
    expect_refusal(file, sizeof file, NEV_ERR_LIMIT);
    make_png(file, 0x7FFFFFFF, 0x7FFFFFFF);
    expect_refusal(file, sizeof file, NEV_ERR_LIMIT);
    make_png(file, 0xFFFFFFFF, 1);
    expect_refusal(file, sizeof file, NEV_ERR_FORMAT);
}

/* Verifies: NEV-IO-204 (each buffer one byte short, scratch not aligned: MEMORY, out cleared, nothing beyond)
 */
static void test_buffers(void **state)
{
    uint8_t file[sizeof png], out[5], *scratch;
    struct nev_image_info info;
    struct nev_error err;

    (void)state;
    make_png(file, 1, 1);
    assert_int_equal(nev_image_probe(file, sizeof file, 1, &info, &err), NEV_OK);
    scratch = exactly(info.scratch_bytes);
    memset(out, 7, sizeof out);
    assert_int_equal(
        nev_image_decode(file, sizeof file, &info, NEV_IMAGE_RAW, out, 3, scratch, info.scratch_bytes, &err),
        NEV_ERR_MEMORY);
    assert_memory_equal(out, "\0\0\0\7\7", 5);
    memset(out, 7, sizeof out);
    assert_int_equal(nev_image_decode(file, sizeof file, &info, NEV_IMAGE_RAW, out, 4, scratch,
                                      info.scratch_bytes - 1, &err),
                     NEV_ERR_MEMORY);
    assert_memory_equal(out, "\0\0\0\0\7", 5);
    assert_int_equal(
        nev_image_decode(file, sizeof file, &info, NEV_IMAGE_RGB, out, 2, scratch, info.scratch_bytes, &err),
        NEV_ERR_MEMORY);
    assert_int_equal(nev_image_decode(file, sizeof file, &info, NEV_IMAGE_RAW, NULL, 0, NULL, 0, &err),
                     NEV_ERR_MEMORY);
    assert_int_equal(
        nev_image_decode(file, sizeof file, &info, NEV_IMAGE_RAW, out, 4, scratch, info.scratch_bytes, &err),
        NEV_OK);
    assert_memory_equal(out, "\x80\x80\x80\xFF\7", 5);
    free(scratch);
}

/* Verifies: NEV-IO-204 (what probe said of one picture is not believed of another) */
static void test_foreign_info(void **state)
{
    static const char small[] = "P5 1 1 255 a", large[] = "P5 2 1 255 ab";
    struct nev_image_info info;
    struct nev_error err;
    uint8_t file[sizeof png], out[16], scratch[64];

    (void)state;
    make_png(file, 1, 1);
    assert_int_equal(nev_image_probe(small, sizeof small - 1, 1, &info, &err), NEV_OK);
    assert_int_equal(nev_image_decode(large, sizeof large - 1, &info, NEV_IMAGE_RAW, out, sizeof out, scratch,
                                      sizeof scratch, &err),
                     NEV_ERR_ARGUMENT);
    assert_int_equal(nev_image_decode(file, sizeof file, &info, NEV_IMAGE_RAW, out, sizeof out, scratch,
                                      sizeof scratch, &err),
                     NEV_ERR_ARGUMENT);
    memset(&info, 0, sizeof info);
    assert_int_equal(
        nev_image_decode("x", 1, &info, NEV_IMAGE_RAW, out, sizeof out, scratch, sizeof scratch, &err),
        NEV_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dispatch),     cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_pixel_cap),    cmocka_unit_test(test_buffers),
        cmocka_unit_test(test_foreign_info),
    };

    return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
