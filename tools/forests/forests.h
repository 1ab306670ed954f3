/* SPDX-License-Identifier: MIT */
/*
 * forests.h - the forest library with memory, files and messages around it.
 */
#ifndef NEV_TOOLS_FORESTS_H
#define NEV_TOOLS_FORESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forest/forest.h"
#include "tools/files/files.h"
#include "tools/files/folder.h"
#include "tools/networks/engine.h"
#include "tools/networks/pipeline.h"

#define NEV_FOREST_FILE_MAX ((uint64_t)1 << 36) /* bytes */

/* A forest and the bytes it lives in: a mapped file, or memory that training filled. All zero is none. */
struct nev_grown {
    struct nev_file file;
    uint8_t *image;
    size_t image_bytes;
    struct nev_forest forest;
};

/* nev_grown_open - a forest file, checked. Errors are reported; *g is then zeroed. */
enum nev_exit nev_grown_open(struct nev_grown *g, const char *path);

/* What is needed to train. */
struct nev_growing {
    struct nev_forest_params params;
    const float *x; /* [rows, cols] */
    size_t rows, cols;
    const uint32_t *label; /* [rows] */
    const struct nev_classes *classes;
    const struct nev_forest_source *source; /* NULL: unknown origin */
    const uint32_t *class_weight;           /* as in struct nev_forest_job */
    const char *origin;                     /* likewise */
    uint32_t threads;
    bool is_quiet;
    const char *name; /* of the data, for messages */
};

/* nev_grown_train - train in memory. Errors are reported; *g is then zeroed. */
enum nev_exit nev_grown_train(struct nev_grown *g, const struct nev_growing *how);

void nev_grown_close(struct nev_grown *g);

/* nev_place_check - is there a tree at that place, from 0? Errors MISFIT, reported */
enum nev_exit nev_place_check(const struct nev_forest *f, uint64_t place, const char *name);

/* nev_source_of - where the features of an engine come from, as it runs. */
void nev_source_of(const struct nev_engine *e, enum nev_resize_fit fit, struct nev_forest_source *source);

/* The forest's answers to rows. All zero is empty. */
struct nev_answers {
    size_t rows;
    uint32_t classes;
    double *probability; /* [rows, classes] */
    uint32_t *votes;     /* [rows, classes] */
    uint32_t *label;     /* [rows] the class with the most votes */
};

/*
 * nev_answers_of - ask a forest.
 * Range      name: of the rows' origin, for messages
 * Errors     reported: MISFIT if cols is not the forest's number of features; FORMAT for NaN; *out is then
 * empty
 */
enum nev_exit nev_answers_of(const struct nev_forest *f, const float *x, size_t rows, size_t cols,
                             uint32_t threads, const char *name, struct nev_answers *out);

void nev_answers_free(struct nev_answers *a);

/* A forest and the model that its features come from, opened together for pictures. */
struct nev_pair {
    struct nev_grown grown;
    struct nev_engine engine;
    enum nev_resize_fit fit;
};

/*
 * nev_pair_open - the model runs up to the layer, and resizes the way, that the forest was trained with.
 * Range      want->path: enum nev_path, or NEV_PATH_OF_FOREST: the forest's own (the model's if it states none);
 *            want->layer is not looked at
 * Errors     reported: MISFIT if the model or the path is not the forest's; the pair is then closed
 */
enum nev_exit nev_pair_open(struct nev_pair *pair, const char *forest, const char *weights,
                            const struct nev_engine_want *want);

void nev_pair_close(struct nev_pair *pair);

#endif
