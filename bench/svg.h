/* SPDX-License-Identifier: MIT */
/*
 * svg.h - the few marks that a chart is made of, as SVG 1.1.
 */
#ifndef NEV_BENCH_SVG_H
#define NEV_BENCH_SVG_H

#include <stddef.h>
#include <stdio.h>

#include "tools/base/exit.h"

struct nev_bench_svg {
    FILE *out; /* into text */
    char *text;
    size_t bytes;
};

enum nev_bench_anchor { NEV_BENCH_START, NEV_BENCH_MIDDLE, NEV_BENCH_END };

/* nev_bench_svg_check - before anything is measured: can a picture be written there? NULL: none is wanted. It must not be
 * `input` (or NULL), which is read. Errors: reported. */
enum nev_exit nev_bench_svg_check(const char *path, const char *input);

/* nev_bench_svg_begin - a white picture, kept in memory until it is saved. Errors: reported, MEMORY. */
enum nev_exit nev_bench_svg_begin(struct nev_bench_svg *svg, double width, double height);

/* nev_bench_svg_save - end the picture and write it, whole or not at all; the memory is given back either
 * way. Errors: reported. */
enum nev_exit nev_bench_svg_save(struct nev_bench_svg *svg, const char *path);

/* Colours are SVG's, such as "#2a6fbb". A text is escaped. Size: of the type, in pixels. */
void nev_bench_svg_rect(struct nev_bench_svg *svg, double x, double y, double w, double h, const char *fill);
void nev_bench_svg_line(struct nev_bench_svg *svg, double x1, double y1, double x2, double y2,
                        const char *stroke, double width);
/* nev_bench_svg_dot - a disc; title is shown where a viewer has a pointer over it. */
void nev_bench_svg_dot(struct nev_bench_svg *svg, double x, double y, double r, const char *fill,
                       const char *title);
/* nev_bench_svg_turned - a text around (x, y), its line in the direction (dx, dy). */
void nev_bench_svg_turned(struct nev_bench_svg *svg, double x, double y, double size, double dx, double dy,
                          const char *fill, const char *text);
void nev_bench_svg_text(struct nev_bench_svg *svg, double x, double y, double size,
                        enum nev_bench_anchor anchor, const char *fill, const char *text);

#endif
