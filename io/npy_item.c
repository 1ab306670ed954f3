/* SPDX-License-Identifier: MIT */
#include "io/npy.h"

#include "nn/base/bytes.h"

/* The bits of item i, in the low item_bytes bytes. */
static uint64_t item_bits(const struct nev_npy *npy, size_t i)
{
    const uint8_t *p = npy->data + i * npy->item_bytes;
    uint64_t bits = 0;
    uint32_t k;

    for (k = 0; k < npy->item_bytes; k++) {
        bits = bits << 8 | p[npy->is_big_endian ? k : npy->item_bytes - 1 - k];
    }
    return bits;
}

/* The same with the sign bit copied upwards. PORTABILITY: converted to a signed number without relying on how
 * the compiler wraps. */
static int64_t signed_item(const struct nev_npy *npy, size_t i)
{
    uint64_t sign = (uint64_t)1 << (8 * npy->item_bytes - 1), bits = item_bits(npy, i);

    return (bits & sign) == 0 ? (int64_t)bits : (int64_t)(bits - sign) - (int64_t)(sign - 1) - 1;
}

double nev_npy_f64(const struct nev_npy *npy, size_t i)
{
    switch (npy->kind) {
    case NEV_NPY_FLOAT:
        return npy->item_bytes == 4 ? (double)nev_f32_from_bits((uint32_t)item_bits(npy, i))
                                    : nev_f64_from_bits(item_bits(npy, i));
    case NEV_NPY_INT:
        return (double)signed_item(npy, i);
    case NEV_NPY_BOOL:
        return item_bits(npy, i) != 0 ? 1.0 : 0.0;
    case NEV_NPY_UINT:
    default:
        return (double)item_bits(npy, i);
    }
}

float nev_npy_f32(const struct nev_npy *npy, size_t i)
{
    switch (npy->kind) {
    case NEV_NPY_INT:
        return (float)signed_item(npy, i); /* from the whole number at once: rounded once */
    case NEV_NPY_UINT:
        return (float)item_bits(npy, i);
    case NEV_NPY_FLOAT:
        /* Not by way of float64, which would make a signalling NaN quiet. */
        return npy->item_bytes == 4 ? nev_f32_from_bits((uint32_t)item_bits(npy, i))
                                    : (float)nev_npy_f64(npy, i);
    case NEV_NPY_BOOL:
    default:
        return (float)nev_npy_f64(npy, i);
    }
}

enum nev_status nev_npy_i64(const struct nev_npy *npy, size_t i, int64_t *value, struct nev_error *err)
{
    const double limit = 9223372036854775808.0; /* 2^63 */
    double real;

    *value = 0;
    if (npy->kind == NEV_NPY_INT) {
        *value = signed_item(npy, i);
        return NEV_OK;
    }
    if (npy->kind == NEV_NPY_FLOAT) {
        real = nev_npy_f64(npy, i);
        if (real >= -limit && real < limit && (double)(int64_t)real == real) {
            *value = (int64_t)real;
            return NEV_OK;
        }
    } else if (npy->kind == NEV_NPY_BOOL || item_bits(npy, i) <= INT64_MAX) {
        *value = npy->kind == NEV_NPY_BOOL ? item_bits(npy, i) != 0 : (int64_t)item_bits(npy, i);
        return NEV_OK;
    }
    return nev_fail_at(err, NEV_ERR_VALUE, (int64_t)(i / npy->cols), (int64_t)(i % npy->cols), "item",
                       "this item is not a whole number of 64 bits");
}

void nev_npy_read_f32(const struct nev_npy *npy, size_t row, size_t rows, float *out)
{
    size_t i, first = row * npy->cols, len = rows * npy->cols;

    if (npy->kind == NEV_NPY_FLOAT && npy->item_bytes == 4 && !npy->is_big_endian) {
        for (i = 0; i < len; i++) {
            out[i] = nev_load_f32le(npy->data + 4 * (first + i));
        }
        return;
    }
    for (i = 0; i < len; i++) {
        out[i] = nev_npy_f32(npy, first + i);
    }
}
