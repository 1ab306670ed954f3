/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "forest/file/node.h"
#include "forest/train/tree.h"

/* Falling count, then rising class. Insertion: a leaf with many classes is a shallow tree's, and rare. */
static void sort_present(const uint32_t *total, uint32_t *present, uint32_t len)
{
    uint32_t i, j;

    for (i = 1; i < len; i++) {
        uint32_t id = present[i];

        for (j = i; j > 0; j--) {
            uint32_t before = present[j - 1];

            if (total[before] > total[id] || (total[before] == total[id] && before < id)) {
                break;
            }
            present[j] = before;
        }
        present[j] = id;
    }
}

static uint32_t hash_of(const uint8_t *bytes, size_t len)
{
    uint32_t h = 0x811C9DC5u; /* FNV-1a 32 (Fowler, Noll, Vo) */
    size_t i;

    for (i = 0; i < len; i++) {
        h = (h ^ bytes[i]) * 0x01000193u;
    }
    return h ^ h >> 15;
}

uint32_t nev_leaf_write(struct nev_tree *tree, uint32_t *present, uint32_t present_len)
{
    uint8_t *record = tree->leaf + (size_t)tree->leaf_len * NEV_ENTRY_BYTES;
    size_t bytes = (size_t)present_len * NEV_ENTRY_BYTES;
    uint32_t first = tree->leaf_len, slot, i;

    sort_present(tree->total, present, present_len);
    for (i = 0; i < present_len; i++) {
        nev_store_u32le(record + i * NEV_ENTRY_BYTES, tree->total[present[i]]);
        nev_store_u16le(record + i * NEV_ENTRY_BYTES + 4, (uint16_t)present[i]);
        nev_store_u16le(record + i * NEV_ENTRY_BYTES + 6, i + 1 == present_len);
    }
    slot = hash_of(record, bytes) & (tree->known_len - 1);
    for (; tree->known[slot] != 0; slot = (slot + 1) & (tree->known_len - 1)) {
        uint32_t at = tree->known[slot] - 1;

        /* Bounds: the earlier record lies before this one, so comparing this one's length stays within
         * entries already written; its last-entry mark makes a longer record differ. */
        if (memcmp(tree->leaf + (size_t)at * NEV_ENTRY_BYTES, record, bytes) == 0) {
            return at;
        }
    }
    tree->known[slot] = first + 1;
    tree->leaf_len += present_len;
    return first;
}
