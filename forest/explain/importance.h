/* SPDX-License-Identifier: MIT */
/*
 * importance.h - what each feature is worth, judged by the rows that a tree did not see.
 *
 * README.md, "Importance", has the formulas and what they can and cannot tell.
 */
#ifndef NEV_FOREST_IMPORTANCE_H
#define NEV_FOREST_IMPORTANCE_H

#include "forest/forest.h"

#define NEV_REPEATS_MAX 1000u

struct nev_importance_job {
    const struct nev_forest *f;
    /* The table it, or a part of it, was trained on, classes numbered as the forest does; class_name is not used. */
    struct nev_forest_data data;
    uint32_t repeats;               /* permutations of each feature in each tree, 1..NEV_REPEATS_MAX */
    const struct nev_parallel *par; /* NULL: serial */
    struct nev_forest_progress progress;
};

/* The arrays are the caller's, each [features]. */
struct nev_importance {
    double *permuted;  /* accuracy lost out of bag when the feature is permuted: mean over the repeats */
    double *deviation; /* their sample standard deviation; 0 for one repeat */
    double *unbiased; /* decrease of impurity, in-bag shares against out-of-bag shares, mean over the trees */
    double
        *impurity;  /* the usual decrease of impurity, mean over the trees, not normalised: for comparison */
    uint32_t trees; /* measured: those of the parts that were grown on the table, with bootstrap */
    uint64_t votes; /* out of bag, of these trees */
};

/* nev_importance_bytes - work memory; SIZE_MAX if there cannot be so much. */
size_t nev_importance_bytes(const struct nev_importance_job *job);

/*
 * nev_importance_measure - all of it in one pass over the trees.
 * Computes   permuted: (right votes - right votes with the feature permuted) / votes, over all trees and the rows each
 *            did not draw. The permutation of (tree, feature, repeat) is a Fisher-Yates shuffle from a stream of its own
 *            unbiased: sum over the nodes that split on the feature of (dot(l) / ol + dot(r) / or - dot(m) / om) /
 *            draws, dot = sum over classes of draws in the bag times rows out of it, o = rows out of the bag, of the
 *            left and the right child and the node; 0 where a child has no row out of the bag
 * Numerics   sums of integers (unbiased: of units of 2^-26 draws, each quotient rounded down), then one division: the
 *            same bits for any number of parts
 * Errors     ARGUMENT, MEMORY; SHAPE: another number of rows, features or classes; NETWORK: no part of the forest was
 *            trained on the table; DATA: without bootstrap nothing is out of bag; CANCELLED; VALUE as training. Outputs
 *            are then zeroed
 * Source     Breiman, Machine Learning 45 (2001), section 10; Zhou, Hooker, ACM TKDD 15(2), 2021. Differs: README.md
 * Tests      tests/forest/test_importance.c
 */
NEV_MUST_CHECK enum nev_status nev_importance_measure(const struct nev_importance_job *job, void *memory,
                                                      size_t memory_bytes, struct nev_importance *out,
                                                      struct nev_error *err);

#endif
