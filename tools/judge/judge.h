/* SPDX-License-Identifier: MIT */
/*
 * judge.h - answers seen through what a forest carries: calibrated probability, decision, set of classes.
 */
#ifndef NEV_TOOLS_JUDGE_H
#define NEV_TOOLS_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "forest/file/calibration.h"
#include "tools/forests/forests.h"
#include "tools/text/json.h"
#include "tools/text/sheet.h"

/* All zero is empty: the forest carries nothing. */
struct nev_judgement {
    bool is_there;
    const struct nev_forest *forest;
    struct nev_calibration c;
    double *calibrated; /* [rows] of the positive class; NULL if not carried */
    uint32_t
        *decision; /* [rows] class: the positive one, or of the others that with most votes; NULL likewise */
    bool *in_set;  /* [rows, classes]; NULL likewise */
};

/* nev_judge - of every row. Errors MEMORY, reported; *j is then empty */
enum nev_exit nev_judge(const struct nev_forest *f, const struct nev_answers *answers,
                        struct nev_judgement *j);
void nev_judgement_free(struct nev_judgement *j);

/* nev_judgement_print - "; calibrated malignant 0.1234; decision benign; 0.9 set {benign}", what there is. */
void nev_judgement_print(const struct nev_judgement *j, size_t row);

/* nev_judgement_json - members "calibrated", "decision", "set" of an object that is open. */
void nev_judgement_json(const struct nev_judgement *j, size_t row, struct nev_json *json);

/* nev_judgement_heads, nev_judgement_cells - columns calibrated_CLASS, decision, in_set_CLASS ... of a row. */
void nev_judgement_heads(const struct nev_judgement *j, struct nev_sheet *sheet);
void nev_judgement_cells(const struct nev_judgement *j, size_t row, struct nev_sheet *sheet);

/* What the judgements are worth where the truth is known. */
struct nev_verdict {
    double brier,
        brier_plain;     /* mean squared error of the positive class's probability, calibrated and as it is */
    uint64_t *confusion; /* [classes, classes] of the decisions, row the truth */
    uint64_t *held;      /* [classes] rows of the class whose set holds it */
    uint64_t *rows;      /* [classes] */
    uint64_t in_sets, empty, single; /* classes in all sets; sets of none and of one */
    uint64_t all;
};

/* nev_verdict_of - Errors MEMORY, reported; *v is then empty */
enum nev_exit nev_verdict_of(const struct nev_judgement *j, const struct nev_answers *answers,
                             const uint32_t *truth, struct nev_verdict *v);
void nev_verdict_free(struct nev_verdict *v);

/* nev_verdict_print, nev_verdict_json - what there is; JSON as members of an object that is open. */
void nev_verdict_print(const struct nev_judgement *j, const struct nev_verdict *v);
void nev_verdict_json(const struct nev_judgement *j, const struct nev_verdict *v, struct nev_json *json);

/*
 * nev_verdict_heads, nev_verdict_cells - the same as columns of a CSV, beside those of score.h: none if the forest carries
 *                          nothing. What is about all rows stands with NEV_CLASSES_MEAN, what is about a class with it.
 * nev_verdict_has  - is there anything to say of that class?
 */
void nev_verdict_heads(const struct nev_judgement *j, struct nev_sheet *sheet);
void nev_verdict_cells(const struct nev_judgement *j, const struct nev_verdict *v, uint32_t class_id,
                       struct nev_sheet *sheet);
bool nev_verdict_has(const struct nev_judgement *j, uint32_t class_id);

#endif
