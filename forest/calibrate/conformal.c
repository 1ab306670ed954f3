/* SPDX-License-Identifier: MIT */
#include "forest/calibrate/conformal.h"

uint64_t nev_conformal_rank(uint32_t level, uint64_t n)
{
    return ((n + 1) * level + (NEV_MILLION - 1)) / NEV_MILLION;
}

static uint64_t floor_of(uint64_t *score, size_t len, uint32_t level)
{
    uint64_t rank = nev_conformal_rank(level, len);

    if (rank > len) {
        return 0;
    }
    nev_scores_sort(score, len);
    return score[len - (size_t)rank];
}

void nev_conformal_floors(const uint64_t *score, const uint32_t *label, size_t rows, uint32_t classes,
                          uint32_t level, bool by_class, uint64_t *work, uint64_t *floors)
{
    uint32_t k;
    size_t i, len;

    for (k = 0; k < classes; k++) {
        if (!by_class && k > 0) {
            floors[k] = floors[0];
            continue;
        }
        for (i = 0, len = 0; i < rows; i++) {
            if (!by_class || label[i] == k) {
                work[len++] = score[i];
            }
        }
        floors[k] = floor_of(work, len, level);
    }
}
