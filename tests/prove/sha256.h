/* SPDX-License-Identifier: MIT */
/*
 * sha256.h - SHA-256 as a contract, for proofs of what calls it: it reads exactly the bytes it is given, which is checked
 * at every call, and gives any digest. nn/base/sha256.c itself has no proof here.
 */
#ifndef NEV_TESTS_PROVE_SHA256_H
#define NEV_TESTS_PROVE_SHA256_H

#include "nn/base/sha256_kernels.h"
#include "tests/prove/prove.h"

void nev_sha256_init(struct nev_sha256 *sha)
{
    any_bytes(sha, sizeof *sha);
}

void nev_sha256_update(struct nev_sha256 *sha, const void *data, size_t bytes)
{
    const uint8_t *p = data;

    //@ assert bytes == 0 || \valid_read(p + (0 .. bytes - 1));
    any_bytes(sha, sizeof *sha);
}

void nev_sha256_final(struct nev_sha256 *sha, uint8_t digest[NEV_SHA256_BYTES])
{
    any_bytes(sha, sizeof *sha);
    any_bytes(digest, NEV_SHA256_BYTES);
}

void nev_sha256_of(const void *data, size_t bytes, uint8_t digest[NEV_SHA256_BYTES])
{
    const uint8_t *p = data;

    //@ assert bytes == 0 || \valid_read(p + (0 .. bytes - 1));
    any_bytes(digest, NEV_SHA256_BYTES);
}

const struct nev_sha256_kernels nev_sha256_kernels_c = {"c", 0, 0};

const struct nev_sha256_kernels *nev_sha256_select(uint32_t isas)
{
    (void)isas;
    return &nev_sha256_kernels_c;
}

void nev_sha256_rest(const struct nev_sha256_kernels *kernels, struct nev_sha256 *sha, const void *data,
                     size_t bytes, uint8_t digest[NEV_SHA256_BYTES])
{
    const uint8_t *p = data;

    (void)kernels;
    //@ assert bytes == 0 || \valid_read(p + (0 .. bytes - 1));
    any_bytes(sha, sizeof *sha);
    any_bytes(digest, NEV_SHA256_BYTES);
}

#endif
