/* SPDX-License-Identifier: MIT */
#include "forest/train/split.h"

#include <stddef.h>

#include "forest/train/wide.h"
#include "nn/base/cpu.h"

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

uint64_t *nev_split_sort(const struct nev_split_work *work, uint32_t len, uint32_t bits)
{
    if (bits == 0) { /* all equal */
        return work->item[0];
    }
    if (len <= INSERTION_MAX) {
        sort_few(work->item[0], len);
        return work->item[0];
    }
    return sort_many(work, len, bits);
}

/* Orders items of one upper half, whose bits below differ in `bits` bits. */
static void sort_run(const struct nev_split_work *work, uint64_t *item, uint64_t *spare, uint32_t len,
                     uint32_t bits)
{
    const uint32_t mask = ((uint32_t)1 << bits) - 1;
    uint32_t i, sum = 0;

    if (len <= INSERTION_MAX) {
        sort_few(item, len);
        return;
    }
    for (i = 0; i <= mask; i++) {
        work->count[i] = 0;
    }
    for (i = 0; i < len; i++) {
        work->count[(uint32_t)(item[i] >> 32) & mask]++;
    }
    for (i = 0; i <= mask; i++) {
        const uint32_t n = work->count[i];

        work->count[i] = sum;
        sum += n;
    }
    for (i = 0; i < len; i++) {
        spare[work->count[(uint32_t)(item[i] >> 32) & mask]++] = item[i];
    }
    for (i = 0; i < len; i++) {
        item[i] = spare[i];
    }
}

void nev_split_below(const struct nev_split_node *node, const struct nev_rank_view *ranks, uint32_t feature,
                     const struct nev_split_work *work, uint64_t *item, uint32_t len, uint32_t low)
{
    uint64_t *spare = item == work->item[0] ? work->item[1] : work->item[0];
    const uint32_t bits = ranks->all->shift[feature], alone = ((uint32_t)1 << bits) - 1;
    uint32_t begin, end, i;

    for (begin = 0; begin < len; begin = end) {
        const uint32_t upper = (uint32_t)(item[begin] >> 32);

        for (end = begin + 1; end < len && item[end] >> 32 == upper; end++) {
        }
        if (end - begin == 1) {
            item[begin] = (uint64_t)(upper << bits | alone) << 32 | (uint32_t)item[begin];
            continue;
        }
        for (i = begin; i < end; i++) {
            const uint32_t at = (uint32_t)item[i];
            const uint32_t rank = nev_rank_fine(ranks, feature, node->row[at], upper + low);

            item[i] = (uint64_t)(rank - (low << bits)) << 32 | at;
        }
        sort_run(work, item + begin, spare, end - begin, bits);
    }
}

const uint64_t *nev_split_order(const struct nev_split_node *node, const struct nev_rank_view *ranks,
                                uint32_t feature, const struct nev_split_work *work, uint32_t *lowest)
{
    const uint16_t *column = ranks->column + feature * ranks->stride;
    const uint32_t below = ranks->all->shift[feature];
    uint64_t *item = work->item[0];
    uint32_t low = UINT32_MAX, high = 0, bits = 0, i;

    for (i = 0; i < node->len; i++) {
        const uint32_t r = column[node->row[i]];

        item[i] = (uint64_t)r << 32 | (below == 0 ? node->load[i] : i);
        low = r < low ? r : low;
        high = r > high ? r : high;
    }
    *lowest = low << below;
    if (low == high && below == 0) {
        return NULL;
    }
    for (i = 0; i < node->len; i++) {
        item[i] -= (uint64_t)low << 32;
    }
    while ((high - low) >> bits != 0) {
        bits++;
    }
    item = nev_split_sort(work, node->len, bits);
    if (below != 0) {
        nev_split_below(node, ranks, feature, work, item, node->len, low);
        for (i = 0; i < node->len; i++) {
            item[i] = (item[i] >> 32 << 32) | node->load[(uint32_t)item[i]];
        }
    }
    return item;
}

void nev_split_consider(const struct nev_split_node *node, const struct nev_split_sides *s, uint32_t feature,
                        uint32_t rank, struct nev_split_best *best)
{
    uint64_t left = s->draws_left, right = node->draws - left;
    uint64_t num = s->squares_left * right + s->squares_right * left, den = left * right;

    if (left < node->min_leaf || right < node->min_leaf) {
        return;
    }
    if (best->is_found) {
        /* Three roundings a side and one for the margin, each within 2^-53: seven of eight. */
        double mine = (double)num * (double)best->den, other = (double)best->num * (double)den;
        bool is_lower = feature == best->feature && rank < best->rank;

        if (mine < other * (1.0 - 0x1p-50) ||
            (is_lower ? nev_wide_greater(best->num, den, num, best->den)
                      : !nev_wide_greater(num, best->den, best->num, den))) {
            return;
        }
    }
    best->is_found = true;
    best->is_perfect = s->squares_left == left * left && s->squares_right == right * right;
    best->feature = feature;
    best->rank = rank;
    best->draws_left = s->draws_left;
    best->squares_left = s->squares_left;
    best->squares_right = s->squares_right;
    best->num = num;
    best->den = den;
}

/* Any number of classes: sort, then sweep. */
static void try_sorted(const struct nev_split_node *node, const struct nev_rank_view *ranks, uint32_t feature,
                       const struct nev_split_work *work, struct nev_split_best *best)
{
    uint32_t lowest, i;
    const uint64_t *item = nev_split_order(node, ranks, feature, work, &lowest);
    struct nev_split_sides s = {0, 0, node->squares};

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
        if (here != next) {
            nev_split_consider(node, &s, feature, lowest + here, best);
        }
    }
}

struct nev_split_kernel nev_split_select(uint32_t isas)
{
    struct nev_split_kernel kernel = {nev_split_two_c};

#if defined(NEV_BUILD_avx2)
    kernel.two = (isas & NEV_ISA_AVX2) != 0 ? nev_split_two_avx2 : kernel.two;
#endif
#if defined(NEV_BUILD_avx512)
    kernel.two = (isas & NEV_ISA_AVX512) != 0 ? nev_split_two_avx512 : kernel.two;
#endif
    (void)isas;
    return kernel;
}

void nev_split_begin(const struct nev_split_node *node, const struct nev_split_work *work)
{
    uint32_t i;

    if (node->present_len != 2 || node->weight != NULL) {
        return;
    }
    for (i = 0; i < node->len; i++) {
        uint64_t draws = node->load[i] >> NEV_LOAD_CLASS_BITS;

        work->weight[i] = (node->load[i] & NEV_LOAD_CLASS_MASK) == node->present[0] ? draws : draws << 32;
    }
    if (node->len <= NEV_SPLIT_PAIRS_MAX && node->draws <= NEV_SPLIT_DRAWS_MAX) {
        for (i = 0; i < node->len; i++) {
            work->small[i] = (uint16_t)(work->weight[i] | work->weight[i] >> 24);
        }
    }
}

void nev_split_try(const struct nev_split_node *node, const struct nev_rank_view *ranks, uint32_t feature,
                   const struct nev_split_kernel *kernel, const struct nev_split_work *work,
                   struct nev_split_best *best)
{
    if (node->weight != NULL) {
        nev_split_weighted(node, ranks, feature, work, best);
    } else if (node->present_len != 2) {
        try_sorted(node, ranks, feature, work, best);
    } else {
        kernel->two(node, ranks, feature, work, best);
    }
}
