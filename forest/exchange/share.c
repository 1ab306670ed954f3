/* SPDX-License-Identifier: MIT */
#include "forest/exchange/share.h"

#include <string.h>

#define SUM_MAX   (UINT64_C(1) << 22) /* of counts that are found exactly */
#define ROUGH     1073741824.0        /* 2^30: of counts that are not */
#define SLACK     0x1p-23             /* relative: two roundings to binary32 */
#define SLACK_SUM 0x1p-22
#define TERMS_MAX 64

bool nev_share_fraction(double low, double high, uint64_t *above, uint64_t *below)
{
    uint64_t p0 = 0, q0 = 1, p1 = 1, q1 = 0;
    int i;

    for (i = 0; i < TERMS_MAX; i++) {
        const uint64_t whole = (uint64_t)low; /* Bounds: low <= 2^53, see below */
        const bool is_last = (double)whole == low || (double)(whole + 1) <= high;
        const uint64_t term = (double)whole == low ? whole : is_last ? whole + 1 : whole;
        const uint64_t p = term * p1 + p0, q = term * q1 + q0; /* Bounds: term <= 2^30, p1, q1 <= 2^23 */
        const double rest = high - (double)whole;

        if (q > SUM_MAX || p > 2 * SUM_MAX) {
            return false;
        }
        if (is_last) {
            *above = p;
            *below = q;
            return true;
        }
        p0 = p1;
        q0 = q1;
        p1 = p;
        q1 = q;
        high = 1.0 / (low - (double)whole);
        low = 1.0 / rest;
        if (!(low <= ROUGH)) {
            return false;
        }
        high = high < low ? low : high;
    }
    return false;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        const uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* The nearest whole number to share * sum. */
static uint32_t nearest(double share, double sum)
{
    const double product = share * sum, down = (double)(uint64_t)product;

    return (uint32_t)down + (product - down >= 0.5 ? 1 : 0);
}

/* The least common denominator of all shares' simplest fractions, or 0 if it is too large. */
static uint64_t denominator(const double *share, uint32_t len, uint32_t first)
{
    uint64_t sum = 1, above, below;
    uint32_t k;

    for (k = first; k < len; k++) {
        const double slack = share[k] * SLACK;

        if (share[k] == 0.0) {
            continue;
        }
        if (!nev_share_fraction(share[k] - slack, share[k] + slack, &above, &below)) {
            return 0;
        }
        sum = sum / gcd(sum, below) * below; /* Bounds: 2^22 * 2^22 */
        if (sum > SUM_MAX) {
            return 0;
        }
    }
    return sum;
}

/* Counts of about that sum; false if they do not give the shares back, or a present class gets nothing. */
static bool scale(const double *share, uint32_t len, uint32_t first, double sum, uint32_t *count)
{
    uint64_t all = 0;
    uint32_t k;

    for (k = first; k < len; k++) {
        const double product = share[k] * sum, slack = product * SLACK_SUM;

        count[k] = nearest(share[k], sum);
        if ((double)count[k] - product > slack || product - (double)count[k] > slack) {
            return false;
        }
        all += count[k];
    }
    if (first == 1) {
        if (all > (uint64_t)sum) {
            return false;
        }
        count[0] = (uint32_t)((uint64_t)sum - all);
        return true;
    }
    return all == (uint64_t)sum;
}

bool nev_share_counts(const double *share, uint32_t len, bool is_rest, uint32_t *count)
{
    const uint32_t first = is_rest ? 1 : 0;
    double all = 0.0;
    uint64_t sum, left = (uint64_t)ROUGH;
    uint32_t k;

    memset(count, 0, len * sizeof *count);
    for (k = first; k < len; k++) {
        if (!(share[k] >= 0.0 && share[k] <= 1.0 + SLACK_SUM)) {
            return false;
        }
        all += share[k];
    }
    if (all > 1.0 + SLACK_SUM || (first == 0 && all < 1.0 - SLACK_SUM)) {
        return false;
    }
    sum = denominator(share, len, first);
    if (sum != 0 && scale(share, len, first, (double)sum, count)) {
        return true;
    }
    for (k = first; k < len; k++) {
        count[k] = nearest(share[k], ROUGH);
        count[k] = count[k] == 0 && share[k] > 0.0 ? 1 : count[k];
        left = left > count[k] ? left - count[k] : 0;
    }
    if (first == 1) {
        count[0] = (uint32_t)left;
    }
    return true;
}
