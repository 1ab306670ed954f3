/* SPDX-License-Identifier: MIT */
/*
 * rows_avx2.h - 32 rows of a table at once, over AVX2. The names are explained in rows_c.h.
 *
 * Packing works within halves of a register, so the rows of a column lie as 0-3 16-19 4-7 20-23 8-11 24-27 12-15 28-31:
 * then the packed bits come out in order.
 */
#ifndef NEV_SIMD_ROWS_AVX2_H
#define NEV_SIMD_ROWS_AVX2_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NEV_ROWS    32u
#define NEV_COLUMNS 8u

typedef struct {
    __m256i v[4];
} rows32;

/* Four columns of rows r and r + 16, as keys. Twice a float's bits, as an unsigned number, are its size alone. */
#define ROWS_QUAD(name, from)                                                                                \
    __m256i name = _mm256_castps_si256(_mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)),      \
                                                            _mm_loadu_ps((from) + 16 * x_stride), 1));       \
    most = _mm256_max_epu32(most, _mm256_add_epi32(name, name));                                             \
    name = _mm256_xor_si256(name, _mm256_srli_epi32(_mm256_srai_epi32(name, 31), 1));

static inline __m256i rows_turn_quads(const float *x, size_t x_stride, int32_t *key, size_t key_stride,
                                      __m256i most)
{
    ROWS_QUAD(a, x)
    ROWS_QUAD(b, x + x_stride)
    ROWS_QUAD(c, x + 2 * x_stride)
    ROWS_QUAD(d, x + 3 * x_stride)
    const __m256i ab = _mm256_unpacklo_epi32(a, b), cd = _mm256_unpacklo_epi32(c, d);
    const __m256i a_b = _mm256_unpackhi_epi32(a, b), c_d = _mm256_unpackhi_epi32(c, d);

    _mm256_storeu_si256((__m256i *)key, _mm256_unpacklo_epi64(ab, cd));
    _mm256_storeu_si256((__m256i *)(key + key_stride), _mm256_unpackhi_epi64(ab, cd));
    _mm256_storeu_si256((__m256i *)(key + 2 * key_stride), _mm256_unpacklo_epi64(a_b, c_d));
    _mm256_storeu_si256((__m256i *)(key + 3 * key_stride), _mm256_unpackhi_epi64(a_b, c_d));
    return most;
}

static inline bool rows_turn(const float *x, size_t x_stride, int32_t *key, size_t key_stride)
{
    const __m256i infinity = _mm256_set1_epi32((int)0xFF000000u);
    __m256i most = infinity;
    uint32_t r;

    for (r = 0; r < 4; r++) {
        const float *from = x + 4 * r * x_stride;

        most = rows_turn_quads(from, x_stride, key + 8 * r, key_stride, most);
        most = rows_turn_quads(from + 4, x_stride, key + 8 * r + 4 * key_stride, key_stride, most);
    }
    return _mm256_movemask_epi8(_mm256_cmpeq_epi32(most, infinity)) != -1;
}

static inline rows32 rows_load(const int32_t *key)
{
    const __m256i *from = (const __m256i *)key;
    const rows32 r = {{_mm256_loadu_si256(from), _mm256_loadu_si256(from + 1), _mm256_loadu_si256(from + 2),
                       _mm256_loadu_si256(from + 3)}};

    return r;
}

static inline uint32_t rows_above(rows32 key, int32_t t)
{
    const __m256i all = _mm256_set1_epi32(t);
    const __m256i low =
        _mm256_packs_epi32(_mm256_cmpgt_epi32(key.v[0], all), _mm256_cmpgt_epi32(key.v[1], all));
    const __m256i high =
        _mm256_packs_epi32(_mm256_cmpgt_epi32(key.v[2], all), _mm256_cmpgt_epi32(key.v[3], all));

    return (uint32_t)_mm256_movemask_epi8(_mm256_packs_epi16(low, high));
}

static inline void rows_above_two(rows32 first, rows32 second, int32_t t, uint32_t *above)
{
    const uint64_t both = (uint64_t)rows_above(second, t) << 32 | rows_above(first, t);

    memcpy(above, &both, sizeof both);
}

#endif
