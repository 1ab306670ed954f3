/* SPDX-License-Identifier: MIT */
#include "weights/import/zip.h"

#include <string.h>

#include "nn/base/bytes.h"
#include "nn/base/crc32.h"

#define LOCAL_SIG      0x04034b50u
#define CENTRAL_SIG    0x02014b50u
#define DESCRIPTOR_SIG 0x08074b50u
#define END_SIG        0x06054b50u
#define END64_SIG      0x06064b50u
#define LOCATOR_SIG    0x07064b50u

#define LOCAL_BYTES   30u
#define CENTRAL_BYTES 46u
#define END_BYTES     22u
#define END64_BYTES   56u
#define LOCATOR_BYTES 20u

#define FLAG_ENCRYPTED  0x0001u
#define FLAG_DESCRIPTOR 0x0008u
#define FULL16          0xFFFFu
#define FULL32          0xFFFFFFFFu

static enum nev_status malformed(struct nev_error *err, uint64_t at, struct nev_slice name, const char *what)
{
    return nev_fail_slice(err, NEV_ERR_FORMAT, at, name, what);
}

/* The last end record whose comment reaches exactly to the end of the file; UINT64_MAX if there is none. */
static uint64_t find_end(const uint8_t *p, uint64_t bytes)
{
    uint64_t back;

    for (back = END_BYTES; back <= bytes && back <= END_BYTES + FULL16; back++) {
        const uint8_t *end = p + (bytes - back);

        if (nev_load_u32le(end) == END_SIG && nev_load_u16le(end + 20) == back - END_BYTES) {
            return bytes - back;
        }
    }
    return UINT64_MAX;
}

/* The 64-bit end record, when a locator stands before the 32-bit one; a field of the latter that is not full
 * must say the same. */
static enum nev_status read_end64(struct nev_zip *zip, uint64_t end, uint64_t *len, struct nev_error *err)
{
    const struct nev_slice name = {"zip64", 5};
    const uint8_t *p = zip->mem, *locator = p + (end - LOCATOR_BYTES), *e = p + end, *r;
    uint64_t at = nev_load_u64le(locator + 8), room = end - LOCATOR_BYTES, size;

    if (at > room || room - at < END64_BYTES || nev_load_u32le(p + at) != END64_SIG) {
        return malformed(err, end - LOCATOR_BYTES, name, "the zip64 locator points at no zip64 end record");
    }
    r = p + at;
    size = nev_load_u64le(r + 4);
    if (size != room - at - 12 || nev_load_u32le(r + 16) != 0 || nev_load_u32le(r + 20) != 0) {
        return malformed(err, at, name, "the zip64 end record does not end at its locator, or is split");
    }
    *len = nev_load_u64le(r + 32);
    zip->directory_bytes = nev_load_u64le(r + 40);
    zip->directory = nev_load_u64le(r + 48);
    zip->directory_end = at;
    if (nev_load_u64le(r + 24) != *len ||
        (nev_load_u16le(e + 10) != FULL16 && nev_load_u16le(e + 10) != *len) ||
        (nev_load_u32le(e + 12) != FULL32 && nev_load_u32le(e + 12) != zip->directory_bytes) ||
        (nev_load_u32le(e + 16) != FULL32 && nev_load_u32le(e + 16) != zip->directory)) {
        return malformed(err, at, name, "the two end records contradict each other");
    }
    return NEV_OK;
}

enum nev_status nev_zip_begin(struct nev_zip *zip, const uint8_t *mem, size_t bytes, struct nev_error *err)
{
    const struct nev_slice name = {"central directory", 17};
    uint64_t end = find_end(mem, bytes), len;
    enum nev_status s;

    memset(zip, 0, sizeof *zip);
    zip->mem = mem;
    zip->bytes = bytes;
    if (end == UINT64_MAX) {
        return nev_fail_slice(err, NEV_ERR_TRUNCATED, bytes, name,
                              "the zip archive has no end record; the download is incomplete");
    }
    len = nev_load_u16le(mem + end + 10);
    zip->directory_bytes = nev_load_u32le(mem + end + 12);
    zip->directory = nev_load_u32le(mem + end + 16);
    zip->directory_end = end;
    if (nev_load_u16le(mem + end + 8) != len || nev_load_u32le(mem + end + 4) != 0) {
        return malformed(err, end, name, "the zip archive is split over several files");
    }
    if (end >= LOCATOR_BYTES && nev_load_u32le(mem + (end - LOCATOR_BYTES)) == LOCATOR_SIG &&
        (s = read_end64(zip, end, &len, err)) != NEV_OK) {
        return s;
    }
    if (zip->directory > zip->directory_end || zip->directory_bytes != zip->directory_end - zip->directory) {
        return malformed(err, end, name, "the zip directory does not lie where its end record says");
    }
    if (len > NEV_ZIP_ENTRIES_MAX) {
        return nev_fail_slice(err, NEV_ERR_LIMIT, end, name, "the zip archive has more than 8192 entries");
    }
    if (len * CENTRAL_BYTES > zip->directory_bytes) {
        return malformed(err, end, name, "the zip directory is too short for its number of entries");
    }
    zip->at = zip->directory;
    zip->len = (uint32_t)len;
    return NEV_OK;
}

/* A size or offset that a full 32-bit field refers to the zip64 extra field; *extra moves past it. */
static bool widen(uint64_t *value, const uint8_t **extra, const uint8_t *extra_end)
{
    if (*value != FULL32) {
        return true;
    }
    if (extra_end - *extra < 8) {
        return false;
    }
    *value = nev_load_u64le(*extra);
    *extra += 8;
    return true;
}

/* The body of the zip64 extra field, empty if there is none. False if the fields overrun their room. */
static bool find_extra64(const uint8_t *p, size_t bytes, const uint8_t **from, const uint8_t **to)
{
    const uint8_t *end = p + bytes;

    *from = *to = p;
    while (end - p >= 4) {
        size_t len = nev_load_u16le(p + 2);

        if (len > (size_t)(end - p) - 4) {
            return false;
        }
        if (nev_load_u16le(p) == 1) {
            *from = p + 4;
            *to = p + 4 + len;
            return true;
        }
        p += 4 + len;
    }
    return true; /* up to 3 bytes of alignment filler are tolerated, as every reader does */
}

/* The data descriptor behind the data, with or without signature, sizes of 4 or 8 bytes. */
static bool is_descriptor(const uint8_t *p, uint64_t room, const struct nev_zip_entry *e)
{
    if (room >= 4 && nev_load_u32le(p) == DESCRIPTOR_SIG) {
        p += 4;
        room -= 4;
    }
    if (room >= 20 && nev_load_u32le(p) == e->crc && nev_load_u64le(p + 4) == e->bytes &&
        nev_load_u64le(p + 12) == e->bytes) {
        return true;
    }
    return room >= 12 && nev_load_u32le(p) == e->crc && nev_load_u32le(p + 4) == e->bytes &&
           nev_load_u32le(p + 8) == e->bytes;
}

/* Whether the local header l has the name, method and flags of the directory's entry c. */
static bool is_same_kind(const uint8_t *l, const uint8_t *c, struct nev_slice name)
{
    return nev_load_u16le(l + 26) == name.len && memcmp(l + LOCAL_BYTES, name.text, name.len) == 0 &&
           nev_load_u16le(l + 8) == nev_load_u16le(c + 10) && nev_load_u16le(l + 6) == nev_load_u16le(c + 8);
}

/* Whether its sizes and CRC are the directory's too. */
static bool is_same_size(const uint8_t *l, const struct nev_zip_entry *e)
{
    uint64_t stored = nev_load_u32le(l + 18), plain = nev_load_u32le(l + 22);
    const uint8_t *extra, *extra_end;

    return find_extra64(l + LOCAL_BYTES + e->name.len, nev_load_u16le(l + 28), &extra, &extra_end) &&
           widen(&plain, &extra, extra_end) && widen(&stored, &extra, extra_end) && stored == e->bytes &&
           plain == e->bytes && nev_load_u32le(l + 14) == e->crc;
}

/* The local header at `at` must say what the directory's entry c says; zip->prev_end moves past the data. */
static enum nev_status check_local(struct nev_zip *zip, const uint8_t *c, uint64_t at,
                                   struct nev_zip_entry *e, struct nev_error *err)
{
    uint64_t room, head;
    const uint8_t *l;

    if (at < zip->prev_end || at > zip->directory || zip->directory - at < LOCAL_BYTES) {
        return malformed(err, (uint64_t)(c - zip->mem), e->name,
                         "zip entries overlap, are out of order or reach into the directory");
    }
    l = zip->mem + at;
    room = zip->directory - at;
    head = (uint64_t)LOCAL_BYTES + nev_load_u16le(l + 26) + nev_load_u16le(l + 28);
    if (nev_load_u32le(l) != LOCAL_SIG || head > room || e->bytes > room - head) {
        return nev_fail_slice(err, NEV_ERR_TRUNCATED, at, e->name,
                              "a zip entry promises more bytes than the archive has, or has no header");
    }
    if (!is_same_kind(l, c, e->name)) {
        return malformed(err, at, e->name, "a zip entry's own header contradicts the directory");
    }
    e->offset = at + head;
    zip->prev_end = e->offset + e->bytes;
    if ((nev_load_u16le(l + 6) & FLAG_DESCRIPTOR) != 0) {
        return is_descriptor(zip->mem + zip->prev_end, zip->directory - zip->prev_end, e)
                   ? NEV_OK
                   : malformed(err, zip->prev_end, e->name,
                               "a zip data descriptor contradicts the directory");
    }
    return is_same_size(l, e)
               ? NEV_OK
               : malformed(err, at, e->name, "a zip entry's two headers state different sizes");
}

enum nev_status nev_zip_next(struct nev_zip *zip, struct nev_zip_entry *e, struct nev_error *err)
{
    const uint8_t *c = zip->mem + zip->at, *extra, *extra_end;
    uint64_t room = zip->directory_end - zip->at, size, stored, header;

    if (room < CENTRAL_BYTES || nev_load_u32le(c) != CENTRAL_SIG) {
        return nev_fail(err, NEV_ERR_FORMAT, zip->at, "central directory",
                        "the zip directory ends early or holds something else");
    }
    size = (uint64_t)CENTRAL_BYTES + nev_load_u16le(c + 28) + nev_load_u16le(c + 30) + nev_load_u16le(c + 32);
    if (size > room) {
        return nev_fail(err, NEV_ERR_FORMAT, zip->at, "central directory",
                        "a zip entry overruns the directory");
    }
    e->name = nev_slice_of(c + CENTRAL_BYTES, nev_load_u16le(c + 28));
    e->crc = nev_load_u32le(c + 16);
    e->is_intact = false;
    stored = nev_load_u32le(c + 20);
    e->bytes = nev_load_u32le(c + 24);
    header = nev_load_u32le(c + 42);
    if (!find_extra64(c + CENTRAL_BYTES + e->name.len, nev_load_u16le(c + 30), &extra, &extra_end) ||
        !widen(&e->bytes, &extra, extra_end) || !widen(&stored, &extra, extra_end) ||
        !widen(&header, &extra, extra_end)) {
        return malformed(err, zip->at, e->name, "a zip64 size is missing from its extra field");
    }
    if ((nev_load_u16le(c + 8) & FLAG_ENCRYPTED) != 0) {
        return nev_fail_slice(err, NEV_ERR_UNSUPPORTED, zip->at, e->name, "a zip entry is encrypted");
    }
    if (nev_load_u16le(c + 10) != 0) {
        return nev_fail_slice(err, NEV_ERR_UNSUPPORTED, zip->at, e->name,
                              "a zip entry is compressed; PyTorch stores them (unpack, then zip -0)");
    }
    if (stored != e->bytes) {
        return malformed(err, zip->at, e->name, "a stored zip entry has two different sizes");
    }
    zip->at += size;
    return check_local(zip, c, header, e, err);
}

enum nev_status nev_zip_read(struct nev_zip *zip, struct nev_error *err)
{
    enum nev_status s;
    uint32_t i;

    for (i = 0; i < zip->len; i++) {
        if ((s = nev_zip_next(zip, &zip->entry[i], err)) != NEV_OK) {
            return s;
        }
    }
    return zip->at == zip->directory_end ? NEV_OK
                                         : nev_fail(err, NEV_ERR_FORMAT, zip->at, "central directory",
                                                    "the zip directory holds more than its entries");
}

struct nev_zip_entry *nev_zip_find(const struct nev_zip *zip, struct nev_slice folder, struct nev_slice file)
{
    uint32_t i;

    for (i = 0; i < zip->len; i++) {
        struct nev_slice name = zip->entry[i].name;

        if (name.len == folder.len + file.len && memcmp(name.text, folder.text, folder.len) == 0 &&
            memcmp(name.text + folder.len, file.text, file.len) == 0) {
            return &zip->entry[i];
        }
    }
    return NULL;
}

enum nev_status nev_zip_check(const struct nev_zip *zip, struct nev_zip_entry *e, struct nev_error *err)
{
    if (!e->is_intact && nev_crc32(0, zip->mem + e->offset, (size_t)e->bytes) != e->crc) {
        return nev_fail_slice(err, NEV_ERR_CHECKSUM, e->offset, e->name,
                              "a zip entry differs from its CRC-32; download the file again");
    }
    e->is_intact = true;
    return NEV_OK;
}
