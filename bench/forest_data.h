/* SPDX-License-Identifier: MIT */
/*
 * forest_data.h - the tables the forest is measured on, each a formula of its seed: the same bits everywhere.
 */
#ifndef NEV_BENCH_FOREST_DATA_H
#define NEV_BENCH_FOREST_DATA_H

#include <stdint.h>

#include "tools/base/exit.h"

enum nev_bench_table_kind {
    NEV_BENCH_TABLE_DEEP,   /* like a network's features: factors mixed, noise, leaky ReLU */
    NEV_BENCH_TABLE_TIED,   /* the same, half exact zeros and the rest in steps: some 50 values a column */
    NEV_BENCH_TABLE_SORTED, /* the same, rows in order of label and first feature */
    NEV_BENCH_TABLE_NOISE,  /* the same features, labels that depend on nothing */
    NEV_BENCH_TABLE_KINDS
};

extern const char *const nev_bench_table_names[NEV_BENCH_TABLE_KINDS + 1]; /* ended by NULL */

struct nev_bench_table {
    float *x; /* [rows, features] */
    uint32_t *label;
    uint32_t rows, features, classes;
};

/*
 * nev_bench_table_make - a table in memory that nev_bench_table_free gives back.
 * Errors     MEMORY, reported
 */
enum nev_exit nev_bench_table_make(struct nev_bench_table *t, enum nev_bench_table_kind kind, uint32_t rows,
                                   uint32_t features, uint32_t classes);

void nev_bench_table_free(struct nev_bench_table *t);

#endif
