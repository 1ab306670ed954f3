/* SPDX-License-Identifier: MIT */
/*
 * networks.c - whole networks: time, its ratio to what the processor could do at most, memory, and the digest
 * of what was computed, so that a fast wrong run cannot pass for a result.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/count.h"
#include "bench/isolate.h"
#include "bench/lists.h"
#include "bench/peak.h"
#include "bench/program.h"
#include "bench/rig.h"
#include "tools/memory.h"
#include "tools/report.h"
#include "tools/shared_options.h"

#define CSV_HEADER "network,isa,threads,batch,median_ms,min_ms,peak_time_ms,ratio,rss_mb,sha256"

struct values {
    const char *network, *threads, *batch, *isa, *weights;
    uint64_t path, runs;
    bool is_csv;
};

static const char *const paths[] = {"fast", "direct", "reference", NULL};

static const struct nev_option options[] = {
    {"network", 'n', NEV_OPTION_TEXT, offsetof(struct values, network), "NAME[,NAME]",
     "resnet18, mobilenetv2, darknet19 or all (default)", 0, 0, NULL},
    {"threads", 't', NEV_OPTION_TEXT, offsetof(struct values, threads), "N[,N]",
     "threads inside one inference (default: 1,2; 1 in a build without threads)", 0, 0, NULL},
    {"batch", 'b', NEV_OPTION_TEXT, offsetof(struct values, batch), "N[,N]",
     "pictures a call (default: 1,8,16)", 0, 0, NULL},
    {"isa", 'i', NEV_OPTION_TEXT, offsetof(struct values, isa), "NAME[,NAME]",
     "c, avx2, ... or auto (default): the best that this build has and this processor offers", 0, 0, NULL},
    {"path", 'p', NEV_OPTION_CHOICE, offsetof(struct values, path), "NAME", "the way to run", 0, 0, paths},
    {"runs", 'r', NEV_OPTION_NUMBER, offsetof(struct values, runs), "N",
     "timed calls a row (default: as many as two seconds hold, 5 to 50)", 1, NEV_BENCH_RUNS_MAX, NULL},
    {"weights", 'w', NEV_OPTION_TEXT, offsetof(struct values, weights), "MODEL.nvw",
     "this model instead of weights by formula; --network is then not needed", 0, 0, NULL},
    {"csv", 0, NEV_OPTION_FLAG, offsetof(struct values, is_csv), NULL, "print CSV", 0, 0, NULL},
    NEV_OPTION_END,
};

static const struct nev_bench_program program = {
    "networks",
    "[OPTIONS]",
    "Times the networks. Every row is measured in a process of its own: one call to warm up, then the timed\n"
    "ones, each after a burst of multiply-adds that measures what the processor can do at that moment.\n"
    "\n"
    "  median_ms, min_ms  wall time for each picture: of the call, divided by the batch\n"
    "  peak_time_ms       the network's direct multiply-add count at the best rate of the bursts of this "
    "row;\n"
    "                     a burst runs on as many threads as the row, all at once, with the best "
    "instruction\n"
    "                     set of the build, whatever the row's is\n"
    "  ratio              median_ms / peak_time_ms\n"
    "  rss_mb             the most memory of the process, 10^6 bytes: the mapped model, the packed weights,\n"
    "                     the arena, the pictures and the program itself\n"
    "  sha256             of the features of all pictures of the batch, float32 little-endian; every timed\n"
    "                     call has given these bits\n"
    "\n"
    "A batch is run one picture after another. Rows of a CSV file do not name the path: keep one path a "
    "file.\n",
    options,
    0,
    0};

struct job {
    struct nev_bench_case what;
    uint64_t runs;
};

/* One row. */
struct row {
    char network[16], isa[16], sha256[NEV_SHA256_HEX_BYTES];
    double median_ms, min_ms, cpu_ms, peak_time_ms, ratio, rss_mb; /* a picture */
    double gflops, peak_gflops, open_ms, verify_ms, pack_ms, arena_mb, packed_mb;
    size_t runs;
};

struct timing {
    struct nev_bench_samples wall, cpu;
    double peak_gflops;
};

/* The timed calls; each must give the bits of the first, untimed one. */
static enum nev_exit time_runs(struct nev_bench_rig *rig, uint64_t runs, struct timing *timing)
{
    const size_t bytes = (size_t)NEV_FEATURES_LEN * rig->what.batch * sizeof(float);
    const struct nev_bench_peak *peak = nev_bench_peak_best();
    float *first = nev_memory_take(bytes, 1);
    const double began = nev_bench_wall_ms();
    enum nev_exit code = first != NULL ? nev_bench_rig_run(rig) : nev_report_memory("the features");

    if (code == NEV_EXIT_OK) {
        memcpy(first, rig->features, bytes);
    }
    while (code == NEV_EXIT_OK && nev_bench_more(timing->wall.len, runs, began)) {
        double gflops = nev_bench_gflops(peak, &rig->parallel);
        double cpu = nev_bench_cpu_ms(), wall = nev_bench_wall_ms();

        timing->peak_gflops = gflops > timing->peak_gflops ? gflops : timing->peak_gflops;
        code = nev_bench_rig_run(rig);
        nev_bench_add(&timing->wall, nev_bench_wall_ms() - wall);
        nev_bench_add(&timing->cpu, nev_bench_cpu_ms() - cpu);
        if (code == NEV_EXIT_OK && memcmp(first, rig->features, bytes) != 0) {
            code = nev_report_text(NEV_EXIT_ENVIRONMENT, rig->what.model,
                                   "two runs on one picture gave different features");
        }
    }
    nev_memory_give(first);
    return code;
}

static void fill_row(struct row *row, const struct nev_bench_rig *rig, struct timing *timing)
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

/* The measuring process. */
static enum nev_exit measure(const void *in, void *out)
{
    static struct timing timing;
    static struct nev_bench_rig rig;
    const struct job *job = in;
    enum nev_exit code = nev_bench_rig_open(&rig, &job->what);

    if (code != NEV_EXIT_OK) {
        return code;
    }
    code = time_runs(&rig, job->runs, &timing);
    if (code == NEV_EXIT_OK) {
        fill_row(out, &rig, &timing);
    }
    nev_bench_rig_close(&rig);
    return code;
}

static void print_head(const struct values *v)
{
    if (v->is_csv) {
        printf(CSV_HEADER "\n");
        return;
    }
    nev_bench_machine(stdout);
    printf("path: %s; times in ms a picture; peak in GFLOP/s on the row's threads together\n",
           paths[v->path]);
    printf("%-12s %-5s %2s %3s %4s %9s %9s %9s %9s %6s %8s %6s %7s %7s %7s %7s %7s  %s\n", "network", "isa",
           "t", "b", "runs", "median", "min", "cpu min", "peak time", "ratio", "GFLOP/s", "peak", "verify",
           "pack", "arenaMB", "packMB", "rssMB", "sha256 (first 16)");
}

static void print_row(const struct values *v, const struct nev_bench_case *what, const struct row *r)
{
    if (v->is_csv) {
        printf("%s,%s,%" PRIu32 ",%" PRIu32 ",%.4f,%.4f,%.4f,%.4f,%.1f,%s\n", r->network, r->isa,
               what->threads, what->batch, r->median_ms, r->min_ms, r->peak_time_ms, r->ratio, r->rss_mb,
               r->sha256);
    } else {
        printf("%-12s %-5s %2" PRIu32 " %3" PRIu32
               " %4zu %9.3f %9.3f %9.3f %9.3f %6.3f %8.1f %6.1f %7.1f %7.1f %7.2f %7.2f %7.1f  %.16s\n",
               r->network, r->isa, what->threads, what->batch, r->runs, r->median_ms, r->min_ms, r->cpu_ms,
               r->peak_time_ms, r->ratio, r->gflops, r->peak_gflops, r->verify_ms, r->pack_ms, r->arena_mb,
               r->packed_mb, r->rss_mb, r->sha256);
    }
    fflush(stdout);
}

struct lists {
    struct nev_bench_list networks, threads, batches, isas;
};

/* Every combination for one model. */
static enum nev_exit measure_model(const struct values *v, const struct lists *lists, const char *model)
{
    enum nev_exit code = NEV_EXIT_OK;
    struct row row;

    for (size_t i = 0; i < lists->isas.len; i++) {
        for (size_t t = 0; t < lists->threads.len; t++) {
            for (size_t b = 0; b < lists->batches.len && code == NEV_EXIT_OK; b++) {
                struct job job = {{model, (enum nev_path)v->path, lists->isas.value[i],
                                   lists->threads.value[t], lists->batches.value[b]},
                                  v->runs};

                code = nev_bench_isolate(measure, &job, &row, sizeof row);
                if (code == NEV_EXIT_OK) {
                    print_row(v, &job.what, &row);
                }
            }
        }
    }
    return code;
}

static enum nev_exit measure_all(const struct values *v, const struct lists *lists)
{
    enum nev_exit code = NEV_EXIT_OK;
    char path[4096];

    print_head(v);
    if (v->weights != NULL) {
        return measure_model(v, lists, v->weights);
    }
    for (size_t i = 0; i < lists->networks.len && code == NEV_EXIT_OK; i++) {
        code = nev_bench_seeded((enum nev_net)lists->networks.value[i], path, sizeof path);
        if (code == NEV_EXIT_OK) {
            code = measure_model(v, lists, path);
            unlink(path);
        }
    }
    return code;
}

int main(int argc, char **argv)
{
    struct values v = {.network = "all", .batch = "1,8,16", .isa = "auto"};
    struct nev_arguments args;
    struct lists lists;
    enum nev_exit code;

    v.threads = nev_parallel_threads(2).parts == 2 ? "1,2" : "1";
    if (!nev_bench_parse(&program, argc, argv, &v, &args, &code)) {
        return (int)code;
    }
    if ((code = nev_bench_networks(&lists.networks, v.network)) == NEV_EXIT_OK &&
        (code = nev_bench_numbers(&lists.threads, "threads", v.threads, NEV_THREADS_MAX)) == NEV_EXIT_OK &&
        (code = nev_bench_numbers(&lists.batches, "batch", v.batch, NEV_BENCH_BATCH_MAX)) == NEV_EXIT_OK &&
        (code = nev_bench_isas(&lists.isas, v.isa)) == NEV_EXIT_OK) {
        code = measure_all(&v, &lists);
    }
    return (int)code;
}
