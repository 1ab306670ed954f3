/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "tools/base/progress.h"

static void assert_bar(uint64_t done, uint64_t total, double seconds, const char *expected)
{
    char out[160];

    nev_progress_format("images", done, total, seconds, out, sizeof out);
    assert_string_equal(out, expected);
}

/* Verifies: NEV-CLI-009 (share, rate and time left) */
static void test_format(void **state)
{
    (void)state;
    assert_bar(0, 10, 0.0, "images [------------------------] 0/10  0.0/s  ");
    assert_bar(50, 100, 2.0, "images [############------------] 50/100  25.0/s  2 s left");
    assert_bar(10, 1000, 10.0, "images [------------------------] 10/1000  1.0/s  16 min 30 s left");
    assert_bar(1, 10000, 1.0, "images [------------------------] 1/10000  1.0/s  2 h 46 min left");
    assert_bar(7, 7, 7.0, "images [########################] 7/7  1.0/s  0 s left");
    assert_bar(0, 0, 0.0, "images [########################] 0/0  0.0/s  ");
}

/* Verifies: NEV-CLI-009 (nothing is drawn where standard error is no terminal) */
static void test_silent(void **state)
{
    struct nev_progress p;

    (void)state;
    nev_progress_begin(&p, "images", 5, true);
    assert_false(p.is_shown);
    nev_progress_set(&p, 3);
    nev_progress_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_silent),
    };

    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
