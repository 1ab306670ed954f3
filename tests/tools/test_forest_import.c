/* SPDX-License-Identifier: MIT */
/* nevus forest import. */
#include "tests/tools/cli.h"

#include "tests/forest/onnx_forest.h"

static void write_model(const char *name, const struct onnx_forest *f)
{
    struct build b = {0};
    char path[400];
    FILE *out;

    onnx_write(f, &b);
    snprintf(path, sizeof path, "%s/%s", cli_folder, name);
    out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(b.p, 1, b.len, out), b.len);
    assert_int_equal(fclose(out), 0);
    build_free(&b);
}

static int setup(void **state)
{
    struct onnx_forest f;

    if (cli_setup(state) != 0) {
        return 1;
    }
    onnx_base(&f);
    write_model("f.onnx", &f);
    f.columns = 0;
    write_model("unsaid.onnx", &f);
    onnx_base(&f);
    f.before = "Scaler";
    write_model("scaler.onnx", &f);
    onnx_base(&f);
    f.entry[0].weight = 0.4;
    write_model("weight.onnx", &f);
    cli_works("printf 'a,b,c\\n0,0.5,9\\n-1,0.6,9\\n-0.9,0.6,9\\n' >rows.csv && $nevus forest import f.onnx "
              "-o f.nvf");
    return 0;
}

static void says(const char *text)
{
    if (strstr(cli_out, text) == NULL) {
        fail_msg("'%s' is not in: %s", text, cli_out);
    }
}

/* Verifies: NEV-CLI-188 (an imported forest is one like others: told about, asked, explained, drawn, written as C) */
static void test_used(void **state)
{
    (void)state;
    cli_works("$nevus forest import f.onnx -o g.nvf && cmp f.nvf g.nvf");
    says("2 trees, 6 nodes, 3 features, classes a, b, c\n");
    says("from tests 1.0; thresholds as they were\n");
    cli_works("$nevus info f.nvf");
    says("tests 1.0");
    cli_works("$nevus predict --forest f.nvf --features rows.csv -o p.npy >/dev/null && od -A n -t f8 -j 128 "
              "-N 8 p.npy");
    says("0.75");
    cli_works("for r in 0 1 2; do for c in a b c; do $nevus forest explain f.nvf --features rows.csv --row "
              "$r --class $c "
              "--json >e.json && $nevus forest replay e.json f.nvf || exit 1; done; done");
    cli_works(
        "$nevus forest draw f.nvf -o t.svg && grep -q 'by weight' t.svg && $nevus forest dump f.nvf | grep "
        "-q "
        "'\"threshold\": -1, ' && $nevus forest export f.nvf -o t.c && cc -std=c99 -Wall -Werror -c t.c");
}

/* Verifies: NEV-CLI-867 (no zeros where nothing is held; of a forest grown here no word) */
static void test_importance(void **state)
{
    (void)state;
    cli_works("$nevus info f.nvf --importance 3 | grep '^importance\\|^feature '");
    assert_string_equal(cli_out,
                        "importance       none: the trees were not grown here, and the file holds no "
                        "decreases of impurity\n");
    cli_works("$nevus info f.nvf --importance 3 --json | tr -d ' \\n' | grep -o '\"importance.*'");
    says("\"importance_trees\":0,\"importance\":[]}");
    cli_works("printf 'y\\na\\nb\\nc\\n' >l.csv && $nevus train --features rows.csv --labels l.csv --column "
              "y --trees 4 "
              "-o own.nvf >.made && $nevus info own.nvf --importance 3 | grep -c '^importance\\|^feature '");
    assert_string_equal(cli_out, "3\n");
    cli_works("$nevus info own.nvf --importance 3 --json | grep importance_trees");
    says("\"importance_trees\": 4,");
    cli_works("$nevus forest merge --federated own.nvf f.nvf -o both.nvf >.made && $nevus info both.nvf "
              "--importance 1");
    says("\nimportance       of the 4 trees that were grown here\nfeature ");
}

/* Verifies: NEV-CLI-189 (what is no forest, or is damaged, is refused with name and place, and nothing is written) */
static void test_refused(void **state)
{
    (void)state;
    cli_fails(2, "--out is needed", "$nevus forest import f.onnx");
    cli_fails(2, "", "$nevus forest import f.onnx -o f.onnx");
    cli_fails(3, "none.onnx", "$nevus forest import none.onnx -o x.nvf");
    cli_fails(4, "say it yourself (X, byte offset ", "$nevus forest import unsaid.onnx -o x.nvf");
    cli_works("$nevus forest import unsaid.onnx --features 3 -o u.nvf");
    cli_fails(7, "another number of features", "$nevus forest import f.onnx --features 4 -o x.nvf");
    cli_fails(5, "(Scaler, byte offset ", "$nevus forest import scaler.onnx -o x.nvf");
    cli_fails(4, "(class_weights, byte offset ", "$nevus forest import weight.onnx -o x.nvf");
    cli_fails(4, "byte offset", "head -c 500 f.onnx >cut.onnx; $nevus forest import cut.onnx -o x.nvf");
    cli_fails(4, "byte offset", "$nevus forest import f.nvf -o x.nvf");
    cli_fails(3, "nowhere", "$nevus forest import f.onnx -o nowhere/x.nvf");
    cli_works("! test -e x.nvf && ! ls -a | grep -F .nevus-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_used),
        cmocka_unit_test(test_importance),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, setup, cli_teardown);
}
