/* SPDX-License-Identifier: MIT */
/*
 * The JPEG decoder's arithmetic, each part against its definition. Two sources are included so that their
 * constants can be recomputed.
 */
#include "tests/support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/jpeg_color.c"
#include "io/jpeg_idct.c"
#include "io/jpeg_parts.h"

static const double pi = 3.14159265358979323846;

static long fixed(double v, int bits)
{
    return lround(floor(v * (double)(1L << bits) + 0.5));
}

/* Verifies: NEV-IO-120 (sums and differences of cosines of the paper, scaled by the square root of 2) */
static void test_idct_constants(void **state)
{
    double c[8];
    int k;

    (void)state;
    for (k = 0; k < 8; k++) {
        c[k] = sqrt(2.0) * cos(k * pi / 16);
    }
    assert_int_equal(C_0_541196100, fixed(c[6], FRACTION));
    assert_int_equal(C_0_765366865, fixed(c[2] - c[6], FRACTION));
    assert_int_equal(C_1_847759065, fixed(c[2] + c[6], FRACTION));
    assert_int_equal(C_1_175875602, fixed(c[3], FRACTION));
    assert_int_equal(C_0_298631336, fixed(-c[1] + c[3] + c[5] - c[7], FRACTION));
    assert_int_equal(C_2_053119869, fixed(c[1] + c[3] - c[5] + c[7], FRACTION));
    assert_int_equal(C_3_072711026, fixed(c[1] + c[3] + c[5] - c[7], FRACTION));
    assert_int_equal(C_1_501321110, fixed(c[1] + c[3] - c[5] - c[7], FRACTION));
    assert_int_equal(C_0_899976223, fixed(c[3] - c[7], FRACTION));
    assert_int_equal(C_2_562915447, fixed(c[1] + c[3], FRACTION));
    assert_int_equal(C_1_961570560, fixed(c[3] + c[5], FRACTION));
    assert_int_equal(C_0_390180644, fixed(c[3] - c[5], FRACTION));
}

/* Verifies: NEV-IO-120 (the two things that ISO C leaves open) */
static void test_portability(void **state)
{
    volatile int32_t minus = -5;
    volatile uint32_t wide = 0xFFFFFFFBu;

    (void)state;
    assert_int_equal(minus >> 1, -3);
    assert_int_equal((int32_t)wide, -5);
}

/* basis[k][x]: the value that coefficient k adds at sample x, A.3.3. */
static void make_basis(double basis[8][8])
{
    int k, x;

    for (k = 0; k < 8; k++) {
        for (x = 0; x < 8; x++) {
            basis[k][x] = (k == 0 ? sqrt(0.125) : 0.5) * cos((2 * x + 1) * k * pi / 16);
        }
    }
}

/* One dimension, all rows: out[i][j] = sum over m of in[i][m] * (is_inverse ? basis[m][j] : basis[j][m]). */
static void rows_times(double in[8][8], double basis[8][8], int is_inverse, double out[8][8])
{
    int i, j, m;

    for (i = 0; i < 8; i++) {
        for (j = 0; j < 8; j++) {
            out[j][i] = 0; /* transposed, so that two calls do both dimensions */
            for (m = 0; m < 8; m++) {
                out[j][i] += in[i][m] * (is_inverse ? basis[m][j] : basis[j][m]);
            }
        }
    }
}

/* Verifies: NEV-IO-121 (the limits of IEEE 1180-1990, 3.3, over 10,000 random blocks of each range: peak 1,
 * mean square 0.06 a place and 0.02 overall, mean 0.015 a place and 0.0015 overall) */
static void test_idct_accuracy(void **state)
{
    static const int ranges[] = {5, 60, 128};
    static uint16_t quant[64];
    double basis[8][8], block[8][8], half[8][8], error[64], square[64], mean, mean_square;
    uint64_t random = 1180;
    int r, n, i;

    (void)state;
    make_basis(basis);
    for (i = 0; i < 64; i++) {
        quant[i] = 1;
    }
    for (r = 0; r < 3; r++) {
        memset(error, 0, sizeof error);
        memset(square, 0, sizeof square);
        for (n = 0; n < 10000; n++) {
            int16_t coefs[64];
            uint8_t out[64];

            for (i = 0; i < 64; i++) {
                block[i / 8][i % 8] =
                    (double)(nev_test_random(&random) % (2 * (uint32_t)ranges[r])) - ranges[r];
            }
            rows_times(block, basis, 0, half);
            rows_times(half, basis, 0, block);
            for (i = 0; i < 64; i++) {
                coefs[i] = (int16_t)lround(block[i / 8][i % 8]);
                block[i / 8][i % 8] = coefs[i];
            }
            rows_times(block, basis, 1, half);
            rows_times(half, basis, 1, block);
            nev_jpeg_idct(coefs, quant, out, 8);
            for (i = 0; i < 64; i++) {
                long exact = lround(block[i / 8][i % 8]) + 128;
                double e = (double)(out[i] - (exact < 0 ? 0 : exact > 255 ? 255 : exact));

                assert_true(fabs(e) <= 1);
                error[i] += e / 10000;
                square[i] += e * e / 10000;
            }
        }
        mean = mean_square = 0;
        for (i = 0; i < 64; i++) {
            assert_true(fabs(error[i]) <= 0.015);
            assert_true(square[i] <= 0.06);
            mean += error[i] / 64;
            mean_square += square[i] / 64;
        }
        assert_true(fabs(mean) <= 0.0015);
        assert_true(mean_square <= 0.02);
    }
}

/* Verifies: NEV-IO-121 (a lone DC takes a shortcut; any coefficients and quantisers are harmless) */
static void test_idct_extremes(void **state)
{
    static uint16_t quant[64];
    int16_t coefs[64] = {0};
    uint8_t out[64];
    uint64_t random = 7;
    int dc, i, n;

    (void)state;
    for (i = 0; i < 64; i++) {
        quant[i] = 1;
    }
    for (dc = -2000; dc <= 2000; dc++) {
        int exact = 128 + ((dc + 4) >> 3);

        coefs[0] = (int16_t)dc;
        nev_jpeg_idct(coefs, quant, out, 8);
        for (i = 0; i < 64; i++) {
            assert_int_equal(out[i], exact < 0 ? 0 : exact > 255 ? 255 : exact);
        }
    }
    for (n = 0; n < 2000; n++) {
        for (i = 0; i < 64; i++) {
            coefs[i] = (int16_t)nev_test_random(&random);
            quant[i] = (uint16_t)nev_test_random(&random);
        }
        nev_jpeg_idct(coefs, quant, out, 8);
    }
}

static void expect_near(uint8_t sample, double exact)
{
    exact = exact < 0 ? 0 : exact > 255 ? 255 : exact;
    /* Half a unit of rounding; constants off by 2^-17 at most, times two differences of 128 at most. */
    assert_true(fabs(sample - exact) <= 0.5 + 1.0 / 512);
}

/* Verifies: NEV-IO-122 (every Cb and Cr at the extremes and the middle of Y; the constants recomputed) */
static void test_colour(void **state)
{
    static const uint8_t levels[] = {0, 1, 64, 128, 254, 255};
    const uint8_t *rows[4];
    uint8_t y[256], cb[256], cr[256], rgb[768], cmyk[1024];
    unsigned i, b, r;

    (void)state;
    assert_int_equal(RED_CR, fixed(1.402, 16));
    assert_int_equal(GREEN_CB, fixed(0.34414, 16));
    assert_int_equal(GREEN_CR, fixed(0.71414, 16));
    assert_int_equal(BLUE_CB, fixed(1.772, 16));
    rows[0] = y;
    rows[1] = cb;
    rows[2] = cr;
    rows[3] = cr;
    for (i = 0; i < sizeof levels; i++) {
        memset(y, levels[i], sizeof y);
        for (b = 0; b < 256; b++) {
            memset(cb, (int)b, sizeof cb);
            for (r = 0; r < 256; r++) {
                cr[r] = (uint8_t)r;
            }
            nev_jpeg_row_convert(NEV_JPEG_YCC, rows, 256, rgb);
            nev_jpeg_row_convert(NEV_JPEG_YCCK, rows, 256, cmyk);
            for (r = 0; r < 256; r++) {
                double db = (double)b - 128, dr = (double)r - 128;

                expect_near(rgb[3 * r], levels[i] + 1.402 * dr);
                expect_near(rgb[3 * r + 1], levels[i] - 0.34414 * db - 0.71414 * dr);
                expect_near(rgb[3 * r + 2], levels[i] + 1.772 * db);
                assert_int_equal(cmyk[4 * r], 255 - rgb[3 * r]);
                assert_int_equal(cmyk[4 * r + 1], 255 - rgb[3 * r + 1]);
                assert_int_equal(cmyk[4 * r + 2], 255 - rgb[3 * r + 2]);
                assert_int_equal(cmyk[4 * r + 3], r);
            }
        }
    }
}

/* The sample at (x, y) of a component doubled across and down, by the definition. */
static int doubled(const struct nev_jpeg_component *c, int across, int down, int x, int y)
{
    int sx = x / across, sy = y / down, w = (int)c->width, h = (int)c->height;
    int nx = across == 2 ? sx + (x % 2 == 0 ? -1 : 1) : sx, ny = down == 2 ? sy + (y % 2 == 0 ? -1 : 1) : sy;
    int stride = (int)c->stored_w * 8;
    const uint8_t *p = c->plane;

    nx = nx < 0 ? 0 : nx >= w ? w - 1 : nx;
    ny = ny < 0 ? 0 : ny >= h ? h - 1 : ny;
    if (across == 2 && down == 2) {
        return (9 * p[sy * stride + sx] + 3 * p[sy * stride + nx] + 3 * p[ny * stride + sx] +
                p[ny * stride + nx] + (x % 2 == 0 ? 8 : 7)) >>
               4;
    }
    if (across == 2) {
        return (3 * p[sy * stride + sx] + p[sy * stride + nx] + (x % 2 == 0 ? 1 : 2)) >> 2;
    }
    return (3 * p[sy * stride + sx] + p[ny * stride + sx] + (y % 2 == 0 ? 1 : 2)) >> 2;
}

static void check_upsampling(uint32_t across, uint32_t down, uint32_t width, uint32_t height,
                             uint64_t *random)
{
    struct nev_jpeg j;
    struct nev_jpeg_component *c = &j.components[0];
    uint32_t x, y, full_w = width * across, full_h = height * down, i;
    uint8_t *buffer;
    bool is_fancy;

    memset(&j, 0, sizeof j);
    j.h_max = across;
    j.v_max = down;
    c->h = c->v = 1;
    c->width = width;
    c->height = height;
    c->stored_w = (width + 7) / 8;
    c->stored_h = c->kept_h = (height + 7) / 8;
    j.mcus_w = c->stored_w;
    c->plane = malloc((size_t)c->stored_w * c->stored_h * 64);
    buffer = malloc((size_t)j.mcus_w * 8 * across);
    for (i = 0; i < c->stored_w * c->stored_h * 64; i++) {
        c->plane[i] = (uint8_t)nev_test_random(random);
    }
    is_fancy = (across == 1 && down == 2) || (across == 2 && down <= 2 && width > 2);
    for (y = 0; y < full_h; y++) {
        const uint8_t *row = nev_jpeg_row_upsample(&j, c, y, buffer);

        for (x = 0; x < full_w; x++) {
            int expected = is_fancy ? doubled(c, (int)across, (int)down, (int)x, (int)y)
                                    : c->plane[(y / down) * c->stored_w * 8 + x / across];

            assert_int_equal(row[x], expected);
        }
    }
    free(buffer);
    free(c->plane);
}

/* Verifies: NEV-IO-123 (jpeg_upsample.c against the formula, every ratio, one to twenty columns and rows) */
static void test_upsampling(void **state)
{
    uint64_t random = 3;
    uint32_t across, down, width, height;

    (void)state;
    for (across = 1; across <= 4; across++) {
        for (down = 1; down <= 4; down++) {
            for (width = 1; width <= 20; width++) {
                for (height = 1; height <= 20; height += 1 + height / 3) {
                    check_upsampling(across, down, width, height, &random);
                }
            }
        }
    }
}

/* What every 16-bit word begins with: length << 8 | symbol; 0 where with no code (C.2). */
static void expand(const uint8_t counts[16], const uint8_t *symbols, uint16_t *expected)
{
    uint32_t len, n, i, code = 0;

    memset(expected, 0, 65536 * sizeof *expected);
    for (len = 1; len <= 16; len++) {
        for (n = 0; n < counts[len - 1]; n++, code++, symbols++) {
            for (i = 0; i < 1u << (16 - len); i++) {
                expected[(code << (16 - len)) + i] = (uint16_t)(len << 8 | *symbols);
            }
        }
        code <<= 1;
    }
}

static void check_table(const struct nev_jpeg_huffman *table, const uint16_t *expected)
{
    uint32_t word;

    for (word = 0; word < 65536; word++) {
        struct nev_jpeg_bits b = {.acc = (uint64_t)word << 32, .count = 48};
        uint32_t symbol = nev_jpeg_bits_symbol(&b, table);

        if (expected[word] == 0) {
            assert_true(symbol > 255);
        } else {
            assert_int_equal(symbol, expected[word] & 255);
            assert_int_equal(48 - b.count, expected[word] >> 8);
        }
    }
}

/* Verifies: NEV-IO-124 (jpeg_huffman.c: random codes of all lengths, over-full ones, the code of all ones) */
static void test_huffman(void **state)
{
    static struct nev_jpeg_huffman table;
    static uint16_t expected[65536];
    uint8_t counts[16], symbols[256];
    uint64_t random = 5;
    uint32_t n, len, i;

    (void)state;
    for (n = 0; n < 60; n++) {
        uint32_t free_codes = 1, total = 0;

        for (i = 0; i < 256; i++) {
            symbols[i] = (uint8_t)nev_test_random(&random);
        }
        for (len = 1; len <= 16; len++) {
            uint32_t most = free_codes * 2 - 1;

            most = most > 256 - total ? 256 - total : most;
            most = most > 255 ? 255 : most;
            counts[len - 1] =
                (uint8_t)(nev_test_random(&random) % 3 == 0 ? 0 : nev_test_random(&random) % (most + 1));
            if (nev_test_random(&random) % 2 == 0) {
                counts[len - 1] /= 2;
            }
            total += counts[len - 1];
            free_codes = free_codes * 2 - counts[len - 1];
            free_codes = free_codes > 70000 ? 70000 : free_codes;
        }
        assert_true(nev_jpeg_huffman_build(&table, false, counts, symbols));
        expand(counts, symbols, expected);
        check_table(&table, expected);
    }
    memset(counts, 0, sizeof counts);
    counts[0] = 2; /* 0 and 1, but 1 is all ones */
    assert_false(nev_jpeg_huffman_build(&table, false, counts, symbols));
    counts[0] = 1;
    counts[1] = 2; /* 10 and 11 */
    assert_false(nev_jpeg_huffman_build(NULL, false, counts, symbols));
    counts[1] = 1;
    assert_true(nev_jpeg_huffman_build(NULL, false, counts, symbols));
    symbols[0] = 16;
    assert_false(nev_jpeg_huffman_build(NULL, true, counts, symbols));
}

/* Verifies: NEV-IO-124 (the typical tables have each symbol of 8-bit pictures once, F.1.2.1 and F.1.2.2) */
static void test_typical_tables(void **state)
{
    static struct nev_jpeg_tables tables;
    uint32_t t, i;

    (void)state;
    nev_jpeg_huffman_default(&tables);
    for (t = 0; t < 2; t++) {
        unsigned seen[256] = {0}, dc_seen[256] = {0};

        assert_true(tables.dc[t].is_defined && tables.ac[t].is_defined && !tables.dc[2 + t].is_defined);
        for (i = 0; i < 12; i++) {
            dc_seen[tables.dc[t].symbols[i]]++;
        }
        for (i = 0; i < 162; i++) {
            seen[tables.ac[t].symbols[i]]++;
        }
        for (i = 0; i < 256; i++) {
            assert_int_equal(seen[i], i == 0 || i == 0xF0 || ((i & 15) >= 1 && (i & 15) <= 10));
            assert_int_equal(dc_seen[i], i < 12);
        }
    }
}

/* Verifies: NEV-IO-125 (numbers as Table F.1 and F.2 list them; stuffed zeros dropped, markers never passed)
 */
static void test_bits(void **state)
{
    uint8_t stuffed[4000], plain[2000];
    uint64_t random = 9;
    uint32_t s, v, n, bit;
    size_t used = 0;

    (void)state;
    for (s = 0; s <= 15; s++) {
        for (v = 0; v < 1u << s; v++) {
            struct nev_jpeg_bits b = {.acc = v, .count = s};
            int32_t expected = s == 0 ? 0 : v >> (s - 1) != 0 ? (int32_t)v : (int32_t)v - (1 << s) + 1;

            assert_int_equal(nev_jpeg_bits_signed(&b, s), expected);
        }
    }
    for (n = 0; n < sizeof plain; n++) {
        plain[n] = (uint8_t)(nev_test_random(&random) % 5 == 0 ? 0xFF : nev_test_random(&random));
        stuffed[used++] = plain[n];
        if (plain[n] == 0xFF) {
            stuffed[used++] = 0;
        }
    }
    stuffed[used] = 0xFF;
    stuffed[used + 1] = 0xD9;
    for (n = 0; n < 2; n++) {
        struct nev_jpeg_bits b = {.mem = stuffed, .end = used + 2 * n};
        uint32_t at = 0, step;

        for (; at < 8 * sizeof plain; at += step) {
            uint32_t expected = 0;

            step = nev_test_random(&random) % 17;
            step = at + step > 8 * sizeof plain ? (uint32_t)(8 * sizeof plain) - at : step;
            for (bit = at; bit < at + step; bit++) {
                expected = expected << 1 | (plain[bit / 8] >> (7 - bit % 8) & 1);
            }
            assert_int_equal(nev_jpeg_bits_get(&b, step), expected);
            assert_true(b.pad <= b.count);
        }
        assert_int_equal(nev_jpeg_bits_get(&b, 1), 0);
        assert_true(b.pad > b.count);
        assert_int_equal(b.pos, used);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idct_constants), cmocka_unit_test(test_portability),
        cmocka_unit_test(test_idct_accuracy),  cmocka_unit_test(test_idct_extremes),
        cmocka_unit_test(test_colour),         cmocka_unit_test(test_upsampling),
        cmocka_unit_test(test_huffman),        cmocka_unit_test(test_typical_tables),
        cmocka_unit_test(test_bits),
    };

    return cmocka_run_group_tests_name("jpeg_parts", tests, NULL, NULL);
}
