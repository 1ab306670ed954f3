/* SPDX-License-Identifier: MIT */
#include "forest/file/write.h"

#include <string.h>

#include "forest/carve.h"
#include "forest/file/node.h"
#include "nn/base/bytes.h"

static enum nev_status no_room(struct nev_error *err)
{
    return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "file",
                    "the forest outgrew the buffer for its file; give as much as the size query says");
}

/* Moves im->used to the next multiple of 64, with zeros, if `bytes` more fit behind it. */
static bool make_room(struct nev_image *im, uint64_t bytes)
{
    uint64_t at = nev_carve_round(im->used);

    if (at > im->room || im->room - at < bytes) {
        return false;
    }
    memset(im->file + im->used, 0, (size_t)(at - im->used));
    im->used = at;
    return true;
}

enum nev_status nev_image_begin(struct nev_image *im, uint8_t *file, uint64_t room,
                                const struct nev_file_shape *shape, struct nev_error *err)
{
    memset(im, 0, sizeof *im);
    im->file = file;
    im->room = room;
    im->shape = *shape;
    im->used = nev_file_block_at(NEV_BLOCK_DATA, shape);
    im->data_end = im->used;
    if (room < im->used) {
        return no_room(err);
    }
    memset(file, 0, (size_t)im->used);
    return NEV_OK;
}

uint8_t *nev_image_block(const struct nev_image *im, enum nev_file_block block)
{
    return im->file + (size_t)nev_file_block_at(block, &im->shape);
}

enum nev_status nev_image_names(const struct nev_image *im, const char *const *class_name,
                                const struct nev_forest_source *source, struct nev_error *err)
{
    uint8_t *name = nev_image_block(im, NEV_BLOCK_CLASSES), *block = nev_image_block(im, NEV_BLOCK_SOURCE);
    struct nev_forest_source read;
    uint32_t i, k;

    for (i = 0; i < im->shape.classes; i++, name += NEV_FOREST_NAME_LEN) {
        if (class_name == NULL) {
            nev_file_number((char *)name, "", i);
            continue;
        }
        for (k = 0; k < NEV_FOREST_NAME_LEN && class_name[i][k] != 0; k++) {
            name[k] = (uint8_t)class_name[i][k];
        }
        if (!nev_file_text_is_valid(name, true)) {
            return nev_fail(
                err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, class_name[i],
                "a class name is empty, longer than 63 bytes, not UTF-8 or has control characters");
        }
    }
    if (source != NULL) {
        nev_file_source_write(source, block);
        if (!nev_file_source_read(&read, block, &k)) {
            return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "source",
                            "the features' source breaks a rule of forest/FORMAT.md, section 5");
        }
    }
    return NEV_OK;
}

enum nev_status nev_image_tree(struct nev_image *im, const struct nev_forest_tree *tree,
                               struct nev_error *err)
{
    uint64_t node_bytes = (uint64_t)tree->node_len * NEV_NODE_BYTES;
    uint64_t leaf_bytes = (uint64_t)tree->leaf_len * NEV_ENTRY_BYTES;
    uint8_t *entry = nev_image_block(im, NEV_BLOCK_TREES) + (size_t)im->trees * NEV_FILE_TREE_BYTES;

    if (!make_room(im, node_bytes + leaf_bytes)) {
        return no_room(err);
    }
    memcpy(im->file + im->used, tree->node, (size_t)node_bytes);
    memcpy(im->file + im->used + node_bytes, tree->leaf, (size_t)leaf_bytes);
    nev_store_u64le(entry, im->used - nev_file_block_at(NEV_BLOCK_DATA, &im->shape));
    nev_store_u32le(entry + 8, tree->node_len);
    nev_store_u32le(entry + 12, tree->leaf_len);
    nev_store_u32le(entry + 16, tree->depth);
    nev_store_u32le(entry + 20, tree->number);
    im->used += node_bytes + leaf_bytes;
    im->data_end = im->used;
    im->trees++;
    return NEV_OK;
}

enum nev_status nev_image_oob(struct nev_image *im, uint64_t bytes, uint8_t **at, struct nev_error *err)
{
    if (!make_room(im, bytes)) {
        return no_room(err);
    }
    if (im->oob_at == 0) {
        im->oob_at = im->used;
    }
    *at = im->file + (size_t)im->used;
    im->used += bytes;
    return NEV_OK;
}

void nev_image_end(struct nev_image *im)
{
    uint64_t data_at = nev_file_block_at(NEV_BLOCK_DATA, &im->shape);
    uint8_t *h = im->file;
    uint32_t i;

    memcpy(h, nev_file_magic, NEV_FILE_MAGIC_BYTES);
    nev_store_u32le(h + 8, NEV_FILE_VERSION);
    nev_store_u32le(h + 12, NEV_FILE_HEADER_BYTES);
    nev_store_u64le(h + 16, im->used);
    nev_store_u32le(h + 24, NEV_FILE_BLOCKS_MIN);
    nev_store_u32le(h + 32, im->shape.trees);
    nev_store_u32le(h + 36, im->shape.features);
    nev_store_u32le(h + 40, im->shape.classes);
    nev_store_u32le(h + 44, im->shape.parts);
    nev_store_u32le(h + 48, nev_node_feature_bits(im->shape.features));
    for (i = 0; i < NEV_FILE_BLOCKS_MIN; i++) {
        enum nev_file_block block = (enum nev_file_block)i;
        uint8_t *entry = h + NEV_FILE_HEADER_BYTES + (size_t)i * NEV_FILE_BLOCK_BYTES;

        memcpy(entry, nev_file_tag[i], 4);
        nev_store_u64le(entry + 8,
                        block == NEV_BLOCK_OOB ? im->oob_at : nev_file_block_at(block, &im->shape));
        nev_store_u64le(entry + 16, block == NEV_BLOCK_DATA  ? im->data_end - data_at
                                    : block == NEV_BLOCK_OOB ? im->used - im->oob_at
                                                             : nev_file_block_bytes(block, &im->shape));
    }
    nev_file_digest(h, (size_t)im->used, h + NEV_FILE_DIGEST_AT);
}
