/* SPDX-License-Identifier: MIT */
/* forest/file/check.c with forest/file/node.h: a tree of NODES nodes and ENTRIES leaf entries of any bytes, any rules. */
#include "forest/file/check.h"
#include "forest/file/node.h"

#include "tests/prove/prove.h"

#define CLASSES 16u

static uint8_t node[NODES * NEV_NODE_BYTES], leaf[ENTRIES * NEV_ENTRY_BYTES], weight[2 * CLASSES * 4];

/* What forest/file/part.c says of the weights: none, one row, or one row a tree; here two trees. */
uint32_t nev_forest_part_weight(const struct nev_forest_part *part, uint32_t k, uint32_t class_id)
{
    return Frama_C_interval(0, 1) == 0
               ? 1
               : nev_load_u32le(part->weight + ((size_t)k * part->classes + class_id) * 4);
}

void prove(void)
{
    struct nev_forest_part part = {0};
    struct nev_tree_rules rules = {(uint32_t)Frama_C_unsigned_int_interval(1, NEV_FOREST_FEATURES_MAX),
                                   CLASSES, &part, (uint32_t)Frama_C_unsigned_int_interval(0, 1)};
    struct nev_forest_tree tree = {0};
    struct nev_error err;
    enum nev_status status;

    //@ widen_hints global:"all", CLASSES, NODES, ENTRIES;
    any_bytes(node, sizeof node);
    any_bytes(leaf, sizeof leaf);
    any_bytes(weight, sizeof weight);
    part.weight = weight;
    part.classes = CLASSES;
    part.is_foreign = Frama_C_interval(0, 1) == 1;
    part.params.draws = Frama_C_unsigned_int_interval(0, UINT32_MAX);
    part.params.max_depth = Frama_C_unsigned_int_interval(0, UINT32_MAX);
    tree.node = node;
    tree.leaf = leaf;
    tree.node_len = NODES;
    tree.leaf_len = ENTRIES;
    tree.depth = Frama_C_unsigned_int_interval(0, UINT32_MAX);
    tree.feature_bits = Frama_C_unsigned_int_interval(0, 31);
    status = nev_tree_check(&tree, &rules, 1000, "tree 7", &err);
}
