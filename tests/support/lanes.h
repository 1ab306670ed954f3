/* SPDX-License-Identifier: MIT */
/*
 * lanes.h - the kernels over plain C vectors of each width that an instruction set may have, for tests: what a
 * machine with 4, 8 or 16 lanes computes, on any machine.
 */
#ifndef NEV_TESTS_SUPPORT_LANES_H
#define NEV_TESTS_SUPPORT_LANES_H

#include "nn/kernels/kernels.h"

extern const struct nev_kernels nev_test_kernels_4, nev_test_kernels_8, nev_test_kernels_16;

#define NEV_TEST_SETS_MAX 6u

/* nev_test_kernel_sets - every distinct set of kernels that can run here: those of the build that this
 * processor offers, then the three above. Returns how many. */
size_t nev_test_kernel_sets(const struct nev_kernels *sets[NEV_TEST_SETS_MAX]);

#endif
