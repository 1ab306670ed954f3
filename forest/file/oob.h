/* SPDX-License-Identifier: MIT */
/*
 * oob.h - the votes of the trees that have not seen a row: counted, stored, checked.
 *
 * Source     forest/FORMAT.md, section 11
 */
#ifndef NEV_FOREST_OOB_H
#define NEV_FOREST_OOB_H

#include <stdbool.h>
#include <stdint.h>

#include "forest/forest.h"

/* The counts of one part, while it is trained or merged. */
struct nev_oob {
    uint32_t rows, classes;
    uint32_t *votes; /* [rows, classes] */
    uint64_t *sum;   /* [rows, classes] fractions, units of 2^-32 */
};

/* nev_oob_bytes - the size of a part's out-of-bag data in the file. */
uint64_t nev_oob_bytes(uint32_t rows, uint32_t classes, bool is_mixed);

/* nev_oob_add_leaf - count a tree's leaf, named by its first entry, for a row. */
void nev_oob_add_leaf(const struct nev_oob *oob, uint32_t row, const uint8_t *leaf, uint32_t entry);

/* nev_oob_add_part - add what another part has counted for the same rows. */
void nev_oob_add_part(const struct nev_oob *oob, const struct nev_forest_part *part);

/* nev_oob_finish - from the counts: part->is_mixed, oob_rows and oob_correct. */
void nev_oob_finish(const struct nev_oob *oob, const uint32_t *label, struct nev_forest_part *part);

/* nev_oob_write - nev_oob_bytes of the file. */
void nev_oob_write(const struct nev_oob *oob, const uint32_t *label, bool is_mixed, uint8_t *bytes);

/* nev_oob_check - what is wrong with a part's out-of-bag data, at *offset from its beginning; or NULL. */
const char *nev_oob_check(const struct nev_forest_part *part, uint64_t *offset);

#endif
