/* SPDX-License-Identifier: MIT */
#include "tools/forests/growth.h"

#include <stdbool.h>
#include <string.h>

#include "tools/base/report.h"

/* Reads digits at *at, up to `most`; false if there are none or the number is greater. */
static bool read_whole(const char **at, uint64_t most, uint64_t *value)
{
    const char *p = *at;

    *value = 0;
    while (*p >= '0' && *p <= '9') {
        *value = *value * 10 + (uint64_t)(*p++ - '0');
        if (*value > most) {
            return false;
        }
    }
    if (p == *at) {
        return false;
    }
    *at = p;
    return true;
}

/* Reads a number with at most six decimals in millionths, up to `most` of them. */
static bool read_millionths(const char **at, uint64_t most, uint64_t *value)
{
    uint64_t unit = NEV_MILLION;

    if (!read_whole(at, most / NEV_MILLION, value)) {
        return false;
    }
    *value *= NEV_MILLION;
    if (**at == '.') {
        for ((*at)++; **at >= '0' && **at <= '9'; (*at)++) {
            unit /= 10;
            *value += unit * (uint64_t)(**at - '0');
            if (unit == 0) {
                return false;
            }
        }
        if (unit == NEV_MILLION) {
            return false;
        }
    }
    return *value <= most;
}

enum nev_exit nev_growth_trees(const char *text, struct nev_forest_params *params)
{
    uint64_t first = 0, last;
    const char *at = text;

    if (!read_whole(&at, NEV_FOREST_TREES_MAX, &last)) {
        last = 0;
        at = "?";
    } else if (*at == '-') {
        at++;
        first = last;
        if (!read_whole(&at, NEV_FOREST_TREES_MAX - 1, &last) || last < first) {
            at = "?";
        }
        last++;
    }
    if (*at != '\0' || last == 0) {
        return nev_report_text(
            NEV_EXIT_USAGE, "train",
            "--trees is a number, 1 to %u, or a range of tree numbers such as 0-24, up to %u",
            NEV_FOREST_TREES_MAX, NEV_FOREST_TREES_MAX - 1);
    }
    params->first_tree = (uint32_t)first;
    params->trees = (uint32_t)(last - first);
    return NEV_EXIT_OK;
}

/* A whole number up to `all`, or a fraction of it; false if it is neither. */
static bool read_share(const char *text, size_t all, uint64_t half, uint64_t *share)
{
    const char *at = text;
    uint64_t millionths;

    if (strchr(text, '.') == NULL) {
        return read_whole(&at, all, share) && *at == '\0' && *share != 0;
    }
    if (!read_millionths(&at, NEV_MILLION, &millionths) || *at != '\0' || millionths == 0) {
        return false;
    }
    *share = ((uint64_t)all * millionths + half) / NEV_MILLION;
    *share = *share == 0 ? 1 : *share;
    return true;
}

enum nev_exit nev_growth_features(const char *text, size_t features, struct nev_forest_params *params)
{
    uint64_t share = 1;

    if (strcmp(text, "sqrt") == 0) {
        while ((share + 1) * (share + 1) <= features) {
            share++;
        }
    } else if (strcmp(text, "log2") == 0) {
        for (share = 0; features >> (share + 1) != 0; share++) {
        }
        share = share == 0 ? 1 : share;
    } else if (strcmp(text, "all") == 0) {
        share = features;
    } else if (!read_share(text, features, 0, &share)) {
        return nev_report_text(NEV_EXIT_USAGE, "train",
                               "--max-features is sqrt, log2, all, a number from 1 to the %zu features, or a "
                               "fraction such as 0.3, up to 1.0",
                               features);
    }
    params->candidates = (uint32_t)share;
    return NEV_EXIT_OK;
}

enum nev_exit nev_growth_sample(const char *text, size_t rows, struct nev_forest_params *params)
{
    uint64_t share;

    if (!read_share(text, rows, NEV_MILLION / 2, &share)) {
        return nev_report_text(
            NEV_EXIT_USAGE, "train",
            "--sample is a number from 1 to the %zu rows, or a fraction such as 0.5, up to 1.0", rows);
    }
    params->draws = (uint32_t)share;
    return NEV_EXIT_OK;
}

/* The class whose name and '=' stand at the text; the longest, if several do. */
static uint32_t class_at(const struct nev_classes *classes, const char *text, size_t *len)
{
    uint32_t best = classes->len, k;

    *len = 0;
    for (k = 0; k < classes->len; k++) {
        size_t n = strlen(classes->name[k]);

        if (n >= *len && strncmp(text, classes->name[k], n) == 0 && text[n] == '=') {
            best = k;
            *len = n;
        }
    }
    return best;
}

static enum nev_exit given_weights(const char *text, const struct nev_classes *classes, uint32_t *weight)
{
    const char *at = text;
    uint32_t k;

    for (k = 0; k < classes->len; k++) {
        weight[k] = 0;
    }
    for (;;) {
        uint64_t value;
        size_t len;

        k = class_at(classes, at, &len);
        if (k == classes->len || weight[k] != 0) {
            return nev_report_text(
                NEV_EXIT_USAGE, "train",
                "--class-weight: '%s' does not begin with a class that has no weight yet, and "
                "'='",
                at);
        }
        at += len + 1;
        if (!read_millionths(&at, UINT32_MAX, &value) || value == 0 || (*at != ',' && *at != '\0')) {
            return nev_report_text(NEV_EXIT_USAGE, "train",
                                   "--class-weight: the weight of '%s' is not a number from 0.000001 to "
                                   "4294.967295 with at most six decimals",
                                   classes->name[k]);
        }
        weight[k] = (uint32_t)value;
        if (*at == '\0') {
            break;
        }
        at++;
    }
    for (k = 0; k < classes->len; k++) {
        if (weight[k] == 0) {
            return nev_report_text(NEV_EXIT_USAGE, "train", "--class-weight: class '%s' has no weight",
                                   classes->name[k]);
        }
    }
    return NEV_EXIT_OK;
}

enum nev_exit nev_growth_weights(const char *text, const struct nev_classes *classes,
                                 struct nev_forest_params *params, uint32_t *weight)
{
    static const char *const names[] = {"none", "balanced", "balanced_subsample"};
    uint32_t k;

    for (k = 0; k < sizeof names / sizeof names[0]; k++) {
        if (strcmp(text, names[k]) == 0) {
            params->class_weight = (enum nev_forest_weight)k;
            return NEV_EXIT_OK;
        }
    }
    params->class_weight = NEV_FOREST_WEIGHT_GIVEN;
    return given_weights(text, classes, weight);
}
