/* SPDX-License-Identifier: MIT */
/*
 * prefetch.h - tell the processor what will be read soon.
 */
#ifndef NEV_BASE_PREFETCH_H
#define NEV_BASE_PREFETCH_H

/*
 * nev_prefetch - the cache line that holds p will be read soon. Any address: nothing is read that could fault.
 * PORTABILITY: nothing at all where the compiler has no word for it
 */
static inline void nev_prefetch(const void *p)
{
#if defined(__GNUC__)
    __builtin_prefetch(p, 0, 2);
#else
    (void)p;
#endif
}

#endif
