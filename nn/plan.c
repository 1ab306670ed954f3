/* SPDX-License-Identifier: MIT */
/*
 * plan.c - from a table to steps: what is fused, where outputs lie in the arena, where weights lie in the
 * packed buffer. The function that chooses is the function that sizes: nev_run_image decides nothing.
 */
#include <stdbool.h>
#include <string.h>

#include "nn/algorithm.h"
#include "nn/base/size.h"
#include "nn/kernels/kernels.h"

#define F32_BYTES       sizeof(float)
#define WEIGHTS_TO_JOIN 4u /* times what a step reads and writes */
#define APART_BYTES                                                                                          \
    65536u /* between two parts' own memory: farther than a processor's guesses of what is read next */
#define STEPS_APART                                                                                          \
    3u /* from an early output's last use on; then a late one is written there as fast as elsewhere */

/* Working state of nev_plan_make. */
struct draft {
    struct nev_plan *plan;
    const struct nev_table *table;
    const uint8_t *choice; /* what a packed file says of each row: enum nev_layer_algorithm; NULL: by rule */
    struct nev_shape shape[NEV_LAYERS_MAX];
    int16_t step_of_row[NEV_LAYERS_MAX];
    uint16_t last_use[NEV_STEPS_MAX]; /* the last step that reads a step's output */
    uint32_t late;                    /* the first late step: see nev_is_late */
    size_t early_first, late_first;   /* where outputs may begin: those that early steps alone read; others */
};

#define F4_SIDE_MIN                                                                                          \
    12u /* outputs on the shorter side; below, F4's weights cost more than its products save */
#define F4_CHANNELS_MIN 32u /* inputs; below, the transforms cost more than they save */
#define S2_CHANNELS_MIN 64u

/* Which of Winograd's convolutions, if any. tests/nn/test_winograd.c shows what each costs in accuracy. */
static enum nev_algorithm winograd_of(const struct draft *d, uint32_t row)
{
    const struct nev_layer *layer = &d->table->layer[row];
    const struct nev_shape *shape = &d->shape[row];
    uint32_t side = shape->oh < shape->ow ? shape->oh : shape->ow;

    if (d->plan->path != NEV_PATH_FAST || layer->k != 3 || shape->c % NEV_PANEL != 0) {
        return NEV_ALGORITHM_GEMM;
    }
    if (layer->s == 2 && shape->c >= S2_CHANNELS_MIN) {
        return NEV_ALGORITHM_WINOGRAD_S2;
    }
    if (layer->s != 1 || shape->c < F4_CHANNELS_MIN) {
        return NEV_ALGORITHM_GEMM;
    }
    return side >= F4_SIDE_MIN ? NEV_ALGORITHM_WINOGRAD_F4 : NEV_ALGORITHM_WINOGRAD_F2;
}

static enum nev_algorithm algorithm_of(const struct draft *d, uint32_t row)
{
    if (d->plan->path == NEV_PATH_REFERENCE) {
        return NEV_ALGORITHM_REFERENCE;
    }
    switch (d->table->layer[row].op) {
    case NEV_OP_DEPTHWISE:
        return NEV_ALGORITHM_DEPTHWISE;
    case NEV_OP_MAXPOOL:
        return NEV_ALGORITHM_MAXPOOL;
    case NEV_OP_AVGPOOL:
        return NEV_ALGORITHM_AVGPOOL;
    case NEV_OP_CONV:
        return d->choice != NULL ? nev_layer_step((enum nev_layer_algorithm)d->choice[row])
                                 : winograd_of(d, row);
    case NEV_OP_FC:
    case NEV_OP_ADD:
        break;
    }
    return NEV_ALGORITHM_GEMM;
}

/* An addition joins the convolution in the row before it. Every addition of the three tables stands there,
 * its other operand computed earlier; tests/nn/test_net.c checks that. */
static void fuse_add(struct draft *d, uint32_t row)
{
    struct nev_step *step = &d->plan->step[d->plan->step_len - 1];
    const struct nev_shape *shape = &d->shape[row];
    int32_t other = shape->in == (int32_t)row - 1 ? shape->also : shape->in;

    step->last_row = (uint16_t)row;
    step->also = d->step_of_row[other];
    step->act = (uint8_t)d->table->layer[row].act;
    d->step_of_row[row] = (int16_t)(d->plan->step_len - 1);
}

static void add_linear(const struct draft *d, struct nev_step *step, uint32_t row)
{
    struct nev_linear *linear = &step->linear[step->linear_len++];
    const struct nev_layer *layer = &d->table->layer[row];
    const struct nev_shape *shape = &d->shape[row];

    linear->row = (uint16_t)row;
    linear->op = (uint8_t)layer->op;
    linear->k = layer->k;
    linear->s = layer->s;
    linear->act = (uint8_t)layer->act;
    linear->h = shape->h;
    linear->w = shape->w;
    linear->c = shape->c;
    linear->oh = shape->oh;
    linear->ow = shape->ow;
    linear->oc = shape->oc;
    linear->pad_top = shape->pad_top;
    linear->pad_left = shape->pad_left;
}

static void add_step(struct draft *d, uint32_t row)
{
    struct nev_step *step = &d->plan->step[d->plan->step_len];
    const struct nev_layer *layer = &d->table->layer[row];
    const struct nev_shape *shape = &d->shape[row];

    step->algorithm = algorithm_of(d, row);
    step->first_row = (uint16_t)row;
    step->last_row = (uint16_t)row;
    step->in = shape->in < 0 ? -1 : d->step_of_row[shape->in];
    step->also = shape->also < 0 ? -1 : d->step_of_row[shape->also];
    step->h = shape->h;
    step->w = shape->w;
    step->c = shape->c;
    step->oh = shape->oh;
    step->ow = shape->ow;
    step->oc = shape->oc;
    step->act = (uint8_t)layer->act;
    if (layer->weight != NULL) {
        add_linear(d, step, row);
    } else if (layer->op == NEV_OP_MAXPOOL) {
        step->pool_k = layer->k;
        step->pool_s = layer->s;
        step->pool_p = layer->p;
    }
    d->step_of_row[row] = (int16_t)d->plan->step_len++;
}

/* Whether row + 1 reads row's output and no other row does. */
static bool is_only_reader(const struct draft *d, uint32_t row)
{
    for (uint32_t i = row + 1; i < d->table->len; i++) {
        bool reads = d->shape[i].in == (int32_t)row || d->shape[i].also == (int32_t)row;

        if (reads != (i == row + 1)) {
            return false;
        }
    }
    return row + 1 < d->table->len;
}

/* A convolution, a depthwise convolution and a 1 x 1 convolution in a row, whose outputs nobody else reads:
 * MobileNetV2's blocks, and its first convolution with the first block. */
static bool is_block(const struct draft *d, uint32_t row)
{
    const struct nev_layer *layer = &d->table->layer[row];

    return row + 2 < d->table->len && layer[0].op == NEV_OP_CONV && layer[1].op == NEV_OP_DEPTHWISE &&
           layer[2].op == NEV_OP_CONV && layer[2].k == 1 && layer[2].s == 1 && is_only_reader(d, row) &&
           is_only_reader(d, row + 1) && d->shape[row].oc % NEV_PANEL == 0;
}

/* The rows after its first join the step just added. */
static void fuse_linear(struct draft *d, uint32_t row)
{
    struct nev_step *step = &d->plan->step[d->plan->step_len - 1];
    const struct nev_shape *shape = &d->shape[row];

    add_linear(d, step, row);
    step->last_row = (uint16_t)row;
    step->oh = shape->oh;
    step->ow = shape->ow;
    step->oc = shape->oc;
    step->act = (uint8_t)d->table->layer[row].act;
    d->step_of_row[row] = (int16_t)(d->plan->step_len - 1);
}

/* A maximum joins the convolution before it, which nobody else reads. */
static bool is_pool_fused(const struct draft *d, uint32_t row)
{
    const struct nev_layer *layer = &d->table->layer[row];
    const struct nev_step *step;

    if (row == 0 || layer->op != NEV_OP_MAXPOOL || !is_only_reader(d, row - 1)) {
        return false;
    }
    step = &d->plan->step[d->plan->step_len - 1];
    if (step->also >= 0 || step->linear_len != 1 || step->last_row != row - 1) {
        return false;
    }
    if (step->algorithm == NEV_ALGORITHM_WINOGRAD_F4 || step->algorithm == NEV_ALGORITHM_WINOGRAD_F2) {
        return layer->k == 2 && layer->s == 2 && layer->p == 0;
    }
    return step->algorithm == NEV_ALGORITHM_GEMM && step->oc % NEV_PANEL == 0;
}

/* A picture's 7 x 7 convolution of stride 2 and the 3 x 3 maximum of stride 2 after it, no wider than a block of
 * tiles. */
static bool is_winograd_7x7(const struct draft *d, const struct nev_step *step, const struct nev_layer *pool)
{
    const struct nev_linear *linear = &step->linear[0];

    return d->plan->path == NEV_PATH_FAST &&
           (d->choice == NULL || d->choice[linear->row] == NEV_LAYER_WINOGRAD_7X7) && linear->k == 7 &&
           linear->s == 2 && linear->c == 3 && linear->ow <= 4 * NEV_WINOGRAD_TILES && pool->k == 3 &&
           pool->s == 2 && pool->p == 1;
}

static void fuse_pool(struct draft *d, uint32_t row)
{
    struct nev_step *step = &d->plan->step[d->plan->step_len - 1];
    const struct nev_layer *layer = &d->table->layer[row];

    if (step->algorithm == NEV_ALGORITHM_GEMM) {
        step->algorithm =
            is_winograd_7x7(d, step, layer) ? NEV_ALGORITHM_WINOGRAD_7X7 : NEV_ALGORITHM_GEMM_POOL;
    }
    step->last_row = (uint16_t)row;
    step->pool_k = layer->k;
    step->pool_s = layer->s;
    step->pool_p = layer->p;
    step->oh = d->shape[row].oh;
    step->ow = d->shape[row].ow;
    d->step_of_row[row] = (int16_t)(d->plan->step_len - 1);
}

/* One row, or several fused; returns the last of them. */
static uint32_t make_step(struct draft *d, uint32_t row)
{
    if (d->plan->path == NEV_PATH_REFERENCE) {
        add_step(d, row);
    } else if (is_block(d, row)) {
        add_step(d, row);
        d->plan->step[d->plan->step_len - 1].algorithm = NEV_ALGORITHM_BLOCK;
        fuse_linear(d, row + 1);
        fuse_linear(d, row + 2);
        row += 2;
    } else if (d->table->layer[row].op == NEV_OP_ADD) {
        fuse_add(d, row);
    } else if (is_pool_fused(d, row)) {
        fuse_pool(d, row);
    } else {
        add_step(d, row);
    }
    return row;
}

static void make_steps(struct draft *d)
{
    uint32_t row, i;

    for (row = 0; row < d->table->len; row++) {
        row = make_step(d, row);
    }
    for (i = 0; i < d->plan->step_len; i++) {
        const struct nev_step *step = &d->plan->step[i];

        d->last_use[i] = (uint16_t)i;
        if (step->in >= 0) {
            d->last_use[step->in] = (uint16_t)i;
        }
        if (step->also >= 0) {
            d->last_use[step->also] = (uint16_t)i;
        }
    }
}

/* Whether the steps from `joint` on read nothing made before it but the output of the step right before it. */
static bool is_narrow(const struct nev_plan *plan, uint32_t joint)
{
    for (uint32_t i = joint; i < plan->step_len; i++) {
        const struct nev_step *step = &plan->step[i];

        if (step->in + 1 < (int32_t)joint || (step->also >= 0 && step->also + 1 < (int32_t)joint)) {
            return false;
        }
    }
    return true;
}

/* Early layers have small weights and large outputs, which leave the caches when several pictures' lie beside each
 * other: pictures pass them one by one. From the first layer on whose weights are much larger than what it reads
 * and writes, they go together. */
static void choose_joint(struct draft *d)
{
    struct nev_plan *plan = d->plan;
    uint32_t joint = plan->batch > 1 ? 1 : 0, i;

    for (; joint > 0 && joint < plan->step_len; joint++) {
        const struct nev_step *step = &plan->step[joint];
        uint64_t moved =
            ((uint64_t)step->h * step->w * step->c + (uint64_t)step->oh * step->ow * step->oc) * F32_BYTES;
        uint64_t weights = 0;

        for (i = 0; i < step->linear_len; i++) {
            weights += step->linear[i].weight_bytes;
        }
        if (weights >= WEIGHTS_TO_JOIN * moved && is_narrow(plan, joint)) {
            break;
        }
    }
    plan->joint = joint < plan->step_len ? joint : plan->step_len - 1; /* the last reads one output only */
    for (i = plan->joint; i < plan->step_len; i++) {
        plan->step[i].batch = plan->batch;
        nev_algorithm(plan->step[i].algorithm)->size(d->table, &plan->step[i]);
    }
}

/* Adds `bytes` to a running total and gives the place they start at; false past what this machine can
 * address. */
static bool advance(size_t *total, uint64_t bytes, size_t *at)
{
    *at = *total;
    if (bytes > SIZE_MAX / 2 - *total) {
        return false;
    }
    *total += (size_t)bytes;
    return true;
}

/* Lays out the packed weights: each layer's weights, then its bias, each at a multiple of NEV_ALIGN. */
static bool size_weights(struct draft *d)
{
    struct nev_plan *plan = d->plan;

    for (uint32_t i = 0; i < plan->step_len; i++) {
        struct nev_step *step = &plan->step[i];

        step->batch = 1;
        nev_algorithm(step->algorithm)->size(d->table, step);
        for (uint32_t j = 0; j < step->linear_len; j++) {
            struct nev_linear *linear = &step->linear[j];

            if (!advance(&plan->packed_bytes, linear->weight_bytes, &linear->weight_offset) ||
                !advance(&plan->packed_bytes, linear->bias_bytes, &linear->bias_offset)) {
                return false;
            }
        }
    }
    return true;
}

/* An output that is placed and still to be read (or was lately, if it is early and step i late), of which `bytes` of
 * step i at `at` would take a byte; or NULL. */
static const struct nev_step *in_the_way(const struct draft *d, uint32_t i, size_t at, size_t bytes)
{
    const struct nev_step *step = d->plan->step;

    for (uint32_t u = 0; u < d->plan->step_len; u++) {
        bool is_apart = d->plan->parts > 1 && nev_is_late(&step[u]) != nev_is_late(&step[i]);
        uint32_t held = d->last_use[u] + (is_apart ? STEPS_APART : 0);
        bool is_live = step[u].out_bytes > 0 && held >= i;

        if (is_live && at < step[u].out_offset + step[u].out_bytes && step[u].out_offset < at + bytes) {
            return &step[u];
        }
    }
    return NULL;
}

/* A place for `bytes` of step i, past the work memory of all steps that run while they are alive. Early outputs are
 * split by rows: where the middles of two lie at one address, each half is written by the part that wrote there
 * before. Else the lowest place. */
static size_t place(const struct draft *d, uint32_t i, size_t bytes)
{
    const size_t first = d->last_use[i] < d->late ? d->early_first : d->late_first;
    const struct nev_step *step = d->plan->step, *other;
    size_t at = first;

    for (uint32_t u = 0; d->plan->parts > 1 && !nev_is_late(&step[i]) && u < i; u++) {
        size_t middle = step[u].out_offset + step[u].out_bytes / 2, half = bytes / 2;

        if (step[u].out_bytes == 0 || nev_is_late(&step[u]) || middle < first + half) {
            continue;
        }
        at = (middle - half) / NEV_ALIGN * NEV_ALIGN;
        if (in_the_way(d, i, at, bytes) == NULL) {
            return at;
        }
    }
    at = first;
    while ((other = in_the_way(d, i, at, bytes)) != NULL) {
        at = other->out_offset + other->out_bytes;
    }
    return at;
}

/* Bounds: `bytes` is at most SIZE_MAX / 8 and so is everything placed before, so no sum wraps. */
static bool reserve(struct draft *d, uint32_t i, uint64_t bytes, size_t *at)
{
    struct nev_plan *plan = d->plan;
    size_t end;

    if (bytes > SIZE_MAX / 8) {
        return false;
    }
    *at = place(d, i, (size_t)bytes);
    end = *at + (size_t)bytes;
    plan->arena_bytes = end > plan->arena_bytes ? end : plan->arena_bytes;
    return plan->arena_bytes <= SIZE_MAX / 2;
}

/* The output of step i; that of the step before the joint ones holds all pictures too. */
static bool place_output(struct draft *d, uint32_t i)
{
    struct nev_step *step = &d->plan->step[i];
    uint64_t pictures = i + 1 < d->plan->joint ? 1 : d->plan->batch;
    uint64_t bytes = nev_bytes_align(pictures * step->oh * step->ow * step->oc * F32_BYTES);

    if (!reserve(d, i, bytes, &step->out_offset)) {
        return false;
    }
    step->out_bytes = (size_t)bytes;
    return true;
}

/* The parts' own work memory lies after the zeros. What late steps alone need of the last part's may have held early
 * outputs before. Bounds: a part's is below 2^48 bytes. A processor that foresees reads along even steps would fetch
 * the beginning of the next part's, which then is shared and slow to write: they lie apart. */
static bool place_own(struct draft *d)
{
    struct nev_plan *plan = d->plan;
    uint64_t most = 0, early = 0;

    d->late = plan->step_len;
    for (uint32_t i = 0; i < plan->step_len; i++) {
        most = plan->step[i].own_bytes > most ? plan->step[i].own_bytes : most;
        d->late = d->late == plan->step_len && nev_is_late(&plan->step[i]) ? i : d->late;
        early = i < d->late ? most : early;
    }
    if (most > (SIZE_MAX / 8 - plan->zero_bytes) / NEV_THREADS_MAX) {
        return false;
    }
    plan->own_offset = plan->zero_offset + plan->zero_bytes;
    plan->own_stride = (size_t)nev_bytes_align(most) + (plan->parts > 1 ? APART_BYTES : 0);
    d->late_first = plan->own_offset + plan->parts * plan->own_stride;
    d->early_first = d->late_first - (size_t)(nev_bytes_align(most) - nev_bytes_align(early));
    plan->arena_bytes = d->late_first;
    return true;
}

/* Step i's output, unless it has its place, then its scratch beside it. */
static bool size_step(struct draft *d, uint32_t i)
{
    struct nev_step *step = &d->plan->step[i];

    if (step->out_bytes == 0 && !place_output(d, i)) {
        return false;
    }
    return step->scratch_bytes == 0 || reserve(d, i, step->scratch_bytes, &step->scratch_offset);
}

static bool size_arena(struct draft *d)
{
    struct nev_plan *plan = d->plan;
    size_t zero_len = NEV_PANEL;
    uint32_t i;

    for (i = 0; i < plan->step_len; i++) {
        for (uint32_t j = 0; j < plan->step[i].linear_len; j++) {
            const struct nev_linear *linear = &plan->step[i].linear[j];
            size_t row_len = (size_t)linear->k * linear->c;

            zero_len = row_len > zero_len ? row_len : zero_len;
        }
    }
    plan->zero_bytes = (size_t)nev_bytes_align(zero_len * F32_BYTES);
    if (!place_own(d)) {
        return false;
    }
    /* What crosses from picture by picture to all together is alive while the next picture passes the early
     * steps: it is placed before them all. */
    if (plan->joint > 0 && !place_output(d, plan->joint - 1)) {
        return false;
    }
    for (i = 0; i < plan->step_len; i++) {
        if (!size_step(d, i)) {
            return false;
        }
    }
    return true;
}

enum nev_status nev_plan_make(struct nev_plan *plan, const struct nev_model *model, enum nev_path path,
                              uint32_t parts, struct nev_error *err)
{
    return nev_plan_make_batch(plan, model, path, parts, 1, err);
}

enum nev_status nev_plan_make_batch(struct nev_plan *plan, const struct nev_model *model, enum nev_path path,
                                    uint32_t parts, uint32_t batch, struct nev_error *err)
{
    return nev_plan_draft(plan, model, path, NULL, parts, batch, err);
}

enum nev_status nev_plan_draft(struct nev_plan *plan, const struct nev_model *model, enum nev_path path,
                               const uint8_t *choice, uint32_t parts, uint32_t batch, struct nev_error *err)
{
    struct draft d;
    enum nev_status status;

    memset(plan, 0, sizeof *plan);
    d.plan = plan;
    d.choice = choice;
    d.table = nev_table_of(model->net);
    if (d.table == NULL) {
        return nev_fail(err, NEV_ERR_NETWORK, NEV_NO_OFFSET, "none",
                        "the model names no network of this library");
    }
    if ((unsigned)path >= NEV_PATH_LEN || parts < 1 || parts > NEV_THREADS_MAX || batch < 1 ||
        batch > NEV_BATCH_MAX) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, d.table->name,
                        "no such path, number of threads or batch");
    }
    status = nev_table_shapes(d.table, model, d.shape, err);
    if (status != NEV_OK) {
        return status;
    }
    plan->model = *model;
    plan->path = path;
    plan->parts = parts;
    plan->batch = batch;
    make_steps(&d);
    if (!size_weights(&d) || (choose_joint(&d), !size_arena(&d))) {
        memset(plan, 0, sizeof *plan);
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, d.table->name,
                        "the picture's size needs more memory than this machine can address");
    }
    return NEV_OK;
}
