/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "forest/file/merge.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/forests/forests.h"

struct values {
    const char *out;
    bool is_federated;
};

static const struct values defaults;

static const struct nev_option options[] = {
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, out), "C.nvf", "where to write the merged forest",
     0, 0, NULL},
    {"federated", 0, NEV_OPTION_FLAG, offsetof(struct values, is_federated), NULL,
     "merge trainings on other data, or with other parameters, too", 0, 0, NULL},
    NEV_OPTION_END,
};

/* The forests and the merged one. All zero is none. */
struct work {
    size_t len;
    struct nev_grown *grown;   /* [len] */
    struct nev_forest *forest; /* [len] */
    struct nev_grown merged;
};

static void close_all(struct work *w)
{
    size_t i;

    for (i = 0; w->grown != NULL && i < w->len; i++) {
        nev_grown_close(&w->grown[i]);
    }
    nev_memory_give(w->grown);
    nev_memory_give(w->forest);
    nev_grown_close(&w->merged);
}

static enum nev_exit open_all(struct work *w, const struct nev_arguments *args)
{
    enum nev_exit code = NEV_EXIT_OK;
    size_t i;

    w->len = args->len;
    w->grown = nev_memory_take_zeroed(args->len, sizeof *w->grown);
    w->forest = nev_memory_take_zeroed(args->len, sizeof *w->forest);
    if (w->grown == NULL || w->forest == NULL) {
        return nev_report_memory("the forests");
    }
    for (i = 0; code == NEV_EXIT_OK && i < args->len; i++) {
        code = nev_grown_open(&w->grown[i], args->text[i]);
        w->forest[i] = w->grown[i].forest;
    }
    return code;
}

static enum nev_status merge(struct work *w, bool is_federated, struct nev_error *err)
{
    struct nev_merge m = {w->forest, (uint32_t)w->len, is_federated};
    size_t memory_bytes, file_bytes;
    enum nev_status status = nev_forest_merge_bytes(&m, &memory_bytes, &file_bytes, err);
    void *memory;

    if (status != NEV_OK) {
        return status;
    }
    memory = nev_memory_take(memory_bytes, 1);
    w->merged.image = nev_memory_take(file_bytes, 1);
    if (memory == NULL || w->merged.image == NULL) {
        status = nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL, "not enough memory to merge the forests");
    } else {
        status = nev_forest_merge(&m, memory, memory_bytes, w->merged.image, file_bytes,
                                  &w->merged.image_bytes, err);
    }
    nev_memory_give(memory);
    if (status == NEV_OK) {
        status = nev_forest_open(&w->merged.forest, w->merged.image, w->merged.image_bytes, err);
    }
    return status;
}

static void print_summary(const struct values *v, const struct nev_forest *f)
{
    char hex[NEV_SHA256_HEX_BYTES], name[1024];
    double score;

    nev_sha256_hex(f->file_sha256, hex);
    nev_text_safe(v->out, name, sizeof name);
    printf("%s: %" PRIu32 " trees, %" PRIu32 " rows, parts of %" PRIu32 " training%s\n", name,
           f->params.trees, f->rows, f->parts, f->parts == 1 ? "" : "s");
    if (nev_forest_oob_score(f, &score)) {
        printf("out-of-bag accuracy %.2f %% (%" PRIu32 " of %" PRIu32 " rows)\n", 100.0 * score,
               f->oob_correct, f->oob_rows);
    }
    printf("%zu bytes, SHA-256 %s\n", f->bytes, hex);
}

static enum nev_exit merge_and_write(struct work *w, const struct values *v, const struct nev_arguments *args)
{
    struct nev_error err;

    if (merge(w, v->is_federated, &err) != NEV_OK) {
        const char *file = args->text[0];

        if (err.row != NEV_NO_ROW) { /* which of the forests; not a row of a table */
            file = args->text[err.row];
            err.row = NEV_NO_ROW;
        }
        return nev_report(file, &err);
    }
    if (nev_file_write(v->out, w->merged.image, w->merged.image_bytes, &err) != NEV_OK) {
        return nev_report_output(v->out, &err);
    }
    if (strcmp(v->out, "-") != 0) {
        print_summary(v, &w->merged.forest);
    }
    return NEV_EXIT_OK;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const struct nev_collide collide = {{v->out}, {NULL}, args};
    struct work w;
    enum nev_exit code;

    if (v->out == NULL) {
        return nev_report_text(NEV_EXIT_USAGE, "forest merge", "--out is needed: where to write the forest");
    }
    if ((code = nev_collide_check(&collide)) != NEV_EXIT_OK) {
        return code;
    }
    memset(&w, 0, sizeof w);
    code = open_all(&w, args);
    if (code == NEV_EXIT_OK) {
        code = merge_and_write(&w, v, args);
    }
    close_all(&w);
    return code;
}

const struct nev_command nev_command_forest_merge = {
    "forest merge",
    "one forest of tree ranges or of several trainings",
    "[--federated] A.nvf B.nvf... -o C.nvf",
    "Ranges of one training (train --trees A-B) in any order become the forest trained at once, byte for "
    "byte; what\n"
    "overlaps, is missing or belongs to another training is refused, and the message says what differs. "
    "With\n"
    "--federated forests of other data, parameters or seeds merge too, if classes, features and their source "
    "are the\n"
    "same: each stays a part with its data's digest, its origin (train --origin) and its votes out of bag, "
    "and all\n"
    "trees vote together. No picture and no table of features is needed.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    NEV_FOREST_PARTS_MAX,
    run,
};
