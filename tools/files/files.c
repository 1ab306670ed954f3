/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1 /* madvise */

#include "tools/files/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/memory.h"
#include "tools/files/ending.h"

/* The system's reason becomes the error's name. */
static enum nev_status fail_system(struct nev_error *err, const char *what)
{
    return nev_fail(err, NEV_ERR_IO, NEV_NO_OFFSET, strerror(errno), what);
}

static enum nev_status fail_memory(struct nev_error *err)
{
    return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL, "not enough memory to hold the file");
}

static enum nev_status fail_large(struct nev_error *err)
{
    return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, NULL,
                    "the file is larger than this kind of file may be");
}

/* Reads to the end; the size is not known beforehand, or not believed. */
static enum nev_status read_to_end(int fd, size_t expected, uint64_t max_bytes, struct nev_file *file,
                                   struct nev_error *err)
{
    size_t room = expected + 1, used = 0;
    uint8_t *data = nev_memory_take(room, 1);
    ssize_t n;

    if (data == NULL) {
        return fail_memory(err);
    }
    while ((n = read(fd, data + used, room - used)) != 0) {
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            nev_memory_give(data);
            return fail_system(err, "reading failed");
        }
        used += (size_t)n;
        if (used > max_bytes) {
            nev_memory_give(data);
            return fail_large(err);
        }
        if (used == room) {
            size_t more = room < (size_t)1 << 20 ? (size_t)1 << 20 : room < SIZE_MAX / 2 ? room * 2 : 0;
            uint8_t *grown = more == 0 ? NULL : nev_memory_grow(data, used, more);

            if (grown == NULL) {
                nev_memory_give(data);
                return fail_memory(err);
            }
            data = grown;
            room = more;
        }
    }
    file->data = data;
    file->bytes = used;
    return NEV_OK;
}

static enum nev_status open_regular(const char *path, uint64_t max_bytes, int *fd, size_t *bytes,
                                    struct nev_error *err)
{
    struct stat st;

    /* Not blocking: a named pipe without a writer must not hang before it is refused. */
    *fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (*fd < 0) {
        return fail_system(err, "cannot be opened");
    }
    if (fstat(*fd, &st) != 0) {
        close(*fd);
        return fail_system(err, "cannot be examined");
    }
    if (!S_ISREG(st.st_mode)) {
        close(*fd);
        return nev_fail(err, NEV_ERR_IO, NEV_NO_OFFSET, NULL,
                        S_ISDIR(st.st_mode) ? "is a folder; a file is needed here"
                                            : "is not a regular file; give '-' to read standard input");
    }
    if ((uint64_t)st.st_size > max_bytes || (uint64_t)st.st_size >= SIZE_MAX) {
        close(*fd);
        return fail_large(err);
    }
    *bytes = (size_t)st.st_size;
    return NEV_OK;
}

enum nev_status nev_file_read(struct nev_file *file, const char *path, uint64_t max_bytes,
                              struct nev_error *err)
{
    enum nev_status status;
    size_t bytes;
    int fd;

    memset(file, 0, sizeof *file);
    if (strcmp(path, "-") == 0) {
        return read_to_end(STDIN_FILENO, 65535, max_bytes, file, err);
    }
    status = open_regular(path, max_bytes, &fd, &bytes, err);
    if (status != NEV_OK) {
        return status;
    }
    status = read_to_end(fd, bytes, max_bytes, file, err);
    close(fd);
    return status;
}

enum nev_status nev_file_map(struct nev_file *file, const char *path, uint64_t max_bytes,
                             struct nev_error *err)
{
    enum nev_status status;
    size_t bytes;
    void *data;
    int fd;

    memset(file, 0, sizeof *file);
    if (strcmp(path, "-") == 0) {
        return nev_file_read(file, path, max_bytes, err);
    }
    status = open_regular(path, max_bytes, &fd, &bytes, err);
    if (status != NEV_OK) {
        return status;
    }
    if (bytes == 0) { /* which cannot be mapped */
        status = read_to_end(fd, 0, max_bytes, file, err);
        close(fd);
        return status;
    }
    data = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (data == MAP_FAILED) {
        return fail_system(err, "cannot be mapped into memory");
    }
    file->data = data;
    file->bytes = bytes;
    file->is_mapped = true;
    file->ending = nev_ending_map(data, bytes, path);
    return NEV_OK;
}

/* What munmap, madvise and free want. */
static void *block_of(const struct nev_file *file)
{
    union {
        const uint8_t *data;
        void *block;
    } u;

    u.data = file->data;
    return u.block;
}

void nev_file_expect(const struct nev_file *file)
{
#if defined(MADV_POPULATE_READ)
    if (file->is_mapped) {
        (void)madvise(block_of(file), file->bytes, MADV_POPULATE_READ);
    }
#else
    (void)file;
#endif
}

void nev_file_close(struct nev_file *file)
{
    void *block = block_of(file);

    if (file->is_mapped) {
        nev_ending_forget(file->ending);
        (void)munmap(block, file->bytes);
    } else {
        nev_memory_give(block);
    }
    memset(file, 0, sizeof *file);
}

enum nev_status nev_folder_make(const char *path, struct nev_error *err)
{
    char part[NEV_WRITER_PATH_LEN];
    size_t i, len = strlen(path);
    struct stat st;

    if (len == 0 || len >= sizeof part) {
        return nev_fail(err, NEV_ERR_IO, NEV_NO_OFFSET, NULL, "the folder's path is empty or too long");
    }
    memcpy(part, path, len + 1);
    for (i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != '\0') {
            continue;
        }
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && (errno != EEXIST || stat(part, &st) != 0 || !S_ISDIR(st.st_mode))) {
            return fail_system(err, "the folder cannot be made");
        }
        part[i] = path[i];
    }
    return NEV_OK;
}
