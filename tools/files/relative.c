/* SPDX-License-Identifier: MIT */
/* How one file names another: the third part of files.h. */
/* PORTABILITY: realpath and its NULL buffer are POSIX's X/Open part. */
#define _XOPEN_SOURCE 700

#include "tools/files/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* The folder that a file is in, without links and dots, ended by a slash; false if there is none such. */
static bool folder_of(const char *path, char folder[NEV_WRITER_PATH_LEN])
{
    size_t len = (size_t)(base_of(path) - path);
    char name[NEV_WRITER_PATH_LEN], *real;
    bool fits;

    if (len >= sizeof name) {
        return false;
    }
    snprintf(name, sizeof name, "%.*s", len == 0 ? 1 : (int)len, len == 0 ? "." : path);
    real = realpath(name, NULL);
    fits = real != NULL && strlen(real) + 2 <= NEV_WRITER_PATH_LEN;
    if (fits) {
        snprintf(folder, NEV_WRITER_PATH_LEN, "%s%s", real, strcmp(real, "/") == 0 ? "" : "/");
    }
    free(real);
    return fits;
}

bool nev_file_relative(const char *from, const char *to, char name[NEV_WRITER_PATH_LEN])
{
    char here[NEV_WRITER_PATH_LEN], there[NEV_WRITER_PATH_LEN];
    size_t same = 0, used = 0, i;
    int n;

    name[0] = there[0] = '\0';
    if (strcmp(from, "-") != 0 && folder_of(from, here) && folder_of(to, there)) {
        for (i = 0; here[i] != '\0' && here[i] == there[i]; i++) {
            same = here[i] == '/' ? i + 1 : same;
        }
        for (i = same; here[i] != '\0' && used + 4 < NEV_WRITER_PATH_LEN; i++) {
            if (here[i] == '/') {
                memcpy(name + used, "../", 4);
                used += 3;
            }
        }
    } else {
        there[0] = '\0';
    }
    n = snprintf(name + used, NEV_WRITER_PATH_LEN - used, "%s%s", there + same, base_of(to));
    return n >= 0 && (size_t)n < NEV_WRITER_PATH_LEN - used;
}
