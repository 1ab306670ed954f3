/* SPDX-License-Identifier: MIT */
#include "io/exif.h"

#include <stdbool.h>

#include "nn/base/bytes.h"

#define TAG_ORIENTATION 0x0112u
#define TYPE_SHORT      3u
#define ENTRY_BYTES     12u

static uint32_t load16(const uint8_t *p, bool is_big)
{
    return is_big ? nev_load_u16be(p) : nev_load_u16le(p);
}

static uint32_t load32(const uint8_t *p, bool is_big)
{
    return is_big ? nev_load_u32be(p) : nev_load_u32le(p);
}

uint32_t nev_exif_orientation(const uint8_t *tiff, size_t bytes)
{
    bool is_big;
    uint32_t len, i, value;
    size_t at;

    if (bytes < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) {
        return 1;
    }
    is_big = tiff[0] == 'M';
    at = load32(tiff + 4, is_big);
    if (load16(tiff + 2, is_big) != 42 || at < 8 || bytes < 2 || at > bytes - 2) {
        return 1;
    }
    len = load16(tiff + at, is_big);
    at += 2; /* Bounds: at <= bytes, and a directory's 65,535 entries are checked one by one. */
    for (i = 0; i < len && at + ENTRY_BYTES <= bytes; i++, at += ENTRY_BYTES) {
        if (load16(tiff + at, is_big) != TAG_ORIENTATION) {
            continue;
        }
        if (load16(tiff + at + 2, is_big) != TYPE_SHORT || load32(tiff + at + 4, is_big) != 1) {
            return 1;
        }
        value = load16(tiff + at + 8, is_big);
        return value >= 1 && value <= 8 ? value : 1;
    }
    return 1;
}
