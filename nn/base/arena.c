/* SPDX-License-Identifier: MIT */
#include "nn/base/arena.h"

#include "nn/base/size.h"

void nev_arena_init(struct nev_arena *arena, void *mem, size_t bytes)
{
    arena->base = mem;
    arena->bytes = bytes;
    arena->used = 0;
}

void *nev_arena_take(struct nev_arena *arena, size_t bytes, size_t align)
{
    /* PORTABILITY: the low bits of uintptr_t are the low bits of the address on every target of the project.
     */
    size_t misaligned, skip;

    if (arena->base == NULL) {
        return NULL;
    }
    misaligned = (size_t)((uintptr_t)(arena->base + arena->used) & (align - 1));
    skip = misaligned == 0 ? 0 : align - misaligned;
    /* Bounds: used <= bytes always holds, so neither difference wraps. */
    if (skip > arena->bytes - arena->used || bytes > arena->bytes - arena->used - skip) {
        return NULL;
    }
    arena->used += skip + bytes;
    return arena->base + (arena->used - bytes);
}

void *nev_arena_take_array(struct nev_arena *arena, size_t len, size_t size, size_t align)
{
    size_t bytes;

    return nev_size_mul(len, size, &bytes) ? nev_arena_take(arena, bytes, align) : NULL;
}
