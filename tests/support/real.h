/* SPDX-License-Identifier: MIT */
/*
 * real.h - public checkpoints and photographs, ready for a network, for tests of nn/.
 */
#ifndef NEV_TESTS_SUPPORT_REAL_H
#define NEV_TESTS_SUPPORT_REAL_H

#include "tests/support/model.h"

/* nev_test_model_import - a checkpoint, imported into a model file in memory; fails the test if anything is refused. */
void nev_test_model_import(struct nev_test_model *m, const char *path);

/* nev_test_picture - a photograph, which must already have the network's size, as input, from malloc. */
float *nev_test_picture(const char *path, const struct nev_prep *prep);

#endif
