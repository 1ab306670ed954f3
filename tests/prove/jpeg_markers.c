/* SPDX-License-Identifier: MIT */
/*
 * io/jpeg_markers.c: a file of any bytes, up to its first scan; then, as after a scan, from any place on. Headers, Huffman
 * tables and EXIF have proofs of their own (jpeg_headers.c, jpeg_huffman.c, exif.c) and are contracts here: what they may
 * read is checked at each call, and what they give is anything that they may.
 */
#include "io/jpeg_parts.h"

#include <stdbool.h>

#include "tests/prove/prove.h"

static uint8_t file[BYTES];
static struct nev_jpeg_tables tables;

bool nev_jpeg_huffman_build(struct nev_jpeg_huffman *table, bool is_dc, const uint8_t counts[16],
                            const uint8_t *symbols)
{
    //@ assert \initialized(counts + (0 .. 15)) && \initialized(symbols + (0 .. 255));
    if (table != NULL) {
        table->is_defined = Frama_C_interval(0, 1) == 1;
    }
    return Frama_C_interval(0, 1) == 1;
}

void nev_jpeg_huffman_default(struct nev_jpeg_tables *t)
{
    t->dc[0].is_defined = t->dc[1].is_defined = t->ac[0].is_defined = t->ac[1].is_defined = true;
}

/* The parts of *j that the headers set and the markers read. */
static enum nev_status any_header(struct nev_jpeg *j, const uint8_t *data, size_t bytes)
{
    uint32_t i;

    //@ assert bytes == 0 || \initialized(data + (0 .. bytes - 1));
    j->component_len = (uint32_t)Frama_C_interval(0, 4);
    //@ loop unroll 4;
    for (i = 0; i < 4; i++) {
        any_bytes(&j->components[i].id, 1);
    }
    return (enum nev_status)Frama_C_interval(0, NEV_STATUS_LEN - 1);
}

enum nev_status nev_jpeg_frame_read(struct nev_jpeg *j, size_t at, const uint8_t *data, size_t bytes,
                                    bool is_progressive)
{
    return any_header(j, data, bytes);
}

enum nev_status nev_jpeg_scan_read(struct nev_jpeg *j, size_t at, const uint8_t *data, size_t bytes)
{
    return any_header(j, data, bytes);
}

uint32_t nev_exif_orientation(const uint8_t *tiff, size_t bytes)
{
    //@ assert bytes == 0 || \valid_read(tiff + (0 .. bytes - 1));
    return (uint32_t)Frama_C_interval(1, 8);
}

void prove(void)
{
    struct nev_error err = {0};
    struct nev_jpeg j = {
        .mem = file, .bytes = BYTES, .pixels_max = Frama_C_unsigned_long_long_interval(0, UINT64_MAX)};
    bool is_end = false;
    enum nev_status status;

    //@ widen_hints global:"all", 3, 4, 16, 63, 64, 256, 512, BYTES - 12, BYTES - 2, BYTES;
    any_bytes(file, sizeof file);
    j.err = Frama_C_interval(0, 1) == 0 ? NULL : &err;
    j.tables = Frama_C_interval(0, 1) == 0 ? NULL : &tables;
    status = nev_jpeg_open(&j);
    if (status == NEV_OK) {
        j.pos = any_length(BYTES);
        status = nev_jpeg_next(&j, &is_end);
    }
}
