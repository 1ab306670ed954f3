/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "nn/base/sha256.h"
#include "tools/study/synth.h"

/* Fails if the picture's SHA-256 is another one. The figures are this generator's own: they were computed
 * once, and they say that the bytes are the same with every compiler and on every machine. */
static void assert_picture(uint64_t seed, uint32_t index, bool is_malignant, uint32_t width, uint32_t height,
                           const char *expected)
{
    size_t bytes = (size_t)width * height * 3;
    uint8_t *rgb = malloc(bytes + 1), digest[NEV_SHA256_BYTES];
    char hex[NEV_SHA256_HEX_BYTES];

    assert_non_null(rgb);
    rgb[bytes] = 0xA5;
    nev_synth_lesion(seed, index, is_malignant, width, height, rgb);
    assert_int_equal(rgb[bytes], 0xA5);
    nev_sha256_of(rgb, bytes, digest);
    nev_sha256_hex(digest, hex);
    assert_string_equal(hex, expected);
    free(rgb);
}

/* Verifies: NEV-CLI-801 (stated pictures have stated digests, small, large, wide and one pixel) */
static void test_same_bytes_everywhere(void **state)
{
    (void)state;
    assert_picture(1, 0, false, 224, 224, "b9530def03087dd5e82bdff3390557f51c1d2e10b1113cc791fe632ce7abc60c");
    assert_picture(1, 0, true, 224, 224, "b5ddb8063172643d41aeb945e0feb0f4ee31110484142ac6f897226594a2dfb6");
    assert_picture(0xFFFFFFFFFFFFFFFFu, 0xFFFFFFFFu, true, 97, 61,
                   "84a7633c23b415389d6cc288bcfc6a82bb9038445a133dc4f46e441b441ad485");
    assert_picture(2, 7, false, 4096, 3, "3256c31b2c0f610e6b649ce6d33b25bd44feb19a783986bad7301614e5c29a4c");
    assert_picture(2, 7, true, 1, 300, "fdf4198043ece756b1a65d7c6296ac518e2a703fe4de29f369100f0753ed97eb");
    assert_picture(3, 1, true, 1, 1, "816488dd50b1ba3b06728bb38c9a14c41b325782c3a3c2cb47eb0349bd6b6ea0");
}

/* Verifies: NEV-CLI-801 (seed, number and class each make another picture) */
static void test_pictures_differ(void **state)
{
    enum { BYTES = 40 * 40 * 3 };
    static const struct {
        uint64_t seed;
        uint32_t index;
        bool is_malignant;
    } which[6] = {{1, 0, false}, {2, 0, false}, {1, 1, false}, {1, 0, true}, {1, 1, true}, {1, 2, false}};
    uint8_t *rgb = malloc(6 * BYTES);
    size_t i, k;

    (void)state;
    assert_non_null(rgb);
    for (i = 0; i < 6; i++) {
        nev_synth_lesion(which[i].seed, which[i].index, which[i].is_malignant, 40, 40, rgb + i * BYTES);
        for (k = 0; k < i; k++) {
            assert_memory_not_equal(rgb + i * BYTES, rgb + k * BYTES, BYTES);
        }
    }
    free(rgb);
}

/* The share of pixels that are much darker than the picture's brightest: how much of it is lesion, about. */
static uint32_t dark_pixels(const uint8_t *rgb, uint32_t pixels)
{
    uint32_t i, brightest = 0, dark = 0;

    for (i = 0; i < pixels; i++) {
        brightest = rgb[3 * i + 1] > brightest ? rgb[3 * i + 1] : brightest;
    }
    for (i = 0; i < pixels; i++) {
        dark += rgb[3 * i + 1] * 2u < brightest;
    }
    return dark;
}

/* Verifies: NEV-CLI-802 (over 400 pictures the classes differ by far more than chance does, and no threshold
 * on the size of the lesion tells them apart) */
static void test_classes_differ_and_overlap(void **state)
{
    enum { SIDE = 48, EACH = 200 };
    uint32_t area[2][EACH], i, above = 0, ties = 0;
    static uint8_t rgb[SIDE * SIDE * 3];

    (void)state;
    for (i = 0; i < 2 * EACH; i++) {
        nev_synth_lesion(5, i / 2, i % 2 == 1, SIDE, SIDE, rgb);
        area[i % 2][i / 2] = dark_pixels(rgb, SIDE * SIDE);
    }
    for (i = 0; i < EACH * EACH; i++) {
        above += area[1][i / EACH] > area[0][i % EACH];
        ties += area[1][i / EACH] == area[0][i % EACH];
    }
    /* Mann and Whitney's U of 200 and 200: half of 40,000 by chance, standard deviation sqrt(200*200*401/12)
     * = 1156; five of them are 5,780. */
    assert_true(above + ties / 2 > 20000 + 5780);
    assert_true(above + ties / 2 < 40000 - 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bytes_everywhere),
        cmocka_unit_test(test_pictures_differ),
        cmocka_unit_test(test_classes_differ_and_overlap),
    };

    return cmocka_run_group_tests_name("synth", tests, NULL, NULL);
}
