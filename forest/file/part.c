/* SPDX-License-Identifier: MIT */
#include "forest/file/part.h"

#include <string.h>

#include "forest/carve.h"
#include "forest/file/oob.h"
#include "nn/base/bytes.h"

/* Offsets and flags of FORMAT.md, section 6. */
enum {
    PART_SEED = 0,
    PART_TREES = 8,
    PART_FIRST = 12,
    PART_FLAGS = 16,
    PART_ROWS = 20,
    PART_DRAWS = 24,
    PART_CANDIDATES = 28,
    PART_DEPTH = 32,
    PART_LEAF = 36,
    PART_SPLIT = 40,
    PART_WEIGHT = 44,
    PART_OOB_ROWS = 48,
    PART_OOB_CORRECT = 52,
    PART_ZERO = 56,
    PART_DATA = 64,
    PART_ORIGIN_SHA = 96,
    PART_ORIGIN = 128,
    PART_END = 192
};

#define IS_BOOTSTRAP 1u
#define IS_FOREIGN   2u
#define IS_MIXED     4u
#define WEIGHT_MOST  1048576u /* 2^20 */

void nev_part_write(const struct nev_forest_part *part, uint8_t entry[NEV_FILE_PART_BYTES])
{
    const struct nev_forest_params *p = &part->params;
    uint32_t i;

    memset(entry, 0, NEV_FILE_PART_BYTES);
    nev_store_u64le(entry + PART_SEED, p->seed);
    nev_store_u32le(entry + PART_TREES, p->trees);
    nev_store_u32le(entry + PART_FIRST, p->first_tree);
    nev_store_u32le(entry + PART_FLAGS, (p->bootstrap ? IS_BOOTSTRAP : 0) |
                                            (part->is_foreign ? IS_FOREIGN : 0) |
                                            (part->is_mixed ? IS_MIXED : 0));
    nev_store_u32le(entry + PART_ROWS, part->rows);
    nev_store_u32le(entry + PART_DRAWS, p->draws);
    nev_store_u32le(entry + PART_CANDIDATES, p->candidates);
    nev_store_u32le(entry + PART_DEPTH, p->max_depth);
    nev_store_u32le(entry + PART_LEAF, p->min_samples_leaf);
    nev_store_u32le(entry + PART_SPLIT, p->min_samples_split);
    nev_store_u32le(entry + PART_WEIGHT, (uint32_t)p->class_weight);
    nev_store_u32le(entry + PART_OOB_ROWS, part->oob_rows);
    nev_store_u32le(entry + PART_OOB_CORRECT, part->oob_correct);
    memcpy(entry + PART_DATA, part->data_sha256, NEV_SHA256_BYTES);
    memcpy(entry + PART_ORIGIN_SHA, part->origin_sha256, NEV_SHA256_BYTES);
    for (i = 0; part->origin != NULL && i < NEV_FOREST_NAME_LEN && part->origin[i] != 0; i++) {
        entry[PART_ORIGIN + i] = (uint8_t)part->origin[i];
    }
}

/* Reads a u32 and checks it; notes the first offset that is out of range. */
static uint32_t field(const uint8_t *entry, uint32_t at, uint32_t least, uint32_t most, uint32_t *wrong)
{
    uint32_t value = nev_load_u32le(entry + at);

    if ((value < least || value > most) && *wrong == UINT32_MAX) {
        *wrong = at;
    }
    return value;
}

static void must_be_zero(const uint8_t *entry, uint32_t from, uint32_t to, uint32_t *wrong)
{
    for (; from < to; from += 4) {
        (void)field(entry, from, 0, 0, wrong);
    }
}

/* The fields of a part that was grown here. */
static void read_own(struct nev_forest_part *part, const uint8_t *entry, uint32_t features, uint32_t *wrong)
{
    struct nev_forest_params *p = &part->params;

    p->seed = nev_load_u64le(entry + PART_SEED);
    p->first_tree = field(entry, PART_FIRST, 0, NEV_FOREST_TREES_MAX - p->trees, wrong);
    part->rows = field(entry, PART_ROWS, 2, NEV_FOREST_ROWS_MAX, wrong);
    p->draws = field(entry, PART_DRAWS, p->bootstrap ? 1 : part->rows, part->rows, wrong);
    p->candidates = field(entry, PART_CANDIDATES, 1, features, wrong);
    p->max_depth = nev_load_u32le(entry + PART_DEPTH);
    p->min_samples_leaf = field(entry, PART_LEAF, 1, UINT32_MAX, wrong);
    p->min_samples_split = field(entry, PART_SPLIT, 2, UINT32_MAX, wrong);
    p->class_weight = (enum nev_forest_weight)field(entry, PART_WEIGHT, 0, NEV_FOREST_WEIGHT_GIVEN, wrong);
    part->oob_rows = field(entry, PART_OOB_ROWS, 0, p->bootstrap ? part->rows : 0, wrong);
    part->oob_correct = field(entry, PART_OOB_CORRECT, 0, part->oob_rows, wrong);
    must_be_zero(entry, PART_ORIGIN_SHA, PART_ORIGIN, wrong);
}

bool nev_part_read(struct nev_forest_part *part, const uint8_t entry[NEV_FILE_PART_BYTES], uint32_t features,
                   uint32_t classes, uint32_t *offset)
{
    uint32_t flags = nev_load_u32le(entry + PART_FLAGS);

    memset(part, 0, sizeof *part);
    *offset = UINT32_MAX;
    part->classes = classes;
    part->params.trees = field(entry, PART_TREES, 1, NEV_FOREST_TREES_MAX, offset);
    part->params.bootstrap = part->has_oob = (flags & IS_BOOTSTRAP) != 0;
    part->is_foreign = (flags & IS_FOREIGN) != 0;
    part->is_mixed = (flags & IS_MIXED) != 0;
    if (flags > (IS_BOOTSTRAP | IS_FOREIGN | IS_MIXED) || (part->is_foreign && flags != IS_FOREIGN) ||
        (part->is_mixed && !part->has_oob)) {
        *offset = PART_FLAGS;
    }
    if (*offset == UINT32_MAX && part->is_foreign) {
        must_be_zero(entry, PART_SEED, PART_TREES, offset);
        must_be_zero(entry, PART_FIRST, PART_FLAGS, offset);
        must_be_zero(entry, PART_ROWS, PART_ORIGIN_SHA, offset);
    } else if (*offset == UINT32_MAX) {
        read_own(part, entry, features, offset);
    }
    must_be_zero(entry, PART_ZERO, PART_DATA, offset);
    must_be_zero(entry, PART_END, NEV_FILE_PART_BYTES, offset);
    if (*offset == UINT32_MAX && entry[PART_ORIGIN] != 0 &&
        !nev_file_text_is_valid(entry + PART_ORIGIN, true)) {
        *offset = PART_ORIGIN;
    }
    if (entry[PART_ORIGIN] == 0) {
        must_be_zero(entry, PART_ORIGIN, PART_END, offset);
    }
    memcpy(part->data_sha256, entry + PART_DATA, NEV_SHA256_BYTES);
    memcpy(part->origin_sha256, entry + PART_ORIGIN_SHA, NEV_SHA256_BYTES);
    part->origin = (const char *)(entry + PART_ORIGIN);
    return *offset == UINT32_MAX;
}

uint32_t nev_part_weight_rows(const struct nev_forest_params *params)
{
    return params->class_weight == NEV_FOREST_WEIGHT_NONE        ? 0
           : params->class_weight == NEV_FOREST_WEIGHT_SUBSAMPLE ? params->trees
                                                                 : 1;
}

uint32_t nev_part_weight_most(uint32_t draws)
{
    uint32_t most = draws == 0 ? 0 : UINT32_MAX / draws;

    return most < WEIGHT_MOST ? most : WEIGHT_MOST;
}

uint64_t nev_part_oob_bytes(const struct nev_forest_part *part)
{
    return part->has_oob ? nev_oob_bytes(part->rows, part->classes, part->is_mixed) : 0;
}

void nev_part_step(const struct nev_forest *f, uint32_t i, struct nev_forest_part *part)
{
    const struct nev_forest_part before = *part;
    uint32_t unused;

    /* open has checked every entry */
    (void)nev_part_read(part, f->part_table + (size_t)i * NEV_FILE_PART_BYTES, f->features, f->classes,
                        &unused);
    if (i == 0) {
        part->weight = f->weight_table;
        part->oob = f->oob_data;
        return;
    }
    part->place = before.place + before.params.trees;
    part->weight = before.weight + (size_t)nev_part_weight_rows(&before.params) * f->classes * 4;
    part->oob = before.oob + (size_t)nev_carve_round(nev_part_oob_bytes(&before));
}

void nev_forest_part(const struct nev_forest *f, uint32_t i, struct nev_forest_part *part)
{
    uint32_t k;

    memset(part, 0, sizeof *part);
    for (k = 0; k <= i; k++) {
        nev_part_step(f, k, part);
    }
}

uint32_t nev_forest_part_weight(const struct nev_forest_part *part, uint32_t k, uint32_t class_id)
{
    uint32_t rows = nev_part_weight_rows(&part->params);

    return rows == 0
               ? 1
               : nev_load_u32le(part->weight + ((rows == 1 ? 0 : (size_t)k) * part->classes + class_id) * 4);
}
