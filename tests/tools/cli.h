/* SPDX-License-Identifier: MIT */
/*
 * cli.h - running the built program from a test, in a fresh folder, and looking at what it did.
 */
#ifndef NEV_TESTS_TOOLS_CLI_H
#define NEV_TESTS_TOOLS_CLI_H

#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nn/nn.h"
#include "tools/base/exit.h"
#include "tools/networks/seeded.h"
#include "tools/study/synth.h"

#define CLI_TEXT_LEN 65536

static char cli_folder[256];                              /* the tests' own folder; commands run in it */
static char cli_out[CLI_TEXT_LEN], cli_err[CLI_TEXT_LEN]; /* what the last command printed */

static inline void cli_slurp(const char *name, char *text)
{
    char path[400];
    FILE *f;
    size_t n;

    snprintf(path, sizeof path, "%s/%s", cli_folder, name);
    f = fopen(path, "rb");
    assert_non_null(f);
    n = fread(text, 1, CLI_TEXT_LEN - 1, f);
    text[n] = '\0';
    fclose(f);
}

/* Runs a shell line in the folder; $nevus is the program. Returns its exit status. OpenMP's threads are told to sleep
 * while they wait: tests share the processors with other tests. */
static inline int cli(const char *line)
{
    const char *build = getenv("BUILD"), *run = getenv("RUN");
    char here[1024], full[4096];
    int status;

    assert_non_null(getcwd(here, sizeof here));
    snprintf(full, sizeof full,
             "export OMP_WAIT_POLICY=passive; nevus=\"%s %s%s%s/nevus\"; cd '%s' && { %s\n} >.out 2>.err",
             run != NULL ? run : "", build != NULL && build[0] == '/' ? "" : here,
             build != NULL && build[0] == '/' ? "" : "/", build != NULL ? build : "build", cli_folder, line);
    status = system(full);
    cli_slurp(".out", cli_out);
    cli_slurp(".err", cli_err);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Runs it and checks the exit code and that a message contains a text. */
static inline void cli_fails(int code, const char *message, const char *line)
{
    int got = cli(line);

    if (got != code || strstr(cli_err, message) == NULL) {
        fail_msg("%s\n  ended with %d, not %d, or did not say '%s' but: %s", line, got, code, message,
                 cli_err);
    }
}

static inline void cli_works(const char *line)
{
    int got = cli(line);

    if (got != 0) {
        fail_msg("%s\n  ended with %d: %s", line, got, cli_err);
    }
}

/* A drawing as PPM. */
static inline void cli_draw(const char *name, uint32_t number, bool is_malignant)
{
    static uint8_t rgb[48 * 40 * 3];
    char path[600];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", cli_folder, name);
    nev_synth_lesion(3, number, is_malignant, 48, 40, rgb);
    f = fopen(path, "wb");
    assert_non_null(f);
    fprintf(f, "P6\n48 40\n255\n");
    assert_int_equal(fwrite(rgb, 1, sizeof rgb, f), sizeof rgb);
    assert_int_equal(fclose(f), 0);
}

/* Seeded weights for a small picture, so that a test is quick. */
static inline void cli_weights(const char *name, enum nev_net net, uint32_t seed)
{
    struct nev_model model;
    char path[600];

    snprintf(path, sizeof path, "%s/%s", cli_folder, name);
    nev_net_model(net, &model);
    model.prep.width = 32;
    model.prep.height = 32;
    assert_int_equal(nev_seeded_write(&model, seed, path), NEV_EXIT_OK);
}

/* The folder with a model m.nvw and a data set set/{train,test}/{benign,malignant} of 4 + 2 drawings each. */
static inline int cli_setup(void **state)
{
    const char *tmp = getenv("TMPDIR");
    char name[64];
    uint32_t i;

    (void)state;
    snprintf(cli_folder, sizeof cli_folder, "%s/nevus-cli-XXXXXX", tmp != NULL ? tmp : "/tmp");
    assert_non_null(mkdtemp(cli_folder));
    cli_works("mkdir -p set/train/benign set/train/malignant set/test/benign set/test/malignant");
    for (i = 0; i < 12; i++) {
        snprintf(name, sizeof name, "set/%s/%s/%u.ppm", i % 6 < 4 ? "train" : "test",
                 i < 6 ? "benign" : "malignant", (unsigned)(i % 6));
        cli_draw(name, i % 6, i >= 6);
    }
    cli_weights("m.nvw", NEV_NET_MOBILENETV2, 1);
    return 0;
}

static inline int cli_teardown(void **state)
{
    char line[400];

    (void)state;
    snprintf(line, sizeof line, "rm -rf '%s'", cli_folder);
    return system(line);
}

#endif
