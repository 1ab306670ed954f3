/* SPDX-License-Identifier: MIT */
#include "tools/collide.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/files.h"
#include "tools/folder.h"
#include "tools/report.h"

/* A device or a pipe holds nothing that could be lost, so only regular files collide. */
static bool find(const char *path, int stream, struct stat *st)
{
    return (strcmp(path, "-") == 0 ? fstat(stream, st) : stat(path, st)) == 0 && S_ISREG(st->st_mode);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static enum nev_exit check_input(const struct nev_collide *c, const char *path)
{
    struct stat in, out;
    int i;

    if (path == NULL || !find(path, STDIN_FILENO, &in)) {
        return NEV_EXIT_OK;
    }
    for (i = 0; i < NEV_COLLIDE_OUTPUTS; i++) {
        if (c->output[i] != NULL && find(c->output[i], STDOUT_FILENO, &out) && is_same(&in, &out)) {
            return nev_report_text(
                NEV_EXIT_USAGE, strcmp(c->output[i], "-") == 0 ? NULL : c->output[i],
                "this output would replace an input, %s; nothing was done: write to another file",
                strcmp(path, "-") == 0 ? "standard input" : path);
        }
    }
    return NEV_EXIT_OK;
}

/* What a folder holds; one that cannot be listed is refused when it is read, but want of memory may pass. */
static enum nev_exit check_argument(const struct nev_collide *c, const char *path)
{
    struct nev_inputs inputs = {0};
    struct nev_error err;
    enum nev_exit code = NEV_EXIT_OK;
    size_t i;

    if (nev_inputs_add(&inputs, path, &err) == NEV_ERR_MEMORY) {
        code = nev_report(path, &err);
    }
    for (i = 0; i < inputs.len && code == NEV_EXIT_OK; i++) {
        code = check_input(c, inputs.item[i].path);
    }
    nev_inputs_free(&inputs);
    return code;
}

/* The folder that a path lies in, and the name in it. */
static bool split(const char *path, struct stat *folder, const char **name)
{
    char text[NEV_WRITER_PATH_LEN];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;

    *name = path + len;
    if (len >= sizeof text) {
        return false;
    }
    memcpy(text, path, len);
    text[len] = '\0';
    return stat(len == 0 ? "." : text, folder) == 0;
}

/* Neither need be there yet: two names in one folder are one file if they are equal. */
static enum nev_exit check_outputs(const char *a, const char *b)
{
    struct stat first, second;
    const char *first_name, *second_name;
    bool is_one;

    if (a == NULL || b == NULL) {
        return NEV_EXIT_OK;
    }
    is_one = find(a, STDOUT_FILENO, &first) && find(b, STDOUT_FILENO, &second) && is_same(&first, &second);
    if (!is_one && split(a, &first, &first_name) && split(b, &second, &second_name)) {
        is_one = is_same(&first, &second) && strcmp(first_name, second_name) == 0;
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
