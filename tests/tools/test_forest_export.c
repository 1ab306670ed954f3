/* SPDX-License-Identifier: MIT */
/* nevus forest export: the C it writes, compiled and run. */
#include "tests/tools/cli.h"

#include <float.h>
#include <math.h>

#include "forest/forest.h"
#include "io/npy.h"

#define COLS 5u
#define ROWS 700u

static float rows[ROWS * COLS];
static char labels[ROWS * 4 + 8];

/* What the exported forest says of rows from a file: probabilities as bytes, votes as text. */
static const char program[] =
    "#include <stdio.h>\n"
    "#ifdef HEADER\n#include HEADER\n#else\n#include \"alone.c\"\n#endif\n"
    "int main(int argc, char **argv)\n"
    "{\n"
    "    FILE *in = fopen(argv[1], \"rb\"), *out = fopen(argv[2], \"wb\");\n"
    "    float x[P_FEATURES];\n"
    "    uint32_t votes[P_CLASSES], k;\n"
    "    uint64_t share[P_CLASSES];\n"
    "    (void)argc;\n"
    "    while (in != NULL && out != NULL && fread(x, sizeof x, 1, in) == 1) {\n"
    "        long bad = (long)P_predict(x, votes, share);\n"
    "        if (bad != 0) {\n"
    "            printf(\"NaN %ld %lu %lu\\n\", bad, (unsigned long)votes[0], (unsigned long)share[1]);\n"
    "            continue;\n"
    "        }\n"
    "        for (k = 0; k < P_CLASSES; k++) {\n"
    "            double p = P_probability(share[k]);\n"
    "            fwrite(&p, sizeof p, 1, out);\n"
    "        }\n"
    "        printf(\"%s %lu\\n\", P_class_name[P_label(votes)], (unsigned long)votes[P_label(votes)]);\n"
    "    }\n"
    "    return in == NULL || out == NULL || fclose(out) != 0;\n"
    "}\n";

static void write_file(const char *name, const void *data, size_t bytes)
{
    char path[400];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", cli_folder, name);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, bytes, f), bytes);
    assert_int_equal(fclose(f), 0);
}

/* The rows as NAME.npy and, without a header and in the machine's own layout, as NAME.raw. */
static void write_rows(const char *name)
{
    const struct nev_npy_shape shape = {NEV_NPY_FLOAT, 4, 2, ROWS, COLS};
    static uint8_t file[NEV_NPY_HEADER_BYTES + sizeof rows];
    char path[40];

    assert_int_equal(nev_npy_write(&shape, rows, file, sizeof file), NEV_OK);
    snprintf(path, sizeof path, "%s.npy", name);
    write_file(path, file, sizeof file);
    snprintf(path, sizeof path, "%s.raw", name);
    write_file(path, rows, sizeof rows);
}

/* Values that are hard to tell apart, and those that a float may be besides numbers. */
static float value(uint64_t *seed)
{
    static const float odd[] = {INFINITY, -INFINITY, 0.0f,   -0.0f,  FLT_MAX,
                                -FLT_MAX, FLT_MIN,   1e-45f, -1e-45f};
    uint32_t r = nev_test_random(seed);

    if (r % 5 == 0) {
        return odd[r / 5 % 9];
    }
    return r % 5 < 3 ? 1.0f + (float)(r / 5 % 7) * FLT_EPSILON : (float)(r / 5 % 64) - 32.0f;
}

static void make_rows(void)
{
    uint64_t seed = 5;
    size_t i, len = (size_t)sprintf(labels, "label\n");

    for (i = 0; i < ROWS * COLS; i++) {
        rows[i] = value(&seed);
    }
    for (i = 0; i < ROWS; i++) {
        const float *x = rows + i * COLS;
        int label = (x[0] > 1.0f + 3 * FLT_EPSILON) + (x[1] > 0.0f || x[2] == INFINITY);

        label = nev_test_random(&seed) % 6 == 0 ? (int)(nev_test_random(&seed) % 3) : label;
        len += (size_t)sprintf(labels + len, "%s\n",
                               label == 0   ? "no"
                               : label == 1 ? "?\?"
                                            : "\xC3\xA9"
                                              "1");
    }
    write_file("labels.csv", labels, len);
}

/* Sets every row's values to thresholds of the forest and the floats beside them. */
static void make_edges(const char *forest)
{
    char path[400];
    size_t bytes, at = 0;
    struct nev_forest f;
    struct nev_error err;
    struct nev_forest_tree tree;
    struct nev_forest_node node;
    uint8_t *file;
    uint32_t i;

    snprintf(path, sizeof path, "%s/%s", cli_folder, forest);
    file = nev_test_read(path, &bytes);
    assert_int_equal(nev_forest_open(&f, file, bytes, &err), NEV_OK);
    nev_forest_tree(&f, 0, &tree);
    while (at < ROWS) {
        for (i = 1; i < tree.node_len && at < ROWS; i++) {
            nev_forest_node(&tree, i, &node);
            if (!node.is_leaf) {
                rows[at * COLS + node.feature] = at % 3 == 0   ? node.threshold
                                                 : at % 3 == 1 ? nextafterf(node.threshold, INFINITY)
                                                               : nextafterf(node.threshold, -INFINITY);
                at++;
            }
        }
    }
    free(file);
}

static int setup(void **state)
{
    if (cli_setup(state) != 0) {
        return 1;
    }
    make_rows();
    write_rows("rows");
    write_file("main.c", program, sizeof program - 1);
    cli_works("$nevus train --features rows.npy --labels labels.csv --trees 7 --seed 3 -o full.nvf &&"
              "$nevus train --features rows.npy --labels labels.csv --trees 70 --min-leaf 9 -o mixed.nvf");
    return 0;
}

/* Compiles ask.c, runs it over both tables and compares with predict. */
static void ask(const char *forest)
{
    char line[1200];

    snprintf(line, sizeof line,
             "for t in rows edges; do ./ask $t.raw $t.out >$t.votes && test -s $t.votes &&"
             "$nevus predict --forest %s --features $t.npy -o $t.p.npy >/dev/null &&"
             "tail -c +129 $t.p.npy | cmp - $t.out || exit 1; done",
             forest);
    cli_works(line);
}

/* Verifies: NEV-CLI-180 (the source compiles alone without a warning as C99 and as C++, with and without a header, calls
 * nothing, and gives the bits of predict: infinities, zeros of both signs, thresholds and the floats beside them) */
static void test_compiled(void **state)
{
    static const char *const forest[] = {"full.nvf", "mixed.nvf"};
    static const char flags[] =
        "-O2 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror";
    char line[1500];
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        make_rows();
        make_edges(forest[i]);
        write_rows("edges");
        snprintf(
            line, sizeof line,
            "$nevus forest export %s -o alone.c --prefix P && $nevus forest export %s -o split.c --header "
            "s.h "
            "--prefix P && c='%s' && cc -std=c99 -Wmissing-prototypes -Wstrict-prototypes $c -c split.c && "
            "test \"$(nm -u split.o | grep -v GLOBAL_OFFSET)\" = '' && cc -std=c99 -O1 -DHEADER='\"s.h\"' "
            "main.c split.o -o ask",
            forest[i], forest[i], flags);
        cli_works(line);
        ask(forest[i]);
        cli_works("cc -std=c99 -O0 -Wall -Wextra -Wpedantic -Werror main.c -o ask");
        ask(forest[i]);
        if (system("command -v c++ >/dev/null") == 0) {
            cli_works(
                "c++ -x c++ -std=c++98 -Wall -Wextra -Wpedantic -Wno-long-long -Werror -O2 main.c -o ask");
            ask(forest[i]);
        }
        if (system("command -v clang >/dev/null") == 0) {
            cli_works("clang -std=c99 -Weverything -Wno-padded -Wno-unknown-warning-option "
                      "-Wno-declaration-after-statement "
                      "-Werror -c split.c && clang -std=c99 -O2 main.c -o ask");
            ask(forest[i]);
        }
    }
}

/* Verifies: NEV-CLI-180 (a NaN in any column gives its number and zeroed outputs; labels and votes are those of the forest) */
static void test_answers(void **state)
{
    size_t i;

    (void)state;
    make_rows();
    for (i = 0; i < COLS; i++) {
        rows[i * COLS + i] = i % 2 == 0 ? NAN : -NAN;
    }
    write_rows("nan");
    cli_works("$nevus forest export full.nvf -o alone.c --prefix P >/dev/null && cc -std=c99 main.c -o ask &&"
              "./ask nan.raw nan.out | head -n 6");
    assert_memory_equal(cli_out, "NaN 1 0 0\nNaN 2 0 0\nNaN 3 0 0\nNaN 4 0 0\nNaN 5 0 0\n", 50);
    assert_null(strstr(cli_out + 50, "NaN"));
    assert_true(cli_out[50] != '\0');
}

/* Verifies: NEV-CLI-869 (beside the source, below it, above it, through a link, with a folder that C could not name above
 * both; compiled from elsewhere without a search path) */
static void test_header_found(void **state)
{
    static const char *const places[][3] = {
        {"at/e.c", "at/e.h", "e.h"},
        {"at/e.c", "at/in/e.h", "in/e.h"},
        {"at/in/e.c", "at/e.h", "../e.h"},
        {"at/one/e.c", "at/two/e.h", "../two/e.h"},
        {"at/onto/e.c", "at/one/e.h", "e.h"}, /* a link */
        {"at/o dd/e.c", "at/o dd/in/e.h", "in/e.h"},
        {"./at//in/../e.c", "at/e.h", "e.h"},
    };
    char line[900];
    size_t i;

    (void)state;
    cli_works("mkdir -p at/in at/one at/two 'at/o dd/in' && ln -s one at/onto");
    for (i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(line, sizeof line,
                 "$nevus forest export full.nvf -o '%s' --header '%s' >.made && grep -qxF '#include \"%s\"' "
                 "'%s' && "
                 "cc -std=c99 -c '%s' -o e.o && (cd / && cc -std=c99 -c \"$OLDPWD/%s\" -o \"$OLDPWD/e.o\") "
                 "&& rm '%s' "
                 "'%s'",
                 places[i][0], places[i][1], places[i][2], places[i][0], places[i][0], places[i][0],
                 places[i][0], places[i][1]);
        cli_works(line);
    }
    cli_works("$nevus forest export full.nvf -o - --header at/e.h | grep '#include \"'");
    assert_string_equal(cli_out, "#include \"e.h\"\n");
    cli_fails(2, "the folders to it", "$nevus forest export full.nvf -o e.c --header 'at/o dd/e.h'");
}

/* Verifies: NEV-CLI-870 (info's count is the one of the source's first comment and of export's answer) */
static void test_counts(void **state)
{
    (void)state;
    cli_works(
        "$nevus forest export mixed.nvf -o alone.c >made.txt; $nevus info mixed.nvf --json | awk -F'[:,]' "
        "'/\"nodes\"/ {n = $2 + 0} /\"leaf_entries\"/ {print n \" nodes and \" $2 + 0 \" leaf entries\"}' "
        ">n.txt;"
        "grep -o '[0-9]* nodes and [0-9]* leaf entries' alone.c | cmp - n.txt &&"
        "grep -o '[0-9]* nodes, [0-9]* leaf entries' made.txt | sed 's/,/ and/' | cmp - n.txt");
}

/* Verifies: NEV-CLI-181 (names that C would not take, outputs that are inputs or each other, and places that cannot be
 * written are refused; nothing is left behind) */
static void test_refused(void **state)
{
    (void)state;
    cli_fails(2, "--out is needed", "$nevus forest export full.nvf");
    cli_fails(2, "prefix is a letter", "$nevus forest export full.nvf -o x.c --prefix 1x");
    cli_fails(2, "header's name", "$nevus forest export full.nvf -o x.c --header 'x y.h'");
    cli_fails(2, "", "$nevus forest export full.nvf -o full.nvf");
    cli_fails(2, "", "touch y.c; $nevus forest export full.nvf -o y.c --header y.c");
    cli_fails(3, "nowhere/x.h", "$nevus forest export full.nvf -o x.c --header nowhere/x.h");
    cli_fails(3, "/dev/full", "$nevus forest export full.nvf -o /dev/full");
    cli_fails(4, "m.nvw", "$nevus forest export m.nvw -o x.c");
    cli_works("test ! -e x.c && test ! -e 'x y.h' && ! ls -a | grep -F .nevus-");
    cli_works("$nevus forest export full.nvf -o z.c && $nevus forest export full.nvf -o - | cmp - z.c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compiled), cmocka_unit_test(test_answers), cmocka_unit_test(test_header_found),
        cmocka_unit_test(test_counts),   cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, setup, cli_teardown);
}
