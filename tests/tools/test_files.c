/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nn/base/size.h"
#include "tools/files/files.h"

static char folder[256], path[512];
static struct nev_error err;

static int make_folder(void **state)
{
    const char *base = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof folder, "%s/nevus-files-XXXXXX", base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/target", folder);
    return 0;
}

/* Counts what lies in the folder and removes it; a temporary that was left behind is counted too. */
static size_t empty_folder(void)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    char name[800];
    size_t n = 0;

    assert_non_null(d);
    while ((e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            snprintf(name, sizeof name, "%s/%s", folder, e->d_name);
            assert_int_equal(remove(name), 0);
            n++;
        }
    }
    closedir(d);
    return n;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)empty_folder();
    return rmdir(folder);
}

static void assert_content(const char *text)
{
    struct nev_file f;

    assert_int_equal(nev_file_read(&f, path, 1000, &err), NEV_OK);
    assert_int_equal(f.bytes, strlen(text));
    assert_memory_equal(f.data, text, f.bytes);
    nev_file_close(&f);
}

/* Verifies: NEV-CLI-005 (mapped and read give the same bytes, aligned, for an empty file too) */
static void test_read_and_map(void **state)
{
    struct nev_file f;

    (void)state;
    assert_int_equal(nev_file_write(path, "abc", 3, &err), NEV_OK);
    assert_content("abc");
    assert_int_equal(nev_file_map(&f, path, 3, &err), NEV_OK);
    assert_true(f.is_mapped && f.bytes == 3 && memcmp(f.data, "abc", 3) == 0);
    assert_int_equal((uintptr_t)f.data % NEV_ALIGN, 0);
    nev_file_close(&f);
    assert_int_equal(nev_file_write(path, "", 0, &err), NEV_OK);
    assert_int_equal(nev_file_map(&f, path, 3, &err), NEV_OK);
    assert_true(f.data != NULL && f.bytes == 0);
    nev_file_close(&f);
    assert_int_equal(empty_folder(), 1);
}

/* Verifies: NEV-CLI-005 (a folder, a device, a pipe, nothing, too much: refused with the reason) */
static void test_read_refused(void **state)
{
    struct nev_file f;

    (void)state;
    assert_int_equal(nev_file_map(&f, folder, 1000, &err), NEV_ERR_IO);
    assert_non_null(strstr(err.what, "folder"));
    assert_null(f.data);
    assert_int_equal(nev_file_read(&f, path, 1000, &err), NEV_ERR_IO);
    assert_non_null(strstr(err.name, "No such file"));
    assert_int_equal(nev_file_read(&f, "/dev/null", 1000, &err), NEV_ERR_IO);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(nev_file_map(&f, path, 1000, &err), NEV_ERR_IO);
    assert_int_equal(remove(path), 0);
    assert_int_equal(nev_file_write(path, "abcd", 4, &err), NEV_OK);
    assert_int_equal(nev_file_map(&f, path, 3, &err), NEV_ERR_LIMIT);
    assert_int_equal(empty_folder(), 1);
}

/* Verifies: NEV-CLI-006 (until commit the old file stands; giving up leaves it and no temporary) */
static void test_write_is_atomic(void **state)
{
    struct nev_writer w;

    (void)state;
    assert_int_equal(nev_file_write(path, "old", 3, &err), NEV_OK);
    assert_int_equal(nev_writer_open(&w, path, &err), NEV_OK);
    assert_int_equal(nev_writer_put(&w, "new!", 4, &err), NEV_OK);
    assert_int_equal(nev_writer_finish(&w, &err), NEV_OK);
    assert_content("old");
    nev_writer_close(&w);
    assert_content("old");
    assert_int_equal(nev_writer_open(&w, path, &err), NEV_OK);
    assert_int_equal(nev_writer_put(&w, "new!", 4, &err), NEV_OK);
    assert_int_equal(nev_writer_commit(&w, &err), NEV_OK);
    nev_writer_close(&w);
    assert_content("new!");
    assert_int_equal(empty_folder(), 1);
}

/* Verifies: NEV-CLI-006 (permissions and symbolic links survive) */
static void test_write_keeps_mode_and_link(void **state)
{
    char link[600];
    struct stat st;

    (void)state;
    snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(nev_file_write(path, "old", 3, &err), NEV_OK);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(symlink("target", link), 0);
    assert_int_equal(nev_file_write(link, "new", 3, &err), NEV_OK);
    assert_content("new");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777u, 0640);
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(empty_folder(), 2);
}

/* Verifies: NEV-CLI-006 (a file that may not grow, a full device: the old file stands, no temporary is left)
 */
static void test_write_fails(void **state)
{
    struct rlimit old, small = {10, 10};
    char big[100] = {0};

    (void)state;
    assert_int_equal(nev_file_write(path, "old", 3, &err), NEV_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(nev_file_write(path, big, sizeof big, &err), NEV_ERR_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_non_null(strstr(err.what, "limit"));
    assert_content("old");
    assert_int_equal(empty_folder(), 1);
    if (access("/dev/full", W_OK) == 0) {
        assert_int_equal(nev_file_write("/dev/full", big, sizeof big, &err), NEV_ERR_IO);
        assert_non_null(strstr(err.what, "full"));
    }
}

/* Verifies: NEV-CLI-006 (a folder as target, a folder that is not there or may not be written) */
static void test_write_refused(void **state)
{
    char deep[600];

    (void)state;
    assert_int_equal(nev_file_write(folder, "x", 1, &err), NEV_ERR_IO);
    assert_non_null(strstr(err.what, "folder"));
    snprintf(deep, sizeof deep, "%s/none/file", folder);
    assert_int_equal(nev_file_write(deep, "x", 1, &err), NEV_ERR_IO);
    if (geteuid() != 0) { /* for the superuser every folder is writable */
        assert_int_equal(chmod(folder, 0500), 0);
        assert_int_equal(nev_file_write(path, "x", 1, &err), NEV_ERR_IO);
        assert_int_equal(chmod(folder, 0700), 0);
    }
    assert_int_equal(empty_folder(), 0);
}

/* Verifies: NEV-CLI-007 (a folder and those above it) */
static void test_folder_make(void **state)
{
    char deep[600], first[600];

    (void)state;
    snprintf(first, sizeof first, "%s/a", folder);
    snprintf(deep, sizeof deep, "%s/a/b", folder);
    assert_int_equal(nev_folder_make(deep, &err), NEV_OK);
    assert_int_equal(nev_folder_make(deep, &err), NEV_OK);
    assert_int_equal(rmdir(deep), 0);
    assert_int_equal(rmdir(first), 0);
    assert_int_equal(nev_file_write(first, "x", 1, &err), NEV_OK);
    assert_int_equal(nev_folder_make(deep, &err), NEV_ERR_IO);
    assert_int_equal(empty_folder(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_and_map),    cmocka_unit_test(test_read_refused),
        cmocka_unit_test(test_write_is_atomic), cmocka_unit_test(test_write_keeps_mode_and_link),
        cmocka_unit_test(test_write_fails),     cmocka_unit_test(test_write_refused),
        cmocka_unit_test(test_folder_make),
    };

    return cmocka_run_group_tests_name("files", tests, make_folder, remove_folder);
}
