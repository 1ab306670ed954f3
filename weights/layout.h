/* SPDX-License-Identifier: MIT */
/*
 * layout.h - where each field of a weights file stands: the numbers of weights/FORMAT.md.
 *
 * Internal to weights/.
 */
#ifndef NEV_WEIGHTS_LAYOUT_H
#define NEV_WEIGHTS_LAYOUT_H

#include <stdint.h>

#include "nn/base/size.h"
#include "weights/weights.h"

#define NEV_NVW_MAGIC       "\x89NVW\r\n\x1a\n"
#define NEV_NVW_MAGIC_BYTES 8u
#define NEV_NVW_VERSION     1u
#define NEV_NVW_CANONICAL   1u
#define NEV_NVW_PACKED      2u

/* Header fields. */
#define NEV_NVW_AT_VERSION          8u
#define NEV_NVW_AT_FORM             12u
#define NEV_NVW_AT_FILE_BYTES       16u
#define NEV_NVW_AT_HEADER_BYTES     24u
#define NEV_NVW_AT_TENSOR_LEN       28u
#define NEV_NVW_AT_TABLE            32u
#define NEV_NVW_AT_PAYLOAD          40u
#define NEV_NVW_AT_NET              48u
#define NEV_NVW_AT_PADDING          52u
#define NEV_NVW_AT_BN_FORM          56u
#define NEV_NVW_AT_ORDER            60u
#define NEV_NVW_AT_BN_EPS           64u
#define NEV_NVW_AT_WIDTH            72u
#define NEV_NVW_AT_HEIGHT           76u
#define NEV_NVW_AT_MEAN             80u
#define NEV_NVW_AT_STD              92u
#define NEV_NVW_AT_ZERO0            104u
#define NEV_NVW_AT_SOURCE_SHA256    128u
#define NEV_NVW_AT_SOURCE_NAME      160u
#define NEV_NVW_AT_CANONICAL_SHA256 224u /* zero here, as is everything up to the payload digest */
#define NEV_NVW_AT_PAYLOAD_SHA256   416u
#define NEV_NVW_AT_ZERO1            448u
#define NEV_NVW_AT_HEAD_SHA256      480u
#define NEV_NVW_HEADER_BYTES        512u

/* Fields of a table entry. */
#define NEV_NVW_IN_NAME     0u
#define NEV_NVW_IN_KIND     64u
#define NEV_NVW_IN_NDIM     68u
#define NEV_NVW_IN_DIM      72u
#define NEV_NVW_IN_OFFSET   88u
#define NEV_NVW_IN_BYTES    96u
#define NEV_NVW_IN_ZERO     104u
#define NEV_NVW_ENTRY_BYTES 128u

/* Bounds: 1024 payloads of at most this, each with its padding, stay below 2^42. */
#define NEV_NVW_PAYLOAD_MAX 0x7FFFFFC0u

/* nev_spec_check - whether a tensor's kind, rank and dimensions are ones the format can hold.
 * Errors     FORMAT (kind), SHAPE (rank, dims past it), LIMIT (dimension, size); `at` is the byte offset of
 *            the entry that says so, and NEV_NO_OFFSET if none does; *bytes (the payload) is 0 on error
 * Threads    pure */
NEV_MUST_CHECK enum nev_status nev_spec_check(const struct nev_tensor_spec *spec, uint64_t at,
                                              uint64_t *bytes, struct nev_error *err);

/* The next multiple of 64 that is not below n. Bounds: n < 2^63. */
static inline uint64_t nev_nvw_align(uint64_t n)
{
    return (n + 63u) & ~(uint64_t)63u;
}

#endif
