/* SPDX-License-Identifier: MIT */
/*
 * inflate.h - deflate and zlib streams, from memory to memory.
 *
 * The output is written once, into a buffer of a size the caller knows beforehand; it is its own window, so
 * nothing else is kept. A stream that wants to write more is refused at that byte: there is no such thing as
 * a deflate bomb. The compressed bytes may lie in pieces, as PNG's do.
 */
#ifndef NEV_IO_INFLATE_H
#define NEV_IO_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"

#define NEV_INFLATE_FAST_BITS   10u /* codes up to this long are found with one look-up */
#define NEV_INFLATE_SYMBOLS_MAX 288u
#define NEV_INFLATE_BITS_MAX    15u

/* One canonical Huffman code, ready to decode. */
struct nev_inflate_code {
    uint16_t
        fast[1u << NEV_INFLATE_FAST_BITS];    /* symbol << 4 | length by the next bits; 0: longer, or none */
    uint16_t symbol[NEV_INFLATE_SYMBOLS_MAX]; /* in order of their codes */
    uint16_t count[NEV_INFLATE_BITS_MAX + 1]; /* codes of each length */
    uint32_t longest;                         /* bits; 0: there is no code at all */
};

/* Work memory, about 6 KiB; its contents mean nothing between two calls. */
struct nev_inflate {
    struct nev_inflate_code litlen, dist;
    uint8_t lengths[NEV_INFLATE_SYMBOLS_MAX + 32];
    bool is_fixed; /* litlen and dist hold the fixed codes */
};

/* The compressed bytes: a first piece, then whatever next gives until it returns false. */
struct nev_inflate_input {
    const uint8_t *piece;
    size_t piece_bytes;
    bool (*next)(void *ctx, const uint8_t **piece, size_t *piece_bytes); /* NULL: one piece only */
    void *ctx;
};

enum nev_inflate_wrap { NEV_INFLATE_RAW = 0, NEV_INFLATE_ZLIB = 1 };

/*
 * nev_inflate - decompress one stream.
 * Range      wrap: RAW, deflate alone; ZLIB, with its header and its Adler-32, which is checked
 * Alias      out must not overlap the pieces or work
 * Errors     TRUNCATED: the input ends first. LIMIT: the stream holds more than out_bytes. CHECKSUM:
 * Adler-32. UNSUPPORTED: a preset dictionary. FORMAT: everything RFC 1950 and 1951 forbid, also a distance
 *            beyond the window the zlib header states, and a code that is over-subscribed or, but for a
 * single one-bit code and an empty distance code, incomplete. The offset counts compressed bytes over all
 *            pieces. On error out is zeroed, *in_used and *out_used are 0.
 *            Bytes after the stream are not looked at: *in_used says where it ended.
 * Threads    pure
 * Source     RFC 1950; RFC 1951
 * Tests      tests/io/test_inflate.c, tests/io/test_inflate_stream.c
 */
NEV_MUST_CHECK enum nev_status nev_inflate(struct nev_inflate *work, enum nev_inflate_wrap wrap,
                                           const struct nev_inflate_input *in, uint8_t *out, size_t out_bytes,
                                           size_t *in_used, size_t *out_used, struct nev_error *err);

#endif
