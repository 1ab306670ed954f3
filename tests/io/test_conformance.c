/* SPDX-License-Identifier: MIT */
/*
 * Every shared picture against its oracle, as one table: libjpeg-turbo for JPEG, libpng for PNG. The manifests say of each file
 * ok, warn or error, and the CRC-32 of the oracle's raw pixels. test_jpeg_manifest.c and test_png_manifest.c judge more of each.
 */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/image.h"
#include "nn/base/crc32.h"
#include "nn/base/size.h"

#define COLUMNS     16
#define REASONS_MAX 64

/* Which columns a manifest has these in; the first is the file, the third the status. */
struct manifest {
    const char *folder;
    enum nev_image_format format; /* a file of another is refused, as the oracle does */
    int columns, crc, message;
};

struct reason {
    char text[320];
    unsigned count;
};

struct table {
    unsigned files, ok, ok_refused, ok_different, warn, warn_different, error_refused, error_accepted;
    unsigned ok_by[NEV_STATUS_LEN], warn_by[NEV_STATUS_LEN], error_by[NEV_STATUS_LEN];
    struct reason reason[REASONS_MAX]; /* of what is refused though the oracle only warns, or does not */
    unsigned reasons;
};

static int split(char *line, char **column, int want)
{
    int i;

    line[strcspn(line, "\n")] = '\0';
    for (i = 0; i < want; i++) {
        column[i] = line;
        line = strchr(line, '\t');
        if (line == NULL) {
            return i == want - 1;
        }
        *line++ = '\0';
    }
    return 1;
}

static enum nev_status decode(const char *path, enum nev_image_format format, uint32_t *crc,
                              struct nev_error *err)
{
    struct nev_image_info info;
    size_t bytes;
    uint8_t *data = nev_test_read(path, &bytes), *out;
    enum nev_status s = nev_image_probe(data, bytes, NEV_IMAGE_PIXELS_MAX, &info, err);
    void *scratch;

    if (s == NEV_OK && info.format != format) {
        s = nev_fail(err, NEV_ERR_FORMAT, 0, "first bytes",
                     "a picture of another format, which the decoder of that format reads");
    }
    if (s == NEV_OK) {
        out = malloc(info.raw_bytes);
        scratch = aligned_alloc(NEV_ALIGN, info.scratch_bytes + NEV_ALIGN);
        assert_true(out != NULL && scratch != NULL);
        s = nev_image_decode(data, bytes, &info, NEV_IMAGE_RAW, out, info.raw_bytes, scratch,
                             info.scratch_bytes, err);
        *crc = nev_crc32(0, out, info.raw_bytes);
        free(scratch);
        free(out);
    }
    free(data);
    return s;
}

static void note(struct table *t, const char *oracle, const char *said, const struct nev_error *err)
{
    char text[sizeof t->reason[0].text];
    unsigned i;

    snprintf(text, sizeof text, "%s%s%.70s -> %s %s: %.80s", oracle, said[0] != '\0' ? ": " : "", said,
             nev_status_name(err->status), err->name, err->what);
    for (i = 0; i < t->reasons && strcmp(t->reason[i].text, text) != 0; i++) {
    }
    if (i == t->reasons) {
        assert_true(t->reasons < REASONS_MAX);
        memcpy(t->reason[t->reasons++].text, text, sizeof text);
    }
    t->reason[i].count++;
}

static void judge(const struct manifest *m, char **column, struct table *t)
{
    char name[1200];
    uint32_t crc = 0, expected = (uint32_t)strtoul(column[m->crc], NULL, 16);
    struct nev_error err = {0};
    enum nev_status s;

    snprintf(name, sizeof name, "images/%s/%s", m->folder, column[0]);
    assert_non_null(nev_test_shared(name));
    s = decode(nev_test_shared(name), m->format, &crc, &err);
    t->files++;
    if (s != NEV_OK) {
        assert_true(err.status == s && err.what != NULL && err.name[0] != '\0' &&
                    err.offset != NEV_NO_OFFSET);
    }
    if (strcmp(column[2], "error") == 0) {
        t->error_accepted += s == NEV_OK;
        t->error_refused += s != NEV_OK;
        t->error_by[s]++;
        if (s == NEV_OK) {
            print_message("# accepted, but refused by the oracle: %s\n", column[0]);
        }
        return;
    }
    if (s != NEV_OK) {
        note(t, column[2], column[m->message], &err);
    }
    if (strcmp(column[2], "ok") == 0) {
        t->ok += s == NEV_OK && crc == expected;
        t->ok_different += s == NEV_OK && crc != expected;
        t->ok_refused += s != NEV_OK;
        t->ok_by[s]++;
    } else {
        t->warn += s == NEV_OK && crc == expected;
        t->warn_different += s == NEV_OK && crc != expected;
        t->warn_by[s]++;
    }
}

static void print_codes(const char *what, const unsigned by[NEV_STATUS_LEN])
{
    int s;

    for (s = NEV_OK + 1; s < NEV_STATUS_LEN; s++) {
        if (by[s] > 0) {
            print_message("#   %-40s %4u %s\n", what, by[s], nev_status_name((enum nev_status)s));
        }
    }
}

static void print_table(const char *folder, const struct table *t)
{
    unsigned i;

    print_message("# %s: %u files\n", folder, t->files);
    print_message("#   %-40s %4u\n", "identical", t->ok);
    print_message("#   %-40s %4u\n", "identical where the oracle warns", t->warn);
    print_message("#   %-40s %4u\n", "other pixels", t->ok_different + t->warn_different);
    print_codes("refused where the oracle accepts", t->ok_by);
    print_codes("refused where the oracle warns", t->warn_by);
    print_codes("refused as by the oracle", t->error_by);
    print_message("#   %-40s %4u\n", "accepted where the oracle refuses", t->error_accepted);
    for (i = 0; i < t->reasons; i++) {
        print_message("#   %4u  %s\n", t->reason[i].count, t->reason[i].text);
    }
}

static void run(const struct manifest *m, struct table *t)
{
    char line[2048], path[300], *column[COLUMNS];
    FILE *f;

    memset(t, 0, sizeof *t);
    snprintf(path, sizeof path, "images/%s/MANIFEST.tsv", m->folder);
    f = fopen(nev_test_shared(path), "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        if (line[0] != '#') {
            assert_true(split(line, column, m->columns));
            judge(m, column, t);
        }
    }
    fclose(f);
    print_table(m->folder, t);
}

/* Verifies: NEV-SAFE-005 (every JPEG: the oracle's pixels or a refusal; the one exception is arithmetic coding, T.81, Annex D) */
static void test_jpeg(void **state)
{
    static const struct manifest m = {"jpeg", NEV_IMAGE_JPEG, 16, 14, 15};
    static struct table t;

    (void)state;
    if (nev_test_shared("images/jpeg/MANIFEST.tsv") == NULL) {
        skip();
    }
    run(&m, &t);
    assert_true(t.ok > 0);
    assert_int_equal(t.ok_different + t.warn_different + t.error_accepted, 0);
    assert_int_equal(t.ok_refused, 1);
    assert_int_equal(t.ok_by[NEV_ERR_UNSUPPORTED], 1);
}

/* Verifies: NEV-SAFE-005 (every PNG: the oracle's pixels or a refusal; no exception) */
static void test_png(void **state)
{
    static const struct manifest m = {"png", NEV_IMAGE_PNG, 14, 12, 13};
    static struct table t;

    (void)state;
    if (nev_test_shared("images/png/MANIFEST.tsv") == NULL) {
        skip();
    }
    run(&m, &t);
    assert_true(t.ok > 0);
    assert_int_equal(t.ok_different + t.warn_different + t.error_accepted + t.ok_refused, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jpeg),
        cmocka_unit_test(test_png),
    };

    return cmocka_run_group_tests_name("conformance", tests, NULL, NULL);
}
