/* SPDX-License-Identifier: MIT */
/*
 * networks.c - whole networks: time, its ratio to what the processor could do at most, memory, and the digest
 * of what was computed, so that a fast wrong run cannot pass for a result.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/isolate.h"
#include "bench/lists.h"
#include "bench/program.h"
#include "bench/rig.h"
#include "bench/start.h"
#include "bench/svg.h"
#include "bench/whole.h"
#include "tools/base/report.h"
#include "tools/base/shared_options.h"

#define START_HEADER                                                                                         \
    "network,isa,threads,form,verify,cache,start_ms,open_ms,verify_ms,pack_ms,picture_ms,run_ms,inference_"  \
    "ms,rss_mb,"                                                                                             \
    "sha256"
#define CSV_HEADER "network,isa,threads,batch,median_ms,min_ms,peak_time_ms,ratio,rss_mb,sha256"

#define ROWS_MAX 512u /* that the picture has room for */

struct values {
    const char *network, *threads, *batch, *isa, *weights, *svg;
    const char *program;
    uint64_t path, verify, runs;
    bool is_csv, is_start, is_first;
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
     "c, avx2, ... or auto (default): what NEVUS_ISA names, or the best of this build and processor", 0, 0,
     NULL},
    {"path", 'p', NEV_OPTION_CHOICE, offsetof(struct values, path), "NAME", "the way to run", 0, 0, paths},
    {"verify", 0, NEV_OPTION_CHOICE, offsetof(struct values, verify), "HOW",
     "full (default): check every byte of the model; head: trust its payload", 0, 0, nev_choices_verify},
    {"runs", 'r', NEV_OPTION_NUMBER, offsetof(struct values, runs), "N",
     "timed calls a row (default: as many as two seconds hold, 5 to 50)", 1, NEV_BENCH_RUNS_MAX, NULL},
    {"weights", 'w', NEV_OPTION_TEXT, offsetof(struct values, weights), "MODEL.nvw",
     "this model instead of weights by formula; takes the place of --network", 0, 0, NULL},
    {"csv", 0, NEV_OPTION_FLAG, offsetof(struct values, is_csv), NULL, "print CSV", 0, 0, NULL},
    {"svg", 0, NEV_OPTION_TEXT, offsetof(struct values, svg), "FILE", "the ratios as a picture", 0, 0, NULL},
    {"start", 0, NEV_OPTION_FLAG, offsetof(struct values, is_start), NULL,
     "instead: the time from the start of a process to its first features", 0, 0, NULL},
    {"first", 0, NEV_OPTION_FLAG, offsetof(struct values, is_first), NULL,
     "instead: one inference of --weights in this process; what --start runs", 0, 0, NULL},
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
    "With --start this program is started again and again (--runs, default 7) for one picture; start_ms is "
    "the "
    "median\n"
    "from before its process was made until it had features, and what follows are parts of it: opening, "
    "verifying and\n"
    "packing the model, making a picture, the first inference. inference_ms is the least of those after it. "
    "Weights by formula are opened as they are, then packed, then packed with --verify head. Cold: the\n"
    "model's pages, but not the program's, were dropped from the page cache (posix_fadvise) before each "
    "start.\n"
    "\n"
    "In a batch, early layers take one picture after another and late ones all together. Rows of a CSV file "
    "do not name the path: keep one path a "
    "file.\n",
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

    return nev_bench_whole_measure(&job->what, job->runs, out);
}

/* Comes with the first row: a run that fails before that prints no table. */
static void print_head(const struct values *v)
{
    if (v->is_csv) {
        printf("%s\n", v->is_start ? START_HEADER : CSV_HEADER);
        return;
    }
    nev_bench_machine(stdout);
    if (v->is_start) {
        printf("%-12s %-5s %2s %-9s %-6s %-5s %4s %9s %8s %8s %8s %8s %8s %9s %7s  %s\n", "network", "isa",
               "t", "form", "verify", "cache", "runs", "start ms", "open", "verify", "pack", "picture", "run",
               "inference", "rssMB", "sha256 (first 16)");
        return;
    }
    printf("path: %s; times in ms a picture; peak in GFLOP/s on the row's threads together\n",
           paths[v->path]);
    printf("%-12s %-5s %2s %3s %4s %9s %9s %9s %9s %6s %8s %6s %7s %7s %7s %7s %7s  %s\n", "network", "isa",
           "t", "b", "runs", "median", "min", "cpu min", "peak time", "ratio", "GFLOP/s", "peak", "verify",
           "pack", "arenaMB", "packMB", "rssMB", "sha256 (first 16)");
}

/* The rows so far, for the picture. */
struct results {
    bool has_head;
    size_t len;
    struct nev_bench_whole row[ROWS_MAX];
    uint32_t threads[ROWS_MAX], batch[ROWS_MAX];
};

static void begin_table(const struct values *v, struct results *results)
{
    if (!results->has_head) {
        print_head(v);
        results->has_head = true;
    }
}

static void print_row(const struct values *v, const struct nev_bench_case *what,
                      const struct nev_bench_whole *r)
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

static void print_start(const struct values *v, const struct nev_bench_case *what, bool is_cold,
                        const struct nev_bench_start *s)
{
    const char *cache = is_cold ? "cold" : "warm";

    if (v->is_csv) {
        printf("%s,%s,%" PRIu32 ",%s,%s,%s,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.1f,%s\n", s->network, s->isa,
               what->threads, s->form, nev_choices_verify[what->is_trusted], cache, s->start, s->open,
               s->verify, s->pack, s->picture, s->run, s->inference, s->rss_mb, s->sha256);
    } else {
        printf("%-12s %-5s %2" PRIu32
               " %-9s %-6s %-5s %4zu %9.2f %8.2f %8.2f %8.2f %8.2f %8.2f %9.2f %7.1f  %.16s\n",
               s->network, s->isa, what->threads, s->form, nev_choices_verify[what->is_trusted], cache,
               s->runs, s->start, s->open, s->verify, s->pack, s->picture, s->run, s->inference, s->rss_mb,
               s->sha256);
    }
    fflush(stdout);
}

/* Cold and warm starts of one case. */
static enum nev_exit measure_start(const struct values *v, const struct nev_bench_case *what,
                                   struct results *results)
{
    const char *isa = nev_kernels_name(nev_kernels_select(what->isas));
    enum nev_exit code = NEV_EXIT_OK;
    struct nev_bench_start start;

    for (int is_cold = 1; is_cold >= 0 && code == NEV_EXIT_OK; is_cold--) {
        code = nev_bench_start_measure(v->program, what, isa, is_cold == 1, v->runs, &start);
        if (code == NEV_EXIT_OK) {
            begin_table(v, results);
            print_start(v, what, is_cold == 1, &start);
        }
    }
    return code;
}

static enum nev_exit measure_row(const struct values *v, const struct nev_bench_case *what,
                                 struct results *results)
{
    struct job job = {*what, v->runs};
    struct nev_bench_whole row;
    enum nev_exit code;

    if (v->is_start) {
        return measure_start(v, what, results);
    }
    code = nev_bench_isolate(measure, &job, &row, sizeof row);
    if (code == NEV_EXIT_OK) {
        begin_table(v, results);
        print_row(v, what, &row);
        if (results->len < ROWS_MAX) {
            results->threads[results->len] = what->threads;
            results->batch[results->len] = what->batch;
            results->row[results->len++] = row;
        }
    }
    return code;
}

/* Every combination for one model; a start has no batches. */
static enum nev_exit measure_model(const struct values *v, const struct lists *lists, const char *model,
                                   struct results *results)
{
    const size_t batches = v->is_start ? 1 : lists->batches.len;
    enum nev_exit code = NEV_EXIT_OK;

    for (size_t i = 0; i < lists->isas.len; i++) {
        for (size_t t = 0; t < lists->threads.len; t++) {
            for (size_t b = 0; b < batches && code == NEV_EXIT_OK; b++) {
                struct nev_bench_case what = {model,
                                              (enum nev_path)v->path,
                                              lists->isas.value[i],
                                              lists->threads.value[t],
                                              v->is_start ? 1 : lists->batches.value[b],
                                              v->verify == NEV_VERIFY_HEAD};

                code = measure_row(v, &what, results);
            }
        }
    }
    return code;
}

/* Starts from the canonical file and from the packed one, the latter also without looking at its payload. */
static enum nev_exit measure_starts(const struct values *v, const struct lists *lists, const char *model,
                                    struct results *results)
{
    struct values head = *v;
    char path[4096];
    enum nev_exit code = measure_model(v, lists, model, results);

    if (code != NEV_EXIT_OK || v->path == NEV_PATH_REFERENCE) {
        return code;
    }
    head.verify = NEV_VERIFY_HEAD;
    code = nev_bench_packed(model, (enum nev_path)v->path, path, sizeof path);
    if (code == NEV_EXIT_OK) {
        code = measure_model(v, lists, path, results);
        if (code == NEV_EXIT_OK && v->verify != NEV_VERIFY_HEAD) {
            code = measure_model(&head, lists, path, results);
        }
        unlink(path);
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
            code = v->is_start ? measure_starts(v, lists, path, results)
                               : measure_model(v, lists, path, results);
            unlink(path);
        }
    }
    return code;
}

#define BAR_X  300.0
#define BAR_W  480.0
#define ROW_H  18.0
#define HEAD_H 56.0

/* Bars of the ratios, the line where a direct convolution at the peak would be. */
static enum nev_exit draw(const struct results *results, const char *path)
{
    struct nev_bench_svg svg;
    double most = 1.0, y = HEAD_H;
    enum nev_exit code;
    char text[160];

    for (size_t i = 0; i < results->len; i++) {
        most = results->row[i].ratio > most ? results->row[i].ratio : most;
    }
    code = nev_bench_svg_begin(&svg, BAR_X + BAR_W + 220.0, HEAD_H + ROW_H * (double)results->len + 16.0);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    nev_bench_svg_text(&svg, 16.0, 24.0, 15.0, NEV_BENCH_START, "#1f2933",
                       "Time of a picture / time of its direct multiply-adds at the peak measured");
    nev_bench_svg_text(&svg, 16.0, 42.0, 11.0, NEV_BENCH_START, "#6b7785",
                       "medians; shorter is faster; line: no direct convolution can be left of it");
    for (size_t i = 0; i < results->len; i++, y += ROW_H) {
        const struct nev_bench_whole *r = &results->row[i];

        snprintf(text, sizeof text, "%s, %s, %" PRIu32 " thread%s, batch %" PRIu32, r->network, r->isa,
                 results->threads[i], results->threads[i] == 1 ? "" : "s", results->batch[i]);
        nev_bench_svg_text(&svg, 16.0, y + 13.0, 11.0, NEV_BENCH_START, "#1f2933", text);
        nev_bench_svg_rect(&svg, BAR_X, y + 3.0, BAR_W * r->ratio / most, ROW_H - 6.0, "#0072b2");
        snprintf(text, sizeof text, "%.3f   (%.2f ms)", r->ratio, r->median_ms);
        nev_bench_svg_text(&svg, BAR_X + BAR_W + 12.0, y + 13.0, 11.0, NEV_BENCH_START, "#1f2933", text);
    }
    nev_bench_svg_line(&svg, BAR_X + BAR_W / most, HEAD_H - 4.0, BAR_X + BAR_W / most, y + 4.0, "#000000",
                       1.5);
    return nev_bench_svg_save(&svg, path);
}

static enum nev_exit run_first(const struct values *v, const struct lists *lists)
{
    struct nev_bench_case what = {
        v->weights, (enum nev_path)v->path,      lists->isas.value[0], lists->threads.value[0],
        1,          v->verify == NEV_VERIFY_HEAD};

    return nev_bench_first(&what);
}

/* Options that would be ignored beside others are refused; what is not given becomes its default. */
static enum nev_exit settle(struct values *v)
{
    if (v->weights != NULL && v->network != NULL) {
        return nev_report_text(NEV_EXIT_USAGE, NULL, "--weights says which network; leave out --network");
    }
    if (v->is_first && v->weights == NULL) {
        return nev_report_text(NEV_EXIT_USAGE, NULL, "--first needs --weights");
    }
    if ((v->is_start || v->is_first) && (v->batch != NULL || v->svg != NULL)) {
        return nev_report_text(NEV_EXIT_USAGE, NULL,
                               "a start is of one picture and is not drawn: leave out --batch and --svg");
    }
    v->network = v->network != NULL ? v->network : "all";
    v->batch = v->batch != NULL ? v->batch : "1,8,16";
    if (v->threads == NULL) {
        v->threads = nev_parallel_threads(2).parts == 2 ? "1,2" : "1";
    }
    return nev_bench_svg_check(v->svg, v->weights);
}

int main(int argc, char **argv)
{
    struct values v = {.isa = "auto", .program = argv[0]};
    static struct results results;
    struct nev_arguments args;
    struct lists lists;
    enum nev_exit code;

    if (!nev_bench_parse(&program, argc, argv, &v, &args, &code)) {
        return (int)code;
    }
    if ((code = settle(&v)) == NEV_EXIT_OK &&
        (code = nev_bench_networks(&lists.networks, v.network)) == NEV_EXIT_OK &&
        (code = nev_bench_numbers(&lists.threads, "threads", v.threads, NEV_THREADS_MAX)) == NEV_EXIT_OK &&
        (code = nev_bench_numbers(&lists.batches, "batch", v.batch, NEV_BENCH_BATCH_MAX)) == NEV_EXIT_OK &&
        (code = nev_bench_isas(&lists.isas, v.isa)) == NEV_EXIT_OK) {
        code = v.is_first ? run_first(&v, &lists) : measure_all(&v, &lists, &results);
    }
    if (code == NEV_EXIT_OK && v.svg != NULL) {
        code = draw(&results, v.svg);
    }
    return (int)code;
}
