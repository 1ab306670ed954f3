/* SPDX-License-Identifier: MIT */
/*
 * packing.h - a canonical weights file made into a packed one, in memory.
 */
#ifndef NEV_TOOLS_PACKING_H
#define NEV_TOOLS_PACKING_H

#include <stddef.h>
#include <stdint.h>

#include "nn/nn.h"

/*
 * nev_packing_image - the packed file of an open canonical one: the same bytes for any number of threads.
 * Range      path: fast or direct; the weights are verified
 * Returns    NULL on error; else nev_memory_give it
 * Errors     of nev_plan_make and nev_plan_pack; ARGUMENT: the file is packed already; MEMORY
 */
uint8_t *nev_packing_image(const struct nev_weights *weights, enum nev_path path,
                           const struct nev_parallel *par, size_t *bytes, struct nev_error *err);

#endif
