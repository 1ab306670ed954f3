/* SPDX-License-Identifier: MIT */
/* weights/import/source.c: element types, shapes, strides. */
#include "tests/support/test.h"

#include <math.h>

#include "tests/weights/build.h"
#include "weights/import/source.h"

static const struct nev_tensor_spec one = {"one", NEV_TENSOR_BIAS, 1, {1, 1, 1, 1}};

static struct nev_source_tensor tensor(enum nev_dtype dtype, const uint8_t *data, const uint64_t *dim,
                                       uint32_t ndim)
{
    struct nev_source_tensor t;

    memset(&t, 0, sizeof t);
    t.dtype = dtype;
    t.data = data;
    t.offset = 500;
    assert_int_equal(nev_source_shape(&t, dim, ndim, NULL), NEV_OK);
    return t;
}

static enum nev_status convert(enum nev_dtype dtype, const uint8_t *data, float *out, struct nev_error *err)
{
    const uint64_t dim[] = {1};
    struct nev_source_tensor t = tensor(dtype, data, dim, 1);
    uint8_t payload[4];
    enum nev_status s = nev_source_store(&t, &one, payload, err);

    *out = s == NEV_OK ? nev_load_f32le(payload) : 0.0f;
    return s;
}

/* Verifies: NEV-WT-020 (all 65,536 float16 and bfloat16, against the definition of the formats) */
static void test_half_types(void **state)
{
    struct nev_error err;
    uint32_t bits;

    (void)state;
    for (bits = 0; bits < 65536; bits++) {
        uint32_t e = bits >> 10 & 31, f = bits & 1023;
        double sign = bits >> 15 != 0 ? -1.0 : 1.0;
        double want = sign * (e == 0 ? ldexp(f, -24) : ldexp(1024.0 + f, (int)e - 25));
        uint8_t data[2];
        float got;

        nev_store_u16le(data, (uint16_t)bits);
        assert_int_equal(convert(NEV_DTYPE_F16, data, &got, &err), e == 31 ? NEV_ERR_VALUE : NEV_OK);
        assert_true(e == 31 || ((double)got == want && (signbit(got) != 0) == (signbit(want) != 0)));

        e = bits >> 7 & 255;
        f = bits & 127;
        want = sign * (e == 0 ? ldexp(f, -133) : ldexp(128.0 + f, (int)e - 134));
        assert_int_equal(convert(NEV_DTYPE_BF16, data, &got, &err), e == 255 ? NEV_ERR_VALUE : NEV_OK);
        assert_true(e == 255 || ((double)got == want && (signbit(got) != 0) == (signbit(want) != 0)));
    }
}

/* Verifies: NEV-WT-020 (float64 is rounded to nearest, ties to even; what does not fit is refused) */
static void test_double(void **state)
{
    static const struct {
        double from;
        float to;
    } cases[] = {
        {1.0 + 0x1p-24, 1.0f},
        {1.0 + 0x1p-24 + 0x1p-50, 1.0f + 0x1p-23f},
        {1.0 + 3 * 0x1p-24, 1.0f + 0x1p-22f},
        {-0.1, -0.1f},
        {0x1p-149, 0x1p-149f},
    };
    struct nev_error err;
    uint8_t data[8];
    float got;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        nev_store_f64le(data, cases[i].from);
        assert_int_equal(convert(NEV_DTYPE_F64, data, &got, &err), NEV_OK);
        assert_int_equal(nev_f32_bits(got), nev_f32_bits(cases[i].to));
    }
    nev_store_f64le(data, 1e39);
    assert_int_equal(convert(NEV_DTYPE_F64, data, &got, &err), NEV_ERR_VALUE);
    assert_int_equal(err.offset, 500);
}

/* Verifies: NEV-WT-021 (strides, background row, 1x1 convolutions as matrices; other shapes refused) */
static void test_adapt(void **state)
{
    static const struct nev_tensor_spec fc = {"fc", NEV_TENSOR_WEIGHT, 2, {1000, 2, 1, 1}};
    static const struct nev_tensor_spec var = {"v", NEV_TENSOR_VAR, 1, {2, 1, 1, 1}};
    static uint8_t data[4 * 2002], payload[4 * 2000];
    const uint64_t rows1001[] = {1001, 2, 1, 1}, plain[] = {2, 1000}, three[] = {1000, 2, 3}, two[] = {2};
    struct nev_source_tensor t, to;
    struct nev_error err;
    uint32_t i;

    (void)state;
    for (i = 0; i < 2002; i++) {
        nev_store_f32le(data + 4 * i, (float)i);
    }
    t = tensor(NEV_DTYPE_F32, data, rows1001, 4);
    assert_int_equal(nev_source_adapt(&t, &fc, false, &to, &err), NEV_ERR_SHAPE);
    assert_int_equal(nev_source_adapt(&t, &fc, true, &to, &err), NEV_OK);
    assert_int_equal(to.offset, 508);
    assert_int_equal(nev_source_store(&to, &fc, payload, &err), NEV_OK);
    assert_memory_equal(payload, data + 8, sizeof payload);

    t = tensor(NEV_DTYPE_F32, data, plain, 2); /* seen from the side */
    assert_int_equal(nev_source_adapt(&t, &fc, true, &to, &err), NEV_ERR_SHAPE);
    t.dim[0] = 1000;
    t.dim[1] = 2;
    t.stride[0] = 1;
    t.stride[1] = 1000;
    assert_int_equal(nev_source_adapt(&t, &fc, true, &to, &err), NEV_OK);
    assert_int_equal(nev_source_store(&to, &fc, payload, &err), NEV_OK);
    for (i = 0; i < 1000; i++) {
        assert_true(nev_load_f32le(payload + 8 * i) == (float)i);
        assert_true(nev_load_f32le(payload + 8 * i + 4) == (float)(1000 + i));
    }
    t = tensor(NEV_DTYPE_F32, data, three, 3);
    assert_int_equal(nev_source_adapt(&t, &fc, true, &to, &err), NEV_ERR_SHAPE);
    t.dtype = NEV_DTYPE_OTHER4;
    assert_int_equal(nev_source_adapt(&t, &fc, true, &to, &err), NEV_ERR_UNSUPPORTED);
    t.dtype = NEV_DTYPE_NONE;
    assert_int_equal(nev_source_adapt(&t, &fc, true, &to, &err), NEV_ERR_MISSING);

    nev_store_f32le(data + 4, -1e-30f);
    t = tensor(NEV_DTYPE_F32, data, two, 1);
    assert_int_equal(nev_source_store(&t, &var, payload, &err), NEV_ERR_VALUE);
    assert_int_equal(err.offset, 504);
    assert_string_equal(err.name, "v");
}

/* Verifies: NEV-WT-021 (dimensions whose product overflows) */
static void test_shape_limits(void **state)
{
    const uint64_t wide[] = {65536, 65536}, huge[] = {1, UINT64_MAX}, many[] = {2, 2, 2, 2, 2};
    struct nev_source_tensor t;
    struct nev_error err;

    (void)state;
    memset(&t, 0, sizeof t);
    assert_int_equal(nev_source_shape(&t, wide, 2, &err), NEV_ERR_LIMIT);
    assert_int_equal(nev_source_shape(&t, huge, 2, &err), NEV_ERR_LIMIT);
    assert_int_equal(nev_source_shape(&t, many, 5, &err), NEV_OK);
    assert_int_equal(t.len, 32);
    assert_int_equal(t.dim[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_half_types),
        cmocka_unit_test(test_double),
        cmocka_unit_test(test_adapt),
        cmocka_unit_test(test_shape_limits),
    };

    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
