/* SPDX-License-Identifier: MIT */
/*
 * digest.h - what the programs share that print digests of results (tests/nn/digest.c, tests/forest/digest.c): memory or
 * an end, no error or an end, texts of digests.
 */
#ifndef NEV_TESTS_SUPPORT_DIGEST_H
#define NEV_TESTS_SUPPORT_DIGEST_H

#include <stdio.h>
#include <stdlib.h>

#include "nn/base/sha256.h"
#include "nn/base/size.h"
#include "nn/base/status.h"

/* At least one byte, aligned to NEV_ALIGN; to be freed. */
static inline void *digest_allocate(size_t bytes)
{
    void *p = aligned_alloc(NEV_ALIGN, (bytes + NEV_ALIGN) / NEV_ALIGN * NEV_ALIGN);

    if (p == NULL) {
        fprintf(stderr, "digest: out of memory\n");
        exit(9);
    }
    return p;
}

static inline void digest_must(enum nev_status status, const struct nev_error *err)
{
    if (status != NEV_OK) {
        fprintf(stderr, "digest: %s (%s)\n", err->what, err->name);
        exit(1);
    }
}

static inline void digest_print(const uint8_t digest[NEV_SHA256_BYTES], char after)
{
    char hex[NEV_SHA256_HEX_BYTES];

    nev_sha256_hex(digest, hex);
    printf("%s%c", hex, after);
}

#endif
