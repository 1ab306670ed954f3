/* SPDX-License-Identifier: MIT */
/*
 * build.h - a forest file from trees that were not grown here: what importers call.
 *
 * The trees may number their nodes in any way; the file has them breadth first, equal leaves shared. Its only
 * part is foreign: no rows, no parameters, nothing out of bag, no importance.
 */
#ifndef NEV_FOREST_BUILD_H
#define NEV_FOREST_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forest/forest.h"

/* One node. Node 0 of a tree is its root. */
struct nev_build_node {
    bool is_leaf;
    uint32_t feature;     /* of an inner node: x[feature] <= threshold goes left */
    float threshold;      /* not NaN and not +infinity; both zeros are one */
    uint32_t left, right; /* numbers of the children */
    uint32_t leaf;        /* of a leaf: its row of counts */
};

struct nev_build_tree {
    const struct nev_build_node *node; /* [node_len], each the child of one other, but the root */
    uint32_t node_len;                 /* 1..2^31 */
    const uint32_t *count; /* [leaf_len, classes] not all 0, sum of a row < 2^32: shares of any whole */
    uint32_t leaf_len;
};

struct nev_build {
    const struct nev_build_tree *tree;      /* [trees] */
    uint32_t trees, features, classes;      /* within the limits of forest.h */
    const char *const *class_name;          /* as in struct nev_forest_data */
    const struct nev_forest_source *source; /* NULL: unknown */
    const char *origin;                     /* what made the trees, as in struct nev_forest_job */
    const uint8_t *origin_sha256;           /* [NEV_SHA256_BYTES] of the file they came from, or NULL */
};

/*
 * nev_forest_build_bytes - work memory, and room for the file in the worst case.
 * Errors     as nev_forest_build, but for what only a walk of the trees finds; both sizes are then 0
 */
NEV_MUST_CHECK enum nev_status nev_forest_build_bytes(const struct nev_build *build, size_t *memory_bytes,
                                                      size_t *file_bytes, struct nev_error *err);

/*
 * nev_forest_build - check the trees and write them as a forest file.
 * Range      memory_bytes and file_bytes as nev_forest_build_bytes says or more
 * Errors     ARGUMENT, LIMIT, MEMORY; FORMAT and VALUE with the tree as row and the node as column: a cycle, a
 *            shared or unreached node, a child, feature or leaf out of range, a threshold that is NaN or +infinity,
 *            a leaf of nothing or of too much. *written is then 0
 * Tests      tests/forest/test_build.c
 */
NEV_MUST_CHECK enum nev_status nev_forest_build(const struct nev_build *build, void *memory,
                                                size_t memory_bytes, uint8_t *file, size_t file_bytes,
                                                size_t *written, struct nev_error *err);

#endif
