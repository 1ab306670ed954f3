/* SPDX-License-Identifier: MIT */
/*
 * layout.h - where everything stands in a forest file, for its writer and its reader.
 *
 * Source     forest/FORMAT.md
 */
#ifndef NEV_FOREST_LAYOUT_H
#define NEV_FOREST_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "forest/forest.h"
#include "nn/base/sha256_kernels.h"

#define NEV_FILE_VERSION      1u
#define NEV_FILE_MAGIC_BYTES  8u
#define NEV_FILE_HEADER_BYTES 256u
#define NEV_FILE_DIGEST_AT    224u
#define NEV_FILE_BLOCK_BYTES  32u /* an entry of the block table */
#define NEV_FILE_BLOCKS_MIN   8u
#define NEV_FILE_BLOCKS_MAX   64u
#define NEV_FILE_SOURCE_BYTES 256u
#define NEV_FILE_PART_BYTES   256u
#define NEV_FILE_TREE_BYTES   24u /* an entry of the tree table */
#define NEV_FILE_MAY_SKIP     1u  /* block flag */

extern const uint8_t nev_file_magic[NEV_FILE_MAGIC_BYTES];

/* The blocks a version 1 file must have, in file order. */
enum nev_file_block {
    NEV_BLOCK_CLASSES,
    NEV_BLOCK_SOURCE,
    NEV_BLOCK_PARTS,
    NEV_BLOCK_WEIGHTS,
    NEV_BLOCK_IMPORTANCE,
    NEV_BLOCK_TREES,
    NEV_BLOCK_DATA,
    NEV_BLOCK_OOB
};
extern const char nev_file_tag[NEV_FILE_BLOCKS_MIN][5];

/* What makes the sizes of all blocks before DATA. */
struct nev_file_shape {
    uint32_t features, classes, trees, parts;
    uint32_t weight_rows; /* of the table of class weights */
};

/* nev_file_block_bytes - the size that a block before DATA must have. */
uint64_t nev_file_block_bytes(enum nev_file_block block, const struct nev_file_shape *shape);

/* nev_file_block_at - where a block up to DATA begins in a file that has only the required ones. */
uint64_t nev_file_block_at(enum nev_file_block block, const struct nev_file_shape *shape);

/* nev_file_digest - the file's SHA-256 with its own place taken as zero; nev_file_digest_by - the same, by these kernels. */
void nev_file_digest_by(const struct nev_sha256_kernels *kernels, const uint8_t *file, size_t bytes,
                        uint8_t digest[NEV_SHA256_BYTES]);
void nev_file_digest(const uint8_t *file, size_t bytes, uint8_t digest[NEV_SHA256_BYTES]);

/*
 * nev_file_text_is_valid - NUL-terminated within NEV_FOREST_NAME_LEN, zeros after it, and printable:
 * ASCII 20..7E, or, with is_utf8, UTF-8 (RFC 3629) without control characters and not empty.
 */
bool nev_file_text_is_valid(const uint8_t text[NEV_FOREST_NAME_LEN], bool is_utf8);

/* nev_file_source_write, nev_file_source_read - the SRCE block. Read returns false if it breaks a rule of the
 * format; *offset is then the place within the block. */
void nev_file_source_write(const struct nev_forest_source *source, uint8_t block[NEV_FILE_SOURCE_BYTES]);
bool nev_file_source_read(struct nev_forest_source *source, const uint8_t block[NEV_FILE_SOURCE_BYTES],
                          uint32_t *offset);

/* nev_file_number - "tree 7": prefix and a decimal number, into name. */
void nev_file_number(char name[NEV_FOREST_NAME_LEN], const char *prefix, uint32_t number);

#endif
