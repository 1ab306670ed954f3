/* SPDX-License-Identifier: MIT */
/*
 * inject.h - the system calls of tools/, each of which can be made to fail.
 *
 * The test program is linked with --wrap for every function of the C library with which tools/ takes memory, files or
 * threads (the list is in the Makefile), so the objects under test are the ones that are shipped. Calls are numbered
 * from 0 in the order in which they happen while armed; nothing happens to them while not.
 */
#ifndef NEV_TESTS_FAULT_INJECT_H
#define NEV_TESTS_FAULT_INJECT_H

#include <stdbool.h>
#include <stddef.h>

/* What a call is about; a fault that lasts hits calls of one kind. */
enum inject_kind {
    INJECT_MEMORY, /* aligned_alloc, realpath's buffer */
    INJECT_OPEN,   /* open for reading, fopen, opendir */
    INJECT_READ,   /* read, fread, readdir, mmap */
    INJECT_STAT,   /* stat, fstat, lstat, realpath */
    INJECT_CREATE, /* open for writing, fchmod, mkdir */
    INJECT_WRITE,
    INJECT_SYNC,
    INJECT_CLOSE, /* the descriptor is gone all the same, as on Linux */
    INJECT_RENAME,
    INJECT_HINT, /* madvise, sysconf, clock_gettime, signal handling, close of what was read: may fail unnoticed */
    INJECT_THREAD,
    INJECT_KINDS
};

enum inject_mode {
    INJECT_NOTHING, /* count only */
    INJECT_ONCE,    /* call number `at` fails */
    INJECT_ONWARD,  /* it and every later one of its kind */
    INJECT_ALL,     /* it and every later one of any kind, but hints */
    INJECT_PIECES, /* no failure: every read and write takes a few bytes only, and is interrupted first (EINTR) */
    INJECT_CUT,    /* mapping number `at` succeeds, and then another program cuts the file to nothing */
    INJECT_FULL,   /* the disk has room for `at` more bytes */
    INJECT_SIGNAL, /* before call number `at`, signal number `error` comes */
    INJECT_THREADS /* threads number `at` and later do not start */
};

/* In memory shared between the process that runs the command and the one that judges it. */
struct inject_log {
    size_t calls;                 /* how many there were */
    size_t of_kind[INJECT_KINDS]; /* of which kinds */
    size_t fired;                 /* how many failed */
    enum inject_kind kind;        /* what the first that failed was */
    char name[16];                /* its function */
    long blocks, files, maps;     /* taken and not given back */
    size_t threads, mappings;     /* asked for */
    size_t bytes;                 /* written */
};

/* inject_arm - from now on count, and fail what mode says; *log is cleared first. error: the errno of writes, or the signal. */
void inject_arm(enum inject_mode mode, size_t at, int error, struct inject_log *log);

/* inject_disarm - no more. */
void inject_disarm(void);

#endif
