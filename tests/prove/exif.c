/* SPDX-License-Identifier: MIT */
/* io/exif.c: any bytes. */
#include "io/exif.h"

#include "tests/prove/prove.h"

static uint8_t tiff[BYTES];

void prove(void)
{
    uint32_t orientation;

    any_bytes(tiff, sizeof tiff);
    orientation = nev_exif_orientation(tiff, BYTES);
    //@ assert 1 <= orientation <= 8;
}
