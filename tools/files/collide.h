/* SPDX-License-Identifier: MIT */
/*
 * collide.h - before a command begins: will it replace what it reads, or read the same stream twice?
 *
 * Files are told apart by device and inode, so another spelling of a path, a symbolic or a hard link does not
 * hide that two names are one file.
 */
#ifndef NEV_TOOLS_COLLIDE_H
#define NEV_TOOLS_COLLIDE_H

#include "tools/base/exit.h"
#include "tools/base/options.h"

#define NEV_COLLIDE_OUTPUTS 2
#define NEV_COLLIDE_INPUTS  4

/* Every path that a command was given or makes from one; NULL where there is none. "-" is standard output
 * among the outputs, standard input among the inputs. */
struct nev_collide {
    const char *output[NEV_COLLIDE_OUTPUTS];
    const char *input[NEV_COLLIDE_INPUTS]; /* files */
    const struct nev_arguments *arguments; /* files, "-" and folders, whose pictures are looked at; or NULL */
};

/*
 * nev_collide_check - to be called first by every command that reads or writes, with all that it will.
 * Errors     USAGE, reported: an output is a regular file that is also an input or the other output; standard input is
 *            to be read twice. Inputs that are not there are not its business: who opens them says so
 * Tests      tests/tools/test_collide.c
 */
enum nev_exit nev_collide_check(const struct nev_collide *c);

#endif
