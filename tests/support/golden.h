/* SPDX-License-Identifier: MIT */
/*
 * golden.h - features from elsewhere and the bound within which ours must agree with them.
 */
#ifndef NEV_TESTS_SUPPORT_GOLDEN_H
#define NEV_TESTS_SUPPORT_GOLDEN_H

#include <stddef.h>

#include "tests/support/model.h"

/* nev_test_golden_features - a .npy of float64 [*rows, 1000], from malloc. */
double *nev_test_golden_features(const char *path, size_t *rows);

/*
 * nev_test_golden_bound - for each feature 2 * sqrt(K) * 2^-24 * sum |a||b| of its own last sum, K products
 * (nn/NUMERICS.md); what the layers before contribute must fit in it too. Runs the reference path once
 * and gives its features too.
 */
void nev_test_golden_bound(const struct nev_test_model *m, struct nev_test_net *reference, const float *input,
                           double bound[NEV_FEATURES_LEN], float features[NEV_FEATURES_LEN]);

/* nev_test_golden_worst - the largest |error| / bound over the features; says on stdout where it is past 1.
 */
double nev_test_golden_worst(const float *features, const double *golden, const double *bound);

#endif
