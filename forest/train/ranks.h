/* SPDX-License-Identifier: MIT */
/*
 * ranks.h - each column's dense ranks, and where a node looks its own up.
 *
 * A rank is kept as its upper 16 bits and, in columns of more than 65,536 different values, the bits below. The search
 * reads upper halves; the bits below decide where rows differ in nothing else.
 */
#ifndef NEV_FOREST_RANKS_H
#define NEV_FOREST_RANKS_H

#include <stddef.h>
#include <stdint.h>

#define NEV_RANK_NARROW 65536u /* different ranks that need no bits below */

/* Of the whole table. */
struct nev_ranks {
    uint16_t *column; /* [features, rows] rank >> shift */
    uint16_t *across; /* [rows, across_stride] the same row by row, for blocks (local.h); or NULL */
    uint8_t *low;     /* [features, nev_rank_low_bytes] the bits below, low_bits of each row; or NULL: none */
    uint8_t *shift;   /* [features] how many of these a column has: as few as leave 16 above, at most 5 */
    size_t rows, across_stride;
    uint32_t low_bits; /* nev_rank_low_bits(rows) */
};

/* nev_rank_low_bits - room for the bits below: as many as may be needed, rounded up to 0, 1, 2, 4 or 8. */
static inline uint32_t nev_rank_low_bits(uint32_t rows)
{
    uint32_t bits = 0;

    while ((rows - 1) >> bits >= NEV_RANK_NARROW) {
        bits = bits == 0 ? 1 : 2 * bits;
    }
    return bits;
}

/* nev_rank_low_bytes - of one column. */
static inline size_t nev_rank_low_bytes(const struct nev_ranks *ranks)
{
    return (ranks->rows * ranks->low_bits + 7) / 8;
}

/* Of the rows among which a node's are: all of them, or a block. */
struct nev_rank_view {
    const struct nev_ranks *all;
    const uint16_t *column; /* [features, stride] */
    size_t stride;
    const uint32_t *row; /* [rows of the block] which rows of the table they are; NULL: all, in order */
};

/* nev_rank_view_all - the whole table. */
static inline struct nev_rank_view nev_rank_view_all(const struct nev_ranks *ranks)
{
    struct nev_rank_view view = {ranks, ranks->column, ranks->rows, NULL};

    return view;
}

/* nev_rank_row - the table's row that is row `row` of a view. */
static inline uint32_t nev_rank_row(const struct nev_rank_view *view, uint32_t row)
{
    return view->row == NULL ? row : view->row[row];
}

/* nev_rank_fine - the rank of a view's row, whose upper 16 bits are known. */
static inline uint32_t nev_rank_fine(const struct nev_rank_view *view, uint32_t feature, uint32_t row,
                                     uint32_t coarse)
{
    const struct nev_ranks *all = view->all;
    const uint32_t shift = all->shift[feature];

    const size_t bit = (size_t)nev_rank_row(view, row) * all->low_bits;

    if (shift == 0) {
        return coarse;
    }
    return coarse << shift | ((uint32_t)all->low[feature * nev_rank_low_bytes(all) + bit / 8] >> bit % 8 &
                              (((uint32_t)1 << shift) - 1));
}

static inline uint32_t nev_rank_at(const struct nev_rank_view *view, uint32_t feature, uint32_t row)
{
    return nev_rank_fine(view, feature, row, view->column[feature * view->stride + row]);
}

#endif
