/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forest/explain/importance.h"
#include "tools/base/memory.h"
#include "tools/base/progress.h"
#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/forests/training_table.h"
#include "tools/text/json.h"
#include "tools/text/sheet.h"

struct values {
    const char *features, *labels, *column, *weights;
    uint64_t path, verify, threads, repeats, top, by;
    bool is_quiet, is_json, is_csv;
};

enum { BY_PERMUTED, BY_UNBIASED, BY_IMPURITY };
static const char *const choices_by[] = {"permutation", "unbiased", "impurity", NULL};

static const struct values defaults = {
    .column = "label", .path = NEV_PATH_OF_FOREST, .repeats = 5, .top = 20};

static const struct nev_option options[] = {
    {"features", 'F', NEV_OPTION_TEXT, offsetof(struct values, features), "F.npy",
     "the training table: .npy or CSV", 0, 0, NULL},
    {"labels", 'l', NEV_OPTION_TEXT, offsetof(struct values, labels), "FILE",
     "its labels: .npy of whole numbers, or CSV", 0, 0, NULL},
    {"column", 0, NEV_OPTION_TEXT, offsetof(struct values, column), "NAME",
     "the column of the labels in a CSV (default: label)", 0, 0, NULL},
    NEV_OPTION_WEIGHTS(struct values, weights),
    {"repeats", 0, NEV_OPTION_NUMBER, offsetof(struct values, repeats), "N",
     "permutations of each feature in each tree (default: 5)", 1, NEV_REPEATS_MAX, NULL},
    {"by", 0, NEV_OPTION_CHOICE, offsetof(struct values, by), "NAME",
     "order of the text (default: permutation)", 0, 0, choices_by},
    {"top", 'n', NEV_OPTION_NUMBER, offsetof(struct values, top), "N",
     "as text, show the first N features (default: 20)", 1, NEV_FOREST_FEATURES_MAX, NULL},
    NEV_OPTION_PATH_CHECK(struct values, path),
    NEV_OPTION_VERIFY(struct values, verify),
    NEV_OPTION_THREADS(struct values, threads),
    NEV_OPTION_QUIET(struct values, is_quiet),
    NEV_OPTION_JSON(struct values, is_json),
    NEV_OPTION_CSV(struct values, is_csv),
    NEV_OPTION_END,
};

/* A feature and the figure it is ordered by. */
struct place {
    uint32_t feature;
    double by;
};

static int by_figure(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return x->by > y->by ? -1 : x->by < y->by ? 1 : x->feature < y->feature ? -1 : x->feature > y->feature;
}

static enum nev_exit print_text(const struct values *v, const struct nev_importance *m, uint32_t features)
{
    const double *by = v->by == BY_PERMUTED ? m->permuted : v->by == BY_UNBIASED ? m->unbiased : m->impurity;
    struct place *order = nev_memory_take(features, sizeof *order);
    uint32_t i;

    if (order == NULL) {
        return nev_report_memory("the order of the features");
    }
    for (i = 0; i < features; i++) {
        order[i].feature = i;
        order[i].by = by[i];
    }
    qsort(order, features, sizeof *order, by_figure);
    printf("%" PRIu32 " trees, %" PRIu64 " votes out of bag, %" PRIu64 " repeats\n%-8s %13s %13s %13s %13s\n",
           m->trees, m->votes, v->repeats, "feature", "permutation", "deviation", "unbiased", "impurity");
    for (i = 0; i < features && i < v->top; i++) {
        uint32_t k = order[i].feature;

        printf("%-8" PRIu32 " %13.7f %13.7f %13.7f %13.7f\n", k, m->permuted[k], m->deviation[k],
               m->unbiased[k], m->impurity[k]);
    }
    nev_memory_give(order);
    return NEV_EXIT_OK;
}

static void print_json(const struct values *v, const struct nev_importance *m, uint32_t features)
{
    struct nev_json j;
    uint32_t k;

    nev_json_init(&j, stdout);
    nev_json_object_begin(&j, NULL);
    nev_json_uint(&j, "trees", m->trees);
    nev_json_uint(&j, "votes", m->votes);
    nev_json_uint(&j, "repeats", v->repeats);
    nev_json_array_begin(&j, "features");
    for (k = 0; k < features; k++) {
        nev_json_object_begin(&j, NULL);
        nev_json_uint(&j, "feature", k);
        nev_json_real(&j, "permutation", m->permuted[k]);
        nev_json_real(&j, "deviation", m->deviation[k]);
        nev_json_real(&j, "unbiased", m->unbiased[k]);
        nev_json_real(&j, "impurity", m->impurity[k]);
        nev_json_object_end(&j);
    }
    nev_json_array_end(&j);
    nev_json_object_end(&j);
    nev_json_end(&j);
}

static enum nev_exit print_csv(const struct nev_importance *m, uint32_t features)
{
    static const char *const heads[] = {"feature", "permutation", "deviation", "unbiased", "impurity"};
    struct nev_sheet sheet;
    enum nev_exit code;
    uint32_t k;

    nev_sheet_init(&sheet);
    for (k = 0; k < sizeof heads / sizeof heads[0]; k++) {
        nev_sheet_text(&sheet, heads[k]);
    }
    nev_sheet_end_row(&sheet);
    for (k = 0; k < features; k++) {
        nev_sheet_uint(&sheet, k);
        nev_sheet_real(&sheet, m->permuted[k]);
        nev_sheet_real(&sheet, m->deviation[k]);
        nev_sheet_real(&sheet, m->unbiased[k]);
        nev_sheet_real(&sheet, m->impurity[k]);
        nev_sheet_end_row(&sheet);
    }
    code = nev_sheet_print(&sheet, stdout);
    nev_sheet_free(&sheet);
    return code;
}

static bool show_trees(void *arg, uint32_t done, uint32_t trees)
{
    (void)trees;
    nev_progress_set(arg, done);
    return true;
}

static enum nev_exit measure(const void *values, const struct nev_training *t)
{
    const struct values *v = values;
    const struct nev_forest *f = &t->pair.grown.forest;
    struct nev_parallel par = nev_parallel_threads(nev_threads_of(v->threads));
    struct nev_progress progress;
    struct nev_importance_job job = {f, t->data, (uint32_t)v->repeats, &par, {show_trees, &progress}};
    size_t bytes = nev_importance_bytes(&job);
    double *figure = nev_memory_take((size_t)f->features * 4, sizeof *figure);
    void *memory = nev_memory_take(bytes, 1);
    struct nev_importance m = {0};
    struct nev_error err;
    enum nev_exit code = NEV_EXIT_OK;

    if (figure == NULL || memory == NULL) {
        code = nev_report_memory("the importances");
    } else {
        m.permuted = figure;
        m.deviation = figure + f->features;
        m.unbiased = figure + (size_t)f->features * 2;
        m.impurity = figure + (size_t)f->features * 3;
        nev_progress_begin(&progress, "trees", f->params.trees, v->is_quiet);
        if (nev_importance_measure(&job, memory, bytes, &m, &err) != NEV_OK) {
            nev_progress_end(&progress);
            code = nev_training_report(t, &err);
        } else {
            nev_progress_end(&progress);
            if (v->is_json) {
                print_json(v, &m, f->features);
            } else {
                code = v->is_csv ? print_csv(&m, f->features) : print_text(v, &m, f->features);
            }
        }
    }
    nev_memory_give(memory);
    nev_memory_give(figure);
    return code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const char *folder = args->len > 1 ? args->text[1] : NULL;
    const struct nev_arguments pictures = {args->len - 1, args->text + 1};
    const struct nev_collide collide = {
        {NULL}, {args->text[0], v->features, v->labels, v->weights}, &pictures};
    const struct nev_training_from from = {
        args->text[0], v->features, v->labels,  v->column,   v->weights,         folder,
        v->path,       v->verify,   v->threads, v->is_quiet, "forest importance"};
    enum nev_exit code = nev_collide_check(&collide);

    if (code != NEV_EXIT_OK || (code = nev_training_usage(&from)) != NEV_EXIT_OK ||
        (code = nev_form_check("forest importance", v->is_json, v->is_csv)) != NEV_EXIT_OK) {
        return code;
    }
    return nev_training_use(&from, measure, v);
}

const struct nev_command nev_command_forest_importance = {
    "forest importance",
    "what each feature is worth, judged on the rows each tree did not see",
    "F.nvf --features F.npy --labels L [--json | --csv]\n       nevus forest importance F.nvf --weights "
    "M.nvw FOLDER",
    "Takes the table that the forest was trained on; another is refused by its digest. permutation: the "
    "accuracy out of bag\n"
    "that is lost when the feature's values are permuted, mean and deviation over the repeats. unbiased: the "
    "decrease of\n"
    "impurity measured with rows out of bag (UFI), 0 on average for a feature that tells nothing, however "
    "many values it\n"
    "has; impurity: the usual one, which is not. The same seed and table give the same figures on every "
    "machine.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    2,
    run,
};
