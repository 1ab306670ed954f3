/* SPDX-License-Identifier: MIT */
#include "nn/base/parallel.h"

#if defined(_OPENMP)
#include <omp.h>
#include <stdatomic.h>
#endif

struct nev_parallel nev_parallel_serial(void)
{
    struct nev_parallel par = {1, NULL, NULL, NULL};

    return par;
}

#if defined(_OPENMP)
static void run_openmp(void *pool, nev_task *task, void *arg, uint32_t parts)
{
    int64_t p;

    (void)pool;
#pragma omp parallel for num_threads((int)parts) schedule(static, 1)
    for (p = 0; p < (int64_t)parts; p++) {
        task(arg, (uint32_t)p, parts);
    }
}

/*
 * The barrier of a team. Its word counts: the low bits the parts that have arrived, the high bits the barriers passed;
 * one bit between them says that a part gave up spinning. From then on until the barrier is passed all parts,
 * arrived or still to come, meet in OpenMP's barrier instead, which sleeps. Nobody can pass by the word then: the
 * last to arrive passes it only where that bit is not set.
 */
#define SPINS    (1u << 14) /* a fifth of a millisecond, about: longer than parts of a layer differ */
#define ARRIVED  0x1FFu
#define IS_SLOW  0x200u
#define ONE_PAST 0x400u

struct team {
    _Atomic uint32_t word;
    uint32_t parts, spins;
};

static void pause_spinning(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* `number` is the count of barriers passed before this one, as it stands in the word. */
static void wait_slowly(struct team *team, uint32_t number)
{
#pragma omp barrier
    if (omp_get_thread_num() == 0) {
        atomic_store(&team->word, number + ONE_PAST);
    }
#pragma omp barrier
}

static void wait_openmp(void *pointer)
{
    struct team *team = pointer;
    uint32_t word = atomic_fetch_add(&team->word, 1) + 1, number = word & ~(ARRIVED | IS_SLOW), spins = 0;

    while ((word & ~(ARRIVED | IS_SLOW)) == number) {
        if ((word & IS_SLOW) != 0) {
            wait_slowly(team, number);
            return;
        }
        if ((word & ARRIVED) == team->parts) {
            /* A failed exchange reads the word anew: another part has just given up, or passed it for all. */
            if (atomic_compare_exchange_weak(&team->word, &word, number + ONE_PAST)) {
                return;
            }
        } else if (spins++ >= team->spins) {
            (void)atomic_compare_exchange_weak(&team->word, &word, word | IS_SLOW);
            word = atomic_load(&team->word);
        } else {
            pause_spinning();
            word = atomic_load_explicit(&team->word, memory_order_acquire);
        }
    }
}

static bool together_openmp(void *pool, nev_team_task *task, void *arg, uint32_t parts)
{
    struct team team = {0, parts, parts <= (uint32_t)omp_get_num_procs() ? SPINS : 0};
    bool is_done = false;

    (void)pool;
#pragma omp parallel num_threads((int)parts)
    {
        if (omp_get_num_threads() == (int)parts) {
            struct nev_member member = {(uint32_t)omp_get_thread_num(), parts, wait_openmp, &team};

            task(arg, &member);
            if (member.part == 0) {
                is_done = true;
            }
        }
    }
    return is_done;
}
#endif

struct nev_parallel nev_parallel_threads(uint32_t threads)
{
    struct nev_parallel par = nev_parallel_serial();

#if defined(_OPENMP)
    par.parts = threads < 1 ? 1 : threads > NEV_THREADS_MAX ? NEV_THREADS_MAX : threads;
    par.run = run_openmp;
    par.together = together_openmp;
#else
    (void)threads;
#endif
    return par;
}

void nev_parallel_run(const struct nev_parallel *par, nev_task *task, void *arg)
{
    uint32_t p, parts = par == NULL ? 1 : par->parts;

    if (par != NULL && par->run != NULL && parts > 1) {
        par->run(par->pool, task, arg, parts);
        return;
    }
    for (p = 0; p < parts; p++) {
        task(arg, p, parts);
    }
}

bool nev_parallel_together(const struct nev_parallel *par, nev_team_task *task, void *arg)
{
    return par != NULL && par->parts > 1 && par->together != NULL &&
           par->together(par->pool, task, arg, par->parts);
}

void nev_parallel_range(size_t len, uint32_t part, uint32_t parts, size_t *begin, size_t *end)
{
    size_t each = len / parts, extra = len % parts;

    *begin = part * each + (part < extra ? part : extra);
    *end = *begin + each + (part < extra ? 1 : 0);
}
