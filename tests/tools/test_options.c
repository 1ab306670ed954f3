/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <string.h>

#include "tools/base/options.h"
#include "tools/command.h"

struct values {
    bool is_json;
    const char *out;
    uint64_t threads, path;
    struct nev_texts weights;
};

static const char *const paths[] = {"reference", "fast", NULL};

static const struct nev_option table[] = {
    {"json", 'j', NEV_OPTION_FLAG, offsetof(struct values, is_json), NULL, "as JSON", 0, 0, NULL},
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, out), "FILE", "where to", 0, 0, NULL},
    {"path", 0, NEV_OPTION_CHOICE, offsetof(struct values, path), "NAME", "which path", 0, 0, paths},
    {"weights", 'w', NEV_OPTION_TEXTS, offsetof(struct values, weights), "FILE", "models", 0, 3, NULL},
    NEV_OPTION_THREADS(struct values, threads),
    NEV_OPTION_END,
};

static struct values values;
static struct nev_arguments args;
static char message[NEV_PARSE_MESSAGE_LEN];

#define MAX_ARGS 16

/* Line: arguments separated by single blanks. */
static enum nev_parse parse(const char *line)
{
    static char copy[256];
    static char *argv[MAX_ARGS];
    int argc = 0;
    char *p;

    assert_true(strlen(line) < sizeof copy);
    memcpy(copy, line, strlen(line) + 1);
    memset(&values, 0, sizeof values);
    for (p = copy; *p != '\0' && argc < MAX_ARGS;) {
        argv[argc++] = p;
        p += strcspn(p, " ");
        if (*p == ' ') {
            *p++ = '\0';
        }
    }
    return nev_options_parse(table, argc, argv, &values, &args, message);
}

/* Verifies: NEV-CLI-001 (every way to write an option) */
static void test_forms(void **state)
{
    (void)state;
    assert_int_equal(parse("a --json -o x.npy --threads=3 b --path fast -"), NEV_PARSE_OK);
    assert_true(values.is_json);
    assert_string_equal(values.out, "x.npy");
    assert_int_equal(values.threads, 3);
    assert_int_equal(values.path, 1);
    assert_int_equal(args.len, 3);
    assert_string_equal(args.text[0], "a");
    assert_string_equal(args.text[1], "b");
    assert_string_equal(args.text[2], "-");

    assert_int_equal(parse("-ox.npy -t2 -- --json -o"), NEV_PARSE_OK);
    assert_string_equal(values.out, "x.npy");
    assert_int_equal(values.threads, 2);
    assert_false(values.is_json);
    assert_int_equal(args.len, 2);
    assert_string_equal(args.text[0], "--json");
}

/* Verifies: NEV-CLI-001 (a value that may be given more than once) */
static void test_texts(void **state)
{
    (void)state;
    assert_int_equal(parse("data --weights a b -j -w c"), NEV_PARSE_OK);
    assert_int_equal(values.weights.len, 3);
    assert_string_equal(values.weights.text[2], "c");
    assert_int_equal(args.len, 1);
    assert_int_equal(parse("--weights a b c d"), NEV_PARSE_ERROR);
}

/* Verifies: NEV-CLI-001 (what is wrong is refused with a sentence that names the option) */
static void test_wrong(void **state)
{
    static const char *const wrong[][2] = {
        {"--jsn", "--jsn"},           {"-x", "-x"},
        {"--out", "--out"},           {"--out --json", "--out"},
        {"--out=", "--out"},          {"--json=1", "--json"},
        {"--threads 0", "--threads"}, {"--threads 257", "--threads"},
        {"--threads 2x", "2x"},       {"--threads 18446744073709551617", "--threads"},
        {"--path slow", "reference"}, {"--threads -1", "--threads"},
        {"-t", "--threads"},          {"--weights", "--weights"},
        {"-o a -o b", "--out"},       {"--out=a --json -oa", "--out"},
        {"--json -j", "--json"},      {"-t2 --threads 2", "--threads"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(parse(wrong[i][0]), NEV_PARSE_ERROR);
        assert_non_null(strstr(message, wrong[i][1]));
    }
}

/* Verifies: NEV-CLI-865 (a number's range stands with it; a value like -1 is told what it should be, an option is not taken
 * for one) */
static void test_ranges(void **state)
{
    static const struct nev_option wide[] = {
        {"seed", 0, NEV_OPTION_NUMBER, 0, "N", "of it", 0, UINT64_MAX / 16, NULL},
        {"rows", 0, NEV_OPTION_NUMBER, 0, "N", "of it", 2, 100, NULL},
        NEV_OPTION_END,
    };
    char text[400] = "";
    FILE *f = fmemopen(text, sizeof text, "w");

    (void)state;
    assert_non_null(f);
    nev_options_print(wide, f);
    assert_int_equal(fclose(f), 0);
    assert_non_null(strstr(text, "of it; 0 to 2^60 - 1\n"));
    assert_non_null(strstr(text, "of it; 2 to 100\n"));
    assert_int_equal(parse("--threads -1"), NEV_PARSE_ERROR);
    assert_non_null(strstr(message, "'-1' is not a whole number from 1 to 256"));
    assert_int_equal(parse("-o -1"), NEV_PARSE_OK);
    assert_string_equal(values.out, "-1");
    assert_int_equal(parse("--threads -t"), NEV_PARSE_ERROR);
    assert_non_null(strstr(message, "needs a value"));
    assert_int_equal(parse("-1"), NEV_PARSE_ERROR);
}

/* Verifies: NEV-CLI-001, NEV-CLI-865 (every command's table is within what the parser can keep apart; no letter is a digit) */
static void test_tables(void **state)
{
    size_t i, n;

    (void)state;
    for (i = 0; nev_commands[i] != NULL; i++) {
        for (n = 0; nev_commands[i]->options[n].name != NULL; n++) {
            assert_false(nev_commands[i]->options[n].letter >= '0' &&
                         nev_commands[i]->options[n].letter <= '9');
        }
        assert_true(n <= NEV_OPTIONS_MAX);
    }
}

/* Verifies: NEV-CLI-001 (help wins over every error, but not after --) */
static void test_help(void **state)
{
    (void)state;
    assert_int_equal(parse("--nonsense --help"), NEV_PARSE_HELP);
    assert_int_equal(parse("-h"), NEV_PARSE_HELP);
    assert_int_equal(parse("-- --help"), NEV_PARSE_OK);
    assert_int_equal(args.len, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms), cmocka_unit_test(test_texts),  cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_help),  cmocka_unit_test(test_tables), cmocka_unit_test(test_ranges),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
