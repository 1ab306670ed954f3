/* SPDX-License-Identifier: MIT */
#include "forest/train/team.h"

#include <string.h>

struct search {
    const struct nev_tree_job *job;
    const struct nev_split_node *node;
    const struct nev_rank_view *ranks;
    const struct nev_split_work *work;
    const uint32_t *feature;
    uint32_t len;
};

static void search_task(void *arg, uint32_t part, uint32_t parts)
{
    const struct search *s = arg;
    struct nev_tree *mine = &s->job->team[part];
    struct nev_split_work work = mine->split;
    size_t i, end;

    work.weight = s->work->weight; /* the node's, read only */
    work.small = s->work->small;
    memset(&mine->best, 0, sizeof mine->best);
    nev_parallel_range(s->len, part, parts, &i, &end);
    for (; i < end && !mine->best.is_perfect; i++) {
        nev_split_try(s->node, s->ranks, s->feature[i], &s->job->kernel, &work, &mine->best);
    }
}

void nev_team_try(const struct nev_tree_job *job, const struct nev_split_node *n,
                  const struct nev_rank_view *ranks, const struct nev_split_work *work,
                  const uint32_t *feature, uint32_t len, struct nev_split_best *best)
{
    struct search s = {job, n, ranks, work, feature, len};
    uint32_t part;

    nev_parallel_run(job->par, search_task, &s);
    for (part = 0; part < job->par->parts; part++) {
        const struct nev_split_best *b = &job->team[part].best;
        const struct nev_split_sides sides = {b->draws_left, b->squares_left, b->squares_right};

        if (b->is_found) {
            nev_split_consider(n, &sides, b->feature, b->rank, best);
            best->gain = best->feature == b->feature ? b->gain : best->gain;
        }
    }
}
