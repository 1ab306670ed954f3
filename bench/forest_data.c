/* SPDX-License-Identifier: MIT */
#include "bench/forest_data.h"

#include <stdlib.h>
#include <string.h>

#include "tools/base/memory.h"
#include "tools/base/report.h"

#define FACTORS     16u
#define INFORMATIVE 40u /* of the features */

const char *const nev_bench_table_names[NEV_BENCH_TABLE_KINDS + 1] = {"deep", "tied", "sorted", "noise",
                                                                      NULL};

/* SplitMix64 (Steele, Lea, Flood, 2014). */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* Nearly normal, variance 1/3: the sum of four uniform numbers of 16 bits, exact in binary32. */
static float draw(uint64_t *state)
{
    uint64_t z = next(state);
    int32_t sum = (int32_t)((z & 0xFFFF) + (z >> 16 & 0xFFFF) + (z >> 32 & 0xFFFF) + (z >> 48));

    return (float)(sum - 131070) * 0x1p-16f;
}

static float feature(enum nev_bench_table_kind kind, float v)
{
    if (kind == NEV_BENCH_TABLE_TIED) {
        return v <= 0.0f ? 0.0f : (float)(int32_t)(v * 16.0f) * 0x1p-4f;
    }
    return v < 0.0f ? v * 0.125f : v;
}

static uint32_t label_of(float score, uint32_t classes)
{
    int32_t id = (int32_t)((score * 0.2f + 0.5f) * (float)classes);

    return id < 0 ? 0 : (uint32_t)id >= classes ? classes - 1 : (uint32_t)id;
}

static void fill(struct nev_bench_table *t, enum nev_bench_table_kind kind, float *mix)
{
    uint64_t state = 1;
    uint32_t row, f, k;

    for (f = 0; f < t->features * FACTORS; f++) {
        mix[f] = draw(&state);
    }
    for (row = 0; row < t->rows; row++) {
        float factor[FACTORS], score = draw(&state), *x = t->x + (size_t)row * t->features;

        for (k = 0; k < FACTORS; k++) {
            factor[k] = draw(&state);
        }
        for (f = 0; f < t->features; f++) {
            float v = draw(&state);

            for (k = 0; k < FACTORS; k++) {
                v += factor[k] * mix[f * FACTORS + k];
            }
            x[f] = feature(kind, v);
            score += f < INFORMATIVE ? (f % 2 == 0 ? v : -v) * 0.25f : 0.0f;
        }
        t->label[row] = kind == NEV_BENCH_TABLE_NOISE ? (uint32_t)(next(&state) % t->classes)
                                                      : label_of(score, t->classes);
    }
    t->label[0] = 0; /* two classes at least */
    t->label[1] = 1;
}

struct order {
    uint32_t label, row;
    float first;
};

static int by_label(const void *a, const void *b)
{
    const struct order *p = a, *q = b;

    if (p->label != q->label) {
        return p->label < q->label ? -1 : 1;
    }
    return p->first != q->first ? (p->first < q->first ? -1 : 1) : p->row < q->row ? -1 : p->row > q->row;
}

static enum nev_exit sort(struct nev_bench_table *t)
{
    const size_t bytes = t->features * sizeof *t->x;
    struct order *order = nev_memory_take(t->rows, sizeof *order);
    float *x = nev_memory_take((size_t)t->rows * t->features, sizeof *x);
    uint32_t i;

    if (order == NULL || x == NULL) {
        nev_memory_give(order);
        nev_memory_give(x);
        return nev_report_memory("the table");
    }
    for (i = 0; i < t->rows; i++) {
        order[i] = (struct order){t->label[i], i, t->x[(size_t)i * t->features]};
    }
    qsort(order, t->rows, sizeof *order, by_label);
    for (i = 0; i < t->rows; i++) {
        t->label[i] = order[i].label;
        memcpy(x + (size_t)i * t->features, t->x + (size_t)order[i].row * t->features, bytes);
    }
    nev_memory_give(t->x);
    t->x = x;
    nev_memory_give(order);
    return NEV_EXIT_OK;
}

enum nev_exit nev_bench_table_make(struct nev_bench_table *t, enum nev_bench_table_kind kind, uint32_t rows,
                                   uint32_t features, uint32_t classes)
{
    float *mix = nev_memory_take((size_t)features * FACTORS, sizeof *mix);
    enum nev_exit code = NEV_EXIT_OK;

    t->x = nev_memory_take((size_t)rows * features, sizeof *t->x);
    t->label = nev_memory_take(rows, sizeof *t->label);
    t->rows = rows;
    t->features = features;
    t->classes = classes;
    if (mix == NULL || t->x == NULL || t->label == NULL) {
        code = nev_report_memory("the table");
    } else {
        fill(t, kind, mix);
        code = kind == NEV_BENCH_TABLE_SORTED ? sort(t) : NEV_EXIT_OK;
    }
    nev_memory_give(mix);
    if (code != NEV_EXIT_OK) {
        nev_bench_table_free(t);
    }
    return code;
}

void nev_bench_table_free(struct nev_bench_table *t)
{
    nev_memory_give(t->x);
    nev_memory_give(t->label);
    t->x = NULL;
    t->label = NULL;
}
