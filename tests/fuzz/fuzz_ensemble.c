/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "forest/exchange/ensemble.h"
#include "tests/fuzz/fuzz.h"

/* What was read is built, opened and asked once. A model that was accepted is a forest, or its trees are refused. */
static void check_build(const struct nev_build *build, size_t bytes)
{
    size_t memory_bytes = 0, file_bytes = 0, written = 0;
    struct nev_error err = {0};
    struct nev_forest f;
    enum nev_status status = nev_forest_build_bytes(build, &memory_bytes, &file_bytes, &err);
    void *memory;
    uint8_t *file;

    if (status != NEV_OK) {
        fuzz_check_said(status, &err, bytes);
        return;
    }
    memory = fuzz_take(memory_bytes, 0xA5);
    file = fuzz_take(file_bytes, 0x5A);
    status = nev_forest_build(build, memory, memory_bytes, file, file_bytes, &written, &err);
    if (status == NEV_OK) {
        FUZZ_CHECK(nev_forest_open(&f, file, written, &err) == NEV_OK);
        FUZZ_CHECK(f.params.trees == build->trees && f.features == build->features &&
                   f.classes == build->classes);
    } else {
        FUZZ_CHECK(err.status == status && err.what != NULL && written == 0);
    }
    fuzz_give(file, file_bytes);
    fuzz_give(memory, memory_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct nev_error err = {0};
    struct nev_ensemble e;
    struct nev_build build;
    enum nev_status status = nev_ensemble_open(&e, data, bytes, 0, &err);
    size_t need;
    void *memory;

    if (status != NEV_OK) {
        FUZZ_CHECK(fuzz_is_zero(&e, sizeof e));
        fuzz_check_error(status, &err, bytes);
        return 0;
    }
    FUZZ_CHECK(e.features >= 1 && e.classes >= 2 && e.nodes >= 1 && e.entries <= bytes);
    need = nev_ensemble_bytes(&e);
    memory = fuzz_take(need, 0x3C);
    FUZZ_CHECK(nev_ensemble_read(&e, memory, need - 1, &build, &err) == NEV_ERR_MEMORY);
    status = nev_ensemble_read(&e, memory, need, &build, &err);
    if (status == NEV_OK) {
        check_build(&build, bytes);
    } else {
        FUZZ_CHECK(fuzz_is_zero(&build, sizeof build));
        fuzz_check_error(status, &err, bytes);
    }
    fuzz_give(memory, need);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max, unsigned seed)
{
    return fuzz_mutate(data, bytes, max, seed, NULL);
}
