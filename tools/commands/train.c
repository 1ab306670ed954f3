/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/forests/forests.h"
#include "tools/forests/growth.h"
#include "tools/tables/tables.h"
#include "tools/text/json.h"

struct values {
    const char *weights, *features, *labels, *column, *out, *layer;
    const char *trees, *candidates, *sample, *class_weight, *origin;
    uint64_t path, fit, verify, threads, seed, depth, leaf, split;
    bool is_quiet, is_whole, is_json;
};

static const struct values defaults = {.column = "label",
                                       .path = NEV_PATH_OF_FILE,
                                       .fit = NEV_FIT_NOT_GIVEN,
                                       .seed = 1,
                                       .trees = "50",
                                       .candidates = "sqrt",
                                       .class_weight = "none",
                                       .leaf = 1,
                                       .split = 2};

static const struct nev_option options[] = {
    NEV_OPTION_WEIGHTS(struct values, weights),
    {"features", 'F', NEV_OPTION_TEXT, offsetof(struct values, features), "F.npy",
     "train on a table (.npy or CSV) instead of a folder", 0, 0, NULL},
    {"labels", 'l', NEV_OPTION_TEXT, offsetof(struct values, labels), "FILE",
     "its labels: .npy of whole numbers, or CSV", 0, 0, NULL},
    {"column", 0, NEV_OPTION_TEXT, offsetof(struct values, column), "NAME",
     "the column of the labels in a CSV (default: label)", 0, 0, NULL},
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, out), "F.nvf", "where to write the forest", 0, 0,
     NULL},
    {"trees", 0, NEV_OPTION_TEXT, offsetof(struct values, trees), "N|A-B",
     "how many trees (default 50; at most 65535), or which, from 0 on", 0, 0, NULL},
    {"seed", 0, NEV_OPTION_NUMBER, offsetof(struct values, seed), "N", "of the random numbers (default 1)", 0,
     UINT64_MAX / 16, NULL},
    {"max-features", 0, NEV_OPTION_TEXT, offsetof(struct values, candidates), "N",
     "features tried at a node: a number, a fraction, sqrt (default), log2 or all", 0, 0, NULL},
    {"max-depth", 0, NEV_OPTION_NUMBER, offsetof(struct values, depth), "N",
     "edges from the root to the deepest leaf (default: no limit)", 1, 65535, NULL},
    {"min-leaf", 0, NEV_OPTION_NUMBER, offsetof(struct values, leaf), "N",
     "draws that a leaf must hold (default 1)", 1, NEV_FOREST_ROWS_MAX, NULL},
    {"min-split", 0, NEV_OPTION_NUMBER, offsetof(struct values, split), "N",
     "draws that a node must hold to be split (default 2)", 2, NEV_FOREST_ROWS_MAX, NULL},
    {"no-bootstrap", 0, NEV_OPTION_FLAG, offsetof(struct values, is_whole), NULL,
     "every tree sees every row once", 0, 0, NULL},
    {"sample", 0, NEV_OPTION_TEXT, offsetof(struct values, sample), "N",
     "rows that a tree draws: a number or a fraction (default: all of them)", 0, 0, NULL},
    {"class-weight", 0, NEV_OPTION_TEXT, offsetof(struct values, class_weight), "HOW",
     "none (default), balanced, balanced_subsample, or CLASS=W,CLASS=W...", 0, 0, NULL},
    {"origin", 0, NEV_OPTION_TEXT, offsetof(struct values, origin), "NAME",
     "who trains, kept in the forest (default: nothing)", 0, 0, NULL},
    NEV_OPTION_LAYER(struct values, layer),
    NEV_OPTION_FIT(struct values, fit),
    NEV_OPTION_PATH(struct values, path),
    NEV_OPTION_VERIFY(struct values, verify),
    NEV_OPTION_THREADS(struct values, threads),
    NEV_OPTION_QUIET(struct values, is_quiet),
    NEV_OPTION_JSON(struct values, is_json),
    NEV_OPTION_END,
};

static void print_summary(const struct values *v, const struct nev_grown *g)
{
    const struct nev_forest *f = &g->forest;
    char hex[NEV_SHA256_HEX_BYTES], name[1024], class_name[4 * NEV_FOREST_NAME_LEN];
    double score;
    uint32_t k;

    nev_sha256_hex(f->file_sha256, hex);
    nev_text_safe(v->out, name, sizeof name);
    printf("%s: %" PRIu32 " trees on %" PRIu32 " rows of %" PRIu32 " features, classes", name,
           f->params.trees, f->rows, f->features);
    for (k = 0; k < f->classes; k++) {
        nev_text_safe(nev_forest_class_name(f, k), class_name, sizeof class_name);
        printf("%s %s", k == 0 ? "" : ",", class_name);
    }
    printf("\n");
    if (nev_forest_oob_score(f, &score)) {
        printf("out-of-bag accuracy %.2f %% (%" PRIu32 " of %" PRIu32 " rows)\n", 100.0 * score,
               f->oob_correct, f->oob_rows);
    }
    printf("%zu bytes, SHA-256 %s\n", g->image_bytes, hex);
}

static void print_json(const struct values *v, const struct nev_grown *g)
{
    const struct nev_forest *f = &g->forest;
    char hex[NEV_SHA256_HEX_BYTES];
    struct nev_json j;
    double score;
    uint32_t k;

    nev_sha256_hex(f->file_sha256, hex);
    nev_json_init(&j, stdout);
    nev_json_object_begin(&j, NULL);
    nev_json_text(&j, "forest", v->out);
    nev_json_text(&j, "sha256", hex);
    nev_json_uint(&j, "bytes", g->image_bytes);
    nev_json_uint(&j, "trees", f->params.trees);
    nev_json_uint(&j, "seed", f->params.seed);
    nev_json_uint(&j, "rows", f->rows);
    nev_json_uint(&j, "features", f->features);
    nev_json_array_begin(&j, "classes");
    for (k = 0; k < f->classes; k++) {
        nev_json_text(&j, NULL, nev_forest_class_name(f, k));
    }
    nev_json_array_end(&j);
    nev_json_uint(&j, "oob_rows", f->oob_rows);
    nev_json_uint(&j, "oob_correct", f->oob_correct);
    if (nev_forest_oob_score(f, &score)) {
        nev_json_real(&j, "oob_accuracy", score);
    }
    nev_json_object_end(&j);
    nev_json_end(&j);
}

/* The options that need to know the data. */
static enum nev_exit set_growth(const struct values *v, const struct nev_dataset *d, struct nev_growing *how,
                                uint32_t *weight)
{
    enum nev_exit code = nev_growth_trees(v->trees, &how->params);

    how->params.seed = v->seed;
    how->params.max_depth = (uint32_t)v->depth;
    how->params.min_samples_leaf = (uint32_t)v->leaf;
    how->params.min_samples_split = (uint32_t)v->split;
    how->params.bootstrap = !v->is_whole;
    how->origin = v->origin;
    if (code == NEV_EXIT_OK) {
        code = nev_growth_features(v->candidates, d->cols, &how->params);
    }
    if (code == NEV_EXIT_OK && v->sample != NULL) {
        code = nev_growth_sample(v->sample, d->rows, &how->params);
    }
    if (code == NEV_EXIT_OK) {
        code = nev_growth_weights(v->class_weight, &d->classes, &how->params, weight);
    }
    if (how->params.class_weight == NEV_FOREST_WEIGHT_GIVEN) {
        how->class_weight = weight;
    }
    return code;
}

static enum nev_exit train(const struct values *v, const struct nev_dataset *d,
                           const struct nev_forest_source *source, const char *name)
{
    uint32_t weight[NEV_FOREST_CLASSES_MAX];
    struct nev_growing how;
    struct nev_grown grown;
    struct nev_error err;
    enum nev_exit code;

    memset(&how, 0, sizeof how);
    nev_forest_params_default(&how.params);
    how.x = d->x;
    how.rows = d->rows;
    how.cols = d->cols;
    how.label = d->label;
    how.classes = &d->classes;
    how.source = source;
    how.threads = nev_threads_of(v->threads);
    how.is_quiet = v->is_quiet;
    how.name = name;
    if ((code = set_growth(v, d, &how, weight)) != NEV_EXIT_OK) {
        return code;
    }
    code = nev_grown_train(&grown, &how);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    if (nev_file_write(v->out, grown.image, grown.image_bytes, &err) != NEV_OK) {
        code = nev_report_output(v->out, &err);
    } else if (strcmp(v->out, "-") == 0) {
        code = NEV_EXIT_OK; /* standard output holds the forest and nothing else */
    } else if (v->is_json) {
        print_json(v, &grown);
    } else {
        print_summary(v, &grown);
    }
    nev_grown_close(&grown);
    return code;
}

/* The rows: from a folder through the engine, or from a table. */
static enum nev_exit load(const struct values *v, const struct nev_engine *engine, const char *folder,
                          struct nev_dataset *d)
{
    struct nev_pipeline p = {engine, (enum nev_resize_fit)nev_fit_of(v->fit), nev_threads_of(v->threads),
                             v->is_quiet};

    return folder != NULL ? nev_dataset_from_pictures(d, &p, folder)
                          : nev_dataset_from_tables(d, v->features, v->labels, v->column);
}

static enum nev_exit load_and_train(const struct values *v, const struct nev_engine *engine,
                                    const char *folder)
{
    const char *name = folder != NULL ? folder : v->features;
    struct nev_forest_source source;
    struct nev_dataset d;
    enum nev_exit loaded = load(v, engine, folder, &d), code;

    if (loaded != NEV_EXIT_OK && loaded != NEV_EXIT_PARTIAL) {
        return loaded;
    }
    if (engine != NULL) {
        nev_source_of(engine, (enum nev_resize_fit)nev_fit_of(v->fit), &source);
    }
    if (engine != NULL && d.cols != engine->features) {
        code = nev_report_text(NEV_EXIT_MISFIT, name,
                               "a row has %zu features, but the model's layer '%s' gives %u", d.cols,
                               engine->layer, engine->features);
    } else {
        code = train(v, &d, engine != NULL ? &source : NULL, name);
    }
    nev_dataset_free(&d);
    return code == NEV_EXIT_OK ? loaded : code;
}

/* What the command line may not say, whatever the files hold. */
static enum nev_exit check_usage(const struct values *v, const char *folder)
{
    const char *what = NULL;

    if (v->out == NULL) {
        what = "--out is needed: where to write the forest";
    } else if (folder != NULL && (v->weights == NULL || v->features != NULL || v->labels != NULL)) {
        what = "training on a folder takes --weights, and neither --features nor --labels";
    } else if (folder == NULL && (v->features == NULL || v->labels == NULL)) {
        what = "give a folder of class folders, or both --features and --labels";
    } else if (v->weights == NULL && (v->layer != NULL || v->fit != NEV_FIT_NOT_GIVEN ||
                                      v->path != NEV_PATH_OF_FILE || v->verify != 0)) {
        what = "--layer, --fit, --path and --verify say how a network made the table; name it with --weights";
    } else if (v->is_whole && v->sample != NULL) {
        what = "--sample is how many rows are drawn; --no-bootstrap draws none";
    } else if (v->origin != NULL && !nev_class_name_is_valid(v->origin)) {
        what = "--origin " NEV_CLASS_NAME_RULE;
    }
    return what == NULL ? NEV_EXIT_OK : nev_report_text(NEV_EXIT_USAGE, "train", "%s", what);
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const char *folder = args->len > 0 ? args->text[0] : NULL;
    const struct nev_collide collide = {{v->out}, {v->weights, v->features, v->labels}, args};
    const struct nev_engine_want want = {v->path, v->layer, nev_threads_of(v->threads),
                                         v->verify == NEV_VERIFY_HEAD};
    struct nev_forest_params unused;
    struct nev_engine engine;
    enum nev_exit code;

    if ((code = check_usage(v, folder)) != NEV_EXIT_OK ||
        (code = nev_growth_trees(v->trees, &unused)) != NEV_EXIT_OK ||
        (code = nev_collide_check(&collide)) != NEV_EXIT_OK) {
        return code;
    }
    if (v->weights == NULL) {
        return load_and_train(v, NULL, folder);
    }
    code = nev_engine_open(&engine, v->weights, &want);
    if (code == NEV_EXIT_OK) {
        code = load_and_train(v, &engine, folder);
        nev_engine_close(&engine);
    }
    return code;
}

const struct nev_command nev_command_train = {
    "train",
    "train a Random Forest on pictures or on a table",
    "--weights M.nvw FOLDER -o F.nvf\n       nevus train --features F.npy --labels L.npy|L.csv [--weights "
    "M.nvw] -o F.nvf",
    "FOLDER holds one folder for each class; the folders' names become the classes' names. The forest "
    "remembers them,\n"
    "and which model the features came from; with --features, --weights says so. The same data, seed and "
    "parameters\n"
    "give the same file, byte for byte, on every machine and for any number of threads. With --trees A-B "
    "only those "
    "are\n"
    "grown: ranges trained apart become, with `nevus forest merge`, the forest trained at once.\n",
    options,
    &defaults,
    sizeof defaults,
    0,
    1,
    run,
};
