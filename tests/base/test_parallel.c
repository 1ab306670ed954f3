/* SPDX-License-Identifier: MIT */
/*
 * Teams (parallel.c): every part at the same time, held at every barrier until all have come, whoever is late.
 */
#include "tests/support/test.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "nn/base/parallel.h"

#define ROUNDS    400u
#define PARTS_MAX 9u

struct rounds {
    uint32_t done[PARTS_MAX]; /* plain: the barrier alone makes them visible */
    _Atomic uint32_t wrong, members;
    uint32_t late; /* every so many rounds one part sleeps, longer than others spin; 0: never */
};

static void go_round(void *arg, const struct nev_member *member)
{
    const struct timespec nap = {0, 3000000};
    struct rounds *rounds = arg;

    rounds->members++;
    for (uint32_t k = 1; k <= ROUNDS; k++) {
        if (rounds->late != 0 && k % rounds->late == 0 && k / rounds->late % member->parts == member->part) {
            nanosleep(&nap, NULL);
        }
        rounds->done[member->part] = k;
        member->wait(member->team);
        for (uint32_t p = 0; p < member->parts; p++) {
            rounds->wrong += rounds->done[p] != k;
        }
        member->wait(member->team);
    }
}

/* Verifies: NEV-NN-063 */
static void test_team(void **state)
{
    static const uint32_t parts[] = {2, 3, 7, PARTS_MAX}, late[] = {0, 37};
    const struct nev_parallel serial = nev_parallel_serial();

    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        for (size_t j = 0; j < sizeof late / sizeof late[0]; j++) {
            struct nev_parallel par = nev_parallel_threads(parts[i]);
            struct rounds rounds;

            memset(&rounds, 0, sizeof rounds);
            rounds.late = late[j];
            if (par.parts == 1) { /* a build without threads */
                assert_false(nev_parallel_together(&par, go_round, &rounds));
                assert_int_equal(rounds.members, 0);
                continue;
            }
            assert_true(nev_parallel_together(&par, go_round, &rounds));
            assert_int_equal(rounds.members, par.parts);
            assert_int_equal(rounds.wrong, 0);
            for (uint32_t p = 0; p < par.parts; p++) {
                assert_int_equal(rounds.done[p], ROUNDS);
            }
        }
    }
    assert_false(nev_parallel_together(&serial, go_round, NULL));
    assert_false(nev_parallel_together(NULL, go_round, NULL));
}

static void try_inside(void *arg, uint32_t part, uint32_t parts)
{
    struct nev_parallel par = nev_parallel_threads(3);
    struct rounds rounds;

    (void)part;
    (void)parts;
    memset(&rounds, 0, sizeof rounds);
    if (nev_parallel_together(&par, go_round, &rounds) ? rounds.members != par.parts : rounds.members != 0) {
        (*(_Atomic uint32_t *)arg)++;
    }
}

/* Verifies: NEV-NN-063 (inside a task of the same pool, where OpenMP gives no more threads unless told to) */
static void test_team_inside_a_task(void **state)
{
    struct nev_parallel par = nev_parallel_threads(2);
    _Atomic uint32_t wrong = 0;

    (void)state;
    nev_parallel_run(&par, try_inside, &wrong);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_team),
                                       cmocka_unit_test(test_team_inside_a_task)};

    return cmocka_run_group_tests_name("parallel", tests, NULL, NULL);
}
