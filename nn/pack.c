/* SPDX-License-Identifier: MIT */
/*
 * pack.c - from a model file's tensors to what the kernels read: finds each layer's tensors, checks their
 * shapes, and lets the step's algorithm lay them out.
 */
#include <string.h>

#include "nn/algorithm.h"
#include "nn/base/bytes.h"

/* A job and a flag a part, set where folding overflowed. */
struct split_job {
    struct nev_pack_job job;
    uint8_t bad[NEV_THREADS_MAX];
};

static void pack_part(void *arg, uint32_t part, uint32_t parts)
{
    struct split_job *split = arg;

    if (!nev_algorithm(split->job.step->algorithm)->pack(&split->job, part, parts)) {
        split->bad[part] = 1;
    }
}

static enum nev_status find_tensors(const struct nev_weights *weights, struct nev_pack_job *job,
                                    uint32_t linear, struct nev_error *err)
{
    const struct nev_linear *layer = &job->step->linear[linear];
    enum nev_part parts[NEV_PART_LEN];
    uint32_t len = nev_layer_parts(job->table, layer->row, parts), i;
    struct nev_tensor_spec spec;
    char name[NEV_TENSOR_NAME_LEN];

    for (i = 0; i < len; i++) {
        struct nev_tensor *tensor = &job->tensor[linear][parts[i]];
        enum nev_status status;

        nev_layer_tensor(&job->table->layer[layer->row], layer->c, parts[i], &spec, name);
        status = nev_weights_find(weights, name, tensor, err);
        if (status != NEV_OK) {
            return status;
        }
        if (memcmp(tensor->dim, spec.dim, sizeof spec.dim) != 0) {
            return nev_fail(err, NEV_ERR_SHAPE, tensor->offset, name,
                            "the tensor's shape is not the network's");
        }
    }
    return NEV_OK;
}

static enum nev_status pack_step(struct split_job *split, const struct nev_weights *weights,
                                 const struct nev_parallel *par, struct nev_error *err)
{
    struct nev_pack_job *job = &split->job;
    enum nev_status status = NEV_OK;
    uint32_t i;

    memset(job->tensor, 0, sizeof job->tensor);
    for (i = 0; status == NEV_OK && i < job->step->linear_len; i++) {
        status = find_tensors(weights, job, i, err);
    }
    if (status != NEV_OK) {
        return status;
    }
    memset(split->bad, 0, sizeof split->bad);
    nev_parallel_run(par, pack_part, split);
    for (i = 0; i < NEV_THREADS_MAX; i++) {
        if (split->bad[i] != 0) {
            return nev_fail(
                err, NEV_ERR_VALUE, job->tensor[0][NEV_PART_WEIGHT].offset,
                job->table->layer[job->step->first_row].name,
                "folding the batch norm overflows; a variance is near zero or a weight is damaged");
        }
    }
    return NEV_OK;
}

/* A packed file's payloads on their way to the machine's byte order. */
struct convert_job {
    const uint8_t *from;
    float *to;
    size_t len;
};

static void convert_part(void *arg, uint32_t part, uint32_t parts)
{
    const struct convert_job *job = arg;
    size_t begin, end;

    nev_parallel_range(job->len, part, parts, &begin, &end);
    for (; begin < end; begin++) {
        job->to[begin] = nev_load_f32le(job->from + 4 * begin);
    }
}

static enum nev_status convert(const struct nev_plan *plan, const struct nev_weights *weights, void *packed,
                               const struct nev_parallel *par, struct nev_error *err)
{
    struct convert_job job = {weights->base + weights->payload_offset, packed, plan->packed_bytes / 4};
    enum nev_status status = nev_packed_matches(plan, weights, err);

    if (status == NEV_OK) {
        nev_parallel_run(par, convert_part, &job);
    } else {
        memset(packed, 0, plan->packed_bytes);
    }
    return status;
}

enum nev_status nev_plan_pack(const struct nev_plan *plan, const struct nev_weights *weights, void *packed,
                              size_t packed_bytes, const struct nev_parallel *par, struct nev_error *err)
{
    struct split_job split;
    enum nev_status status = NEV_OK;
    uint32_t i;

    if (plan->model.net == NEV_NET_NONE || plan->model.net != weights->model.net) {
        return nev_fail(err, NEV_ERR_NETWORK, NEV_NO_OFFSET, nev_net_name(weights->model.net),
                        "the plan is for another network than the weights");
    }
    if (packed_bytes < plan->packed_bytes) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL,
                        "the buffer for packed weights is too small");
    }
    if (weights->form == NEV_FORM_PACKED) {
        return convert(plan, weights, packed, par, err);
    }
    memset(packed, 0, plan->packed_bytes);
    split.job.table = nev_table_of(plan->model.net);
    split.job.model = &plan->model;
    split.job.packed = packed;
    for (i = 0; status == NEV_OK && i < plan->step_len; i++) {
        split.job.step = &plan->step[i];
        if (split.job.step->linear_len > 0) {
            status = pack_step(&split, weights, par, err);
        }
    }
    if (status != NEV_OK) {
        memset(packed, 0, plan->packed_bytes);
    }
    return status;
}
