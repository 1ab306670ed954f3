/* SPDX-License-Identifier: MIT */
/*
 * threshold.h - from which score on the answer is the positive class, by a stated rule.
 *
 * Meant for out-of-bag scores: never choose a threshold on the data that it is to be judged on.
 */
#ifndef NEV_FOREST_THRESHOLD_H
#define NEV_FOREST_THRESHOLD_H

#include "forest/calibrate/score.h"
#include "nn/base/status.h"

#define NEV_MILLION 1000000u

enum nev_rule {
    NEV_RULE_NONE = 0,
    NEV_RULE_YOUDEN = 1,      /* sensitivity + specificity - 1 greatest (Youden, Cancer 3, 1950) */
    NEV_RULE_SENSITIVITY = 2, /* sensitivity at least `value` millionths; of those the greatest specificity */
    NEV_RULE_SPECIFICITY = 3, /* specificity at least `value` millionths; of those the greatest sensitivity */
    NEV_RULE_EQUAL = 4,       /* shares of wrong positives and of wrong negatives closest */
    NEV_RULE_COST = 5         /* value / 10^6 * missed positives + false alarms least */
};
#define NEV_RULE_LAST NEV_RULE_COST

/* A threshold and what it does to the rows it was chosen on. */
struct nev_threshold {
    enum nev_rule rule;
    uint32_t value; /* of the rule; 0 for those without */
    uint64_t score; /* the positive class from here on: 0 always, NEV_SCORE_NEVER never */
    uint32_t true_positive, false_negative, false_positive, true_negative;
};

/*
 * nev_threshold_choose - the best threshold by a rule.
 * Computes   among those that part the points differently: always; between two neighbouring scores a < b the middle
 *            floor((a + b + 1) / 2); never. All comparisons in integers. Ties: the lowest threshold, which misses
 *            least
 * Shapes     point [len] as nev_points_merge leaves them
 * Range      value: 1..10^6 for SENSITIVITY and SPECIFICITY, >= 1 for COST (millionths), 0 otherwise
 * Errors     DATA: no positive or no negative row; ARGUMENT; *t is then zeroed
 * Threads    pure
 * Tests      tests/forest/test_threshold.c
 */
NEV_MUST_CHECK enum nev_status nev_threshold_choose(const struct nev_point *point, size_t len,
                                                    enum nev_rule rule, uint32_t value,
                                                    struct nev_threshold *t, struct nev_error *err);

#endif
