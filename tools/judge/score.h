/* SPDX-License-Identifier: MIT */
/*
 * score.h - a forest's answers against the truth, and how that is shown.
 */
#ifndef NEV_TOOLS_SCORE_H
#define NEV_TOOLS_SCORE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/forests/forests.h"
#include "tools/judge/metrics.h"
#include "tools/text/json.h"
#include "tools/text/sheet.h"

/* All zero is empty. */
struct nev_score {
    uint32_t classes;
    uint64_t rows;
    uint64_t *confusion; /* [classes, classes], row the truth */
    struct nev_metrics macro;
    bool has_positive;
    uint32_t positive;
    struct nev_metrics with_positive; /* that class as the positive one; with AUC */
};

/*
 * nev_positive_choose - which class is the positive one.
 * Range      name: as asked for, or NULL: "malignant" if there is such a class, otherwise none
 * Errors     USAGE, reported: no such class
 */
enum nev_exit nev_positive_choose(const struct nev_forest *f, const char *name, bool *has_positive,
                                  uint32_t *positive);

/*
 * nev_score_of - count and compute.
 * Range      truth [answers->rows], each below answers->classes
 * Errors     MEMORY, reported; *score is then empty
 */
enum nev_exit nev_score_of(const struct nev_answers *answers, const uint32_t *truth, bool has_positive,
                           uint32_t positive, struct nev_score *score);

void nev_score_free(struct nev_score *score);

/* nev_score_print, nev_score_json - the confusion matrix and the figures. Per cent in the text, fractions in JSON and CSV. */
void nev_score_print(const struct nev_score *score, const struct nev_forest *f, FILE *out);
void nev_score_json(const struct nev_score *score, const struct nev_forest *f, struct nev_json *j);

/* nev_score_heads, nev_score_cells - the columns of a CSV: of the mean of the classes, or of one of them, whose figures
 * are empty unless it is the positive one. */
#define NEV_CLASSES_MEAN UINT32_MAX
void nev_score_heads(struct nev_sheet *sheet);
void nev_score_cells(const struct nev_score *score, const struct nev_forest *f, uint32_t class_id,
                     struct nev_sheet *sheet);

#endif
