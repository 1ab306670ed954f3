/* SPDX-License-Identifier: MIT */
/*
 * Marker segments (Annex B): everything in a file but the entropy-coded data.
 */
#include "io/jpeg_parts.h"

#include <string.h>

#include "io/exif.h"
#include "nn/base/bytes.h"

enum marker {
    TEM = 0x01,
    SOF0 = 0xC0,
    SOF1 = 0xC1,
    SOF2 = 0xC2,
    DHT = 0xC4,
    RST0 = 0xD0,
    RST7 = 0xD7,
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA,
    DQT = 0xDB,
    DRI = 0xDD,
    APP0 = 0xE0,
    APP1 = 0xE1,
    APP14 = 0xEE,
    COM = 0xFE
};

/* Table B.1, from C0 on. */
static const char *const marker_names[64] = {
    "SOF0",  "SOF1",  "SOF2",  "SOF3",  "DHT",   "SOF5",  "SOF6",  "SOF7", "JPG",  "SOF9",  "SOF10",
    "SOF11", "DAC",   "SOF13", "SOF14", "SOF15", "RST0",  "RST1",  "RST2", "RST3", "RST4",  "RST5",
    "RST6",  "RST7",  "SOI",   "EOI",   "SOS",   "DQT",   "DNL",   "DRI",  "DHP",  "EXP",   "APP0",
    "APP1",  "APP2",  "APP3",  "APP4",  "APP5",  "APP6",  "APP7",  "APP8", "APP9", "APP10", "APP11",
    "APP12", "APP13", "APP14", "APP15", "JPG0",  "JPG1",  "JPG2",  "JPG3", "JPG4", "JPG5",  "JPG6",
    "JPG7",  "JPG8",  "JPG9",  "JPG10", "JPG11", "JPG12", "JPG13", "COM",  ""};

const uint8_t nev_jpeg_zigzag[NEV_JPEG_BLOCK] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

/* What messages call a marker; those below C0 are reserved, but for TEM. */
static const char *name_of(uint8_t code)
{
    return code >= 0xC0 ? marker_names[code - 0xC0] : "RES";
}

static enum nev_status malformed(struct nev_jpeg *j, size_t at, const char *name, const char *what)
{
    return nev_fail(j->err, NEV_ERR_FORMAT, at, name, what);
}

/* The next marker, which must stand right here; fill bytes FF may precede it (B.1.1.2). */
static enum nev_status next_marker(struct nev_jpeg *j, uint8_t *code, size_t *at)
{
    if (j->pos < j->bytes && j->mem[j->pos] != 0xFF) {
        return malformed(j, j->pos, "marker", "bytes between two segments belong to none of them");
    }
    while (j->bytes - j->pos >= 2 && j->mem[j->pos + 1] == 0xFF) {
        j->pos++;
    }
    if (j->bytes - j->pos < 2) {
        return nev_fail(j->err, NEV_ERR_TRUNCATED, j->bytes, "EOI",
                        "the file ends before its end-of-image marker; copy it again from its source");
    }
    *at = j->pos;
    *code = j->mem[j->pos + 1];
    j->pos += 2;
    return *code != 0 ? NEV_OK : malformed(j, *at, "marker", "FF 00 stands where a marker should be");
}

/* DQT (B.2.4.1): any number of tables. */
static enum nev_status read_dqt(struct nev_jpeg *j, size_t at, const uint8_t *data, size_t bytes)
{
    size_t pos = 0;

    while (pos < bytes) {
        uint32_t index = data[pos] & 15, size = data[pos] >> 4, i;

        if (index >= NEV_JPEG_TABLES_LEN || size > 1) {
            return malformed(j, at, "DQT",
                             "a quantisation table has a destination above 3 or an unknown precision");
        }
        size++;
        //@ split size;
        if (pos + 1 + NEV_JPEG_BLOCK * size > bytes) {
            return malformed(j, at, "DQT", "the segment is shorter than the quantisation tables in it");
        }
        pos++;
        for (i = 0; i < NEV_JPEG_BLOCK; i++) {
            uint16_t q = size == 2 ? nev_load_u16be(data + pos + 2 * i) : data[pos + i];

            if (q == 0) {
                return malformed(j, at, "DQT", "a quantisation step is 0");
            }
            j->quant[index][nev_jpeg_zigzag[i]] = q;
        }
        j->has_quant[index] = true;
        pos += NEV_JPEG_BLOCK * size;
    }
    return NEV_OK;
}

/* DHT (B.2.4.2): any number of tables. */
static enum nev_status read_dht(struct nev_jpeg *j, size_t at, const uint8_t *data, size_t bytes)
{
    uint8_t counts[16] = {0}, symbols[256] = {0};
    size_t pos = 0;

    while (pos < bytes) {
        uint32_t index = data[pos] & 15, kind = data[pos] >> 4;
        size_t len = 0, end = pos + 17, i, k;
        struct nev_jpeg_huffman *table = NULL;

        if (index >= NEV_JPEG_TABLES_LEN || kind > 1) {
            return malformed(j, at, "DHT", "a Huffman table has a destination above 3 or an unknown class");
        }
        for (i = pos + 1, k = 0; end <= bytes && i < end && k < 16; i++, k++) {
            counts[k] = data[i];
            len += data[i];
        }
        pos = end + len;
        if (end > bytes || len > sizeof symbols || pos > bytes) {
            return malformed(j, at, "DHT", "the segment is shorter than the Huffman tables in it");
        }
        if (j->tables != NULL) {
            table = kind == 0 ? &j->tables->dc[index] : &j->tables->ac[index];
        }
        for (i = end, k = 0; i < pos && k < sizeof symbols; i++, k++) {
            symbols[k] = data[i];
        }
        if (!nev_jpeg_huffman_build(table, kind == 0, counts, symbols)) {
            return malformed(j, at, "DHT", "a Huffman table is no prefix code, or has a DC symbol above 15");
        }
    }
    return NEV_OK;
}

static enum nev_status read_dri(struct nev_jpeg *j, size_t at, const uint8_t *data, size_t bytes)
{
    if (bytes != 2) {
        return malformed(j, at, "DRI", "the segment is not four bytes long");
    }
    j->restart_interval = nev_load_u16be(data);
    return NEV_OK;
}

/* The application segments that say what the samples mean: JFIF (T.871, 10.1), EXIF, Adobe. */
static void read_app(struct nev_jpeg *j, uint8_t code, const uint8_t *data, size_t bytes)
{
    if (code == APP0 && bytes >= 14 && memcmp(data, "JFIF", 5) == 0) {
        j->has_jfif = true;
    } else if (code == APP1 && bytes >= 6 && memcmp(data, "Exif", 5) == 0 && !j->has_exif) {
        j->has_exif = true;
        j->orientation = nev_exif_orientation(data + 6, bytes - 6);
    } else if (code == APP14 && bytes >= 12 && memcmp(data, "Adobe", 5) == 0) {
        j->has_adobe = true;
        j->adobe_transform = data[11];
        j->adobe_at = (size_t)(data + 11 - j->mem);
    }
}

/* Markers that name a process outside this decoder, or nothing at all. */
static enum nev_status refuse(struct nev_jpeg *j, size_t at, uint8_t code)
{
    const char *name = name_of(code);
    const char *what;

    switch (code) {
    case 0xC3:
        what = "lossless JPEG is not read; save the picture as baseline or progressive JPEG or as PNG";
        break;
    case 0xC9:
    case 0xCA:
    case 0xCC:
        what = "arithmetic coding is not read; save the picture with Huffman coding";
        break;
    case 0xC5:
    case 0xC6:
    case 0xC7:
    case 0xCB:
    case 0xCD:
    case 0xCE:
    case 0xCF:
    case 0xDE:
    case 0xDF:
        what = "hierarchical and arithmetic lossless JPEG are not read; save the picture as baseline JPEG";
        break;
    case 0xDC:
        what = "a number of lines defined after the picture is not read; save the picture as baseline JPEG";
        break;
    default:
        return malformed(j, at, name, "a marker that has no meaning in a JPEG file");
    }
    return nev_fail(j->err, NEV_ERR_UNSUPPORTED, at, name, what);
}

/* One segment. */
static enum nev_status read_segment(struct nev_jpeg *j, uint8_t code, size_t at, const uint8_t *data,
                                    size_t bytes)
{
    switch (code) {
    case SOF0:
    case SOF1:
    case SOF2:
        return nev_jpeg_frame_read(j, at, data, bytes, code == SOF2);
    case SOS:
        return nev_jpeg_scan_read(j, at, data, bytes);
    case DHT:
        return read_dht(j, at, data, bytes);
    case DQT:
        return read_dqt(j, at, data, bytes);
    case DRI:
        return read_dri(j, at, data, bytes);
    default:
        read_app(j, code, data, bytes);
        return NEV_OK;
    }
}

static bool is_known(uint8_t code)
{
    return code <= SOF2 ? code >= SOF0
                        : code == DHT || code == SOS || code == DQT || code == DRI ||
                              (code >= APP0 && code <= 0xEF) || code == COM;
}

/* What follows a marker: its length, which counts itself, and that many bytes. */
static enum nev_status take_segment(struct nev_jpeg *j, uint8_t code, size_t at, const uint8_t **data,
                                    size_t *bytes)
{
    size_t length = j->bytes - j->pos >= 2 ? nev_load_u16be(j->mem + j->pos) : SIZE_MAX;

    if (length < 2) {
        if (code < APP0) {
            return malformed(j, at, name_of(code), "the length of a segment is less than 2");
        }
        length = 2; /* comments and application data bear no pixels: taken as empty */
    }
    if (length > j->bytes - j->pos) {
        return nev_fail(j->err, NEV_ERR_TRUNCATED, at, name_of(code),
                        "the file ends inside a marker segment; copy it again from its source");
    }
    *data = j->mem + j->pos + 2;
    *bytes = length - 2;
    j->pos += length;
    return NEV_OK;
}

/* Segments up to the next SOS, which is read too, or EOI. */
static enum nev_status read_segments(struct nev_jpeg *j, bool *is_end)
{
    enum nev_status status = NEV_OK;
    uint8_t code = 0;

    while (status == NEV_OK && code != SOS) {
        const uint8_t *data = j->mem;
        size_t at = 0, bytes = 0;

        status = next_marker(j, &code, &at);
        if (status != NEV_OK) {
            return status;
        }
        *is_end = code == EOI;
        if (code == EOI) {
            return NEV_OK;
        }
        if (code == TEM || (code >= RST0 && code <= RST7)) {
            continue; /* markers without a segment, harmless here */
        }
        if (code == SOI) {
            return malformed(j, at, "SOI", "a second start-of-image marker inside the picture");
        }
        if (!is_known(code)) {
            return refuse(j, at, code);
        }
        //@ split j->pos;
        status = take_segment(j, code, at, &data, &bytes);
        if (status == NEV_OK) {
            status = read_segment(j, code, at, data, bytes);
        }
    }
    return status;
}

/* What the components mean: JFIF, else Adobe's transform, else their identifiers. */
static enum nev_status find_colour(struct nev_jpeg *j)
{
    const struct nev_jpeg_component *c = j->components;
    bool is_four = j->component_len == 4, has_letters = c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B';

    if (j->component_len == 1) {
        j->colour = NEV_JPEG_GREY;
    } else if (j->has_adobe && (is_four || !j->has_jfif)) {
        if (j->adobe_transform != 0 && j->adobe_transform != (is_four ? 2 : 1)) {
            return nev_fail(j->err, NEV_ERR_UNSUPPORTED, j->adobe_at, "APP14",
                            "Adobe's segment names an unknown colour transform; save the picture as RGB");
        }
        if (j->adobe_transform == 0) {
            j->colour = is_four ? NEV_JPEG_CMYK : NEV_JPEG_RGB;
        } else {
            j->colour = is_four ? NEV_JPEG_YCCK : NEV_JPEG_YCC;
        }
    } else if (is_four) {
        j->colour = NEV_JPEG_CMYK;
    } else {
        j->colour = has_letters && !j->has_jfif ? NEV_JPEG_RGB : NEV_JPEG_YCC;
    }
    return NEV_OK;
}

enum nev_status nev_jpeg_open(struct nev_jpeg *j)
{
    enum nev_status status;
    bool is_end = false;

    if (j->bytes < 2) {
        return nev_fail(j->err, NEV_ERR_TRUNCATED, j->bytes, "SOI", "the file is too short to be a picture");
    }
    if (j->mem[0] != 0xFF || j->mem[1] != SOI) {
        return malformed(j, 0, "SOI", "the file does not begin with the start-of-image marker FF D8");
    }
    j->pos = 2;
    j->orientation = 1;
    status = read_segments(j, &is_end);
    if (status != NEV_OK) {
        return status;
    }
    if (is_end) {
        return malformed(j, j->pos - 2, "EOI", "the file ends without a picture in it");
    }
    return find_colour(j);
}

enum nev_status nev_jpeg_next(struct nev_jpeg *j, bool *is_end)
{
    return read_segments(j, is_end);
}
