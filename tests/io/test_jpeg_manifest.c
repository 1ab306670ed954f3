/* SPDX-License-Identifier: MIT */
/*
 * The JPEG decoder against libjpeg-turbo on every file of the shared manifest. Columns: file, bytes, status
 * (ok, warn, error), w, h, ncomp, prec, proc, colorspace, sampling, restart, adobe, orient, warnings,
 * crc32_out, message. Every part of the decoder takes part: jpeg.c, jpeg_markers.c, jpeg_headers.c,
 * jpeg_huffman.c, jpeg_scan.c, jpeg_progressive.c, jpeg_idct.c, jpeg_upsample.c, jpeg_color.c, jpeg_output.c,
 * exif.c.
 */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/jpeg.h"
#include "nn/base/crc32.h"
#include "nn/base/size.h"

#define COLUMNS 16

struct row {
    char *column[COLUMNS];
};

struct counts {
    unsigned rows, identical, warned_identical, refused[NEV_STATUS_LEN];
};

/* Splits a line at its tabs, in place; false if it has too few columns. */
static int split(char *line, struct row *row)
{
    int i;

    line[strcspn(line, "\n")] = '\0';
    for (i = 0; i < COLUMNS; i++) {
        row->column[i] = line;
        line = strchr(line, '\t');
        if (line == NULL) {
            return i == COLUMNS - 1;
        }
        *line++ = '\0';
    }
    return 1;
}

/* The CRC-32 of the raw pixels. */
static enum nev_status decode_crc(const uint8_t *mem, size_t bytes, struct nev_image_info *info,
                                  uint32_t *crc, struct nev_error *err)
{
    enum nev_status status = nev_jpeg_probe(mem, bytes, NEV_IMAGE_PIXELS_MAX, info, err);
    uint8_t *out;
    void *scratch;

    if (status != NEV_OK) {
        return status;
    }
    out = malloc(info->raw_bytes);
    scratch = aligned_alloc(NEV_ALIGN, info->scratch_bytes);
    assert_non_null(out);
    assert_non_null(scratch);
    status = nev_jpeg_decode(mem, bytes, info, NEV_IMAGE_RAW, out, info->raw_bytes, scratch,
                             info->scratch_bytes, err);
    *crc = nev_crc32(0, out, info->raw_bytes);
    free(scratch);
    free(out);
    return status;
}

/* Valid files that are refused by design: ITU-T T.81, Annex D (arithmetic coding) is not implemented. */
static int is_excepted(const char *file)
{
    return strcmp(file, "libjpeg-turbo/testimgari.jpg") == 0;
}

static void check_row(const struct row *row, struct counts *counts)
{
    char path[1200];
    uint8_t *mem;
    size_t bytes = 0;
    uint32_t crc = 0, expected = (uint32_t)strtoul(row->column[14], NULL, 16);
    struct nev_image_info info;
    struct nev_error err;
    enum nev_status status;
    int orientation = atoi(row->column[12]);

    snprintf(path, sizeof path, "images/jpeg/%s", row->column[0]);
    mem = nev_test_read(nev_test_shared(path), &bytes);
    status = decode_crc(mem, bytes, &info, &crc, &err);
    free(mem);
    counts->rows++;
    if (status != NEV_OK) {
        counts->refused[status]++;
        print_message("# %s | %s | %s: %s %s at %llu: %s\n", row->column[2], row->column[15], row->column[0],
                      nev_status_name(status), err.name, (unsigned long long)err.offset, err.what);
    } else {
        counts->identical += strcmp(row->column[2], "ok") == 0;
        counts->warned_identical += strcmp(row->column[2], "warn") == 0;
    }
    if (strcmp(row->column[2], "ok") == 0 && !is_excepted(row->column[0]) && status != NEV_OK) {
        fail_msg("%s: refused: %s", row->column[0], err.what);
    }
    if (strcmp(row->column[2], "error") == 0 && status == NEV_OK) {
        fail_msg("%s: accepted, where the oracle says: %s", row->column[0], row->column[15]);
    }
    if (is_excepted(row->column[0])) {
        assert_int_equal(status, NEV_ERR_UNSUPPORTED);
    }
    if (status == NEV_OK) {
        if (crc != expected) {
            fail_msg("%s: pixels differ from libjpeg-turbo's (%08x, not %08x; %s)", row->column[0], crc,
                     expected, row->column[15]);
        }
        assert_int_equal(info.width, strtoul(row->column[3], NULL, 10));
        assert_int_equal(info.height, strtoul(row->column[4], NULL, 10));
        assert_int_equal(info.orientation, orientation == 0 ? 1 : orientation);
    }
}

/* Verifies: NEV-IO-101 (every valid file gives the same bytes, or is the exception named above), NEV-IO-102
 * (what is accepted in spite of a warning gives the same bytes too; what the oracle refuses is refused) */
static void test_manifest(void **state)
{
    const char *path = nev_test_shared("images/jpeg/MANIFEST.tsv");
    char line[1024];
    struct counts counts = {0, 0, 0, {0}};
    struct row row;
    FILE *f;
    int i;

    (void)state;
    if (path == NULL) {
        skip();
    }
    f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        if (line[0] != '#') {
            assert_true(split(line, &row));
            check_row(&row, &counts);
        }
    }
    fclose(f);
    print_message("# %u files: %u identical, %u identical where the oracle warns\n", counts.rows,
                  counts.identical, counts.warned_identical);
    for (i = 0; i < NEV_STATUS_LEN; i++) {
        if (counts.refused[i] != 0) {
            print_message("# %u refused with %s\n", counts.refused[i], nev_status_name((enum nev_status)i));
        }
    }
    assert_true(counts.rows > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manifest),
    };

    return cmocka_run_group_tests_name("jpeg_manifest", tests, NULL, NULL);
}
