/* SPDX-License-Identifier: MIT */
#include "tools/judge/metrics.h"

#include <string.h>

#include "nn/base/real.h"

#define METRIC_KEY(id, key, heading)     key,
#define METRIC_HEADING(id, key, heading) heading,
static const char *const keys[NEV_METRIC_LEN] = {NEV_METRIC_LIST(METRIC_KEY)};
static const char *const headings[NEV_METRIC_LEN] = {NEV_METRIC_LIST(METRIC_HEADING)};

const char *nev_metric_key(enum nev_metric m)
{
    return keys[m];
}

const char *nev_metric_heading(enum nev_metric m)
{
    return headings[m];
}

static double ratio(uint64_t a, uint64_t b)
{
    return b == 0 ? 0.0 : (double)a / (double)b;
}

void nev_metrics_positive(const uint64_t *confusion, uint32_t classes, uint32_t positive,
                          struct nev_metrics *out)
{
    uint64_t tp = confusion[(size_t)positive * classes + positive], fn = 0, fp = 0, total = 0, right = 0, tn;
    uint32_t r, c;

    for (r = 0; r < classes; r++) {
        for (c = 0; c < classes; c++) {
            uint64_t n = confusion[(size_t)r * classes + c];

            total += n;
            right += r == c ? n : 0;
            fn += r == positive && c != positive ? n : 0;
            fp += r != positive && c == positive ? n : 0;
        }
    }
    tn = total - tp - fn - fp;
    memset(out, 0, sizeof *out);
    out->value[NEV_METRIC_ACCURACY] = ratio(right, total);
    out->value[NEV_METRIC_PRECISION] = ratio(tp, tp + fp);
    out->value[NEV_METRIC_SENSITIVITY] = ratio(tp, tp + fn);
    out->value[NEV_METRIC_SPECIFICITY] = ratio(tn, tn + fp);
    out->value[NEV_METRIC_F1] = ratio(2 * tp, 2 * tp + fp + fn);
}

void nev_metrics_macro(const uint64_t *confusion, uint32_t classes, struct nev_metrics *out)
{
    struct nev_metrics one;
    uint32_t k;
    int m;

    memset(out, 0, sizeof *out);
    for (k = 0; k < classes; k++) {
        nev_metrics_positive(confusion, classes, k, &one);
        for (m = NEV_METRIC_PRECISION; m <= NEV_METRIC_F1; m++) {
            out->value[m] += one.value[m];
        }
        out->value[NEV_METRIC_ACCURACY] = one.value[NEV_METRIC_ACCURACY];
    }
    for (m = NEV_METRIC_PRECISION; m <= NEV_METRIC_F1; m++) {
        out->value[m] /= classes == 0 ? 1.0 : (double)classes;
    }
}

/* Restores the heap below `top`: every parent's score is at least its children's. */
static void sift(const double *score, size_t *order, size_t top, size_t len)
{
    size_t child, moved = order[top];

    while ((child = 2 * top + 1) < len) {
        if (child + 1 < len && score[order[child + 1]] > score[order[child]]) {
            child++;
        }
        if (score[order[child]] <= score[moved]) {
            break;
        }
        order[top] = order[child];
        top = child;
    }
    order[top] = moved;
}

/* Heapsort: qsort has no way to reach the scores without a global. */
static void sort_by_score(const double *score, size_t *order, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        order[i] = i;
    }
    for (i = len / 2; i-- > 0;) {
        sift(score, order, i, len);
    }
    for (i = len; i-- > 1;) {
        size_t largest = order[0];

        order[0] = order[i];
        order[i] = largest;
        sift(score, order, 0, i);
    }
}

bool nev_metrics_auc(const double *score, const bool *is_positive, size_t len, size_t *order, double *auc)
{
    uint64_t below = 0, positives = 0, twice = 0; /* Bounds: 2 * 2^30 * 2^30 pairs at most */
    size_t i, j;

    *auc = 0.0;
    sort_by_score(score, order, len);
    for (i = 0; i < len; i = j) {
        uint64_t p = 0, n = 0;

        for (j = i; j < len && score[order[j]] == score[order[i]]; j++) {
            p += is_positive[order[j]] ? 1 : 0;
            n += is_positive[order[j]] ? 0 : 1;
        }
        twice += p * (2 * below + n);
        below += n;
        positives += p;
    }
    if (positives == 0 || below == 0) {
        return false;
    }
    *auc = (double)twice / (2.0 * (double)positives * (double)below);
    return true;
}

struct nev_spread nev_spread_of(const double *value, size_t len, size_t stride)
{
    struct nev_spread s = {0.0, 0.0};
    double squares = 0.0;
    size_t i;

    if (len == 0) {
        return s;
    }
    for (i = 0; i < len; i++) {
        s.mean += value[i * stride];
    }
    s.mean /= (double)len;
    for (i = 0; i < len; i++) {
        squares += (value[i * stride] - s.mean) * (value[i * stride] - s.mean);
    }
    s.deviation = len < 2 ? 0.0 : nev_sqrt(squares / (double)(len - 1));
    return s;
}
