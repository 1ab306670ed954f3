/* SPDX-License-Identifier: MIT */
/*
 * local.h - the ranks of a subtree's rows, copied together.
 *
 * Deep in a tree of many rows each rank of a node lies in a cache line, and often a page, of its own. Below a node of
 * few rows all that is asked for are these rows, so their ranks are copied to where a cache holds them: column by
 * column again, out of a copy of the table's ranks that lies row by row.
 */
#ifndef NEV_FOREST_LOCAL_H
#define NEV_FOREST_LOCAL_H

#include "forest/carve.h"
#include "forest/train/ranks.h"

#define NEV_LOCAL_TILE 16u /* rows turned at a time */

/* Ranks of up to `limit` rows. */
struct nev_local {
    uint16_t *column; /* [features, a stride that depends on how many rows there are] */
    uint32_t *row;    /* [limit] which rows of the table they are */
    uint32_t limit;   /* 0: there is no block */
};

/* nev_local_limit - how many rows a block should have for tables of this shape; 0: blocks do not pay. */
uint32_t nev_local_limit(uint32_t rows, uint32_t features);

/* nev_local_across - elements of a row of struct nev_ranks' `across`. */
size_t nev_local_across(uint32_t features);

/* nev_local_lay - fill `across` for `len` <= NEV_LOCAL_TILE columns from `col` on. */
void nev_local_lay(const struct nev_ranks *ranks, size_t col, uint32_t len);

/* nev_local_carve - take a block's memory, or count it. limit: a multiple of NEV_LOCAL_TILE, or 0. */
void nev_local_carve(struct nev_local *block, struct nev_carve *c, uint32_t limit, uint32_t features);

/*
 * nev_local_fill - copy a node's ranks.
 * Shapes     row [len] of view `from`; afterwards of the block: 0, 1, ...
 * Range      1 <= len <= the block's limit; from->all->across is there
 * Alias      `from` may be a view of a block, but not of this one
 * Tests      tests/forest/test_local.c
 */
struct nev_rank_view nev_local_fill(struct nev_local *block, const struct nev_rank_view *from, uint32_t *row,
                                    uint32_t len);

#endif
