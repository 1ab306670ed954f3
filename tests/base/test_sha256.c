/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "nn/base/sha256.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_examples),
        cmocka_unit_test(test_pieces_equal_whole),
    };

    return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
