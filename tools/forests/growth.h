/* SPDX-License-Identifier: MIT */
/*
 * growth.h - the options of `nevus train` that are more than a number: which trees, how many features a node, how
 * large a sample, class weights.
 */
#ifndef NEV_TOOLS_GROWTH_H
#define NEV_TOOLS_GROWTH_H

#include <stddef.h>
#include <stdint.h>

#include "forest/forest.h"
#include "tools/base/exit.h"
#include "tools/files/folder.h"

#define NEV_MILLION 1000000u /* fractions and weights are whole numbers of millionths */

/*
 * nev_growth_trees - "50": trees 0 to 49; "25-49": those.
 * Errors     USAGE, reported; so with all of these
 */
enum nev_exit nev_growth_trees(const char *text, struct nev_forest_params *params);

/*
 * nev_growth_features - "sqrt", "log2" (both rounded down), "all", a number, or a fraction such as "0.3" (rounded down);
 * at least 1.
 */
enum nev_exit nev_growth_features(const char *text, size_t features, struct nev_forest_params *params);

/* nev_growth_sample - rows a tree draws: a number, or a fraction of the rows (rounded, halves up); at least 1. */
enum nev_exit nev_growth_sample(const char *text, size_t rows, struct nev_forest_params *params);

/*
 * nev_growth_weights - "none", "balanced", "balanced_subsample" or "CLASS=W,CLASS=W...", every class once, W a number
 * with at most six decimals, 0.000001 to 4294.967295.
 * Shapes     weight [classes->len], filled if the weights are given
 */
enum nev_exit nev_growth_weights(const char *text, const struct nev_classes *classes,
                                 struct nev_forest_params *params, uint32_t *weight);

#endif
