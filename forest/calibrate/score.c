/* SPDX-License-Identifier: MIT */
#include "forest/calibrate/score.h"

static void sift_points(struct nev_point *p, size_t at, size_t len)
{
    struct nev_point moved = p[at];
    size_t child;

    for (; (child = 2 * at + 1) < len; at = child) {
        child += child + 1 < len && p[child + 1].score > p[child].score;
        if (p[child].score <= moved.score) {
            break;
        }
        p[at] = p[child];
    }
    p[at] = moved;
}

size_t nev_points_merge(struct nev_point *p, size_t len)
{
    struct nev_point last;
    size_t i, left = 0;

    for (i = len / 2; i-- > 0;) {
        sift_points(p, i, len);
    }
    for (i = len; i-- > 1;) {
        last = p[i];
        p[i] = p[0];
        p[0] = last;
        sift_points(p, 0, i);
    }
    for (i = 0; i < len; i++) {
        if (left > 0 && p[left - 1].score == p[i].score) {
            p[left - 1].positive += p[i].positive;
            p[left - 1].negative += p[i].negative;
        } else {
            p[left++] = p[i];
        }
    }
    return left;
}

static void sift_scores(uint64_t *s, size_t at, size_t len)
{
    uint64_t moved = s[at];
    size_t child;

    for (; (child = 2 * at + 1) < len; at = child) {
        child += child + 1 < len && s[child + 1] > s[child];
        if (s[child] <= moved) {
            break;
        }
        s[at] = s[child];
    }
    s[at] = moved;
}

void nev_scores_sort(uint64_t *s, size_t len)
{
    uint64_t last;
    size_t i;

    for (i = len / 2; i-- > 0;) {
        sift_scores(s, i, len);
    }
    for (i = len; i-- > 1;) {
        last = s[i];
        s[i] = s[0];
        s[0] = last;
        sift_scores(s, 0, i);
    }
}
