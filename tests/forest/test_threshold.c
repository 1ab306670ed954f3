/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "forest/calibrate/score.h"
#include "forest/calibrate/threshold.h"

/* Verifies: NEV-RF-071 (scores of shares order and coincide as the shares do, up to the most trees there are) */
static void test_shares(void **state)
{
    static const uint32_t trees[] = {1, 2, 3, 7, 18, 19, 50, 64, 500, 32768, 65534, 65535};
    const uint32_t kinds = sizeof trees / sizeof trees[0];
    uint64_t seed = 1;
    uint32_t i, a, b, v, w;

    (void)state;
    for (i = 0; i < 200000; i++) {
        uint64_t left, right, s, t;

        a = trees[nev_test_random(&seed) % kinds];
        b = trees[nev_test_random(&seed) % kinds];
        v = nev_test_random(&seed) % (a + 1);
        /* Close to v / a, where a tie or a neighbour is likely. */
        w = (uint32_t)((uint64_t)v * b / a);
        w = w < b ? w + nev_test_random(&seed) % 2 : w;
        left = (uint64_t)v * b;
        right = (uint64_t)w * a;
        s = nev_score_of_sum((uint64_t)v << 32, a);
        t = nev_score_of_sum((uint64_t)w << 32, b);
        assert_true((left < right) == (s < t) && (left == right) == (s == t));
        assert_true(s <= NEV_SCORE_ONE && nev_score_real(s) <= 1.0);
        /* Fractions of impure leaves: any sum. The division is predict's. */
        left = ((uint64_t)v << 32) - (v == 0 ? 0 : nev_test_random(&seed));
        assert_int_equal(nev_score_of_probability((double)left / ((double)a * 0x1p32)), left / a);
    }
    assert_int_equal(nev_score_of_probability(1.0), NEV_SCORE_ONE);
}

static int by_score(const void *a, const void *b)
{
    const struct nev_point *x = a, *y = b;

    return x->score < y->score ? -1 : x->score > y->score;
}

/* Verifies: NEV-RF-071 (points and scores sorted as qsort does, equal scores together, any order of rows) */
static void test_merge(void **state)
{
    struct nev_point p[300], q[300];
    uint64_t s[300], seed = 2;
    size_t len, n, i, k, left;

    (void)state;
    for (len = 0; len < 300; len++) {
        for (i = 0; i < len; i++) {
            p[i].score = nev_test_random(&seed) % (1 + (uint32_t)len / 2);
            p[i].positive = nev_test_random(&seed) % 2;
            p[i].negative = 1 - p[i].positive;
            s[i] = p[i].score;
        }
        memcpy(q, p, len * sizeof *q);
        qsort(q, len, sizeof *q, by_score);
        nev_scores_sort(s, len);
        left = nev_points_merge(p, len);
        for (i = 0, n = 0; i < len; i = k, n++) {
            uint32_t positive = 0;

            for (k = i; k < len && q[k].score == q[i].score; k++) {
                positive += q[k].positive;
                assert_int_equal(s[k], q[k].score);
            }
            assert_true(n < left && p[n].score == q[i].score && p[n].positive == positive);
            assert_int_equal(p[n].negative, k - i - positive);
        }
        assert_int_equal(n, left);
    }
}

/* Six scores; positives at 2 (one of three), 4 (one of two), 6, 8 (one of two); worked out by hand. */
static const struct nev_point hand[] = {{0, 0, 4}, {2, 1, 2}, {4, 1, 1}, {6, 1, 0}, {8, 1, 1}};

static void check(enum nev_rule rule, uint32_t value, uint64_t score, uint32_t tp, uint32_t fp)
{
    struct nev_threshold t;
    struct nev_error err;

    assert_int_equal(nev_threshold_choose(hand, 5, rule, value, &t, &err), NEV_OK);
    assert_int_equal(t.score, score);
    assert_int_equal(t.true_positive, tp);
    assert_int_equal(t.false_positive, fp);
    assert_int_equal(t.true_positive + t.false_negative, 4);
    assert_int_equal(t.false_positive + t.true_negative, 8);
}

/* Verifies: NEV-RF-072 (each rule on an example by hand: with thresholds 0, 1, 3, 5, 7, never, there are 4, 4, 3, 2, 1, 0
 * true and 8, 4, 2, 1, 1, 0 false positives among 4 and 8 rows) */
static void test_by_hand(void **state)
{
    (void)state;
    /* J: 0, 1/2, 1/2, 3/8, 1/8, 0: the tie goes to the lower threshold. */
    check(NEV_RULE_YOUDEN, 0, 1, 4, 4);
    check(NEV_RULE_SENSITIVITY, 1000000, 1, 4, 4);
    check(NEV_RULE_SENSITIVITY, 750001, 1, 4, 4);
    check(NEV_RULE_SENSITIVITY, 750000, 3, 3, 2);
    check(NEV_RULE_SENSITIVITY, 1, 5, 2, 1); /* 7 has as many false alarms and misses one more */
    check(NEV_RULE_SPECIFICITY, 750000, 3, 3, 2);
    check(NEV_RULE_SPECIFICITY, 750001, 5, 2, 1);
    check(NEV_RULE_SPECIFICITY, 1000000, NEV_SCORE_NEVER, 0, 0);
    check(NEV_RULE_SPECIFICITY, 1, 1, 4, 4);
    /* Wrong negatives 0, 0, 1/4, 1/2, 3/4, 1; wrong positives 1, 1/2, 1/4, 1/8, 1/8, 0. */
    check(NEV_RULE_EQUAL, 0, 3, 3, 2);
    /* A missed positive costs 1: 8, 4, 3, 3, 4, 4; half: 8, 4, 2.5, 2, 2.5, 2; ten: 8, 4, 12 ... */
    check(NEV_RULE_COST, 1000000, 3, 3, 2);
    check(NEV_RULE_COST, 500000, 5, 2, 1);
    check(NEV_RULE_COST, 10000000, 1, 4, 4);
    check(NEV_RULE_COST, 1, NEV_SCORE_NEVER, 0, 0);
}

/* The merit of a threshold by a rule in float64; counts below 40 make every comparison exact but for equal quotients. */
static double merit(const struct nev_threshold *t)
{
    double p = t->true_positive + t->false_negative, n = t->true_negative + t->false_positive;
    double sensitivity = t->true_positive / p, specificity = t->true_negative / n;
    double off = t->false_negative / p - t->false_positive / n;

    switch (t->rule) {
    case NEV_RULE_YOUDEN:
        return sensitivity + specificity;
    case NEV_RULE_SENSITIVITY:
        return sensitivity * 1e6 < t->value - 1e-6 ? -1.0 : specificity;
    case NEV_RULE_SPECIFICITY:
        return specificity * 1e6 < t->value - 1e-6 ? -1.0 : sensitivity;
    case NEV_RULE_EQUAL:
        return off < 0.0 ? off : -off;
    default:
        return -(t->value * 1e-6 * t->false_negative + t->false_positive);
    }
}

/* Verifies: NEV-RF-072 (no threshold at all is better by the rule; counts are those of the threshold) */
static void test_no_better(void **state)
{
    uint64_t seed = 3;
    uint32_t i, k, rule, len;

    (void)state;
    for (i = 0; i < 3000; i++) {
        struct nev_point p[12];
        struct nev_threshold t, other;
        struct nev_error err;
        uint64_t cut;

        len = 2 + nev_test_random(&seed) % 10;
        rule = 1 + i % NEV_RULE_LAST;
        for (k = 0; k < len; k++) {
            p[k].score = k * 5;
            p[k].positive = nev_test_random(&seed) % 4;
            p[k].negative = nev_test_random(&seed) % 4;
        }
        p[0].positive++;
        p[1].negative++;
        memset(&other, 0, sizeof other);
        other.rule = (enum nev_rule)rule;
        other.value =
            rule == NEV_RULE_YOUDEN || rule == NEV_RULE_EQUAL ? 0 : 1 + nev_test_random(&seed) % 999999;
        assert_int_equal(nev_threshold_choose(p, len, other.rule, other.value, &t, &err), NEV_OK);
        for (cut = 0; cut < 62; cut++) {
            other.true_positive = other.false_positive = other.true_negative = other.false_negative = 0;
            for (k = 0; k < len; k++) {
                if (p[k].score >= cut) {
                    other.true_positive += p[k].positive;
                    other.false_positive += p[k].negative;
                } else {
                    other.false_negative += p[k].positive;
                    other.true_negative += p[k].negative;
                }
            }
            assert_true(merit(&other) <= merit(&t) + 1e-9);
            if (cut == t.score || (cut == 61 && t.score == NEV_SCORE_NEVER)) {
                assert_true(merit(&other) == merit(&t));
                assert_int_equal(other.true_positive, t.true_positive);
                assert_int_equal(other.false_positive, t.false_positive);
            }
        }
    }
}

/* Verifies: NEV-RF-072 (one class only, unknown rules and values outside their ranges are refused) */
static void test_refusals(void **state)
{
    static const struct nev_point one[] = {{0, 3, 0}, {5, 1, 0}};
    struct nev_threshold t;
    struct nev_error err;

    (void)state;
    assert_int_equal(nev_threshold_choose(one, 2, NEV_RULE_YOUDEN, 0, &t, &err), NEV_ERR_DATA);
    assert_int_equal(nev_threshold_choose(hand, 0, NEV_RULE_YOUDEN, 0, &t, &err), NEV_ERR_DATA);
    assert_int_equal(nev_threshold_choose(hand, 5, NEV_RULE_NONE, 0, &t, &err), NEV_ERR_ARGUMENT);
    assert_int_equal(nev_threshold_choose(hand, 5, (enum nev_rule)6, 0, &t, &err), NEV_ERR_ARGUMENT);
    assert_int_equal(nev_threshold_choose(hand, 5, NEV_RULE_YOUDEN, 1, &t, &err), NEV_ERR_ARGUMENT);
    assert_int_equal(nev_threshold_choose(hand, 5, NEV_RULE_COST, 0, &t, &err), NEV_ERR_ARGUMENT);
    assert_int_equal(nev_threshold_choose(hand, 5, NEV_RULE_SENSITIVITY, 1000001, &t, &err),
                     NEV_ERR_ARGUMENT);
    assert_true(t.rule == NEV_RULE_NONE && t.score == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),    cmocka_unit_test(test_merge),    cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_no_better), cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests_name("threshold", tests, NULL, NULL);
}
