/* SPDX-License-Identifier: MIT */
/* nevus pack (pack.c, packing.c), and packed files in every command that takes weights. */
#include "tests/tools/cli.h"

#include <stdint.h>

/* The folder with the packed files fast.nvw and direct.nvw. */
static int setup(void **state)
{
    int status = cli_setup(state);

    cli_works("$nevus pack m.nvw -o fast.nvw && $nevus pack -q m.nvw --profile direct -o direct.nvw");
    return status;
}

/* Changes one byte of a copy. */
static void damage(const char *from, const char *to, long at)
{
    char line[300], path[400];
    FILE *f;
    int byte;

    snprintf(line, sizeof line, "cp %s %s", from, to);
    cli_works(line);
    snprintf(path, sizeof path, "%s/%s", cli_folder, to);
    f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    byte = fgetc(f);
    assert_int_equal(fseek(f, -1, SEEK_CUR), 0);
    assert_int_not_equal(fputc(byte ^ 1, f), EOF);
    assert_int_equal(fclose(f), 0);
}

/* Verifies: NEV-CLI-130 (the same features as from the canonical file; the same bytes for any number of threads) */
static void test_pack(void **state)
{
    (void)state;
    cli_works("$nevus pack m.nvw -o again.nvw --threads 1 && cmp fast.nvw again.nvw && "
              "$nevus pack m.nvw -o again.nvw --threads 3 --profile fast && cmp fast.nvw again.nvw");
    assert_non_null(strstr(cli_err, "mobilenetv2, fast, 106 tensors"));
    cli_works(
        "$nevus extract -q --weights m.nvw set/test -o a.npy && "
        "$nevus extract -q --weights fast.nvw set/test -o b.npy && cmp a.npy b.npy && "
        "$nevus extract -q --weights fast.nvw --path fast --threads 1 set/test -o b.npy && cmp a.npy b.npy");
    cli_works("$nevus extract -q --weights m.nvw --path direct set/test -o a.npy && "
              "$nevus extract -q --weights direct.nvw set/test -o b.npy && cmp a.npy b.npy");
    cli_works(
        "$nevus extract -q --weights m.nvw --layer features.18 set/test -o a.npy && "
        "$nevus extract -q --weights fast.nvw --layer features.18 set/test -o b.npy && cmp a.npy b.npy");
}

/* Verifies: NEV-CLI-131 (info tells form, profile, algorithms and the canonical digest) */
static void test_info(void **state)
{
    char digest[80], want[120];
    const char *at;

    (void)state;
    cli_works("$nevus info m.nvw");
    assert_non_null(strstr(cli_out, "form           canonical\n"));
    at = strstr(cli_out, "digest         ");
    assert_non_null(at);
    snprintf(digest, sizeof digest, "%.64s", at + 15);
    cli_works("$nevus info fast.nvw --tensors");
    assert_non_null(strstr(cli_out, "form           packed\nprofile        fast\n"));
    assert_non_null(strstr(cli_out, "algorithms     direct 36 depthwise 17\n"));
    assert_non_null(
        strstr(cli_out, "features.1.conv.0.0.weight               weight   32x1x3x3       depthwise"));
    snprintf(want, sizeof want, "packed from    %s\n", digest);
    assert_non_null(strstr(cli_out, want));
    cli_works("$nevus info direct.nvw --json --layers");
    assert_non_null(strstr(cli_out, "\"profile\": \"direct\""));
    snprintf(want, sizeof want, "\"canonical_sha256\": \"%s\"", digest);
    assert_non_null(strstr(cli_out, want));
}

/* Verifies: NEV-CLI-132 (a forest knows a canonical file and its packed one as one model) */
static void test_forest(void **state)
{
    (void)state;
    cli_works("$nevus train -q --weights m.nvw set/train -o a.nvf && $nevus train -q --weights fast.nvw "
              "set/train -o b.nvf && "
              "cmp a.nvf b.nvf");
    cli_works("$nevus classify -q --weights m.nvw --forest a.nvf set/test --csv >a.csv; "
              "$nevus classify -q --weights fast.nvw --forest a.nvf set/test --csv | cmp - a.csv");
    cli_works("$nevus evaluate -q --weights fast.nvw --forest a.nvf set/test && "
              "$nevus reproduce -q set --weights fast.nvw --seeds 2 --trees 3");
    cli_works(
        "$nevus train -q --weights direct.nvw set/train -o d.nvf && "
        "$nevus classify -q --weights direct.nvw --forest d.nvf set/test && "
        "$nevus classify -q --weights m.nvw --forest d.nvf set/test"); /* the canonical file has every path */
    cli_fails(NEV_EXIT_MISFIT, "is packed for the direct path, not for the fast path that is wanted",
              "$nevus classify -q --weights direct.nvw --forest a.nvf set/test");
    cli_works("$nevus convert --seeded mobilenetv2 --seed 2 --size 32 -q -o other.nvw && $nevus pack -q "
              "other.nvw -o other.packed.nvw");
    cli_fails(NEV_EXIT_MISFIT, "other.packed.nvw",
              "$nevus classify -q --weights other.packed.nvw --forest a.nvf set/test");
}

/* Verifies: NEV-CLI-133 (what does not go together, is packed already or is not there is refused, and nothing written) */
static void test_refusals(void **state)
{
    (void)state;
    cli_fails(NEV_EXIT_MISFIT, "is packed for the fast path, not for the direct path",
              "$nevus extract -q --weights fast.nvw --path direct set/test -o no.npy");
    cli_fails(NEV_EXIT_MISFIT, "the reference path needs the canonical file",
              "$nevus extract -q --weights direct.nvw --path reference set/test -o no.npy");
    cli_fails(NEV_EXIT_UNSUPPORTED, "is packed already", "$nevus pack fast.nvw -o no.nvw");
    cli_fails(NEV_EXIT_USAGE, "-o MODEL.packed.nvw is missing", "$nevus pack m.nvw");
    cli_fails(NEV_EXIT_USAGE, "", "$nevus pack -o no.nvw");
    cli_fails(NEV_EXIT_USAGE, "reference", "$nevus pack m.nvw --profile reference -o no.nvw");
    cli_fails(NEV_EXIT_USAGE, "", "$nevus pack m.nvw -o m.nvw");
    cli_fails(NEV_EXIT_USAGE, "", "ln -s m.nvw link.nvw && $nevus pack m.nvw -o link.nvw");
    cli_fails(NEV_EXIT_IO, "", "$nevus pack none.nvw -o no.nvw");
    cli_fails(NEV_EXIT_FORMAT, "not a weights file", "$nevus pack set/test/benign/4.ppm -o no.nvw");
    damage("m.nvw", "bad.nvw", -100);
    cli_fails(NEV_EXIT_FORMAT, "differ from their SHA-256", "$nevus pack bad.nvw -o no.nvw");
    cli_works("test ! -e no.nvw && test ! -e no.npy && $nevus info m.nvw"); /* m.nvw is whole */
}

/* Verifies: NEV-CLI-134 (--verify full finds any damage before it answers; head trusts the payload and nothing else) */
static void test_verify(void **state)
{
    (void)state;
    damage("fast.nvw", "bad.nvw", -100);
    cli_fails(NEV_EXIT_FORMAT, "byte offset", "$nevus extract -q --weights bad.nvw set/test -o no.npy");
    cli_fails(NEV_EXIT_FORMAT, "SHA-256",
              "$nevus extract -q --weights bad.nvw --verify full set/test -o no.npy");
    cli_works("test ! -e no.npy && $nevus extract -q --weights bad.nvw --verify head set/test -o head.npy");
    cli_fails(NEV_EXIT_FORMAT, "SHA-256", "$nevus info bad.nvw");
    cli_works("$nevus info --quick bad.nvw && $nevus extract -q --weights fast.nvw --verify head set/test -o "
              "a.npy && "
              "$nevus extract -q --weights m.nvw --verify head set/test -o b.npy && cmp a.npy b.npy");
    damage("fast.nvw", "bad.nvw", 600); /* in the table */
    cli_fails(NEV_EXIT_FORMAT, "", "$nevus extract -q --weights bad.nvw --verify head set/test -o no.npy");
    damage("fast.nvw", "bad.nvw", 512 + 106 * 128 + 40); /* in the list of digests */
    cli_fails(NEV_EXIT_FORMAT, "payload_sha256",
              "$nevus extract -q --weights bad.nvw --verify head set/test -o no.npy");
    cli_fails(NEV_EXIT_USAGE, "verify",
              "$nevus extract -q --weights fast.nvw --verify some set/test -o no.npy");
    cli_works("test ! -e no.npy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pack),     cmocka_unit_test(test_info),   cmocka_unit_test(test_forest),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_verify),
    };

    return cmocka_run_group_tests_name("pack", tests, setup, cli_teardown);
}
