/* SPDX-License-Identifier: MIT */
#include "io/inflate.h"

#include <string.h>

#include "io/adler32.h"
#include "nn/base/bytes.h"

#define END_OF_BLOCK  256
#define WINDOW_MAX    32768u /* RFC 1951, section 2 */
#define LITLEN_MAX    286u   /* of a dynamic block; 286 and 287 exist in the fixed code only to complete it */
#define DIST_MAX      30u
#define NO_SYMBOL     (-1)
#define REPEAT_FIRST  16 /* the code length alphabet's: 16 previous, 17 and 18 zeros */
#define ORDER_LEN     19u
#define LENGTH_LEN    29
#define DIST_BASE_LEN 30

/* RFC 1951, section 3.2.5; the tests decode every entry at both ends of its extra bits. */
static const uint16_t length_base[LENGTH_LEN] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                                 15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                                 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra[LENGTH_LEN] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t dist_base[DIST_BASE_LEN] = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
    193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
/* RFC 1951, section 3.2.7: the order in which the lengths of the code length code are sent. */
static const uint8_t order[ORDER_LEN] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

struct stream {
    const uint8_t *piece; /* the one in hand */
    size_t pos, end;      /* how far it is read, and how far it goes */
    const struct nev_inflate_input *in;
    uint64_t taken; /* bytes moved into hold, over all pieces */
    uint64_t hold;  /* the next bits, lowest first */
    unsigned bits;  /* how many of them count */
    uint8_t *out;
    size_t out_bytes, used;
    size_t window;
    enum nev_status status; /* NEV_OK until the first failure */
    const char *what;
};

static bool refuse(struct stream *s, enum nev_status status, const char *what)
{
    s->status = status;
    s->what = what;
    return false;
}

static bool refuse_end(struct stream *s)
{
    return refuse(s, NEV_ERR_TRUNCATED, "the compressed data end early; the file is cut off, copy it again");
}

/* Afterwards pos < end, or there is no more. Pieces may be empty. */
static void next_piece(struct stream *s)
{
    while (s->pos >= s->end && s->in->next != NULL) {
        s->pos = s->end = 0;
        if (!s->in->next(s->in->ctx, &s->piece, &s->end)) {
            s->end = 0;
            return;
        }
    }
}

/* Afterwards at least 56 bits count, or all that are left. */
static void refill(struct stream *s)
{
    if (s->end - s->pos >= 8) {
        unsigned n = (63 - s->bits) >> 3;

        /* Bits above s->bits may now be set too: they are those of the byte that comes next anyway. */
        s->hold |= nev_load_u64le(s->piece + s->pos) << s->bits;
        s->pos += n;
        s->taken += n;
        s->bits |= 56; /* which is bits + 8 n, as n = 7 - bits / 8 */
        return;
    }
    while (s->bits < 56) {
        next_piece(s);
        if (s->pos >= s->end) {
            return;
        }
        s->hold |= (uint64_t)s->piece[s->pos++] << s->bits;
        s->taken++;
        s->bits += 8;
    }
}

static void drop(struct stream *s, unsigned n)
{
    s->hold >>= n;
    s->bits -= n;
}

/* The rest of a byte that has been begun. */
static void drop_to_byte(struct stream *s)
{
    s->hold >>= s->bits & 7;
    s->bits &= ~7u;
}

/* n <= 16; false when the input ends. */
static bool take(struct stream *s, unsigned n, uint32_t *value)
{
    //@ split n;
    if (s->bits < n) {
        refill(s);
        if (s->bits < n) {
            return refuse_end(s);
        }
    }
    *value = (uint32_t)(s->hold & ((1u << n) - 1));
    drop(s, n);
    return true;
}

static unsigned reverse(unsigned code, unsigned len)
{
    unsigned r = 0;

    for (; len > 0; len--) {
        r = r << 1 | (code & 1);
        code >>= 1;
    }
    return r;
}

/* Counts the codes of each length; false if they cannot be told apart or leave unused bits where they may
 * not. */
static bool count_codes(struct nev_inflate_code *c, const uint8_t *lengths, unsigned len, bool may_be_short)
{
    unsigned i, bits, used = 0;
    int left = 1; /* codes still free at this length */

    memset(c->count, 0, sizeof c->count);
    for (i = 0; i < len; i++) {
        c->count[lengths[i]]++;
    }
    c->count[0] = 0;
    c->longest = 0;
    //@ loop unroll NEV_INFLATE_BITS_MAX;
    for (bits = 1; bits <= NEV_INFLATE_BITS_MAX; bits++) {
        left = 2 * left - (int)c->count[bits];
        if (left < 0) {
            return false;
        }
        if (c->count[bits] != 0) {
            used += c->count[bits];
            c->longest = bits;
        }
    }
    /* One distance, or none, needs no complete code (RFC 1951, section 3.2.7); encoders send a lone length
     * too. */
    return left == 0 || (may_be_short && used <= 1 && c->longest <= 1);
}

static bool build(struct nev_inflate_code *c, const uint8_t *lengths, unsigned len, bool may_be_short)
{
    uint16_t place[NEV_INFLATE_BITS_MAX + 2] = {0};
    unsigned bits, i, index = 0, code = 0;

    if (!count_codes(c, lengths, len, may_be_short)) {
        return false;
    }
    //@ loop unroll NEV_INFLATE_BITS_MAX;
    for (bits = 1; bits <= NEV_INFLATE_BITS_MAX; bits++) {
        place[bits + 1] = (uint16_t)(place[bits] + c->count[bits]);
    }
    for (i = 0; i < len; i++) {
        unsigned at = place[lengths[i]]++;

        if (lengths[i] != 0 && at < NEV_INFLATE_SYMBOLS_MAX) { /* the counts add up to len at most */
            c->symbol[at] = (uint16_t)i;
        }
    }
    memset(c->fast, 0, sizeof c->fast);
    for (bits = 1; bits <= NEV_INFLATE_FAST_BITS; bits++) {
        for (i = 0; i < c->count[bits] && index < NEV_INFLATE_SYMBOLS_MAX; i++, code++, index++) {
            unsigned at = reverse(code, bits);

            for (; at < 1u << NEV_INFLATE_FAST_BITS; at += 1u << bits) {
                c->fast[at] = (uint16_t)((unsigned)c->symbol[index] << 4 | bits);
            }
        }
        code <<= 1;
    }
    return true;
}

/* The canonical walk: one bit at a time, for codes longer than the table and for what is no code. */
static int decode_slow(struct stream *s, const struct nev_inflate_code *c)
{
    unsigned len, code = 0, first = 0, index = 0;

    //@ loop unroll NEV_INFLATE_BITS_MAX;
    for (len = 1; len <= NEV_INFLATE_BITS_MAX && len <= c->longest; len++) {
        unsigned count = c->count[len], at;

        //@ split len;
        if (len > s->bits) {
            refuse_end(s);
            return NO_SYMBOL;
        }
        code = code << 1 | (unsigned)(s->hold >> (len - 1) & 1);
        at = index + (code - first);
        if (code - first < count && at < NEV_INFLATE_SYMBOLS_MAX) {
            drop(s, len);
            return c->symbol[at];
        }
        index += count;
        first = (first + count) << 1;
    }
    refuse(s, NEV_ERR_FORMAT, "the compressed data hold bits that are no Huffman code; the file is damaged");
    return NO_SYMBOL;
}

/* The caller has refilled. */
static int decode(struct stream *s, const struct nev_inflate_code *c)
{
    unsigned entry = c->fast[s->hold & ((1u << NEV_INFLATE_FAST_BITS) - 1)];
    unsigned len = entry & 15;

    //@ split len;
    if (entry == 0 || len > s->bits) {
        return decode_slow(s, c);
    }
    drop(s, len);
    return (int)(entry >> 4);
}

/* The lengths of the two codes of a dynamic block, themselves coded with s's litlen code. */
static bool read_lengths(struct stream *s, const struct nev_inflate_code *c, uint8_t *lengths, unsigned len)
{
    unsigned i = 0;

    while (i < len) {
        uint32_t extra = 0;
        unsigned run;
        uint8_t value = 0;
        int sym;

        refill(s);
        sym = decode(s, c);
        if (sym == NO_SYMBOL) {
            return false;
        }
        if (sym < REPEAT_FIRST) {
            lengths[i++] = (uint8_t)sym;
            continue;
        }
        if (!take(s, sym == 16 ? 2 : sym == 17 ? 3 : 7, &extra)) {
            return false;
        }
        run = extra + (sym == 18 ? 11 : 3);
        if (sym == 16) {
            if (i == 0) {
                return refuse(s, NEV_ERR_FORMAT, "a compressed block repeats a code length before the first");
            }
            value = lengths[i - 1];
        }
        if (run > len - i) {
            return refuse(s, NEV_ERR_FORMAT, "a compressed block has more code lengths than it announced");
        }
        for (; run > 0 && i < len; run--) {
            lengths[i++] = value;
        }
    }
    return true;
}

static bool read_dynamic_codes(struct stream *s, struct nev_inflate *w)
{
    uint32_t hlit = 0, hdist = 0, hclen = 0, value = 0;
    unsigned i;

    w->is_fixed = false;
    if (!take(s, 5, &hlit) || !take(s, 5, &hdist) || !take(s, 4, &hclen)) {
        return false;
    }
    hlit += 257;
    hdist += 1;
    hclen += 4;
    if (hlit > LITLEN_MAX || hdist > DIST_MAX) {
        return refuse(s, NEV_ERR_FORMAT, "a compressed block announces too many lengths or distances");
    }
    memset(w->lengths, 0, sizeof w->lengths);
    for (i = 0; i < hclen; i++) {
        if (!take(s, 3, &value)) {
            return false;
        }
        w->lengths[order[i]] = (uint8_t)value;
    }
    if (!build(&w->litlen, w->lengths, ORDER_LEN, false)) {
        return refuse(s, NEV_ERR_FORMAT, "a compressed block's code length code is no complete prefix code");
    }
    /* Bounds: hlit + hdist <= 316 <= sizeof w->lengths. */
    if (!read_lengths(s, &w->litlen, w->lengths, hlit + hdist)) {
        return false;
    }
    if (w->lengths[END_OF_BLOCK] == 0) {
        return refuse(s, NEV_ERR_FORMAT, "a compressed block has no code for its own end");
    }
    if (!build(&w->litlen, w->lengths, hlit, true)) {
        return refuse(s, NEV_ERR_FORMAT, "a compressed block's literal code is no complete prefix code");
    }
    if (!build(&w->dist, w->lengths + hlit, hdist, true)) {
        return refuse(s, NEV_ERR_FORMAT, "a compressed block's distance code is no complete prefix code");
    }
    return true;
}

/* RFC 1951, section 3.2.6. */
static void make_fixed_codes(struct nev_inflate *w)
{
    if (w->is_fixed) {
        return;
    }
    memset(w->lengths, 8, 144);
    memset(w->lengths + 144, 9, 112);
    memset(w->lengths + 256, 7, 24);
    memset(w->lengths + 280, 8, 8);
    memset(w->lengths + 288, 5, 32);
    /* Both codes are complete, so neither call fails. */
    w->is_fixed = build(&w->litlen, w->lengths, 288, false) && build(&w->dist, w->lengths + 288, 32, false);
}

static bool copy_match(struct stream *s, size_t len, size_t dist)
{
    size_t used = s->used, from, i;

    //@ split used;
    if (dist > used || dist > s->window) {
        return refuse(s, NEV_ERR_FORMAT,
                      "the compressed data refer to bytes before their beginning or window");
    }
    from = used - dist;
    if (len > s->out_bytes - used) {
        return refuse(s, NEV_ERR_LIMIT, "the compressed data hold more bytes than they may");
    }
    s->used = used + len;
    if (dist >= len) {
        memmove(s->out + used, s->out + from, len);
        return true;
    }
    for (i = 0; i < len; i++) {
        s->out[used + i] = s->out[from + i];
    }
    return true;
}

/* The match that starts with length symbol sym. Bounds: 15 + 5 + 15 + 13 bits at most, which a refill covers.
 */
static bool read_match(struct stream *s, const struct nev_inflate *w, int sym)
{
    uint32_t extra = 0;
    size_t len;
    int at = sym - END_OF_BLOCK - 1, d;

    if (at >= LENGTH_LEN) {
        return refuse(s, NEV_ERR_FORMAT, "the compressed data use a length symbol that does not exist");
    }
    if (!take(s, length_extra[at], &extra)) {
        return false;
    }
    len = (size_t)length_base[at] + extra;
    d = decode(s, &w->dist);
    if (d == NO_SYMBOL) {
        return false;
    }
    if (d >= DIST_BASE_LEN) {
        return refuse(s, NEV_ERR_FORMAT, "the compressed data use a distance symbol that does not exist");
    }
    if (!take(s, d < 4 ? 0u : (unsigned)d / 2 - 1, &extra)) {
        return false;
    }
    return copy_match(s, len, (size_t)dist_base[d] + extra);
}

static bool read_coded(struct stream *s, const struct nev_inflate *w)
{
    for (;;) {
        int sym;

        if (s->bits < 48) {
            refill(s);
        }
        sym = decode(s, &w->litlen);
        if (sym == NO_SYMBOL) {
            return false;
        }
        if (sym == END_OF_BLOCK) {
            return true;
        }
        if (sym > END_OF_BLOCK) {
            if (!read_match(s, w, sym)) {
                return false;
            }
            continue;
        }
        if (s->used >= s->out_bytes) {
            return refuse(s, NEV_ERR_LIMIT, "the compressed data hold more bytes than they may");
        }
        s->out[s->used++] = (uint8_t)sym;
    }
}

static bool read_stored(struct stream *s)
{
    uint32_t len = 0, check = 0;
    size_t end;

    drop_to_byte(s);
    if (!take(s, 16, &len) || !take(s, 16, &check)) {
        return false;
    }
    if (len != (check ^ 0xFFFF)) {
        return refuse(s, NEV_ERR_FORMAT, "a stored block's length and its complement disagree");
    }
    end = s->used + len;
    if (end > s->out_bytes) {
        return refuse(s, NEV_ERR_LIMIT, "the compressed data hold more bytes than they may");
    }
    while (s->used < end && s->bits >= 8) {
        s->out[s->used++] = (uint8_t)s->hold;
        drop(s, 8);
    }
    if (s->bits == 0) {
        s->hold = 0; /* bits above s->bits may be set, and the pieces are now read past them */
    }
    while (s->used < end) {
        next_piece(s);
        if (s->pos >= s->end) {
            return refuse_end(s);
        }
        s->out[s->used++] = s->piece[s->pos++];
        s->taken++;
    }
    return true;
}

static bool read_blocks(struct stream *s, struct nev_inflate *w)
{
    uint32_t is_last = 0, type = 0;

    do {
        bool ok;

        if (!take(s, 1, &is_last) || !take(s, 2, &type)) {
            return false;
        }
        if (type == 0) {
            ok = read_stored(s);
        } else if (type == 1) {
            make_fixed_codes(w);
            ok = read_coded(s, w);
        } else if (type == 2) {
            ok = read_dynamic_codes(s, w) && read_coded(s, w);
        } else {
            ok = refuse(s, NEV_ERR_FORMAT,
                        "a compressed block is of the reserved type 3; the file is damaged");
        }
        if (!ok) {
            return false;
        }
    } while (is_last == 0);
    return true;
}

/* RFC 1950, section 2.2. */
static bool read_zlib_header(struct stream *s)
{
    uint32_t cmf = 0, flg = 0;

    if (!take(s, 8, &cmf) || !take(s, 8, &flg)) {
        return false;
    }
    if ((cmf << 8 | flg) % 31 != 0) {
        return refuse(s, NEV_ERR_FORMAT, "the zlib header's check bits are wrong; the file is damaged");
    }
    if ((cmf & 15) != 8 || cmf >> 4 > 7) {
        return refuse(s, NEV_ERR_FORMAT, "the zlib header names no compression method that exists");
    }
    if ((flg & 0x20) != 0) {
        return refuse(s, NEV_ERR_UNSUPPORTED, "the zlib stream needs a preset dictionary, which nobody has");
    }
    s->window = (size_t)1 << ((cmf >> 4) + 8);
    return true;
}

static bool read_zlib_check(struct stream *s)
{
    uint32_t stated = 0, byte = 0;
    int i;

    drop_to_byte(s);
    for (i = 0; i < 4; i++) {
        if (!take(s, 8, &byte)) {
            return false;
        }
        stated = stated << 8 | byte;
    }
    if (stated != nev_adler32(NEV_ADLER32_START, s->out, s->used)) {
        return refuse(s, NEV_ERR_CHECKSUM,
                      "the Adler-32 of the decompressed bytes is wrong; the file is damaged");
    }
    return true;
}

enum nev_status nev_inflate(struct nev_inflate *work, enum nev_inflate_wrap wrap,
                            const struct nev_inflate_input *in, uint8_t *out, size_t out_bytes,
                            size_t *in_used, size_t *out_used, struct nev_error *err)
{
    struct stream s = {0};
    bool is_zlib = wrap == NEV_INFLATE_ZLIB;

    s.in = in;
    s.piece = in->piece;
    s.end = in->piece_bytes;
    s.out = out;
    s.out_bytes = out_bytes;
    s.window = WINDOW_MAX;
    s.status = NEV_OK;
    work->is_fixed = false;
    *in_used = 0;
    *out_used = 0;
    if ((is_zlib && !read_zlib_header(&s)) || !read_blocks(&s, work) || (is_zlib && !read_zlib_check(&s))) {
        if (out_bytes > 0) {
            memset(out, 0, out_bytes);
        }
        return nev_fail(err, s.status, s.taken - s.bits / 8, is_zlib ? "zlib" : "deflate", s.what);
    }
    *in_used = (size_t)(s.taken - s.bits / 8);
    *out_used = s.used;
    return NEV_OK;
}
