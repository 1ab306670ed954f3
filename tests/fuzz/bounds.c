/* SPDX-License-Identifier: MIT */
/*
 * What the worst inputs cost: edges of the control flow passed for each byte of input and pixel of output, against the
 * multiple that the reader's README states. Time is not measured, so the answer is the same on a busy machine.
 * `make check-hostile` builds and runs it; README.md says what each input is.
 */
#include "tests/support/test.h"

#include "io/csv.h"
#include "io/deflate.h"
#include "io/exif.h"
#include "io/image.h"
#include "io/inflate.h"
#include "io/npy.h"
#include "nn/base/size.h"
#include "tests/fuzz/counter.h"
#include "tests/fuzz/import.h"
#include "tests/weights/build.h"
#include "weights/import/import.h"

/* Edges a byte or pixel, as io/README.md and weights/README.md state them. */
#define MULTIPLE_PICTURE 4000u
#define MULTIPLE_INFLATE 400u
#define MULTIPLE_CSV     2000u
#define MULTIPLE_NPY     50u
#define MULTIPLE_EXIF    50u
#define MULTIPLE_IMPORT  5000u
#define CONSTANT                                                                                             \
    300000000u /* importers: 4,096 tensors against 1,024 names, 4,096 nodes against as many constants */

static void report(const char *name, uint64_t edges, uint64_t size, uint64_t multiple, uint64_t constant)
{
    print_message("# %-44s %9llu bytes and pixels, %11llu edges, %llu each\n", name, (unsigned long long)size,
                  (unsigned long long)edges, (unsigned long long)(edges / (size + 1)));
    if (edges > multiple * size + constant) {
        fail_msg("%s: %llu edges", name, (unsigned long long)edges);
    }
}

/* Probes and decodes; a small constant for what does not depend on the size. */
static enum nev_status picture(const char *name, const uint8_t *data, size_t bytes)
{
    struct nev_image_info info = {0};
    struct nev_error err = {0};
    uint64_t start = fuzz_edges();
    enum nev_status s = nev_image_probe(data, bytes, NEV_IMAGE_PIXELS_MAX, &info, &err);
    uint64_t pixels = (uint64_t)info.width * info.height;

    if (s == NEV_OK) {
        uint8_t *out = malloc(info.rgb_bytes),
                *scratch = aligned_alloc(NEV_ALIGN, info.scratch_bytes + NEV_ALIGN);

        assert_true(out != NULL && scratch != NULL);
        s = nev_image_decode(data, bytes, &info, NEV_IMAGE_RGB, out, info.rgb_bytes, scratch,
                             info.scratch_bytes, &err);
        free(scratch);
        free(out);
    }
    report(name, fuzz_edges() - start, bytes + pixels, MULTIPLE_PICTURE, 20000);
    return s;
}

static void put_marker(struct build *b, unsigned marker, const void *data, size_t bytes)
{
    build_u8(b, 0xFF);
    build_u8(b, marker);
    build_u8(b, (unsigned)(bytes + 2) >> 8);
    build_u8(b, (unsigned)(bytes + 2) & 0xFF);
    build_bytes(b, data, bytes);
}

/* A grey progressive picture of 512 x 512 whose DC scan is all zeros, up to there. DC code: one bit for 0. AC code: one bit
 * for the run C0 (4,096 blocks and 12 bits more): all of them. */
static void put_progressive(struct build *b)
{
    static const uint8_t sof[] = {8, 2, 0, 2, 0, 1, 1, 0x11, 0}, sos[] = {1, 1, 0, 0, 0, 0};
    uint8_t dqt[65], dht[18] = {0x00, 1}, zeros[512] = {0};

    memset(dqt, 1, sizeof dqt);
    dqt[0] = 0;
    build_text(b, "\xFF\xD8");
    put_marker(b, 0xDB, dqt, sizeof dqt);
    put_marker(b, 0xC2, sof, sizeof sof);
    put_marker(b, 0xC4, dht, sizeof dht);
    dht[0] = 0x10;
    dht[17] = 0xC0;
    put_marker(b, 0xC4, dht, sizeof dht);
    put_marker(b, 0xDA, sos, sizeof sos);
    build_bytes(b, zeros, sizeof zeros);
}

/* A component's AC coefficients in four bands, each in fourteen scans, every one a single run of 8,192 empty blocks (D0). */
static void put_bands(struct build *b, unsigned id)
{
    unsigned band, turn;

    for (band = 0; band < 4; band++) {
        for (turn = 0; turn < 14; turn++) {
            const uint8_t sos[] = {1,
                                   (uint8_t)id,
                                   0,
                                   (uint8_t)(band == 0 ? 1 : 16 * band),
                                   (uint8_t)(16 * band + 15),
                                   (uint8_t)(turn == 0 ? 13 : (14 - turn) << 4 | (13 - turn))};

            put_marker(b, 0xDA, sos, sizeof sos);
            build_bytes(b, "\0\3", 2); /* the code, 13 zeros, ones to the end of the byte */
        }
    }
}

/* One pixel wide, 65,535 high: eight times the usual blocks a pixel, and four components of them, three of which the
 * picture's sampling rounds up to four times their width. */
static void put_narrow(struct build *b)
{
    static const uint8_t sof[] = {8, 0xFF, 0xFF, 0, 1, 4, 1, 0x41, 0, 2, 0x41, 0, 3, 0x41, 0, 4, 0x11, 0};
    uint8_t dqt[65], dht[18] = {0x00, 1}, zeros[1024] = {0};
    unsigned id;

    memset(dqt, 1, sizeof dqt);
    dqt[0] = 0;
    build_text(b, "\xFF\xD8");
    put_marker(b, 0xDB, dqt, sizeof dqt);
    put_marker(b, 0xC2, sof, sizeof sof);
    put_marker(b, 0xC4, dht, sizeof dht);
    dht[0] = 0x10;
    dht[17] = 0xD0;
    put_marker(b, 0xC4, dht, sizeof dht);
    for (id = 1; id <= 4; id++) {
        const uint8_t sos[] = {1, (uint8_t)id, 0, 0, 0, 0};

        put_marker(b, 0xDA, sos, sizeof sos);
        build_bytes(b, zeros, sizeof zeros);
    }
    for (id = 1; id <= 4; id++) {
        put_bands(b, id);
    }
    build_text(b, "\xFF\xD9");
}

/* Verifies: NEV-SAFE-009 (JPEG: empty scans by the thousand; tables by the thousand; one large empty picture) */
static void test_jpeg(void **state)
{
    struct build b = {NULL, 0, 0};
    unsigned k, i;
    uint8_t dht[18] = {0x10, 1};

    (void)state;
    put_progressive(&b);
    for (k = 1; k < 64; k++) {
        for (i = 0; i < 14; i++) {
            const uint8_t sos[] = {1,          1,          0,
                                   (uint8_t)k, (uint8_t)k, (uint8_t)(i == 0 ? 13 : (14 - i) << 4 | (13 - i))};

            put_marker(&b, 0xDA, sos, sizeof sos);
            build_bytes(&b, "\0\7", 2); /* the code, 12 zeros, ones to the end of the byte */
        }
    }
    build_text(&b, "\xFF\xD9");
    assert_int_not_equal(picture("jpeg: 882 empty scans", b.p, b.len), NEV_OK);
    build_free(&b);
    build_text(&b, "\xFF\xD8");
    for (i = 0; i < 5000; i++) {
        put_marker(&b, 0xC4, dht, sizeof dht);
    }
    assert_int_not_equal(picture("jpeg: 5,000 Huffman tables", b.p, b.len), NEV_OK);
    build_free(&b);
    put_progressive(&b);
    build_text(&b, "\xFF\xD9");
    assert_int_equal(picture("jpeg: progressive, one scan", b.p, b.len), NEV_OK);
    build_free(&b);
    put_narrow(&b);
    assert_int_equal(picture("jpeg: one pixel wide, 228 scans", b.p, b.len), NEV_OK);
    build_free(&b);
}

static void put_chunk(struct build *b, const char *type, const void *data, size_t bytes)
{
    size_t at = b->len;

    nev_store_u32be(build_room(b, 4), (uint32_t)bytes);
    build_text(b, type);
    build_bytes(b, data, bytes);
    nev_store_u32be(build_room(b, 4), nev_crc32(0, b->p + at + 4, bytes + 4));
}

/* The zlib stream of n zeros. */
static void deflate_zeros(struct build *b, size_t n)
{
    struct nev_deflate *work = malloc(sizeof *work);
    uint8_t *zeros = calloc(n, 1), *out;
    size_t bound = 0, written = 0;

    assert_true(work != NULL && zeros != NULL && nev_deflate_bound(n, &bound));
    out = malloc(bound);
    assert_non_null(out);
    assert_int_equal(nev_deflate_zlib(work, zeros, n, out, bound, &written, NULL), NEV_OK);
    build_bytes(b, out, written);
    free(out);
    free(zeros);
    free(work);
}

static void put_png(struct build *b, uint32_t side, size_t inflated, size_t piece)
{
    struct build z = {NULL, 0, 0};
    uint8_t ihdr[13] = {0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0};
    size_t at;

    nev_store_u32be(ihdr, side);
    nev_store_u32be(ihdr + 4, side);
    build_text(b, "\x89PNG\r\n\x1A\n");
    put_chunk(b, "IHDR", ihdr, 13);
    deflate_zeros(&z, inflated);
    for (at = 0; at < z.len; at += piece) {
        put_chunk(b, "IDAT", z.p + at, z.len - at < piece ? z.len - at : piece);
        put_chunk(b, "IDAT", "", 0);
    }
    put_chunk(b, "IEND", "", 0);
    build_free(&z);
}

/* Verifies: NEV-SAFE-009 (PNG: a deflate bomb behind a small header; an honest picture of zeros; chunks of one byte and none) */
static void test_png(void **state)
{
    struct build b = {NULL, 0, 0};
    unsigned i;

    (void)state;
    put_png(&b, 16, 8u << 20, 60000);
    assert_int_not_equal(picture("png: 8 MiB of zeros behind 16 x 16", b.p, b.len), NEV_OK);
    build_free(&b);
    put_png(&b, 1000, 1001000, 1);
    assert_int_equal(picture("png: 1000 x 1000, chunks of one byte", b.p, b.len), NEV_OK);
    build_free(&b);
    put_png(&b, 1, 2, 100);
    b.len -= 12;
    for (i = 0; i < 20000; i++) {
        put_chunk(&b, "tEXt", "", 0);
    }
    put_chunk(&b, "IEND", "", 0);
    assert_int_equal(picture("png: 20,000 empty chunks", b.p, b.len), NEV_OK);
    build_free(&b);
}

static void inflate(const char *name, const uint8_t *data, size_t bytes, size_t room)
{
    struct nev_inflate *work = malloc(sizeof *work);
    struct nev_inflate_input in = {data, bytes, NULL, NULL};
    struct nev_error err;
    uint8_t *out = malloc(room);
    uint64_t start = fuzz_edges();
    size_t in_used, out_used;
    enum nev_status s;

    assert_true(work != NULL && out != NULL);
    s = nev_inflate(work, NEV_INFLATE_RAW, &in, out, room, &in_used, &out_used, &err);
    report(name, fuzz_edges() - start, bytes + room, MULTIPLE_INFLATE, 20000);
    assert_true(s < NEV_STATUS_LEN);
    free(out);
    free(work);
}

/* Verifies: NEV-SAFE-009 (inflate: blocks that hold nothing but their tables) */
static void test_inflate(void **state)
{
    /* Bits of the least dynamic block there is: code lengths of 2 symbols, one literal/length code, no distance. */
    static uint8_t bytes[200000];
    size_t i;

    (void)state;
    memset(bytes, 0, sizeof bytes);
    for (i = 0; i + 5 <= sizeof bytes; i += 5) {
        bytes[i + 3] = bytes[i + 4] = 0xFF; /* a stored block of nothing */
    }
    inflate("inflate: empty stored blocks", bytes, sizeof bytes, 1);
    for (i = 0; i < 8 * sizeof bytes; i++) { /* fixed blocks of nothing: 0, 1 0, 0000000 */
        bytes[i / 8] = (uint8_t)((bytes[i / 8] & ~(1u << i % 8)) | (i % 10 == 1 ? 1u << i % 8 : 0));
    }
    inflate("inflate: empty fixed blocks", bytes, sizeof bytes, 1);
    /* 0, 2, hlit 0, hdist 0, hclen 14 (18 lengths: 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1), 18 and 1 have one bit;
     * 18: 138 zeros, 18: 118 zeros, 1: the end has one bit, then ... the distance: 1. Then the end: 0. */
    {
        static const uint8_t lengths[18] = {0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
        uint64_t at = 0;
        unsigned k;
#define PUT(value, n)                                                                                        \
    for (k = 0; k < (n); k++, at++) {                                                                        \
        bytes[at / 8] =                                                                                      \
            (uint8_t)((bytes[at / 8] & ~(1u << at % 8)) | (((unsigned)(value) >> k & 1u) << at % 8));        \
    }
        while (at + 200 < 8 * sizeof bytes) {
            PUT(4, 3) /* not the last, type 2 */
            PUT(0, 5)
            PUT(0, 5)
            PUT(14, 4)
            for (i = 0; i < 18; i++) {
                PUT(lengths[i], 3)
            }
            PUT(1, 1)
            PUT(127, 7) /* 138 zeros */
            PUT(1, 1)
            PUT(107, 7) /* 118 zeros */
            PUT(0, 1)   /* the end of the block: one bit */
            PUT(0, 1)   /* the distance code: one bit */
            PUT(0, 1)   /* the end */
        }
#undef PUT
    }
    inflate("inflate: empty dynamic blocks", bytes, sizeof bytes, 1);
}

static void import(const char *name, const uint8_t *data, size_t bytes)
{
    static struct nev_tensor_spec specs[FUZZ_SPECS_MAX];
    enum nev_source_kind kind;
    struct nev_error err;
    struct nev_arena arena;
    struct nev_import imp;
    struct nev_model model;
    size_t need;
    uint64_t start = fuzz_edges();
    enum nev_status s = nev_import_probe(data, bytes, &kind, &need, &err);
    void *memory = malloc(need + 1);

    assert_non_null(memory);
    nev_arena_init(&arena, memory, need);
    if (s == NEV_OK && (s = nev_import_open(&imp, data, bytes, &arena, &err)) == NEV_OK &&
        (s = nev_import_identify(&imp, &model, &err)) == NEV_OK) {
        s = nev_import_bind(&imp, model.net, specs, fuzz_import_specs((int)kind, model.net, specs), &err);
    }
    report(name, fuzz_edges() - start, bytes, MULTIPLE_IMPORT, CONSTANT);
    print_message("#   -> %s%s%s\n", nev_status_name(s), s == NEV_OK ? "" : ": ",
                  s == NEV_OK ? "" : err.what);
    free(memory);
}

/* A checkpoint of one pickle and one storage. */
static void put_torch(struct build_zip *z, const struct build *pickle)
{
    static const uint8_t numbers[16];

    memset(z, 0, sizeof *z);
    build_zip_add(z, "m/data.pkl", pickle->p, pickle->len);
    build_zip_add(z, "m/data/0", numbers, sizeof numbers);
    build_zip_end(z);
}

static void import_pickle(const char *name, struct build *pickle)
{
    struct build_zip z;

    put_torch(&z, pickle);
    import(name, z.out.p, z.out.len);
    build_zip_free(&z);
    build_free(pickle);
}

/* Verifies: NEV-SAFE-009 (pickles: one long name remembered and used for every tensor; nesting; marks) */
static void test_pickle(void **state)
{
    static const struct build_tensor t = {"FloatStorage", "0", 4, 0, 4, {32, 3, 3, 3}, {0, 0, 0, 0}};
    struct build b = {NULL, 0, 0};
    unsigned i;

    (void)state;
    build_pickle_dict(&b);
    build_u8(&b, '(');
    build_u8(&b, 'X');
    build_u32(&b, 7 * 100000);
    for (i = 0; i < 100000; i++) {
        build_text(&b, "module.");
    }
    build_bytes(&b, "q\0", 2);
    build_pickle_tensor(&b, &t);
    build_bytes(&b, "q\1", 2);
    for (i = 1; i < 4096; i++) {
        build_bytes(&b, "h\0h\1", 4);
    }
    build_text(&b, "u.");
    import_pickle("pickle: one name of 700,000 bytes, 4,096 times", &b);
    for (i = 0; i < 300000; i++) {
        build_u8(&b, '(');
    }
    import_pickle("pickle: 300,000 marks", &b);
    for (i = 0; i < 300000; i++) {
        build_text(&b, "]");
    }
    for (i = 0; i < 299999; i++) {
        build_text(&b, "a");
    }
    build_u8(&b, '.');
    import_pickle("pickle: lists 300,000 deep", &b);
}

/* Verifies: NEV-SAFE-009 (zip: as many entries as may be; a zip64 end that promises 2^63) */
static void test_zip(void **state)
{
    struct build_zip z;
    char name[64];
    unsigned i;

    (void)state;
    memset(&z, 0, sizeof z);
    for (i = 0; i < 8192; i++) {
        snprintf(name, sizeof name, "m/data/%05u", i);
        build_zip_add(&z, name, "", 0);
    }
    build_zip_end(&z);
    import("zip: 8,192 entries", z.out.p, z.out.len);
    build_zip_free(&z);
    z.is_zip64 = true;
    build_zip_add(&z, "m/data.pkl", "}.", 2);
    build_zip_end(&z);
    for (i = 0; i < 3; i++) {
        nev_store_u64le(z.out.p + z.out.len - 98 + 24 + 8 * i, (uint64_t)1 << 63);
    }
    import("zip: zip64 promises 2^63", z.out.p, z.out.len);
    build_zip_free(&z);
}

/* Verifies: NEV-SAFE-009 (ONNX: messages in messages; a chain of Identity nodes that everything refers to) */
static void test_onnx(void **state)
{
    struct build g = {NULL, 0, 0}, m = {NULL, 0, 0}, node;
    char text[32];
    unsigned i;

    (void)state;
    build_pb_int(&m, 1, 8);
    for (i = 0; i < 2000; i++) {
        struct build outer = {NULL, 0, 0};

        build_pb_bytes(&outer, 1, g.p, g.len);
        build_free(&g);
        g = outer;
    }
    build_pb_bytes(&m, 7, g.p, g.len);
    build_pb_bytes(&m, 8, "\x10\x0D", 2); /* opset 13 */
    import("onnx: 2,000 messages in messages", m.p, m.len);
    build_free(&m);
    build_free(&g);
    for (i = 0; i < 4096; i++) {
        memset(&node, 0, sizeof node);
        build_pb_text(&node, 4, i < 4 ? "Identity" : "Conv");
        snprintf(text, sizeof text, "v%u", i);
        build_pb_text(&node, 1, i == 0 ? "w" : i == 4 ? "in" : text);
        if (i >= 4) {
            build_pb_text(&node, 1, "v4"); /* the weights, behind all the Identity nodes */
        }
        snprintf(text, sizeof text, "v%u", i + 1);
        build_pb_text(&node, 2, text);
        build_pb_bytes(&g, 1, node.p, node.len);
        build_free(&node);
    }
    memset(&node, 0, sizeof node);
    build_pb_text(&node, 1, "in");
    build_pb_bytes(&g, 11, node.p, node.len);
    build_free(&node);
    for (i = 0; i < 4; i++) {
        build_pb_int(&node, 1, 1);
    }
    build_pb_int(&node, 2, 1);
    build_pb_text(&node, 8, "w");
    build_pb_bytes(&node, 9, "\0\0\0\0", 4);
    build_pb_bytes(&g, 5, node.p, node.len);
    build_free(&node);
    build_pb_int(&m, 1, 8);
    build_pb_bytes(&m, 7, g.p, g.len);
    build_pb_bytes(&m, 8, "\x10\x0D", 2); /* opset 13 */
    import("onnx: 4,092 layers, weights behind Identity nodes", m.p, m.len);
    build_free(&m);
    build_free(&g);
}

static void table(const char *name, const struct build *b)
{
    struct nev_csv csv;
    struct nev_error err;
    uint64_t start = fuzz_edges();
    size_t col;
    enum nev_status s = nev_csv_open(&csv, b->p, b->len, true, ',', &err);

    if (s == NEV_OK) {
        float *out = malloc((csv.rows * csv.cols + 1) * sizeof *out);

        assert_non_null(out);
        s = nev_csv_column(&csv, "x", &col, &err);
        s = nev_csv_read_f32(&csv, 0, csv.cols, out, csv.rows * csv.cols, &err);
        free(out);
    }
    assert_true(s < NEV_STATUS_LEN);
    report(name, fuzz_edges() - start, b->len, MULTIPLE_CSV, 20000);
}

/* Verifies: NEV-SAFE-009 (CSV: one line of a million cells; numbers of a million digits; numbers that cost the most a byte) */
static void test_csv(void **state)
{
    struct build b = {NULL, 0, 0};
    unsigned i;

    (void)state;
    for (i = 0; i < 500000; i++) {
        build_text(&b, "a,");
    }
    table("csv: one line of 500,001 cells", &b);
    build_free(&b);
    build_text(&b, "x\n0.");
    for (i = 0; i < 1000000; i++) {
        build_u8(&b, '1');
    }
    table("csv: a number of 1,000,000 digits", &b);
    build_free(&b);
    build_text(&b, "x\n");
    for (i = 0; i < 3000; i++) {
        build_text(&b, i % 2 ? "3e-310\n" : "7e-323\n");
    }
    table("csv: 3,000 tiny numbers", &b);
    build_free(&b);
    build_text(&b, "x\n1e-999999999999999999999999\n1e999999999999999999999\n");
    table("csv: absurd exponents", &b);
    build_free(&b);
}

/* Verifies: NEV-SAFE-009 (npy: a shape beyond memory, a header of blanks; EXIF: a directory that states 65,535 entries) */
static void test_small(void **state)
{
    static uint8_t bytes[70000] = "\x93NUMPY\2";
    static const char huge[] =
        "{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551615, 18446744073709551615), }";
    struct nev_npy npy;
    struct nev_error err;
    uint64_t start;
    unsigned pass;

    (void)state;
    for (pass = 0; pass < 2; pass++) {
        nev_store_u32le(bytes + 8, pass == 0 ? 60000 : 0xFFFFFFFF);
        memset(bytes + 12, ' ', 60000);
        memcpy(bytes + 12, huge, sizeof huge - 1);
        start = fuzz_edges();
        assert_int_not_equal(nev_npy_open(&npy, bytes, sizeof bytes, &err), NEV_OK);
        report("npy: huge shape", fuzz_edges() - start, sizeof bytes, MULTIPLE_NPY, 2000);
    }
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, "II*\0\10\0\0\0\xFF\xFF", 10);
    start = fuzz_edges();
    assert_int_equal(nev_exif_orientation(bytes, sizeof bytes), 1);
    report("exif: 65,535 entries", fuzz_edges() - start, sizeof bytes, MULTIPLE_EXIF, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jpeg),   cmocka_unit_test(test_png),   cmocka_unit_test(test_inflate),
        cmocka_unit_test(test_pickle), cmocka_unit_test(test_zip),   cmocka_unit_test(test_onnx),
        cmocka_unit_test(test_csv),    cmocka_unit_test(test_small),
    };

    return cmocka_run_group_tests_name("bounds", tests, NULL, NULL);
}
