/* SPDX-License-Identifier: MIT */
/*
 * exit.h - the exit codes of `nevus`, each a promise to scripts. tools/README.md repeats this list.
 */
#ifndef NEV_TOOLS_EXIT_H
#define NEV_TOOLS_EXIT_H

#include "nn/base/status.h"

/* One list makes the codes and the text that `nevus --help` prints. */
#define NEV_EXIT_LIST(X)                                                                                     \
    X(NEV_EXIT_OK, 0, "everything was done")                                                                 \
    X(NEV_EXIT_PARTIAL, 1, "done, but some inputs were bad; each is named on standard error")                \
    X(NEV_EXIT_USAGE, 2, "the command line is wrong; nothing was done")                                      \
    X(NEV_EXIT_IO, 3, "a file or folder cannot be read or written")                                          \
    X(NEV_EXIT_FORMAT, 4, "an input is malformed, cut short or damaged")                                     \
    X(NEV_EXIT_UNSUPPORTED, 5, "an input uses a version or feature that is refused by design")               \
    X(NEV_EXIT_LIMIT, 6, "an input is larger than a stated limit")                                           \
    X(NEV_EXIT_MISFIT, 7, "inputs do not belong together: network, weights, number of features or of rows")  \
    X(NEV_EXIT_DATA, 8, "too few images, rows or classes to work with")                                      \
    X(NEV_EXIT_MEMORY, 9, "not enough memory, or too many threads")                                          \
    X(NEV_EXIT_ENVIRONMENT, 10, "the floating-point environment or a self-test would give wrong results")    \
    X(NEV_EXIT_INTERNAL, 70, "a mistake in the program itself; please report it")

#define NEV_EXIT_ENUM(name, code, text) name = code,
enum nev_exit { NEV_EXIT_LIST(NEV_EXIT_ENUM) };
#undef NEV_EXIT_ENUM

/* nev_exit_of - the exit code that a library status leads to. Threads pure; tests tests/tools/test_report.c
 */
enum nev_exit nev_exit_of(enum nev_status status);

#endif
