/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "forest/carve.h"
#include "forest/layout.h"
#include "forest/node.h"
#include "forest/prepare.h"
#include "forest/tree.h"
#include "nn/base/cpu.h"
#include "nn/base/real.h"

/* Everything in the work memory. */
struct plan {
    struct nev_ranks ranks;
    uint32_t *votes;       /* [rows, classes] */
    uint64_t *importance;  /* [features] */
    uint8_t *digests;      /* of the data's blocks */
    uint64_t *bad;         /* [parts] */
    struct nev_tree *tree; /* [parts] */
    uint8_t *part;         /* [parts, part_bytes]: first to rank columns, then to grow a tree */
    uint64_t part_bytes;
    uint64_t bytes;
};

/* One training under way. */
struct training {
    struct nev_tree_job job;
    struct nev_forest_params params; /* candidates resolved */
    struct nev_parallel par;
    struct plan plan;
    uint32_t begin; /* the round's first tree, from 0 */
    uint8_t *file;
    uint64_t file_bytes, table_at, data_at, used; /* used: the end of the last body */
    uint32_t oob_rows, oob_correct;
};

void nev_forest_params_default(struct nev_forest_params *params)
{
    memset(params, 0, sizeof *params);
    params->trees = 50;
    params->min_samples_leaf = 1;
    params->min_samples_split = 2;
    params->bootstrap = true;
}

static uint32_t floor_sqrt(uint32_t n)
{
    uint32_t root = 1;

    while ((uint64_t)(root + 1) * (root + 1) <= n) {
        root++;
    }
    return root;
}

static enum nev_status check_params(const struct nev_forest_job *job, struct nev_error *err)
{
    const struct nev_forest_params *p = &job->params;
    uint32_t parts = job->par == NULL ? 1 : job->par->parts;
    const char *what = NULL;

    if (p->trees == 0) {
        what = "a forest needs at least one tree";
    } else if (p->candidates > job->data.features) {
        what = "more candidate features a node than there are features";
    } else if (p->min_samples_leaf == 0 || p->min_samples_split < 2) {
        what = "min_samples_leaf is at least 1 and min_samples_split at least 2";
    } else if (parts == 0 || parts > NEV_THREADS_MAX) {
        what = "the number of parts is outside 1..NEV_THREADS_MAX";
    }
    if (what != NULL) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "parameters", what);
    }
    if (p->trees > NEV_FOREST_TREES_MAX || p->first_tree > NEV_FOREST_TREES_MAX - p->trees) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "trees", "tree numbers go up to 65,534");
    }
    return NEV_OK;
}

static enum nev_status check_shape(const struct nev_forest_job *job, struct nev_error *err)
{
    const struct nev_forest_data *d = &job->data;

    if (d->rows < 2) {
        return nev_fail(err, NEV_ERR_DATA, NEV_NO_OFFSET, "rows", "a forest needs at least two rows");
    }
    if (d->classes < 2) {
        return nev_fail(err, NEV_ERR_DATA, NEV_NO_OFFSET, "classes", "a forest needs at least two classes");
    }
    if (d->features == 0 || d->x_stride < d->features) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "features",
                        "there are no features, or rows are further apart than the stride says");
    }
    if (d->rows > NEV_FOREST_ROWS_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "rows", "more than 2,097,152 rows");
    }
    if (d->features > NEV_FOREST_FEATURES_MAX || d->classes > NEV_FOREST_CLASSES_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "features",
                        "more than 65,536 features or 1,024 classes");
    }
    return NEV_OK;
}

/* The work arrays, sized, and over memory handed out. */
static void carve_plan(struct plan *plan, uint8_t *memory, const struct nev_forest_job *job, uint32_t parts)
{
    const struct nev_forest_data *d = &job->data;
    struct nev_carve c = {memory, 0}, part = {NULL, 0};
    struct nev_tree counted;
    uint32_t i;

    nev_tree_carve(&counted, &part, &job->params, d);
    plan->part_bytes = nev_prepare_bytes(d->rows);
    plan->part_bytes = part.used > plan->part_bytes ? part.used : plan->part_bytes;
    plan->ranks.narrow = NULL;
    plan->ranks.wide = NULL;
    plan->ranks.rows = d->rows;
    if (d->rows <= 65536) {
        plan->ranks.narrow = nev_carve_take(&c, (uint64_t)d->features * d->rows, sizeof(uint16_t));
    } else {
        plan->ranks.wide = nev_carve_take(&c, (uint64_t)d->features * d->rows, sizeof(uint32_t));
    }
    plan->votes = nev_carve_take(&c, (uint64_t)d->rows * d->classes, sizeof *plan->votes);
    plan->importance = nev_carve_take(&c, d->features, sizeof *plan->importance);
    plan->digests = nev_carve_take(&c, nev_prepare_blocks(d->rows), NEV_SHA256_BYTES);
    plan->bad = nev_carve_take(&c, parts, sizeof *plan->bad);
    plan->tree = nev_carve_take(&c, parts, sizeof *plan->tree);
    plan->part = nev_carve_take(&c, parts, plan->part_bytes);
    plan->bytes = c.used;
    for (i = 0; memory != NULL && i < parts; i++) {
        part.base = plan->part + (size_t)(i * plan->part_bytes);
        part.used = 0;
        nev_tree_carve(&plan->tree[i], &part, &job->params, d);
    }
}

enum nev_status nev_forest_train_bytes(const struct nev_forest_job *job, size_t *memory_bytes,
                                       size_t *file_bytes, struct nev_error *err)
{
    const struct nev_forest_data *d = &job->data;
    enum nev_status status;
    struct plan plan;
    uint64_t leaves, memory, file;

    *memory_bytes = 0;
    *file_bytes = 0;
    if ((status = check_params(job, err)) != NEV_OK || (status = check_shape(job, err)) != NEV_OK) {
        return status;
    }
    leaves = nev_tree_leaves_max(&job->params, d->rows);
    if (leaves > (uint64_t)1 << (32 - nev_node_feature_bits(d->features))) {
        return nev_fail(
            err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "nodes",
            "so many rows and features do not fit the nodes; raise min_samples_leaf or limit the depth");
    }
    carve_plan(&plan, NULL, job, job->par == NULL ? 1 : job->par->parts);
    memory = plan.bytes + NEV_ALIGN - 1;
    file = nev_file_block_at(NEV_BLOCK_DATA, d->features, d->classes, job->params.trees) +
           job->params.trees *
               nev_carve_round(2 * leaves * NEV_NODE_BYTES + (uint64_t)d->rows * NEV_ENTRY_BYTES);
    if (memory > SIZE_MAX || file > SIZE_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "memory",
                        "this training needs more memory than the machine can address");
    }
    *memory_bytes = (size_t)memory;
    *file_bytes = (size_t)file;
    return NEV_OK;
}

/* Copies class names and source into the file, checked as a reader would. */
static enum nev_status write_names(const struct training *t, const struct nev_forest_job *job,
                                   struct nev_error *err)
{
    uint32_t features = job->data.features, classes = job->data.classes, trees = t->params.trees, i, k;
    uint8_t *name = t->file + nev_file_block_at(NEV_BLOCK_CLASSES, features, classes, trees);
    uint8_t *source = t->file + nev_file_block_at(NEV_BLOCK_SOURCE, features, classes, trees);
    struct nev_forest_source read;

    for (i = 0; i < classes; i++, name += NEV_FOREST_NAME_LEN) {
        if (job->data.class_name == NULL) {
            nev_file_number((char *)name, "", i);
            continue;
        }
        for (k = 0; k < NEV_FOREST_NAME_LEN && job->data.class_name[i][k] != 0; k++) {
            name[k] = (uint8_t)job->data.class_name[i][k];
        }
        if (!nev_file_text_is_valid(name, true)) {
            return nev_fail(
                err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, (const char *)job->data.class_name[i],
                "a class name is empty, longer than 63 bytes, not UTF-8 or has control characters");
        }
    }
    if (job->source != NULL) {
        nev_file_source_write(job->source, source);
        if (!nev_file_source_read(&read, source, &k)) {
            return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "source",
                            "the features' source breaks a rule of forest/FORMAT.md, section 5");
        }
    }
    return NEV_OK;
}

static void grow_task(void *arg, uint32_t part, uint32_t parts)
{
    const struct training *t = arg;

    (void)parts;
    if (t->begin + part < t->params.trees) {
        nev_tree_grow(&t->plan.tree[part], &t->job, t->params.first_tree + t->begin + part);
    }
}

/* Appends a grown tree to the file and adds its votes and importance: serially, in order of tree numbers. */
static enum nev_status append(struct training *t, uint32_t i, const struct nev_tree *tree,
                              struct nev_error *err)
{
    const struct nev_forest_data *d = t->job.data;
    uint64_t node_bytes = (uint64_t)tree->node_len * NEV_NODE_BYTES;
    uint64_t leaf_bytes = (uint64_t)tree->leaf_len * NEV_ENTRY_BYTES, at = nev_carve_round(t->used);
    uint8_t *entry = t->file + t->table_at + (size_t)i * NEV_FILE_TREE_BYTES;
    uint32_t k;

    if (at > t->file_bytes || t->file_bytes - at < node_bytes + leaf_bytes) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "file",
                        "the forest outgrew the buffer for its file; give what nev_forest_train_bytes says");
    }
    memset(t->file + t->used, 0, (size_t)(at - t->used));
    memcpy(t->file + at, tree->node, (size_t)node_bytes);
    memcpy(t->file + at + node_bytes, tree->leaf, (size_t)leaf_bytes);
    nev_store_u64le(entry, at - t->data_at);
    nev_store_u32le(entry + 8, tree->node_len);
    nev_store_u32le(entry + 12, tree->leaf_len);
    nev_store_u32le(entry + 16, tree->depth);
    t->used = at + node_bytes + leaf_bytes;
    for (k = 0; k < d->features; k++) {
        t->plan.importance[k] += tree->importance[k];
    }
    for (k = 0; k < d->rows; k++) {
        if (tree->vote[k] != NEV_VOTE_NONE) {
            t->plan.votes[(size_t)k * d->classes + tree->vote[k]]++;
        }
    }
    return NEV_OK;
}

/* Grows the trees in rounds of one a part, so that progress and cancelling happen on the caller's thread. */
static enum nev_status grow_all(struct training *t, const struct nev_forest_progress *progress,
                                struct nev_error *err)
{
    uint32_t trees = t->params.trees, i, n;
    enum nev_status status;

    for (t->begin = 0; t->begin < trees; t->begin += n) {
        nev_parallel_run(&t->par, grow_task, t);
        n = trees - t->begin < t->par.parts ? trees - t->begin : t->par.parts;
        for (i = 0; i < n; i++) {
            if ((status = append(t, t->begin + i, &t->plan.tree[i], err)) != NEV_OK) {
                return status;
            }
        }
        if (progress->step != NULL && !progress->step(progress->arg, t->begin + n, trees)) {
            return nev_fail(err, NEV_ERR_CANCELLED, NEV_NO_OFFSET, "train",
                            "the caller stopped the training");
        }
    }
    return NEV_OK;
}

static void count_oob(struct training *t)
{
    const struct nev_forest_data *d = t->job.data;
    uint32_t row;

    for (row = 0; row < d->rows; row++) {
        const uint32_t *votes = t->plan.votes + (size_t)row * d->classes;
        uint32_t label = nev_forest_label(votes, d->classes);

        if (votes[label] != 0) {
            t->oob_rows++;
            t->oob_correct += label == d->label[row];
        }
    }
}

static void write_header(const struct training *t, const uint8_t data_sha256[NEV_SHA256_BYTES])
{
    const struct nev_forest_params *p = &t->params;
    const struct nev_forest_data *d = t->job.data;
    uint8_t *h = t->file, *importance, i;
    uint32_t k;

    memcpy(h, nev_file_magic, NEV_FILE_MAGIC_BYTES);
    nev_store_u32le(h + 8, NEV_FILE_VERSION);
    nev_store_u32le(h + 12, NEV_FILE_HEADER_BYTES);
    nev_store_u64le(h + 16, t->used);
    nev_store_u32le(h + 24, NEV_FILE_BLOCKS_MIN);
    nev_store_u32le(h + 28, p->bootstrap ? NEV_FILE_BOOTSTRAP : 0);
    nev_store_u64le(h + 32, p->seed);
    nev_store_u32le(h + 40, p->trees);
    nev_store_u32le(h + 44, p->first_tree);
    nev_store_u32le(h + 48, d->features);
    nev_store_u32le(h + 52, d->classes);
    nev_store_u32le(h + 56, d->rows);
    nev_store_u32le(h + 60, p->candidates);
    nev_store_u32le(h + 64, p->max_depth);
    nev_store_u32le(h + 68, p->min_samples_leaf);
    nev_store_u32le(h + 72, p->min_samples_split);
    nev_store_u32le(h + 76, d->rows);
    nev_store_u32le(h + 80, t->job.feature_bits);
    nev_store_u32le(h + 84, t->oob_rows);
    nev_store_u32le(h + 88, t->oob_correct);
    memcpy(h + 96, data_sha256, NEV_SHA256_BYTES);
    for (i = 0; i < NEV_FILE_BLOCKS_MIN; i++) {
        uint8_t *entry = h + NEV_FILE_HEADER_BYTES + i * NEV_FILE_BLOCK_BYTES;

        memcpy(entry, nev_file_tag[i], 4);
        nev_store_u64le(entry + 8,
                        nev_file_block_at((enum nev_file_block)i, d->features, d->classes, p->trees));
        nev_store_u64le(entry + 16, i == NEV_BLOCK_DATA
                                        ? t->used - t->data_at
                                        : nev_file_block_bytes((enum nev_file_block)i, d->features,
                                                               d->classes, p->trees));
    }
    importance = h + nev_file_block_at(NEV_BLOCK_IMPORTANCE, d->features, d->classes, p->trees);
    for (k = 0; k < d->features; k++) {
        nev_store_u64le(importance + (size_t)k * 8, t->plan.importance[k]);
    }
    nev_file_digest(h, (size_t)t->used, h + NEV_FILE_DIGEST_AT);
}

/* Sets up a training over memory and the fixed part of the file. */
static enum nev_status begin(struct training *t, const struct nev_forest_job *job, void *memory,
                             size_t memory_bytes, struct nev_error *err)
{
    const struct nev_forest_data *d = &job->data;
    size_t need_memory, need_file;
    enum nev_status status = nev_forest_train_bytes(job, &need_memory, &need_file, err);

    if (status != NEV_OK) {
        return status;
    }
    t->params = job->params;
    t->params.candidates = job->params.candidates != 0 ? job->params.candidates : floor_sqrt(d->features);
    t->par = job->par == NULL ? nev_parallel_serial() : *job->par;
    t->table_at = nev_file_block_at(NEV_BLOCK_TREES, d->features, d->classes, t->params.trees);
    t->data_at = nev_file_block_at(NEV_BLOCK_DATA, d->features, d->classes, t->params.trees);
    t->used = t->data_at;
    if (memory_bytes < need_memory || t->file_bytes < t->data_at) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, memory_bytes < need_memory ? "memory" : "file",
                        "less than nev_forest_train_bytes says");
    }
    carve_plan(&t->plan, nev_carve_align(memory), job, t->par.parts);
    t->job.params = &t->params;
    t->job.data = d;
    t->job.ranks = &t->plan.ranks;
    t->job.kernel = nev_split_select(nev_cpu_isas());
    t->job.feature_bits = nev_node_feature_bits(d->features);
    memset(t->file, 0, (size_t)t->data_at);
    memset(t->plan.votes, 0, (size_t)d->rows * d->classes * sizeof *t->plan.votes);
    memset(t->plan.importance, 0, d->features * sizeof *t->plan.importance);
    return write_names(t, job, err);
}

enum nev_status nev_forest_train(const struct nev_forest_job *job, void *memory, size_t memory_bytes,
                                 uint8_t *file, size_t file_bytes, struct nev_forest_result *result,
                                 struct nev_error *err)
{
    struct training t;
    uint8_t data_sha256[NEV_SHA256_BYTES];
    enum nev_status status;

    memset(result, 0, sizeof *result);
    memset(&t, 0, sizeof t);
    t.file = file;
    t.file_bytes = file_bytes;
    if ((status = nev_environment_check(err)) != NEV_OK ||
        (status = begin(&t, job, memory, memory_bytes, err)) != NEV_OK) {
        return status;
    }
    status = nev_prepare_check(&job->data, &t.par, t.plan.digests, t.plan.bad, data_sha256, err);
    if (status != NEV_OK) {
        return status;
    }
    nev_prepare_ranks(&job->data, &t.par, &t.plan.ranks, t.plan.part, t.plan.part_bytes);
    if ((status = grow_all(&t, &job->progress, err)) != NEV_OK) {
        return status;
    }
    count_oob(&t);
    write_header(&t, data_sha256);
    result->file_bytes = (size_t)t.used;
    result->oob_votes = t.plan.votes;
    result->oob_rows = t.oob_rows;
    result->oob_correct = t.oob_correct;
    return NEV_OK;
}
