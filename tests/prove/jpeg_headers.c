/* SPDX-License-Identifier: MIT */
/*
 * io/jpeg_headers.c: a frame header and two scan headers of any bytes, of every length up to BYTES, each in a buffer that
 * ends where it does. Tables are kept or only checked, defined or not. The typical Huffman tables are a contract
 * (jpeg_huffman.c).
 */
#include "io/jpeg_parts.h"

#include "tests/prove/prove.h"

static uint8_t frame[BYTES], scan[BYTES];
static struct nev_jpeg_tables tables;

void nev_jpeg_huffman_default(struct nev_jpeg_tables *t)
{
    t->dc[0].is_defined = t->dc[1].is_defined = t->ac[0].is_defined = t->ac[1].is_defined = true;
}

void prove(void)
{
    struct nev_error err = {0};
    struct nev_jpeg j = {.pixels_max = Frama_C_unsigned_long_long_interval(0, UINT64_MAX)};
    size_t bytes = any_length(BYTES);
    uint32_t i;

    //@ widen_hints global:"all", 3, 4, 63, 64;
    any_bytes(frame, sizeof frame);
    any_bytes(scan, sizeof scan);
    any_bytes(j.quant, sizeof j.quant);
    j.err = Frama_C_interval(0, 1) == 0 ? NULL : &err;
    j.tables = Frama_C_interval(0, 1) == 0 ? NULL : &tables;
    //@ loop unroll 4;
    for (i = 0; i < 4; i++) {
        j.has_quant[i] = Frama_C_interval(0, 1) == 1;
        tables.dc[i].is_defined = Frama_C_interval(0, 1) == 1;
        tables.ac[i].is_defined = Frama_C_interval(0, 1) == 1;
    }
    //@ split bytes;
    if (nev_jpeg_frame_read(&j, 2, frame + (BYTES - bytes), bytes, Frama_C_interval(0, 1) == 1) == NEV_OK) {
        //@ merge bytes;
        for (i = 0; i < 1000; i++) {
            bytes = any_length(BYTES);
            //@ split bytes;
            if (nev_jpeg_scan_read(&j, 20, scan + (BYTES - bytes), bytes) != NEV_OK) {
                break;
            }
            //@ merge bytes;
        }
    }
}
