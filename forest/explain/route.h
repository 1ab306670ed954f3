/* SPDX-License-Identifier: MIT */
/*
 * route.h - the training rows sent through a tree again: where each of them ends.
 *
 * Nothing of this is in the file: a tree's sample follows from seed and number (nev_tree_sample), its nodes' rows from
 * the table.
 */
#ifndef NEV_FOREST_ROUTE_H
#define NEV_FOREST_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "forest/forest.h"

/* Rows on the nodes of a tree: those of node i are row[begin[i]] to row[end[i] - 1]. */
struct nev_route {
    uint32_t *row;         /* [len] */
    uint32_t *begin, *end; /* [tree->node_len]; entry 0 is unused */
    uint32_t len;
};

/*
 * nev_route_rows - send rows down.
 * Shapes     x as in struct nev_forest_data; r->row holds the rows in any order and is reordered
 * Range      no value is NaN
 */
void nev_route_rows(const struct nev_forest_tree *tree, const float *x, size_t x_stride, struct nev_route *r);

/* nev_route_on - the leaf in which a walk from node i ends, with `value` in the place of the row's `feature`. */
uint32_t nev_route_on(const struct nev_forest_tree *tree, uint32_t i, const float *row, uint32_t feature,
                      float value);

#endif
