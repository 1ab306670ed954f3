/* SPDX-License-Identifier: MIT */
/* Extraction in shards and its tables joined again: shard, table_merge. */
#include "tests/tools/cli.h"

#include "tools/tables/shard.h"

/* Verifies: NEV-CLI-144 (shards of any number, some empty or with nothing but a bad picture, join in any order into the
 * files of one extraction, byte for byte) */
static void test_join(void **state)
{
    static const int of[] = {1, 2, 3, 7, 12, 30};
    char line[1024];
    size_t i;

    (void)state;
    cli_works("cp set/test/benign/4.ppm 'set/train/benign/a, \"b\".ppm' && printf 'P6 no' "
              ">set/train/benign/bad.ppm");
    assert_int_equal(cli("$nevus extract --weights m.nvw set/train set/test/malignant/4.ppm -o w.npy"), 1);
    for (i = 0; i < sizeof of / sizeof of[0]; i++) {
        snprintf(
            line, sizeof line,
            "rm -f s*.npy s*.csv; bad=0; i=1; while test $i -le %d; do $nevus extract --weights m.nvw "
            "--shard $i/%d "
            "set/train set/test/malignant/4.ppm -o s$i.npy; c=$?; test $c -le 1 || exit 9; bad=$((bad + c)); "
            "i=$((i + 1)); done; test $bad -eq 1 && $nevus table merge $(ls s*.npy | sort -r) -o j.npy && "
            "cmp w.npy j.npy && cmp w.csv j.csv",
            of[i], of[i]);
        cli_works(line);
        assert_non_null(strstr(cli_out, "j.npy: 10 rows of "));
    }
    cli_works("rm 'set/train/benign/a, \"b\".ppm' set/train/benign/bad.ppm");
}

/* Verifies: NEV-CLI-145 (a wrong cut, a shard that is missing, twice or foreign, tables that were changed) */
static void test_refused(void **state)
{
    (void)state;
    cli_fails(2, "--shard", "$nevus extract --weights m.nvw --shard 0/3 set/train -o s.npy");
    cli_fails(2, "--shard", "$nevus extract --weights m.nvw --shard 4/3 set/train -o s.npy");
    cli_fails(2, "--shard", "$nevus extract --weights m.nvw --shard 1 set/train -o s.npy");
    cli_fails(2, "--shard", "$nevus extract --weights m.nvw --shard 01/3 set/train -o s.npy");
    cli_fails(2, "--shard", "$nevus extract --weights m.nvw --shard 1/3x set/train -o s.npy");
    cli_fails(2, "--shard", "$nevus extract --weights m.nvw --shard 1/100001 set/train -o s.npy");
    cli_works("for i in 1 2 3; do $nevus extract --weights m.nvw --shard $i/3 set/train -o s$i.npy; done; "
              "$nevus extract --weights m.nvw --shard 2/3 set/test -o t2.npy; "
              "$nevus extract --weights m.nvw --shard 2/4 set/train -o u2.npy; "
              "$nevus extract --weights m.nvw set/train -o w.npy; rm -f j.npy j.csv");
    cli_fails(8, "shard 2 of 3 is missing", "$nevus table merge s3.npy s1.npy -o j.npy");
    cli_fails(8, "shard 3 of 3 is missing", "$nevus table merge s1.npy s2.npy -o j.npy");
    cli_fails(7, "shard 1 is given twice",
              "cp s1.npy c.npy; cp s1.csv c.csv; $nevus table merge s1.npy c.npy s3.npy -o "
              "j.npy");
    cli_fails(7, "given twice", "$nevus table merge s1.npy s2.npy s3.npy s3.npy -o j.npy");
    cli_fails(7, "another extraction", "$nevus table merge s1.npy t2.npy s3.npy -o j.npy");
    cli_fails(7, "another extraction", "$nevus table merge s1.npy u2.npy s3.npy -o j.npy");
    cli_fails(4, "w.csv: this is not a table", "$nevus table merge w.npy -o j.npy");
    cli_fails(4, "c.csv: the place of row 1",
              "cp s2.npy c.npy; sed '3s/,[0-9]*$/,0/' s2.csv >c.csv; $nevus table merge "
              "s1.npy c.npy s3.npy -o j.npy");
    cli_fails(7, "c.csv: the table has 1 rows",
              "sed 3,9d s2.csv >c.csv; $nevus table merge s1.npy c.npy s3.npy -o "
              "j.npy");
    cli_fails(3, "c.csv", "rm c.csv; $nevus table merge s1.npy c.npy s3.npy -o j.npy");
    cli_fails(2, "would replace an input", "$nevus table merge s1.npy s2.npy s3.npy -o s1.npy");
    cli_fails(2, "would replace an input",
              "ln s2.csv j.csv; $nevus table merge s1.npy s2.npy s3.npy -o j.npy; c=$?; rm "
              "j.csv; exit $c");
    cli_fails(2, "--out", "$nevus table merge s1.npy s2.npy s3.npy");
    cli_works("test ! -e j.npy && test ! -e j.csv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("shard", tests, cli_setup, cli_teardown);
}
