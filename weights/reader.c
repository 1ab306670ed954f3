/* SPDX-License-Identifier: MIT */
/* Opens weights files: weights/FORMAT.md, in the order of its tables. */
#include <stdbool.h>
#include <string.h>

#include "nn/base/bytes.h"
#include "weights/layout.h"
#include "weights/weights.h"

/* The first byte of [from, to) that is not zero, or `to`. */
static size_t find_nonzero(const uint8_t *p, size_t from, size_t to)
{
    while (from < to && p[from] == 0) {
        from++;
    }
    return from;
}

static enum nev_status check_zero(const uint8_t *p, size_t from, size_t to, struct nev_error *err)
{
    size_t at = find_nonzero(p, from, to);

    return at == to
               ? NEV_OK
               : nev_fail(err, NEV_ERR_FORMAT, at, "zero bytes", "a reserved or padding byte is not zero");
}

/* A text field of 64 bytes: printable ASCII, then zeros, at least one. */
static enum nev_status check_text(const uint8_t *p, size_t at, const char *name, struct nev_error *err)
{
    size_t i = at;

    while (i < at + 64 && p[i] >= ' ' && p[i] <= '~') {
        i++;
    }
    if (i == at + 64 || find_nonzero(p, i, at + 64) != at + 64) {
        return nev_fail(err, NEV_ERR_FORMAT, at, name,
                        "a name is not printable ASCII followed by zeros to the end of its field");
    }
    return NEV_OK;
}

/* Magic, version, form and the sizes. */
static enum nev_status check_frame(const uint8_t *p, size_t bytes, struct nev_error *err)
{
    uint64_t file_bytes;

    if (bytes < NEV_NVW_MAGIC_BYTES || memcmp(p, NEV_NVW_MAGIC, NEV_NVW_MAGIC_BYTES) != 0) {
        return bytes < NEV_NVW_HEADER_BYTES && memcmp(p, NEV_NVW_MAGIC, bytes < 8 ? bytes : 8) == 0
                   ? nev_fail(err, NEV_ERR_TRUNCATED, bytes, "header", "the file ends inside its header")
                   : nev_fail(err, NEV_ERR_FORMAT, 0, "magic",
                              "this is not a weights file (.nvw); make one with `nevus convert`");
    }
    if (bytes < NEV_NVW_HEADER_BYTES) {
        return nev_fail(err, NEV_ERR_TRUNCATED, bytes, "header", "the file ends inside its header");
    }
    if (nev_load_u32le(p + NEV_NVW_AT_VERSION) != NEV_NVW_VERSION) {
        return nev_fail(err, NEV_ERR_VERSION, NEV_NVW_AT_VERSION, "version",
                        "this build reads version 2 of the weights file; convert the source again");
    }
    if (nev_load_u32le(p + NEV_NVW_AT_FORM) != NEV_FORM_CANONICAL &&
        nev_load_u32le(p + NEV_NVW_AT_FORM) != NEV_FORM_PACKED) {
        return nev_fail(err, NEV_ERR_FORMAT, NEV_NVW_AT_FORM, "form",
                        "the form is neither canonical nor packed");
    }
    if (nev_load_u32le(p + NEV_NVW_AT_HEADER_BYTES) != NEV_NVW_HEADER_BYTES) {
        return nev_fail(err, NEV_ERR_FORMAT, NEV_NVW_AT_HEADER_BYTES, "header_bytes",
                        "the header's size is not 512");
    }
    file_bytes = nev_load_u64le(p + NEV_NVW_AT_FILE_BYTES);
    if (file_bytes > bytes) {
        return nev_fail(err, NEV_ERR_TRUNCATED, bytes, "file_bytes",
                        "the file is shorter than it says; copy or convert it again");
    }
    return file_bytes == bytes ? NEV_OK
                               : nev_fail(err, NEV_ERR_FORMAT, file_bytes, "file_bytes",
                                          "bytes follow the end that the file states");
}

/* Where table, list of digests and payloads lie: read once, checked, and used from here on. */
struct places {
    uint32_t len, chunks;    /* of tensors and digests */
    size_t list, list_bytes; /* of the digests, with the zeros behind them */
    size_t payload;          /* offset */
};

/* The head's digest covers header and table, and in the header that of the list of chunk digests. */
static enum nev_status check_digests(const uint8_t *p, const struct places *at, struct nev_error *err)
{
    uint8_t digest[NEV_SHA256_BYTES];
    struct nev_sha256 sha;

    nev_sha256_init(&sha);
    nev_sha256_update(&sha, p, NEV_NVW_AT_HEAD_SHA256);
    nev_sha256_update(&sha, p + NEV_NVW_HEADER_BYTES, (size_t)at->len * NEV_NVW_ENTRY_BYTES);
    nev_sha256_final(&sha, digest);
    if (memcmp(digest, p + NEV_NVW_AT_HEAD_SHA256, sizeof digest) != 0) {
        return nev_fail(err, NEV_ERR_CHECKSUM, NEV_NVW_AT_HEAD_SHA256, "head_sha256",
                        "header or table differ from their SHA-256; copy or convert the file again");
    }
    nev_sha256_of(p + at->list, at->list_bytes, digest);
    if (memcmp(digest, p + NEV_NVW_AT_PAYLOAD_SHA256, sizeof digest) != 0) {
        return nev_fail(err, NEV_ERR_CHECKSUM, NEV_NVW_AT_PAYLOAD_SHA256, "payload_sha256",
                        "the list of digests differs from its SHA-256; copy or convert the file again");
    }
    return NEV_OK;
}

static void load_model(const uint8_t *p, struct nev_model *m)
{
    uint32_t c;

    m->net = (enum nev_net)nev_load_u32le(p + NEV_NVW_AT_NET);
    m->padding = (enum nev_padding)nev_load_u32le(p + NEV_NVW_AT_PADDING);
    m->bn_form = (enum nev_bn_form)nev_load_u32le(p + NEV_NVW_AT_BN_FORM);
    m->bn_eps = nev_load_f64le(p + NEV_NVW_AT_BN_EPS);
    m->prep.order = (enum nev_channel_order)nev_load_u32le(p + NEV_NVW_AT_ORDER);
    m->prep.width = nev_load_u32le(p + NEV_NVW_AT_WIDTH);
    m->prep.height = nev_load_u32le(p + NEV_NVW_AT_HEIGHT);
    //@ loop unroll 3;
    for (c = 0; c < 3; c++) {
        m->prep.mean[c] = nev_load_f32le(p + NEV_NVW_AT_MEAN + 4 * c);
        m->prep.std[c] = nev_load_f32le(p + NEV_NVW_AT_STD + 4 * c);
    }
    memcpy(m->source_sha256, p + NEV_NVW_AT_SOURCE_SHA256, NEV_SHA256_BYTES);
    memcpy(m->source_name, p + NEV_NVW_AT_SOURCE_NAME, NEV_SOURCE_NAME_LEN);
}

/* The canonical form states no canonical digest and no profile, the packed form both. */
static enum nev_status check_form(const uint8_t *p, struct nev_error *err)
{
    uint32_t profile = nev_load_u32le(p + NEV_NVW_AT_PROFILE);

    if (nev_load_u32le(p + NEV_NVW_AT_FORM) == NEV_FORM_CANONICAL) {
        return check_zero(p, NEV_NVW_AT_CANONICAL_SHA256, NEV_NVW_AT_CHUNK_LEN, err);
    }
    if (profile != NEV_PROFILE_FAST && profile != NEV_PROFILE_DIRECT) {
        return nev_fail(err, NEV_ERR_UNSUPPORTED, NEV_NVW_AT_PROFILE, "profile",
                        "a profile that this build does not know; pack the canonical file with this build");
    }
    if (find_nonzero(p, NEV_NVW_AT_CANONICAL_SHA256, NEV_NVW_AT_PROFILE) == NEV_NVW_AT_PROFILE) {
        return nev_fail(
            err, NEV_ERR_FORMAT, NEV_NVW_AT_CANONICAL_SHA256, "canonical_sha256",
            "a packed file that does not say what it was packed from; pack the canonical file again");
    }
    return NEV_OK;
}

/* Fills *at. */
static enum nev_status check_places(const uint8_t *p, size_t bytes, struct places *at, struct nev_error *err)
{
    uint32_t len = nev_load_u32le(p + NEV_NVW_AT_TENSOR_LEN),
             chunks = nev_load_u32le(p + NEV_NVW_AT_CHUNK_LEN);
    uint64_t payload = nev_load_u64le(p + NEV_NVW_AT_PAYLOAD), list_end;

    if (len < 1 || len > NEV_TENSORS_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NVW_AT_TENSOR_LEN, "tensor_len",
                        "the number of tensors is not 1..1024");
    }
    if (nev_load_u64le(p + NEV_NVW_AT_TABLE) != NEV_NVW_HEADER_BYTES) {
        return nev_fail(err, NEV_ERR_FORMAT, NEV_NVW_AT_TABLE, "table_offset", "the table is not at 512");
    }
    if (payload != nev_nvw_payload_offset(len, chunks)) {
        return nev_fail(err, NEV_ERR_FORMAT, NEV_NVW_AT_PAYLOAD, "payload_offset",
                        "the payloads do not start where table and digests end");
    }
    if (payload > bytes || len > (bytes - NEV_NVW_HEADER_BYTES) / NEV_NVW_ENTRY_BYTES) {
        return nev_fail(err, NEV_ERR_TRUNCATED, bytes, "table", "the file ends inside its table or digests");
    }
    if (chunks != nev_nvw_chunks(bytes - payload)) {
        return nev_fail(err, NEV_ERR_FORMAT, NEV_NVW_AT_CHUNK_LEN, "chunk_len",
                        "the number of digests is not that of the payload's chunks");
    }
    //@ split len;
    list_end = nev_nvw_list_offset(len) + (uint64_t)chunks * NEV_SHA256_BYTES;
    if (list_end > payload) { /* it is not, by the formula above */
        return nev_fail(err, NEV_ERR_FORMAT, NEV_NVW_AT_PAYLOAD, "payload_offset",
                        "the payloads start inside the digests");
    }
    at->len = len;
    at->chunks = chunks;
    at->list = (size_t)nev_nvw_list_offset(len);
    at->list_bytes = (size_t)payload - at->list;
    at->payload = (size_t)payload;
    return check_zero(p, (size_t)list_end, at->payload, err);
}

static enum nev_status check_header(const uint8_t *p, size_t bytes, struct nev_model *model,
                                    struct places *at, struct nev_error *err)
{
    enum nev_status s;

    if ((s = check_places(p, bytes, at, err)) != NEV_OK ||
        (s = check_text(p, NEV_NVW_AT_SOURCE_NAME, "source_name", err)) != NEV_OK ||
        (s = check_zero(p, NEV_NVW_AT_ZERO0, NEV_NVW_AT_SOURCE_SHA256, err)) != NEV_OK ||
        (s = check_form(p, err)) != NEV_OK ||
        (s = check_zero(p, NEV_NVW_AT_ZERO1, NEV_NVW_AT_PAYLOAD_SHA256, err)) != NEV_OK ||
        (s = check_zero(p, NEV_NVW_AT_ZERO2, NEV_NVW_AT_HEAD_SHA256, err)) != NEV_OK) {
        return s;
    }
    load_model(p, model);
    return nev_model_check(model, err);
}

static void load_spec(const uint8_t *entry, struct nev_tensor_spec *spec)
{
    uint32_t d;

    spec->name = (const char *)entry + NEV_NVW_IN_NAME;
    spec->kind = (enum nev_tensor_kind)nev_load_u32le(entry + NEV_NVW_IN_KIND);
    spec->ndim = nev_load_u32le(entry + NEV_NVW_IN_NDIM);
    //@ loop unroll NEV_TENSOR_DIMS;
    for (d = 0; d < NEV_TENSOR_DIMS; d++) {
        spec->dim[d] = nev_load_u32le(entry + NEV_NVW_IN_DIM + 4 * d);
    }
}

/* Bounds: 1024 names make at most 523,776 comparisons, and those of different names end early. Whole fields are
 * compared: zeros follow a name to its field's end. */
static bool is_repeated(const uint8_t *table, uint32_t i)
{
    const uint8_t *name = table + (size_t)i * NEV_NVW_ENTRY_BYTES;
    uint32_t j;

    for (j = 0; j < i; j++) {
        if (memcmp(table + (size_t)j * NEV_NVW_ENTRY_BYTES, name, NEV_TENSOR_NAME_LEN) == 0) {
            return true;
        }
    }
    return false;
}

/* One entry; *end is where the payload before it ended, rounded up, and becomes this one's. */
static enum nev_status check_entry(const uint8_t *p, uint32_t i, uint64_t *end, struct nev_error *err)
{
    size_t at = NEV_NVW_HEADER_BYTES + (size_t)i * NEV_NVW_ENTRY_BYTES;
    struct nev_tensor_spec spec;
    uint64_t payload;
    enum nev_status s;

    if ((s = check_text(p, at, "tensor name", err)) != NEV_OK) {
        return s;
    }
    load_spec(p + at, &spec);
    if (spec.name[0] == '\0' || is_repeated(p + NEV_NVW_HEADER_BYTES, i)) {
        return nev_fail(err, NEV_ERR_FORMAT, at, spec.name[0] == '\0' ? "tensor name" : spec.name,
                        "a tensor's name is empty or stands twice");
    }
    s = nev_spec_check(&spec, at, &payload, err);
    if (s == NEV_OK && nev_load_u32le(p + NEV_NVW_AT_FORM) == NEV_FORM_PACKED) {
        s = nev_packed_check(&spec, nev_load_u32le(p + at + NEV_NVW_IN_ALGORITHM), at, &payload, err);
    } else if (s == NEV_OK) {
        s = check_zero(p, at + NEV_NVW_IN_ALGORITHM, at + NEV_NVW_IN_ZERO, err);
    }
    if (s != NEV_OK) {
        return s;
    }
    if (nev_load_u64le(p + at + NEV_NVW_IN_BYTES) != payload) {
        return nev_fail(err, NEV_ERR_SHAPE, at + NEV_NVW_IN_BYTES, spec.name,
                        "a tensor's size does not follow from its dimensions");
    }
    if (nev_load_u64le(p + at + NEV_NVW_IN_OFFSET) != *end) {
        return nev_fail(err, NEV_ERR_FORMAT, at + NEV_NVW_IN_OFFSET, spec.name,
                        "a payload is not where the one before it ends");
    }
    *end = nev_nvw_align(*end + payload);
    return check_zero(p, at + NEV_NVW_IN_ZERO, at + NEV_NVW_ENTRY_BYTES, err);
}

enum nev_status nev_weights_open(struct nev_weights *w, const void *mem, size_t bytes, struct nev_error *err)
{
    const uint8_t *p = mem;
    struct nev_model model;
    struct places at = {0};
    uint64_t end;
    uint32_t i;
    enum nev_status s;

    memset(w, 0, sizeof *w);
    if (bytes == 0) {
        return nev_fail(err, NEV_ERR_TRUNCATED, 0, "file", "the file is empty");
    }
    if ((s = check_frame(p, bytes, err)) != NEV_OK ||
        (s = check_header(p, bytes, &model, &at, err)) != NEV_OK) {
        return s;
    }
    end = at.payload;
    for (i = 0; i < at.len; i++) {
        if ((s = check_entry(p, i, &end, err)) != NEV_OK) {
            return s;
        }
    }
    if (end != bytes) {
        return nev_fail(err, NEV_ERR_FORMAT, NEV_NVW_AT_FILE_BYTES, "file_bytes",
                        "the file does not end where its last payload does");
    }
    if ((s = check_digests(p, &at, err)) != NEV_OK) {
        return s;
    }
    w->model = model;
    w->form = (enum nev_form)nev_load_u32le(p + NEV_NVW_AT_FORM);
    w->profile = (enum nev_profile)nev_load_u32le(p + NEV_NVW_AT_PROFILE);
    w->base = p;
    w->bytes = bytes;
    w->payload_offset = at.payload;
    w->tensor_len = at.len;
    w->chunk_len = at.chunks;
    memcpy(w->payload_sha256, p + NEV_NVW_AT_PAYLOAD_SHA256, NEV_SHA256_BYTES);
    memcpy(w->head_sha256, p + NEV_NVW_AT_HEAD_SHA256, NEV_SHA256_BYTES);
    memcpy(w->canonical_sha256,
           p + (w->form == NEV_FORM_PACKED ? NEV_NVW_AT_CANONICAL_SHA256 : NEV_NVW_AT_HEAD_SHA256),
           NEV_SHA256_BYTES);
    return NEV_OK;
}

void nev_weights_tensor(const struct nev_weights *w, uint32_t i, struct nev_tensor *t)
{
    const uint8_t *entry = w->base + NEV_NVW_HEADER_BYTES + (size_t)i * NEV_NVW_ENTRY_BYTES;
    struct nev_tensor_spec spec;

    load_spec(entry, &spec);
    memcpy(t->name, spec.name, NEV_TENSOR_NAME_LEN);
    t->kind = spec.kind;
    t->ndim = spec.ndim;
    memcpy(t->dim, spec.dim, sizeof t->dim);
    t->algorithm = (enum nev_layer_algorithm)nev_load_u32le(entry + NEV_NVW_IN_ALGORITHM);
    t->len = (size_t)(nev_load_u64le(entry + NEV_NVW_IN_BYTES) / 4);
    t->offset = nev_load_u64le(entry + NEV_NVW_IN_OFFSET);
    t->entry = NEV_NVW_HEADER_BYTES + (uint64_t)i * NEV_NVW_ENTRY_BYTES;
    t->data = w->base + (size_t)t->offset;
}

static bool is_equal(const char field[NEV_TENSOR_NAME_LEN], const char *name)
{
    uint32_t k = 0;

    while (k < NEV_TENSOR_NAME_LEN - 1 && field[k] != '\0' && field[k] == name[k]) {
        k++;
    }
    return field[k] == name[k];
}

enum nev_status nev_weights_find(const struct nev_weights *w, const char *name, struct nev_tensor *t,
                                 struct nev_error *err)
{
    uint32_t i;

    for (i = 0; i < w->tensor_len; i++) {
        nev_weights_tensor(w, i, t);
        if (is_equal(t->name, name)) {
            return NEV_OK;
        }
    }
    memset(t, 0, sizeof *t);
    return nev_fail(err, NEV_ERR_MISSING, NEV_NO_OFFSET, name, "the weights file has no tensor of this name");
}
