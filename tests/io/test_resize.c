/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "io/resize.h"
#include "nn/base/crc32.h"
#include "nn/base/size.h"

#define GUARD 0xA5u

/* A picture by formula: sample c of pixel (x, y) is ((x*x*(c+1) + 31*y + (x^y)*(7-c)) >> c) mod 256. */
static uint8_t *make_picture(uint32_t width, uint32_t height)
{
    uint8_t *p = malloc((size_t)width * height * 3);
    uint64_t x, y;
    unsigned c;

    assert_non_null(p);
    for (y = 0; y < height; y++) {
        for (x = 0; x < width; x++) {
            for (c = 0; c < 3; c++) {
                p[(y * width + x) * 3 + c] =
                    (uint8_t)((x * x * (c + 1u) + 31u * y + (x ^ y) * (7u - c)) >> c);
            }
        }
    }
    return p;
}

/* Resizes in memory of exactly the size asked for, with guard bytes behind out and scratch. */
static uint8_t *resize(const struct nev_resize *plan, const uint8_t *in)
{
    uint8_t *out = malloc(plan->out_bytes + 1), *mem = malloc(plan->scratch_bytes + NEV_ALIGN + 1), *scratch;
    struct nev_error err;

    assert_non_null(out);
    assert_non_null(mem);
    scratch = mem + (NEV_ALIGN - (uintptr_t)mem % NEV_ALIGN) % NEV_ALIGN;
    memset(mem, GUARD, plan->scratch_bytes + NEV_ALIGN + 1);
    memset(out, GUARD, plan->out_bytes + 1);
    assert_int_equal(nev_resize_run(plan, in, out, scratch, plan->scratch_bytes, &err), NEV_OK);
    assert_int_equal(out[plan->out_bytes], GUARD);
    assert_int_equal(scratch[plan->scratch_bytes], GUARD);
    free(mem);
    return out;
}

struct fact {
    uint32_t in_width, in_height, out_width, out_height;
    enum nev_resize_fit fit;
    uint32_t crc;
};

/* CRC-32 of the bytes that Pillow 9.4.0 makes of make_picture's picture: Image.fromarray(picture)
 * .resize((out_width, out_height), Image.BILINEAR); for CROP, .crop(the box of the plan) goes before it. */
static const struct fact facts[] = {
    {1024, 768, 224, 224, NEV_RESIZE_SQUASH, 0x26987C02u},
    {600, 450, 256, 256, NEV_RESIZE_SQUASH, 0x687132E6u},
    {224, 224, 224, 224, NEV_RESIZE_SQUASH, 0xFCCB3046u},
    {224, 224, 256, 256, NEV_RESIZE_SQUASH, 0x5F6C93ABu},
    {640, 480, 224, 480, NEV_RESIZE_SQUASH, 0x7487C093u},
    {480, 640, 480, 224, NEV_RESIZE_SQUASH, 0x0B58859Cu},
    {1, 1, 17, 9, NEV_RESIZE_SQUASH, 0x12147E16u},
    {33, 1, 7, 5, NEV_RESIZE_SQUASH, 0xBDCAC07Cu},
    {1, 33, 5, 7, NEV_RESIZE_SQUASH, 0xD3BB7B51u},
    {65535, 2, 3, 2, NEV_RESIZE_SQUASH, 0x527AEB99u},
    {2, 65535, 2, 3, NEV_RESIZE_SQUASH, 0xD43BAD76u},
    {3, 2, 2000, 3, NEV_RESIZE_SQUASH, 0x40FAD30Bu},
    {101, 67, 99, 68, NEV_RESIZE_SQUASH, 0x15F40486u},
    {7, 5, 640, 480, NEV_RESIZE_SQUASH, 0xBEBF3B3Au},
    {227, 227, 1, 1, NEV_RESIZE_SQUASH, 0xE5F31066u},
    {1024, 768, 224, 224, NEV_RESIZE_CROP, 0x16778591u},
    {450, 601, 224, 224, NEV_RESIZE_CROP, 0x6B8E3479u},
    {101, 60, 64, 48, NEV_RESIZE_CROP, 0x9488C991u},
    {30, 41, 9, 4, NEV_RESIZE_CROP, 0x4DAD66E9u},
};

/* Verifies: NEV-IO-301 NEV-IO-302 (the bytes of Pillow 9.4.0: up, down, one axis, one pixel, extreme ratios)
 */
static void test_equals_pillow(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const struct fact *f = &facts[i];
        uint8_t *in = make_picture(f->in_width, f->in_height), *out;
        struct nev_resize plan;

        assert_int_equal(
            nev_resize_plan(&plan, f->in_width, f->in_height, f->out_width, f->out_height, f->fit, NULL),
            NEV_OK);
        out = resize(&plan, in);
        if (nev_crc32(0, out, plan.out_bytes) != f->crc) {
            fail_msg("%ux%u to %ux%u differs from Pillow", f->in_width, f->in_height, f->out_width,
                     f->out_height);
        }
        free(out);
        free(in);
    }
}

static uint8_t sample(const uint8_t *row, int64_t x)
{
    return row[x * 3];
}

/* Verifies: NEV-IO-301 (where the coefficients are dyadic, the integer formula: (a+3b+3c+d+4)/8 halves a row,
 * (a+3b+2)/4 doubles it) */
static void test_dyadic_ratios(void **state)
{
    uint8_t *in = make_picture(64, 1), *half, *twice;
    struct nev_resize plan;
    int64_t x;

    (void)state;
    assert_int_equal(nev_resize_plan(&plan, 64, 1, 32, 1, NEV_RESIZE_SQUASH, NULL), NEV_OK);
    half = resize(&plan, in);
    for (x = 1; x < 31; x++) {
        int sum =
            sample(in, 2 * x - 1) + 3 * sample(in, 2 * x) + 3 * sample(in, 2 * x + 1) + sample(in, 2 * x + 2);

        assert_int_equal(half[x * 3], (sum + 4) / 8);
    }
    assert_int_equal(nev_resize_plan(&plan, 64, 1, 128, 1, NEV_RESIZE_SQUASH, NULL), NEV_OK);
    twice = resize(&plan, in);
    for (x = 1; x < 127; x++) {
        int64_t near = x / 2, far = x % 2 == 0 ? near - 1 : near + 1;

        assert_int_equal(twice[x * 3], (sample(in, far) + 3 * sample(in, near) + 2) / 4);
    }
    free(twice);
    free(half);
    free(in);
}

/* Verifies: NEV-IO-301 (one colour stays that colour, the same size stays the same bytes, at any size) */
static void test_properties(void **state)
{
    uint64_t random = 7;
    int i;

    (void)state;
    for (i = 0; i < 60; i++) {
        uint32_t w = nev_test_random(&random) % 90 + 1, h = nev_test_random(&random) % 90 + 1;
        uint32_t ow = nev_test_random(&random) % 120 + 1, oh = nev_test_random(&random) % 120 + 1;
        uint8_t *in = make_picture(w, h), *out, value = (uint8_t)nev_test_random(&random);
        struct nev_resize plan;
        size_t k;

        assert_int_equal(nev_resize_plan(&plan, w, h, w, h, NEV_RESIZE_CROP, NULL), NEV_OK);
        out = resize(&plan, in);
        assert_memory_equal(in, out, plan.in_bytes);
        free(out);
        memset(in, value, plan.in_bytes);
        assert_int_equal(nev_resize_plan(&plan, w, h, ow, oh, NEV_RESIZE_SQUASH, NULL), NEV_OK);
        out = resize(&plan, in);
        for (k = 0; k < plan.out_bytes; k++) {
            assert_int_equal(out[k], value);
        }
        free(out);
        free(in);
    }
}

/* Verifies: NEV-IO-302 (the rectangle of a centre crop, odd margins and slivers) */
static void test_crop_rectangle(void **state)
{
    static const uint32_t rows[][8] = {
        /* in w, in h, out w, out h, crop x, y, w, h */
        {1024, 768, 224, 224, 128, 0, 768, 768},
        {768, 1024, 224, 224, 0, 128, 768, 768},
        {450, 601, 224, 224, 0, 75, 450, 450},
        {101, 100, 1, 1, 0, 0, 100, 100},
        {30, 41, 9, 4, 0, 14, 30, 13},
        {5, 5, 224, 224, 0, 0, 5, 5},
        {65535, 1, 1, 65535, 32767, 0, 1, 1},
        {1, 65535, 65535, 1, 0, 32767, 1, 1},
        {65535, 65535, 65535, 1, 0, 32767, 65535, 1},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint32_t *r = rows[i];
        struct nev_resize p;

        /* The last row's picture has 12 GB; its rectangle is planned all the same where size_t holds it. */
        if (nev_resize_plan(&p, r[0], r[1], r[2], r[3], NEV_RESIZE_CROP, NULL) != NEV_OK) {
            assert_true(sizeof(size_t) < 8);
            continue;
        }
        assert_int_equal(p.crop_x, r[4]);
        assert_int_equal(p.crop_y, r[5]);
        assert_int_equal(p.crop_width, r[6]);
        assert_int_equal(p.crop_height, r[7]);
    }
}

/* Verifies: NEV-IO-303 (sides out of range, an unknown fit, scratch one byte short or askew) */
static void test_refusals(void **state)
{
    static const uint32_t bad[][4] = {{0, 1, 1, 1},          {1, 0, 1, 1},     {1, 1, 0, 1},
                                      {1, 1, 1, 0},          {65536, 1, 1, 1}, {1, 65536, 1, 1},
                                      {1, 1, UINT32_MAX, 1}, {1, 1, 1, 65536}};
    uint8_t in[4 * 3] = {0}, out[9 * 3], *mem, *scratch;
    struct nev_resize plan, zero;
    struct nev_error err;
    size_t i;

    (void)state;
    memset(&zero, 0, sizeof zero);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(
            nev_resize_plan(&plan, bad[i][0], bad[i][1], bad[i][2], bad[i][3], NEV_RESIZE_SQUASH, &err),
            NEV_ERR_ARGUMENT);
        assert_int_equal(err.status, NEV_ERR_ARGUMENT);
        assert_memory_equal(&plan, &zero, sizeof zero);
    }
    assert_int_equal(nev_resize_plan(&plan, 1, 1, 1, 1, (enum nev_resize_fit)2, &err), NEV_ERR_ARGUMENT);
    assert_int_equal(nev_resize_plan(&plan, 2, 2, 3, 3, NEV_RESIZE_SQUASH, &err), NEV_OK);
    assert_int_equal(plan.scratch_bytes % NEV_ALIGN, 0);
    mem = malloc(plan.scratch_bytes + 2 * NEV_ALIGN);
    assert_non_null(mem);
    scratch = mem + (NEV_ALIGN - (uintptr_t)mem % NEV_ALIGN) % NEV_ALIGN;
    memset(out, GUARD, sizeof out);
    assert_int_equal(nev_resize_run(&plan, in, out, scratch, plan.scratch_bytes - 1, &err), NEV_ERR_MEMORY);
    assert_int_equal(nev_resize_run(&plan, in, out, scratch + 1, plan.scratch_bytes, &err), NEV_ERR_MEMORY);
    assert_int_equal(nev_resize_run(&plan, in, out, NULL, 0, &err), NEV_ERR_MEMORY);
    assert_int_equal(out[0], GUARD);
    assert_int_equal(nev_resize_run(&plan, in, out, scratch, plan.scratch_bytes, &err), NEV_OK);
    assert_int_equal(out[0], 0);
    free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_pillow), cmocka_unit_test(test_dyadic_ratios),
        cmocka_unit_test(test_properties),    cmocka_unit_test(test_crop_rectangle),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests_name("resize", tests, NULL, NULL);
}
