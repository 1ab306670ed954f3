/* SPDX-License-Identifier: MIT */
/* The file as written and read: layout.c, open.c, check.c, view.c. */
#include "tests/forest/grow.h"

#include <math.h>

#include "nn/base/bytes.h"

static const char *const names[] = {"b\xC3\xB6sartig", "malignant"}; /* UTF-8 */

static struct nev_forest_source a_source(void)
{
    struct nev_forest_source s;

    memset(&s, 0, sizeof s);
    s.net = 3;
    s.path = 2;
    s.padding = 1;
    s.resize = NEV_FOREST_RESIZE_CROP;
    s.width = s.height = 224;
    memcpy(s.net_name, "mobilenetv2", 12);
    memcpy(s.layer, "Logits", 7);
    memset(s.weights_sha256, 0xC5, sizeof s.weights_sha256);
    s.mean[1] = 0.5f;
    s.std[0] = s.std[1] = s.std[2] = 1.0f;
    return s;
}

/* A small forest with mixed leaves, names and a source. */
static void small(struct grown *g, uint32_t trees)
{
    struct nev_forest_source source = a_source();
    struct nev_forest_job job;
    struct table t;

    table_random(&t, 31, 40, 5, 2, 6);
    job = job_of(&t, trees, 1);
    job.source = &source;
    job.data.class_name = names;
    grow(g, &job);
    table_free(&t);
}

/* The same with class weights of each sample, leaves of several classes and an origin. */
static void small_weighted(struct grown *g)
{
    struct nev_forest_job job;
    struct table t;

    table_random(&t, 31, 40, 5, 2, 6);
    job = job_of(&t, 2, 1);
    job.params.class_weight = NEV_FOREST_WEIGHT_SUBSAMPLE;
    job.params.max_depth = 2;
    job.params.draws = 30;
    job.origin = "somewhere";
    grow(g, &job);
    table_free(&t);
}

/* Verifies: NEV-RF-022 (what went into a file comes out of it) */
static void test_round_trip(void **state)
{
    struct nev_forest_source source = a_source();
    uint8_t digest[NEV_SHA256_BYTES];
    struct grown g;

    (void)state;
    small(&g, 3);
    assert_true(g.f.params.trees == 3 && g.f.params.seed == 1 && g.f.params.candidates == 2 &&
                g.f.params.bootstrap);
    assert_true(g.f.rows == 40 && g.f.features == 5 && g.f.classes == 2);
    assert_string_equal(nev_forest_class_name(&g.f, 0), names[0]);
    assert_string_equal(nev_forest_class_name(&g.f, 1), names[1]);
    assert_memory_equal(&g.f.source, &source, sizeof source);
    nev_file_digest(g.file, g.bytes, digest);
    assert_memory_equal(digest, g.f.file_sha256, sizeof digest);
    grown_free(&g);
}

/* Verifies: NEV-RF-023 (another network, other weights, another layer, another preprocessing; unknown origin)
 */
static void test_source(void **state)
{
    struct nev_forest_source other = a_source();
    struct nev_forest_job job;
    struct nev_error err;
    struct table t;
    struct grown g;

    (void)state;
    small(&g, 1);
    assert_int_equal(nev_forest_same_source(&g.f, &other, &err), NEV_OK);
    other.net = 1;
    assert_int_equal(nev_forest_same_source(&g.f, &other, &err), NEV_ERR_NETWORK);
    other = a_source();
    other.weights_sha256[31] ^= 1;
    assert_int_equal(nev_forest_same_source(&g.f, &other, &err), NEV_ERR_NETWORK);
    other = a_source();
    other.layer[0] = 'X';
    assert_int_equal(nev_forest_same_source(&g.f, &other, &err), NEV_ERR_NETWORK);
    other = a_source();
    other.resize = NEV_FOREST_RESIZE_SQUASH;
    assert_int_equal(nev_forest_same_source(&g.f, &other, &err), NEV_ERR_NETWORK);
    other = a_source();
    other.path = 3;
    assert_int_equal(nev_forest_same_source(&g.f, &other, &err), NEV_ERR_NETWORK);
    assert_non_null(strstr(err.what, "path"));
    other.path = 0;
    assert_int_equal(nev_forest_same_source(&g.f, &other, &err), NEV_OK);
    grown_free(&g);
    table_random(&t, 31, 40, 5, 2, 6);
    job = job_of(&t, 1, 1);
    grow(&g, &job);
    assert_string_equal(nev_forest_class_name(&g.f, 1), "1");
    assert_int_equal(nev_forest_same_source(&g.f, &other, &err), NEV_OK);
    grown_free(&g);
    other.mean[2] = (float)NAN;
    job.source = &other;
    grow_expecting(&g, &job, NEV_ERR_ARGUMENT, &err);
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-024 (class names that are empty, too long, not UTF-8 or with control characters) */
static void test_class_names(void **state)
{
    static const char *const bad[] = {"",
                                      "a\nb",
                                      "\x7F",
                                      "\xC2\x85",
                                      "\x80",
                                      "\xC0\xAF",
                                      "\xED\xA0\x80",
                                      "\xE2\x82",
                                      "\xF4\x90\x80\x80",
                                      "\xF8\x88\x80\x80\x80",
                                      "0123456789012345678901234567890123456789012345678901234567890123"};
    static const char *const good[] = {"a b", "\xC2\xA0", "\xE2\x82\xAC", "\xF0\x9F\xA9\xBA",
                                       "012345678901234567890123456789012345678901234567890123456789012"};
    const char *pair[2] = {"x", NULL};
    struct nev_forest_job job;
    struct nev_error err;
    struct table t;
    struct grown g;
    uint32_t i;

    (void)state;
    table_random(&t, 31, 10, 2, 2, 6);
    job = job_of(&t, 1, 1);
    job.data.class_name = pair;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pair[1] = bad[i];
        grow_expecting(&g, &job, NEV_ERR_ARGUMENT, &err);
        grown_free(&g);
    }
    for (i = 0; i < sizeof good / sizeof good[0]; i++) {
        pair[1] = good[i];
        grow(&g, &job);
        assert_string_equal(nev_forest_class_name(&g.f, 1), good[i]);
        grown_free(&g);
    }
    table_free(&t);
}

/* Opens a copy from malloc, exactly as long as it is. */
static enum nev_status open_copy(const uint8_t *file, size_t bytes, struct nev_error *err)
{
    uint8_t *copy = malloc(bytes == 0 ? 1 : bytes);
    struct nev_forest f;
    enum nev_status status;

    assert_non_null(copy);
    memcpy(copy, file, bytes);
    status = nev_forest_open(&f, copy, bytes, err);
    assert_true(status == NEV_OK || f.base == NULL);
    free(copy);
    return status;
}

/* Verifies: NEV-RF-025 (a file cut at every byte) */
static void test_truncated(void **state)
{
    struct nev_error err;
    struct grown g;
    size_t n;

    (void)state;
    small(&g, 3);
    for (n = 0; n < g.bytes; n++) {
        assert_int_equal(open_copy(g.file, n, &err), NEV_ERR_TRUNCATED);
        assert_true(err.offset == n && err.what != NULL);
    }
    assert_int_equal(open_copy(g.file, g.bytes, &err), NEV_OK);
    g.file[g.bytes] = 0;
    assert_int_equal(open_copy(g.file, g.bytes + 1, &err), NEV_ERR_FORMAT);
    grown_free(&g);
}

/* Verifies: NEV-RF-025 (a bit flipped in every byte) */
static void test_flipped(void **state)
{
    struct nev_error err;
    struct grown g;
    size_t n;

    (void)state;
    small(&g, 3);
    for (n = 0; n < g.bytes; n++) {
        g.file[n] ^= (uint8_t)(1 << n % 8);
        assert_int_not_equal(open_copy(g.file, g.bytes, &err), NEV_OK);
        g.file[n] ^= (uint8_t)(1 << n % 8);
    }
    grown_free(&g);
}

/* Uses everything an open file offers; under a sanitizer, any step outside ends the test. */
static void use(const struct nev_forest *f)
{
    double *p = calloc((size_t)f->features + 2 * f->classes, sizeof *p), score;
    float *x = calloc(2 * (size_t)f->features, sizeof *x);
    uint32_t *votes = calloc(2 * (size_t)f->classes, sizeof *votes), k, i, c;
    struct nev_forest_batch b = {x, f->features, 2, f->features, p, votes};
    struct nev_error err;

    assert_true(p != NULL && x != NULL && votes != NULL);
    for (i = 0; i < f->features; i++) {
        x[f->features + i] = (float)INFINITY;
    }
    assert_int_equal(predict(f, &b, NULL, &err), NEV_OK);
    nev_forest_importance(f, p);
    (void)nev_forest_oob_score(f, &score);
    for (i = 0; i < f->classes; i++) {
        assert_true(strlen(nev_forest_class_name(f, i)) < NEV_FOREST_NAME_LEN);
    }
    for (k = 0; k < f->parts; k++) {
        struct nev_forest_part part;

        nev_forest_part(f, k, &part);
        assert_true(strlen(part.origin) < NEV_FOREST_NAME_LEN && part.place < f->params.trees);
        for (i = 0; i < part.params.trees; i++) {
            (void)nev_forest_part_weight(&part, i, f->classes - 1);
        }
        for (i = 0; part.has_oob && i < part.rows; i++) {
            assert_true(nev_forest_oob_label(&part, i) < f->classes);
            assert_true(nev_forest_oob_votes(&part, i, votes) <= part.params.trees);
            (void)nev_forest_oob_probability(&part, i, p);
        }
    }
    for (k = 0; k < f->params.trees; k++) {
        struct nev_forest_tree tree;
        struct nev_forest_node node;
        struct nev_forest_entry entry;

        nev_forest_tree(f, k, &tree);
        for (i = 1; i < tree.node_len; i++) {
            nev_forest_node(&tree, i, &node);
            assert_true(node.is_leaf || (node.left > i && node.left + 1 < tree.node_len));
            for (c = 0; node.is_leaf && c < node.entry_len; c++) {
                nev_forest_entry(&tree, node.entry + c, &entry);
                assert_true(entry.class_id < f->classes);
            }
        }
    }
    free(p);
    free(x);
    free(votes);
}

/* Verifies: NEV-RF-026 (changed bytes with a digest to match: refused, or harmless to use) */
static void test_rehashed(void **state)
{
    bool is_weighted = *(const bool *)*state;
    uint64_t seed = 6;
    struct nev_error err;
    uint32_t i, opened = 0;
    struct grown g;
    uint8_t *copy;

    if (is_weighted) {
        small_weighted(&g);
    } else {
        small(&g, 2);
    }
    copy = malloc(g.bytes);
    assert_non_null(copy);
    for (i = 0; i < 12000; i++) {
        /* Every byte once, then up to three random bytes at a time, new values often extreme. */
        static const uint8_t values[] = {0, 1, 0x7F, 0x80, 0xFF};
        uint32_t changes = i < g.bytes ? 1 : 1 + nev_test_random(&seed) % 3;
        struct nev_forest f;

        memcpy(copy, g.file, g.bytes);
        while (changes-- > 0) {
            size_t at = i < g.bytes ? i : nev_test_random(&seed) % g.bytes;
            uint32_t r = nev_test_random(&seed);

            copy[at] = (uint8_t)(r % 2 == 0 ? values[r / 2 % 5] : copy[at] ^ 1 << (r >> 8) % 8);
        }
        rehash(copy, g.bytes);
        if (nev_forest_open(&f, copy, g.bytes, &err) == NEV_OK) {
            opened++;
            use(&f);
        } else {
            assert_true(err.offset != NEV_NO_OFFSET && err.offset <= g.bytes && err.name[0] != 0);
        }
    }
    assert_true(opened > 0); /* a seed, a threshold: some changes do make another valid forest */
    free(copy);
    grown_free(&g);
}

/* Refused with that status, at that offset unless it is NEV_NO_OFFSET, after the digest is made to match. */
static void assert_change(const struct grown *g, size_t at, uint32_t value, enum nev_status status,
                          uint64_t offset)
{
    uint8_t *copy = malloc(g->bytes);
    struct nev_error err;

    assert_non_null(copy);
    memcpy(copy, g->file, g->bytes);
    nev_store_u32le(copy + at, value);
    rehash(copy, g->bytes);
    assert_int_equal(open_copy(copy, g->bytes, &err), status);
    assert_true(offset == NEV_NO_OFFSET || err.offset == offset);
    free(copy);
}

/* Verifies: NEV-RF-027 (a cycle, a shared child, children, features, classes and counts out of range, sums
 * that do not hold, bytes that should be zero) */
static void test_trees_refused(void **state)
{
    struct nev_forest_tree tree;
    struct nev_forest_node node;
    size_t at, leaf_at;
    struct grown g;
    uint32_t root, leaf = 0, i;

    (void)state;
    small(&g, 2);
    nev_forest_tree(&g.f, 1, &tree);
    at = (size_t)(tree.node - g.file);
    leaf_at = (size_t)(tree.leaf - g.file);
    root = nev_load_u32le(tree.node + 12);
    assert_int_equal(tree.feature_bits, 3);
    assert_int_equal(root >> 3, 1);
    for (i = 1; i < tree.node_len && leaf == 0; i++) {
        nev_forest_node(&tree, i, &node);
        leaf = node.is_leaf ? i : 0;
    }
#define WORD(pair) ((uint32_t)(pair) << 3 | (root & 7))
    assert_change(&g, at + 12, WORD(0), NEV_ERR_FORMAT, at + 8); /* its own child */
    assert_change(&g, at + 12, WORD(2), NEV_ERR_FORMAT, at + 8); /* another's children */
    assert_change(&g, at + 12, WORD(tree.node_len / 2), NEV_ERR_FORMAT, at + 8);
    assert_change(&g, at + 12, WORD(0x1FFFFFFF), NEV_ERR_FORMAT, at + 8);
    assert_change(&g, at + 12, (root & ~7u) | 5, NEV_ERR_FORMAT, at + 8); /* feature 5 of 5 */
    assert_change(&g, at + 8, 0x7FFFFFFF, NEV_ERR_FORMAT, at + 8);        /* -0 */
    assert_change(&g, at, 1, NEV_ERR_FORMAT, at);
    assert_change(&g, at + 4, 1, NEV_ERR_FORMAT, at);
    assert_change(&g, at + leaf * 8 + 4, 0, NEV_ERR_FORMAT, at + leaf * 8); /* not itself */
    assert_change(&g, at + leaf * 8, leaf & 1 ? 1000 : ~1000u, NEV_ERR_FORMAT,
                  at + leaf * 8);                                                        /* no such entry */
    assert_change(&g, at + leaf * 8, leaf & 1 ? ~0u : 0, NEV_ERR_FORMAT, at + leaf * 8); /* wrong way */
    assert_change(&g, leaf_at, nev_load_u32le(tree.leaf) + 1, NEV_ERR_FORMAT, NEV_NO_OFFSET);
    assert_change(&g, leaf_at, 0, NEV_ERR_FORMAT, leaf_at);
    assert_change(&g, leaf_at + 4, 0x10002, NEV_ERR_FORMAT, leaf_at); /* class 2 of 2 */
    assert_change(&g, leaf_at + 4, 0x20000, NEV_ERR_FORMAT, leaf_at); /* mark 2 */
    assert_change(&g, leaf_at + 8 * (size_t)(tree.leaf_len - 1) + 4, 1, NEV_ERR_FORMAT, NEV_NO_OFFSET);
    at = (size_t)(g.f.tree_table - g.file);
    assert_change(&g, at + 8, 3, NEV_ERR_FORMAT, at + 8);
    assert_change(&g, at + 8, UINT32_MAX - 1, NEV_ERR_FORMAT, NEV_NO_OFFSET);
    assert_change(&g, at + 12, 0, NEV_ERR_FORMAT, at + 8);
    assert_change(&g, at + 16, tree.depth + 7, NEV_ERR_FORMAT, NEV_NO_OFFSET);
    assert_change(&g, at + 24, 64, NEV_ERR_FORMAT, NEV_NO_OFFSET);
    assert_change(&g, at + 28, 0x80000000u, NEV_ERR_FORMAT, NEV_NO_OFFSET);
    assert_change(&g, (size_t)(g.f.importance_table - g.file) + 4, 0xFFFFFFFF, NEV_ERR_FORMAT, NEV_NO_OFFSET);
    grown_free(&g);
}

/* Verifies: NEV-RF-027 (header fields, block table and file size, each wrong with a matching digest) */
static void test_header_refused(void **state)
{
    /* offset, value, status */
    static const struct {
        uint32_t at, value;
        enum nev_status status;
    } change[] = {
        {0, 0x504E4789, NEV_ERR_FORMAT},   {8, 2, NEV_ERR_VERSION},     {12, 260, NEV_ERR_FORMAT},
        {16, 100, NEV_ERR_FORMAT},         {20, 1, NEV_ERR_TRUNCATED},  {24, 7, NEV_ERR_FORMAT},
        {24, 9, NEV_ERR_FORMAT},           {24, 65, NEV_ERR_FORMAT},    {28, 1, NEV_ERR_FORMAT},
        {32, 0, NEV_ERR_FORMAT},           {32, 65536, NEV_ERR_FORMAT}, {32, 3, NEV_ERR_FORMAT},
        {36, 0, NEV_ERR_FORMAT},           {36, 65537, NEV_ERR_FORMAT}, {36, 6, NEV_ERR_FORMAT},
        {40, 1, NEV_ERR_FORMAT},           {40, 1025, NEV_ERR_FORMAT},  {40, 3, NEV_ERR_FORMAT},
        {44, 0, NEV_ERR_FORMAT},           {44, 2, NEV_ERR_FORMAT},     {44, 3, NEV_ERR_FORMAT},
        {48, 4, NEV_ERR_FORMAT},           {52, 1, NEV_ERR_FORMAT},     {220, 1, NEV_ERR_FORMAT},
        {256, 0x53414C63, NEV_ERR_FORMAT}, {260, 1, NEV_ERR_FORMAT},    {264, 0, NEV_ERR_FORMAT},
        {268, 1, NEV_ERR_FORMAT},          {272, 64, NEV_ERR_FORMAT},   {276, 1, NEV_ERR_FORMAT},
        {280, 1, NEV_ERR_FORMAT},          {1192, 1, NEV_ERR_FORMAT},
    };
    struct grown g;
    uint32_t i;

    (void)state;
    small(&g, 2);
    for (i = 0; i < sizeof change / sizeof change[0]; i++) {
        assert_change(&g, change[i].at, change[i].value, change[i].status, NEV_NO_OFFSET);
    }
    grown_free(&g);
}

/* Verifies: NEV-SAFE-021 (a table of 64 blocks in a file too small for it) */
static void test_table_refused(void **state)
{
    struct table t;
    struct nev_forest_job job;
    struct grown g;

    (void)state;
    table_random(&t, 2, 2, 1, 2, 16);
    job = job_of(&t, 1, 5);
    grow(&g, &job);
    assert_true(g.bytes < 256 + 64 * 32);
    assert_change(&g, 24, 64, NEV_ERR_FORMAT, 24);
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-027 (each field of a part, each wrong with a matching digest) */
static void test_part_refused(void **state)
{
    /* offset within the part's entry, value; the refusal names the same place unless `at` says another */
    static const struct {
        uint32_t offset, value, at;
    } change[] = {
        {8, 0, 8},         {8, 1, 0},          {8, 65536, 8},     {12, 65535, 12},  {12, 1, 999},
        {16, 0, 999},      {16, 2, 0},         {16, 3, 16},       {16, 4, 16},      {16, 6, 16},
        {16, 8, 16},       {20, 1, 20},        {20, 2097153, 20}, {20, 41, 999},    {20, 39, 24},
        {24, 0, 24},       {24, 41, 24},       {24, 39, 999},     {28, 0, 28},      {28, 6, 28},
        {32, 1, 999},      {36, 0, 36},        {40, 1, 40},       {44, 4, 44},      {44, 1, 999},
        {48, 41, 48},      {52, 41, 52},       {52, 0, 999},      {56, 1, 56},      {60, 1, 60},
        {96, 1, 96},       {128, 0x0A41, 128}, {132, 0x41, 132},  {128, 0x80, 128}, {192, 1, 192},
        {252, 0x100, 252},
    };
    struct grown g;
    size_t at;
    uint32_t i;

    (void)state;
    small(&g, 2);
    at = (size_t)(g.f.part_table - g.file);
    for (i = 0; i < sizeof change / sizeof change[0]; i++) {
        assert_change(&g, at + change[i].offset, change[i].value, NEV_ERR_FORMAT,
                      change[i].at == 999 ? NEV_NO_OFFSET : at + change[i].at);
    }
    grown_free(&g);
}

/* Verifies: NEV-RF-028 (a further block that may be skipped is; one that may not is refused by name) */
static void test_further_blocks(void **state)
{
    struct nev_error err;
    struct grown g;
    uint8_t *wide, *entry;
    size_t bytes, end;
    uint32_t i;

    (void)state;
    small(&g, 2);
    /* The table grows from 8 to 9 entries, and all blocks move by 64 bytes. */
    end = (g.bytes + 63) / 64 * 64 + 64;
    bytes = end + 5;
    wide = calloc(bytes, 1);
    assert_non_null(wide);
    memcpy(wide, g.file, 512);
    memcpy(wide + 576, g.file + 512, g.bytes - 512);
    for (i = 0; i < 8; i++) {
        entry = wide + 256 + i * 32;
        nev_store_u64le(entry + 8, nev_load_u64le(entry + 8) + 64);
    }
    entry = wide + 256 + 8 * 32;
    memcpy(entry, "XTRA", 4);
    nev_store_u32le(entry + 4, 1);
    nev_store_u64le(entry + 8, end);
    nev_store_u64le(entry + 16, 5);
    nev_store_u32le(wide + 24, 9);
    nev_store_u64le(wide + 16, bytes);
    memset(wide + end, 0xEE, 5);
    rehash(wide, bytes);
    assert_int_equal(open_copy(wide, bytes, &err), NEV_OK);
    for (i = 0; i < 3; i++) {
        /* must not be skipped; unknown flag; a gap */
        static const uint32_t at[] = {4, 4, 16}, value[] = {0, 3, 4};
        static const enum nev_status status[] = {NEV_ERR_UNSUPPORTED, NEV_ERR_FORMAT, NEV_ERR_FORMAT};
        uint32_t old = nev_load_u32le(entry + at[i]);

        nev_store_u32le(entry + at[i], value[i]);
        rehash(wide, bytes);
        assert_int_equal(open_copy(wide, bytes, &err), status[i]);
        nev_store_u32le(entry + at[i], old);
    }
    free(wide);
    grown_free(&g);
}

int main(void)
{
    static bool plain = false, weighted = true;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_source),
        cmocka_unit_test(test_class_names),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_flipped),
        cmocka_unit_test_prestate(test_rehashed, &plain),
        cmocka_unit_test_prestate(test_rehashed, &weighted),
        cmocka_unit_test(test_trees_refused),
        cmocka_unit_test(test_header_refused),
        cmocka_unit_test(test_part_refused),
        cmocka_unit_test(test_table_refused),
        cmocka_unit_test(test_further_blocks),
    };

    return cmocka_run_group_tests_name("open", tests, NULL, NULL);
}
