/* SPDX-License-Identifier: MIT */
/*
 * deflate.h - bytes to a zlib stream, from memory to memory: the counterpart of inflate.h.
 *
 * Greedy matches from short hash chains; each block takes the shortest of the three forms. The same bytes in
 * give the same bytes out on every machine.
 */
#ifndef NEV_IO_DEFLATE_H
#define NEV_IO_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"

#define NEV_DEFLATE_WINDOW     32768u
#define NEV_DEFLATE_HASH_LEN   8192u
#define NEV_DEFLATE_TOKENS_MAX 16384u /* a block */
#define NEV_DEFLATE_LITLEN     286u
#define NEV_DEFLATE_DIST       30u
#define NEV_DEFLATE_HEADER     19u /* the alphabet in which code lengths are sent */

/* A Huffman code as it is written. */
struct nev_deflate_code {
    uint32_t count[NEV_DEFLATE_LITLEN + 2];
    uint16_t code[NEV_DEFLATE_LITLEN + 2]; /* first bit lowest */
    uint8_t bits[NEV_DEFLATE_LITLEN + 2];
};

/* Work memory, about 240 KiB; its contents mean nothing between two calls. */
struct nev_deflate {
    uint32_t head[NEV_DEFLATE_HASH_LEN]; /* the latest position + 1 with this hash; 0: none */
    uint32_t prev[NEV_DEFLATE_WINDOW];   /* the one before it, by position modulo the window */
    uint32_t token[NEV_DEFLATE_TOKENS_MAX];
    uint32_t tokens;
    struct nev_deflate_code litlen, dist, header, fixed_litlen, fixed_dist;
    uint8_t run[NEV_DEFLATE_LITLEN + NEV_DEFLATE_DIST]; /* the code lengths as header symbols ... */
    uint8_t run_extra[NEV_DEFLATE_LITLEN + NEV_DEFLATE_DIST];
    uint32_t runs;
    uint32_t weight[2 * NEV_DEFLATE_LITLEN]; /* nodes of the Huffman tree in the making */
    uint16_t parent[2 * NEV_DEFLATE_LITLEN];
};

/* nev_deflate_bound - bytes that a zlib stream of `bytes` bytes never exceeds; false: no size_t holds it. */
bool nev_deflate_bound(size_t bytes, size_t *bound);

/*
 * nev_deflate_zlib - compress.
 * Range      bytes < 2^32 - 1; out_bytes >= nev_deflate_bound(bytes)
 * Alias      in, out and work must not overlap
 * Errors     LIMIT: too many bytes; MEMORY: out_bytes too small; *written is then 0
 * Threads    pure
 * Source     RFC 1950; RFC 1951
 * Tests      tests/io/test_deflate.c
 */
NEV_MUST_CHECK enum nev_status nev_deflate_zlib(struct nev_deflate *work, const uint8_t *in, size_t bytes,
                                                uint8_t *out, size_t out_bytes, size_t *written,
                                                struct nev_error *err);

#endif
