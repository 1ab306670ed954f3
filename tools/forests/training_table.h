/* SPDX-License-Identifier: MIT */
/*
 * training_table.h - a forest together with the table that it was trained on, from files or from pictures.
 */
#ifndef NEV_TOOLS_TRAINING_TABLE_H
#define NEV_TOOLS_TRAINING_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/forests/forests.h"
#include "tools/tables/tables.h"

/* What the command line says of the table. */
struct nev_training_from {
    const char *forest;
    const char *features, *labels, *column; /* a table */
    const char *weights, *folder;           /* or class folders through a network */
    uint64_t path, verify, threads;         /* as given */
    bool is_quiet;
    const char *command; /* its name, for messages */
};

/* All zero is empty. */
struct nev_training {
    struct nev_pair pair; /* without weights only the forest is open */
    struct nev_dataset dataset;
    struct nev_forest_data data; /* as the library wants it, classes numbered as the forest does */
    bool has_engine;
    const char *forest, *table; /* their files, for messages */
};

/* nev_training_usage - either a table or weights and a folder. Errors USAGE, reported */
enum nev_exit nev_training_usage(const struct nev_training_from *from);

/*
 * nev_training_open - open the forest and read the table. Whether it is the forest's, the library decides by its digest.
 * Errors     reported; *t is then empty. PARTIAL: some pictures were bad; *t is open
 */
enum nev_exit nev_training_open(struct nev_training *t, const struct nev_training_from *from);

void nev_training_close(struct nev_training *t);

/* nev_training_report - what the library said of the two, under the name of the one that it is about. */
enum nev_exit nev_training_report(const struct nev_training *t, const struct nev_error *err);

/*
 * nev_training_use - open, work, close.
 * Range      work: reports its errors itself
 * Errors     reported; PARTIAL: some pictures were bad
 */
enum nev_exit nev_training_use(const struct nev_training_from *from,
                               enum nev_exit (*work)(const void *arg, const struct nev_training *t),
                               const void *arg);

#endif
