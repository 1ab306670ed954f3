/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1 /* madvise */

#include "tools/base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "nn/base/size.h"

#define LARGE_PAGE  ((size_t)2 << 20)
#define LARGE_BLOCK (4 * LARGE_PAGE)

/* PORTABILITY: where the system has large pages to offer, packed weights take them: each inference reads all of
 * them once, and looking up 4 KiB pages costs a third of a late layer's time. Elsewhere nothing changes. */
static void *take_large(size_t bytes)
{
    void *block = aligned_alloc(LARGE_PAGE, (bytes + (LARGE_PAGE - 1)) & ~(LARGE_PAGE - 1));

#if defined(MADV_HUGEPAGE)
    if (block != NULL) {
        (void)madvise(block, bytes, MADV_HUGEPAGE);
    }
#endif
    return block;
}

void *nev_memory_take(size_t len, size_t size)
{
    size_t bytes;

    if (!nev_size_mul(len, size, &bytes) || !nev_size_align(bytes == 0 ? 1 : bytes, &bytes)) {
        return NULL;
    }
    if (bytes >= LARGE_BLOCK && bytes <= SIZE_MAX - LARGE_PAGE) {
        return take_large(bytes);
    }
    return aligned_alloc(NEV_ALIGN, bytes);
}

void *nev_memory_take_zeroed(size_t len, size_t size)
{
    void *block = nev_memory_take(len, size);

    if (block != NULL) {
        memset(block, 0, len * size);
    }
    return block;
}

void *nev_memory_grow(void *old, size_t old_bytes, size_t new_bytes)
{
    void *block = nev_memory_take(new_bytes, 1);

    if (block != NULL && old != NULL) {
        memcpy(block, old, old_bytes < new_bytes ? old_bytes : new_bytes);
        free(old);
    }
    return block;
}

char *nev_memory_text(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = nev_memory_take(bytes, 1);

    if (copy != NULL) {
        memcpy(copy, text, bytes);
    }
    return copy;
}

void nev_memory_give(void *block)
{
    free(block);
}
