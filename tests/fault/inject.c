/* SPDX-License-Identifier: MIT */
/* PORTABILITY: glibc's names, with 64-bit file offsets; dlsym(RTLD_NEXT). */
#define _GNU_SOURCE 1

#include "tests/fault/inject.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 7u /* bytes at a time, where large transfers go on with a sixteenth */

static struct {
    enum inject_mode mode;
    size_t at;
    int error;
    bool is_armed, is_hit, was_interrupted;
    struct inject_log *log;
} now;

void inject_arm(enum inject_mode mode, size_t at, int error, struct inject_log *log)
{
    memset(&now, 0, sizeof now);
    memset(log, 0, sizeof *log);
    now.mode = mode;
    now.at = at;
    now.error = error;
    now.log = log;
    now.is_armed = true;
}

void inject_disarm(void)
{
    now.is_armed = false;
}

/* Counts a call; true if it is to fail, with errno set. */
static bool fails(enum inject_kind kind, const char *name, int error)
{
    size_t number;
    bool is_now;

    if (!now.is_armed) {
        return false;
    }
    number = now.log->calls++;
    if (now.mode == INJECT_SIGNAL && number == now.at) {
        now.log->fired++;
        (void)raise(now.error);
    }
    now.log->of_kind[kind]++;
    is_now = number == now.at && now.mode <= INJECT_ALL && now.mode != INJECT_NOTHING;
    is_now = is_now || (now.mode == INJECT_ONWARD && now.is_hit && kind == now.log->kind);
    is_now = is_now || (now.mode == INJECT_ALL && now.is_hit && kind != INJECT_HINT);
    if (is_now && !now.is_hit) {
        now.is_hit = true;
        now.log->kind = kind;
        snprintf(now.log->name, sizeof now.log->name, "%s", name);
    }
    if (is_now) {
        now.log->fired++;
        errno = error;
    }
    return is_now;
}

static void took(long *what)
{
    if (now.is_armed) {
        ++*what;
    }
}

static void gave(long *what)
{
    if (now.is_armed) {
        --*what;
    }
}

#define LOG(field) (now.log == NULL ? &spare : &now.log->field)
static long spare;

#define WRAP(type, name, list)                                                                               \
    extern type __real_##name list;                                                                          \
    extern type __wrap_##name list;                                                                          \
    type __wrap_##name list

WRAP(void *, aligned_alloc, (size_t align, size_t bytes))
{
    void *p = fails(INJECT_MEMORY, "aligned_alloc", ENOMEM) ? NULL : __real_aligned_alloc(align, bytes);

    if (p != NULL) {
        took(LOG(blocks));
    }
    return p;
}

WRAP(void, free, (void *p))
{
    if (p != NULL) {
        gave(LOG(blocks));
    }
    __real_free(p);
}

WRAP(char *, realpath, (const char *path, char *out))
{
    char *p = fails(INJECT_STAT, "realpath", EIO) ? NULL : __real_realpath(path, out);

    if (p != NULL && out == NULL) {
        took(LOG(blocks));
    }
    return p;
}

extern int __real_open64(const char *path, int flags, ...);
extern int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
    bool is_read = (flags & O_ACCMODE) == O_RDONLY;
    mode_t mode = 0;
    va_list list;
    int fd;

    if (flags & O_CREAT) {
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        va_end(list);
    }
    /* A folder is opened to bring a new name to the disk, which is more than is promised. */
    if (fails((flags & O_DIRECTORY) ? INJECT_HINT
              : is_read             ? INJECT_OPEN
                                    : INJECT_CREATE,
              "open", is_read ? EMFILE : ENOSPC)) {
        return -1;
    }
    fd = __real_open64(path, flags, mode);
    if (fd >= 0) {
        took(LOG(files));
    }
    return fd;
}

WRAP(int, close, (int fd))
{
    int flags = fcntl(fd, F_GETFL);
    bool is_read = flags >= 0 && (flags & O_ACCMODE) == O_RDONLY;
    bool is_bad = fails(is_read ? INJECT_HINT : INJECT_CLOSE, "close", EIO);
    int result = __real_close(fd);

    gave(LOG(files));
    if (is_bad) {
        errno = now.error;
        return -1;
    }
    return result;
}

/* How much of a transfer is done in pieces; false: it is interrupted first. */
static bool piece(size_t *bytes)
{
    if (!now.is_armed || now.mode != INJECT_PIECES) {
        return true;
    }
    now.was_interrupted = !now.was_interrupted;
    if (now.was_interrupted) {
        errno = EINTR;
        return false;
    }
    *bytes = *bytes > 16 * PIECE ? *bytes / 16 : *bytes < PIECE ? *bytes : PIECE;
    return true;
}

WRAP(ssize_t, read, (int fd, void *to, size_t bytes))
{
    return fails(INJECT_READ, "read", EIO) || !piece(&bytes) ? -1 : __real_read(fd, to, bytes);
}

WRAP(ssize_t, write, (int fd, const void *from, size_t bytes))
{
    ssize_t n;

    if (fails(INJECT_WRITE, "write", now.error)) {
        return -1;
    }
    if (now.is_armed && now.mode == INJECT_FULL && bytes > now.at - now.log->bytes) {
        bytes = now.at - now.log->bytes;
        if (bytes == 0) {
            now.log->fired++;
            errno = ENOSPC;
            return -1;
        }
    }
    if (!piece(&bytes)) {
        return -1;
    }
    n = __real_write(fd, from, bytes);
    if (now.is_armed && n > 0) {
        now.log->bytes += (size_t)n;
    }
    return n;
}

WRAP(int, fsync, (int fd))
{
    struct stat st;
    bool is_folder = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);

    return fails(is_folder ? INJECT_HINT : INJECT_SYNC, "fsync", now.error) ? -1 : __real_fsync(fd);
}

WRAP(int, rename, (const char *from, const char *to))
{
    return fails(INJECT_RENAME, "rename", EACCES) ? -1 : __real_rename(from, to);
}

WRAP(int, link, (const char *from, const char *to))
{
    return fails(INJECT_RENAME, "link", EMLINK) ? -1 : __real_link(from, to);
}

WRAP(int, fchmod, (int fd, mode_t mode))
{
    return fails(INJECT_CREATE, "fchmod", EPERM) ? -1 : __real_fchmod(fd, mode);
}

WRAP(int, mkdir, (const char *path, mode_t mode))
{
    return fails(INJECT_CREATE, "mkdir", ENOSPC) ? -1 : __real_mkdir(path, mode);
}

WRAP(int, stat64, (const char *path, struct stat *st))
{
    return fails(INJECT_STAT, "stat", EIO) ? -1 : __real_stat64(path, st);
}

WRAP(int, lstat64, (const char *path, struct stat *st))
{
    return fails(INJECT_STAT, "lstat", EIO) ? -1 : __real_lstat64(path, st);
}

WRAP(int, fstat64, (int fd, struct stat *st))
{
    return fails(INJECT_STAT, "fstat", EIO) ? -1 : __real_fstat64(fd, st);
}

/* Another program cuts a file to nothing that has just been mapped. */
static void cut(int fd)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (truncate(path, 0) == 0) {
        now.log->fired++;
    }
}

WRAP(void *, mmap64, (void *where, size_t bytes, int access, int flags, int fd, off_t from))
{
    bool is_cut = now.is_armed && now.log->mappings++ == now.at && now.mode == INJECT_CUT;
    void *p = fails(INJECT_READ, "mmap", ENOMEM) ? MAP_FAILED
                                                 : __real_mmap64(where, bytes, access, flags, fd, from);

    if (p != MAP_FAILED) {
        took(LOG(maps));
        if (is_cut) {
            cut(fd);
        }
    }
    return p;
}

WRAP(int, munmap, (void *p, size_t bytes))
{
    gave(LOG(maps));
    return __real_munmap(p, bytes);
}

WRAP(FILE *, fopen64, (const char *path, const char *mode))
{
    FILE *f = fails(INJECT_OPEN, "fopen", EMFILE) ? NULL : __real_fopen64(path, mode);

    if (f != NULL) {
        took(LOG(files));
    }
    return f;
}

WRAP(size_t, fread, (void *to, size_t size, size_t len, FILE *f))
{
    return fails(INJECT_READ, "fread", EIO) ? 0 : __real_fread(to, size, len, f);
}

WRAP(int, fclose, (FILE * f))
{
    gave(LOG(files));
    return __real_fclose(f);
}

WRAP(DIR *, opendir, (const char *path))
{
    DIR *d = fails(INJECT_OPEN, "opendir", EMFILE) ? NULL : __real_opendir(path);

    if (d != NULL) {
        took(LOG(files));
    }
    return d;
}

WRAP(struct dirent *, readdir64, (DIR * d))
{
    return fails(INJECT_READ, "readdir", EIO) ? NULL : __real_readdir64(d);
}

WRAP(int, closedir, (DIR * d))
{
    gave(LOG(files));
    return __real_closedir(d);
}

WRAP(int, madvise, (void *p, size_t bytes, int advice))
{
    return fails(INJECT_HINT, "madvise", EINVAL) ? -1 : __real_madvise(p, bytes, advice);
}

WRAP(long, sysconf, (int name))
{
    return fails(INJECT_HINT, "sysconf", EINVAL) ? -1 : __real_sysconf(name);
}

WRAP(int, clock_gettime, (clockid_t id, struct timespec *t))
{
    return fails(INJECT_HINT, "clock_gettime", EINVAL) ? -1 : __real_clock_gettime(id, t);
}

/* Not wrapped but in front of the C library's: the call comes from OpenMP's own library. */
int pthread_create(pthread_t *id, const pthread_attr_t *how, void *(*work)(void *), void *arg)
{
    int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    void *symbol = dlsym(RTLD_NEXT, "pthread_create");

    memcpy(&next, &symbol, sizeof next);
    if (now.is_armed) {
        size_t number = now.log->threads++;

        if (now.mode == INJECT_THREADS && number >= now.at) {
            now.log->fired++;
            return EAGAIN;
        }
    }
    return next(id, how, work, arg);
}
