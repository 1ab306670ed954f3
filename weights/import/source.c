/* SPDX-License-Identifier: MIT */
#include "weights/import/source.h"

#include <string.h>

#include "nn/base/bytes.h"

bool nev_slice_equal(struct nev_slice a, struct nev_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.text, b.text, a.len) == 0);
}

bool nev_slice_is(struct nev_slice a, const char *text)
{
    return nev_slice_equal(a, (struct nev_slice){text, strlen(text)});
}

bool nev_slice_ends(struct nev_slice a, const char *suffix)
{
    size_t len = strlen(suffix);

    return a.len >= len && memcmp(a.text + (a.len - len), suffix, len) == 0;
}

struct nev_slice nev_slice_strip(struct nev_slice a, const char *prefix)
{
    size_t len = strlen(prefix);

    if (a.len >= len && memcmp(a.text, prefix, len) == 0) {
        a.text += len;
        a.len -= len;
    }
    return a;
}

enum nev_status nev_fail_slice(struct nev_error *err, enum nev_status status, uint64_t offset,
                               struct nev_slice name, const char *what)
{
    char text[NEV_ERROR_NAME_LEN];
    size_t len = name.len < sizeof text - 1 ? name.len : sizeof text - 1, i;

    for (i = 0; i < len; i++) {
        text[i] = name.text[i] == '\0' ? '?' : name.text[i];
    }
    text[len] = '\0';
    return nev_fail(err, status, offset, len == 0 ? "(empty name)" : text, what);
}

uint32_t nev_dtype_bytes(enum nev_dtype dtype)
{
    static const uint8_t bytes[] = {0, 0, 4, 2, 2, 8, 1, 2, 4, 8};

    return bytes[dtype];
}

enum nev_status nev_source_shape(struct nev_source_tensor *t, const uint64_t *dim, uint32_t ndim,
                                 struct nev_error *err)
{
    uint64_t total = 1;
    uint32_t d;

    t->ndim = ndim;
    for (d = 0; d < NEV_TENSOR_DIMS; d++) {
        t->dim[d] = ndim > NEV_TENSOR_DIMS ? 0 : 1;
        t->stride[d] = 1;
    }
    for (d = ndim; d-- > 0;) {
        if (dim[d] > UINT32_MAX) {
            return nev_fail_slice(err, NEV_ERR_LIMIT, t->offset, t->name, "a dimension is 2^32 or more");
        }
        if (ndim <= NEV_TENSOR_DIMS) {
            t->dim[d] = (uint32_t)dim[d];
            t->stride[d] = total;
        }
        total *= dim[d]; /* Bounds: both factors are below 2^32 */
        if (total > UINT32_MAX) {
            return nev_fail_slice(err, NEV_ERR_LIMIT, t->offset, t->name,
                                  "a tensor has 2^32 elements or more");
        }
    }
    t->len = total;
    return NEV_OK;
}

/* Whether the dimensions agree when those past the second, being 1, are left out. */
static bool is_same_shape(const struct nev_source_tensor *t, const struct nev_tensor_spec *spec,
                          uint32_t rows)
{
    bool is_squeezed = (t->ndim == 2 && spec->ndim == 4) || (t->ndim == 4 && spec->ndim == 2);

    return (t->ndim == spec->ndim || is_squeezed) && t->dim[0] == rows && t->dim[1] == spec->dim[1] &&
           t->dim[2] == spec->dim[2] && t->dim[3] == spec->dim[3];
}

enum nev_status nev_source_adapt(const struct nev_source_tensor *from, const struct nev_tensor_spec *spec,
                                 bool may_drop_background, struct nev_source_tensor *to,
                                 struct nev_error *err)
{
    *to = *from;
    if (from->dtype == NEV_DTYPE_FILL) {
        return NEV_OK;
    }
    if (from->dtype == NEV_DTYPE_NONE) {
        return nev_fail(err, NEV_ERR_MISSING, NEV_NO_OFFSET, spec->name, "the source lacks this tensor");
    }
    if (from->dtype > NEV_DTYPE_F64) {
        return nev_fail(err, NEV_ERR_UNSUPPORTED, from->offset, spec->name,
                        "a weight is not stored as floating-point numbers; save the unquantised model");
    }
    if (may_drop_background && spec->dim[0] == 1000 && is_same_shape(from, spec, 1001)) {
        /* Bounds: row 1 exists, so one row further is inside what the source's own shape was checked for. */
        size_t skip = (size_t)from->stride[0] * nev_dtype_bytes(from->dtype);

        to->data += skip;
        to->offset += skip;
        to->dim[0] = 1000;
        return NEV_OK;
    }
    if (is_same_shape(from, spec, spec->dim[0])) {
        return NEV_OK;
    }
    return nev_fail(err, NEV_ERR_SHAPE, from->offset, spec->name,
                    spec->dim[0] == 1000 ? "the last layer has not the 1000 outputs of ImageNet"
                                         : "a tensor's shape is not the one that the network needs");
}

/* Exact: every float16 is a float32. Source     IEEE 754-2019, 3.4 */
static float from_f16(uint32_t h)
{
    uint32_t sign = (h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 0x3FF;

    if (exponent == 31) {
        return nev_f32_from_bits(sign | 0x7F800000 | fraction << 13);
    }
    if (exponent == 0) {
        float v = (float)fraction * 0x1p-24f;

        return sign != 0 ? -v : v;
    }
    return nev_f32_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

static float load(const uint8_t *p, enum nev_dtype dtype)
{
    switch (dtype) {
    case NEV_DTYPE_F16:
        return from_f16(nev_load_u16le(p));
    case NEV_DTYPE_BF16:
        return nev_f32_from_bits((uint32_t)nev_load_u16le(p) << 16);
    case NEV_DTYPE_F64:
        return (float)nev_load_f64le(p);
    default:
        return nev_load_f32le(p);
    }
}

enum nev_status nev_source_store(const struct nev_source_tensor *t, const struct nev_tensor_spec *spec,
                                 uint8_t *payload_le, struct nev_error *err)
{
    uint32_t bytes = nev_dtype_bytes(t->dtype), i[NEV_TENSOR_DIMS] = {0, 0, 0, 0}, d, bits;
    size_t n, len = (size_t)spec->dim[0] * spec->dim[1] * spec->dim[2] * spec->dim[3];

    for (n = 0; n < len; n++) {
        uint64_t at = i[0] * t->stride[0] + i[1] * t->stride[1] + i[2] * t->stride[2] + i[3] * t->stride[3];

        bits =
            nev_f32_bits(t->dtype == NEV_DTYPE_FILL ? t->fill : load(t->data + (size_t)at * bytes, t->dtype));
        if ((bits & 0x7F800000) == 0x7F800000) {
            return nev_fail(err, NEV_ERR_VALUE, t->offset + at * bytes, spec->name,
                            "a weight is NaN or infinite (or too large for float32)");
        }
        if (spec->kind == NEV_TENSOR_VAR && bits > 0x80000000) {
            return nev_fail(err, NEV_ERR_VALUE, t->offset + at * bytes, spec->name, "a variance is negative");
        }
        nev_store_u32le(payload_le + 4 * n, bits);
        for (d = NEV_TENSOR_DIMS; d-- > 0 && ++i[d] == spec->dim[d];) {
            i[d] = 0;
        }
    }
    return NEV_OK;
}
