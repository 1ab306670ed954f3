/* SPDX-License-Identifier: MIT */
#include "tests/io/pictures.h"

#include <stdio.h>

#include "io/pnm.h"
#include "io/pnm_write.h"

/* A string literal with its samples, without the closing NUL. */
#define REFUSE(literal, status) expect_refusal(literal, sizeof(literal) - 1, status)

static void expect_pixels(const void *mem, size_t bytes, enum nev_image_mode mode, const void *pixels,
                          size_t pixel_bytes)
{
    struct decoded d = decode_bytes(mem, bytes, mode);

    assert_int_equal(d.status, NEV_OK);
    assert_int_equal(d.info.format, NEV_IMAGE_PNM);
    assert_int_equal(d.out_bytes, pixel_bytes);
    assert_memory_equal(d.out, pixels, pixel_bytes);
    free(d.out);
}

#define EXPECT(literal, mode, pixels)                                                                        \
    expect_pixels(literal, sizeof(literal) - 1, mode, pixels, sizeof(pixels) - 1)

/* Verifies: NEV-IO-220 (grey as one sample or three, colour as three; a sample that looks like white space)
 */
static void test_8_bit(void **state)
{
    (void)state;
    EXPECT("P5 2 1 255\n\x0A\xFE", NEV_IMAGE_RAW, "\x0A\xFE");
    EXPECT("P5 2 1 255\n\x0A\xFE", NEV_IMAGE_RGB, "\x0A\x0A\x0A\xFE\xFE\xFE");
    EXPECT("P6 1 2 255 abcdef", NEV_IMAGE_RAW, "abcdef");
    EXPECT("P6 1 2 255 abcdef", NEV_IMAGE_RGB, "abcdef");
}

/* Verifies: NEV-IO-220 (comments wherever white space may stand, also first and last; every white space) */
static void test_header_forms(void **state)
{
    (void)state;
    EXPECT("P5#a\n#b\r 1\t#1\n1\v\f255\r\x07", NEV_IMAGE_RAW, "\x07");
    EXPECT("P5\n# made by hand\n\n0001\r\n 1\n#7 7 7\n255\n#", NEV_IMAGE_RAW, "#");
}

/* Verifies: NEV-IO-221 (every sample of every maximum up to 255 and some above goes to the nearest of 256) */
static void test_maximum(void **state)
{
    static const unsigned more[] = {256, 257, 999, 1023, 4095, 32767, 65534, 65535};
    unsigned m, k;

    (void)state;
    for (k = 1; k < 256 + sizeof more / sizeof *more; k++) {
        static uint8_t file[32 + 2 * 65536];
        unsigned v, size;
        size_t at;
        struct decoded d;

        m = k < 256 ? k : more[k - 256];
        size = m > 255 ? 2 : 1;
        at = (size_t)sprintf((char *)file, "P5 %u 1 %u\n", m < 65535 ? m + 1 : 65535, m);
        for (v = 0; v <= m && v < 65535; v++) {
            file[at] = (uint8_t)(v >> 8);
            file[at + size - 1] = (uint8_t)v;
            at += size;
        }
        d = decode_bytes(file, at, NEV_IMAGE_RAW);
        assert_int_equal(d.status, NEV_OK);
        for (v = 0; v <= m && v < 65535; v++) {
            long twice_error = labs(2L * 255 * (long)v - 2L * d.out[v] * (long)m);

            assert_true(twice_error <= (long)m); /* |255 v / m - out| <= 1/2 */
            assert_true(twice_error < (long)m || 255L * (long)v < d.out[v] * (long)m); /* halves go up */
        }
        free(d.out);
    }
}

/* Verifies: NEV-IO-222 (every refusal with its status) */
static void test_refusals(void **state)
{
    (void)state;
    REFUSE("P1 1 1 1", NEV_ERR_UNSUPPORTED);
    REFUSE("P2 1 1 255 1", NEV_ERR_UNSUPPORTED);
    REFUSE("P3 1 1 255 1 1 1", NEV_ERR_UNSUPPORTED);
    REFUSE("P4 1 1 x", NEV_ERR_UNSUPPORTED);
    REFUSE("P7\nWIDTH 1", NEV_ERR_UNSUPPORTED);
    REFUSE("P8 1 1 255 x", NEV_ERR_FORMAT);
    REFUSE("P51 1 255 x", NEV_ERR_FORMAT);
    REFUSE("P5 0 1 255 ", NEV_ERR_FORMAT);
    REFUSE("P5 1 0 255 ", NEV_ERR_FORMAT);
    REFUSE("P5 1 1 0 x", NEV_ERR_FORMAT);
    REFUSE("P5 1 1 65536 xx", NEV_ERR_FORMAT);
    REFUSE("P5 -1 1 255 x", NEV_ERR_FORMAT);
    REFUSE("P5 1 1 255#x", NEV_ERR_FORMAT);
    REFUSE("P5 65536 1 255 x", NEV_ERR_LIMIT);
    REFUSE("P5 100000 100000 255 x", NEV_ERR_LIMIT);
    REFUSE("P5 18446744073709551617 1 255 x", NEV_ERR_LIMIT);
    REFUSE("P5 1 1 255 xy", NEV_ERR_UNSUPPORTED);
    REFUSE("P5 1 1 3 \x04", NEV_ERR_VALUE);
    REFUSE("P5 1 1 256 \x01\x01", NEV_ERR_VALUE);
}

/* Verifies: NEV-IO-222 (truncation at every byte; one byte changed) */
static void test_damage(void **state)
{
    static const char file[] = "P6 2 2 1000\n\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4";

    (void)state;
    expect_truncation((const uint8_t *)file, sizeof file - 1);
    flip_bytes((const uint8_t *)file, sizeof file - 1);
}

/* Verifies: NEV-IO-223 (what is written is read; the stated size is exact, one byte less is refused) */
static void test_writer(void **state)
{
    static const uint8_t pixels[] = "0123456789abcdefgh";
    uint32_t channels;

    (void)state;
    for (channels = 1; channels <= 3; channels += 2) {
        struct nev_picture picture = {pixels, 3, 2, channels};
        size_t bytes = 0, written = 0;
        uint8_t file[64];

        assert_int_equal(nev_pnm_write_size(&picture, &bytes, NULL), NEV_OK);
        assert_int_equal(nev_pnm_write(&picture, file, bytes - 1, &written, NULL), NEV_ERR_MEMORY);
        assert_int_equal(written, 0);
        assert_int_equal(nev_pnm_write(&picture, file, bytes, &written, NULL), NEV_OK);
        assert_int_equal(written, bytes);
        expect_pixels(file, written, NEV_IMAGE_RAW, pixels, (size_t)6 * channels);
    }
}

/* Verifies: NEV-IO-223 (no picture of 0, of 2 or 4 samples a pixel, or beyond the limits is written) */
static void test_writer_refusals(void **state)
{
    static const uint8_t pixel[4];
    static const struct nev_picture wrong[] = {{pixel, 0, 1, 1}, {pixel, 1, 0, 1}, {pixel, 1, 1, 0},
                                               {pixel, 1, 1, 2}, {pixel, 1, 1, 4}, {pixel, 65536, 1, 1}};
    size_t i, bytes;

    (void)state;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(nev_pnm_write_size(&wrong[i], &bytes, NULL), NEV_ERR_ARGUMENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_8_bit),           cmocka_unit_test(test_header_forms),
        cmocka_unit_test(test_maximum),         cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_damage),          cmocka_unit_test(test_writer),
        cmocka_unit_test(test_writer_refusals),
    };

    return cmocka_run_group_tests_name("pnm", tests, NULL, NULL);
}
