/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/forests/forests.h"
#include "tools/judge/judge.h"
#include "tools/text/json.h"
#include "tools/text/sheet.h"

struct values {
    const char *weights, *forest;
    uint64_t path, verify, threads;
    bool is_quiet, is_json, is_csv;
};

static const struct values defaults = {.path = NEV_PATH_OF_FOREST};

static const struct nev_option options[] = {
    NEV_OPTION_WEIGHTS(struct values, weights),
    NEV_OPTION_FOREST(struct values, forest),
    NEV_OPTION_PATH_CHECK(struct values, path),
    NEV_OPTION_VERIFY(struct values, verify),
    NEV_OPTION_THREADS(struct values, threads),
    NEV_OPTION_QUIET(struct values, is_quiet),
    NEV_OPTION_JSON(struct values, is_json),
    NEV_OPTION_CSV(struct values, is_csv),
    NEV_OPTION_END,
};

/* What is shown. */
struct result {
    const struct nev_forest *forest;
    const struct nev_inputs *inputs;
    const struct nev_features *features;
    const struct nev_answers *answers;
    const struct nev_judgement *judgement;
};

static void print_text(const struct result *r)
{
    char file[1024], name[4 * NEV_FOREST_NAME_LEN];
    size_t i;

    for (i = 0; i < r->answers->rows; i++) {
        uint32_t label = r->answers->label[i];
        size_t at = i * r->answers->classes + label;

        nev_text_safe(r->inputs->item[r->features->input[i]].path, file, sizeof file);
        nev_text_safe(nev_forest_class_name(r->forest, label), name, sizeof name);
        printf("%s: %s, probability %.4f, %" PRIu32 " of %" PRIu32 " votes", file, name,
               r->answers->probability[at], r->answers->votes[at], r->forest->params.trees);
        nev_judgement_print(r->judgement, i);
        printf("\n");
    }
}

static void print_json(const struct result *r)
{
    struct nev_json j;
    size_t i;
    uint32_t k;

    nev_json_init(&j, stdout);
    nev_json_array_begin(&j, NULL);
    for (i = 0; i < r->answers->rows; i++) {
        const struct nev_photo *photo = &r->features->photo[r->features->input[i]];
        const size_t row = i * r->answers->classes;
        uint32_t label = r->answers->label[i];
        char hex[NEV_SHA256_HEX_BYTES];

        nev_sha256_hex(photo->bytes_sha256, hex);
        nev_json_object_begin(&j, NULL);
        nev_json_text(&j, "file", r->inputs->item[r->features->input[i]].path);
        nev_json_text(&j, "sha256", hex);
        nev_json_text(&j, "label", nev_forest_class_name(r->forest, label));
        nev_json_real(&j, "probability", r->answers->probability[row + label]);
        nev_json_uint(&j, "votes", r->answers->votes[row + label]);
        nev_json_uint(&j, "trees", r->forest->params.trees);
        nev_judgement_json(r->judgement, i, &j);
        nev_json_array_begin(&j, "classes");
        for (k = 0; k < r->answers->classes; k++) {
            nev_json_object_begin(&j, NULL);
            nev_json_text(&j, "name", nev_forest_class_name(r->forest, k));
            nev_json_real(&j, "probability", r->answers->probability[row + k]);
            nev_json_uint(&j, "votes", r->answers->votes[row + k]);
            nev_json_object_end(&j);
        }
        nev_json_array_end(&j);
        nev_json_object_end(&j);
    }
    nev_json_array_end(&j);
    nev_json_end(&j);
}

static enum nev_exit print_csv(const struct result *r)
{
    struct nev_sheet sheet;
    enum nev_exit code;
    size_t i;
    uint32_t k;

    nev_sheet_init(&sheet);
    nev_sheet_text(&sheet, "file");
    nev_sheet_text(&sheet, "label");
    nev_sheet_text(&sheet, "probability");
    nev_sheet_text(&sheet, "votes");
    for (k = 0; k < r->answers->classes; k++) {
        char head[NEV_FOREST_NAME_LEN + 16];

        snprintf(head, sizeof head, "probability_%s", nev_forest_class_name(r->forest, k));
        nev_sheet_text(&sheet, head);
    }
    nev_judgement_heads(r->judgement, &sheet);
    nev_sheet_end_row(&sheet);
    for (i = 0; i < r->answers->rows; i++) {
        size_t row = i * r->answers->classes;
        uint32_t label = r->answers->label[i];

        nev_sheet_text(&sheet, r->inputs->item[r->features->input[i]].path);
        nev_sheet_text(&sheet, nev_forest_class_name(r->forest, label));
        nev_sheet_real(&sheet, r->answers->probability[row + label]);
        nev_sheet_uint(&sheet, r->answers->votes[row + label]);
        for (k = 0; k < r->answers->classes; k++) {
            nev_sheet_real(&sheet, r->answers->probability[row + k]);
        }
        nev_judgement_cells(r->judgement, i, &sheet);
        nev_sheet_end_row(&sheet);
    }
    code = nev_sheet_print(&sheet, stdout);
    nev_sheet_free(&sheet);
    return code;
}

static enum nev_exit show(const struct values *v, const struct result *r)
{
    if (v->is_csv) {
        return print_csv(r);
    }
    if (v->is_json) {
        print_json(r);
    } else {
        print_text(r);
    }
    return NEV_EXIT_OK;
}

static enum nev_exit classify(const struct values *v, const struct nev_pair *pair,
                              const struct nev_inputs *inputs)
{
    uint32_t threads = nev_threads_of(v->threads);
    struct nev_pipeline p = {&pair->engine, pair->fit, threads, v->is_quiet};
    struct nev_features features;
    struct nev_answers answers;
    struct nev_judgement judgement;
    enum nev_exit seen = nev_pipeline_run(&p, inputs, &features), code;

    if (seen != NEV_EXIT_OK && seen != NEV_EXIT_PARTIAL) {
        return seen;
    }
    code = nev_answers_of(&pair->grown.forest, features.x, features.rows, features.cols, threads, v->weights,
                          &answers);
    if (code == NEV_EXIT_OK) {
        struct result r = {&pair->grown.forest, inputs, &features, &answers, &judgement};

        code = nev_judge(&pair->grown.forest, &answers, &judgement);
        if (code == NEV_EXIT_OK) {
            code = show(v, &r);
            nev_judgement_free(&judgement);
        }
        nev_answers_free(&answers);
    }
    nev_features_free(&features);
    return code == NEV_EXIT_OK ? seen : code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const struct nev_collide collide = {{NULL}, {v->weights, v->forest}, args};
    const struct nev_engine_want want = {v->path, NULL, nev_threads_of(v->threads),
                                         v->verify == NEV_VERIFY_HEAD};
    struct nev_inputs inputs = {0};
    struct nev_pair pair;
    enum nev_exit code, listed;

    if ((code = nev_form_check("classify", v->is_json, v->is_csv)) != NEV_EXIT_OK) {
        return code;
    }
    if (v->weights == NULL || v->forest == NULL) {
        return nev_report_text(NEV_EXIT_USAGE, "classify", "--weights and --forest are needed");
    }
    if ((code = nev_collide_check(&collide)) != NEV_EXIT_OK) {
        return code;
    }
    code = nev_pair_open(&pair, v->forest, v->weights, &want);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    listed = nev_inputs_add_all(&inputs, args);
    code = listed;
    if (listed == NEV_EXIT_OK || listed == NEV_EXIT_PARTIAL) {
        code = classify(v, &pair, &inputs);
        code = code == NEV_EXIT_OK ? listed : code;
    }
    nev_inputs_free(&inputs);
    nev_pair_close(&pair);
    return code;
}

const struct nev_command nev_command_classify = {
    "classify",
    "say what a forest makes of pictures",
    "--weights M.nvw --forest F.nvf IMAGE|FOLDER|-...",
    "Prints, for each picture, the class with the most votes (ties to the first class), its probability - "
    "the mean over\n"
    "the trees of its share in the leaf - and its votes. Pictures are prepared the way that the forest was "
    "trained\n"
    "with; a model that is not the one it was trained with is refused. - reads one picture from standard "
    "input. Where the forest\n"
    "carries them (forest calibrate): the calibrated probability, the decision by its threshold, the set of "
    "classes.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    SIZE_MAX,
    run,
};
