/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"
#include "weights/layout.h"
#include "weights/weights.h"

/* A tensor lies where the file says, whole, and is found by its name. */
static void check_tensor(const struct nev_weights *w, uint32_t i, struct nev_tensor_spec *spec)
{
    struct nev_tensor t, found;
    struct nev_error err;
    uint32_t d;
    uint64_t len = 1;

    nev_weights_tensor(w, i, &t);
    FUZZ_CHECK((w->form == NEV_FORM_PACKED) == (w->profile != NEV_PROFILE_NONE));
    FUZZ_CHECK(t.algorithm < NEV_LAYER_LEN && (w->form == NEV_FORM_PACKED || t.algorithm == NEV_LAYER_NONE));
    for (d = 0; d < NEV_TENSOR_DIMS; d++) {
        FUZZ_CHECK(t.dim[d] >= 1);
        len *= t.dim[d];
    }
    FUZZ_CHECK((w->form == NEV_FORM_PACKED ? t.len >= len : t.len == len) && t.offset % 64 == 0 &&
               t.data == w->base + t.offset);
    FUZZ_CHECK(t.offset <= w->bytes && 4 * (uint64_t)t.len <= w->bytes - t.offset);
    FUZZ_CHECK(memchr(t.name, '\0', sizeof t.name) != NULL && t.name[0] != '\0');
    FUZZ_CHECK(nev_weights_find(w, t.name, &found, &err) == NEV_OK && found.data == t.data);
    *spec = (struct nev_tensor_spec){(const char *)w->base + NEV_NVW_HEADER_BYTES +
                                         (size_t)i * NEV_NVW_ENTRY_BYTES,
                                     t.kind,
                                     t.ndim,
                                     {t.dim[0], t.dim[1], t.dim[2], t.dim[3]}};
}

/* Begins a file with the fields and the table of the one that is open. */
static uint8_t *begin_again(const struct nev_weights *w, const struct nev_tensor_spec *specs,
                            const enum nev_layer_algorithm *algorithms, size_t *bytes)
{
    const struct nev_packing packing = {w->profile, w->canonical_sha256, algorithms};
    uint8_t *file;

    if (w->form == NEV_FORM_PACKED) {
        FUZZ_CHECK(nev_weights_write_packed_bytes(&packing, specs, w->tensor_len, bytes) == NEV_OK);
        file = fuzz_take(*bytes, 0xA5);
        FUZZ_CHECK(nev_weights_write_packed_begin(&w->model, &packing, specs, w->tensor_len, file, *bytes) ==
                   NEV_OK);
    } else {
        FUZZ_CHECK(nev_weights_write_bytes(specs, w->tensor_len, bytes) == NEV_OK);
        file = fuzz_take(*bytes, 0xA5);
        FUZZ_CHECK(nev_weights_write_begin(&w->model, specs, w->tensor_len, file, *bytes) == NEV_OK);
    }
    return file;
}

/* FORMAT.md: two files of the same model are the same bytes. So writing what was read gives the file again. */
static void check_again(const struct nev_weights *w, const struct nev_tensor_spec *specs)
{
    static enum nev_layer_algorithm algorithms[NEV_TENSORS_MAX];
    struct nev_tensor t;
    uint8_t *file;
    size_t bytes, len;
    uint32_t i;

    for (i = 0; i < w->tensor_len; i++) {
        nev_weights_tensor(w, i, &t);
        algorithms[i] = t.algorithm;
    }
    file = begin_again(w, specs, algorithms, &bytes);
    FUZZ_CHECK(bytes == w->bytes);
    for (i = 0; i < w->tensor_len; i++) {
        uint8_t *to = nev_weights_payload(file, i, &len);

        nev_weights_tensor(w, i, &t);
        FUZZ_CHECK(t.len == len);
        memcpy(to, t.data, 4 * len);
    }
    nev_weights_write_end(file, bytes);
    FUZZ_CHECK(memcmp(file, w->base, bytes) == 0);
    fuzz_give(file, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct nev_tensor_spec specs[NEV_TENSORS_MAX];
    struct nev_error err = {0};
    struct nev_weights w;
    struct nev_tensor t;
    enum nev_status s;
    uint32_t i;

    memset(&w, 0xA5, sizeof w);
    s = nev_weights_open(&w, data, bytes, &err);
    if (s != NEV_OK) {
        fuzz_check_error(s, &err, bytes);
        FUZZ_CHECK(fuzz_is_zero(&w, sizeof w));
        return 0;
    }
    FUZZ_CHECK(w.bytes == bytes && w.base == data && w.tensor_len >= 1 && w.tensor_len <= NEV_TENSORS_MAX);
    FUZZ_CHECK(nev_model_check(&w.model, &err) == NEV_OK);
    for (i = 0; i < w.tensor_len; i++) {
        check_tensor(&w, i, &specs[i]);
    }
    FUZZ_CHECK(nev_weights_find(&w, "\x01", &t, &err) == NEV_ERR_MISSING);
    if ((s = nev_weights_verify(&w, &err)) != NEV_OK) {
        fuzz_check_error(s, &err, bytes);
    } else {
        check_again(&w, specs);
    }
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max, unsigned seed)
{
    return fuzz_mutate(data, bytes, max, seed, fuzz_repair_nvw);
}
