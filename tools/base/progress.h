/* SPDX-License-Identifier: MIT */
/*
 * progress.h - a bar with rate and time left, on standard error, only if that is a terminal.
 */
#ifndef NEV_TOOLS_PROGRESS_H
#define NEV_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nev_progress {
    const char *what; /* "images", "trees" */
    uint64_t total;
    bool is_shown;
    double start, last; /* seconds of a clock that only goes forward */
};

/* nev_progress_begin - silent if is_quiet or if standard error is no terminal. */
void nev_progress_begin(struct nev_progress *p, const char *what, uint64_t total, bool is_quiet);

/* nev_progress_set - show that `done` are done; draws at most ten times a second. One thread only. */
void nev_progress_set(struct nev_progress *p, uint64_t done);

/* nev_progress_end - remove the bar, so that messages start on an empty line. */
void nev_progress_end(struct nev_progress *p);

/*
 * nev_progress_format - the bar as text: "images [#####-----] 50/100  25.0/s  2 s left".
 * Shapes     out: at most size bytes with the NUL
 * Threads    pure
 */
void nev_progress_format(const char *what, uint64_t done, uint64_t total, double seconds, char *out,
                         size_t size);

/* nev_clock_seconds - a clock that only goes forward; 0 where there is none. */
double nev_clock_seconds(void);

#endif
