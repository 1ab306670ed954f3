/* SPDX-License-Identifier: MIT */
/* io/jpeg_huffman.c: any counts, any symbols, kept or only checked; and the typical tables. */
#include "io/jpeg_parts.h"

#include "tests/prove/prove.h"

static struct nev_jpeg_tables tables;

void prove(void)
{
    static uint8_t counts[16], symbols[256];

    //@ widen_hints global:"all", 16, 256, 512;
    any_bytes(counts, sizeof counts);
    any_bytes(symbols, sizeof symbols);
    if (nev_jpeg_huffman_build(Frama_C_interval(0, 1) == 0 ? NULL : &tables.dc[1],
                               Frama_C_interval(0, 1) == 0, counts, symbols)) {
        nev_jpeg_huffman_default(&tables);
    }
}
