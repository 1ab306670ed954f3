/* SPDX-License-Identifier: MIT */
/*
 * ending.h - ends that no return statement leads to.
 *
 * OpenMP's library ends the process with exit(1) when it can start no thread or get no memory; a mapped file that
 * another program shortens raises SIGBUS; Ctrl-C, a closed terminal and `kill` end it anywhere. Whichever comes, files that
 * are being written are removed and the exit code says the truth.
 */
#ifndef NEV_TOOLS_ENDING_H
#define NEV_TOOLS_ENDING_H

#include <stddef.h>

/* Files being written, and files mapped, at one time; further ones are not taken care of. */
#define NEV_ENDING_FILES 8

/*
 * nev_ending_begin - from now on take care: exit() and signals.
 * nev_ending_end   - the program returns from main by itself; exit() is nothing unusual any more.
 *   exit before that      a message, exit code MEMORY
 *   SIGBUS beyond a mapped file's end      a message that names the file, exit code IO
 *   SIGINT SIGTERM SIGHUP SIGABRT          the signal's own end; one that was ignored at the start stays so
 * Threads    the first thread, once
 */
void nev_ending_begin(void);
void nev_ending_end(void);

/*
 * nev_ending_file   - remove the file `path` if the end comes; the text is copied.
 * nev_ending_back   - rename `path` to `target` if the end comes: an old file is put back; the texts are copied.
 * nev_ending_map    - `bytes` bytes at `data` are the file `path`; the text must outlive the mapping.
 * nev_ending_forget - no more of that. Returned handles are at least 1; 0 is none and may be forgotten.
 * Threads    one at a time
 */
int nev_ending_file(const char *path);
int nev_ending_back(const char *path, const char *target);
int nev_ending_map(const void *data, size_t bytes, const char *path);
void nev_ending_forget(int handle);

#endif
