/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "io/adler32.h"
#include "io/inflate.h"
#include "nn/base/bytes.h"

#define OUT_MAX 70000u

/* A writer of bits as RFC 1951 packs them, to make streams no encoder would. */
struct bits {
    uint8_t bytes[70100];
    size_t len; /* bits */
};

static void put(struct bits *b, uint32_t value, unsigned n)
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
static void put_code(struct bits *b, uint32_t code, unsigned n)
{
    while (n-- > 0) {
        put(b, code >> n & 1, 1);
    }
}

static void put_block(struct bits *b, unsigned is_last, unsigned type)
{
    put(b, is_last, 1);
    put(b, type, 2);
}

/* The fixed code of RFC 1951, section 3.2.6, spelled out. */
static void put_fixed(struct bits *b, unsigned symbol)
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

static void put_stored(struct bits *b, unsigned is_last, const void *data, unsigned n)
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

static struct result inflate(const void *mem, size_t bytes, enum nev_inflate_wrap wrap, size_t out_bytes)
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

static void expect(const struct bits *b, enum nev_inflate_wrap wrap, const void *data, size_t n)
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

static void refuse(const struct bits *b, enum nev_inflate_wrap wrap, enum nev_status status)
{
    struct result r = inflate(b->bytes, (b->len + 7) / 8, wrap, OUT_MAX);

    if (r.status != status) {
        fail_msg("%s instead of %s", nev_status_name(r.status), nev_status_name(status));
    }
    free(r.out);
}

static struct bits b;
static uint8_t data[OUT_MAX];

/* Verifies: NEV-IO-230 (stored blocks of 0, 1, 65,535 bytes, at every bit offset a block can start) */
static void test_stored(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 31 >> 3);
    }
    b.len = 0;
    put_stored(&b, 1, "", 0);
    expect(&b, NEV_INFLATE_RAW, "", 0);
    for (i = 0; i < 8; i++) {
        unsigned k;

        b.len = 0;
        for (k = 0; k < i; k++) { /* an empty fixed block has 3 + 7 bits */
            put_block(&b, 0, 1);
            put_fixed(&b, 256);
        }
        put_stored(&b, 0, data, 1);
        put_stored(&b, 0, data + 1, 9);
        put_stored(&b, 1, data + 10, 65535);
        expect(&b, NEV_INFLATE_RAW, data, 65545);
    }
    b.len = 0;
    put_block(&b, 1, 0);
    put(&b, 0, 5);
    put(&b, 1, 16);
    put(&b, 0xFFFF, 16);
    put(&b, 7, 8);
    refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT); /* the complement of 1 is 0xFFFE */
}

/* Verifies: NEV-IO-231 (every literal, every length symbol at both ends of its extra bits, in the fixed code)
 */
static void test_fixed_lengths(void **state)
{
    unsigned symbol, len = 3, i, at = 0;

    (void)state;
    b.len = 0;
    put_block(&b, 1, 1);
    for (i = 0; i < 256; i++) {
        put_fixed(&b, i);
        data[at++] = (uint8_t)i;
    }
    for (symbol = 257; symbol <= 285; symbol++) {
        /* RFC 1951's table by its rule: four symbols for each number of extra bits, from 265 on. */
        unsigned extra = symbol < 265 || symbol == 285 ? 0 : (symbol - 261) / 4, end;

        if (symbol == 285) {
            len = 258;
        }
        for (end = 0; end < 2; end++) {
            unsigned more = end == 0 ? 0 : (1u << extra) - 1;

            put_fixed(&b, symbol);
            put(&b, more, extra);
            put_code(&b, 3, 5); /* distance 4 */
            for (i = 0; i < len + more; i++, at++) {
                data[at] = data[at - 4];
            }
        }
        len += 1u << extra;
    }
    put_fixed(&b, 256);
    expect(&b, NEV_INFLATE_RAW, data, at);
}

/* Verifies: NEV-IO-231 (every distance symbol at both ends of its extra bits; one beyond the beginning) */
static void test_fixed_distances(void **state)
{
    unsigned symbol, dist = 1, i;
    uint64_t seed = 1;

    (void)state;
    for (i = 0; i < 32768; i++) {
        data[i] = (uint8_t)nev_test_random(&seed);
    }
    for (symbol = 0; symbol < 30; symbol++) {
        unsigned extra = symbol < 4 ? 0 : symbol / 2 - 1, end;

        for (end = 0; end < 2; end++) {
            unsigned d = dist + (end == 0 ? 0 : (1u << extra) - 1), missing;

            for (missing = 0; missing < 2; missing++) {
                unsigned have = d - missing; /* bytes written before the match */

                b.len = 0;
                put_stored(&b, 0, data, have);
                put_block(&b, 1, 1);
                put_fixed(&b, 257);
                put_code(&b, symbol, 5);
                put(&b, d - dist, extra);
                put_fixed(&b, 256);
                if (missing == 1) {
                    refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
                    continue;
                }
                for (i = 0; i < 3; i++) {
                    data[have + i] = data[have + i - d];
                }
                expect(&b, NEV_INFLATE_RAW, data, have + 3);
            }
        }
        dist += 1u << extra;
    }
    assert_int_equal(dist, 32769);
}

/* Verifies: NEV-IO-232 (symbols that exist only to complete the fixed code; block type 3) */
static void test_fixed_forbidden(void **state)
{
    unsigned symbol;

    (void)state;
    for (symbol = 286; symbol < 288; symbol++) {
        b.len = 0;
        put_block(&b, 1, 1);
        put_fixed(&b, 'a');
        put_fixed(&b, symbol);
        put(&b, 0, 32);
        refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
    }
    for (symbol = 30; symbol < 32; symbol++) {
        b.len = 0;
        put_block(&b, 1, 1);
        put_fixed(&b, 'a');
        put_fixed(&b, 257);
        put_code(&b, symbol, 5);
        put(&b, 0, 32);
        refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
    }
    b.len = 0;
    put_block(&b, 1, 3);
    put(&b, 0, 32);
    refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
}

/* The code lengths of a dynamic block, each sent as itself with 4 bits; or, for runs, by the caller. */
struct dynamic {
    uint8_t litlen[286], dist[30];
    unsigned hlit, hdist;
};

/* Sends a header whose code length code gives 16 symbols (0..15) four bits each: complete, code = symbol. */
static void put_dynamic(struct bits *to, const struct dynamic *d)
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
static struct dynamic staircase(void)
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

/* Verifies: NEV-IO-233 (codes of every length from 1 to 15; no distance code at all; one distance of one bit)
 */
static void test_dynamic(void **state)
{
    struct dynamic d = staircase();
    unsigned i, round;

    (void)state;
    b.len = 0;
    put_dynamic(&b, &d);
    for (round = 0; round < 40; round++) {
        for (i = 0; i < 14; i++) {
            put_code(&b, (1u << (i + 1)) - 2, i + 1);
            data[15 * round + i] = (uint8_t)('a' + i);
        }
        put_code(&b, 0x7FFE, 15);
        data[15 * round + 14] = 'z';
    }
    put_code(&b, 0x7FFF, 15);
    expect(&b, NEV_INFLATE_RAW, data, 15 * 40);

    memset(&d, 0, sizeof d);
    d.hlit = 258;
    d.hdist = 2;
    d.litlen['x'] = 1;
    d.litlen[256] = d.litlen[257] = 2;
    d.dist[1] = 1; /* distance 2, code 0; code 1 is none */
    for (i = 0; i < 2; i++) {
        b.len = 0;
        put_dynamic(&b, &d);
        put_code(&b, 0, 1);
        put_code(&b, 0, 1);
        put_code(&b, 3, 2);
        put_code(&b, i, 1);
        put_code(&b, 2, 2);
        put(&b, 0, 32);
        if (i == 1) {
            refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
        }
    }
    b.len = 0;
    put_dynamic(&b, &d);
    put_code(&b, 0, 1);
    put_code(&b, 0, 1);
    put_code(&b, 3, 2);
    put_code(&b, 0, 1);
    put_code(&b, 2, 2);
    expect(&b, NEV_INFLATE_RAW, "xxxxx", 5);
    memset(d.dist, 0, sizeof d.dist); /* none, but a match wants one */
    b.len = 0;
    put_dynamic(&b, &d);
    put_code(&b, 0, 1);
    put_code(&b, 3, 2);
    put(&b, 0, 32);
    refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
}

/* Verifies: NEV-IO-234 (over-subscribed and incomplete codes of each kind; no end of block; too many symbols)
 */
static void test_bad_codes(void **state)
{
    struct dynamic d;
    unsigned i;

    (void)state;
    d = staircase();
    d.litlen['y'] = 15; /* one code too many */
    b.len = 0;
    put_dynamic(&b, &d);
    refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
    d = staircase();
    d.litlen['z'] = 0; /* one too few */
    b.len = 0;
    put_dynamic(&b, &d);
    refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
    d = staircase();
    d.litlen[256] = 0;
    d.litlen['y'] = 15;
    b.len = 0;
    put_dynamic(&b, &d);
    refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
    for (i = 1; i <= 2; i++) { /* distances: one code of two bits; three of one bit */
        d = staircase();
        d.hdist = 3;
        d.dist[0] = d.dist[1] = d.dist[2] = i == 2;
        d.dist[0] = i == 1 ? 2 : 1;
        b.len = 0;
        put_dynamic(&b, &d);
        refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
    }
    for (i = 0; i < 4;
         i++) { /* the code length code: none; one of two bits; three of one bit; one of one bit */
        b.len = 0;
        put_block(&b, 1, 2);
        put(&b, 0, 5 + 5);
        put(&b, 0, 4);
        put(&b, i == 1 ? 2 : i >= 2 ? 1 : 0, 3);
        put(&b, i == 2 ? 1 : 0, 3);
        put(&b, i == 2 ? 1 : 0, 3);
        put(&b, 0, 3 + 32);
        refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
    }
    for (i = 0; i < 4; i++) { /* HLIT of 287 and 288, HDIST of 31 and 32 */
        b.len = 0;
        put_block(&b, 1, 2);
        put(&b, i < 2 ? 30 + i : 0, 5);
        put(&b, i < 2 ? 0 : 28 + i, 5);
        put(&b, 0, 4 + 64);
        refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
    }
}

/* A dynamic header with codes for 0 (1 bit: 0), 16 (10), 17 (110), 18 (111), to play with runs of lengths. */
static void put_runs_header(void)
{
    b.len = 0;
    put_block(&b, 1, 2);
    put(&b, 0, 5 + 5);
    put(&b, 0, 4);
    put(&b, 2, 3); /* 16 */
    put(&b, 3, 3); /* 17 */
    put(&b, 3, 3); /* 18 */
    put(&b, 1, 3); /* 0 */
}

/* Verifies: NEV-IO-234 (a repeat before the first length; runs of each kind beyond the last) */
static void test_bad_runs(void **state)
{
    unsigned i;

    (void)state;
    put_runs_header();
    put_code(&b, 2, 2);
    put(&b, 0, 2 + 64);
    refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
    for (i = 0; i < 3;
         i++) { /* 258 lengths are announced: 138 + 117 + 3 fit, a run more or one longer does not */
        put_runs_header();
        put_code(&b, 7, 3);
        put(&b, 127, 7);
        put_code(&b, 7, 3);
        put(&b, 117 - 11 + (i == 2), 7);
        put_code(&b, i == 0 ? 2 : 6, i == 0 ? 2 : 3);
        put(&b, i == 2 ? 0 : 1, i == 0 ? 2 : 3);
        put(&b, 0, 64);
        refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
    }
}

/* zlib around one stored block. */
static void put_zlib(unsigned cmf, unsigned flg, const char *text, uint32_t adler)
{
    b.len = 0;
    put(&b, cmf, 8);
    put(&b, flg + (31 - (cmf * 256 + flg) % 31) % 31, 8);
    put_stored(&b, 1, text, (unsigned)strlen(text));
    put(&b, adler >> 24, 8);
    put(&b, adler >> 16 & 255, 8);
    put(&b, adler >> 8 & 255, 8);
    put(&b, adler & 255, 8);
}

/* Verifies: NEV-IO-235 (the zlib header's fields, the Adler-32 of RFC 1950, the window the header states) */
static void test_zlib(void **state)
{
    uint32_t adler = nev_adler32(NEV_ADLER32_START, "Wikipedia", 9);
    unsigned i, window;

    (void)state;
    assert_int_equal(adler, 0x11E60398); /* a published example; 1 + the sum of the bytes is 0x398 */
    put_zlib(0x78, 0, "Wikipedia", adler);
    expect(&b, NEV_INFLATE_ZLIB, "Wikipedia", 9);
    put_zlib(0x78, 0xC0, "Wikipedia", adler);
    expect(&b, NEV_INFLATE_ZLIB, "Wikipedia", 9);
    put_zlib(0x78, 0, "Wikipedia", adler ^ 1);
    refuse(&b, NEV_INFLATE_ZLIB, NEV_ERR_CHECKSUM);
    put_zlib(0x78, 0, "Wikipedia", adler);
    b.bytes[1] ^= 1; /* the check bits */
    refuse(&b, NEV_INFLATE_ZLIB, NEV_ERR_FORMAT);
    put_zlib(0x79, 0, "Wikipedia", adler);
    refuse(&b, NEV_INFLATE_ZLIB, NEV_ERR_FORMAT);
    put_zlib(0x88, 0, "Wikipedia", adler);
    refuse(&b, NEV_INFLATE_ZLIB, NEV_ERR_FORMAT);
    put_zlib(0x78, 0x20, "Wikipedia", adler);
    refuse(&b, NEV_INFLATE_ZLIB, NEV_ERR_UNSUPPORTED);
    for (window = 256, i = 0; i < 8; i++, window *= 2) {
        unsigned dist;

        memset(data, 'q', window + 10);
        /* Distance symbols 16, 18, ... start at window + 1; the one before ends at window. */
        for (dist = window; dist <= window + (window < 32768); dist++) {
            b.len = 0;
            put(&b, 0x08 | i << 4, 8);
            put(&b, 31 - (0x08 | i << 4) * 256 % 31, 8);
            put_stored(&b, 0, data, window + 1);
            put_block(&b, 1, 1);
            put_fixed(&b, 257);
            put_code(&b, dist == window ? 15 + 2 * i : 16 + 2 * i, 5);
            put(&b, dist == window ? 0xFFFF : 0, dist == window ? 6 + i : 7 + i);
            put_fixed(&b, 256);
            adler = nev_adler32(NEV_ADLER32_START, data, window + 4);
            put(&b, 0, (unsigned)(-b.len % 8));
            put(&b, adler >> 24, 8);
            put(&b, adler >> 16 & 255, 8);
            put(&b, adler >> 8 & 255, 8);
            put(&b, adler & 255, 8);
            if (dist == window) {
                expect(&b, NEV_INFLATE_ZLIB, data, window + 4);
            } else {
                refuse(&b, NEV_INFLATE_ZLIB, NEV_ERR_FORMAT);
            }
        }
    }
}

/* Verifies: NEV-IO-235 (the sum by its definition, in any pieces; the largest run without a reduction) */
static void test_adler32(void **state)
{
    uint64_t n = 5552;
    uint32_t a = 1, s = 0, whole;
    size_t i, cut;

    (void)state;
    assert_true(255 * n * (n + 1) / 2 + (n + 1) * 65520 <= UINT32_MAX);
    n++;
    assert_true(255 * n * (n + 1) / 2 + (n + 1) * 65520 > UINT32_MAX);
    memset(data, 0xFF, sizeof data);
    for (i = 0; i < sizeof data; i++) {
        a = (a + data[i]) % 65521;
        s = (s + a) % 65521;
    }
    whole = nev_adler32(NEV_ADLER32_START, data, sizeof data);
    assert_int_equal(whole, s << 16 | a);
    for (cut = 0; cut <= sizeof data; cut += 5003) {
        assert_int_equal(
            nev_adler32(nev_adler32(NEV_ADLER32_START, data, cut), data + cut, sizeof data - cut), whole);
    }
}

/* A stream with every block type, as zlib: 15 * 3 + 5 + 6 bytes. */
static size_t make_mixed(void)
{
    static const char text[] = "stored";
    struct dynamic d = staircase();
    size_t at = 0;
    uint32_t adler;
    unsigned i, round;

    b.len = 0;
    put(&b, 0x78, 8);
    put(&b, 0x01, 8);
    put_stored(&b, 0, text, 6);
    memcpy(data, text, 6);
    at = 6;
    put_block(&b, 0, 1);
    put_fixed(&b, 'n');
    put_fixed(&b, 258); /* 4 bytes from distance 1 */
    put_code(&b, 0, 5);
    put_fixed(&b, 256);
    memset(data + at, 'n', 5);
    at += 5;
    put_dynamic(&b, &d);
    for (round = 0; round < 3; round++) {
        for (i = 0; i < 14; i++) {
            put_code(&b, (1u << (i + 1)) - 2, i + 1);
            data[at++] = (uint8_t)('a' + i);
        }
    }
    put_code(&b, 0x7FFF, 15);
    put(&b, 0, (unsigned)(-b.len % 8));
    adler = nev_adler32(NEV_ADLER32_START, data, at);
    put(&b, adler >> 24, 8);
    put(&b, adler >> 16 & 255, 8);
    put(&b, adler >> 8 & 255, 8);
    put(&b, adler & 255, 8);
    return at;
}

/* Verifies: NEV-IO-236 (truncation at every byte; every room from none to exact; bytes after the end) */
static void test_bounds(void **state)
{
    size_t n = make_mixed(), bytes = b.len / 8, i;
    struct result r;

    (void)state;
    expect(&b, NEV_INFLATE_ZLIB, data, n);
    for (i = 0; i < bytes; i++) {
        r = inflate(b.bytes, i, NEV_INFLATE_ZLIB, n);
        assert_int_equal(r.status, NEV_ERR_TRUNCATED);
        free(r.out);
    }
    for (i = 0; i < n; i++) {
        r = inflate(b.bytes, bytes, NEV_INFLATE_ZLIB, i);
        assert_int_equal(r.status, NEV_ERR_LIMIT);
        free(r.out);
    }
    put(&b, 0x55, 8);
    r = inflate(b.bytes, bytes + 1, NEV_INFLATE_ZLIB, n + 5);
    assert_int_equal(r.status, NEV_OK);
    assert_int_equal(r.in_used, bytes);
    assert_int_equal(r.out_used, n);
    free(r.out);
}

/* Verifies: NEV-IO-236 (no changed bit of a zlib stream passes for the data; none is a fault) */
static void test_flipped_bits(void **state)
{
    size_t n = make_mixed(), bits = b.len, i;

    (void)state;
    for (i = 0; i < bits; i++) {
        struct result r;

        b.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        r = inflate(b.bytes, bits / 8, NEV_INFLATE_ZLIB, n);
        if (r.status == NEV_OK) { /* FLEVEL, padding bits: then the data are the same */
            assert_memory_equal(r.out, data, n);
        }
        free(r.out);
        b.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    }
}

struct pieces {
    const uint8_t *at;
    size_t left, size;
    bool is_empty_next;
};

static bool next_piece(void *ctx, const uint8_t **piece, size_t *piece_bytes)
{
    struct pieces *p = ctx;

    if (p->left == 0) {
        return false;
    }
    p->is_empty_next = !p->is_empty_next;
    *piece = p->at;
    *piece_bytes = p->is_empty_next ? 0 : p->left < p->size ? p->left : p->size;
    p->at += *piece_bytes;
    p->left -= *piece_bytes;
    return true;
}

/* Verifies: NEV-IO-237 (pieces of every size, with empty ones between, give the bytes of the whole) */
static void test_pieces(void **state)
{
    size_t n = make_mixed(), bytes = b.len / 8, size, in_used, out_used;
    uint8_t out[128];
    struct nev_inflate *work = malloc(sizeof *work);

    (void)state;
    assert_non_null(work);
    for (size = 1; size <= bytes; size++) {
        struct pieces p = {b.bytes, bytes, size, false};
        struct nev_inflate_input in = {NULL, 0, next_piece, &p};

        assert_int_equal(nev_inflate(work, NEV_INFLATE_ZLIB, &in, out, n, &in_used, &out_used, NULL), NEV_OK);
        assert_int_equal(in_used, bytes);
        assert_int_equal(out_used, n);
        assert_memory_equal(out, data, n);
    }
    free(work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stored),          cmocka_unit_test(test_fixed_lengths),
        cmocka_unit_test(test_fixed_distances), cmocka_unit_test(test_fixed_forbidden),
        cmocka_unit_test(test_dynamic),         cmocka_unit_test(test_bad_codes),
        cmocka_unit_test(test_bad_runs),        cmocka_unit_test(test_zlib),
        cmocka_unit_test(test_adler32),         cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_flipped_bits),    cmocka_unit_test(test_pieces),
    };

    return cmocka_run_group_tests_name("inflate", tests, NULL, NULL);
}
