/* SPDX-License-Identifier: MIT */
/*
 * bits.h - deflate streams bit by bit, to make some that no encoder would, and their inflating in exact
 * buffers.
 */
#ifndef NEV_TESTS_IO_BITS_H
#define NEV_TESTS_IO_BITS_H

#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "io/inflate.h"

#define OUT_MAX 70000u

/* A writer of bits as RFC 1951 packs them, to make streams no encoder would. */
struct bits {
    uint8_t bytes[70100];
    size_t len; /* bits */
};

static inline void put(struct bits *b, uint32_t value, unsigned n)
{
    unsigned i;

    for (i = 0; i < n; i++, b->len++) {
        assert_true(b->len / 8 < sizeof b->bytes);
        if (b->len % 8 == 0) {
            b->bytes[b->len / 8] = 0;
        }
        b->bytes[b->len / 8] |= (uint8_t)((i < 32 ? value >> i & 1 : 0) << b->len % 8);
    }
}

/* Huffman codes go in with their highest bit first. */
static inline void put_code(struct bits *b, uint32_t code, unsigned n)
{
    while (n-- > 0) {
        put(b, code >> n & 1, 1);
    }
}

static inline void put_block(struct bits *b, unsigned is_last, unsigned type)
{
    put(b, is_last, 1);
    put(b, type, 2);
}

/* The fixed code of RFC 1951, section 3.2.6, spelled out. */
static inline void put_fixed(struct bits *b, unsigned symbol)
{
    if (symbol < 144) {
        put_code(b, 0x30 + symbol, 8);
    } else if (symbol < 256) {
        put_code(b, 0x190 + symbol - 144, 9);
    } else if (symbol < 280) {
        put_code(b, symbol - 256, 7);
    } else {
        put_code(b, 0xC0 + symbol - 280, 8);
    }
}

static inline void put_stored(struct bits *b, unsigned is_last, const void *data, unsigned n)
{
    unsigned i;

    put_block(b, is_last, 0);
    put(b, 0, (unsigned)(-b->len % 8));
    put(b, n, 16);
    put(b, ~n & 0xFFFF, 16);
    for (i = 0; i < n; i++) {
        put(b, ((const uint8_t *)data)[i], 8);
    }
}

struct result {
    enum nev_status status;
    struct nev_error err;
    size_t in_used, out_used;
    uint8_t *out; /* of out_bytes exactly; free it */
};

static inline struct result inflate(const void *mem, size_t bytes, enum nev_inflate_wrap wrap,
                                    size_t out_bytes)
{
    struct result r = {0};
    uint8_t *copy = malloc(bytes > 0 ? bytes : 1);
    struct nev_inflate *work = malloc(sizeof *work);
    struct nev_inflate_input in = {copy, bytes, NULL, NULL};
    size_t i;

    r.out = malloc(out_bytes > 0 ? out_bytes : 1);
    assert_true(copy != NULL && work != NULL && r.out != NULL);
    memcpy(copy, mem, bytes);
    memset(work, 0, sizeof *work);
    work->is_fixed = true; /* nothing may depend on what stood there */
    memset(r.out, 0xA5, out_bytes > 0 ? out_bytes : 1);
    r.status = nev_inflate(work, wrap, &in, r.out, out_bytes, &r.in_used, &r.out_used, &r.err);
    if (r.status != NEV_OK) {
        assert_int_equal(r.err.status, r.status);
        assert_true(r.err.offset <= bytes && r.in_used == 0 && r.out_used == 0);
        for (i = 0; i < out_bytes; i++) {
            assert_int_equal(r.out[i], 0);
        }
    }
    free(work);
    free(copy);
    return r;
}

static inline void expect(const struct bits *b, enum nev_inflate_wrap wrap, const void *data, size_t n)
{
    struct result r = inflate(b->bytes, (b->len + 7) / 8, wrap, n);

    if (r.status != NEV_OK) {
        fail_msg("refused: %s", r.err.what);
    }
    assert_int_equal(r.in_used, (b->len + 7) / 8);
    assert_int_equal(r.out_used, n);
    assert_memory_equal(r.out, data, n);
    free(r.out);
}

static inline void refuse(const struct bits *b, enum nev_inflate_wrap wrap, enum nev_status status)
{
    struct result r = inflate(b->bytes, (b->len + 7) / 8, wrap, OUT_MAX);

    if (r.status != status) {
        fail_msg("%s instead of %s", nev_status_name(r.status), nev_status_name(status));
    }
    free(r.out);
}

/* One of each is enough for all tests of a program. */
static struct bits b;
static uint8_t data[OUT_MAX];

/* The code lengths of a dynamic block, each sent as itself with 4 bits; or, for runs, by the caller. */
struct dynamic {
    uint8_t litlen[288], dist[32];
    unsigned hlit, hdist;
};

/* Sends a header whose code length code gives 16 symbols (0..15) four bits each: complete, code = symbol. */
static inline void put_dynamic(struct bits *to, const struct dynamic *d)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    unsigned i;

    put_block(to, 1, 2);
    put(to, d->hlit - 257, 5);
    put(to, d->hdist - 1, 5);
    put(to, 19 - 4, 4);
    for (i = 0; i < 19; i++) {
        put(to, order[i] < 16 ? 4 : 0, 3);
    }
    for (i = 0; i < d->hlit; i++) {
        put_code(to, d->litlen[i], 4);
    }
    for (i = 0; i < d->hdist; i++) {
        put_code(to, d->dist[i], 4);
    }
}

/* 'a' one bit, 'b' two, ... each one longer, the end of block and one more sharing the last: the longest
 * codes. */
static inline struct dynamic staircase(void)
{
    struct dynamic d = {.hlit = 257, .hdist = 1};
    unsigned i;

    for (i = 0; i < 14; i++) {
        d.litlen['a' + i] = (uint8_t)(i + 1);
    }
    d.litlen['z'] = 15;
    d.litlen[256] = 15;
    return d;
}

#endif
