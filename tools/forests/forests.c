/* SPDX-License-Identifier: MIT */
#include "tools/forests/forests.h"

#include <stdio.h>
#include <string.h>

#include "tools/base/memory.h"
#include "tools/base/progress.h"
#include "tools/base/report.h"
#include "tools/base/shared_options.h"

enum nev_exit nev_grown_open(struct nev_grown *g, const char *path)
{
    struct nev_error err;

    memset(g, 0, sizeof *g);
    if (nev_file_map(&g->file, path, NEV_FOREST_FILE_MAX, &err) != NEV_OK ||
        nev_forest_open(&g->forest, g->file.data, g->file.bytes, &err) != NEV_OK) {
        nev_grown_close(g);
        return nev_report(path, &err);
    }
    return NEV_EXIT_OK;
}

static bool show_trees(void *arg, uint32_t done, uint32_t trees)
{
    (void)trees;
    nev_progress_set(arg, done);
    return true;
}

static enum nev_status train(struct nev_grown *g, const struct nev_forest_job *job, struct nev_error *err)
{
    struct nev_forest_result result;
    size_t memory_bytes, file_bytes;
    enum nev_status status = nev_forest_train_bytes(job, &memory_bytes, &file_bytes, err);
    void *memory;

    if (status != NEV_OK) {
        return status;
    }
    memory = nev_memory_take(memory_bytes, 1);
    g->image = nev_memory_take(file_bytes, 1);
    if (memory == NULL || g->image == NULL) {
        status = nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL, "not enough memory to train the forest");
    } else {
        status = nev_forest_train(job, memory, memory_bytes, g->image, file_bytes, &result, err);
    }
    nev_memory_give(memory);
    if (status == NEV_OK) {
        g->image_bytes = result.file_bytes;
        status = nev_forest_open(&g->forest, g->image, g->image_bytes, err);
    }
    return status;
}

enum nev_exit nev_grown_train(struct nev_grown *g, const struct nev_growing *how)
{
    struct nev_parallel par = nev_parallel_threads(how->threads);
    struct nev_progress progress;
    struct nev_forest_job job;
    struct nev_error err;
    enum nev_status status;

    memset(g, 0, sizeof *g);
    if (how->rows > NEV_FOREST_ROWS_MAX || how->cols > NEV_FOREST_FEATURES_MAX) {
        return nev_report_text(NEV_EXIT_LIMIT, how->name, "a forest takes at most %u rows of %u features",
                               NEV_FOREST_ROWS_MAX, NEV_FOREST_FEATURES_MAX);
    }
    memset(&job, 0, sizeof job);
    job.params = how->params;
    job.data.x = how->x;
    job.data.x_stride = how->cols;
    job.data.label = how->label;
    job.data.rows = (uint32_t)how->rows;
    job.data.features = (uint32_t)how->cols;
    job.data.classes = how->classes->len;
    job.data.class_name = how->classes->name;
    job.source = how->source;
    job.class_weight = how->class_weight;
    job.origin = how->origin;
    job.par = &par;
    job.progress.step = show_trees;
    job.progress.arg = &progress;
    nev_progress_begin(&progress, "trees", how->params.trees, how->is_quiet);
    status = train(g, &job, &err);
    nev_progress_end(&progress);
    if (status != NEV_OK) {
        nev_grown_close(g);
        return nev_report(how->name, &err);
    }
    return NEV_EXIT_OK;
}

void nev_grown_close(struct nev_grown *g)
{
    nev_file_close(&g->file);
    nev_memory_give(g->image);
    memset(g, 0, sizeof *g);
}

enum nev_exit nev_place_check(const struct nev_forest *f, uint64_t place, const char *name)
{
    if (place < f->params.trees) {
        return NEV_EXIT_OK;
    }
    return nev_report_text(NEV_EXIT_MISFIT, name, "there is no tree %llu; the forest has %u, from 0",
                           (unsigned long long)place, f->params.trees);
}

void nev_source_of(const struct nev_engine *e, enum nev_resize_fit fit, struct nev_forest_source *source)
{
    const struct nev_model *model = &e->weights.model;

    memset(source, 0, sizeof *source);
    source->net = (uint32_t)model->net;
    source->padding = (uint32_t)model->padding;
    source->order = (uint32_t)model->prep.order;
    snprintf(source->net_name, sizeof source->net_name, "%s", nev_net_name(model->net));
    snprintf(source->layer, sizeof source->layer, "%s", e->layer);
    /* The canonical head's digest covers everything the model is; a packed file states it. */
    memcpy(source->weights_sha256, e->weights.canonical_sha256, sizeof source->weights_sha256);
    source->resize = fit == NEV_RESIZE_CROP ? NEV_FOREST_RESIZE_CROP : NEV_FOREST_RESIZE_SQUASH;
    source->width = model->prep.width;
    source->height = model->prep.height;
    memcpy(source->mean, model->prep.mean, sizeof source->mean);
    source->path = (uint32_t)e->plan.path + 1;
    memcpy(source->std, model->prep.std, sizeof source->std);
}

static enum nev_exit ask(const struct nev_forest *f, const float *x, uint32_t threads, const char *name,
                         struct nev_answers *out)
{
    struct nev_parallel par = nev_parallel_threads(threads);
    size_t bytes = nev_forest_predict_bytes(f, par.parts), r;
    struct nev_forest_batch batch = {x, f->features, out->rows, f->features, out->probability, out->votes};
    struct nev_error err;
    void *memory = nev_memory_take(bytes, 1);
    enum nev_status status;

    if (memory == NULL) {
        return nev_report_memory("the answers");
    }
    status = nev_forest_predict(f, &batch, memory, bytes, &par, &err);
    nev_memory_give(memory);
    if (status != NEV_OK) {
        return nev_report(name, &err);
    }
    for (r = 0; r < out->rows; r++) {
        out->label[r] = nev_forest_label(out->votes + r * out->classes, out->classes);
    }
    return NEV_EXIT_OK;
}

enum nev_exit nev_answers_of(const struct nev_forest *f, const float *x, size_t rows, size_t cols,
                             uint32_t threads, const char *name, struct nev_answers *out)
{
    enum nev_exit code;

    memset(out, 0, sizeof *out);
    if (cols != f->features) {
        return nev_report_text(NEV_EXIT_MISFIT, name,
                               "a row has %zu features, but the forest was trained on %u", cols, f->features);
    }
    out->rows = rows;
    out->classes = f->classes;
    if (rows > SIZE_MAX / f->classes) {
        return nev_report_memory("the answers");
    }
    out->probability = nev_memory_take(rows * f->classes, sizeof *out->probability);
    out->votes = nev_memory_take(rows * f->classes, sizeof *out->votes);
    out->label = nev_memory_take(rows, sizeof *out->label);
    if (out->probability == NULL || out->votes == NULL || out->label == NULL) {
        code = nev_report_memory("the answers");
    } else {
        code = ask(f, x, threads, name, out);
    }
    if (code != NEV_EXIT_OK) {
        nev_answers_free(out);
    }
    return code;
}

void nev_answers_free(struct nev_answers *a)
{
    nev_memory_give(a->probability);
    nev_memory_give(a->votes);
    nev_memory_give(a->label);
    memset(a, 0, sizeof *a);
}

enum nev_exit nev_pair_open(struct nev_pair *pair, const char *forest, const char *weights,
                            const struct nev_engine_want *want)
{
    const struct nev_forest_source *trained = &pair->grown.forest.source;
    struct nev_forest_source source;
    struct nev_engine_want here = *want;
    struct nev_error err;
    enum nev_exit code;

    memset(pair, 0, sizeof *pair);
    code = nev_grown_open(&pair->grown, forest);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    here.layer = NULL;
    if (want->path == NEV_PATH_OF_FOREST) {
        here.path = trained->path == 0 ? NEV_PATH_OF_FILE : trained->path - 1;
    }
    pair->fit = trained->resize == NEV_FOREST_RESIZE_CROP ? NEV_RESIZE_CROP : NEV_RESIZE_SQUASH;
    /* Another network has other layers: look at which one it is before looking for the forest's layer. */
    code = nev_engine_open(&pair->engine, weights, &here);
    if (code == NEV_EXIT_OK && trained->net == (uint32_t)pair->engine.weights.model.net &&
        strcmp(trained->layer, pair->engine.layer) != 0) {
        nev_engine_close(&pair->engine);
        here.layer = trained->layer;
        here.is_trusted = true; /* these bytes were checked just now, if they were to be */
        code = nev_engine_open(&pair->engine, weights, &here);
    }
    if (code == NEV_EXIT_OK) {
        nev_source_of(&pair->engine, pair->fit, &source);
        if (nev_forest_same_source(&pair->grown.forest, &source, &err) != NEV_OK) {
            code = nev_report(weights, &err);
        } else if (pair->grown.forest.features != pair->engine.features) {
            code =
                nev_report_text(NEV_EXIT_MISFIT, forest, "the forest takes %u features, the model gives %u",
                                pair->grown.forest.features, pair->engine.features);
        }
    }
    if (code != NEV_EXIT_OK) {
        nev_pair_close(pair);
    }
    return code;
}

void nev_pair_close(struct nev_pair *pair)
{
    nev_engine_close(&pair->engine);
    nev_grown_close(&pair->grown);
    memset(pair, 0, sizeof *pair);
}
