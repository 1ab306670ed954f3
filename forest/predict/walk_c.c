/* SPDX-License-Identifier: MIT */
#define WALK_KEYS nev_walk_keys_c
#define WALK_LAY  nev_walk_lay_c
#define WALK_NODE nev_load_u64le
#include "forest/predict/walk.inc"
