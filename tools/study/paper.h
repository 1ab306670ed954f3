/* SPDX-License-Identifier: MIT */
/*
 * paper.h - the figures of the paper that this program reproduces.
 *
 * Source     El Ouanas et al., Deep Learning-Driven Skin Cancer Classification via CNN Features and Random
 *            Forest Classifier, Preprints 2024, 202411.0298, Table 1: per cent, averaged over the two
 * classes.
 */
#ifndef NEV_TOOLS_PAPER_H
#define NEV_TOOLS_PAPER_H

#include <stdint.h>

#include "tools/judge/metrics.h"
#include "weights/weights.h"

#define NEV_PAPER_TITLE "Preprints 202411.0298"
#define NEV_PAPER_DOI   "https://doi.org/10.20944/preprints202411.0298.v1"

/* nev_paper_network - what the paper calls a network: "ResNet18". */
const char *nev_paper_network(enum nev_net net);

/* nev_paper_table1 - NEV_METRIC_PAPER_LEN figures in hundredths of a per cent; NULL for NEV_NET_NONE. */
const uint16_t *nev_paper_table1(enum nev_net net);

/* nev_paper_table2 - what is known of Table 2, as lines of text. */
extern const char nev_paper_table2[];

#endif
