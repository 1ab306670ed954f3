/* SPDX-License-Identifier: MIT */
/*
 * adler32.h - the check value at the end of a zlib stream.
 *
 * Source     RFC 1950, section 9. A check against accidents, not attackers.
 */
#ifndef NEV_IO_ADLER32_H
#define NEV_IO_ADLER32_H

#include <stddef.h>
#include <stdint.h>

#define NEV_ADLER32_START 1u /* the value of no bytes */

/* nev_adler32 - continue a sum over more bytes; start with NEV_ADLER32_START. */
uint32_t nev_adler32(uint32_t adler, const void *data, size_t bytes);

#endif
