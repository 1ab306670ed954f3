/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "io/exif.h"

/* A directory at 8 of two entries: ImageWidth, LONG, 1, 640; Orientation, SHORT, 1, 6. */
static const uint8_t little[] = {'I', 'I', 42, 0,    8, 0, 0, 0, 2, 0, 0x00, 0x01, 4, 0, 1, 0, 0, 0, 0x80,
                                 2,   0,   0,  0x12, 1, 3, 0, 1, 0, 0, 0,    6,    0, 0, 0, 0, 0, 0, 0};
static const uint8_t big[] = {'M', 'M', 0,    42,   0,    0, 0, 8, 0, 2, 0x01, 0x00, 0, 4, 0, 0, 0, 1, 0,
                              0,   2,   0x80, 0x01, 0x12, 0, 3, 0, 0, 0, 1,    0,    6, 0, 0, 0, 0, 0, 0};

/* In a block of exactly that size, so that a sanitizer sees a read beyond it. */
static uint32_t orientation(const uint8_t *tiff, size_t bytes)
{
    uint8_t *copy = malloc(bytes > 0 ? bytes : 1);
    uint32_t o;

    assert_non_null(copy);
    memcpy(copy, tiff, bytes);
    o = nev_exif_orientation(copy, bytes);
    free(copy);
    return o;
}

/* Verifies: NEV-IO-113 (both byte orders; all values, those outside 1..8 mean upright) */
static void test_values(void **state)
{
    uint8_t a[sizeof little], b[sizeof big];
    unsigned v;

    (void)state;
    memcpy(a, little, sizeof a);
    memcpy(b, big, sizeof b);
    for (v = 0; v < 256; v++) {
        a[30] = (uint8_t)v;
        b[31] = (uint8_t)v;
        assert_int_equal(orientation(a, sizeof a), v >= 1 && v <= 8 ? v : 1);
        assert_int_equal(orientation(b, sizeof b), v >= 1 && v <= 8 ? v : 1);
    }
    b[31] = 6;
    b[30] = 1; /* 262 */
    assert_int_equal(orientation(b, sizeof b), 1);
}

/* Verifies: NEV-IO-113 (cut off anywhere, wrong type or count, directories out of bounds: upright) */
static void test_damaged(void **state)
{
    uint8_t copy[sizeof little];
    size_t n, i;
    unsigned v;

    (void)state;
    assert_int_equal(orientation(little, sizeof little), 6);
    assert_int_equal(orientation(little, 34), 6); /* the directory ends with the block */
    for (n = 0; n < 34; n++) {
        assert_int_equal(orientation(little, n), 1);
    }
    memcpy(copy, little, sizeof copy);
    for (i = 0; i < sizeof copy; i++) {
        for (v = 0; v < 256; v++) {
            uint32_t o;

            copy[i] = (uint8_t)v;
            o = orientation(copy, sizeof copy);
            assert_true(o >= 1 && o <= 8);
        }
        copy[i] = little[i];
    }
    copy[24] = 4; /* LONG */
    assert_int_equal(orientation(copy, sizeof copy), 1);
    copy[24] = 3;
    copy[26] = 2; /* two of them */
    assert_int_equal(orientation(copy, sizeof copy), 1);
    copy[26] = 1;
    memset(copy + 4, 0xFF, 4);
    assert_int_equal(orientation(copy, sizeof copy), 1);
    memset(copy + 4, 0, 4); /* inside the header */
    assert_int_equal(orientation(copy, sizeof copy), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests_name("exif", tests, NULL, NULL);
}
