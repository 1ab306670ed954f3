/* SPDX-License-Identifier: MIT */
/*
 * plan.c - from a table to steps: what is fused, where outputs lie in the arena, where weights lie in the
 * packed buffer. The function that chooses is the function that sizes: nev_run_image decides nothing.
 */
#include <stdbool.h>
#include <string.h>

#include "nn/base/size.h"
#include "nn/kernels/kernels.h"
#include "nn/net.h"
#include "nn/nn.h"
#include "nn/packed.h"

#define F32_BYTES sizeof(float)

/* Working state of nev_plan_make. */
struct draft {
    struct nev_plan *plan;
    const struct nev_table *table;
    struct nev_shape shape[NEV_LAYERS_MAX];
    int16_t step_of_row[NEV_LAYERS_MAX];
    uint16_t last_use[NEV_STEPS_MAX]; /* the last step that reads a step's output */
};

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
    step->pad_top = shape->pad_top;
    step->pad_left = shape->pad_left;
    step->k = layer->k;
    step->s = layer->s;
    step->act = (uint8_t)layer->act;
    d->step_of_row[row] = (int16_t)d->plan->step_len++;
}

static void make_steps(struct draft *d)
{
    uint32_t row, i;

    for (row = 0; row < d->table->len; row++) {
        if (d->plan->path == NEV_PATH_FAST && d->table->layer[row].op == NEV_OP_ADD) {
            fuse_add(d, row);
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

/* Lays out the packed weights: each step's weights, then its bias, each at a multiple of NEV_ALIGN. */
static bool size_weights(struct draft *d)
{
    struct nev_plan *plan = d->plan;
    uint32_t i;

    for (i = 0; i < plan->step_len; i++) {
        struct nev_step *step = &plan->step[i];
        size_t weight_bytes, bias_bytes;

        nev_packed_bytes(d->table, step, d->shape[step->first_row].c, &weight_bytes, &bias_bytes);
        step->weight_offset = plan->packed_bytes;
        if (!nev_size_add(plan->packed_bytes, weight_bytes, &step->bias_offset) ||
            !nev_size_add(step->bias_offset, bias_bytes, &plan->packed_bytes)) {
            return false;
        }
    }
    return true;
}

/* The lowest place for step i's output that overlaps no output still to be read. */
static size_t place(const struct draft *d, uint32_t i)
{
    const struct nev_step *step = d->plan->step;
    size_t at = d->plan->zero_offset + d->plan->zero_bytes;
    bool moved = true;

    while (moved) {
        moved = false;
        for (uint32_t u = 0; u < i; u++) {
            bool is_live = d->last_use[u] >= i;

            if (is_live && at < step[u].out_offset + step[u].out_bytes &&
                step[u].out_offset < at + step[i].out_bytes) {
                at = step[u].out_offset + step[u].out_bytes;
                moved = true;
            }
        }
    }
    return at;
}

static bool size_arena(struct draft *d)
{
    struct nev_plan *plan = d->plan;
    size_t zero_len = NEV_PANEL;
    uint32_t i;

    for (i = 0; i < plan->step_len; i++) {
        zero_len = plan->step[i].c > zero_len ? plan->step[i].c : zero_len;
    }
    if (!nev_size_align(zero_len * F32_BYTES, &plan->zero_bytes)) {
        return false;
    }
    for (i = 0; i < plan->step_len; i++) {
        struct nev_step *step = &plan->step[i];
        size_t len, bytes, end;

        /* Bounds: out_offset + out_bytes of every step passed nev_size_add, so place() cannot wrap. */
        if (!nev_size_mul((size_t)step->oh * step->ow, step->oc, &len) ||
            !nev_size_mul(len, F32_BYTES, &bytes) || !nev_size_align(bytes, &step->out_bytes)) {
            return false;
        }
        step->out_offset = place(d, i);
        if (!nev_size_add(step->out_offset, step->out_bytes, &end) || end > SIZE_MAX / 2) {
            return false;
        }
        plan->arena_bytes = end > plan->arena_bytes ? end : plan->arena_bytes;
    }
    return true;
}

enum nev_status nev_plan_make(struct nev_plan *plan, const struct nev_model *model, enum nev_path path,
                              struct nev_error *err)
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
    if (path != NEV_PATH_FAST && path != NEV_PATH_REFERENCE) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, d.table->name, "no such path");
    }
    status = nev_table_shapes(d.table, model, d.shape, err);
    if (status != NEV_OK) {
        return status;
    }
    plan->model = *model;
    plan->path = path;
    make_steps(&d);
    if (!size_weights(&d) || !size_arena(&d)) {
        memset(plan, 0, sizeof *plan);
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, d.table->name,
                        "the picture's size needs more memory than this machine can address");
    }
    return NEV_OK;
}
