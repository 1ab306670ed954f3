/* SPDX-License-Identifier: MIT */
#include "forest/calibrate/isotonic.h"

#include "nn/base/bytes.h"

size_t nev_isotonic_fit(const struct nev_point *point, size_t len, struct nev_pool *pool)
{
    size_t i, top = 0;

    for (i = 0; i < len; i++) {
        struct nev_pool *p = &pool[top++];

        p->low = p->high = point[i].score;
        p->positive = point[i].positive;
        p->rows = point[i].positive + point[i].negative;
        while (top > 1 && (uint64_t)p[-1].positive * p->rows >= (uint64_t)p->positive * p[-1].rows) {
            p[-1].high = p->high;
            p[-1].positive += p->positive;
            p[-1].rows += p->rows;
            p--;
            top--;
        }
    }
    return top;
}

void nev_pool_store(uint8_t *bytes, size_t i, const struct nev_pool *pool)
{
    uint8_t *at = bytes + i * NEV_POOL_BYTES;

    nev_store_u64le(at, pool->low);
    nev_store_u64le(at + 8, pool->high);
    nev_store_u32le(at + 16, pool->positive);
    nev_store_u32le(at + 20, pool->rows);
}

void nev_pool_load(const uint8_t *bytes, size_t i, struct nev_pool *pool)
{
    const uint8_t *at = bytes + i * NEV_POOL_BYTES;

    pool->low = nev_load_u64le(at);
    pool->high = nev_load_u64le(at + 8);
    pool->positive = nev_load_u32le(at + 16);
    pool->rows = nev_load_u32le(at + 20);
}

static double level(const struct nev_pool *p)
{
    return (double)p->positive / (double)p->rows;
}

double nev_isotonic_at(const uint8_t *bytes, size_t len, uint64_t score)
{
    size_t begin = 0, end = len, middle;
    struct nev_pool here, next;
    double low, high, rise;

    while (end - begin > 1) { /* the last pool that begins at or below the score; the first if none does */
        middle = begin + (end - begin) / 2;
        nev_pool_load(bytes, middle, &here);
        if (here.low <= score) {
            begin = middle;
        } else {
            end = middle;
        }
    }
    nev_pool_load(bytes, begin, &here);
    low = level(&here);
    if (score <= here.high || begin + 1 == len) {
        return low;
    }
    nev_pool_load(bytes, begin + 1, &next);
    high = level(&next);
    rise = (high - low) * ((double)(score - here.high) / (double)(next.low - here.high));
    low = low + rise;
    return low < high ? low : high;
}
