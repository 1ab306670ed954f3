/* SPDX-License-Identifier: MIT */
/* The commands importance, nearest, threshold, conformal, calibrate of `nevus forest`. */
#include "tests/tools/cli.h"

#include "tools/judge/wish.h"

/* Sixty rows of five features, the first of which decides but for every tenth row; a forest of them. */
static int setup(void **state)
{
    FILE *f;
    char path[400];
    uint64_t seed = 80;
    uint32_t i, k;

    if (cli_setup(state) != 0) {
        return 1;
    }
    snprintf(path, sizeof path, "%s/x.csv", cli_folder);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "a,b,c,d,e,label\n");
    for (i = 0; i < 60; i++) {
        uint32_t a = nev_test_random(&seed) % 1000;

        fprintf(f, "%u", (unsigned)a);
        for (k = 0; k < 4; k++) {
            fprintf(f, ",%u", (unsigned)(nev_test_random(&seed) % 50));
        }
        fprintf(f, ",%s\n", (a > 500) != (i % 10 == 9) ? "malignant" : "benign");
    }
    assert_int_equal(fclose(f), 0);
    cli_works("cut -d, -f1-5 x.csv >f.csv && cut -d, -f6 x.csv >l.csv && head -n 4 l.csv >m.csv && head -n 4 "
              "f.csv >q.csv &&"
              "$nevus train --features f.csv --labels l.csv -o f.nvf --trees 30 &&"
              "$nevus train --features f.csv --labels l.csv -o w.nvf --trees 3 --no-bootstrap");
    return 0;
}

/* Verifies: NEV-CLI-160 (importance as text, CSV, JSON; the feature that decides comes first; the same for any number of
 * threads; from pictures as from their table) */
static void test_importance(void **state)
{
    (void)state;
    cli_works(
        "$nevus forest importance f.nvf --features f.csv --labels l.csv --top 1 | tail -n 1 | cut -c1-2");
    assert_string_equal(cli_out, "0 \n");
    cli_works("$nevus forest importance f.nvf --features f.csv --labels l.csv --by unbiased --top 1 | tail "
              "-n 1 | cut "
              "-c1-2");
    assert_string_equal(cli_out, "0 \n");
    cli_works("for t in 1 2 3 7; do $nevus forest importance f.nvf --features f.csv --labels l.csv --csv -t "
              "$t >i.$t; "
              "done; cmp i.1 i.2 && cmp i.1 i.3 && cmp i.1 i.7 && wc -l <i.1 && head -n 1 i.1");
    assert_string_equal(cli_out, "6\nfeature,permutation,deviation,unbiased,impurity\n");
    cli_works("$nevus forest importance f.nvf --features f.csv --labels l.csv --json --repeats 2");
    assert_non_null(strstr(cli_out, "\"repeats\": 2"));
    assert_non_null(strstr(cli_out, "\"unbiased\""));
    cli_works(
        "$nevus train --weights m.nvw set/train -o p.nvf --trees 5 &&"
        "$nevus extract --weights m.nvw set/train -o p.npy &&"
        "$nevus forest importance p.nvf --weights m.nvw set/train --csv >a.csv &&"
        "$nevus forest importance p.nvf --features p.npy --labels p.csv --csv >b.csv && cmp a.csv b.csv");
}

/* Verifies: NEV-CLI-161, NEV-CLI-866 (nearest of rows; of training rows, without the row itself; of a picture: itself first;
 * the table in every form) */
static void test_nearest(void **state)
{
    (void)state;
    cli_works("$nevus forest nearest f.nvf --features f.csv --labels l.csv --rows q.csv --top 1 --csv");
    assert_memory_equal(cli_out, "query,query_file,rank,row,file,label,proximity,shared,trees\n0,,0,0,,", 68);
    cli_works("for t in 1 2 3 7; do $nevus forest nearest f.nvf --features f.csv --labels l.csv "
              "--training-rows --oob "
              "--json -t $t >n.$t; done; cmp n.1 n.2 && cmp n.1 n.3 && cmp n.1 n.7; head -n 8 n.1");
    assert_non_null(strstr(cli_out, "\"nearest\""));
    cli_works(
        "$nevus forest nearest f.nvf --features f.csv --labels l.csv --training-rows --csv --top 1000 "
        ">n.csv; tail -n +2 n.csv | awk -F, '$1 == $4 {own++} $3 == 1 {first++} END {print NR, own + 0, "
        "first}'");
    assert_string_equal(cli_out, "3540 0 60\n");
    cli_works(
        "$nevus forest nearest f.nvf --features f.csv --labels l.csv --rows f.csv --csv --top 1000 | awk "
        "-F, '$1 != $4 {print $1, $4, $7}' | sort >a.txt; awk -F, '{print $1, $4, $7}' n.csv | sort | cmp "
        "- a.txt && wc -l <a.txt");
    assert_string_equal(cli_out, "3541\n");
    cli_works(
        "$nevus train --weights m.nvw set/train -o p.nvf --trees 5 >.train &&"
        "$nevus forest nearest p.nvf --weights m.nvw set/train --image set/train/malignant/2.ppm --top 2");
    assert_memory_equal(cli_out, "set/train/malignant/2.ppm\n  1.0000  5 of 5 trees  row ", 52);
    assert_non_null(strstr(cli_out, "  malignant  set/train/malignant/"));
}

/* Verifies: NEV-CLI-162 (thresholds by every rule; levels of sets; nothing but the forest is needed) */
static void test_threshold_and_sets(void **state)
{
    (void)state;
    cli_works("$nevus forest threshold f.nvf");
    assert_non_null(strstr(cli_out, "malignant from this probability on; 60 rows out of bag"));
    assert_non_null(strstr(cli_out, "\nyouden "));
    cli_works("$nevus forest threshold f.nvf --csv | cut -d, -f1-3");
    assert_string_equal(
        cli_out, "class,rule,value\nmalignant,youden,\nmalignant,equal,\nmalignant,cost,1\n"
                 "malignant,sensitivity,0.9\nmalignant,sensitivity,0.95\nmalignant,sensitivity,0.99\n"
                 "malignant,specificity,0.9\nmalignant,specificity,0.95\nmalignant,specificity,0.99\n");
    cli_works("$nevus forest threshold f.nvf --rule sensitivity --value 1 --positive benign --csv | tail -n "
              "1 | cut "
              "-d, -f1,2,3,5,8");
    assert_string_equal(cli_out, "benign,sensitivity,1,1,0\n");
    cli_works("$nevus forest threshold f.nvf --rule cost --value 2.5 --json");
    assert_non_null(strstr(cli_out, "\"value\": 2.5"));
    cli_works("$nevus forest conformal f.nvf --csv | cut -d, -f1-3");
    assert_non_null(strstr(cli_out, "level,by_class,class\n0.8,0,benign\n0.8,0,malignant\n0.9,0,benign\n"));
    cli_works("$nevus forest conformal f.nvf --level 0.7 --by-class");
    assert_memory_equal(cli_out, "level 0.7 of each class: on 60 rows out of bag ", 47);
    cli_works("$nevus forest conformal f.nvf --level 0.7 --json");
    assert_non_null(strstr(cli_out, "\"floors\""));
}

/* Verifies: NEV-CLI-163 (a forest that carries all three has the same trees; the same command gives the same file, also from
 * one that carries others; what is left out is not carried) */
static void test_calibrate(void **state)
{
    (void)state;
    cli_works("$nevus forest calibrate f.nvf -o g.nvf --by-class");
    assert_non_null(strstr(cli_out, "calibrated       of malignant by platt"));
    assert_non_null(strstr(cli_out, "threshold        malignant from "));
    assert_non_null(strstr(cli_out, "sets             level 0.9, of each class: benign from "));
    cli_works("$nevus forest calibrate f.nvf --method isotonic --rule equal --level 0 -o h.nvf --json");
    assert_non_null(strstr(cli_out, "\"pools\""));
    assert_null(strstr(cli_out, "\"sets\""));
    cli_works("$nevus forest calibrate h.nvf -o i.nvf --by-class && cmp g.nvf i.nvf &&"
              "$nevus forest calibrate f.nvf -o - --by-class | cmp - g.nvf &&"
              "$nevus predict --forest f.nvf --features f.csv -o p.npy && "
              "$nevus predict --forest g.nvf --features f.csv -o q.npy && cmp p.npy q.npy");
    cli_works("sed '1!s/$/1/;1!s/^malignant./m/' l.csv | awk 'NR % 3 == 0 {print \"third\"; next} {print}' "
              ">k.csv &&"
              "$nevus train --features f.csv --labels k.csv -o k.nvf --trees 40 >.made &&"
              "$nevus forest calibrate k.nvf -o j.nvf --method none --rule none --level 0.7 && $nevus info "
              "j.nvf | grep -c "
              "sets");
    assert_non_null(strstr(cli_out, "made from        60 rows out of bag\n1\n"));
    cli_fails(2, "--positive is needed", "$nevus forest calibrate k.nvf");
    cli_fails(2, "sets are of all classes",
              "$nevus forest calibrate f.nvf --method none --rule none --positive benign");
}

/* Verifies: NEV-CLI-164 (wrong command lines, another table, no votes out of bag, no such class or row length; nothing written) */
static void test_refusals(void **state)
{
    (void)state;
    cli_fails(2, "give the training table", "$nevus forest importance f.nvf --features f.csv");
    cli_fails(2, "give the training table", "$nevus forest importance f.nvf");
    cli_fails(2, "--json or --csv",
              "$nevus forest importance f.nvf --features f.csv --labels l.csv --json --csv");
    cli_fails(7, "another number of rows", "$nevus forest importance f.nvf --features q.csv --labels m.csv");
    cli_fails(7, "their digests differ",
              "sed 's/^\\([0-9]\\)/1\\1/' f.csv >o.csv; $nevus forest importance f.nvf --features o.csv "
              "--labels l.csv");
    cli_fails(8, "without bootstrap", "$nevus forest importance w.nvf --features f.csv --labels l.csv");
    cli_fails(2, "one of --rows, --image", "$nevus forest nearest f.nvf --features f.csv --labels l.csv");
    cli_fails(
        2, "--image needs the network",
        "$nevus forest nearest f.nvf --features f.csv --labels l.csv --image set/train/malignant/1.ppm");
    cli_fails(7, "a row has 6 features",
              "$nevus forest nearest f.nvf --features f.csv --labels l.csv --rows n.csv 2>&1 >/dev/null;"
              "cut -d, -f1-5 f.csv | sed 's/$/,1/' >n.csv; "
              "$nevus forest nearest f.nvf --features f.csv --labels l.csv --rows n.csv");
    cli_fails(8, "no votes out of bag", "$nevus forest threshold w.nvf");
    cli_fails(8, "no votes out of bag", "$nevus forest conformal w.nvf");
    cli_fails(8, "no votes out of bag",
              "$nevus forest calibrate w.nvf -o x.nvf; c=$?; test ! -e x.nvf && (exit $c)");
    cli_fails(2, "takes a --value", "$nevus forest threshold f.nvf --rule cost");
    cli_fails(2, "takes no --value", "$nevus forest calibrate f.nvf --value 0.9");
    cli_fails(2, "at most 1", "$nevus forest calibrate f.nvf --rule sensitivity --value 1.1");
    cli_fails(2, "above 0", "$nevus forest calibrate f.nvf --rule cost --value=-3");
    cli_fails(2, "a number below 1", "$nevus forest calibrate f.nvf --level 1");
    cli_fails(2, "above 0 and below 1", "$nevus forest conformal f.nvf --level 0");
    cli_fails(2, "no class 'x'", "$nevus forest calibrate f.nvf --positive x");
    cli_fails(2, "nothing is left", "$nevus forest calibrate f.nvf --method none --rule none --level 0");
    cli_fails(2, "f.nvf", "$nevus forest calibrate f.nvf -o f.nvf");
}

/* Verifies: NEV-CLI-864 (the forest, the table, or the rows asked about) */
static void test_names(void **state)
{
    (void)state;
    cli_works("$nevus train --features f.csv --labels l.csv -o own.nvf --trees 3 --no-bootstrap >.made;"
              "sed '3s/^[0-9]*/nan/' f.csv >nan.csv; sed '1!s/.*/benign/' l.csv >one.csv");
    cli_fails(8, "nevus: own.nvf: ", "$nevus forest importance own.nvf --features f.csv --labels l.csv");
    cli_fails(8, "nevus: own.nvf: ",
              "$nevus forest nearest own.nvf --features f.csv --labels l.csv --training-rows --oob");
    cli_fails(8, "nevus: f.csv: ", "$nevus forest importance f.nvf --features f.csv --labels one.csv");
    cli_fails(4, "nevus: nan.csv: ", "$nevus forest importance f.nvf --features nan.csv --labels l.csv");
    cli_fails(7, "nevus: q.csv: ", "$nevus forest importance f.nvf --features q.csv --labels m.csv");
    cli_fails(
        4, "nevus: nan.csv: ", "$nevus forest nearest f.nvf --features nan.csv --labels l.csv --rows q.csv");
    cli_fails(4, "(feature, row 1, column 0)",
              "$nevus forest nearest f.nvf --features f.csv --labels l.csv --rows nan.csv");
    assert_memory_equal(cli_err, "nevus: nan.csv: ", 16);
}

/* Verifies: NEV-CLI-863 (whatever would be read past) */
static void test_not_ignored(void **state)
{
    static const char *const train[] = {"--fit crop", "--fit squash", "--layer x", "--path direct",
                                        "--verify head"};
    static const char *const table[] = {"--path fast", "--verify head"};
    static const char *const command[] = {"evaluate --forest f.nvf", "forest importance f.nvf",
                                          "forest nearest f.nvf --training-rows"};
    char line[300];
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof train / sizeof train[0]; i++) {
        snprintf(line, sizeof line, "$nevus train --features f.csv --labels l.csv -o x.nvf %s", train[i]);
        cli_fails(2, "name it with --weights", line);
    }
    for (i = 0; i < sizeof table / sizeof table[0]; i++) {
        for (k = 0; k < sizeof command / sizeof command[0]; k++) {
            snprintf(line, sizeof line, "$nevus %s --features f.csv --labels l.csv %s", command[k], table[i]);
            cli_fails(2, "a table of features needs none", line);
        }
        snprintf(line, sizeof line, "$nevus forest explain f.nvf --features f.csv --row 0 %s", table[i]);
        cli_fails(2, "go with --weights", line);
    }
    cli_fails(2, "leave out one of the two", "$nevus forest calibrate f.nvf --level 0 --by-class");
    cli_fails(2, "--layers prints", "$nevus extract --weights m.nvw --layers --fit crop");
    cli_fails(2, "--layers prints", "$nevus extract --weights m.nvw --layers --layer fc");
    cli_fails(2, "--layers prints", "$nevus extract --weights m.nvw --layers --shard 1/2");
    cli_fails(2, "stands alone", "$nevus info --kernels --json");
    cli_works("test ! -e x.nvf");
}

/* Verifies: NEV-CLI-862 (everywhere a table of features is read; one word makes a header of the line) */
static void test_header(void **state)
{
    static const char *const command[] = {
        "train --features h.csv --labels l.csv -o x.nvf",
        "predict --forest f.nvf --features h.csv -o x.npy",
        "evaluate --forest f.nvf --features h.csv --labels l.csv",
        "forest explain f.nvf --features h.csv --row 0",
        "forest importance f.nvf --features h.csv --labels l.csv",
        "forest nearest f.nvf --features f.csv --labels l.csv --rows h.csv"};
    char line[300];
    size_t i;

    (void)state;
    cli_works("tail -n +2 f.csv >h.csv");
    for (i = 0; i < sizeof command / sizeof command[0]; i++) {
        snprintf(line, sizeof line, "$nevus %s", command[i]);
        cli_fails(4, "h.csv: the first line is all numbers", line);
    }
    cli_fails(4, "all numbers",
              "printf '1e5,-inf,nan\n1,2,3\n' >h.csv; $nevus predict --forest f.nvf "
              "--features h.csv -o x.npy");
    cli_works("test ! -e x.nvf && test ! -e x.npy && sed '1s/.*/0,1,2,x3,4/' f.csv >h.csv && $nevus predict "
              "--forest f.nvf --features h.csv -o x.npy && $nevus predict --forest f.nvf --features f.csv -o "
              "y.npy && cmp x.npy y.npy");
}

/* Verifies: NEV-CLI-164 (numbers with up to six digits behind the point, and nothing else) */
static void test_millionths(void **state)
{
    static const char *const bad[] = {"",     ".",           "-1",    "1e3", "0.1234567",
                                      "4295", "99999999999", "1.2.3", " 1",  "0x1"};
    uint32_t value, i;

    (void)state;
    assert_true(nev_millionths_read("0.95", &value) && value == 950000);
    assert_true(nev_millionths_read("1", &value) && value == 1000000);
    assert_true(nev_millionths_read(".000001", &value) && value == 1);
    assert_true(nev_millionths_read("12.", &value) && value == 12000000);
    assert_true(nev_millionths_read("4294.967295", &value) && value == UINT32_MAX);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(nev_millionths_read(bad[i], &value));
    }
}

/* Verifies: NEV-CLI-165, NEV-CLI-871 (predict writes label, calibrated probability, decision and set of each row; their figures by awk
 * are those of evaluate; a forest that carries nothing adds nothing) */
static void test_predict_and_evaluate(void **state)
{
    (void)state;
    cli_works("$nevus forest calibrate f.nvf -o g.nvf --level 0.8 >.made &&"
              "$nevus predict --forest g.nvf --features f.csv -o p.npy --decisions d.csv >.made && head -n 1 "
              "d.csv");
    assert_string_equal(cli_out, "row,label,calibrated_malignant,decision,in_set_benign,in_set_malignant\n");
    cli_works("$nevus evaluate --forest g.nvf --features f.csv --labels l.csv --json >e.json; cat e.json");
    assert_non_null(strstr(cli_out, "\"hold_truth_by_class\""));
    cli_works("for k in '\"brier\":' '\"hold_truth\":' '\"classes_a_set\":'; do sed -n \"s/^ *$k "
              "\\(.*[0-9]\\).*/\\1/p\" e.json; "
              "done | awk '{printf \"%.9f\\n\", $1}' >a.txt; sed -n '/\"decision\"/,/}/s/^ *\"sensitivity\": "
              "\\(.*[0-9]\\).*/\\1/p' e.json | awk '{printf \"%.9f\\n\", $1}' >>a.txt; "
              "paste -d, d.csv l.csv | tail -n +2 | awk -F, '{t = ($7 == \"malignant\"); b += ($3 - t) ^ 2; "
              "s += $5 + $6; "
              "h += t ? $6 : $5; n += t; c += t && $4 == \"malignant\"} END {printf "
              "\"%.9f\\n%.9f\\n%.9f\\n%.9f\\n\", b / NR, h / "
              "NR, s / NR, c / n}' >b.txt; cmp a.txt b.txt && wc -l <a.txt");
    assert_string_equal(cli_out, "4\n");
    cli_works("$nevus evaluate --forest g.nvf --features f.csv --labels l.csv");
    assert_non_null(strstr(cli_out, "\nProbability of malignant: Brier score "));
    assert_non_null(strstr(cli_out, "\nDecision malignant from probability "));
    assert_non_null(strstr(cli_out, "\nSets at level 0.8 of all rows hold the truth in "));
    cli_works("$nevus evaluate --forest g.nvf --features f.csv --labels l.csv --csv >e.csv; head -n 1 e.csv");
    assert_string_equal(cli_out, "positive_class,accuracy,precision,sensitivity,specificity,f1,auc,"
                                 "calibrated_brier,uncalibrated_brier,decision_accuracy,decision_precision,"
                                 "decision_sensitivity,decision_specificity,decision_f1,decision_threshold,"
                                 "set_level,set_by_class,set_hold_truth,set_classes,set_empty,set_single\n");
    /* malignant: 8 and 12; mean: 18 and 19: the JSON's, which are those of d.csv */
    cli_works(
        "{ awk -F, '/^malignant/ {print $8}' e.csv; awk -F, '/^.mean/ {print $18; print $19}' e.csv; awk -F, "
        "'/^malignant/ {print $12}' e.csv; } | awk '{printf \"%.9f\\n\", $1}' | cmp - b.txt && awk -F, "
        "'{print NF}' e.csv | sort -u && cut -d, -f1,16,20- e.csv | sed -n '3,4p'");
    assert_string_equal(cli_out, "21\nbenign,0.8,,\nmalignant,0.8,,\n");
    cli_works(
        "$nevus evaluate --forest g.nvf --features f.csv --labels l.csv --csv --positive benign | cut -d, "
        "-f1,7 | sed '1,2d; s/,[01].*/,auc/'");
    assert_string_equal(cli_out, "benign,auc\nmalignant,\n");
    cli_works("$nevus evaluate --forest f.nvf --features f.csv --labels l.csv --csv | cut -d, -f1,8");
    assert_string_equal(cli_out, "positive_class\n(mean of the classes)\nmalignant\n");
    cli_works(
        "$nevus predict --forest f.nvf --features f.csv -o p.npy --decisions d.csv >.made; head -n 1 d.csv;"
        "$nevus evaluate --forest f.nvf --features f.csv --labels l.csv >e.txt && "
        "$nevus evaluate --forest f.nvf --features f.csv --labels l.csv --json >e.json && cat e.txt e.json | "
        "grep -ci brier; true");
    assert_string_equal(cli_out, "row,label\n0\n");
    cli_fails(2, "--decisions goes with", "$nevus predict --forest f.nvf --oob -o p.npy --decisions d.csv");
    cli_fails(2, "d.npy", "$nevus predict --forest f.nvf --features f.csv -o d.npy --decisions d.npy");
}

/* Verifies: NEV-CLI-166 (classify shows all three beside label, probability and votes, in every form; info tells of them) */
static void test_classify_and_info(void **state)
{
    (void)state;
    cli_works("$nevus train --weights m.nvw set/train -o p.nvf --trees 30 >.made &&"
              "$nevus forest calibrate p.nvf -o c.nvf --method isotonic --level 0.6 >.made &&"
              "$nevus classify --weights m.nvw --forest c.nvf set/test/benign/4.ppm");
    assert_non_null(strstr(cli_out, " votes; calibrated probability of malignant "));
    assert_non_null(strstr(cli_out, "; decision by threshold "));
    assert_non_null(strstr(cli_out, "; set at level 0.6 {"));
    cli_works("$nevus classify --weights m.nvw --forest c.nvf set/test --csv | head -n 1");
    assert_string_equal(cli_out, "file,label,probability,votes,probability_benign,probability_malignant,"
                                 "calibrated_malignant,decision,in_set_benign,in_set_malignant\n");
    cli_works("$nevus classify --weights m.nvw --forest c.nvf set/test --json");
    assert_non_null(strstr(cli_out, "\"method\": \"isotonic\""));
    assert_non_null(strstr(cli_out, "\"labels\": ["));
    cli_works(
        "$nevus classify --weights m.nvw --forest p.nvf set/test | grep -c ';'; $nevus info p.nvf | grep -c "
        "threshold; true");
    assert_string_equal(cli_out, "0\n0\n");
    cli_works("$nevus info c.nvf");
    assert_non_null(strstr(cli_out, "\ncalibrated       of malignant by isotonic: "));
    assert_non_null(strstr(cli_out, "\nthreshold        malignant from "));
    assert_non_null(strstr(cli_out, "\nsets             level 0.6, of all rows: benign from "));
    cli_works("$nevus info c.nvf --json");
    assert_non_null(strstr(cli_out, "\"rule\": \"youden\""));
}

/* Verifies: NEV-CLI-160, NEV-CLI-163 (of forests merged from other data each table measures its own trees, as alone; all rows
 * out of bag calibrate; ranges merged measure as the whole) */
static void test_merged(void **state)
{
    (void)state;
    cli_works(
        "awk 'NR == 1 || NR % 2' x.csv >y.csv && cut -d, -f1-5 y.csv >yf.csv && cut -d, -f6 y.csv >yl.csv &&"
        "$nevus train --features yf.csv --labels yl.csv -o y.nvf --trees 25 --seed 5 >.made &&"
        "$nevus forest merge --federated f.nvf y.nvf -o z.nvf >.made &&"
        "$nevus forest importance z.nvf --features yf.csv --labels yl.csv --csv | cut -d, -f1-4 >a.csv &&"
        "$nevus forest importance y.nvf --features yf.csv --labels yl.csv --csv | cut -d, -f1-4 >b.csv && "
        "cmp a.csv "
        "b.csv &&"
        "$nevus forest importance z.nvf --features f.csv --labels l.csv --csv | cut -d, -f1-4 >a.csv &&"
        "$nevus forest importance f.nvf --features f.csv --labels l.csv --csv | cut -d, -f1-4 >b.csv && cmp "
        "a.csv "
        "b.csv && $nevus forest nearest z.nvf --features yf.csv --labels yl.csv --training-rows --csv >a.csv "
        "&&"
        "$nevus forest nearest y.nvf --features yf.csv --labels yl.csv --training-rows --csv >b.csv && cmp "
        "a.csv b.csv "
        "&& $nevus forest calibrate z.nvf | grep -o '[0-9]* rows out of bag'");
    assert_string_equal(cli_out, "90 rows out of bag\n");
    cli_works("$nevus train --features f.csv --labels l.csv -o a.nvf --trees 0-13 >.made &&"
              "$nevus train --features f.csv --labels l.csv -o b.nvf --trees 14-29 >.made &&"
              "$nevus forest calibrate a.nvf -o c.nvf >.made && $nevus forest merge b.nvf c.nvf -o d.nvf "
              ">.made && cmp d.nvf "
              "f.nvf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_importance),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_calibrate),
        cmocka_unit_test(test_threshold_and_sets),
        cmocka_unit_test(test_predict_and_evaluate),
        cmocka_unit_test(test_merged),
        cmocka_unit_test(test_classify_and_info),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_not_ignored),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_millionths),
    };

    return cmocka_run_group_tests_name("forest_measure", tests, setup, cli_teardown);
}
