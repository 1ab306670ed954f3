/* SPDX-License-Identifier: MIT */
/* The commands doing what they are for; test_bad_input.c has the rest. */
#include "tests/tools/cli.h"

#include "nn/base/crc32.h"
#include "tools/command.h"
#include "tools/networks/engine.h"
#include "tools/tables/tables.h"

/* Verifies: NEV-CLI-020 (help of the program and of every command it lists; version) */
static void test_help(void **state)
{
    char names[4096], line[128], *name, *rest = NULL;

    (void)state;
    cli_works("$nevus --help | sed -n 's/^  \\([a-z][a-z -]*[a-z]\\)   *[a-zA-Z].*/\\1/p'");
    memcpy(names, cli_out, sizeof names);
    assert_non_null(strstr(names, "classify"));
    for (name = strtok_r(names, "\n", &rest); name != NULL; name = strtok_r(NULL, "\n", &rest)) {
        snprintf(line, sizeof line, "$nevus %.40s --help", name);
        cli_works(line);
        assert_non_null(strstr(cli_out, "Usage: nevus"));
        assert_non_null(strstr(cli_out, "--help"));
        assert_string_equal(cli_err, "");
    }
    cli_works("$nevus --version");
    assert_memory_equal(cli_out, "nevus ", 6);
}

/* Verifies: NEV-CLI-043 (names of one and of two words) */
static void test_words(void **state)
{
    char forest[] = "forest", merge[] = "merge", mer[] = "mer", help[] = "--help";
    char *two[] = {forest, merge, help}, *cut[] = {forest, mer};

    (void)state;
    assert_int_equal(nev_command_words("forest", 3, two), 1);
    assert_int_equal(nev_command_words("forest merge", 3, two), 2);
    assert_int_equal(nev_command_words("forest merge", 2, two), 2);
    assert_int_equal(nev_command_words("forest merge", 1, two), 0);
    assert_int_equal(nev_command_words("forest merge", 2, cut), 0);
    assert_int_equal(nev_command_words("forest merge", 0, two), 0);
    assert_int_equal(nev_command_words("fores", 3, two), 0);
    assert_int_equal(nev_command_words("forests", 3, two), 0);
}

/* Verifies: NEV-CLI-021 (folder to forest to figures, and the same bytes for any number of threads) */
static void test_folder_to_figures(void **state)
{
    (void)state;
    cli_works("$nevus train --weights m.nvw set/train -o a.nvf --threads 1 --trees 7 &&"
              "$nevus train --weights m.nvw set/train -o b.nvf --threads 3 --trees 7 && cmp a.nvf b.nvf &&"
              "$nevus train --weights m.nvw set/train -o - --trees 7 | cmp - a.nvf && printf '%s' \"$($nevus "
              "train --weights "
              "m.nvw set/train -o b.nvf --trees 7)\"");
    assert_non_null(strstr(cli_out, "7 trees on 8 rows of 1000 features, classes benign, malignant"));
    cli_works("$nevus evaluate --weights m.nvw --forest a.nvf set/test");
    assert_non_null(strstr(cli_out, "malignant positive"));
    cli_works("$nevus evaluate --weights m.nvw --forest a.nvf set/test --positive benign --csv");
    assert_non_null(strstr(cli_out, "\nbenign,"));
    cli_works("$nevus evaluate --weights m.nvw --forest a.nvf set/test --json");
    assert_non_null(strstr(cli_out, "\"confusion\""));
}

/* Verifies: NEV-CLI-022 (rows in order, the table beside them, the same bytes for any number of threads) */
static void test_extract(void **state)
{
    (void)state;
    cli_works("$nevus extract --weights m.nvw set/test/malignant/5.ppm set/test -o f.npy -t 1 && mv f.npy "
              "one.npy &&"
              "$nevus extract --weights m.nvw set/test/malignant/5.ppm set/test -o f.npy -t 3 && cmp f.npy "
              "one.npy");
    cli_works("cat f.csv");
    assert_memory_equal(cli_out,
                        "file,label,width,height,bytes,sha256,pixels_sha256\n"
                        "set/test/malignant/5.ppm,,48,40,5773,",
                        strlen("file,label,width,height,bytes,sha256,pixels_sha256\n"
                               "set/test/malignant/5.ppm,,48,40,5773,"));
    cli_works("cut -d, -f1,2 f.csv | tail -n +3");
    assert_string_equal(cli_out, "set/test/benign/4.ppm,benign\nset/test/benign/5.ppm,benign\n"
                                 "set/test/malignant/4.ppm,malignant\nset/test/malignant/5.ppm,malignant\n");
    cli_works("tail -n 1 f.csv | cut -d, -f6; sha256sum set/test/malignant/5.ppm | cut -d' ' -f1");
    assert_memory_equal(cli_out, cli_out + 65, 64);
    cli_works(
        "tail -n 1 f.csv | cut -d, -f7; tail -c 5760 set/test/malignant/5.ppm | sha256sum | cut -d' ' -f1");
    assert_memory_equal(cli_out, cli_out + 65, 64);
}

/* Verifies: NEV-CLI-022 (the first row is the same picture's as the last: rows depend on nothing else) */
static void test_rows_are_equal(void **state)
{
    struct nev_matrix m;
    char path[400];

    (void)state;
    cli_works("$nevus extract --weights m.nvw set/test/malignant/5.ppm set/test -o f.npy");
    snprintf(path, sizeof path, "%s/f.npy", cli_folder);
    assert_int_equal(nev_matrix_read(&m, path), NEV_EXIT_OK);
    assert_int_equal(m.rows, 5);
    assert_int_equal(m.cols, NEV_FEATURES_LEN);
    assert_memory_equal(m.x, m.x + 4 * m.cols, m.cols * sizeof *m.x);
    assert_memory_not_equal(m.x, m.x + 3 * m.cols, m.cols * sizeof *m.x);
    nev_matrix_free(&m);
}

/* Verifies: NEV-CLI-023 (the last layer by name is the output; another layer has as many columns as channels)
 */
static void test_layer(void **state)
{
    const struct nev_engine_want want = {NEV_PATH_FAST, NULL, 1, false};
    struct nev_engine e;
    struct nev_matrix m;
    char path[400], line[400];
    uint32_t s;

    (void)state;
    snprintf(path, sizeof path, "%s/m.nvw", cli_folder);
    assert_int_equal(nev_engine_open(&e, path, &want), NEV_EXIT_OK);
    cli_works("$nevus extract --weights m.nvw set/test -o f.npy");
    snprintf(line, sizeof line,
             "$nevus extract --weights m.nvw set/test -o l.npy --layer '%s' && cmp f.npy l.npy", e.layer);
    cli_works(line);
    for (s = 0; s + 1 < e.plan.step_len; s += 7) {
        const char *name = nev_net_layer_name(NEV_NET_MOBILENETV2, e.plan.step[s].last_row);

        snprintf(line, sizeof line, "$nevus extract --weights m.nvw set/test/benign -o l.npy --layer '%s'",
                 name);
        cli_works(line);
        snprintf(path, sizeof path, "%s/l.npy", cli_folder);
        assert_int_equal(nev_matrix_read(&m, path), NEV_EXIT_OK);
        assert_int_equal(m.rows, 2);
        assert_int_equal(m.cols, e.plan.step[s].oc);
        nev_matrix_free(&m);
    }
    snprintf(line, sizeof line, "$nevus extract --weights m.nvw --layers | tail -n 1 | grep -c '^%s  *1000$'",
             e.layer);
    cli_works(line);
    nev_engine_close(&e);
}

/* Verifies: NEV-CLI-024 (the table way gives the forest that the folder way gives, but for its origin) */
static void test_tables(void **state)
{
    (void)state;
    cli_works("$nevus extract --weights m.nvw set/train -o f.npy &&"
              "$nevus train --weights m.nvw set/train -o a.nvf &&"
              "$nevus train --weights m.nvw --features f.npy --labels f.csv -o b.nvf && cmp a.nvf b.nvf");
    cli_works("$nevus train --features f.npy --labels f.csv -o c.nvf && ! cmp -s a.nvf c.nvf &&"
              "$nevus predict --forest a.nvf --features f.npy -o p.npy &&"
              "$nevus predict --forest c.nvf --features f.npy -o q.npy && cmp p.npy q.npy");
    cli_works("$nevus evaluate --forest c.nvf --features f.npy --labels f.csv --csv");
    cli_works("tail -c +11 p.npy | head -c 118");
    assert_non_null(strstr(cli_out, "'descr': '<f8'"));
    assert_non_null(strstr(cli_out, "(8, 2)"));
}

/* Verifies: NEV-CLI-024 (features as CSV, labels as whole numbers in .npy, classes ordered by value) */
static void test_csv_and_npy(void **state)
{
    (void)state;
    cli_works("printf 'x,y\\n1,5\\n2,5.5\\n8,4\\n9,4\\n1,5\\n2,5.5\\n8,4\\n9,4\\n' >t.csv;"
              "{ printf '\\223NUMPY\\001\\000\\166\\000'; printf \"%-117s\\n\" \"{'descr': '|u1', "
              "'fortran_order': "
              "False, 'shape': (8,), }\"; printf '\\012\\012\\002\\002\\012\\012\\002\\002'; } >l.npy;"
              "$nevus train --features t.csv --labels l.npy -o t.nvf");
    assert_non_null(strstr(cli_out, "classes 2, 10"));
    cli_works("$nevus evaluate --forest t.nvf --features t.csv --labels l.npy");
}

/* Verifies: NEV-CLI-025 (label, probability and votes: as text, CSV and JSON, and from standard input) */
static void test_classify(void **state)
{
    char first[200];

    (void)state;
    cli_works("$nevus train --weights m.nvw set/train -o a.nvf");
    cli_works("$nevus classify --weights m.nvw --forest a.nvf set/test/benign/4.ppm");
    assert_non_null(strstr(cli_out, "set/test/benign/4.ppm: "));
    assert_non_null(strstr(cli_out, " of 50 votes\n"));
    snprintf(first, sizeof first, "%s", strstr(cli_out, ": ") + 2);
    cli_works("$nevus classify --weights m.nvw --forest a.nvf - <set/test/benign/4.ppm");
    assert_non_null(strstr(cli_out, first));
    cli_works("$nevus classify --weights m.nvw --forest a.nvf set/test --csv");
    assert_memory_equal(cli_out, "file,label,probability,votes,probability_benign,probability_malignant\n",
                        70);
    cli_works("$nevus classify --weights m.nvw --forest a.nvf set/test --json");
    assert_non_null(strstr(cli_out, "\"votes\": "));
}

/* Verifies: NEV-CLI-026 (pixels, CRC-32, description; to a file and to standard output) */
static void test_decode(void **state)
{
    uint8_t *data;
    size_t bytes;
    char path[400], expected[16];

    (void)state;
    cli_works("$nevus decode set/test/benign/4.ppm -o out.ppm && cmp out.ppm set/test/benign/4.ppm &&"
              "$nevus decode set/test/benign/4.ppm -o - | cmp - set/test/benign/4.ppm");
    snprintf(path, sizeof path, "%s/out.ppm", cli_folder);
    data = nev_test_read(path, &bytes);
    snprintf(expected, sizeof expected, "%08x\n", (unsigned)nev_crc32(0, data + 13, bytes - 13));
    free(data);
    cli_works("$nevus decode --raw --crc set/test/benign/4.ppm");
    assert_string_equal(cli_out, expected);
    cli_works("$nevus decode --crc set/test/benign/4.ppm set/test/benign/4.ppm");
    assert_memory_equal(cli_out, expected, 8);
    assert_non_null(strstr(cli_out, "  set/test/benign/4.ppm\n"));
    cli_works("$nevus decode set/test/benign/4.ppm");
    assert_non_null(strstr(cli_out, "PNM, 48 x 40"));
    cli_works("printf 'P5 3 1 255\\nabc' >g.pgm && $nevus decode --raw g.pgm -o h.pgm && tail -c 3 h.pgm");
    assert_string_equal(cli_out, "abc");
}

/* Verifies: NEV-CLI-027 (the tables beside the paper's figures; JSON and CSV; two models) */
static void test_reproduce(void **state)
{
    (void)state;
    cli_works("$nevus reproduce set --seeds 3 --trees 5 --weights m.nvw m.nvw");
    assert_non_null(strstr(cli_out, "benign 4 to train, 2 to test; malignant 4 to train, 2 to test"));
    assert_non_null(strstr(cli_out, "82.39"));
    assert_non_null(strstr(cli_out, "With malignant as the positive class"));
    assert_non_null(strstr(cli_out, "AUC"));
    assert_non_null(strstr(cli_out, "Table 2"));
    cli_works("$nevus reproduce set --seeds 2 --trees 5 --weights m.nvw --json");
    assert_non_null(strstr(cli_out, "\"confusion_mean\""));
    cli_works("$nevus reproduce set --seeds 2 --trees 5 --weights m.nvw --csv");
    assert_non_null(strstr(cli_out, "\nMobileNetV2,paper,(mean of the classes),0.8239,,0.8245,,0.8272,,"));
}

/* Verifies: NEV-CLI-028 (every line of the self-test is ok) */
static void test_selftest(void **state)
{
    (void)state;
    cli_works("$nevus selftest");
    assert_null(strstr(cli_out, "FAILED"));
}

/* Verifies: NEV-CLI-029 (everything from drawing to answer; a second, smaller run leaves no drawing of the first) */
static void test_demo(void **state)
{
    (void)state;
    cli_works("mkdir d && printf 'nevus demo: 3 train, 2 test per class\n' >d/.nevus-demo && mkdir -p "
              "d/train/benign &&"
              "printf old >d/train/benign/00002.png && $nevus demo d --train 2 --test 2 --seeds 1");
    assert_non_null(strstr(cli_out, "THIS IS A DEMONSTRATION"));
    assert_non_null(strstr(cli_out, "\nDarknet19    Nevus"));
    assert_non_null(strstr(cli_out, "test/malignant/00002.png: "));
    cli_works("cd d && find . -name '*.png' | sort");
    assert_string_equal(cli_out, "./test/benign/00002.png\n./test/benign/00003.png\n"
                                 "./test/malignant/00002.png\n./test/malignant/00003.png\n"
                                 "./train/benign/00000.png\n./train/benign/00001.png\n"
                                 "./train/malignant/00000.png\n./train/malignant/00001.png\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_folder_to_figures),
        cmocka_unit_test(test_extract),
        cmocka_unit_test(test_rows_are_equal),
        cmocka_unit_test(test_layer),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_csv_and_npy),
        cmocka_unit_test(test_classify),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_reproduce),
        cmocka_unit_test(test_selftest),
        cmocka_unit_test(test_demo),
    };

    return cmocka_run_group_tests_name("commands", tests, cli_setup, cli_teardown);
}
