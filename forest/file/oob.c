/* SPDX-License-Identifier: MIT */
#include "forest/file/oob.h"

#include <stddef.h>
#include <string.h>

#include "forest/file/node.h"
#include "nn/base/bytes.h"

#define ONE ((uint64_t)1 << 32) /* a fraction of 1 */

/* A part's data: labels, u16 [rows]; votes, u16 [rows, classes]; sums, u64 [rows, classes], if it is mixed. */
static size_t votes_at(uint32_t rows, uint32_t classes, uint32_t row)
{
    return 2 * ((size_t)rows + (size_t)row * classes);
}

static size_t sums_at(uint32_t rows, uint32_t classes, uint32_t row)
{
    return 2 * ((size_t)rows + (size_t)rows * classes) + 8 * (size_t)row * classes;
}

uint64_t nev_oob_bytes(uint32_t rows, uint32_t classes, bool is_mixed)
{
    return 2 * (uint64_t)rows * (1 + classes) + (is_mixed ? 8 * (uint64_t)rows * classes : 0);
}

void nev_oob_add_leaf(const struct nev_oob *oob, uint32_t row, const uint8_t *leaf, uint32_t entry)
{
    size_t at = (size_t)row * oob->classes;

    oob->votes[at + nev_entry_class(leaf, entry)]++;
    nev_leaf_add(leaf, entry, oob->sum + at);
}

void nev_oob_add_part(const struct nev_oob *oob, const struct nev_forest_part *part)
{
    uint32_t row, k;

    for (row = 0; row < oob->rows; row++) {
        const uint8_t *votes = part->oob + votes_at(oob->rows, oob->classes, row);
        size_t at = (size_t)row * oob->classes;

        for (k = 0; k < oob->classes; k++) {
            oob->votes[at + k] += nev_load_u16le(votes + 2 * (size_t)k);
            oob->sum[at + k] += nev_forest_oob_sum(part, row, k);
        }
    }
}

void nev_oob_finish(const struct nev_oob *oob, const uint32_t *label, struct nev_forest_part *part)
{
    uint32_t row, k;

    part->is_mixed = false;
    part->oob_rows = part->oob_correct = 0;
    for (row = 0; row < oob->rows; row++) {
        const uint32_t *votes = oob->votes + (size_t)row * oob->classes;
        const uint64_t *sum = oob->sum + (size_t)row * oob->classes;
        uint32_t answer = nev_forest_label(votes, oob->classes);

        for (k = 0; k < oob->classes; k++) {
            part->is_mixed = part->is_mixed || sum[k] != votes[k] * ONE;
        }
        if (votes[answer] != 0) {
            part->oob_rows++;
            part->oob_correct += answer == label[row];
        }
    }
}

void nev_oob_write(const struct nev_oob *oob, const uint32_t *label, bool is_mixed, uint8_t *bytes)
{
    uint32_t row, k;

    for (row = 0; row < oob->rows; row++) {
        uint8_t *votes = bytes + votes_at(oob->rows, oob->classes, row);
        uint8_t *sums = bytes + sums_at(oob->rows, oob->classes, row);
        size_t at = (size_t)row * oob->classes;

        nev_store_u16le(bytes + 2 * (size_t)row, (uint16_t)label[row]);
        for (k = 0; k < oob->classes; k++) {
            nev_store_u16le(votes + 2 * (size_t)k, (uint16_t)oob->votes[at + k]);
            if (is_mixed) {
                nev_store_u64le(sums + 8 * (size_t)k, oob->sum[at + k]);
            }
        }
    }
}

uint32_t nev_forest_oob_label(const struct nev_forest_part *part, uint32_t row)
{
    return nev_load_u16le(part->oob + 2 * (size_t)row);
}

/* The votes for one class. */
static uint32_t votes_of(const struct nev_forest_part *part, uint32_t row, uint32_t k)
{
    return nev_load_u16le(part->oob + votes_at(part->rows, part->classes, row) + 2 * (size_t)k);
}

uint32_t nev_forest_oob_votes(const struct nev_forest_part *part, uint32_t row, uint32_t *votes)
{
    uint32_t k, trees = 0;

    for (k = 0; k < part->classes; k++) {
        votes[k] = votes_of(part, row, k);
        trees += votes[k];
    }
    return trees;
}

uint64_t nev_forest_oob_sum(const struct nev_forest_part *part, uint32_t row, uint32_t class_id)
{
    return part->is_mixed
               ? nev_load_u64le(part->oob + sums_at(part->rows, part->classes, row) + 8 * (size_t)class_id)
               : votes_of(part, row, class_id) * ONE;
}

bool nev_forest_oob_probability(const struct nev_forest_part *part, uint32_t row, double *probability)
{
    uint32_t k, trees = 0;

    for (k = 0; k < part->classes; k++) {
        trees += votes_of(part, row, k);
    }
    for (k = 0; k < part->classes; k++) {
        /* Bounds: at most 2^16 * 2^32, exact in binary64. */
        probability[k] =
            trees == 0 ? 0.0 : (double)nev_forest_oob_sum(part, row, k) / ((double)trees * (double)ONE);
    }
    return trees != 0;
}

/* Checks one row. A leaf's fractions are each within half a unit, so with n trees and c classes they sum to n
 * within n * c / 2 units. */
static const char *check_row(const struct nev_forest_part *part, uint32_t row, uint32_t *answer,
                             bool *is_mixed)
{
    uint64_t trees = 0, sum = 0, slack;
    uint32_t k, best = 0;

    *answer = UINT32_MAX;
    for (k = 0; k < part->classes; k++) {
        uint32_t votes = votes_of(part, row, k);
        uint64_t fraction = nev_forest_oob_sum(part, row, k);

        if (votes > best) {
            best = votes;
            *answer = k;
        }
        trees += votes;
        /* Bounds: votes are at most 2^16 - 1 each, so with this fractions sum to less than 2^59. */
        if (fraction > (uint64_t)part->params.trees * ONE) {
            return "a sum of fractions out of bag is more than its trees can give";
        }
        sum += fraction;
        *is_mixed = *is_mixed || fraction != votes * ONE;
    }
    slack = (trees * part->classes + 1) / 2;
    if (trees > part->params.trees) {
        return "a row has more votes out of bag than there are trees";
    }
    if (sum + slack < trees * ONE || sum > trees * ONE + slack) {
        return "fractions out of bag do not sum to the votes";
    }
    return NULL;
}

const char *nev_oob_check(const struct nev_forest_part *part, uint64_t *offset)
{
    uint32_t row, answer, rows = 0, correct = 0;
    bool is_mixed = false;

    for (row = 0; row < part->rows; row++) {
        uint32_t label = nev_forest_oob_label(part, row);
        const char *what;

        *offset = 2 * (uint64_t)row;
        if (label >= part->classes) {
            return "a row's class is out of range";
        }
        *offset = votes_at(part->rows, part->classes, row);
        if ((what = check_row(part, row, &answer, &is_mixed)) != NULL) {
            return what;
        }
        rows += answer != UINT32_MAX;
        correct += answer == label;
    }
    *offset = 0;
    if (is_mixed != part->is_mixed) {
        return "sums of fractions are kept that the votes say already";
    }
    return rows != part->oob_rows || correct != part->oob_correct
               ? "the score out of bag is not the one stated"
               : NULL;
}
