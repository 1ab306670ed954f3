/* SPDX-License-Identifier: MIT */
#include "io/npy.h"

#include <string.h>

#include "io/number.h"
#include "nn/base/bytes.h"
#include "nn/base/size.h"

static bool shape_ok(const struct nev_npy_shape *s)
{
    bool is_kind = false;

    switch (s->kind) {
    case NEV_NPY_FLOAT:
        is_kind = s->item_bytes == 4 || s->item_bytes == 8;
        break;
    case NEV_NPY_INT:
    case NEV_NPY_UINT:
        is_kind = s->item_bytes == 1 || s->item_bytes == 2 || s->item_bytes == 4 || s->item_bytes == 8;
        break;
    case NEV_NPY_BOOL:
        is_kind = s->item_bytes == 1;
        break;
    default:
        break;
    }
    return is_kind && (s->ndim == 2 || (s->ndim == 1 && s->cols == 1));
}

enum nev_status nev_npy_file_bytes(const struct nev_npy_shape *shape, size_t *bytes)
{
    size_t total;

    *bytes = 0;
    if (!shape_ok(shape)) {
        return NEV_ERR_ARGUMENT;
    }
    /* Bounds: at most 2^63 rows and columns, so that nev_number_write_i64 can write them. */
    if (shape->rows > SIZE_MAX / 2 || shape->cols > SIZE_MAX / 2 ||
        !nev_size_mul(shape->rows, shape->cols, &total) || !nev_size_mul(total, shape->item_bytes, &total) ||
        !nev_size_add(total, NEV_NPY_HEADER_BYTES, &total)) {
        return NEV_ERR_LIMIT;
    }
    *bytes = total;
    return NEV_OK;
}

static size_t put(uint8_t *header, size_t at, const char *text)
{
    size_t len = strlen(text);

    memcpy(header + at, text, len);
    return at + len;
}

static size_t put_dim(uint8_t *header, size_t at, size_t dim)
{
    char text[NEV_NUMBER_TEXT_BYTES];

    (void)nev_number_write_i64((int64_t)dim, text);
    return put(header, at, text);
}

enum nev_status nev_npy_write_header(const struct nev_npy_shape *shape, uint8_t header[NEV_NPY_HEADER_BYTES])
{
    char descr[4] = {'<', '?', '?', '\0'};
    enum nev_status status;
    size_t bytes, at;

    memset(header, 0, NEV_NPY_HEADER_BYTES);
    status = nev_npy_file_bytes(shape, &bytes);
    if (status != NEV_OK) {
        return status;
    }
    descr[0] = shape->item_bytes == 1 ? '|' : '<';
    descr[1] = (char)shape->kind;
    descr[2] = (char)('0' + shape->item_bytes);
    /* Bounds: 10 bytes before the text, 57 of it without the dimensions, two of at most 19 digits: 105. */
    memset(header, ' ', NEV_NPY_HEADER_BYTES);
    at = put(header, 0, "\x93NUMPY\x01");
    header[at++] = 0;
    nev_store_u16le(header + at, (uint16_t)(NEV_NPY_HEADER_BYTES - 10));
    at = put(header, at + 2, "{'descr': '");
    at = put(header, at, descr);
    at = put(header, at, "', 'fortran_order': False, 'shape': (");
    at = put_dim(header, at, shape->rows);
    at = put(header, at, shape->ndim == 1 ? "," : ", ");
    if (shape->ndim == 2) {
        at = put_dim(header, at, shape->cols);
    }
    (void)put(header, at, "), }");
    header[NEV_NPY_HEADER_BYTES - 1] = '\n';
    return NEV_OK;
}

enum nev_status nev_npy_write(const struct nev_npy_shape *shape, const void *data, uint8_t *file,
                              size_t file_bytes)
{
    const uint16_t one = 1;
    const uint8_t *from = data;
    enum nev_status status;
    size_t bytes, i;
    uint8_t low_byte;

    status = nev_npy_file_bytes(shape, &bytes);
    if (status != NEV_OK) {
        return status;
    }
    if (file_bytes != bytes) {
        return NEV_ERR_MEMORY;
    }
    status = nev_npy_write_header(shape, file);
    if (status != NEV_OK) {
        return status;
    }
    memcpy(&low_byte, &one, 1); /* 1 on a little-endian machine */
    for (i = 0; i < bytes - NEV_NPY_HEADER_BYTES; i++) {
        size_t k = i % shape->item_bytes;

        file[NEV_NPY_HEADER_BYTES + i] = from[low_byte == 1 ? i : i - k + (shape->item_bytes - 1 - k)];
    }
    return NEV_OK;
}
