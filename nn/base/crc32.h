/* SPDX-License-Identifier: MIT */
/*
 * crc32.h - the CRC-32 of PNG, zip and gzip.
 *
 * Source     ISO 3309 / ITU-T V.42; reflected polynomial 0xEDB88320. A check against accidents, not
 *            attackers.
 */
#ifndef NEV_BASE_CRC32_H
#define NEV_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* nev_crc32 - continue a CRC over more bytes; start with crc = 0. The CRC-32 of "123456789" is 0xCBF43926. */
uint32_t nev_crc32(uint32_t crc, const void *data, size_t bytes);

#endif
