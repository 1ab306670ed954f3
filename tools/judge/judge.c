/* SPDX-License-Identifier: MIT */
#include "tools/judge/judge.h"

#include <stdio.h>
#include <string.h>

#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/judge/wish.h"

/* The class with most votes, the positive one left out unless the row is decided for it. */
static uint32_t decide(const struct nev_judgement *j, const uint32_t *votes, uint64_t score)
{
    uint32_t best = j->c.positive == 0, k;

    if (nev_calibration_is_positive(&j->c, score)) {
        return j->c.positive;
    }
    for (k = best + 1; k < j->forest->classes; k++) {
        best = k != j->c.positive && votes[k] > votes[best] ? k : best;
    }
    return best;
}

enum nev_exit nev_judge(const struct nev_forest *f, const struct nev_answers *answers,
                        struct nev_judgement *j)
{
    size_t r, k, classes = f->classes, rows = answers->rows;

    memset(j, 0, sizeof *j);
    if (!nev_calibration_of(f, &j->c)) {
        return NEV_EXIT_OK;
    }
    j->is_there = true;
    j->forest = f;
    j->calibrated = j->c.kind == NEV_CALIBRATION_NONE ? NULL : nev_memory_take(rows, sizeof *j->calibrated);
    j->decision = j->c.threshold.rule == NEV_RULE_NONE ? NULL : nev_memory_take(rows, sizeof *j->decision);
    j->in_set = j->c.level == 0 ? NULL : nev_memory_take(rows * classes, sizeof *j->in_set);
    if ((j->c.kind != NEV_CALIBRATION_NONE && j->calibrated == NULL) ||
        (j->c.threshold.rule != NEV_RULE_NONE && j->decision == NULL) ||
        (j->c.level != 0 && j->in_set == NULL)) {
        nev_judgement_free(j);
        return nev_report_memory("the calibrated answers");
    }
    for (r = 0; r < rows; r++) {
        const double *p = answers->probability + r * classes;
        uint64_t score = nev_score_of_probability(p[j->c.positive]);

        if (j->calibrated != NULL) {
            j->calibrated[r] = nev_calibration_probability(&j->c, score);
        }
        if (j->decision != NULL) {
            j->decision[r] = decide(j, answers->votes + r * classes, score);
        }
        for (k = 0; j->in_set != NULL && k < classes; k++) {
            j->in_set[r * classes + k] =
                nev_calibration_holds(&j->c, (uint32_t)k, nev_score_of_probability(p[k]));
        }
    }
    return NEV_EXIT_OK;
}

void nev_judgement_free(struct nev_judgement *j)
{
    nev_memory_give(j->calibrated);
    nev_memory_give(j->decision);
    nev_memory_give(j->in_set);
    memset(j, 0, sizeof *j);
}

static const char *name_of(const struct nev_judgement *j, uint32_t k)
{
    return nev_forest_class_name(j->forest, k);
}

void nev_judgement_print(const struct nev_judgement *j, size_t row)
{
    char name[4 * NEV_FOREST_NAME_LEN];
    uint32_t k, len = 0;

    if (j->calibrated != NULL) {
        nev_text_safe(name_of(j, j->c.positive), name, sizeof name);
        printf("; calibrated probability of %s %.4f", name, j->calibrated[row]);
    }
    if (j->decision != NULL) {
        nev_text_safe(name_of(j, j->decision[row]), name, sizeof name);
        printf("; decision by threshold %s", name);
    }
    if (j->in_set != NULL) {
        printf("; set at level %.6g {", j->c.level / 1e6);
        for (k = 0; k < j->forest->classes; k++) {
            if (j->in_set[row * j->forest->classes + k]) {
                nev_text_safe(name_of(j, k), name, sizeof name);
                printf("%s%s", len++ == 0 ? "" : ", ", name);
            }
        }
        printf("}");
    }
}

void nev_judgement_json(const struct nev_judgement *j, size_t row, struct nev_json *json)
{
    uint32_t k;

    if (j->calibrated != NULL) {
        nev_json_object_begin(json, "calibrated");
        nev_json_text(json, "class", name_of(j, j->c.positive));
        nev_json_text(json, "method", nev_choices_calibration[j->c.kind]);
        nev_json_real(json, "probability", j->calibrated[row]);
        nev_json_object_end(json);
    }
    if (j->decision != NULL) {
        nev_json_object_begin(json, "decision");
        nev_json_text(json, "label", name_of(j, j->decision[row]));
        nev_json_text(json, "rule", nev_choices_rule[j->c.threshold.rule]);
        nev_json_text(json, "class", name_of(j, j->c.positive));
        nev_json_real(json, "threshold", nev_score_real(j->c.threshold.score));
        nev_json_object_end(json);
    }
    if (j->in_set != NULL) {
        nev_json_object_begin(json, "set");
        nev_json_real(json, "level", j->c.level / 1e6);
        nev_json_bool(json, "by_class", j->c.by_class);
        nev_json_array_begin(json, "labels");
        for (k = 0; k < j->forest->classes; k++) {
            if (j->in_set[row * j->forest->classes + k]) {
                nev_json_text(json, NULL, name_of(j, k));
            }
        }
        nev_json_array_end(json);
        nev_json_object_end(json);
    }
}

static void head(struct nev_sheet *sheet, const char *prefix, const char *name)
{
    char text[NEV_FOREST_NAME_LEN + 16];

    snprintf(text, sizeof text, "%s_%s", prefix, name);
    nev_sheet_text(sheet, text);
}

void nev_judgement_heads(const struct nev_judgement *j, struct nev_sheet *sheet)
{
    uint32_t k;

    if (j->calibrated != NULL) {
        head(sheet, "calibrated", name_of(j, j->c.positive));
    }
    if (j->decision != NULL) {
        nev_sheet_text(sheet, "decision");
    }
    for (k = 0; j->in_set != NULL && k < j->forest->classes; k++) {
        head(sheet, "in_set", name_of(j, k));
    }
}

void nev_judgement_cells(const struct nev_judgement *j, size_t row, struct nev_sheet *sheet)
{
    uint32_t k;

    if (j->calibrated != NULL) {
        nev_sheet_real(sheet, j->calibrated[row]);
    }
    if (j->decision != NULL) {
        nev_sheet_text(sheet, name_of(j, j->decision[row]));
    }
    for (k = 0; j->in_set != NULL && k < j->forest->classes; k++) {
        nev_sheet_uint(sheet, j->in_set[row * j->forest->classes + k]);
    }
}
