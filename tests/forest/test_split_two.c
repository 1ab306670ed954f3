/* SPDX-License-Identifier: MIT */
/*
 * Each compiled search in nodes with two classes (split_two.inc: split_two_c.c, split_two_avx2.c, split_two_avx512.c) and
 * the sorted one against a naive search of this file's own.
 */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "forest/train/split.h"
#include "forest/train/wide.h"
#include "nn/base/cpu.h"

#define FEATURES 3u

/* A node and everything it needs, in memory from malloc so that a sanitizer sees every step outside. */
struct rig {
    uint32_t rows, len;
    uint32_t *row, *load, total[3], present[3];
    uint32_t most;       /* the greatest of all ranks */
    uint32_t *rank;      /* [FEATURES, rows] */
    uint16_t *column;    /* their upper halves */
    uint8_t *low;        /* [FEATURES, rows] and the bits below, of the table's rows */
    uint32_t *table_row; /* [rows] */
    struct nev_split_node node;
    struct nev_split_work work;
    struct nev_split_best want;
};

static void *take(size_t len, size_t size)
{
    void *p = malloc(len * size);

    assert_non_null(p);
    memset(p, 0xA5, len * size);
    return p;
}

static void rig_open(struct rig *g, uint32_t rows)
{
    const size_t bins = NEV_SPLIT_BINS_MAX + NEV_SPLIT_LANES;
    struct nev_split_work *w = &g->work;

    memset(g, 0, sizeof *g);
    g->rows = rows;
    g->row = take(rows, sizeof *g->row);
    g->load = take(rows, sizeof *g->load);
    g->rank = take((size_t)rows * FEATURES, sizeof *g->rank);
    g->column = take((size_t)rows * FEATURES, sizeof *g->column);
    g->low = take((size_t)rows * FEATURES, sizeof *g->low);
    g->table_row = take(rows, sizeof *g->table_row);
    w->item[0] = take(rows, sizeof(uint64_t));
    w->item[1] = take(rows, sizeof(uint64_t));
    w->count = take((size_t)1 << NEV_SPLIT_DIGIT_MAX, sizeof(uint32_t));
    w->left = take(3, sizeof(uint32_t));
    w->weight = take(rows, sizeof(uint64_t));
    w->small = take(NEV_SPLIT_PAIRS_MAX, sizeof(uint16_t));
    w->value = take(rows + NEV_SPLIT_LANES, sizeof(uint16_t));
    w->bin = take(bins, sizeof(uint64_t));
    w->below[0] = take(bins, sizeof(int32_t));
    w->below[1] = take(bins, sizeof(int32_t));
    w->gain = take(bins, sizeof(float));
    w->bound[0] = take(bins, sizeof(float));
    w->bound[1] = take(bins, sizeof(float));
    w->is_alive = take(bins, 1);
}

static void rig_close(struct rig *g)
{
    struct nev_split_work *w = &g->work;
    void *const all[] = {g->row,       g->load,    g->rank,     g->column,   g->low,
                         g->table_row, w->item[0], w->item[1],  w->count,    w->left,
                         w->weight,    w->small,   w->value,    w->bin,      w->below[0],
                         w->below[1],  w->gain,    w->bound[0], w->bound[1], w->is_alive};
    size_t i;

    for (i = 0; i < sizeof all / sizeof all[0]; i++) {
        free(all[i]);
    }
}

/* What the data of a node are like. */
struct shape {
    uint32_t levels; /* different values a column, at most */
    uint32_t draws;  /* of a row, at most */
    uint32_t min_leaf;
    uint32_t noise;   /* of 8 labels, how many depend on nothing */
    uint32_t classes; /* 2 or 3 */
};

static int by_rank(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Ranks of a column of raw values: dense, or with gaps as where the node has few of the table's rows. */
static void fill_column(struct rig *g, uint32_t f, uint64_t *seed, uint32_t levels)
{
    const uint32_t gap = nev_test_random(seed) % 2 == 0 ? 0 : g->rows < 1000 ? 400 : 8;
    uint64_t *all = take(g->rows, sizeof *all);
    uint32_t i, r = 0;

    for (i = 0; i < g->rows; i++) {
        uint64_t v = nev_test_random(seed) % levels;

        /* Where values may all differ, the label is woven in, so that some boundary is good. */
        all[i] = (f == 0 && levels > 64 ? v / 2 + (g->load[i] & 1) * (uint64_t)levels / 4 : v) << 32 | i;
    }
    qsort(all, g->rows, sizeof *all, by_rank);
    for (i = 0; i < g->rows; i++) {
        if (i != 0 && all[i] >> 32 != all[i - 1] >> 32) {
            r += 1 + (gap == 0 ? 0 : nev_test_random(seed) % gap);
        }
        g->most = r > g->most ? r : g->most;
        g->rank[(size_t)f * g->rows + (uint32_t)all[i]] = r;
    }
    free(all);
}

static void fill(struct rig *g, uint64_t seed, const struct shape *s)
{
    uint32_t i, k;

    for (i = 0; i < g->rows; i++) {
        uint32_t id = nev_test_random(&seed) % s->classes;

        g->load[i] = (1 + nev_test_random(&seed) % s->draws) << NEV_LOAD_CLASS_BITS | id;
        g->row[i] = i;
    }
    for (k = 0; k < FEATURES; k++) {
        fill_column(g, k, &seed, s->levels);
    }
    for (i = 0; i < g->rows; i++) {
        if (nev_test_random(&seed) % 8 < s->noise) {
            g->load[i] = (g->load[i] & ~NEV_LOAD_CLASS_MASK) | nev_test_random(&seed) % s->classes;
        }
    }
    g->load[0] &= ~NEV_LOAD_CLASS_MASK;
    g->load[1] = (g->load[1] & ~NEV_LOAD_CLASS_MASK) | 1;
    memset(g->total, 0, sizeof g->total);
    memset(&g->node, 0, sizeof g->node);
    for (i = 0; i < g->rows; i++) {
        g->total[g->load[i] & NEV_LOAD_CLASS_MASK] += g->load[i] >> NEV_LOAD_CLASS_BITS;
    }
    for (i = 0; i < 3; i++) {
        g->node.draws += g->total[i];
        g->node.squares += (uint64_t)g->total[i] * g->total[i];
        if (g->total[i] != 0) {
            g->present[g->node.present_len++] = i;
        }
    }
    g->node.count = g->node.draws;
    g->node.row = g->row;
    g->node.load = g->load;
    g->node.len = g->rows;
    g->node.total = g->total;
    g->node.present = g->present;
    g->node.min_leaf = s->min_leaf;
}

/* The first of the best boundaries of a feature: sorted, counted, compared in 128 bits. */
static void naive(struct rig *g, uint32_t f)
{
    uint64_t *all = take(g->rows, sizeof *all), left[3] = {0}, num, den;
    uint32_t i, k;

    for (i = 0; i < g->rows; i++) {
        all[i] = (uint64_t)g->rank[(size_t)f * g->rows + i] << 32 | i;
    }
    qsort(all, g->rows, sizeof *all, by_rank);
    for (i = 0; i + 1 < g->rows; i++) {
        uint32_t load = g->load[(uint32_t)all[i]];
        uint64_t wl = 0, wr = 0, sl = 0, sr = 0;

        left[load & NEV_LOAD_CLASS_MASK] += load >> NEV_LOAD_CLASS_BITS;
        for (k = 0; k < 3; k++) {
            uint64_t right = g->total[k] - left[k];

            wl += left[k];
            wr += right;
            sl += left[k] * left[k];
            sr += right * right;
        }
        num = sl * wr + sr * wl;
        den = wl * wr;
        if (all[i] >> 32 != all[i + 1] >> 32 && wl >= g->node.min_leaf && wr >= g->node.min_leaf &&
            (!g->want.is_found || nev_wide_greater(num, g->want.den, g->want.num, den))) {
            g->want = (struct nev_split_best){.is_found = true,
                                              .is_perfect = sl == wl * wl && sr == wr * wr,
                                              .feature = f,
                                              .rank = (uint32_t)(all[i] >> 32),
                                              .draws_left = (uint32_t)wl,
                                              .squares_left = sl,
                                              .squares_right = sr,
                                              .num = num,
                                              .den = den};
        }
    }
    free(all);
}

/* Ranks of the node's rows: `below` bits apart from the rest, the rows in order or the table the other way round. */
static struct nev_rank_view view_of(struct rig *g, struct nev_ranks *ranks, uint8_t below, bool is_turned)
{
    static uint8_t shift[FEATURES];
    struct nev_rank_view view = {ranks, g->column, g->rows, is_turned ? g->table_row : NULL};
    uint32_t f, i;

    memset(g->low, 0xA5, (size_t)g->rows * FEATURES);
    memset(shift, below, sizeof shift);
    *ranks = (struct nev_ranks){.low = g->low, .shift = shift, .rows = g->rows, .low_bits = 8};
    for (i = 0; i < g->rows; i++) {
        g->table_row[i] = g->rows - 1 - i;
        for (f = 0; f < FEATURES; f++) {
            const size_t at = (size_t)f * g->rows;
            const uint32_t rank = g->rank[at + i];

            g->column[at + i] = (uint16_t)(rank >> below);
            g->low[at + (is_turned ? g->table_row[i] : i)] = (uint8_t)(rank & ((1u << below) - 1));
        }
    }
    return view;
}

static void assert_kernel(struct rig *g, const struct nev_split_kernel *kernel,
                          const struct nev_rank_view *ranks)
{
    struct nev_split_best best;
    uint32_t f, i, below = 0;

    memset(&best, 0, sizeof best);
    nev_split_begin(&g->node, &g->work);
    for (f = 0; f < FEATURES && !best.is_perfect; f++) {
        nev_split_try(&g->node, ranks, FEATURES - 1 - f, kernel, &g->work, &best);
    }
    assert_int_equal(best.is_found, g->want.is_found);
    if (!best.is_found) {
        return;
    }
    assert_int_equal(best.feature, g->want.feature);
    for (i = 0; i < g->rows; i++) { /* the greatest rank on the left */
        uint32_t r = g->rank[(size_t)best.feature * g->rows + i];

        below = r <= best.rank && r > below ? r : below;
    }
    assert_int_equal(below, g->want.rank);
    assert_int_equal(best.is_perfect, g->want.is_perfect);
    assert_int_equal(best.draws_left, g->want.draws_left);
    assert_true(best.squares_left == g->want.squares_left && best.squares_right == g->want.squares_right);
    assert_true(best.num == g->want.num && best.den == g->want.den);
}

static void assert_shape(uint32_t rows, uint64_t seed, const struct shape *s)
{
    static const uint32_t sets[] = {NEV_ISA_C, NEV_ISA_C | NEV_ISA_AVX2,
                                    NEV_ISA_C | NEV_ISA_AVX2 | NEV_ISA_AVX512};
    static const uint8_t below[] = {0, 1, 3, 5};
    struct nev_ranks ranks;
    struct rig g;
    uint32_t f, i, k;

    rig_open(&g, rows);
    fill(&g, seed, s);
    for (f = 0; f < FEATURES && !g.want.is_perfect; f++) {
        naive(&g, FEATURES - 1 - f);
    }
    for (k = 0; k < 4; k++) {
        const struct nev_rank_view view = view_of(&g, &ranks, below[k], (seed + k) % 2 == 0);

        for (i = 0; i < 3 && g.most >> below[k] < NEV_RANK_NARROW; i++) {
            const struct nev_split_kernel kernel = nev_split_select(sets[i] & nev_cpu_isas());

            assert_kernel(&g, &kernel, &view);
        }
    }
    rig_close(&g);
}

/* Verifies: NEV-RF-029 (rows around every size at which the search changes its way, continuous and tied; 0, 1, 3 and 5 bits
 * of the ranks below the others, whatever their number; ranks dense or not; rows looked up in the table or through a list) */
static void test_sizes(void **state)
{
    static const uint32_t sizes[] = {2,    3,     15,    16,    17,    31,    32,    33,    63,
                                     64,   65,    127,   128,   255,   256,   257,   4095,  4096,
                                     4097, 16383, 16384, 16385, 65535, 65536, 65537, 131072};
    uint32_t i, k;

    (void)state;
    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const uint32_t levels[] = {2, 50, sizes[i] + 1, 2 * sizes[i], 1u << 30};

        for (k = 0; k < 5; k++) {
            assert_shape(sizes[i], i * 5 + k, &(struct shape){levels[k], 3, 1, 2, 2});
        }
    }
}

/* Verifies: NEV-RF-029 (hundreds of small nodes: noise or none, min_samples_leaf, many draws, three classes; bits below) */
static void test_many(void **state)
{
    static const uint32_t levels[] = {2, 3, 17, 300, 1u << 30}, draws[] = {1, 2, 9, 300, 1500};
    uint32_t i;

    (void)state;
    for (i = 0; i < 3000; i++) {
        const struct shape s = {levels[i % 5], draws[i / 5 % 5], i % 7 == 0 ? 1 + i % 40 : 1, i % 9,
                                i % 11 == 0 ? 3 : 2};

        assert_shape(2 + i % 150, 1000 + i, &s);
    }
}

/* Verifies: NEV-RF-029 (at the edges of what 8, 16 and 32 bits of draws hold) */
static void test_draws(void **state)
{
    static const uint32_t rows[] = {2, 40, 64, 128, 200}, draws[] = {2, 4, 7, 255, 256, 1000, 10000};
    uint32_t i, k;

    (void)state;
    for (i = 0; i < 5; i++) {
        for (k = 0; k < 7; k++) {
            assert_shape(rows[i], 5000 + i * 7 + k, &(struct shape){1u << 30, draws[k], 1 + k % 3, 6, 2});
            assert_shape(rows[i], 6000 + i * 7 + k, &(struct shape){9, draws[k], 1 + k % 3, 6, 2});
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_draws),
    };

    return cmocka_run_group_tests_name("split_two", tests, NULL, NULL);
}
