/* SPDX-License-Identifier: MIT */
/*
 * vec_c.h - the vector header in plain C: one lane's arithmetic, written for a compiler to unroll.
 *
 * Every vec_<isa>.h defines the same names and nothing clever:
 *   NEV_LANES          floats in a vec; divides 16
 *   vec_load/vec_store any float address; vec_set1: one value in all lanes
 *   vec_fma(a,b,c)     a*b + c, rounded once; vec_add, vec_sub, vec_mul: rounded once each
 *   vec_max(a,b)       a > b ? a : b;  vec_min(a,b): a < b ? a : b (so b where either is NaN or both are
 * zeros)
 *   NEV_ALONE          a function never merged into its callers: gcc loses its registers in very large ones
 *   vec_pin(v)         no operation: asks the compiler to keep *v in a register
 *   vec_pin_pointer(p) the same for an address
 *   vec_prefetch(p)    no operation: p's cache line will be read soon; any address
 *   vec_stream         vec_store for p a multiple of a vec's size, past the caches where that can be said
 *   vec_fence()        what was streamed is seen before anything stored after it
 *   NEV_INLINE, NEV_UNROLL: as the compiler spells them
 */
#ifndef NEV_SIMD_VEC_C_H
#define NEV_SIMD_VEC_C_H

#include "nn/base/real.h"

/* Where the multiply-add is emulated nothing is gained by unrolling, or by expanding it in place, but half a
 * megabyte of code. */
#if !defined(__GNUC__)
#define NEV_INLINE static inline
#define NEV_ALONE  static
#define NEV_UNROLL
#elif !NEV_HAS_FMA
#define NEV_INLINE static inline __attribute__((always_inline))
#define NEV_ALONE  static __attribute__((noinline))
#define NEV_UNROLL
#elif defined(__clang__)
#define NEV_INLINE static inline __attribute__((always_inline))
#define NEV_ALONE  static __attribute__((noinline))
#define NEV_UNROLL _Pragma("unroll")
#else
#define NEV_INLINE static inline __attribute__((always_inline))
#define NEV_ALONE  static __attribute__((noinline))
#define NEV_UNROLL _Pragma("GCC unroll 16")
#endif
/* Emulated multiply-adds are long: unrolled, they would take compilers minutes and gain nothing. */
#if !NEV_HAS_FMA
#undef NEV_UNROLL
#define NEV_UNROLL
#endif

#if !defined(NEV_LANES) /* tests compile the kernels at 4, 8 and 16 */
#define NEV_LANES 4
#endif

typedef struct {
    float v[NEV_LANES];
} vec;

NEV_INLINE vec vec_load(const float *p)
{
    vec r;

    NEV_UNROLL
    for (int i = 0; i < NEV_LANES; i++) {
        r.v[i] = p[i];
    }
    return r;
}

NEV_INLINE void vec_store(float *p, vec a)
{
    NEV_UNROLL
    for (int i = 0; i < NEV_LANES; i++) {
        p[i] = a.v[i];
    }
}

NEV_INLINE vec vec_set1(float a)
{
    vec r;

    NEV_UNROLL
    for (int i = 0; i < NEV_LANES; i++) {
        r.v[i] = a;
    }
    return r;
}

#if NEV_HAS_FMA
NEV_INLINE vec vec_fma(vec a, vec b, vec c)
#else
static vec vec_fma(vec a, vec b, vec c)
#endif
{
    NEV_UNROLL
    for (int i = 0; i < NEV_LANES; i++) {
        c.v[i] = nev_fmaf(a.v[i], b.v[i], c.v[i]);
    }
    return c;
}

NEV_INLINE vec vec_add(vec a, vec b)
{
    NEV_UNROLL
    for (int i = 0; i < NEV_LANES; i++) {
        a.v[i] = a.v[i] + b.v[i];
    }
    return a;
}

NEV_INLINE vec vec_sub(vec a, vec b)
{
    NEV_UNROLL
    for (int i = 0; i < NEV_LANES; i++) {
        a.v[i] = a.v[i] - b.v[i];
    }
    return a;
}

NEV_INLINE vec vec_mul(vec a, vec b)
{
    NEV_UNROLL
    for (int i = 0; i < NEV_LANES; i++) {
        a.v[i] = a.v[i] * b.v[i];
    }
    return a;
}

NEV_INLINE vec vec_max(vec a, vec b)
{
    NEV_UNROLL
    for (int i = 0; i < NEV_LANES; i++) {
        a.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i];
    }
    return a;
}

NEV_INLINE vec vec_min(vec a, vec b)
{
    NEV_UNROLL
    for (int i = 0; i < NEV_LANES; i++) {
        a.v[i] = a.v[i] < b.v[i] ? a.v[i] : b.v[i];
    }
    return a;
}

NEV_INLINE void vec_pin(vec *a)
{
    (void)a;
}

NEV_INLINE void vec_pin_pointer(const float **p)
{
    (void)p;
}

NEV_INLINE void vec_prefetch(const float *p)
{
    (void)p;
}

NEV_INLINE void vec_stream(float *p, vec a)
{
    vec_store(p, a);
}

NEV_INLINE void vec_fence(void)
{
}

#endif
