/* SPDX-License-Identifier: MIT */
/*
 * prepare.h - what is done to the data once, before any tree: checked, digested, ranked.
 */
#ifndef NEV_FOREST_PREPARE_H
#define NEV_FOREST_PREPARE_H

#include <stdint.h>

#include "forest/carve.h"
#include "forest/forest.h"
#include "forest/train/split.h"

/* nev_prepare_bytes - work memory of one part, a multiple of NEV_ALIGN. */
uint64_t nev_prepare_bytes(uint32_t rows);

/* nev_prepare_blocks - how many blocks of rows the digest is made of. */
uint32_t nev_prepare_blocks(uint32_t rows);

/*
 * nev_prepare_check - refuse NaN, labels out of range and a single class; digest the data.
 * Shapes     digests [nev_prepare_blocks(rows), NEV_SHA256_BYTES] and bad [parts]: work memory
 * Errors     VALUE with the first row that has one and its first column (NEV_NO_ROW for a label); DATA
 * Source     FORMAT.md, section 3
 */
NEV_MUST_CHECK enum nev_status nev_prepare_check(const struct nev_forest_data *data,
                                                 const struct nev_parallel *par, uint8_t *digests,
                                                 uint64_t *bad, uint8_t digest[NEV_SHA256_BYTES],
                                                 struct nev_error *err);

/*
 * nev_prepare_ranks - each column's dense ranks: equal values share one, the least has rank 0.
 * Shapes     ranks: all its arrays, `across` and `low` where they are there; work: parts times work_bytes >= nev_prepare_bytes(rows)
 */
void nev_prepare_ranks(const struct nev_forest_data *data, const struct nev_parallel *par,
                       const struct nev_ranks *ranks, uint8_t *work, uint64_t work_bytes);

#endif
