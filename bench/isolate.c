/* SPDX-License-Identifier: MIT */
#include "bench/isolate.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/base/report.h"

static bool write_all(int fd, const uint8_t *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t n = write(fd, data, bytes);

        if (n < 0 && errno != EINTR) {
            return false;
        }
        data += n > 0 ? n : 0;
        bytes -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool read_all(int fd, uint8_t *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t n = read(fd, data, bytes);

        if (n == 0 || (n < 0 && errno != EINTR)) {
            return false;
        }
        data += n > 0 ? n : 0;
        bytes -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* The child's end; it leaves without the parent's exit handlers and buffers. */
static void be_child(enum nev_exit (*job)(const void *in, void *out), const void *in, void *out,
                     size_t out_bytes, int fd)
{
    enum nev_exit code = job(in, out);

    if (code == NEV_EXIT_OK && !write_all(fd, out, out_bytes)) {
        code = NEV_EXIT_INTERNAL;
    }
    fflush(NULL);
    _exit((int)code);
}

enum nev_exit nev_bench_isolate(enum nev_exit (*job)(const void *in, void *out), const void *in, void *out,
                                size_t out_bytes)
{
    int ends[2], status = 0;
    bool has_result;
    pid_t child;

    fflush(NULL); /* or the child would write what is buffered once more */
    if (pipe(ends) != 0) {
        return nev_report_text(NEV_EXIT_INTERNAL, NULL, "no pipe to a measuring process");
    }
    child = fork();
    if (child == 0) {
        close(ends[0]);
        be_child(job, in, out, out_bytes, ends[1]);
    }
    close(ends[1]);
    has_result = child > 0 && read_all(ends[0], out, out_bytes);
    close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (child > 0 && WIFEXITED(status) && (has_result || WEXITSTATUS(status) != 0)) {
        return (enum nev_exit)WEXITSTATUS(status);
    }
    return nev_report_text(NEV_EXIT_INTERNAL, NULL, "a measuring process could not be started or died");
}

/* PORTABILITY: POSIX leaves the unit of ru_maxrss open; it is bytes on Apple's systems, KiB elsewhere. */
double nev_bench_rss_mb(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0) {
        return 0.0;
    }
#if defined(__APPLE__)
    return (double)usage.ru_maxrss * 1e-6;
#else
    return (double)usage.ru_maxrss * 1024e-6;
#endif
}
