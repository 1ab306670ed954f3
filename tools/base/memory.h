/* SPDX-License-Identifier: MIT */
/*
 * memory.h - the one place where the program asks the system for memory.
 *
 * Everything the tools allocate goes through here, so that a limit or a failure can be injected at one place.
 */
#ifndef NEV_TOOLS_MEMORY_H
#define NEV_TOOLS_MEMORY_H

#include <stddef.h>

#include "nn/base/status.h"

/*
 * nev_memory_take - len elements of size bytes, at a multiple of NEV_ALIGN, not cleared.
 * Errors     NULL if the product overflows or the system has no more; never NULL for 0 bytes
 */
NEV_MUST_CHECK void *nev_memory_take(size_t len, size_t size);

/* nev_memory_take_zeroed - the same, cleared. */
NEV_MUST_CHECK void *nev_memory_take_zeroed(size_t len, size_t size);

/*
 * nev_memory_grow - a block of new_bytes that starts with the first old_bytes of `old`, which is freed.
 * Errors     NULL; `old` is then still there
 */
NEV_MUST_CHECK void *nev_memory_grow(void *old, size_t old_bytes, size_t new_bytes);

/* nev_memory_text - a copy of a text; NULL if there is no memory. */
NEV_MUST_CHECK char *nev_memory_text(const char *text);

/* nev_memory_give - give a block back; NULL is allowed. */
void nev_memory_give(void *block);

#endif
