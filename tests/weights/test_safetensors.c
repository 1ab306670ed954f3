/* SPDX-License-Identifier: MIT */
/* weights/import/safetensors.c and json.c. */
#include "tests/support/test.h"

#include "tests/weights/build.h"
#include "weights/import/json.h"
#include "weights/import/safetensors.h"

#define A "\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}"
#define B "\"b\":{\"data_offsets\":[16,20],\"shape\":[2],\"dtype\":\"F16\"}"

static const char good[] = "{\"__metadata__\":{\"format\":\"p\\u0074\\n\"}," A " , " B "}   ";

static void make(struct build *b, const char *header, size_t data_bytes)
{
    size_t i;

    memset(b, 0, sizeof *b);
    build_u64(b, strlen(header));
    build_text(b, header);
    for (i = 0; i < data_bytes; i++) {
        build_u8(b, (unsigned)i);
    }
}

static enum nev_status judge(const uint8_t *data, size_t bytes, uint32_t *len, struct nev_error *err)
{
    uint8_t *copy = build_exact(data, bytes);
    struct nev_source_tensor *t;
    struct nev_arena arena;
    size_t need;
    uint32_t i;
    enum nev_status s = nev_safetensors_arena_bytes(copy, bytes, &need, err);
    void *memory = malloc(need + 1);

    assert_non_null(memory);
    nev_arena_init(&arena, memory, need);
    if (s == NEV_OK && (s = nev_safetensors_read(copy, bytes, &arena, &t, len, err)) == NEV_OK) {
        for (i = 0; i < *len; i++) {
            assert_true(t[i].offset + t[i].len * nev_dtype_bytes(t[i].dtype) <= bytes);
        }
    }
    free(memory);
    free(copy);
    return s;
}

static enum nev_status judge_header(const char *header, size_t data_bytes, struct nev_error *err)
{
    struct build b;
    uint32_t len;
    enum nev_status s;

    make(&b, header, data_bytes);
    s = judge(b.p, b.len, &len, err);
    build_free(&b);
    return s;
}

/* Verifies: NEV-WT-025 (members in any order, metadata, filler, empty tensors) */
static void test_good(void **state)
{
    struct nev_error err;
    struct build b;
    uint32_t len = 0;

    (void)state;
    make(&b, good, 20);
    assert_int_equal(judge(b.p, b.len, &len, &err), NEV_OK);
    assert_int_equal(len, 2);
    build_free(&b);
    assert_int_equal(judge_header("{" B "," A "}", 20, &err), NEV_OK);
    assert_int_equal(
        judge_header("{" A ",\"e\":{\"dtype\":\"F32\",\"shape\":[0,4],\"data_offsets\":[16,16]}}", 16, &err),
        NEV_OK);
    assert_int_equal(judge_header("{\"s\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]}}", 8, &err),
                     NEV_OK);
}

/* Verifies: NEV-WT-026 (overlap, gap, excess; shapes that overflow; JSON that is none) */
static void test_bad(void **state)
{
#define T(dtype, shape, offsets)                                                                             \
    "{\"t\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
    static const struct {
        const char *header;
        size_t data_bytes;
        enum nev_status status;
    } bad[] = {
        {"{" A "," B "}", 19, NEV_ERR_TRUNCATED},
        {"{" A "," B "}", 21, NEV_ERR_FORMAT},
        {"{" A "}", 20, NEV_ERR_FORMAT},
        {"{" B "}", 20, NEV_ERR_FORMAT},
        {"{" A "," A "}", 16, NEV_ERR_FORMAT},
        {"{}", 0, NEV_ERR_MISSING},
        {"{} x", 0, NEV_ERR_FORMAT},
        {"[]", 0, NEV_ERR_FORMAT},
        {"{" A ",}", 16, NEV_ERR_FORMAT},
        {"{" A, 16, NEV_ERR_FORMAT},
        {T("\"F32\"", "[4]", "[0,12]"), 12, NEV_ERR_SHAPE},
        {T("\"F32\"", "[4]", "[16,0]"), 16, NEV_ERR_FORMAT},
        {T("\"F32\"", "[65536,65536]", "[0,16]"), 16, NEV_ERR_LIMIT},
        {T("\"F32\"", "[18446744073709551617]", "[0,4]"), 4, NEV_ERR_FORMAT},
        {T("\"F32\"", "[9223372036854775807]", "[0,4]"), 4, NEV_ERR_FORMAT},
        {T("\"F32\"", "[4294967297]", "[0,4]"), 4, NEV_ERR_LIMIT},
        {T("\"F32\"", "[1]", "[9223372036854775800,9223372036854775804]"), 4, NEV_ERR_FORMAT},
        {T("\"F32\"", "[1]", "[4294967296,4294967300]"), 4, NEV_ERR_TRUNCATED},
        {T("\"F32\"", "[01]", "[0,4]"), 4, NEV_ERR_FORMAT},
        {T("\"F32\"", "[-1]", "[0,4]"), 4, NEV_ERR_FORMAT},
        {T("\"F32\"", "[1.0]", "[0,4]"), 4, NEV_ERR_FORMAT},
        {T("\"F32\"", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, NEV_ERR_FORMAT},
        {T("\"F32\"", "[[1]]", "[0,4]"), 4, NEV_ERR_FORMAT},
        {T("\"F32\"", "[1]", "[0]"), 4, NEV_ERR_FORMAT},
        {T("\"F31\"", "[1]", "[0,4]"), 4, NEV_ERR_UNSUPPORTED},
        {T("32", "[1]", "[0,4]"), 4, NEV_ERR_FORMAT},
        {T("\"F3\n2\"", "[1]", "[0,4]"), 4, NEV_ERR_FORMAT},
        {T("\"F3\\x2\"", "[1]", "[0,4]"), 4, NEV_ERR_FORMAT},
        {T("\"F32\",\"dtype\":\"F32\"", "[1]", "[0,4]"), 4, NEV_ERR_FORMAT},
        {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, NEV_ERR_FORMAT},
        {"{\"t\":{}}", 4, NEV_ERR_FORMAT},
        {"{\"__metadata__\":{\"a\":1}}", 0, NEV_ERR_FORMAT},
    };
    struct nev_error err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(judge_header(bad[i].header, bad[i].data_bytes, &err), bad[i].status);
        assert_int_equal(err.status, bad[i].status);
    }
}

/* Verifies: NEV-WT-026 (a header longer than the file, or than its limit; cut anywhere; any bit flipped) */
static void test_every_byte(void **state)
{
    struct nev_error err;
    struct build b;
    uint32_t len;
    size_t cut, bit;

    (void)state;
    make(&b, good, 20);
    for (cut = 0; cut < b.len; cut++) {
        assert_int_not_equal(judge(b.p, cut, &len, &err), NEV_OK);
    }
    for (bit = 0; bit < 8 * (8 + strlen(good)); bit++) {
        b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)judge(b.p, b.len, &len, &err); /* the sanitizers judge */
        b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    memset(b.p, 0xFF, 8);
    assert_int_equal(judge(b.p, b.len, &len, &err), NEV_ERR_TRUNCATED);
    build_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_every_byte),
    };

    return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
