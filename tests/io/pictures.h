/* SPDX-License-Identifier: MIT */
/*
 * pictures.h - what the tests of picture readers share: probe and decode in buffers of exactly the stated
 * size.
 */
#ifndef NEV_TESTS_IO_PICTURES_H
#define NEV_TESTS_IO_PICTURES_H

#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "io/image.h"

/* A picture, decoded; free both. Buffers are exactly as large as probe says, so that sanitizers see the rest.
 */
struct decoded {
    enum nev_status status;
    struct nev_image_info info;
    struct nev_error err;
    uint8_t *out;
    size_t out_bytes;
};

static inline void *exactly(size_t bytes)
{
    /* aligned_alloc asks for a multiple of the alignment; scratch sizes are such multiples. */
    void *mem = bytes % 64 == 0 && bytes > 0 ? aligned_alloc(64, bytes) : malloc(bytes > 0 ? bytes : 1);

    assert_non_null(mem);
    return mem;
}

/* Decodes a copy of the bytes that ends where its block ends. */
static inline struct decoded decode_bytes(const void *mem, size_t bytes, enum nev_image_mode mode)
{
    struct decoded d = {0};
    uint8_t *copy = malloc(bytes > 0 ? bytes : 1), *scratch;
    size_t i;

    assert_non_null(copy);
    if (bytes > 0) {
        memcpy(copy, mem, bytes);
    }
    d.status = nev_image_probe(copy, bytes, NEV_IMAGE_PIXELS_MAX, &d.info, &d.err);
    if (d.status == NEV_OK) {
        d.out_bytes = mode == NEV_IMAGE_RAW ? d.info.raw_bytes : d.info.rgb_bytes;
        d.out = exactly(d.out_bytes);
        memset(d.out, 0xA5, d.out_bytes);
        scratch = exactly(d.info.scratch_bytes);
        d.status = nev_image_decode(copy, bytes, &d.info, mode, d.out, d.out_bytes, scratch,
                                    d.info.scratch_bytes, &d.err);
        for (i = 0; d.status != NEV_OK && i < d.out_bytes; i++) {
            assert_int_equal(d.out[i], 0); /* a damaged picture is never half a result */
        }
        free(scratch);
    }
    if (d.status != NEV_OK) {
        assert_int_equal(d.err.status, d.status);
        assert_non_null(d.err.what);
        assert_true(d.err.offset == NEV_NO_OFFSET || d.err.offset <= bytes);
    }
    free(copy);
    return d;
}

static inline void expect_refusal(const void *mem, size_t bytes, enum nev_status status)
{
    struct decoded d = decode_bytes(mem, bytes, NEV_IMAGE_RGB);

    if (d.status != status) {
        fail_msg("%s instead of %s", nev_status_name(d.status), nev_status_name(status));
    }
    free(d.out);
}

/* Every proper prefix must be refused, and as cut off. */
static inline void expect_truncation(const uint8_t *mem, size_t bytes)
{
    size_t n;

    for (n = 0; n < bytes; n++) {
        expect_refusal(mem, n, NEV_ERR_TRUNCATED);
    }
}

/* Every byte changed in two ways: whatever the reader says, it must say it without a fault. Returns how many
 * changed files it still accepts. */
static inline unsigned flip_bytes(const uint8_t *mem, size_t bytes)
{
    uint8_t *copy = malloc(bytes);
    unsigned accepted = 0;
    size_t i;
    int k;

    assert_non_null(copy);
    memcpy(copy, mem, bytes);
    for (i = 0; i < bytes; i++) {
        for (k = 0; k < 2; k++) {
            struct decoded d;

            copy[i] = mem[i] ^ (k == 0 ? 1 : 0xFF);
            d = decode_bytes(copy, bytes, NEV_IMAGE_RAW);
            accepted += d.status == NEV_OK;
            free(d.out);
        }
        copy[i] = mem[i];
    }
    free(copy);
    return accepted;
}

#endif
