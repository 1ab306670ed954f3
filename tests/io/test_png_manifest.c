/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/image.h"
#include "nn/base/crc32.h"

struct row {
    char file[256], status[16];
    unsigned long width, height, crc;
};

struct counts {
    unsigned identical, different, refused_ok, refused_warn, refused_error, accepted_error;
    unsigned by_status[NEV_STATUS_LEN];
};

/* Columns: file bytes status w h bitdepth ctype interlace has_tRNS has_gAMA has_iCCP warnings crc message. */
static int read_row(const char *line, struct row *r)
{
    return line[0] != '#' && sscanf(line, "%255s %*s %15s %lu %lu %*s %*s %*s %*s %*s %*s %*s %lx", r->file,
                                    r->status, &r->width, &r->height, &r->crc) == 5;
}

static enum nev_status decode_file(const char *path, struct nev_image_info *info, uint32_t *crc,
                                   struct nev_error *err)
{
    size_t bytes;
    uint8_t *data = nev_test_read(path, &bytes), *out, *scratch;
    enum nev_status status = nev_image_probe(data, bytes, NEV_IMAGE_PIXELS_MAX, info, err);

    if (status == NEV_OK) {
        out = malloc(info->raw_bytes);
        scratch = aligned_alloc(64, info->scratch_bytes);
        assert_true(out != NULL && scratch != NULL);
        status = nev_image_decode(data, bytes, info, NEV_IMAGE_RAW, out, info->raw_bytes, scratch,
                                  info->scratch_bytes, err);
        *crc = nev_crc32(0, out, info->raw_bytes);
        free(out);
        free(scratch);
    }
    free(data);
    return status;
}

static void judge(const struct row *r, struct counts *c)
{
    char name[300];
    const char *path;
    struct nev_image_info info;
    struct nev_error err = {0};
    uint32_t crc = 0;
    enum nev_status status;

    snprintf(name, sizeof name, "images/png/%s", r->file);
    path = nev_test_shared(name);
    assert_non_null(path);
    status = decode_file(path, &info, &crc, &err);
    c->by_status[status]++;
    if (status != NEV_OK) {
        assert_non_null(err.what);
        assert_int_equal(err.status, status);
    }
    if (strcmp(r->status, "error") == 0) {
        c->refused_error += status != NEV_OK;
        c->accepted_error += status == NEV_OK;
        if (status == NEV_OK) {
            printf("# accepted, but the oracle refuses: %s\n", r->file);
        }
    } else if (status != NEV_OK) {
        c->refused_ok += strcmp(r->status, "ok") == 0;
        c->refused_warn += strcmp(r->status, "warn") == 0;
        printf("# refused: %s (oracle: %s): %s at byte %llu: %s\n", r->file, r->status, err.name,
               (unsigned long long)err.offset, err.what);
    } else if (info.width == r->width && info.height == r->height && crc == r->crc) {
        c->identical++;
    } else {
        c->different++;
        printf("# different: %s: crc %08lx, oracle %08lx\n", r->file, (unsigned long)crc, r->crc);
    }
}

/* Verifies: NEV-IO-210 (every file of the conformance folder against libpng's pixels and refusals) */
static void test_manifest(void **state)
{
    const char *path = nev_test_shared("images/png/MANIFEST.tsv");
    struct counts c = {0};
    struct row r;
    size_t bytes;
    char *text, *line;
    unsigned i;

    (void)state;
    if (path == NULL) {
        skip();
    }
    text = (char *)nev_test_read(path, &bytes);
    text[bytes] = '\0';
    for (line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (read_row(line, &r)) {
            judge(&r, &c);
        }
    }
    free(text);
    printf("# identical %u, different %u, refused where the oracle warns %u, refused where it accepts %u,\n"
           "# refused where it refuses %u, accepted where it refuses %u\n",
           c.identical, c.different, c.refused_warn, c.refused_ok, c.refused_error, c.accepted_error);
    for (i = 1; i < NEV_STATUS_LEN; i++) {
        if (c.by_status[i] != 0) {
            printf("# %s %u\n", nev_status_name((enum nev_status)i), c.by_status[i]);
        }
    }
    assert_true(c.identical > 0 && c.refused_error > 0);
    assert_int_equal(c.different, 0);
    assert_int_equal(c.refused_ok, 0);
    assert_int_equal(c.accepted_error, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_manifest)};

    return cmocka_run_group_tests_name("png_manifest", tests, NULL, NULL);
}
