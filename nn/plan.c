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

#define F32_BYTES sizeof(float)

/* Working state of nev_plan_make. */
struct draft {
    struct nev_plan *plan;
    const struct nev_table *table;
    struct nev_shape shape[NEV_LAYERS_MAX];
    int16_t step_of_row[NEV_LAYERS_MAX];
    uint16_t last_use[NEV_STEPS_MAX]; /* the last step that reads a step's output */
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
        return winograd_of(d, row);
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

/* A 2 x 2 maximum joins Winograd's convolution in the row before it. */
static bool can_fuse_pool(const struct draft *d, uint32_t row)
{
    const struct nev_layer *layer = &d->table->layer[row];
    const struct nev_step *step;
    enum nev_algorithm algorithm;

    if (layer->op != NEV_OP_MAXPOOL || layer->k != 2 || layer->s != 2 || layer->p != 0 ||
        d->shape[row].in != (int32_t)row - 1) {
        return false;
    }
    for (uint32_t i = row + 1; i < d->table->len; i++) {
        if (d->shape[i].in == (int32_t)row - 1 || d->shape[i].also == (int32_t)row - 1) {
            return false; /* someone else reads the convolution's output */
        }
    }
    step = &d->plan->step[d->plan->step_len - 1];
    algorithm = step->algorithm;
    return step->also < 0 &&
           (algorithm == NEV_ALGORITHM_WINOGRAD_F4 || algorithm == NEV_ALGORITHM_WINOGRAD_F2);
}

static void fuse_pool(struct draft *d, uint32_t row)
{
    struct nev_step *step = &d->plan->step[d->plan->step_len - 1];
    const struct nev_layer *layer = &d->table->layer[row];

    step->last_row = (uint16_t)row;
    step->pool_k = layer->k;
    step->pool_s = layer->s;
    step->pool_p = layer->p;
    step->oh = d->shape[row].oh;
    step->ow = d->shape[row].ow;
    d->step_of_row[row] = (int16_t)(d->plan->step_len - 1);
}

static void make_steps(struct draft *d)
{
    uint32_t row, i;

    for (row = 0; row < d->table->len; row++) {
        if (d->plan->path != NEV_PATH_REFERENCE && d->table->layer[row].op == NEV_OP_ADD) {
            fuse_add(d, row);
        } else if (can_fuse_pool(d, row)) {
            fuse_pool(d, row);
        } else {
            add_step(d, row);
        }
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

        nev_algorithm(step->algorithm)->size(d->table, step, plan->parts);
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

/* The lowest place for `bytes` of step i that overlaps no output of the first `outputs` steps that is still
 * to be read. */
static size_t place(const struct draft *d, uint32_t i, uint32_t outputs, size_t bytes)
{
    const struct nev_step *step = d->plan->step;
    size_t at = d->plan->zero_offset + d->plan->zero_bytes;
    bool has_moved = true;

    while (has_moved) {
        has_moved = false;
        for (uint32_t u = 0; u < outputs; u++) {
            bool is_live = d->last_use[u] >= i;

            if (is_live && at < step[u].out_offset + step[u].out_bytes && step[u].out_offset < at + bytes) {
                at = step[u].out_offset + step[u].out_bytes;
                has_moved = true;
            }
        }
    }
    return at;
}

/* Step i's output, then its scratch beside it. Bounds: every size passed is at most SIZE_MAX / 8, so no sum
 * wraps. */
static bool size_step(struct draft *d, uint32_t i)
{
    struct nev_plan *plan = d->plan;
    struct nev_step *step = &plan->step[i];
    uint64_t bytes = nev_bytes_align((uint64_t)step->oh * step->ow * step->oc * F32_BYTES);
    size_t end;

    if (bytes > SIZE_MAX / 8 || step->scratch_bytes > SIZE_MAX / 8) {
        return false;
    }
    step->out_bytes = (size_t)bytes;
    step->out_offset = place(d, i, i, step->out_bytes);
    end = step->out_offset + step->out_bytes;
    plan->arena_bytes = end > plan->arena_bytes ? end : plan->arena_bytes;
    if (step->scratch_bytes > 0) {
        step->scratch_offset = place(d, i, i + 1, (size_t)step->scratch_bytes);
        end = step->scratch_offset + (size_t)step->scratch_bytes;
        plan->arena_bytes = end > plan->arena_bytes ? end : plan->arena_bytes;
    }
    return plan->arena_bytes <= SIZE_MAX / 2;
}

static bool size_arena(struct draft *d)
{
    struct nev_plan *plan = d->plan;
    size_t zero_len = NEV_PANEL;
    uint32_t i;

    for (i = 0; i < plan->step_len; i++) {
        zero_len = plan->step[i].c > zero_len ? plan->step[i].c : zero_len;
    }
    plan->zero_bytes = (size_t)nev_bytes_align(zero_len * F32_BYTES);
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
    struct draft d;
    enum nev_status status;

    memset(plan, 0, sizeof *plan);
    d.plan = plan;
    d.table = nev_table_of(model->net);
    if (d.table == NULL) {
        return nev_fail(err, NEV_ERR_NETWORK, NEV_NO_OFFSET, "none",
                        "the model names no network of this library");
    }
    if ((unsigned)path >= NEV_PATH_LEN || parts < 1 || parts > NEV_THREADS_MAX) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, d.table->name,
                        "no such path or number of threads");
    }
    status = nev_table_shapes(d.table, model, d.shape, err);
    if (status != NEV_OK) {
        return status;
    }
    plan->model = *model;
    plan->path = path;
    plan->parts = parts;
    make_steps(&d);
    if (!size_weights(&d) || !size_arena(&d)) {
        memset(plan, 0, sizeof *plan);
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, d.table->name,
                        "the picture's size needs more memory than this machine can address");
    }
    return NEV_OK;
}
