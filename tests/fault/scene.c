/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */

#include "tests/fault/scene.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/weights/network.h"
#include "tools/command.h"
#include "tools/networks/seeded.h"
#include "tools/study/synth.h"

extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static char folder[256];
struct inject_log *scene_log;
char scene_text[65536];

void scene_write(const char *name, const void *data, size_t bytes)
{
    FILE *f = fopen(name, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, bytes, f), bytes);
    assert_int_equal(fclose(f), 0);
}

bool scene_is_equal(const char *a, const char *b)
{
    size_t a_bytes, b_bytes;
    uint8_t *p = nev_test_read(a, &a_bytes), *q = nev_test_read(b, &b_bytes);
    bool equal = a_bytes == b_bytes && memcmp(p, q, a_bytes) == 0;

    free(p);
    free(q);
    return equal;
}

bool scene_has_temporary(void)
{
    DIR *d = opendir(".");
    struct dirent *e;
    bool has = false;

    assert_non_null(d);
    while ((e = readdir(d)) != NULL) {
        has = has || strstr(e->d_name, ".tmp") != NULL;
    }
    closedir(d);
    return has;
}

static void redirect(int fd, const char *name)
{
    int to = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

    if (to < 0 || dup2(to, fd) != fd || close(to) != 0) {
        _exit(99);
    }
}

/* The child: one command, one fault; what is left in its hands goes into the log. */
static void run_child(const char *line, enum inject_mode mode, size_t at, int error, const char *out)
{
    static char words[1024];
    char *argv[32] = {words}, *p = words;
    int argc = 1, code;

    snprintf(words, sizeof words, "nevus %s", line);
    while ((p = strchr(p, ' ')) != NULL && argc < 31) {
        *p++ = '\0';
        argv[argc++] = p;
    }
    argv[argc] = NULL;
    redirect(1, out);
    redirect(2, ".err");
    inject_arm(mode, at, error, scene_log);
    code = (int)nev_commands_main(argc, argv);
    inject_disarm();
    fflush(stderr);
    if (__lsan_do_recoverable_leak_check != NULL && __lsan_do_recoverable_leak_check() != 0) {
        scene_log->blocks++;
    }
    _exit(code);
}

/* Runs a command in a process of its own. Returns the exit code, -N if signal N ended it. */
int scene_run(const char *line, enum inject_mode mode, size_t at, int error, const char *out)
{
    pid_t child;
    int status;
    FILE *f;

    memset(scene_log, 0, sizeof *scene_log);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        /* Whoever runs the tests in the background may ignore these, and the program would go on doing so. */
        (void)signal(SIGINT, SIG_DFL);
        (void)signal(SIGHUP, SIG_DFL);
        run_child(line, mode, at, error, out);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    f = fopen(".err", "rb");
    assert_non_null(f);
    scene_text[fread(scene_text, 1, sizeof scene_text - 1, f)] = '\0';
    fclose(f);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static const char old[] = "the old file\n";

void scene_put_old(const struct scene_command *c)
{
    size_t k;

    for (k = 0; k < 2 && c->output[k] != NULL; k++) {
        scene_write(c->output[k], old, sizeof old - 1);
    }
}

bool scene_is_old(const char *name)
{
    size_t bytes;
    uint8_t *p = nev_test_read(name, &bytes);
    bool equal = bytes == sizeof old - 1 && memcmp(p, old, bytes) == 0;

    free(p);
    return equal;
}

static void rename_same(const char *from, char to[128])
{
    snprintf(to, 128, "%s", from);
}

static void write_safetensors(void)
{
    struct network *n = network_seeded(NEV_NET_MOBILENETV2);
    struct build b = {NULL, 0, 0};

    network_safetensors(n, rename_same, 1000, &b);
    scene_write("m.safetensors", b.p, b.len);
    build_free(&b);
    network_free(n);
}

static void draw(const char *class, uint32_t number)
{
    static uint8_t picture[15 + 20 * 16 * 3] = "P6\n20 16\n255\n";
    char path[64];

    nev_synth_lesion(3, number, class[0] == 'm', 20, 16, picture + 13);
    snprintf(path, sizeof path, "set/%s/%u.ppm", class, (unsigned)number);
    scene_write(path, picture, 13 + 20 * 16 * 3);
}

/* The folder and what the commands need there. All of it is made in processes of their own: OpenMP's threads do not
 * survive a fork. */
int scene_make(void **state)
{
    static const char *const first[] = {
        "convert --seeded mobilenetv2 --size 32 -o m.nvw",
        "extract --weights m.nvw set -t 1 -o f.npy",
        "extract --weights m.nvw set -t 1 --shard 1/2 -o s1.npy",
        "extract --weights m.nvw set -t 1 --shard 2/2 -o s2.npy",
        "train --weights m.nvw set --trees 3 -t 1 -o a.nvf",
        "train --weights m.nvw set --trees 3 -t 1 --seed 2 -o b.nvf",
    };
    const char *base = getenv("TMPDIR");
    size_t k;

    (void)state;
    snprintf(folder, sizeof folder, "%s/nevus-fault-XXXXXX", base != NULL ? base : "/tmp");
    scene_log = mmap(NULL, sizeof *scene_log, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(scene_log != MAP_FAILED);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(
        system("mkdir -p set/benign set/malignant data && ln -s ../set data/train && ln -s ../set data/test"
               " && echo note >set/note && mkdir flat"),
        0);
    draw("benign", 0);
    draw("benign", 1);
    draw("malignant", 0);
    for (k = 0; k < sizeof first / sizeof first[0]; k++) {
        if (scene_run(first[k], INJECT_NOTHING, 0, 0, ".out") != 0) {
            fail_msg("nevus %s: %s", first[k], scene_text);
        }
    }
    write_safetensors();
    assert_int_equal(system("cp set/benign/0.ppm flat/0.npy && cp set/benign/1.ppm flat/1.ppm"), 0);
    return 0;
}

int scene_remove(void **state)
{
    char line[300];

    (void)state;
    snprintf(line, sizeof line, "rm -rf '%s'", folder);
    return chdir("/") + system(line);
}
