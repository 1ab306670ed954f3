/* SPDX-License-Identifier: MIT */
#include "tools/study/study.h"

#include <stdio.h>
#include <string.h>

#include "tools/base/memory.h"
#include "tools/base/progress.h"
#include "tools/base/report.h"
#include "tools/forests/forests.h"
#include "tools/judge/score.h"
#include "tools/tables/tables.h"

/* Everything the seeds share. */
struct bench {
    const struct nev_study_plan *plan;
    struct nev_engine engine;
    struct nev_forest_source source;
    struct nev_dataset train, test;
    double *figure; /* [seeds, 2, NEV_METRIC_LEN]: macro, positive */
};

static enum nev_exit load_half(const struct bench *b, const char *half, struct nev_dataset *d)
{
    struct nev_pipeline p = {&b->engine, b->plan->fit, b->plan->threads, b->plan->is_quiet};
    char folder[NEV_WRITER_PATH_LEN];
    int n = snprintf(folder, sizeof folder, "%s/%s", b->plan->dataset, half);

    if (n < 0 || (size_t)n >= sizeof folder) {
        return nev_report_text(NEV_EXIT_IO, b->plan->dataset, "the path is too long");
    }
    return nev_dataset_from_pictures(d, &p, folder);
}

/* Takes what is to be shown of the data before it is freed. */
static enum nev_exit describe(const struct bench *b, struct nev_study *s)
{
    uint32_t k, classes = b->train.classes.len;
    size_t r;

    s->class_name = nev_memory_take_zeroed(classes, sizeof *s->class_name);
    s->train_rows = nev_memory_take_zeroed(classes, sizeof *s->train_rows);
    s->test_rows = nev_memory_take_zeroed(classes, sizeof *s->test_rows);
    s->confusion = nev_memory_take_zeroed((size_t)classes * classes, sizeof *s->confusion);
    if (s->class_name == NULL || s->train_rows == NULL || s->test_rows == NULL || s->confusion == NULL) {
        return nev_report_memory("the tables");
    }
    s->classes = classes;
    for (k = 0; k < classes; k++) {
        s->class_name[k] = nev_memory_text(b->train.classes.name[k]);
        if (s->class_name[k] == NULL) {
            return nev_report_memory("the tables");
        }
    }
    for (r = 0; r < b->train.rows; r++) {
        s->train_rows[b->train.label[r]]++;
    }
    s->net = b->engine.weights.model.net;
    memcpy(s->source, b->engine.weights.model.source_name, sizeof s->source);
    s->bad = b->train.features.bad + b->test.features.bad;
    s->seeds = b->plan->seeds;
    s->trees = b->plan->trees;
    return NEV_EXIT_OK;
}

/* Test labels must be numbered as the forest numbers its classes; any forest of this data does it the same
 * way. */
static enum nev_exit adopt_test(struct bench *b, const struct nev_forest *f, struct nev_study *s)
{
    enum nev_exit code = nev_dataset_relabel(&b->test, f, b->plan->dataset);
    size_t r;

    if (code == NEV_EXIT_OK) {
        code = nev_positive_choose(f, b->plan->positive, &s->has_positive, &s->positive_class);
    }
    for (r = 0; code == NEV_EXIT_OK && r < b->test.rows; r++) {
        s->test_rows[b->test.label[r]]++;
    }
    return code;
}

static enum nev_exit measure(struct bench *b, const struct nev_forest *f, uint32_t i, struct nev_study *s)
{
    struct nev_answers answers;
    struct nev_score score;
    enum nev_exit code;
    double *figure = b->figure + (size_t)i * 2 * NEV_METRIC_LEN;
    size_t c;

    code = nev_answers_of(f, b->test.x, b->test.rows, b->test.cols, b->plan->threads, b->plan->dataset,
                          &answers);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    code = nev_score_of(&answers, b->test.label, s->has_positive, s->positive_class, &score);
    nev_answers_free(&answers);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    memcpy(figure, score.macro.value, sizeof score.macro.value);
    memcpy(figure + NEV_METRIC_LEN, score.with_positive.value, sizeof score.with_positive.value);
    s->has_auc = score.with_positive.has_auc; /* the same for all: it depends on the truth alone */
    for (c = 0; c < (size_t)s->classes * s->classes; c++) {
        s->confusion[c] += (double)score.confusion[c] / b->plan->seeds;
    }
    nev_score_free(&score);
    return NEV_EXIT_OK;
}

static enum nev_exit run_seed(struct bench *b, uint32_t i, struct nev_study *s)
{
    struct nev_growing how;
    struct nev_grown grown;
    enum nev_exit code;

    memset(&how, 0, sizeof how);
    nev_forest_params_default(&how.params);
    how.params.seed = (uint64_t)i + 1;
    how.params.trees = b->plan->trees;
    how.x = b->train.x;
    how.rows = b->train.rows;
    how.cols = b->train.cols;
    how.label = b->train.label;
    how.classes = &b->train.classes;
    how.source = &b->source;
    how.threads = b->plan->threads;
    how.is_quiet = true;
    how.name = b->plan->dataset;
    code = nev_grown_train(&grown, &how);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    if (i == 0) {
        code = adopt_test(b, &grown.forest, s);
    }
    if (code == NEV_EXIT_OK) {
        code = measure(b, &grown.forest, i, s);
    }
    nev_grown_close(&grown);
    return code;
}

static enum nev_exit run_seeds(struct bench *b, struct nev_study *s)
{
    struct nev_progress progress;
    enum nev_exit code = NEV_EXIT_OK;
    uint32_t i;
    int m;

    b->figure = nev_memory_take_zeroed((size_t)b->plan->seeds * 2, NEV_METRIC_LEN * sizeof *b->figure);
    if (b->figure == NULL) {
        return nev_report_memory("the figures");
    }
    nev_progress_begin(&progress, "forests", b->plan->seeds, b->plan->is_quiet);
    for (i = 0; i < b->plan->seeds && code == NEV_EXIT_OK; i++) {
        code = run_seed(b, i, s);
        nev_progress_set(&progress, i + 1);
    }
    nev_progress_end(&progress);
    for (m = 0; m < NEV_METRIC_LEN; m++) {
        s->macro[m] = nev_spread_of(b->figure + m, b->plan->seeds, (size_t)2 * NEV_METRIC_LEN);
        s->positive[m] =
            nev_spread_of(b->figure + NEV_METRIC_LEN + m, b->plan->seeds, (size_t)2 * NEV_METRIC_LEN);
    }
    return code;
}

static enum nev_exit run_bench(struct bench *b, struct nev_study *s)
{
    enum nev_exit train, test, code;

    train = load_half(b, "train", &b->train);
    if (train != NEV_EXIT_OK && train != NEV_EXIT_PARTIAL) {
        return train;
    }
    test = load_half(b, "test", &b->test);
    if (test != NEV_EXIT_OK && test != NEV_EXIT_PARTIAL) {
        return test;
    }
    nev_source_of(&b->engine, b->plan->fit, &b->source);
    code = describe(b, s);
    if (code == NEV_EXIT_OK) {
        code = run_seeds(b, s);
    }
    return code != NEV_EXIT_OK ? code : train != NEV_EXIT_OK ? train : test;
}

enum nev_exit nev_study_run(const struct nev_study_plan *plan, const char *weights, struct nev_study *s)
{
    const struct nev_engine_want want = {plan->path, NULL, plan->threads, plan->is_trusted};
    struct bench *b = nev_memory_take_zeroed(1, sizeof *b);
    enum nev_exit code;

    memset(s, 0, sizeof *s);
    s->weights = weights;
    if (b == NULL) {
        return nev_report_memory("the study");
    }
    b->plan = plan;
    code = nev_engine_open(&b->engine, weights, &want);
    if (code == NEV_EXIT_OK) {
        code = run_bench(b, s);
    }
    nev_dataset_free(&b->train);
    nev_dataset_free(&b->test);
    nev_engine_close(&b->engine);
    nev_memory_give(b->figure);
    nev_memory_give(b);
    if (code != NEV_EXIT_OK && code != NEV_EXIT_PARTIAL) {
        nev_study_free(s);
    }
    return code;
}

void nev_study_free(struct nev_study *s)
{
    uint32_t k;

    for (k = 0; k < s->classes; k++) {
        nev_memory_give(s->class_name[k]);
    }
    nev_memory_give(s->class_name);
    nev_memory_give(s->train_rows);
    nev_memory_give(s->test_rows);
    nev_memory_give(s->confusion);
    memset(s, 0, sizeof *s);
}
