/* SPDX-License-Identifier: MIT */
/*
 * parallel.h - one way to run work on several threads, whoever owns the threads.
 *
 * Work is cut into `parts` numbered pieces whose boundaries depend on nothing but the problem and `parts`;
 * pieces write disjoint outputs, so results do not depend on who runs what when. A caller with a thread pool
 * of its own passes a `run` of its own; OpenMP, where compiled in, is one such pool; one thread needs none.
 */
#ifndef NEV_BASE_PARALLEL_H
#define NEV_BASE_PARALLEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEV_THREADS_MAX 256u

typedef void nev_task(void *arg, uint32_t part, uint32_t parts);

/* A part's place in a team, whose parts run at the same time: wait(team) returns when every part has called it as
 * often as this one. */
struct nev_member {
    uint32_t part, parts;
    void (*wait)(void *team);
    void *team;
};

typedef void nev_team_task(void *arg, const struct nev_member *member);

struct nev_parallel {
    uint32_t parts; /* how many pieces to cut work into: the number of threads, 1..NEV_THREADS_MAX */
    /* Calls task(arg, p, parts) exactly once for each p in 0..parts-1, in any order, at once or not, and
     * returns when all have returned. NULL: one after another on the calling thread. */
    void (*run)(void *pool, nev_task *task, void *arg, uint32_t parts);
    void *pool;
    /* Calls task(arg, member) exactly once for each part, all at the same time on a thread each, and returns true when
     * all have returned; or calls nothing and returns false: so many threads are not to be had now. Saves
     * entering the threads anew for every piece of work. NULL: only run is there, and is called instead. */
    bool (*together)(void *pool, nev_team_task *task, void *arg, uint32_t parts);
};

/* nev_parallel_serial - everything on the calling thread, one piece. */
struct nev_parallel nev_parallel_serial(void);

/* nev_parallel_threads - `threads` OpenMP threads (clamped to 1..NEV_THREADS_MAX); without OpenMP, serial. */
struct nev_parallel nev_parallel_threads(uint32_t threads);

/* nev_parallel_run - cut and run; a NULL `par` means serial. */
void nev_parallel_run(const struct nev_parallel *par, nev_task *task, void *arg);

/*
 * nev_parallel_together - run a task on all parts at the same time, if `par` can and has more than one part;
 *                         false: nothing was called.
 * Threads    OpenMP's wait spins for a bounded time, then sleeps in OpenMP's own barrier
 */
bool nev_parallel_together(const struct nev_parallel *par, nev_team_task *task, void *arg);

/*
 * nev_parallel_range - the half-open range [*begin, *end) of `len` items that belongs to a part: sizes differ
 * by at most one, earlier parts get the larger ones.
 */
void nev_parallel_range(size_t len, uint32_t part, uint32_t parts, size_t *begin, size_t *end);

#endif
