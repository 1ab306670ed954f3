/* SPDX-License-Identifier: MIT */
/* forest/exchange/export.c and forest/print.c: the text itself; tests/tools/test_forest_export.c compiles and runs it. */
#include "tests/forest/grow.h"

#include <stdio.h>

#include "forest/exchange/export.h"

/* A sink with so much room. */
struct store {
    char *text;
    size_t len, room;
    unsigned refused;
};

static bool put(void *arg, const char *text, size_t bytes)
{
    struct store *s = arg;

    if (bytes > s->room - s->len) {
        s->refused++;
        return false;
    }
    memcpy(s->text + s->len, text, bytes);
    s->len += bytes;
    s->text[s->len] = '\0';
    return true;
}

static void store_make(struct store *s, size_t room)
{
    memset(s, 0, sizeof *s);
    s->text = malloc(room + 1);
    assert_non_null(s->text);
    s->text[0] = '\0';
    s->room = room;
}

static void grow_named(struct grown *g, const char *const *name)
{
    struct nev_forest_job job;
    struct table t;

    table_random(&t, 3, 60, 3, 3, 9);
    job = job_of(&t, 4, 2);
    job.data.class_name = name;
    job.params.min_samples_leaf = 4;
    grow(g, &job);
    table_free(&t);
}

static const char *const plain[] = {"a", "b", "c"};

/* Verifies: NEV-RF-090 (the same source for the same forest; size, hash and numbers are stated; as many table elements as
 * stated) */
static void test_text(void **state)
{
    struct nev_export how = {"lesion", NULL};
    struct nev_export_size size;
    char want[100], hex[NEV_SHA256_HEX_BYTES];
    struct nev_error err;
    struct store s, again, head;
    struct grown g;
    uint64_t braces = 0;
    const char *at;

    (void)state;
    grow_named(&g, plain);
    store_make(&s, 1 << 20);
    store_make(&again, 1 << 20);
    store_make(&head, 1 << 20);
    assert_int_equal(nev_forest_export_source(&g.f, &how, &(struct nev_sink){put, NULL, &s}, &err), NEV_OK);
    assert_int_equal(nev_forest_export_source(&g.f, &how, &(struct nev_sink){put, NULL, &again}, &err),
                     NEV_OK);
    assert_string_equal(s.text, again.text);
    nev_forest_export_size(&g.f, &size);
    assert_int_equal(size.nodes, g.f.node_total);
    assert_int_equal(size.table_bytes, 8 * (g.f.node_total + g.f.leaf_total + 4 * 2));
    snprintf(want, sizeof want, "Constant  %llu bytes of tables: ", (unsigned long long)size.table_bytes);
    assert_non_null(strstr(s.text, want));
    nev_sha256_hex(g.f.file_sha256, hex);
    assert_non_null(strstr(s.text, hex));
    assert_non_null(strstr(s.text, "#define lesion_FEATURES 3u\n"));
    for (at = strstr(s.text, "nodes[] = {") + 10; (at = strchr(at + 1, '{')) != NULL && at[1] != '\n';) {
        braces++;
    }
    assert_int_equal(braces, size.nodes + 4); /* with the unused one of each tree */
    assert_int_equal(nev_forest_export_header(&g.f, &how, &(struct nev_sink){put, NULL, &head}, &err),
                     NEV_OK);
    assert_non_null(strstr(head.text, "int32_t lesion_predict("));
    assert_null(strstr(head.text, "nodes[]"));
    how.header = "lesion.h";
    again.len = 0;
    assert_int_equal(nev_forest_export_source(&g.f, &how, &(struct nev_sink){put, NULL, &again}, &err),
                     NEV_OK);
    assert_non_null(strstr(again.text, "#include \"lesion.h\"\n"));
    assert_null(
        strstr(again.text, "int32_t lesion_predict(const float *x, uint32_t *votes, uint64_t *share);"));
    free(s.text);
    free(again.text);
    free(head.text);
    grown_free(&g);
}

/* Verifies: NEV-RF-090 (no class name ends a string or a comment, or makes a trigraph) */
static void test_names(void **state)
{
    static const char *const hostile[] = {"*/ \" \\ ?\?/",
                                          "\xC3\xA9"
                                          "1",
                                          "%s @ '"};
    struct nev_export how = {"p", NULL};
    struct nev_error err;
    struct grown g;
    struct store s;

    (void)state;
    grow_named(&g, hostile);
    store_make(&s, 1 << 20);
    assert_int_equal(nev_forest_export_source(&g.f, &how, &(struct nev_sink){put, NULL, &s}, &err), NEV_OK);
    assert_non_null(
        strstr(s.text, "    \"*/ \\042 \\134 \\077\\077/\",\n    \"\\303\\2511\",\n    \"%s @ '\",\n};"));
    free(s.text);
    grown_free(&g);
}

/* Verifies: NEV-RF-091 (names that C would not take are refused, and a sink that refuses at any point is told of and asked
 * once) */
static void test_refused(void **state)
{
    static const char *const bad[] = {
        "", "1a", "_a", "a-b", "a b", "\xC3\xA9", "abcdefghijklmnopqrstuvwxyz_abcdefghijklmn"};
    static const char *const header[] = {"", "a\".h", "a\\n.h", "a b.h", "a\n.h"};
    struct nev_error err;
    struct store s;
    struct grown g;
    size_t i, len;

    (void)state;
    grow_named(&g, plain);
    store_make(&s, 1 << 20);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct nev_export how = {bad[i], NULL};

        assert_int_equal(nev_forest_export_source(&g.f, &how, &(struct nev_sink){put, NULL, &s}, &err),
                         NEV_ERR_ARGUMENT);
        assert_int_equal(nev_forest_export_header(&g.f, &how, &(struct nev_sink){put, NULL, &s}, &err),
                         NEV_ERR_ARGUMENT);
    }
    for (i = 0; i < sizeof header / sizeof header[0]; i++) {
        struct nev_export how = {"a", header[i]};

        assert_int_equal(nev_forest_export_source(&g.f, &how, &(struct nev_sink){put, NULL, &s}, &err),
                         NEV_ERR_ARGUMENT);
    }
    assert_int_equal(s.len, 0);
    assert_int_equal(nev_forest_export_source(&g.f, &(struct nev_export){"a", NULL},
                                              &(struct nev_sink){put, NULL, &s}, &err),
                     NEV_OK);
    len = s.len;
    for (i = 0; i < len; i += 101) {
        s.len = 0;
        s.room = i;
        s.refused = 0;
        assert_int_equal(nev_forest_export_source(&g.f, &(struct nev_export){"a", NULL},
                                                  &(struct nev_sink){put, NULL, &s}, &err),
                         NEV_ERR_IO);
        assert_int_equal(s.refused, 1);
    }
    free(s.text);
    grown_free(&g);
}

/* Verifies: NEV-RF-092 (numbers of every size, long texts, templates, markup) */
static void test_print(void **state)
{
    struct nev_error err;
    struct nev_print p;
    struct store s;
    struct nev_sink sink = {put, NULL, &s};
    char want[2000];
    unsigned i;

    (void)state;
    store_make(&s, 4096);
    nev_print_begin(&p, &sink);
    nev_print_uint(&p, 0);
    nev_print_uint(&p, UINT64_MAX);
    nev_print_int(&p, INT64_MIN);
    nev_print_int(&p, -1);
    nev_print_int(&p, INT64_MAX);
    nev_print_hex(&p, 0);
    nev_print_hex(&p, 0xFEDCBA98u);
    nev_print_fill(&p, "@x@@", "ab");
    nev_print_xml(&p, "<&\">'\xC3\xA9\xEF\xBF\xBF\xEF\xBF\xBE\xEF\xBF");
    assert_int_equal(nev_print_end(&p, &err), NEV_OK);
    assert_string_equal(s.text, "018446744073709551615-9223372036854775808-192233720368547758070x00xFEDCBA98"
                                "abxabab&lt;&amp;&quot;&gt;'\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF");
    assert_int_equal(p.total, s.len);
    s.len = 0;
    nev_print_begin(&p, &sink);
    for (i = 0; i < 1999; i++) {
        want[i] = (char)('a' + i % 26);
    }
    want[i] = '\0';
    nev_print_text(&p, "");
    nev_print_text(&p, want);
    assert_int_equal(nev_print_end(&p, &err), NEV_OK);
    assert_string_equal(s.text, want);
    free(s.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_print),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
