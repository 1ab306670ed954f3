/* SPDX-License-Identifier: MIT */
#include "forest/file/check.h"

#include <string.h>

#include "forest/file/node.h"

/* Checks the entries of one leaf from `first`; *len is how many they are. Returns what is wrong, or NULL. */
static const char *check_record(const struct nev_forest_tree *tree, uint32_t classes, uint32_t first,
                                uint32_t *len)
{
    uint32_t seen[NEV_FOREST_CLASSES_MAX / 32] = {0}, i, before_class = 0, before = UINT32_MAX;
    uint64_t sum = 0;

    for (i = first; i < tree->leaf_len; i++) {
        uint32_t count = nev_entry_count(tree->leaf, i), id = nev_entry_class(tree->leaf, i);
        uint32_t mark = nev_load_u16le(tree->leaf + (size_t)i * NEV_ENTRY_BYTES + 6);

        *len = i - first + 1;
        if (id >= classes || (seen[id / 32] >> id % 32 & 1) != 0) {
            return "a leaf has a class out of range or twice";
        }
        if (count == 0 || count > before || (count == before && id < before_class) || mark > 1) {
            return "a leaf's entries are empty, out of order or wrongly marked";
        }
        sum += count;
        if (mark == 1) {
            return sum > UINT32_MAX ? "a leaf's counts sum to more than 2^32 - 1" : NULL;
        }
        seen[id / 32] |= (uint32_t)1 << id % 32;
        before = count;
        before_class = id;
    }
    return "the last leaf has no last entry";
}

static enum nev_status check_entries(const struct nev_forest_tree *tree, uint32_t classes, uint64_t at,
                                     const char *name, struct nev_error *err)
{
    uint32_t i, len = 0;

    for (i = 0; i < tree->leaf_len; i += len) {
        const char *what = check_record(tree, classes, i, &len);

        if (what != NULL) {
            return nev_fail(err, NEV_ERR_FORMAT, at + (uint64_t)(i + len - 1) * NEV_ENTRY_BYTES, name, what);
        }
    }
    return NEV_OK;
}

/* How far the pass over the nodes has come. */
struct pass {
    uint32_t pair_next;         /* the pair that the next inner node must have */
    uint32_t entry_next;        /* the first leaf entry not yet used */
    uint64_t draws;             /* of all leaves so far, if the part says how many there are */
    uint32_t depth, level_last; /* of the current node, and the last node that deep */
};

/* The draws behind the count of a leaf entry; 0 if its class's weight does not divide it. */
static uint32_t draws_of(const struct nev_forest_tree *tree, const struct nev_tree_rules *rules, uint32_t e)
{
    uint32_t count = nev_entry_count(tree->leaf, e), id = nev_entry_class(tree->leaf, e), weight;

    if (id >= rules->classes) { /* check_record has seen to it */
        return 0;
    }
    weight = nev_forest_part_weight(rules->part, rules->k, id);
    return weight == 0 || count % weight != 0 ? 0 : count / weight;
}

static const char *check_leaf(const struct nev_forest_tree *tree, const struct nev_tree_rules *rules,
                              uint32_t i, struct pass *p)
{
    const uint32_t draws = rules->part->params.draws;
    uint32_t key = nev_node_key(tree->node, i), e = nev_leaf_entry(key);

    if (key != nev_leaf_key(i, e) || nev_node_word(tree->node, i) != i >> 1 << tree->feature_bits) {
        return "a leaf does not lead back to itself";
    }
    if (e > p->entry_next || e >= tree->leaf_len || (e != 0 && !nev_entry_is_last(tree->leaf, e - 1))) {
        return "a leaf's entries are out of range, out of turn or begin within another's";
    }
    /* Bounds: an entry is a draw at least, so this ends after `draws` entries in all, however often they are
     * shared; in a foreign part after `classes` a leaf. */
    do {
        uint32_t n;

        if (e >= tree->leaf_len) { /* check_record has seen to it */
            return "the last leaf has no last entry";
        }
        n = draws_of(tree, rules, e);
        if (n == 0) {
            return "a leaf counts a class that has no weight, or no whole number of draws of it";
        }
        p->draws += rules->part->is_foreign ? 0 : n;
    } while (p->draws <= draws && !nev_entry_is_last(tree->leaf, e++));
    if (p->draws > draws) {
        return "the counts of the leaves are more than the draws of the tree";
    }
    p->entry_next = e > p->entry_next ? e : p->entry_next;
    return NULL;
}

static const char *check_inner(const struct nev_forest_tree *tree, uint32_t i, uint32_t features,
                               struct pass *p)
{
    uint32_t word = nev_node_word(tree->node, i), key = nev_node_key(tree->node, i);
    uint32_t feature = word & (((uint32_t)1 << tree->feature_bits) - 1);

    if (feature >= features) {
        return "a node asks for a feature the data do not have";
    }
    if (key == NEV_KEY_MINUS_ZERO) {
        return "a threshold is minus zero";
    }
    if (word >> tree->feature_bits != p->pair_next || p->pair_next >= tree->node_len / 2) {
        return "a node's children are not the next pair: a cycle, a shared child or one out of range";
    }
    p->pair_next++;
    return NULL;
}

enum nev_status nev_tree_check(const struct nev_forest_tree *tree, const struct nev_tree_rules *rules,
                               uint64_t body_at, const char *name, struct nev_error *err)
{
    uint64_t entries_at = body_at + (uint64_t)tree->node_len * NEV_NODE_BYTES;
    const struct nev_forest_params *params = &rules->part->params;
    struct pass p = {1, 0, 0, 0, 1};
    const char *what = NULL;
    enum nev_status status = check_entries(tree, rules->classes, entries_at, name, err);
    uint32_t i;

    if (status != NEV_OK) {
        return status;
    }
    if (nev_node_key(tree->node, 0) != 0 || nev_node_word(tree->node, 0) != 0) {
        return nev_fail(err, NEV_ERR_FORMAT, body_at, name, "the unused node is not zero");
    }
    for (i = 1; i < tree->node_len; i++) {
        if (i > p.level_last) {
            p.depth++;
            p.level_last = 2 * p.pair_next - 1;
        }
        if (i >= 2 * p.pair_next) {
            what = "a node is nobody's child";
        } else if (nev_node_is_leaf(nev_node_key(tree->node, i))) {
            what = check_leaf(tree, rules, i, &p);
        } else {
            what = check_inner(tree, i, rules->features, &p);
        }
        if (what != NULL) {
            return nev_fail(err, NEV_ERR_FORMAT, body_at + (uint64_t)i * NEV_NODE_BYTES, name, what);
        }
    }
    /* All pairs are given out: every node was in one (above), and no pair leaves the tree (check_inner). */
    if (p.entry_next != tree->leaf_len) {
        what = "a leaf entry belongs to no leaf";
    } else if (p.draws != params->draws) {
        what = "the counts of the leaves do not sum to the draws of the tree";
    } else if (p.depth != tree->depth || (params->max_depth != 0 && p.depth > params->max_depth)) {
        what = "the depth is not the one stated";
    }
    return what == NULL ? NEV_OK : nev_fail(err, NEV_ERR_FORMAT, body_at, name, what);
}
