/* SPDX-License-Identifier: MIT */
/* Lays out weights files of both forms: weights/FORMAT.md. */
#include <stdbool.h>
#include <string.h>

#include "nn/base/bytes.h"
#include "weights/layout.h"
#include "weights/weights.h"

/* The length of a tensor's name, or 0 if the format cannot hold it. */
static size_t name_len(const char *name)
{
    size_t i;

    for (i = 0; name != NULL && i < NEV_TENSOR_NAME_LEN; i++) {
        if (name[i] == '\0') {
            return i;
        }
        if (name[i] < ' ' || name[i] > '~') {
            return 0;
        }
    }
    return 0;
}

static enum nev_status check_names(const struct nev_tensor_spec *specs, uint32_t specs_len)
{
    uint32_t i, j;

    for (i = 0; i < specs_len; i++) {
        if (name_len(specs[i].name) == 0) {
            return NEV_ERR_ARGUMENT;
        }
        for (j = 0; j < i; j++) {
            if (strcmp(specs[i].name, specs[j].name) == 0) {
                return NEV_ERR_ARGUMENT;
            }
        }
    }
    return NEV_OK;
}

/* The payload of tensor i; packing NULL: of the canonical form. */
static enum nev_status payload_of(const struct nev_packing *packing, const struct nev_tensor_spec *specs,
                                  uint32_t i, uint64_t *payload)
{
    enum nev_status s = nev_spec_check(&specs[i], NEV_NO_OFFSET, payload, NULL);

    if (s == NEV_OK && packing != NULL) {
        s = nev_packed_check(&specs[i], (uint32_t)packing->algorithms[i], NEV_NO_OFFSET, payload, NULL);
    }
    return s;
}

/* Where things lie in a file. */
struct places {
    uint64_t chunk_len, payload_offset, file_bytes;
};

static enum nev_status place_all(const struct nev_packing *packing, const struct nev_tensor_spec *specs,
                                 uint32_t specs_len, struct places *at)
{
    uint64_t end = 0, payload;
    enum nev_status s;
    uint32_t i;

    if (specs_len < 1 || specs_len > NEV_TENSORS_MAX) {
        return NEV_ERR_LIMIT;
    }
    if ((s = check_names(specs, specs_len)) != NEV_OK) {
        return s;
    }
    for (i = 0; i < specs_len; i++) {
        if ((s = payload_of(packing, specs, i, &payload)) != NEV_OK) {
            return s;
        }
        end = nev_nvw_align(end + payload);
    }
    at->chunk_len = nev_nvw_chunks(end);
    at->payload_offset = nev_nvw_payload_offset(specs_len, at->chunk_len);
    at->file_bytes = at->payload_offset + end;
    return at->file_bytes > SIZE_MAX ? NEV_ERR_LIMIT : NEV_OK;
}

static enum nev_status size_file(const struct nev_packing *packing, const struct nev_tensor_spec *specs,
                                 uint32_t specs_len, size_t *bytes)
{
    struct places at;
    enum nev_status s = place_all(packing, specs, specs_len, &at);

    *bytes = s == NEV_OK ? (size_t)at.file_bytes : 0;
    return s;
}

enum nev_status nev_weights_write_bytes(const struct nev_tensor_spec *specs, uint32_t specs_len,
                                        size_t *bytes)
{
    return size_file(NULL, specs, specs_len, bytes);
}

enum nev_status nev_weights_write_packed_bytes(const struct nev_packing *packing,
                                               const struct nev_tensor_spec *specs, uint32_t specs_len,
                                               size_t *bytes)
{
    return size_file(packing, specs, specs_len, bytes);
}

static void store_header(const struct nev_model *m, uint32_t specs_len, const struct places *at, uint8_t *p)
{
    uint32_t c;

    memcpy(p, NEV_NVW_MAGIC, NEV_NVW_MAGIC_BYTES);
    nev_store_u32le(p + NEV_NVW_AT_VERSION, NEV_NVW_VERSION);
    nev_store_u32le(p + NEV_NVW_AT_FORM, NEV_FORM_CANONICAL);
    nev_store_u64le(p + NEV_NVW_AT_FILE_BYTES, at->file_bytes);
    nev_store_u32le(p + NEV_NVW_AT_HEADER_BYTES, NEV_NVW_HEADER_BYTES);
    nev_store_u32le(p + NEV_NVW_AT_TENSOR_LEN, specs_len);
    nev_store_u64le(p + NEV_NVW_AT_TABLE, NEV_NVW_HEADER_BYTES);
    nev_store_u64le(p + NEV_NVW_AT_PAYLOAD, at->payload_offset);
    nev_store_u32le(p + NEV_NVW_AT_CHUNK_LEN, (uint32_t)at->chunk_len);
    nev_store_u32le(p + NEV_NVW_AT_NET, (uint32_t)m->net);
    nev_store_u32le(p + NEV_NVW_AT_PADDING, (uint32_t)m->padding);
    nev_store_u32le(p + NEV_NVW_AT_BN_FORM, (uint32_t)m->bn_form);
    nev_store_u32le(p + NEV_NVW_AT_ORDER, (uint32_t)m->prep.order);
    nev_store_f64le(p + NEV_NVW_AT_BN_EPS, m->bn_eps);
    nev_store_u32le(p + NEV_NVW_AT_WIDTH, m->prep.width);
    nev_store_u32le(p + NEV_NVW_AT_HEIGHT, m->prep.height);
    for (c = 0; c < 3; c++) {
        nev_store_f32le(p + NEV_NVW_AT_MEAN + 4 * c, m->prep.mean[c]);
        nev_store_f32le(p + NEV_NVW_AT_STD + 4 * c, m->prep.std[c]);
    }
    memcpy(p + NEV_NVW_AT_SOURCE_SHA256, m->source_sha256, NEV_SHA256_BYTES);
    memcpy(p + NEV_NVW_AT_SOURCE_NAME, m->source_name, strlen(m->source_name));
}

static void store_entry(const struct nev_tensor_spec *spec, uint64_t offset, uint64_t payload, uint8_t *entry)
{
    memcpy(entry + NEV_NVW_IN_NAME, spec->name, name_len(spec->name));
    nev_store_u32le(entry + NEV_NVW_IN_KIND, (uint32_t)spec->kind);
    nev_store_u32le(entry + NEV_NVW_IN_NDIM, spec->ndim);
    for (uint32_t d = 0; d < NEV_TENSOR_DIMS; d++) {
        nev_store_u32le(entry + NEV_NVW_IN_DIM + 4 * d, spec->dim[d]);
    }
    nev_store_u64le(entry + NEV_NVW_IN_OFFSET, offset);
    nev_store_u64le(entry + NEV_NVW_IN_BYTES, payload);
}

/* packing NULL: the canonical form. */
static enum nev_status begin_file(const struct nev_model *model, const struct nev_packing *packing,
                                  const struct nev_tensor_spec *specs, uint32_t specs_len, uint8_t *file,
                                  size_t file_bytes)
{
    struct places at;
    uint64_t end, payload;
    enum nev_status s;

    if ((s = nev_model_check(model, NULL)) != NEV_OK ||
        (s = place_all(packing, specs, specs_len, &at)) != NEV_OK) {
        return s;
    }
    if (file_bytes != at.file_bytes) {
        return NEV_ERR_MEMORY;
    }
    memset(file, 0, file_bytes);
    store_header(model, specs_len, &at, file);
    end = at.payload_offset;
    for (uint32_t i = 0; i < specs_len; i++) {
        uint8_t *entry = file + NEV_NVW_HEADER_BYTES + (size_t)i * NEV_NVW_ENTRY_BYTES;

        if ((s = payload_of(packing, specs, i, &payload)) != NEV_OK) {
            return s;
        }
        store_entry(&specs[i], end, payload, entry);
        if (packing != NULL) {
            nev_store_u32le(entry + NEV_NVW_IN_ALGORITHM, (uint32_t)packing->algorithms[i]);
        }
        end = nev_nvw_align(end + payload);
    }
    return NEV_OK;
}

enum nev_status nev_weights_write_begin(const struct nev_model *model, const struct nev_tensor_spec *specs,
                                        uint32_t specs_len, uint8_t *file, size_t file_bytes)
{
    return begin_file(model, NULL, specs, specs_len, file, file_bytes);
}

/* No file has a digest of zeros, but one that was left out. */
static bool is_stated(const uint8_t digest[NEV_SHA256_BYTES])
{
    static const uint8_t zeros[NEV_SHA256_BYTES] = {0};

    return memcmp(digest, zeros, sizeof zeros) != 0;
}

enum nev_status nev_weights_write_packed_begin(const struct nev_model *model,
                                               const struct nev_packing *packing,
                                               const struct nev_tensor_spec *specs, uint32_t specs_len,
                                               uint8_t *file, size_t file_bytes)
{
    enum nev_status s;

    if ((packing->profile != NEV_PROFILE_FAST && packing->profile != NEV_PROFILE_DIRECT) ||
        !is_stated(packing->canonical_sha256)) {
        return NEV_ERR_ARGUMENT;
    }
    s = begin_file(model, packing, specs, specs_len, file, file_bytes);
    if (s == NEV_OK) {
        nev_store_u32le(file + NEV_NVW_AT_FORM, NEV_FORM_PACKED);
        nev_store_u32le(file + NEV_NVW_AT_PROFILE, (uint32_t)packing->profile);
        memcpy(file + NEV_NVW_AT_CANONICAL_SHA256, packing->canonical_sha256, NEV_SHA256_BYTES);
    }
    return s;
}

uint8_t *nev_weights_payload(uint8_t *file, uint32_t i, size_t *len)
{
    const uint8_t *entry = file + NEV_NVW_HEADER_BYTES + (size_t)i * NEV_NVW_ENTRY_BYTES;

    *len = (size_t)(nev_load_u64le(entry + NEV_NVW_IN_BYTES) / 4);
    return file + (size_t)nev_load_u64le(entry + NEV_NVW_IN_OFFSET);
}

void nev_weights_write_end(uint8_t *file, size_t file_bytes)
{
    size_t payload = (size_t)nev_load_u64le(file + NEV_NVW_AT_PAYLOAD), at;
    size_t list = (size_t)nev_nvw_list_offset(nev_load_u32le(file + NEV_NVW_AT_TENSOR_LEN));
    uint8_t *digest = file + list;
    struct nev_sha256 sha;

    for (at = payload; at < file_bytes; at += NEV_NVW_CHUNK_BYTES, digest += NEV_SHA256_BYTES) {
        size_t rest = file_bytes - at;

        nev_sha256_of(file + at, rest < NEV_NVW_CHUNK_BYTES ? rest : NEV_NVW_CHUNK_BYTES, digest);
    }
    nev_sha256_of(file + list, payload - list, file + NEV_NVW_AT_PAYLOAD_SHA256);
    nev_sha256_init(&sha);
    nev_sha256_update(&sha, file, NEV_NVW_AT_HEAD_SHA256);
    nev_sha256_update(&sha, file + NEV_NVW_HEADER_BYTES, list - NEV_NVW_HEADER_BYTES);
    nev_sha256_final(&sha, file + NEV_NVW_AT_HEAD_SHA256);
}
