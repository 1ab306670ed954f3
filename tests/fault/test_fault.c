/* SPDX-License-Identifier: MIT */
/*
 * Every call with which a command asks the system for memory, files or threads fails once, in turn, and the command has
 * to end well: nothing lost, nothing half done, nothing left behind, and a reason said. With NEVUS_FAULTS=full every
 * call also fails from then on, and more commands are swept.
 */
#include "tests/fault/scene.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "forest/forest.h"
#include "tools/base/exit.h"
#include "tools/files/files.h"
#include "tools/tables/tables.h"

static const struct scene_command commands[] = {
    {"convert --seeded mobilenetv2 --size 32 -o out.nvw", {"out.nvw"}, false},
    {"convert m.safetensors --size 32 -o out.nvw", {"out.nvw"}, false},
    {"train --weights m.nvw set --trees 3 -t 1 -o out.nvf", {"out.nvf"}, false},
    {"train --features f.npy --labels f.csv --trees 3 -t 1 -o out.nvf", {"out.nvf"}, false},
    {"classify --weights m.nvw --forest a.nvf set/benign -t 1", {NULL}, false},
    {"classify --weights m.nvw --forest a.nvf set/benign/0.ppm -t 1 --json", {NULL}, true},
    {"classify --weights m.nvw --forest a.nvf set -t 1 --csv", {NULL}, true},
    {"extract --weights m.nvw set -t 1 -o out.npy", {"out.npy", "out.csv"}, false},
    {"extract --weights m.nvw set/benign/0.ppm -t 1 --path reference -o out.npy",
     {"out.npy", "out.csv"},
     true},
    {"predict --forest a.nvf --features f.npy -o out.npy", {"out.npy"}, false},
    {"evaluate --forest a.nvf --features f.npy --labels f.csv", {NULL}, false},
    {"evaluate --weights m.nvw --forest a.nvf set -t 1 --json", {NULL}, true},
    {"info a.nvf --importance 3", {NULL}, false},
    {"info m.nvw --layers", {NULL}, true},
    {"decode set/benign/0.ppm -o out.ppm", {"out.ppm"}, false},
    {"decode --crc set/benign/0.ppm set/benign/1.ppm", {NULL}, false},
    {"pack m.nvw -o out.nvw", {"out.nvw"}, true},
    {"table merge s1.npy s2.npy -o out.npy", {"out.npy", "out.csv"}, true},
    {"forest merge --federated a.nvf b.nvf -o out.nvf", {"out.nvf"}, true},
    {"forest export a.nvf -o out.c --header out.h", {"out.c", "out.h"}, true},
    {"forest draw a.nvf -o out.svg", {"out.svg"}, true},
    {"reproduce data --weights m.nvw --seeds 2 --trees 3 -t 1", {NULL}, true},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static bool is_full(void)
{
    const char *value = getenv("NEVUS_FAULTS");

    return value != NULL && strcmp(value, "full") == 0;
}

/* Done, though some pictures were bad: then what was written is whole. */
static bool is_whole(const char *name)
{
    const char *dot = strrchr(name, '.');
    struct nev_forest forest;
    struct nev_matrix matrix;
    struct nev_error err;
    struct nev_file file;
    bool whole;

    if (strcmp(dot, ".npy") == 0) {
        whole = nev_matrix_read(&matrix, name) == NEV_EXIT_OK;
        nev_matrix_free(&matrix);
        return whole;
    }
    if (strcmp(dot, ".nvf") == 0) {
        assert_int_equal(nev_file_map(&file, name, UINT64_MAX, &err), NEV_OK);
        whole = nev_forest_open(&forest, file.data, file.bytes, &err) == NEV_OK;
        nev_file_close(&file);
        return whole;
    }
    return !scene_is_old(name);
}

/* What the run with no fault wrote, kept beside: base.0, base.1 and base.out. */
static void keep_base(const struct scene_command *c, size_t *calls)
{
    static const char *const names[] = {"base.0", "base.1"};
    size_t k;

    scene_put_old(c);
    if (scene_run(c->line, INJECT_NOTHING, 0, 0, "base.out") != 0) {
        fail_msg("nevus %s: %s", c->line, scene_text);
    }
    *calls = scene_log->calls;
    assert_int_equal(scene_log->blocks, 0);
    assert_int_equal(scene_log->files, 0);
    assert_int_equal(scene_log->maps, 0);
    for (k = 0; k < 2 && c->output[k] != NULL; k++) {
        assert_false(scene_is_old(c->output[k]));
        assert_int_equal(rename(c->output[k], names[k]), 0);
    }
}

static bool is_documented(int code)
{
#define IS_CODE(name, number, what) || code == number
    return false NEV_EXIT_LIST(IS_CODE);
#undef IS_CODE
}

/* The code that a failure of this kind may lead to, beside 0 with everything done. */
static bool is_fitting(int code)
{
    switch (scene_log->kind) {
    case INJECT_MEMORY:
        return code == NEV_EXIT_MEMORY;
    case INJECT_OPEN:
    case INJECT_READ:
    case INJECT_STAT:
        /* PARTIAL and DATA: the picture or folder that could not be read is named and missed. */
        return code == NEV_EXIT_IO || code == NEV_EXIT_PARTIAL || code == NEV_EXIT_DATA;
    case INJECT_HINT:
        return false;
    default:
        return code == NEV_EXIT_IO;
    }
}

/* NULL, or what is wrong with how a command with a fault ended. */
static const char *judge(const struct scene_command *c, int code)
{
    static const char *const base[] = {"base.0", "base.1"};
    size_t k;
    bool has_temporary;

    has_temporary = scene_has_temporary();
    if (has_temporary) {
        return "left a temporary file";
    }
    if (code < 0) {
        return "was ended by a signal";
    }
    if (!is_documented(code) || code == NEV_EXIT_USAGE || code == NEV_EXIT_INTERNAL) {
        return "ended with a code that says something else";
    }
    if (scene_log->blocks != 0 || scene_log->files != 0 || scene_log->maps != 0) {
        return "kept memory, a file or a mapping";
    }
    for (k = 0; k < 2 && c->output[k] != NULL; k++) {
        if (code == 0
                ? !scene_is_equal(c->output[k], base[k])
                : !scene_is_old(c->output[k]) && !(code == NEV_EXIT_PARTIAL && is_whole(c->output[k]))) {
            return code == 0 ? "wrote something else" : "touched the old file";
        }
    }
    if (code == 0) {
        return scene_is_equal(".out", "base.out") ? NULL : "printed something else";
    }
    if (strncmp(scene_text, "nevus: ", 7) != 0 || strchr(scene_text, '\n') == NULL) {
        return "did not say why";
    }
    return is_fitting(code) ? NULL : "ended with a code of another kind";
}

static void check(const struct scene_command *c, int code, const char *how, size_t at, size_t *bad)
{
    const char *wrong = judge(c, code);

    if (getenv("NEVUS_FAULTS_SHOW") != NULL) {
        printf("# %-8s call %3zu %-13s -> %2d %.100s\n", how, at, scene_log->name, code, scene_text);
    }
    if (wrong != NULL) {
        printf("# nevus %s: %s, call %zu (%s, kind %d): ended with %d and %s: %.300s\n", c->line, how, at,
               scene_log->name, (int)scene_log->kind, code, wrong, scene_text);
        ++*bad;
    }
    scene_put_old(c);
}

static void sweep(const struct scene_command *c, size_t *runs, size_t *bad, size_t of_kind[INJECT_KINDS])
{
    size_t calls, at;

    keep_base(c, &calls);
    scene_put_old(c);
    for (at = 0; at < INJECT_KINDS; at++) {
        of_kind[at] += scene_log->of_kind[at];
    }
    for (at = 0; at < calls; at++) {
        int code = scene_run(c->line, INJECT_ONCE, at, ENOSPC, ".out");

        assert_int_equal(scene_log->fired, 1);
        check(c, code, "once", at, bad);
        ++*runs;
        if (is_full()) {
            check(c, scene_run(c->line, INJECT_ONWARD, at, EIO, ".out"), "onward", at, bad);
            ++*runs;
        }
    }
    check(c, scene_run(c->line, INJECT_PIECES, 0, 0, ".out"), "pieces", 0, bad);
    if (scene_log->fired != 0 || !scene_is_equal(".out", "base.out")) {
        printf("# nevus %s: in pieces: %s\n", c->line, scene_text);
        ++*bad;
    }
}

/* Verifies: NEV-SAFE-030 (each call fails in turn), NEV-SAFE-031 (short and interrupted reads and writes) */
static void test_calls(void **state)
{
    size_t runs = 0, bad = 0, k, of_kind[INJECT_KINDS] = {0};

    (void)state;
    for (k = 0; k < COMMANDS; k++) {
        if (is_full() || !commands[k].is_full) {
            sweep(&commands[k], &runs, &bad, of_kind);
        }
    }
    printf("# %zu runs with a fault: memory %zu, open %zu, read %zu, stat %zu, create %zu, write %zu, sync "
           "%zu, close "
           "%zu, rename %zu, other %zu\n",
           runs, of_kind[INJECT_MEMORY], of_kind[INJECT_OPEN], of_kind[INJECT_READ], of_kind[INJECT_STAT],
           of_kind[INJECT_CREATE], of_kind[INJECT_WRITE], of_kind[INJECT_SYNC], of_kind[INJECT_CLOSE],
           of_kind[INJECT_RENAME], of_kind[INJECT_HINT]);
    for (k = 0; k < INJECT_THREAD; k++) {
        assert_true(of_kind[k] > 0);
    }
    assert_int_equal(bad, 0);
}

/* The commands that are always swept and write a file, as a loop over them. */
#define FOR_WRITERS(c)                                                                                       \
    for ((c) = commands; (c) < commands + COMMANDS; (c)++)                                                   \
        if (!(c)->is_full && (c)->output[0] != NULL)

/* Verifies: NEV-SAFE-032 (room for some bytes only: none, some, all but one) */
static void test_full_disk(void **state)
{
    size_t calls, bytes, bad = 0, k;
    const struct scene_command *c;

    (void)state;
    FOR_WRITERS(c)
    {
        keep_base(c, &calls);
        scene_put_old(c);
        bytes = scene_log->bytes;
        assert_true(bytes > 100);
        for (k = 0; k < 4; k++) {
            const size_t room[] = {0, 1, 100, bytes - 1};
            int code = scene_run(c->line, INJECT_FULL, room[k], 0, ".out");

            assert_int_equal(scene_log->fired, 1);
            scene_log->kind = INJECT_WRITE;
            bad += code != NEV_EXIT_IO || strstr(scene_text, "the disk is full") == NULL ? 1 : 0;
            check(c, code, "full", room[k], &bad);
        }
        check(c, scene_run(c->line, INJECT_FULL, bytes, 0, ".out"), "full", bytes, &bad);
        assert_int_equal(scene_log->fired, 0);
    }
    assert_int_equal(bad, 0);
}

/* Verifies: NEV-SAFE-032 (standard output that takes nothing: said, and what was written to a file stays whole) */
static void test_full_output(void **state)
{
    static const char *const base[] = {"base.0", "base.1"};
    size_t calls, k, seen = 0, i;

    (void)state;
    for (i = 0; i < COMMANDS; i++) {
        const struct scene_command *c = &commands[i];
        bool is_silent;

        if (c->is_full && !is_full()) {
            continue;
        }
        keep_base(c, &calls);
        scene_put_old(c);
        scene_write(".out", "", 0);
        is_silent = scene_is_equal("base.out", ".out");
        assert_int_equal(scene_run(c->line, INJECT_NOTHING, 0, 0, "/dev/full"), is_silent ? 0 : NEV_EXIT_IO);
        assert_true(is_silent || strstr(scene_text, "nevus: standard output: writing failed") != NULL);
        for (k = 0; k < 2 && c->output[k] != NULL; k++) {
            assert_true(scene_is_equal(c->output[k], base[k]));
        }
        seen += is_silent ? 0 : 1;
    }
    assert_true(seen > 4);
}

/* Verifies: NEV-SAFE-033 (threads that do not start) */
static void test_threads(void **state)
{
    static const struct scene_command with_threads[] = {
        {"train --weights m.nvw set --trees 3 -t 4 -o out.nvf", {"out.nvf"}, false},
        {"train --features f.npy --labels f.csv --trees 3 -t 4 -o out.nvf", {"out.nvf"}, false},
        {"extract --weights m.nvw set -t 4 -o out.npy", {"out.npy", "out.csv"}, false},
        {"classify --weights m.nvw --forest a.nvf set -t 4", {NULL}, false},
    };
    size_t calls, bad = 0, k, at;

    (void)state;
    for (k = 0; k < sizeof with_threads / sizeof with_threads[0]; k++) {
        const struct scene_command *c = &with_threads[k];

        keep_base(c, &calls);
        scene_put_old(c);
        if (scene_log->threads == 0) {
            skip(); /* built without OpenMP: there are none */
        }
        for (at = 0; at < 4; at++) {
            int code = scene_run(c->line, INJECT_THREADS, at, 0, ".out");

            scene_log->blocks = scene_log->files = scene_log->maps = 0; /* the process ended in the middle */
            scene_log->kind = INJECT_MEMORY;
            if (scene_log->fired > 0 &&
                (code != NEV_EXIT_MEMORY || strstr(scene_text, "\nnevus: ended by the threads'") == NULL)) {
                printf("# nevus %s: thread %zu: %d, %s\n", c->line, at, code, scene_text);
                bad++;
            }
            for (calls = 0; code != 0 && calls < 2 && c->output[calls] != NULL; calls++) {
                bad += scene_is_old(c->output[calls]) ? 0 : 1;
            }
            bad += at == 0 && scene_log->fired == 0 ? 1 : 0;
            if (code == 0) {
                check(c, code, "thread", at, &bad);
            }
            scene_write(".none", "", 0);
            bad += code != 0 && !scene_is_equal(".out", ".none") ? 1 : 0;
            scene_put_old(c);
        }
    }
    assert_int_equal(bad, 0);
}

/* Verifies: NEV-SAFE-034 (a mapped file that another program cuts) */
static void test_cut(void **state)
{
    static const struct {
        const char *line, *victim;
        size_t mapping;
    } cuts[] = {
        {"train --weights m.nvw set --trees 3 -t 1 -o out.nvf", "m.nvw", 0},
        {"train --features f.npy --labels f.csv -o out.nvf", "f.npy", 0},
        {"train --features f.npy --labels f.csv -o out.nvf", "f.csv", 1},
        {"classify --weights m.nvw --forest a.nvf set -t 1", "a.nvf", 0},
        {"classify --weights m.nvw --forest a.nvf set -t 1", "m.nvw", 1},
        {"convert m.safetensors --size 32 -o out.nvf", "m.safetensors", 0},
        {"predict --forest a.nvf --features f.npy -o out.npy", "f.npy", 1},
    };
    char expected[128];
    size_t k;

    (void)state;
    for (k = 0; k < sizeof cuts / sizeof cuts[0]; k++) {
        struct scene_command c = {cuts[k].line, {"out.nvf", "out.npy"}, false};
        bool has_temporary;
        int code;

        scene_put_old(&c);
        snprintf(expected, sizeof expected, "cp %s keep", cuts[k].victim);
        assert_int_equal(system(expected), 0);
        code = scene_run(cuts[k].line, INJECT_CUT, cuts[k].mapping, 0, ".out");
        assert_int_equal(scene_log->fired, 1);
        assert_int_equal(rename("keep", cuts[k].victim), 0);
        snprintf(expected, sizeof expected, "nevus: %s: was shortened by another program", cuts[k].victim);
        if (code != NEV_EXIT_IO || strstr(scene_text, expected) == NULL) {
            fail_msg("nevus %s: %d, %s", cuts[k].line, code, scene_text);
        }
        assert_true(scene_is_old("out.nvf") && scene_is_old("out.npy"));
        has_temporary = scene_has_temporary();
        assert_false(has_temporary);
    }
}

/* Verifies: NEV-SAFE-035 (a signal before every call of a command that writes a file) */
static void test_signals(void **state)
{
    static const struct scene_command c = {
        "predict --forest a.nvf --features f.npy -o out.npy", {"out.npy", NULL}, false};
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGABRT};
    size_t calls, at, bad = 0;
    bool has_temporary;

    (void)state;
    keep_base(&c, &calls);
    scene_put_old(&c);
    for (at = 0; at < calls; at++) {
        int code = scene_run(c.line, INJECT_SIGNAL, at, signals[at % 4], ".out");

        has_temporary = scene_has_temporary();
        assert_int_equal(scene_log->fired, 1);
        if (code != -signals[at % 4] || has_temporary ||
            (!scene_is_old(c.output[0]) && !scene_is_equal(c.output[0], "base.0"))) {
            printf("# signal %d before call %zu: %d%s\n", signals[at % 4], at, code,
                   has_temporary ? ", and left a temporary" : "");
            bad++;
        }
        scene_put_old(&c);
    }
    assert_int_equal(bad, 0);
}

/* Where the message says that the old content of out.csv lies; is it there? */
static bool is_kept_beside(void)
{
    const char *name = strstr(scene_text, ".nevus-");
    char path[64];
    size_t len = name == NULL ? 0 : strcspn(name, ")\n");
    bool is_there;

    if (name == NULL || len >= sizeof path) {
        return false;
    }
    memcpy(path, name, len);
    path[len] = '\0';
    is_there = scene_is_old(path);
    assert_int_equal(unlink(path), 0);
    return is_there;
}

static const struct scene_command pairs[] = {
    {"extract --weights m.nvw set/benign/0.ppm -t 1 -o out.npy", {"out.csv", "out.npy"}, false},
    {"table merge s1.npy s2.npy -o out.npy", {"out.csv", "out.npy"}, false},
    {"forest export a.nvf -o out.npy --header out.csv", {"out.csv", "out.npy"}, false},
    {"predict --forest a.nvf --features f.npy -o out.npy --decisions out.csv", {"out.csv", "out.npy"}, false},
};

/* Verifies: NEV-SAFE-045 (two files: everything fails from some call on, and no old file is lost) */
static void test_pair(void **state)
{
    size_t calls, at, k, bad = 0, beside = 0;

    (void)state;
    for (k = 0; k < sizeof pairs / sizeof pairs[0]; k++) {
        keep_base(&pairs[k], &calls);
        scene_put_old(&pairs[k]);
        for (at = 0; at < calls; at++) {
            int code = scene_run(pairs[k].line, INJECT_ALL, at, EIO, ".out");
            bool is_old = scene_is_old("out.csv"), is_new = scene_is_equal("out.csv", "base.0");

            if (code != 0 && !is_old) {
                is_old = is_kept_beside();
                beside++;
            }
            if (scene_has_temporary() || (code == 0 ? !is_new || !scene_is_equal("out.npy", "base.1")
                                                    : !is_old || !scene_is_old("out.npy"))) {
                printf("# nevus %s: all from call %zu (%s): ended with %d: %.300s\n", pairs[k].line, at,
                       scene_log->name, code, scene_text);
                bad++;
            }
            scene_put_old(&pairs[k]);
        }
    }
    assert_int_equal(bad, 0);
    assert_true(beside > 0);
}

/* Verifies: NEV-SAFE-045 (two new files: neither is left if the second cannot be; a signal leaves both old or both new) */
static void test_pair_names(void **state)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGABRT};
    const struct scene_command *c = &pairs[1];
    size_t calls, at, bad = 0;

    (void)state;
    keep_base(c, &calls);
    for (at = 0; at < calls; at++) {
        assert_true(unlink("out.csv") == 0 || errno == ENOENT);
        assert_true(unlink("out.npy") == 0 || errno == ENOENT);
        if (scene_run(c->line, INJECT_ONCE, at, ENOSPC, ".out") != 0 &&
            (access("out.csv", F_OK) == 0 || access("out.npy", F_OK) == 0)) {
            printf("# call %zu (%s): left a new file\n", at, scene_log->name);
            bad++;
        }
        scene_put_old(c);
        (void)scene_run(c->line, INJECT_SIGNAL, at, signals[at % 4], ".out");
        if (scene_has_temporary() ||
            (!(scene_is_old("out.csv") && scene_is_old("out.npy")) &&
             !(scene_is_equal("out.csv", "base.0") && scene_is_equal("out.npy", "base.1")))) {
            printf("# signal before call %zu (%s): one is old and one is new\n", at, scene_log->name);
            bad++;
        }
        scene_put_old(c);
    }
    assert_int_equal(bad, 0);
}

/* Verifies: NEV-SAFE-046 (an output that is an input is refused, whichever call fails meanwhile) */
static void test_collision(void **state)
{
    static const struct scene_command collisions[] = {
        {"train --weights m.nvw set --trees 3 -t 1 -o set/benign/0.ppm", {NULL}, false},
        {"extract --weights m.nvw set/benign/0.ppm flat -t 1 -o flat/0.npy", {NULL}, false},
        {"table merge s1.npy s2.npy -o s2.npy", {NULL}, false},
    };
    static const char *const victims[] = {"set/benign/0.ppm", "flat/0.npy", "s2.npy"};
    size_t calls, at, k, bad = 0;

    (void)state;
    for (k = 0; k < sizeof collisions / sizeof collisions[0]; k++) {
        char line[128];

        snprintf(line, sizeof line, "cp %s keep", victims[k]);
        assert_int_equal(system(line), 0);
        assert_int_equal(scene_run(collisions[k].line, INJECT_NOTHING, 0, 0, ".out"), NEV_EXIT_USAGE);
        calls = scene_log->calls;
        assert_true(calls > 1);
        for (at = 0; at < calls; at++) {
            int code = scene_run(collisions[k].line, INJECT_ONCE, at, ENOSPC, ".out");
            bool is_said = code == NEV_EXIT_USAGE || code == NEV_EXIT_IO || code == NEV_EXIT_MEMORY;

            if (!is_said || !scene_is_equal(victims[k], "keep")) {
                printf("# nevus %s: call %zu (%s): ended with %d: %.300s\n", collisions[k].line, at,
                       scene_log->name, code, scene_text);
                bad++;
            }
        }
    }
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),   cmocka_unit_test(test_full_disk),  cmocka_unit_test(test_full_output),
        cmocka_unit_test(test_threads), cmocka_unit_test(test_cut),        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_pair),    cmocka_unit_test(test_pair_names), cmocka_unit_test(test_collision),
    };

    return cmocka_run_group_tests_name("fault", tests, scene_make, scene_remove);
}
