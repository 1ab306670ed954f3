/* SPDX-License-Identifier: MIT */
/*
 * check.h - proof that a tree's bytes are a tree, before anybody walks it.
 */
#ifndef NEV_FOREST_CHECK_H
#define NEV_FOREST_CHECK_H

#include "forest/forest.h"

/* What the rest of the file says of a tree. */
struct nev_tree_rules {
    uint32_t features, classes;
    const struct nev_forest_part *part; /* the tree's */
    uint32_t k;                         /* its place in it */
};

/*
 * nev_tree_check - check one tree body against every rule of FORMAT.md, section 10.
 * Computes   one pass over the leaf entries, one over the nodes; no memory
 * Range      tree->node_len even and >= 2, leaf_len >= 1, both within the bytes
 * Errors     FORMAT at offset body_at + the place, with name
 * Threads    pure
 */
NEV_MUST_CHECK enum nev_status nev_tree_check(const struct nev_forest_tree *tree,
                                              const struct nev_tree_rules *rules, uint64_t body_at,
                                              const char *name, struct nev_error *err);

#endif
