/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/judge/judge.h"
#include "tools/judge/score.h"
#include "tools/tables/tables.h"

struct values {
    const char *weights, *forest, *features, *labels, *column, *positive;
    uint64_t path, verify, threads;
    bool is_quiet, is_json, is_csv;
};

static const struct values defaults = {.column = "label", .path = NEV_PATH_OF_FOREST};

static const struct nev_option options[] = {
    NEV_OPTION_WEIGHTS(struct values, weights),
    NEV_OPTION_FOREST(struct values, forest),
    {"features", 'F', NEV_OPTION_TEXT, offsetof(struct values, features), "F.npy",
     "evaluate on a table (.npy or CSV) instead of a folder", 0, 0, NULL},
    {"labels", 'l', NEV_OPTION_TEXT, offsetof(struct values, labels), "FILE",
     "its labels: .npy of whole numbers, or CSV", 0, 0, NULL},
    {"column", 0, NEV_OPTION_TEXT, offsetof(struct values, column), "NAME",
     "the column of the labels in a CSV (default: label)", 0, 0, NULL},
    NEV_OPTION_POSITIVE(struct values, positive),
    NEV_OPTION_PATH_CHECK(struct values, path),
    NEV_OPTION_VERIFY(struct values, verify),
    NEV_OPTION_THREADS(struct values, threads),
    NEV_OPTION_QUIET(struct values, is_quiet),
    NEV_OPTION_JSON(struct values, is_json),
    NEV_OPTION_CSV(struct values, is_csv),
    NEV_OPTION_END,
};

/* What there is to show. */
struct result {
    const struct nev_forest *f;
    struct nev_score score;
    struct nev_judgement judgement;
    struct nev_verdict verdict;
};

/* A row of the mean, and of each class of which there is something to say. */
static enum nev_exit show_csv(const struct result *r)
{
    struct nev_sheet sheet;
    enum nev_exit code;
    uint32_t k;

    nev_sheet_init(&sheet);
    nev_score_heads(&sheet);
    nev_verdict_heads(&r->judgement, &sheet);
    nev_sheet_end_row(&sheet);
    nev_score_cells(&r->score, r->f, NEV_CLASSES_MEAN, &sheet);
    nev_verdict_cells(&r->judgement, &r->verdict, NEV_CLASSES_MEAN, &sheet);
    nev_sheet_end_row(&sheet);
    for (k = 0; k < r->f->classes; k++) {
        if ((r->score.has_positive && k == r->score.positive) || nev_verdict_has(&r->judgement, k)) {
            nev_score_cells(&r->score, r->f, k, &sheet);
            nev_verdict_cells(&r->judgement, &r->verdict, k, &sheet);
            nev_sheet_end_row(&sheet);
        }
    }
    code = nev_sheet_print(&sheet, stdout);
    nev_sheet_free(&sheet);
    return code;
}

static enum nev_exit show(const struct values *v, const struct result *r)
{
    const struct nev_score *score = &r->score;
    const struct nev_forest *f = r->f;
    struct nev_json j;
    enum nev_exit code = NEV_EXIT_OK;

    if (v->is_json) {
        nev_json_init(&j, stdout);
        nev_json_object_begin(&j, NULL);
        nev_score_json(score, f, &j);
        nev_verdict_json(&r->judgement, &r->verdict, &j);
        nev_json_object_end(&j);
        nev_json_end(&j);
    } else if (v->is_csv) {
        code = show_csv(r);
    } else {
        nev_score_print(score, f, stdout);
        nev_verdict_print(&r->judgement, &r->verdict);
    }
    return code;
}

static enum nev_exit evaluate(const struct values *v, const struct nev_forest *f, struct nev_dataset *d,
                              const char *name)
{
    struct nev_answers answers;
    struct result r = {.f = f};
    bool has_positive;
    uint32_t positive;
    enum nev_exit code = nev_positive_choose(f, v->positive, &has_positive, &positive);

    if (code == NEV_EXIT_OK) {
        code = nev_dataset_relabel(d, f, name);
    }
    if (code == NEV_EXIT_OK) {
        code = nev_answers_of(f, d->x, d->rows, d->cols, nev_threads_of(v->threads), name, &answers);
    }
    if (code != NEV_EXIT_OK) {
        return code;
    }
    code = nev_score_of(&answers, d->label, has_positive, positive, &r.score);
    if (code == NEV_EXIT_OK && (code = nev_judge(f, &answers, &r.judgement)) == NEV_EXIT_OK) {
        code = nev_verdict_of(&r.judgement, &answers, d->label, &r.verdict);
    }
    nev_answers_free(&answers);
    if (code == NEV_EXIT_OK) {
        code = show(v, &r);
    }
    nev_verdict_free(&r.verdict);
    nev_judgement_free(&r.judgement);
    nev_score_free(&r.score);
    return code;
}

static enum nev_exit on_pictures(const struct values *v, const char *folder)
{
    uint32_t threads = nev_threads_of(v->threads);
    struct nev_dataset d;
    const struct nev_engine_want want = {v->path, NULL, threads, v->verify == NEV_VERIFY_HEAD};
    struct nev_pair pair;
    enum nev_exit code = nev_pair_open(&pair, v->forest, v->weights, &want), loaded;

    if (code != NEV_EXIT_OK) {
        return code;
    }
    {
        struct nev_pipeline p = {&pair.engine, pair.fit, threads, v->is_quiet};

        loaded = nev_dataset_from_pictures(&d, &p, folder);
    }
    if (loaded == NEV_EXIT_OK || loaded == NEV_EXIT_PARTIAL) {
        code = evaluate(v, &pair.grown.forest, &d, folder);
        nev_dataset_free(&d);
        loaded = code == NEV_EXIT_OK ? loaded : code;
    }
    nev_pair_close(&pair);
    return loaded;
}

static enum nev_exit on_tables(const struct values *v)
{
    struct nev_dataset d;
    struct nev_grown grown;
    enum nev_exit code = nev_grown_open(&grown, v->forest);

    if (code != NEV_EXIT_OK) {
        return code;
    }
    code = nev_dataset_from_tables(&d, v->features, v->labels, v->column);
    if (code == NEV_EXIT_OK) {
        code = evaluate(v, &grown.forest, &d, v->features);
        nev_dataset_free(&d);
    }
    nev_grown_close(&grown);
    return code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const struct nev_collide collide = {{NULL}, {v->weights, v->forest, v->features, v->labels}, args};
    enum nev_exit code = nev_collide_check(&collide);

    if (code != NEV_EXIT_OK) {
        return code;
    }
    if ((code = nev_form_check("evaluate", v->is_json, v->is_csv)) != NEV_EXIT_OK) {
        return code;
    }
    if (v->forest == NULL) {
        return nev_report_text(NEV_EXIT_USAGE, "evaluate", "--forest is needed");
    }
    if (args->len == 1 && v->weights != NULL && v->features == NULL && v->labels == NULL) {
        return on_pictures(v, args->text[0]);
    }
    if (args->len == 0 && v->weights == NULL && v->features != NULL && v->labels != NULL) {
        if (v->path != NEV_PATH_OF_FOREST || v->verify != 0) {
            return nev_report_text(NEV_EXIT_USAGE, "evaluate",
                                   "--path and --verify are about a network; a table of features needs none");
        }
        return on_tables(v);
    }
    return nev_report_text(NEV_EXIT_USAGE, "evaluate",
                           "give either --weights and a folder of class folders, or --features and --labels");
}

const struct nev_command nev_command_evaluate = {
    "evaluate",
    "measure a forest on pictures or rows whose class is known",
    "--weights M.nvw --forest F.nvf FOLDER\n       nevus evaluate --forest F.nvf --features F.npy --labels "
    "L.npy|L.csv",
    "Prints the confusion matrix; accuracy, precision, sensitivity, specificity and F1 as the mean over the "
    "classes;\n"
    "and, where there is a positive class, the same for it, with the area under the ROC curve (AUC). "
    "Pictures are\n"
    "prepared the way that the forest was trained with. A class the forest does not know is refused.\n"
    "Where the forest carries them (forest calibrate), every form of the output says what they are worth "
    "here: the "
    "Brier score of\n"
    "the calibrated probability, the figures of the decision by threshold, how often sets hold the truth.\n",
    options,
    &defaults,
    sizeof defaults,
    0,
    1,
    run,
};
