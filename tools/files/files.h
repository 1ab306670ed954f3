/* SPDX-License-Identifier: MIT */
/*
 * files.h - whole files in, whole files out.
 *
 * Reading: a file becomes bytes in memory, mapped or read. Writing: the bytes go to a temporary beside the
 * target, reach the disk, and only then take the target's name. Whatever fails, the temporary is removed and
 * the old file stays as it was. Errors are IO, with the system's own words as the name.
 */
#ifndef NEV_TOOLS_FILES_H
#define NEV_TOOLS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"

struct nev_file {
    const uint8_t *data; /* at a multiple of NEV_ALIGN; not NULL, even if bytes is 0 */
    size_t bytes;
    bool is_mapped;
    int ending; /* handle of nev_ending_map */
};

/*
 * nev_file_map - the bytes of a regular file as they lie; "-" reads standard input to its end.
 * Errors     IO: not there, a folder, not a regular file, not readable; LIMIT: more than max_bytes; MEMORY;
 *            *file is then zeroed
 * PORTABILITY: a file that another program shortens while it is mapped ends the process (ending.h).
 */
NEV_MUST_CHECK enum nev_status nev_file_map(struct nev_file *file, const char *path, uint64_t max_bytes,
                                            struct nev_error *err);

/* nev_file_read - the same, copied into memory: for small files, pictures above all, which others may change.
 */
NEV_MUST_CHECK enum nev_status nev_file_read(struct nev_file *file, const char *path, uint64_t max_bytes,
                                             struct nev_error *err);

/* nev_file_expect - all bytes of a mapped file are about to be read: where the system can map them in one go instead
 * of page by page as they are met, it does. Changes nothing else. */
void nev_file_expect(const struct nev_file *file);

/* nev_file_close - give the bytes back; a zeroed file is allowed. */
void nev_file_close(struct nev_file *file);

#define NEV_WRITER_PATH_LEN 4096

/* A file being written. All zero is a closed writer; close is always allowed. */
struct nev_writer {
    bool is_open;
    bool is_direct; /* a device, a pipe or standard output: written as it is, there is no old file to keep */
    bool has_mode;
    int fd;
    unsigned mode; /* the old file's permissions, which the new one gets */
    int ending;    /* handle of nev_ending_file */
    char target[NEV_WRITER_PATH_LEN];
    char temporary[NEV_WRITER_PATH_LEN];
};

/*
 * nev_writer_open   - begin; "-" is standard output.
 * nev_writer_put    - append bytes.
 * nev_writer_finish - bring the bytes to the disk, still under the temporary name.
 * nev_writer_commit - finish if need be and take the target's name; the writer is then closed.
 * nev_writer_commit_both - two files take their names, or neither does; *failed is the one that could not. The first's
 *                     old content is kept beside it, by a second name or a copy, before anything is changed, and put
 *                     back if the second fails or a signal comes in between; if that fails too it stays where it was
 *                     kept and the error names it. A kill that cannot be caught leaves the first file new, the
 *                     second old, and the first's old content in `.nevus-PID-old-N.tmp`.
 * nev_writer_close  - give up: remove the temporary; nothing if already committed.
 * Errors     IO; the temporary is then removed and the writer closed
 */
NEV_MUST_CHECK enum nev_status nev_writer_open(struct nev_writer *w, const char *path, struct nev_error *err);
NEV_MUST_CHECK enum nev_status nev_writer_put(struct nev_writer *w, const void *data, size_t bytes,
                                              struct nev_error *err);
NEV_MUST_CHECK enum nev_status nev_writer_finish(struct nev_writer *w, struct nev_error *err);
NEV_MUST_CHECK enum nev_status nev_writer_commit(struct nev_writer *w, struct nev_error *err);
NEV_MUST_CHECK enum nev_status nev_writer_commit_both(struct nev_writer *first, struct nev_writer *second,
                                                      const struct nev_writer **failed,
                                                      struct nev_error *err);
void nev_writer_close(struct nev_writer *w);

/* nev_file_write - open, put, commit. */
NEV_MUST_CHECK enum nev_status nev_file_write(const char *path, const void *data, size_t bytes,
                                              struct nev_error *err);

/*
 * nev_file_relative - the name by which a file finds another from its own folder: "F.h", "../include/F.h".
 * Computes   the base name where `from` is "-" or a folder is not there: who opens the files reports that
 * Returns    false if it is too long
 */
bool nev_file_relative(const char *from, const char *to, char name[NEV_WRITER_PATH_LEN]);

/* nev_folder_make - make a folder and those above it; one that is there already is no error. */
NEV_MUST_CHECK enum nev_status nev_folder_make(const char *path, struct nev_error *err);

#endif
