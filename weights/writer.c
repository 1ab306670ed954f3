/* SPDX-License-Identifier: MIT */
/* Lays out canonical weights files: weights/FORMAT.md. */
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

enum nev_status nev_weights_write_bytes(const struct nev_tensor_spec *specs, uint32_t specs_len,
                                        size_t *bytes)
{
    uint64_t end = NEV_NVW_HEADER_BYTES + (uint64_t)specs_len * NEV_NVW_ENTRY_BYTES, payload;
    enum nev_status s;
    uint32_t i;

    *bytes = 0;
    if (specs_len < 1 || specs_len > NEV_TENSORS_MAX) {
        return NEV_ERR_LIMIT;
    }
    if ((s = check_names(specs, specs_len)) != NEV_OK) {
        return s;
    }
    for (i = 0; i < specs_len; i++) {
        if ((s = nev_spec_check(&specs[i], NEV_NO_OFFSET, &payload, NULL)) != NEV_OK) {
            return s;
        }
        end = nev_nvw_align(end + payload);
    }
    if (end > SIZE_MAX) {
        return NEV_ERR_LIMIT;
    }
    *bytes = (size_t)end;
    return NEV_OK;
}

static void store_header(const struct nev_model *m, uint32_t specs_len, uint8_t *p, uint64_t file_bytes)
{
    uint32_t c;

    memcpy(p, NEV_NVW_MAGIC, NEV_NVW_MAGIC_BYTES);
    nev_store_u32le(p + NEV_NVW_AT_VERSION, NEV_NVW_VERSION);
    nev_store_u32le(p + NEV_NVW_AT_FORM, NEV_NVW_CANONICAL);
    nev_store_u64le(p + NEV_NVW_AT_FILE_BYTES, file_bytes);
    nev_store_u32le(p + NEV_NVW_AT_HEADER_BYTES, NEV_NVW_HEADER_BYTES);
    nev_store_u32le(p + NEV_NVW_AT_TENSOR_LEN, specs_len);
    nev_store_u64le(p + NEV_NVW_AT_TABLE, NEV_NVW_HEADER_BYTES);
    nev_store_u64le(p + NEV_NVW_AT_PAYLOAD, NEV_NVW_HEADER_BYTES + (uint64_t)specs_len * NEV_NVW_ENTRY_BYTES);
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

enum nev_status nev_weights_write_begin(const struct nev_model *model, const struct nev_tensor_spec *specs,
                                        uint32_t specs_len, uint8_t *file, size_t file_bytes)
{
    uint64_t end, payload;
    enum nev_status s;
    size_t needed;
    uint32_t i, d;

    if ((s = nev_model_check(model, NULL)) != NEV_OK ||
        (s = nev_weights_write_bytes(specs, specs_len, &needed)) != NEV_OK) {
        return s;
    }
    if (file_bytes != needed) {
        return NEV_ERR_MEMORY;
    }
    memset(file, 0, file_bytes);
    store_header(model, specs_len, file, file_bytes);
    end = nev_load_u64le(file + NEV_NVW_AT_PAYLOAD);
    for (i = 0; i < specs_len; i++) {
        uint8_t *entry = file + NEV_NVW_HEADER_BYTES + (size_t)i * NEV_NVW_ENTRY_BYTES;

        if ((s = nev_spec_check(&specs[i], NEV_NO_OFFSET, &payload, NULL)) != NEV_OK) {
            return s;
        }
        memcpy(entry + NEV_NVW_IN_NAME, specs[i].name, name_len(specs[i].name));
        nev_store_u32le(entry + NEV_NVW_IN_KIND, (uint32_t)specs[i].kind);
        nev_store_u32le(entry + NEV_NVW_IN_NDIM, specs[i].ndim);
        for (d = 0; d < NEV_TENSOR_DIMS; d++) {
            nev_store_u32le(entry + NEV_NVW_IN_DIM + 4 * d, specs[i].dim[d]);
        }
        nev_store_u64le(entry + NEV_NVW_IN_OFFSET, end);
        nev_store_u64le(entry + NEV_NVW_IN_BYTES, payload);
        end = nev_nvw_align(end + payload);
    }
    return NEV_OK;
}

uint8_t *nev_weights_payload(uint8_t *file, uint32_t i, size_t *len)
{
    const uint8_t *entry = file + NEV_NVW_HEADER_BYTES + (size_t)i * NEV_NVW_ENTRY_BYTES;

    *len = (size_t)(nev_load_u64le(entry + NEV_NVW_IN_BYTES) / 4);
    return file + (size_t)nev_load_u64le(entry + NEV_NVW_IN_OFFSET);
}

void nev_weights_write_end(uint8_t *file, size_t file_bytes)
{
    size_t payload = (size_t)nev_load_u64le(file + NEV_NVW_AT_PAYLOAD);
    struct nev_sha256 sha;

    nev_sha256_of(file + payload, file_bytes - payload, file + NEV_NVW_AT_PAYLOAD_SHA256);
    nev_sha256_init(&sha);
    nev_sha256_update(&sha, file, NEV_NVW_AT_HEAD_SHA256);
    nev_sha256_update(&sha, file + NEV_NVW_HEADER_BYTES, payload - NEV_NVW_HEADER_BYTES);
    nev_sha256_final(&sha, file + NEV_NVW_AT_HEAD_SHA256);
}
