/* SPDX-License-Identifier: MIT */
/*
 * scene.h - a folder with a small model, a forest, tables and pictures, and commands that run there with a fault.
 */
#ifndef NEV_TESTS_FAULT_SCENE_H
#define NEV_TESTS_FAULT_SCENE_H

#include "tests/support/test.h"

#include <stdbool.h>

#include "tests/fault/inject.h"

/* A command, as typed in the folder, and the files it writes there. */
struct scene_command {
    const char *line;
    const char *output[2];
    bool is_full; /* swept only with NEVUS_FAULTS=full */
};

extern struct inject_log *scene_log; /* what the last command asked of the system */
extern char scene_text[65536];       /* and said on standard error */

/* scene_make, scene_remove - group set-up and teardown: the folder, which becomes the current one. */
int scene_make(void **state);
int scene_remove(void **state);

/* scene_run - a command in a process of its own, standard output to the file `out`; its exit code, or -N if signal N
 * ended it. */
int scene_run(const char *line, enum inject_mode mode, size_t at, int error, const char *out);

/* scene_put_old - gives the outputs a content that no command writes; scene_is_old - it is still there. */
void scene_put_old(const struct scene_command *c);
bool scene_is_old(const char *name);

void scene_write(const char *name, const void *data, size_t bytes);
bool scene_is_equal(const char *a, const char *b);
bool scene_has_temporary(void);

#endif
