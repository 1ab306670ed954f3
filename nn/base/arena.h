/* SPDX-License-Identifier: MIT */
/*
 * arena.h - memory the caller owns, handed out front to back, never given back singly.
 *
 * The library allocates nothing: a caller asks a size function first, provides the bytes, and the library
 * carves them. A mark taken before and restored after frees everything carved in between.
 */
#ifndef NEV_BASE_ARENA_H
#define NEV_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct nev_arena {
    uint8_t *base;
    size_t bytes;
    size_t used; /* a mark: save it and put it back to free what was carved since */
};

/* nev_arena_init - an arena over [mem, mem + bytes); mem may be NULL only if bytes is 0. */
void nev_arena_init(struct nev_arena *arena, void *mem, size_t bytes);

/*
 * nev_arena_take - carve `bytes` bytes at an address that is a multiple of `align` (a power of two, at most
 * NEV_ALIGN).
 * Errors     NULL if they do not fit; the arena is then unchanged. The bytes are not cleared.
 */
void *nev_arena_take(struct nev_arena *arena, size_t bytes, size_t align);

/* nev_arena_take_array - the same for len elements of size bytes each, overflow checked. */
void *nev_arena_take_array(struct nev_arena *arena, size_t len, size_t size, size_t align);

#endif
