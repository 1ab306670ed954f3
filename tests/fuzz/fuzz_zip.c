/* SPDX-License-Identifier: MIT */
#include "weights/import/zip.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct nev_error err = {0};
    struct nev_zip zip;
    size_t entries_bytes;
    enum nev_status s = nev_zip_begin(&zip, data, bytes, &err);
    uint64_t end = 0;
    uint32_t i;

    if (s != NEV_OK) {
        fuzz_check_error(s, &err, bytes);
        return 0;
    }
    FUZZ_CHECK(zip.len <= NEV_ZIP_ENTRIES_MAX && zip.len <= bytes / 46);
    entries_bytes = zip.len * sizeof *zip.entry;
    zip.entry = fuzz_take(entries_bytes, 0xA5);
    if ((s = nev_zip_read(&zip, &err)) != NEV_OK) {
        fuzz_check_error(s, &err, bytes);
    }
    for (i = 0; s == NEV_OK && i < zip.len; i++) {
        struct nev_zip_entry *e = &zip.entry[i], *found;
        enum nev_status checked = nev_zip_check(&zip, e, &err);

        FUZZ_CHECK(e->offset >= end && e->offset <= zip.directory && e->bytes <= zip.directory - e->offset);
        FUZZ_CHECK(checked == NEV_OK || checked == NEV_ERR_CHECKSUM);
        if (checked != NEV_OK) {
            FUZZ_CHECK(e->name.len == 0 || err.name[0] != '\0');
            FUZZ_CHECK(err.offset <= bytes && !e->is_intact);
        }
        found = nev_zip_find(&zip, (struct nev_slice){"", 0}, e->name);
        FUZZ_CHECK(found != NULL && found <= e);
        end = e->offset + e->bytes;
    }
    fuzz_give(zip.entry, entries_bytes);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max, unsigned seed)
{
    return fuzz_mutate(data, bytes, max, seed, fuzz_repair_zip);
}
