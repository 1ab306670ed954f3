/* SPDX-License-Identifier: MIT */
/*
 * ensemble.h - a forest in an ONNX file: TreeEnsembleClassifier, as converters write it for scikit-learn.
 *
 * The file is walked where it lies. What is not exactly a forest of this kind is refused with its place and
 * name; nothing a file says is believed before it is checked.
 */
#ifndef NEV_FOREST_ENSEMBLE_H
#define NEV_FOREST_ENSEMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forest/exchange/build.h"

/* The lists that a TreeEnsembleClassifier is made of. */
enum nev_ensemble_list {
    NEV_ENSEMBLE_TREE, /* of nodes */
    NEV_ENSEMBLE_NODE,
    NEV_ENSEMBLE_FEATURE,
    NEV_ENSEMBLE_MODE,
    NEV_ENSEMBLE_VALUE,
    NEV_ENSEMBLE_TRUE,
    NEV_ENSEMBLE_FALSE,
    NEV_ENSEMBLE_ENTRY_TREE, /* of leaf entries */
    NEV_ENSEMBLE_ENTRY_NODE,
    NEV_ENSEMBLE_ENTRY_CLASS,
    NEV_ENSEMBLE_ENTRY_WEIGHT,
    NEV_ENSEMBLE_LABEL_INT,
    NEV_ENSEMBLE_LABEL_TEXT,
    NEV_ENSEMBLE_BASE,
    NEV_ENSEMBLE_LISTS
};

/* What is known of the file. Fields past `entries` are the reader's own. */
struct nev_ensemble {
    const uint8_t *mem;
    size_t bytes;
    uint32_t features, classes;
    uint64_t nodes, leaves, entries;
    bool is_double;                   /* thresholds are binary64 and were rounded down */
    uint64_t runs;                    /* of nodes with the same tree, one after another */
    bool is_second;                   /* two classes, and the entries are of the second one only */
    bool has_features;                /* the model itself said how many */
    char origin[NEV_FOREST_NAME_LEN]; /* what wrote the file */
    struct {
        uint64_t at, end, len; /* the message that holds the values; how many */
        uint32_t number, item; /* their field in it, their bytes (0: varint) */
    } list[NEV_ENSEMBLE_LISTS];
};

/*
 * nev_ensemble_open - find the one TreeEnsembleClassifier and check all but the trees.
 * Range      features: how many a row has, or 0: as the model says
 * Errors     TRUNCATED, FORMAT, LIMIT, MISSING, VERSION, SHAPE (another number of features), UNSUPPORTED (another
 *            operation beside it that could change the answer, a mode, transform or attribute that no forest has), each with
 *            the byte offset and a name; *e is then zeroed
 * Source     ONNX: onnx.proto; Operators-ml.md, TreeEnsembleClassifier, versions 1 and 3 (domain versions 1 to 4)
 * Tests      tests/forest/test_ensemble.c
 */
NEV_MUST_CHECK enum nev_status nev_ensemble_open(struct nev_ensemble *e, const void *mem, size_t bytes,
                                                 uint32_t features, struct nev_error *err);

/* nev_ensemble_bytes - the memory that read needs; SIZE_MAX if it cannot be addressed. */
size_t nev_ensemble_bytes(const struct nev_ensemble *e);

/*
 * nev_ensemble_read - the trees, for nev_forest_build. Everything in *build lies in memory.
 * Computes   BRANCH_LEQ: x <= value goes to the true node, which is the left one. A binary64 value is rounded towards minus
 *            infinity, so every binary32 x goes the same way. A leaf's weights times the number of trees are its
 *            shares, and counts are found that have them (share.h)
 * Errors     as open, for the trees: ids twice, children, entries or roots that are not there or are several, values that are NaN
 *            or plus infinity, weights that are negative, NaN or do not sum to 1 / trees, labels that cannot be class names
 * Numerics   a share is off by 2^-22 at most; of leaves with fewer than 2,048 draws, not at all
 */
NEV_MUST_CHECK enum nev_status nev_ensemble_read(const struct nev_ensemble *e, void *memory,
                                                 size_t memory_bytes, struct nev_build *build,
                                                 struct nev_error *err);

#endif
