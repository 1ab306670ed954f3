/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "nn/base/cpu.h"
#include "nn/base/sha256_kernels.h"

static void assert_digest(const void *data, size_t bytes, const char *expected)
{
    uint8_t digest[NEV_SHA256_BYTES];
    char hex[NEV_SHA256_HEX_BYTES];

    nev_sha256_of(data, bytes, digest);
    nev_sha256_hex(digest, hex);
    assert_string_equal(hex, expected);
}

/* Verifies: NEV-BASE-001 (the examples of FIPS 180-4's companion, SHA256.pdf, and the empty message) */
static void test_published_examples(void **state)
{
    (void)state;
    assert_digest("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* Verifies: NEV-BASE-001 (any split into pieces gives the digest of the whole) */
static void test_pieces_equal_whole(void **state)
{
    uint8_t data[300], whole[NEV_SHA256_BYTES], pieces[NEV_SHA256_BYTES];
    struct nev_sha256 s;
    size_t cut, i;

    (void)state;
    for (i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7);
    }
    nev_sha256_of(data, sizeof data, whole);
    for (cut = 0; cut <= sizeof data; cut++) {
        nev_sha256_init(&s);
        nev_sha256_update(&s, data, cut);
        nev_sha256_update(&s, data + cut, sizeof data - cut);
        nev_sha256_final(&s, pieces);
        assert_memory_equal(whole, pieces, sizeof whole);
    }
}

#define LENGTH_MAX 1100u /* 17 blocks and a rest */

/* Verifies: NEV-BASE-020 (sha256_shani.c or what else is chosen here: plain C's digests at every length, alone, as
 * the rest of a message and in pairs) */
static void test_kernels_equal(void **state)
{
    const struct nev_sha256_kernels *best = nev_sha256_select(nev_cpu_isas());
    uint8_t plain[2][NEV_SHA256_BYTES], one[NEV_SHA256_BYTES], pair[2][NEV_SHA256_BYTES];

    (void)state;
    for (size_t bytes = 0; bytes <= LENGTH_MAX; bytes++) {
        uint8_t *a = malloc(bytes + 1),
                *b = a + 1; /* exactly as long, so that a sanitizer sees a read past it */

        assert_non_null(a);
        for (size_t i = 0; i < bytes + 1; i++) {
            a[i] = (uint8_t)(i * 29 + bytes); /* b lies one byte further: other contents, no alignment */
        }
        nev_sha256_of(a, bytes, plain[0]);
        nev_sha256_of(b, bytes, plain[1]);
        nev_sha256_by(best, a, bytes, one);
        assert_memory_equal(one, plain[0], sizeof one);
        nev_sha256_by(&nev_sha256_kernels_c, a, bytes, one);
        assert_memory_equal(one, plain[0], sizeof one);
        for (size_t head = 0; head <= bytes; head += 64) {
            struct nev_sha256 sha;

            nev_sha256_init(&sha);
            nev_sha256_update(&sha, a, head);
            nev_sha256_rest(head % 128 == 0 ? best : &nev_sha256_kernels_c, &sha, a + head, bytes - head,
                            one);
            assert_memory_equal(one, plain[0], sizeof one);
        }
        nev_sha256_two(best, a, b, bytes, pair[0], pair[1]);
        assert_memory_equal(pair, plain, sizeof pair);
        nev_sha256_two(&nev_sha256_kernels_c, b, a, bytes, pair[1], pair[0]);
        assert_memory_equal(pair, plain, sizeof pair);
        free(a);
    }
}

/* Verifies: NEV-BASE-021 (the kernels are chosen from the set given, and plain C is always left) */
static void test_kernels_chosen(void **state)
{
    (void)state;
    assert_ptr_equal(nev_sha256_select(0), &nev_sha256_kernels_c);
    assert_ptr_equal(nev_sha256_select(NEV_ISA_C | NEV_ISA_AVX2 | NEV_ISA_AVX512 | NEV_ISA_NEON),
                     &nev_sha256_kernels_c);
#if defined(NEV_BUILD_shani)
    assert_ptr_equal(nev_sha256_select(NEV_ISA_C | NEV_ISA_SHANI), &nev_sha256_kernels_shani);
#endif
    assert_string_equal(nev_isa_name(NEV_ISA_SHANI), "shani");
    assert_int_equal(nev_isa_from_name("shani"), NEV_ISA_SHANI);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_examples),
        cmocka_unit_test(test_pieces_equal_whole),
        cmocka_unit_test(test_kernels_equal),
        cmocka_unit_test(test_kernels_chosen),
    };

    return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
