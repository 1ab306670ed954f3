/* SPDX-License-Identifier: MIT */
/* Making a calibration from votes out of bag, and a file that carries it. */
#include <string.h>

#include "forest/calibrate/conformal.h"
#include "forest/calibrate/isotonic.h"
#include "forest/carve.h"
#include "forest/file/calibration.h"
#include "forest/file/calibration_block.h"
#include "forest/file/layout.h"
#include "forest/file/part.h"
#include "nn/base/bytes.h"

/* What the scores are gathered in. */
struct work {
    struct nev_point *point; /* [rows] the positive class's score */
    uint64_t *own;           /* [rows] the score of the row's own class */
    uint32_t *label;         /* [rows] */
    uint64_t *sorted;        /* [rows] */
    struct nev_pool *pool;   /* [rows] */
    uint64_t *floors;        /* [classes] */
    uint32_t *votes;         /* [classes] */
    uint8_t *pool_bytes, *floor_bytes;
};

static uint64_t carve(struct work *w, uint8_t *memory, const struct nev_forest *f)
{
    struct nev_carve c = {memory, 0};

    w->point = nev_carve_take(&c, f->oob_rows, sizeof *w->point);
    w->own = nev_carve_take(&c, f->oob_rows, sizeof *w->own);
    w->label = nev_carve_take(&c, f->oob_rows, sizeof *w->label);
    w->sorted = nev_carve_take(&c, f->oob_rows, sizeof *w->sorted);
    w->pool = nev_carve_take(&c, f->oob_rows, sizeof *w->pool);
    w->floors = nev_carve_take(&c, f->classes, sizeof *w->floors);
    w->votes = nev_carve_take(&c, f->classes, sizeof *w->votes);
    w->pool_bytes = nev_carve_take(&c, f->oob_rows, NEV_POOL_BYTES);
    w->floor_bytes = nev_carve_take(&c, f->classes, 8);
    return c.used + NEV_ALIGN - 1;
}

size_t nev_calibrate_bytes(const struct nev_forest *f)
{
    struct work w;
    uint64_t bytes = carve(&w, NULL, f);

    return bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes;
}

/* The scores of all rows with a vote out of bag: as many as the forest says, which open has checked. */
static uint32_t gather(const struct work *w, const struct nev_forest *f, uint32_t positive)
{
    struct nev_forest_part part = {0};
    uint32_t i, row, trees, len = 0;

    for (i = 0; i < f->parts; i++) {
        nev_part_step(f, i, &part);
        for (row = 0; part.has_oob && row < part.rows; row++) {
            uint32_t label = nev_forest_oob_label(&part, row);

            if ((trees = nev_forest_oob_votes(&part, row, w->votes)) == 0 || len == f->oob_rows) {
                continue;
            }
            w->point[len].score = nev_score_of_sum(nev_forest_oob_sum(&part, row, positive), trees);
            w->point[len].positive = label == positive;
            w->point[len].negative = label != positive;
            w->own[len] = nev_score_of_sum(nev_forest_oob_sum(&part, row, label), trees);
            w->label[len++] = label;
        }
    }
    return len;
}

static enum nev_status check(const struct nev_forest *f, const struct nev_calibration_wish *wish,
                             size_t memory_bytes, struct nev_error *err)
{
    if ((uint32_t)wish->kind > NEV_CALIBRATION_ISOTONIC || wish->positive >= f->classes ||
        wish->level >= NEV_MILLION ||
        (wish->kind == NEV_CALIBRATION_NONE && wish->rule == NEV_RULE_NONE && wish->level == 0)) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "calibration",
                        "nothing is wanted, or a class, method or level that there is not");
    }
    if (f->oob_rows == 0) {
        return nev_fail(err, NEV_ERR_DATA, NEV_NO_OFFSET, "calibration",
                        "the forest holds no votes out of bag; train it with bootstrap");
    }
    if (memory_bytes < nev_calibrate_bytes(f)) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "memory", "less than nev_calibrate_bytes says");
    }
    return NEV_OK;
}

static enum nev_status fit(const struct work *w, uint32_t rows, const struct nev_calibration_wish *wish,
                           struct nev_calibration *c, struct nev_error *err)
{
    size_t points = nev_points_merge(w->point, rows), i;
    enum nev_status status = NEV_OK;

    for (i = 0; i < points; i++) {
        c->positive_rows += w->point[i].positive;
    }
    if (c->positive_rows == 0 || c->positive_rows == rows) {
        return nev_fail(err, NEV_ERR_DATA, NEV_NO_OFFSET, "calibration",
                        "calibration needs rows of the positive class and of others with votes out of bag");
    }
    if (wish->kind == NEV_CALIBRATION_PLATT) {
        status = nev_platt_fit(w->point, points, &c->platt, err);
    } else if (wish->kind == NEV_CALIBRATION_ISOTONIC) {
        c->pool_len = (uint32_t)nev_isotonic_fit(w->point, points, w->pool);
        for (i = 0; i < c->pool_len; i++) {
            nev_pool_store(w->pool_bytes, i, &w->pool[i]);
        }
        c->pool = w->pool_bytes;
    }
    if (status == NEV_OK && wish->rule != NEV_RULE_NONE) {
        status = nev_threshold_choose(w->point, points, wish->rule, wish->value, &c->threshold, err);
    }
    return status;
}

enum nev_status nev_calibrate(const struct nev_forest *f, const struct nev_calibration_wish *wish,
                              void *memory, size_t memory_bytes, struct nev_calibration *c,
                              struct nev_error *err)
{
    enum nev_status status = check(f, wish, memory_bytes, err);
    struct work w;
    uint32_t k;

    memset(c, 0, sizeof *c);
    if (status != NEV_OK) {
        return status;
    }
    (void)carve(&w, nev_carve_align(memory), f);
    c->rows = gather(&w, f, wish->positive);
    c->kind = wish->kind;
    if (wish->kind != NEV_CALIBRATION_NONE || wish->rule != NEV_RULE_NONE) {
        c->positive = wish->positive;
        status = fit(&w, c->rows, wish, c, err);
    }
    if (status == NEV_OK && wish->level != 0) {
        c->level = wish->level;
        c->by_class = wish->by_class;
        nev_conformal_floors(w.own, w.label, c->rows, f->classes, c->level, c->by_class, w.sorted, w.floors);
        for (k = 0; k < f->classes; k++) {
            nev_store_u64le(w.floor_bytes + (size_t)k * 8, w.floors[k]);
        }
        c->floors = w.floor_bytes;
    }
    if (status != NEV_OK) {
        memset(c, 0, sizeof *c);
    }
    return status;
}

static uint64_t block_bytes(const struct nev_forest *f, const struct nev_calibration *c)
{
    return CALB_HEAD + (c->level != 0 ? (uint64_t)f->classes * 8 : 0) +
           (uint64_t)c->pool_len * NEV_POOL_BYTES;
}

static void write_block(const struct nev_forest *f, const struct nev_calibration *c, uint8_t *b)
{
    const struct nev_threshold *t = &c->threshold;
    uint8_t *rest = b + CALB_HEAD;

    memset(b, 0, CALB_HEAD);
    nev_store_u32le(b + CALB_HOLDS, (c->kind != NEV_CALIBRATION_NONE ? CALB_HAS_CALIBRATION : 0) |
                                        (t->rule != NEV_RULE_NONE ? CALB_HAS_THRESHOLD : 0) |
                                        (c->level != 0 ? CALB_HAS_SETS : 0));
    nev_store_u32le(b + CALB_POSITIVE, c->positive);
    nev_store_u32le(b + CALB_ROWS, c->rows);
    nev_store_u32le(b + CALB_POSITIVE_ROWS, c->positive_rows);
    nev_store_u32le(b + CALB_METHOD, (uint32_t)c->kind);
    nev_store_u32le(b + CALB_POOLS, c->pool_len);
    nev_store_f64le(b + CALB_A, c->platt.a);
    nev_store_f64le(b + CALB_B, c->platt.b);
    nev_store_u32le(b + CALB_RULE, (uint32_t)t->rule);
    nev_store_u32le(b + CALB_VALUE, t->value);
    nev_store_u64le(b + CALB_SCORE, t->score);
    nev_store_u32le(b + CALB_COUNTS, t->true_positive);
    nev_store_u32le(b + CALB_COUNTS + 4, t->false_negative);
    nev_store_u32le(b + CALB_COUNTS + 8, t->false_positive);
    nev_store_u32le(b + CALB_COUNTS + 12, t->true_negative);
    nev_store_u32le(b + CALB_LEVEL, c->level);
    nev_store_u32le(b + CALB_BY_CLASS, c->by_class);
    if (c->level != 0) {
        memcpy(rest, c->floors, (size_t)f->classes * 8);
        rest += (size_t)f->classes * 8;
    }
    if (c->pool_len != 0) {
        memcpy(rest, c->pool, (size_t)c->pool_len * NEV_POOL_BYTES);
    }
}

size_t nev_calibration_file_bytes(const struct nev_forest *f, const struct nev_calibration *c)
{
    /* The table grows by one entry; each block may have to move on to the next multiple of 64. */
    uint64_t bytes = f->bytes + NEV_FILE_BLOCK_BYTES + NEV_FILE_BLOCKS_MAX * NEV_ALIGN + block_bytes(f, c);

    return bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes;
}

/* Begins a block of the new file: zeros up to it, its entry in the table. */
static uint8_t *open_block(uint8_t *out, uint32_t i, const uint8_t *entry, uint64_t *end, uint64_t bytes)
{
    uint8_t *to = out + NEV_FILE_HEADER_BYTES + (size_t)i * NEV_FILE_BLOCK_BYTES;
    uint64_t at = nev_carve_round(*end);

    memset(out + *end, 0, (size_t)(at - *end));
    memcpy(to, entry, 8);
    nev_store_u64le(to + 8, at);
    nev_store_u64le(to + 16, bytes);
    nev_store_u64le(to + 24, 0);
    *end = at + bytes;
    return out + (size_t)at;
}

enum nev_status nev_calibration_write(const struct nev_forest *f, const struct nev_calibration *c,
                                      uint8_t *out, size_t room, size_t *bytes, struct nev_error *err)
{
    static const uint8_t head[8] = {'C', 'A', 'L', 'B', NEV_FILE_MAY_SKIP, 0, 0, 0};
    uint32_t blocks = nev_load_u32le(f->base + 24), kept = 0, i;
    const uint8_t *table = f->base + NEV_FILE_HEADER_BYTES;
    uint64_t end;

    *bytes = 0;
    for (i = 0; i < blocks; i++) {
        kept += memcmp(table + (size_t)i * NEV_FILE_BLOCK_BYTES, head, 4) != 0;
    }
    if (kept == NEV_FILE_BLOCKS_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "blocks",
                        "the forest has as many blocks as it may");
    }
    if (room < nev_calibration_file_bytes(f, c)) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "file",
                        "less than nev_calibration_file_bytes says");
    }
    memcpy(out, f->base, NEV_FILE_HEADER_BYTES);
    end = NEV_FILE_HEADER_BYTES + (uint64_t)(kept + 1) * NEV_FILE_BLOCK_BYTES;
    for (i = 0, kept = 0; i < blocks; i++) {
        const uint8_t *entry = table + (size_t)i * NEV_FILE_BLOCK_BYTES;
        uint64_t len = nev_load_u64le(entry + 16);

        if (memcmp(entry, head, 4) != 0) {
            memcpy(open_block(out, kept++, entry, &end, len), f->base + (size_t)nev_load_u64le(entry + 8),
                   (size_t)len);
        }
    }
    write_block(f, c, open_block(out, kept++, head, &end, block_bytes(f, c)));
    nev_store_u32le(out + 24, kept);
    nev_store_u64le(out + 16, end);
    nev_file_digest(out, (size_t)end, out + NEV_FILE_DIGEST_AT);
    *bytes = (size_t)end;
    return NEV_OK;
}
