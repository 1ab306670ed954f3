/* SPDX-License-Identifier: MIT */
#include "forest/file/layout.h"

#include <string.h>

#include "forest/carve.h"
#include "nn/base/bytes.h"

const uint8_t nev_file_magic[NEV_FILE_MAGIC_BYTES] = {0x89, 'N', 'V', 'F', 0x0D, 0x0A, 0x1A, 0x0A};
const char nev_file_tag[NEV_FILE_BLOCKS_MIN][5] = {"CLAS", "SRCE", "PART", "WGHT",
                                                   "IMPT", "TREE", "DATA", "OOBV"};

uint64_t nev_file_block_bytes(enum nev_file_block block, const struct nev_file_shape *shape)
{
    switch (block) {
    case NEV_BLOCK_CLASSES:
        return (uint64_t)shape->classes * NEV_FOREST_NAME_LEN;
    case NEV_BLOCK_SOURCE:
        return NEV_FILE_SOURCE_BYTES;
    case NEV_BLOCK_PARTS:
        return (uint64_t)shape->parts * NEV_FILE_PART_BYTES;
    case NEV_BLOCK_WEIGHTS:
        return (uint64_t)shape->weight_rows * shape->classes * 4;
    case NEV_BLOCK_IMPORTANCE:
        return (uint64_t)shape->features * 8;
    case NEV_BLOCK_TREES:
        return (uint64_t)shape->trees * NEV_FILE_TREE_BYTES;
    default:
        return 0; /* what the trees and rows make it */
    }
}

uint64_t nev_file_block_at(enum nev_file_block block, const struct nev_file_shape *shape)
{
    uint64_t at = nev_carve_round(NEV_FILE_HEADER_BYTES + NEV_FILE_BLOCKS_MIN * NEV_FILE_BLOCK_BYTES);
    int i;

    for (i = 0; i < (int)block; i++) {
        at = nev_carve_round(at + nev_file_block_bytes((enum nev_file_block)i, shape));
    }
    return at;
}

void nev_file_digest_by(const struct nev_sha256_kernels *kernels, const uint8_t *file, size_t bytes,
                        uint8_t digest[NEV_SHA256_BYTES])
{
    static const uint8_t zeros[NEV_SHA256_BYTES] = {0};
    struct nev_sha256 sha;

    nev_sha256_init(&sha);
    nev_sha256_update(&sha, file, NEV_FILE_DIGEST_AT);
    nev_sha256_update(&sha, zeros, sizeof zeros); /* whole blocks so far */
    nev_sha256_rest(kernels, &sha, file + NEV_FILE_HEADER_BYTES, bytes - NEV_FILE_HEADER_BYTES, digest);
}

void nev_file_digest(const uint8_t *file, size_t bytes, uint8_t digest[NEV_SHA256_BYTES])
{
    nev_file_digest_by(&nev_sha256_kernels_c, file, bytes, digest);
}

/* The bytes of the UTF-8 character at text[at..len), or 0 if there is none or it is a control character.
 * Source     RFC 3629, section 4: no overlong forms, no surrogates, nothing above U+10FFFF. */
static uint32_t utf8_character(const uint8_t *text, uint32_t at, uint32_t len)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t first = text[at];
    uint32_t bytes = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t code = bytes == 1 ? first : first & (0x7Fu >> bytes), i;

    //@ split bytes;
    if (bytes == 0 || at + bytes > len || first > 0xF4) {
        return 0;
    }
    for (i = 1; i < bytes; i++) {
        if ((text[at + i] & 0xC0) != 0x80) {
            return 0;
        }
        code = code << 6 | (text[at + i] & 0x3Fu);
    }
    if (code < least[bytes] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) || code < 0x20 ||
        (code >= 0x7F && code < 0xA0)) {
        return 0;
    }
    return bytes;
}

bool nev_file_text_is_valid(const uint8_t text[NEV_FOREST_NAME_LEN], bool is_utf8)
{
    uint32_t len = 0, i;

    while (len < NEV_FOREST_NAME_LEN && text[len] != 0) {
        len++;
    }
    if (len == NEV_FOREST_NAME_LEN || (is_utf8 && len == 0)) {
        return false;
    }
    for (i = 0; i < len;) {
        uint32_t bytes = utf8_character(text, i, len);

        if (bytes == 0 || (bytes > 1 && !is_utf8)) {
            return false;
        }
        i += bytes;
    }
    for (i = len; i < NEV_FOREST_NAME_LEN; i++) {
        if (text[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Offsets of FORMAT.md, section 5. */
enum {
    SOURCE_RESIZE = 12,
    SOURCE_MEAN = 24,
    SOURCE_STD = 36,
    SOURCE_SHA256 = 48,
    SOURCE_NAME = 80,
    SOURCE_LAYER = 144,
    SOURCE_PATH = 208,
    SOURCE_END = 212
};

#define SOURCE_PATHS 3u /* the greatest number of a path */

void nev_file_source_write(const struct nev_forest_source *s, uint8_t block[NEV_FILE_SOURCE_BYTES])
{
    int i;

    memset(block, 0, NEV_FILE_SOURCE_BYTES);
    nev_store_u32le(block, s->net);
    nev_store_u32le(block + 4, s->padding);
    nev_store_u32le(block + 8, s->order);
    nev_store_u32le(block + SOURCE_RESIZE, (uint32_t)s->resize);
    nev_store_u32le(block + 16, s->width);
    nev_store_u32le(block + 20, s->height);
    for (i = 0; i < 3; i++) {
        nev_store_f32le(block + SOURCE_MEAN + 4 * i, s->mean[i]);
        nev_store_f32le(block + SOURCE_STD + 4 * i, s->std[i]);
    }
    nev_store_u32le(block + SOURCE_PATH, s->path);
    memcpy(block + SOURCE_SHA256, s->weights_sha256, NEV_SHA256_BYTES);
    /* Up to the NUL: what a caller's array holds after it is not the file's business. */
    for (i = 0; i < NEV_FOREST_NAME_LEN && s->net_name[i] != 0; i++) {
        block[SOURCE_NAME + i] = (uint8_t)s->net_name[i];
    }
    for (i = 0; i < NEV_FOREST_NAME_LEN && s->layer[i] != 0; i++) {
        block[SOURCE_LAYER + i] = (uint8_t)s->layer[i];
    }
}

bool nev_file_source_read(struct nev_forest_source *s, const uint8_t block[NEV_FILE_SOURCE_BYTES],
                          uint32_t *offset)
{
    uint32_t i, resize = nev_load_u32le(block + SOURCE_RESIZE);

    memset(s, 0, sizeof *s);
    for (i = nev_load_u32le(block) == 0 ? 0 : SOURCE_END; i < NEV_FILE_SOURCE_BYTES; i++) {
        if (block[i] != 0) {
            *offset = i;
            return false;
        }
    }
    for (i = SOURCE_MEAN; i < SOURCE_SHA256; i += 4) {
        if ((nev_load_u32le(block + i) & 0x7F800000) == 0x7F800000) {
            *offset = i;
            return false;
        }
    }
    *offset = resize > NEV_FOREST_RESIZE_CROP                        ? SOURCE_RESIZE
              : nev_load_u32le(block + SOURCE_PATH) > SOURCE_PATHS   ? SOURCE_PATH
              : !nev_file_text_is_valid(block + SOURCE_NAME, false)  ? SOURCE_NAME
              : !nev_file_text_is_valid(block + SOURCE_LAYER, false) ? SOURCE_LAYER
                                                                     : 0;
    if (*offset != 0) {
        return false;
    }
    s->net = nev_load_u32le(block);
    s->padding = nev_load_u32le(block + 4);
    s->order = nev_load_u32le(block + 8);
    s->resize = (enum nev_forest_resize)resize;
    s->path = nev_load_u32le(block + SOURCE_PATH);
    s->width = nev_load_u32le(block + 16);
    s->height = nev_load_u32le(block + 20);
    for (i = 0; i < 3; i++) {
        s->mean[i] = nev_load_f32le(block + SOURCE_MEAN + 4 * i);
        s->std[i] = nev_load_f32le(block + SOURCE_STD + 4 * i);
    }
    memcpy(s->weights_sha256, block + SOURCE_SHA256, NEV_SHA256_BYTES);
    memcpy(s->net_name, block + SOURCE_NAME, NEV_FOREST_NAME_LEN);
    memcpy(s->layer, block + SOURCE_LAYER, NEV_FOREST_NAME_LEN);
    return true;
}

void nev_file_number(char name[NEV_FOREST_NAME_LEN], const char *prefix, uint32_t number)
{
    char digits[10];
    uint32_t len = 0, n = 0;

    while (prefix[n] != 0) {
        name[n] = prefix[n];
        n++;
    }
    do {
        digits[len++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (len-- > 0) {
        name[n++] = digits[len];
    }
    name[n] = 0;
}
