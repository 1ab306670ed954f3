/* SPDX-License-Identifier: MIT */
#include "io/pnm.h"

#include <stdbool.h>
#include <string.h>

#include "nn/base/bytes.h"
#include "nn/base/size.h"

#define NUMBER_MAX 99999999u /* larger than any side or maximum allowed; keeps the sum below 2^32 */

struct pnm {
    const uint8_t *mem;
    size_t bytes, at;
    uint32_t channels, width, height, max;
    size_t samples; /* in all */
};

/* What these programs call white space: pgm(5) names blanks, TABs, CRs, LFs; C's isspace adds VT and FF. */
static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static enum nev_status truncated(const struct pnm *p, struct nev_error *err)
{
    return nev_fail(err, NEV_ERR_TRUNCATED, p->bytes, "header",
                    "the PNM ends within its header; the file is cut off, copy it again");
}

/* White space and comments, then a decimal number. */
static enum nev_status read_number(struct pnm *p, const char *name, uint32_t *value, struct nev_error *err)
{
    bool is_comment = false;
    size_t start;

    for (; p->at < p->bytes; p->at++) {
        uint8_t c = p->mem[p->at];

        if (is_comment) {
            is_comment = c != '\n' && c != '\r';
        } else if (c == '#') {
            is_comment = true;
        } else if (!is_space(c)) {
            break;
        }
    }
    *value = 0;
    for (start = p->at; p->at < p->bytes && p->mem[p->at] >= '0' && p->mem[p->at] <= '9'; p->at++) {
        *value = *value * 10 + (uint32_t)(p->mem[p->at] - '0');
        if (*value > NUMBER_MAX) {
            return nev_fail(err, NEV_ERR_LIMIT, start, name, "a number in the PNM header is too large");
        }
    }
    if (p->at == p->bytes) {
        return truncated(p, err);
    }
    if (p->at == start) {
        return nev_fail(err, NEV_ERR_FORMAT, start, name, "the PNM header has no decimal number here");
    }
    return NEV_OK;
}

static enum nev_status read_magic(struct pnm *p, struct nev_error *err)
{
    char name[3] = {'P', '?', '\0'};

    if (p->bytes >= 1 && p->mem[0] != 'P') {
        return nev_fail(err, NEV_ERR_FORMAT, 0, "magic", "the bytes do not begin like a PNM (P5 or P6)");
    }
    if (p->bytes < 3) {
        return truncated(p, err);
    }
    name[1] = (char)p->mem[1];
    if (memchr("12347fF", p->mem[1], 7) != NULL) {
        return nev_fail(err, NEV_ERR_UNSUPPORTED, 0, name,
                        "of the PNM family only P5 (grey) and P6 (colour) are read; convert it");
    }
    if ((p->mem[1] != '5' && p->mem[1] != '6') || (!is_space(p->mem[2]) && p->mem[2] != '#')) {
        return nev_fail(err, NEV_ERR_FORMAT, 0, "magic", "the bytes do not begin like a PNM (P5 or P6)");
    }
    p->channels = p->mem[1] == '5' ? 1 : 3;
    p->at = 2;
    return NEV_OK;
}

static enum nev_status check_sizes(struct pnm *p, uint64_t max_pixels, struct nev_error *err)
{
    size_t raster, left = p->bytes - p->at;

    if (p->width == 0 || p->height == 0) {
        return nev_fail(err, NEV_ERR_FORMAT, 2, "width, height", "width or height is 0");
    }
    if (p->max == 0 || p->max > 65535) {
        return nev_fail(err, NEV_ERR_FORMAT, 2, "maximum", "the largest sample value is not in 1..65535");
    }
    if (p->width > NEV_IMAGE_SIDE_MAX || p->height > NEV_IMAGE_SIDE_MAX ||
        (uint64_t)p->width * p->height > max_pixels) {
        return nev_fail(err, NEV_ERR_LIMIT, 2, "width, height",
                        "the picture has more pixels than allowed; scale it down");
    }
    if (!nev_size_mul(p->width, p->height, &p->samples) ||
        !nev_size_mul(p->samples, p->channels, &p->samples) ||
        !nev_size_mul(p->samples, p->max > 255 ? 2 : 1, &raster) || p->samples > SIZE_MAX / 3) {
        return nev_fail(err, NEV_ERR_LIMIT, 2, "width, height",
                        "the picture does not fit this machine's memory; scale it down");
    }
    if (left < raster) {
        return nev_fail(err, NEV_ERR_TRUNCATED, p->bytes, "samples",
                        "the PNM ends within its samples; the file is cut off, copy it again");
    }
    if (left > raster) {
        return nev_fail(err, NEV_ERR_UNSUPPORTED, p->at + raster, "samples",
                        "bytes follow the samples: one PNM picture a file, and nothing else");
    }
    return NEV_OK;
}

static enum nev_status parse(struct pnm *p, const void *mem, size_t bytes, uint64_t max_pixels,
                             struct nev_error *err)
{
    enum nev_status status;

    memset(p, 0, sizeof *p);
    p->mem = mem;
    p->bytes = bytes;
    status = read_magic(p, err);
    if (status == NEV_OK) {
        status = read_number(p, "width", &p->width, err);
    }
    if (status == NEV_OK) {
        status = read_number(p, "height", &p->height, err);
    }
    if (status == NEV_OK) {
        status = read_number(p, "maximum", &p->max, err);
    }
    if (status != NEV_OK) {
        return status;
    }
    /* Exactly one: the next byte may be a sample that looks like white space. */
    if (!is_space(p->mem[p->at])) {
        return nev_fail(err, NEV_ERR_FORMAT, p->at, "maximum", "no white space follows the PNM header");
    }
    p->at++;
    return check_sizes(p, max_pixels, err);
}

enum nev_status nev_pnm_probe(const void *mem, size_t bytes, uint64_t max_pixels, struct nev_image_info *info,
                              struct nev_error *err)
{
    struct pnm p;
    enum nev_status status = parse(&p, mem, bytes, max_pixels, err);

    memset(info, 0, sizeof *info);
    if (status == NEV_OK) {
        info->format = NEV_IMAGE_PNM;
        info->width = info->upright_width = p.width;
        info->height = info->upright_height = p.height;
        info->orientation = 1;
        info->raw_channels = p.channels;
        info->raw_bytes = p.samples;
        info->rgb_bytes = p.samples / p.channels * 3;
    }
    return status;
}

/* Each sample written `copies` times: 3 makes RGB of grey. */
static enum nev_status read_samples(const struct pnm *p, uint8_t *out, unsigned copies, struct nev_error *err)
{
    const uint8_t *from = p->mem + p->at;
    size_t i, width = p->max > 255 ? 2 : 1;
    unsigned k;

    for (i = 0; i < p->samples; i++, from += width) {
        uint32_t v = width == 2 ? nev_load_u16be(from) : *from;

        if (v > p->max) {
            return nev_fail(err, NEV_ERR_VALUE, (uint64_t)(from - p->mem), "samples",
                            "a sample is above the maximum the PNM header states");
        }
        v = (255 * v + p->max / 2) / p->max; /* Bounds: at most 255 * 65535 + 32767 < 2^24 */
        for (k = 0; k < copies; k++) {
            *out++ = (uint8_t)v;
        }
    }
    return NEV_OK;
}

enum nev_status nev_pnm_decode(const void *mem, size_t bytes, const struct nev_image_info *info,
                               enum nev_image_mode mode, uint8_t *out, size_t out_bytes, void *scratch,
                               size_t scratch_bytes, struct nev_error *err)
{
    struct pnm p;
    size_t needed = mode == NEV_IMAGE_RAW ? info->raw_bytes : info->rgb_bytes;
    enum nev_status status = parse(&p, mem, bytes, UINT64_MAX, err);

    (void)scratch;
    (void)scratch_bytes;
    if (status == NEV_OK && (p.width != info->width || p.height != info->height ||
                             p.samples != info->raw_bytes || p.samples / p.channels * 3 != info->rgb_bytes)) {
        status =
            nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "info", "info was probed from another picture");
    }
    if (status == NEV_OK && out_bytes < needed) {
        status =
            nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "out", "the buffer is smaller than probe asked for");
    }
    if (status == NEV_OK) {
        status = read_samples(&p, out, mode == NEV_IMAGE_RGB && p.channels == 1 ? 3 : 1, err);
    }
    if (status != NEV_OK && out_bytes > 0) {
        memset(out, 0, out_bytes < needed ? out_bytes : needed);
    }
    return status;
}
