/* SPDX-License-Identifier: MIT */
/*
 * node.h - nodes and leaf entries as they lie in the file, and the walk over them.
 *
 * Source     forest/FORMAT.md, section 10
 */
#ifndef NEV_FOREST_NODE_H
#define NEV_FOREST_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "forest/key.h"
#include "nn/base/bytes.h"

#define NEV_NODE_BYTES  8
#define NEV_ENTRY_BYTES 8
#define NEV_ENTRIES_MAX 0x7FFFFFu /* leaf entries of a tree: the keys of leaves name them */

/* The least F with features <= 2^F. */
static inline uint32_t nev_node_feature_bits(uint32_t features)
{
    uint32_t bits = 0;

    while (bits < 31 && (uint32_t)1 << bits < features) {
        bits++;
    }
    return bits;
}

static inline uint32_t nev_node_key(const uint8_t *node, uint32_t i)
{
    return nev_load_u32le(node + (size_t)i * NEV_NODE_BYTES);
}

static inline uint32_t nev_node_word(const uint8_t *node, uint32_t i)
{
    return nev_load_u32le(node + (size_t)i * NEV_NODE_BYTES + 4);
}

static inline void nev_node_store(uint8_t *node, uint32_t i, uint32_t key, uint32_t word)
{
    nev_store_u32le(node + (size_t)i * NEV_NODE_BYTES, key);
    nev_store_u32le(node + (size_t)i * NEV_NODE_BYTES + 4, word);
}

/* A key that no value lies on either side of marks a leaf. */
static inline bool nev_node_is_leaf(uint32_t key)
{
    return key < NEV_KEY_MIN || key >= NEV_KEY_MAX;
}

/* The key of leaf i whose entries begin at e: no value is above it in a left leaf, every value in a right
 * one, so both lead back to i. */
static inline uint32_t nev_leaf_key(uint32_t i, uint32_t e)
{
    return (i & 1) != 0 ? e : ~e;
}

static inline uint32_t nev_leaf_entry(uint32_t key)
{
    return key >> 31 != 0 ? ~key : key;
}

/*
 * nev_node_step - the node after node i for a row of keys; a leaf leads to itself. No branch: several walks,
 * interleaved, hide each other's waiting for memory.
 * Range      mask = 2^bits - 1, bits the tree's feature_bits
 */
static inline uint32_t nev_node_step(const uint8_t *node, uint32_t i, uint32_t bits, uint32_t mask,
                                     const uint32_t *row)
{
    const uint32_t word = nev_node_word(node, i), pair = word >> bits;

    return pair + pair + (uint32_t)(nev_node_key(node, i) < row[word & mask]);
}

static inline uint32_t nev_entry_count(const uint8_t *leaf, uint32_t e)
{
    return nev_load_u32le(leaf + (size_t)e * NEV_ENTRY_BYTES);
}

static inline uint32_t nev_entry_class(const uint8_t *leaf, uint32_t e)
{
    return nev_load_u16le(leaf + (size_t)e * NEV_ENTRY_BYTES + 4);
}

static inline bool nev_entry_is_last(const uint8_t *leaf, uint32_t e)
{
    return nev_load_u16le(leaf + (size_t)e * NEV_ENTRY_BYTES + 6) != 0;
}

/*
 * nev_leaf_add - add the fractions of the leaf whose entries begin at e to the classes' sums.
 * Numerics   units of 2^-32, each to nearest, halves up. Bounds: a leaf's counts sum to less than 2^32, so
 *            count * 2^32 + total / 2 < 2^64
 */
static inline void nev_leaf_add(const uint8_t *leaf, uint32_t e, uint64_t *sum)
{
    const uint64_t one = (uint64_t)1 << 32;
    uint64_t total = 0;
    uint32_t i;

    if (nev_entry_is_last(leaf, e)) {
        sum[nev_entry_class(leaf, e)] += one;
        return;
    }
    for (i = e; i == e || !nev_entry_is_last(leaf, i - 1); i++) {
        total += nev_entry_count(leaf, i);
    }
    for (i = e; i == e || !nev_entry_is_last(leaf, i - 1); i++) {
        uint64_t share = nev_entry_count(leaf, i) * one;

        sum[nev_entry_class(leaf, i)] += (share + total / 2) / total;
    }
}

#endif
