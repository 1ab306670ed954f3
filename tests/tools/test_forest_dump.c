/* SPDX-License-Identifier: MIT */
/* nevus forest dump and nevus forest draw. */
#include "tests/tools/cli.h"

#include <math.h>

#include "forest/forest.h"
#include "tools/text/json_read.h"

static int setup(void **state)
{
    if (cli_setup(state) != 0) {
        return 1;
    }
    cli_works(
        "i=0; echo a,b >t.csv; echo label >l.csv; while [ $i -lt 60 ]; do echo "
        "\"$((i * 7919 % 61)).$((i * 31 % 97)),$((i % 9))e-7\" >>t.csv; echo \"$((i * i % 5 % 3))\" >>l.csv; "
        "i=$((i + 1)); done; for i in 1 2 3 4 5 6; do echo -inf,inf >>t.csv; echo 3 >>l.csv; done");
    cli_works("$nevus train --features t.csv --labels l.csv --trees 6 --min-leaf 2 -o f.nvf");
    return 0;
}

/* Reads one node of a dump and compares it with the file. */
static void check_node(struct nev_json_source *j, const struct nev_forest_tree *tree, uint32_t i)
{
    char key[NEV_JSON_TEXT_LEN];
    struct nev_forest_entry entry;
    struct nev_forest_node node;
    size_t len = 0, counts = 0, pair;
    uint32_t a = 0, b = 0, seen = 0;
    float t = 0;

    nev_forest_node(tree, i, &node);
    nev_json_enter(j, '{');
    while (nev_json_more(j, '{', &len) && nev_json_key(j, key)) {
        if (strcmp(key, "threshold") == 0) {
            assert_true(nev_json_read_f32(j, &t) && !node.is_leaf && t == node.threshold);
        } else if (strcmp(key, "counts") == 0) {
            nev_json_enter(j, '[');
            for (; nev_json_more(j, '[', &counts); nev_json_more(j, '[', &pair)) {
                pair = 0;
                assert_true(nev_json_enter(j, '[') && nev_json_more(j, '[', &pair) &&
                            nev_json_read_uint(j, &a) && nev_json_more(j, '[', &pair) &&
                            nev_json_read_uint(j, &b));
                nev_forest_entry(tree, node.entry + (uint32_t)counts - 1, &entry);
                assert_int_equal(a, entry.class_id);
                assert_int_equal(b, entry.count);
            }
            assert_true(node.is_leaf && counts == node.entry_len);
        } else {
            assert_true(nev_json_read_uint(j, &a));
            b = strcmp(key, "node") == 0      ? i
                : strcmp(key, "feature") == 0 ? node.feature
                : strcmp(key, "left") == 0    ? node.left
                : strcmp(key, "right") == 0   ? node.left + 1
                                              : a;
            assert_int_equal(a, b);
        }
        seen++;
    }
    assert_int_equal(seen, node.is_leaf ? 3 : 6);
}

/* Verifies: NEV-CLI-186 (the dump of all trees reads back to the file: every node, threshold and count; infinite
 * thresholds too) */
static void test_dump(void **state)
{
    char path[400], key[NEV_JSON_TEXT_LEN];
    struct nev_json_source j;
    struct nev_forest f;
    struct nev_error err;
    uint8_t *file, *text;
    size_t bytes, text_bytes, len = 0, trees = 0, nodes, members;

    (void)state;
    cli_works("$nevus forest dump f.nvf >all.json && grep -c '\"-inf\"' all.json");
    snprintf(path, sizeof path, "%s/f.nvf", cli_folder);
    file = nev_test_read(path, &bytes);
    assert_int_equal(nev_forest_open(&f, file, bytes, &err), NEV_OK);
    snprintf(path, sizeof path, "%s/all.json", cli_folder);
    text = nev_test_read(path, &text_bytes);
    nev_json_open(&j, text, text_bytes);
    nev_json_enter(&j, '{');
    while (nev_json_more(&j, '{', &len) && nev_json_key(&j, key)) {
        if (strcmp(key, "trees") != 0) {
            nev_json_skip(&j);
            continue;
        }
        for (nev_json_enter(&j, '['); nev_json_more(&j, '[', &trees);) {
            struct nev_forest_tree tree;

            nev_forest_tree(&f, (uint32_t)trees - 1, &tree);
            members = 0;
            nev_json_enter(&j, '{');
            while (nev_json_more(&j, '{', &members) && nev_json_key(&j, key)) {
                if (strcmp(key, "nodes") != 0) {
                    nev_json_skip(&j);
                    continue;
                }
                nodes = 0;
                for (nev_json_enter(&j, '['); nev_json_more(&j, '[', &nodes);) {
                    check_node(&j, &tree, (uint32_t)nodes);
                }
                assert_int_equal(nodes, tree.node_len - 1);
            }
        }
    }
    assert_true(nev_json_close(&j));
    assert_int_equal(trees, 6);
    free(file);
    free(text);
    cli_works("for k in 0 1 2 3 4 5; do $nevus forest dump f.nvf --tree $k | grep '{\"node'; done | tr -d , "
              ">one && grep "
              "'{\"node' all.json | tr -d , | cmp - one");
}

/* Verifies: NEV-CLI-187 (the picture is XML, and the same each time) */
static void test_draw(void **state)
{
    (void)state;
    cli_works("$nevus forest draw f.nvf --tree 5 -o t.svg && $nevus forest draw f.nvf --tree 5 -o - | cmp - "
              "t.svg && "
              "head -n 1 t.svg | grep -q '^<?xml' && grep -q 'Tree 5 of' t.svg");
    if (system("command -v xmllint >/dev/null") == 0) {
        cli_works("for d in 0 1 2 10; do $nevus forest draw f.nvf -d $d -o t.svg && xmllint --noout t.svg || "
                  "exit 1; done");
    }
}

/* Verifies: NEV-CLI-187 (trees that are not there, outputs that are inputs, places that cannot be written) */
static void test_refused(void **state)
{
    (void)state;
    cli_fails(7, "no tree 6", "$nevus forest dump f.nvf --tree 6");
    cli_fails(7, "no tree 6", "$nevus forest draw f.nvf --tree 6 -o x.svg");
    cli_fails(2, "--out is needed", "$nevus forest draw f.nvf");
    cli_fails(2, "--depth", "$nevus forest draw f.nvf --depth 11 -o x.svg");
    cli_fails(2, "", "$nevus forest draw f.nvf -o f.nvf");
    cli_fails(3, "nowhere", "$nevus forest draw f.nvf -o nowhere/x.svg");
    cli_fails(4, "t.csv", "$nevus forest dump t.csv");
    cli_fails(3, "standard output", "$nevus forest dump f.nvf >/dev/full");
    cli_works("! test -e x.svg && ! ls -a | grep -F .nevus-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dump),
        cmocka_unit_test(test_draw),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, setup, cli_teardown);
}
