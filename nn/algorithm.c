/* SPDX-License-Identifier: MIT */
/* algorithm.c - the list of algorithms and what they share. */
#include "nn/algorithm.h"

#include "nn/base/bytes.h"
#include "nn/base/real.h"
#include "nn/base/size.h"

#define F32_BYTES   sizeof(float)
#define LATE_PIXELS 256u /* of an output; about where steps begin to be split by channels, not by rows */

const struct nev_algorithm_ops *nev_algorithm(enum nev_algorithm algorithm)
{
    switch (algorithm) {
    case NEV_ALGORITHM_GEMM:
        return &nev_algorithm_gemm;
    case NEV_ALGORITHM_DEPTHWISE:
        return &nev_algorithm_depthwise;
    case NEV_ALGORITHM_MAXPOOL:
        return &nev_algorithm_maxpool;
    case NEV_ALGORITHM_AVGPOOL:
        return &nev_algorithm_avgpool;
    case NEV_ALGORITHM_WINOGRAD_F4:
        return &nev_algorithm_winograd_f4;
    case NEV_ALGORITHM_WINOGRAD_F2:
        return &nev_algorithm_winograd_f2;
    case NEV_ALGORITHM_WINOGRAD_S2:
        return &nev_algorithm_winograd_s2;
    case NEV_ALGORITHM_WINOGRAD_7X7:
        return &nev_algorithm_winograd_7x7;
    case NEV_ALGORITHM_BLOCK:
        return &nev_algorithm_block;
    case NEV_ALGORITHM_GEMM_POOL:
        return &nev_algorithm_gemm_pool;
    case NEV_ALGORITHM_REFERENCE:
    case NEV_ALGORITHM_LEN:
        break;
    }
    return &nev_algorithm_reference;
}

uint64_t nev_bytes_align(uint64_t bytes)
{
    return (bytes + (NEV_ALIGN - 1)) & ~(uint64_t)(NEV_ALIGN - 1);
}

bool nev_is_finite(float v)
{
    return (nev_f32_bits(v) & 0x7F800000) != 0x7F800000;
}

static double element(const struct nev_tensor *tensor, size_t i)
{
    return (double)nev_load_f32le(tensor->data + i * F32_BYTES);
}

double nev_fold(const struct nev_pack_job *job, uint32_t linear, uint32_t o, float *bias)
{
    const struct nev_tensor *tensor = job->tensor[linear];
    double scale = 1.0, b;

    if (tensor[NEV_PART_GAMMA].data == NULL) {
        b = element(&tensor[NEV_PART_BIAS], o);
    } else {
        double var = element(&tensor[NEV_PART_VAR], o), eps = job->model->bn_eps;
        double deviation =
            job->model->bn_form == NEV_BN_EPS_INSIDE ? nev_sqrt(var + eps) : nev_sqrt(var) + eps;

        scale = element(&tensor[NEV_PART_GAMMA], o) / deviation;
        b = element(&tensor[NEV_PART_BETA], o) - element(&tensor[NEV_PART_MEAN], o) * scale;
    }
    *bias = b == 0.0 ? 0.0f : (float)b;
    return scale;
}

double nev_fold_product(const struct nev_pack_job *job, uint32_t linear, size_t i, double scale)
{
    return element(&job->tensor[linear][NEV_PART_WEIGHT], i) * scale;
}

float nev_fold_weight(const struct nev_pack_job *job, uint32_t linear, size_t i, double scale)
{
    return (float)nev_fold_product(job, linear, i, scale);
}

/* PORTABILITY: offsets are multiples of NEV_ALIGN in a buffer aligned to it, so floats are aligned. */
static const float *packed_at(const struct nev_step_run *r, size_t offset)
{
    return (const float *)(const void *)((const uint8_t *)r->run->packed + offset);
}

const float *nev_linear_weight(const struct nev_step_run *r, uint32_t linear)
{
    return packed_at(r, r->step->linear[linear].weight_offset);
}

const float *nev_linear_bias(const struct nev_step_run *r, uint32_t linear)
{
    return packed_at(r, r->step->linear[linear].bias_offset);
}

bool nev_is_by_picture(uint32_t n, uint32_t parts)
{
    return n >= 2 * parts;
}

bool nev_is_late(const struct nev_step *step)
{
    return (uint64_t)step->oh * step->ow <= LATE_PIXELS;
}

/* Plans align all outputs; tests also run steps that are not. */
bool nev_is_shared(const float *y, uint32_t oc, uint32_t parts)
{
    return parts > 1 && oc % NEV_PANEL == 0 && (uintptr_t)y % NEV_ALIGN == 0;
}

float *nev_step_own(const struct nev_step_run *r, uint32_t part)
{
    return (float *)(void *)((uint8_t *)r->own + part * r->own_stride);
}

const float *nev_step_zero(const struct nev_step_run *r)
{
    return (const float *)(const void *)((const uint8_t *)r->run->arena + r->run->plan->zero_offset);
}
