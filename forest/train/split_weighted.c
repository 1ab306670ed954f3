/* SPDX-License-Identifier: MIT */
/* The search at a node with class weights: as split.c's for any number of classes, with longer integers. */
#include <stddef.h>

#include "forest/train/split.h"
#include "forest/train/wide.h"

/* A number of 192 bits. */
struct long_number {
    uint64_t high, middle, low;
};

/* (high * 2^64 + low) * b. Bounds: high < 2^32 and b < 2^62, so nothing is carried out. */
static struct long_number times(uint64_t high, uint64_t low, uint64_t b)
{
    struct nev_wide lower = nev_wide_product(low, b), upper = nev_wide_product(high, b);
    struct long_number n = {upper.high, upper.low + lower.high, lower.low};

    n.high += n.middle < lower.high;
    return n;
}

static bool is_greater(struct long_number a, struct long_number b)
{
    return a.high != b.high ? a.high > b.high : a.middle != b.middle ? a.middle > b.middle : a.low > b.low;
}

/* What lies left of a boundary, by weight and by draws. */
struct sides {
    uint32_t draws_left, count_left;
    uint64_t squares_left, squares_right;
};

static void consider(const struct nev_split_node *node, const struct sides *s, uint32_t feature,
                     uint32_t rank, struct nev_split_best *best)
{
    uint64_t left = s->draws_left, right = node->draws - left, den = left * right;
    struct nev_wide num = nev_wide_product(s->squares_left, right);
    struct nev_wide other = nev_wide_product(s->squares_right, left);

    if (s->count_left < node->min_leaf || node->count - s->count_left < node->min_leaf) {
        return;
    }
    num.low += other.low;
    num.high += other.high + (num.low < other.low);
    if (best->is_found) {
        /* Numerators are rounded twice (the lower half, the sum), denominators and the product once: four
         * roundings of 2^-53 a side and one for the margin, nine; the margin is sixteen. */
        double mine = ((double)num.high * 0x1p64 + (double)num.low) * (double)best->den;
        double theirs = ((double)best->num_high * 0x1p64 + (double)best->num) * (double)den;

        if (mine < theirs * (1.0 - 0x1p-49) ||
            !is_greater(times(num.high, num.low, best->den), times(best->num_high, best->num, den))) {
            return;
        }
    }
    best->is_found = true;
    /* Pure sides: the sum of squares is the square of the sum. */
    best->is_perfect = s->squares_left == left * left && s->squares_right == right * right;
    best->feature = feature;
    best->rank = rank;
    best->draws_left = s->draws_left;
    best->squares_left = s->squares_left;
    best->squares_right = s->squares_right;
    best->num = num.low;
    best->num_high = num.high;
    best->den = den;
}

void nev_split_weighted(const struct nev_split_node *node, const struct nev_rank_view *ranks,
                        uint32_t feature, const struct nev_split_work *work, struct nev_split_best *best)
{
    uint32_t lowest, i;
    const uint64_t *item = nev_split_order(node, ranks, feature, work, &lowest);
    struct sides s = {0, 0, 0, node->squares};

    if (item == NULL) {
        return;
    }
    for (i = 0; i < node->present_len; i++) {
        work->left[node->present[i]] = 0;
    }
    for (i = 0; i + 1 < node->len; i++) {
        uint32_t load = (uint32_t)item[i], class_id = load & NEV_LOAD_CLASS_MASK;
        uint32_t draws = load >> NEV_LOAD_CLASS_BITS;
        uint64_t w = (uint64_t)draws * node->weight[class_id], left = work->left[class_id];
        uint64_t right = node->total[class_id] - left;
        uint32_t here = (uint32_t)(item[i] >> 32), next = (uint32_t)(item[i + 1] >> 32);

        s.squares_left += w * (2 * left + w);   /* (left + w)^2 - left^2 < 2^64 */
        s.squares_right -= w * (2 * right - w); /* right^2 - (right - w)^2 */
        s.draws_left += (uint32_t)w;
        s.count_left += draws;
        work->left[class_id] = (uint32_t)(left + w);
        if (here != next) {
            consider(node, &s, feature, lowest + here, best);
        }
    }
}
