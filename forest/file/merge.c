/* SPDX-License-Identifier: MIT */
#include "forest/file/merge.h"

#include <string.h>

#include "forest/carve.h"
#include "forest/file/node.h"
#include "forest/file/oob.h"
#include "forest/file/part.h"
#include "forest/file/write.h"

/* A part of one of the forests. */
struct item {
    uint32_t forest;
    struct nev_forest_part part;
};

/* What a merge will be. */
struct plan {
    struct item *item; /* [items] in the order of the file */
    uint32_t items;
    struct nev_oob oob;
    uint32_t *label; /* [rows] */
    struct nev_file_shape shape;
    uint64_t memory, file;
};

static enum nev_status differs(struct nev_error *err, enum nev_status status, uint32_t forest,
                               const char *name, const char *what)
{
    return nev_fail_at(err, status, forest, NEV_NO_ROW, name, what);
}

/* --- What all forests must share --- */

static enum nev_status check_alike(const struct nev_forest *a, const struct nev_forest *b, uint32_t number,
                                   struct nev_error *err)
{
    uint8_t mine[NEV_FILE_SOURCE_BYTES], other[NEV_FILE_SOURCE_BYTES];
    uint32_t k;

    if (a->features != b->features) {
        return differs(err, NEV_ERR_SHAPE, number, "features",
                       "the forest takes another number of features than the first");
    }
    if (a->classes != b->classes) {
        return differs(err, NEV_ERR_SHAPE, number, "classes",
                       "the forest has another number of classes than the first");
    }
    for (k = 0; k < a->classes; k++) {
        if (strcmp(nev_forest_class_name(a, k), nev_forest_class_name(b, k)) != 0) {
            return differs(err, NEV_ERR_SHAPE, number, nev_forest_class_name(b, k),
                           "the forest has another class in this place than the first");
        }
    }
    nev_file_source_write(&a->source, mine);
    nev_file_source_write(&b->source, other);
    if (memcmp(mine, other, sizeof mine) != 0) {
        return differs(
            err, NEV_ERR_NETWORK, number, "source",
            "the forest's features come from another network, weights, layer, preprocessing or path "
            "than the first's");
    }
    return NEV_OK;
}

/* --- One training or several --- */

/* What tells trainings apart, as bytes that order: an entry of PART without what belongs to the range of trees
 * alone, and the class weights that were given. */
static void training_of(const struct nev_forest_part *part, uint8_t key[NEV_FILE_PART_BYTES])
{
    struct nev_forest_part p = *part;

    p.params.trees = p.params.first_tree = 0;
    p.is_mixed = false;
    p.oob_rows = p.oob_correct = 0;
    nev_part_write(&p, key);
}

static int compare_weights(const struct nev_forest_part *a, const struct nev_forest_part *b)
{
    return a->params.class_weight == NEV_FOREST_WEIGHT_GIVEN
               ? memcmp(a->weight, b->weight, (size_t)a->classes * 4)
               : 0;
}

/* Below, equal or above 0: by data first, so that the trainings of one place lie together. */
static int compare_trainings(const struct nev_forest_part *a, const struct nev_forest_part *b)
{
    uint8_t mine[NEV_FILE_PART_BYTES], other[NEV_FILE_PART_BYTES];
    int order = memcmp(a->data_sha256, b->data_sha256, NEV_SHA256_BYTES);

    if (order == 0) {
        training_of(a, mine);
        training_of(b, other);
        order = memcmp(mine, other, sizeof mine);
    }
    return order != 0 ? order : compare_weights(a, b);
}

static bool is_before(const struct item *a, const struct item *b)
{
    int order = compare_trainings(&a->part, &b->part);

    if (order != 0) {
        return order < 0;
    }
    return a->part.params.first_tree < b->part.params.first_tree;
}

/* Do two parts make one? Foreign trees have no numbers that would say so. */
static bool is_one_training(const struct nev_forest_part *a, const struct nev_forest_part *b)
{
    return !a->is_foreign && compare_trainings(a, b) == 0;
}

/* What differs between two trainings, for the message. */
static const char *difference(const struct nev_forest_part *a, const struct nev_forest_part *b)
{
    const struct nev_forest_params *p = &a->params, *q = &b->params;

    return a->is_foreign || b->is_foreign                    ? "foreign trees"
           : memcmp(a->data_sha256, b->data_sha256, 32) != 0 ? "data"
           : p->seed != q->seed                              ? "seed"
           : p->bootstrap != q->bootstrap                    ? "bootstrap"
           : p->draws != q->draws                            ? "draws"
           : p->candidates != q->candidates                  ? "candidates"
           : p->max_depth != q->max_depth                    ? "max_depth"
           : p->min_samples_leaf != q->min_samples_leaf      ? "min_samples_leaf"
           : p->min_samples_split != q->min_samples_split    ? "min_samples_split"
           : p->class_weight != q->class_weight              ? "class_weight"
           : compare_weights(a, b) != 0                      ? "class_weight"
                                                             : "origin";
}

/* Insertion: there are few parts, and at most NEV_FOREST_PARTS_MAX a forest. */
static void sort_items(struct item *item, uint32_t len)
{
    uint32_t i, j;

    for (i = 1; i < len; i++) {
        struct item it = item[i];

        for (j = i; j > 0 && is_before(&it, &item[j - 1]); j--) {
            item[j] = item[j - 1];
        }
        item[j] = it;
    }
}

/* The first part that does not belong to the first forest's training. */
static enum nev_status check_one_training(const struct plan *p, struct nev_error *err)
{
    uint32_t first = 0, i;

    while (p->item[first].forest != 0) {
        first++;
    }
    for (i = 0; i < p->items; i++) {
        if (i != first && !is_one_training(&p->item[first].part, &p->item[i].part)) {
            return differs(
                err, NEV_ERR_SHAPE, p->item[i].forest, difference(&p->item[first].part, &p->item[i].part),
                "the forest is not of the first one's training: this differs (forests of other data or "
                "parameters can be merged as parts of their own)");
        }
    }
    return NEV_OK;
}

/* Ranges of one training must follow each other. */
static enum nev_status check_ranges(const struct plan *p, struct nev_error *err)
{
    uint32_t i;

    for (i = 1; i < p->items; i++) {
        const struct nev_forest_part *a = &p->item[i - 1].part, *b = &p->item[i].part;
        uint32_t end = a->params.first_tree + a->params.trees;

        if (is_one_training(a, b) && b->params.first_tree != end) {
            return differs(err, NEV_ERR_DATA, p->item[i].forest, "trees",
                           b->params.first_tree < end
                               ? "the forest has trees that another one has too"
                               : "trees are missing between this forest's and those of the others");
        }
    }
    return NEV_OK;
}

/* --- Sizes --- */

/* The part that items [i, *next) become. */
static struct nev_forest_part join(const struct plan *p, uint32_t i, uint32_t *next)
{
    struct nev_forest_part part = p->item[i].part;

    for (*next = i + 1; *next < p->items && is_one_training(&part, &p->item[*next].part); (*next)++) {
        part.params.trees += p->item[*next].part.params.trees;
    }
    return part;
}

/* The exact shape, from the items in order. */
static enum nev_status shape(const struct nev_merge *m, struct plan *p, struct nev_error *err)
{
    uint64_t rows = 0;
    uint32_t i, next;

    memset(&p->shape, 0, sizeof p->shape);
    p->shape.features = m->forest[0].features;
    p->shape.classes = m->forest[0].classes;
    for (i = 0; i < p->items; i = next) {
        struct nev_forest_part part = join(p, i, &next);

        p->shape.trees += part.params.trees;
        p->shape.weight_rows += nev_part_weight_rows(&part.params);
        p->shape.parts++;
        rows += part.rows;
    }
    return rows <= UINT32_MAX ? NEV_OK
                              : nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "rows",
                                         "the parts have 2^32 rows or more together");
}

/* Bytes of a forest's trees. */
static uint64_t bodies_of(const struct nev_forest *f)
{
    struct nev_forest_tree tree;
    uint64_t bytes = 0;
    uint32_t k;

    for (k = 0; k < f->params.trees; k++) {
        nev_forest_tree(f, k, &tree);
        bytes += nev_carve_round((uint64_t)tree.node_len * NEV_NODE_BYTES +
                                 (uint64_t)tree.leaf_len * NEV_ENTRY_BYTES);
    }
    return bytes;
}

/* Bounds on everything, as if no two ranges became one part; the work arrays; the items, if there is memory. */
static enum nev_status measure(const struct nev_merge *m, struct plan *p, uint8_t *memory,
                               struct nev_error *err)
{
    struct nev_file_shape most = {m->forest[0].features, m->forest[0].classes, 0, 0, 0};
    uint64_t trees = 0, bytes = 0, counts, items = 0;
    struct nev_carve c = {memory, 0};
    struct nev_forest_part part;
    uint32_t i, k, deepest = 0;

    for (i = 0; i < m->len; i++) {
        trees += m->forest[i].params.trees;
        items += m->forest[i].parts;
    }
    if (trees > NEV_FOREST_TREES_MAX || items > NEV_FOREST_PARTS_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "trees",
                        "more than 65,535 trees or 4,096 parts come together");
    }
    p->item = nev_carve_take(&c, items, sizeof *p->item);
    memset(&part, 0, sizeof part);
    for (i = 0; i < m->len; i++) {
        for (k = 0; k < m->forest[i].parts; k++) {
            nev_part_step(&m->forest[i], k, &part);
            deepest = part.has_oob && part.rows > deepest ? part.rows : deepest;
            most.weight_rows += nev_part_weight_rows(&part.params);
            bytes += part.has_oob ? nev_carve_round(nev_oob_bytes(part.rows, part.classes, true)) : 0;
            if (memory != NULL) {
                p->item[p->items].forest = i;
                p->item[p->items++].part = part;
            }
        }
        bytes += bodies_of(&m->forest[i]);
    }
    counts = (uint64_t)deepest * most.classes;
    p->oob.votes = nev_carve_take(&c, counts, sizeof *p->oob.votes);
    p->oob.sum = nev_carve_take(&c, counts, sizeof *p->oob.sum);
    p->label = nev_carve_take(&c, deepest, sizeof *p->label);
    p->memory = c.used + NEV_ALIGN - 1;
    most.trees = (uint32_t)trees;
    most.parts = (uint32_t)items;
    p->file = nev_file_block_at(NEV_BLOCK_DATA, &most) + bytes + NEV_ALIGN;
    return NEV_OK;
}

enum nev_status nev_forest_merge_bytes(const struct nev_merge *m, size_t *memory_bytes, size_t *file_bytes,
                                       struct nev_error *err)
{
    enum nev_status status;
    struct plan p;
    uint32_t i;

    *memory_bytes = *file_bytes = 0;
    if (m->len == 0) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "forests", "there is nothing to merge");
    }
    for (i = 1; i < m->len; i++) {
        if ((status = check_alike(&m->forest[0], &m->forest[i], i, err)) != NEV_OK) {
            return status;
        }
    }
    memset(&p, 0, sizeof p);
    if ((status = measure(m, &p, NULL, err)) != NEV_OK) {
        return status;
    }
    if (p.memory > SIZE_MAX || p.file > SIZE_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "memory",
                        "this merge needs more memory than the machine can address");
    }
    *memory_bytes = (size_t)p.memory;
    *file_bytes = (size_t)p.file;
    return NEV_OK;
}

/* --- The file --- */

/* Adds the votes of items [i, next), which are of the same rows, and writes them; completes *part. */
static enum nev_status put_oob(struct plan *p, struct nev_image *image, uint32_t i, uint32_t next,
                               struct nev_forest_part *part, struct nev_error *err)
{
    size_t counts = (size_t)part->rows * part->classes;
    enum nev_status status;
    uint32_t k, row;
    uint8_t *at;

    p->oob.rows = part->rows;
    p->oob.classes = part->classes;
    memset(p->oob.votes, 0, counts * sizeof *p->oob.votes);
    memset(p->oob.sum, 0, counts * sizeof *p->oob.sum);
    for (k = i; k < next; k++) {
        for (row = 0; row < part->rows; row++) {
            uint32_t label = nev_forest_oob_label(&p->item[k].part, row);

            if (k == i) {
                p->label[row] = label;
            } else if (p->label[row] != label) {
                return differs(err, NEV_ERR_FORMAT, p->item[k].forest, "OOBV",
                               "the forest states the data of another one, but other classes of their rows");
            }
        }
        nev_oob_add_part(&p->oob, &p->item[k].part);
    }
    nev_oob_finish(&p->oob, p->label, part);
    if ((status = nev_image_oob(image, nev_part_oob_bytes(part), &at, err)) == NEV_OK) {
        nev_oob_write(&p->oob, p->label, part->is_mixed, at);
    }
    return status;
}

/* PART and OOBV, part by part. */
static enum nev_status put_parts(struct plan *p, struct nev_image *image, struct nev_error *err)
{
    uint8_t *entry = nev_image_block(image, NEV_BLOCK_PARTS), *nothing;
    uint32_t i, next;

    for (i = 0; i < p->items; i = next) {
        struct nev_forest_part part = join(p, i, &next);
        enum nev_status status =
            part.has_oob ? put_oob(p, image, i, next, &part, err) : nev_image_oob(image, 0, &nothing, err);

        if (status != NEV_OK) {
            return status;
        }
        nev_part_write(&part, entry);
        entry += NEV_FILE_PART_BYTES;
    }
    return NEV_OK;
}

/* WGHT: of a part with one row for all trees, the first range's; all have the same. */
static void put_weights(const struct plan *p, const struct nev_image *image)
{
    uint8_t *at = nev_image_block(image, NEV_BLOCK_WEIGHTS);
    uint32_t i;

    for (i = 0; i < p->items; i++) {
        const struct nev_forest_part *part = &p->item[i].part;
        uint32_t rows = nev_part_weight_rows(&part->params);
        size_t bytes = (size_t)rows * part->classes * 4;

        if (part->params.class_weight != NEV_FOREST_WEIGHT_SUBSAMPLE && i > 0 &&
            is_one_training(&p->item[i - 1].part, part)) {
            continue;
        }
        memcpy(at, part->weight, bytes);
        at += bytes;
    }
}

static void put_importance(const struct nev_merge *m, const struct nev_image *image)
{
    uint8_t *at = nev_image_block(image, NEV_BLOCK_IMPORTANCE);
    uint32_t i, k;

    for (k = 0; k < image->shape.features; k++) {
        uint64_t sum = 0; /* Bounds: FORMAT.md, section 8 */

        for (i = 0; i < m->len; i++) {
            sum += nev_load_u64le(m->forest[i].importance_table + (size_t)k * 8);
        }
        nev_store_u64le(at + (size_t)k * 8, sum);
    }
}

static enum nev_status put_trees(const struct nev_merge *m, const struct plan *p, struct nev_image *image,
                                 struct nev_error *err)
{
    struct nev_forest_tree tree;
    enum nev_status status;
    uint32_t i, k;

    for (i = 0; i < p->items; i++) {
        const struct item *it = &p->item[i];

        for (k = 0; k < it->part.params.trees; k++) {
            nev_forest_tree(&m->forest[it->forest], it->part.place + k, &tree);
            if ((status = nev_image_tree(image, &tree, err)) != NEV_OK) {
                return status;
            }
        }
    }
    return NEV_OK;
}

static void put_names(const struct nev_merge *m, const struct nev_image *image)
{
    const struct nev_forest *f = &m->forest[0];

    memcpy(nev_image_block(image, NEV_BLOCK_CLASSES), f->class_table,
           (size_t)f->classes * NEV_FOREST_NAME_LEN);
    nev_file_source_write(&f->source, nev_image_block(image, NEV_BLOCK_SOURCE));
}

enum nev_status nev_forest_merge(const struct nev_merge *m, void *memory, size_t memory_bytes, uint8_t *file,
                                 size_t file_bytes, size_t *written, struct nev_error *err)
{
    size_t need_memory, need_file;
    struct nev_image image;
    struct plan p;
    enum nev_status status = nev_forest_merge_bytes(m, &need_memory, &need_file, err);

    *written = 0;
    if (status != NEV_OK) {
        return status;
    }
    if (memory_bytes < need_memory) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "memory",
                        "less than nev_forest_merge_bytes says");
    }
    memset(&p, 0, sizeof p);
    if ((status = measure(m, &p, nev_carve_align(memory), err)) != NEV_OK) {
        return status;
    }
    sort_items(p.item, p.items);
    if ((!m->is_federated && (status = check_one_training(&p, err)) != NEV_OK) ||
        (status = check_ranges(&p, err)) != NEV_OK || (status = shape(m, &p, err)) != NEV_OK) {
        return status;
    }
    if ((status = nev_image_begin(&image, file, file_bytes, &p.shape, err)) != NEV_OK) {
        return status;
    }
    put_names(m, &image);
    put_weights(&p, &image);
    put_importance(m, &image);
    if ((status = put_trees(m, &p, &image, err)) != NEV_OK ||
        (status = put_parts(&p, &image, err)) != NEV_OK) {
        return status;
    }
    nev_image_end(&image);
    *written = (size_t)image.used;
    return NEV_OK;
}
