/* SPDX-License-Identifier: MIT */
/*
 * part.h - what a forest file says of one training: the entries of PART, the rows of WGHT.
 *
 * Source     forest/FORMAT.md, sections 6 and 7
 */
#ifndef NEV_FOREST_PART_H
#define NEV_FOREST_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "forest/file/layout.h"
#include "forest/forest.h"

/* nev_part_write - an entry of PART. part->origin may be NULL; place and pointers are not part of it. */
void nev_part_write(const struct nev_forest_part *part, uint8_t entry[NEV_FILE_PART_BYTES]);

/*
 * nev_part_read - an entry of PART, checked; place, weight and oob are left 0.
 * Errors     false if it breaks a rule of the format; *offset is then the place within the entry
 */
bool nev_part_read(struct nev_forest_part *part, const uint8_t entry[NEV_FILE_PART_BYTES], uint32_t features,
                   uint32_t classes, uint32_t *offset);

/* nev_part_step - part i of a forest, from part i - 1 (of nothing, for 0) in *part: all parts in one pass. */
void nev_part_step(const struct nev_forest *f, uint32_t i, struct nev_forest_part *part);

/* nev_part_weight_rows - how many rows of WGHT belong to a part: none, one, or one a tree. */
uint32_t nev_part_weight_rows(const struct nev_forest_params *params);

/* nev_part_weight_most - the greatest weight of a class: with it no sum of weights exceeds 2^32 - 1. */
uint32_t nev_part_weight_most(uint32_t draws);

/* nev_part_oob_bytes - what a part has in OOBV, without the zeros that follow. */
uint64_t nev_part_oob_bytes(const struct nev_forest_part *part);

#endif
