/* SPDX-License-Identifier: MIT */
/*
 * metrics.h - what a classifier's answers are worth: confusion matrix, the paper's five figures, AUC, spread.
 *
 * A confusion matrix of k classes is k*k counts, row the true class, column the answer. A ratio 0/0 (a class
 * that is never answered has no precision) counts as 0.
 */
#ifndef NEV_TOOLS_METRICS_H
#define NEV_TOOLS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of the paper's tables. One list makes the numbers, the keys and the headings. */
#define NEV_METRIC_LIST(X)                                                                                   \
    X(NEV_METRIC_ACCURACY, "accuracy", "Accuracy")                                                           \
    X(NEV_METRIC_PRECISION, "precision", "Precision")                                                        \
    X(NEV_METRIC_SENSITIVITY, "sensitivity", "Sensitivity")                                                  \
    X(NEV_METRIC_SPECIFICITY, "specificity", "Specificity")                                                  \
    X(NEV_METRIC_F1, "f1", "F1")                                                                             \
    X(NEV_METRIC_AUC, "auc", "AUC")

#define NEV_METRIC_ENUM(id, key, heading) id,
enum nev_metric { NEV_METRIC_LIST(NEV_METRIC_ENUM) NEV_METRIC_LEN };
#undef NEV_METRIC_ENUM

#define NEV_METRIC_PAPER_LEN NEV_METRIC_AUC /* those before AUC are in the paper */

/* nev_metric_key, nev_metric_heading - "f1" and "F1". */
const char *nev_metric_key(enum nev_metric m);
const char *nev_metric_heading(enum nev_metric m);

/* Fractions of 1. */
struct nev_metrics {
    double value[NEV_METRIC_LEN];
    bool has_auc;
};

/*
 * nev_metrics_positive - the figures with one class as the positive one and all others together as the
 *                        negative one; accuracy is that of all classes.
 * Computes   precision TP/(TP+FP), sensitivity TP/(TP+FN), specificity TN/(TN+FP), F1 2TP/(2TP+FP+FN)
 * Shapes     confusion [classes, classes]; has_auc is false
 */
void nev_metrics_positive(const uint64_t *confusion, uint32_t classes, uint32_t positive,
                          struct nev_metrics *out);

/*
 * nev_metrics_macro - the mean over classes of each one's figures as the positive class: the paper's way.
 * F1 is the mean of the classes' F1, not the F1 of the means.
 */
void nev_metrics_macro(const uint64_t *confusion, uint32_t classes, struct nev_metrics *out);

/*
 * nev_metrics_auc - the area under the ROC curve: the probability that a positive row scores above a negative
 *                   one, a tie counting one half.
 * Computes   exactly, by integers: (2 * pairs in order + tied pairs) / (2 * positives * negatives)
 * Shapes     order [len] is work memory
 * Range      len < 2^31; no score is NaN
 * Errors     false, and *auc 0, if there are no positive or no negative rows
 * Source     Hanley and McNeil, Radiology 143 (1982): the area is the Wilcoxon statistic
 */
bool nev_metrics_auc(const double *score, const bool *is_positive, size_t len, size_t *order, double *auc);

/* A mean and a sample standard deviation (n - 1 in the denominator; 0 for one value). */
struct nev_spread {
    double mean, deviation;
};

/* nev_spread_of - of len values, value[i * stride]. */
struct nev_spread nev_spread_of(const double *value, size_t len, size_t stride);

#endif
