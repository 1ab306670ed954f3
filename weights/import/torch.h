/* SPDX-License-Identifier: MIT */
/*
 * torch.h - PyTorch checkpoints: a zip archive with a pickle and one entry for each tensor's storage.
 *
 * Source     PyTorch torch/serialization.py (torch.save since 1.6)
 */
#ifndef NEV_IMPORT_TORCH_H
#define NEV_IMPORT_TORCH_H

#include "nn/base/arena.h"
#include "weights/import/source.h"

/* nev_torch_arena_bytes - what nev_torch_read carves. */
NEV_MUST_CHECK enum nev_status nev_torch_arena_bytes(const uint8_t *mem, size_t bytes, size_t *arena_bytes,
                                                     struct nev_error *err);

/*
 * nev_torch_read - list the tensors of a state_dict, also one under the key "state_dict" or "model".
 * Errors     of nev_zip_read and nev_pickle_run; UNSUPPORTED (TorchScript, big-endian storages), SHAPE (a
 *            tensor reaches past its storage), MISSING (no tensors), LIMIT
 * Tests      tests/weights/test_torch.c
 */
NEV_MUST_CHECK enum nev_status nev_torch_read(const uint8_t *mem, size_t bytes, struct nev_arena *arena,
                                              struct nev_source_tensor **tensor, uint32_t *tensor_len,
                                              struct nev_error *err);

#endif
