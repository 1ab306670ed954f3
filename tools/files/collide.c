/* SPDX-License-Identifier: MIT */
#include "tools/files/collide.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/report.h"
#include "tools/files/files.h"
#include "tools/files/folder.h"

/* What was said to be nowhere, or out of reach, is so when it comes to reading and writing too. Any other reason may
 * be gone by then, and what could not be compared would be lost. */
static bool is_nowhere(int reason)
{
    return reason == ENOENT || reason == ENOTDIR || reason == ELOOP || reason == ENAMETOOLONG ||
           reason == EACCES || reason == EBADF;
}

static enum nev_exit examine(const char *path, int stream, struct stat *st, bool *is_there)
{
    *is_there = (strcmp(path, "-") == 0 ? fstat(stream, st) : stat(path, st)) == 0;
    if (!*is_there && !is_nowhere(errno)) {
        return nev_report_text(NEV_EXIT_IO, path,
                               "cannot be examined, so it cannot be told whether an output would replace an "
                               "input: %s; nothing was done",
                               strerror(errno));
    }
    return NEV_EXIT_OK;
}

/* A device or a pipe holds nothing that could be lost, so only regular files collide. */
static enum nev_exit find(const char *path, int stream, struct stat *st, bool *is_file)
{
    enum nev_exit code = examine(path, stream, st, is_file);

    *is_file = *is_file && S_ISREG(st->st_mode);
    return code;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static enum nev_exit check_input(const struct nev_collide *c, const char *path)
{
    enum nev_exit code;
    struct stat in, out;
    bool is_in, is_out;
    int i;

    if (path == NULL || (c->output[0] == NULL && c->output[1] == NULL)) {
        return NEV_EXIT_OK;
    }
    code = find(path, STDIN_FILENO, &in, &is_in);
    if (code != NEV_EXIT_OK || !is_in) {
        return code;
    }
    for (i = 0; i < NEV_COLLIDE_OUTPUTS; i++) {
        if (c->output[i] == NULL) {
            continue;
        }
        if ((code = find(c->output[i], STDOUT_FILENO, &out, &is_out)) != NEV_EXIT_OK) {
            return code;
        }
        if (is_out && is_same(&in, &out)) {
            return nev_report_text(
                NEV_EXIT_USAGE, strcmp(c->output[i], "-") == 0 ? NULL : c->output[i],
                "this output would replace an input, %s; nothing was done: write to another file",
                strcmp(path, "-") == 0 ? "standard input" : path);
        }
    }
    return NEV_EXIT_OK;
}

/* What a folder holds. One that is not there is named when it is to be read; one that cannot be listed may be
 * listed then, so it is refused now. */
static enum nev_exit check_argument(const struct nev_collide *c, const char *path)
{
    struct nev_inputs inputs = {0};
    struct nev_error err;
    enum nev_status status;
    enum nev_exit code;
    struct stat st;
    bool is_there;
    size_t i;

    code = examine(path, STDIN_FILENO, &st, &is_there);
    if (code != NEV_EXIT_OK || !is_there) {
        return code;
    }
    status = nev_inputs_add(&inputs, path, &err);
    if (status == NEV_ERR_MEMORY || status == NEV_ERR_IO) {
        code = nev_report(path, &err);
    }
    for (i = 0; i < inputs.len && code == NEV_EXIT_OK; i++) {
        code = check_input(c, inputs.item[i].path);
    }
    nev_inputs_free(&inputs);
    return code;
}

/* The folder that a path lies in, and the name in it; *is_there is false if there is no such folder. */
static enum nev_exit split(const char *path, struct stat *folder, const char **name, bool *is_there)
{
    char text[NEV_WRITER_PATH_LEN];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;

    *name = path + len;
    *is_there = false;
    if (len >= sizeof text) {
        return NEV_EXIT_OK;
    }
    memcpy(text, path, len);
    text[len] = '\0';
    return examine(len == 0 ? "." : text, STDOUT_FILENO, folder, is_there);
}

/* Neither need be there yet: two names in one folder are one file if they are equal. */
static enum nev_exit check_outputs(const char *a, const char *b)
{
    struct stat first, second;
    const char *first_name, *second_name;
    bool has_first, has_second, is_one;
    enum nev_exit code;

    if (a == NULL || b == NULL) {
        return NEV_EXIT_OK;
    }
    if ((code = find(a, STDOUT_FILENO, &first, &has_first)) != NEV_EXIT_OK ||
        (code = find(b, STDOUT_FILENO, &second, &has_second)) != NEV_EXIT_OK) {
        return code;
    }
    is_one = has_first && has_second && is_same(&first, &second);
    if (!is_one) {
        if ((code = split(a, &first, &first_name, &has_first)) != NEV_EXIT_OK ||
            (code = split(b, &second, &second_name, &has_second)) != NEV_EXIT_OK) {
            return code;
        }
        is_one = has_first && has_second && is_same(&first, &second) && strcmp(first_name, second_name) == 0;
    }
    return !is_one ? NEV_EXIT_OK
                   : nev_report_text(NEV_EXIT_USAGE, b, "this output and the output %s are the same file", a);
}

static size_t count_stdin(const struct nev_collide *c)
{
    size_t i, n = 0;

    for (i = 0; i < NEV_COLLIDE_INPUTS; i++) {
        n += c->input[i] != NULL && strcmp(c->input[i], "-") == 0 ? 1 : 0;
    }
    for (i = 0; c->arguments != NULL && i < c->arguments->len; i++) {
        n += strcmp(c->arguments->text[i], "-") == 0 ? 1 : 0;
    }
    return n;
}

enum nev_exit nev_collide_check(const struct nev_collide *c)
{
    bool has_output = c->output[0] != NULL || c->output[1] != NULL;
    enum nev_exit code = check_outputs(c->output[0], c->output[1]);
    size_t i;

    if (count_stdin(c) > 1) {
        return nev_report_text(NEV_EXIT_USAGE, NULL, "standard input ('-') can be read only once");
    }
    for (i = 0; i < NEV_COLLIDE_INPUTS && code == NEV_EXIT_OK; i++) {
        code = check_input(c, c->input[i]);
    }
    for (i = 0; has_output && c->arguments != NULL && i < c->arguments->len && code == NEV_EXIT_OK; i++) {
        code = check_argument(c, c->arguments->text[i]);
    }
    return code;
}
