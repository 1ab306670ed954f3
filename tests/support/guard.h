/* SPDX-License-Identifier: MIT */
/*
 * guard.h - float arrays between pages that fault when touched, filled for tests of kernels.
 */
#ifndef NEV_TESTS_SUPPORT_GUARD_H
#define NEV_TESTS_SUPPORT_GUARD_H

#include <stddef.h>
#include <stdint.h>

/* An array that ends right before a page that faults; `len` floats. */
struct nev_test_guarded {
    uint8_t *map;
    size_t map_bytes;
    float *data;
    size_t len;
};

enum nev_test_fill { NEV_TEST_INTEGERS, NEV_TEST_REALS };

void nev_test_guarded_make(struct nev_test_guarded *g, size_t len);
void nev_test_guarded_free(struct nev_test_guarded *g);

/* nev_test_guarded_fill - integers in -8..8 without 0, or reals of seven magnitudes below 1. */
void nev_test_guarded_fill(struct nev_test_guarded *g, enum nev_test_fill how, uint64_t *seed);

#endif
