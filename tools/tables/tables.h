/* SPDX-License-Identifier: MIT */
/*
 * tables.h - features and labels as files: .npy and CSV. Which of the two a file is, its first bytes say.
 */
#ifndef NEV_TOOLS_TABLES_H
#define NEV_TOOLS_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forest/forest.h"
#include "tools/base/exit.h"
#include "tools/files/files.h"
#include "tools/files/folder.h"
#include "tools/networks/pipeline.h"
#include "tools/tables/shard.h"

#define NEV_TABLE_COLUMNS  7                   /* of the table beside features */
#define NEV_TABLE_FILE_MAX ((uint64_t)1 << 38) /* bytes */

/* All zero is empty. */
struct nev_matrix {
    float *x; /* [rows, cols] */
    size_t rows, cols;
};

/*
 * nev_matrix_read - a table of features: .npy of float32 or float64 (rounded once), one or two dimensions, or
 * CSV with a header and nothing but numbers.
 * Errors     reported; *m is then empty. A CSV whose first line is all numbers lacks its header. NaN is no error here:
 *            who uses the numbers refuses it with its place
 */
enum nev_exit nev_matrix_read(struct nev_matrix *m, const char *path);
void nev_matrix_free(struct nev_matrix *m);

/* One text for each row. All zero is empty. */
struct nev_labels {
    const char **text;
    size_t len;
    char *store;
    bool is_by_value; /* whole numbers from a .npy file: classes are ordered by value */
};

/*
 * nev_labels_read - labels: .npy of whole numbers, or a column of a CSV with a header.
 * Range      column: its name in a CSV
 * Errors     reported; *l is then empty
 */
enum nev_exit nev_labels_read(struct nev_labels *l, const char *path, const char *column);
void nev_labels_free(struct nev_labels *l);

/* A text that is written beside a table. */
struct nev_beside {
    const char *path, *text;
    size_t bytes;
};

/*
 * nev_probability_write - float64 rows as .npy, and a text beside it, or NULL; both take their names, or neither.
 * Errors     reported; the old files are then untouched
 */
enum nev_exit nev_probability_write(const char *path, const double *value, size_t rows, size_t cols,
                                    const struct nev_beside *beside);

/*
 * nev_npy_name_check - may an .npy file be written there? It ends in .npy, or is a device or a pipe, or "-".
 * Errors     reported: USAGE: another ending, so that no file says it is what it is not; or "-" where it may not be;
 *            IO: a folder
 */
enum nev_exit nev_npy_name_check(const char *path, bool may_be_stdout);

/*
 * nev_features_names - the name of the table beside F.npy: F.csv; empty if F.npy is a device or a pipe, which
 * has nothing beside it. Errors     as nev_npy_name_check; IO if the path is too long
 */
enum nev_exit nev_features_names(const char *path, char table[NEV_WRITER_PATH_LEN]);

/*
 * nev_features_write - the rows as F.npy and, beside it, what they come from as F.csv: file, label, width,
 * height, bytes, sha256, pixels_sha256; one row each, in the same order; of a shard with its column. Errors     reported; both old files
 * are then untouched, unless the system fails between the two renames
 */
enum nev_exit nev_features_write(const char *path, const struct nev_features *f,
                                 const struct nev_inputs *inputs, const struct nev_shard *shard);

/* A table to train or evaluate with: rows, and the class of each. All zero is empty. */
struct nev_dataset {
    struct nev_matrix matrix; /* from a table */
    struct nev_labels labels;
    struct nev_inputs inputs; /* or from pictures */
    struct nev_features features;
    struct nev_classes classes;
    uint32_t *label; /* [rows] number of the class */
    const float *x;
    size_t rows, cols;
};

/*
 * nev_dataset_from_tables   - features and labels of as many rows.
 * nev_dataset_from_pictures - class folders through a network.
 * Errors     reported; *d is then empty. MISFIT: numbers of rows differ; DATA: a class without a good
 * picture. PARTIAL: some pictures were bad; *d holds the others
 */
enum nev_exit nev_dataset_from_tables(struct nev_dataset *d, const char *features, const char *labels,
                                      const char *column);
enum nev_exit nev_dataset_from_pictures(struct nev_dataset *d, const struct nev_pipeline *p,
                                        const char *folder);
void nev_dataset_free(struct nev_dataset *d);

/*
 * nev_dataset_relabel - number the classes as a forest does.
 * Errors     MISFIT, reported: a class the forest does not know
 */
enum nev_exit nev_dataset_relabel(struct nev_dataset *d, const struct nev_forest *f, const char *name);

#endif
