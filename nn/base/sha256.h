/* SPDX-License-Identifier: MIT */
/*
 * sha256.h - SHA-256 of bytes in memory, in one call or piece by piece.
 *
 * Source     NIST FIPS 180-4, sections 4.1.2, 4.2.2, 5.1.1, 5.3.3, 6.2.
 */
#ifndef NEV_BASE_SHA256_H
#define NEV_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define NEV_SHA256_BYTES     32
#define NEV_SHA256_HEX_BYTES 65 /* 64 lower-case digits and a NUL */

struct nev_sha256 {
    uint32_t h[8];
    uint64_t total_bytes;
    uint8_t block[64];
};

void nev_sha256_init(struct nev_sha256 *s);
void nev_sha256_update(struct nev_sha256 *s, const void *data, size_t bytes);
void nev_sha256_final(struct nev_sha256 *s, uint8_t digest[NEV_SHA256_BYTES]);

/* nev_sha256 - the digest of [data, data + bytes). */
void nev_sha256_of(const void *data, size_t bytes, uint8_t digest[NEV_SHA256_BYTES]);

/* nev_sha256_hex - the digest in lower-case hexadecimal. */
void nev_sha256_hex(const uint8_t digest[NEV_SHA256_BYTES], char hex[NEV_SHA256_HEX_BYTES]);

#endif
