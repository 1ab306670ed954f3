/* SPDX-License-Identifier: MIT */
#include "tools/files/ending.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/exit.h"
#include "tools/base/report.h"
#include "tools/files/files.h"

struct kept {
    volatile sig_atomic_t is_kept; /* set last, cleared first: a signal may come between any two statements */
    const void *data;              /* NULL: a file to remove */
    size_t bytes;
    const char *name; /* of what is mapped */
    char path[NEV_WRITER_PATH_LEN];
    char target[NEV_WRITER_PATH_LEN]; /* not empty: path takes this name */
};

static struct kept kept[2 * NEV_ENDING_FILES];
static volatile sig_atomic_t is_running;

/* Everything below may run inside a signal handler: only functions that POSIX allows there. */
static void say(const char *text)
{
    const char *p = text;
    size_t left = strlen(text);
    ssize_t n;

    while (left > 0 && (n = write(STDERR_FILENO, p, left)) > 0) {
        p += n;
        left -= (size_t)n;
    }
}

static void remove_files(void)
{
    size_t i;

    for (i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (!kept[i].is_kept || kept[i].data != NULL) {
            continue;
        }
        /* Two names of one file stay two when one is renamed to the other, so the first is then removed. */
        if (kept[i].target[0] == '\0' || rename(kept[i].path, kept[i].target) == 0) {
            (void)unlink(kept[i].path);
        }
    }
}

static void at_exit(void)
{
    if (is_running) {
        remove_files();
        say("nevus: ended by the threads' library: too little memory or too many threads; try --threads 1\n");
        _exit(NEV_EXIT_MEMORY);
    }
}

static void at_signal(int number)
{
    remove_files();
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

/* An address in a mapped file that is not there any more; anything else is a mistake in the program. */
static void at_bus_error(int number, siginfo_t *info, void *context)
{
    const uint8_t *at = info->si_addr;
    char name[512];
    size_t i;

    (void)context;
    remove_files();
    for (i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        const uint8_t *begin = kept[i].data;

        if (kept[i].is_kept && begin != NULL && at >= begin && at < begin + kept[i].bytes) {
            nev_text_safe(kept[i].name, name, sizeof name);
            say("nevus: ");
            say(name);
            say(": was shortened by another program, or cannot be read, in mid-work; nothing was written\n");
            _exit(NEV_EXIT_IO);
        }
    }
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void catch (int number)
{
    struct sigaction how, before;

    if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_IGN) {
        return;
    }
    memset(&how, 0, sizeof how);
    how.sa_handler = at_signal;
    (void)sigemptyset(&how.sa_mask);
    (void)sigaction(number, &how, NULL);
}

void nev_ending_begin(void)
{
    struct sigaction how;

    /* A file that may not grow any further is to be an error like a full disk, not the end of the process. */
    (void)signal(SIGXFSZ, SIG_IGN);
    memset(&how, 0, sizeof how);
    how.sa_sigaction = at_bus_error;
    how.sa_flags = SA_SIGINFO;
    (void)sigemptyset(&how.sa_mask);
    (void)sigaction(SIGBUS, &how, NULL);
    catch (SIGINT);
    catch (SIGTERM);
    catch (SIGHUP);
    catch (SIGABRT);
    is_running = atexit(at_exit) == 0;
}

void nev_ending_end(void)
{
    is_running = 0;
}

static struct kept *find_free(void)
{
    size_t i;

    for (i = 0; i < sizeof kept / sizeof kept[0] && kept[i].is_kept; i++) {
    }
    return i < sizeof kept / sizeof kept[0] ? &kept[i] : NULL;
}

int nev_ending_file(const char *path)
{
    struct kept *k = find_free();
    size_t len = strlen(path);

    if (k == NULL || len >= sizeof k->path) {
        return 0;
    }
    memcpy(k->path, path, len + 1);
    k->target[0] = '\0';
    k->data = NULL;
    k->is_kept = 1;
    return (int)(k - kept) + 1;
}

int nev_ending_back(const char *path, const char *target)
{
    struct kept *k = find_free();
    size_t len = strlen(path), target_len = strlen(target);

    if (k == NULL || len >= sizeof k->path || target_len >= sizeof k->target) {
        return 0;
    }
    memcpy(k->path, path, len + 1);
    memcpy(k->target, target, target_len + 1);
    k->data = NULL;
    k->is_kept = 1;
    return (int)(k - kept) + 1;
}

int nev_ending_map(const void *data, size_t bytes, const char *path)
{
    struct kept *k = find_free();

    if (k == NULL) {
        return 0;
    }
    k->data = data;
    k->bytes = bytes;
    k->name = path;
    k->is_kept = 1;
    return (int)(k - kept) + 1;
}

void nev_ending_forget(int handle)
{
    if (handle > 0) {
        kept[handle - 1].is_kept = 0;
    }
}
