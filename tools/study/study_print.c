/* SPDX-License-Identifier: MIT */
/* How a study is shown: the half of study.h that prints. */
#include <inttypes.h>

#include "tools/base/report.h"
#include "tools/study/paper.h"
#include "tools/study/study.h"
#include "tools/text/json.h"
#include "tools/text/sheet.h"

#define NAME_LEN 256

static void print_head(const char *first, int metrics, FILE *out)
{
    int m;

    fprintf(out, "%-12s %-9s", first, "");
    for (m = 0; m < metrics; m++) {
        fprintf(out, "  %14s", nev_metric_heading((enum nev_metric)m));
    }
    fprintf(out, "\n");
}

static void print_spreads(const char *network, const struct nev_spread *spread, int metrics, bool has_auc,
                          FILE *out)
{
    int m;

    fprintf(out, "%-12s %-9s", network, "Nevus");
    for (m = 0; m < metrics; m++) {
        if (m != NEV_METRIC_AUC || has_auc) {
            fprintf(out, "  %6.2f +- %4.2f", 100.0 * spread[m].mean, 100.0 * spread[m].deviation);
        } else {
            fprintf(out, "  %14s", "-");
        }
    }
    fprintf(out, "\n");
}

static void print_data(const struct nev_study_plan *plan, const struct nev_study *s, FILE *out)
{
    char name[NAME_LEN];
    uint32_t k;

    nev_text_safe(plan->dataset, name, sizeof name);
    fprintf(out, "Data: %s;", name);
    for (k = 0; k < s->classes; k++) {
        nev_text_safe(s->class_name[k], name, sizeof name);
        fprintf(out, "%s %s %" PRIu64 " to train, %" PRIu64 " to test", k == 0 ? "" : ";", name,
                s->train_rows[k], s->test_rows[k]);
    }
    fprintf(out,
            ".\nForests of %" PRIu32 " trees; mean and standard deviation over seeds 1 to %" PRIu32 ".\n",
            s->trees, s->seeds);
}

static void print_table1(const struct nev_study *s, size_t len, FILE *out)
{
    size_t i;
    int m;

    fprintf(out, "\nTable 1: mean of the classes (macro average), per cent; the paper: " NEV_PAPER_TITLE
                 ", Table 1\n");
    print_head("Network", NEV_METRIC_PAPER_LEN, out);
    for (i = 0; i < len; i++) {
        const uint16_t *paper = nev_paper_table1(s[i].net);

        print_spreads(nev_paper_network(s[i].net), s[i].macro, NEV_METRIC_PAPER_LEN, false, out);
        fprintf(out, "%-12s %-9s", "", "the paper");
        for (m = 0; paper != NULL && m < NEV_METRIC_PAPER_LEN; m++) {
            fprintf(out, m + 1 < NEV_METRIC_PAPER_LEN ? "  %6.2f        " : "  %6.2f", paper[m] / 100.0);
        }
        fprintf(out, "\n");
    }
}

static void print_confusion(const struct nev_study *s, FILE *out)
{
    char name[NAME_LEN];
    uint32_t r, c;

    fprintf(out, "%-12s %-15s", nev_paper_network(s->net), "truth \\ answer");
    for (c = 0; c < s->classes; c++) {
        nev_text_safe(s->class_name[c], name, sizeof name);
        fprintf(out, " %12.12s", name);
    }
    fprintf(out, "\n");
    for (r = 0; r < s->classes; r++) {
        nev_text_safe(s->class_name[r], name, sizeof name);
        fprintf(out, "%-12s %-15.15s", "", name);
        for (c = 0; c < s->classes; c++) {
            fprintf(out, " %12.2f", s->confusion[(size_t)r * s->classes + c]);
        }
        fprintf(out, "\n");
    }
}

static void print_positive(const struct nev_study *s, size_t len, FILE *out)
{
    char name[NAME_LEN];
    size_t i;

    if (len > 0 && s[0].has_positive) {
        nev_text_safe(s[0].class_name[s[0].positive_class], name, sizeof name);
        fprintf(out, "\nWith %s as the positive class, per cent\n", name);
        print_head("Network", NEV_METRIC_LEN, out);
        for (i = 0; i < len; i++) {
            print_spreads(nev_paper_network(s[i].net), s[i].positive, NEV_METRIC_LEN, s[i].has_auc, out);
        }
    }
    fprintf(out, "\nConfusion matrices, mean counts over the seeds\n");
    for (i = 0; i < len; i++) {
        print_confusion(&s[i], out);
    }
}

void nev_studies_print(const struct nev_study_plan *plan, const struct nev_study *s, size_t len, FILE *out)
{
    char name[NAME_LEN], source[NAME_LEN];
    size_t i;

    if (len == 0) {
        return;
    }
    print_data(plan, &s[0], out);
    for (i = 0; i < len; i++) {
        nev_text_safe(s[i].weights, name, sizeof name);
        nev_text_safe(s[i].source, source, sizeof source);
        fprintf(out, "%s: %s, weights from %s\n", nev_paper_network(s[i].net), name, source);
        if (s[i].bad > 0) {
            fprintf(out, "%s: %zu pictures could not be read and are not counted\n",
                    nev_paper_network(s[i].net), s[i].bad);
        }
    }
    print_table1(s, len, out);
    print_positive(s, len, out);
    fprintf(out, "\nTable 2\n%s", nev_paper_table2);
}

static void json_spreads(const char *key, const struct nev_spread *spread, int metrics, bool has_auc,
                         struct nev_json *j)
{
    int m;

    nev_json_object_begin(j, key);
    for (m = 0; m < metrics; m++) {
        if (m != NEV_METRIC_AUC || has_auc) {
            nev_json_object_begin(j, nev_metric_key((enum nev_metric)m));
            nev_json_real(j, "mean", spread[m].mean);
            nev_json_real(j, "standard_deviation", spread[m].deviation);
            nev_json_object_end(j);
        }
    }
    nev_json_object_end(j);
}

static void json_data(const struct nev_study *s, struct nev_json *j)
{
    uint32_t r, c;

    nev_json_array_begin(j, "classes");
    for (r = 0; r < s->classes; r++) {
        nev_json_object_begin(j, NULL);
        nev_json_text(j, "name", s->class_name[r]);
        nev_json_uint(j, "train", s->train_rows[r]);
        nev_json_uint(j, "test", s->test_rows[r]);
        nev_json_object_end(j);
    }
    nev_json_array_end(j);
    nev_json_uint(j, "bad_pictures", s->bad);
    nev_json_array_begin(j, "confusion_mean");
    for (r = 0; r < s->classes; r++) {
        nev_json_array_begin(j, NULL);
        for (c = 0; c < s->classes; c++) {
            nev_json_real(j, NULL, s->confusion[(size_t)r * s->classes + c]);
        }
        nev_json_array_end(j);
    }
    nev_json_array_end(j);
}

static void json_study(const struct nev_study *s, struct nev_json *j)
{
    const uint16_t *paper = nev_paper_table1(s->net);
    int m;

    nev_json_object_begin(j, NULL);
    nev_json_text(j, "network", nev_paper_network(s->net));
    nev_json_text(j, "weights", s->weights);
    nev_json_text(j, "source", s->source);
    json_data(s, j);
    json_spreads("macro", s->macro, NEV_METRIC_PAPER_LEN, false, j);
    nev_json_object_begin(j, "paper_macro");
    for (m = 0; paper != NULL && m < NEV_METRIC_PAPER_LEN; m++) {
        nev_json_real(j, nev_metric_key((enum nev_metric)m), paper[m] / 10000.0);
    }
    nev_json_object_end(j);
    if (s->has_positive) {
        nev_json_text(j, "positive_class", s->class_name[s->positive_class]);
        json_spreads("positive", s->positive, NEV_METRIC_LEN, s->has_auc, j);
    }
    nev_json_object_end(j);
}

void nev_studies_json(const struct nev_study_plan *plan, const struct nev_study *s, size_t len, FILE *out)
{
    struct nev_json j;
    size_t i;

    nev_json_init(&j, out);
    nev_json_object_begin(&j, NULL);
    nev_json_text(&j, "dataset", plan->dataset);
    nev_json_uint(&j, "seeds", plan->seeds);
    nev_json_uint(&j, "trees", plan->trees);
    nev_json_text(&j, "paper", NEV_PAPER_DOI);
    nev_json_array_begin(&j, "networks");
    for (i = 0; i < len; i++) {
        json_study(&s[i], &j);
    }
    nev_json_array_end(&j);
    nev_json_object_end(&j);
    nev_json_end(&j);
}

/* One row: fractions; an empty cell where there is no figure. */
static void csv_row(const struct nev_study *s, const char *who, const char *average,
                    const struct nev_spread *spread, const uint16_t *paper, int metrics,
                    struct nev_sheet *sheet)
{
    int m;

    nev_sheet_text(sheet, nev_paper_network(s->net));
    nev_sheet_text(sheet, who);
    nev_sheet_text(sheet, average);
    for (m = 0; m < NEV_METRIC_LEN; m++) {
        bool is_known = m < metrics;

        if (is_known) {
            nev_sheet_real(sheet, paper != NULL ? paper[m] / 10000.0 : spread[m].mean);
        } else {
            nev_sheet_text(sheet, "");
        }
        if (is_known && paper == NULL) {
            nev_sheet_real(sheet, spread[m].deviation);
        } else {
            nev_sheet_text(sheet, "");
        }
    }
    nev_sheet_end_row(sheet);
}

enum nev_exit nev_studies_csv(const struct nev_study *s, size_t len, FILE *out)
{
    struct nev_sheet sheet;
    enum nev_exit code;
    char head[64];
    size_t i;
    int m;

    nev_sheet_init(&sheet);
    nev_sheet_text(&sheet, "network");
    nev_sheet_text(&sheet, "who");
    nev_sheet_text(&sheet, "positive_class");
    for (m = 0; m < NEV_METRIC_LEN; m++) {
        nev_sheet_text(&sheet, nev_metric_key((enum nev_metric)m));
        snprintf(head, sizeof head, "%s_sd", nev_metric_key((enum nev_metric)m));
        nev_sheet_text(&sheet, head);
    }
    nev_sheet_end_row(&sheet);
    for (i = 0; i < len; i++) {
        csv_row(&s[i], "nevus", "(mean of the classes)", s[i].macro, NULL, NEV_METRIC_PAPER_LEN, &sheet);
        csv_row(&s[i], "paper", "(mean of the classes)", NULL, nev_paper_table1(s[i].net),
                NEV_METRIC_PAPER_LEN, &sheet);
        if (s[i].has_positive) {
            csv_row(&s[i], "nevus", s[i].class_name[s[i].positive_class], s[i].positive, NULL,
                    s[i].has_auc ? NEV_METRIC_LEN : NEV_METRIC_PAPER_LEN, &sheet);
        }
    }
    code = nev_sheet_print(&sheet, out);
    nev_sheet_free(&sheet);
    return code;
}
