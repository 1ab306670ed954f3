/* SPDX-License-Identifier: MIT */
/* How a forest is grown, told on the command line; forests merged; votes out of bag: growth, forest_merge, predict. */
#include "tests/tools/cli.h"

#include <math.h>

#include "forest/forest.h"
#include "tools/forests/forests.h"
#include "tools/forests/growth.h"

/* Verifies: NEV-CLI-140 (numbers, ranges, shares, names and their edges) */
static void test_texts(void **state)
{
    static const char *const names[] = {"a", "a=b", "c,d"};
    const struct nev_classes classes = {(const char **)(uintptr_t)names, 3, false};
    struct nev_forest_params p;
    uint32_t w[3];

    (void)state;
    assert_true(nev_growth_trees("7", &p) == NEV_EXIT_OK && p.first_tree == 0 && p.trees == 7);
    assert_true(nev_growth_trees("25-49", &p) == NEV_EXIT_OK && p.first_tree == 25 && p.trees == 25);
    assert_true(nev_growth_trees("65534-65534", &p) == NEV_EXIT_OK && p.first_tree == 65534 && p.trees == 1);
    assert_true(nev_growth_features("sqrt", 1000, &p) == NEV_EXIT_OK && p.candidates == 31);
    assert_true(nev_growth_features("sqrt", 1024, &p) == NEV_EXIT_OK && p.candidates == 32);
    assert_true(nev_growth_features("log2", 1023, &p) == NEV_EXIT_OK && p.candidates == 9);
    assert_true(nev_growth_features("log2", 1024, &p) == NEV_EXIT_OK && p.candidates == 10);
    assert_true(nev_growth_features("log2", 1, &p) == NEV_EXIT_OK && p.candidates == 1);
    assert_true(nev_growth_features("all", 77, &p) == NEV_EXIT_OK && p.candidates == 77);
    assert_true(nev_growth_features("77", 77, &p) == NEV_EXIT_OK && p.candidates == 77);
    assert_true(nev_growth_features("0.3", 999, &p) == NEV_EXIT_OK && p.candidates == 299);
    assert_true(nev_growth_features("0.000001", 999, &p) == NEV_EXIT_OK && p.candidates == 1);
    assert_true(nev_growth_features("1.0", 999, &p) == NEV_EXIT_OK && p.candidates == 999);
    assert_true(nev_growth_sample("0.5", 7, &p) == NEV_EXIT_OK && p.draws == 4); /* 3.5 */
    assert_true(nev_growth_sample("7", 7, &p) == NEV_EXIT_OK && p.draws == 7);
    assert_true(nev_growth_weights("balanced_subsample", &classes, &p, w) == NEV_EXIT_OK &&
                p.class_weight == NEV_FOREST_WEIGHT_SUBSAMPLE);
    assert_true(nev_growth_weights("c,d=4294.967295,a=b=0.000001,a=2.5", &classes, &p, w) == NEV_EXIT_OK);
    assert_true(p.class_weight == NEV_FOREST_WEIGHT_GIVEN && w[0] == 2500000 && w[1] == 1 &&
                w[2] == UINT32_MAX);
}

/* Verifies: NEV-CLI-140 (values that are none are refused, and the option is named) */
static void test_bad_values(void **state)
{
    static const char *const bad[][2] = {
        {"--trees", "--trees 0"},
        {"--trees", "--trees 65536"},
        {"--trees", "--trees 5-"},
        {"--trees", "--trees 5-4"},
        {"--trees", "--trees 0-65535"},
        {"--trees", "--trees x"},
        {"--trees", "--trees 1-2-3"},
        {"--max-features", "--max-features 0"},
        {"--max-features", "--max-features 1001"},
        {"--max-features", "--max-features 1.1"},
        {"--max-features", "--max-features 0.0"},
        {"--max-features", "--max-features 0.1234567"},
        {"--max-features", "--max-features SQRT"},
        {"--sample", "--sample 9"},
        {"--sample", "--sample 0"},
        {"--sample", "--sample -1"},
        {"--sample", "--sample 1 --no-bootstrap"},
        {"--min-leaf", "--min-leaf 0"},
        {"--min-split", "--min-split 1"},
        {"--max-depth", "--max-depth 0"},
        {"class 'malignant' has no weight", "--class-weight benign=1"},
        {"does not begin with a class", "--class-weight benign=1,malignant=2,unsure=3"},
        {"does not begin with a class", "--class-weight benign=1,benign=2,malignant=3"},
        {"does not begin with a class", "--class-weight Balanced"},
        {"weight of 'malignant'", "--class-weight benign=1,malignant=0"},
        {"weight of 'malignant'", "--class-weight benign=1,malignant=-2"},
        {"weight of 'malignant'", "--class-weight benign=1,malignant=4295"},
        {"weight of 'benign'", "--class-weight benign=1.,malignant=1"},
        {"--origin", "--origin \"$(printf 'a\\001')\""},
    };
    char line[256];
    size_t i;

    (void)state;
    cli_works("$nevus extract --weights m.nvw set/train -o f.npy");
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(line, sizeof line, "$nevus train --features f.npy --labels f.csv -o x.nvf %s", bad[i][1]);
        cli_fails(2, bad[i][0], line);
        cli_works("test ! -e x.nvf");
    }
}

static void says(const char *text)
{
    if (strstr(cli_out, text) == NULL) {
        fail_msg("not said: %s\n%s", text, cli_out);
    }
}

/* Verifies: NEV-CLI-141 (every parameter reaches the forest, and info tells it, as text and as JSON) */
static void test_info(void **state)
{
    (void)state;
    cli_works(
        "$nevus train --features f.npy --labels f.csv -o p.nvf --trees 3-6 --max-features 0.25 --sample 6 "
        "--min-leaf 2 --min-split 3 --max-depth 4 --class-weight benign=1,malignant=2.5 --origin clinic && "
        "$nevus info p.nvf");
    says("trees            4, the first is number 3\n");
    says("origin           clinic\n");
    says("bootstrap        yes, 6 draws a tree\n");
    says("max features     250\n");
    says("max depth        4\n");
    says("min leaf         2\n");
    says("min split        3\n");
    says("class weights    given, 2 : 5\n");
    cli_works("$nevus info p.nvf --json");
    says("\"first_tree\": 3");
    says("\"class_weight\": \"given\"");
    says("\"max_features\": 250");
    says("\"draws\": 6");
    says("\"origin\": \"clinic\"");
    cli_works(
        "$nevus train --features f.npy --labels f.csv -o p.nvf --class-weight balanced && $nevus info p.nvf");
    says("class weights    balanced, 1 : 1\n");
}

/* Verifies: NEV-CLI-142 (ranges trained apart are the forest trained at once; what does not fit is refused) */
static void test_merge(void **state)
{
    (void)state;
    cli_works("t='$nevus train --features f.npy --labels f.csv --seed 5'; eval \"$t --trees 50 -o w.nvf && "
              "$t --trees 0-24 -o a.nvf && $t --trees 25-49 -o b.nvf && $t --trees 25-48 -o d.nvf && "
              "$t --trees 24-49 -o e.nvf && $t --trees 26-49 -o g.nvf\" && "
              "$nevus train --features f.npy --labels f.csv --seed 6 --trees 25-49 -o s.nvf && "
              "$nevus forest merge a.nvf b.nvf -o m1.nvf && $nevus forest merge b.nvf a.nvf -o m2.nvf && "
              "cmp w.nvf m1.nvf && cmp w.nvf m2.nvf && $nevus forest merge a.nvf b.nvf -o - | cmp - w.nvf");
    says("m1.nvf: 50 trees, 8 rows, parts of 1 training\n");
    cli_fails(8, "e.nvf: the forest has trees that another one has too",
              "$nevus forest merge a.nvf e.nvf -o x.nvf");
    cli_fails(8, "g.nvf: trees are missing", "$nevus forest merge g.nvf a.nvf -o x.nvf");
    cli_fails(7, "s.nvf: the forest is not of the first one's training",
              "$nevus forest merge a.nvf s.nvf -o x.nvf");
    assert_non_null(strstr(cli_err, "seed"));
    cli_fails(2, "would replace an input", "$nevus forest merge a.nvf b.nvf -o a.nvf");
    cli_fails(2, "--out", "$nevus forest merge a.nvf b.nvf");
    cli_fails(2, "missing", "$nevus forest merge -o x.nvf");
    cli_fails(3, "none.nvf", "$nevus forest merge a.nvf none.nvf -o x.nvf");
    cli_fails(4, "f.npy", "$nevus forest merge a.nvf f.npy -o x.nvf");
    cli_works("test ! -e x.nvf");
}

/* Verifies: NEV-CLI-142 (forests of other data merge when asked to, and info tells the parts) */
static void test_federated(void **state)
{
    (void)state;
    cli_works(
        "$nevus extract --weights m.nvw set/test -o h.npy && "
        "$nevus train --features h.npy --labels h.csv --trees 9 --origin south -o s.nvf && "
        "$nevus train --features f.npy --labels f.csv --trees 4 --origin north -o n.nvf && "
        "$nevus forest merge --federated s.nvf n.nvf -o x.nvf && $nevus forest merge --federated n.nvf s.nvf "
        "-o y.nvf && cmp x.nvf y.nvf && $nevus info x.nvf && "
        "$nevus predict --forest x.nvf --features f.npy -o p.npy");
    says("parts            2 with 13 trees, 12 rows\n");
    says("origin           north\n");
    says("origin           south\n");
    says("x.nvf: 13 trees, 12 rows, parts of 2 trainings\n");
    cli_fails(7, "data", "$nevus forest merge s.nvf n.nvf -o z.nvf");
}

/* Verifies: NEV-CLI-143 (predict --oob writes what the file keeps, row by row, NaN where no tree can say anything) */
static void test_oob(void **state)
{
    struct nev_grown g;
    struct nev_forest_part part;
    char path[600];
    double *p, want[2];
    FILE *f;
    uint32_t row, unknown = 0;

    (void)state;
    cli_works("$nevus train --features f.npy --labels f.csv --trees 2 --max-depth 1 -o q.nvf && "
              "$nevus predict --forest q.nvf --oob -o q.npy");
    says("q.npy: 8 rows, columns benign, malignant\n");
    snprintf(path, sizeof path, "%s/q.nvf", cli_folder);
    assert_int_equal(nev_grown_open(&g, path), NEV_EXIT_OK);
    nev_forest_part(&g.forest, 0, &part);
    snprintf(path, sizeof path, "%s/q.npy", cli_folder);
    p = malloc(16 * sizeof *p);
    f = fopen(path, "rb");
    assert_true(p != NULL && f != NULL && fseek(f, -(long)(16 * sizeof *p), SEEK_END) == 0);
    assert_int_equal(fread(p, sizeof *p, 16, f), 16);
    fclose(f);
    for (row = 0; row < 8; row++) {
        if (nev_forest_oob_probability(&part, row, want)) {
            assert_true(p[2 * row] == want[0] && p[2 * row + 1] == want[1]);
        } else {
            unknown++;
            assert_true(isnan(p[2 * row]) && isnan(p[2 * row + 1]));
        }
    }
    assert_true(unknown > 0 && unknown < 8);
    free(p);
    nev_grown_close(&g);
    cli_fails(8, "without bootstrap",
              "$nevus train --features f.npy --labels f.csv --no-bootstrap -o q.nvf -q && "
              "$nevus predict --forest q.nvf --oob -o r.npy");
    cli_fails(2, "either --features or --oob",
              "$nevus predict --forest q.nvf --oob --features f.npy -o r.npy");
    cli_works("test ! -e r.npy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts), cmocka_unit_test(test_bad_values), cmocka_unit_test(test_info),
        cmocka_unit_test(test_merge), cmocka_unit_test(test_federated),  cmocka_unit_test(test_oob),
    };

    return cmocka_run_group_tests_name("growth", tests, cli_setup, cli_teardown);
}
