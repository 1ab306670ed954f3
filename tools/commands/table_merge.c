/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/tables/shard.h"
#include "tools/tables/tables.h"

struct values {
    const char *out;
};

static const struct values defaults;

static const struct nev_option options[] = {
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, out), "F.npy",
     "where to write the features; what each row is goes beside it, to F.csv", 0, 0, NULL},
    NEV_OPTION_END,
};

/* The shards' .npy files and the tables beside them: an output must be none of these. */
static enum nev_exit check_names(const char *out, const struct nev_arguments *args)
{
    char beside[NEV_WRITER_PATH_LEN], table[NEV_WRITER_PATH_LEN];
    enum nev_exit code = nev_features_names(out, beside);
    size_t i;

    for (i = 0; code == NEV_EXIT_OK && i < args->len; i++) {
        struct nev_collide collide = {{out, beside[0] != '\0' ? beside : NULL}, {args->text[i]}, NULL};

        code = nev_features_names(args->text[i], table);
        if (code == NEV_EXIT_OK) {
            collide.input[1] = table[0] != '\0' ? table : NULL;
            code = nev_collide_check(&collide);
        }
    }
    return code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    char name[1024];
    enum nev_exit code;
    size_t rows;

    if (v->out == NULL) {
        return nev_report_text(NEV_EXIT_USAGE, "table merge", "--out is needed: where to write the features");
    }
    code = check_names(v->out, args);
    if (code == NEV_EXIT_OK) {
        code = nev_shard_merge(args, v->out, &rows);
    }
    if (code == NEV_EXIT_OK) {
        nev_text_safe(v->out, name, sizeof name);
        printf("%s: %zu rows of %zu shards\n", name, rows, args->len);
    }
    return code;
}

const struct nev_command nev_command_table_merge = {
    "table merge",
    "one table of features of the shards of an extraction",
    "S1.npy S2.npy... -o F.npy",
    "Takes what `nevus extract --shard I/N` wrote for every I, in any order, with the tables beside, and "
    "writes the\n"
    "F.npy and F.csv that one extraction would have written, byte for byte. A shard that is missing, given "
    "twice or of\n"
    "another extraction is named.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    NEV_SHARDS_MAX,
    run,
};
