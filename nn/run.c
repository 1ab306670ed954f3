/* SPDX-License-Identifier: MIT */
/*
 * run.c - carry out a plan. Each step splits its outputs over the threads; nothing is decided here that could
 * change a bit.
 */
#include "nn/run.h"

#include <string.h>

#include "nn/kernels/kernels.h"

#define PIXELS_A_BLOCK 6u /* CONV_PIXELS of conv.inc: parts start on whole blocks */
#define BLOCKS_TO_SPLIT                                                                                      \
    32u /* a part: with fewer, panels are split instead, and each part reads its own weights only */

struct kernel_job {
    const struct nev_kernels *kernels;
    enum nev_algorithm algorithm;
    struct nev_conv_args args;
};

static void run_conv(const struct kernel_job *job, uint32_t part, uint32_t parts)
{
    const struct nev_conv_args *args = &job->args;
    size_t pixels = (size_t)args->oh * args->ow, blocks = (pixels + PIXELS_A_BLOCK - 1) / PIXELS_A_BLOCK;
    size_t panels = (args->oc + NEV_PANEL - 1) / NEV_PANEL, begin, end;

    if (blocks >= (size_t)BLOCKS_TO_SPLIT * parts) {
        nev_parallel_range(blocks, part, parts, &begin, &end);
        begin *= PIXELS_A_BLOCK;
        end = end * PIXELS_A_BLOCK < pixels ? end * PIXELS_A_BLOCK : pixels;
        job->kernels->conv(args, begin, end, 0, (uint32_t)panels);
    } else {
        nev_parallel_range(panels, part, parts, &begin, &end);
        job->kernels->conv(args, 0, pixels, (uint32_t)begin, (uint32_t)end);
    }
}

static void run_part(void *arg, uint32_t part, uint32_t parts)
{
    const struct kernel_job *job = arg;
    const struct nev_conv_args *args = &job->args;
    size_t begin, end;

    switch (job->algorithm) {
    case NEV_ALGORITHM_GEMM:
        run_conv(job, part, parts);
        break;
    case NEV_ALGORITHM_DEPTHWISE:
        nev_parallel_range(args->oh, part, parts, &begin, &end);
        job->kernels->depthwise(args, (uint32_t)begin, (uint32_t)end);
        break;
    case NEV_ALGORITHM_MAXPOOL:
        nev_parallel_range(args->oh, part, parts, &begin, &end);
        job->kernels->maxpool(args, (uint32_t)begin, (uint32_t)end);
        break;
    case NEV_ALGORITHM_AVGPOOL:
        nev_parallel_range(args->c / 8, part, parts, &begin, &end);
        job->kernels->avgpool(args, (uint32_t)begin * 8, (uint32_t)end * 8);
        break;
    case NEV_ALGORITHM_REFERENCE:
        break;
    }
}

static void run_step(const struct nev_step_run *r)
{
    const struct nev_step *step = r->step;
    const uint8_t *packed = r->run->packed;
    struct kernel_job job;
    struct nev_conv_args *args = &job.args;

    job.kernels = r->run->kernels != NULL ? r->run->kernels : &nev_kernels_c;
    job.algorithm = step->algorithm;
    args->x = r->x;
    args->also = r->also;
    args->y = r->y;
    /* PORTABILITY: offsets are multiples of NEV_ALIGN in buffers aligned to it, so floats are aligned. */
    args->weight = (const float *)(const void *)(packed + step->weight_offset);
    args->bias = (const float *)(const void *)(packed + step->bias_offset);
    args->zero = (const float *)(const void *)((const uint8_t *)r->run->arena + r->run->plan->zero_offset);
    args->h = step->h;
    args->w = step->w;
    args->c = step->c;
    args->oh = step->oh;
    args->ow = step->ow;
    args->oc = step->oc;
    args->k = step->k;
    args->s = step->s;
    args->pad_top = step->pad_top;
    args->pad_left = step->pad_left;
    args->act = (enum nev_act)step->act;
    nev_parallel_run(r->run->parallel, run_part, &job);
}

void nev_trace_step(const struct nev_step_run *r, const char *stage)
{
    const struct nev_step *step = r->step;
    struct nev_trace_event event;

    if (r->run->trace == NULL) {
        return;
    }
    event.name = r->table->layer[step->last_row].name;
    event.stage = stage;
    event.h = step->oh;
    event.w = step->ow;
    event.c = step->oc;
    event.data = r->y;
    if (step->algorithm == NEV_ALGORITHM_REFERENCE) {
        event.c_stride = (size_t)step->oh * step->ow;
        event.h_stride = step->ow;
        event.w_stride = 1;
    } else {
        event.c_stride = 1;
        event.h_stride = (size_t)step->ow * step->oc;
        event.w_stride = step->oc;
    }
    r->run->trace->hook(r->run->trace->ctx, &event);
}

static float *output_of(const struct nev_run *run, int16_t step)
{
    return (float *)(void *)((uint8_t *)run->arena + run->plan->step[step].out_offset);
}

enum nev_status nev_run_image(const struct nev_run *run, const float *input, float *features,
                              struct nev_error *err)
{
    const struct nev_plan *plan = run->plan;
    struct nev_step_run r;
    uint32_t i;

    memset(features, 0, NEV_FEATURES_LEN * sizeof *features);
    if (plan->step_len == 0) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, NULL, "the plan is empty");
    }
    if (run->arena_bytes < plan->arena_bytes) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, nev_net_name(plan->model.net),
                        "the arena is too small");
    }
    memset((uint8_t *)run->arena + plan->zero_offset, 0, plan->zero_bytes);
    r.run = run;
    r.table = nev_table_of(plan->model.net);
    for (i = 0; i < plan->step_len; i++) {
        r.step = &plan->step[i];
        r.x = r.step->in < 0 ? input : output_of(run, r.step->in);
        r.also = r.step->also < 0 ? NULL : output_of(run, r.step->also);
        r.y = output_of(run, (int16_t)i);
        if (r.step->algorithm == NEV_ALGORITHM_REFERENCE) {
            nev_reference_step(&r);
        } else {
            run_step(&r);
        }
        nev_trace_step(&r, "");
    }
    memcpy(features, r.y, NEV_FEATURES_LEN * sizeof *features);
    return NEV_OK;
}
