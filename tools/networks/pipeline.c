/* SPDX-License-Identifier: MIT */
#include "tools/networks/pipeline.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "io/image.h"
#include "tools/base/memory.h"
#include "tools/base/progress.h"
#include "tools/base/report.h"

/* What one thread works in. */
struct worker {
    void *arena;
    float *input;
    uint8_t *resized;
};

struct job {
    const struct nev_pipeline *p;
    const struct nev_inputs *inputs;
    struct nev_features *out;
    const struct nev_plan *plan;
    struct worker *worker;      /* one for each thread */
    struct nev_parallel inside; /* threads inside the network: where there is one picture only */
    struct nev_progress progress;
    atomic_size_t next, done;
};

/* Takes one layer's output from a running network. */
struct tap {
    const char *layer;
    uint32_t len;
    float *out;
    bool is_seen;
};

/* The global mean of each channel: summed row by row in float64, divided once, rounded once. */
static void take_layer(void *ctx, const struct nev_trace_event *event)
{
    struct tap *tap = ctx;
    uint32_t i, j, c;

    if (event->stage[0] != '\0' || event->c != tap->len || strcmp(event->name, tap->layer) != 0) {
        return;
    }
    for (c = 0; c < event->c; c++) {
        const float *channel = event->data + c * event->c_stride;
        double sum = 0.0;

        for (i = 0; i < event->h; i++) {
            for (j = 0; j < event->w; j++) {
                sum += (double)channel[i * event->h_stride + j * event->w_stride];
            }
        }
        tap->out[c] = (float)(sum / ((double)event->h * (double)event->w));
    }
    tap->is_seen = true;
}

/* Finite weights may still be so large that a sum leaves binary32. Whoever reads the table must not meet that there. */
static enum nev_status check_finite(const struct nev_engine *e, const float *row, struct nev_error *err)
{
    uint32_t i;

    for (i = 0; i < e->features; i++) {
        if (!isfinite(row[i])) {
            return nev_fail(
                err, NEV_ERR_DATA, NEV_NO_OFFSET, e->layer,
                "a feature is no finite number: the weights of the model are too large, or damaged "
                "(--verify full tells)");
        }
    }
    return NEV_OK;
}

static enum nev_status run_network(const struct job *job, const struct worker *w, float *row,
                                   struct nev_error *err)
{
    const struct nev_engine *e = job->p->engine;
    float features[NEV_FEATURES_LEN];
    struct tap tap = {e->layer, e->features, row, false};
    struct nev_trace trace = {take_layer, &tap};
    struct nev_run run = {
        job->plan, e->packed, e->kernels, &job->inside, NULL, w->arena, job->plan->arena_bytes};
    enum nev_status status;

    if (e->is_last) {
        status = nev_run_image(&run, w->input, row, err);
    } else {
        run.trace = &trace;
        status = nev_run_image(&run, w->input, features, err);
        if (status == NEV_OK && !tap.is_seen) {
            status = nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, e->layer, "the layer showed no output");
        }
    }
    return status == NEV_OK ? check_finite(e, row, err) : status;
}

static enum nev_status fail_memory(struct nev_error *err)
{
    return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL, "not enough memory to decode the picture");
}

/* Pixels to the network's input: resize, scale. */
static enum nev_status prepare(const struct job *job, const struct worker *w, const uint8_t *rgb,
                               uint32_t width, uint32_t height, struct nev_error *err)
{
    const struct nev_prep *prep = &job->p->engine->weights.model.prep;
    struct nev_resize plan;
    enum nev_status status =
        nev_resize_plan(&plan, width, height, prep->width, prep->height, job->p->fit, err);
    void *scratch;

    if (status != NEV_OK) {
        return status;
    }
    scratch = nev_memory_take(plan.scratch_bytes, 1);
    if (scratch == NULL) {
        return fail_memory(err);
    }
    status = nev_resize_run(&plan, rgb, w->resized, scratch, plan.scratch_bytes, err);
    nev_memory_give(scratch);
    if (status == NEV_OK) {
        nev_normalise(prep, w->resized, w->input);
    }
    return status;
}

static enum nev_status decode_and_run(const struct job *job, const struct worker *w,
                                      const struct nev_file *file, struct nev_photo *photo, float *row)
{
    struct nev_image_info info;
    struct nev_error *err = &photo->err;
    enum nev_status status = nev_image_probe(file->data, file->bytes, NEV_IMAGE_PIXELS_MAX, &info, err);
    uint8_t *rgb;
    void *scratch;

    if (status != NEV_OK) {
        return status;
    }
    rgb = nev_memory_take(info.rgb_bytes, 1);
    scratch = nev_memory_take(info.scratch_bytes, 1);
    if (rgb == NULL || scratch == NULL) {
        status = fail_memory(err);
    } else {
        status = nev_image_decode(file->data, file->bytes, &info, NEV_IMAGE_RGB, rgb, info.rgb_bytes, scratch,
                                  info.scratch_bytes, err);
    }
    nev_memory_give(scratch);
    if (status == NEV_OK) {
        photo->width = info.upright_width;
        photo->height = info.upright_height;
        nev_sha256_of(rgb, info.rgb_bytes, photo->pixels_sha256);
        status = prepare(job, w, rgb, info.upright_width, info.upright_height, err);
    }
    nev_memory_give(rgb);
    return status == NEV_OK ? run_network(job, w, row, err) : status;
}

static void do_picture(const struct job *job, const struct worker *w, size_t i)
{
    struct nev_photo *photo = &job->out->photo[i];
    struct nev_file file;

    if (nev_file_read(&file, job->inputs->item[i].path, NEV_PICTURE_FILE_MAX, &photo->err) != NEV_OK) {
        return;
    }
    photo->bytes = file.bytes;
    nev_sha256_of(file.data, file.bytes, photo->bytes_sha256);
    photo->is_good = decode_and_run(job, w, &file, photo, job->out->x + i * job->out->cols) == NEV_OK;
    nev_file_close(&file);
}

static void work(void *arg, uint32_t part, uint32_t parts)
{
    struct job *job = arg;
    size_t i, done;

    (void)parts;
    while ((i = atomic_fetch_add(&job->next, 1)) < job->inputs->len) {
        do_picture(job, &job->worker[part], i);
        done = atomic_fetch_add(&job->done, 1) + 1;
        if (part == 0) {
            nev_progress_set(&job->progress, done);
        }
    }
}

static bool take_workers(struct job *job, uint32_t len)
{
    const struct nev_engine *e = job->p->engine;
    const struct nev_prep *prep = &e->weights.model.prep;
    size_t samples = (size_t)prep->width * prep->height * 3; /* Bounds: sides are checked by nev_plan_make */
    uint32_t i;

    job->worker = nev_memory_take_zeroed(len, sizeof *job->worker);
    for (i = 0; job->worker != NULL && i < len; i++) {
        struct worker *w = &job->worker[i];

        w->arena = nev_memory_take(job->plan->arena_bytes, 1);
        w->input = nev_memory_take(samples, sizeof *w->input);
        w->resized = nev_memory_take(samples, 1);
        if (w->arena == NULL || w->input == NULL || w->resized == NULL) {
            return false;
        }
    }
    return job->worker != NULL;
}

static void give_workers(struct job *job, uint32_t len)
{
    uint32_t i;

    for (i = 0; job->worker != NULL && i < len; i++) {
        nev_memory_give(job->worker[i].arena);
        nev_memory_give(job->worker[i].input);
        nev_memory_give(job->worker[i].resized);
    }
    nev_memory_give(job->worker);
}

/* Says what was bad and closes the gaps that bad pictures left among the rows. */
static enum nev_exit conclude(const struct nev_inputs *inputs, struct nev_features *out)
{
    size_t i, skipped = nev_inputs_report(inputs);
    enum nev_exit first = NEV_EXIT_OK;

    out->rows = 0;
    for (i = 0; i < inputs->len; i++) {
        const struct nev_photo *photo = &out->photo[i];

        if (!photo->is_good) {
            enum nev_exit code = nev_report(inputs->item[i].path, &photo->err);

            out->bad++;
            first = first == NEV_EXIT_OK || code == NEV_EXIT_MEMORY ? code : first;
            continue;
        }
        if (out->rows != i) {
            memmove(out->x + out->rows * out->cols, out->x + i * out->cols, out->cols * sizeof *out->x);
        }
        out->input[out->rows++] = i;
    }
    if (first == NEV_EXIT_MEMORY || (out->rows == 0 && !inputs->is_shard)) {
        /* A row that is missing for want of memory would make the result depend on the machine. */
        return first == NEV_EXIT_OK ? NEV_EXIT_DATA : first;
    }
    return out->bad + skipped > 0 ? NEV_EXIT_PARTIAL : NEV_EXIT_OK;
}

enum nev_exit nev_pipeline_run(const struct nev_pipeline *p, const struct nev_inputs *inputs,
                               struct nev_features *out)
{
    bool is_single = inputs->len <= 1;
    struct nev_parallel par = nev_parallel_threads(is_single ? 1 : p->threads);
    struct job job;
    enum nev_exit code;

    memset(out, 0, sizeof *out);
    memset(&job, 0, sizeof job);
    job.p = p;
    job.inputs = inputs;
    job.out = out;
    job.plan = is_single ? &p->engine->wide : &p->engine->plan;
    job.inside = is_single ? nev_parallel_threads(p->threads) : nev_parallel_serial();
    atomic_init(&job.next, 0);
    atomic_init(&job.done, 0);
    out->cols = p->engine->features;
    out->photos = inputs->len;
    out->x =
        inputs->len > SIZE_MAX / out->cols ? NULL : nev_memory_take(inputs->len * out->cols, sizeof *out->x);
    out->input = nev_memory_take(inputs->len, sizeof *out->input);
    out->photo = nev_memory_take_zeroed(inputs->len, sizeof *out->photo);
    if (out->x == NULL || out->input == NULL || out->photo == NULL || !take_workers(&job, par.parts)) {
        code = nev_report_memory("the features");
    } else {
        nev_progress_begin(&job.progress, "pictures", inputs->len, p->is_quiet);
        nev_parallel_run(&par, work, &job);
        nev_progress_end(&job.progress);
        code = conclude(inputs, out);
    }
    give_workers(&job, par.parts);
    if (code != NEV_EXIT_OK && code != NEV_EXIT_PARTIAL) {
        nev_features_free(out);
    }
    return code;
}

void nev_features_free(struct nev_features *f)
{
    nev_memory_give(f->x);
    nev_memory_give(f->input);
    nev_memory_give(f->photo);
    memset(f, 0, sizeof *f);
}
