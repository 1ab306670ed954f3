/* SPDX-License-Identifier: MIT */
#include "io/png.h"

#include <stdbool.h>
#include <string.h>

#include "io/exif.h"
#include "io/inflate.h"
#include "io/png_rows.h"
#include "nn/base/arena.h"
#include "nn/base/bytes.h"
#include "nn/base/crc32.h"
#include "nn/base/size.h"

#define SIGNATURE_BYTES 8u
#define CHUNK_EXTRA     12u /* length, type and CRC around a payload */
#define IHDR_BYTES      13u
#define LENGTH_MAX      0x7FFFFFFFu /* 5.3 */
#define TYPE(a, b, c, d)                                                                                     \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d)) /* four letters */
#define ANCILLARY_BIT 0x20000000u /* the first letter is a small one (5.4) */

static const uint8_t signature[SIGNATURE_BYTES] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

struct chunk {
    size_t at, bytes; /* of the length field; of the payload */
    uint32_t type;
    char name[5];
    const uint8_t *data;
};

/* What stands where, in one pass over the chunks. */
struct png {
    const uint8_t *mem;
    size_t bytes;
    struct nev_png_format format;
    size_t idat_at, idat_end; /* the IDAT chunks; 0: not seen yet */
    bool has_exif;
};

static enum nev_status fail_chunk(struct nev_error *err, enum nev_status status, const struct chunk *c,
                                  const char *what)
{
    return nev_fail(err, status, c->at, c->name, what);
}

static bool is_letter(unsigned c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The chunk at `at`, checked but for its CRC. */
static enum nev_status read_chunk(const struct png *p, size_t at, struct chunk *c, struct nev_error *err)
{
    size_t left = p->bytes - at, i;
    uint32_t bytes;

    c->at = at;
    memset(c->name, 0, sizeof c->name);
    if (left < CHUNK_EXTRA) {
        return nev_fail(err, NEV_ERR_TRUNCATED, at, "IEND",
                        "the PNG ends before its IEND chunk; the file is cut off, copy it again");
    }
    bytes = nev_load_u32be(p->mem + at);
    c->type = nev_load_u32be(p->mem + at + 4);
    c->data = p->mem + at + 8;
    for (i = 0; i < 4; i++) {
        c->name[i] = p->mem[at + 4 + i] == 0 ? '?' : (char)p->mem[at + 4 + i];
    }
    for (i = 0; i < 4; i++) {
        if (!is_letter(p->mem[at + 4 + i])) {
            return fail_chunk(err, NEV_ERR_FORMAT, c,
                              "a chunk's type is not four letters; the file is damaged");
        }
    }
    if (bytes > LENGTH_MAX) {
        return fail_chunk(err, NEV_ERR_FORMAT, c, "a chunk's length is above 2^31 - 1; the file is damaged");
    }
    if (bytes > left - CHUNK_EXTRA) {
        return fail_chunk(err, NEV_ERR_TRUNCATED, c,
                          "a chunk is longer than the rest of the file; the file is cut off, copy it again");
    }
    c->bytes = bytes;
    return NEV_OK;
}

static enum nev_status check_crc(const struct chunk *c, struct nev_error *err)
{
    if (nev_load_u32be(c->data + c->bytes) != nev_crc32(0, c->data - 4, c->bytes + 4)) {
        return fail_chunk(err, NEV_ERR_CHECKSUM, c,
                          "a chunk's CRC-32 is wrong; the file is damaged, copy it again");
    }
    return NEV_OK;
}

/* Table 11.1: which depths a colour type has, as a set of bits. */
static bool is_depth_of(unsigned depth, unsigned colour)
{
    switch (colour) {
    case NEV_PNG_GREY:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case NEV_PNG_PALETTE:
        return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case NEV_PNG_RGB:
    case NEV_PNG_GREY_ALPHA:
    case NEV_PNG_RGBA:
        return depth == 8 || depth == 16;
    default:
        return false;
    }
}

static enum nev_status read_ihdr(const struct chunk *c, uint64_t max_pixels, struct nev_png_format *f,
                                 struct nev_error *err)
{
    const uint8_t *d = c->data;

    if (c->type != TYPE('I', 'H', 'D', 'R') || c->bytes != IHDR_BYTES) {
        return fail_chunk(err, NEV_ERR_FORMAT, c, "the first chunk is not an IHDR of 13 bytes");
    }
    f->width = nev_load_u32be(d);
    f->height = nev_load_u32be(d + 4);
    if (f->width == 0 || f->height == 0 || f->width > LENGTH_MAX || f->height > LENGTH_MAX) {
        return fail_chunk(err, NEV_ERR_FORMAT, c, "width or height is 0 or above 2^31 - 1");
    }
    if (!is_depth_of(d[8], d[9])) {
        return fail_chunk(err, NEV_ERR_FORMAT, c, "bit depth and colour type do not go together");
    }
    if (d[10] != 0 || d[11] != 0 || d[12] > 1) {
        return fail_chunk(err, NEV_ERR_FORMAT, c,
                          "the compression, filter or interlace method does not exist");
    }
    if (f->width > NEV_IMAGE_SIDE_MAX || f->height > NEV_IMAGE_SIDE_MAX ||
        (uint64_t)f->width * f->height > max_pixels) {
        return fail_chunk(err, NEV_ERR_LIMIT, c, "the picture has more pixels than allowed; scale it down");
    }
    f->depth = d[8];
    f->colour = (enum nev_png_colour)d[9];
    f->is_interlaced = d[12] == 1;
    f->orientation = 1;
    return NEV_OK;
}

/* Signature and IHDR; the chunks after it start at *next. */
static enum nev_status read_start(struct png *p, uint64_t max_pixels, size_t *next, struct nev_error *err)
{
    struct chunk c;
    enum nev_status status;
    size_t n = p->bytes < SIGNATURE_BYTES ? p->bytes : SIGNATURE_BYTES;

    if (n > 0 && memcmp(p->mem, signature, n) != 0) {
        return nev_fail(err, NEV_ERR_FORMAT, 0, "signature",
                        "the PNG signature is damaged, as by a transfer in text mode; copy the file again");
    }
    if (n < SIGNATURE_BYTES) {
        return nev_fail(err, NEV_ERR_TRUNCATED, n, "signature", "the PNG ends within its signature");
    }
    status = read_chunk(p, SIGNATURE_BYTES, &c, err);
    if (status == NEV_OK) {
        status = check_crc(&c, err);
    }
    if (status == NEV_OK) {
        status = read_ihdr(&c, max_pixels, &p->format, err);
    }
    *next = SIGNATURE_BYTES + CHUNK_EXTRA + IHDR_BYTES;
    return status;
}

static enum nev_status fill_info(const struct nev_png_format *f, struct nev_image_info *info,
                                 struct nev_error *err)
{
    size_t pixels, rows;
    bool is_turned = f->orientation >= 5;

    memset(info, 0, sizeof *info);
    if (!nev_size_mul(f->width, f->height, &pixels) || !nev_size_mul(pixels, 4, &info->raw_bytes) ||
        !nev_png_rows_bytes(f, &rows) || !nev_size_add(rows, sizeof(struct nev_inflate), &rows) ||
        !nev_size_align(rows, &info->scratch_bytes)) {
        memset(info, 0, sizeof *info);
        return nev_fail(err, NEV_ERR_LIMIT, SIGNATURE_BYTES, "IHDR",
                        "the picture does not fit this machine's memory; scale it down");
    }
    info->format = NEV_IMAGE_PNG;
    info->width = f->width;
    info->height = f->height;
    info->upright_width = is_turned ? f->height : f->width;
    info->upright_height = is_turned ? f->width : f->height;
    info->orientation = f->orientation;
    info->raw_channels = 4;
    info->rgb_bytes = pixels * 3;
    return NEV_OK;
}

static enum nev_status read_plte(struct png *p, const struct chunk *c, struct nev_error *err)
{
    struct nev_png_format *f = &p->format;

    if (p->idat_at != 0 || f->palette != NULL || f->trns != NULL) {
        return fail_chunk(err, NEV_ERR_FORMAT, c, "PLTE stands twice, after tRNS or after the image data");
    }
    if (f->colour == NEV_PNG_GREY || f->colour == NEV_PNG_GREY_ALPHA) {
        return fail_chunk(err, NEV_ERR_FORMAT, c, "a grey picture has a palette");
    }
    if (c->bytes == 0 || c->bytes % 3 != 0 || c->bytes > 3 * 256 ||
        (f->colour == NEV_PNG_PALETTE && c->bytes / 3 > 1u << f->depth)) {
        return fail_chunk(err, NEV_ERR_FORMAT, c, "PLTE has no length that its depth allows");
    }
    f->palette = c->data;
    f->palette_len = (unsigned)(c->bytes / 3);
    return NEV_OK;
}

static enum nev_status read_trns(struct png *p, const struct chunk *c, struct nev_error *err)
{
    struct nev_png_format *f = &p->format;
    bool ok;

    if (p->idat_at != 0 || f->trns != NULL || (f->colour == NEV_PNG_PALETTE && f->palette == NULL)) {
        return fail_chunk(err, NEV_ERR_FORMAT, c, "tRNS stands twice, before PLTE or after the image data");
    }
    switch (f->colour) {
    case NEV_PNG_GREY:
        ok = c->bytes == 2;
        break;
    case NEV_PNG_RGB:
        ok = c->bytes == 6;
        break;
    case NEV_PNG_PALETTE:
        ok = c->bytes > 0 && c->bytes <= f->palette_len;
        break;
    case NEV_PNG_GREY_ALPHA:
    case NEV_PNG_RGBA:
    default:
        ok = false;
        break;
    }
    if (!ok) {
        return fail_chunk(err, NEV_ERR_FORMAT, c, "tRNS has no length that its colour type allows");
    }
    f->trns = c->data;
    f->trns_len = (unsigned)c->bytes;
    return NEV_OK;
}

static enum nev_status read_idat(struct png *p, const struct chunk *c, struct nev_error *err)
{
    if (p->format.colour == NEV_PNG_PALETTE && p->format.palette == NULL) {
        return fail_chunk(err, NEV_ERR_MISSING, c, "the image data begin, but there was no palette (PLTE)");
    }
    if (p->idat_at == 0) {
        p->idat_at = c->at;
    } else if (p->idat_end != c->at) {
        return fail_chunk(err, NEV_ERR_FORMAT, c, "another chunk stands between the image data (IDAT)");
    }
    p->idat_end = c->at + CHUNK_EXTRA + c->bytes;
    return NEV_OK;
}

static enum nev_status read_iend(struct png *p, const struct chunk *c, struct nev_error *err)
{
    if (p->idat_at == 0) {
        return fail_chunk(err, NEV_ERR_MISSING, c, "the PNG has no image data (IDAT)");
    }
    if (c->bytes != 0) {
        return fail_chunk(err, NEV_ERR_FORMAT, c, "IEND is not empty");
    }
    return NEV_OK;
}

/* The first eXIf counts (there may be but one). It may also stand behind the image data. */
static void read_exif(struct png *p, const struct chunk *c)
{
    if (!p->has_exif) {
        p->format.orientation = nev_exif_orientation(c->data, c->bytes);
    }
    p->has_exif = true;
}

/* Looks for eXIf and at nothing else: the picture's upright size is wanted, not yet its pixels. */
static enum nev_status find_exif(struct png *p, size_t at, struct nev_error *err)
{
    struct chunk c;
    enum nev_status status;

    do {
        status = read_chunk(p, at, &c, err);
        if (status != NEV_OK) {
            return status;
        }
        if (c.type == TYPE('e', 'X', 'I', 'f')) {
            read_exif(p, &c);
        }
        at += CHUNK_EXTRA + c.bytes;
    } while (c.type != TYPE('I', 'E', 'N', 'D'));
    return NEV_OK;
}

/* All chunks after IHDR up to IEND; what follows IEND is not part of the PNG and not looked at. */
static enum nev_status read_chunks(struct png *p, size_t at, struct nev_error *err)
{
    struct chunk c;
    enum nev_status status;

    do {
        status = read_chunk(p, at, &c, err);
        if (status == NEV_OK) {
            status = check_crc(&c, err);
        }
        if (status != NEV_OK) {
            return status;
        }
        switch (c.type) {
        case TYPE('P', 'L', 'T', 'E'):
            status = read_plte(p, &c, err);
            break;
        case TYPE('t', 'R', 'N', 'S'):
            status = read_trns(p, &c, err);
            break;
        case TYPE('I', 'D', 'A', 'T'):
            status = read_idat(p, &c, err);
            break;
        case TYPE('I', 'E', 'N', 'D'):
            status = read_iend(p, &c, err);
            break;
        case TYPE('e', 'X', 'I', 'f'):
            read_exif(p, &c);
            break;
        case TYPE('I', 'H', 'D', 'R'):
            status = fail_chunk(err, NEV_ERR_FORMAT, &c, "IHDR stands twice");
            break;
        default:
            if ((c.type & ANCILLARY_BIT) == 0) {
                status =
                    fail_chunk(err, NEV_ERR_UNSUPPORTED, &c,
                               "the picture needs a chunk that the standard does not define; save it anew");
            }
            break;
        }
        at += CHUNK_EXTRA + c.bytes;
    } while (status == NEV_OK && c.type != TYPE('I', 'E', 'N', 'D'));
    return status;
}

/* The IDAT payloads one after another; ctx is the walk. */
struct walk {
    const uint8_t *mem;
    size_t at, end;
};

static bool next_idat(void *ctx, const uint8_t **piece, size_t *piece_bytes)
{
    struct walk *w = ctx;

    if (w->at == w->end) {
        return false;
    }
    *piece = w->mem + w->at + 8;
    *piece_bytes = nev_load_u32be(w->mem + w->at);
    w->at += CHUNK_EXTRA + *piece_bytes;
    return true;
}

/* Where byte number n of the joined IDAT payloads stands in the file. */
static size_t idat_offset(const struct png *p, uint64_t n)
{
    struct walk w = {p->mem, p->idat_at, p->idat_end};
    const uint8_t *piece = p->mem + p->idat_at;
    size_t bytes = 0;

    while (next_idat(&w, &piece, &bytes) && n >= bytes && w.at != w.end) {
        n -= bytes;
    }
    return (size_t)(piece - p->mem) + (size_t)(n < bytes ? n : bytes);
}

static enum nev_status inflate_rows(const struct png *p, struct nev_inflate *work, uint8_t *rows,
                                    size_t bytes, struct nev_error *err)
{
    struct walk w = {p->mem, p->idat_at, p->idat_end}, rest = w;
    struct nev_inflate_input in = {NULL, 0, next_idat, &w};
    const uint8_t *piece;
    size_t in_used, out_used, idat_bytes = 0, n;
    struct nev_error inner;
    enum nev_status status =
        nev_inflate(work, NEV_INFLATE_ZLIB, &in, rows, bytes, &in_used, &out_used, &inner);

    if (status == NEV_ERR_LIMIT) {
        return nev_fail(err, NEV_ERR_FORMAT, idat_offset(p, inner.offset), "IDAT",
                        "the image data are more than width and height call for; the file is damaged");
    }
    if (status != NEV_OK) {
        return nev_fail(err, status, idat_offset(p, inner.offset), "IDAT", inner.what);
    }
    if (out_used != bytes) {
        return nev_fail(err, NEV_ERR_TRUNCATED, idat_offset(p, in_used), "IDAT",
                        "the image data are less than width and height call for; the file is damaged");
    }
    while (next_idat(&rest, &piece, &n)) {
        idat_bytes += n;
    }
    if (in_used != idat_bytes) {
        return nev_fail(err, NEV_ERR_FORMAT, idat_offset(p, in_used), "IDAT",
                        "bytes follow the end of the image data; the file is damaged, save it anew");
    }
    return NEV_OK;
}

/* Everything but the clearing of out. */
static enum nev_status decode(struct png *p, const struct nev_image_info *info, bool is_raw, uint8_t *out,
                              struct nev_arena *arena, struct nev_error *err)
{
    struct nev_inflate *work;
    struct nev_image_info found;
    enum nev_status status;
    size_t next, rows_bytes;
    uint8_t *rows;

    status = read_start(p, UINT64_MAX, &next, err);
    if (status == NEV_OK) {
        status = read_chunks(p, next, err);
    }
    if (status == NEV_OK) {
        status = fill_info(&p->format, &found, err);
    }
    if (status != NEV_OK) {
        return status;
    }
    if (found.width != info->width || found.height != info->height ||
        found.orientation != info->orientation || found.rgb_bytes != info->rgb_bytes ||
        found.raw_bytes != info->raw_bytes || found.scratch_bytes != info->scratch_bytes) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "info", "info was probed from another picture");
    }
    work = nev_arena_take(arena, sizeof *work, NEV_ALIGN);
    if (!nev_png_rows_bytes(&p->format, &rows_bytes) || work == NULL ||
        (rows = nev_arena_take(arena, rows_bytes, 1)) == NULL) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "scratch",
                        "scratch is smaller than info->scratch_bytes or not aligned to NEV_ALIGN");
    }
    status = inflate_rows(p, work, rows, rows_bytes, err);
    if (status == NEV_OK && !nev_png_rows_decode(&p->format, rows, is_raw, out)) {
        return nev_fail(err, NEV_ERR_FORMAT, p->idat_at, "IDAT",
                        "a row names a filter that does not exist; the file is damaged");
    }
    return status;
}

enum nev_status nev_png_probe(const void *mem, size_t bytes, uint64_t max_pixels, struct nev_image_info *info,
                              struct nev_error *err)
{
    struct png p = {0};
    enum nev_status status;
    size_t next;

    memset(info, 0, sizeof *info);
    p.mem = mem;
    p.bytes = bytes;
    status = read_start(&p, max_pixels, &next, err);
    if (status == NEV_OK) {
        status = find_exif(&p, next, err);
    }
    return status == NEV_OK ? fill_info(&p.format, info, err) : status;
}

enum nev_status nev_png_decode(const void *mem, size_t bytes, const struct nev_image_info *info,
                               enum nev_image_mode mode, uint8_t *out, size_t out_bytes, void *scratch,
                               size_t scratch_bytes, struct nev_error *err)
{
    struct png p = {0};
    struct nev_arena arena;
    enum nev_status status;
    size_t needed = mode == NEV_IMAGE_RAW ? info->raw_bytes : info->rgb_bytes;

    p.mem = mem;
    p.bytes = bytes;
    nev_arena_init(&arena, scratch, scratch_bytes);
    if (out_bytes < needed || scratch_bytes < info->scratch_bytes) {
        status = nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, out_bytes < needed ? "out" : "scratch",
                          "the buffer is smaller than probe asked for");
    } else {
        status = decode(&p, info, mode == NEV_IMAGE_RAW, out, &arena, err);
    }
    if (status != NEV_OK && out_bytes > 0) {
        memset(out, 0, out_bytes < needed ? out_bytes : needed);
    }
    return status;
}
