/* SPDX-License-Identifier: MIT */
#include "io/image.h"

#include <stdbool.h>
#include <string.h>

#include "io/jpeg.h"
#include "io/png.h"
#include "io/pnm.h"

#define MAGIC_MAX 8

/* How formats begin. Those that are not read are named, so that a refusal says what to convert. */
struct magic {
    const char *name;
    size_t at;
    uint8_t len;
    uint8_t bytes[MAGIC_MAX];
    enum nev_image_format format;
};

/* Two bytes suffice for a JPEG and four for a PNG: a damaged remainder is then reported by their own readers.
 */
static const struct magic magics[] = {
    {"JPEG", 0, 2, {0xFF, 0xD8}, NEV_IMAGE_JPEG},
    {"PNG", 0, 4, {0x89, 'P', 'N', 'G'}, NEV_IMAGE_PNG},
    {"PNM", 0, 2, {'P', '1'}, NEV_IMAGE_PNM},
    {"PNM", 0, 2, {'P', '2'}, NEV_IMAGE_PNM},
    {"PNM", 0, 2, {'P', '3'}, NEV_IMAGE_PNM},
    {"PNM", 0, 2, {'P', '4'}, NEV_IMAGE_PNM},
    {"PNM", 0, 2, {'P', '5'}, NEV_IMAGE_PNM},
    {"PNM", 0, 2, {'P', '6'}, NEV_IMAGE_PNM},
    {"PNM", 0, 3, {'P', '7', '\n'}, NEV_IMAGE_PNM},
    {"PNM", 0, 3, {'P', 'f', '\n'}, NEV_IMAGE_PNM},
    {"PNM", 0, 3, {'P', 'F', '\n'}, NEV_IMAGE_PNM},
    {"GIF", 0, 4, {'G', 'I', 'F', '8'}, NEV_IMAGE_NONE},
    {"BMP", 0, 2, {'B', 'M'}, NEV_IMAGE_NONE},
    {"TIFF", 0, 4, {'I', 'I', '*', 0}, NEV_IMAGE_NONE},
    {"TIFF", 0, 4, {'M', 'M', 0, '*'}, NEV_IMAGE_NONE},
    {"WebP", 8, 4, {'W', 'E', 'B', 'P'}, NEV_IMAGE_NONE},
    {"HEIF or AVIF", 4, 4, {'f', 't', 'y', 'p'}, NEV_IMAGE_NONE},
    {"JPEG 2000", 0, 8, {0, 0, 0, 12, 'j', 'P', ' ', ' '}, NEV_IMAGE_NONE},
    {"JPEG 2000", 0, 4, {0xFF, 0x4F, 0xFF, 0x51}, NEV_IMAGE_NONE},
    {"DICOM", 128, 4, {'D', 'I', 'C', 'M'}, NEV_IMAGE_NONE},
    {"PDF", 0, 4, {'%', 'P', 'D', 'F'}, NEV_IMAGE_NONE},
    {"zip", 0, 4, {'P', 'K', 3, 4}, NEV_IMAGE_NONE},
    {"gzip", 0, 2, {0x1F, 0x8B}, NEV_IMAGE_NONE},
};

/* Whether the bytes are all of the beginning of a format that is read, or nothing at all. */
static bool is_cut_off(const uint8_t *mem, size_t bytes)
{
    size_t i;

    for (i = 0; bytes > 0 && i < sizeof magics / sizeof *magics; i++) {
        const struct magic *m = &magics[i];

        if (m->format != NEV_IMAGE_NONE && bytes < m->len && memcmp(mem, m->bytes, bytes) == 0) {
            return true;
        }
    }
    return bytes == 0;
}

/* The format of the bytes; NONE with an error that says what they are instead. */
static enum nev_image_format sniff(const uint8_t *mem, size_t bytes, struct nev_error *err)
{
    size_t i;

    for (i = 0; i < sizeof magics / sizeof *magics; i++) {
        const struct magic *m = &magics[i];

        if (bytes < m->at + m->len || memcmp(mem + m->at, m->bytes, m->len) != 0) {
            continue;
        }
        if (m->format == NEV_IMAGE_NONE) {
            nev_fail(err, NEV_ERR_UNSUPPORTED, 0, m->name,
                     "this format is not read; convert the picture to PNG, or to JPEG if it was one before");
        }
        return m->format;
    }
    if (is_cut_off(mem, bytes)) {
        nev_fail(err, NEV_ERR_TRUNCATED, bytes, "first bytes",
                 "the file is empty, or ends before it can be told what it is; copy it again");
    } else {
        nev_fail(err, NEV_ERR_FORMAT, 0, "first bytes",
                 "the bytes begin like no JPEG, PNG, PGM (P5) or PPM (P6)");
    }
    return NEV_IMAGE_NONE;
}

enum nev_status nev_image_probe(const void *mem, size_t bytes, uint64_t max_pixels,
                                struct nev_image_info *info, struct nev_error *err)
{
    struct nev_error found = {0};

    memset(info, 0, sizeof *info);
    switch (sniff(mem, bytes, &found)) {
    case NEV_IMAGE_JPEG:
        return nev_jpeg_probe(mem, bytes, max_pixels, info, err);
    case NEV_IMAGE_PNG:
        return nev_png_probe(mem, bytes, max_pixels, info, err);
    case NEV_IMAGE_PNM:
        return nev_pnm_probe(mem, bytes, max_pixels, info, err);
    case NEV_IMAGE_NONE:
        break;
    }
    return nev_fail(err, found.status, found.offset, found.name, found.what);
}

enum nev_status nev_image_decode(const void *mem, size_t bytes, const struct nev_image_info *info,
                                 enum nev_image_mode mode, uint8_t *out, size_t out_bytes, void *scratch,
                                 size_t scratch_bytes, struct nev_error *err)
{
    size_t needed = mode == NEV_IMAGE_RAW ? info->raw_bytes : info->rgb_bytes;
    struct nev_error found = {0};
    enum nev_image_format format = sniff(mem, bytes, &found);

    if (format != NEV_IMAGE_NONE && format == info->format) {
        switch (format) {
        case NEV_IMAGE_PNG:
            return nev_png_decode(mem, bytes, info, mode, out, out_bytes, scratch, scratch_bytes, err);
        case NEV_IMAGE_PNM:
            return nev_pnm_decode(mem, bytes, info, mode, out, out_bytes, scratch, scratch_bytes, err);
        case NEV_IMAGE_JPEG:
            return nev_jpeg_decode(mem, bytes, info, mode, out, out_bytes, scratch, scratch_bytes, err);
        case NEV_IMAGE_NONE:
            break;
        }
    }
    if (out_bytes > 0) {
        memset(out, 0, out_bytes < needed ? out_bytes : needed);
    }
    return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "info", "info was probed from another picture");
}
