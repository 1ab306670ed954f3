/* SPDX-License-Identifier: MIT */
/*
 * darknet.h - darknet's .weights: a short header, then float32 after float32 in the network's order.
 *
 * Source     darknet (pjreddie), src/parser.c: load_weights_upto and load_convolutional_weights
 */
#ifndef NEV_IMPORT_DARKNET_H
#define NEV_IMPORT_DARKNET_H

#include "weights/import/source.h"

/* nev_darknet_header - the header's size: 16 bytes, or 20 since version 0.2, whose counter has 64 bits.
 * Errors     TRUNCATED; UNSUPPORTED (transposed weights); FORMAT (no such header) */
NEV_MUST_CHECK enum nev_status nev_darknet_header(const uint8_t *mem, size_t bytes, uint64_t *header_bytes,
                                                  struct nev_error *err);

/*
 * nev_darknet_read - a tensor for each row of the list, which is in the file's order; the sizes must agree
 *                    exactly.
 * Errors     TRUNCATED, SHAPE, with the offset where the file and the network part
 * Tests      tests/weights/test_darknet.c
 */
NEV_MUST_CHECK enum nev_status nev_darknet_read(const uint8_t *mem, size_t bytes,
                                                const struct nev_tensor_spec *specs, uint32_t specs_len,
                                                struct nev_source_tensor *tensor, struct nev_error *err);

#endif
