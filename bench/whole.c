/* SPDX-License-Identifier: MIT */
#include "bench/whole.h"

#include <stdio.h>
#include <string.h>

#include "bench/clock.h"
#include "bench/count.h"
#include "bench/isolate.h"
#include "bench/peak.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"

struct timing {
    struct nev_bench_samples wall, cpu;
    double peak_gflops;
};

/* The timed calls; each must give the bits of the first, untimed one. */
static enum nev_exit time_runs(struct nev_bench_rig *rig, uint64_t runs, struct timing *timing)
{
    const size_t bytes = (size_t)NEV_FEATURES_LEN * rig->what.batch * sizeof(float);
    static struct nev_bench_meter meter;
    float *first = nev_memory_take(bytes, 1);
    double began;
    enum nev_exit code = first != NULL ? nev_bench_rig_run(rig) : nev_report_memory("the features");

    if (code == NEV_EXIT_OK) {
        memcpy(first, rig->features, bytes);
    }
    nev_bench_meter_init(&meter, &rig->parallel);
    began = nev_bench_wall_ms();
    while (code == NEV_EXIT_OK && nev_bench_more(timing->wall.len, runs, began)) {
        double cpu, wall;

        nev_bench_meter_burst(&meter);
        cpu = nev_bench_cpu_ms();
        wall = nev_bench_wall_ms();
        code = nev_bench_rig_run(rig);
        nev_bench_add(&timing->wall, nev_bench_wall_ms() - wall);
        nev_bench_add(&timing->cpu, nev_bench_cpu_ms() - cpu);
        if (code == NEV_EXIT_OK && memcmp(first, rig->features, bytes) != 0) {
            code = nev_report_text(NEV_EXIT_ENVIRONMENT, rig->what.model,
                                   "two runs on one picture gave different features");
        }
    }
    timing->peak_gflops = nev_bench_meter_gflops(&meter);
    nev_memory_give(first);
    return code;
}

static void fill_row(struct nev_bench_whole *row, const struct nev_bench_rig *rig, struct timing *timing)
{
    const double batch = (double)rig->what.batch;
    const double flops = 2.0 * nev_bench_count_net(&rig->weights.model);

    memset(row, 0, sizeof *row);
    snprintf(row->network, sizeof row->network, "%s", nev_net_name(rig->weights.model.net));
    snprintf(row->isa, sizeof row->isa, "%s", nev_kernels_name(rig->run.kernels));
    nev_bench_rig_digest(rig, row->sha256);
    row->runs = timing->wall.len;
    row->min_ms = nev_bench_min(&timing->wall) / batch;
    row->median_ms = nev_bench_median(&timing->wall) / batch;
    row->cpu_ms = nev_bench_min(&timing->cpu) / batch;
    row->peak_gflops = timing->peak_gflops;
    row->peak_time_ms = flops / timing->peak_gflops * 1e-6;
    row->ratio = row->median_ms / row->peak_time_ms;
    row->gflops = flops / row->median_ms * 1e-6;
    row->open_ms = rig->open_ms;
    row->verify_ms = rig->verify_ms;
    row->pack_ms = rig->pack_ms;
    row->arena_mb = (double)rig->plan.arena_bytes * 1e-6;
    row->packed_mb = (double)rig->plan.packed_bytes * 1e-6;
    row->rss_mb = nev_bench_rss_mb();
}

enum nev_exit nev_bench_whole_measure(const struct nev_bench_case *what, uint64_t runs,
                                      struct nev_bench_whole *out)
{
    static struct timing timing;
    static struct nev_bench_rig rig;
    enum nev_exit code = nev_bench_rig_open(&rig, what);

    if (code != NEV_EXIT_OK) {
        return code;
    }
    memset(&timing, 0, sizeof timing);
    code = time_runs(&rig, runs, &timing);
    if (code == NEV_EXIT_OK) {
        fill_row(out, &rig, &timing);
    }
    nev_bench_rig_close(&rig);
    return code;
}
