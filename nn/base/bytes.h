/* SPDX-License-Identifier: MIT */
/*
 * bytes.h - fixed-width integers and floats in memory, either byte order, any alignment.
 *
 * File formats are read and written only through these; no struct is ever cast over file bytes.
 * PORTABILITY: float is IEEE-754 binary32 and double binary64; nev_environment_check (fenv.h) confirms it.
 */
#ifndef NEV_BASE_BYTES_H
#define NEV_BASE_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint16_t nev_load_u16le(const uint8_t *p)
{
    return (uint16_t)(p[0] | (unsigned)p[1] << 8);
}

static inline uint16_t nev_load_u16be(const uint8_t *p)
{
    return (uint16_t)(p[1] | (unsigned)p[0] << 8);
}

static inline uint32_t nev_load_u32le(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t nev_load_u32be(const uint8_t *p)
{
    return (uint32_t)p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
}

static inline uint64_t nev_load_u64le(const uint8_t *p)
{
    return (uint64_t)nev_load_u32le(p) | (uint64_t)nev_load_u32le(p + 4) << 32;
}

static inline void nev_store_u16le(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void nev_store_u32le(uint8_t *p, uint32_t v)
{
    nev_store_u16le(p, (uint16_t)v);
    nev_store_u16le(p + 2, (uint16_t)(v >> 16));
}

static inline void nev_store_u32be(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

static inline void nev_store_u64le(uint8_t *p, uint64_t v)
{
    nev_store_u32le(p, (uint32_t)v);
    nev_store_u32le(p + 4, (uint32_t)(v >> 32));
}

/* Whether this machine keeps the lowest byte first, as files do. */
static inline int nev_is_little_endian(void)
{
    const uint32_t one = 1;
    uint8_t first;

    memcpy(&first, &one, 1);
    return first == 1;
}

static inline float nev_f32_from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static inline uint32_t nev_f32_bits(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static inline double nev_f64_from_bits(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static inline uint64_t nev_f64_bits(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static inline float nev_load_f32le(const uint8_t *p)
{
    return nev_f32_from_bits(nev_load_u32le(p));
}

static inline void nev_store_f32le(uint8_t *p, float v)
{
    nev_store_u32le(p, nev_f32_bits(v));
}

static inline double nev_load_f64le(const uint8_t *p)
{
    return nev_f64_from_bits(nev_load_u64le(p));
}

static inline void nev_store_f64le(uint8_t *p, double v)
{
    nev_store_u64le(p, nev_f64_bits(v));
}

#endif
