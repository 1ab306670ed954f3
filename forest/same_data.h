/* SPDX-License-Identifier: MIT */
/*
 * same_data.h - is this the table that a forest was trained on?
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
 * nev_same_data_check - compare shapes, then digests.
 * Errors     SHAPE; NETWORK: the digests differ; as nev_prepare_check
 */
NEV_MUST_CHECK enum nev_status nev_same_data_check(const struct nev_same_data *s, const struct nev_forest *f,
                                                   const struct nev_forest_data *data,
                                                   const struct nev_parallel *par, struct nev_error *err);

#endif
