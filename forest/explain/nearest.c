/* SPDX-License-Identifier: MIT */
#include "forest/explain/nearest.h"

#include <string.h>

#include "forest/carve.h"
#include "forest/explain/route.h"
#include "forest/explain/same_data.h"
#include "forest/file/node.h"
#include "forest/file/part.h"
#include "forest/train/tree.h"

/* One tree of a round. */
struct work {
    uint32_t *draws;        /* [rows] */
    struct nev_route route; /* all rows */
    uint32_t *leaf;         /* [rows] the node a training row ends in */
    uint32_t *query_leaf;   /* [queries] */
};

struct counting {
    const struct nev_nearest_job *job;
    struct nev_forest_part of; /* whose trees are counted */
    struct work *work;         /* [parts] */
    uint32_t *same, *part;
    uint32_t begin, len; /* the round's first tree, of the part, and how many */
};

static uint64_t carve(struct work **work, struct nev_same_data *same, uint8_t *memory,
                      const struct nev_nearest_job *job)
{
    struct nev_carve c = {memory, 0};
    uint32_t parts = job->par == NULL ? 1 : job->par->parts, nodes = 0, i;
    struct nev_forest_tree tree;
    struct work counted;

    for (i = 0; i < job->f->params.trees; i++) {
        nev_forest_tree(job->f, i, &tree);
        nodes = tree.node_len > nodes ? tree.node_len : nodes;
    }
    nev_same_data_carve(same, &c, job->data.rows, parts);
    *work = nev_carve_take(&c, parts, sizeof **work);
    for (i = 0; i < parts; i++) {
        struct work *w = memory == NULL ? &counted : *work + i;

        w->draws = nev_carve_take(&c, job->data.rows, sizeof *w->draws);
        w->route.row = nev_carve_take(&c, job->data.rows, sizeof(uint32_t));
        w->route.begin = nev_carve_take(&c, nodes, sizeof(uint32_t));
        w->route.end = nev_carve_take(&c, nodes, sizeof(uint32_t));
        w->leaf = nev_carve_take(&c, job->data.rows, sizeof *w->leaf);
        w->query_leaf = nev_carve_take(&c, job->queries, sizeof *w->query_leaf);
    }
    return c.used + NEV_ALIGN - 1;
}

size_t nev_nearest_bytes(const struct nev_nearest_job *job)
{
    struct nev_same_data same;
    struct work *work;
    uint64_t bytes;

    if (job->queries > NEV_FOREST_ROWS_MAX) {
        return SIZE_MAX;
    }
    bytes = carve(&work, &same, NULL, job);
    return bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes;
}

static void send_task(void *arg, uint32_t part, uint32_t parts)
{
    const struct counting *n = arg;
    const struct nev_nearest_job *job = n->job;
    const struct nev_forest_data *d = &job->data;
    struct work *w = &n->work[part];
    struct nev_forest_tree tree;
    uint32_t i, k;
    size_t q;

    (void)parts;
    if (part >= n->len) {
        return;
    }
    nev_forest_tree(job->f, n->of.place + n->begin + part, &tree);
    if (job->is_oob) {
        nev_tree_sample(&n->of.params, d->rows, tree.number, w->draws);
    } else {
        memset(w->draws, 0, d->rows * sizeof *w->draws);
    }
    for (i = 0; i < d->rows; i++) {
        w->route.row[i] = i;
    }
    w->route.len = d->rows;
    nev_route_rows(&tree, d->x, d->x_stride, &w->route);
    for (i = 1; i < tree.node_len; i++) {
        for (k = w->route.begin[i]; nev_node_is_leaf(nev_node_key(tree.node, i)) && k < w->route.end[i];
             k++) {
            w->leaf[w->route.row[k]] = i;
        }
    }
    for (q = 0; q < job->queries; q++) {
        w->query_leaf[q] = nev_route_on(&tree, 1, job->x + q * job->x_stride, UINT32_MAX, 0.0f);
    }
}

/* Each part adds up a range of the training rows, for all queries and the round's trees. */
static void add_task(void *arg, uint32_t part, uint32_t parts)
{
    const struct counting *n = arg;
    const struct nev_nearest_job *job = n->job;
    size_t rows = job->data.rows, begin, end, r, q;
    uint32_t t;

    nev_parallel_range(rows, part, parts, &begin, &end);
    for (q = 0; q < job->queries; q++) {
        uint32_t self = job->query_row == NULL ? NEV_NEAREST_NEW : job->query_row[q];

        for (t = 0; t < n->len; t++) {
            const struct work *w = &n->work[t];
            uint32_t leaf = w->query_leaf[q];

            if (self != NEV_NEAREST_NEW && w->draws[self] != 0) {
                continue;
            }
            for (r = begin; r < end; r++) {
                n->part[q * rows + r] += w->draws[r] == 0;
                n->same[q * rows + r] += w->draws[r] == 0 && w->leaf[r] == leaf;
            }
        }
    }
}

static enum nev_status check(const struct nev_nearest_job *job, size_t memory_bytes, struct nev_error *err)
{
    uint32_t parts = job->par == NULL ? 1 : job->par->parts, k;
    size_t q;

    if (parts == 0 || parts > NEV_THREADS_MAX || job->x_stride < job->f->features) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "nearest",
                        "the number of parts is outside 1..NEV_THREADS_MAX, or the stride is too small");
    }
    if (job->data.rows < 2 || job->data.rows > NEV_FOREST_ROWS_MAX) {
        return nev_fail(err, NEV_ERR_SHAPE, NEV_NO_OFFSET, "training data", "no forest has so many rows");
    }
    if (memory_bytes < nev_nearest_bytes(job) || nev_nearest_bytes(job) == SIZE_MAX) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "memory", "less than nev_nearest_bytes says");
    }
    for (q = 0; q < job->queries; q++) {
        if (job->query_row != NULL && job->query_row[q] != NEV_NEAREST_NEW &&
            job->query_row[q] >= job->data.rows) {
            return nev_fail_at(err, NEV_ERR_ARGUMENT, (int64_t)q, NEV_NO_ROW, "nearest",
                               "a query is said to be a training row that there is not");
        }
        for (k = 0; k < job->f->features; k++) {
            if (nev_key_is_nan(job->x[q * job->x_stride + k])) {
                return nev_fail_at(err, NEV_ERR_VALUE, (int64_t)q, (int64_t)k, "feature",
                                   "a feature is NaN (missing); fill it in or leave the row out");
            }
        }
    }
    return NEV_OK;
}

enum nev_status nev_nearest_count(const struct nev_nearest_job *job, void *memory, size_t memory_bytes,
                                  uint32_t *same, uint32_t *part, struct nev_error *err)
{
    uint32_t parts = job->par == NULL ? 1 : job->par->parts, trees = 0, i;
    size_t cells = job->queries * job->data.rows;
    uint8_t digest[NEV_SHA256_BYTES];
    struct nev_same_data data;
    struct counting n;
    enum nev_status status = check(job, memory_bytes, err);

    memset(same, 0, cells * sizeof *same);
    memset(part, 0, cells * sizeof *part);
    memset(&n, 0, sizeof n);
    n.job = job;
    n.same = same;
    n.part = part;
    if (status != NEV_OK) {
        return status;
    }
    (void)carve(&n.work, &data, nev_carve_align(memory), job);
    if ((status = nev_same_data_check(&data, job->f, &job->data, job->par, digest, err)) != NEV_OK) {
        return status;
    }
    for (i = 0; i < job->f->parts; i++) {
        nev_part_step(job->f, i, &n.of);
        if (!nev_same_data_part(&n.of, digest) || (job->is_oob && !n.of.params.bootstrap)) {
            continue;
        }
        trees += n.of.params.trees;
        for (n.begin = 0; n.begin < n.of.params.trees; n.begin += n.len) {
            n.len = n.of.params.trees - n.begin < parts ? n.of.params.trees - n.begin : parts;
            nev_parallel_run(job->par, send_task, &n);
            nev_parallel_run(job->par, add_task, &n);
        }
    }
    return trees > 0 ? NEV_OK
                     : nev_fail(err, NEV_ERR_DATA, NEV_NO_OFFSET, "nearest",
                                "the forest was trained without bootstrap: every tree has seen every row");
}

/* Is row a nearer than row b? Bounds: both at most 65,535. */
static bool is_nearer(const uint32_t *same, const uint32_t *part, uint32_t a, uint32_t b)
{
    uint64_t left = (uint64_t)same[a] * part[b], right = (uint64_t)same[b] * part[a];

    return left != right ? left > right : a < b;
}

uint32_t nev_nearest_top(const uint32_t *same, const uint32_t *part, uint32_t rows, uint32_t *top,
                         uint32_t top_len)
{
    uint32_t len = 0, i, k;

    for (i = 0; i < rows; i++) {
        if (part[i] == 0 || top_len == 0 || (len == top_len && !is_nearer(same, part, i, top[len - 1]))) {
            continue;
        }
        len += len < top_len;
        for (k = len - 1; k > 0 && is_nearer(same, part, i, top[k - 1]); k--) {
            top[k] = top[k - 1];
        }
        top[k] = i;
    }
    return len;
}
