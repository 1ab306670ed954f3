/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/text/json.h"

/* Verifies: NEV-CLI-008 (nesting, commas, escapes, numbers) */
static void test_everything(void **state)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    struct nev_json j;
    volatile double zero = 0.0;

    (void)state;
    assert_non_null(out);
    nev_json_init(&j, out);
    nev_json_object_begin(&j, NULL);
    nev_json_text(&j, "file", "a\"b\\c\n\x01\x7F\xC3\xA4\xFF");
    nev_json_text(&j, "none", NULL);
    nev_json_array_begin(&j, "empty");
    nev_json_array_end(&j);
    nev_json_array_begin(&j, "list");
    nev_json_int(&j, NULL, -3);
    nev_json_uint(&j, NULL, UINT64_MAX);
    nev_json_real(&j, NULL, 0.1);
    nev_json_real(&j, NULL, 0.0 / zero);
    nev_json_real(&j, NULL, 1.0 / zero);
    nev_json_array_end(&j);
    nev_json_bool(&j, "yes", true);
    nev_json_object_end(&j);
    nev_json_end(&j);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "{\n"
                              "  \"file\": \"a\\\"b\\\\c\\u000a\\u0001\\u007f\xC3\xA4\\ufffd\",\n"
                              "  \"none\": null,\n"
                              "  \"empty\": [],\n"
                              "  \"list\": [\n"
                              "    -3,\n"
                              "    18446744073709551615,\n"
                              "    0.1,\n"
                              "    null,\n"
                              "    null\n"
                              "  ],\n"
                              "  \"yes\": true\n"
                              "}\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
