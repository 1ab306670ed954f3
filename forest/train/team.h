/* SPDX-License-Identifier: MIT */
/*
 * team.h - several parts on one node: for a tree that grows while no other does.
 */
#ifndef NEV_FOREST_TEAM_H
#define NEV_FOREST_TEAM_H

#include <stdint.h>

#include "forest/train/tree.h"

#define NEV_TEAM_VISITS 32768u /* ranks to look at from which waking the others pays: about 0.1 ms of work */

/*
 * nev_team_try - the best split of a node on `len` features, in the order of drawing.
 * Range      after nev_split_begin(n, work); ranks: n's view; job->par and job->team set; n->weight NULL; *best empty
 * Computes   what nev_split_try gives one feature after another: each part does so with a range of them, and ranges are
 *            compared in order, exactly, ties to the earlier. A part stops at a perfect split of its own: no other
 *            is better, and an earlier one that is as good is taken anyway
 * Tests      tests/forest/test_team.c
 */
void nev_team_try(const struct nev_tree_job *job, const struct nev_split_node *n,
                  const struct nev_rank_view *ranks, const struct nev_split_work *work,
                  const uint32_t *feature, uint32_t len, struct nev_split_best *best);

#endif
