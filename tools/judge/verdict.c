/* SPDX-License-Identifier: MIT */
/* What judgements are worth: the half of judge.h that knows the truth. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/judge/judge.h"
#include "tools/judge/metrics.h"
#include "tools/judge/score.h"
#include "tools/judge/wish.h"

static void add_row(const struct nev_judgement *j, const struct nev_answers *answers, size_t row,
                    uint32_t truth, struct nev_verdict *v)
{
    const size_t classes = answers->classes;
    uint32_t k, len = 0;

    v->rows[truth]++;
    v->all++;
    if (j->calibrated != NULL) {
        double is_positive = truth == j->c.positive, off = j->calibrated[row] - is_positive;
        double plain = answers->probability[row * classes + j->c.positive] - is_positive;

        v->brier += off * off;
        v->brier_plain += plain * plain;
    }
    if (j->decision != NULL) {
        v->confusion[truth * classes + j->decision[row]]++;
    }
    if (j->in_set != NULL) {
        for (k = 0; k < classes; k++) {
            len += j->in_set[row * classes + k];
        }
        v->held[truth] += j->in_set[row * classes + truth];
        v->in_sets += len;
        v->empty += len == 0;
        v->single += len == 1;
    }
}

enum nev_exit nev_verdict_of(const struct nev_judgement *j, const struct nev_answers *answers,
                             const uint32_t *truth, struct nev_verdict *v)
{
    size_t k = answers->classes, r;

    memset(v, 0, sizeof *v);
    v->confusion = nev_memory_take_zeroed(k * k, sizeof *v->confusion);
    v->held = nev_memory_take_zeroed(k, sizeof *v->held);
    v->rows = nev_memory_take_zeroed(k, sizeof *v->rows);
    if (v->confusion == NULL || v->held == NULL || v->rows == NULL) {
        nev_verdict_free(v);
        return nev_report_memory("the figures");
    }
    for (r = 0; r < answers->rows; r++) {
        add_row(j, answers, r, truth[r], v);
    }
    if (v->all > 0) {
        v->brier /= (double)v->all;
        v->brier_plain /= (double)v->all;
    }
    return NEV_EXIT_OK;
}

void nev_verdict_free(struct nev_verdict *v)
{
    nev_memory_give(v->confusion);
    nev_memory_give(v->held);
    nev_memory_give(v->rows);
    memset(v, 0, sizeof *v);
}

static double share(uint64_t part, uint64_t all)
{
    return all == 0 ? 0.0 : (double)part / (double)all;
}

static uint64_t held_in_all(const struct nev_judgement *j, const struct nev_verdict *v)
{
    uint64_t sum = 0;
    uint32_t k;

    for (k = 0; k < j->forest->classes; k++) {
        sum += v->held[k];
    }
    return sum;
}

void nev_verdict_print(const struct nev_judgement *j, const struct nev_verdict *v)
{
    char name[4 * NEV_FOREST_NAME_LEN];
    struct nev_metrics m;
    uint32_t k;

    if (!j->is_there) {
        return;
    }
    nev_text_safe(nev_forest_class_name(j->forest, j->c.positive), name, sizeof name);
    if (j->calibrated != NULL) {
        printf("\nProbability of %s: Brier score %.6f calibrated by %s, %.6f as the trees give it\n", name,
               v->brier, nev_choices_calibration[j->c.kind], v->brier_plain);
    }
    if (j->decision != NULL) {
        nev_metrics_positive(v->confusion, j->forest->classes, j->c.positive, &m);
        printf("\nDecision %s from probability %.6f on (%s, chosen out of bag), per cent: accuracy %.2f, "
               "sensitivity "
               "%.2f, specificity %.2f, precision %.2f, F1 %.2f\n",
               name, nev_score_real(j->c.threshold.score), nev_choices_rule[j->c.threshold.rule],
               100.0 * m.value[NEV_METRIC_ACCURACY], 100.0 * m.value[NEV_METRIC_SENSITIVITY],
               100.0 * m.value[NEV_METRIC_SPECIFICITY], 100.0 * m.value[NEV_METRIC_PRECISION],
               100.0 * m.value[NEV_METRIC_F1]);
    }
    if (j->in_set != NULL) {
        printf("\nSets at level %.6g %s hold the truth in %.4f of the rows; %.3f classes a set, %.4f empty, "
               "%.4f with "
               "one class\n",
               j->c.level / 1e6, j->c.by_class ? "of each class" : "of all rows",
               share(held_in_all(j, v), v->all), share(v->in_sets, v->all), share(v->empty, v->all),
               share(v->single, v->all));
        for (k = 0; k < j->forest->classes; k++) {
            nev_text_safe(nev_forest_class_name(j->forest, k), name, sizeof name);
            printf("  %-24s %.4f (%" PRIu64 " of %" PRIu64 ")\n", name, share(v->held[k], v->rows[k]),
                   v->held[k], v->rows[k]);
        }
    }
}

static void json_sets(const struct nev_judgement *j, const struct nev_verdict *v, struct nev_json *json)
{
    uint32_t k;

    nev_json_object_begin(json, "sets");
    nev_json_real(json, "level", j->c.level / 1e6);
    nev_json_bool(json, "by_class", j->c.by_class);
    nev_json_real(json, "hold_truth", share(held_in_all(j, v), v->all));
    nev_json_real(json, "classes_a_set", share(v->in_sets, v->all));
    nev_json_real(json, "empty", share(v->empty, v->all));
    nev_json_real(json, "single", share(v->single, v->all));
    nev_json_array_begin(json, "hold_truth_by_class");
    for (k = 0; k < j->forest->classes; k++) {
        nev_json_real(json, NULL, share(v->held[k], v->rows[k]));
    }
    nev_json_array_end(json);
    nev_json_object_end(json);
}

void nev_verdict_json(const struct nev_judgement *j, const struct nev_verdict *v, struct nev_json *json)
{
    const char *positive;
    struct nev_metrics m;
    int i;

    if (!j->is_there) {
        return;
    }
    positive = nev_forest_class_name(j->forest, j->c.positive);
    if (j->calibrated != NULL) {
        nev_json_object_begin(json, "calibrated");
        nev_json_text(json, "class", positive);
        nev_json_text(json, "method", nev_choices_calibration[j->c.kind]);
        nev_json_real(json, "brier", v->brier);
        nev_json_real(json, "brier_uncalibrated", v->brier_plain);
        nev_json_object_end(json);
    }
    if (j->decision != NULL) {
        nev_metrics_positive(v->confusion, j->forest->classes, j->c.positive, &m);
        nev_json_object_begin(json, "decision");
        nev_json_text(json, "class", positive);
        nev_json_text(json, "rule", nev_choices_rule[j->c.threshold.rule]);
        nev_json_real(json, "threshold", nev_score_real(j->c.threshold.score));
        for (i = 0; i < NEV_METRIC_PAPER_LEN; i++) {
            nev_json_real(json, nev_metric_key((enum nev_metric)i), m.value[i]);
        }
        nev_json_object_end(json);
    }
    if (j->in_set != NULL) {
        json_sets(j, v, json);
    }
}

bool nev_verdict_has(const struct nev_judgement *j, uint32_t class_id)
{
    return j->in_set != NULL || ((j->calibrated != NULL || j->decision != NULL) && class_id == j->c.positive);
}

void nev_verdict_heads(const struct nev_judgement *j, struct nev_sheet *sheet)
{
    static const char *const of_sets[] = {"set_level",   "set_by_class", "set_hold_truth",
                                          "set_classes", "set_empty",    "set_single"};
    char text[64];
    size_t i;

    if (j->calibrated != NULL) {
        nev_sheet_text(sheet, "calibrated_brier");
        nev_sheet_text(sheet, "uncalibrated_brier");
    }
    for (i = 0; j->decision != NULL && i < NEV_METRIC_PAPER_LEN; i++) {
        snprintf(text, sizeof text, "decision_%s", nev_metric_key((enum nev_metric)i));
        nev_sheet_text(sheet, text);
    }
    if (j->decision != NULL) {
        nev_sheet_text(sheet, "decision_threshold");
    }
    for (i = 0; j->in_set != NULL && i < sizeof of_sets / sizeof of_sets[0]; i++) {
        nev_sheet_text(sheet, of_sets[i]);
    }
}

static void put_empty(struct nev_sheet *sheet, size_t len)
{
    for (; len > 0; len--) {
        nev_sheet_text(sheet, "");
    }
}

static void put_sets(const struct nev_judgement *j, const struct nev_verdict *v, uint32_t class_id,
                     struct nev_sheet *sheet)
{
    nev_sheet_real(sheet, j->c.level / 1e6);
    nev_sheet_uint(sheet, j->c.by_class);
    if (class_id != NEV_CLASSES_MEAN) {
        nev_sheet_real(sheet, share(v->held[class_id], v->rows[class_id]));
        put_empty(sheet, 3);
        return;
    }
    nev_sheet_real(sheet, share(held_in_all(j, v), v->all));
    nev_sheet_real(sheet, share(v->in_sets, v->all));
    nev_sheet_real(sheet, share(v->empty, v->all));
    nev_sheet_real(sheet, share(v->single, v->all));
}

void nev_verdict_cells(const struct nev_judgement *j, const struct nev_verdict *v, uint32_t class_id,
                       struct nev_sheet *sheet)
{
    const bool is_positive = j->is_there && class_id == j->c.positive;
    struct nev_metrics m;
    int i;

    if (j->calibrated != NULL && is_positive) {
        nev_sheet_real(sheet, v->brier);
        nev_sheet_real(sheet, v->brier_plain);
    } else if (j->calibrated != NULL) {
        put_empty(sheet, 2);
    }
    if (j->decision != NULL && is_positive) {
        nev_metrics_positive(v->confusion, j->forest->classes, j->c.positive, &m);
        for (i = 0; i < NEV_METRIC_PAPER_LEN; i++) {
            nev_sheet_real(sheet, m.value[i]);
        }
        nev_sheet_real(sheet, nev_score_real(j->c.threshold.score));
    } else if (j->decision != NULL) {
        put_empty(sheet, NEV_METRIC_PAPER_LEN + 1);
    }
    if (j->in_set != NULL) {
        put_sets(j, v, class_id, sheet);
    }
}
