/* SPDX-License-Identifier: MIT */
#include "bench/start.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/isolate.h"
#include "tools/base/report.h"

#define RUNS_DEFAULT 7u
#define AFTERWARDS   5u
#define LINE_LEN     512u

/* What a started process says in one line; the digest and three names follow. */
enum { DONE, OPEN, VERIFY, PACK, PICTURE, RUN, INFERENCE, RSS, NUMBERS };

enum nev_exit nev_bench_first(const struct nev_bench_case *what)
{
    double number[NUMBERS] = {0.0}, began;
    static struct nev_bench_rig rig;
    static struct nev_bench_samples again;
    char hex[NEV_SHA256_HEX_BYTES];
    enum nev_exit code = nev_bench_rig_open(&rig, what);

    if (code == NEV_EXIT_OK) {
        began = nev_bench_wall_ms();
        code = nev_bench_rig_run(&rig);
        number[DONE] = nev_bench_wall_ms();
        number[RUN] = number[DONE] - began;
    }
    if (code != NEV_EXIT_OK) {
        return code;
    }
    number[OPEN] = rig.open_ms;
    number[VERIFY] = rig.verify_ms;
    number[PACK] = rig.pack_ms;
    number[PICTURE] = rig.picture_ms;
    number[RSS] = nev_bench_rss_mb();
    nev_bench_rig_digest(&rig, hex);
    for (unsigned i = 0; i < AFTERWARDS && code == NEV_EXIT_OK; i++) {
        began = nev_bench_wall_ms();
        code = nev_bench_rig_run(&rig);
        nev_bench_add(&again, nev_bench_wall_ms() - began);
    }
    number[INFERENCE] = nev_bench_min(&again);
    for (int i = 0; i < NUMBERS; i++) {
        printf("%.6f ", number[i]);
    }
    printf("%s %s %s %s\n", hex, nev_net_name(rig.weights.model.net), nev_kernels_name(rig.run.kernels),
           rig.weights.form == NEV_FORM_PACKED ? "packed" : "canonical");
    nev_bench_rig_close(&rig);
    return code;
}

/* Replaces this process by a fresh one of the same program. */
static void be_first(const char *program, const struct nev_bench_case *what, const char *isa)
{
    static const char *const paths[NEV_PATH_LEN] = {"fast", "direct", "reference"};
    char threads[16], *argv[16];
    const char *const words[] = {program,     "--first",
                                 "--weights", what->model,
                                 "--isa",     isa,
                                 "--threads", threads,
                                 "--path",    paths[what->path],
                                 "--verify",  what->is_trusted ? "head" : "full",
                                 NULL};

    snprintf(threads, sizeof threads, "%" PRIu32, what->threads);
    memcpy(argv, words, sizeof words); /* execvp changes no argument */
    execvp(program, argv);
    _exit((int)NEV_EXIT_INTERNAL);
}

/* One start; its line in text. */
static enum nev_exit start_once(const char *program, const struct nev_bench_case *what, const char *isa,
                                char text[LINE_LEN], double *began_ms)
{
    int ends[2], status = 0;
    FILE *from;
    pid_t child;

    text[0] = '\0';
    fflush(NULL);
    if (pipe(ends) != 0) {
        return nev_report_text(NEV_EXIT_INTERNAL, NULL, "no pipe to a measuring process");
    }
    *began_ms = nev_bench_wall_ms();
    child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        be_first(program, what, isa);
    }
    close(ends[1]);
    from = fdopen(ends[0], "r");
    if (from == NULL || fgets(text, LINE_LEN, from) == NULL) {
        text[0] = '\0';
    }
    if (from != NULL) {
        fclose(from);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (child > 0 && WIFEXITED(status) && (text[0] != '\0' || WEXITSTATUS(status) != 0)) {
        return (enum nev_exit)WEXITSTATUS(status);
    }
    return nev_report_text(NEV_EXIT_INTERNAL, program, "could not be started again, or died");
}

static bool take_line(const char *text, double began_ms, struct nev_bench_samples sample[NUMBERS],
                      struct nev_bench_start *out)
{
    char sha256[NEV_SHA256_HEX_BYTES], *end;

    for (int i = 0; i < NUMBERS; i++) {
        double v = strtod(text, &end);

        if (end == text) {
            return false;
        }
        nev_bench_add(&sample[i], i == DONE ? v - began_ms : v);
        text = end;
    }
    if (sscanf(text, " %64s %15s %15s %15s", sha256, out->network, out->isa, out->form) != 4) {
        return false;
    }
    if (out->runs > 0 && strcmp(out->sha256, sha256) != 0) {
        return false; /* other features than the last time */
    }
    memcpy(out->sha256, sha256, sizeof sha256);
    out->runs++;
    return true;
}

/* Into the page cache, or out of it. */
static enum nev_exit prepare(const char *model, bool is_cold)
{
    enum nev_exit code = NEV_EXIT_OK;
    static char block[1 << 16];
    int fd = open(model, O_RDONLY);

    if (fd < 0) {
        return nev_report_text(NEV_EXIT_IO, model, "cannot be opened");
    }
    if (is_cold) {
#if defined(POSIX_FADV_DONTNEED)
        fsync(fd); /* pages not yet on the disk cannot be dropped */
        if (posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0) {
            code = nev_report_text(NEV_EXIT_UNSUPPORTED, model, "its pages cannot be dropped from the cache");
        }
#else
        code = nev_report_text(NEV_EXIT_UNSUPPORTED, model, "this system cannot drop a file from its cache");
#endif
    } else {
        while (read(fd, block, sizeof block) > 0) {
        }
    }
    close(fd);
    return code;
}

enum nev_exit nev_bench_start_measure(const char *program, const struct nev_bench_case *what, const char *isa,
                                      bool is_cold, uint64_t runs, struct nev_bench_start *out)
{
    static struct nev_bench_samples sample[NUMBERS];
    enum nev_exit code = NEV_EXIT_OK;
    char text[LINE_LEN];
    double began_ms = 0.0;

    memset(sample, 0, sizeof sample);
    memset(out, 0, sizeof *out);
    for (uint64_t i = 0; code == NEV_EXIT_OK && i < (runs > 0 ? runs : RUNS_DEFAULT); i++) {
        code = prepare(what->model, is_cold);
        if (code == NEV_EXIT_OK) {
            code = start_once(program, what, isa, text, &began_ms);
        }
        if (code == NEV_EXIT_OK && !take_line(text, began_ms, sample, out)) {
            code =
                nev_report_text(NEV_EXIT_INTERNAL, program, "a started process gave no figures, or others");
        }
    }
    out->start = nev_bench_median(&sample[DONE]);
    out->open = nev_bench_median(&sample[OPEN]);
    out->verify = nev_bench_median(&sample[VERIFY]);
    out->pack = nev_bench_median(&sample[PACK]);
    out->picture = nev_bench_median(&sample[PICTURE]);
    out->run = nev_bench_median(&sample[RUN]);
    out->inference = nev_bench_min(&sample[INFERENCE]);
    out->rss_mb = nev_bench_median(&sample[RSS]);
    return code;
}
