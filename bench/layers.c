/* SPDX-License-Identifier: MIT */
/*
 * layers.c - every step of the networks: algorithm, time, share of the multiply-add peak and of the memory's
 * speed. The reference path shows what is otherwise fused by itself: batch norm, addition, activation.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/chart.h"
#include "bench/clock.h"
#include "bench/isolate.h"
#include "bench/layers.h"
#include "bench/lists.h"
#include "bench/program.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"

#define CSV_HEADER                                                                                           \
    "network,path,isa,threads,step,first,last,algorithm,median_ms,min_ms,gflops,peak_gflops,peak_share,"     \
    "bytes,gbs,stream_gbs,stream_share,intensity,sha256"
#define CASES_MAX 64u

struct values {
    const char *network, *threads, *isa, *weights, *svg;
    uint64_t path, runs;
    bool is_csv;
};

/* In the order of enum nev_path, then the choice of two. */
static const char *const paths[] = {"fast", "direct", "reference", "both", NULL};
#define PATH_BOTH 3u

static const struct nev_option options[] = {
    {"network", 'n', NEV_OPTION_TEXT, offsetof(struct values, network), "NAME[,NAME]",
     "resnet18, mobilenetv2, darknet19 or all (default)", 0, 0, NULL},
    {"threads", 't', NEV_OPTION_TEXT, offsetof(struct values, threads), "N[,N]", "threads (default: 1)", 0, 0,
     NULL},
    {"isa", 'i', NEV_OPTION_TEXT, offsetof(struct values, isa), "NAME[,NAME]",
     "c, avx2, ... or auto (default): what NEVUS_ISA names, or the best of this build and processor", 0, 0,
     NULL},
    {"path", 'p', NEV_OPTION_CHOICE, offsetof(struct values, path), "NAME",
     "the way to run; both (default): fast, then reference", 0, 0, paths},
    {"runs", 'r', NEV_OPTION_NUMBER, offsetof(struct values, runs), "N",
     "timed runs a network (default: as many as two seconds hold, 5 to 50)", 1, NEV_BENCH_RUNS_MAX, NULL},
    {"weights", 'w', NEV_OPTION_TEXT, offsetof(struct values, weights), "MODEL.nvw",
     "this model instead of weights by formula; takes the place of --network", 0, 0, NULL},
    {"csv", 0, NEV_OPTION_FLAG, offsetof(struct values, is_csv), NULL, "print CSV", 0, 0, NULL},
    {"svg", 0, NEV_OPTION_TEXT, offsetof(struct values, svg), "FILE", "bars and rooflines as a picture", 0, 0,
     NULL},
    NEV_OPTION_END,
};

static const struct nev_bench_program program = {
    "layers",
    "[OPTIONS]",
    "Times every step of the networks inside the running network, at batch 1: a clock is read where the "
    "trace\n"
    "shows an output. On the reference path a step shows its operation, its norm and its activation apart.\n"
    "\n"
    "  gflops        operations by the direct count, two a multiply-add, whatever the algorithm does\n"
    "  peak_share    of the multiply-add peak: bursts between the runs, on the same threads, the best of "
    "them\n"
    "  bytes         weights, inputs and output, once each: the least that has to move\n"
    "  stream_share  bytes / time, of the speed at which 256 MiB are read, on the same threads; past 1 "
    "where\n"
    "                they come from a cache\n"
    "  intensity     operations a byte\n"
    "  sha256        of the features of the run, float32 little-endian\n",
    options,
    0,
    0};

struct job {
    struct nev_bench_case what;
    uint64_t runs;
};

static enum nev_exit measure(const void *in, void *out)
{
    const struct job *job = in;

    return nev_bench_layers_measure(&job->what, job->runs, out);
}

static void print_csv(const struct nev_bench_layers *r, const struct nev_bench_case *what)
{
    for (size_t i = 0; i < r->len; i++) {
        const struct nev_bench_layer *l = &r->layer[i];
        const double gflops = l->flops / l->median_ms * 1e-6, gbs = l->bytes / l->median_ms * 1e-6;

        printf("%s,%s,%s,%" PRIu32 ",%zu,%s,%s,%s,%.4f,%.4f,%.2f,%.1f,%.4f,%.0f,%.2f,%.1f,%.4f,%.3f,%s\n",
               r->network, paths[what->path], r->isa, what->threads, i, l->first, l->last, l->what,
               l->median_ms, l->min_ms, gflops, r->peak_gflops, gflops / r->peak_gflops, l->bytes, gbs,
               r->stream_gbs, gbs / r->stream_gbs, l->flops / l->bytes, r->sha256);
    }
}

static void print_text(const struct nev_bench_layers *r, const struct nev_bench_case *what)
{
    double median = 0.0, least = 0.0, flops = 0.0;
    char label[2 * NEV_BENCH_NAME_LEN + 8];

    printf("\n%s, %s, %s path, %" PRIu32
           " thread%s, %zu runs; peak %.1f GFLOP/s; memory %.1f GB/s, L2 %.1f GB/s\n",
           r->network, r->isa, paths[what->path], what->threads, what->threads == 1 ? "" : "s", r->runs,
           r->peak_gflops, r->stream_gbs, r->cache_gbs);
    printf("%-44s %-16s %9s %9s %8s %6s %8s %7s %7s %9s\n", "layer", "algorithm", "median ms", "min ms",
           "GFLOP/s", "% peak", "MB", "GB/s", "% mem", "flop/byte");
    for (size_t i = 0; i < r->len; i++) {
        const struct nev_bench_layer *l = &r->layer[i];
        const double gflops = l->flops / l->median_ms * 1e-6, gbs = l->bytes / l->median_ms * 1e-6;

        nev_bench_layer_label(l, label, sizeof label);
        printf("%-44s %-16s %9.3f %9.3f ", label, l->what, l->median_ms, l->min_ms);
        if (l->flops > 0.0) {
            printf("%8.1f %6.1f ", gflops, 100.0 * gflops / r->peak_gflops);
        } else {
            printf("%8s %6s ", "-", "-");
        }
        printf("%8.3f %7.1f %7.1f %9.2f\n", l->bytes * 1e-6, gbs, 100.0 * gbs / r->stream_gbs,
               l->flops / l->bytes);
        median += l->median_ms;
        least += l->min_ms;
        flops += l->flops;
    }
    printf("%-44s %-16s %9.3f %9.3f %8.1f %6.1f\n", "sum", "", median, least, flops / median * 1e-6,
           100.0 * flops / median * 1e-6 / r->peak_gflops);
    printf("whole network: median %.3f ms, features' SHA-256 %s\n", r->median_ms, r->sha256);
}

/* What was measured so far; the pictures are drawn at the end. */
struct results {
    size_t len;
    struct nev_bench_layers *layers[CASES_MAX];
    struct nev_bench_case what[CASES_MAX];
};

static enum nev_exit measure_case(const struct values *v, const struct nev_bench_case *what,
                                  struct results *results)
{
    struct nev_bench_layers *r = nev_memory_take(1, sizeof *r);
    struct job job = {*what, v->runs};
    enum nev_exit code;

    if (r == NULL || results->len == CASES_MAX) {
        nev_memory_give(r);
        return nev_report_memory("the results");
    }
    code = nev_bench_isolate(measure, &job, r, sizeof *r);
    if (code != NEV_EXIT_OK) {
        nev_memory_give(r);
        return code;
    }
    if (results->len == 0 &&
        v->is_csv) { /* with the first case: a run that fails before that prints no table */
        printf(CSV_HEADER "\n");
    } else if (results->len == 0) {
        nev_bench_machine(stdout);
    }
    results->layers[results->len] = r;
    results->what[results->len++] = *what;
    if (v->is_csv) {
        print_csv(r, what);
    } else {
        print_text(r, what);
    }
    fflush(stdout);
    return NEV_EXIT_OK;
}

struct lists {
    struct nev_bench_list networks, threads, isas, paths;
};

static enum nev_exit measure_model(const struct values *v, const struct lists *lists, const char *model,
                                   struct results *results)
{
    enum nev_exit code = NEV_EXIT_OK;

    for (size_t p = 0; p < lists->paths.len; p++) {
        for (size_t i = 0; i < lists->isas.len; i++) {
            for (size_t t = 0; t < lists->threads.len && code == NEV_EXIT_OK; t++) {
                struct nev_bench_case what = {model,
                                              (enum nev_path)lists->paths.value[p],
                                              lists->isas.value[i],
                                              lists->threads.value[t],
                                              1,
                                              false};

                code = measure_case(v, &what, results);
            }
        }
    }
    return code;
}

static enum nev_exit measure_all(const struct values *v, const struct lists *lists, struct results *results)
{
    enum nev_exit code = NEV_EXIT_OK;
    char path[4096];

    if (v->weights != NULL) {
        return measure_model(v, lists, v->weights, results);
    }
    for (size_t i = 0; i < lists->networks.len && code == NEV_EXIT_OK; i++) {
        code = nev_bench_seeded((enum nev_net)lists->networks.value[i], path, sizeof path);
        if (code == NEV_EXIT_OK) {
            code = measure_model(v, lists, path, results);
            unlink(path);
        }
    }
    return code;
}

static enum nev_exit draw(const struct results *results, const char *path)
{
    double height = 0.0, y = 0.0;
    struct nev_bench_svg svg;
    enum nev_exit code;
    char title[160];

    for (size_t i = 0; i < results->len; i++) {
        height += nev_bench_chart_height(results->layers[i]);
    }
    code = nev_bench_svg_begin(&svg, NEV_BENCH_CHART_WIDTH, height);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    for (size_t i = 0; i < results->len; i++) {
        const struct nev_bench_layers *r = results->layers[i];
        const struct nev_bench_case *what = &results->what[i];

        snprintf(title, sizeof title, "%s, %s path, %s, %" PRIu32 " thread%s: %.2f ms", r->network,
                 paths[what->path], r->isa, what->threads, what->threads == 1 ? "" : "s", r->median_ms);
        nev_bench_chart_draw(&svg, y, title, r);
        y += nev_bench_chart_height(r);
    }
    return nev_bench_svg_save(&svg, path);
}

int main(int argc, char **argv)
{
    struct values v = {.threads = "1", .isa = "auto", .path = PATH_BOTH};
    static struct results results;
    struct nev_arguments args;
    struct lists lists;
    enum nev_exit code;

    if (!nev_bench_parse(&program, argc, argv, &v, &args, &code)) {
        return (int)code;
    }
    if (v.weights != NULL && v.network != NULL) {
        return (int)nev_report_text(NEV_EXIT_USAGE, NULL,
                                    "--weights says which network; leave out --network");
    }
    lists.paths.len = v.path == PATH_BOTH ? 2 : 1;
    lists.paths.value[0] = v.path == PATH_BOTH ? NEV_PATH_FAST : (uint32_t)v.path;
    lists.paths.value[1] = NEV_PATH_REFERENCE;
    if ((code = nev_bench_networks(&lists.networks, v.network != NULL ? v.network : "all")) == NEV_EXIT_OK &&
        (code = nev_bench_numbers(&lists.threads, "threads", v.threads, NEV_THREADS_MAX)) == NEV_EXIT_OK &&
        (code = nev_bench_isas(&lists.isas, v.isa)) == NEV_EXIT_OK &&
        (code = nev_bench_svg_check(v.svg, v.weights)) == NEV_EXIT_OK) {
        code = measure_all(&v, &lists, &results);
    }
    if (code == NEV_EXIT_OK && v.svg != NULL) {
        code = draw(&results, v.svg);
    }
    for (size_t i = 0; i < results.len; i++) {
        nev_memory_give(results.layers[i]);
    }
    return (int)code;
}
