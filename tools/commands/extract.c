/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/networks/pipeline.h"
#include "tools/tables/tables.h"

struct values {
    const char *weights, *out, *layer, *shard;
    uint64_t path, fit, verify, threads;
    bool is_quiet, is_list;
};

static const struct values defaults = {.path = NEV_PATH_OF_FILE, .fit = NEV_FIT_NOT_GIVEN};

static const struct nev_option options[] = {
    NEV_OPTION_WEIGHTS(struct values, weights),
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, out), "F.npy",
     "where to write the features; what each row is goes beside it, to F.csv", 0, 0, NULL},
    NEV_OPTION_LAYER(struct values, layer),
    {"layers", 0, NEV_OPTION_FLAG, offsetof(struct values, is_list), NULL,
     "print the layers that --layer can name, with their channels, and stop", 0, 0, NULL},
    {"shard", 0, NEV_OPTION_TEXT, offsetof(struct values, shard), "I/N",
     "only the I-th of N parts of the pictures; `nevus table merge` joins them", 0, 0, NULL},
    NEV_OPTION_FIT(struct values, fit),
    NEV_OPTION_PATH(struct values, path),
    NEV_OPTION_VERIFY(struct values, verify),
    NEV_OPTION_THREADS(struct values, threads),
    NEV_OPTION_QUIET(struct values, is_quiet),
    NEV_OPTION_END,
};

static enum nev_exit extract(const struct nev_pipeline *p, const char *out, const struct nev_inputs *inputs,
                             const struct nev_shard *shard)
{
    struct nev_features features;
    enum nev_exit run = nev_pipeline_run(p, inputs, &features), code;

    if (run != NEV_EXIT_OK && run != NEV_EXIT_PARTIAL) {
        return run;
    }
    code = nev_features_write(out, &features, inputs, shard);
    nev_features_free(&features);
    return code == NEV_EXIT_OK ? run : code;
}

/* A fused layer has no output of its own and is not listed; the other path may have it. */
static void print_layers(const struct nev_engine *e)
{
    uint32_t i;

    for (i = 0; i < e->plan.step_len; i++) {
        const struct nev_step *step = &e->plan.step[i];

        printf("%-24s %5u\n", nev_net_layer_name(e->plan.model.net, step->last_row), (unsigned)step->oc);
    }
}

/* The names of both outputs, checked before any picture is looked at. */
static enum nev_exit check_names(const struct values *v, const struct nev_arguments *args)
{
    char table[NEV_WRITER_PATH_LEN];
    struct nev_collide collide = {{v->out}, {v->weights}, args};
    enum nev_exit code = v->is_list ? NEV_EXIT_OK : nev_features_names(v->out, table);

    if (code == NEV_EXIT_OK && !v->is_list && table[0] != '\0') {
        collide.output[1] = table;
    }
    return code == NEV_EXIT_OK ? nev_collide_check(&collide) : code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    uint32_t threads = nev_threads_of(v->threads);
    const struct nev_engine_want want = {v->path, v->layer, threads, v->verify == NEV_VERIFY_HEAD};
    struct nev_inputs inputs = {0};
    struct nev_shard shard = {0};
    struct nev_engine engine;
    enum nev_exit code, listed;

    if (v->weights == NULL || (!v->is_list && (v->out == NULL || args->len == 0))) {
        return nev_report_text(NEV_EXIT_USAGE, "extract",
                               "--weights, --out and a picture or a folder are needed");
    }
    if (v->is_list && (v->out != NULL || args->len > 0 || v->layer != NULL || v->shard != NULL ||
                       v->fit != NEV_FIT_NOT_GIVEN)) {
        return nev_report_text(
            NEV_EXIT_USAGE, "extract",
            "--layers prints the layers and stops; it takes no picture, --out, --layer, --shard or --fit");
    }
    if (v->shard != NULL && (code = nev_shard_parse(v->shard, &shard)) != NEV_EXIT_OK) {
        return code;
    }
    if ((code = check_names(v, args)) != NEV_EXIT_OK) {
        return code;
    }
    code = nev_engine_open(&engine, v->weights, &want);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    if (v->is_list) {
        print_layers(&engine);
        nev_engine_close(&engine);
        return NEV_EXIT_OK;
    }
    listed = nev_inputs_add_all(&inputs, args);
    code = listed;
    if (listed == NEV_EXIT_OK || listed == NEV_EXIT_PARTIAL) {
        struct nev_pipeline p = {&engine, (enum nev_resize_fit)nev_fit_of(v->fit), threads, v->is_quiet};

        if (shard.of != 0) {
            nev_shard_cut(&inputs, &shard);
        }
        code = extract(&p, v->out, &inputs, &shard);
        code = code == NEV_EXIT_OK ? listed : code;
    }
    nev_inputs_free(&inputs);
    nev_engine_close(&engine);
    return code;
}

const struct nev_command nev_command_extract = {
    "extract",
    "turn pictures into features",
    "--weights M.nvw IMAGE|FOLDER|-... -o F.npy",
    "Runs a network over pictures and writes its 1,000 features, float32, one row a picture, in the order "
    "given; a\n"
    "folder's pictures by class folder, then by file, both in the byte order of their names. F.csv says of "
    "each row:\n"
    "file, label (the class folder), width, height, bytes, SHA-256 of the file, SHA-256 of the decoded "
    "pixels.\n"
    "With --layer the features are the mean over the picture of each channel of that layer's output.\n"
    "A bad picture is named on standard error and has no row; the exit code is then 1.\n"
    "With --shard the list of pictures is cut into N parts of equal length, for as many jobs on as many "
    "machines; the "
    "last\n"
    "column of F.csv then says which shard it is and each picture's place in the list.\n",
    options,
    &defaults,
    sizeof defaults,
    0,
    SIZE_MAX,
    run,
};
