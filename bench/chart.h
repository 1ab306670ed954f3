/* SPDX-License-Identifier: MIT */
/*
 * chart.h - measured layers as a picture: how long each takes beside how long it would at the peak, and where
 * it lies under the roofs of the machine.
 */
#ifndef NEV_BENCH_CHART_H
#define NEV_BENCH_CHART_H

#include "bench/layers.h"
#include "bench/svg.h"

#define NEV_BENCH_CHART_WIDTH 1280.0

/* nev_bench_chart_height - how high the panel of one case is. */
double nev_bench_chart_height(const struct nev_bench_layers *layers);

/*
 * nev_bench_chart_draw - the panel of one case, its upper edge at y.
 * Source     the roofline: Williams, Waterman, Patterson, Roofline: an insightful visual performance model,
 *            Communications of the ACM 52(4), 2009. Differs: operations are the direct count, so that a fast
 *            algorithm may rise above the roof
 */
void nev_bench_chart_draw(struct nev_bench_svg *svg, double y, const char *title,
                          const struct nev_bench_layers *layers);

/* nev_bench_layer_label - a layer's rows: "conv1", or "conv1 .. pool1" for several. */
void nev_bench_layer_label(const struct nev_bench_layer *layer, char *out, size_t size);

#endif
