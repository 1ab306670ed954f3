/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdbool.h>

#include "tools/judge/metrics.h"

/* Not a tolerance of judgement: a few roundings of binary64. */
static void assert_near(double value, double expected)
{
    double d = value - expected;

    assert_true(d < 1e-14 && d > -1e-14);
}

/* Verifies: NEV-CLI-010 (two classes: 40 of 50 negatives and 30 of 40 positives right, by hand) */
static void test_two_classes(void **state)
{
    const uint64_t confusion[4] = {40, 10, 10, 30};
    struct nev_metrics m;

    (void)state;
    nev_metrics_positive(confusion, 2, 1, &m);
    assert_near(m.value[NEV_METRIC_ACCURACY], 70.0 / 90);
    assert_near(m.value[NEV_METRIC_PRECISION], 30.0 / 40);
    assert_near(m.value[NEV_METRIC_SENSITIVITY], 30.0 / 40);
    assert_near(m.value[NEV_METRIC_SPECIFICITY], 40.0 / 50);
    assert_near(m.value[NEV_METRIC_F1], 60.0 / 80);
    assert_false(m.has_auc);
    nev_metrics_macro(confusion, 2, &m);
    assert_near(m.value[NEV_METRIC_ACCURACY], 70.0 / 90);
    assert_near(m.value[NEV_METRIC_PRECISION], (40.0 / 50 + 30.0 / 40) / 2);
    assert_near(m.value[NEV_METRIC_SENSITIVITY], (40.0 / 50 + 30.0 / 40) / 2);
    assert_near(m.value[NEV_METRIC_SPECIFICITY], (30.0 / 40 + 40.0 / 50) / 2);
    assert_near(m.value[NEV_METRIC_F1], (80.0 / 100 + 60.0 / 80) / 2);
}

/* Verifies: NEV-CLI-010 (rows are the truth and columns the answer: an asymmetric matrix tells them apart) */
static void test_orientation(void **state)
{
    const uint64_t confusion[4] = {6, 4, 1, 9};
    struct nev_metrics m;

    (void)state;
    nev_metrics_positive(confusion, 2, 1, &m);
    assert_near(m.value[NEV_METRIC_PRECISION], 9.0 / 13);
    assert_near(m.value[NEV_METRIC_SENSITIVITY], 9.0 / 10);
    assert_near(m.value[NEV_METRIC_SPECIFICITY], 6.0 / 10);
    assert_near(m.value[NEV_METRIC_F1], 18.0 / 23);
}

/* Verifies: NEV-CLI-010 (three classes, one of which is never answered: 0/0 counts as 0) */
static void test_three_classes(void **state)
{
    const uint64_t confusion[9] = {5, 1, 0, 2, 6, 0, 3, 1, 0};
    struct nev_metrics m;

    (void)state;
    nev_metrics_positive(confusion, 3, 2, &m);
    assert_near(m.value[NEV_METRIC_PRECISION], 0);
    assert_near(m.value[NEV_METRIC_SENSITIVITY], 0);
    assert_near(m.value[NEV_METRIC_SPECIFICITY], 1);
    assert_near(m.value[NEV_METRIC_F1], 0);
    nev_metrics_macro(confusion, 3, &m);
    assert_near(m.value[NEV_METRIC_ACCURACY], 11.0 / 18);
    assert_near(m.value[NEV_METRIC_PRECISION], (5.0 / 10 + 6.0 / 8 + 0) / 3);
    assert_near(m.value[NEV_METRIC_SENSITIVITY], (5.0 / 6 + 6.0 / 8 + 0) / 3);
    assert_near(m.value[NEV_METRIC_SPECIFICITY], (7.0 / 12 + 8.0 / 10 + 1) / 3);
    assert_near(m.value[NEV_METRIC_F1], (10.0 / 16 + 12.0 / 16 + 0) / 3);
}

/* Verifies: NEV-CLI-010 (no row at all) */
static void test_empty(void **state)
{
    const uint64_t confusion[4] = {0, 0, 0, 0};
    struct nev_metrics m;
    int i;

    (void)state;
    nev_metrics_macro(confusion, 2, &m);
    for (i = 0; i < NEV_METRIC_LEN; i++) {
        assert_near(m.value[i], 0);
    }
}

/* Verifies: NEV-CLI-011 (perfect, reversed, all tied, and a case with ties counted by hand) */
static void test_auc(void **state)
{
    const bool truth[5] = {false, true, false, true, true};
    const double perfect[5] = {0.1, 0.6, 0.2, 0.7, 0.8}, reversed[5] = {0.9, 0.2, 0.8, 0.1, 0.0};
    const double tied[5] = {0.5, 0.5, 0.5, 0.5, 0.5};
    /* Pairs positive over negative: 0.4>0.4 tie, 0.4<0.6, 0.6>0.4, 0.6=0.6 tie, 0.2<0.4, 0.2<0.6:
     * 1 won and 2 tied of 6. */
    const double mixed[5] = {0.4, 0.4, 0.6, 0.6, 0.2};
    size_t order[5];
    double auc;

    (void)state;
    assert_true(nev_metrics_auc(perfect, truth, 5, order, &auc));
    assert_true(auc == 1.0);
    assert_true(nev_metrics_auc(reversed, truth, 5, order, &auc));
    assert_true(auc == 0.0);
    assert_true(nev_metrics_auc(tied, truth, 5, order, &auc));
    assert_true(auc == 0.5);
    assert_true(nev_metrics_auc(mixed, truth, 5, order, &auc));
    assert_true(auc == 2.0 / 6.0);
}

/* Verifies: NEV-CLI-011 (one class only: there is no curve) */
static void test_auc_undefined(void **state)
{
    const bool all[2] = {true, true}, none[2] = {false, false};
    const double score[2] = {0.1, 0.2};
    size_t order[2];
    double auc = 7;

    (void)state;
    assert_false(nev_metrics_auc(score, all, 2, order, &auc));
    assert_true(auc == 0.0);
    assert_false(nev_metrics_auc(score, none, 2, order, &auc));
    assert_false(nev_metrics_auc(score, none, 0, order, &auc));
}

/* Verifies: NEV-CLI-011 (the same number as counting every pair, on random scores with many ties) */
static void test_auc_counts_pairs(void **state)
{
    enum { LEN = 300 };
    static double score[LEN];
    static bool truth[LEN];
    static size_t order[LEN];
    uint64_t random = 5, twice = 0, pairs = 0;
    double auc;
    size_t i, j;

    (void)state;
    for (i = 0; i < LEN; i++) {
        score[i] = (double)(nev_test_random(&random) % 23) / 23;
        truth[i] = nev_test_random(&random) % 3 == 0;
    }
    for (i = 0; i < LEN; i++) {
        for (j = 0; j < LEN; j++) {
            if (truth[i] && !truth[j]) {
                pairs++;
                twice += score[i] > score[j] ? 2 : score[i] == score[j] ? 1 : 0;
            }
        }
    }
    assert_true(nev_metrics_auc(score, truth, LEN, order, &auc));
    assert_true(auc == (double)twice / (2.0 * (double)pairs));
}

/* Verifies: NEV-CLI-012 (mean and sample standard deviation) */
static void test_spread(void **state)
{
    const double value[6] = {2, -1, 4, -1, 6, -1};
    struct nev_spread s = nev_spread_of(value, 3, 2);

    (void)state;
    assert_near(s.mean, 4);
    assert_near(s.deviation, 2);
    s = nev_spread_of(value, 1, 1);
    assert_true(s.mean == 2 && s.deviation == 0);
    s = nev_spread_of(value, 0, 1);
    assert_true(s.mean == 0 && s.deviation == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_classes),
        cmocka_unit_test(test_orientation),
        cmocka_unit_test(test_three_classes),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_auc),
        cmocka_unit_test(test_auc_undefined),
        cmocka_unit_test(test_auc_counts_pairs),
        cmocka_unit_test(test_spread),
    };

    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
