/* SPDX-License-Identifier: MIT */
#include "forest/exchange/build.h"

#include <string.h>

#include "forest/carve.h"
#include "forest/file/node.h"
#include "forest/file/part.h"
#include "forest/file/write.h"
#include "forest/train/tree.h"

/* The work memory, for the greatest tree. */
struct work {
    uint32_t *from;  /* [nodes + 1] the given number of each node of the file's tree */
    uint32_t *depth; /* [nodes + 1] */
    uint8_t *is_met; /* [nodes] */
    struct nev_tree tree;
};

struct sizes {
    uint64_t nodes, entries; /* of the greatest trees */
    uint64_t bodies;         /* bytes of all of them */
};

/* A child, feature or leaf that is not there is found when the tree is walked. */
static enum nev_status measure(const struct nev_build *b, struct sizes *size, struct nev_error *err)
{
    uint32_t bits = nev_node_feature_bits(b->features), t, i;

    memset(size, 0, sizeof *size);
    for (t = 0; t < b->trees; t++) {
        const struct nev_build_tree *tree = &b->tree[t];
        uint64_t nodes = (uint64_t)tree->node_len + 1, entries = 0, k;

        for (k = 0; k < (uint64_t)tree->leaf_len * b->classes; k++) {
            entries += tree->count[k] != 0;
        }
        for (i = 0; i < tree->node_len; i++) {
            if (tree->node[i].is_leaf && tree->node[i].leaf >= tree->leaf_len) {
                return nev_fail_at(err, NEV_ERR_FORMAT, t, i, "leaf", "a leaf's counts are not there");
            }
        }
        if (nodes > (uint64_t)1 << (33 - bits) || entries > NEV_ENTRIES_MAX) {
            return nev_fail_at(err, NEV_ERR_LIMIT, t, NEV_NO_ROW, "nodes",
                               "a tree has more nodes or leaf entries than the forest file can hold");
        }
        size->nodes = nodes > size->nodes ? nodes : size->nodes;
        size->entries = entries > size->entries ? entries : size->entries;
        size->bodies += nev_carve_round(nodes * NEV_NODE_BYTES + entries * NEV_ENTRY_BYTES);
    }
    return NEV_OK;
}

static void carve(struct work *w, struct nev_carve *c, const struct sizes *size, uint32_t classes)
{
    struct nev_tree *t = &w->tree;

    t->known_len = 2;
    while (t->known_len < 2 * size->entries) {
        t->known_len *= 2;
    }
    w->from = nev_carve_take(c, size->nodes, sizeof *w->from);
    w->depth = nev_carve_take(c, size->nodes, sizeof *w->depth);
    w->is_met = nev_carve_take(c, size->nodes, sizeof *w->is_met);
    t->node = nev_carve_take(c, size->nodes, NEV_NODE_BYTES);
    t->leaf = nev_carve_take(c, size->entries + classes, NEV_ENTRY_BYTES); /* the last one may be known */
    t->total = nev_carve_take(c, classes, sizeof *t->total);
    t->present = nev_carve_take(c, classes, sizeof *t->present);
    t->known = nev_carve_take(c, t->known_len, sizeof *t->known);
}

static enum nev_status check(const struct nev_build *b, struct nev_error *err)
{
    uint8_t text[NEV_FOREST_NAME_LEN] = {0};
    uint32_t k;

    if (b->trees == 0 || b->features == 0 || b->classes < 2) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "trees",
                        "a forest needs a tree, a feature and two classes");
    }
    if (b->trees > NEV_FOREST_TREES_MAX || b->features > NEV_FOREST_FEATURES_MAX ||
        b->classes > NEV_FOREST_CLASSES_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "trees",
                        "more than 65,535 trees, 65,536 features or 1,024 classes");
    }
    for (k = 0; b->origin != NULL && k < NEV_FOREST_NAME_LEN && b->origin[k] != 0; k++) {
        text[k] = (uint8_t)b->origin[k];
    }
    if (text[0] != 0 && !nev_file_text_is_valid(text, true)) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "origin",
                        "the origin is longer than 63 bytes, not UTF-8 or has control characters");
    }
    for (k = 0; k < b->trees; k++) {
        if (b->tree[k].node_len == 0 || b->tree[k].node_len > (uint32_t)1 << 31) {
            return nev_fail_at(err, NEV_ERR_ARGUMENT, k, NEV_NO_ROW, "nodes", "a tree has no node, or 2^31");
        }
    }
    return NEV_OK;
}

static struct nev_file_shape shape_of(const struct nev_build *b)
{
    struct nev_file_shape shape = {b->features, b->classes, b->trees, 1, 0};

    return shape;
}

enum nev_status nev_forest_build_bytes(const struct nev_build *b, size_t *memory_bytes, size_t *file_bytes,
                                       struct nev_error *err)
{
    struct nev_file_shape shape = shape_of(b);
    struct nev_carve c = {NULL, 0};
    struct sizes size;
    struct work w;
    enum nev_status status;
    uint64_t file;

    *memory_bytes = *file_bytes = 0;
    if ((status = check(b, err)) != NEV_OK || (status = measure(b, &size, err)) != NEV_OK) {
        return status;
    }
    carve(&w, &c, &size, b->classes);
    file = nev_file_block_at(NEV_BLOCK_DATA, &shape) + size.bodies + NEV_ALIGN;
    if (c.used > SIZE_MAX - NEV_ALIGN || file > SIZE_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "memory",
                        "these trees need more memory than the machine can address");
    }
    *memory_bytes = (size_t)c.used + NEV_ALIGN - 1;
    *file_bytes = (size_t)file;
    return NEV_OK;
}

/* Writes the leaf that is node i of the file's tree. */
static const char *put_leaf(struct work *w, const struct nev_build_tree *given, uint32_t classes,
                            uint32_t bits, uint32_t i)
{
    const uint32_t *count = given->count + (size_t)given->node[w->from[i]].leaf * classes;
    uint32_t present_len = 0, k;
    uint64_t sum = 0;

    for (k = 0; k < classes; k++) {
        w->tree.total[k] = count[k];
        sum += count[k];
        if (count[k] != 0) {
            w->tree.present[present_len++] = k;
        }
    }
    if (sum == 0 || sum > UINT32_MAX) {
        return "a leaf's counts are all 0, or sum to 2^32 or more";
    }
    nev_node_store(w->tree.node, i, nev_leaf_key(i, nev_leaf_write(&w->tree, w->tree.present, present_len)),
                   i >> 1 << bits);
    return NULL;
}

/* Writes the inner node that is node i of the file's tree and queues its children. */
static const char *put_inner(struct work *w, const struct nev_build_tree *given, uint32_t features,
                             uint32_t bits, uint32_t i)
{
    const struct nev_build_node *n = &given->node[w->from[i]];
    const uint32_t child[2] = {n->left, n->right}, pair = w->tree.node_len / 2;
    uint32_t key, k;

    if (n->feature >= features) {
        return "a node asks for a feature that is not there";
    }
    if (nev_key_is_nan(n->threshold) || (key = nev_key_from_f32(n->threshold)) >= NEV_KEY_MAX) {
        return "a threshold is NaN or plus infinity";
    }
    for (k = 0; k < 2; k++) {
        if (child[k] >= given->node_len || w->is_met[child[k]] != 0) {
            return "a node's child is not there, or is also another's: no tree";
        }
        w->is_met[child[k]] = 1;
        w->from[w->tree.node_len] = child[k];
        w->depth[w->tree.node_len] = w->depth[i] + 1;
        w->tree.node_len++;
    }
    nev_node_store(w->tree.node, i, key, pair << bits | n->feature);
    return NULL;
}

/* Bounds: every node is met once, so the queue, which is the tree itself, has room for node_len + 1. */
static enum nev_status put_tree(struct work *w, const struct nev_build *b, uint32_t number,
                                struct nev_image *image, struct nev_error *err)
{
    const struct nev_build_tree *given = &b->tree[number];
    uint32_t bits = nev_node_feature_bits(b->features), i;
    struct nev_tree *t = &w->tree;
    struct nev_forest_tree body;

    memset(w->is_met, 0, given->node_len);
    memset(t->known, 0, t->known_len * sizeof *t->known);
    nev_node_store(t->node, 0, 0, 0);
    w->is_met[0] = 1;
    w->from[1] = w->depth[1] = 0;
    t->node_len = 2;
    t->leaf_len = 0;
    for (i = 1; i < t->node_len; i++) {
        const char *what = given->node[w->from[i]].is_leaf ? put_leaf(w, given, b->classes, bits, i)
                                                           : put_inner(w, given, b->features, bits, i);

        if (what != NULL) {
            return nev_fail_at(err, NEV_ERR_FORMAT, number, w->from[i], "tree", what);
        }
    }
    if (t->node_len != given->node_len + 1) {
        for (i = 0; w->is_met[i] != 0; i++) {
        }
        return nev_fail_at(err, NEV_ERR_FORMAT, number, i, "tree", "a node is nobody's child");
    }
    memset(&body, 0, sizeof body);
    body.node = t->node;
    body.leaf = t->leaf;
    body.node_len = t->node_len;
    body.leaf_len = t->leaf_len;
    body.depth = w->depth[t->node_len - 1];
    body.number = number;
    return nev_image_tree(image, &body, err);
}

enum nev_status nev_forest_build(const struct nev_build *b, void *memory, size_t memory_bytes, uint8_t *file,
                                 size_t file_bytes, size_t *written, struct nev_error *err)
{
    struct nev_file_shape shape = shape_of(b);
    size_t need_memory, need_file;
    struct nev_forest_part part;
    struct nev_carve c = {NULL, 0};
    struct nev_image image;
    struct sizes size;
    struct work w;
    enum nev_status status;
    uint8_t *oob;
    uint32_t i;

    *written = 0;
    if ((status = nev_forest_build_bytes(b, &need_memory, &need_file, err)) != NEV_OK ||
        (status = measure(b, &size, err)) != NEV_OK) {
        return status;
    }
    if (memory_bytes < need_memory) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "memory",
                        "less than nev_forest_build_bytes says");
    }
    c.base = nev_carve_align(memory);
    carve(&w, &c, &size, b->classes);
    if ((status = nev_image_begin(&image, file, file_bytes, &shape, err)) != NEV_OK ||
        (status = nev_image_names(&image, b->class_name, b->source, err)) != NEV_OK) {
        return status;
    }
    for (i = 0; i < b->trees; i++) {
        if ((status = put_tree(&w, b, i, &image, err)) != NEV_OK) {
            return status;
        }
    }
    memset(&part, 0, sizeof part);
    part.is_foreign = true;
    part.params.trees = b->trees;
    part.origin = b->origin;
    if (b->origin_sha256 != NULL) {
        memcpy(part.origin_sha256, b->origin_sha256, sizeof part.origin_sha256);
    }
    nev_part_write(&part, nev_image_block(&image, NEV_BLOCK_PARTS));
    if ((status = nev_image_oob(&image, 0, &oob, err)) == NEV_OK) {
        nev_image_end(&image);
        *written = (size_t)image.used;
    }
    return status;
}
