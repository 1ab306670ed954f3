/* SPDX-License-Identifier: MIT */
/*
 * same_data.h - which parts of a forest were grown on this table?
 */
#ifndef NEV_FOREST_SAME_DATA_H
#define NEV_FOREST_SAME_DATA_H

#include "forest/carve.h"
#include "forest/forest.h"

/* Work memory. */
struct nev_same_data {
    uint8_t *digests;
    uint64_t *bad;
};

/* nev_same_data_carve - take the memory, or count it. */
void nev_same_data_carve(struct nev_same_data *s, struct nev_carve *c, uint32_t rows, uint32_t parts);

/*
 * nev_same_data_check - the table's digest, if it is that of a part.
 * Errors     DATA: all trees were grown elsewhere; SHAPE: other features or classes, or rows that no part has; NETWORK: no part has this digest; as
 *            nev_prepare_check
 */
NEV_MUST_CHECK enum nev_status nev_same_data_check(const struct nev_same_data *s, const struct nev_forest *f,
                                                   const struct nev_forest_data *data,
                                                   const struct nev_parallel *par,
                                                   uint8_t digest[NEV_SHA256_BYTES], struct nev_error *err);

/* nev_same_data_part - was this part grown on the table with that digest? */
bool nev_same_data_part(const struct nev_forest_part *part, const uint8_t digest[NEV_SHA256_BYTES]);

#endif
