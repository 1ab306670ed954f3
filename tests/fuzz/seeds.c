/* SPDX-License-Identifier: MIT */
/*
 * seeds.c - makes the seed corpora of all readers: `seeds FOLDER [SHARED]` writes FOLDER/READER/NAME.
 *
 * Everything comes from the project's own writers, but for the pictures of SHARED/images, if given, each copied to its
 * reader. Files of more than 64 KiB are left out: they slow fuzzing down and show nothing smaller ones do not.
 */
#include "tests/fuzz/seeds.h"

#include "tests/support/test.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/deflate.h"
#include "io/png_write.h"
#include "tests/io/png_encoder.h"
#include "tests/support/jpeg_writer.h"

#define SEED_MAX 65536u

static const char *folder;

static void make_folder(const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "cannot make %s\n", path);
        exit(2);
    }
}

void seed(const char *reader, const char *name, const void *data, size_t bytes)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, reader);
    make_folder(path);
    snprintf(path, sizeof path, "%s/%s/%s", folder, reader, name);
    f = fopen(path, "wb");
    if (f == NULL || fwrite(data, 1, bytes, f) != bytes || fclose(f) != 0) {
        fprintf(stderr, "cannot write %s\n", path);
        exit(2);
    }
}

static void seed_jpeg(const char *name, const struct nev_test_jpeg *plan)
{
    static uint8_t out[NEV_TEST_JPEG_BYTES];
    size_t bytes = nev_test_jpeg_write(plan, out);

    seed("jpeg", name, out, bytes);
    if (plan->width < 20) {
        seed("image", name, out, bytes);
    }
}

/* Small pictures of every kind the writer knows. */
static void seed_jpegs(void)
{
    unsigned c, i, o;
    char name[64];

    for (c = 1; c <= 4; c++) {
        for (i = 0; i < 8 && c != 2; i++) {
            struct nev_test_jpeg plan = nev_test_jpeg_plan(17 + 8 * (i % 3), 9 + i, c);

            plan.is_progressive = (i & 1) != 0;
            plan.is_split = (i & 2) != 0;
            plan.restart = i & 4 ? 2 : 0;
            plan.has_jfif = i == 0;
            plan.adobe = i == 4 ? (int)c % 3 : -1;
            plan.filler_len = i == 6;
            plan.filler = 0xFF;
            snprintf(name, sizeof name, "own-%u-%u.jpg", c, i);
            seed_jpeg(name, &plan);
        }
    }
    for (o = 1; o <= 8; o++) {
        struct nev_test_jpeg plan = nev_test_jpeg_plan(5, 3, 3);

        plan.orientation = o;
        plan.is_exif_big = o % 2 == 0;
        snprintf(name, sizeof name, "own-exif-%u.jpg", o);
        seed_jpeg(name, &plan);
    }
}

static void seed_pngs(void)
{
    static const struct {
        unsigned colour, depth;
    } kinds[] = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16},
                 {3, 1}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16}};
    static struct file f;
    static uint8_t rows[20000], palette[768];
    unsigned i, lace;
    char name[64];
    uint64_t state = 7;

    for (i = 0; i < sizeof palette; i++) {
        palette[i] = (uint8_t)nev_test_random(&state);
    }
    for (i = 0; i < 2 * sizeof kinds / sizeof kinds[0]; i++) {
        struct samples s = {0};
        unsigned colour = kinds[i / 2].colour, depth = kinds[i / 2].depth, k, n;

        lace = i % 2;
        s.width = 9;
        s.height = 7;
        s.depth = depth;
        s.channels = channels_of(colour);
        for (k = 0; k < s.width * s.height * s.channels; k++) {
            s.v[k] = (uint16_t)(nev_test_random(&state) & ((1u << depth) - 1));
        }
        put_start(&f, s.width, s.height, depth, colour, lace != 0);
        if (colour == 3) {
            put_chunk(&f, "PLTE", palette, 3u << depth);
            put_chunk(&f, "tRNS", palette, 1u << (depth - 1));
        } else if (colour == 0 || colour == 2) {
            put_chunk(&f, "tRNS", palette, colour == 0 ? 2 : 6);
        }
        n = (unsigned)put_rows(&s, lace != 0, i % 5, rows);
        put_end(&f, rows, n, 50);
        snprintf(name, sizeof name, "own-%u-%u-%u.png", colour, depth, lace);
        seed("png", name, f.bytes, f.len);
        seed("image", name, f.bytes, f.len);
    }
}

/* Rows as zlib streams, and deflate's own: stored, fixed, dynamic; the first four bytes are for fuzz_inflate.c. */
static void seed_stream(const char *name, const uint8_t *data, size_t bytes)
{
    struct nev_deflate *work = malloc(sizeof *work);
    struct nev_error err;
    uint8_t *out;
    size_t bound = 0, written = 0;

    assert_non_null(work);
    assert_true(nev_deflate_bound(bytes, &bound));
    out = malloc(bound + 4);
    assert_non_null(out);
    assert_int_equal(nev_deflate_zlib(work, data, bytes, out + 4, bound, &written, &err), NEV_OK);
    memcpy(out, "\1\x35\0\0", 4);
    out[2] = (uint8_t)(bytes >> 8);
    out[3] = (uint8_t)bytes;
    seed("inflate", name, out, written + 4);
    free(out);
    free(work);
}

/* A 23 x 11 picture by each of the library's writers. */
static void seed_written(void)
{
    static uint8_t pixels[23 * 11 * 3];
    struct nev_picture picture = {pixels, 23, 11, 3};
    struct nev_error err;
    uint64_t state = 3;
    size_t bytes, scratch_bytes, written, i;
    uint8_t *out;
    void *scratch;

    for (i = 0; i < sizeof pixels; i++) {
        pixels[i] = (uint8_t)(i / 7 + nev_test_random(&state) % 5);
    }
    assert_int_equal(nev_png_write_sizes(&picture, &bytes, &scratch_bytes, &err), NEV_OK);
    out = malloc(bytes);
    scratch = aligned_alloc(64, (scratch_bytes + 63) / 64 * 64);
    assert_true(out != NULL && scratch != NULL);
    assert_int_equal(nev_png_write(&picture, out, bytes, scratch, scratch_bytes, &written, &err), NEV_OK);
    seed("png", "own-written.png", out, written);
    free(out);
    free(scratch);
    seed_stream("mixed", pixels, sizeof pixels);
    seed_stream("zeros", (const uint8_t *)"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    seed_stream("one", (const uint8_t *)"a", 1);
    seed_stream("text", (const uint8_t *)"to be or not to be, that is the question: to be", 47);
    seed("inflate", "stored",
         "\0\0\0\4\1\3\0\xFC\xFF"
         "abc",
         12);
}

static void seed_text(const char *reader, const char *name, const char *text)
{
    seed(reader, name, text, strlen(text));
}

static void seed_tables(void)
{
    static const char *const csvs[] = {
        "\1a,b\n1,2\n3,4\n",
        "@1.5,-2e3,nan\r\ninf,0x,\"a\"\"b\"\r\n",
        "\3x;y\n1;\"2\n3\"\n",
        "\5l\tm\n\t\n",
        "@\xEF\xBB\xBF"
        "123456789012345678901234567890,1e-320,9223372036854775807\n",
        "@1.7976931348623157e308,4.9e-324,2.2250738585072011e-308\n-0,+0.0,1e400\n",
        "@\"never closed",
        "@a\"b\n",
        "@a,b\nc\n",
        "@0.1,1e23,8.41e21,9007199254740993\n",
        "A,\n,\n",
        "@\"\"\n\"\"\n",
    };
    static const char *const headers[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }",
        "{'descr': '>f8', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (24,), }",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (3, 1), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
        "{'descr': '|b1', 'fortran_order': False, 'shape': (4, 6), }",
        "{'shape': (12,), 'descr': '<i2', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (), }",
        "{'descr': '<u4', 'fortran_order': False, 'shape': (0, 6), }",
    };
    uint8_t npy[256];
    char name[64];
    size_t i, len;

    for (i = 0; i < sizeof csvs / sizeof csvs[0]; i++) {
        snprintf(name, sizeof name, "own-%zu.csv", i);
        seed_text("csv", name, csvs[i]);
    }
    for (i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        len = strlen(headers[i]);
        memset(npy, 0, sizeof npy);
        memcpy(npy, "\x93NUMPY\1\0", 8);
        npy[8] = (uint8_t)(118 & 0xFF);
        memset(npy + 10, ' ', 117);
        memcpy(npy + 10, headers[i], len);
        npy[127] = '\n';
        nev_store_u32le(npy + 128, 0x3F800000);
        nev_store_u32le(npy + 132, 0x7FC00000);
        snprintf(name, sizeof name, "own-%zu.npy", i);
        seed("npy", name, npy, 128 + 24);
    }
}

static void seed_pnms(void)
{
    seed_text("pnm", "a.ppm", "P6\n2 2\n255\nabcdefghijkl");
    seed_text("pnm", "b.pgm", "P5 # comment\n3 1 255 abc");
    seed("pnm", "c.pgm", "P5\n2 1\n65535\n\1\2\3\4", 18);
    seed("pnm", "d.ppm", "P6\n1 1\n7\n\1\2\7", 12);
    seed_text("pnm", "e.pbm", "P4\n8 1\nx");
    seed_text("image", "a.ppm", "P6\n2 2\n255\nabcdefghijkl");
    seed_text("image", "b.pgm", "P5 # comment\n3 1 255 abc");
    seed_text("image", "gif", "GIF89a........");
    seed("image", "webp", "RIFF\0\0\0\0WEBPVP8 ", 16);
}

static void seed_exif(void)
{
    static const uint8_t little[] =
        "II*\0\10\0\0\0\2\0\17\1\2\0\1\0\0\0A\0\0\0\22\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0";
    static const uint8_t big[] = "MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0\10\0\0\0\0\0\0";

    seed("exif", "little", little, sizeof little - 1);
    seed("exif", "big", big, sizeof big - 1);
}

/* Copies the files of one folder that a reader should see. */
static void copy_folder(const char *path, const char *reader)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    struct stat st;
    char inner[9000], name[300];
    uint8_t *data;
    size_t bytes;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.' || stat(inner, &st) != 0) {
            continue;
        }
        if (S_ISREG(st.st_mode) && st.st_size <= SEED_MAX &&
            strstr(entry->d_name, reader[0] == 'j' ? ".jp" : ".png") != NULL) {
            data = nev_test_read(inner, &bytes);
            snprintf(name, sizeof name, "%.8s-%.280s", strrchr(path, '/') + 1, entry->d_name);
            seed(reader, name, data, bytes);
            free(data);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

/* SHARED/images/KIND has one folder for each origin. */
static void copy_images(const char *shared, const char *reader)
{
    char path[4096], inner[8192];
    struct dirent *entry;
    DIR *dir;

    snprintf(path, sizeof path, "%s/images/%s", shared, reader);
    dir = opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
            copy_folder(inner, reader);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: seeds FOLDER [SHARED]\n");
        return 2;
    }
    folder = argv[1];
    make_folder(folder);
    seed_jpegs();
    seed_pngs();
    seed_written();
    seed_pnms();
    seed_exif();
    seed_tables();
    seed_imports();
    seed_models();
    if (argc > 2) {
        copy_images(argv[2], "jpeg");
        copy_images(argv[2], "png");
    }
    return 0;
}
