/* SPDX-License-Identifier: MIT */
/*
 * nearest.h - the training rows that share most leaves with a row: the cases a forest's answer rests on.
 */
#ifndef NEV_FOREST_NEAREST_H
#define NEV_FOREST_NEAREST_H

#include "forest/forest.h"

struct nev_nearest_job {
    const struct nev_forest *f;
    struct nev_forest_data data; /* the table it was trained on, as in struct nev_importance_job */
    const float *x;              /* [queries, features], row q at x + q * x_stride */
    size_t x_stride;
    size_t queries;
    /* [queries] which training row a query is, or NEV_NEAREST_NEW; NULL: all are new */
    const uint32_t *query_row;
    bool is_oob; /* only trees that drew neither the training row nor, if it is one, the query */
    const struct nev_parallel *par; /* NULL: serial */
};

#define NEV_NEAREST_NEW UINT32_MAX

/* nev_nearest_bytes - work memory; SIZE_MAX if there cannot be so much. */
size_t nev_nearest_bytes(const struct nev_nearest_job *job);

/*
 * nev_nearest_count - in how many trees each query ends in the leaf of each training row.
 * Computes   same[q,r]: trees of the parts grown on the table that take part and put query q and row r in one leaf; part[q,r]: trees that take part. The
 *            proximity is same / part, 0 if part is 0. Without is_oob all of these trees take part; with it a row that no tree
 *            has left out has no part
 * Shapes     same, part [queries, rows]
 * Numerics   integers: the same for any number of parts. Between training rows symmetrical; of a row to itself 1
 * Errors     ARGUMENT, MEMORY; VALUE: a query has a NaN, with row and column; as nev_importance_measure for the table. DATA:
 *            is_oob without bootstrap. Outputs are then zeroed
 * Source     Breiman, Cutler, Random Forests (manual, 2003): proximities, and the same on the rows out of the bag
 * Tests      tests/forest/test_nearest.c
 */
NEV_MUST_CHECK enum nev_status nev_nearest_count(const struct nev_nearest_job *job, void *memory,
                                                 size_t memory_bytes, uint32_t *same, uint32_t *part,
                                                 struct nev_error *err);

/*
 * nev_nearest_top - the rows with the greatest proximity.
 * Computes   falling proximity, compared exactly; ties: the lower row. Rows without part are left out
 * Shapes     same, part [rows] of one query; top [top_len]
 * Returns    how many there are, at most top_len
 */
uint32_t nev_nearest_top(const uint32_t *same, const uint32_t *part, uint32_t rows, uint32_t *top,
                         uint32_t top_len);

#endif
