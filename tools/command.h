/* SPDX-License-Identifier: MIT */
/*
 * command.h - what a subcommand of `nevus` is.
 *
 * To add one: write tools/commands/NAME.c, which defines `const struct nev_command nev_command_NAME`; declare it below
 * and list it in tools/commands.c. The framework parses the options, prints help and usage errors, calls run
 * and makes sure that standard output arrived; run does the work and returns the exit code.
 * The first thing run does is nev_collide_check (files/collide.h): README.md, "Files".
 */
#ifndef NEV_TOOLS_COMMAND_H
#define NEV_TOOLS_COMMAND_H

#include <stddef.h>

#include "tools/base/exit.h"
#include "tools/base/options.h"

#define NEV_VERSION "0.1.0" /* of the program; file formats have their own */

struct nev_command {
    const char *name;                 /* one word, or several with one space between: "forest merge" */
    const char *summary;              /* one line for `nevus --help`, no full stop */
    const char *synopsis;             /* after "nevus NAME ", such as "[OPTIONS] IMAGE -o OUT.ppm" */
    const char *text;                 /* paragraphs for `nevus NAME --help`, each line ended by \n */
    const struct nev_option *options; /* ended by an entry whose name is NULL */
    const void *defaults;             /* the values before parsing; values_bytes of them */
    size_t values_bytes;              /* size of the struct the options' offsets refer to */
    size_t args_min, args_max;        /* how many arguments that are not options it takes */
    /* Values: a private copy of the defaults, filled from the command line. */
    enum nev_exit (*run)(const void *values, const struct nev_arguments *args);
};

extern const struct nev_command nev_command_decode, nev_command_extract, nev_command_train,
    nev_command_predict, nev_command_evaluate, nev_command_classify, nev_command_reproduce, nev_command_demo,
    nev_command_selftest;

/* A value struct may be this large. */
#define NEV_COMMAND_VALUES_MAX 1024u

extern const struct nev_command nev_command_convert;
extern const struct nev_command nev_command_info;
extern const struct nev_command nev_command_forest_dump, nev_command_forest_draw, nev_command_forest_import;
extern const struct nev_command nev_command_forest_merge, nev_command_table_merge;
extern const struct nev_command nev_command_forest_export, nev_command_forest_explain,
    nev_command_forest_replay;
extern const struct nev_command nev_command_forest_calibrate, nev_command_forest_threshold,
    nev_command_forest_conformal, nev_command_forest_importance, nev_command_forest_nearest;
extern const struct nev_command nev_command_pack;

/* nev_commands - the table of all commands, ended by NULL. */
extern const struct nev_command *const nev_commands[];

/*
 * nev_command_words - how many of the first words given make up a command's name; 0 if they are another's.
 * Shapes     argv [argc]
 */
int nev_command_words(const char *name, int argc, char **argv);

/*
 * nev_commands_main - the whole program: find the command, parse, run, flush standard output.
 * Errors     what the command returns; USAGE; IO if standard output could not be written
 */
enum nev_exit nev_commands_main(int argc, char **argv);

#endif
