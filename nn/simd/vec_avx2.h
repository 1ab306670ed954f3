/* SPDX-License-Identifier: MIT */
/*
 * vec_avx2.h - the vector header over AVX2 and FMA3: 8 lanes. The names are explained in vec_c.h.
 */
#ifndef NEV_SIMD_VEC_AVX2_H
#define NEV_SIMD_VEC_AVX2_H

#include <immintrin.h>

#define NEV_INLINE static inline __attribute__((always_inline))
#define NEV_ALONE  static __attribute__((noinline))
#if defined(__clang__)
#define NEV_UNROLL _Pragma("unroll")
#else
#define NEV_UNROLL _Pragma("GCC unroll 16")
#endif

#define NEV_LANES 8

typedef __m256 vec;

NEV_INLINE vec vec_load(const float *p)
{
    return _mm256_loadu_ps(p);
}

NEV_INLINE void vec_store(float *p, vec a)
{
    _mm256_storeu_ps(p, a);
}

NEV_INLINE vec vec_set1(float a)
{
    return _mm256_set1_ps(a);
}

NEV_INLINE vec vec_fma(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}

NEV_INLINE vec vec_add(vec a, vec b)
{
    return _mm256_add_ps(a, b);
}

NEV_INLINE vec vec_sub(vec a, vec b)
{
    return _mm256_sub_ps(a, b);
}

NEV_INLINE vec vec_mul(vec a, vec b)
{
    return _mm256_mul_ps(a, b);
}

/* MAXPS and MINPS return their second operand where the comparison is false: exactly the contract. */
NEV_INLINE vec vec_max(vec a, vec b)
{
    return _mm256_max_ps(a, b);
}

NEV_INLINE vec vec_min(vec a, vec b)
{
    return _mm256_min_ps(a, b);
}

/* Without it gcc folds the load into each multiply-add again, and the loop becomes bound by loads. */
NEV_INLINE void vec_pin(vec *a)
{
    __asm__ volatile("" : "+x"(*a));
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
    _mm256_stream_ps(p, a);
}

NEV_INLINE void vec_fence(void)
{
    _mm_sfence();
}

#endif
