/* SPDX-License-Identifier: MIT */
/*
 * forest.h - Breiman's Random Forest: train, open, predict, importance, out-of-bag score.
 *
 * A forest is one file image (FORMAT.md): training writes it into the caller's memory, opening is looking at
 * it. Integers decide everything: one seed gives one file, byte for byte, on every machine and for every
 * number of threads. Nothing allocates: ask for the sizes first. README.md states the semantics.
 */
#ifndef NEV_FOREST_FOREST_H
#define NEV_FOREST_FOREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/base/parallel.h"
#include "nn/base/sha256.h"
#include "nn/base/status.h"

#define NEV_FOREST_ROWS_MAX     2097152u /* 2^21: the products of the split search then fit 64 bits */
#define NEV_FOREST_FEATURES_MAX 65536u
#define NEV_FOREST_CLASSES_MAX  1024u
#define NEV_FOREST_TREES_MAX    65535u
#define NEV_FOREST_PARTS_MAX    4096u
#define NEV_FOREST_NAME_LEN     64 /* with the NUL */

/* How much a draw of a class counts for in the impurity and in the leaves. README.md, "Class weights". */
enum nev_forest_weight {
    NEV_FOREST_WEIGHT_NONE = 0,      /* all alike */
    NEV_FOREST_WEIGHT_BALANCED = 1,  /* as rows / (classes * rows of the class) */
    NEV_FOREST_WEIGHT_SUBSAMPLE = 2, /* the same of each tree's own sample */
    NEV_FOREST_WEIGHT_GIVEN = 3      /* as job->class_weight says */
};

/* How a forest is grown. nev_forest_params_default fills it; the caller changes what it wants. */
struct nev_forest_params {
    uint64_t seed;
    uint32_t trees;      /* 1..NEV_FOREST_TREES_MAX; default 50 */
    uint32_t first_tree; /* the number of the first one: tree k is the same in every forest; default 0 */
    uint32_t candidates; /* features tried at a node; 0: floor(sqrt(features)); default 0 */
    uint32_t max_depth;  /* edges from the root; 0: no limit; default 0 */
    uint32_t min_samples_leaf;  /* draws a leaf must hold; default 1 */
    uint32_t min_samples_split; /* draws a node must hold to be split; default 2 */
    uint32_t draws; /* rows a tree draws, 1..rows; 0: as many as there are; without bootstrap 0 or rows */
    enum nev_forest_weight class_weight; /* default NEV_FOREST_WEIGHT_NONE */
    bool bootstrap; /* draw rows with replacement for each tree, or take every row once; default true */
};

/* What a forest is grown on. */
struct nev_forest_data {
    const float *x;  /* [rows, features], row r at x + r * x_stride; infinities are ordinary, NaN is not */
    size_t x_stride; /* elements, >= features */
    const uint32_t *label; /* [rows], each < classes */
    uint32_t rows;         /* 2..NEV_FOREST_ROWS_MAX */
    uint32_t features;     /* 1..NEV_FOREST_FEATURES_MAX */
    uint32_t classes;      /* 2..NEV_FOREST_CLASSES_MAX; at least two must occur */
    /* [classes] UTF-8, at most 63 bytes, no control characters; NULL: "0", "1" ... */
    const char *const *class_name;
};

enum nev_forest_resize {
    NEV_FOREST_RESIZE_NONE = 0,
    NEV_FOREST_RESIZE_SQUASH = 1,
    NEV_FOREST_RESIZE_CROP = 2
};

/* Where the features came from, so that a forest is never asked about another model's features. Net 0: a
 * table of unknown origin; everything else must then be zero. The numbers of net, padding and order are those
 * of weights.h; the forest only keeps them. */
struct nev_forest_source {
    uint32_t net, padding, order;
    char net_name[NEV_FOREST_NAME_LEN];       /* "resnet18" ... */
    char layer[NEV_FOREST_NAME_LEN];          /* whose (pooled) output the features are: "fc" ... */
    uint8_t weights_sha256[NEV_SHA256_BYTES]; /* the weights file's head digest, which covers the payload's */
    enum nev_forest_resize resize;            /* how a picture becomes width x height */
    uint32_t width, height;                   /* pixels */
    float mean[3], std[3];                    /* as struct nev_prep */
    uint32_t
        path; /* how the network ran: 1 + enum nev_path of nn.h, as paths differ in the last bits; 0: not stated */
};

/* Called on the thread that called train, after every round of trees (as many as parts). Returns false to
 * cancel. NULL: nobody asks. */
struct nev_forest_progress {
    bool (*step)(void *arg, uint32_t trees_done, uint32_t trees);
    void *arg;
};

/* One training, all that train needs but memory. */
struct nev_forest_job {
    struct nev_forest_params params;
    struct nev_forest_data data;
    const struct nev_forest_source *source; /* NULL: unknown origin */
    const uint32_t *class_weight; /* [classes] for NEV_FOREST_WEIGHT_GIVEN, each >= 1: only ratios count */
    const char *origin; /* who trained it, as a class name or empty; NULL: empty. It is kept in the file */
    const struct nev_parallel *par; /* NULL: serial */
    struct nev_forest_progress progress;
};

struct nev_forest_result {
    size_t file_bytes; /* the file image's exact size */
    /* rows that some tree has not seen, and how many of them the votes of those trees label rightly */
    uint32_t oob_rows, oob_correct;
};

/* An open forest: a view of the caller's bytes, which must outlive it. Fields past `source` are the reader's
 * own. */
struct nev_forest {
    struct nev_forest_params
        params;     /* of the first part, but `trees` of all; candidates and draws resolved */
    uint32_t parts; /* trainings it was merged from; 1 unless their data differ */
    uint32_t features, classes;
    uint32_t rows;                         /* of the training data of all parts */
    uint32_t oob_rows, oob_correct;        /* likewise; 0, 0 without bootstrap */
    uint64_t node_total, leaf_total;       /* nodes and leaf entries of all trees */
    uint32_t depth_max;                    /* edges, of the deepest tree */
    uint8_t data_sha256[NEV_SHA256_BYTES]; /* of the first part's training data, FORMAT.md section 3 */
    uint8_t file_sha256[NEV_SHA256_BYTES]; /* of the file: the forest's name */
    struct nev_forest_source source;
    const uint8_t *base;
    size_t bytes;
    const uint8_t *class_table, *part_table, *weight_table, *importance_table, *tree_table, *tree_data;
    const uint8_t *oob_data;
    const uint8_t *calibration; /* the block CALB, or NULL: file/calibration.h */
    uint32_t feature_bits;
    uint32_t isas; /* nn/base/cpu.h, looked up once: asking can take longer than a prediction */
};

/* One part of an open forest: trees grown on the same data. */
struct nev_forest_part {
    struct nev_forest_params params; /* candidates and draws resolved */
    bool is_foreign;                 /* not grown here: of params only `trees` is known, and no rows */
    uint32_t place;                  /* of its first tree among the forest's */
    uint32_t rows, classes;
    uint32_t oob_rows, oob_correct; /* 0, 0 without bootstrap */
    bool has_oob;                   /* votes out of bag are kept: there was bootstrap */
    bool is_mixed; /* some vote out of bag came from a leaf with several classes: sums are kept too */
    uint8_t data_sha256[NEV_SHA256_BYTES];
    uint8_t origin_sha256[NEV_SHA256_BYTES]; /* of the file a foreign part came from, or zero */
    const char *origin;                      /* who trained it, in the file; often empty */
    const uint8_t *weight, *oob;             /* the reader's own */
};

/* One tree of an open forest. */
struct nev_forest_tree {
    const uint8_t *node; /* node_len nodes of 8 bytes; node 0 is unused, node 1 the root */
    const uint8_t *leaf; /* leaf_len leaf entries of 8 bytes */
    uint32_t node_len, leaf_len;
    uint32_t depth;  /* edges from the root to the deepest leaf */
    uint32_t number; /* first_tree of its part + its place there */
    uint32_t feature_bits;
};

/* One node of a tree, decoded. */
struct nev_forest_node {
    bool is_leaf;
    uint32_t feature;   /* of an inner node */
    float threshold;    /* x <= threshold goes left; exactly what the stored key decides */
    uint32_t left;      /* the left child's number; the right one's is left + 1 */
    uint32_t entry;     /* of a leaf: the first of its entries in the tree's leaf table */
    uint32_t entry_len; /* how many: the classes that occur in it */
};

/* One entry of a leaf: how many draws of a class ended there. Ordered by falling count, then rising class. */
struct nev_forest_entry {
    uint32_t class_id, count;
};

/* Rows to predict and where the answers go. */
struct nev_forest_batch {
    const float *x;  /* [rows, features], row r at x + r * x_stride */
    size_t x_stride; /* elements, >= features */
    size_t rows;
    uint32_t features;   /* must be the forest's */
    double *probability; /* [rows, classes], or NULL */
    uint32_t *votes;     /* [rows, classes], or NULL */
};

/* nev_forest_params_default - 50 trees, bootstrap, sqrt(features) candidates, fully grown, seed 0. */
void nev_forest_params_default(struct nev_forest_params *params);

/*
 * nev_forest_train_bytes - what a training needs: work memory, and room for the file.
 * Computes   from rows, features, classes, parameters and parts alone; pointers in job->data are not used
 * Memory     *memory_bytes as README.md derives it. *file_bytes is the worst case; the file is usually
 * several times smaller, and a smaller buffer is allowed: train then says MEMORY if the forest outgrows it
 * Errors     ARGUMENT, DATA (fewer than 2 rows or classes), LIMIT; both sizes are then 0
 * Threads    pure
 */
NEV_MUST_CHECK enum nev_status nev_forest_train_bytes(const struct nev_forest_job *job, size_t *memory_bytes,
                                                      size_t *file_bytes, struct nev_error *err);

/*
 * nev_forest_train - grow a forest and write its file image.
 * Computes   job->params.trees trees, each on its own bootstrap sample, split exactly by Gini impurity
 * Range      memory_bytes >= what train_bytes says for the same job; file of file_bytes bytes, any alignment
 * Alias      none of the data, memory and file may overlap
 * Numerics   every decision in integers; the file depends on data, parameters, source and class names, and on
 *            nothing else: not on par, the machine or the compiler
 * Errors     as train_bytes; VALUE with row and column (NaN, or a label out of range: column NEV_NO_ROW);
 *            DATA (one class only); MEMORY; CANCELLED; ENVIRONMENT. *result is then zeroed and the file's
 *            bytes mean nothing
 * Threads    one call per memory
 * Source     Breiman, Random Forests, Machine Learning 45 (2001); Differs: README.md, "Semantics"
 * Tests      tests/forest/test_train.c, test_split.c, test_same.c
 */
NEV_MUST_CHECK enum nev_status nev_forest_train(const struct nev_forest_job *job, void *memory,
                                                size_t memory_bytes, uint8_t *file, size_t file_bytes,
                                                struct nev_forest_result *result, struct nev_error *err);

/*
 * nev_forest_open - check a forest file, all of it, and make a view of it.
 * Range      [mem, mem + bytes) readable and unchanged while `f` is used; any alignment
 * Errors     TRUNCATED, FORMAT, VERSION, UNSUPPORTED (an unknown block that may not be skipped), LIMIT,
 *            CHECKSUM, each with the byte offset and a name ("header", a block's tag, "tree 7"); *f is then
 *            zeroed
 * Threads    pure
 * Source     forest/FORMAT.md
 * Tests      tests/forest/test_open.c
 */
NEV_MUST_CHECK enum nev_status nev_forest_open(struct nev_forest *f, const void *mem, size_t bytes,
                                               struct nev_error *err);

/* nev_forest_class_name - the name of a class, id < f->classes: a NUL-terminated string in the file. */
const char *nev_forest_class_name(const struct nev_forest *f, uint32_t id);

/*
 * nev_forest_same_source - is this where the forest's features came from?
 * Errors     NETWORK, and what says which part differs: network, weights, layer, preprocessing or path; OK also
 *            if the forest says nothing of its source (net 0); a path that is not stated (0) fits every path
 */
NEV_MUST_CHECK enum nev_status nev_forest_same_source(const struct nev_forest *f,
                                                      const struct nev_forest_source *source,
                                                      struct nev_error *err);

/* nev_forest_predict_bytes - the work memory of predict; parts as in struct nev_parallel, 1 for serial. */
size_t nev_forest_predict_bytes(const struct nev_forest *f, uint32_t parts);

/*
 * nev_forest_predict - class probabilities and votes of rows.
 * Computes   votes[r,c]: the trees whose leaf has c as its most frequent class, ties to the lowest class.
 *            probability[r,c]: the mean over trees of the leaf's fraction of c
 * Range      memory of nev_forest_predict_bytes(f, par->parts) bytes
 * Alias      x, the outputs, memory and the file must not overlap
 * Numerics   a leaf's fraction is rounded to a multiple of 2^-32, to nearest, halves up; their sum is an
 *            integer sum, so the mean is exact up to that and its order does not matter; pure leaves are
 *            exact
 * Errors     ARGUMENT, MEMORY; SHAPE if batch->features is not f->features; VALUE with the first row and
 *            column that is NaN. Outputs are then zeroed
 * Threads    one call per memory; any number of calls may share f
 * Tests      tests/forest/test_predict.c
 */
NEV_MUST_CHECK enum nev_status nev_forest_predict(const struct nev_forest *f,
                                                  const struct nev_forest_batch *batch, void *memory,
                                                  size_t memory_bytes, const struct nev_parallel *par,
                                                  struct nev_error *err);

/* nev_forest_label - the class with the most votes, ties to the lowest class: the forest's answer. */
uint32_t nev_forest_label(const uint32_t *votes, uint32_t classes);

/*
 * nev_forest_importance - mean decrease of Gini impurity per feature, normalised to sum 1.
 * Shapes     importance [f->features]; all zero if no tree has a split
 * Numerics   sums of integers in units of 2^-26 draws (FORMAT.md section 8), one division a feature
 */
void nev_forest_importance(const struct nev_forest *f, double *importance);

/* nev_forest_oob_score - the share of rows that the trees which did not see them label rightly; false (and
 * *score 0) if no row has such a tree. Of a forest with parts: of all their rows. */
bool nev_forest_oob_score(const struct nev_forest *f, double *score);

/* nev_forest_part - the i-th part, i < f->parts. */
void nev_forest_part(const struct nev_forest *f, uint32_t i, struct nev_forest_part *part);

/* nev_forest_part_weight - what a draw of a class counts for in the k-th tree of a part: leaf entries count
 * draws times this. 1 without class weights; 0 for a class that did not occur. */
uint32_t nev_forest_part_weight(const struct nev_forest_part *part, uint32_t k, uint32_t class_id);

/*
 * nev_forest_oob_label - the class of a training row, kept beside its votes.
 * nev_forest_oob_votes - the votes of the trees of the part that did not see the row; returns their number.
 * nev_forest_oob_sum   - the sum over those trees of the leaf's fraction of a class, in units of 2^-32.
 * nev_forest_oob_probability - its mean over them; false, and zeros, if there is no such tree.
 * Shapes     votes, probability [classes]
 * Range      part->has_oob, row < part->rows, class_id < classes
 * Numerics   as nev_forest_predict: what predict would say with these trees alone
 * Tests      tests/forest/test_oob.c
 */
uint32_t nev_forest_oob_label(const struct nev_forest_part *part, uint32_t row);
uint32_t nev_forest_oob_votes(const struct nev_forest_part *part, uint32_t row, uint32_t *votes);
uint64_t nev_forest_oob_sum(const struct nev_forest_part *part, uint32_t row, uint32_t class_id);
bool nev_forest_oob_probability(const struct nev_forest_part *part, uint32_t row, double *probability);

/* nev_forest_tree - the i-th tree, i < f->params.trees. */
void nev_forest_tree(const struct nev_forest *f, uint32_t i, struct nev_forest_tree *tree);

/* nev_forest_node - the i-th node of a tree, 1 <= i < tree->node_len. */
void nev_forest_node(const struct nev_forest_tree *tree, uint32_t i, struct nev_forest_node *node);

/* nev_forest_entry - the i-th leaf entry of a tree, i < tree->leaf_len. */
void nev_forest_entry(const struct nev_forest_tree *tree, uint32_t i, struct nev_forest_entry *entry);

#endif
