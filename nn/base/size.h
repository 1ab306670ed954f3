/* SPDX-License-Identifier: MIT */
/*
 * size.h - size arithmetic that cannot wrap, and the one alignment of the project.
 *
 * Each function returns true and stores the result, or returns false and stores nothing.
 */
#ifndef NEV_BASE_SIZE_H
#define NEV_BASE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEV_ALIGN ((size_t)64) /* bytes; payloads, tensors and arena blocks start on a multiple of it */

static inline bool nev_size_add(size_t a, size_t b, size_t *sum)
{
    if (b > SIZE_MAX - a) {
        return false;
    }
    *sum = a + b;
    return true;
}

static inline bool nev_size_mul(size_t a, size_t b, size_t *product)
{
    if (a != 0 && b > SIZE_MAX / a) {
        return false;
    }
    *product = a * b;
    return true;
}

/* Rounds up to a multiple of NEV_ALIGN. */
static inline bool nev_size_align(size_t a, size_t *aligned)
{
    if (a > SIZE_MAX - (NEV_ALIGN - 1)) {
        return false;
    }
    *aligned = (a + (NEV_ALIGN - 1)) & ~(NEV_ALIGN - 1);
    return true;
}

#endif
