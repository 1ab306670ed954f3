/* SPDX-License-Identifier: MIT */
/*
 * sha256_kernels.h - the ways to compress blocks for SHA-256; all give the same digests.
 *
 * Choosing is a pure function of the processor's features. nev_sha256_update and the like take plain C; who hashes
 * a hundred megabytes asks for more.
 */
#ifndef NEV_BASE_SHA256_KERNELS_H
#define NEV_BASE_SHA256_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "nn/base/sha256.h"

/*
 * blocks - compress `len` blocks of 64 bytes into h.
 * two    - the same of two messages at once, as many blocks of each: one hides the other's latency where the
 *          processor has instructions for it.
 * Alias  h, g and the messages do not overlap; a and b may
 */
struct nev_sha256_kernels {
    const char *name;
    void (*blocks)(uint32_t h[8], const uint8_t *a, size_t len);
    void (*two)(uint32_t h[8], uint32_t g[8], const uint8_t *a, const uint8_t *b, size_t len);
};

extern const struct nev_sha256_kernels nev_sha256_kernels_c;
#if defined(NEV_BUILD_shani)
extern const struct nev_sha256_kernels nev_sha256_kernels_shani;
#endif

extern const uint32_t nev_sha256_k[64]; /* the standard's constants */

/*
 * nev_sha256_select - the best kernels of a set of instruction sets (NEV_ISA_* of cpu.h) that this build has;
 *                     plain C if nothing else is left. Never NULL
 * Threads    pure
 */
const struct nev_sha256_kernels *nev_sha256_select(uint32_t isas);

/*
 * nev_sha256_rest - the last bytes of a message, by these kernels, and its digest.
 * Range      s: of whole blocks of 64 bytes so far
 * Tests      tests/base/test_sha256.c
 */
void nev_sha256_rest(const struct nev_sha256_kernels *kernels, struct nev_sha256 *s, const void *data,
                     size_t bytes, uint8_t digest[NEV_SHA256_BYTES]);

/*
 * nev_sha256_by - the digest of [data, data + bytes), by these kernels.
 * nev_sha256_two - the digests of two messages of the same length.
 * Tests      tests/base/test_sha256.c
 */
void nev_sha256_by(const struct nev_sha256_kernels *kernels, const void *data, size_t bytes,
                   uint8_t digest[NEV_SHA256_BYTES]);
void nev_sha256_two(const struct nev_sha256_kernels *kernels, const void *a, const void *b, size_t bytes,
                    uint8_t digest_a[NEV_SHA256_BYTES], uint8_t digest_b[NEV_SHA256_BYTES]);

#endif
