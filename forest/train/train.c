/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "forest/carve.h"
#include "forest/file/node.h"
#include "forest/file/oob.h"
#include "forest/file/part.h"
#include "forest/file/write.h"
#include "forest/train/prepare.h"
#include "forest/train/tree.h"
#include "forest/train/weight.h"
#include "nn/base/cpu.h"
#include "nn/base/real.h"

/* Everything in the work memory. */
struct plan {
    struct nev_ranks ranks;
    struct nev_oob oob;
    uint32_t *weight;      /* [classes] of all trees, or NULL */
    uint32_t *count;       /* [classes] rows of each */
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
    struct nev_forest_part part; /* its params: candidates and draws resolved */
    struct nev_parallel par;
    struct plan plan;
    struct nev_image image;
    uint32_t begin; /* the round's first tree, from 0 */
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

/* What is wrong with class weights, sample size or origin; or NULL. */
static const char *check_sample(const struct nev_forest_job *job)
{
    const struct nev_forest_params *p = &job->params;
    uint8_t text[NEV_FOREST_NAME_LEN] = {0};
    uint32_t k;

    if ((uint32_t)p->class_weight > NEV_FOREST_WEIGHT_GIVEN ||
        (p->class_weight == NEV_FOREST_WEIGHT_GIVEN) != (job->class_weight != NULL)) {
        return "class weights are given exactly when the parameters ask for given ones";
    }
    for (k = 0; job->class_weight != NULL && k < job->data.classes; k++) {
        if (job->class_weight[k] == 0) {
            return "a class weight is at least 1";
        }
    }
    if (p->draws > job->data.rows || (!p->bootstrap && p->draws != 0 && p->draws != job->data.rows)) {
        return "a tree draws at most as many rows as there are, and all of them without bootstrap";
    }
    for (k = 0; job->origin != NULL && k < NEV_FOREST_NAME_LEN && job->origin[k] != 0; k++) {
        text[k] = (uint8_t)job->origin[k];
    }
    if (text[0] != 0 && !nev_file_text_is_valid(text, true)) {
        return "the origin is longer than 63 bytes, not UTF-8 or has control characters";
    }
    return NULL;
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
    } else if (job->data.classes <= NEV_FOREST_CLASSES_MAX) {
        what = check_sample(job);
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
        return nev_fail(err, NEV_ERR_DATA, NEV_NO_OFFSET, "classes",
                        "the labels are of one class; a forest needs at least two");
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
    const uint32_t block_limit = nev_local_limit(d->rows, d->features);
    struct nev_tree counted;
    uint32_t i;

    nev_tree_carve(&counted, &part, &job->params, d, block_limit);
    plan->part_bytes = nev_prepare_bytes(d->rows);
    plan->part_bytes = part.used > plan->part_bytes ? part.used : plan->part_bytes;
    plan->ranks.rows = d->rows;
    plan->ranks.across_stride = nev_local_across(d->features);
    plan->ranks.column = nev_carve_take(&c, (uint64_t)d->features * d->rows, sizeof *plan->ranks.column);
    plan->ranks.shift = nev_carve_take(&c, d->features, sizeof *plan->ranks.shift);
    plan->ranks.low = NULL;
    plan->ranks.across = NULL;
    plan->ranks.low_bits = nev_rank_low_bits(d->rows);
    if (plan->ranks.low_bits != 0) {
        plan->ranks.low = nev_carve_take(&c, d->features, nev_rank_low_bytes(&plan->ranks));
    }
    if (block_limit != 0) {
        plan->ranks.across =
            nev_carve_take(&c, plan->ranks.across_stride * (uint64_t)d->rows, sizeof *plan->ranks.across);
    }
    plan->oob.rows = d->rows;
    plan->oob.classes = d->classes;
    plan->oob.votes = nev_carve_take(&c, (uint64_t)d->rows * d->classes, sizeof *plan->oob.votes);
    plan->oob.sum = nev_carve_take(&c, (uint64_t)d->rows * d->classes, sizeof *plan->oob.sum);
    plan->weight = nev_carve_take(&c, d->classes, sizeof *plan->weight);
    plan->count = nev_carve_take(&c, d->classes, sizeof *plan->count);
    plan->importance = nev_carve_take(&c, d->features, sizeof *plan->importance);
    plan->digests = nev_carve_take(&c, nev_prepare_blocks(d->rows), NEV_SHA256_BYTES);
    plan->bad = nev_carve_take(&c, parts, sizeof *plan->bad);
    plan->tree = nev_carve_take(&c, parts, sizeof *plan->tree);
    plan->part = nev_carve_take(&c, parts, plan->part_bytes);
    plan->bytes = c.used;
    for (i = 0; memory != NULL && i < parts; i++) {
        part.base = plan->part + (size_t)(i * plan->part_bytes);
        part.used = 0;
        nev_tree_carve(&plan->tree[i], &part, &job->params, d, block_limit);
    }
}

static struct nev_file_shape shape_of(const struct nev_forest_job *job)
{
    struct nev_file_shape shape = {job->data.features, job->data.classes, job->params.trees, 1,
                                   nev_part_weight_rows(&job->params)};

    return shape;
}

enum nev_status nev_forest_train_bytes(const struct nev_forest_job *job, size_t *memory_bytes,
                                       size_t *file_bytes, struct nev_error *err)
{
    const struct nev_forest_data *d = &job->data;
    struct nev_file_shape shape;
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
    shape = shape_of(job);
    file = nev_file_block_at(NEV_BLOCK_DATA, &shape) +
           job->params.trees *
               nev_carve_round(2 * leaves * NEV_NODE_BYTES + (uint64_t)d->rows * NEV_ENTRY_BYTES) +
           (job->params.bootstrap ? nev_oob_bytes(d->rows, d->classes, true) : 0);
    if (memory > SIZE_MAX || file > SIZE_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "memory",
                        "this training needs more memory than the machine can address");
    }
    *memory_bytes = (size_t)memory;
    *file_bytes = (size_t)file;
    return NEV_OK;
}

static void grow_task(void *arg, uint32_t part, uint32_t parts)
{
    const struct training *t = arg;

    (void)parts;
    if (t->begin + part < t->part.params.trees) {
        nev_tree_grow(&t->plan.tree[part], &t->job, t->part.params.first_tree + t->begin + part);
    }
}

/* Appends a grown tree to the file and adds its votes and importance: serially, in order of tree numbers. */
static enum nev_status append(struct training *t, const struct nev_tree *tree, struct nev_error *err)
{
    const struct nev_forest_data *d = t->job.data;
    struct nev_forest_tree body = {tree->node,         tree->leaf,
                                   tree->node_len,     tree->leaf_len,
                                   tree->depth,        t->part.params.first_tree + t->image.trees,
                                   t->job.feature_bits};
    uint32_t place = t->image.trees, k;
    enum nev_status status = nev_image_tree(&t->image, &body, err);

    if (status != NEV_OK) {
        return status;
    }
    for (k = 0; k < d->features; k++) {
        t->plan.importance[k] += tree->importance[k];
    }
    for (k = 0; k < d->rows; k++) {
        if (tree->ended[k] != NEV_ENDED_NOWHERE) {
            nev_oob_add_leaf(&t->plan.oob, k, tree->leaf, tree->ended[k]);
        }
    }
    for (k = 0; k < d->classes && t->part.params.class_weight == NEV_FOREST_WEIGHT_SUBSAMPLE; k++) {
        nev_store_u32le(nev_image_block(&t->image, NEV_BLOCK_WEIGHTS) + ((size_t)place * d->classes + k) * 4,
                        tree->weight[k]);
    }
    return NEV_OK;
}

/* Grows one tree with all parts. */
static void grow_alone(struct training *t)
{
    struct nev_tree_job job = t->job;

    job.par = &t->par;
    job.team = t->plan.tree;
    nev_tree_grow(&t->plan.tree[0], &job, t->part.params.first_tree + t->begin);
}

/* Grows the trees in rounds of one a part, so that progress and cancelling happen on the caller's thread. */
static enum nev_status grow_all(struct training *t, const struct nev_forest_progress *progress,
                                struct nev_error *err)
{
    uint32_t trees = t->part.params.trees, i, n;
    enum nev_status status;

    for (t->begin = 0; t->begin < trees; t->begin += n) {
        n = trees - t->begin < t->par.parts ? trees - t->begin : t->par.parts;
        if (n == 1 && t->par.parts > 1) {
            grow_alone(t);
        } else {
            nev_parallel_run(&t->par, grow_task, t);
        }
        for (i = 0; i < n; i++) {
            if ((status = append(t, &t->plan.tree[i], err)) != NEV_OK) {
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

/* The class weights that all trees share. */
static void weigh(struct training *t, const struct nev_forest_job *job)
{
    const struct nev_forest_data *d = &job->data;
    const struct nev_forest_params *p = &t->part.params;
    uint32_t i;

    if (p->class_weight == NEV_FOREST_WEIGHT_GIVEN) {
        nev_weight_given(job->class_weight, d->classes, p->draws, t->plan.weight);
    } else if (p->class_weight == NEV_FOREST_WEIGHT_BALANCED) {
        memset(t->plan.count, 0, d->classes * sizeof *t->plan.count);
        for (i = 0; i < d->rows; i++) {
            t->plan.count[d->label[i]]++;
        }
        nev_weight_balanced(t->plan.count, d->classes, p->draws, t->plan.weight);
    } else {
        return;
    }
    t->job.weight = t->plan.weight;
    for (i = 0; i < d->classes; i++) {
        nev_store_u32le(nev_image_block(&t->image, NEV_BLOCK_WEIGHTS) + (size_t)i * 4, t->plan.weight[i]);
    }
}

/* What comes after the last tree. */
static enum nev_status finish(struct training *t, struct nev_error *err)
{
    const struct nev_forest_data *d = t->job.data;
    uint8_t *importance = nev_image_block(&t->image, NEV_BLOCK_IMPORTANCE), *oob;
    enum nev_status status;
    uint32_t k;

    if (t->part.has_oob) {
        nev_oob_finish(&t->plan.oob, d->label, &t->part);
    }
    if ((status = nev_image_oob(&t->image, nev_part_oob_bytes(&t->part), &oob, err)) != NEV_OK) {
        return status;
    }
    if (t->part.has_oob) {
        nev_oob_write(&t->plan.oob, d->label, t->part.is_mixed, oob);
    }
    for (k = 0; k < d->features; k++) {
        nev_store_u64le(importance + (size_t)k * 8, t->plan.importance[k]);
    }
    nev_part_write(&t->part, nev_image_block(&t->image, NEV_BLOCK_PARTS));
    nev_image_end(&t->image);
    return NEV_OK;
}

/* What the file says of this training, but the score. */
static void describe(struct training *t, const struct nev_forest_job *job)
{
    struct nev_forest_params *p = &t->part.params;

    *p = job->params;
    p->candidates = p->candidates != 0 ? p->candidates : floor_sqrt(job->data.features);
    p->draws = p->draws != 0 ? p->draws : job->data.rows;
    t->part.rows = job->data.rows;
    t->part.classes = job->data.classes;
    t->part.has_oob = p->bootstrap;
    t->part.origin = job->origin;
}

/* Sets up a training over memory and the fixed part of the file. */
static enum nev_status begin(struct training *t, const struct nev_forest_job *job, void *memory,
                             size_t memory_bytes, uint8_t *file, size_t file_bytes, struct nev_error *err)
{
    const struct nev_forest_data *d = &job->data;
    size_t need_memory, need_file, counts = (size_t)d->rows * d->classes;
    enum nev_status status = nev_forest_train_bytes(job, &need_memory, &need_file, err);
    struct nev_file_shape shape = shape_of(job);

    if (status != NEV_OK) {
        return status;
    }
    if (memory_bytes < need_memory) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "memory",
                        "less than nev_forest_train_bytes says");
    }
    if ((status = nev_image_begin(&t->image, file, file_bytes, &shape, err)) != NEV_OK) {
        return status;
    }
    describe(t, job);
    t->par = job->par == NULL ? nev_parallel_serial() : *job->par;
    carve_plan(&t->plan, nev_carve_align(memory), job, t->par.parts);
    t->job.params = &t->part.params;
    t->job.data = d;
    t->job.ranks = &t->plan.ranks;
    t->job.kernel = nev_split_select(nev_cpu_isas());
    t->job.feature_bits = nev_node_feature_bits(d->features);
    memset(t->plan.oob.votes, 0, counts * sizeof *t->plan.oob.votes);
    memset(t->plan.oob.sum, 0, counts * sizeof *t->plan.oob.sum);
    memset(t->plan.importance, 0, d->features * sizeof *t->plan.importance);
    return nev_image_names(&t->image, d->class_name, job->source, err);
}

enum nev_status nev_forest_train(const struct nev_forest_job *job, void *memory, size_t memory_bytes,
                                 uint8_t *file, size_t file_bytes, struct nev_forest_result *result,
                                 struct nev_error *err)
{
    struct training t;
    enum nev_status status;

    memset(result, 0, sizeof *result);
    memset(&t, 0, sizeof t);
    if ((status = nev_environment_check(err)) != NEV_OK ||
        (status = begin(&t, job, memory, memory_bytes, file, file_bytes, err)) != NEV_OK) {
        return status;
    }
    status = nev_prepare_check(&job->data, &t.par, t.plan.digests, t.plan.bad, t.part.data_sha256, err);
    if (status != NEV_OK) {
        return status;
    }
    weigh(&t, job);
    nev_prepare_ranks(&job->data, &t.par, &t.plan.ranks, t.plan.part, t.plan.part_bytes);
    if ((status = grow_all(&t, &job->progress, err)) != NEV_OK || (status = finish(&t, err)) != NEV_OK) {
        return status;
    }
    result->file_bytes = (size_t)t.image.used;
    result->oob_rows = t.part.oob_rows;
    result->oob_correct = t.part.oob_correct;
    return NEV_OK;
}
