/* SPDX-License-Identifier: MIT */
#include "forest/split.h"

#include <stddef.h>

#include "forest/wide.h"

#define INSERTION_MAX 24 /* rows up to which insertion beats counting */

/* Orders items by their upper halves; any order among equals will do. */
static void sort_few(uint64_t *item, uint32_t len)
{
    uint32_t i, j;

    for (i = 1; i < len; i++) {
        uint64_t it = item[i];

        for (j = i; j > 0 && item[j - 1] > it; j--) {
            item[j] = item[j - 1];
        }
        item[j] = it;
    }
}

/* Least digit first over the lowest `bits` bits of the upper halves. Returns the buffer that holds the
 * result. */
static uint64_t *sort_many(const struct nev_split_work *work, uint32_t len, uint32_t bits)
{
    uint32_t widest = len < 1024 ? 8 : NEV_SPLIT_DIGIT_MAX, passes = (bits + widest - 1) / widest;
    uint32_t width = (bits + passes - 1) / passes, mask = ((uint32_t)1 << width) - 1, pass, i;
    uint64_t *from = work->item[0], *to = work->item[1], *swap;

    for (pass = 0; pass < passes; pass++) {
        uint32_t shift = 32 + pass * width, sum = 0;

        for (i = 0; i <= mask; i++) {
            work->count[i] = 0;
        }
        for (i = 0; i < len; i++) {
            work->count[(uint32_t)(from[i] >> shift) & mask]++;
        }
        for (i = 0; i <= mask; i++) {
            uint32_t n = work->count[i];

            work->count[i] = sum;
            sum += n;
        }
        for (i = 0; i < len; i++) {
            to[work->count[(uint32_t)(from[i] >> shift) & mask]++] = from[i];
        }
        swap = from;
        from = to;
        to = swap;
    }
    return from;
}

/* The node's rows as (rank - lowest rank, load), in order of rank; NULL if they all have one rank. */
static const uint64_t *order(const struct nev_split_node *node, const uint32_t *rank,
                             const struct nev_split_work *work, uint32_t *lowest)
{
    uint64_t *item = work->item[0];
    uint32_t low = UINT32_MAX, high = 0, bits = 0, i;

    for (i = 0; i < node->len; i++) {
        uint32_t r = rank[node->row[i]];

        item[i] = (uint64_t)r << 32 | node->load[i];
        low = r < low ? r : low;
        high = r > high ? r : high;
    }
    *lowest = low;
    if (low == high) {
        return NULL;
    }
    for (i = 0; i < node->len; i++) {
        item[i] -= (uint64_t)low << 32;
    }
    if (node->len <= INSERTION_MAX) {
        sort_few(item, node->len);
        return item;
    }
    while ((high - low) >> bits != 0) {
        bits++;
    }
    return sort_many(work, node->len, bits);
}

/* Class counts on both sides of the sweep. */
struct sides {
    uint32_t draws_left;
    uint64_t squares_left, squares_right;
};

/* Keeps the split in *best if its score is strictly higher. */
static bool consider(const struct nev_split_node *node, const struct sides *s, struct nev_split_best *best)
{
    uint64_t left = s->draws_left, right = node->draws - left;
    uint64_t num = s->squares_left * right + s->squares_right * left, den = left * right;

    if (left < node->min_leaf || right < node->min_leaf) {
        return false;
    }
    if (best->is_found) {
        /* Three roundings a side and one for the margin, each within 2^-53: seven of eight. */
        double mine = (double)num * (double)best->den, other = (double)best->num * (double)den;

        if (mine < other * (1.0 - 0x1p-50) || !nev_wide_greater(num, best->den, best->num, den)) {
            return false;
        }
    }
    best->is_found = true;
    best->is_perfect = s->squares_left == left * left && s->squares_right == right * right;
    best->draws_left = s->draws_left;
    best->squares_left = s->squares_left;
    best->squares_right = s->squares_right;
    best->num = num;
    best->den = den;
    return true;
}

void nev_split_try(const struct nev_split_node *node, const uint32_t *rank, uint32_t feature,
                   const struct nev_split_work *work, struct nev_split_best *best)
{
    uint32_t lowest, i;
    const uint64_t *item = order(node, rank, work, &lowest);
    struct sides s = {0, 0, node->squares};

    if (item == NULL) {
        return;
    }
    for (i = 0; i < node->present_len; i++) {
        work->left[node->present[i]] = 0;
    }
    for (i = 0; i + 1 < node->len; i++) {
        uint32_t load = (uint32_t)item[i], class_id = load & NEV_LOAD_CLASS_MASK;
        uint64_t w = load >> NEV_LOAD_CLASS_BITS, left = work->left[class_id];
        uint64_t right = node->total[class_id] - left;
        uint32_t here = (uint32_t)(item[i] >> 32), next = (uint32_t)(item[i + 1] >> 32);

        s.squares_left += w * (2 * left + w);   /* (left + w)^2 - left^2 */
        s.squares_right -= w * (2 * right - w); /* right^2 - (right - w)^2 */
        s.draws_left += (uint32_t)w;
        work->left[class_id] = (uint32_t)(left + w);
        if (here != next && consider(node, &s, best)) {
            best->feature = feature;
            best->rank = lowest + here;
            best->rank_next = lowest + next;
            if (best->is_perfect) {
                return;
            }
        }
    }
}
