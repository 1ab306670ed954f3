/* SPDX-License-Identifier: MIT */
/*
 * merge.h - one forest of several: of tree ranges trained apart, or of trainings on data that never met.
 */
#ifndef NEV_FOREST_MERGE_H
#define NEV_FOREST_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forest/forest.h"

struct nev_merge {
    const struct nev_forest *forest; /* [len] open */
    uint32_t len;                    /* >= 1 */
    /* false: all are ranges of one training. true: trainings on other data, or with other parameters or seeds, may
     * join, each as a part of its own; ranges of one training still become one part */
    bool is_federated;
};

/*
 * nev_forest_merge_bytes - what a merge needs: work memory, and room for the file.
 * Errors     as nev_forest_merge, but for what only the rows' classes tell; both sizes are then 0
 */
NEV_MUST_CHECK enum nev_status nev_forest_merge_bytes(const struct nev_merge *merge, size_t *memory_bytes,
                                                      size_t *file_bytes, struct nev_error *err);

/*
 * nev_forest_merge - write the file of the merged forest.
 * Computes   parts in order of data digest, origin, seed and the other parameters, then of tree numbers, whatever
 *            the order of the forests. Ranges that make up a training give the file of that training, byte for byte
 * Range      memory_bytes and file_bytes as nev_forest_merge_bytes says or more
 * Alias      the file must not overlap the forests' bytes
 * Errors     ARGUMENT; LIMIT; NETWORK: features from elsewhere; SHAPE: other features, classes, data, parameters;
 *            DATA: tree ranges that overlap or leave a gap; FORMAT: one data digest, but other rows; MEMORY.
 *            err->row is the forest that does not fit, err->name what differs. *written is then 0
 * Tests      tests/forest/test_merge.c
 */
NEV_MUST_CHECK enum nev_status nev_forest_merge(const struct nev_merge *merge, void *memory,
                                                size_t memory_bytes, uint8_t *file, size_t file_bytes,
                                                size_t *written, struct nev_error *err);

#endif
