/* SPDX-License-Identifier: MIT */
/* What an open forest tells about itself. */
#include <string.h>

#include "forest/file/layout.h"
#include "forest/file/node.h"
#include "forest/forest.h"

const char *nev_forest_class_name(const struct nev_forest *f, uint32_t id)
{
    return (const char *)(f->class_table + (size_t)id * NEV_FOREST_NAME_LEN);
}

enum nev_status nev_forest_same_source(const struct nev_forest *f, const struct nev_forest_source *source,
                                       struct nev_error *err)
{
    uint8_t mine[NEV_FILE_SOURCE_BYTES], other[NEV_FILE_SOURCE_BYTES];
    struct nev_forest_source ours, theirs;
    const char *name = f->source.net_name, *what = NULL;

    if (f->source.net == 0) {
        return NEV_OK;
    }
    ours = f->source;
    theirs = *source;
    if (ours.path == 0 || theirs.path == 0) {
        ours.path = theirs.path = 0; /* nothing to compare */
    }
    nev_file_source_write(&ours, mine);
    nev_file_source_write(&theirs, other);
    if (memcmp(mine, other, sizeof mine) == 0) {
        return NEV_OK;
    }
    if (f->source.net != source->net) {
        what = "the forest was trained on another network's features; use that network's weights";
    } else if (memcmp(f->source.weights_sha256, source->weights_sha256, NEV_SHA256_BYTES) != 0) {
        what = "the forest was trained with other weights of the same network; use those";
    } else if (strncmp(f->source.layer, source->layer, NEV_FOREST_NAME_LEN) != 0) {
        what = "the forest was trained on another layer's features";
        name = f->source.layer;
    } else if (ours.path != theirs.path) {
        what = "the forest was trained on features of another path (fast, direct or reference), whose last "
               "bits differ";
    } else {
        what = "the forest was trained with another padding or image preprocessing";
    }
    return nev_fail(err, NEV_ERR_NETWORK, NEV_NO_OFFSET, name, what);
}

uint32_t nev_forest_label(const uint32_t *votes, uint32_t classes)
{
    uint32_t best = 0, i;

    for (i = 1; i < classes; i++) {
        best = votes[i] > votes[best] ? i : best;
    }
    return best;
}

void nev_forest_importance(const struct nev_forest *f, double *importance)
{
    uint64_t sum = 0;
    uint32_t i;

    /* Bounds: open has checked that the sum is at most trees * rows * 2^26 < 2^63. */
    for (i = 0; i < f->features; i++) {
        sum += nev_load_u64le(f->importance_table + (size_t)i * 8);
    }
    for (i = 0; i < f->features; i++) {
        uint64_t value = nev_load_u64le(f->importance_table + (size_t)i * 8);

        importance[i] = sum == 0 ? 0.0 : (double)value / (double)sum;
    }
}

bool nev_forest_oob_score(const struct nev_forest *f, double *score)
{
    *score = f->oob_rows == 0 ? 0.0 : (double)f->oob_correct / (double)f->oob_rows;
    return f->oob_rows != 0;
}

void nev_forest_tree(const struct nev_forest *f, uint32_t i, struct nev_forest_tree *tree)
{
    const uint8_t *entry = f->tree_table + (size_t)i * NEV_FILE_TREE_BYTES;

    tree->node = f->tree_data + (size_t)nev_load_u64le(entry);
    tree->node_len = nev_load_u32le(entry + 8);
    tree->leaf = tree->node + (size_t)tree->node_len * NEV_NODE_BYTES;
    tree->leaf_len = nev_load_u32le(entry + 12);
    tree->depth = nev_load_u32le(entry + 16);
    tree->number = nev_load_u32le(entry + 20);
    tree->feature_bits = f->feature_bits;
}

void nev_forest_node(const struct nev_forest_tree *tree, uint32_t i, struct nev_forest_node *node)
{
    uint32_t key = nev_node_key(tree->node, i), word = nev_node_word(tree->node, i);

    memset(node, 0, sizeof *node);
    node->is_leaf = nev_node_is_leaf(key);
    if (!node->is_leaf) {
        node->feature = word & (((uint32_t)1 << tree->feature_bits) - 1);
        node->left = 2 * (word >> tree->feature_bits);
        node->threshold = nev_key_to_f32(key);
        return;
    }
    node->entry = nev_leaf_entry(key);
    do {
        node->entry_len++;
    } while (!nev_entry_is_last(tree->leaf, node->entry + node->entry_len - 1));
}

void nev_forest_entry(const struct nev_forest_tree *tree, uint32_t i, struct nev_forest_entry *entry)
{
    entry->class_id = nev_entry_class(tree->leaf, i);
    entry->count = nev_entry_count(tree->leaf, i);
}
