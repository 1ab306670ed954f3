/* SPDX-License-Identifier: MIT */
/*
 * safetensors.h - Hugging Face's format: a JSON header, then the tensors' bytes.
 *
 * Source     The format description in the safetensors project's README, with the checks it asks for: no
 *            overlap, no gap, sizes that follow from the shapes, nothing after the last tensor.
 */
#ifndef NEV_IMPORT_SAFETENSORS_H
#define NEV_IMPORT_SAFETENSORS_H

#include "nn/base/arena.h"
#include "weights/import/source.h"

#define NEV_SAFETENSORS_HEADER_MAX ((uint64_t)16 << 20)

/* nev_safetensors_arena_bytes - what nev_safetensors_read carves. */
NEV_MUST_CHECK enum nev_status nev_safetensors_arena_bytes(const uint8_t *mem, size_t bytes,
                                                           size_t *arena_bytes, struct nev_error *err);

/*
 * nev_safetensors_read - list the tensors.
 * Errors     TRUNCATED, FORMAT, SHAPE, LIMIT, UNSUPPORTED (element type), MEMORY
 * Tests      tests/weights/test_safetensors.c
 */
NEV_MUST_CHECK enum nev_status nev_safetensors_read(const uint8_t *mem, size_t bytes, struct nev_arena *arena,
                                                    struct nev_source_tensor **tensor, uint32_t *tensor_len,
                                                    struct nev_error *err);

#endif
