/* SPDX-License-Identifier: MIT */
/* No output ever takes the place of an input, whatever it is called. */
#include "tests/tools/cli.h"

static int setup(void **state)
{
    if (cli_setup(state) != 0) {
        return 1;
    }
    cli_works(
        "$nevus extract --weights m.nvw set/train -o f.npy && $nevus train --features f.npy --labels f.csv "
        "-o "
        "g.nvf --trees 3 && cp set/test/benign/4.ppm j.ppm && ln j.ppm hard.ppm && ln -s j.ppm soft.ppm &&"
        "ln -s set linked && cp m.nvw m.npy && cp f.npy l.npy && ln f.csv table.npy");
    return 0;
}

static char before[CLI_TEXT_LEN];

/* Every file's digest and every name, temporaries too. */
static void look(char *text)
{
    cli_works(
        "find . -name '.out' -prune -o -name '.err' -prune -o -type f -print0 | sort -z | xargs -0 sha256sum;"
        "find . | sort");
    memcpy(text, cli_out, sizeof cli_out);
}

/* The command is refused as replacing an input, and nothing in the folder has changed. */
static void refused(const char *message, const char *line)
{
    static char after[CLI_TEXT_LEN];

    look(before);
    cli_fails(2, message, line);
    look(after);
    assert_string_equal(before, after);
}

/* Verifies: NEV-CLI-039 (every command that writes, and every input it has) */
static void test_commands(void **state)
{
    (void)state;
    refused("would replace an input, m.nvw", "$nevus convert m.nvw -o m.nvw");
    refused("would replace an input, j.ppm", "$nevus decode j.ppm -o j.ppm");
    refused("would replace an input, m.npy", "$nevus extract --weights m.npy set/test -o m.npy");
    refused("would replace an input, g.nvf", "$nevus predict --forest g.nvf --features f.npy -o g.nvf");
    refused("would replace an input, f.npy", "$nevus predict --forest g.nvf --features f.npy -o f.npy");
    refused("would replace an input, m.nvw", "$nevus train --weights m.nvw set/train -o m.nvw");
    refused("would replace an input, f.npy", "$nevus train --features f.npy --labels f.csv -o f.npy");
    refused("would replace an input, f.csv", "$nevus train --features f.npy --labels f.csv -o f.csv");
    refused("would replace an input, f.csv",
            "$nevus train --weights m.nvw --features f.npy --labels f.csv -o f.csv");
}

/* Verifies: NEV-CLI-039 (a picture among many: in a list, in a flat folder, in a folder of classes) */
static void test_pictures(void **state)
{
    (void)state;
    refused("would replace an input, set/test/benign/5.ppm",
            "$nevus train --weights m.nvw set/test -o set/test/benign/5.ppm");
    cli_works("mkdir flat && cp j.ppm flat/a.npy && cp j.ppm flat/b.csv");
    refused("would replace an input, flat/a.npy", "$nevus extract --weights m.nvw j.ppm flat -o flat/a.npy");
    refused("would replace an input, flat/b.csv", "$nevus extract --weights m.nvw j.ppm flat -o flat/b.npy");
    refused("would replace an input, ./flat/b.csv",
            "$nevus extract --weights m.nvw j.ppm ./flat/b.csv -o flat/b.npy");
}

/* Verifies: NEV-CLI-039 (hard and symbolic links, other spellings, standard input and output) */
static void test_disguises(void **state)
{
    (void)state;
    refused("input, j.ppm", "$nevus decode j.ppm -o hard.ppm");
    refused("input, soft.ppm", "$nevus decode soft.ppm -o j.ppm");
    refused("input, j.ppm", "$nevus decode j.ppm -o soft.ppm");
    refused("input, j.ppm", "$nevus decode j.ppm -o ./set/../j.ppm");
    refused("input, set/test/benign/4.ppm",
            "$nevus train --weights m.nvw set/test -o linked/test/benign/4.ppm");
    refused("input, standard input", "$nevus decode - -o j.ppm <j.ppm");
    refused("input, j.ppm", "$nevus decode j.ppm -o - >>j.ppm");
    refused("input, j.ppm", "$nevus decode j.ppm -o /dev/stdout >>j.ppm");
}

/* Verifies: NEV-CLI-039 (two outputs that are one file) */
static void test_outputs(void **state)
{
    (void)state;
    cli_works("mkdir two && printf old >two/a.npy && ln two/a.npy two/a.csv");
    refused("the same file", "$nevus extract --weights m.nvw set/test -o two/a.npy");
}

/* Verifies: NEV-CLI-039 (what only looks alike is written: another file of the same name, devices) */
static void test_allowed(void **state)
{
    (void)state;
    cli_works("mkdir other && $nevus decode j.ppm -o other/j.ppm && cmp j.ppm other/j.ppm");
    cli_works("$nevus decode - -o - <j.ppm | cmp - j.ppm");
    cli_works("$nevus predict --forest g.nvf --features f.npy -o /dev/null");
    cli_works("$nevus extract --weights m.nvw j.ppm -o /dev/null && test ! -e /dev/null.csv");
}

/* Verifies: NEV-CLI-040 (a table has the ending of its kind, so that the table beside it has one too) */
static void test_names(void **state)
{
    (void)state;
    refused("ends in .npy", "$nevus extract --weights m.nvw set/test -o out.csv");
    refused("ends in .npy", "$nevus extract --weights m.nvw set/test -o out");
    refused("ends in .npy", "$nevus predict --forest g.nvf --features f.npy -o out.csv");
    refused("need a name", "$nevus extract --weights m.nvw set/test -o -");
    refused("--layers", "$nevus extract --weights m.nvw --layers -o out.npy");
}

/* Verifies: NEV-CLI-040 (standard input is one stream) */
static void test_one_stdin(void **state)
{
    (void)state;
    refused("only once", "$nevus extract --weights m.nvw - - -o out.npy <j.ppm");
    refused("only once", "$nevus extract --weights - - -o out.npy <j.ppm");
    refused("only once", "$nevus decode - - <j.ppm");
    refused("only once", "$nevus classify --weights m.nvw --forest - - <j.ppm");
    refused("only once", "$nevus evaluate --forest g.nvf --features - --labels - <f.npy");
    refused("only once", "$nevus predict --forest - --features - -o p.npy <f.npy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),  cmocka_unit_test(test_pictures), cmocka_unit_test(test_disguises),
        cmocka_unit_test(test_outputs),   cmocka_unit_test(test_allowed),  cmocka_unit_test(test_names),
        cmocka_unit_test(test_one_stdin),
    };

    return cmocka_run_group_tests_name("collide", tests, setup, cli_teardown);
}
