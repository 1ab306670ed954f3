/* SPDX-License-Identifier: MIT */
#include "tools/study/demo_folder.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/report.h"
#include "tools/files/files.h"
#include "tools/files/folder.h"

#define MARKER    ".nevus-demo"
#define COUNT_MAX 1000000u /* a marker that says more is not ours */

bool nev_demo_path(const char *folder, uint32_t number, uint32_t train, bool is_malignant, char *path,
                   size_t size)
{
    int n = snprintf(path, size, "%s/%s/%s/%05u.png", folder, number < train ? "train" : "test",
                     is_malignant ? "malignant" : "benign", (unsigned)number);

    return n > 0 && (size_t)n < size;
}

/* What the marker says; false if there is none, or another's. */
static bool read_marker(const char *path, unsigned *train, unsigned *test)
{
    struct nev_file file;
    char text[80], end = '\0';
    bool is_ours;

    if (nev_file_read(&file, path, sizeof text - 1, NULL) != NEV_OK) {
        return false;
    }
    memcpy(text, file.data, file.bytes);
    text[file.bytes] = '\0';
    nev_file_close(&file);
    is_ours =
        sscanf(text, "nevus demo: %7u train, %7u test per class%c", train, test, &end) == 3 && end == '\n';
    return is_ours && *train <= COUNT_MAX && *test <= COUNT_MAX;
}

static void remove_old(const char *folder, unsigned train, unsigned test)
{
    char path[NEV_WRITER_PATH_LEN];
    unsigned i;

    for (i = 0; i < train + test; i++) {
        if (nev_demo_path(folder, i, train, false, path, sizeof path)) {
            (void)unlink(path);
        }
        if (nev_demo_path(folder, i, train, true, path, sizeof path)) {
            (void)unlink(path);
        }
    }
}

static bool is_there(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

/* Whether the folder may be filled: ours, or without a data set. */
static enum nev_exit check_claim(const char *folder, const char *marker)
{
    char path[NEV_WRITER_PATH_LEN];
    unsigned train, test;
    int half;

    if (read_marker(marker, &train, &test)) {
        remove_old(folder, train, test);
        return NEV_EXIT_OK;
    }
    for (half = 0; half < 2; half++) {
        snprintf(path, sizeof path, "%.4000s/%s", folder, half == 0 ? "train" : "test");
        if (is_there(path)) {
            return nev_report_text(NEV_EXIT_IO, folder,
                                   "holds pictures that are not the demonstration's; give a new folder");
        }
    }
    return NEV_EXIT_OK;
}

enum nev_exit nev_demo_claim(const char *folder, uint32_t train, uint32_t test)
{
    static const char *const inner[] = {"train/benign", "train/malignant", "test/benign", "test/malignant"};
    char path[NEV_WRITER_PATH_LEN], text[80];
    struct nev_error err;
    enum nev_exit code;
    size_t i;
    int n;

    if (strlen(folder) > 4000) {
        return nev_report_text(NEV_EXIT_IO, folder, "the path is too long");
    }
    snprintf(path, sizeof path, "%.4000s/" MARKER, folder);
    code = check_claim(folder, path);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    n = snprintf(text, sizeof text, "nevus demo: %u train, %u test per class\n", (unsigned)train,
                 (unsigned)test);
    if (nev_folder_make(folder, &err) != NEV_OK || nev_file_write(path, text, (size_t)n, &err) != NEV_OK) {
        return nev_report(folder, &err);
    }
    for (i = 0; i < sizeof inner / sizeof inner[0]; i++) {
        snprintf(path, sizeof path, "%.4000s/%s", folder, inner[i]);
        if (nev_folder_make(path, &err) != NEV_OK) {
            return nev_report(path, &err);
        }
    }
    return NEV_EXIT_OK;
}
