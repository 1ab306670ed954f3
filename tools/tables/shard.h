/* SPDX-License-Identifier: MIT */
/*
 * shard.h - a list of pictures cut into jobs, and their tables made one again.
 *
 * Shard i of n has the pictures [len (i - 1) / n, len i / n) of the list, both rounded down. Its table has one more
 * column than the whole one: the column's name is the shard's, its cells are the pictures' places in the list. So
 * tables can be merged in any order, and a missing one is noticed.
 */
#ifndef NEV_TOOLS_SHARD_H
#define NEV_TOOLS_SHARD_H

#include <stddef.h>

#include "tools/base/exit.h"
#include "tools/base/options.h"
#include "tools/files/folder.h"

#define NEV_SHARDS_MAX     100000u
#define NEV_SHARD_NAME_LEN 80

struct nev_shard {
    size_t number, of; /* from 1; of 0: everything, no shard */
    size_t total;      /* pictures in the whole list */
    size_t first, end; /* places of this shard's */
};

/* nev_shard_parse - "3/8". Errors USAGE, reported */
enum nev_exit nev_shard_parse(const char *text, struct nev_shard *shard);

/* nev_shard_cut - leave only the shard's pictures in the list; completes *shard. */
void nev_shard_cut(struct nev_inputs *inputs, struct nev_shard *shard);

/* nev_shard_name - the name of the column. */
void nev_shard_name(const struct nev_shard *shard, char name[NEV_SHARD_NAME_LEN]);

/*
 * nev_shard_merge - write the features and the table of all shards as if there had been one extraction.
 * Range      args: the .npy files of all shards in any order, their tables beside them
 * Errors     reported: IO; FORMAT: not what `extract --shard` writes; MISFIT: shards of another cut or model, one
 *            twice; DATA: one missing. Both old files are then untouched
 */
enum nev_exit nev_shard_merge(const struct nev_arguments *args, const char *out, size_t *rows);

#endif
