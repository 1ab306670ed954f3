/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <math.h>
#include <string.h>

#include "tools/text/json_read.h"

static struct nev_json_source source;

static struct nev_json_source *reading(const char *text)
{
    nev_json_open(&source, text, strlen(text));
    return &source;
}

/* Verifies: NEV-CLI-182 (members in any order, nested values skipped, numbers exact, escapes resolved) */
static void test_values(void **state)
{
    struct nev_json_source *j = reading(
        " {\"a\": -12,\n\"skip\": [1, {\"x\": [true, null, \"]}\\\"\"]}, []], \"f\": 0.10000000149011612,"
        "\"inf\": \"-inf\", \"d\": 1e-3, \"t\": \"\\u00e9\\\"\\\\\\ud83d\\ude00\\/\", \"o\": {}, \"big\": "
        "9223372036854775807}\r\n\t");
    char key[NEV_JSON_TEXT_LEN], text[NEV_JSON_TEXT_LEN];
    size_t len = 0, inner = 0;
    int64_t i = 0;
    double d = 0;
    float f = 0;

    (void)state;
    assert_true(nev_json_enter(j, '{'));
    assert_true(nev_json_more(j, '{', &len) && nev_json_key(j, key) && nev_json_read_int(j, &i));
    assert_true(i == -12);
    assert_true(nev_json_more(j, '{', &len) && nev_json_key(j, key) && nev_json_skip(j));
    assert_string_equal(key, "skip");
    assert_true(nev_json_more(j, '{', &len) && nev_json_key(j, key) && nev_json_read_f32(j, &f));
    assert_true(f == 0.1f);
    assert_true(nev_json_more(j, '{', &len) && nev_json_key(j, key) && nev_json_read_f32(j, &f));
    assert_true(f == -INFINITY);
    assert_true(nev_json_more(j, '{', &len) && nev_json_key(j, key) && nev_json_read_f64(j, &d));
    assert_true(d == 1e-3);
    assert_true(nev_json_more(j, '{', &len) && nev_json_key(j, key) && nev_json_read_text(j, text));
    assert_string_equal(text, "\xC3\xA9\"\\\xF0\x9F\x98\x80/");
    assert_true(nev_json_more(j, '{', &len) && nev_json_key(j, key) && nev_json_enter(j, '{'));
    assert_false(nev_json_more(j, '{', &inner));
    assert_true(nev_json_more(j, '{', &len) && nev_json_key(j, key) && nev_json_read_int(j, &i));
    assert_true(i == INT64_MAX);
    assert_false(nev_json_more(j, '{', &len));
    assert_int_equal(len, 8);
    assert_true(nev_json_close(j));
}

/* Verifies: NEV-CLI-182 (what is no JSON is refused with its offset, and the first error stays) */
static void test_refused(void **state)
{
    static const struct {
        const char *text;
        uint64_t offset;
    } bad[] = {{"", 0},          {"[", 1},        {"[1", 2},    {"[1 2]", 3}, {"[1,]", 3},
               {"{\"a\" 1}", 5}, {"{\"a\":}", 5}, {"{a:1}", 1}, {"[\"a]", 4}, {"[\"\\x\"]", 3},
               {"[\"\n\"]", 2},  {"[nul]", 1},    {"[1]x", 3},  {"[-]", 1},   {"[1e]", 1},
               {"[.]", 1},       {"]", 0},        {"[}", 1},    {"[\"\\", 3}};
    char deep[200];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct nev_json_source *j = reading(bad[i].text);

        nev_json_skip(j);
        if (nev_json_close(j) || j->err.offset != bad[i].offset) {
            fail_msg("%s: offset %d", bad[i].text, (int)j->err.offset);
        }
        assert_int_equal(j->err.status, NEV_ERR_FORMAT);
        assert_false(nev_json_fail_here(j, NULL, "another"));
        assert_int_equal(j->err.offset, bad[i].offset);
    }
    memset(deep, '[', sizeof deep);
    nev_json_open(&source, deep, sizeof deep);
    assert_false(nev_json_skip(&source));
    assert_int_equal(source.err.offset, 64);
}

/* Verifies: NEV-CLI-182 (values of another kind or out of range, and texts that are no characters or too long) */
static void test_kinds(void **state)
{
    char text[NEV_JSON_TEXT_LEN], many[NEV_JSON_TEXT_LEN + 20];
    uint32_t u;
    int64_t i;
    float f;

    (void)state;
    assert_false(nev_json_read_uint(reading("-1"), &u));
    assert_false(nev_json_read_uint(reading("4294967296"), &u));
    assert_true(nev_json_read_uint(reading("4294967295"), &u));
    assert_false(nev_json_read_int(reading("9223372036854775808"), &i));
    assert_false(nev_json_read_int(reading("1.5"), &i));
    assert_false(nev_json_read_int(reading("\"1\""), &i));
    assert_false(nev_json_read_f32(reading("\"nan\""), &f));
    assert_false(nev_json_read_f32(reading("null"), &f));
    assert_false(nev_json_read_text(reading("1"), text));
    assert_false(nev_json_read_text(reading("\"\\ud83d\""), text));
    assert_false(nev_json_read_text(reading("\"\\ude00\""), text));
    assert_false(nev_json_read_text(reading("\"\\u00g0\""), text));
    assert_false(nev_json_read_text(reading("\"\\u0000\""), text));
    assert_false(nev_json_read_text(reading("\"\\u12\""), text));
    memset(many, 'a', sizeof many);
    many[0] = many[sizeof many - 1] = '"';
    nev_json_open(&source, many, sizeof many);
    assert_false(nev_json_read_text(&source, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
