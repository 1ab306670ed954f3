/* SPDX-License-Identifier: MIT */
#include "weights/import/safetensors.h"

#include <string.h>

#include "nn/base/bytes.h"
#include "weights/import/json.h"

#define DIMS_MAX 8u
/* No tensor's entry is shorter than "":{"dtype":"F32","shape":[],"data_offsets":[0,4]} with its comma. */
#define ENTRY_BYTES_MIN 48u

static const struct {
    const char *name;
    enum nev_dtype dtype;
} dtypes[] = {
    {"F32", NEV_DTYPE_F32},     {"F16", NEV_DTYPE_F16},        {"BF16", NEV_DTYPE_BF16},
    {"F64", NEV_DTYPE_F64},     {"I64", NEV_DTYPE_OTHER8},     {"U64", NEV_DTYPE_OTHER8},
    {"I32", NEV_DTYPE_OTHER4},  {"U32", NEV_DTYPE_OTHER4},     {"I16", NEV_DTYPE_OTHER2},
    {"U16", NEV_DTYPE_OTHER2},  {"I8", NEV_DTYPE_OTHER1},      {"U8", NEV_DTYPE_OTHER1},
    {"BOOL", NEV_DTYPE_OTHER1}, {"F8_E4M3", NEV_DTYPE_OTHER1}, {"F8_E5M2", NEV_DTYPE_OTHER1},
};

struct reader {
    struct nev_json_reader json;
    const uint8_t *data; /* where the tensors' bytes begin */
    uint64_t data_bytes;
    struct nev_source_tensor *tensor;
    uint32_t len, max;
};

static enum nev_status check_frame(const uint8_t *mem, size_t bytes, uint64_t *header_bytes,
                                   struct nev_error *err)
{
    *header_bytes = 0;
    if (bytes < 8 || nev_load_u64le(mem) > bytes - 8) {
        return nev_fail(err, NEV_ERR_TRUNCATED, bytes, "safetensors", "the file ends inside its header");
    }
    *header_bytes = nev_load_u64le(mem);
    if (*header_bytes > NEV_SAFETENSORS_HEADER_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, 0, "safetensors", "the header is larger than 16 MiB");
    }
    return NEV_OK;
}

static uint32_t tensors_max(uint64_t header_bytes)
{
    uint64_t n = header_bytes / ENTRY_BYTES_MIN + 1;

    return n < NEV_SOURCE_TENSORS_MAX ? (uint32_t)n : NEV_SOURCE_TENSORS_MAX;
}

enum nev_status nev_safetensors_arena_bytes(const uint8_t *mem, size_t bytes, size_t *arena_bytes,
                                            struct nev_error *err)
{
    uint64_t header_bytes;
    enum nev_status s = check_frame(mem, bytes, &header_bytes, err);

    *arena_bytes = s == NEV_OK ? tensors_max(header_bytes) * sizeof(struct nev_source_tensor) + 8 : 0;
    return s;
}

/* {"key": "text", ...} whose content does not matter. */
static enum nev_status skip_metadata(struct nev_json_reader *j)
{
    enum nev_status s = nev_json_expect(j, '{');
    struct nev_slice text;

    if (s != NEV_OK || nev_json_is(j, '}')) {
        return s;
    }
    do {
        if ((s = nev_json_string(j, &text)) != NEV_OK || (s = nev_json_expect(j, ':')) != NEV_OK ||
            (s = nev_json_string(j, &text)) != NEV_OK) {
            return s;
        }
    } while (nev_json_is(j, ','));
    return nev_json_expect(j, '}');
}

static enum nev_status read_dtype(struct nev_json_reader *j, enum nev_dtype *dtype)
{
    struct nev_slice text;
    enum nev_status s = nev_json_string(j, &text);
    size_t i;

    for (i = 0; s == NEV_OK && i < sizeof dtypes / sizeof dtypes[0]; i++) {
        if (nev_slice_is(text, dtypes[i].name)) {
            *dtype = dtypes[i].dtype;
            return NEV_OK;
        }
    }
    return s != NEV_OK ? s
                       : nev_fail_slice(j->err, NEV_ERR_UNSUPPORTED, j->offset + j->at, text,
                                        "unknown element type; save the model as float32");
}

/* What an entry's three members say. */
struct entry {
    enum nev_dtype dtype;
    uint64_t dim[DIMS_MAX], range[2];
    uint32_t ndim, range_len, seen; /* bit 0 dtype, 1 shape, 2 data_offsets */
};

static enum nev_status read_member(struct nev_json_reader *j, struct entry *e)
{
    struct nev_slice key;
    enum nev_status s;
    uint32_t bit;

    if ((s = nev_json_string(j, &key)) != NEV_OK || (s = nev_json_expect(j, ':')) != NEV_OK) {
        return s;
    }
    bit = nev_slice_is(key, "dtype")          ? 1
          : nev_slice_is(key, "shape")        ? 2
          : nev_slice_is(key, "data_offsets") ? 4
                                              : 0;
    if (bit == 0 || (e->seen & bit) != 0) {
        return nev_json_fail(j, "a tensor has an unknown member or one twice");
    }
    e->seen |= bit;
    return bit == 1   ? read_dtype(j, &e->dtype)
           : bit == 2 ? nev_json_numbers(j, e->dim, DIMS_MAX, &e->ndim)
                      : nev_json_numbers(j, e->range, 2, &e->range_len);
}

static enum nev_status place(struct reader *r, const struct entry *e, struct nev_source_tensor *t)
{
    enum nev_status s;

    if (e->seen != 7 || e->range_len != 2 || e->range[0] > e->range[1]) {
        return nev_json_fail(&r->json, "a tensor lacks its type, its shape or its place");
    }
    if (e->range[1] > r->data_bytes) {
        return nev_fail_slice(r->json.err, NEV_ERR_TRUNCATED, r->json.offset + r->json.at, t->name,
                              "a tensor reaches past the end of the file; download it again");
    }
    t->dtype = e->dtype;
    t->data = r->data + e->range[0];
    t->offset = r->json.offset + r->json.bytes + e->range[0];
    if ((s = nev_source_shape(t, e->dim, e->ndim, r->json.err)) != NEV_OK) {
        return s;
    }
    return t->len * nev_dtype_bytes(e->dtype) == e->range[1] - e->range[0]
               ? NEV_OK
               : nev_fail_slice(r->json.err, NEV_ERR_SHAPE, t->offset, t->name,
                                "a tensor's bytes do not follow from its shape");
}

static enum nev_status read_entry(struct reader *r)
{
    struct nev_json_reader *j = &r->json;
    struct nev_source_tensor *t;
    struct entry e = {0};
    struct nev_slice name;
    enum nev_status s;

    if ((s = nev_json_string(j, &name)) != NEV_OK || (s = nev_json_expect(j, ':')) != NEV_OK) {
        return s;
    }
    if (nev_slice_is(name, "__metadata__")) {
        return skip_metadata(j);
    }
    if (r->len == r->max) {
        return nev_fail(j->err, NEV_ERR_LIMIT, j->offset + j->at, "safetensors",
                        "there are more than 4096 tensors");
    }
    t = &r->tensor[r->len++];
    memset(t, 0, sizeof *t);
    t->name = name;
    if ((s = nev_json_expect(j, '{')) != NEV_OK) {
        return s;
    }
    do {
        if ((s = read_member(j, &e)) != NEV_OK) {
            return s;
        }
    } while (nev_json_is(j, ','));
    s = nev_json_expect(j, '}');
    return s == NEV_OK ? place(r, &e, t) : s;
}

static uint64_t end_of(const struct nev_source_tensor *t)
{
    return t->offset + t->len * nev_dtype_bytes(t->dtype);
}

/* Follows the tensors from byte to byte. Bounds: 4096 * 4096 steps at most. */
static enum nev_status check_cover(const struct reader *r)
{
    uint64_t at = r->json.offset + r->json.bytes, end = at + r->data_bytes;
    uint32_t i, left = 0;

    for (i = 0; i < r->len; i++) {
        left += end_of(&r->tensor[i]) > r->tensor[i].offset;
    }
    for (; left > 0; left--) {
        for (i = 0; i < r->len; i++) {
            if (r->tensor[i].offset == at && end_of(&r->tensor[i]) > at) {
                break;
            }
        }
        if (i == r->len) {
            return nev_fail(r->json.err, NEV_ERR_FORMAT, at, "safetensors",
                            "tensors overlap, or bytes between them belong to none");
        }
        at = end_of(&r->tensor[i]);
    }
    return at == end ? NEV_OK
                     : nev_fail(r->json.err, NEV_ERR_FORMAT, at, "safetensors",
                                "tensors overlap, or bytes at the end belong to none");
}

enum nev_status nev_safetensors_read(const uint8_t *mem, size_t bytes, struct nev_arena *arena,
                                     struct nev_source_tensor **tensor, uint32_t *tensor_len,
                                     struct nev_error *err)
{
    uint64_t header_bytes;
    struct reader r;
    enum nev_status s;

    if ((s = check_frame(mem, bytes, &header_bytes, err)) != NEV_OK) {
        return s;
    }
    r.json = (struct nev_json_reader){mem + 8, (size_t)header_bytes, 0, 8, err};
    r.data = mem + 8 + (size_t)header_bytes;
    r.data_bytes = bytes - 8 - header_bytes;
    r.len = 0;
    r.max = tensors_max(header_bytes);
    r.tensor = nev_arena_take_array(arena, r.max, sizeof r.tensor[0], 8);
    if (r.tensor == NULL) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "arena", "the arena is too small");
    }
    if ((s = nev_json_expect(&r.json, '{')) != NEV_OK) {
        return s;
    }
    if (!nev_json_is(&r.json, '}')) {
        do {
            if ((s = read_entry(&r)) != NEV_OK) {
                return s;
            }
        } while (nev_json_is(&r.json, ','));
        if ((s = nev_json_expect(&r.json, '}')) != NEV_OK) {
            return s;
        }
    }
    (void)nev_json_is(&r.json, ' '); /* skips the filler */
    if (r.json.at != r.json.bytes) {
        return nev_json_fail(&r.json, "something follows the header's last brace");
    }
    if (r.len == 0) {
        return nev_fail(err, NEV_ERR_MISSING, 8, "safetensors", "the file holds no tensors");
    }
    *tensor = r.tensor;
    *tensor_len = r.len;
    return check_cover(&r);
}
