/* SPDX-License-Identifier: MIT */
#include "tools/judge/score.h"

#include <string.h>

#include "tools/base/memory.h"
#include "tools/base/report.h"

enum nev_exit nev_positive_choose(const struct nev_forest *f, const char *name, bool *has_positive,
                                  uint32_t *positive)
{
    const char *wanted = name != NULL ? name : "malignant";
    uint32_t k;

    *has_positive = false;
    *positive = 0;
    for (k = 0; k < f->classes; k++) {
        if (strcmp(nev_forest_class_name(f, k), wanted) == 0) {
            *has_positive = true;
            *positive = k;
            return NEV_EXIT_OK;
        }
    }
    if (name != NULL) {
        return nev_report_text(NEV_EXIT_USAGE, NULL, "--positive: the forest knows no class '%s'", name);
    }
    return NEV_EXIT_OK;
}

/* The positive class's probability is the score that the curve is drawn over. */
static bool add_auc(const struct nev_answers *a, const uint32_t *truth, struct nev_score *score)
{
    double *value = nev_memory_take(a->rows, sizeof *value);
    bool *is_positive = nev_memory_take(a->rows, sizeof *is_positive);
    size_t *order = nev_memory_take(a->rows, sizeof *order), r;
    bool has_memory = value != NULL && is_positive != NULL && order != NULL;

    for (r = 0; has_memory && r < a->rows; r++) {
        value[r] = a->probability[r * a->classes + score->positive];
        is_positive[r] = truth[r] == score->positive;
    }
    if (has_memory) {
        struct nev_metrics *m = &score->with_positive;

        m->has_auc = nev_metrics_auc(value, is_positive, a->rows, order, &m->value[NEV_METRIC_AUC]);
    }
    nev_memory_give(value);
    nev_memory_give(is_positive);
    nev_memory_give(order);
    return has_memory;
}

enum nev_exit nev_score_of(const struct nev_answers *answers, const uint32_t *truth, bool has_positive,
                           uint32_t positive, struct nev_score *score)
{
    size_t k = answers->classes, r;

    memset(score, 0, sizeof *score);
    score->confusion = nev_memory_take_zeroed(k * k, sizeof *score->confusion);
    if (score->confusion == NULL) {
        return nev_report_memory("the confusion matrix");
    }
    score->classes = answers->classes;
    score->rows = answers->rows;
    for (r = 0; r < answers->rows; r++) {
        score->confusion[truth[r] * k + answers->label[r]]++;
    }
    nev_metrics_macro(score->confusion, score->classes, &score->macro);
    if (has_positive) {
        score->has_positive = true;
        score->positive = positive;
        nev_metrics_positive(score->confusion, score->classes, positive, &score->with_positive);
        if (!add_auc(answers, truth, score)) {
            nev_score_free(score);
            return nev_report_memory("the curve");
        }
    }
    return NEV_EXIT_OK;
}

void nev_score_free(struct nev_score *score)
{
    nev_memory_give(score->confusion);
    memset(score, 0, sizeof *score);
}

static void print_metrics(const char *name, const struct nev_metrics *m, FILE *out)
{
    int i;

    fprintf(out, "%-24.24s", name);
    for (i = 0; i < NEV_METRIC_LEN; i++) {
        if (i != NEV_METRIC_AUC || m->has_auc) {
            fprintf(out, " %12.2f", 100.0 * m->value[i]);
        } else {
            fprintf(out, " %12s", "-");
        }
    }
    fprintf(out, "\n");
}

void nev_score_print(const struct nev_score *score, const struct nev_forest *f, FILE *out)
{
    char name[4 * NEV_FOREST_NAME_LEN];
    uint32_t r, c;
    int i;

    fprintf(out, "Confusion matrix (row: the truth, column: the answer)\n%-24s", "");
    for (c = 0; c < score->classes; c++) {
        nev_text_safe(nev_forest_class_name(f, c), name, sizeof name);
        fprintf(out, " %12.12s", name);
    }
    fprintf(out, "\n");
    for (r = 0; r < score->classes; r++) {
        nev_text_safe(nev_forest_class_name(f, r), name, sizeof name);
        fprintf(out, "%-24.24s", name);
        for (c = 0; c < score->classes; c++) {
            fprintf(out, " %12llu", (unsigned long long)score->confusion[(size_t)r * score->classes + c]);
        }
        fprintf(out, "\n");
    }
    fprintf(out, "\n%-24s", "per cent");
    for (i = 0; i < NEV_METRIC_LEN; i++) {
        fprintf(out, " %12s", nev_metric_heading((enum nev_metric)i));
    }
    fprintf(out, "\n");
    print_metrics("mean of the classes", &score->macro, out);
    if (score->has_positive) {
        char line[4 * NEV_FOREST_NAME_LEN + 16];

        nev_text_safe(nev_forest_class_name(f, score->positive), name, sizeof name);
        snprintf(line, sizeof line, "%s positive", name);
        print_metrics(line, &score->with_positive, out);
    }
}

static void json_metrics(const char *key, const struct nev_metrics *m, struct nev_json *j)
{
    int i;

    nev_json_object_begin(j, key);
    for (i = 0; i < NEV_METRIC_LEN; i++) {
        if (i != NEV_METRIC_AUC || m->has_auc) {
            nev_json_real(j, nev_metric_key((enum nev_metric)i), m->value[i]);
        }
    }
    nev_json_object_end(j);
}

void nev_score_json(const struct nev_score *score, const struct nev_forest *f, struct nev_json *j)
{
    uint32_t r, c;

    nev_json_uint(j, "rows", score->rows);
    nev_json_array_begin(j, "classes");
    for (c = 0; c < score->classes; c++) {
        nev_json_text(j, NULL, nev_forest_class_name(f, c));
    }
    nev_json_array_end(j);
    nev_json_array_begin(j, "confusion");
    for (r = 0; r < score->classes; r++) {
        nev_json_array_begin(j, NULL);
        for (c = 0; c < score->classes; c++) {
            nev_json_uint(j, NULL, score->confusion[(size_t)r * score->classes + c]);
        }
        nev_json_array_end(j);
    }
    nev_json_array_end(j);
    json_metrics("macro", &score->macro, j);
    if (score->has_positive) {
        nev_json_text(j, "positive_class", nev_forest_class_name(f, score->positive));
        json_metrics("positive", &score->with_positive, j);
    }
}

void nev_score_heads(struct nev_sheet *sheet)
{
    int i;

    nev_sheet_text(sheet, "positive_class");
    for (i = 0; i < NEV_METRIC_LEN; i++) {
        nev_sheet_text(sheet, nev_metric_key((enum nev_metric)i));
    }
}

void nev_score_cells(const struct nev_score *score, const struct nev_forest *f, uint32_t class_id,
                     struct nev_sheet *sheet)
{
    const bool is_mean = class_id == NEV_CLASSES_MEAN;
    const bool is_known = is_mean || (score->has_positive && class_id == score->positive);
    const struct nev_metrics *m = is_mean ? &score->macro : &score->with_positive;
    int i;

    nev_sheet_text(sheet, is_mean ? "(mean of the classes)" : nev_forest_class_name(f, class_id));
    for (i = 0; i < NEV_METRIC_LEN; i++) {
        if (is_known && (i != NEV_METRIC_AUC || m->has_auc)) {
            nev_sheet_real(sheet, m->value[i]);
        } else {
            nev_sheet_text(sheet, "");
        }
    }
}
