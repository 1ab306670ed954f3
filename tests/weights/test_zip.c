/* SPDX-License-Identifier: MIT */
/* weights/import/zip.c: archives good and bad. */
#include "tests/support/test.h"

#include "tests/weights/build.h"
#include "weights/import/zip.h"

static const char *const names[] = {"a/data.pkl", "a/data/0", "a/version"};
static const char *const contents[] = {"the first entry", "\0\1\2\3", "3\n"};
static const size_t sizes[] = {15, 4, 2};
#define LEN 3u

static void make(struct build_zip *z, bool has_descriptors, bool is_zip64)
{
    unsigned i;

    memset(z, 0, sizeof *z);
    z->has_descriptors = has_descriptors;
    z->is_zip64 = is_zip64;
    for (i = 0; i < LEN; i++) {
        build_zip_add(z, names[i], contents[i], sizes[i]);
    }
    build_zip_end(z);
}

/* Lists and checks every entry; OK only if the three are there as they were. */
static enum nev_status judge(const uint8_t *data, size_t bytes, struct nev_error *err)
{
    struct nev_zip_entry entry[LEN + 1];
    uint8_t *copy = build_exact(data, bytes);
    struct nev_zip zip;
    enum nev_status s = nev_zip_begin(&zip, copy, bytes, err);
    uint32_t i;

    if (s == NEV_OK && zip.len > LEN) {
        s = NEV_ERR_LIMIT;
    }
    zip.entry = entry;
    s = s == NEV_OK ? nev_zip_read(&zip, err) : s;
    for (i = 0; s == NEV_OK && i < zip.len; i++) {
        s = nev_zip_check(&zip, &entry[i], err);
    }
    for (i = 0; s == NEV_OK && i < LEN; i++) {
        struct nev_zip_entry *e = nev_zip_find(&zip, (struct nev_slice){names[i], 2},
                                               (struct nev_slice){names[i] + 2, strlen(names[i]) - 2});

        if (e == NULL || e->bytes != sizes[i] || memcmp(copy + e->offset, contents[i], sizes[i]) != 0) {
            s = NEV_ERR_MISSING;
        }
    }
    free(copy);
    return s;
}

/* Verifies: NEV-WT-010 (sizes before and behind the data, in 32 and in 64 bits) */
static void test_variants(void **state)
{
    struct nev_error err;
    struct build_zip z;
    unsigned v;

    (void)state;
    for (v = 0; v < 4; v++) {
        make(&z, (v & 1) != 0, (v & 2) != 0);
        assert_int_equal(judge(z.out.p, z.out.len, &err), NEV_OK);
        build_zip_free(&z);
    }
}

/* Verifies: NEV-WT-011 (cut anywhere, the archive is refused) */
static void test_every_truncation(void **state)
{
    struct nev_error err;
    struct build_zip z;
    unsigned v;
    size_t cut;

    (void)state;
    for (v = 0; v < 4; v++) {
        make(&z, (v & 1) != 0, (v & 2) != 0);
        for (cut = 0; cut < z.out.len; cut++) {
            assert_int_not_equal(judge(z.out.p, cut, &err), NEV_OK);
        }
        build_zip_free(&z);
    }
}

/* Verifies: NEV-WT-011 (a flipped bit is refused, or changes nothing that is read: versions, times) */
static void test_every_bit(void **state)
{
    struct nev_error err;
    struct build_zip z;
    unsigned v;
    size_t bit, accepted;

    (void)state;
    for (v = 0; v < 4; v++) {
        make(&z, (v & 1) != 0, (v & 2) != 0);
        accepted = 0;
        for (bit = 0; bit < 8 * z.out.len; bit++) {
            z.out.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
            accepted += judge(z.out.p, z.out.len, &err) == NEV_OK;
            z.out.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        /* At most the fields that nobody reads: of a local header version, time and date (6 bytes), with a
         * descriptor also its CRC and sizes (12), of a directory entry versions, time, date, disk and
         * attributes (16), of the ends their versions and the disk counts (16). */
        assert_true(accepted <= 8 * (LEN * (6 + 12 + 16) + 16));
        build_zip_free(&z);
    }
}

static size_t find(const struct build *b, uint32_t signature, unsigned nth)
{
    size_t at;

    for (at = 0; at + 4 <= b->len; at++) {
        if (nev_load_u32le(b->p + at) == signature && nth-- == 0) {
            return at;
        }
    }
    fail_msg("no signature");
    return 0;
}

/* Verifies: NEV-WT-012 (more bytes than there are; overlap; compression; encryption; two truths) */
static void test_promises(void **state)
{
    static const struct {
        uint32_t signature;
        unsigned nth;
        size_t offset;
        uint32_t value; /* 16 bits where is_short */
        bool is_short;
        enum nev_status status;
    } lies[] = {
        {0x02014b50, 1, 24, 0x7FFFFFFF, false, NEV_ERR_FORMAT}, /* plain size alone */
        {0x02014b50, 1, 42, 0, false, NEV_ERR_FORMAT},          /* the first entry's header again */
        {0x02014b50, 1, 42, 0xFFFFFFF0, false, NEV_ERR_FORMAT}, /* a header outside the file */
        {0x02014b50, 1, 42, 0xFFFFFFFF, false, NEV_ERR_FORMAT}, /* in zip64, where there is none */
        {0x02014b50, 0, 10, 8, true, NEV_ERR_UNSUPPORTED},      /* deflated */
        {0x02014b50, 0, 8, 1, true, NEV_ERR_UNSUPPORTED},       /* encrypted */
        {0x02014b50, 2, 28, 0xFFFF, true, NEV_ERR_FORMAT},      /* a name past the directory */
        {0x02014b50, 2, 30, 0xFFFF, true, NEV_ERR_FORMAT},      /* an extra field past it */
        {0x04034b50, 0, 26, 0xFFFF, true, NEV_ERR_TRUNCATED},   /* a local name past the archive */
        {0x04034b50, 2, 28, 0xFFFF, true, NEV_ERR_TRUNCATED},   /* a local extra field past it */
        {0x04034b50, 1, 22, 5, false, NEV_ERR_FORMAT},          /* sizes of the two headers differ */
        {0x04034b50, 1, 30, 0x5A5A5A5A, false, NEV_ERR_FORMAT}, /* names of the two headers differ */
        {0x06054b50, 0, 8, 4, true, NEV_ERR_FORMAT},            /* counts of the end differ */
        {0x06054b50, 0, 12, 1, false, NEV_ERR_FORMAT},          /* the directory's size */
        {0x06054b50, 0, 16, 0xFFFFFFFE, false, NEV_ERR_FORMAT}, /* the directory's place */
    };
    struct nev_error err;
    struct build_zip z;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        uint8_t *p;

        make(&z, false, false);
        p = z.out.p + find(&z.out, lies[i].signature, lies[i].nth) + lies[i].offset;
        if (lies[i].is_short) {
            nev_store_u16le(p, (uint16_t)lies[i].value);
        } else {
            nev_store_u32le(p, lies[i].value);
        }
        assert_int_equal(judge(z.out.p, z.out.len, &err), lies[i].status);
        assert_int_equal(err.status, lies[i].status);
        build_zip_free(&z);
    }
}

/* Verifies: NEV-WT-012 (both sizes of an entry huge, in 32 and in 64 bits; 2^64 - 1 everywhere) */
static void test_zip64_promises(void **state)
{
    static const size_t places[] = {24, 32, 40, 48}; /* of the zip64 end record */
    struct nev_error err;
    struct build_zip z;
    size_t i, at;

    (void)state;
    make(&z, false, false);
    at = find(&z.out, 0x02014b50, 1);
    nev_store_u32le(z.out.p + at + 20, 0x10000000);
    nev_store_u32le(z.out.p + at + 24, 0x10000000);
    assert_int_equal(judge(z.out.p, z.out.len, &err), NEV_ERR_TRUNCATED);
    build_zip_free(&z);

    make(&z, false, true);
    at = find(&z.out, 0x02014b50, 1) + 46 + strlen(names[1]) + 4; /* the extra field's numbers */
    memset(z.out.p + at, 0xFF, 16);
    assert_int_equal(judge(z.out.p, z.out.len, &err), NEV_ERR_TRUNCATED);
    build_zip_free(&z);

    make(&z, false, true);
    memset(z.out.p + at + 16, 0xFF, 8);
    assert_int_equal(judge(z.out.p, z.out.len, &err), NEV_ERR_FORMAT);
    build_zip_free(&z);

    for (i = 0; i < sizeof places / sizeof places[0]; i++) {
        make(&z, false, true);
        memset(z.out.p + find(&z.out, 0x06064b50, 0) + places[i], 0xFF, 8);
        assert_int_equal(judge(z.out.p, z.out.len, &err), NEV_ERR_FORMAT);
        build_zip_free(&z);
    }
    make(&z, false, true);
    memset(z.out.p + find(&z.out, 0x07064b50, 0) + 8, 0xFF, 8); /* the locator */
    assert_int_equal(judge(z.out.p, z.out.len, &err), NEV_ERR_FORMAT);
    build_zip_free(&z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variants),       cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_bit),      cmocka_unit_test(test_promises),
        cmocka_unit_test(test_zip64_promises),
    };

    return cmocka_run_group_tests_name("zip", tests, NULL, NULL);
}
