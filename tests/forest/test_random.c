/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "forest/train/random.h"

/* Verifies: NEV-RF-001 (Random123 v1.14.0, tests/kat_vectors, its three lines "philox4x32 10") */
static void test_published_answers(void **state)
{
    static const uint32_t kat[3][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e,
         0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb,
         0x5001e420, 0x24126ea1},
    };
    uint32_t out[4], i;

    (void)state;
    for (i = 0; i < 3; i++) {
        nev_philox4x32(kat[i], kat[i] + 4, out);
        assert_memory_equal(out, kat[i] + 6, sizeof out);
    }
}

/* Verifies: NEV-RF-001 (a stream is the blocks of its counter, and every part of its name changes it) */
static void test_streams(void **state)
{
    struct nev_random r;
    uint32_t first[6], block[4], word, i, counter[4], key[2] = {0x89abcdef, 0x01234567};

    (void)state;
    for (i = 0; i < 6; i++) {
        uint64_t seed = 0x0123456789abcdef ^ (i == 1), path = 0xfedcba9876543210;

        path ^= i == 4 ? 1 : i == 5 ? (uint64_t)1 << 63 : 0;
        nev_random_init(&r, seed, 7 + (i == 2), i == 3 ? NEV_RANDOM_BOOTSTRAP : NEV_RANDOM_CANDIDATES, path);
        first[i] = nev_random_next(&r);
        assert_true(i == 0 || first[i] != first[0]);
    }
    nev_random_init(&r, 0x0123456789abcdef, 7, NEV_RANDOM_CANDIDATES, 0xfedcba9876543210);
    for (i = 0; i < 12; i++) {
        counter[0] = i / 4;
        counter[1] = 2u << 24 | 7;
        counter[2] = 0x76543210;
        counter[3] = 0xfedcba98;
        nev_philox4x32(counter, key, block);
        word = nev_random_next(&r);
        assert_int_equal(word, block[i % 4]);
    }
}

/* Verifies: NEV-RF-002 (each of n values is the image of the same number of words; the surplus is redrawn) */
static void test_below_is_unbiased(void **state)
{
    /* For n = 2^31 + 1 only 2^32 mod n = 2^31 - 1 words are refused, nearly half of them: a draw that took
     * them would give the values unequal odds. Reference: multiply, refuse low parts under 2^32 mod n. */
    static const uint32_t ns[] = {1, 2, 3, 31, 1000, 65536, 0x80000001u, 0xffffffffu};
    struct nev_random a, b;
    uint32_t i, k, refused = 0;

    (void)state;
    for (i = 0; i < sizeof ns / sizeof ns[0]; i++) {
        uint32_t n = ns[i], least = (uint32_t)(((uint64_t)1 << 32) % n);

        nev_random_init(&a, 5, i, NEV_RANDOM_BOOTSTRAP, 0);
        nev_random_init(&b, 5, i, NEV_RANDOM_BOOTSTRAP, 0);
        for (k = 0; k < 2000; k++) {
            uint32_t got = nev_random_below(&a, n);
            uint64_t product = (uint64_t)nev_random_next(&b) * n;

            while ((product & 0xffffffff) < least) {
                refused++;
                product = (uint64_t)nev_random_next(&b) * n;
            }
            assert_int_equal(got, product >> 32);
            assert_true(got < n);
        }
    }
    assert_true(refused > 0);
}

/* Verifies: NEV-RF-003 (paths of brothers differ, from each other and from their parent's, over 1,000 levels)
 */
static void test_paths(void **state)
{
    uint64_t path = 0, left, right, l2, r2;
    uint32_t i;

    (void)state;
    for (i = 0; i < 1000; i++) {
        nev_random_children(9, 3, path, &left, &right);
        nev_random_children(9, 4, path, &l2, &r2);
        assert_true(left != right && left != path && right != path && left != l2 && right != r2);
        path = i % 3 == 0 ? right : left;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_answers),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_below_is_unbiased),
        cmocka_unit_test(test_paths),
    };

    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
