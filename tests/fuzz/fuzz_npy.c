/* SPDX-License-Identifier: MIT */
#include "io/npy.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

/* Every item by every accessor. */
static void check_items(const struct nev_npy *npy)
{
    size_t row_bytes = npy->cols * sizeof(float), i, r;
    float *row = fuzz_take(row_bytes, 0xA5), item;
    struct nev_error err = {0};

    for (r = 0; r < npy->rows; r++) {
        nev_npy_read_f32(npy, r, 1, row);
        for (i = 0; i < npy->cols; i++) {
            item = nev_npy_f32(npy, r * npy->cols + i);
            FUZZ_CHECK(memcmp(&item, &row[i], sizeof item) == 0);
        }
    }
    for (i = 0; i < npy->len; i++) {
        double d = nev_npy_f64(npy, i);
        int64_t whole = -1;
        enum nev_status s = nev_npy_i64(npy, i, &whole, &err);

        if (s == NEV_OK) {
            FUZZ_CHECK((double)whole == d);
        } else {
            FUZZ_CHECK(s == NEV_ERR_VALUE && err.status == s && whole == 0 && err.what != NULL);
            FUZZ_CHECK(err.row == (int64_t)(i / npy->cols) && err.col == (int64_t)(i % npy->cols));
        }
    }
    fuzz_give(row, row_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct nev_error err = {0};
    struct nev_npy npy;
    enum nev_status s;

    memset(&npy, 0xA5, sizeof npy);
    s = nev_npy_open(&npy, data, bytes, &err);
    if (s != NEV_OK) {
        fuzz_check_error(s, &err, bytes);
        FUZZ_CHECK(fuzz_is_zero(&npy, sizeof npy));
        return 0;
    }
    FUZZ_CHECK(npy.ndim == 1 || npy.ndim == 2);
    FUZZ_CHECK(npy.ndim == 2 || npy.cols == 1);
    FUZZ_CHECK(npy.data == data + npy.data_offset && npy.data_offset <= bytes);
    FUZZ_CHECK(npy.cols == 0 ? npy.len == 0 : npy.len / npy.cols == npy.rows && npy.len % npy.cols == 0);
    FUZZ_CHECK((bytes - npy.data_offset) / npy.item_bytes == npy.len &&
               (bytes - npy.data_offset) % npy.item_bytes == 0);
    if (npy.len > 0) {
        check_items(&npy);
    }
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max, unsigned seed)
{
    return fuzz_mutate(data, bytes, max, seed, NULL);
}
