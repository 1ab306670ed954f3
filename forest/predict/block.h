/* SPDX-License-Identifier: MIT */
/*
 * block.h - prediction of many rows by masks (mask.h): where it pays, and all of it but the kernels.
 */
#ifndef NEV_FOREST_BLOCK_H
#define NEV_FOREST_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forest/forest.h"
#include "forest/predict/mask.h"

#define NEV_BLOCK_TREE_MAX  2048u  /* nodes of a tree */
#define NEV_BLOCK_INNER_MAX 32768u /* inner nodes whose tests, 32 bytes each, are kept at a time */
#define NEV_BLOCK_TREES_MAX 1023u  /* trees at a time: 10 bits count their votes */
#define NEV_BLOCK_ROWS_MAX  4096u  /* rows that one laying out of the trees serves */

/* nev_block_may - is there a number of rows that may pay, by the forest's sizes? If not, nev_block_pays says no to all. */
bool nev_block_may(const struct nev_forest *f);

/* nev_block_bytes - the work memory of a part, a multiple of NEV_ALIGN; grows with the forest up to a bound. */
uint64_t nev_block_bytes(const struct nev_forest *f);

/*
 * nev_block_pays - may rows be asked by masks, and does that take less time than walks? A function of the forest and
 * the number of rows alone.
 * Range      rows: of a part; mixed: are probabilities wanted, which leaves of several classes make more than votes?
 */
bool nev_block_pays(const struct nev_forest *f, size_t rows, bool mixed);

/*
 * nev_block_predict - the answers of rows begin to end of a batch.
 * Computes   what nev_forest_predict does, bit for bit, into the same places of the same outputs
 * Range      begin < end; at most NEV_MASK_CLASSES classes, no tree of more than NEV_BLOCK_TREE_MAX nodes, leaves of one class each if
 *            probabilities are wanted: what nev_block_pays is sure of; memory of nev_block_bytes, aligned
 * Returns    end, or the first row that has a NaN; the outputs then mean nothing
 */
size_t nev_block_predict(const struct nev_forest *f, const struct nev_mask_kernel *kernel,
                         const struct nev_forest_batch *batch, size_t begin, size_t end, uint8_t *memory);

#endif
