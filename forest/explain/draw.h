/* SPDX-License-Identifier: MIT */
/*
 * draw.h - a tree as a picture (SVG).
 *
 * Layered, the root on top: a box for each node, in it the feature and threshold or the leaf's vote, the draws that
 * reach it and their classes as a bar; lines as thick as the share of the draws that takes them. What lies deeper
 * than the depth asked for is one dashed box that says how much it is. Colours: Okabe and Ito's, which people with
 * any kind of colour vision can tell apart; names stand beside them.
 */
#ifndef NEV_FOREST_DRAW_H
#define NEV_FOREST_DRAW_H

#include "forest/forest.h"
#include "forest/print.h"

#define NEV_DRAW_DEPTH_MAX 10u

struct nev_drawing {
    uint32_t tree;  /* its place in the forest, < params.trees */
    uint32_t depth; /* edges from the root that are drawn, 0..NEV_DRAW_DEPTH_MAX */
};

/* nev_forest_draw_bytes - the work memory of draw; 0 if the drawing is out of range. */
size_t nev_forest_draw_bytes(const struct nev_forest *f, const struct nev_drawing *what);

/*
 * nev_forest_draw - write the picture.
 * Range      sink->real is set; memory of nev_forest_draw_bytes(f, what) bytes
 * Numerics   integers: one picture, byte for byte, for one forest
 * Errors     ARGUMENT: no such tree, too deep; MEMORY; IO: the sink refused
 * Threads    one call per memory
 * Source     colours: Okabe and Ito, Color Universal Design (2008)
 * Tests      tests/forest/test_draw.c
 */
NEV_MUST_CHECK enum nev_status nev_forest_draw(const struct nev_forest *f, const struct nev_drawing *what,
                                               void *memory, size_t memory_bytes, const struct nev_sink *sink,
                                               struct nev_error *err);

#endif
