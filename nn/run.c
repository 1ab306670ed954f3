/* SPDX-License-Identifier: MIT */
/*
 * run.c - carry out a plan: step by step, phase by phase, each split over the threads. Nothing is decided
 * here that could change a bit.
 */
#include <stdbool.h>
#include <string.h>

#include "nn/algorithm.h"

/*
 * Who carries out the steps is a struct nev_member: one part of a team that stays together from the first step to the
 * last, all of which go through this file's loops side by side; or, where wait is NULL, one thread that hands out
 * every phase.
 */
static bool is_leader(const struct nev_member *w)
{
    return w->part == 0;
}

static void wait_for_team(const struct nev_member *w)
{
    if (w->wait != NULL) {
        w->wait(w->team);
    }
}

struct phase_job {
    const struct nev_step_run *r;
    uint32_t phase;
};

/* A part's share of a phase; other parts may read it as soon as they have waited. */
static void run_part(void *arg, uint32_t part, uint32_t parts)
{
    const struct phase_job *job = arg;

    nev_algorithm(job->r->step->algorithm)->run(job->r, job->phase, part, parts);
    nev_step_kernels(job->r)->settle();
}

/* One phase, to its end on all parts. */
static void run_phase(const struct nev_member *w, const struct nev_step_run *r, uint32_t phase)
{
    struct phase_job job = {r, phase};

    if (w->wait == NULL) {
        nev_parallel_run(r->run->parallel, run_part, &job);
        return;
    }
    run_part(&job, w->part, w->parts);
    wait_for_team(w);
}

/* Shows an output; the team waits, for what comes next may overwrite it. */
static void trace_picture(const struct nev_member *w, const struct nev_step_run *r, uint32_t picture,
                          const char *stage)
{
    const struct nev_step *step = r->step;
    struct nev_trace_event event;

    if (r->run->trace == NULL) {
        return;
    }
    if (!is_leader(w)) {
        wait_for_team(w);
        return;
    }
    event.name = r->table->layer[step->last_row].name;
    event.picture = picture;
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
    wait_for_team(w);
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

/* One step of one picture, or of all r->n where the algorithm takes them together. */
static void run_phases(const struct nev_member *w, const struct nev_step_run *r, uint32_t picture)
{
    for (uint32_t phase = 0; phase < r->step->phases; phase++) {
        run_phase(w, r, phase);
        if (r->run->plan->path == NEV_PATH_REFERENCE && phase + 1 < r->step->phases) {
            trace_picture(w, r, picture, phase == 0 ? "linear" : "norm");
        }
    }
}

/* The step of picture i alone. */
static struct nev_step_run picture_of(const struct nev_step_run *r, uint32_t i)
{
    const struct nev_step *step = r->step;
    const size_t out = (size_t)step->oh * step->ow * step->oc;
    struct nev_step_run one = *r;

    one.n = 1;
    one.x = r->x + i * ((size_t)step->h * step->w * step->c);
    one.also = r->also == NULL ? NULL : r->also + i * out;
    one.y = r->y + i * out;
    return one;
}

/* One step of r->n pictures, the first of which has number `first` in its batch. */
static void run_step(const struct nev_member *w, const struct nev_step_run *r, uint32_t first)
{
    const bool is_batched = nev_algorithm(r->step->algorithm)->is_batched;
    uint32_t i;

    if (is_batched) {
        run_phases(w, r, first);
    }
    for (i = 0; i < r->n; i++) {
        struct nev_step_run one = picture_of(r, i);

        if (!is_batched) {
            run_phases(w, &one, first + i);
        }
        trace_picture(w, &one, first + i, "");
    }
}

/* Steps [begin, end) for n pictures together. */
static void run_steps(const struct nev_member *w, const struct nev_run *run, uint32_t begin, uint32_t end,
                      const float *input, uint32_t first, uint32_t n)
{
    const struct nev_plan *plan = run->plan;
    struct nev_step_run r;
    uint32_t i;

    r.run = run;
    r.table = nev_table_of(plan->model.net);
    r.n = n;
    r.own = (uint8_t *)run->arena + plan->own_offset;
    r.own_stride = plan->own_stride;
    for (i = begin; i < end; i++) {
        r.step = &plan->step[i];
        r.x = r.step->in < 0 ? input : output_of(run, r.step->in);
        r.also = r.step->also < 0 ? NULL : output_of(run, r.step->also);
        r.y = output_of(run, (int16_t)i);
        if (i + 1 == plan->joint) { /* its output holds all pictures */
            r.y += first * ((size_t)r.step->oh * r.step->ow * r.step->oc);
        }
        r.scratch = (uint8_t *)run->arena + r.step->scratch_offset;
        run_step(w, &r, first);
    }
}

/* At most the plan's batch of pictures through the whole network. */
static void run_network(const struct nev_member *w, const struct nev_run *run, const float *input, uint32_t n,
                        float *features)
{
    const struct nev_plan *plan = run->plan;
    const size_t input_len = (size_t)plan->model.prep.height * plan->model.prep.width * 3;
    uint32_t i;

    for (i = 0; plan->joint > 0 && i < n; i++) {
        run_steps(w, run, 0, plan->joint, input + i * input_len, i, 1);
    }
    run_steps(w, run, plan->joint, plan->step_len, input, 0, n);
    if (is_leader(w)) {
        memcpy(features, output_of(run, (int16_t)(plan->step_len - 1)),
               n * (NEV_FEATURES_LEN * sizeof *features));
    }
}

struct batch_job {
    const struct nev_run *run;
    const float *input;
    size_t n;
    float *features;
};

static void run_all(void *arg, const struct nev_member *member)
{
    const struct batch_job *job = arg;
    const struct nev_plan *plan = job->run->plan;
    const size_t input_len = (size_t)plan->model.prep.height * plan->model.prep.width * 3;
    size_t done, now;

    for (done = 0; done < job->n; done += now) {
        now = job->n - done < plan->batch ? job->n - done : plan->batch;
        run_network(member, job->run, job->input + done * input_len, (uint32_t)now,
                    job->features + done * NEV_FEATURES_LEN);
        wait_for_team(member); /* the leader may still be reading the last output */
    }
}

enum nev_status nev_run_batch(const struct nev_run *run, const float *input, size_t n, float *features,
                              struct nev_error *err)
{
    const struct nev_member alone = {0, 1, NULL, NULL};
    struct batch_job job = {run, input, n, features};
    enum nev_status status = check(run, err);

    if (status == NEV_OK && n == 0) {
        status = nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, NULL, "a batch of no pictures");
    }
    if (status != NEV_OK) {
        memset(features, 0, n * (NEV_FEATURES_LEN * sizeof *features));
        return status;
    }
    memset((uint8_t *)run->arena + run->plan->zero_offset, 0, run->plan->zero_bytes);
    if (!nev_parallel_together(run->parallel, run_all, &job)) {
        run_all(&job, &alone);
    }
    return NEV_OK;
}

enum nev_status nev_run_image(const struct nev_run *run, const float *input, float *features,
                              struct nev_error *err)
{
    return nev_run_batch(run, input, 1, features, err);
}
