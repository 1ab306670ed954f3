/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/image.h"
#include "nn/base/crc32.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/files/files.h"
#include "tools/networks/pipeline.h"

struct values {
    const char *out;
    bool is_raw, is_crc;
};

static const struct values defaults;

static const struct nev_option options[] = {
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, out), "FILE",
     "write the pixels: PGM, PPM, or PAM where there are four samples a pixel", 0, 0, NULL},
    {"raw", 0, NEV_OPTION_FLAG, offsetof(struct values, is_raw), NULL,
     "the rows as stored: no EXIF orientation, grey as one sample, CMYK as four, PNG as R, G, B, A", 0, 0,
     NULL},
    {"crc", 0, NEV_OPTION_FLAG, offsetof(struct values, is_crc), NULL,
     "print the CRC-32 of the pixels and nothing else (several images: and the file's name)", 0, 0, NULL},
    NEV_OPTION_END,
};

/* A decoded picture. */
struct picture {
    struct nev_image_info info;
    uint8_t *pixels;
    size_t bytes;
    uint32_t width, height, channels;
};

static enum nev_status decode(const struct nev_file *file, bool is_raw, struct picture *p,
                              struct nev_error *err)
{
    enum nev_status status = nev_image_probe(file->data, file->bytes, NEV_IMAGE_PIXELS_MAX, &p->info, err);
    void *scratch;

    if (status != NEV_OK) {
        return status;
    }
    p->width = is_raw ? p->info.width : p->info.upright_width;
    p->height = is_raw ? p->info.height : p->info.upright_height;
    p->channels = is_raw ? p->info.raw_channels : 3;
    p->bytes = is_raw ? p->info.raw_bytes : p->info.rgb_bytes;
    p->pixels = nev_memory_take(p->bytes, 1);
    scratch = nev_memory_take(p->info.scratch_bytes, 1);
    if (p->pixels == NULL || scratch == NULL) {
        status =
            nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL, "not enough memory to decode the picture");
    } else {
        status = nev_image_decode(file->data, file->bytes, &p->info, is_raw ? NEV_IMAGE_RAW : NEV_IMAGE_RGB,
                                  p->pixels, p->bytes, scratch, p->info.scratch_bytes, err);
    }
    nev_memory_give(scratch);
    return status;
}

static enum nev_exit write_picture(const struct picture *p, const char *path)
{
    struct nev_writer w;
    struct nev_error err;
    char header[160];
    int n;

    if (p->channels == 1 || p->channels == 3) {
        n = snprintf(header, sizeof header, "P%c\n%" PRIu32 " %" PRIu32 "\n255\n",
                     p->channels == 1 ? '5' : '6', p->width, p->height);
    } else {
        n = snprintf(
            header, sizeof header,
            "P7\nWIDTH %" PRIu32 "\nHEIGHT %" PRIu32 "\nDEPTH %" PRIu32 "\nMAXVAL 255\nTUPLTYPE %s\nENDHDR\n",
            p->width, p->height, p->channels, p->info.format == NEV_IMAGE_PNG ? "RGB_ALPHA" : "CMYK");
    }
    if (nev_writer_open(&w, path, &err) != NEV_OK || nev_writer_put(&w, header, (size_t)n, &err) != NEV_OK ||
        nev_writer_put(&w, p->pixels, p->bytes, &err) != NEV_OK || nev_writer_commit(&w, &err) != NEV_OK) {
        return nev_report_output(path, &err);
    }
    return NEV_EXIT_OK;
}

static void describe(const char *path, const struct picture *p)
{
    static const char *const formats[] = {"?", "JPEG", "PNG", "PNM"};
    char name[1024];

    nev_text_safe(path, name, sizeof name);
    printf("%s: %s, %" PRIu32 " x %" PRIu32 " pixels as stored, %" PRIu32
           " sample%s each, EXIF orientation %" PRIu32 ", upright %" PRIu32 " x %" PRIu32
           ", CRC-32 %08" PRIx32 "\n",
           name, formats[p->info.format], p->info.width, p->info.height, p->info.raw_channels,
           p->info.raw_channels == 1 ? "" : "s", p->info.orientation, p->info.upright_width,
           p->info.upright_height, nev_crc32(0, p->pixels, p->bytes));
}

static enum nev_exit do_image(const struct values *v, const char *path, bool is_one)
{
    struct picture p;
    struct nev_file file;
    struct nev_error err;
    enum nev_exit code = NEV_EXIT_OK;
    char name[1024];

    memset(&p, 0, sizeof p);
    if (nev_file_read(&file, path, NEV_PICTURE_FILE_MAX, &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    if (decode(&file, v->is_raw, &p, &err) != NEV_OK) {
        code = nev_report(path, &err);
    } else if (v->is_crc) {
        nev_text_safe(path, name, sizeof name);
        printf("%08" PRIx32 "%s%s\n", nev_crc32(0, p.pixels, p.bytes), is_one ? "" : "  ",
               is_one ? "" : name);
    } else if (v->out == NULL) {
        describe(path, &p);
    }
    if (code == NEV_EXIT_OK && v->out != NULL) {
        code = write_picture(&p, v->out);
    }
    nev_memory_give(p.pixels);
    nev_file_close(&file);
    return code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const struct nev_collide collide = {{v->out}, {NULL}, args};
    enum nev_exit code, last = NEV_EXIT_OK;
    size_t i, bad = 0;

    if (v->out != NULL && args->len > 1) {
        return nev_report_text(NEV_EXIT_USAGE, "decode", "--out takes one image, not several");
    }
    if (v->out != NULL && v->is_crc && strcmp(v->out, "-") == 0) {
        return nev_report_text(NEV_EXIT_USAGE, "decode",
                               "standard output takes the pixels or the CRC, not both");
    }
    if ((code = nev_collide_check(&collide)) != NEV_EXIT_OK) {
        return code;
    }
    for (i = 0; i < args->len; i++) {
        code = do_image(v, args->text[i], args->len == 1);
        if (code == NEV_EXIT_MEMORY) {
            return code; /* a result must not depend on how much there was */
        }
        if (code != NEV_EXIT_OK) {
            last = code;
            bad++;
        }
    }
    return bad > 0 && bad < args->len ? NEV_EXIT_PARTIAL : last;
}

const struct nev_command nev_command_decode = {
    "decode",
    "show what the engine sees of a picture",
    "[--raw] [--crc] [-o OUT.ppm] IMAGE...",
    "Decodes JPEG, PNG or PNM, told apart by the first bytes, and prints size, orientation and the CRC-32 of "
    "the\n"
    "pixels, which are upright R, G, B, 8 bits each, unless --raw is given. IMAGE is a file, or - for "
    "standard\n"
    "input; OUT may be - for standard output.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    SIZE_MAX,
    run,
};
