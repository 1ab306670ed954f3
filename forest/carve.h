/* SPDX-License-Identifier: MIT */
/*
 * carve.h - one list of work arrays that both sizes them and hands them out.
 *
 * Run over no memory, the list counts bytes; run over memory, it returns addresses. The query and the use
 * cannot drift apart.
 */
#ifndef NEV_FOREST_CARVE_H
#define NEV_FOREST_CARVE_H

#include <stddef.h>
#include <stdint.h>

#include "nn/base/size.h"

struct nev_carve {
    uint8_t *base; /* at a multiple of NEV_ALIGN, or NULL: only count */
    uint64_t used;
};

/* nev_carve_round - up to a multiple of NEV_ALIGN */
static inline uint64_t nev_carve_round(uint64_t bytes)
{
    return (bytes + (NEV_ALIGN - 1)) & ~(uint64_t)(NEV_ALIGN - 1);
}

/* nev_carve_take - len elements of size bytes, not cleared. Bounds: the caps of forest.h keep every sum below
 * 2^63; that a count fits size_t is checked before there is memory. */
static inline void *nev_carve_take(struct nev_carve *c, uint64_t len, uint64_t size)
{
    uint64_t at = c->used;

    c->used = nev_carve_round(at + len * size);
    return c->base == NULL ? NULL : c->base + (size_t)at;
}

/* nev_carve_align - the first multiple of NEV_ALIGN at or after memory; costs at most NEV_ALIGN - 1 bytes.
 * PORTABILITY: the low bits of uintptr_t are those of the address. */
static inline uint8_t *nev_carve_align(void *memory)
{
    size_t low = (size_t)((uintptr_t)memory & (NEV_ALIGN - 1));

    return (uint8_t *)memory + (low == 0 ? 0 : NEV_ALIGN - low);
}

#endif
