/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/mutate.h"

#include <string.h>

#include "forest/file/layout.h"
#include "nn/base/bytes.h"
#include "nn/base/crc32.h"
#include "nn/base/sha256.h"
#include "weights/layout.h"

void fuzz_repair_nvw(uint8_t *data, size_t bytes)
{
    struct nev_sha256 sha;
    uint64_t list, payload, at;
    uint8_t *digest;

    if (bytes < NEV_NVW_HEADER_BYTES) {
        return;
    }
    nev_store_u64le(data + NEV_NVW_AT_FILE_BYTES, bytes);
    list = nev_nvw_list_offset(nev_load_u32le(data + NEV_NVW_AT_TENSOR_LEN));
    payload = nev_load_u64le(data + NEV_NVW_AT_PAYLOAD);
    if (payload > bytes || list > payload) {
        return;
    }
    digest = data + list;
    for (at = payload; at < bytes && digest + NEV_SHA256_BYTES <= data + payload; at += NEV_NVW_CHUNK_BYTES) {
        nev_sha256_of(data + at,
                      bytes - at < NEV_NVW_CHUNK_BYTES ? (size_t)(bytes - at) : NEV_NVW_CHUNK_BYTES, digest);
        digest += NEV_SHA256_BYTES;
    }
    nev_sha256_of(data + list, (size_t)(payload - list), data + NEV_NVW_AT_PAYLOAD_SHA256);
    nev_sha256_init(&sha);
    nev_sha256_update(&sha, data, NEV_NVW_AT_HEAD_SHA256);
    nev_sha256_update(&sha, data + NEV_NVW_HEADER_BYTES, (size_t)(list - NEV_NVW_HEADER_BYTES));
    nev_sha256_final(&sha, data + NEV_NVW_AT_HEAD_SHA256);
}

void fuzz_repair_nvf(uint8_t *data, size_t bytes)
{
    if (bytes < NEV_FILE_HEADER_BYTES) {
        return;
    }
    nev_store_u64le(data + 16, bytes);
    nev_file_digest(data, bytes, data + NEV_FILE_DIGEST_AT);
}

void fuzz_repair_png(uint8_t *data, size_t bytes)
{
    size_t at = 8, len;

    while (bytes >= 12 && at <= bytes - 12) {
        len = nev_load_u32be(data + at);
        if (len > bytes - 12 - at) {
            return;
        }
        nev_store_u32be(data + at + 8 + len, nev_crc32(0, data + at + 4, len + 4));
        at += 12 + len;
    }
}

/* The descriptor behind an entry's data, if it begins with its signature. */
static void repair_descriptor(uint8_t *data, size_t bytes, uint64_t at, uint32_t crc)
{
    if (at + 8 <= bytes && nev_load_u32le(data + at) == 0x08074b50) {
        nev_store_u32le(data + at + 4, crc);
    }
}

/* The entry of the directory at `at`; returns where the next one begins, or `bytes`. */
static size_t repair_entry(uint8_t *data, size_t bytes, size_t at)
{
    uint64_t local = nev_load_u32le(data + at + 42), len = nev_load_u32le(data + at + 24), from;
    uint32_t crc;

    if (local + 30 <= bytes && nev_load_u32le(data + local) == 0x04034b50) {
        from = local + 30 + nev_load_u16le(data + local + 26) + nev_load_u16le(data + local + 28);
        if (from <= bytes && len <= bytes - from) {
            crc = nev_crc32(0, data + from, (size_t)len);
            nev_store_u32le(data + at + 16, crc);
            if ((nev_load_u16le(data + local + 6) & 8) == 0) {
                nev_store_u32le(data + local + 14, crc);
            } else {
                repair_descriptor(data, bytes, from + len, crc);
            }
        }
    }
    return at + 46 + nev_load_u16le(data + at + 28) + nev_load_u16le(data + at + 30) +
           nev_load_u16le(data + at + 32);
}

void fuzz_repair_zip(uint8_t *data, size_t bytes)
{
    size_t at = 0;

    while (bytes >= 46 && at <= bytes - 46) {
        at = nev_load_u32le(data + at) == 0x02014b50 ? repair_entry(data, bytes, at) : at + 1;
    }
}
