/* SPDX-License-Identifier: MIT */
/*
 * compare.c - two tables of the network benchmark beside each other: how the medians changed, and whether the
 * features are the same bits.
 */
#include <stdio.h>
#include <string.h>

#include "bench/program.h"
#include "io/csv.h"
#include "tools/files/files.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"

#define FILE_MAX    ((uint64_t)1 << 24) /* bytes */
#define ROWS_MAX    1024u
#define TEXT_LEN    80u
#define EXIT_DIFFER NEV_EXIT_PARTIAL

static const struct nev_option options[] = {NEV_OPTION_END};

static const struct nev_bench_program program = {
    "compare",
    "A.csv B.csv",
    "Joins two tables of `networks --csv` by network, isa, threads and batch and prints, for each row that "
    "both\n"
    "have, the medians, B / A of medians and of minima (below 1: B is faster), and whether the digests of "
    "the\n"
    "features agree. Exit status 1: a digest differs, or a row is in one table only; 4: a row stands twice "
    "in a "
    "table;\n"
    "7: the tables have no row in common.\n",
    options,
    2,
    2};

enum column { NETWORK, ISA, THREADS, BATCH, MEDIAN, MIN, SHA256, COLUMNS };

static const char *const names[COLUMNS] = {"network",   "isa",    "threads", "batch",
                                           "median_ms", "min_ms", "sha256"};

struct row {
    char text[COLUMNS][TEXT_LEN];
    double median, min;
};

struct table {
    size_t len;
    struct row row[ROWS_MAX];
};

static enum nev_status take_cell(struct row *row, enum column c, const struct nev_csv_cell *cell,
                                 struct nev_error *err)
{
    enum nev_status status = nev_csv_cell_copy(cell, row->text[c], TEXT_LEN, err);

    if (status == NEV_OK && (c == MEDIAN || c == MIN)) {
        double *value = c == MEDIAN ? &row->median : &row->min;

        status = nev_csv_cell_f64(cell, value, err);
        if (status == NEV_OK && !(*value > 0.0)) {
            status = nev_fail_at(err, NEV_ERR_VALUE, cell->row, cell->col, names[c], "not a positive time");
        }
    }
    return status;
}

/* Among the first `len` rows. */
static const struct row *find(const struct table *table, size_t len, const struct row *like)
{
    for (size_t i = 0; i < len; i++) {
        const struct row *row = &table->row[i];
        int same = 0;

        while (same <= BATCH && strcmp(row->text[same], like->text[same]) == 0) {
            same++;
        }
        if (same > BATCH) {
            return row;
        }
    }
    return NULL;
}

static enum nev_status read_rows(struct table *table, const struct nev_csv *csv, struct nev_error *err)
{
    struct nev_csv_cursor cursor = nev_csv_rows(csv);
    enum nev_status status = NEV_OK;
    struct nev_csv_cell cell;
    size_t col[COLUMNS];

    for (int c = 0; c < COLUMNS && status == NEV_OK; c++) {
        status = nev_csv_column(csv, names[c], &col[c], err);
    }
    if (status == NEV_OK && csv->rows > ROWS_MAX) {
        status = nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, NULL, "more rows than a benchmark has");
    }
    while (status == NEV_OK && nev_csv_next(csv, &cursor, &cell)) {
        for (int c = 0; c < COLUMNS && status == NEV_OK; c++) {
            if ((size_t)cell.col == col[c]) {
                status = take_cell(&table->row[cell.row], (enum column)c, &cell, err);
            }
        }
    }
    for (size_t i = 1; i < csv->rows && status == NEV_OK; i++) {
        if (find(table, i, &table->row[i]) != NULL) {
            status = nev_fail_at(err, NEV_ERR_VALUE, (int64_t)i, NEV_NO_ROW, NULL,
                                 "a row stands twice: the same network, isa, threads and batch");
        }
    }
    table->len = csv->rows;
    return status;
}

static enum nev_exit read_table(struct table *table, const char *path)
{
    struct nev_file file;
    struct nev_error err;
    struct nev_csv csv;
    enum nev_status status = nev_file_read(&file, path, FILE_MAX, &err);

    if (status == NEV_OK) {
        status = nev_csv_open(&csv, file.data, file.bytes, true, ',', &err);
        if (status == NEV_OK) {
            status = read_rows(table, &csv, &err);
        }
        nev_file_close(&file);
    }
    return status == NEV_OK ? NEV_EXIT_OK : nev_report(path, &err);
}

/* A cell of a file may hold anything; what is printed is harmless to a terminal. */
static void print_key(const struct row *row)
{
    static const int width[BATCH + 1] = {-12, -6, 3, 3};
    char safe[4 * TEXT_LEN];

    for (int c = NETWORK; c <= BATCH; c++) {
        nev_text_safe(row->text[c], safe, sizeof safe);
        printf("%*s ", width[c], safe);
    }
}

static enum nev_exit compare(const struct table *a, const struct table *b)
{
    size_t common = 0, differ = 0, alone = 0;

    printf("%-12s %-6s %3s %3s %10s %10s %8s %8s  %s\n", "network", "isa", "t", "b", "A median", "B median",
           "B/A", "min B/A", "features");
    for (size_t i = 0; i < a->len; i++) {
        const struct row *x = &a->row[i], *y = find(b, b->len, x);

        print_key(x);
        if (y == NULL) {
            printf("only in A\n");
            alone++;
            continue;
        }
        common++;
        differ += strcmp(x->text[SHA256], y->text[SHA256]) != 0;
        printf("%10.3f %10.3f %8.3f %8.3f  %s\n", x->median, y->median, y->median / x->median,
               y->min / x->min, strcmp(x->text[SHA256], y->text[SHA256]) == 0 ? "same" : "DIFFER");
    }
    for (size_t i = 0; i < b->len; i++) {
        if (find(a, a->len, &b->row[i]) == NULL) {
            print_key(&b->row[i]);
            printf("only in B\n");
            alone++;
        }
    }
    if (common == 0) {
        return nev_report_text(NEV_EXIT_MISFIT, NULL, "the tables have no row in common");
    }
    return differ + alone > 0 ? EXIT_DIFFER : NEV_EXIT_OK;
}

int main(int argc, char **argv)
{
    static struct table a, b;
    struct nev_arguments args;
    char none;
    enum nev_exit code;

    if (!nev_bench_parse(&program, argc, argv, &none, &args, &code)) {
        return (int)code;
    }
    code = read_table(&a, args.text[0]);
    if (code == NEV_EXIT_OK) {
        code = read_table(&b, args.text[1]);
    }
    if (code == NEV_EXIT_OK) {
        code = compare(&a, &b);
    }
    return (int)code;
}
