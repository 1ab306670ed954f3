/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/forests/explanation.h"
#include "tools/forests/forests.h"
#include "tools/tables/tables.h"

struct values {
    const char *features, *weights, *class_name;
    uint64_t row, top, path, verify, threads;
    bool is_json, has_paths;
};

#define NO_ROW UINT64_MAX

static const struct values defaults = {.row = NO_ROW, .top = 20, .path = NEV_PATH_OF_FOREST};

static const struct nev_option options[] = {
    {"features", 'F', NEV_OPTION_TEXT, offsetof(struct values, features), "F.npy", "a table: .npy or CSV", 0,
     0, NULL},
    {"row", 'r', NEV_OPTION_NUMBER, offsetof(struct values, row), "R", "which row of it, from 0", 0,
     INT64_MAX, NULL},
    NEV_OPTION_WEIGHTS(struct values, weights),
    {"class", 'c', NEV_OPTION_TEXT, offsetof(struct values, class_name), "NAME",
     "whose probability to explain (default: the forest's answer)", 0, 0, NULL},
    {"top", 'n', NEV_OPTION_NUMBER, offsetof(struct values, top), "N",
     "as text, show the N greatest contributions (default: 20)", 0, NEV_FOREST_FEATURES_MAX, NULL},
    {"paths", 0, NEV_OPTION_FLAG, offsetof(struct values, has_paths), NULL,
     "as text, show every step of every tree", 0, 0, NULL},
    NEV_OPTION_PATH_CHECK(struct values, path),
    NEV_OPTION_VERIFY(struct values, verify),
    NEV_OPTION_THREADS(struct values, threads),
    NEV_OPTION_JSON(struct values, is_json),
    NEV_OPTION_END,
};

static enum nev_exit class_of(const struct values *v, const struct nev_forest *f, const uint32_t *votes,
                              uint32_t *class_id)
{
    uint32_t k;

    *class_id = nev_forest_label(votes, f->classes);
    for (k = 0; v->class_name != NULL && k < f->classes; k++) {
        if (strcmp(nev_forest_class_name(f, k), v->class_name) == 0) {
            *class_id = k;
            return NEV_EXIT_OK;
        }
    }
    return v->class_name == NULL
               ? NEV_EXIT_OK
               : nev_report_text(NEV_EXIT_MISFIT, v->class_name, "the forest has no such class");
}

/* Asks the forest, which refuses NaN in any column, and explains its answer. */
static enum nev_exit explain(const struct values *v, struct nev_explained *s, size_t cols)
{
    struct nev_answers answers;
    uint32_t class_id;
    enum nev_exit code = nev_answers_of(s->forest, s->x, 1, cols, 1, s->origin, &answers);

    if (code != NEV_EXIT_OK) {
        return code;
    }
    s->votes = answers.votes;
    code = class_of(v, s->forest, answers.votes, &class_id);
    if (code == NEV_EXIT_OK && (code = nev_explained_make(s, class_id)) == NEV_EXIT_OK) {
        if (v->is_json) {
            nev_explanation_print_json(s);
        } else {
            nev_explanation_print_text(s, (uint32_t)v->top, v->has_paths);
        }
        nev_explained_free(s);
    }
    nev_answers_free(&answers);
    return code;
}

static enum nev_exit explain_row(const struct values *v, const char *forest)
{
    struct nev_explained s = {.origin = v->features, .row = v->row, .is_table = true};
    struct nev_grown grown;
    struct nev_matrix m;
    enum nev_exit code = nev_grown_open(&grown, forest);

    if (code != NEV_EXIT_OK) {
        return code;
    }
    code = nev_matrix_read(&m, v->features);
    if (code == NEV_EXIT_OK) {
        if (v->row >= m.rows) {
            code = nev_report_text(NEV_EXIT_MISFIT, v->features,
                                   "there is no row %" PRIu64 "; the table has %zu, from 0", v->row, m.rows);
        } else {
            s.forest = &grown.forest;
            s.x = m.x + (size_t)v->row * m.cols;
            code = explain(v, &s, m.cols);
        }
        nev_matrix_free(&m);
    }
    nev_grown_close(&grown);
    return code;
}

static enum nev_exit explain_picture(const struct values *v, const struct nev_arguments *args)
{
    struct nev_arguments image = {1, args->text + 1};
    struct nev_explained s = {.origin = args->text[1]};
    struct nev_inputs inputs = {0};
    struct nev_features features;
    struct nev_pair pair;
    uint32_t threads = nev_threads_of(v->threads);
    const struct nev_engine_want want = {v->path, NULL, threads, v->verify == NEV_VERIFY_HEAD};
    enum nev_exit code = nev_pair_open(&pair, args->text[0], v->weights, &want);

    if (code != NEV_EXIT_OK) {
        return code;
    }
    code = nev_inputs_add_all(&inputs, &image);
    if (code == NEV_EXIT_OK && inputs.len != 1) {
        code = nev_report_text(NEV_EXIT_USAGE, "forest explain", "one picture at a time");
    }
    if (code == NEV_EXIT_OK) {
        struct nev_pipeline p = {&pair.engine, pair.fit, threads, true};

        code = nev_pipeline_run(&p, &inputs, &features);
        if (code == NEV_EXIT_OK) {
            s.forest = &pair.grown.forest;
            s.x = features.x;
            code = explain(v, &s, features.cols);
            nev_features_free(&features);
        }
    }
    nev_inputs_free(&inputs);
    nev_pair_close(&pair);
    return code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const bool is_table = v->features != NULL;
    const struct nev_collide collide = {
        {NULL}, {v->features, v->weights, args->text[0], args->len == 2 ? args->text[1] : NULL}, NULL};
    enum nev_exit code;

    if (is_table == (v->weights != NULL) || is_table != (v->row != NO_ROW) || is_table != (args->len == 1) ||
        (is_table && (v->path != NEV_PATH_OF_FOREST || v->verify != 0))) {
        return nev_report_text(
            NEV_EXIT_USAGE, "forest explain",
            "either --features and --row, or --weights and a picture; --path and --verify go with --weights");
    }
    if ((code = nev_collide_check(&collide)) != NEV_EXIT_OK) {
        return code;
    }
    return is_table ? explain_row(v, args->text[0]) : explain_picture(v, args);
}

const struct nev_command nev_command_forest_explain = {
    "forest explain",
    "say what an answer is made of: every feature's share, every tree's path",
    "F.nvf --features F.npy --row R | F.nvf --weights M.nvw IMAGE  [--class NAME] [--json]",
    "The value of a node is its share of the class; a step changes it, and the change is the contribution of "
    "the "
    "feature\n"
    "asked for. In whole units of 2^-32 / trees, the roots' values (bias) and all contributions sum exactly "
    "to the\n"
    "probability. --json holds every step; nevus forest replay holds it against the forest again.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    2,
    run,
};
