/* SPDX-License-Identifier: MIT */
/*
 * report.h - messages to people, on standard error: "nevus: FILE: what is wrong (where)".
 *
 * File names and texts from files never reach the terminal raw: control bytes, malformed UTF-8 and invisible
 * or direction-changing characters are written as \xNN.
 */
#ifndef NEV_TOOLS_REPORT_H
#define NEV_TOOLS_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "nn/base/status.h"
#include "tools/base/exit.h"

#if defined(__GNUC__)
#define NEV_PRINTF_LIKE(place, first) __attribute__((format(printf, place, first)))
#else
#define NEV_PRINTF_LIKE(place, first)
#endif

/*
 * nev_report - print a library error about a file and return the exit code that it leads to.
 * Range      file may be NULL; err as the library filled it
 */
enum nev_exit nev_report(const char *file, const struct nev_error *err);

/* nev_report_output - the same of an output: "-" is standard output. */
enum nev_exit nev_report_output(const char *file, const struct nev_error *err);

/* nev_report_text - print a sentence about a file (or NULL) and return `code`. */
enum nev_exit nev_report_text(enum nev_exit code, const char *file, const char *format, ...)
    NEV_PRINTF_LIKE(3, 4);

/* nev_report_memory - say that memory did not suffice for `what`; NEV_EXIT_MEMORY. */
enum nev_exit nev_report_memory(const char *what);

/*
 * nev_report_format - the text of nev_report, without "nevus: FILE: " and without a newline.
 * Shapes     out: at most size bytes with the NUL, cut where it does not fit
 */
void nev_report_format(const struct nev_error *err, char *out, size_t size);

/*
 * nev_text_safe - a copy of text that can be shown on a terminal.
 * Shapes     out: at most size bytes with the NUL, cut at a whole character where it does not fit
 * Source     UTF-8 well-formedness: The Unicode Standard, table 3-7
 */
void nev_text_safe(const char *text, char *out, size_t size);

/*
 * nev_utf8_len - how many bytes the well-formed UTF-8 character at p has, 1..4, looking at no byte past a
 * NUL; 0 if there is none.
 */
size_t nev_utf8_len(const char *p);

#endif
