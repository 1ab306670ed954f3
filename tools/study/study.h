/* SPDX-License-Identifier: MIT */
/*
 * study.h - the paper's experiment: features of a training and a test folder once, then a forest for each
 * seed.
 *
 * The features have no randomness; the forest has. So one run's figures are one draw: what is reported is the
 * mean over the seeds and the standard deviation between them.
 */
#ifndef NEV_TOOLS_STUDY_H
#define NEV_TOOLS_STUDY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "io/resize.h"
#include "nn/nn.h"
#include "tools/base/exit.h"
#include "tools/files/folder.h"
#include "tools/judge/metrics.h"

#define NEV_STUDY_SEEDS_MAX 1000u

struct nev_study_plan {
    const char *dataset;            /* a folder with train/ and test/, each with a folder for each class */
    const char *positive;           /* NULL: malignant, if there is such a class */
    uint32_t seeds, trees, threads; /* seeds 1..seeds */
    enum nev_resize_fit fit;
    uint64_t path;   /* enum nev_path, or NEV_PATH_OF_FILE */
    bool is_trusted; /* as struct nev_engine_want */
    bool is_quiet;
};

/* The outcome for one weights file. All zero is empty. */
struct nev_study {
    const char *weights;
    char source[NEV_SOURCE_NAME_LEN]; /* the checkpoint's name, or seeded:N */
    enum nev_net net;
    uint32_t classes;
    char **class_name;
    uint64_t *train_rows, *test_rows; /* [classes] */
    size_t bad;                       /* pictures that could not be read */
    uint32_t seeds, trees;
    struct nev_spread macro[NEV_METRIC_LEN]; /* fractions of 1 */
    struct nev_spread positive[NEV_METRIC_LEN];
    bool has_positive, has_auc;
    uint32_t positive_class;
    double *confusion; /* [classes, classes], mean counts */
};

/*
 * nev_study_run - one weights file through the whole experiment.
 * Errors     reported; *s is then empty. PARTIAL: some pictures were bad, the others counted
 */
enum nev_exit nev_study_run(const struct nev_study_plan *plan, const char *weights, struct nev_study *s);
void nev_study_free(struct nev_study *s);

/* nev_studies_print, nev_studies_json, nev_studies_csv - the tables, beside the paper's. */
void nev_studies_print(const struct nev_study_plan *plan, const struct nev_study *s, size_t len, FILE *out);
void nev_studies_json(const struct nev_study_plan *plan, const struct nev_study *s, size_t len, FILE *out);
enum nev_exit nev_studies_csv(const struct nev_study *s, size_t len, FILE *out);

#endif
