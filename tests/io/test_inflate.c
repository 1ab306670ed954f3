/* SPDX-License-Identifier: MIT */
#include "tests/io/bits.h"

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
    for (i = 0; i < 5;
         i++) { /* HLIT of 287 and 288, HDIST of 31 and 32, all else in order; then all in order */
        d = staircase();
        d.hlit = i < 2 ? 287 + i : 286;
        d.hdist = i == 2 ? 31 : i == 3 ? 32 : 30;
        b.len = 0;
        put_dynamic(&b, &d);
        put_code(&b, 0x7FFF, 15);
        if (i == 4) {
            expect(&b, NEV_INFLATE_RAW, "", 0);
        } else {
            refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
        }
    }
}

/* Verifies: NEV-IO-233 (fixed, dynamic, fixed, dynamic: each block has its own codes) */
static void test_alternating(void **state)
{
    struct dynamic d = staircase();
    unsigned i;

    (void)state;
    b.len = 0;
    for (i = 0; i < 4; i++) {
        size_t start = b.len;

        if (i % 2 == 0) {
            put_block(&b, 0, 1);
            put_fixed(&b, 'f');
            put_fixed(&b, 256);
            continue;
        }
        put_dynamic(&b, &d);
        put_code(&b, 0, 1);
        put_code(&b, 0x7FFF, 15);
        if (i == 1) { /* not the last */
            b.bytes[start / 8] &= (uint8_t) ~(1u << start % 8);
        }
    }
    expect(&b, NEV_INFLATE_RAW, "fafa", 4);
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

/* Verifies: NEV-IO-234 (a run may end just at the last length, not one behind it, the block being right
 * besides) */
static void test_run_ends(void **state)
{
    unsigned hdist;

    (void)state;
    for (hdist = 2; hdist <= 3; hdist++) {
        unsigned i;

        b.len = 0;
        put_block(&b, 1, 2);
        put(&b, 0, 5);
        put(&b, hdist - 1, 5);
        put(&b, 18 - 4, 4); /* up to the symbol 1: 17 and 18 with two bits, 0 with none, 1 with one */
        for (i = 0; i < 18; i++) {
            put(&b, i == 1 || i == 2 ? 2 : i == 17 ? 1 : 0, 3);
        }
        put_code(&b, 3, 2); /* 97 zeros */
        put(&b, 97 - 11, 7);
        put_code(&b, 0, 1); /* 'a': 1 */
        put_code(&b, 3, 2); /* 138 and 20 zeros */
        put(&b, 127, 7);
        put_code(&b, 3, 2);
        put(&b, 20 - 11, 7);
        put_code(&b, 0, 1); /* 256: 1 */
        put_code(&b, 2, 2); /* 3 distances of none */
        put(&b, 0, 3);
        put(&b, 2, 2); /* 'a', end */
        if (hdist == 3) {
            expect(&b, NEV_INFLATE_RAW, "a", 1);
        } else {
            refuse(&b, NEV_INFLATE_RAW, NEV_ERR_FORMAT);
        }
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stored),          cmocka_unit_test(test_fixed_lengths),
        cmocka_unit_test(test_fixed_distances), cmocka_unit_test(test_fixed_forbidden),
        cmocka_unit_test(test_dynamic),         cmocka_unit_test(test_bad_codes),
        cmocka_unit_test(test_alternating),     cmocka_unit_test(test_run_ends),
        cmocka_unit_test(test_bad_runs),
    };

    return cmocka_run_group_tests_name("inflate", tests, NULL, NULL);
}
