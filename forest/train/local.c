/* SPDX-License-Identifier: MIT */
#include "forest/train/local.h"

#include <string.h>

#include "nn/base/bytes.h"
#include "nn/base/prefetch.h"

#define TILE NEV_LOCAL_TILE
#define LINE 32u /* elements of a cache line */

/* Measured on 1,000 features and more (README.md): fewer rows stay in a cache as they are; larger blocks leave it. */
#define ROWS_LEAST  8192u
#define LIMIT_LEAST 256u
#define LIMIT_MOST  4096u
#define BLOCK_BYTES ((uint64_t)8 << 20)

size_t nev_local_across(uint32_t features)
{
    return ((size_t)features + (TILE - 1)) / TILE * TILE;
}

/* Whole cache lines, an odd number of them, so that columns do not all fall into the same sets of a cache. */
static size_t stride_of(uint32_t rows)
{
    return ((((size_t)rows + (LINE - 1)) / LINE) | 1) * LINE;
}

uint32_t nev_local_limit(uint32_t rows, uint32_t features)
{
    const uint64_t fit = BLOCK_BYTES / (nev_local_across(features) * sizeof(uint16_t));

    if (rows < ROWS_LEAST || fit < LIMIT_LEAST) {
        return 0;
    }
    return fit < LIMIT_MOST ? (uint32_t)fit / TILE * TILE : LIMIT_MOST;
}

void nev_local_carve(struct nev_local *block, struct nev_carve *c, uint32_t limit, uint32_t features)
{
    block->column = nev_carve_take(c, limit == 0 ? 0 : nev_local_across(features) * stride_of(limit),
                                   sizeof *block->column);
    block->row = nev_carve_take(c, limit, sizeof *block->row);
    block->limit = limit;
}

/* Four elements as one number, the first lowest. */
static inline uint64_t load_four(const uint16_t *from)
{
    return nev_load_u64le((const uint8_t *)from);
}

static inline void store_four(uint16_t *to, uint64_t four)
{
    nev_store_u64le((uint8_t *)to, four);
}

/* Turns 4 x 4 elements: first pairs of elements, then pairs of those. */
static inline void turn(const uint16_t *const row[4], size_t at, uint16_t *to, size_t stride)
{
    const uint64_t even = 0x0000FFFF0000FFFFu, lower = 0xFFFFFFFFu;
    const uint64_t a = load_four(row[0] + at), b = load_four(row[1] + at);
    const uint64_t c = load_four(row[2] + at), d = load_four(row[3] + at);
    const uint64_t ab0 = (a & even) | (b & even) << 16, ab1 = (a >> 16 & even) | (b & ~even);
    const uint64_t cd0 = (c & even) | (d & even) << 16, cd1 = (c >> 16 & even) | (d & ~even);

    store_four(to, (ab0 & lower) | cd0 << 32);
    store_four(to + stride, (ab1 & lower) | cd1 << 32);
    store_four(to + 2 * stride, ab0 >> 32 | (cd0 & ~lower));
    store_four(to + 3 * stride, ab1 >> 32 | (cd1 & ~lower));
}

/* Turns TILE rows' elements from `at` to `end`, a multiple of 4 of them, into columns of TILE each. */
static void turn_some(const uint16_t *const row[TILE], size_t at, size_t end, uint16_t *to, size_t stride)
{
    uint32_t k;

    for (; at < end; at += 4) {
        for (k = 0; k < TILE; k += 4) {
            turn(row + k, at, to + at * stride + k, stride);
        }
        for (k = 0; k < 4; k++) { /* where the columns go on */
            nev_prefetch(to + (at + k) * stride + LINE);
        }
    }
}

void nev_local_lay(const struct nev_ranks *ranks, size_t col, uint32_t len)
{
    const size_t whole = ranks->rows - ranks->rows % TILE, wide = ranks->across_stride;
    const uint16_t *column[TILE];
    uint16_t tile[TILE * TILE];
    size_t row;
    uint32_t k;

    for (k = 0; k < TILE; k++) { /* the last column again where there are no more */
        column[k] = ranks->column + (col + (k < len ? k : len - 1)) * ranks->rows;
    }
    for (row = 0; row < whole; row += TILE) {
        turn_some(column, 0, TILE, tile, TILE);
        for (k = 0; k < TILE; k++) {
            memcpy(ranks->across + (row + k) * wide + col, tile + k * TILE, len * sizeof *tile);
            column[k] += TILE;
        }
    }
    for (row = whole; row < ranks->rows; row++) {
        for (k = 0; k < len; k++) {
            ranks->across[row * wide + col + k] = ranks->column[(col + k) * ranks->rows + row];
        }
    }
}

struct nev_rank_view nev_local_fill(struct nev_local *block, const struct nev_rank_view *from, uint32_t *row,
                                    uint32_t len)
{
    const struct nev_ranks *all = from->all;
    const struct nev_rank_view view = {all, block->column, stride_of(len), block->row};
    const size_t wide = all->across_stride;
    uint32_t i, k;
    size_t at;

    for (i = 0; i < len; i++) {
        block->row[i] = nev_rank_row(from, row[i]);
        row[i] = i;
    }
    for (i = 0; i < len; i += TILE) {
        const uint16_t *here[TILE], *next[TILE];

        for (k = 0; k < TILE; k++) { /* the last row again where there are no more */
            here[k] = all->across + block->row[i + k < len ? i + k : len - 1] * wide;
            next[k] = all->across + block->row[i + k + TILE < len ? i + k + TILE : len - 1] * wide;
        }
        for (at = 0; at < wide; at += LINE) {
            for (k = 0; k < TILE; k++) {
                nev_prefetch(next[k] + at);
            }
            turn_some(here, at, at + LINE < wide ? at + LINE : wide, block->column + i, view.stride);
        }
    }
    return view;
}
