/* SPDX-License-Identifier: MIT */
#include "tools/engine.h"

#include <string.h>

#include "tools/isa.h"
#include "tools/memory.h"
#include "tools/report.h"

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

static enum nev_exit make_ready(struct nev_engine *e, enum nev_path run_path, const char *layer,
                                uint32_t threads)
{
    struct nev_parallel par = nev_parallel_threads(threads);
    struct nev_error err;
    uint32_t isas;
    enum nev_exit code = nev_isa_choose(&isas);

    if (code != NEV_EXIT_OK) {
        return code;
    }
    if (nev_file_map(&e->file, e->path, NEV_WEIGHTS_FILE_MAX, &err) != NEV_OK ||
        nev_weights_open(&e->weights, e->file.data, e->file.bytes, &err) != NEV_OK ||
        nev_weights_verify(&e->weights, &err) != NEV_OK ||
        nev_plan_make(&e->plan, &e->weights.model, run_path, 1, &err) != NEV_OK ||
        nev_plan_make(&e->wide, &e->weights.model, run_path, threads, &err) != NEV_OK) {
        return nev_report(e->path, &err);
    }
    code = choose_layer(e, layer);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    e->packed = nev_memory_take(e->plan.packed_bytes, 1);
    if (e->packed == NULL) {
        return nev_report_memory("the weights");
    }
    if (nev_plan_pack(&e->plan, &e->weights, e->packed, e->plan.packed_bytes, &par, &err) != NEV_OK) {
        return nev_report(e->path, &err);
    }
    e->kernels = nev_kernels_select(isas);
    return NEV_EXIT_OK;
}

enum nev_exit nev_engine_open(struct nev_engine *e, const char *path, enum nev_path run_path,
                              const char *layer, uint32_t threads)
{
    enum nev_exit code;

    memset(e, 0, sizeof *e);
    e->path = path;
    code = make_ready(e, run_path, layer, threads);
    if (code != NEV_EXIT_OK) {
        nev_engine_close(e);
    }
    return code;
}

void nev_engine_close(struct nev_engine *e)
{
    nev_memory_give(e->packed);
    nev_file_close(&e->file);
    memset(e, 0, sizeof *e);
}
