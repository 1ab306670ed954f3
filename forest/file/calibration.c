/* SPDX-License-Identifier: MIT */
#include "forest/file/calibration.h"

#include <string.h>

#include "forest/calibrate/isotonic.h"
#include "forest/file/calibration_block.h"
#include "nn/base/bytes.h"

/* Notes the first offset where something is wrong. */
static void demand(bool is_right, uint32_t at, uint64_t *wrong)
{
    if (!is_right && *wrong == UINT64_MAX) {
        *wrong = at;
    }
}

static bool is_finite(const uint8_t *at)
{
    return (nev_load_u64le(at) & UINT64_C(0x7FF0000000000000)) != UINT64_C(0x7FF0000000000000);
}

static void must_be_zero(const uint8_t *block, uint32_t from, uint32_t to, uint64_t *wrong)
{
    for (; from < to; from += 4) {
        demand(nev_load_u32le(block + from) == 0, from, wrong);
    }
}

static void check_calibration(const uint8_t *block, uint32_t rows, uint64_t *wrong)
{
    uint32_t method = nev_load_u32le(block + CALB_METHOD), pools = nev_load_u32le(block + CALB_POOLS);

    demand(method == NEV_CALIBRATION_PLATT || method == NEV_CALIBRATION_ISOTONIC, CALB_METHOD, wrong);
    if (method == NEV_CALIBRATION_ISOTONIC) {
        demand(pools >= 1 && pools <= rows, CALB_POOLS, wrong);
        must_be_zero(block, CALB_A, CALB_RULE, wrong);
    } else {
        demand(pools == 0, CALB_POOLS, wrong);
        demand(is_finite(block + CALB_A), CALB_A, wrong);
        demand(is_finite(block + CALB_B), CALB_B, wrong);
    }
}

static void check_threshold(const uint8_t *block, uint32_t rows, uint32_t positive, uint64_t *wrong)
{
    uint32_t rule = nev_load_u32le(block + CALB_RULE), value = nev_load_u32le(block + CALB_VALUE);
    bool is_rate = rule == NEV_RULE_SENSITIVITY || rule == NEV_RULE_SPECIFICITY;
    uint64_t hit = nev_load_u32le(block + CALB_COUNTS), missed = nev_load_u32le(block + CALB_COUNTS + 4);
    uint64_t alarm = nev_load_u32le(block + CALB_COUNTS + 8),
             spared = nev_load_u32le(block + CALB_COUNTS + 12);

    demand(rule >= NEV_RULE_YOUDEN && rule <= NEV_RULE_LAST, CALB_RULE, wrong);
    demand((value != 0) == (is_rate || rule == NEV_RULE_COST) && (!is_rate || value <= NEV_MILLION),
           CALB_VALUE, wrong);
    demand(nev_load_u64le(block + CALB_SCORE) <= NEV_SCORE_NEVER, CALB_SCORE, wrong);
    demand(hit + missed == positive && alarm + spared + positive == rows, CALB_COUNTS, wrong);
}

static void check_floors(const uint8_t *block, uint32_t classes, uint64_t *wrong)
{
    const uint8_t *floors = block + CALB_HEAD;
    uint32_t level = nev_load_u32le(block + CALB_LEVEL), by_class = nev_load_u32le(block + CALB_BY_CLASS), k;

    demand(level >= 1 && level < NEV_MILLION, CALB_LEVEL, wrong);
    demand(by_class <= 1, CALB_BY_CLASS, wrong);
    for (k = 0; k < classes; k++) {
        uint64_t least = nev_load_u64le(floors + (size_t)k * 8);

        demand(least <= NEV_SCORE_ONE && (by_class == 1 || least == nev_load_u64le(floors)),
               CALB_HEAD + k * 8, wrong);
    }
}

/* The pools rise in score and in probability and hold all rows. */
static void check_pools(const uint8_t *pool, uint64_t at, const struct nev_calibration *c, uint64_t *wrong)
{
    uint64_t rows = 0, positive = 0;
    struct nev_pool before = {0, 0, 0, 1}, here;
    uint32_t i;

    for (i = 0; i < c->pool_len && *wrong == UINT64_MAX; i++, before = here) {
        nev_pool_load(pool, i, &here);
        if (here.low > here.high || here.high > NEV_SCORE_ONE || (i > 0 && here.low <= before.high) ||
            here.rows == 0 || here.positive > here.rows ||
            (i > 0 && (uint64_t)here.positive * before.rows <= (uint64_t)before.positive * here.rows)) {
            *wrong = at + (uint64_t)i * NEV_POOL_BYTES;
        }
        rows += here.rows;
        positive += here.positive;
    }
    if (*wrong == UINT64_MAX && (rows != c->rows || positive != c->positive_rows)) {
        *wrong = at;
    }
}

static void load(const uint8_t *block, uint32_t classes, struct nev_calibration *c)
{
    uint32_t holds = nev_load_u32le(block + CALB_HOLDS);

    memset(c, 0, sizeof *c);
    c->positive = nev_load_u32le(block + CALB_POSITIVE);
    c->rows = nev_load_u32le(block + CALB_ROWS);
    c->positive_rows = nev_load_u32le(block + CALB_POSITIVE_ROWS);
    c->kind = (enum nev_calibration_kind)nev_load_u32le(block + CALB_METHOD);
    c->pool_len = nev_load_u32le(block + CALB_POOLS);
    c->platt.a = nev_load_f64le(block + CALB_A);
    c->platt.b = nev_load_f64le(block + CALB_B);
    c->threshold.rule = (enum nev_rule)nev_load_u32le(block + CALB_RULE);
    c->threshold.value = nev_load_u32le(block + CALB_VALUE);
    c->threshold.score = nev_load_u64le(block + CALB_SCORE);
    c->threshold.true_positive = nev_load_u32le(block + CALB_COUNTS);
    c->threshold.false_negative = nev_load_u32le(block + CALB_COUNTS + 4);
    c->threshold.false_positive = nev_load_u32le(block + CALB_COUNTS + 8);
    c->threshold.true_negative = nev_load_u32le(block + CALB_COUNTS + 12);
    c->level = nev_load_u32le(block + CALB_LEVEL);
    c->by_class = nev_load_u32le(block + CALB_BY_CLASS) != 0;
    c->floors = block + CALB_HEAD;
    c->pool = c->floors + ((holds & CALB_HAS_SETS) != 0 ? (size_t)classes * 8 : 0);
}

const char *nev_calibration_check(const uint8_t *block, uint64_t bytes, const struct nev_forest *f,
                                  uint64_t *offset)
{
    const uint32_t about = CALB_HAS_CALIBRATION | CALB_HAS_THRESHOLD;
    uint32_t holds, rows, positive;
    struct nev_calibration c;

    *offset = 0;
    if (bytes < CALB_HEAD) {
        return "the block is too short";
    }
    *offset = UINT64_MAX;
    holds = nev_load_u32le(block + CALB_HOLDS);
    rows = nev_load_u32le(block + CALB_ROWS);
    positive = nev_load_u32le(block + CALB_POSITIVE_ROWS);
    demand(holds >= 1 && holds <= (about | CALB_HAS_SETS), CALB_HOLDS, offset);
    demand(nev_load_u32le(block + CALB_POSITIVE) < ((holds & about) != 0 ? f->classes : 1), CALB_POSITIVE,
           offset);
    demand(rows == f->oob_rows && rows > 0, CALB_ROWS, offset);
    demand((holds & about) != 0 ? positive >= 1 && positive < rows : positive == 0, CALB_POSITIVE_ROWS,
           offset);
    if ((holds & CALB_HAS_CALIBRATION) != 0) {
        check_calibration(block, rows, offset);
    } else {
        must_be_zero(block, CALB_METHOD, CALB_RULE, offset);
    }
    if ((holds & CALB_HAS_THRESHOLD) != 0) {
        check_threshold(block, rows, positive, offset);
    } else {
        must_be_zero(block, CALB_RULE, CALB_LEVEL, offset);
    }
    if ((holds & CALB_HAS_SETS) == 0) {
        must_be_zero(block, CALB_LEVEL, CALB_ZERO, offset);
    }
    must_be_zero(block, CALB_ZERO, CALB_HEAD, offset);
    load(block, f->classes, &c);
    if (*offset == UINT64_MAX &&
        bytes != (uint64_t)(c.pool - block) + (uint64_t)c.pool_len * NEV_POOL_BYTES) {
        *offset = CALB_HOLDS;
        return "the block's size is not what it says of itself";
    }
    if (*offset == UINT64_MAX && (holds & CALB_HAS_SETS) != 0) {
        check_floors(block, f->classes, offset);
    }
    if (*offset == UINT64_MAX && c.kind == NEV_CALIBRATION_ISOTONIC) {
        check_pools(c.pool, (uint64_t)(c.pool - block), &c, offset);
    }
    return *offset == UINT64_MAX ? NULL : "a field of the calibration is outside its range";
}

bool nev_calibration_of(const struct nev_forest *f, struct nev_calibration *c)
{
    memset(c, 0, sizeof *c);
    if (f->calibration == NULL) {
        return false;
    }
    load(f->calibration, f->classes, c);
    return true;
}

double nev_calibration_probability(const struct nev_calibration *c, uint64_t score)
{
    return c->kind == NEV_CALIBRATION_PLATT ? nev_platt_at(&c->platt, score)
                                            : nev_isotonic_at(c->pool, c->pool_len, score);
}

bool nev_calibration_is_positive(const struct nev_calibration *c, uint64_t score)
{
    return score >= c->threshold.score;
}

bool nev_calibration_holds(const struct nev_calibration *c, uint32_t class_id, uint64_t score)
{
    return score >= nev_load_u64le(c->floors + (size_t)class_id * 8);
}
