/* SPDX-License-Identifier: MIT */
#include "bench/lists.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "nn/base/cpu.h"
#include "nn/nn.h"
#include "tools/base/report.h"
#include "tools/networks/isa.h"

#define WORD_LEN 32u

/* The next word of a list; false at its end, or at a word that is empty or too long (*text is then NULL). */
static bool next_word(const char **text, char word[WORD_LEN])
{
    const char *from = *text;
    size_t len;

    if (from == NULL || *from == '\0') {
        return false;
    }
    len = strcspn(from, ",");
    if (len == 0 || len >= WORD_LEN || (from[len] == ',' && from[len + 1] == '\0')) {
        *text = NULL;
        return false;
    }
    memcpy(word, from, len);
    word[len] = '\0';
    *text = from + len + (from[len] == ',' ? 1 : 0);
    return true;
}

static bool put(struct nev_bench_list *list, uint32_t value)
{
    if (list->len == NEV_BENCH_LIST_MAX) {
        return false;
    }
    list->value[list->len++] = value;
    return true;
}

/* Reads every word by `take`; false if one was refused. */
static bool read_list(struct nev_bench_list *list, const char *text,
                      bool (*take)(struct nev_bench_list *list, const char *word, uint32_t max), uint32_t max)
{
    char word[WORD_LEN];

    list->len = 0;
    while (next_word(&text, word)) {
        if (!take(list, word, max)) {
            return false;
        }
    }
    return text != NULL && list->len > 0;
}

static bool take_number(struct nev_bench_list *list, const char *word, uint32_t max)
{
    unsigned long v;
    char *end;

    if (word[0] < '0' || word[0] > '9') {
        return false;
    }
    v = strtoul(word, &end, 10);
    return *end == '\0' && v >= 1 && v <= max && put(list, (uint32_t)v);
}

static bool take_network(struct nev_bench_list *list, const char *word, uint32_t max)
{
    enum nev_net net = nev_net_from_name(word);

    (void)max;
    if (strcmp(word, "all") == 0) {
        return put(list, NEV_NET_RESNET18) && put(list, NEV_NET_MOBILENETV2) && put(list, NEV_NET_DARKNET19);
    }
    return net != NEV_NET_NONE && put(list, (uint32_t)net);
}

/* chosen: what auto is. */
static bool take_isa(struct nev_bench_list *list, const char *word, uint32_t chosen)
{
    const uint32_t here = nev_cpu_isas();
    uint32_t bit;

    if (strcmp(word, "auto") == 0) {
        return put(list, chosen);
    }
    for (bit = 1; bit != 0; bit <<= 1) {
        const uint32_t isas = NEV_ISA_C | bit;

        if ((here & bit) != 0 && strcmp(nev_kernels_name(nev_kernels_select(isas)), word) == 0) {
            return put(list, bit == NEV_ISA_C ? isas : isas | (here & NEV_ISA_SHANI));
        }
    }
    return false;
}

enum nev_exit nev_bench_numbers(struct nev_bench_list *list, const char *option, const char *text,
                                uint32_t max)
{
    if (read_list(list, text, take_number, max)) {
        return NEV_EXIT_OK;
    }
    return nev_report_text(NEV_EXIT_USAGE, NULL,
                           "--%s: '%.40s' is not a list of at most %u numbers from 1 to %u", option, text,
                           NEV_BENCH_LIST_MAX, max);
}

enum nev_exit nev_bench_networks(struct nev_bench_list *list, const char *text)
{
    if (read_list(list, text, take_network, 0)) {
        return NEV_EXIT_OK;
    }
    return nev_report_text(NEV_EXIT_USAGE, NULL,
                           "--network: '%.40s' is not a list of resnet18, mobilenetv2, darknet19; or all",
                           text);
}

enum nev_exit nev_bench_isas(struct nev_bench_list *list, const char *text)
{
    uint32_t chosen;
    enum nev_exit code = nev_isa_choose(&chosen);

    if (code != NEV_EXIT_OK || read_list(list, text, take_isa, chosen)) {
        return code;
    }
    return nev_report_text(NEV_EXIT_USAGE, NULL,
                           "--isa: '%.40s' is not a list of instruction sets that this build has and this "
                           "processor offers, or auto",
                           text);
}
