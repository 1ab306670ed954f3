/* SPDX-License-Identifier: MIT */
/*
 * naive.h - a random forest as one writes it first: what the fast one is a multiple of, on any machine.
 *
 * Each node sorts floats for each candidate, and prediction follows pointers. Same samples of the same size
 * and as many candidates, random numbers of its own: the same amount of work, not the same trees.
 */
#ifndef NEV_BENCH_NAIVE_H
#define NEV_BENCH_NAIVE_H

#include <stddef.h>
#include <stdint.h>

#include "bench/forest_data.h"

struct nev_naive_node;

struct nev_naive {
    struct nev_naive_node **root; /* [trees] */
    uint32_t trees, classes;
    size_t nodes;
};

/*
 * nev_naive_train - grow trees fully on bootstrap samples, candidates features a node.
 * Errors     MEMORY, reported
 */
enum nev_exit nev_naive_train(struct nev_naive *n, const struct nev_bench_table *t, uint32_t trees,
                              uint32_t candidates);

/* nev_naive_predict - votes of one row, [classes]. */
void nev_naive_predict(const struct nev_naive *n, const float *x, uint32_t *votes);

void nev_naive_free(struct nev_naive *n);

#endif
