/* SPDX-License-Identifier: MIT */
/* The writing half of files.h. */
/* PORTABILITY: realpath and its NULL buffer are POSIX's X/Open part. */
#define _XOPEN_SOURCE 700

#include "tools/files/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/files/ending.h"

static enum nev_status fail_write(struct nev_writer *w, struct nev_error *err, const char *what)
{
    int reason = errno;
    bool is_direct = w->is_direct;

    nev_writer_close(w);
    if (is_direct) {
        what = reason == ENOSPC || reason == EDQUOT ? "is full; not all of it could be written"
                                                    : "not all of it could be written";
    } else if (reason == ENOSPC || reason == EDQUOT) {
        what = "the disk is full; nothing was written and the old file, if any, is untouched";
    } else if (reason == EFBIG) {
        what = "the file would exceed the size limit; the old file, if any, is untouched";
    }
    return nev_fail(err, NEV_ERR_IO, NEV_NO_OFFSET, strerror(reason), what);
}

/* Folder: the part of path before the last slash, with it; empty if there is none. */
static size_t folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

static enum nev_status open_temporary(struct nev_writer *w, struct nev_error *err)
{
    unsigned attempt;
    size_t folder = folder_len(w->target);
    int n;

    for (attempt = 0; attempt < 100; attempt++) {
        n = snprintf(w->temporary, sizeof w->temporary, "%.*s.nevus-%ld-%u.tmp", (int)folder, w->target,
                     (long)getpid(), attempt);
        if (n < 0 || (size_t)n >= sizeof w->temporary) {
            errno = ENAMETOOLONG;
            break;
        }
        w->fd = open(w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (w->fd >= 0) {
            w->is_open = true;
            w->ending = nev_ending_file(w->temporary);
            /* A file that its owner made private stays private. */
            if (w->has_mode && fchmod(w->fd, (mode_t)w->mode) != 0) {
                return fail_write(w, err, "the old file's permissions cannot be kept");
            }
            return NEV_OK;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    w->temporary[0] = '\0';
    return fail_write(w, err, "no file can be made in this folder");
}

enum nev_status nev_writer_open(struct nev_writer *w, const char *path, struct nev_error *err)
{
    struct stat st;

    memset(w, 0, sizeof *w);
    if (strlen(path) >= sizeof w->target) {
        return nev_fail(err, NEV_ERR_IO, NEV_NO_OFFSET, NULL, "the path is too long");
    }
    memcpy(w->target, path, strlen(path) + 1);
    if (strcmp(path, "-") == 0) {
        w->fd = STDOUT_FILENO;
        w->is_open = w->is_direct = true;
        return NEV_OK;
    }
    if (stat(path, &st) != 0) {
        if (errno != ENOENT) { /* there may be a file whose permissions are to be kept */
            return fail_write(w, err, "cannot be examined");
        }
    } else {
        char *real;

        if (S_ISDIR(st.st_mode)) {
            return nev_fail(err, NEV_ERR_IO, NEV_NO_OFFSET, NULL,
                            "is a folder; a file is to be written here");
        }
        if (!S_ISREG(st.st_mode)) {
            w->fd = open(path, O_WRONLY | O_CLOEXEC);
            if (w->fd < 0) {
                return fail_write(w, err, "cannot be opened for writing");
            }
            w->is_open = w->is_direct = true;
            return NEV_OK;
        }
        /* A symbolic link stays one: what it leads to is replaced. */
        real = realpath(path, NULL);
        if (real == NULL || strlen(real) >= sizeof w->target) {
            free(real);
            return fail_write(w, err, "cannot be found");
        }
        memcpy(w->target, real, strlen(real) + 1);
        free(real);
        w->mode = st.st_mode & 0777u;
        w->has_mode = true;
    }
    return open_temporary(w, err);
}

enum nev_status nev_writer_put(struct nev_writer *w, const void *data, size_t bytes, struct nev_error *err)
{
    const uint8_t *p = data;
    const size_t most =
        (size_t)1 << 30; /* POSIX leaves more than SSIZE_MAX undefined; Linux stops at 2 GiB */
    ssize_t n;

    while (bytes > 0) {
        n = write(w->fd, p, bytes < most ? bytes : most);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            if (n == 0) {
                errno = EIO;
            }
            return fail_write(w, err, "writing failed; the old file, if any, is untouched");
        }
        p += n;
        bytes -= (size_t)n;
    }
    return NEV_OK;
}

enum nev_status nev_writer_finish(struct nev_writer *w, struct nev_error *err)
{
    int fd = w->fd, n;

    if (!w->is_open || w->is_direct) {
        return NEV_OK;
    }
    while ((n = fsync(fd)) != 0 && errno == EINTR) {
    }
    if (n != 0 && errno != EINVAL) {
        return fail_write(w, err,
                          "the file cannot be brought to the disk; the old file, if any, is untouched");
    }
    w->is_open = false;
    if (close(fd) != 0) {
        return fail_write(w, err, "the file cannot be completed; the old file, if any, is untouched");
    }
    return NEV_OK;
}

/* After a rename the folder itself is to reach the disk; where the system refuses that, nothing is lost but
 * the promise that the name survives a power cut. */
static void sync_folder(const char *path)
{
    char folder[NEV_WRITER_PATH_LEN];
    size_t len = folder_len(path);
    int fd;

    memcpy(folder, len == 0 ? "./" : path, len == 0 ? 2 : len);
    folder[len == 0 ? 2 : len] = '\0';
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

/* The file is complete and has its target's name; the writer is still open to nev_writer_close. */
static enum nev_status take_name(struct nev_writer *w, struct nev_error *err)
{
    enum nev_status status = nev_writer_finish(w, err);

    if (status != NEV_OK) {
        return status;
    }
    if (w->is_direct) {
        int fd = w->fd;

        w->is_open = false;
        if (fd != STDOUT_FILENO && close(fd) != 0) {
            return fail_write(w, err, "writing failed");
        }
    } else if (rename(w->temporary, w->target) != 0) {
        return fail_write(w, err, "the finished file cannot take its name");
    }
    return NEV_OK;
}

/* The writer is closed; one that failed is closed already. */
static void settle(struct nev_writer *w)
{
    if (!w->is_direct && w->target[0] != '\0') {
        sync_folder(w->target);
    }
    nev_ending_forget(w->ending);
    memset(w, 0, sizeof *w);
}

enum nev_status nev_writer_commit(struct nev_writer *w, struct nev_error *err)
{
    enum nev_status status = take_name(w, err);

    if (status == NEV_OK) {
        settle(w);
    }
    return status;
}

/* What the first of two files was, until both have their names. */
struct old {
    bool is_direct; /* nothing was, nothing is put back */
    int ending;
    char kept[NEV_WRITER_PATH_LEN]; /* a second name for it, or a copy; empty: there was no file */
    char target[NEV_WRITER_PATH_LEN];
};

static bool copy_bytes(int from, int to)
{
    char buffer[4096];
    ssize_t n, m;
    size_t done;

    for (;;) {
        n = read(from, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n == 0 && fsync(to) == 0;
        }
        for (done = 0; done < (size_t)n; done += (size_t)m) {
            m = write(to, buffer + done, (size_t)n - done);
            if (m < 0 && errno == EINTR) {
                m = 0;
            } else if (m <= 0) {
                return false;
            }
        }
    }
}

/* With flags O_CREAT a new file, with O_TRUNC into the one that is there. */
static bool copy_file(const char *from, const char *to, int flags, unsigned mode)
{
    int in = open(from, O_RDONLY | O_CLOEXEC), out, reason, ending = 0;
    bool is_done = false;

    if (in < 0) {
        return false;
    }
    out = open(to, O_WRONLY | O_CLOEXEC | flags, 0600);
    if (out >= 0) {
        ending = (flags & O_CREAT) ? nev_ending_file(to) : 0;
        is_done = fchmod(out, (mode_t)mode) == 0 && copy_bytes(in, out);
        reason = errno;
        is_done = close(out) == 0 && is_done;
        if (!is_done && (flags & O_CREAT)) {
            (void)unlink(to);
        }
        errno = reason;
    }
    reason = errno;
    nev_ending_forget(ending);
    (void)close(in);
    errno = reason;
    return is_done;
}

/* Before anything is changed: the old file gets a second name or, where a file can have only one, is copied. */
static bool keep_old(const struct nev_writer *w, struct old *old)
{
    size_t folder = folder_len(w->target);
    unsigned attempt;
    int n;

    memset(old, 0, sizeof *old);
    memcpy(old->target, w->target, sizeof old->target);
    old->is_direct = w->is_direct;
    if (!w->has_mode) {
        old->ending = w->is_direct ? 0 : nev_ending_file(w->target);
        return true;
    }
    for (attempt = 0; attempt < 100; attempt++) {
        n = snprintf(old->kept, sizeof old->kept, "%.*s.nevus-%ld-old-%u.tmp", (int)folder, w->target,
                     (long)getpid(), attempt);
        if (n < 0 || (size_t)n >= sizeof old->kept) {
            errno = ENAMETOOLONG;
            return false;
        }
        if (link(w->target, old->kept) == 0 ||
            (errno != EEXIST && copy_file(w->target, old->kept, O_CREAT | O_EXCL, w->mode))) {
            old->ending = nev_ending_back(old->kept, w->target);
            return true;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return false;
}

/* The first file took its name and the second could not. Where even the names cannot be changed any more, the old
 * bytes are written into the new file, of which nothing is wanted. */
static bool put_back(const struct old *old, unsigned mode)
{
    if (old->is_direct) {
        return true;
    }
    if (old->kept[0] == '\0') {
        return unlink(old->target) == 0;
    }
    if (rename(old->kept, old->target) == 0) {
        return true;
    }
    if (copy_file(old->kept, old->target, O_TRUNC, mode)) {
        (void)unlink(old->kept);
        return true;
    }
    return false;
}

static enum nev_status fail_back(const struct old *old, struct nev_error *err)
{
    return old->kept[0] == '\0'
               ? nev_fail(err, NEV_ERR_IO, NEV_NO_OFFSET, NULL,
                          "this new file is whole, but the other one was not written; it cannot be removed")
               : nev_fail(err, NEV_ERR_IO, NEV_NO_OFFSET, old->kept + folder_len(old->kept),
                          "the other file was not written, and this one cannot be put back; what it was lies "
                          "beside it under the name given here");
}

enum nev_status nev_writer_commit_both(struct nev_writer *first, struct nev_writer *second,
                                       const struct nev_writer **failed, struct nev_error *err)
{
    unsigned mode = first->mode;
    enum nev_status status;
    bool is_lost = false;
    struct old old;

    *failed = second;
    if ((status = nev_writer_finish(second, err)) != NEV_OK) {
        return status;
    }
    *failed = first;
    if ((status = nev_writer_finish(first, err)) != NEV_OK) {
        return status;
    }
    if (!keep_old(first, &old)) {
        return fail_write(first, err, "the old file cannot be kept until both new ones are in place");
    }
    status = take_name(first, err);
    if (status == NEV_OK) {
        *failed = second;
        status = take_name(second, err);
        is_lost = status != NEV_OK && !put_back(&old, mode);
    }
    nev_ending_forget(old.ending);
    if (is_lost) {
        *failed = first;
        status = fail_back(&old, err);
    } else if (old.kept[0] != '\0') {
        (void)unlink(old.kept);
    }
    settle(first);
    if (status == NEV_OK) {
        settle(second);
    }
    return status;
}

void nev_writer_close(struct nev_writer *w)
{
    if (w->is_open && !(w->is_direct && w->fd == STDOUT_FILENO)) {
        close(w->fd);
    }
    if (w->temporary[0] != '\0') {
        (void)unlink(w->temporary);
    }
    nev_ending_forget(w->ending);
    memset(w, 0, sizeof *w);
}

enum nev_status nev_file_write(const char *path, const void *data, size_t bytes, struct nev_error *err)
{
    struct nev_writer w;
    enum nev_status status = nev_writer_open(&w, path, err);

    if (status == NEV_OK) {
        status = nev_writer_put(&w, data, bytes, err);
    }
    if (status == NEV_OK) {
        status = nev_writer_commit(&w, err);
    }
    return status;
}
