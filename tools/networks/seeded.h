/* SPDX-License-Identifier: MIT */
/*
 * seeded.h - a whole weights file by formula: for demos, benchmarks and tests, where no checkpoint is at
 * hand.
 */
#ifndef NEV_TOOLS_SEEDED_H
#define NEV_TOOLS_SEEDED_H

#include <stddef.h>
#include <stdint.h>

#include "tools/base/exit.h"
#include "weights/weights.h"

/*
 * nev_seeded_image - the bytes of such a file, from nev_memory_take.
 * Errors     NULL: not enough memory, or the model is not one that the format holds
 */
uint8_t *nev_seeded_image(const struct nev_model *model, uint32_t seed, size_t *bytes);

/*
 * nev_seeded_write - write a canonical weights file whose tensors hold nev_seeded_fill's values.
 * Computes   tensor i of the network's list gets stream seed * 65536 + i; the source is named "seeded:SEED"
 * Range      model as nev_net_model fills it, or changed; its source fields are not used
 * Errors     reported; the old file is then untouched
 */
enum nev_exit nev_seeded_write(const struct nev_model *model, uint32_t seed, const char *path);

#endif
