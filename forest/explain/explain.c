/* SPDX-License-Identifier: MIT */
#include "forest/explain/explain.h"

#include <string.h>

#include "forest/carve.h"
#include "forest/file/node.h"

/* What an explanation is made in. */
struct work {
    uint64_t *count, *total;      /* [the largest tree's nodes] */
    int64_t *contribution;        /* [features] */
    uint32_t *used;               /* [features] */
    struct nev_forest_path *path; /* [trees] */
    struct nev_forest_step *step; /* [nev_forest_explain_steps] */
};

uint64_t nev_forest_explain_steps(const struct nev_forest *f)
{
    struct nev_forest_tree tree;
    uint64_t steps = 0;
    uint32_t k;

    for (k = 0; k < f->params.trees; k++) {
        nev_forest_tree(f, k, &tree);
        steps += tree.depth;
    }
    return steps;
}

static void carve(struct work *w, struct nev_carve *c, const struct nev_forest *f)
{
    struct nev_forest_tree tree;
    uint32_t nodes = 0, k;

    for (k = 0; k < f->params.trees; k++) {
        nev_forest_tree(f, k, &tree);
        nodes = tree.node_len > nodes ? tree.node_len : nodes;
    }
    w->count = nev_carve_take(c, nodes, sizeof *w->count);
    w->total = nev_carve_take(c, nodes, sizeof *w->total);
    w->contribution = nev_carve_take(c, f->features, sizeof *w->contribution);
    w->used = nev_carve_take(c, f->features, sizeof *w->used);
    w->path = nev_carve_take(c, f->params.trees, sizeof *w->path);
    w->step = nev_carve_take(c, nev_forest_explain_steps(f), sizeof *w->step);
}

size_t nev_forest_explain_bytes(const struct nev_forest *f)
{
    struct nev_carve c = {NULL, 0};
    struct work w;

    carve(&w, &c, f);
    return c.used > SIZE_MAX - NEV_ALIGN ? SIZE_MAX : (size_t)c.used + NEV_ALIGN - 1;
}

void nev_forest_values(const struct nev_forest_tree *tree, uint32_t class_id, uint64_t *count,
                       uint64_t *total)
{
    struct nev_forest_node node;
    struct nev_forest_entry entry;
    uint32_t i, e;

    count[0] = total[0] = 0;
    /* Bounds: open has checked that the counts of a leaf sum to less than 2^32; there are at most 2^32 leaves. */
    for (i = tree->node_len - 1; i >= 1; i--) {
        nev_forest_node(tree, i, &node);
        if (!node.is_leaf) {
            count[i] = count[node.left] + count[node.left + 1];
            total[i] = total[node.left] + total[node.left + 1];
            continue;
        }
        count[i] = total[i] = 0;
        for (e = 0; e < node.entry_len; e++) {
            nev_forest_entry(tree, node.entry + e, &entry);
            count[i] += entry.class_id == class_id ? entry.count : 0;
            total[i] += entry.count;
        }
    }
}

/* Walks one tree and fills its path and steps. Returns the column of a NaN, or `features`. */
static uint32_t walk(const struct nev_forest *f, const struct nev_forest_tree *tree, const float *x,
                     const struct work *w, struct nev_forest_path *path)
{
    struct nev_forest_node node;
    uint32_t i = 1;

    path->root_value = nev_forest_value(w->count[1], w->total[1]);
    for (nev_forest_node(tree, i, &node); !node.is_leaf; nev_forest_node(tree, i, &node)) {
        struct nev_forest_step *s = w->step + path->first_step + path->step_len;

        if (nev_key_is_nan(x[node.feature])) {
            return node.feature;
        }
        s->node = i;
        s->feature = node.feature;
        s->threshold = node.threshold;
        s->value = x[node.feature];
        s->is_right = nev_key_from_f32(s->value) > nev_node_key(tree->node, i);
        s->next = node.left + (s->is_right ? 1 : 0);
        s->change = nev_forest_value(w->count[s->next], w->total[s->next]) -
                    nev_forest_value(w->count[i], w->total[i]);
        w->contribution[s->feature] += s->change;
        w->used[s->feature]++;
        path->step_len++; /* at most tree->depth: open has proved it */
        i = s->next;
    }
    path->leaf = i;
    path->leaf_value = nev_forest_value(w->count[i], w->total[i]);
    path->vote = nev_entry_class(tree->leaf, node.entry);
    return f->features;
}

static enum nev_status check(const struct nev_forest *f, uint32_t class_id, size_t memory_bytes,
                             struct nev_error *err)
{
    if (class_id >= f->classes) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "class", "there is no class of that number");
    }
    if (memory_bytes < nev_forest_explain_bytes(f)) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "memory",
                        "less than nev_forest_explain_bytes says");
    }
    return NEV_OK;
}

enum nev_status nev_forest_explain(const struct nev_forest *f, const float *x, uint32_t class_id,
                                   void *memory, size_t memory_bytes, struct nev_forest_explanation *out,
                                   struct nev_error *err)
{
    struct nev_carve c = {NULL, 0};
    struct work w;
    uint32_t k;
    enum nev_status status = check(f, class_id, memory_bytes, err);

    memset(out, 0, sizeof *out);
    if (status != NEV_OK) {
        return status;
    }
    c.base = nev_carve_align(memory);
    carve(&w, &c, f);
    memset(w.contribution, 0, f->features * sizeof *w.contribution);
    memset(w.used, 0, f->features * sizeof *w.used);
    for (k = 0; k < f->params.trees; k++) {
        struct nev_forest_path *path = w.path + k;
        struct nev_forest_tree tree;
        uint32_t nan;

        nev_forest_tree(f, k, &tree);
        nev_forest_values(&tree, class_id, w.count, w.total);
        memset(path, 0, sizeof *path);
        path->tree = tree.number;
        path->first_step = out->step_len;
        nan = walk(f, &tree, x, &w, path);
        if (nan < f->features) {
            memset(out, 0, sizeof *out);
            return nev_fail_at(err, NEV_ERR_VALUE, NEV_NO_ROW, (int64_t)nan, "feature",
                               "a feature that the forest asks for is NaN (missing)");
        }
        out->step_len += path->step_len;
        out->bias += path->root_value;
        out->sum += path->leaf_value;
    }
    out->class_id = class_id;
    /* Bounds: as in predict.c, both exact in binary64. */
    out->probability = (double)out->sum / ((double)f->params.trees * 4294967296.0);
    out->contribution = w.contribution;
    out->used = w.used;
    out->path = w.path;
    out->step = w.step;
    return NEV_OK;
}
