/* SPDX-License-Identifier: MIT */
/*
 * digest.h - SHA-256 of blocks of training rows, checked on the way.
 *
 * Source     forest/FORMAT.md, "Digest of the training data"
 */
#ifndef NEV_FOREST_DIGEST_H
#define NEV_FOREST_DIGEST_H

#include <stdint.h>

#include "forest/forest.h"
#include "nn/base/sha256_kernels.h"

#define NEV_DIGEST_ROWS 256u       /* a block */
#define NEV_DIGEST_FINE UINT64_MAX /* nothing bad */

/*
 * nev_digest_blocks - the digests of `len` blocks from `block` on, two at a time, which hides the latency of SHA-256's
 *                     instructions where a processor has them.
 * Shapes     digests [len, NEV_SHA256_BYTES]
 * Computes   and returns row * 2^32 + column of the first NaN, or row * 2^32 + UINT32_MAX of a label out of range,
 *            whichever comes first, the label after the row's features; NEV_DIGEST_FINE if there is none
 * Tests      tests/forest/test_digest.c
 */
uint64_t nev_digest_blocks(const struct nev_sha256_kernels *kernels, const struct nev_forest_data *data,
                           uint32_t block, uint32_t len, uint8_t *digests);

#endif
