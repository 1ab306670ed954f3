/* SPDX-License-Identifier: MIT */
/*
 * zip.h - archives whose entries are stored, not compressed: PyTorch's container.
 *
 * Source     PKWARE APPNOTE.TXT 6.3.9, sections 4.3.7 (local header), 4.3.9 (data descriptor), 4.3.12
 * (central directory), 4.3.14 to 4.3.16 (ends), 4.5.3 (zip64 extra field). Differs    Stricter: nothing
 * before, between or after what the directory accounts for may be used, entries lie in the directory's order
 * without overlap, and both headers must say the same.
 */
#ifndef NEV_IMPORT_ZIP_H
#define NEV_IMPORT_ZIP_H

#include "weights/import/source.h"

#define NEV_ZIP_ENTRIES_MAX 8192u

struct nev_zip_entry {
    struct nev_slice name;
    uint64_t offset; /* of the data */
    uint64_t bytes;
    uint32_t crc;
    bool is_intact; /* nev_zip_check found the CRC right */
};

struct nev_zip {
    const uint8_t *mem;
    uint64_t bytes;
    uint64_t directory, directory_bytes, directory_end;
    uint64_t at, prev_end; /* how far nev_zip_next has come, in the directory and in the data */
    uint32_t len;
    struct nev_zip_entry *entry; /* [len] for nev_zip_read and what follows */
};

/* nev_zip_begin - find the directory; zip->len entries follow. */
NEV_MUST_CHECK enum nev_status nev_zip_begin(struct nev_zip *zip, const uint8_t *mem, size_t bytes,
                                             struct nev_error *err);

/* nev_zip_next - the directory's next entry, checked against its local header; at most zip->len calls. */
NEV_MUST_CHECK enum nev_status nev_zip_next(struct nev_zip *zip, struct nev_zip_entry *e,
                                            struct nev_error *err);

/* nev_zip_read - all of them into zip->entry, and that nothing follows the last. */
NEV_MUST_CHECK enum nev_status nev_zip_read(struct nev_zip *zip, struct nev_error *err);

/* nev_zip_find - the entry called folder + file, NULL if there is none. */
struct nev_zip_entry *nev_zip_find(const struct nev_zip *zip, struct nev_slice folder, struct nev_slice file);

/* nev_zip_check - the entry's CRC-32, computed the first time only. Errors     CHECKSUM */
NEV_MUST_CHECK enum nev_status nev_zip_check(const struct nev_zip *zip, struct nev_zip_entry *e,
                                             struct nev_error *err);

#endif
