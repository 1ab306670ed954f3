/* SPDX-License-Identifier: MIT */
#include "tools/files/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/base/memory.h"
#include "tools/base/report.h"

enum kind { KIND_FILE, KIND_FOLDER, KIND_OTHER };

struct entry {
    char *name;
    enum kind kind;
};

struct listing {
    struct entry *entry;
    size_t len, room;
    size_t folders, files;
};

static enum nev_status no_memory(struct nev_error *err)
{
    return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL, "not enough memory for the list of files");
}

/* Makes room for one more element of size bytes in a growing array. */
static bool make_room(void *array, size_t len, size_t *room, size_t size)
{
    void *old, *grown;
    size_t more = *room == 0 ? 16 : *room * 2;

    if (len < *room) {
        return true;
    }
    memcpy(&old, array, sizeof old);
    grown = nev_memory_grow(old, *room * size, more * size);
    if (grown == NULL) {
        return false;
    }
    memcpy(array, &grown, sizeof grown);
    *room = more;
    return true;
}

static char *join(const char *folder, const char *name)
{
    size_t a = strlen(folder), b = strlen(name), slash = a > 0 && folder[a - 1] == '/' ? 0 : 1;
    char *path = nev_memory_take(a + slash + b + 1, 1);

    if (path != NULL) {
        memcpy(path, folder, a);
        path[a] = '/';
        memcpy(path + a + slash, name, b + 1);
    }
    return path;
}

static void free_listing(struct listing *l)
{
    size_t i;

    for (i = 0; i < l->len; i++) {
        nev_memory_give(l->entry[i].name);
    }
    nev_memory_give(l->entry);
    memset(l, 0, sizeof *l);
}

/* strcmp compares unsigned bytes (C11 7.24.4), which no locale changes. */
static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static enum nev_status append_entry(struct listing *l, const char *folder, const char *name,
                                    struct nev_error *err)
{
    struct entry *e;
    struct stat st;
    bool is_there;
    char *path;

    if (l->len >= NEV_INPUTS_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, NULL,
                        "the folder holds more than 10,000,000 files");
    }
    if (!make_room(&l->entry, l->len, &l->room, sizeof *l->entry)) {
        return no_memory(err);
    }
    e = &l->entry[l->len];
    path = join(folder, name);
    e->name = nev_memory_text(name);
    if (path == NULL || e->name == NULL) {
        nev_memory_give(path);
        nev_memory_give(e->name);
        return no_memory(err);
    }
    /* A link that leads nowhere counts as a file: opening it will give the reason. */
    is_there = stat(path, &st) == 0;
    nev_memory_give(path);
    if (!is_there && errno != ENOENT && errno != ELOOP && errno != EACCES && errno != ENOTDIR) {
        nev_memory_give(e->name);
        return nev_fail(err, NEV_ERR_IO, NEV_NO_OFFSET, strerror(errno),
                        "something in the folder cannot be examined");
    }
    e->kind = !is_there || S_ISREG(st.st_mode) ? KIND_FILE : S_ISDIR(st.st_mode) ? KIND_FOLDER : KIND_OTHER;
    l->folders += e->kind == KIND_FOLDER ? 1 : 0;
    l->files += e->kind == KIND_FILE ? 1 : 0;
    l->len++;
    return NEV_OK;
}

static enum nev_status list_folder(struct listing *l, const char *path, struct nev_error *err)
{
    enum nev_status status = NEV_OK;
    DIR *folder = opendir(path);
    struct dirent *d;

    memset(l, 0, sizeof *l);
    if (folder == NULL) {
        return nev_fail(err, NEV_ERR_IO, NEV_NO_OFFSET, strerror(errno), "the folder cannot be opened");
    }
    for (;;) {
        errno = 0;
        d = readdir(folder);
        if (d == NULL) {
            if (errno != 0) {
                status =
                    nev_fail(err, NEV_ERR_IO, NEV_NO_OFFSET, strerror(errno), "the folder cannot be read");
            }
            break;
        }
        if (d->d_name[0] != '.') {
            status = append_entry(l, path, d->d_name, err);
        }
        if (status != NEV_OK) {
            break;
        }
    }
    closedir(folder);
    if (status != NEV_OK) {
        free_listing(l);
    } else if (l->len > 0) {
        qsort(l->entry, l->len, sizeof *l->entry, by_name);
    }
    return status;
}

static enum nev_status add_file(struct nev_inputs *in, const char *folder, const char *name,
                                const char *label, struct nev_error *err)
{
    struct nev_input *item;

    if (!make_room(&in->item, in->len, &in->room, sizeof *in->item)) {
        return no_memory(err);
    }
    item = &in->item[in->len];
    item->path = folder == NULL ? nev_memory_text(name) : join(folder, name);
    item->label = label == NULL ? NULL : nev_memory_text(label);
    if (item->path == NULL || (label != NULL && item->label == NULL)) {
        nev_memory_give(item->path);
        nev_memory_give(item->label);
        return no_memory(err);
    }
    in->len++;
    return NEV_OK;
}

static enum nev_status add_skip(struct nev_inputs *in, const char *folder, const char *name, const char *why,
                                bool is_note, struct nev_error *err)
{
    if (!make_room(&in->skip, in->skip_len, &in->skip_room, sizeof *in->skip)) {
        return no_memory(err);
    }
    in->skip[in->skip_len].path = join(folder, name);
    in->skip[in->skip_len].why = why;
    in->skip[in->skip_len].is_note = is_note;
    if (in->skip[in->skip_len].path == NULL) {
        return no_memory(err);
    }
    in->skip_len++;
    return NEV_OK;
}

/* The files of one folder: a class if label is given, a flat list if it is NULL. */
static enum nev_status add_files(struct nev_inputs *in, const char *path, const struct listing *l,
                                 const char *label, struct nev_error *err)
{
    enum nev_status status = NEV_OK;
    size_t i;

    if (l->files == 0) {
        return nev_fail(err, NEV_ERR_DATA, NEV_NO_OFFSET, label,
                        label != NULL ? "the class folder holds no image" : "the folder holds no image");
    }
    for (i = 0; i < l->len && status == NEV_OK; i++) {
        const struct entry *e = &l->entry[i];

        status =
            e->kind == KIND_FILE
                ? add_file(in, path, e->name, label, err)
                : add_skip(in, path, e->name,
                           e->kind == KIND_FOLDER ? "left out: a folder inside a class folder is not searched"
                                                  : "left out: neither a file nor a folder",
                           e->kind != KIND_FOLDER, err);
    }
    return status;
}

static enum nev_status add_class(struct nev_inputs *in, const char *path, const char *name,
                                 struct nev_error *err)
{
    struct listing l;
    enum nev_status status;
    char *inner = join(path, name);

    if (inner == NULL) {
        return no_memory(err);
    }
    status = list_folder(&l, inner, err);
    if (status == NEV_OK) {
        status = add_files(in, inner, &l, name, err);
        free_listing(&l);
    }
    nev_memory_give(inner);
    return status;
}

/* Do the first bytes look like a picture's? False in *is_read: they could not be read. */
static bool is_picture(const char *path, bool *is_read)
{
    unsigned char b[3] = {0};
    FILE *f = fopen(path, "rb");
    size_t n = f == NULL ? 0 : fread(b, 1, sizeof b, f);

    *is_read = f != NULL && (n == sizeof b || feof(f));
    if (f != NULL) {
        (void)fclose(f);
    }
    return n == sizeof b &&
           ((b[0] == 0xFF && b[1] == 0xD8 && b[2] == 0xFF) || (b[0] == 0x89 && b[1] == 'P' && b[2] == 'N') ||
            (b[0] == 'P' && b[1] >= '1' && b[1] <= '7' && b[2] <= ' '));
}

/* A picture in no class is missed; a note to the reader that lies there is not. */
static enum nev_status add_stray(struct nev_inputs *in, const char *path, const struct entry *e,
                                 struct nev_error *err)
{
    char *file = join(path, e->name);
    bool is_lost, is_read = true;

    if (file == NULL) {
        return no_memory(err);
    }
    is_lost = e->kind == KIND_FILE && is_picture(file, &is_read);
    nev_memory_give(file);
    return add_skip(in, path, e->name,
                    !is_read  ? "left out: it lies beside class folders, in none, and cannot be read"
                    : is_lost ? "left out: a picture beside the class folders, in none of them"
                              : "left out: it lies beside class folders, in none, and is no picture",
                    is_read && !is_lost, err);
}

static enum nev_status add_class_folders(struct nev_inputs *in, const char *path, const struct listing *l,
                                         struct nev_error *err)
{
    enum nev_status status = NEV_OK;
    size_t i;

    for (i = 0; i < l->len && status == NEV_OK; i++) {
        status = l->entry[i].kind == KIND_FOLDER ? add_class(in, path, l->entry[i].name, err)
                                                 : add_stray(in, path, &l->entry[i], err);
    }
    return status;
}

enum nev_status nev_inputs_add(struct nev_inputs *in, const char *path, struct nev_error *err)
{
    struct listing l;
    struct stat st;
    enum nev_status status;

    if (strcmp(path, "-") == 0) {
        return add_file(in, NULL, path, NULL, err);
    }
    if (stat(path, &st) != 0) {
        return nev_fail(err, NEV_ERR_IO, NEV_NO_OFFSET, strerror(errno),
                        errno == ENOENT || errno == ENOTDIR ? "there is no such file or folder to read"
                                                            : "cannot be examined");
    }
    if (!S_ISDIR(st.st_mode)) {
        return add_file(in, NULL, path, NULL, err);
    }
    status = list_folder(&l, path, err);
    if (status == NEV_OK) {
        status = l.folders > 0 ? add_class_folders(in, path, &l, err) : add_files(in, path, &l, NULL, err);
        free_listing(&l);
    }
    return status;
}

enum nev_status nev_inputs_add_classes(struct nev_inputs *in, const char *path, struct nev_error *err)
{
    struct listing l;
    enum nev_status status = list_folder(&l, path, err);

    if (status != NEV_OK) {
        return status;
    }
    if (l.folders < 2) {
        status =
            nev_fail(err, NEV_ERR_DATA, NEV_NO_OFFSET, NULL,
                     l.folders == 0 ? "there is no class folder; give a folder that holds one folder for "
                                      "each class, such as benign and malignant"
                                    : "there is one class folder only; two at least are needed");
    } else {
        status = add_class_folders(in, path, &l, err);
    }
    free_listing(&l);
    return status;
}

size_t nev_inputs_report(const struct nev_inputs *in)
{
    size_t i, missed = 0;

    for (i = 0; i < in->skip_len; i++) {
        bool is_note = in->skip[i].is_note;

        nev_report_text(NEV_EXIT_PARTIAL, in->skip[i].path, "%s%s", is_note ? "note: " : "", in->skip[i].why);
        missed += is_note ? 0 : 1;
    }
    return missed;
}

/* Gives back what lies behind the first len pictures and skip_len others. */
static void cut(struct nev_inputs *in, size_t len, size_t skip_len)
{
    while (in->len > len) {
        in->len--;
        nev_memory_give(in->item[in->len].path);
        nev_memory_give(in->item[in->len].label);
    }
    while (in->skip_len > skip_len) {
        in->skip_len--;
        nev_memory_give(in->skip[in->skip_len].path);
    }
}

enum nev_exit nev_inputs_add_all(struct nev_inputs *in, const struct nev_arguments *args)
{
    enum nev_exit first = NEV_EXIT_OK;
    size_t i;

    for (i = 0; i < args->len; i++) {
        size_t len = in->len, skip_len = in->skip_len;
        struct nev_error err;
        enum nev_exit code;

        if (nev_inputs_add(in, args->text[i], &err) == NEV_OK) {
            continue;
        }
        cut(in, len, skip_len);
        code = nev_report(args->text[i], &err);
        if (code == NEV_EXIT_MEMORY || code == NEV_EXIT_LIMIT) {
            return code;
        }
        first = first == NEV_EXIT_OK ? code : first;
    }
    return first != NEV_EXIT_OK && in->len > 0 ? NEV_EXIT_PARTIAL : first;
}

void nev_inputs_keep(struct nev_inputs *in, size_t first, size_t end)
{
    size_t i;

    for (i = 0; i < in->len; i++) {
        if (i < first || i >= end) {
            nev_memory_give(in->item[i].path);
            nev_memory_give(in->item[i].label);
        }
    }
    if (end > first) {
        memmove(in->item, in->item + first, (end - first) * sizeof *in->item);
    }
    in->len = end - first;
}

void nev_inputs_free(struct nev_inputs *in)
{
    cut(in, 0, 0);
    nev_memory_give(in->item);
    nev_memory_give(in->skip);
    memset(in, 0, sizeof *in);
}
