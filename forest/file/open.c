/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "forest/carve.h"
#include "forest/file/calibration.h"
#include "forest/file/calibration_block.h"
#include "forest/file/check.h"
#include "forest/file/layout.h"
#include "forest/file/node.h"
#include "forest/file/oob.h"
#include "forest/file/part.h"
#include "nn/base/bytes.h"
#include "nn/base/cpu.h"

static enum nev_status refuse(struct nev_error *err, uint64_t offset, const char *name, const char *what)
{
    return nev_fail(err, NEV_ERR_FORMAT, offset, name, what);
}

/* Magic, version, size, digest: is this a whole and undamaged forest file? */
static enum nev_status check_file(const uint8_t *file, size_t bytes, uint32_t isas, struct nev_error *err)
{
    size_t known = bytes < NEV_FILE_MAGIC_BYTES ? bytes : NEV_FILE_MAGIC_BYTES;
    uint8_t digest[NEV_SHA256_BYTES];
    uint64_t stated;

    if (memcmp(file, nev_file_magic, known) != 0) {
        return refuse(err, 0, "header", "this is not a forest file (.nvf)");
    }
    if (bytes < NEV_FILE_HEADER_BYTES) {
        return nev_fail(err, NEV_ERR_TRUNCATED, bytes, "header", "the file ends within its header");
    }
    if (nev_load_u32le(file + 8) != NEV_FILE_VERSION) {
        return nev_fail(err, NEV_ERR_VERSION, 8, "header", "the forest file's version is not 1");
    }
    stated = nev_load_u64le(file + 16);
    if (stated > bytes) {
        return nev_fail(err, NEV_ERR_TRUNCATED, bytes, "header", "the file is shorter than its header says");
    }
    if (stated < bytes) {
        return refuse(err, stated, "header", "the file is longer than its header says");
    }
    nev_file_digest_by(nev_sha256_select(isas), file, bytes, digest);
    if (memcmp(digest, file + NEV_FILE_DIGEST_AT, sizeof digest) != 0) {
        return nev_fail(err, NEV_ERR_CHECKSUM, NEV_FILE_DIGEST_AT, "header",
                        "the file's SHA-256 is not the one in its header: it was damaged or changed");
    }
    return NEV_OK;
}

/* Reads a u32 and checks it; notes the first offset that is out of range. */
static uint32_t field(const uint8_t *file, uint32_t at, uint32_t least, uint32_t most, uint32_t *wrong)
{
    uint32_t value = nev_load_u32le(file + at);

    if ((value < least || value > most) && *wrong == 0) {
        *wrong = at;
    }
    return value;
}

/* Bounds: every cap of forest.h holds after this, so no later size computed in 64 bits can overflow. */
static enum nev_status read_header(struct nev_forest *f, const uint8_t *file, struct nev_error *err)
{
    uint32_t wrong = 0, i;

    field(file, 12, NEV_FILE_HEADER_BYTES, NEV_FILE_HEADER_BYTES, &wrong);
    field(file, 24, NEV_FILE_BLOCKS_MIN, NEV_FILE_BLOCKS_MAX, &wrong);
    field(file, 28, 0, 0, &wrong);
    f->params.trees = field(file, 32, 1, NEV_FOREST_TREES_MAX, &wrong);
    f->features = field(file, 36, 1, NEV_FOREST_FEATURES_MAX, &wrong);
    f->classes = field(file, 40, 2, NEV_FOREST_CLASSES_MAX, &wrong);
    f->parts = field(file, 44, 1, NEV_FOREST_PARTS_MAX, &wrong);
    if (wrong == 0) {
        uint32_t bits = nev_node_feature_bits(f->features);

        f->feature_bits = field(file, 48, bits, bits, &wrong);
    }
    for (i = 52; i < NEV_FILE_DIGEST_AT; i += 4) {
        field(file, i, 0, 0, &wrong);
    }
    memcpy(f->file_sha256, file + NEV_FILE_DIGEST_AT, NEV_SHA256_BYTES);
    return wrong == 0 ? NEV_OK : refuse(err, wrong, "header", "a header field is outside its range");
}

/* The bytes [from, to) of it. */
static bool is_zero(const uint8_t *bytes, uint64_t from, uint64_t to)
{
    uint64_t i;

    for (i = from; i < to && bytes[i] == 0; i++) {
    }
    return i >= to;
}

/* Checks entry i of the block table against the end of what came before, and the zeros between. */
static enum nev_status check_block(const struct nev_forest *f, uint32_t i, uint64_t *end,
                                   struct nev_error *err)
{
    uint64_t at = NEV_FILE_HEADER_BYTES + (uint64_t)i * NEV_FILE_BLOCK_BYTES, begin, len, stop;
    const uint8_t *entry = f->base + at;
    uint32_t flags = nev_load_u32le(entry + 4), k;
    char tag[5] = {0};

    for (k = 0; k < 4; k++) {
        tag[k] = (char)entry[k];
        if (entry[k] < 'A' || entry[k] > 'Z') {
            return refuse(err, at, "block table", "a block's tag is not four capitals");
        }
    }
    begin = nev_load_u64le(entry + 8);
    len = nev_load_u64le(entry + 16);
    if (flags > NEV_FILE_MAY_SKIP || nev_load_u64le(entry + 24) != 0) {
        return refuse(err, at + 4, tag, "a block has unknown flags or a field that is not zero");
    }
    if (begin != nev_carve_round(*end) || begin > f->bytes || len > f->bytes) {
        return refuse(err, at + 8, tag, "a block does not follow the one before or leaves the file");
    }
    stop = begin + len;
    if (stop > f->bytes) {
        return refuse(err, at + 8, tag, "a block does not follow the one before or leaves the file");
    }
    if (!is_zero(f->base, *end, begin)) {
        return refuse(err, *end, tag, "the bytes before a block are not zero");
    }
    *end = stop;
    if (i < NEV_FILE_BLOCKS_MIN) {
        if (memcmp(tag, nev_file_tag[i], 4) != 0 || flags != 0) {
            return refuse(err, at, tag, "a required block is missing, out of order or may be skipped");
        }
    } else if ((flags & NEV_FILE_MAY_SKIP) == 0) {
        return nev_fail(err, NEV_ERR_UNSUPPORTED, at, tag,
                        "the file has a block this build does not know and may not skip");
    }
    return NEV_OK;
}

/* The lengths of the required blocks, as the block table states them. */
struct lengths {
    uint64_t of[NEV_FILE_BLOCKS_MIN];
};

static enum nev_status check_blocks(struct nev_forest *f, struct lengths *len_of, struct nev_error *err)
{
    uint32_t len = nev_load_u32le(f->base + 24), i;
    uint64_t end = NEV_FILE_HEADER_BYTES + (uint64_t)len * NEV_FILE_BLOCK_BYTES;
    const uint8_t *block[NEV_FILE_BLOCKS_MIN] = {NULL};
    enum nev_status status;

    if (len > (f->bytes - NEV_FILE_HEADER_BYTES) / NEV_FILE_BLOCK_BYTES) {
        return refuse(err, 24, "block table", "the block table leaves the file");
    }
    for (i = 0; i < len; i++) {
        if ((status = check_block(f, i, &end, err)) != NEV_OK) {
            return status;
        }
        if (i < NEV_FILE_BLOCKS_MIN) {
            const uint8_t *entry = f->base + NEV_FILE_HEADER_BYTES + (size_t)i * NEV_FILE_BLOCK_BYTES;

            block[i] = f->base + (size_t)nev_load_u64le(entry + 8);
            len_of->of[i] = nev_load_u64le(entry + 16);
        }
    }
    if (end != f->bytes) {
        return refuse(err, end, "block table", "bytes follow the last block");
    }
    f->class_table = block[NEV_BLOCK_CLASSES];
    f->part_table = block[NEV_BLOCK_PARTS];
    f->weight_table = block[NEV_BLOCK_WEIGHTS];
    f->importance_table = block[NEV_BLOCK_IMPORTANCE];
    f->tree_table = block[NEV_BLOCK_TREES];
    f->tree_data = block[NEV_BLOCK_DATA];
    f->oob_data = block[NEV_BLOCK_OOB];
    return NEV_OK;
}

/* The blocks after the required ones that this build knows: CALB, at most one. */
static enum nev_status check_optional(struct nev_forest *f, struct nev_error *err)
{
    uint32_t len = nev_load_u32le(f->base + 24), i;
    uint64_t at, offset;
    const char *what;

    for (i = NEV_FILE_BLOCKS_MIN; i < len; i++) {
        const uint8_t *entry = f->base + NEV_FILE_HEADER_BYTES + (size_t)i * NEV_FILE_BLOCK_BYTES;

        if (memcmp(entry, NEV_CALIBRATION_TAG, 4) != 0) {
            continue;
        }
        at = nev_load_u64le(entry + 8);
        if (f->calibration != NULL) {
            return refuse(err, (uint64_t)(entry - f->base), NEV_CALIBRATION_TAG,
                          "the block stands there twice");
        }
        f->calibration = f->base + (size_t)at;
        what = nev_calibration_check(f->calibration, nev_load_u64le(entry + 16), f, &offset);
        if (what != NULL) {
            return refuse(err, at + offset, NEV_CALIBRATION_TAG, what);
        }
    }
    return NEV_OK;
}

static enum nev_status wrong_length(uint32_t block, struct nev_error *err)
{
    return refuse(err, NEV_FILE_HEADER_BYTES + (uint64_t)block * NEV_FILE_BLOCK_BYTES + 16,
                  nev_file_tag[block], "a block's size is not what the header and the parts make it");
}

/* PART, and the sizes of all blocks but DATA. */
static enum nev_status check_parts(struct nev_forest *f, const struct lengths *len, struct nev_error *err)
{
    struct nev_file_shape shape = {f->features, f->classes, f->params.trees, f->parts, 0};
    uint64_t trees = 0, rows = 0, weight_rows = 0, oob_end = 0;
    uint32_t i, wrong;
    struct nev_forest_part part;

    if (len->of[NEV_BLOCK_PARTS] != nev_file_block_bytes(NEV_BLOCK_PARTS, &shape)) {
        return wrong_length(NEV_BLOCK_PARTS, err);
    }
    for (i = 0; i < f->parts; i++) {
        const uint8_t *entry = f->part_table + (size_t)i * NEV_FILE_PART_BYTES;

        if (!nev_part_read(&part, entry, f->features, f->classes, &wrong)) {
            return refuse(err, (uint64_t)(entry - f->base) + wrong, "PART",
                          "a field of a part is outside its range");
        }
        if (i == 0) {
            f->params = part.params;
            memcpy(f->data_sha256, part.data_sha256, sizeof f->data_sha256);
        }
        trees += part.params.trees;
        rows += part.rows;
        weight_rows += nev_part_weight_rows(&part.params);
        oob_end = nev_carve_round(oob_end) + nev_part_oob_bytes(&part);
        f->oob_rows += part.oob_rows; /* Bounds: at most `rows`, which is checked below */
        f->oob_correct += part.oob_correct;
    }
    f->params.trees = shape.trees;
    f->rows = (uint32_t)rows;
    if (trees != shape.trees || rows > UINT32_MAX) {
        return refuse(err, (uint64_t)(f->part_table - f->base), "PART",
                      "the parts have other trees than the header says, or 2^32 rows or more");
    }
    shape.weight_rows = (uint32_t)weight_rows; /* at most the trees */
    for (i = 0; i < NEV_FILE_BLOCKS_MIN; i++) {
        if (i != NEV_BLOCK_DATA &&
            len->of[i] !=
                (i == NEV_BLOCK_OOB ? oob_end : nev_file_block_bytes((enum nev_file_block)i, &shape))) {
            return wrong_length(i, err);
        }
    }
    return NEV_OK;
}

/* WGHT and OOBV, part by part. */
static enum nev_status check_samples(const struct nev_forest *f, struct nev_error *err)
{
    uint64_t oob_end = 0, begin, offset;
    struct nev_forest_part part = {0};
    uint32_t i, k;

    for (i = 0; i < f->parts; i++) {
        const char *what;

        nev_part_step(f, i, &part);
        for (k = 0; k < nev_part_weight_rows(&part.params) * f->classes; k++) {
            if (nev_load_u32le(part.weight + (size_t)k * 4) > nev_part_weight_most(part.params.draws)) {
                return refuse(err, (uint64_t)(part.weight - f->base) + (uint64_t)k * 4, "WGHT",
                              "a class weight is greater than the draws allow");
            }
        }
        begin = (uint64_t)(part.oob - f->oob_data);
        if (!is_zero(f->oob_data, oob_end, begin)) {
            return refuse(err, (uint64_t)(f->oob_data - f->base) + oob_end, "OOBV",
                          "the bytes before a part are not zero");
        }
        what = part.has_oob ? nev_oob_check(&part, &offset) : NULL;
        if (what != NULL) {
            return refuse(err, (uint64_t)(part.oob - f->base) + offset, "OOBV", what);
        }
        oob_end = begin + nev_part_oob_bytes(&part);
    }
    return NEV_OK;
}

/* The most that the importances can sum to: a tree cannot lose more impurity than its root has, and that is
 * less than its draws. */
static uint64_t most_importance(const struct nev_forest *f)
{
    struct nev_forest_part part = {0};
    uint64_t most = 0;
    uint32_t i;

    for (i = 0; i < f->parts; i++) {
        nev_part_step(f, i, &part);
        most += ((uint64_t)part.params.trees * part.params.draws) << 26;
    }
    return most;
}

/* CLAS, SRCE and IMPT. */
static enum nev_status check_tables(struct nev_forest *f, struct nev_error *err)
{
    const uint8_t *source = f->class_table + nev_carve_round((uint64_t)f->classes * NEV_FOREST_NAME_LEN);
    uint64_t left = most_importance(f);
    uint32_t i, wrong;

    for (i = 0; i < f->classes; i++) {
        const uint8_t *name = f->class_table + (size_t)i * NEV_FOREST_NAME_LEN;

        if (!nev_file_text_is_valid(name, true)) {
            return refuse(err, (uint64_t)(name - f->base), "CLAS",
                          "a class name is empty, unterminated, not UTF-8 or has control characters");
        }
    }
    if (!nev_file_source_read(&f->source, source, &wrong)) {
        return refuse(err, (uint64_t)(source - f->base) + wrong, "SRCE", "the features' source is malformed");
    }
    for (i = 0; i < f->features; i++) {
        uint64_t value = nev_load_u64le(f->importance_table + (size_t)i * 8);

        if (value > left) {
            return refuse(err, (uint64_t)(f->importance_table - f->base) + (uint64_t)i * 8, "IMPT",
                          "the importances sum to more than all impurity");
        }
        left -= value;
    }
    return NEV_OK;
}

/* Entry i of the tree table and the tree behind it. *end: where the body before ended in DATA. */
static enum nev_status check_tree(struct nev_forest *f, const struct nev_tree_rules *rules,
                                  uint64_t data_bytes, uint64_t *end, struct nev_error *err)
{
    const uint32_t i = rules->part->place + rules->k, number = rules->part->params.first_tree + rules->k;
    const uint8_t *entry = f->tree_table + (size_t)i * NEV_FILE_TREE_BYTES;
    uint64_t at = (uint64_t)(entry - f->base), data_at = (uint64_t)(f->tree_data - f->base);
    uint64_t begin = nev_load_u64le(entry), body;
    uint32_t nodes = nev_load_u32le(entry + 8), entries = nev_load_u32le(entry + 12);
    struct nev_forest_tree tree;
    enum nev_status status;
    char name[NEV_FOREST_NAME_LEN];

    nev_file_number(name, "tree ", number);
    if (nodes < 2 || nodes % 2 != 0 || (uint64_t)nodes > (uint64_t)1 << (33 - f->feature_bits) ||
        entries == 0 || entries > NEV_ENTRIES_MAX || nev_load_u32le(entry + 20) != number) {
        return refuse(err, at + 8, name, "a tree's size or number is not what it must be");
    }
    body = (uint64_t)nodes * NEV_NODE_BYTES + (uint64_t)entries * NEV_ENTRY_BYTES;
    if (begin != nev_carve_round(*end) || begin > data_bytes || body > data_bytes - begin) {
        return refuse(err, at, name, "a tree does not follow the one before or leaves its block");
    }
    if (!is_zero(f->tree_data, *end, begin)) {
        return refuse(err, data_at + *end, name, "the bytes before a tree are not zero");
    }
    nev_forest_tree(f, i, &tree);
    if ((status = nev_tree_check(&tree, rules, data_at + begin, name, err)) != NEV_OK) {
        return status;
    }
    *end = begin + body;
    f->node_total += nodes - 1; /* without the unused one */
    f->leaf_total += entries;
    f->depth_max = tree.depth > f->depth_max ? tree.depth : f->depth_max;
    return NEV_OK;
}

static enum nev_status check_trees(struct nev_forest *f, uint64_t data_bytes, struct nev_error *err)
{
    struct nev_forest_part part = {0};
    struct nev_tree_rules rules = {f->features, f->classes, &part, 0};
    enum nev_status status;
    uint64_t end = 0;
    uint32_t i;

    for (i = 0; i < f->parts; i++) {
        nev_part_step(f, i, &part);
        for (rules.k = 0; rules.k < part.params.trees; rules.k++) {
            if ((status = check_tree(f, &rules, data_bytes, &end, err)) != NEV_OK) {
                return status;
            }
        }
    }
    if (end != data_bytes) {
        return refuse(err, (uint64_t)(f->tree_data - f->base) + end, "DATA", "bytes follow the last tree");
    }
    return NEV_OK;
}

enum nev_status nev_forest_open(struct nev_forest *f, const void *mem, size_t bytes, struct nev_error *err)
{
    enum nev_status status;
    struct lengths len;

    memset(f, 0, sizeof *f);
    f->base = mem;
    f->bytes = bytes;
    f->isas = nev_cpu_isas();
    if ((status = check_file(mem, bytes, f->isas, err)) != NEV_OK ||
        (status = read_header(f, mem, err)) != NEV_OK || (status = check_blocks(f, &len, err)) != NEV_OK ||
        (status = check_parts(f, &len, err)) != NEV_OK || (status = check_tables(f, err)) != NEV_OK ||
        (status = check_samples(f, err)) != NEV_OK ||
        (status = check_trees(f, len.of[NEV_BLOCK_DATA], err)) != NEV_OK ||
        (status = check_optional(f, err)) != NEV_OK) {
        memset(f, 0, sizeof *f);
    }
    return status;
}
