/* SPDX-License-Identifier: MIT */
#include "io/deflate.h"

#include <string.h>

#include "io/adler32.h"
#include "nn/base/bytes.h"
#include "nn/base/size.h"

#define END_OF_BLOCK  256u
#define MATCH_MIN     3u
#define MATCH_MAX     258u
#define CHAIN_MAX     32u /* candidates looked at for one match */
#define STORED_MAX    65535u
#define LITLEN_BITS   15u
#define HEADER_BITS   7u
#define MATCH_FLAG    0x80000000u /* a token: a literal, or this with length - 3 and distance - 1 */
#define ZLIB_HEADER   0x7801u     /* 32 KiB window, no dictionary, fastest level; a multiple of 31 */
#define WRAPPER_BYTES 6u          /* that, and the Adler-32 */

/* RFC 1951, section 3.2.7. */
static const uint8_t order[NEV_DEFLATE_HEADER] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                  11, 4,  12, 3, 13, 2, 14, 1, 15};

struct sink {
    uint8_t *at;
    uint64_t hold;
    unsigned bits;
};

/* n <= 16. Room is certain: a block is only written in a form whose size has been compared with storing it.
 */
static void put(struct sink *s, uint32_t value, unsigned n)
{
    s->hold |= (uint64_t)value << s->bits;
    for (s->bits += n; s->bits >= 8; s->bits -= 8) {
        *s->at++ = (uint8_t)s->hold;
        s->hold >>= 8;
    }
}

static void put_symbol(struct sink *s, const struct nev_deflate_code *c, unsigned symbol)
{
    put(s, c->code[symbol], c->bits[symbol]);
}

/* The symbol of a length or distance: counted from 0, its extra bits and how many they are. In both tables of
 * section 3.2.5 a symbol is a number's leading bits (three of a length, two of a distance) and their place.
 */
struct split {
    unsigned symbol, extra_bits;
    uint32_t extra;
};

static struct split split(uint32_t value, unsigned leading)
{
    struct split s = {0, 0, 0};

    while (value >> s.extra_bits >= 1u << leading) {
        s.extra_bits++;
    }
    s.symbol = (s.extra_bits << (leading - 1)) + (value >> s.extra_bits);
    s.extra = value & ((1u << s.extra_bits) - 1);
    return s;
}

static struct split split_length(uint32_t token)
{
    uint32_t value = token >> 15 & 0xFF;

    /* The longest length has a symbol of its own (285). */
    return value == MATCH_MAX - MATCH_MIN ? (struct split){28, 0, 0} : split(value, 3);
}

static struct split split_dist(uint32_t token)
{
    return split(token & 0x7FFF, 2);
}

/* The lightest node that has no parent yet. */
static unsigned lightest(const struct nev_deflate *w, unsigned nodes)
{
    unsigned best = nodes, i;

    for (i = 0; i < nodes; i++) {
        if (w->weight[i] != 0 && w->parent[i] == 0 && (best == nodes || w->weight[i] < w->weight[best])) {
            best = i;
        }
    }
    return best;
}

/* Huffman's tree over the weights; returns its depth and sets each used symbol's. A parent is never node 0.
 */
static unsigned grow_tree(struct nev_deflate *w, uint8_t *bits, unsigned n, unsigned used)
{
    unsigned nodes = n, i, longest = 0;

    memset(w->parent, 0, sizeof w->parent);
    for (i = 1; i < used; i++, nodes++) {
        unsigned a = lightest(w, nodes), b;

        w->parent[a] = (uint16_t)nodes;
        b = lightest(w, nodes);
        w->parent[b] = (uint16_t)nodes;
        w->weight[nodes] = w->weight[a] + w->weight[b];
    }
    for (i = 0; i < n; i++) {
        unsigned depth = 0, at = i;

        for (; w->weight[i] != 0 && w->parent[at] != 0; at = w->parent[at]) {
            depth++;
        }
        bits[i] = (uint8_t)(depth > 255 ? 255 : depth);
        longest = depth > longest ? depth : longest;
    }
    return longest;
}

static void assign_codes(struct nev_deflate_code *c, unsigned n)
{
    unsigned bits, i, k, code = 0;

    for (bits = 1; bits <= LITLEN_BITS; bits++, code <<= 1) {
        for (i = 0; i < n; i++) {
            unsigned reversed = 0;

            if (c->bits[i] != bits) {
                continue;
            }
            for (k = 0; k < bits; k++) {
                reversed |= (code >> k & 1) << (bits - 1 - k);
            }
            c->code[i] = (uint16_t)reversed;
            code++;
        }
    }
}

/*
 * A prefix code for the counts with no code longer than max. Where Huffman's is longer, the counts are
 * halved, halves up, until it is not: equal counts of 286 symbols need 9 bits, of 19 symbols 5.
 */
static void make_code(struct nev_deflate *w, struct nev_deflate_code *c, unsigned n, unsigned max)
{
    unsigned i, used = 0, last = 0;

    memset(w->weight, 0, sizeof w->weight);
    memset(c->bits, 0, sizeof c->bits);
    for (i = 0; i < n; i++) {
        w->weight[i] = c->count[i];
        if (c->count[i] != 0) {
            used++;
            last = i;
        }
    }
    if (used == 1) {
        c->bits[last] = 1; /* a lone symbol still takes a bit (3.2.7) */
    }
    while (used > 1 && grow_tree(w, c->bits, n, used) > max) {
        memset(w->weight + n, 0, (2 * NEV_DEFLATE_LITLEN - n) * sizeof *w->weight);
        for (i = 0; i < n; i++) {
            w->weight[i] = w->weight[i] / 2 + (w->weight[i] & 1);
        }
    }
    assign_codes(c, n);
}

/* RFC 1951, section 3.2.6. */
static void make_fixed_codes(struct nev_deflate *w)
{
    memset(w->fixed_litlen.bits, 8, 144);
    memset(w->fixed_litlen.bits + 144, 9, 112);
    memset(w->fixed_litlen.bits + 256, 7, 24);
    memset(w->fixed_litlen.bits + 280, 8, 8);
    memset(w->fixed_dist.bits, 5, NEV_DEFLATE_DIST);
    assign_codes(&w->fixed_litlen, NEV_DEFLATE_LITLEN + 2);
    assign_codes(&w->fixed_dist, NEV_DEFLATE_DIST);
}

static void count_tokens(struct nev_deflate *w)
{
    uint32_t i;

    memset(w->litlen.count, 0, sizeof w->litlen.count);
    memset(w->dist.count, 0, sizeof w->dist.count);
    for (i = 0; i < w->tokens; i++) {
        if ((w->token[i] & MATCH_FLAG) == 0) {
            w->litlen.count[w->token[i]]++;
        } else {
            w->litlen.count[END_OF_BLOCK + 1 + split_length(w->token[i]).symbol]++;
            w->dist.count[split_dist(w->token[i]).symbol]++;
        }
    }
    w->litlen.count[END_OF_BLOCK] = 1;
}

/* The two codes' lengths as header symbols: runs of zeros (17, 18), repeats (16), or themselves. */
static void make_runs(struct nev_deflate *w)
{
    uint8_t lengths[NEV_DEFLATE_LITLEN + NEV_DEFLATE_DIST];
    unsigned i = 0, n = sizeof lengths;

    memcpy(lengths, w->litlen.bits, NEV_DEFLATE_LITLEN);
    memcpy(lengths + NEV_DEFLATE_LITLEN, w->dist.bits, NEV_DEFLATE_DIST);
    memset(w->header.count, 0, sizeof w->header.count);
    w->runs = 0;
    while (i < n) {
        unsigned same = 1, take = 1, symbol = lengths[i];

        while (i + same < n && lengths[i + same] == lengths[i] && same < 138) {
            same++;
        }
        w->run_extra[w->runs] = 0;
        if (lengths[i] == 0 && same >= 3) {
            take = same;
            symbol = take < 11 ? 17 : 18;
            w->run_extra[w->runs] = (uint8_t)(take - (take < 11 ? 3 : 11));
        } else if (i > 0 && lengths[i] == lengths[i - 1] && same >= 3) {
            take = same < 6 ? same : 6;
            symbol = 16;
            w->run_extra[w->runs] = (uint8_t)(take - 3);
        }
        w->run[w->runs++] = (uint8_t)symbol;
        w->header.count[symbol]++;
        i += take;
    }
}

static unsigned run_bits(unsigned symbol)
{
    return symbol == 16 ? 2 : symbol == 17 ? 3 : symbol == 18 ? 7 : 0;
}

static uint64_t header_cost(const struct nev_deflate *w)
{
    uint64_t bits = 5 + 5 + 4 + 3 * NEV_DEFLATE_HEADER;
    uint32_t i;

    for (i = 0; i < w->runs; i++) {
        bits += w->header.bits[w->run[i]] + run_bits(w->run[i]);
    }
    return bits;
}

static uint64_t body_cost(const struct nev_deflate *w, const struct nev_deflate_code *litlen,
                          const struct nev_deflate_code *dist)
{
    uint64_t bits = litlen->bits[END_OF_BLOCK];
    uint32_t i;

    for (i = 0; i < w->tokens; i++) {
        if ((w->token[i] & MATCH_FLAG) == 0) {
            bits += litlen->bits[w->token[i]];
        } else {
            struct split len = split_length(w->token[i]), d = split_dist(w->token[i]);

            bits += litlen->bits[END_OF_BLOCK + 1 + len.symbol] + len.extra_bits;
            bits += dist->bits[d.symbol] + d.extra_bits;
        }
    }
    return bits;
}

static void put_header(struct sink *s, const struct nev_deflate *w)
{
    uint32_t i;

    put(s, NEV_DEFLATE_LITLEN - 257, 5);
    put(s, NEV_DEFLATE_DIST - 1, 5);
    put(s, NEV_DEFLATE_HEADER - 4, 4);
    for (i = 0; i < NEV_DEFLATE_HEADER; i++) {
        put(s, w->header.bits[order[i]], 3);
    }
    for (i = 0; i < w->runs; i++) {
        put_symbol(s, &w->header, w->run[i]);
        put(s, w->run_extra[i], run_bits(w->run[i]));
    }
}

static void put_body(struct sink *s, const struct nev_deflate *w, const struct nev_deflate_code *litlen,
                     const struct nev_deflate_code *dist)
{
    uint32_t i;

    for (i = 0; i < w->tokens; i++) {
        if ((w->token[i] & MATCH_FLAG) == 0) {
            put_symbol(s, litlen, w->token[i]);
        } else {
            struct split len = split_length(w->token[i]), d = split_dist(w->token[i]);

            put_symbol(s, litlen, END_OF_BLOCK + 1 + len.symbol);
            put(s, len.extra, len.extra_bits);
            put_symbol(s, dist, d.symbol);
            put(s, d.extra, d.extra_bits);
        }
    }
    put_symbol(s, litlen, END_OF_BLOCK);
}

static void put_stored(struct sink *s, const uint8_t *from, size_t bytes, bool is_last)
{
    do {
        uint32_t n = bytes < STORED_MAX ? (uint32_t)bytes : STORED_MAX;

        put(s, is_last && n == bytes, 3); /* type 0 */
        put(s, 0, (8 - s->bits) & 7);
        put(s, n, 16);
        put(s, n ^ 0xFFFF, 16);
        if (n > 0) {
            memcpy(s->at, from, n);
        }
        s->at += n;
        from += n;
        bytes -= n;
    } while (bytes > 0);
}

/* The tokens in hand stand for [from, from + bytes). */
static void put_block(struct sink *s, struct nev_deflate *w, const uint8_t *from, size_t bytes, bool is_last)
{
    uint64_t stored = 8 * ((uint64_t)bytes + 5 * (bytes / STORED_MAX + 1)), fixed, dynamic;

    count_tokens(w);
    make_code(w, &w->litlen, NEV_DEFLATE_LITLEN, LITLEN_BITS);
    make_code(w, &w->dist, NEV_DEFLATE_DIST, LITLEN_BITS);
    make_runs(w);
    make_code(w, &w->header, NEV_DEFLATE_HEADER, HEADER_BITS);
    fixed = 3 + body_cost(w, &w->fixed_litlen, &w->fixed_dist);
    dynamic = 3 + header_cost(w) + body_cost(w, &w->litlen, &w->dist);
    if (stored <= fixed && stored <= dynamic) {
        put_stored(s, from, bytes, is_last);
    } else if (fixed <= dynamic) {
        put(s, is_last ? 3 : 2, 3); /* type 1 */
        put_body(s, w, &w->fixed_litlen, &w->fixed_dist);
    } else {
        put(s, is_last ? 5 : 4, 3); /* type 2 */
        put_header(s, w);
        put_body(s, w, &w->litlen, &w->dist);
    }
    w->tokens = 0;
}

/* Makes position `at` known; returns the candidate before it, + 1. Three bytes must follow. */
static uint32_t remember(struct nev_deflate *w, const uint8_t *in, uint32_t at)
{
    uint32_t three = in[at] | (uint32_t)in[at + 1] << 8 | (uint32_t)in[at + 2] << 16;
    /* Multiplicative hashing by 2^32 divided by the golden ratio; the upper bits mix best. */
    uint32_t *head = &w->head[(uint32_t)(three * 0x9E3779B1u) / (0xFFFFFFFFu / NEV_DEFLATE_HASH_LEN + 1)];
    uint32_t before = *head;

    w->prev[at % NEV_DEFLATE_WINDOW] = before;
    *head = at + 1;
    return before;
}

/* The longest match among the candidates, as a token; 0: none. */
static uint32_t find_match(const struct nev_deflate *w, const uint8_t *in, uint32_t at, uint32_t left,
                           uint32_t candidate)
{
    uint32_t best = MATCH_MIN - 1, token = 0, limit = left < MATCH_MAX ? left : MATCH_MAX, i;

    for (i = 0; i < CHAIN_MAX && candidate != 0 && at - (candidate - 1) <= NEV_DEFLATE_WINDOW; i++) {
        const uint8_t *a = in + at, *b = in + (candidate - 1);
        uint32_t len = 0, next;

        while (len < limit && a[len] == b[len]) {
            len++;
        }
        if (len > best) {
            best = len;
            token = MATCH_FLAG | (len - MATCH_MIN) << 15 | (at - candidate);
        }
        next = w->prev[(candidate - 1) % NEV_DEFLATE_WINDOW];
        if (next >= candidate || best == limit) {
            break; /* what was older has been overwritten */
        }
        candidate = next;
    }
    return token;
}

static void compress(struct nev_deflate *w, struct sink *s, const uint8_t *in, uint32_t bytes)
{
    uint32_t at = 0, start = 0;

    while (at < bytes) {
        uint32_t token = 0, n = 1;

        if (bytes - at >= MATCH_MIN) {
            token = find_match(w, in, at, bytes - at, remember(w, in, at));
        }
        w->token[w->tokens++] = token != 0 ? token : in[at];
        if (token != 0) {
            n = (token >> 15 & 0xFF) + MATCH_MIN;
        }
        for (at++; n > 1; n--, at++) {
            if (bytes - at >= MATCH_MIN) {
                remember(w, in, at);
            }
        }
        if (w->tokens == NEV_DEFLATE_TOKENS_MAX && at < bytes) {
            put_block(s, w, in + start, at - start, false);
            start = at;
        }
    }
    put_block(s, w, bytes > 0 ? in + start : in, bytes - start, true);
}

bool nev_deflate_bound(size_t bytes, size_t *bound)
{
    /* A block holds at least NEV_DEFLATE_TOKENS_MAX bytes, but the last, and is never longer than stored:
     * five bytes for each 65,535, begun or not, and one for the bits before it. */
    size_t blocks = bytes / NEV_DEFLATE_TOKENS_MAX + 1, extra = WRAPPER_BYTES + 11 * blocks;

    return nev_size_add(bytes, extra, bound);
}

enum nev_status nev_deflate_zlib(struct nev_deflate *work, const uint8_t *in, size_t bytes, uint8_t *out,
                                 size_t out_bytes, size_t *written, struct nev_error *err)
{
    struct sink s = {out, 0, 0};
    size_t bound;

    *written = 0;
    if (bytes >= UINT32_MAX || !nev_deflate_bound(bytes, &bound)) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "deflate",
                        "there are 2^32 - 1 bytes or more to compress");
    }
    if (out_bytes < bound) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "out",
                        "the buffer is smaller than nev_deflate_bound asks");
    }
    memset(work->head, 0, sizeof work->head);
    work->tokens = 0;
    make_fixed_codes(work);
    put(&s, ZLIB_HEADER >> 8, 8);
    put(&s, ZLIB_HEADER & 0xFF, 8);
    compress(work, &s, in, (uint32_t)bytes);
    put(&s, 0, (8 - s.bits) & 7);
    nev_store_u32be(s.at, nev_adler32(NEV_ADLER32_START, in, bytes));
    *written = (size_t)(s.at - out) + 4;
    return NEV_OK;
}
