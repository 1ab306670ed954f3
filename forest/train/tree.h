/* SPDX-License-Identifier: MIT */
/*
 * tree.h - one tree: its bootstrap sample, its growth, and the votes of the rows it did not see.
 */
#ifndef NEV_FOREST_TREE_H
#define NEV_FOREST_TREE_H

#include <stdint.h>

#include "forest/carve.h"
#include "forest/forest.h"
#include "forest/train/local.h"
#include "forest/train/split.h"

#define NEV_ENDED_NOWHERE UINT32_MAX /* the tree has seen the row */

struct nev_tree;

/* What all trees share. */
struct nev_tree_job {
    const struct nev_forest_params *params; /* candidates and draws resolved */
    const struct nev_forest_data *data;
    const uint32_t *weight; /* [classes] for all trees, or NULL: none, or of each tree's own sample */
    const struct nev_ranks *ranks;
    struct nev_split_kernel kernel;
    uint32_t feature_bits;
    const struct nev_parallel
        *par;              /* shares the large nodes of a tree; NULL: every part has a tree of its own */
    struct nev_tree *team; /* [par->parts], whose work memory the parts use; the growing tree is the first */
};

/* A node whose rows are known and whose split is not. */
struct nev_tree_pending {
    uint64_t path;
    uint32_t begin, end; /* of the tree's row array */
    uint32_t depth, number;
    uint32_t view; /* in which of the tree's views its rows are numbered */
};

/* A node as it was grown, before nodes have the numbers of the file. */
struct nev_tree_sketch {
    uint32_t pair;          /* its children are the sketches 2 pair and 2 pair + 1; 0: a leaf */
    uint32_t first, second; /* key and feature; of a leaf the range of its rows, begin and end */
};

/* One tree and the memory to grow it; used again for the next one. */
struct nev_tree {
    /* the result */
    uint8_t *node, *leaf;
    uint32_t node_len, leaf_len, depth;
    uint64_t *importance; /* [features] of this tree, units of 2^-26 draws */
    uint32_t *ended;      /* [rows] the first entry of its leaf, or NEV_ENDED_NOWHERE */
    uint32_t *weight;     /* [classes] what a draw counts for */
    /* work */
    uint32_t *draws;      /* [rows] how often the sample has the row */
    uint32_t *row, *load; /* [rows] distinct rows of the sample; a node is a range of them */
    uint32_t *row_spare, *load_spare;
    struct nev_tree_sketch *sketch; /* [2 leaves] */
    uint32_t sketch_len;
    uint32_t *feature, *swapped; /* [features] */
    uint32_t *total, *present;   /* [classes] */
    bool is_weighted;            /* some weight is not 1 */
    uint32_t all;                /* weight of the whole sample */
    uint32_t *known;             /* [known_len] hash table of leaves: first entry + 1, or 0 */
    uint32_t known_len;          /* a power of two */
    struct nev_split_work split;
    struct nev_local block;
    struct nev_rank_view view[2]; /* of the table, of the block */
    struct nev_split_best best;   /* of what a part has tried, team.h */
};

/* nev_tree_leaves_max - the most leaves a tree of these parameters can have. */
uint32_t nev_tree_leaves_max(const struct nev_forest_params *params, uint32_t rows);

/* nev_tree_carve - take a tree's memory, or count it. block_limit: rows of its block, nev_local_carve. */
void nev_tree_carve(struct nev_tree *tree, struct nev_carve *c, const struct nev_forest_params *params,
                    const struct nev_forest_data *data, uint32_t block_limit);

/* nev_tree_sample - how often tree `number` draws each row: of (seed, number) and nothing else; draws [rows]. */
void nev_tree_sample(const struct nev_forest_params *params, uint32_t rows, uint32_t number, uint32_t *draws);

/*
 * nev_tree_grow - grow tree `number` of the forest.
 * Computes   depth first, so that a block serves a whole subtree; numbered breadth first. Each node's candidate features
 *            come from the stream (seed, tree, path), so the result does not depend on the order of growth or on other
 *            trees
 */
void nev_tree_grow(struct nev_tree *tree, const struct nev_tree_job *job, uint32_t number);

/* nev_leaf_write - the first entry of a leaf with these class counts; an equal leaf's, if there is one.
 * total and present as in struct nev_split_node; present is put in order of falling count. */
uint32_t nev_leaf_write(struct nev_tree *tree, uint32_t *present, uint32_t present_len);

#endif
