/* SPDX-License-Identifier: MIT */
#include "io/jpeg.h"

#include <string.h>

#include "io/jpeg_parts.h"
#include "nn/base/size.h"

/*
 * Three rows of units hold what one row of pixels and its neighbours are made of while the next one is read.
 * Only a sequential picture whose components come in scans of their own has to be kept whole.
 */
#define KEPT_ROWS 3u

struct layout {
    uint8_t *base;  /* NULL: only sizes are counted */
    uint64_t bytes; /* Bounds: 4 components of 2^18 x 2^18 samples of 3 bytes are less than 2^41 */
    uint64_t coef_begin, coef_end;
};

static uint8_t *take(struct layout *at, uint64_t bytes)
{
    uint8_t *p = at->base == NULL ? NULL : at->base + at->bytes;

    at->bytes += (bytes + (NEV_ALIGN - 1)) / NEV_ALIGN * NEV_ALIGN;
    return p;
}

static bool is_single_scan(const struct nev_jpeg *j)
{
    return !j->is_progressive && j->scan_len == j->component_len;
}

/* Where everything in the scratch memory lies: sizes and places come from this one function. */
static void lay_out(struct nev_jpeg *j, struct nev_jpeg_output *o, struct layout *at)
{
    uint32_t i;

    take(at, sizeof(struct nev_jpeg_tables)); /* first: decode puts it there before the sizes are known */
    for (i = 0; i < j->component_len; i++) {
        struct nev_jpeg_component *c = &j->components[i];

        c->kept_h = c->stored_h;
        if ((j->is_progressive || is_single_scan(j)) && KEPT_ROWS * c->v < c->stored_h) {
            c->kept_h = KEPT_ROWS * c->v;
        }
        c->plane = take(at, (uint64_t)c->stored_w * c->kept_h * NEV_JPEG_BLOCK);
        o->rows[i] = take(at, (uint64_t)j->mcus_w * j->h_max * 8);
    }
    o->raw = take(at, (uint64_t)j->width * 4);
    o->rgb = take(at, (uint64_t)j->width * 3);
    at->coef_begin = at->bytes;
    for (i = 0; i < j->component_len && j->is_progressive; i++) {
        struct nev_jpeg_component *c = &j->components[i];

        /* PORTABILITY: base is aligned to NEV_ALIGN and every part starts on a multiple of it. */
        c->coefs = (int16_t *)(void *)take(at, (uint64_t)c->stored_w * c->stored_h * NEV_JPEG_BLOCK *
                                                   sizeof(int16_t));
    }
    at->coef_end = at->bytes;
}

static enum nev_status describe(struct nev_jpeg *j, struct nev_image_info *info)
{
    struct layout at = {0};
    struct nev_jpeg_output o;
    uint64_t pixels = (uint64_t)j->width * j->height;
    bool is_turned = j->orientation >= 5;

    lay_out(j, &o, &at);
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

/* The only scan of a picture: a row of units is written once its lower neighbour is read. */
static enum nev_status decode_single_scan(struct nev_jpeg *j, struct nev_jpeg_output *o)
{
    uint32_t lines = j->scan_len == 1 ? 8 : 8 * j->v_max, y;
    struct nev_jpeg_scan s;
    bool is_end;
    enum nev_status status = nev_jpeg_scan_begin(j, &s);

    for (y = 0; status == NEV_OK && y < s.units_h; y++) {
        status = nev_jpeg_scan_row(&s, y);
        if (status == NEV_OK) {
            nev_jpeg_output_until(o, (uint64_t)y * lines);
        }
    }
    if (status == NEV_OK) {
        status = nev_jpeg_scan_end(&s);
    }
    /* Another scan would have a component again, which is refused. */
    return status == NEV_OK ? nev_jpeg_next(j, &is_end) : status;
}

/* All scans up to EOI, and that they hold the whole picture. */
static enum nev_status decode_scans(struct nev_jpeg *j)
{
    struct nev_jpeg_scan s;
    bool is_end = false;
    uint32_t i, y;

    while (!is_end) {
        enum nev_status status = nev_jpeg_scan_begin(j, &s);

        for (y = 0; status == NEV_OK && y < s.units_h; y++) {
            status = nev_jpeg_scan_row(&s, y);
        }
        if (status == NEV_OK) {
            status = nev_jpeg_scan_end(&s);
        }
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

/* Samples of the y-th row of MCUs of a progressive picture. */
static void transform_row(struct nev_jpeg *j, uint32_t y)
{
    uint32_t i, bx, by;

    for (i = 0; i < j->component_len; i++) {
        const struct nev_jpeg_component *c = &j->components[i];
        size_t stride = (size_t)c->stored_w * 8;

        for (by = y * c->v; by < (y + 1) * c->v && by < c->blocks_h; by++) {
            const int16_t *coefs = c->coefs + (size_t)by * c->stored_w * NEV_JPEG_BLOCK;
            uint8_t *plane = c->plane + (size_t)(by % c->kept_h) * 8 * stride;

            for (bx = 0; bx < c->blocks_w; bx++) {
                nev_jpeg_idct(coefs + (size_t)bx * NEV_JPEG_BLOCK, c->quant, plane + (size_t)bx * 8, stride);
            }
        }
    }
}

static enum nev_status decode_rows(struct nev_jpeg *j, struct nev_jpeg_output *o)
{
    enum nev_status status = is_single_scan(j) ? decode_single_scan(j, o) : decode_scans(j);
    uint32_t y;

    if (status != NEV_OK) {
        return status;
    }
    for (y = 0; j->is_progressive && y < j->mcus_h; y++) {
        transform_row(j, y);
        nev_jpeg_output_until(o, (uint64_t)y * 8 * j->v_max);
    }
    nev_jpeg_output_until(o, j->height);
    return NEV_OK;
}

static bool is_same_picture(const struct nev_image_info *a, const struct nev_image_info *b)
{
    return a->format == b->format && a->width == b->width && a->height == b->height &&
           a->orientation == b->orientation && a->raw_channels == b->raw_channels &&
           a->scratch_bytes == b->scratch_bytes;
}

static enum nev_status decode(struct nev_jpeg *j, const struct nev_image_info *info, enum nev_image_mode mode,
                              uint8_t *out, size_t out_bytes)
{
    struct nev_image_info found = {0};
    struct layout at = {.base = (uint8_t *)j->tables};
    struct nev_jpeg_output o = {.j = j, .is_raw = mode == NEV_IMAGE_RAW, .out = out};
    enum nev_status status = nev_jpeg_open(j);

    if (status == NEV_OK) {
        status = describe(j, &found);
    }
    if (status != NEV_OK) {
        return status;
    }
    if (!is_same_picture(info, &found)) {
        return nev_fail(j->err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "info",
                        "probe was called for another picture");
    }
    if (out_bytes < (o.is_raw ? found.raw_bytes : found.rgb_bytes)) {
        return nev_fail(j->err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "out",
                        "the buffer for the pixels is too small");
    }
    lay_out(j, &o, &at);
    memset(at.base + at.coef_begin, 0, (size_t)(at.coef_end - at.coef_begin));
    return decode_rows(j, &o);
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
        status = decode(&j, info, mode, out, out_bytes);
    }
    if (status != NEV_OK && out_bytes > 0) {
        memset(out, 0, out_bytes);
    }
    return status;
}
