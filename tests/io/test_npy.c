/* SPDX-License-Identifier: MIT */
/* Sources: io/npy.c (opening), io/npy_item.c (items), io/npy_write.c (writing). */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "io/npy.h"
#include "nn/base/bytes.h"

/* A file of version 1.0 with that header text and data_bytes bytes 0, 1, 2, ... behind it. */
static size_t make_file(uint8_t *file, const char *header, size_t data_bytes)
{
    size_t len = strlen(header), i;

    memcpy(file, "\x93NUMPY\x01", 7);
    file[7] = 0;
    nev_store_u16le(file + 8, (uint16_t)len);
    memcpy(file + 10, header, len);
    for (i = 0; i < data_bytes; i++) {
        file[10 + len + i] = (uint8_t)i;
    }
    return 10 + len + data_bytes;
}

/* Verifies: NEV-IO-311 (the bytes that numpy 1.24.2 saves for float32 [[1, 2, 3], [4, 5, 6]], by its format)
 */
static void test_writes_numpys_bytes(void **state)
{
    static const char text[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    const struct nev_npy_shape shape = {NEV_NPY_FLOAT, 4, 2, 2, 3};
    const float data[6] = {1, 2, 3, 4, 5, 6};
    uint8_t file[256];
    size_t bytes, i;

    (void)state;
    assert_int_equal(nev_npy_file_bytes(&shape, &bytes), NEV_OK);
    assert_int_equal(bytes, 128 + 24);
    assert_int_equal(nev_npy_write(&shape, data, file, bytes - 1), NEV_ERR_MEMORY);
    assert_int_equal(nev_npy_write(&shape, data, file, bytes), NEV_OK);
    assert_memory_equal(file, "\x93NUMPY\x01\0\x76\0", 10);
    assert_memory_equal(file + 10, text, sizeof text - 1);
    for (i = 10 + sizeof text - 1; i < 127; i++) {
        assert_int_equal(file[i], ' ');
    }
    assert_int_equal(file[127], '\n');
    for (i = 0; i < 6; i++) {
        assert_true(nev_load_f32le(file + 128 + 4 * i) == data[i]);
    }
}

static void assert_round_trip(enum nev_npy_kind kind, uint32_t item_bytes, const void *data, size_t rows,
                              size_t cols, uint32_t ndim, const double *expected)
{
    const struct nev_npy_shape shape = {kind, item_bytes, ndim, rows, cols};
    struct nev_npy npy;
    uint8_t file[512];
    size_t bytes, i;

    assert_int_equal(nev_npy_file_bytes(&shape, &bytes), NEV_OK);
    assert_int_equal(nev_npy_write(&shape, data, file, bytes), NEV_OK);
    assert_int_equal(nev_npy_open(&npy, file, bytes, NULL), NEV_OK);
    assert_int_equal(npy.kind, kind);
    assert_int_equal(npy.item_bytes, item_bytes);
    assert_int_equal(npy.ndim, ndim);
    assert_int_equal(npy.rows, rows);
    assert_int_equal(npy.cols, cols);
    assert_int_equal(npy.data_offset % 64, 0);
    for (i = 0; i < npy.len; i++) {
        assert_true(nev_npy_f64(&npy, i) == expected[i]);
        assert_true(nev_npy_f32(&npy, i) == (float)expected[i]);
    }
}

/* Verifies: NEV-IO-311 NEV-IO-312 (every kind of item, written, read back) */
static void test_every_kind(void **state)
{
    static const double small[4] = {0, 1, 100, 127}, negative[4] = {-128, -1, 0, 127};
    static const double wide[2] = {-9007199254740992.0, 4611686018427387904.0}, bools[3] = {1, 0, 1};
    static const float f4[4] = {0, 1, 100, 127};
    static const int8_t i1[4] = {-128, -1, 0, 127};
    static const int16_t i2[4] = {-128, -1, 0, 127};
    static const int32_t i4[4] = {-128, -1, 0, 127};
    static const int64_t i8[2] = {-9007199254740992, 4611686018427387904};
    static const uint8_t u1[4] = {0, 1, 100, 127}, b1[3] = {1, 0, 1};
    static const uint16_t u2[4] = {0, 1, 100, 127};
    static const uint32_t u4[4] = {0, 1, 100, 127};
    static const uint64_t u8[4] = {0, 1, 100, 127};

    (void)state;
    assert_round_trip(NEV_NPY_FLOAT, 4, f4, 2, 2, 2, small);
    assert_round_trip(NEV_NPY_FLOAT, 8, wide, 2, 1, 1, wide);
    assert_round_trip(NEV_NPY_INT, 1, i1, 4, 1, 1, negative);
    assert_round_trip(NEV_NPY_INT, 2, i2, 4, 1, 1, negative);
    assert_round_trip(NEV_NPY_INT, 4, i4, 1, 4, 2, negative);
    assert_round_trip(NEV_NPY_INT, 8, i8, 2, 1, 1, wide);
    assert_round_trip(NEV_NPY_UINT, 1, u1, 4, 1, 1, small);
    assert_round_trip(NEV_NPY_UINT, 2, u2, 4, 1, 1, small);
    assert_round_trip(NEV_NPY_UINT, 4, u4, 4, 1, 1, small);
    assert_round_trip(NEV_NPY_UINT, 8, u8, 2, 2, 2, small);
    assert_round_trip(NEV_NPY_BOOL, 1, b1, 3, 1, 1, bools);
    assert_round_trip(NEV_NPY_FLOAT, 4, f4, 0, 4, 2, small);
}

/* Verifies: NEV-IO-312 (big-endian items, other versions, other spellings of the header) */
static void test_reads_what_others_write(void **state)
{
    static const char *const spellings[] = {
        "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }   \n",
        "{\"shape\": (2L,),\"fortran_order\":False,\"descr\":\">f4\"}",
        " { 'shape' : ( 1 , 2 ) , 'descr' : '>f4' , 'fortran_order' : False } \n",
    };
    uint8_t file[256], other[256];
    struct nev_npy npy;
    float row[2];
    size_t i, bytes;

    (void)state;
    for (i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        bytes = make_file(file, spellings[i], 0);
        memcpy(file + bytes, "\x3F\x80\0\0\xC0\x20\0\0", 8); /* 1 and -2.5 */
        assert_int_equal(nev_npy_open(&npy, file, bytes + 8, NULL), NEV_OK);
        assert_true(nev_npy_f64(&npy, 0) == 1.0 && nev_npy_f32(&npy, 1) == -2.5f);
        nev_npy_read_f32(&npy, 0, npy.rows, row);
        assert_true(row[0] == 1.0f && row[1] == -2.5f);
        /* Versions 2.0 and 3.0 state the header's length in four bytes. */
        memcpy(other, file, 10);
        other[6] = (uint8_t)(2 + i % 2);
        nev_store_u32le(other + 8, (uint32_t)(bytes - 10));
        memcpy(other + 12, file + 10, bytes + 8 - 10);
        assert_int_equal(nev_npy_open(&npy, other, bytes + 8 + 2, NULL), NEV_OK);
        assert_true(nev_npy_f64(&npy, 1) == -2.5);
    }
}

/* Verifies: NEV-IO-313 (whole numbers: fractions, NaN, infinity and 2^63 are refused by row and column) */
static void test_whole_numbers(void **state)
{
    const double f8[6] = {3.0, -9223372036854775808.0, 9223372036854775808.0, 0.5, 0.0, 0.0};
    const uint64_t u8[2] = {INT64_MAX, (uint64_t)INT64_MAX + 1};
    const struct nev_npy_shape reals = {NEV_NPY_FLOAT, 8, 2, 3, 2}, wholes = {NEV_NPY_UINT, 8, 1, 2, 1};
    double values[6];
    uint8_t file[256];
    struct nev_error err;
    struct nev_npy npy;
    int64_t value;
    size_t i;

    (void)state;
    memcpy(values, f8, sizeof f8);
    values[4] = nev_f64_from_bits(0x7FF8000000000000u);
    values[5] = nev_f64_from_bits(0xFFF0000000000000u);
    assert_int_equal(nev_npy_write(&reals, values, file, 128 + 48), NEV_OK);
    assert_int_equal(nev_npy_open(&npy, file, 128 + 48, NULL), NEV_OK);
    assert_int_equal(nev_npy_i64(&npy, 0, &value, &err), NEV_OK);
    assert_true(value == 3);
    assert_int_equal(nev_npy_i64(&npy, 1, &value, &err), NEV_OK);
    assert_true(value == INT64_MIN);
    for (i = 2; i < 6; i++) {
        assert_int_equal(nev_npy_i64(&npy, i, &value, &err), NEV_ERR_VALUE);
        assert_int_equal(err.row, i / 2);
        assert_int_equal(err.col, i % 2);
        assert_true(value == 0);
    }
    assert_int_equal(nev_npy_write(&wholes, u8, file, 128 + 16), NEV_OK);
    assert_int_equal(nev_npy_open(&npy, file, 128 + 16, NULL), NEV_OK);
    assert_int_equal(nev_npy_i64(&npy, 0, &value, &err), NEV_OK);
    assert_true(value == INT64_MAX);
    assert_int_equal(nev_npy_i64(&npy, 1, &value, &err), NEV_ERR_VALUE);
}

/* Verifies: NEV-IO-314 (each refusal with its status and its offset) */
static void test_refusals(void **state)
{
#define PART(descr, order, shape) "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }"
    static const struct {
        const char *header;
        enum nev_status status;
        const char *at; /* the error's offset is where this stands in the header; NULL: behind it */
    } bad[] = {
        {PART("'<f4'", "True", "(2, 2)"), NEV_ERR_UNSUPPORTED, "True"},
        {PART("'<f4'", "None", "(2, 2)"), NEV_ERR_FORMAT, "None"},
        {PART("'<f4'", "False", "()"), NEV_ERR_UNSUPPORTED, ", }"},
        {PART("'<f4'", "False", "(1, 2, 2)"), NEV_ERR_UNSUPPORTED, "2), }"},
        {PART("'<f4'", "False", "(2)"), NEV_ERR_FORMAT, "), }"},
        {PART("'<f4'", "False", "(-2,)"), NEV_ERR_FORMAT, "-2"},
        {PART("'<f4'", "False", "(2,"), NEV_ERR_FORMAT, ", }"},
        {PART("'<f4'", "False", "4"), NEV_ERR_FORMAT, "4, }"},
        {PART("'<f2'", "False", "(2,)"), NEV_ERR_UNSUPPORTED, "'<f2"},
        {PART("'<U1'", "False", "(2,)"), NEV_ERR_UNSUPPORTED, "'<U1"},
        {PART("'|f4'", "False", "(2,)"), NEV_ERR_UNSUPPORTED, "'|f4"},
        {PART("'|O'", "False", "(2,)"), NEV_ERR_FORBIDDEN, "'|O"},
        {PART("[('a', '<f4')]", "False", "(2,)"), NEV_ERR_UNSUPPORTED, "["},
        {"{'descr': '<f4', 'shape': (2,)}", NEV_ERR_MISSING, NULL},
        {"{'descr': '<f4', 'descr': '<f4'}", NEV_ERR_FORMAT, "'descr': '<f4'}"},
        {"{'descr': '<f4', 'size': 2}", NEV_ERR_FORMAT, "'size'"},
        {"{'descr' '<f4'}", NEV_ERR_FORMAT, "'<f4"},
        {"['descr']", NEV_ERR_FORMAT, "["},
        {PART("'<f4'", "False", "(2,)") " x", NEV_ERR_FORMAT, "x"},
    };
    static const char good[] = PART("'<f4'", "False", "(2, 2)");
    static const char *const huge[] = {
        PART("'<f4'", "False", "(99999999999999999999999,)"),
        PART("'<f4'", "False", "(4294967296, 4294967296)"),
        PART("'<f8'", "False", "(2305843009213693952,)"),
    };
#undef PART
    uint8_t file[512];
    struct nev_npy npy, zero;
    struct nev_error err;
    size_t i, bytes;

    (void)state;
    memset(&zero, 0, sizeof zero);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *header = bad[i].header;
        size_t at = bad[i].at == NULL ? strlen(header) : (size_t)(strstr(header, bad[i].at) - header);

        bytes = make_file(file, header, 8);
        if (nev_npy_open(&npy, file, bytes, &err) != bad[i].status || err.offset != 10 + at) {
            fail_msg("%s: status %s at %llu", bad[i].header, nev_status_name(err.status),
                     (unsigned long long)err.offset);
        }
        assert_memory_equal(&npy, &zero, sizeof zero);
    }
    bytes = make_file(file, good, 17);
    assert_int_equal(nev_npy_open(&npy, file, bytes, &err), NEV_ERR_FORMAT);
    assert_int_equal(err.offset, bytes - 1);
    assert_int_equal(nev_npy_open(&npy, file, bytes - 1, &err), NEV_OK);
    assert_int_equal(nev_npy_open(&npy, file, bytes - 2, &err), NEV_ERR_TRUNCATED);
    assert_int_equal(err.offset, bytes - 2);
    for (i = 0; i < sizeof huge / sizeof huge[0]; i++) {
        assert_int_equal(nev_npy_open(&npy, file, make_file(file, huge[i], 8), &err), NEV_ERR_LIMIT);
    }
    bytes = make_file(file, "{}", 0);
    file[6] = 4;
    assert_int_equal(nev_npy_open(&npy, file, bytes, &err), NEV_ERR_VERSION);
    assert_int_equal(nev_npy_open(&npy, "PK\x03\x04", 4, &err), NEV_ERR_FORMAT);
}

/* Verifies: NEV-IO-314 (cut after every byte: refused; any bit of the header flipped: refused, or a view of
 * memory that is there; the file lies at the end of its allocation, so that a read behind it is caught) */
static void test_damage(void **state)
{
    const struct nev_npy_shape shape = {NEV_NPY_FLOAT, 4, 2, 2, 3};
    const float data[6] = {1, 2, 3, 4, 5, 6};
    uint8_t good[152];
    struct nev_npy npy;
    size_t cut, bit, i;

    (void)state;
    assert_int_equal(nev_npy_write(&shape, data, good, sizeof good), NEV_OK);
    for (cut = 0; cut < sizeof good; cut++) {
        uint8_t *file = malloc(cut + (cut == 0));

        assert_non_null(file);
        memcpy(file, good, cut);
        assert_int_not_equal(nev_npy_open(&npy, file, cut, NULL), NEV_OK);
        free(file);
    }
    for (bit = 0; bit < NEV_NPY_HEADER_BYTES * 8; bit++) {
        uint8_t *file = malloc(sizeof good);
        double sum = 0;

        assert_non_null(file);
        memcpy(file, good, sizeof good);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (nev_npy_open(&npy, file, sizeof good, NULL) == NEV_OK) {
            for (i = 0; i < npy.len; i++) {
                sum += nev_npy_f64(&npy, i);
            }
            assert_true(npy.data_offset + npy.len * npy.item_bytes == sizeof good);
        }
        assert_true(sum == sum || npy.kind == NEV_NPY_FLOAT);
        free(file);
    }
}

/* Verifies: NEV-IO-311 (shapes that cannot be written) */
static void test_writer_refusals(void **state)
{
    static const struct nev_npy_shape bad[] = {
        {NEV_NPY_FLOAT, 2, 1, 1, 1}, {NEV_NPY_BOOL, 2, 1, 1, 1},  {NEV_NPY_INT, 3, 1, 1, 1},
        {NEV_NPY_FLOAT, 4, 0, 1, 1}, {NEV_NPY_FLOAT, 4, 3, 1, 1}, {NEV_NPY_FLOAT, 4, 1, 2, 2},
    };
    struct nev_npy_shape large = {NEV_NPY_FLOAT, 4, 2, SIZE_MAX / 2, 2};
    uint8_t header[NEV_NPY_HEADER_BYTES];
    size_t i, bytes;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bytes = 1;
        assert_int_equal(nev_npy_file_bytes(&bad[i], &bytes), NEV_ERR_ARGUMENT);
        assert_int_equal(bytes, 0);
        assert_int_equal(nev_npy_write_header(&bad[i], header), NEV_ERR_ARGUMENT);
        assert_int_equal(header[0], 0);
    }
    assert_int_equal(nev_npy_file_bytes(&large, &bytes), NEV_ERR_LIMIT);
    large.rows = SIZE_MAX;
    large.cols = 0;
    assert_int_equal(nev_npy_file_bytes(&large, &bytes), NEV_ERR_LIMIT);
    large.rows = SIZE_MAX / 2; /* the longest header there can be */
    assert_int_equal(nev_npy_write_header(&large, header), NEV_OK);
    assert_int_equal(header[NEV_NPY_HEADER_BYTES - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_numpys_bytes),
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_reads_what_others_write),
        cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_writer_refusals),
    };

    return cmocka_run_group_tests_name("npy", tests, NULL, NULL);
}
