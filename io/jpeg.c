/* SPDX-License-Identifier: MIT */
#include "io/jpeg.h"

#include <string.h>

#include "io/jpeg_parts.h"
#include "nn/base/size.h"

/* Where everything in the scratch memory lies; sizes and places come from this one function.
 * With base NULL only sizes are counted. Bounds: at most 4 components of 2^18 x 2^18 samples of 3 bytes: <
 * 2^41. */
struct layout {
    uint8_t *rows[NEV_JPEG_COMPONENTS_MAX]; /* upsampled, one of each component */
    uint8_t *raw, *rgb;                     /* one row of pixels */
    uint64_t coef_begin, coef_end;          /* bytes from base */
    uint64_t bytes;
};

static uint8_t *take(struct layout *at, uint8_t *base, uint64_t bytes)
{
    uint8_t *p = base == NULL ? NULL : base + at->bytes;

    at->bytes += (bytes + (NEV_ALIGN - 1)) / NEV_ALIGN * NEV_ALIGN;
    return p;
}

static void lay_out(struct nev_jpeg *j, uint8_t *base, struct layout *at)
{
    uint32_t i;

    memset(at, 0, sizeof *at);
    take(at, base,
         sizeof(struct nev_jpeg_tables)); /* first: decode puts it there before the sizes are known */
    for (i = 0; i < j->component_len; i++) {
        struct nev_jpeg_component *c = &j->components[i];

        c->plane = take(at, base, (uint64_t)c->stored_w * c->stored_h * NEV_JPEG_BLOCK);
        at->rows[i] = take(at, base, (uint64_t)j->mcus_w * j->h_max * 8);
    }
    at->raw = take(at, base, (uint64_t)j->width * 4);
    at->rgb = take(at, base, (uint64_t)j->width * 3);
    at->coef_begin = at->bytes;
    for (i = 0; i < j->component_len && j->is_progressive; i++) {
        struct nev_jpeg_component *c = &j->components[i];

        /* PORTABILITY: base is aligned to NEV_ALIGN and every part starts on a multiple of it. */
        c->coefs = (int16_t *)(void *)take(
            at, base, (uint64_t)c->stored_w * c->stored_h * NEV_JPEG_BLOCK * sizeof(int16_t));
    }
    at->coef_end = at->bytes;
}

static enum nev_status describe(struct nev_jpeg *j, struct nev_image_info *info)
{
    struct layout at;
    uint64_t pixels = (uint64_t)j->width * j->height;
    bool is_turned = j->orientation >= 5;

    lay_out(j, NULL, &at);
    if (at.bytes > SIZE_MAX || pixels * 4 > SIZE_MAX) {
        return nev_fail(j->err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "SOF",
                        "the picture is too large for this machine");
    }
    info->format = NEV_IMAGE_JPEG;
    info->width = j->width;
    info->height = j->height;
    info->upright_width = is_turned ? j->height : j->width;
    info->upright_height = is_turned ? j->width : j->height;
    info->orientation = j->orientation;
    info->raw_channels = j->component_len;
    info->rgb_bytes = (size_t)pixels * 3;
    info->raw_bytes = (size_t)pixels * j->component_len;
    info->scratch_bytes = (size_t)at.bytes;
    return NEV_OK;
}

enum nev_status nev_jpeg_probe(const void *mem, size_t bytes, uint64_t max_pixels,
                               struct nev_image_info *info, struct nev_error *err)
{
    struct nev_jpeg j = {.mem = mem, .bytes = bytes, .pixels_max = max_pixels, .err = err};
    enum nev_status status;

    memset(info, 0, sizeof *info);
    status = nev_jpeg_open(&j);
    return status == NEV_OK ? describe(&j, info) : status;
}

/* All scans up to EOI, and that they hold the whole picture. */
static enum nev_status read_scans(struct nev_jpeg *j)
{
    bool is_end = false;
    uint32_t i;

    while (!is_end) {
        enum nev_status status = nev_jpeg_scan_decode(j);

        if (status == NEV_OK) {
            status = nev_jpeg_next(j, &is_end);
        }
        if (status != NEV_OK) {
            return status;
        }
    }
    for (i = 0; i < j->component_len; i++) {
        const struct nev_jpeg_component *c = &j->components[i];

        if (!c->is_coded || (j->is_progressive && c->low_bit[0] < 0)) {
            return nev_fail(j->err, NEV_ERR_FORMAT, j->pos, "EOI",
                            "no scan of the file holds one of the components");
        }
    }
    return NEV_OK;
}

static void transform_coefs(struct nev_jpeg *j)
{
    uint32_t i, x, y;

    for (i = 0; i < j->component_len; i++) {
        const struct nev_jpeg_component *c = &j->components[i];
        size_t stride = (size_t)c->stored_w * 8;

        for (y = 0; y < c->blocks_h; y++) {
            for (x = 0; x < c->blocks_w; x++) {
                nev_jpeg_idct(c->coefs + ((size_t)y * c->stored_w + x) * NEV_JPEG_BLOCK, c->quant,
                              c->plane + (size_t)y * 8 * stride + (size_t)x * 8, stride);
            }
        }
    }
}

/*
 * Row y of an RGB picture to its upright place. Orientation 1..8 says where the first row and column of the
 * stored picture are: top left, top right, bottom right, bottom left; left top, right top, right bottom, left
 * bottom (Exif 2.32, 4.6.4). From 5 on, stored rows are columns.
 */
static void place_row(const struct nev_jpeg *j, const uint8_t *rgb, uint32_t y, uint8_t *out)
{
    uint32_t o = j->orientation;
    bool is_turned = o >= 5, is_x_back = o == 2 || o == 3 || o == 7 || o == 8;
    bool is_y_back = o == 3 || o == 4 || o == 6 || o == 7;
    size_t step = is_turned ? j->height : 1, line = is_turned ? 1 : j->width, x;

    out += 3 * line * (is_y_back ? j->height - 1 - y : y);
    for (x = 0; x < j->width; x++) {
        memcpy(out + 3 * step * (is_x_back ? j->width - 1 - x : x), rgb + 3 * x, 3);
    }
}

static void write_rows(const struct nev_jpeg *j, const struct layout *at, enum nev_image_mode mode,
                       uint8_t *out)
{
    const uint8_t *rows[NEV_JPEG_COMPONENTS_MAX] = {NULL, NULL, NULL, NULL};
    bool is_direct = mode == NEV_IMAGE_RAW || (j->component_len == 3 && j->orientation == 1);
    uint32_t y, i;

    for (y = 0; y < j->height; y++) {
        uint8_t *raw = is_direct ? out + (size_t)y * j->width * j->component_len : at->raw;

        for (i = 0; i < j->component_len; i++) {
            rows[i] = nev_jpeg_row_upsample(j, &j->components[i], y, at->rows[i]);
        }
        nev_jpeg_row_convert(j->colour, rows, j->width, raw);
        if (is_direct) {
            continue;
        }
        if (j->component_len == 3) {
            place_row(j, raw, y, out);
        } else {
            nev_jpeg_row_rgb(j->colour, raw, j->width, at->rgb);
            place_row(j, at->rgb, y, out);
        }
    }
}

static bool is_same_picture(const struct nev_image_info *a, const struct nev_image_info *b)
{
    return a->format == b->format && a->width == b->width && a->height == b->height &&
           a->orientation == b->orientation && a->raw_channels == b->raw_channels &&
           a->scratch_bytes == b->scratch_bytes;
}

static enum nev_status decode(struct nev_jpeg *j, const struct nev_image_info *info, enum nev_image_mode mode,
                              uint8_t *out, size_t out_bytes, uint8_t *scratch)
{
    struct nev_image_info found;
    struct layout at;
    enum nev_status status = nev_jpeg_open(j);

    if (status == NEV_OK) {
        memset(&found, 0, sizeof found);
        status = describe(j, &found);
    }
    if (status != NEV_OK) {
        return status;
    }
    if (!is_same_picture(info, &found)) {
        return nev_fail(j->err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "info",
                        "probe was called for another picture");
    }
    if (out_bytes < (mode == NEV_IMAGE_RGB ? found.rgb_bytes : found.raw_bytes)) {
        return nev_fail(j->err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "out",
                        "the buffer for the pixels is too small");
    }
    lay_out(j, scratch, &at);
    memset(scratch + at.coef_begin, 0, (size_t)(at.coef_end - at.coef_begin));
    status = read_scans(j);
    if (status != NEV_OK) {
        return status;
    }
    if (j->is_progressive) {
        transform_coefs(j);
    }
    write_rows(j, &at, mode, out);
    return NEV_OK;
}

enum nev_status nev_jpeg_decode(const void *mem, size_t bytes, const struct nev_image_info *info,
                                enum nev_image_mode mode, uint8_t *out, size_t out_bytes, void *scratch,
                                size_t scratch_bytes, struct nev_error *err)
{
    struct nev_jpeg j = {.mem = mem, .bytes = bytes, .pixels_max = UINT64_MAX, .err = err};
    enum nev_status status;

    if (scratch_bytes < info->scratch_bytes || scratch_bytes < sizeof(struct nev_jpeg_tables)) {
        status = nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "scratch", "the work memory is too small");
    } else if (((uintptr_t)scratch & (NEV_ALIGN - 1)) != 0) {
        status = nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "scratch", "the work memory is not aligned");
    } else {
        j.tables = scratch;
        memset(j.tables, 0, sizeof *j.tables);
        status = decode(&j, info, mode, out, out_bytes, scratch);
    }
    if (status != NEV_OK && out_bytes > 0) {
        memset(out, 0, out_bytes);
    }
    return status;
}
