/* SPDX-License-Identifier: MIT */
/*
 * pack.c - from a model file's tensors to what the kernels read.
 *
 * Folding is part of the arithmetic contract: scale = gamma / sqrt(var + eps), w' = w * scale, b' = beta -
 * mean * scale, each operation rounded separately in float64, w' and b' rounded once to float32, b' = +0
 * where it is zero.
 */
#include <stdbool.h>
#include <string.h>

#include "nn/base/bytes.h"
#include "nn/base/real.h"
#include "nn/base/size.h"
#include "nn/kernels/kernels.h"
#include "nn/net.h"
#include "nn/nn.h"
#include "nn/packed.h"

#define F32_BYTES sizeof(float)

static size_t spec_len(const struct nev_tensor_spec *spec)
{
    return (size_t)spec->dim[0] * spec->dim[1] * spec->dim[2] * spec->dim[3];
}

/* Bounds: at most 1024*1024*9*4 bytes for any row of the three tables. */
static size_t align(size_t bytes)
{
    return (bytes + (NEV_ALIGN - 1)) & ~(NEV_ALIGN - 1);
}

size_t nev_packed_part(const struct nev_table *table, uint32_t row, uint32_t c, enum nev_part part,
                       size_t *len)
{
    enum nev_part parts[NEV_PART_LEN];
    uint32_t parts_len = nev_layer_parts(table, row, parts), i;
    struct nev_tensor_spec spec;
    char name[NEV_TENSOR_NAME_LEN];
    size_t at = 0;

    *len = 0;
    for (i = 0; i < parts_len; i++) {
        nev_layer_tensor(&table->layer[row], c, parts[i], &spec, name);
        if (parts[i] == part) {
            *len = spec_len(&spec);
            return at;
        }
        at += align(spec_len(&spec) * F32_BYTES);
    }
    return at;
}

void nev_packed_bytes(const struct nev_table *table, const struct nev_step *step, uint32_t c,
                      size_t *weight_bytes, size_t *bias_bytes)
{
    const struct nev_layer *layer = &table->layer[step->first_row];
    size_t panels = (step->oc + NEV_PANEL - 1) / NEV_PANEL, taps = (size_t)step->k * step->k, len;

    *weight_bytes = 0;
    *bias_bytes = 0;
    if (layer->weight == NULL) {
        return;
    }
    if (step->algorithm == NEV_ALGORITHM_REFERENCE) {
        *weight_bytes = nev_packed_part(table, step->first_row, c, NEV_PART_LEN, &len);
        return;
    }
    *weight_bytes =
        panels * taps * (step->algorithm == NEV_ALGORITHM_DEPTHWISE ? 1 : c) * NEV_PANEL * F32_BYTES;
    *bias_bytes = panels * NEV_PANEL * F32_BYTES;
}

/* One step being packed; `bad` has a flag a part, set where folding overflowed. */
struct job {
    const struct nev_table *table;
    const struct nev_step *step;
    struct nev_tensor tensor[NEV_PART_LEN];
    struct nev_model model;
    float *weight, *bias;
    uint8_t bad[NEV_THREADS_MAX];
};

static bool is_finite(float v)
{
    return (nev_f32_bits(v) & 0x7F800000) != 0x7F800000;
}

static double element(const struct job *job, enum nev_part part, size_t i)
{
    return (double)nev_load_f32le(job->tensor[part].data + i * F32_BYTES);
}

/* The factor of output channel o's weights, and its bias. */
static double fold(const struct job *job, uint32_t o, float *bias)
{
    double scale = 1.0, b;

    if (job->tensor[NEV_PART_GAMMA].data == NULL) {
        b = element(job, NEV_PART_BIAS, o);
    } else {
        double var = element(job, NEV_PART_VAR, o), eps = job->model.bn_eps;
        double deviation =
            job->model.bn_form == NEV_BN_EPS_INSIDE ? nev_sqrt(var + eps) : nev_sqrt(var) + eps;

        scale = element(job, NEV_PART_GAMMA, o) / deviation;
        b = element(job, NEV_PART_BETA, o) - element(job, NEV_PART_MEAN, o) * scale;
    }
    *bias = b == 0.0 ? 0.0f : (float)b;
    return scale;
}

/* One output channel into its lane of its panel; the file has [o][i][p][q], the panel [p][q][i]. */
static bool pack_channel(const struct job *job, uint32_t o)
{
    const struct nev_step *step = job->step;
    size_t taps = (size_t)step->k * step->k;
    size_t ic = step->algorithm == NEV_ALGORITHM_DEPTHWISE ? 1 : step->c;
    const uint8_t *from = job->tensor[NEV_PART_WEIGHT].data + (size_t)o * ic * taps * F32_BYTES;
    float *to = job->weight + (o / NEV_PANEL) * taps * ic * NEV_PANEL + o % NEV_PANEL;
    double scale = fold(job, o, &job->bias[o]);
    bool good = is_finite(job->bias[o]);
    size_t i, t;

    for (i = 0; i < ic; i++) {
        for (t = 0; t < taps; t++, from += F32_BYTES) {
            float w = (float)((double)nev_load_f32le(from) * scale);

            to[(t * ic + i) * NEV_PANEL] = w;
            good = good && is_finite(w);
        }
    }
    return good;
}

static void pack_part(void *arg, uint32_t part, uint32_t parts)
{
    struct job *job = arg;
    size_t begin, end, o;

    nev_parallel_range(job->step->oc, part, parts, &begin, &end);
    for (o = begin; o < end; o++) {
        if (!pack_channel(job, (uint32_t)o)) {
            job->bad[part] = 1;
        }
    }
}

/* Finds a row's tensors and checks their shapes. */
static enum nev_status find_tensors(const struct nev_weights *weights, struct job *job, uint32_t c,
                                    struct nev_error *err)
{
    enum nev_part parts[NEV_PART_LEN];
    uint32_t row = job->step->first_row, len = nev_layer_parts(job->table, row, parts), i;
    struct nev_tensor_spec spec;
    char name[NEV_TENSOR_NAME_LEN];

    memset(job->tensor, 0, sizeof job->tensor);
    for (i = 0; i < len; i++) {
        struct nev_tensor *tensor = &job->tensor[parts[i]];
        enum nev_status status;

        nev_layer_tensor(&job->table->layer[row], c, parts[i], &spec, name);
        status = nev_weights_find(weights, name, tensor, err);
        if (status != NEV_OK) {
            return status;
        }
        if (tensor->len != spec_len(&spec) || memcmp(tensor->dim, spec.dim, sizeof spec.dim) != 0) {
            return nev_fail(err, NEV_ERR_SHAPE, tensor->offset, name,
                            "the tensor's shape is not the network's");
        }
    }
    return NEV_OK;
}

static void copy_reference(const struct job *job, uint32_t c, uint8_t *to)
{
    unsigned part;
    size_t at, len, i;

    for (part = 0; part < NEV_PART_LEN; part++) {
        if (job->tensor[part].data != NULL) {
            at = nev_packed_part(job->table, job->step->first_row, c, (enum nev_part)part, &len);
            for (i = 0; i < len; i++) {
                float v = nev_load_f32le(job->tensor[part].data + i * F32_BYTES);

                memcpy(to + at + i * F32_BYTES, &v, sizeof v);
            }
        }
    }
}

static enum nev_status pack_step(struct job *job, uint8_t *packed, const struct nev_parallel *par,
                                 struct nev_error *err)
{
    const struct nev_step *step = job->step;
    uint32_t p;

    if (step->algorithm == NEV_ALGORITHM_REFERENCE) {
        copy_reference(job, step->c, packed + step->weight_offset);
        return NEV_OK;
    }
    /* PORTABILITY: offsets are multiples of NEV_ALIGN and the buffer is aligned to it, so floats are aligned.
     */
    job->weight = (float *)(void *)(packed + step->weight_offset);
    job->bias = (float *)(void *)(packed + step->bias_offset);
    memset(job->bad, 0, sizeof job->bad);
    nev_parallel_run(par, pack_part, job);
    for (p = 0; p < NEV_THREADS_MAX; p++) {
        if (job->bad[p] != 0) {
            return nev_fail(
                err, NEV_ERR_VALUE, job->tensor[NEV_PART_WEIGHT].offset,
                job->table->layer[step->first_row].name,
                "folding the batch norm overflows; a variance is near zero or a weight is damaged");
        }
    }
    return NEV_OK;
}

enum nev_status nev_plan_pack(const struct nev_plan *plan, const struct nev_weights *weights, void *packed,
                              size_t packed_bytes, const struct nev_parallel *par, struct nev_error *err)
{
    struct job job;
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
    memset(packed, 0, plan->packed_bytes);
    job.table = nev_table_of(plan->model.net);
    job.model = plan->model;
    for (i = 0; status == NEV_OK && i < plan->step_len; i++) {
        job.step = &plan->step[i];
        if (job.table->layer[job.step->first_row].weight == NULL) {
            continue;
        }
        status = find_tensors(weights, &job, job.step->c, err);
        if (status == NEV_OK) {
            status = pack_step(&job, packed, par, err);
        }
    }
    if (status != NEV_OK) {
        memset(packed, 0, plan->packed_bytes);
    }
    return status;
}
