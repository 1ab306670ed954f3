/* SPDX-License-Identifier: MIT */
#include "bench/layers.h"

#include <stdio.h>
#include <string.h>

#include "bench/clock.h"
#include "bench/count.h"
#include "bench/peak.h"
#include "nn/algorithm.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"

#define STREAM_BYTES ((size_t)256 << 20) /* no cache of a processor of today holds it */
#define CACHE_BYTES                                                                                          \
    ((size_t)128 << 10) /* a thread: past L1, within L2, of all processors of the last ten years */
#define STREAM_REPEATS 6u
#define LAYER_SAMPLES  NEV_BENCH_LAYERS_MAX

/* Takes the time between one output and the next. */
struct stopwatch {
    double last_ms;
    size_t next;
    bool is_on;
    struct nev_bench_samples sample[LAYER_SAMPLES];
};

static void on_output(void *ctx, const struct nev_trace_event *event)
{
    struct stopwatch *watch = ctx;
    const double now = nev_bench_wall_ms();

    (void)event;
    if (watch->is_on && watch->next < LAYER_SAMPLES) {
        nev_bench_add(&watch->sample[watch->next], now - watch->last_ms);
    }
    watch->next++;
    watch->last_ms = nev_bench_wall_ms();
}

static enum nev_exit run_once(struct nev_bench_rig *rig, struct stopwatch *watch, bool is_on, double *ms)
{
    const double began = nev_bench_wall_ms();
    enum nev_exit code;

    watch->next = 0;
    watch->is_on = is_on;
    watch->last_ms = began;
    code = nev_bench_rig_run(rig);
    *ms = nev_bench_wall_ms() - began;
    return code;
}

static enum nev_exit time_runs(struct nev_bench_rig *rig, uint64_t runs, struct stopwatch *watch,
                               struct nev_bench_samples *whole, struct nev_bench_layers *out)
{
    static struct nev_bench_meter meter;
    const struct nev_trace trace = {on_output, watch};
    float first[NEV_FEATURES_LEN];
    double ms, began;
    enum nev_exit code;

    rig->run.trace = &trace;
    code = run_once(rig, watch, false, &ms);
    memcpy(first, rig->features, sizeof first);
    nev_bench_meter_init(&meter, &rig->parallel);
    began = nev_bench_wall_ms();
    while (code == NEV_EXIT_OK && nev_bench_more(whole->len, runs, began)) {
        nev_bench_meter_burst(&meter);
        code = run_once(rig, watch, true, &ms);
        nev_bench_add(whole, ms);
        if (code == NEV_EXIT_OK && memcmp(first, rig->features, sizeof first) != 0) {
            code = nev_report_text(NEV_EXIT_ENVIRONMENT, rig->what.model,
                                   "two runs on one picture gave different features");
        }
    }
    out->peak_gflops = nev_bench_meter_gflops(&meter);
    rig->run.trace = NULL;
    return code;
}

static enum nev_exit measure_reading(const struct nev_parallel *par, struct nev_bench_layers *out)
{
    const size_t len = STREAM_BYTES / sizeof(float);
    const size_t each = CACHE_BYTES / sizeof(float), share = len / par->parts / 128 * 128;
    float *x = nev_memory_take(len, sizeof *x);

    if (x == NULL) {
        return nev_report_memory("the buffer that is read to measure the memory's speed");
    }
    for (size_t i = 0; i < len; i++) {
        x[i] = 1.0f; /* untouched pages would all be one page of zeros */
    }
    for (uint32_t i = 0; i < STREAM_REPEATS; i++) {
        double stream = nev_bench_stream_gbs(par, x, len);

        out->stream_gbs = stream > out->stream_gbs ? stream : out->stream_gbs;
    }
    out->cache_gbs = nev_bench_cache_gbs(par, x, len, each < share ? each : share);
    nev_memory_give(x);
    return NEV_EXIT_OK;
}

static const char *op_name(enum nev_op op)
{
    switch (op) {
    case NEV_OP_CONV:
        return "conv";
    case NEV_OP_DEPTHWISE:
        return "depthwise";
    case NEV_OP_MAXPOOL:
        return "maxpool";
    case NEV_OP_ADD:
        return "add";
    case NEV_OP_AVGPOOL:
        return "avgpool";
    case NEV_OP_FC:
        break;
    }
    return "fc";
}

/* What a stage of a step does: the reference path computes the operation, then the norm, then the activation,
 * each where there is one. */
static const char *stage_name(const struct nev_step *step, const struct nev_layer *row, uint32_t stage)
{
    if (step->algorithm != NEV_ALGORITHM_REFERENCE) {
        return nev_algorithm(step->algorithm)->name;
    }
    if (stage == 0) {
        return op_name(row->op);
    }
    return stage == 1 && row->norm != NULL ? "norm" : "activation";
}

static void fill_layer(struct nev_bench_layer *layer, const struct nev_step *step,
                       const struct nev_table *table, uint32_t stage, struct nev_bench_samples *sample)
{
    snprintf(layer->first, sizeof layer->first, "%s", table->layer[step->first_row].name);
    snprintf(layer->last, sizeof layer->last, "%s", table->layer[step->last_row].name);
    snprintf(layer->what, sizeof layer->what, "%s", stage_name(step, &table->layer[step->first_row], stage));
    layer->min_ms = nev_bench_min(sample);
    layer->median_ms = nev_bench_median(sample);
    if (stage == 0) {
        layer->flops = 2.0 * nev_bench_count_step(step);
        layer->bytes = nev_bench_bytes_step(step);
    } else {
        layer->bytes = 2.0 * (double)step->oh * step->ow * step->oc * (double)sizeof(float); /* in place */
    }
}

/* The trace shows every stage of the reference path, and one output of a step of the others. */
static void fill(struct nev_bench_layers *out, const struct nev_bench_rig *rig, struct stopwatch *watch)
{
    const struct nev_table *table = nev_table_of(rig->weights.model.net);

    for (uint32_t i = 0; i < rig->plan.step_len; i++) {
        const struct nev_step *step = &rig->plan.step[i];
        const uint32_t stages = step->algorithm == NEV_ALGORITHM_REFERENCE ? step->phases : 1;

        for (uint32_t s = 0; s < stages && out->len < NEV_BENCH_LAYERS_MAX; s++) {
            fill_layer(&out->layer[out->len], step, table, s, &watch->sample[out->len]);
            out->len++;
        }
    }
}

enum nev_exit nev_bench_layers_measure(const struct nev_bench_case *what, uint64_t runs,
                                       struct nev_bench_layers *out)
{
    struct stopwatch *watch = nev_memory_take_zeroed(1, sizeof *watch);
    struct nev_bench_samples *whole = nev_memory_take_zeroed(1, sizeof *whole);
    struct nev_bench_rig rig;
    enum nev_exit code = NEV_EXIT_MEMORY;

    memset(out, 0, sizeof *out);
    memset(&rig, 0, sizeof rig);
    if (watch != NULL && whole != NULL) {
        code = nev_bench_rig_open(&rig, what);
    }
    if (code == NEV_EXIT_OK) {
        code = time_runs(&rig, runs, watch, whole, out);
    }
    if (code == NEV_EXIT_OK) {
        snprintf(out->network, sizeof out->network, "%s", nev_net_name(rig.weights.model.net));
        snprintf(out->isa, sizeof out->isa, "%s", nev_kernels_name(rig.run.kernels));
        nev_bench_rig_digest(&rig, out->sha256);
        out->runs = whole->len;
        out->median_ms = nev_bench_median(whole);
        fill(out, &rig, watch);
        code = measure_reading(&rig.parallel, out);
    }
    nev_bench_rig_close(&rig);
    nev_memory_give(whole);
    nev_memory_give(watch);
    return code;
}
