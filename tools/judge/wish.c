/* SPDX-License-Identifier: MIT */
#include "tools/judge/wish.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "forest/calibrate/isotonic.h"
#include "nn/base/bytes.h"
#include "tools/base/report.h"
#include "tools/judge/score.h"

const char *const nev_choices_rule[] = {"none",  "youden", "sensitivity", "specificity",
                                        "equal", "cost",   NULL};
const char *const nev_choices_calibration[] = {"none", "platt", "isotonic", NULL};

#define DIGITS 6 /* behind the point */

bool nev_millionths_read(const char *text, uint32_t *value)
{
    uint64_t sum = 0;
    int behind = -1, any = 0;

    for (; *text != '\0'; text++) {
        if (*text == '.' && behind < 0) {
            behind = 0;
            continue;
        }
        if (*text < '0' || *text > '9' || behind == DIGITS) {
            return false;
        }
        sum = sum * 10 + (uint64_t)(*text - '0');
        behind += behind >= 0;
        any = 1;
        if (sum > UINT32_MAX) {
            return false;
        }
    }
    for (behind = behind < 0 ? 0 : behind; behind < DIGITS; behind++) {
        sum *= 10;
    }
    *value = (uint32_t)sum;
    return any && sum <= UINT32_MAX;
}

bool nev_rule_needs_value(enum nev_rule rule)
{
    return rule == NEV_RULE_SENSITIVITY || rule == NEV_RULE_SPECIFICITY || rule == NEV_RULE_COST;
}

enum nev_exit nev_wish_positive(const struct nev_forest *f, const char *name, uint32_t *positive)
{
    bool has_positive;
    enum nev_exit code = nev_positive_choose(f, name, &has_positive, positive);

    if (code == NEV_EXIT_OK && !has_positive) {
        *positive = 1;
        if (f->classes != 2) {
            return nev_report_text(
                NEV_EXIT_USAGE, NULL,
                "--positive is needed: there are %" PRIu32 " classes and none is 'malignant'", f->classes);
        }
    }
    return code;
}

enum nev_exit nev_wish_value(const char *command, enum nev_rule rule, const char *text, uint32_t *value)
{
    bool is_rate = rule == NEV_RULE_SENSITIVITY || rule == NEV_RULE_SPECIFICITY;

    *value = 0;
    if (nev_rule_needs_value(rule) != (text != NULL)) {
        return nev_report_text(NEV_EXIT_USAGE, command, "--rule %s takes %s --value", nev_choices_rule[rule],
                               text == NULL ? "a" : "no");
    }
    if (text != NULL &&
        (!nev_millionths_read(text, value) || *value == 0 || (is_rate && *value > NEV_MILLION))) {
        return nev_report_text(NEV_EXIT_USAGE, command,
                               "--value: %s, with at most six digits behind the point",
                               is_rate ? "a number above 0, at most 1" : "a number above 0, at most 4294");
    }
    return NEV_EXIT_OK;
}

enum nev_exit nev_wish_level(const char *command, const char *text, uint32_t *level)
{
    if (!nev_millionths_read(text, level) || *level >= NEV_MILLION) {
        return nev_report_text(
            NEV_EXIT_USAGE, command,
            "--level: a number below 1 (0: no sets), with at most six digits behind the point");
    }
    return NEV_EXIT_OK;
}

static void print_method(const struct nev_calibration *c, const char *positive)
{
    if (c->kind == NEV_CALIBRATION_PLATT) {
        printf("%-16s of %s by platt: 1 / (1 + exp(%.6g s + %.6g)) of the probability s\n", "calibrated",
               positive, c->platt.a, c->platt.b);
    } else if (c->kind == NEV_CALIBRATION_ISOTONIC) {
        printf("%-16s of %s by isotonic: %" PRIu32 " pools\n", "calibrated", positive, c->pool_len);
    }
}

static void print_threshold(const struct nev_threshold *t, const char *positive)
{
    if (t->score == NEV_SCORE_NEVER) {
        printf("%-16s never %s: no probability meets the rule; by %s", "threshold", positive,
               nev_choices_rule[t->rule]);
    } else {
        printf("%-16s %s from %.6f on, by %s", "threshold", positive, nev_score_real(t->score),
               nev_choices_rule[t->rule]);
    }
    if (nev_rule_needs_value(t->rule)) {
        printf(" %.6g", t->value / 1e6);
    }
    printf("; out of bag sensitivity %.4f (%" PRIu32 " of %" PRIu32 "), specificity %.4f (%" PRIu32
           " of %" PRIu32 ")\n",
           (double)t->true_positive / ((double)t->true_positive + t->false_negative), t->true_positive,
           t->true_positive + t->false_negative,
           (double)t->true_negative / ((double)t->true_negative + t->false_positive), t->true_negative,
           t->true_negative + t->false_positive);
}

void nev_calibration_print(const struct nev_forest *f, const struct nev_calibration *c)
{
    char name[4 * NEV_FOREST_NAME_LEN];
    uint32_t k;

    nev_text_safe(nev_forest_class_name(f, c->positive), name, sizeof name);
    print_method(c, name);
    if (c->threshold.rule != NEV_RULE_NONE) {
        print_threshold(&c->threshold, name);
    }
    if (c->level != 0) {
        printf("%-16s level %.6g, %s:", "sets", c->level / 1e6,
               c->by_class ? "of each class" : "of all rows");
        for (k = 0; k < f->classes; k++) {
            nev_text_safe(nev_forest_class_name(f, k), name, sizeof name);
            printf("%s %s from %.6f", k == 0 ? "" : ",", name,
                   nev_score_real(nev_load_u64le(c->floors + (size_t)k * 8)));
        }
        printf("\n");
    }
    printf("%-16s %" PRIu32 " rows out of bag\n", "made from", c->rows);
}

static void json_calibration(const struct nev_forest *f, const struct nev_calibration *c, struct nev_json *j)
{
    uint32_t i;

    nev_json_object_begin(j, "calibration");
    nev_json_text(j, "method", nev_choices_calibration[c->kind]);
    nev_json_text(j, "class", nev_forest_class_name(f, c->positive));
    if (c->kind == NEV_CALIBRATION_PLATT) {
        nev_json_real(j, "a", c->platt.a);
        nev_json_real(j, "b", c->platt.b);
    } else {
        nev_json_array_begin(j, "pools");
        for (i = 0; i < c->pool_len; i++) {
            struct nev_pool pool;

            nev_pool_load(c->pool, i, &pool);
            nev_json_object_begin(j, NULL);
            nev_json_real(j, "low", nev_score_real(pool.low));
            nev_json_real(j, "high", nev_score_real(pool.high));
            nev_json_uint(j, "positive", pool.positive);
            nev_json_uint(j, "rows", pool.rows);
            nev_json_object_end(j);
        }
        nev_json_array_end(j);
    }
    nev_json_object_end(j);
}

static void json_threshold(const struct nev_forest *f, const struct nev_calibration *c, struct nev_json *j)
{
    const struct nev_threshold *t = &c->threshold;

    nev_json_object_begin(j, "threshold");
    nev_json_text(j, "class", nev_forest_class_name(f, c->positive));
    nev_json_text(j, "rule", nev_choices_rule[t->rule]);
    if (nev_rule_needs_value(t->rule)) {
        nev_json_real(j, "value", t->value / 1e6);
    }
    nev_json_real(j, "probability", nev_score_real(t->score));
    nev_json_uint(j, "score", t->score);
    nev_json_uint(j, "true_positive", t->true_positive);
    nev_json_uint(j, "false_negative", t->false_negative);
    nev_json_uint(j, "false_positive", t->false_positive);
    nev_json_uint(j, "true_negative", t->true_negative);
    nev_json_object_end(j);
}

void nev_calibration_json(const struct nev_forest *f, const struct nev_calibration *c, struct nev_json *j)
{
    uint32_t k;

    if (c->kind != NEV_CALIBRATION_NONE) {
        json_calibration(f, c, j);
    }
    if (c->threshold.rule != NEV_RULE_NONE) {
        json_threshold(f, c, j);
    }
    if (c->level != 0) {
        nev_json_object_begin(j, "sets");
        nev_json_real(j, "level", c->level / 1e6);
        nev_json_bool(j, "by_class", c->by_class);
        nev_json_array_begin(j, "floors");
        for (k = 0; k < f->classes; k++) {
            nev_json_real(j, NULL, nev_score_real(nev_load_u64le(c->floors + (size_t)k * 8)));
        }
        nev_json_array_end(j);
        nev_json_object_end(j);
    }
}
