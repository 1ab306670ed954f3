/* SPDX-License-Identifier: MIT */
/* nevus forest explain and nevus forest replay. */
#include "tests/tools/cli.h"

static int setup(void **state)
{
    if (cli_setup(state) != 0) {
        return 1;
    }
    cli_works("$nevus extract --weights m.nvw set/train -o f.npy;"
              "$nevus train --weights m.nvw set/train -o p.nvf --trees 9 &&"
              "$nevus train --features f.npy --labels f.csv -o t.nvf --trees 9 --min-leaf 2 &&"
              "$nevus train --features f.npy --labels f.csv -o u.nvf --trees 9 --min-leaf 2 --seed 77 &&"
              "$nevus forest explain t.nvf --features f.npy --row 2 --json >e.json");
    return 0;
}

static void says(const char *text)
{
    if (strstr(cli_out, text) == NULL) {
        fail_msg("'%s' is not in: %s", text, cli_out);
    }
}

/* Verifies: NEV-CLI-183 (the probability is predict's for the same row, digit for digit; bias and contributions sum to it) */
static void test_table(void **state)
{
    char p[40];
    size_t len;

    (void)state;
    cli_works(
        "for r in 0 3 7; do for c in benign malignant; do "
        "$nevus forest explain t.nvf --features f.npy --row $r --class $c --json >x.json &&"
        "awk -F'[:,]' '/_units\"|\"units\"/ && !/root|leaf/ {n++} "
        "/bias_units/ {s += $2} /sum_units/ {want = $2} /\"contributions\"/ {on = 1} /\"paths\"/ {on = 0} "
        "on && /\"units\"/ {s += $2} END {exit !(s == want && n > 2)}' x.json &&"
        "$nevus forest replay x.json t.nvf || exit 1; done; done");
    says("every step follows: 9 paths, ");
    says("exactly\n");
    cli_works("$nevus predict --forest t.nvf --features f.npy -o p.npy >/dev/null;"
              "od -A n -t f8 -j $((128 + 8 * 2 * 7 + 8)) -N 8 p.npy | awk '{printf \"%.6f\", $1}'");
    len = strlen(cli_out);
    assert_true(len > 0 && len < sizeof p);
    memcpy(p, cli_out, len + 1);
    cli_works("$nevus forest explain t.nvf --features f.npy --row 7 --class malignant --top 2 --paths");
    says(p);
    says("other features\n");
    says("bias ");
    says("\ntree 8: votes ");
    says("at leaf ");
    cli_works("sed 's/^ *//' e.json | tr -d '\\n' >flat.json; $nevus forest replay flat.json t.nvf");
}

/* Verifies: NEV-CLI-183 (a picture's explanation is that of its row, and replays) */
static void test_picture(void **state)
{
    (void)state;
    cli_works(
        "$nevus forest explain p.nvf --weights m.nvw set/train/benign/1.ppm --json >a.json && $nevus forest "
        "replay a.json p.nvf && $nevus extract --weights m.nvw set/train/benign/1.ppm -o one.npy && $nevus "
        "forest explain p.nvf --features one.npy --row 0 --json | grep -v '\"file\"\\|\"row\"' >b.json && "
        "grep -v "
        "'\"file\"' a.json | cmp - b.json");
}

/* Changes one place of e.json and expects a refusal that says `what`. */
static void changed(const char *script, const char *what)
{
    char line[600];

    snprintf(line, sizeof line,
             "sed '%s' e.json >x.json; cmp -s e.json x.json && exit 99; $nevus forest replay x.json t.nvf",
             script);
    cli_fails(4, what, line);
}

/* Verifies: NEV-CLI-184, NEV-CLI-868 (each kind of statement, changed by itself, is found out and named) */
static void test_replay(void **state)
{
    (void)state;
    changed("0,/\"to\": /s/\"to\": /\"to\": 1/", "path 0, step 0: the child");
    changed("0,/\"goes\": \"left\"/s//\"goes\": \"right\"/", "goes the other way");
    changed("0,/\"threshold\": -*[0-9]*/s//\"threshold\": 99/", "another threshold");
    changed("/\"paths\"/,$s/\"value\": -*[0-9.]*/\"value\": 1e30/", "");
    changed("/\"paths\"/,/\"units\"/s/\"units\": -*/&1/", "the contribution is another");
    changed("/\"contributions\"/,/\"units\"/s/\"units\": -*/&1/", "is not what its steps sum to");
    changed("s/\"bias_units\": /&1/", "do not agree");
    changed("s/\"sum_units\": /&1/", "do not agree");
    changed("s/\"probability\": .*/\"probability\": 0.123,/", "not the sum's");
    changed("0,/\"votes\": [0-9]*/s//\"votes\": 77/", "votes are others");
    changed("s/\"name\": \"benign\"/\"name\": \"malignant\"/", "classes");
    changed("s/\"class\": .*/\"class\": 2,/", "no class");
    changed("0,/\"vote\": [0-9]*/s//\"vote\": 7/", "leaf, vote");
    changed("0,/\"leaf_units\": /s//&1/", "leaf, vote");
    changed("0,/\"leaf\": /s//&1/", "leaf, vote");
    changed("0,/\"tree\": 3/s//\"tree\": 4/", "path 3, ");
    changed("s/\"trees\": 9/\"trees\": 8/", "one path for each");
    changed("s/\"kind\": \"nevus/\"kind\": \"newt/", "kind");
    changed("/\"unit\"/s/.*/\"class\": 0,/", "twice");
    changed("/\"bias_units\"/d", "is missing");
    changed("/\"unit\"/d", "is missing");
    changed("/\"unit\"/s/2^-32/2^-31/", "in units of 2^-32 / trees");
    cli_fails(4, "stands after a lesser one",
              "awk '/\"contributions\"/ {print; for (i = 0; i < 12; i++) {getline; part[int(i / 6)] = "
              "part[int(i / 6)] $0 "
              "\"\\n\"} printf \"%s%s\", part[1], part[0]; next} {print}' e.json >x.json; "
              "test \"$(grep -c '\"feature\"' e.json)\" -gt 3 && $nevus forest replay x.json t.nvf");
    changed("$d", "ends too early");
    changed("$s/$/x/", "follows the end");
    cli_fails(5, "version",
              "sed 's/\"version\": 1/\"version\": 2/' e.json >x.json; $nevus forest replay x.json t.nvf");
    cli_fails(7, "another forest", "$nevus forest replay e.json u.nvf");
    cli_fails(4, "x.json", "head -c 3000 e.json >x.json; $nevus forest replay x.json t.nvf");
    cli_fails(4, "t.nvf", "$nevus forest replay t.nvf t.nvf");
    cli_fails(4, "", ": >x.json; $nevus forest replay x.json t.nvf");
    cli_fails(2, "", "$nevus forest replay e.json");
}

/* Verifies: NEV-CLI-185 (wrong combinations, rows and classes that are not there, NaN in any column) */
static void test_refused(void **state)
{
    (void)state;
    cli_fails(2, "either", "$nevus forest explain t.nvf");
    cli_fails(2, "either", "$nevus forest explain t.nvf --features f.npy");
    cli_fails(2, "either", "$nevus forest explain t.nvf --features f.npy --row 1 --weights m.nvw");
    cli_fails(2, "either", "$nevus forest explain t.nvf --weights m.nvw --row 1 set/train/benign/1.ppm");
    cli_fails(2, "either", "$nevus forest explain p.nvf --features f.npy --row 1 --path fast");
    cli_fails(2, "one picture", "$nevus forest explain p.nvf --weights m.nvw set/test/benign");
    cli_fails(7, "no row 8", "$nevus forest explain t.nvf --features f.npy --row 8");
    cli_fails(7, "no such class", "$nevus forest explain t.nvf --features f.npy --row 1 --class x");
    cli_fails(7, "another path",
              "$nevus forest explain p.nvf --weights m.nvw set/test/benign/4.ppm --path reference");
    cli_fails(3, "none.ppm", "$nevus forest explain p.nvf --weights m.nvw none.ppm");
    cli_fails(
        4, "NaN",
        "{ head -c 132 f.npy; printf '\\000\\000\\300\\177'; tail -c +137 f.npy; } >n.npy; $nevus forest "
        "explain t.nvf --features n.npy --row 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_picture),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, setup, cli_teardown);
}
