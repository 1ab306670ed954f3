/* SPDX-License-Identifier: MIT */
#include "forest/explain/route.h"

#include "forest/file/node.h"

void nev_route_rows(const struct nev_forest_tree *tree, const float *x, size_t x_stride, struct nev_route *r)
{
    const uint32_t mask = ((uint32_t)1 << tree->feature_bits) - 1;
    uint32_t i, left, right, swap;

    r->begin[1] = 0;
    r->end[1] = r->len;
    for (i = 1; i < tree->node_len; i++) { /* parents stand before their children */
        uint32_t key = nev_node_key(tree->node, i), word = nev_node_word(tree->node, i);
        uint32_t child = word >> tree->feature_bits << 1;

        if (nev_node_is_leaf(key)) {
            continue;
        }
        left = r->begin[i];
        right = r->end[i];
        while (left < right) {
            if (nev_key_from_f32(x[r->row[left] * x_stride + (word & mask)]) <= key) {
                left++;
            } else {
                swap = r->row[--right];
                r->row[right] = r->row[left];
                r->row[left] = swap;
            }
        }
        r->begin[child] = r->begin[i];
        r->end[child] = r->begin[child + 1] = left;
        r->end[child + 1] = r->end[i];
    }
}

uint32_t nev_route_on(const struct nev_forest_tree *tree, uint32_t i, const float *row, uint32_t feature,
                      float value)
{
    const uint32_t mask = ((uint32_t)1 << tree->feature_bits) - 1;
    uint32_t key = nev_node_key(tree->node, i);

    while (!nev_node_is_leaf(key)) {
        uint32_t word = nev_node_word(tree->node, i), at = word & mask;

        i = (word >> tree->feature_bits << 1) + (nev_key_from_f32(at == feature ? value : row[at]) > key);
        key = nev_node_key(tree->node, i);
    }
    return i;
}
