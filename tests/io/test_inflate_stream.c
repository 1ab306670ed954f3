/* SPDX-License-Identifier: MIT */
/* io/inflate.c as a whole: the zlib wrapper, ends and edges, pieces; and io/adler32.c. */
#include "tests/io/bits.h"

#include "io/adler32.h"

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
        cmocka_unit_test(test_zlib),         cmocka_unit_test(test_adler32), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_flipped_bits), cmocka_unit_test(test_pieces),
    };

    return cmocka_run_group_tests_name("inflate_stream", tests, NULL, NULL);
}
