/* SPDX-License-Identifier: MIT */
/*
 * sha256_shani.c - SHA-256 by x86's SHA instructions.
 *
 * SHA256RNDS2 does two rounds on the state held as two registers, (a, b, e, f) and (c, d, g, h), highest first,
 * and gives the new (a, b, e, f); the old one is then (c, d, g, h). It waits for the one before it, so two
 * messages side by side take little more time than one.
 * Source     Intel SDM volume 2, SHA256RNDS2, SHA256MSG1, SHA256MSG2; FIPS 180-4, 6.2.2
 */
#include <immintrin.h>

#include "nn/base/sha256_kernels.h"

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
#define LANES 2

/* The number of lanes and of the step are constants to the compiler only in place. */
#define IN_PLACE static inline __attribute__((always_inline))

/* One message on its way. */
struct lane {
    __m128i abef, cdgh;
    __m128i w[4]; /* the last 16 words of the schedule, those of step i in w[i % 4] */
};

static inline __m128i load(const void *from)
{
    return _mm_loadu_si128((const __m128i *)from);
}

static inline void begin(struct lane *l, const uint32_t h[8])
{
    l->abef = _mm_set_epi32((int)h[0], (int)h[1], (int)h[4], (int)h[5]);
    l->cdgh = _mm_set_epi32((int)h[2], (int)h[3], (int)h[6], (int)h[7]);
}

static inline void end(const struct lane *l, uint32_t h[8])
{
    uint32_t abef[4], cdgh[4];

    _mm_storeu_si128((__m128i *)abef, l->abef);
    _mm_storeu_si128((__m128i *)cdgh, l->cdgh);
    h[0] = abef[3];
    h[1] = abef[2];
    h[2] = cdgh[3];
    h[3] = cdgh[2];
    h[4] = abef[1];
    h[5] = abef[0];
    h[6] = cdgh[1];
    h[7] = cdgh[0];
}

/* Words 4i to 4i+3 of the schedule: for i < 4 the block's own, turned from big-endian. */
IN_PLACE void schedule(struct lane *l, const int i, const uint8_t *block)
{
    const __m128i turn = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    __m128i before = l->w[(i + 3) % 4], sum;

    if (i < 4) {
        l->w[i] = _mm_shuffle_epi8(load(block + 16 * i), turn);
        return;
    }
    sum = _mm_add_epi32(_mm_sha256msg1_epu32(l->w[i % 4], l->w[(i + 1) % 4]),
                        _mm_alignr_epi8(before, l->w[(i + 2) % 4], 4));
    l->w[i % 4] = _mm_sha256msg2_epu32(sum, before);
}

/* Four rounds. */
IN_PLACE void rounds(struct lane *l, const int i)
{
    __m128i wk = _mm_add_epi32(l->w[i % 4], load(nev_sha256_k + 4 * i));

    l->cdgh = _mm_sha256rnds2_epu32(l->cdgh, l->abef, wk);
    l->abef = _mm_sha256rnds2_epu32(l->abef, l->cdgh, _mm_shuffle_epi32(wk, 0x0E));
}

/* One block of each of `lanes` messages. */
IN_PLACE void compress(struct lane l[LANES], const uint8_t *const block[LANES], const int lanes)
{
    __m128i abef[LANES], cdgh[LANES];

    UNROLL
    for (int m = 0; m < lanes; m++) {
        abef[m] = l[m].abef;
        cdgh[m] = l[m].cdgh;
    }
    UNROLL
    for (int i = 0; i < 16; i++) {
        UNROLL
        for (int m = 0; m < lanes; m++) {
            schedule(&l[m], i, block[m]);
            rounds(&l[m], i);
        }
    }
    UNROLL
    for (int m = 0; m < lanes; m++) {
        l[m].abef = _mm_add_epi32(l[m].abef, abef[m]);
        l[m].cdgh = _mm_add_epi32(l[m].cdgh, cdgh[m]);
    }
}

static void blocks(uint32_t h[8], const uint8_t *a, size_t len)
{
    struct lane l[LANES];

    begin(&l[0], h);
    for (; len > 0; len--, a += 64) {
        const uint8_t *const block[LANES] = {a, NULL};

        compress(l, block, 1);
    }
    end(&l[0], h);
}

static void two(uint32_t h[8], uint32_t g[8], const uint8_t *a, const uint8_t *b, size_t len)
{
    struct lane l[LANES];

    begin(&l[0], h);
    begin(&l[1], g);
    for (; len > 0; len--, a += 64, b += 64) {
        const uint8_t *const block[LANES] = {a, b};

        compress(l, block, 2);
    }
    end(&l[0], h);
    end(&l[1], g);
}

const struct nev_sha256_kernels nev_sha256_kernels_shani = {"shani", blocks, two};
