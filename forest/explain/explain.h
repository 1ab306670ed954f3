/* SPDX-License-Identifier: MIT */
/*
 * explain.h - what a row's answer is made of: its way through every tree, and each feature's share in it.
 *
 * The value of a node is its share of one class: of the draws that reach it, weighted as in the leaves (sums of
 * the leaves beneath, which the file holds), rounded as nev_forest_predict rounds a leaf's. A step from a node to its child changes the
 * value; the change is the contribution of the node's feature. Along a path changes telescope, so in integers
 *     sum over trees of the root's value + all contributions = sum over trees of the leaf's value,
 * and the right side is the row's probability in units of 2^-32 / trees. Nothing is left over.
 */
#ifndef NEV_FOREST_EXPLAIN_H
#define NEV_FOREST_EXPLAIN_H

#include "forest/forest.h"

/* One step of a row, from an inner node to a child. */
struct nev_forest_step {
    uint32_t node, next;
    uint32_t feature;
    float threshold, value; /* value <= threshold goes left */
    bool is_right;
    int64_t change; /* of the node's value: the step's contribution, in units of 2^-32 */
};

/* A row's way through one tree. */
struct nev_forest_path {
    uint32_t tree;     /* its number */
    uint32_t leaf;     /* the node it ends in */
    uint32_t vote;     /* the class that the leaf votes for */
    uint32_t step_len; /* steps step[first_step ...] */
    size_t first_step;
    int64_t root_value, leaf_value; /* units of 2^-32 */
};

/* An explanation. All arrays lie in the work memory. */
struct nev_forest_explanation {
    uint32_t class_id;
    int64_t bias;                       /* sum of the roots' values */
    int64_t sum;                        /* sum of the leaves' values: bias + all contributions */
    double probability;                 /* sum / (2^32 * trees): what nev_forest_predict says */
    const int64_t *contribution;        /* [features] */
    const uint32_t *used;               /* [features] steps that asked for the feature */
    const struct nev_forest_path *path; /* [trees] */
    const struct nev_forest_step *step; /* [step_len] */
    size_t step_len;
};

/*
 * nev_forest_explain_bytes - the work memory of explain; SIZE_MAX if it cannot be addressed.
 * nev_forest_explain_steps - the most steps that an explanation can have.
 */
size_t nev_forest_explain_bytes(const struct nev_forest *f);
uint64_t nev_forest_explain_steps(const struct nev_forest *f);

/*
 * nev_forest_values - the value of every node of a tree for one class, before division.
 * Shapes     count, total [tree->node_len]: weight of the class, of all classes, beneath the node; [0] is 0
 * Computes   one pass from the last node to the first: children stand behind their parents
 * Threads    pure
 */
void nev_forest_values(const struct nev_forest_tree *tree, uint32_t class_id, uint64_t *count,
                       uint64_t *total);

/* nev_forest_value - count / total in units of 2^-32, to nearest, halves up; 0 <= count <= total, total > 0. Where a
 * foreign tree's total reaches 2^32, which no leaf's does, both are first halved until it does not. */
static inline int64_t nev_forest_value(uint64_t count, uint64_t total)
{
    for (; total >> 32 != 0; total >>= 1) {
        count >>= 1;
    }
    return (int64_t)(((count << 32) + total / 2) / total);
}

/*
 * nev_forest_explain - explain the probability of one class for one row.
 * Shapes     x [f->features]
 * Range      class_id < f->classes; memory of nev_forest_explain_bytes(f) bytes
 * Numerics   integers; the identity above is exact, and probability has the bits of nev_forest_predict
 * Errors     ARGUMENT, MEMORY; VALUE with the column of a NaN that a path meets (NaN elsewhere is not looked at, so that
 *            an explanation can be checked from the values on its paths alone). *out is then zeroed
 * Threads    one call per memory
 * Source     Saabas, Interpreting random forests (2014), for the decomposition along the path
 * Differs    fixed point instead of floats, so that the sum is exact
 * Tests      tests/forest/test_explain.c
 */
NEV_MUST_CHECK enum nev_status nev_forest_explain(const struct nev_forest *f, const float *x,
                                                  uint32_t class_id, void *memory, size_t memory_bytes,
                                                  struct nev_forest_explanation *out, struct nev_error *err);

#endif
