/* SPDX-License-Identifier: MIT */
/*
 * mutate.h - repairs that make a changed input pass the checks an attacker would make it pass.
 *
 * Each recomputes digests, CRCs and the sizes that guard them, and touches nothing else, as far as the changed bytes let
 * it find its way. Files that are too short or strange are left as they are.
 */
#ifndef NEV_TESTS_FUZZ_MUTATE_H
#define NEV_TESTS_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

void fuzz_repair_nvw(uint8_t *data,
                     size_t bytes); /* the chunks' digests, theirs and the head's, file_bytes */
void fuzz_repair_nvf(uint8_t *data, size_t bytes); /* the file's digest and size */
void fuzz_repair_png(uint8_t *data, size_t bytes); /* every chunk's CRC-32; the zlib stream is not repaired */
void fuzz_repair_zip(uint8_t *data,
                     size_t bytes); /* the CRC-32 of stored entries, in both headers and the descriptor */

#endif
