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
#define NEV_NVW_VERSION     2u

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
#define NEV_NVW_AT_CANONICAL_SHA256 224u
#define NEV_NVW_AT_PROFILE          256u
#define NEV_NVW_AT_CHUNK_LEN        260u
#define NEV_NVW_AT_ZERO1            264u
#define NEV_NVW_AT_PAYLOAD_SHA256   416u
#define NEV_NVW_AT_ZERO2            448u
#define NEV_NVW_AT_HEAD_SHA256      480u
#define NEV_NVW_HEADER_BYTES        512u

/* Fields of a table entry. */
#define NEV_NVW_IN_NAME      0u
#define NEV_NVW_IN_KIND      64u
#define NEV_NVW_IN_NDIM      68u
#define NEV_NVW_IN_DIM       72u
#define NEV_NVW_IN_OFFSET    88u
#define NEV_NVW_IN_BYTES     96u
#define NEV_NVW_IN_ALGORITHM 104u
#define NEV_NVW_IN_ZERO      108u
#define NEV_NVW_ENTRY_BYTES  128u

#define NEV_NVW_CHUNK_BYTES 262144u /* of payload under one digest: two fit a second-level cache of 512 KiB */
#define NEV_NVW_PANEL       16u     /* output channels of the packed form that lie side by side */

/* Bounds: 1024 payloads of at most this, each with its padding, stay below 2^42. */
#define NEV_NVW_PAYLOAD_MAX 0x7FFFFFC0u

/* nev_spec_check - whether a tensor's kind, rank and dimensions are ones the format can hold.
 * Errors     FORMAT (kind), SHAPE (rank, dims past it), LIMIT (dimension, size); `at` is the byte offset of
 *            the entry that says so, and NEV_NO_OFFSET if none does; *bytes (the payload) is 0 on error
 * Threads    pure */
NEV_MUST_CHECK enum nev_status nev_spec_check(const struct nev_tensor_spec *spec, uint64_t at,
                                              uint64_t *bytes, struct nev_error *err);

/* nev_packed_check - whether a tensor that nev_spec_check allows may stand in the packed form.
 * Errors     FORMAT (a kind other than weight and bias, a bias with an algorithm), UNSUPPORTED (no such algorithm),
 *            SHAPE (not one for these dimensions), LIMIT; `at` and *bytes as above
 * Threads    pure */
NEV_MUST_CHECK enum nev_status nev_packed_check(const struct nev_tensor_spec *spec, uint32_t algorithm,
                                                uint64_t at, uint64_t *bytes, struct nev_error *err);

/* How many chunks cover that many bytes. Bounds: below 2^42. */
static inline uint64_t nev_nvw_chunks(uint64_t payload_bytes)
{
    return (payload_bytes + (NEV_NVW_CHUNK_BYTES - 1)) / NEV_NVW_CHUNK_BYTES;
}

/* Where the list of chunk digests starts, and where the payloads do. Bounds: as nev_nvw_align. */
static inline uint64_t nev_nvw_list_offset(uint32_t tensor_len)
{
    return NEV_NVW_HEADER_BYTES + (uint64_t)tensor_len * NEV_NVW_ENTRY_BYTES;
}

/* The next multiple of 64 that is not below n. Bounds: n < 2^63. */
static inline uint64_t nev_nvw_align(uint64_t n)
{
    return (n + 63u) & ~(uint64_t)63u;
}

static inline uint64_t nev_nvw_payload_offset(uint32_t tensor_len, uint64_t chunk_len)
{
    return nev_nvw_align(nev_nvw_list_offset(tensor_len) + chunk_len * NEV_SHA256_BYTES);
}

#endif
