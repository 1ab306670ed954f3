/* SPDX-License-Identifier: MIT */
/*
 * run.c - carry out a plan: step by step, phase by phase, each split over the threads. Nothing is decided
 * here that could change a bit.
 */
#include <string.h>

#include "nn/algorithm.h"

struct phase_job {
    const struct nev_step_run *r;
    uint32_t phase;
};

static void run_part(void *arg, uint32_t part, uint32_t parts)
{
    const struct phase_job *job = arg;

    nev_algorithm(job->r->step->algorithm)->run(job->r, job->phase, part, parts);
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

/* PORTABILITY: offsets are multiples of NEV_ALIGN in an arena aligned to it, so floats are aligned. */
static float *output_of(const struct nev_run *run, int16_t step)
{
    return (float *)(void *)((uint8_t *)run->arena + run->plan->step[step].out_offset);
}

static enum nev_status check(const struct nev_run *run, struct nev_error *err)
{
    const struct nev_plan *plan = run->plan;

    if (plan->step_len == 0) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, NULL, "the plan is empty");
    }
    if (run->parallel != NULL && (run->parallel->parts < 1 || run->parallel->parts > plan->parts)) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, nev_net_name(plan->model.net),
                        "more threads than the plan was made for");
    }
    if (run->arena_bytes < plan->arena_bytes) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, nev_net_name(plan->model.net),
                        "the arena is too small");
    }
    return NEV_OK;
}

enum nev_status nev_run_image(const struct nev_run *run, const float *input, float *features,
                              struct nev_error *err)
{
    const struct nev_plan *plan = run->plan;
    enum nev_status status = check(run, err);
    struct nev_step_run r;
    struct phase_job job = {&r, 0};
    uint32_t i;

    if (status != NEV_OK) {
        memset(features, 0, NEV_FEATURES_LEN * sizeof *features);
        return status;
    }
    memset((uint8_t *)run->arena + plan->zero_offset, 0, plan->zero_bytes);
    r.run = run;
    r.table = nev_table_of(plan->model.net);
    for (i = 0; i < plan->step_len; i++) {
        r.step = &plan->step[i];
        r.x = r.step->in < 0 ? input : output_of(run, r.step->in);
        r.also = r.step->also < 0 ? NULL : output_of(run, r.step->also);
        r.y = output_of(run, (int16_t)i);
        r.scratch = (uint8_t *)run->arena + r.step->scratch_offset;
        for (job.phase = 0; job.phase < r.step->phases; job.phase++) {
            nev_parallel_run(run->parallel, run_part, &job);
            if (plan->path == NEV_PATH_REFERENCE && job.phase + 1 < r.step->phases) {
                nev_trace_step(&r, job.phase == 0 ? "linear" : "norm");
            }
        }
        nev_trace_step(&r, "");
    }
    memcpy(features, r.y, NEV_FEATURES_LEN * sizeof *features);
    return NEV_OK;
}
