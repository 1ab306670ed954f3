/* SPDX-License-Identifier: MIT */
/*
 * forest.c - training and prediction of the random forest: time, memory, size and the forest's SHA-256, beside
 * a naive forest in the same run.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/clock.h"
#include "bench/forest_data.h"
#include "bench/naive.h"
#include "bench/program.h"
#include "forest/forest.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"

#define CSV_HEADER                                                                                           \
    "data,rows,features,classes,trees,threads,train_cpu_s,train_wall_s,rows_per_s,batch_ns,one_us,"          \
    "naive_train,naive_predict,memory_mb,rss_mb,file_kb,sha256"
#define PREDICT_ROWS 2048u /* at most, of the table */
#define ROWS         2637u
#define LARGE        (NEV_BENCH_TABLE_KINDS + 1u) /* its number among the kinds */

struct values {
    const char *out;
    uint64_t data, rows, features, classes, trees, naive, runs;
    bool is_csv;
};

static const char *const kinds[] = {"all", "deep", "tied", "sorted", "noise", "large", NULL};

static const struct nev_option options[] = {
    {"data", 'd', NEV_OPTION_CHOICE, offsetof(struct values, data), "KIND",
     "deep, tied, sorted, noise, large (deep, 100,000 rows, 3 trees, one run) or all (default)", 0, 0, kinds},
    {"rows", 'r', NEV_OPTION_NUMBER, offsetof(struct values, rows), "N", "rows (default: 2637)", 2,
     NEV_FOREST_ROWS_MAX, NULL},
    {"features", 'f', NEV_OPTION_NUMBER, offsetof(struct values, features), "N", "features (default: 1000)",
     1, NEV_FOREST_FEATURES_MAX, NULL},
    {"classes", 'c', NEV_OPTION_NUMBER, offsetof(struct values, classes), "N", "classes (default: 2)", 2, 64,
     NULL},
    {"trees", 't', NEV_OPTION_NUMBER, offsetof(struct values, trees), "N", "trees (default: 50)", 1,
     NEV_FOREST_TREES_MAX, NULL},
    {"naive", 'n', NEV_OPTION_NUMBER, offsetof(struct values, naive), "N",
     "trees of the naive forest; 0: none (default: 10)", 0, 1000, NULL},
    {"runs", 'R', NEV_OPTION_NUMBER, offsetof(struct values, runs), "N", "trainings a row (default: 3)", 1,
     1000, NULL},
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, out), "FILE",
     "write the table as rows of float32, each followed by its label as uint32, and stop", 0, 0, NULL},
    {"csv", 0, NEV_OPTION_FLAG, offsetof(struct values, is_csv), NULL, "print CSV", 0, 0, NULL},
    NEV_OPTION_END,
};

static const struct nev_bench_program program = {
    "forest",
    "[OPTIONS]",
    "Times the random forest on one and on two threads.\n"
    "\n"
    "  train_cpu_s    processor time of a training, all threads, the least of the runs; check, digest,\n"
    "                 ranks and out-of-bag score included. train_wall_s: of the clock on the wall\n"
    "  rows_per_s     rows times trees a second of processor time\n"
    "  batch_ns       ns a row and tree when all rows are asked in one call; one_us: us of a call for one "
    "row\n"
    "  naive_train    naive seconds a tree over ours; naive_predict: naive ns a row and tree over batch_ns.\n"
    "                 The naive forest sorts floats at each node and follows pointers\n"
    "  memory_mb      work memory and the file's buffer as asked for; rss_mb: the most of the process so "
    "far\n"
    "  sha256         of the forest file; the same for every run and number of threads, or the program "
    "fails\n",
    options,
    0,
    0};

struct row {
    double cpu_ms, wall_ms, batch_ns, one_us;
    double memory_mb, file_kb;
    char sha256[NEV_SHA256_HEX_BYTES];
};

struct rig {
    struct nev_bench_table table;
    struct nev_forest_job job;
    struct nev_parallel par;
    void *memory;
    uint8_t *file;
    size_t memory_bytes, file_bytes, used;
};

static enum nev_exit rig_train(struct rig *g, struct row *row, uint64_t runs)
{
    struct nev_forest_result result;
    struct nev_error err;
    uint64_t i;

    for (i = 0; i < runs; i++) {
        double cpu = nev_bench_cpu_ms(), wall = nev_bench_wall_ms();

        if (nev_forest_train(&g->job, g->memory, g->memory_bytes, g->file, g->file_bytes, &result, &err) !=
            NEV_OK) {
            return nev_report("training", &err);
        }
        cpu = nev_bench_cpu_ms() - cpu;
        wall = nev_bench_wall_ms() - wall;
        row->cpu_ms = i == 0 || cpu < row->cpu_ms ? cpu : row->cpu_ms;
        row->wall_ms = i == 0 || wall < row->wall_ms ? wall : row->wall_ms;
    }
    g->used = result.file_bytes;
    row->file_kb = (double)g->used * 1e-3;
    row->memory_mb = (double)(g->memory_bytes + g->file_bytes) * 1e-6;
    return NEV_EXIT_OK;
}

/* Rows in one call, and one by one, so often that a clock can tell. */
static enum nev_exit rig_predict(struct rig *g, const struct nev_forest *f, struct row *row)
{
    const uint32_t rows = g->table.rows < PREDICT_ROWS ? g->table.rows : PREDICT_ROWS;
    const size_t bytes = nev_forest_predict_bytes(f, 1);
    void *memory = nev_memory_take(bytes, 1);
    uint32_t *votes = nev_memory_take((size_t)rows * f->classes, sizeof *votes);
    struct nev_forest_batch batch = {g->table.x, g->table.features, rows, g->table.features, NULL, votes};
    double batch_ms = 1e300, one_ms = 1e300, cpu;
    struct nev_error err;
    enum nev_status status = memory == NULL || votes == NULL ? NEV_ERR_MEMORY : NEV_OK;
    uint32_t i, k;

    for (i = 0; i < 10 && status == NEV_OK; i++) {
        batch.rows = rows;
        batch.x = g->table.x;
        cpu = nev_bench_cpu_ms();
        status = nev_forest_predict(f, &batch, memory, bytes, NULL, &err);
        cpu = nev_bench_cpu_ms() - cpu;
        batch_ms = cpu < batch_ms ? cpu : batch_ms;
        batch.rows = 1;
        cpu = nev_bench_cpu_ms();
        for (k = 0; k < rows && status == NEV_OK; k++, batch.x += g->table.features) {
            status = nev_forest_predict(f, &batch, memory, bytes, NULL, &err);
        }
        cpu = nev_bench_cpu_ms() - cpu;
        one_ms = cpu < one_ms ? cpu : one_ms;
    }
    row->batch_ns = batch_ms * 1e6 / rows / f->params.trees;
    row->one_us = one_ms * 1e3 / rows;
    nev_memory_give(memory);
    nev_memory_give(votes);
    return status == NEV_OK ? NEV_EXIT_OK : nev_report_memory("prediction");
}

static enum nev_exit measure(struct rig *g, uint32_t threads, uint64_t runs, struct row *row)
{
    struct nev_forest f;
    struct nev_error err;
    enum nev_exit code;

    g->par = nev_parallel_threads(threads);
    g->job.par = &g->par;
    g->memory = NULL;
    g->file = NULL;
    if (nev_forest_train_bytes(&g->job, &g->memory_bytes, &g->file_bytes, &err) != NEV_OK) {
        return nev_report("training", &err);
    }
    g->memory = nev_memory_take(g->memory_bytes, 1);
    g->file = nev_memory_take(g->file_bytes, 1);
    code = g->memory == NULL || g->file == NULL ? nev_report_memory("training") : rig_train(g, row, runs);
    if (code == NEV_EXIT_OK && nev_forest_open(&f, g->file, g->used, &err) != NEV_OK) {
        code = nev_report("forest", &err);
    }
    if (code == NEV_EXIT_OK) {
        nev_sha256_hex(f.file_sha256, row->sha256);
        code = rig_predict(g, &f, row);
    }
    nev_memory_give(g->memory);
    nev_memory_give(g->file);
    return code;
}

/* Naive milliseconds a tree, and ns a row and tree. */
static enum nev_exit measure_naive(const struct nev_bench_table *t, uint32_t trees, double *tree_ms,
                                   double *ns)
{
    const uint32_t rows = t->rows < PREDICT_ROWS ? t->rows : PREDICT_ROWS;
    struct nev_naive naive;
    uint32_t votes[64], candidates = 1, i, k;
    double cpu = nev_bench_cpu_ms();
    enum nev_exit code;

    *tree_ms = *ns = 0.0;
    if (trees == 0) {
        return NEV_EXIT_OK;
    }
    while ((candidates + 1) * (candidates + 1) <= t->features) {
        candidates++;
    }
    code = nev_naive_train(&naive, t, trees, candidates);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    *tree_ms = (nev_bench_cpu_ms() - cpu) / trees;
    for (k = 0; k < 10; k++) {
        cpu = nev_bench_cpu_ms();
        for (i = 0; i < rows; i++) {
            nev_naive_predict(&naive, t->x + (size_t)i * t->features, votes);
        }
        cpu = (nev_bench_cpu_ms() - cpu) * 1e6 / rows / trees;
        *ns = k == 0 || cpu < *ns ? cpu : *ns;
    }
    nev_naive_free(&naive);
    return NEV_EXIT_OK;
}

static void print(const struct values *v, const char *data, uint32_t threads, const struct row *r,
                  double naive_ms, double naive_ns)
{
    const char *format =
        v->is_csv
            ? "%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
              ",%u,%.4f,%.4f,%.0f,%.2f,%.3f,%.2f,%.2f,%.1f,%.1f,%.1f,%s\n"
            : "%-6s %7" PRIu64 " x%5" PRIu64 " c%2" PRIu64 " t%4" PRIu64
              " %u  %8.4f %8.4f s %9.0f rows/s %7.2f ns %7.3f us  x%.1f x%.1f  %.1f %.1f MB %.1f kB %s\n";
    struct rusage usage = {0};

    getrusage(RUSAGE_SELF, &usage);
    printf(format, data, v->rows, v->features, v->classes, v->trees, threads, r->cpu_ms * 1e-3,
           r->wall_ms * 1e-3, (double)(v->rows * v->trees) / (r->cpu_ms * 1e-3), r->batch_ns, r->one_us,
           naive_ms / (r->cpu_ms / (double)v->trees), naive_ns / r->batch_ns, r->memory_mb,
           (double)usage.ru_maxrss * 1.024e-3, r->file_kb, r->sha256);
    fflush(stdout);
}

static enum nev_exit write_table(const struct nev_bench_table *t, const char *path)
{
    FILE *file = fopen(path, "wb");
    bool is_good = file != NULL;
    uint32_t i;

    for (i = 0; i < t->rows && is_good; i++) {
        is_good = fwrite(t->x + (size_t)i * t->features, sizeof *t->x, t->features, file) == t->features &&
                  fwrite(t->label + i, sizeof *t->label, 1, file) == 1;
    }
    is_good = file != NULL && fclose(file) == 0 && is_good;
    return is_good ? NEV_EXIT_OK : nev_report_text(NEV_EXIT_IO, path, "cannot be written");
}

static enum nev_exit run_kind(const struct values *v, enum nev_bench_table_kind kind, const char *name)
{
    struct rig g;
    struct row row[2];
    double naive_ms = 0.0, naive_ns = 0.0;
    uint32_t threads;
    enum nev_exit code;

    memset(&g, 0, sizeof g);
    memset(row, 0, sizeof row);
    code =
        nev_bench_table_make(&g.table, kind, (uint32_t)v->rows, (uint32_t)v->features, (uint32_t)v->classes);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    nev_forest_params_default(&g.job.params);
    g.job.params.trees = (uint32_t)v->trees;
    g.job.data = (struct nev_forest_data){.x = g.table.x,
                                          .x_stride = g.table.features,
                                          .label = g.table.label,
                                          .rows = g.table.rows,
                                          .features = g.table.features,
                                          .classes = g.table.classes};
    if (v->out != NULL) {
        code = write_table(&g.table, v->out);
    } else {
        code = measure_naive(&g.table, (uint32_t)v->naive, &naive_ms, &naive_ns);
    }
    for (threads = 1; threads <= 2 && code == NEV_EXIT_OK && v->out == NULL; threads++) {
        code = measure(&g, threads, v->runs, &row[threads - 1]);
        if (code == NEV_EXIT_OK && strcmp(row[threads - 1].sha256, row[0].sha256) != 0) {
            code = nev_report_text(NEV_EXIT_ENVIRONMENT, name,
                                   "two trainings on the same data gave different forests");
        }
        if (code == NEV_EXIT_OK) {
            print(v, name, threads, &row[threads - 1], naive_ms, naive_ns);
        }
    }
    nev_bench_table_free(&g.table);
    return code;
}

/* A table past every cache: few trees, so that it takes seconds. */
static enum nev_exit run_large(const struct values *given)
{
    struct values v = *given;

    v.rows = 100000;
    v.trees = 3;
    v.runs = 1;
    v.naive = v.naive > 1 ? 1 : v.naive;
    return run_kind(&v, NEV_BENCH_TABLE_DEEP, kinds[LARGE]);
}

int main(int argc, char **argv)
{
    struct values v = {.rows = ROWS, .features = 1000, .classes = 2, .trees = 50, .naive = 10, .runs = 3};
    struct nev_arguments args;
    enum nev_exit code;
    uint64_t kind;

    if (!nev_bench_parse(&program, argc, argv, &v, &args, &code)) {
        return (int)code;
    }
    if (v.is_csv) {
        puts(CSV_HEADER);
    } else {
        nev_bench_machine(stdout);
    }
    for (kind = 0; kind < NEV_BENCH_TABLE_KINDS && code == NEV_EXIT_OK; kind++) {
        if (v.data == 0 || v.data == kind + 1) {
            code = run_kind(&v, (enum nev_bench_table_kind)kind, nev_bench_table_names[kind]);
        }
    }
    if (code == NEV_EXIT_OK && (v.data == LARGE || (v.data == 0 && v.rows == ROWS))) {
        code = run_large(&v);
    }
    return (int)code;
}
