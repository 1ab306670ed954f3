/* SPDX-License-Identifier: MIT */
#include "tests/io/pictures.h"

#include "io/png_write.h"

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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_writer), cmocka_unit_test(test_writer_refusals)};

    return cmocka_run_group_tests_name("png_write", tests, NULL, NULL);
}
