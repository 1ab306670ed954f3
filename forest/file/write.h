/* SPDX-License-Identifier: MIT */
/*
 * write.h - a forest file being written: by training, by merging, from trees made elsewhere.
 *
 * begin, then names and every tree in order, then out-of-bag data part by part, then end. In between the caller
 * fills the blocks PART, WGHT and IMPT where they lie.
 * Source     forest/FORMAT.md
 */
#ifndef NEV_FOREST_WRITE_H
#define NEV_FOREST_WRITE_H

#include <stdint.h>

#include "forest/file/layout.h"
#include "forest/forest.h"

struct nev_image {
    uint8_t *file;
    uint64_t room; /* bytes at file */
    uint64_t used;
    uint64_t data_end, oob_at;
    struct nev_file_shape shape;
    uint32_t trees; /* appended so far */
};

/* nev_image_begin - clear everything before DATA. Errors MEMORY: there is no room even for that. */
NEV_MUST_CHECK enum nev_status nev_image_begin(struct nev_image *im, uint8_t *file, uint64_t room,
                                               const struct nev_file_shape *shape, struct nev_error *err);

/* nev_image_block - where a block before DATA lies. */
uint8_t *nev_image_block(const struct nev_image *im, enum nev_file_block block);

/*
 * nev_image_names - CLAS and SRCE, checked as a reader would.
 * Range      class_name [classes] or NULL: "0", "1" ...; source or NULL: unknown
 * Errors     ARGUMENT: a name or the source breaks a rule of the format
 */
NEV_MUST_CHECK enum nev_status nev_image_names(const struct nev_image *im, const char *const *class_name,
                                               const struct nev_forest_source *source, struct nev_error *err);

/* nev_image_tree - append a tree: its body, and its entry in TREE. Errors MEMORY */
NEV_MUST_CHECK enum nev_status nev_image_tree(struct nev_image *im, const struct nev_forest_tree *tree,
                                              struct nev_error *err);

/* nev_image_oob - room for the next part's out-of-bag data, after the last tree. Errors MEMORY */
NEV_MUST_CHECK enum nev_status nev_image_oob(struct nev_image *im, uint64_t bytes, uint8_t **at,
                                             struct nev_error *err);

/* nev_image_end - block table, header and digest; im->used is then the file's size. */
void nev_image_end(struct nev_image *im);

#endif
