/* SPDX-License-Identifier: MIT */
#include "io/adler32.h"

#define MODULUS 65521u /* the largest prime below 65536 (RFC 1950, section 9) */

/* Bounds: the largest n with 255 n (n + 1) / 2 + (n + 1) (MODULUS - 1) < 2^32, so that neither sum wraps
 * between two reductions; tests/io/test_inflate_stream.c recomputes it. */
#define BYTES_MAX 5552u

uint32_t nev_adler32(uint32_t adler, const void *data, size_t bytes)
{
    const uint8_t *p = data;
    uint32_t a = adler & 0xFFFF, b = adler >> 16;
    size_t at = 0;

    while (at < bytes) {
        size_t end = at + BYTES_MAX;

        if (end > bytes) {
            end = bytes;
        }
        for (; at < end; at++) {
            a += p[at];
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    return b << 16 | a;
}
