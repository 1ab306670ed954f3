/* SPDX-License-Identifier: MIT */
#include "bench/naive.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/memory.h"
#include "tools/base/report.h"

#define CLASSES_MAX 64u

struct nev_naive_node {
    struct nev_naive_node *left, *right; /* NULL: a leaf */
    uint32_t feature, class_id;
    float threshold;
};

struct item {
    float x;
    uint32_t label;
};

/* One tree under way. */
struct grower {
    const struct nev_bench_table *t;
    struct nev_naive *forest;
    struct item *item;
    uint32_t *row, *feature, candidates;
    uint64_t state;
    bool has_failed;
};

struct best {
    double score;
    uint32_t feature;
    float threshold;
};

static uint32_t below(uint64_t *state, uint32_t n)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 32) * n >> 32);
}

static int by_value(const void *a, const void *b)
{
    const float x = ((const struct item *)a)->x, y = ((const struct item *)b)->x;

    return (x > y) - (x < y);
}

static void try_feature(struct grower *g, uint32_t feature, uint32_t begin, uint32_t end, struct best *best)
{
    double left[CLASSES_MAX] = {0}, right[CLASSES_MAX] = {0}, n = end - begin;
    uint32_t i, k;

    for (i = begin; i < end; i++) {
        const uint32_t row = g->row[i];

        g->item[i - begin] = (struct item){g->t->x[(size_t)row * g->t->features + feature], g->t->label[row]};
        right[g->t->label[row]] += 1.0;
    }
    qsort(g->item, end - begin, sizeof *g->item, by_value);
    for (i = 0; i + 1 < end - begin; i++) {
        double l = 0.0, r = 0.0, score;

        left[g->item[i].label] += 1.0;
        right[g->item[i].label] -= 1.0;
        if (g->item[i].x == g->item[i + 1].x) {
            continue;
        }
        for (k = 0; k < g->t->classes; k++) {
            l += left[k] * left[k];
            r += right[k] * right[k];
        }
        score = l / (i + 1.0) + r / (n - i - 1.0);
        if (score > best->score) {
            *best = (struct best){score, feature, (g->item[i].x + g->item[i + 1].x) * 0.5f};
        }
    }
}

static struct best search(struct grower *g, uint32_t begin, uint32_t end)
{
    struct best best = {-1.0, 0, 0.0f};
    uint32_t i, at, f;

    for (i = 0; i < g->t->features && (i < g->candidates || best.score < 0.0); i++) {
        at = i + below(&g->state, g->t->features - i);
        f = g->feature[at];
        g->feature[at] = g->feature[i];
        g->feature[i] = f;
        try_feature(g, f, begin, end, &best);
    }
    return best;
}

static uint32_t majority(const struct grower *g, uint32_t begin, uint32_t end, bool *is_pure)
{
    uint32_t count[CLASSES_MAX] = {0}, best = 0, i;

    for (i = begin; i < end; i++) {
        count[g->t->label[g->row[i]]]++;
    }
    for (i = 1; i < g->t->classes; i++) {
        best = count[i] > count[best] ? i : best;
    }
    *is_pure = count[best] == end - begin;
    return best;
}

static struct nev_naive_node *grow(struct grower *g, uint32_t begin, uint32_t end)
{
    struct nev_naive_node *node = nev_memory_take_zeroed(1, sizeof *node);
    uint32_t i, middle = begin, swap;
    struct best best;
    bool is_pure;

    if (node == NULL) {
        g->has_failed = true;
        return NULL;
    }
    g->forest->nodes++;
    node->class_id = majority(g, begin, end, &is_pure);
    if (is_pure || (best = search(g, begin, end)).score < 0.0) {
        return node;
    }
    node->feature = best.feature;
    node->threshold = best.threshold;
    for (i = begin; i < end; i++) {
        if (g->t->x[(size_t)g->row[i] * g->t->features + best.feature] <= best.threshold) {
            swap = g->row[i];
            g->row[i] = g->row[middle];
            g->row[middle++] = swap;
        }
    }
    if (middle == begin || middle == end) { /* the mean of adjacent floats rounded up */
        return node;
    }
    node->left = grow(g, begin, middle);
    node->right = grow(g, middle, end);
    return node;
}

enum nev_exit nev_naive_train(struct nev_naive *n, const struct nev_bench_table *t, uint32_t trees,
                              uint32_t candidates)
{
    struct grower g = {t, n, NULL, NULL, NULL, candidates, 1, false};
    uint32_t i, k;

    n->root = nev_memory_take_zeroed(trees, sizeof(struct nev_naive_node *));
    n->trees = trees;
    n->classes = t->classes;
    n->nodes = 0;
    g.item = nev_memory_take(t->rows, sizeof *g.item);
    g.row = nev_memory_take(t->rows, sizeof *g.row);
    g.feature = nev_memory_take(t->features, sizeof *g.feature);
    g.has_failed = n->root == NULL || g.item == NULL || g.row == NULL || g.feature == NULL;
    for (i = 0; !g.has_failed && i < t->features; i++) {
        g.feature[i] = i;
    }
    for (k = 0; !g.has_failed && k < trees; k++) {
        for (i = 0; i < t->rows; i++) {
            g.row[i] = below(&g.state, t->rows);
        }
        n->root[k] = grow(&g, 0, t->rows);
    }
    nev_memory_give(g.item);
    nev_memory_give(g.row);
    nev_memory_give(g.feature);
    if (g.has_failed) {
        nev_naive_free(n);
        return nev_report_memory("the naive forest");
    }
    return NEV_EXIT_OK;
}

void nev_naive_predict(const struct nev_naive *n, const float *x, uint32_t *votes)
{
    uint32_t k;

    memset(votes, 0, n->classes * sizeof *votes);
    for (k = 0; k < n->trees; k++) {
        const struct nev_naive_node *node = n->root[k];

        while (node->left != NULL) {
            node = x[node->feature] <= node->threshold ? node->left : node->right;
        }
        votes[node->class_id]++;
    }
}

static void free_below(struct nev_naive_node *node)
{
    if (node != NULL) {
        free_below(node->left);
        free_below(node->right);
        nev_memory_give(node);
    }
}

void nev_naive_free(struct nev_naive *n)
{
    uint32_t k;

    for (k = 0; n->root != NULL && k < n->trees; k++) {
        free_below(n->root[k]);
    }
    nev_memory_give(n->root);
    n->root = NULL;
}
