/* SPDX-License-Identifier: MIT */
#include "tools/forests/training_table.h"

#include <string.h>

#include "tools/base/report.h"
#include "tools/base/shared_options.h"

enum nev_exit nev_training_usage(const struct nev_training_from *from)
{
    bool is_table = from->features != NULL && from->labels != NULL && from->folder == NULL;
    bool is_folder =
        from->folder != NULL && from->weights != NULL && from->features == NULL && from->labels == NULL;

    if (is_folder) {
        return NEV_EXIT_OK;
    }
    if (is_table && from->weights == NULL) {
        return from->path == NEV_PATH_OF_FOREST && from->verify == 0
                   ? NEV_EXIT_OK
                   : nev_report_text(
                         NEV_EXIT_USAGE, from->command,
                         "--path and --verify are about a network; a table of features needs none");
    }
    return nev_report_text(
        NEV_EXIT_USAGE, from->command,
        "give the training table: --features and --labels, or --weights and the folder of class "
        "folders");
}

static enum nev_exit load(struct nev_training *t, const struct nev_training_from *from)
{
    uint32_t threads = nev_threads_of(from->threads);
    const struct nev_engine_want want = {from->path, NULL, threads, from->verify == NEV_VERIFY_HEAD};
    enum nev_exit code;

    if (from->folder == NULL) {
        code = nev_grown_open(&t->pair.grown, from->forest);
        return code != NEV_EXIT_OK
                   ? code
                   : nev_dataset_from_tables(&t->dataset, from->features, from->labels, from->column);
    }
    code = nev_pair_open(&t->pair, from->forest, from->weights, &want);
    if (code == NEV_EXIT_OK) {
        struct nev_pipeline p = {&t->pair.engine, t->pair.fit, threads, from->is_quiet};

        t->has_engine = true;
        code = nev_dataset_from_pictures(&t->dataset, &p, from->folder);
    }
    return code;
}

enum nev_exit nev_training_open(struct nev_training *t, const struct nev_training_from *from)
{
    const struct nev_forest *f = &t->pair.grown.forest;
    const char *name = from->folder != NULL ? from->folder : from->features;
    enum nev_exit code, loaded;

    memset(t, 0, sizeof *t);
    t->forest = from->forest;
    t->table = name;
    loaded = load(t, from);
    code = loaded == NEV_EXIT_PARTIAL ? NEV_EXIT_OK : loaded;
    if (code == NEV_EXIT_OK) {
        code = nev_dataset_relabel(&t->dataset, f, name);
    }
    if (code == NEV_EXIT_OK && t->dataset.rows > NEV_FOREST_ROWS_MAX) {
        code = nev_report_text(NEV_EXIT_MISFIT, name, "no forest was trained on so many rows");
    }
    if (code != NEV_EXIT_OK) {
        nev_training_close(t);
        return code;
    }
    t->data.x = t->dataset.x;
    t->data.x_stride = t->dataset.cols;
    t->data.label = t->dataset.label;
    t->data.rows = (uint32_t)t->dataset.rows;
    t->data.features = t->dataset.cols > NEV_FOREST_FEATURES_MAX ? 0 : (uint32_t)t->dataset.cols;
    t->data.classes = f->classes;
    return loaded;
}

void nev_training_close(struct nev_training *t)
{
    nev_dataset_free(&t->dataset);
    if (t->has_engine) {
        nev_pair_close(&t->pair);
    } else {
        nev_grown_close(&t->pair.grown);
    }
    memset(t, 0, sizeof *t);
}

enum nev_exit nev_training_report(const struct nev_training *t, const struct nev_error *err)
{
    bool is_forest = err->status == NEV_ERR_DATA && strcmp(err->name, "label") != 0;

    return nev_report(is_forest ? t->forest : t->table, err);
}

enum nev_exit nev_training_use(const struct nev_training_from *from,
                               enum nev_exit (*work)(const void *arg, const struct nev_training *t),
                               const void *arg)
{
    struct nev_training t;
    enum nev_exit opened = nev_training_open(&t, from), code;

    if (opened != NEV_EXIT_OK && opened != NEV_EXIT_PARTIAL) {
        return opened;
    }
    code = work(arg, &t);
    nev_training_close(&t);
    return code == NEV_EXIT_OK ? opened : code;
}
