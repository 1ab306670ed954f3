/* SPDX-License-Identifier: MIT */
/*
 * program.h - what the measuring programs share around their work: the command line, the machine's name.
 */
#ifndef NEV_BENCH_PROGRAM_H
#define NEV_BENCH_PROGRAM_H

#include <stdio.h>

#include "tools/base/exit.h"
#include "tools/base/options.h"

struct nev_bench_program {
    const char *name;
    const char *synopsis; /* after the name */
    const char *text;     /* of --help, each line ended by \n */
    const struct nev_option *options;
    size_t args_min, args_max;
};

/*
 * nev_bench_parse - the command line into values.
 * Errors     false: the program is to end with *code; help was printed, or what is wrong. Also refused: a
 *            floating-point environment that breaks the arithmetic contract
 */
bool nev_bench_parse(const struct nev_bench_program *program, int argc, char **argv, void *values,
                     struct nev_arguments *args, enum nev_exit *code);

/* nev_bench_machine - one line: processor as the system names it, how many of them are online, compiler. */
void nev_bench_machine(FILE *out);

#endif
