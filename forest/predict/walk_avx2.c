/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#define WALK_KEYS nev_walk_keys_avx2
#define WALK_LAY  nev_walk_lay_avx2
#define WALK_NODE load

/* A node as nev_load_u64le has it: x86 is little-endian, and compilers make vectors of this. */
static inline uint64_t load(const uint8_t *node)
{
    uint64_t both;

    memcpy(&both, node, sizeof both);
    return both;
}

#include "forest/predict/walk.inc"
