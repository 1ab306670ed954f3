/* SPDX-License-Identifier: MIT */
/*
 * packed.h - how a step's weights lie in the packed buffer; shared by the planner, the packer and the runner.
 *
 * Fast path: weights in panels of NEV_PANEL output channels as kernels.h states for each slot, then the bias.
 * Reference path: the row's tensors as the model file has them, in canonical order, native byte order.
 */
#ifndef NEV_NN_PACKED_H
#define NEV_NN_PACKED_H

#include <stddef.h>
#include <stdint.h>

#include "nn/net.h"
#include "nn/nn.h"

/*
 * nev_packed_bytes - the bytes a step's weights and its bias take, multiples of NEV_ALIGN; 0 where it has
 * none. Range      c: channels the step's first row reads
 */
void nev_packed_bytes(const struct nev_table *table, const struct nev_step *step, uint32_t c,
                      size_t *weight_bytes, size_t *bias_bytes);

/* nev_packed_part - reference path: the offset of one part of a row from the row's start; *len is its
 * elements. */
size_t nev_packed_part(const struct nev_table *table, uint32_t row, uint32_t c, enum nev_part part,
                       size_t *len);

#endif
