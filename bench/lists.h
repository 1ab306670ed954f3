/* SPDX-License-Identifier: MIT */
/*
 * lists.h - comma-separated values of an option: "1,2", "resnet18,darknet19", "all".
 */
#ifndef NEV_BENCH_LISTS_H
#define NEV_BENCH_LISTS_H

#include <stddef.h>
#include <stdint.h>

#include "tools/base/exit.h"
#include "weights/weights.h"

#define NEV_BENCH_LIST_MAX 8u

struct nev_bench_list {
    size_t len;
    uint32_t value[NEV_BENCH_LIST_MAX];
};

/*
 * nev_bench_numbers  - whole numbers from 1 to max.
 * nev_bench_networks - enum nev_net; "all": the three.
 * nev_bench_isas     - sets NEV_ISA_* for nev_kernels_select, one for each name; "auto": what the environment variable NEVUS_ISA
 *                      names, or else the best here.
 * Errors     USAGE, reported with the option's name
 */
enum nev_exit nev_bench_numbers(struct nev_bench_list *list, const char *option, const char *text,
                                uint32_t max);
enum nev_exit nev_bench_networks(struct nev_bench_list *list, const char *text);
enum nev_exit nev_bench_isas(struct nev_bench_list *list, const char *text);

#endif
