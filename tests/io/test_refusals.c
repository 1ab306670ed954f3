/* SPDX-License-Identifier: MIT */
/* Refusals of io/ that few pictures run into, or callers only: the first chunk, a second picture's info, memory. */
#include "tests/io/pictures.h"
#include "tests/io/png_encoder.h"
#include "tests/support/jpeg_writer.h"

#include "io/npy.h"
#include "io/png.h"
#include "io/pnm.h"
#include "nn/base/size.h"
#include "nn/base/bytes.h"

static struct file file;

static void assert_said(enum nev_status s, const struct nev_error *err, enum nev_status status,
                        uint64_t offset, const char *name)
{
    assert_int_equal(s, status);
    assert_int_equal(err->status, status);
    assert_int_equal(err->offset, offset);
    assert_string_equal(err->name, name);
    assert_non_null(err->what);
}

/* Verifies: NEV-SAFE-021 (png.c: another first chunk; info of another picture; scratch that is too small or not aligned) */
static void test_png(void **state)
{
    static const uint8_t row[4] = {0, 1, 2, 3};
    struct nev_image_info info, other;
    struct nev_error err;
    uint8_t out[3], *scratch;

    (void)state;
    memset(&file, 0, sizeof file);
    put_start(&file, 1, 1, 8, 2, false);
    put_end(&file, row, sizeof row, 40);
    assert_int_equal(nev_png_probe(file.bytes, file.len, 1, &info, &err), NEV_OK);
    scratch = exactly(info.scratch_bytes + NEV_ALIGN);
    other = info;
    other.width = 2;
    assert_said(nev_png_decode(file.bytes, file.len, &other, NEV_IMAGE_RGB, out, sizeof out, scratch,
                               info.scratch_bytes, &err),
                &err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "info");
    assert_said(nev_png_decode(file.bytes, file.len, &info, NEV_IMAGE_RGB, out, sizeof out, scratch + 1,
                               info.scratch_bytes - 1, &err),
                &err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "scratch");
    assert_said(nev_png_decode(file.bytes, file.len, &info, NEV_IMAGE_RGB, out, sizeof out, scratch + 1,
                               info.scratch_bytes, &err),
                &err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "scratch");
    free(scratch);
    file.len = 8;
    put_chunk(&file, "tEXt", row, sizeof row);
    put_end(&file, row, sizeof row, 40);
    assert_said(nev_png_probe(file.bytes, file.len, 1, &info, &err), &err, NEV_ERR_FORMAT, 8, "tEXt");
}

/* Verifies: NEV-SAFE-021 (pnm.c: bytes of another format; a buffer that is too small) */
static void test_pnm(void **state)
{
    static const char picture[] = "P5 2 1 255\nab";
    struct nev_image_info info;
    struct nev_error err;
    uint8_t out[6];

    (void)state;
    assert_said(nev_pnm_probe("Q5 1 1 255\na", 12, 1, &info, &err), &err, NEV_ERR_FORMAT, 0, "magic");
    assert_int_equal(nev_pnm_probe(picture, sizeof picture - 1, 9, &info, &err), NEV_OK);
    assert_said(nev_pnm_decode(picture, sizeof picture - 1, &info, NEV_IMAGE_RGB, out, 5, NULL, 0, &err),
                &err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "out");
}

/* Verifies: NEV-SAFE-021 (npy.c: version 2.0 cut within its longer length) */
static void test_npy(void **state)
{
    struct nev_error err;
    struct nev_npy npy;

    (void)state;
    assert_said(nev_npy_open(&npy, "\x93NUMPY\2\0\0\0", 10, &err), &err, NEV_ERR_TRUNCATED, 10, "magic");
    assert_said(nev_npy_open(&npy, "\x93NUMPY\1\0\0", 9, &err), &err, NEV_ERR_TRUNCATED, 9, "magic");
}

/* Verifies: NEV-SAFE-021 (jpeg.c: the file ends before the scans of all components) */
static void test_jpeg(void **state)
{
    static uint8_t jpeg[NEV_TEST_JPEG_BYTES];
    struct nev_test_jpeg plan = nev_test_jpeg_plan(8, 8, 3);
    struct decoded d;
    size_t len, at, scans = 0, second = 0;

    (void)state;
    plan.is_split = true;
    len = nev_test_jpeg_write(&plan, jpeg);
    for (at = 0; at + 1 < len; at++) {
        if (jpeg[at] == 0xFF && jpeg[at + 1] == 0xDA && ++scans == 2) {
            second = at;
        }
    }
    assert_int_equal(scans, 3);
    jpeg[second + 1] = 0xD9;
    d = decode_bytes(jpeg, second + 2, NEV_IMAGE_RGB);
    assert_said(d.status, &d.err, NEV_ERR_FORMAT, d.err.offset, "EOI");
    assert_true(d.err.offset >= second && d.err.offset <= second + 2);
    free(d.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_png),
        cmocka_unit_test(test_pnm),
        cmocka_unit_test(test_npy),
        cmocka_unit_test(test_jpeg),
    };

    return cmocka_run_group_tests_name("refusals", tests, NULL, NULL);
}
