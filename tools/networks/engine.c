/* SPDX-License-Identifier: MIT */
#include "tools/networks/engine.h"

#include <string.h>

#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/networks/isa.h"

/* Finds the layer's row and the step that ends with it. */
static enum nev_exit choose_layer(struct nev_engine *e, const char *layer)
{
    enum nev_net net = e->weights.model.net;
    uint32_t rows = nev_net_layer_len(net), row, s;

    e->layer = nev_net_layer_name(net, rows - 1);
    e->features = NEV_FEATURES_LEN;
    e->is_last = true;
    if (layer == NULL || strcmp(layer, e->layer) == 0) {
        return NEV_EXIT_OK;
    }
    for (row = 0; row < rows && strcmp(nev_net_layer_name(net, row), layer) != 0; row++) {
    }
    if (row == rows) {
        return nev_report_text(NEV_EXIT_USAGE, e->path,
                               "%s has no layer '%s'; `nevus info --layers` lists them", nev_net_name(net),
                               layer);
    }
    for (s = 0; s < e->plan.step_len; s++) {
        if (e->plan.step[s].last_row == row) {
            e->layer = nev_net_layer_name(net, row);
            e->features = e->plan.step[s].oc;
            e->is_last = false;
            return NEV_EXIT_OK;
        }
    }
    return nev_report_text(NEV_EXIT_USAGE, e->path,
                           "layer '%s' is fused with the one after it on the fast path; use --path reference",
                           layer);
}

/* Maps the file and checks as much of it as is wanted. */
static enum nev_exit read_file(struct nev_engine *e, const struct nev_engine_want *want, uint32_t isas)
{
    struct nev_parallel par = nev_parallel_threads(want->threads);
    struct nev_error err;

    if (nev_file_map(&e->file, e->path, NEV_WEIGHTS_FILE_MAX, &err) != NEV_OK ||
        nev_weights_open(&e->weights, e->file.data, e->file.bytes, &err) != NEV_OK ||
        (!want->is_trusted && nev_weights_verify_by(&e->weights, &par, isas, &err) != NEV_OK)) {
        return nev_report(e->path, &err);
    }
    return NEV_EXIT_OK;
}

/* A packed file has one path. */
static enum nev_exit choose_path(const struct nev_engine *e, uint64_t wanted, enum nev_path *path)
{
    const bool is_packed = e->weights.form == NEV_FORM_PACKED;
    const enum nev_path own = is_packed ? nev_profile_path(e->weights.profile) : NEV_PATH_FAST;

    *path = wanted == NEV_PATH_OF_FILE ? own : (enum nev_path)wanted;
    if (!is_packed || *path == own) {
        return NEV_EXIT_OK;
    }
    if (*path == NEV_PATH_REFERENCE) {
        return nev_report_text(
            NEV_EXIT_MISFIT, e->path,
            "is packed for the %s path; the reference path needs the canonical file that it "
            "was packed from",
            nev_choices_path[own]);
    }
    return nev_report_text(
        NEV_EXIT_MISFIT, e->path,
        "is packed for the %s path, not for the %s path that is wanted; pack the canonical file "
        "with --profile %s, or take the canonical file itself",
        nev_choices_path[own], nev_choices_path[*path], nev_choices_path[*path]);
}

/* A file whose payload nobody has read yet is read by the first inference, all of it. */
static void expect_payload(const struct nev_engine *e, const struct nev_engine_want *want)
{
    if (want->is_trusted && e->weights.form == NEV_FORM_PACKED) {
        nev_file_expect(&e->file);
    }
}

static enum nev_exit make_plans(struct nev_engine *e, const struct nev_engine_want *want)
{
    struct nev_error err;
    enum nev_path path;
    enum nev_exit code = choose_path(e, want->path, &path);

    if (code != NEV_EXIT_OK) {
        return code;
    }
    if (nev_plan_make_for(&e->plan, &e->weights, path, 1, 1, &err) != NEV_OK ||
        nev_plan_make_for(&e->wide, &e->weights, path, want->threads, 1, &err) != NEV_OK) {
        return nev_report(e->path, &err);
    }
    return choose_layer(e, want->layer);
}

static enum nev_exit pack(struct nev_engine *e, uint32_t threads)
{
    struct nev_parallel par = nev_parallel_threads(threads);
    struct nev_error err;

    e->packed = nev_plan_in_place(&e->plan, &e->weights);
    if (e->packed != NULL) {
        return NEV_EXIT_OK;
    }
    e->memory = nev_memory_take(e->plan.packed_bytes, 1);
    if (e->memory == NULL) {
        return nev_report_memory("the weights");
    }
    if (nev_plan_pack(&e->plan, &e->weights, e->memory, e->plan.packed_bytes, &par, &err) != NEV_OK) {
        return nev_report(e->path, &err);
    }
    e->packed = e->memory;
    return NEV_EXIT_OK;
}

enum nev_exit nev_engine_open(struct nev_engine *e, const char *path, const struct nev_engine_want *want)
{
    uint32_t isas;
    enum nev_exit code;

    memset(e, 0, sizeof *e);
    e->path = path;
    if ((code = nev_isa_choose(&isas)) == NEV_EXIT_OK && (code = read_file(e, want, isas)) == NEV_EXIT_OK &&
        (code = make_plans(e, want)) == NEV_EXIT_OK) {
        expect_payload(e, want);
        code = pack(e, want->threads);
        e->kernels = nev_kernels_select(isas);
    }
    if (code != NEV_EXIT_OK) {
        nev_engine_close(e);
    }
    return code;
}

void nev_engine_close(struct nev_engine *e)
{
    nev_memory_give(e->memory);
    nev_file_close(&e->file);
    memset(e, 0, sizeof *e);
}
