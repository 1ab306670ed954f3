/* SPDX-License-Identifier: MIT */
/*
 * vec_avx512.h - the vector header over AVX-512F: 16 lanes. The names are explained in vec_c.h.
 */
#ifndef NEV_SIMD_VEC_AVX512_H
#define NEV_SIMD_VEC_AVX512_H

#include <immintrin.h>
#include <stdint.h>

#define NEV_INLINE static inline __attribute__((always_inline))
#define NEV_ALONE  static __attribute__((noinline))
#if defined(__clang__)
#define NEV_UNROLL _Pragma("unroll")
#else
#define NEV_UNROLL _Pragma("GCC unroll 16")
#endif

#define NEV_LANES 16

typedef __m512 vec;

NEV_INLINE vec vec_load(const float *p)
{
    return _mm512_loadu_ps(p);
}

NEV_INLINE void vec_store(float *p, vec a)
{
    _mm512_storeu_ps(p, a);
}

#define NEV_HAS_PARTS 1

NEV_INLINE __mmask16 vec_part(uint32_t len)
{
    return len >= NEV_LANES ? (__mmask16)0xFFFF : (__mmask16)((1u << len) - 1);
}

NEV_INLINE vec vec_load_part(const float *p, uint32_t len)
{
    return _mm512_maskz_loadu_ps(vec_part(len), p);
}

NEV_INLINE void vec_store_part(float *p, vec a, uint32_t len)
{
    _mm512_mask_storeu_ps(p, vec_part(len), a);
}

NEV_INLINE vec vec_set1(float a)
{
    return _mm512_set1_ps(a);
}

NEV_INLINE vec vec_fma(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}

NEV_INLINE vec vec_add(vec a, vec b)
{
    return _mm512_add_ps(a, b);
}

NEV_INLINE vec vec_sub(vec a, vec b)
{
    return _mm512_sub_ps(a, b);
}

NEV_INLINE vec vec_mul(vec a, vec b)
{
    return _mm512_mul_ps(a, b);
}

/* VMAXPS and VMINPS return their second operand where the comparison is false: exactly the contract. */
NEV_INLINE vec vec_max(vec a, vec b)
{
    return _mm512_max_ps(a, b);
}

NEV_INLINE vec vec_min(vec a, vec b)
{
    return _mm512_min_ps(a, b);
}

NEV_INLINE void vec_pin(vec *a)
{
    __asm__ volatile("" : "+v"(*a));
}

/* Keeps the compiler from deriving other pointers from *p outside a loop, which would fill all registers. */
NEV_INLINE void vec_pin_pointer(const float **p)
{
    __asm__ volatile("" : "+r"(*p));
}

/* Into the second level: the line is wanted a panel of weights later. */
NEV_INLINE void vec_prefetch(const float *p)
{
    _mm_prefetch((const char *)p, _MM_HINT_T1);
}

NEV_INLINE void vec_stream(float *p, vec a)
{
    _mm512_stream_ps(p, a);
}

NEV_INLINE void vec_fence(void)
{
    _mm_sfence();
}

#endif
