/* SPDX-License-Identifier: MIT */
/*
 * vec_neon.h - the vector header over AArch64's Advanced SIMD: 4 lanes. The names are explained in vec_c.h.
 *
 * FMAX and FMIN are not used: they return NaN where an operand is NaN and order the two zeros, which the
 * contract does not; a comparison and a selection do what it says.
 */
#ifndef NEV_SIMD_VEC_NEON_H
#define NEV_SIMD_VEC_NEON_H

#include <arm_neon.h>

#define NEV_INLINE static inline __attribute__((always_inline))
#define NEV_ALONE  static __attribute__((noinline))
#if defined(__clang__)
#define NEV_UNROLL _Pragma("unroll")
#else
#define NEV_UNROLL _Pragma("GCC unroll 16")
#endif

#define NEV_LANES 4

typedef float32x4_t vec;

NEV_INLINE vec vec_load(const float *p)
{
    return vld1q_f32(p);
}

NEV_INLINE void vec_store(float *p, vec a)
{
    vst1q_f32(p, a);
}

NEV_INLINE vec vec_set1(float a)
{
    return vdupq_n_f32(a);
}

NEV_INLINE vec vec_fma(vec a, vec b, vec c)
{
    return vfmaq_f32(c, a, b);
}

NEV_INLINE vec vec_add(vec a, vec b)
{
    return vaddq_f32(a, b);
}

NEV_INLINE vec vec_sub(vec a, vec b)
{
    return vsubq_f32(a, b);
}

NEV_INLINE vec vec_mul(vec a, vec b)
{
    return vmulq_f32(a, b);
}

NEV_INLINE vec vec_max(vec a, vec b)
{
    return vbslq_f32(vcgtq_f32(a, b), a, b);
}

NEV_INLINE vec vec_min(vec a, vec b)
{
    return vbslq_f32(vcltq_f32(a, b), a, b);
}

NEV_INLINE void vec_pin(vec *a)
{
    __asm__ volatile("" : "+w"(*a));
}

NEV_INLINE void vec_pin_pointer(const float **p)
{
    (void)p;
}

/* Into the second level: the line is wanted a panel of weights later. */
NEV_INLINE void vec_prefetch(const float *p)
{
    __builtin_prefetch(p, 0, 2);
}

NEV_INLINE void vec_stream(float *p, vec a)
{
    vec_store(p, a);
}

NEV_INLINE void vec_fence(void)
{
}

#endif
