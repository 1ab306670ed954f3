/* SPDX-License-Identifier: MIT */
/*
 * pictures.h - what the entry points of picture readers share.
 */
#ifndef NEV_TESTS_FUZZ_PICTURES_H
#define NEV_TESTS_FUZZ_PICTURES_H

#include "io/image.h"

/* A reader of pictures. */
struct fuzz_picture_reader {
    enum nev_status (*probe)(const void *mem, size_t bytes, uint64_t max_pixels, struct nev_image_info *info,
                             struct nev_error *err);
    enum nev_status (*decode)(const void *mem, size_t bytes, const struct nev_image_info *info,
                              enum nev_image_mode mode, uint8_t *out, size_t out_bytes, void *scratch,
                              size_t scratch_bytes, struct nev_error *err);
};

/*
 * fuzz_picture - every claim image.h makes: sizes follow from the header, exactly the stated memory suffices and one
 * byte less is refused, both modes refuse alike, a refusal leaves zeros, a success every byte, the same twice, and the
 * upright picture is the stored one turned.
 */
void fuzz_picture(const struct fuzz_picture_reader *reader, const uint8_t *data, size_t bytes);

#endif
