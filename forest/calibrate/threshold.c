/* SPDX-License-Identifier: MIT */
#include "forest/calibrate/threshold.h"

#include <string.h>

static uint64_t apart(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* Is a better than b? Bounds: counts are below 2^32, so products of two fit 64 bits; of a COST value and a count
 * too, and their sum with a count: (2^32 - 1)^2 + (2^32 - 1) * 10^6 < 2^64. */
static int is_better(const struct nev_threshold *a, const struct nev_threshold *b)
{
    uint64_t p = (uint64_t)a->true_positive + a->false_negative;
    uint64_t n = (uint64_t)a->true_negative + a->false_positive;

    switch (a->rule) {
    case NEV_RULE_YOUDEN: /* tp / p - fp / n, times p n; moved over so that nothing is negative */
        return a->true_positive * n + b->false_positive * p > b->true_positive * n + a->false_positive * p;
    case NEV_RULE_SENSITIVITY: /* thresholds rise: the last one that suffices and spares another negative */
        return a->true_positive * (uint64_t)NEV_MILLION >= a->value * p &&
               a->true_negative > b->true_negative;
    case NEV_RULE_SPECIFICITY: /* the first one that suffices */
        return b->true_negative * (uint64_t)NEV_MILLION < b->value * n;
    case NEV_RULE_EQUAL:
        return apart(a->false_negative * n, a->false_positive * p) <
               apart(b->false_negative * n, b->false_positive * p);
    default:
        return (uint64_t)a->value * a->false_negative + (uint64_t)NEV_MILLION * a->false_positive <
               (uint64_t)b->value * b->false_negative + (uint64_t)NEV_MILLION * b->false_positive;
    }
}

enum nev_status nev_threshold_choose(const struct nev_point *point, size_t len, enum nev_rule rule,
                                     uint32_t value, struct nev_threshold *t, struct nev_error *err)
{
    struct nev_threshold here;
    int is_rate = rule == NEV_RULE_SENSITIVITY || rule == NEV_RULE_SPECIFICITY, has_value;
    size_t i;

    memset(t, 0, sizeof *t);
    memset(&here, 0, sizeof here);
    has_value = is_rate || rule == NEV_RULE_COST;
    if (rule < NEV_RULE_YOUDEN || rule > NEV_RULE_LAST || (value != 0) != has_value ||
        (is_rate && value > NEV_MILLION)) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "threshold", "there is no such rule or value");
    }
    here.rule = rule;
    here.value = value;
    for (i = 0; i < len; i++) {
        here.true_positive += point[i].positive;
        here.false_positive += point[i].negative;
    }
    if (here.true_positive == 0 || here.false_positive == 0) {
        return nev_fail(err, NEV_ERR_DATA, NEV_NO_OFFSET, "threshold",
                        "a threshold needs rows of the positive class and of others");
    }
    *t = here;
    for (i = 0; i < len; i++) {
        here.true_positive -= point[i].positive;
        here.false_negative += point[i].positive;
        here.false_positive -= point[i].negative;
        here.true_negative += point[i].negative;
        here.score = i + 1 < len ? (point[i].score + point[i + 1].score + 1) / 2 : NEV_SCORE_NEVER;
        if (is_better(&here, t)) {
            *t = here;
        }
    }
    return NEV_OK;
}
