/* SPDX-License-Identifier: MIT */
/* nevus convert: a public checkpoint, or a seed, becomes a weights file. */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/base/arena.h"
#include "nn/base/sha256.h"
#include "nn/nn.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/files/files.h"
#include "tools/networks/seeded.h"
#include "tools/networks/tensors.h"
#include "weights/import/import.h"

#define SOURCE_BYTES_MAX ((uint64_t)2 << 30)
#define ABSENT           UINT64_MAX

static const char *const net_names[] = {"resnet18", "darknet19", "mobilenetv2", NULL};
static const char *const padding_names[] = {"symmetric", "same", NULL};
static const char *const order_names[] = {"rgb", "bgr", NULL};

struct values {
    const char *output, *mean, *std, *eps;
    uint64_t net, seeded, seed, padding, order, size;
    bool is_quiet;
};

static const struct values defaults = {NULL,   NULL,   NULL,   NULL,   ABSENT, ABSENT,
                                       ABSENT, ABSENT, ABSENT, ABSENT, false};

static const struct nev_option options[] = {
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, output), "MODEL.nvw", "the file to write", 0, 0,
     NULL},
    {"net", 0, NEV_OPTION_CHOICE, offsetof(struct values, net), "NAME",
     "refuse a source of another network: resnet18, darknet19 or mobilenetv2", 0, 0, net_names},
    {"seeded", 0, NEV_OPTION_CHOICE, offsetof(struct values, seeded), "NAME",
     "no source: weights by formula for this network", 0, 0, net_names},
    {"seed", 0, NEV_OPTION_NUMBER, offsetof(struct values, seed), "N", "which of them (default 0)", 0, 65535,
     NULL},
    {"padding", 0, NEV_OPTION_CHOICE, offsetof(struct values, padding), "NAME",
     "mobilenetv2: symmetric (torchvision) or same (TensorFlow); default: what the source says", 0, 0,
     padding_names},
    {"eps", 0, NEV_OPTION_TEXT, offsetof(struct values, eps), "X",
     "batch norm's epsilon, if the source's is another", 0, 0, NULL},
    {"size", 0, NEV_OPTION_NUMBER, offsetof(struct values, size), "N",
     "side of the input in pixels (default 224; darknet19 256)", 1, NEV_INPUT_SIDE_MAX, NULL},
    {"mean", 0, NEV_OPTION_TEXT, offsetof(struct values, mean), "A,B,C",
     "subtracted from the channels, which are in [0,1]", 0, 0, NULL},
    {"std", 0, NEV_OPTION_TEXT, offsetof(struct values, std), "A,B,C", "by which they are then divided", 0, 0,
     NULL},
    {"order", 0, NEV_OPTION_CHOICE, offsetof(struct values, order), "NAME", "of the channels: rgb or bgr", 0,
     0, order_names},
    NEV_OPTION_QUIET(struct values, is_quiet),
    NEV_OPTION_END,
};

/* Everything that has to be given back. */
struct job {
    const struct values *v;
    struct nev_model model;
    struct nev_tensor_list *list;
    struct nev_file source;
    void *arena;
    uint8_t *file;
    size_t file_bytes;
};

static enum nev_exit usage(const char *what)
{
    return nev_report_text(NEV_EXIT_USAGE, "convert", "%s", what);
}

/* `len` numbers with commas between them. */
static bool parse_reals(const char *text, double *to, unsigned len)
{
    unsigned i;

    for (i = 0; i < len; i++) {
        char *end;

        if (strchr("+-.0123456789", *text) == NULL) {
            return false;
        }
        to[i] = strtod(text, &end);
        if (end == text || !(to[i] >= -(double)FLT_MAX && to[i] <= (double)FLT_MAX) ||
            *end != (i + 1 < len ? ',' : '\0')) {
            return false;
        }
        text = end + 1;
    }
    return true;
}

static bool parse_channels(const char *text, float to[3])
{
    double v[3];
    unsigned c;

    if (text == NULL) {
        return true;
    }
    if (!parse_reals(text, v, 3)) {
        return false;
    }
    for (c = 0; c < 3; c++) {
        to[c] = (float)v[c];
    }
    return true;
}

/* What the command line says goes before what the source says. */
static enum nev_exit override_model(struct job *job)
{
    const struct values *v = job->v;
    struct nev_model *m = &job->model;
    struct nev_plan plan;
    struct nev_error err;

    if (v->padding != ABSENT) {
        m->padding = (enum nev_padding)v->padding;
        if (m->net != NEV_NET_MOBILENETV2 && m->padding != NEV_PADDING_SYMMETRIC) {
            return usage("--padding same is for mobilenetv2; the other networks have one padding only");
        }
        if (v->seeded != ABSENT && m->padding == NEV_PADDING_SAME) {
            m->bn_eps = 1e-3; /* TensorFlow's, as the padding is */
        }
    }
    if (v->order != ABSENT) {
        m->prep.order = (enum nev_channel_order)v->order;
    }
    if (v->size != ABSENT) {
        m->prep.width = m->prep.height = (uint32_t)v->size;
    }
    if (!parse_channels(v->mean, m->prep.mean) || !parse_channels(v->std, m->prep.std)) {
        return usage("--mean and --std take three numbers with commas between them, such as 0.5,0.5,0.5");
    }
    if (v->eps != NULL && !parse_reals(v->eps, &m->bn_eps, 1)) {
        return usage("--eps takes one number, such as 0.001");
    }
    if (nev_model_check(m, &err) != NEV_OK) {
        return nev_report_text(NEV_EXIT_USAGE, "convert", "--%s: %s", err.name, err.what);
    }
    if (nev_plan_make(&plan, m, NEV_PATH_REFERENCE, 1, &err) != NEV_OK) {
        return nev_report_text(NEV_EXIT_USAGE, "convert", "--size: %s (%s)", err.what, err.name);
    }
    return NEV_EXIT_OK;
}

/* The base name, made printable. */
static void name_source(struct nev_model *m, const char *path)
{
    const char *base = strrchr(path, '/');
    size_t i;

    base = base == NULL ? path : base + 1;
    for (i = 0; base[i] != '\0' && i + 1 < sizeof m->source_name; i++) {
        m->source_name[i] = '?';
        if (base[i] >= ' ' && base[i] <= '~') {
            m->source_name[i] = base[i];
        }
    }
}

/* An empty weights file of the job's model. */
static enum nev_exit begin_file(struct job *job)
{
    struct nev_error err;
    enum nev_status s = nev_weights_write_bytes(job->list->spec, job->list->len, &job->file_bytes);

    if (s == NEV_OK && (job->file = nev_memory_take(job->file_bytes, 1)) == NULL) {
        return nev_report_memory("the weights file");
    }
    if (s == NEV_OK) {
        s = nev_weights_write_begin(&job->model, job->list->spec, job->list->len, job->file, job->file_bytes);
    }
    if (s != NEV_OK) {
        nev_fail(&err, s, NEV_NO_OFFSET, NULL, nev_status_text(s));
        return nev_report_output(job->v->output, &err);
    }
    return NEV_EXIT_OK;
}

static enum nev_exit seed(struct job *job)
{
    uint32_t number = (uint32_t)(job->v->seed == ABSENT ? 0 : job->v->seed);
    enum nev_exit code;

    nev_net_model((enum nev_net)(job->v->seeded + 1), &job->model);
    if ((code = override_model(job)) != NEV_EXIT_OK) {
        return code;
    }
    job->file = nev_seeded_image(&job->model, number, &job->file_bytes);
    return job->file != NULL ? NEV_EXIT_OK : nev_report_memory("the weights file");
}

static enum nev_status open_source(struct job *job, struct nev_import *imp, struct nev_error *err)
{
    enum nev_source_kind kind;
    struct nev_arena arena;
    size_t bytes;
    enum nev_status s = nev_import_probe(job->source.data, job->source.bytes, &kind, &bytes, err);

    if (s != NEV_OK) {
        return s;
    }
    if ((job->arena = nev_memory_take(bytes, 1)) == NULL) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL, "there is no memory to read the source");
    }
    nev_arena_init(&arena, job->arena, bytes);
    if ((s = nev_import_open(imp, job->source.data, job->source.bytes, &arena, err)) != NEV_OK) {
        return s;
    }
    return nev_import_identify(imp, &job->model, err);
}

static enum nev_exit import(struct job *job, const char *path)
{
    struct nev_import imp;
    struct nev_error err;
    enum nev_exit code;
    uint32_t i;
    size_t len;

    if (nev_file_map(&job->source, path, SOURCE_BYTES_MAX, &err) != NEV_OK ||
        open_source(job, &imp, &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    if (job->v->net != ABSENT && job->model.net != (enum nev_net)(job->v->net + 1)) {
        return nev_report_text(NEV_EXIT_MISFIT, path, "the source is %s, not %s",
                               nev_net_name(job->model.net), net_names[job->v->net]);
    }
    nev_tensor_list_fill(job->list, job->model.net);
    if (nev_import_bind(&imp, job->model.net, job->list->spec, job->list->len, &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    nev_sha256_of(job->source.data, job->source.bytes, job->model.source_sha256);
    name_source(&job->model, path);
    if ((code = override_model(job)) != NEV_EXIT_OK || (code = begin_file(job)) != NEV_EXIT_OK) {
        return code;
    }
    for (i = 0; i < job->list->len; i++) {
        if (nev_import_store(&imp, i, &job->list->spec[i], nev_weights_payload(job->file, i, &len), &err) !=
            NEV_OK) {
            return nev_report(path, &err);
        }
    }
    nev_weights_write_end(job->file, job->file_bytes);
    return NEV_EXIT_OK;
}

/* A look with the reader's eyes, and only then the disk. */
static enum nev_exit finish(struct job *job)
{
    char hex[NEV_SHA256_HEX_BYTES];
    struct nev_weights w;
    struct nev_error err;

    if (nev_weights_open(&w, job->file, job->file_bytes, &err) != NEV_OK ||
        nev_weights_verify(&w, &err) != NEV_OK ||
        nev_file_write(job->v->output, job->file, job->file_bytes, &err) != NEV_OK) {
        return nev_report_output(job->v->output, &err);
    }
    if (!job->v->is_quiet) {
        nev_sha256_hex(w.head_sha256, hex);
        fprintf(stderr, "%s, %u tensors, %zu bytes, digest %s\n", nev_net_name(w.model.net), w.tensor_len,
                job->file_bytes, hex);
    }
    return NEV_EXIT_OK;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    struct job job = {.v = values};
    const struct nev_collide collide = {{job.v->output}, {NULL}, args};
    enum nev_exit code;

    if (job.v->output == NULL) {
        return usage("-o MODEL.nvw is missing: where to write");
    }
    if ((job.v->seeded != ABSENT) == (args->len == 1)) {
        return usage("give either one SOURCE or --seeded NAME");
    }
    if (job.v->seeded != ABSENT ? job.v->net != ABSENT : job.v->seed != ABSENT) {
        return usage("--seed goes with --seeded, --net with a source");
    }
    if ((code = nev_collide_check(&collide)) != NEV_EXIT_OK) {
        return code;
    }
    if ((job.list = nev_memory_take_zeroed(1, sizeof *job.list)) == NULL) {
        return nev_report_memory("the list of tensors");
    }
    code = job.v->seeded != ABSENT ? seed(&job) : import(&job, args->text[0]);
    if (code == NEV_EXIT_OK) {
        code = finish(&job);
    }
    nev_memory_give(job.file);
    nev_memory_give(job.arena);
    nev_memory_give(job.list);
    nev_file_close(&job.source);
    return code;
}

const struct nev_command nev_command_convert = {
    .name = "convert",
    .summary = "make a weights file (.nvw) from a public checkpoint, or by formula",
    .synopsis = "[OPTIONS] SOURCE -o MODEL.nvw\n       nevus convert --seeded NAME [--seed N] -o MODEL.nvw",
    .text =
        "SOURCE is a PyTorch state_dict (.pth, .pt), a .safetensors, an .onnx or a darknet .weights file.\n"
        "Network, padding and preprocessing are found out from its names and shapes; nothing in it is\n"
        "executed. Names understood: torchvision and timm (resnet18, mobilenet_v2), Hugging Face\n"
        "google/mobilenet_v2_1.0_224, darknet19 in darknet's order; ONNX graphs of the three.\n"
        "The weights file holds every tensor as the source has it, as float32, with the source's SHA-256.\n",
    .options = options,
    .defaults = &defaults,
    .values_bytes = sizeof defaults,
    .args_min = 0,
    .args_max = 1,
    .run = run,
};
