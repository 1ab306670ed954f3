/* SPDX-License-Identifier: MIT */
#include "nn/base/sha256.h"

#include <string.h>

#include "nn/base/bytes.h"
#include "nn/base/cpu.h"
#include "nn/base/sha256_kernels.h"

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
const uint32_t nev_sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotr(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

/* The eight working variables carry the standard's names; moving them one place a round costs registers only. */
static void compress(uint32_t digest[8], const uint8_t block[64])
{
    uint32_t w[64], t1, t2;
    uint32_t a = digest[0], b = digest[1], c = digest[2], d = digest[3];
    uint32_t e = digest[4], f = digest[5], g = digest[6], h = digest[7];
    unsigned i;

    for (i = 0; i < 16; i++) {
        w[i] = nev_load_u32be(block + 4 * i);
    }
    for (; i < 64; i++) {
        uint32_t s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    for (i = 0; i < 64; i++) {
        t1 = h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + nev_sha256_k[i] + w[i];
        t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    digest[0] += a;
    digest[1] += b;
    digest[2] += c;
    digest[3] += d;
    digest[4] += e;
    digest[5] += f;
    digest[6] += g;
    digest[7] += h;
}

static void blocks(uint32_t h[8], const uint8_t *a, size_t len)
{
    for (; len > 0; len--, a += 64) {
        compress(h, a);
    }
}

static void two(uint32_t h[8], uint32_t g[8], const uint8_t *a, const uint8_t *b, size_t len)
{
    blocks(h, a, len);
    blocks(g, b, len);
}

const struct nev_sha256_kernels nev_sha256_kernels_c = {"c", blocks, two};

const struct nev_sha256_kernels *nev_sha256_select(uint32_t isas)
{
#if defined(NEV_BUILD_shani)
    if ((isas & NEV_ISA_SHANI) != 0) {
        return &nev_sha256_kernels_shani;
    }
#endif
    (void)isas;
    return &nev_sha256_kernels_c;
}

void nev_sha256_init(struct nev_sha256 *s)
{
    /* The first 32 bits of the fractional parts of the square roots of the first 8 primes (5.3.3). */
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

    memcpy(s->h, start, sizeof start);
    s->total_bytes = 0;
    memset(s->block, 0, sizeof s->block);
}

void nev_sha256_update(struct nev_sha256 *s, const void *data, size_t bytes)
{
    const uint8_t *p = data;
    size_t held = (size_t)(s->total_bytes % 64);

    if (bytes == 0) {
        return;
    }
    s->total_bytes += bytes;
    if (held != 0) {
        size_t take = bytes < 64 - held ? bytes : 64 - held;

        memcpy(s->block + held, p, take);
        p += take;
        bytes -= take;
        if (held + take < 64) {
            return;
        }
        compress(s->h, s->block);
    }
    blocks(s->h, p, bytes / 64);
    memcpy(s->block, p + bytes / 64 * 64, bytes % 64);
}

void nev_sha256_final(struct nev_sha256 *s, uint8_t digest[NEV_SHA256_BYTES])
{
    static const uint8_t pad[64] = {0x80};
    uint64_t bits = s->total_bytes * 8;
    size_t held = (size_t)(s->total_bytes % 64);
    uint8_t length[8];
    unsigned i;

    for (i = 0; i < 8; i++) {
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    }
    nev_sha256_update(s, pad, held < 56 ? 56 - held : 120 - held);
    nev_sha256_update(s, length, sizeof length);
    for (i = 0; i < 8; i++) {
        nev_store_u32be(digest + 4 * i, s->h[i]);
    }
}

void nev_sha256_of(const void *data, size_t bytes, uint8_t digest[NEV_SHA256_BYTES])
{
    struct nev_sha256 s;

    nev_sha256_init(&s);
    nev_sha256_update(&s, data, bytes);
    nev_sha256_final(&s, digest);
}

/* The bytes past the whole blocks, which are in s->h already, and the digest. */
static void finish(struct nev_sha256 *s, const void *data, size_t bytes, uint8_t digest[NEV_SHA256_BYTES])
{
    s->total_bytes += bytes / 64 * 64;
    nev_sha256_update(s, (const uint8_t *)data + bytes / 64 * 64, bytes % 64);
    nev_sha256_final(s, digest);
}

void nev_sha256_rest(const struct nev_sha256_kernels *kernels, struct nev_sha256 *s, const void *data,
                     size_t bytes, uint8_t digest[NEV_SHA256_BYTES])
{
    kernels->blocks(s->h, data, bytes / 64);
    finish(s, data, bytes, digest);
}

void nev_sha256_by(const struct nev_sha256_kernels *kernels, const void *data, size_t bytes,
                   uint8_t digest[NEV_SHA256_BYTES])
{
    struct nev_sha256 s;

    nev_sha256_init(&s);
    nev_sha256_rest(kernels, &s, data, bytes, digest);
}

void nev_sha256_two(const struct nev_sha256_kernels *kernels, const void *a, const void *b, size_t bytes,
                    uint8_t digest_a[NEV_SHA256_BYTES], uint8_t digest_b[NEV_SHA256_BYTES])
{
    struct nev_sha256 s, t;

    nev_sha256_init(&s);
    nev_sha256_init(&t);
    kernels->two(s.h, t.h, a, b, bytes / 64);
    finish(&s, a, bytes, digest_a);
    finish(&t, b, bytes, digest_b);
}

void nev_sha256_hex(const uint8_t digest[NEV_SHA256_BYTES], char hex[NEV_SHA256_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    unsigned i;

    for (i = 0; i < NEV_SHA256_BYTES; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[64] = '\0';
}
