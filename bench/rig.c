/* SPDX-License-Identifier: MIT */
#include "bench/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/isolate.h"
#include "nn/base/bytes.h"
#include "nn/base/sha256.h"
#include "tools/networks/engine.h"
#include "tools/base/memory.h"
#include "tools/networks/packing.h"
#include "tools/base/report.h"
#include "tools/networks/seeded.h"

static size_t picture_len(const struct nev_bench_rig *rig)
{
    return (size_t)rig->weights.model.prep.width * rig->weights.model.prep.height * 3;
}

/* Pixels without a pattern that a network could be quick on: the high bits of a multiplicative hash. */
static enum nev_exit make_pictures(struct nev_bench_rig *rig)
{
    const double began = nev_bench_wall_ms();
    const size_t len = picture_len(rig);
    uint8_t *rgb = nev_memory_take(len, 1);

    rig->input = nev_memory_take(len * rig->what.batch, sizeof *rig->input);
    rig->features = nev_memory_take_zeroed((size_t)NEV_FEATURES_LEN * rig->what.batch, sizeof *rig->features);
    if (rgb == NULL || rig->input == NULL || rig->features == NULL) {
        nev_memory_give(rgb);
        return nev_report_memory("the pictures");
    }
    for (uint32_t n = 0; n < rig->what.batch; n++) {
        for (size_t i = 0; i < len; i++) {
            rgb[i] = (uint8_t)((((uint32_t)i + 1u) * 2654435761u + n * 40503u) >> 13);
        }
        nev_normalise(&rig->weights.model.prep, rgb, rig->input + n * len);
    }
    nev_memory_give(rgb);
    rig->picture_ms = nev_bench_wall_ms() - began;
    return NEV_EXIT_OK;
}

static enum nev_exit open_model(struct nev_bench_rig *rig)
{
    double began = nev_bench_wall_ms();
    struct nev_error err;

    if (nev_file_map(&rig->file, rig->what.model, NEV_WEIGHTS_FILE_MAX, &err) != NEV_OK ||
        nev_weights_open(&rig->weights, rig->file.data, rig->file.bytes, &err) != NEV_OK) {
        return nev_report(rig->what.model, &err);
    }
    rig->open_ms = nev_bench_wall_ms() - began;
    if (!rig->what.is_trusted &&
        nev_weights_verify_by(&rig->weights, &rig->parallel, rig->what.isas, &err) != NEV_OK) {
        return nev_report(rig->what.model, &err);
    }
    if (rig->what.is_trusted && rig->weights.form == NEV_FORM_PACKED) {
        nev_file_expect(&rig->file);
    }
    rig->verify_ms = nev_bench_wall_ms() - began - rig->open_ms;
    return NEV_EXIT_OK;
}

static enum nev_exit make_plan(struct nev_bench_rig *rig)
{
    double began = nev_bench_wall_ms();
    struct nev_plan *plan = &rig->plan;
    const void *packed;
    struct nev_error err;

    if (nev_plan_make_for(plan, &rig->weights, rig->what.path, rig->what.threads, rig->what.batch, &err) !=
        NEV_OK) {
        return nev_report(rig->what.model, &err);
    }
    packed = nev_plan_in_place(plan, &rig->weights);
    rig->packed = packed == NULL ? nev_memory_take(plan->packed_bytes, 1) : NULL;
    rig->arena = nev_memory_take(plan->arena_bytes, 1);
    if ((packed == NULL && rig->packed == NULL) || rig->arena == NULL) {
        return nev_report_memory("the weights");
    }
    if (packed == NULL &&
        nev_plan_pack(plan, &rig->weights, rig->packed, plan->packed_bytes, &rig->parallel, &err) != NEV_OK) {
        return nev_report(rig->what.model, &err);
    }
    rig->pack_ms = nev_bench_wall_ms() - began;
    rig->run = (struct nev_run){.plan = plan,
                                .packed = packed != NULL ? packed : rig->packed,
                                .kernels = nev_kernels_select(rig->what.isas),
                                .parallel = &rig->parallel,
                                .arena = rig->arena,
                                .arena_bytes = plan->arena_bytes};
    return NEV_EXIT_OK;
}

enum nev_exit nev_bench_rig_open(struct nev_bench_rig *rig, const struct nev_bench_case *what)
{
    enum nev_exit code;

    memset(rig, 0, sizeof *rig);
    rig->what = *what;
    rig->parallel = nev_parallel_threads(what->threads);
    if (rig->parallel.parts != what->threads) {
        return nev_report_text(NEV_EXIT_USAGE, NULL, "this build has no threads: use --threads 1");
    }
    code = open_model(rig);
    if (code == NEV_EXIT_OK) {
        code = make_plan(rig);
    }
    if (code == NEV_EXIT_OK) {
        code = make_pictures(rig);
    }
    if (code != NEV_EXIT_OK) {
        nev_bench_rig_close(rig);
    }
    return code;
}

void nev_bench_rig_close(struct nev_bench_rig *rig)
{
    nev_memory_give(rig->packed);
    nev_memory_give(rig->arena);
    nev_memory_give(rig->input);
    nev_memory_give(rig->features);
    nev_file_close(&rig->file);
    memset(rig, 0, sizeof *rig);
}

enum nev_exit nev_bench_rig_run(struct nev_bench_rig *rig)
{
    struct nev_error err;

    if (nev_run_batch(&rig->run, rig->input, rig->what.batch, rig->features, &err) != NEV_OK) {
        return nev_report(rig->what.model, &err);
    }
    return NEV_EXIT_OK;
}

void nev_bench_rig_digest(const struct nev_bench_rig *rig, char hex[NEV_SHA256_HEX_BYTES])
{
    const size_t len = (size_t)NEV_FEATURES_LEN * rig->what.batch;
    uint8_t digest[NEV_SHA256_BYTES], le[sizeof(float)];
    struct nev_sha256 sha;

    nev_sha256_init(&sha);
    for (size_t i = 0; i < len; i++) {
        nev_store_f32le(le, rig->features[i]);
        nev_sha256_update(&sha, le, sizeof le);
    }
    nev_sha256_final(&sha, digest);
    nev_sha256_hex(digest, hex);
}

struct seeded_job {
    enum nev_net net;
    const char *path;
};

static enum nev_exit write_seeded(const void *in, void *out)
{
    const struct seeded_job *job = in;
    struct nev_model model;

    *(char *)out = 0;
    nev_net_model(job->net, &model);
    return nev_seeded_write(&model, 0, job->path);
}

struct pack_job {
    const char *model, *path;
    enum nev_path way;
};

static enum nev_exit write_packed(const void *in, void *out)
{
    const struct pack_job *job = in;
    struct nev_weights weights;
    struct nev_file file;
    struct nev_error err;
    size_t bytes;
    uint8_t *image;

    *(char *)out = 0;
    if (nev_file_map(&file, job->model, NEV_WEIGHTS_FILE_MAX, &err) != NEV_OK ||
        nev_weights_open(&weights, file.data, file.bytes, &err) != NEV_OK) {
        return nev_report(job->model, &err);
    }
    image = nev_packing_image(&weights, job->way, NULL, &bytes, &err);
    if (image == NULL || nev_file_write(job->path, image, bytes, &err) != NEV_OK) {
        return nev_report(image == NULL ? job->model : job->path, &err);
    }
    return NEV_EXIT_OK;
}

/* A new file that a process of its own, whose memory is not ours, writes. */
static enum nev_exit make_file(enum nev_exit (*write)(const void *in, void *out), const void *job, char *path,
                               size_t size)
{
    const char *folder = getenv("TMPDIR");
    enum nev_exit code;
    char done;
    int n, fd;

    n = snprintf(path, size, "%s/nevus-bench-XXXXXX", folder != NULL && folder[0] != '\0' ? folder : "/tmp");
    fd = n > 0 && (size_t)n < size ? mkstemp(path) : -1;
    if (fd < 0) {
        return nev_report_text(NEV_EXIT_IO, path, "no temporary file; set TMPDIR to a folder with room");
    }
    close(fd);
    code = nev_bench_isolate(write, job, &done, sizeof done);
    if (code != NEV_EXIT_OK) {
        unlink(path);
    }
    return code;
}

enum nev_exit nev_bench_seeded(enum nev_net net, char *path, size_t size)
{
    const struct seeded_job job = {net, path};

    return make_file(write_seeded, &job, path, size);
}

enum nev_exit nev_bench_packed(const char *model, enum nev_path way, char *path, size_t size)
{
    const struct pack_job job = {model, path, way};

    return make_file(write_packed, &job, path, size);
}
