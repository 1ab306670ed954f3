/* SPDX-License-Identifier: MIT */
/*
 * picture.h - pixels in memory, as the writers of picture files take them.
 */
#ifndef NEV_IO_PICTURE_H
#define NEV_IO_PICTURE_H

#include <stdint.h>

/* Rows without gaps from top to bottom. Range      sides 1..NEV_IMAGE_SIDE_MAX */
struct nev_picture {
    const uint8_t *pixels; /* [height, width, channels] u8 */
    uint32_t width, height;
    uint32_t channels; /* 1: grey, 3: R, G, B */
};

#endif
