/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/files/files.h"
#include "tools/files/folder.h"

static char base[256];
static struct nev_error err;

static const char *in_base(const char *name)
{
    static char path[2][600];
    static int turn;

    turn = 1 - turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", base, name);
    return path[turn];
}

static void make_file(const char *name)
{
    assert_int_equal(nev_file_write(in_base(name), "x", 1, &err), NEV_OK);
}

static void make_folder(const char *name)
{
    assert_int_equal(nev_folder_make(in_base(name), &err), NEV_OK);
}

static int setup(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(base, sizeof base, "%s/nevus-folder-XXXXXX", tmp != NULL ? tmp : "/tmp");
    return mkdtemp(base) == NULL;
}

static int teardown(void **state)
{
    char command[400];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", base);
    return system(command);
}

static void assert_item(const struct nev_inputs *in, size_t i, const char *name, const char *label)
{
    assert_true(i < in->len);
    assert_string_equal(in->item[i].path, in_base(name));
    if (label == NULL) {
        assert_null(in->item[i].label);
    } else {
        assert_string_equal(in->item[i].label, label);
    }
}

/* Verifies: NEV-CLI-013 (class by class, file by file, by bytes; hidden files unseen, others reported) */
static void test_classes(void **state)
{
    struct nev_inputs in = {0};

    (void)state;
    make_folder("a/b");
    make_folder("a/B");
    make_folder("a/b/inner");
    make_folder("a/.git");
    make_file("a/b/2.jpg");
    make_file("a/b/10.jpg");
    make_file("a/b/\xC3\xA4.jpg");
    make_file("a/b/Z.txt");
    make_file("a/b/.hidden");
    make_file("a/B/1.jpg");
    make_file("a/readme");
    /* Under most locales b would come before B, and ae before Z. */
    (void)setlocale(LC_ALL, "");
    assert_int_equal(nev_inputs_add_classes(&in, in_base("a"), &err), NEV_OK);
    (void)setlocale(LC_ALL, "C");
    assert_int_equal(in.len, 5);
    assert_item(&in, 0, "a/B/1.jpg", "B");
    assert_item(&in, 1, "a/b/10.jpg", "b");
    assert_item(&in, 2, "a/b/2.jpg", "b");
    assert_item(&in, 3, "a/b/Z.txt", "b");
    assert_item(&in, 4, "a/b/\xC3\xA4.jpg", "b");
    assert_int_equal(in.skip_len, 2);
    assert_string_equal(in.skip[0].path, in_base("a/b/inner"));
    assert_string_equal(in.skip[1].path, in_base("a/readme"));
    assert_false(in.skip[0].is_note);
    assert_true(in.skip[1].is_note);
    nev_inputs_free(&in);
    assert_int_equal(nev_inputs_add(&in, in_base("a"), &err), NEV_OK);
    assert_int_equal(in.len, 5);
    nev_inputs_free(&in);
}

/* Verifies: NEV-CLI-013 (files, flat folders and standard input, in the order given; a slash at the end) */
static void test_flat(void **state)
{
    struct nev_inputs in = {0};

    (void)state;
    make_folder("flat");
    make_file("flat/b");
    make_file("flat/a");
    make_file("one");
    assert_int_equal(nev_inputs_add(&in, in_base("one"), &err), NEV_OK);
    assert_int_equal(nev_inputs_add(&in, in_base("flat/"), &err), NEV_OK);
    assert_int_equal(nev_inputs_add(&in, "-", &err), NEV_OK);
    assert_int_equal(in.len, 4);
    assert_item(&in, 0, "one", NULL);
    assert_item(&in, 1, "flat/a", NULL);
    assert_item(&in, 2, "flat/b", NULL);
    assert_string_equal(in.item[3].path, "-");
    nev_inputs_free(&in);
}

/* Verifies: NEV-CLI-014 (no class folder, one only, one without a file, nothing there) */
static void test_refused(void **state)
{
    struct nev_inputs in = {0};

    (void)state;
    make_folder("none");
    assert_int_equal(nev_inputs_add(&in, in_base("none"), &err), NEV_ERR_DATA);
    assert_int_equal(nev_inputs_add_classes(&in, in_base("none"), &err), NEV_ERR_DATA);
    assert_non_null(strstr(err.what, "no class folder"));
    make_folder("none/only");
    make_file("none/only/1");
    assert_int_equal(nev_inputs_add_classes(&in, in_base("none"), &err), NEV_ERR_DATA);
    assert_non_null(strstr(err.what, "one class folder only"));
    make_folder("none/second");
    assert_int_equal(nev_inputs_add_classes(&in, in_base("none"), &err), NEV_ERR_DATA);
    assert_string_equal(err.name, "second");
    make_file("none/second/.hidden");
    assert_int_equal(nev_inputs_add_classes(&in, in_base("none"), &err), NEV_ERR_DATA);
    assert_int_equal(nev_inputs_add(&in, in_base("not there"), &err), NEV_ERR_IO);
    assert_int_equal(nev_inputs_add_classes(&in, in_base("none/only/1"), &err), NEV_ERR_IO);
    nev_inputs_free(&in);
}

/* Verifies: NEV-CLI-015 (class names once each, by bytes; numbers of a table by value) */
static void test_class_names(void **state)
{
    static const char *const text[] = {"b", "a", "B", "b", "a"};
    static const char *const numbers[] = {"10", "-3", "9", "-20", "0", "9", "100"};
    static const char *const sorted[] = {"-20", "-3", "0", "9", "10", "100"};
    struct nev_classes c;
    uint32_t i;

    (void)state;
    assert_int_equal(nev_classes_of(&c, text, 5, false, &err), NEV_OK);
    assert_int_equal(c.len, 3);
    assert_string_equal(c.name[0], "B");
    assert_string_equal(c.name[2], "b");
    assert_int_equal(nev_classes_find(&c, "a"), 1);
    assert_int_equal(nev_classes_find(&c, "c"), 3);
    assert_int_equal(nev_classes_find(&c, ""), 3);
    nev_classes_free(&c);
    assert_int_equal(nev_classes_of(&c, numbers, 7, true, &err), NEV_OK);
    assert_int_equal(c.len, 6);
    for (i = 0; i < 6; i++) {
        assert_string_equal(c.name[i], sorted[i]);
        assert_int_equal(nev_classes_find(&c, sorted[i]), i);
    }
    nev_classes_free(&c);
}

/* Verifies: NEV-CLI-015 (names that a forest cannot hold) */
static void test_odd_names(void **state)
{
    static const char *const odd[] = {
        "",     "a\tb",     "\xFF",
        "\x7F", "\xC2\x85", "0123456789012345678901234567890123456789012345678901234567890123"};
    const char *name = odd[5] + 1; /* 63 bytes: the longest there is */
    struct nev_classes c;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        assert_int_equal(nev_classes_of(&c, odd + i, 1, false, &err), NEV_ERR_VALUE);
        assert_null(c.name);
    }
    assert_int_equal(nev_classes_of(&c, &name, 1, false, &err), NEV_OK);
    nev_classes_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),     cmocka_unit_test(test_flat),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_class_names), cmocka_unit_test(test_odd_names),
    };

    return cmocka_run_group_tests_name("folder", tests, setup, teardown);
}
