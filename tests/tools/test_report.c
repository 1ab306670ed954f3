/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <string.h>

#include "tools/base/report.h"

static void assert_safe(const char *text, const char *expected)
{
    char out[64];

    nev_text_safe(text, out, sizeof out);
    assert_string_equal(out, expected);
}

/* Verifies: NEV-CLI-002 (nothing that moves a terminal's cursor or deceives the eye gets through) */
static void test_safe_text(void **state)
{
    (void)state;
    assert_safe("plain name.jpg", "plain name.jpg");
    assert_safe("Muttermal \xC3\xA4.jpg", "Muttermal \xC3\xA4.jpg");
    assert_safe("\xE7\x97\xA3\xF0\x9F\x94\xAC", "\xE7\x97\xA3\xF0\x9F\x94\xAC");
    assert_safe("a\x1B[2Jb\n\r\t\x7F", "a\\x1b[2Jb\\x0a\\x0d\\x09\\x7f");
    assert_safe("\xC2\x9B", "\\xc2\\x9b"); /* C1: control sequence introducer */
    assert_safe("a\xE2\x80\xAE"
                "gpj",
                "a\\xe2\\x80\\xaegpj"); /* right-to-left override */
    assert_safe("\xC0\x80\xED\xA0\x80\xF5", "\\xc0\\x80\\xed\\xa0\\x80\\xf5");
    assert_safe("\xE7\x97", "\\xe7\\x97"); /* cut short */
}

/* Verifies: NEV-CLI-002 (a text that does not fit is cut at a whole character) */
static void test_safe_text_cut(void **state)
{
    char out[5];

    (void)state;
    nev_text_safe("abc\xC3\xA4", out, sizeof out);
    assert_string_equal(out, "abc");
    nev_text_safe("a\x01"
                  "b",
                  out, sizeof out);
    assert_string_equal(out, "a");
}

/* Verifies: NEV-CLI-003 (what, name and place) */
static void test_error_text(void **state)
{
    struct nev_error err;
    char out[256];

    (void)state;
    (void)nev_fail(&err, NEV_ERR_FORMAT, 17, "IHDR", "the width is zero");
    nev_report_format(&err, out, sizeof out);
    assert_string_equal(out, "the width is zero (IHDR, byte offset 17)");
    (void)nev_fail_at(&err, NEV_ERR_VALUE, 3, 4, NULL, "a feature is NaN");
    nev_report_format(&err, out, sizeof out);
    assert_string_equal(out, "a feature is NaN (row 3, column 4)");
    err.offset = 99;
    nev_report_format(&err, out, sizeof out);
    assert_string_equal(out, "a feature is NaN (row 3, column 4, byte offset 99)");
    (void)nev_fail(&err, NEV_ERR_DATA, NEV_NO_OFFSET, NULL, "one class only");
    nev_report_format(&err, out, sizeof out);
    assert_string_equal(out, "one class only");
}

/* Verifies: NEV-CLI-004 (every status leads to an exit code, and only success to 0) */
static void test_exit_codes(void **state)
{
    int s;

    (void)state;
    for (s = 0; s < NEV_STATUS_LEN; s++) {
        enum nev_exit code = nev_exit_of((enum nev_status)s);

        assert_true((code == NEV_EXIT_OK) == (s == NEV_OK));
        assert_true(code != NEV_EXIT_PARTIAL && code != NEV_EXIT_USAGE);
        if (s != NEV_ERR_ARGUMENT && s != NEV_ERR_CANCELLED) {
            assert_true(code != NEV_EXIT_INTERNAL);
        }
    }
    assert_int_equal(nev_exit_of(NEV_ERR_NETWORK), NEV_EXIT_MISFIT);
    assert_int_equal(nev_exit_of(NEV_ERR_IO), NEV_EXIT_IO);
    assert_int_equal(nev_exit_of((enum nev_status)1000), NEV_EXIT_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_safe_text),
        cmocka_unit_test(test_safe_text_cut),
        cmocka_unit_test(test_error_text),
        cmocka_unit_test(test_exit_codes),
    };

    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
