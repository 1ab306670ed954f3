/* SPDX-License-Identifier: MIT */
/* nevus info: forests and layers; and the path that a forest's features came along. */
#include "tests/tools/cli.h"

#include "nn/base/bytes.h"
#include "weights/layout.h"

static int setup(void **state)
{
    if (cli_setup(state) != 0) {
        return 1;
    }
    cli_works("$nevus train --weights m.nvw set/train -o f.nvf --trees 5 --seed 7 --max-depth 9 &&"
              "$nevus extract --weights m.nvw set/train -o f.npy &&"
              "$nevus train --features f.npy --labels f.csv -o t.nvf --no-bootstrap");
    return 0;
}

static void says(const char *text)
{
    if (strstr(cli_out, text) == NULL) {
        fail_msg("'%s' is not in: %s", text, cli_out);
    }
}

/* Verifies: NEV-CLI-114 (what a forest is, as text: the digests are those that weights file and training print) */
static void test_forest(void **state)
{
    char weights[80], digest[80];

    (void)state;
    cli_works("$nevus info m.nvw | sed -n 's/^digest  *//p'");
    snprintf(weights, sizeof weights, "digest         %.64s", cli_out);
    cli_works("$nevus train --weights m.nvw set/train -o g.nvf --trees 5 --seed 7 --max-depth 9 | sed -n "
              "'s/.*SHA-256 //p'");
    snprintf(digest, sizeof digest, "%.64s", cli_out);
    cli_works("$nevus info f.nvf");
    says("classes          2: benign, malignant\n");
    says("features         1000\n");
    says("rows             8\n");
    says("trees            5, ");
    says("seed             7\n");
    says("max depth        9\n");
    says("network          mobilenetv2\n");
    says("input            32x32, squash\n");
    says("path             fast\n");
    says("out-of-bag ");
    says("data sha256 ");
    says(digest);
    assert_non_null(strstr(cli_out, weights + 15));
    cli_works("$nevus info t.nvf");
    says("which network is not known");
    says("bootstrap        no\n");
    assert_null(strstr(cli_out, "out-of-bag"));
}

/* Verifies: NEV-CLI-114 (as JSON; the most important features come first) */
static void test_json(void **state)
{
    double last = 1.0;
    char *at = cli_out;
    int n;

    (void)state;
    cli_works("$nevus info f.nvf --json --importance 4");
    says("\"classes\": [");
    says("\"seed\": 7");
    says("\"path\": \"fast\"");
    for (n = 0; (at = strstr(at, "\"share\": ")) != NULL; n++) {
        double share = strtod(at + 9, &at);

        assert_true(share >= 0.0 && share <= last);
        last = share;
    }
    assert_int_equal(n, 4);
    cli_works("$nevus info t.nvf --json");
    assert_null(strstr(cli_out, "\"network\""));
    cli_works("$nevus info f.nvf --importance 4 | grep -c '^feature '");
    assert_int_equal(atoi(cli_out), 4);
}

/* Verifies: NEV-CLI-114 (a damaged forest, and options of the other kind of file) */
static void test_refused(void **state)
{
    (void)state;
    cli_fails(4, "d.nvf: ", "head -c 1000 f.nvf >d.nvf; $nevus info d.nvf");
    cli_fails(2, "weights files", "$nevus info f.nvf --layers");
    cli_fails(2, "weights files", "$nevus info f.nvf --quick");
    cli_fails(2, "forests", "$nevus info m.nvw --importance 3");
}

/* Verifies: NEV-CLI-115 (every layer that info lists is one that extract takes, on the path it is listed for) */
static void test_layers(void **state)
{
    (void)state;
    cli_fails(2, "nevus info --layers", "$nevus extract --weights m.nvw set/test -o l.npy --layer nope");
    cli_works("$nevus info m.nvw --layers | sed '1,/^$/d' >all; $nevus extract --weights m.nvw --layers "
              "--path reference >ref;"
              "awk '{print $1, $2}' all >a; awk '{print $1, $2}' ref >b; test -s a && cmp a b;"
              "$nevus extract --weights m.nvw --layers >fast;"
              "grep -v 'reference only' all | awk '{print $1, $2}' >a; awk '{print $1, $2}' fast >b; test -s "
              "a && cmp a b");
    cli_works("grep -c 'reference only' all");
    cli_works("$nevus info m.nvw --layers --json");
    says("\"fast\": false");
}

/* Writes m.nvw to `name` with another height and right digests. */
static void write_height(const char *name, uint32_t height)
{
    char path[400];
    struct nev_sha256 sha;
    uint8_t *file;
    size_t bytes;
    FILE *f;

    snprintf(path, sizeof path, "%s/m.nvw", cli_folder);
    f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    bytes = (size_t)ftell(f);
    rewind(f);
    file = malloc(bytes);
    assert_non_null(file);
    assert_int_equal(fread(file, 1, bytes, f), bytes);
    fclose(f);
    nev_store_u32le(file + NEV_NVW_AT_HEIGHT, height);
    nev_sha256_init(&sha);
    nev_sha256_update(&sha, file, NEV_NVW_AT_HEAD_SHA256);
    nev_sha256_update(&sha, file + NEV_NVW_HEADER_BYTES,
                      (size_t)nev_load_u32le(file + NEV_NVW_AT_TENSOR_LEN) * NEV_NVW_ENTRY_BYTES);
    nev_sha256_final(&sha, file + NEV_NVW_AT_HEAD_SHA256);
    snprintf(path, sizeof path, "%s/%s", cli_folder, name);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(file, 1, bytes, f), bytes);
    fclose(f);
    free(file);
}

/* Verifies: NEV-NN-146 (a size that the format holds and no network runs on: said alike by all, with its offset) */
static void test_size(void **state)
{
    static const char *const lines[] = {"$nevus info big.nvw", "$nevus info --quick big.nvw",
                                        "$nevus extract --weights big.nvw set/test -o s.npy",
                                        "$nevus pack big.nvw -o s.nvw"};

    (void)state;
    write_height("big.nvw", NEV_DIM_MAX);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        cli_fails(6, "big.nvw: the networks run on pictures of 1 to 2048 pixels a side", lines[i]);
        assert_non_null(strstr(cli_err, "(height, byte offset 76)"));
        assert_string_equal(cli_out, "");
    }
    cli_fails(3, "s.n", "ls s.npy s.nvw || $nevus info s.nvw");
    write_height("high.nvw", NEV_INPUT_SIDE_MAX);
    cli_works("$nevus info high.nvw");
    cli_fails(2, "--size: nothing is left of the picture",
              "$nevus convert --seeded darknet19 --size 16 -o small.nvw");
    cli_fails(3, "small.nvw", "$nevus info small.nvw");
}

/* Verifies: NEV-CLI-042 (a forest remembers the path; another is refused, none given means the forest's) */
static void test_path(void **state)
{
    (void)state;
    cli_works(
        "$nevus train --weights m.nvw set/train -o r.nvf --trees 5 --path reference && $nevus info r.nvf");
    says("path             reference\n");
    cli_fails(7, "another path", "$nevus classify --weights m.nvw --forest r.nvf set/test --path fast");
    cli_fails(7, "another path", "$nevus evaluate --weights m.nvw --forest f.nvf set/test --path reference");
    cli_works("$nevus classify --weights m.nvw --forest r.nvf set/test --csv >a &&"
              "$nevus classify --weights m.nvw --forest r.nvf set/test --csv --path reference >b && cmp a b");
    cli_works("$nevus evaluate --weights m.nvw --forest f.nvf set/test --path fast");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forest), cmocka_unit_test(test_json), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_layers), cmocka_unit_test(test_path), cmocka_unit_test(test_size),
    };

    return cmocka_run_group_tests_name("info", tests, setup, cli_teardown);
}
