/* SPDX-License-Identifier: MIT */
#include "forest/train/weight.h"

#include "forest/file/part.h"
#include "forest/train/wide.h"

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static void divide_out(uint32_t *weight, uint32_t classes)
{
    uint32_t divisor = 0, k;

    for (k = 0; k < classes; k++) {
        divisor = common_divisor(weight[k], divisor);
    }
    for (k = 0; divisor > 1 && k < classes; k++) {
        weight[k] /= divisor;
    }
}

/* num / den to nearest, halves up, at least 1. Bounds: num <= 2^52. */
static uint32_t rounded(uint64_t num, uint32_t den)
{
    uint64_t q = (2 * num + den) / (2 * (uint64_t)den);

    return q == 0 ? 1 : (uint32_t)q;
}

void nev_weight_given(const uint32_t *given, uint32_t classes, uint32_t draws, uint32_t *weight)
{
    uint32_t most = nev_part_weight_most(draws), greatest = 1, k;

    for (k = 0; k < classes; k++) {
        weight[k] = given[k];
    }
    divide_out(weight, classes);
    for (k = 0; k < classes; k++) {
        greatest = weight[k] > greatest ? weight[k] : greatest;
    }
    if (greatest <= most) {
        return;
    }
    for (k = 0; k < classes; k++) {
        weight[k] = rounded((uint64_t)weight[k] * most, greatest);
    }
    divide_out(weight, classes);
}

void nev_weight_balanced(const uint32_t *count, uint32_t classes, uint32_t draws, uint32_t *weight)
{
    uint32_t most = nev_part_weight_most(draws), least = UINT32_MAX, k;

    for (k = 0; k < classes; k++) {
        least = count[k] != 0 && count[k] < least ? count[k] : least;
    }
    for (k = 0; k < classes; k++) {
        weight[k] = count[k] == 0 ? 0 : rounded((uint64_t)most * least, count[k]);
    }
    divide_out(weight, classes);
}

/* floor(w / d), all of it. Schoolbook division in digits of 32 bits: each step's dividend is below d * 2^32. */
static struct nev_wide divide(struct nev_wide w, uint32_t d)
{
    struct nev_wide q;
    uint64_t rest = w.high / d, step;

    q.high = rest;
    rest = w.high % d;
    step = rest << 32 | w.low >> 32;
    q.low = step / d << 32;
    step = (step % d) << 32 | (w.low & 0xFFFFFFFF);
    q.low |= step / d;
    return q;
}

uint64_t nev_weight_quality(uint64_t squares, uint32_t side, uint32_t draws, uint32_t all)
{
    /* Bounds: draws * 2^40 <= 2^61, so the product fits 125 bits. Dividing twice and rounding down twice is
     * rounding down once. */
    struct nev_wide w = nev_wide_product(squares, (uint64_t)draws << 40);

    return divide(divide(w, side), all).low;
}
