/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "forest/carve.h"
#include "forest/check.h"
#include "forest/layout.h"
#include "forest/node.h"
#include "nn/base/bytes.h"

static enum nev_status refuse(struct nev_error *err, uint64_t offset, const char *name, const char *what)
{
    return nev_fail(err, NEV_ERR_FORMAT, offset, name, what);
}

/* Magic, version, size, digest: is this a whole and undamaged forest file? */
static enum nev_status check_file(const uint8_t *file, size_t bytes, struct nev_error *err)
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
    nev_file_digest(file, bytes, digest);
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
    struct nev_forest_params *p = &f->params;
    uint32_t wrong = 0, flags, i;

    field(file, 12, NEV_FILE_HEADER_BYTES, NEV_FILE_HEADER_BYTES, &wrong);
    field(file, 24, NEV_FILE_BLOCKS_MIN, NEV_FILE_BLOCKS_MAX, &wrong);
    flags = field(file, 28, 0, NEV_FILE_BOOTSTRAP, &wrong);
    p->bootstrap = (flags & NEV_FILE_BOOTSTRAP) != 0;
    p->seed = nev_load_u64le(file + 32);
    p->trees = field(file, 40, 1, NEV_FOREST_TREES_MAX, &wrong);
    if (wrong == 0) {
        p->first_tree = field(file, 44, 0, NEV_FOREST_TREES_MAX - p->trees, &wrong);
    }
    f->features = field(file, 48, 1, NEV_FOREST_FEATURES_MAX, &wrong);
    f->classes = field(file, 52, 2, NEV_FOREST_CLASSES_MAX, &wrong);
    f->rows = field(file, 56, 2, NEV_FOREST_ROWS_MAX, &wrong);
    p->candidates = field(file, 60, 1, f->features, &wrong);
    p->max_depth = nev_load_u32le(file + 64);
    p->min_samples_leaf = field(file, 68, 1, UINT32_MAX, &wrong);
    p->min_samples_split = field(file, 72, 2, UINT32_MAX, &wrong);
    field(file, 76, f->rows, f->rows, &wrong);
    if (wrong == 0) {
        uint32_t bits = nev_node_feature_bits(f->features);

        f->feature_bits = field(file, 80, bits, bits, &wrong);
    }
    f->oob_rows = field(file, 84, 0, p->bootstrap ? f->rows : 0, &wrong);
    f->oob_correct = field(file, 88, 0, f->oob_rows, &wrong);
    field(file, 92, 0, 0, &wrong);
    for (i = 128; i < NEV_FILE_DIGEST_AT; i += 4) {
        field(file, i, 0, 0, &wrong);
    }
    memcpy(f->data_sha256, file + 96, NEV_SHA256_BYTES);
    memcpy(f->file_sha256, file + NEV_FILE_DIGEST_AT, NEV_SHA256_BYTES);
    return wrong == 0 ? NEV_OK : refuse(err, wrong, "header", "a header field is outside its range");
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    size_t i;

    for (i = 0; i < len && bytes[i] == 0; i++) {
    }
    return i == len;
}

/* Checks entry i of the block table against the end of what came before, and the zeros between. */
static enum nev_status check_block(const struct nev_forest *f, uint32_t i, uint64_t *end,
                                   struct nev_error *err)
{
    uint64_t at = NEV_FILE_HEADER_BYTES + (uint64_t)i * NEV_FILE_BLOCK_BYTES, begin, len;
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
    if (begin != nev_carve_round(*end) || begin > f->bytes || len > f->bytes - begin) {
        return refuse(err, at + 8, tag, "a block does not follow the one before or leaves the file");
    }
    if (!is_zero(f->base + *end, (size_t)(begin - *end))) {
        return refuse(err, *end, tag, "the bytes before a block are not zero");
    }
    *end = begin + len;
    if (i < NEV_FILE_BLOCKS_MIN) {
        if (memcmp(tag, nev_file_tag[i], 4) != 0 || flags != 0) {
            return refuse(err, at, tag, "a required block is missing, out of order or may be skipped");
        }
        if (i != NEV_BLOCK_DATA &&
            len != nev_file_block_bytes((enum nev_file_block)i, f->features, f->classes, f->params.trees)) {
            return refuse(err, at + 16, tag, "a block's size is not what the header makes it");
        }
    } else if ((flags & NEV_FILE_MAY_SKIP) == 0) {
        return nev_fail(err, NEV_ERR_UNSUPPORTED, at, tag,
                        "the file has a block this build does not know and may not skip");
    }
    return NEV_OK;
}

static enum nev_status check_blocks(struct nev_forest *f, uint64_t *data_bytes, struct nev_error *err)
{
    uint32_t len = nev_load_u32le(f->base + 24), i;
    uint64_t end = NEV_FILE_HEADER_BYTES + (uint64_t)len * NEV_FILE_BLOCK_BYTES;
    const uint8_t *block[NEV_FILE_BLOCKS_MIN] = {NULL};
    enum nev_status status;

    if (end > f->bytes) {
        return refuse(err, 24, "block table", "the block table leaves the file");
    }
    for (i = 0; i < len; i++) {
        if ((status = check_block(f, i, &end, err)) != NEV_OK) {
            return status;
        }
        if (i < NEV_FILE_BLOCKS_MIN) {
            const uint8_t *entry = f->base + NEV_FILE_HEADER_BYTES + (size_t)i * NEV_FILE_BLOCK_BYTES;

            block[i] = f->base + (size_t)nev_load_u64le(entry + 8);
            *data_bytes = nev_load_u64le(entry + 16);
        }
    }
    if (end != f->bytes) {
        return refuse(err, end, "block table", "bytes follow the last block");
    }
    f->class_table = block[NEV_BLOCK_CLASSES];
    f->importance_table = block[NEV_BLOCK_IMPORTANCE];
    f->tree_table = block[NEV_BLOCK_TREES];
    f->tree_data = block[NEV_BLOCK_DATA];
    return NEV_OK;
}

/* CLAS, SRCE and IMPT. */
static enum nev_status check_tables(struct nev_forest *f, struct nev_error *err)
{
    const uint8_t *source = f->class_table + nev_carve_round((uint64_t)f->classes * NEV_FOREST_NAME_LEN);
    /* A tree cannot lose more impurity than its root has, and that is less than its draws. */
    uint64_t left = ((uint64_t)f->params.trees * f->rows) << 26;
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
static enum nev_status check_tree(struct nev_forest *f, uint32_t i, uint64_t data_bytes, uint64_t *end,
                                  struct nev_error *err)
{
    const uint8_t *entry = f->tree_table + (size_t)i * NEV_FILE_TREE_BYTES;
    uint64_t at = (uint64_t)(entry - f->base), data_at = (uint64_t)(f->tree_data - f->base);
    uint64_t begin = nev_load_u64le(entry), body;
    uint32_t nodes = nev_load_u32le(entry + 8), entries = nev_load_u32le(entry + 12);
    struct nev_forest_tree tree;
    enum nev_status status;
    char name[NEV_FOREST_NAME_LEN];

    nev_file_number(name, "tree ", f->params.first_tree + i);
    if (nodes < 2 || nodes % 2 != 0 || (uint64_t)nodes > (uint64_t)1 << (33 - f->feature_bits) ||
        entries == 0 || entries > f->rows || nev_load_u32le(entry + 20) != 0) {
        return refuse(err, at + 8, name, "a tree's size is outside its range");
    }
    body = (uint64_t)nodes * NEV_NODE_BYTES + (uint64_t)entries * NEV_ENTRY_BYTES;
    if (begin != nev_carve_round(*end) || begin > data_bytes || body > data_bytes - begin) {
        return refuse(err, at, name, "a tree does not follow the one before or leaves its block");
    }
    if (!is_zero(f->tree_data + *end, (size_t)(begin - *end))) {
        return refuse(err, data_at + *end, name, "the bytes before a tree are not zero");
    }
    nev_forest_tree(f, i, &tree);
    if ((status = nev_tree_check(&tree, f, data_at + begin, name, err)) != NEV_OK) {
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
    enum nev_status status;
    uint64_t end = 0;
    uint32_t i;

    for (i = 0; i < f->params.trees; i++) {
        if ((status = check_tree(f, i, data_bytes, &end, err)) != NEV_OK) {
            return status;
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
    uint64_t data_bytes = 0;

    memset(f, 0, sizeof *f);
    f->base = mem;
    f->bytes = bytes;
    if ((status = check_file(mem, bytes, err)) != NEV_OK || (status = read_header(f, mem, err)) != NEV_OK ||
        (status = check_blocks(f, &data_bytes, err)) != NEV_OK || (status = check_tables(f, err)) != NEV_OK ||
        (status = check_trees(f, data_bytes, err)) != NEV_OK) {
        memset(f, 0, sizeof *f);
    }
    return status;
}
