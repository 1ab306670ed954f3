/* SPDX-License-Identifier: MIT */
#include "tools/memory.h"

#include <stdlib.h>
#include <string.h>

#include "nn/base/size.h"

void *nev_memory_take(size_t len, size_t size)
{
    size_t bytes;

    if (!nev_size_mul(len, size, &bytes) || !nev_size_align(bytes == 0 ? 1 : bytes, &bytes)) {
        return NULL;
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
