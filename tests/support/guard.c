/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */

#include "tests/support/guard.h"

#include "tests/support/test.h"

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

void nev_test_guarded_make(struct nev_test_guarded *g, size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = (len * sizeof(float) + page - 1) / page * page;

    g->map_bytes = bytes + 2 * page;
    g->map = mmap(NULL, g->map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(g->map != MAP_FAILED);
    assert_int_equal(mprotect(g->map, page, PROT_NONE), 0);
    assert_int_equal(mprotect(g->map + page + bytes, page, PROT_NONE), 0);
    g->data = (float *)(void *)(g->map + page + bytes - len * sizeof(float));
    g->len = len;
}

void nev_test_guarded_free(struct nev_test_guarded *g)
{
    munmap(g->map, g->map_bytes);
}

void nev_test_guarded_fill(struct nev_test_guarded *g, enum nev_test_fill how, uint64_t *seed)
{
    for (size_t i = 0; i < g->len; i++) {
        uint32_t r = nev_test_random(seed);

        if (how == NEV_TEST_INTEGERS) {
            g->data[i] = (float)((int)(r % 8) + 1) * ((r & 0x100) != 0 ? 1.0f : -1.0f);
        } else {
            g->data[i] = ldexpf((float)(int32_t)r, -31 - (int)(r % 7));
        }
    }
}
