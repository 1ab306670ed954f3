/* SPDX-License-Identifier: MIT */
#include "tools/base/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define BAR_LEN 24

double nev_clock_seconds(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0) {
        return 0.0;
    }
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void format_left(double seconds, char *out, size_t size)
{
    uint64_t s = seconds > 359999.0 ? 359999 : (uint64_t)(seconds + 0.5);

    if (s >= 3600) {
        snprintf(out, size, "%u h %02u min left", (unsigned)(s / 3600), (unsigned)(s / 60 % 60));
    } else if (s >= 60) {
        snprintf(out, size, "%u min %02u s left", (unsigned)(s / 60), (unsigned)(s % 60));
    } else {
        snprintf(out, size, "%u s left", (unsigned)s);
    }
}

void nev_progress_format(const char *what, uint64_t done, uint64_t total, double seconds, char *out,
                         size_t size)
{
    char bar[BAR_LEN + 1], left[40] = "";
    double share, rate = seconds > 0.0 ? (double)done / seconds : 0.0;
    int i, filled;

    done = done > total ? total : done;
    share = total == 0 ? 1.0 : (double)done / (double)total;
    filled = (int)(share * BAR_LEN);
    for (i = 0; i < BAR_LEN; i++) {
        bar[i] = i < filled ? '#' : '-';
    }
    bar[BAR_LEN] = '\0';
    if (rate > 0.0) {
        format_left((double)(total - done) / rate, left, sizeof left);
    }
    snprintf(out, size, "%s [%s] %llu/%llu  %.1f/s  %s", what, bar, (unsigned long long)done,
             (unsigned long long)total, rate, left);
}

void nev_progress_begin(struct nev_progress *p, const char *what, uint64_t total, bool is_quiet)
{
    p->what = what;
    p->total = total;
    p->is_shown = !is_quiet && isatty(STDERR_FILENO) == 1;
    p->start = p->is_shown ? nev_clock_seconds() : 0.0;
    p->last = p->start;
}

void nev_progress_set(struct nev_progress *p, uint64_t done)
{
    char line[160];
    double now;

    if (!p->is_shown) {
        return;
    }
    now = nev_clock_seconds();
    if (now - p->last < 0.1) {
        return;
    }
    p->last = now;
    nev_progress_format(p->what, done, p->total, now - p->start, line, sizeof line);
    fprintf(stderr, "\r\033[K%s", line);
    fflush(stderr);
}

void nev_progress_end(struct nev_progress *p)
{
    if (p->is_shown) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
}
