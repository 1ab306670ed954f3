/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/import.h"

#include <string.h>

#include "nn/base/bytes.h"
#include "tests/fuzz/fuzz.h"
#include "weights/import/import.h"

static void store(const struct nev_import *imp, const struct nev_tensor_spec *specs, uint32_t len,
                  size_t bytes)
{
    struct nev_error err = {0};
    uint32_t i;
    size_t n, k;

    for (i = 0; i < len; i++) {
        uint8_t *payload;
        enum nev_status s;

        n = (size_t)specs[i].dim[0] * specs[i].dim[1] * specs[i].dim[2] * specs[i].dim[3];
        payload = fuzz_take(4 * n, 0xFF);
        s = nev_import_store(imp, i, &specs[i], payload, &err);
        if (s != NEV_OK) {
            fuzz_check_error(s, &err, bytes);
        }
        for (k = 0; s == NEV_OK && k < n; k++) {
            FUZZ_CHECK((nev_load_u32le(payload + 4 * k) & 0x7F800000) != 0x7F800000);
        }
        fuzz_give(payload, 4 * n);
    }
    FUZZ_CHECK(nev_import_store(imp, len, &specs[0], NULL, &err) == NEV_ERR_ARGUMENT);
}

static void identify(struct nev_import *imp, size_t bytes)
{
    static struct nev_tensor_spec specs[FUZZ_SPECS_MAX];
    struct nev_error err = {0};
    struct nev_model model;
    enum nev_status s = nev_import_identify(imp, &model, &err);
    uint32_t len;

    if (s != NEV_OK) {
        fuzz_check_said(s, &err, bytes);
        FUZZ_CHECK(fuzz_is_zero(&model, sizeof model));
        return;
    }
    strcpy(model.source_name, "x");
    FUZZ_CHECK(nev_model_check(&model, &err) == NEV_OK);
    len = fuzz_import_specs((int)imp->kind, model.net, specs);
    s = nev_import_bind(imp, model.net, specs, len, &err);
    if (s != NEV_OK) {
        fuzz_check_said(s, &err, bytes);
        FUZZ_CHECK(imp->bound_len == 0);
        return;
    }
    FUZZ_CHECK(imp->bound_len == len);
    store(imp, specs, len, bytes);
}

void fuzz_import(const uint8_t *data, size_t bytes)
{
    enum nev_source_kind kind = NEV_SOURCE_DARKNET;
    size_t need = 1;
    struct nev_error err = {0};
    struct nev_arena arena;
    struct nev_import imp;
    enum nev_status s = nev_import_probe(data, bytes, &kind, &need, &err);
    void *memory;

    if (s != NEV_OK) {
        fuzz_check_error(s, &err, bytes);
        FUZZ_CHECK(kind == NEV_SOURCE_NONE && need == 0);
        return;
    }
    memory = fuzz_take(need, 0xA5);
    nev_arena_init(&arena, memory, need);
    memset(&imp, 0xA5, sizeof imp);
    s = nev_import_open(&imp, data, bytes, &arena, &err);
    if (s != NEV_OK) {
        fuzz_check_said(s, &err, bytes);
        FUZZ_CHECK(s != NEV_ERR_MEMORY && s != NEV_ERR_ARGUMENT && fuzz_is_zero(&imp, sizeof imp));
    } else {
        FUZZ_CHECK(imp.kind == kind);
        identify(&imp, bytes);
        nev_arena_init(&arena, memory, need - 1);
        FUZZ_CHECK(nev_import_open(&imp, data, bytes, &arena, &err) == NEV_ERR_MEMORY);
    }
    fuzz_give(memory, need);
}
