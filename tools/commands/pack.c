/* SPDX-License-Identifier: MIT */
/* nevus pack: a canonical weights file becomes one that is used where it lies. */
#include <stdio.h>

#include "nn/nn.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/networks/engine.h"
#include "tools/networks/isa.h"
#include "tools/networks/packing.h"

static const char *const profiles[] = {"fast", "direct", NULL}; /* in the order of enum nev_path */

struct values {
    const char *output;
    uint64_t profile, threads;
    bool is_quiet;
};

static const struct values defaults = {.profile = NEV_PATH_FAST};

static const struct nev_option options[] = {
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, output), "MODEL.packed.nvw", "the file to write", 0,
     0, NULL},
    {"profile", 0, NEV_OPTION_CHOICE, offsetof(struct values, profile), "NAME",
     "fast (default): Winograd's convolutions where they pay; direct: none, a smaller file", 0, 0, profiles},
    NEV_OPTION_THREADS(struct values, threads),
    NEV_OPTION_QUIET(struct values, is_quiet),
    NEV_OPTION_END,
};

/* A look with the reader's eyes, and only then the disk. */
static enum nev_exit finish(const struct values *v, const struct nev_parallel *par, uint32_t isas,
                            const uint8_t *file, size_t bytes)
{
    char hex[NEV_SHA256_HEX_BYTES], canonical[NEV_SHA256_HEX_BYTES];
    struct nev_weights w;
    struct nev_plan plan;
    struct nev_error err;

    if (nev_weights_open(&w, file, bytes, &err) != NEV_OK ||
        nev_weights_verify_by(&w, par, isas, &err) != NEV_OK ||
        nev_plan_make_for(&plan, &w, (enum nev_path)v->profile, 1, 1, &err) != NEV_OK ||
        nev_file_write(v->output, file, bytes, &err) != NEV_OK) {
        return nev_report_output(v->output, &err);
    }
    if (!v->is_quiet) {
        nev_sha256_hex(w.head_sha256, hex);
        nev_sha256_hex(w.canonical_sha256, canonical);
        fprintf(stderr, "%s, %s, %u tensors, %zu bytes, digest %s, packed from %s\n",
                nev_net_name(w.model.net), profiles[v->profile], w.tensor_len, bytes, hex, canonical);
    }
    return NEV_EXIT_OK;
}

static enum nev_exit pack(const struct values *v, const char *path, const struct nev_file *source)
{
    struct nev_parallel par = nev_parallel_threads(nev_threads_of(v->threads));
    struct nev_weights weights;
    struct nev_error err;
    uint8_t *file = NULL;
    uint32_t isas;
    size_t bytes;
    enum nev_exit code = nev_isa_choose(&isas);

    if (code != NEV_EXIT_OK) {
        return code;
    }
    if (nev_weights_open(&weights, source->data, source->bytes, &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    if (weights.form != NEV_FORM_CANONICAL) {
        return nev_report_text(NEV_EXIT_UNSUPPORTED, path,
                               "is packed already; give the canonical file, which `nevus convert` makes");
    }
    if (nev_weights_verify_by(&weights, &par, isas, &err) != NEV_OK ||
        (file = nev_packing_image(&weights, (enum nev_path)v->profile, &par, &bytes, &err)) == NULL) {
        return nev_report(path, &err);
    }
    code = finish(v, &par, isas, file, bytes);
    nev_memory_give(file);
    return code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const struct nev_collide collide = {{v->output}, {NULL}, args};
    struct nev_file source;
    struct nev_error err;
    enum nev_exit code;

    if (v->output == NULL) {
        return nev_report_text(NEV_EXIT_USAGE, "pack", "-o MODEL.packed.nvw is missing: where to write");
    }
    if ((code = nev_collide_check(&collide)) != NEV_EXIT_OK) {
        return code;
    }
    if (nev_file_map(&source, args->text[0], NEV_WEIGHTS_FILE_MAX, &err) != NEV_OK) {
        return nev_report(args->text[0], &err);
    }
    code = pack(v, args->text[0], &source);
    nev_file_close(&source);
    return code;
}

const struct nev_command nev_command_pack = {
    .name = "pack",
    .summary = "make a weights file that opens at once: weights as the kernels read them",
    .synopsis = "[OPTIONS] MODEL.nvw -o MODEL.packed.nvw",
    .text =
        "Folds the batch norms, transforms and lays out the weights, and names the algorithm of every layer\n"
        "(weights/FORMAT.md). Every command that takes weights takes the packed file too, uses it where it\n"
        "lies and gives the same features as with MODEL.nvw on the same path; a forest knows both as one\n"
        "model. The reference path needs MODEL.nvw. The same bytes on every machine, for any --threads.\n",
    .options = options,
    .defaults = &defaults,
    .values_bytes = sizeof defaults,
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
