/* SPDX-License-Identifier: MIT */
#include "nn/base/parallel.h"

struct nev_parallel nev_parallel_serial(void)
{
    struct nev_parallel par = {1, NULL, NULL};

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
#endif

struct nev_parallel nev_parallel_threads(uint32_t threads)
{
    struct nev_parallel par = nev_parallel_serial();

#if defined(_OPENMP)
    par.parts = threads < 1 ? 1 : threads > NEV_THREADS_MAX ? NEV_THREADS_MAX : threads;
    par.run = run_openmp;
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

void nev_parallel_range(size_t len, uint32_t part, uint32_t parts, size_t *begin, size_t *end)
{
    size_t each = len / parts, extra = len % parts;

    *begin = part * each + (part < extra ? part : extra);
    *end = *begin + each + (part < extra ? 1 : 0);
}
