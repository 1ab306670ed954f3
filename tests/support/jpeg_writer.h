/* SPDX-License-Identifier: MIT */
/*
 * jpeg_writer.h - JPEG files of known coefficients in every form the decoder reads, for its tests.
 *
 * The coefficients are a function of the plan, so that the same picture can be written baseline or
 * progressive, in one scan or in several, with restarts or without, and must decode to the same bytes.
 */
#ifndef NEV_TESTS_SUPPORT_JPEG_WRITER_H
#define NEV_TESTS_SUPPORT_JPEG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEV_TEST_JPEG_BYTES 400000u /* enough for any plan of up to 100 x 100 pixels */

struct nev_test_jpeg {
    unsigned width, height, components;
    unsigned h[4], v[4]; /* sampling factors */
    bool is_progressive;
    bool is_split; /* sequential: one scan a component */
    bool has_jfif;
    bool is_flat;         /* no AC coefficients */
    unsigned restart;     /* units, or 0 */
    int adobe;            /* colour transform, or -1: no such segment */
    unsigned orientation; /* in an EXIF segment; 0: none */
    bool is_exif_big;     /* that segment's byte order */
    unsigned quant;       /* quantisation step of every coefficient, 1..65535 */
    uint8_t filler;       /* a byte 00 or FF put between a segment's data and the marker after it ... */
    unsigned filler_len;  /* ... this many times */
    uint8_t id[4];        /* component identifiers; 0: 1, 2, 3, 4 */
    uint64_t seed;
};

/* nev_test_jpeg_plan - baseline, 4:2:0 if there are three components, no segment but the necessary. */
struct nev_test_jpeg nev_test_jpeg_plan(unsigned width, unsigned height, unsigned components);

/* nev_test_jpeg_coefs - the coefficients of block (x, y) of a component, zigzag, quantised. */
void nev_test_jpeg_coefs(const struct nev_test_jpeg *plan, unsigned component, unsigned x, unsigned y,
                         int16_t coefs[64]);

/* nev_test_jpeg_write - the file, and its size. */
size_t nev_test_jpeg_write(const struct nev_test_jpeg *plan, uint8_t out[NEV_TEST_JPEG_BYTES]);

#endif
