/* SPDX-License-Identifier: MIT */
#include "bench/chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define INK    "#1f2933"
#define FAINT  "#6b7785"
#define GRID   "#e3e7eb"
#define ROOF   "#3d4852"
#define TITLE  40.0 /* height of a panel's heading */
#define ROW    15.0 /* of the bars */
#define MARGIN 16.0

/* The bars' columns. */
#define NAME_X  MARGIN
#define WHAT_X  250.0
#define BAR_X   330.0
#define BAR_W   260.0
#define VALUE_X (BAR_X + BAR_W + 8.0)

/* The roofline's frame and axes; both are logarithmic. */
#define ROOF_X   800.0
#define ROOF_W   440.0
#define ROOF_H   380.0
#define X_LOW    -1.0 /* powers of ten: operations a byte */
#define X_HIGH   3.0
#define HEADROOM 4.2 /* how far above the peak a fast algorithm may rise: F(4,3) saves a factor of 4 */

/* Distinct in hue and in lightness, so that they stay apart without colour vision too. */
static const char *const palette[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#e69f00", "#56b4e9", "#7a5195", "#444444"};
#define PALETTE_LEN (sizeof palette / sizeof palette[0])

/* Whether no layer before i has its algorithm. */
static bool is_first_of_kind(const struct nev_bench_layers *layers, size_t i)
{
    size_t j = 0;

    while (strcmp(layers->layer[j].what, layers->layer[i].what) != 0) {
        j++;
    }
    return j == i;
}

/* Algorithms get colours in the order in which they first appear. */
static const char *colour_of(const struct nev_bench_layers *layers, size_t i)
{
    size_t place = 0, j = 0;

    for (; strcmp(layers->layer[j].what, layers->layer[i].what) != 0; j++) {
        place += is_first_of_kind(layers, j) ? 1 : 0;
    }
    return palette[place % PALETTE_LEN];
}

void nev_bench_layer_label(const struct nev_bench_layer *layer, char *out, size_t size)
{
    if (strcmp(layer->first, layer->last) == 0) {
        snprintf(out, size, "%s", layer->first);
    } else {
        snprintf(out, size, "%s .. %s", layer->first, layer->last);
    }
}

double nev_bench_chart_height(const struct nev_bench_layers *layers)
{
    const double bars = TITLE + 24.0 + ROW * (double)layers->len, roof = TITLE + ROOF_H + 80.0;

    return (bars > roof ? bars : roof) + MARGIN;
}

static void draw_bar(struct nev_bench_svg *svg, double y, const struct nev_bench_layers *layers, size_t i,
                     double most_ms)
{
    const struct nev_bench_layer *layer = &layers->layer[i];
    const double peak_ms = layer->flops / layers->peak_gflops * 1e-6,
                 mark = BAR_X + BAR_W * peak_ms / most_ms;
    char text[128];

    nev_bench_layer_label(layer, text, sizeof text);
    nev_bench_svg_text(svg, NAME_X, y + 11.0, 10.0, NEV_BENCH_START, INK, text);
    nev_bench_svg_text(svg, WHAT_X, y + 11.0, 10.0, NEV_BENCH_START, FAINT, layer->what);
    nev_bench_svg_rect(svg, BAR_X, y + 2.0, BAR_W * layer->median_ms / most_ms, ROW - 4.0,
                       colour_of(layers, i));
    if (layer->flops > 0.0 && mark <= VALUE_X) {
        nev_bench_svg_line(svg, mark, y, mark, y + ROW, "#000000", 1.5);
    }
    if (layer->flops > 0.0) {
        snprintf(text, sizeof text, "%.3f ms, %.0f %% of peak", layer->median_ms,
                 100.0 * peak_ms / layer->median_ms);
    } else {
        snprintf(text, sizeof text, "%.3f ms", layer->median_ms);
    }
    nev_bench_svg_text(svg, VALUE_X, y + 11.0, 10.0, NEV_BENCH_START, INK, text);
}

static void draw_bars(struct nev_bench_svg *svg, double y, const struct nev_bench_layers *layers)
{
    double most_ms = 1e-6;

    for (size_t i = 0; i < layers->len; i++) {
        most_ms = layers->layer[i].median_ms > most_ms ? layers->layer[i].median_ms : most_ms;
    }
    nev_bench_svg_text(svg, NAME_X, y + 10.0, 10.0, NEV_BENCH_START, FAINT,
                       "bar: median time; black mark, where it is not off the right end: the direct count at "
                       "the peak measured");
    for (size_t i = 0; i < layers->len; i++) {
        draw_bar(svg, y + 18.0 + ROW * (double)i, layers, i, most_ms);
    }
}

/* Axes of the roofline: y runs from 10^low to 10^high. */
struct axes {
    double top, low, high;
};

static double at_x(double intensity)
{
    return ROOF_X + ROOF_W * (log10(intensity) - X_LOW) / (X_HIGH - X_LOW);
}

static double at_y(const struct axes *axes, double gflops)
{
    return axes->top + ROOF_H * (1.0 - (log10(gflops) - axes->low) / (axes->high - axes->low));
}

static void draw_grid(struct nev_bench_svg *svg, const struct axes *axes)
{
    char text[32];

    for (double e = X_LOW; e <= X_HIGH; e += 1.0) {
        double x = at_x(pow(10.0, e));

        nev_bench_svg_line(svg, x, axes->top, x, axes->top + ROOF_H, GRID, 1.0);
        snprintf(text, sizeof text, "%g", pow(10.0, e));
        nev_bench_svg_text(svg, x, axes->top + ROOF_H + 14.0, 10.0, NEV_BENCH_MIDDLE, FAINT, text);
    }
    for (double e = axes->low; e <= axes->high; e += 1.0) {
        double y = at_y(axes, pow(10.0, e));

        nev_bench_svg_line(svg, ROOF_X, y, ROOF_X + ROOF_W, y, GRID, 1.0);
        snprintf(text, sizeof text, "%g", pow(10.0, e));
        nev_bench_svg_text(svg, ROOF_X - 6.0, y + 3.0, 10.0, NEV_BENCH_END, FAINT, text);
    }
    nev_bench_svg_text(svg, ROOF_X + ROOF_W / 2.0, axes->top + ROOF_H + 30.0, 11.0, NEV_BENCH_MIDDLE, INK,
                       "operations a byte (weights, inputs, output, once)");
    nev_bench_svg_text(svg, ROOF_X - 6.0, axes->top - 8.0, 11.0, NEV_BENCH_START, INK,
                       "GFLOP/s by the direct count");
}

/* The sloping part of a roof, from the left or lower edge of the frame to the peak. */
static void draw_slope(struct nev_bench_svg *svg, const struct axes *axes, double gbs, double peak,
                       const char *name)
{
    double from = pow(10.0, X_LOW), lowest = pow(10.0, axes->low);
    char text[64];

    from = gbs * from < lowest ? lowest / gbs : from;
    nev_bench_svg_line(svg, at_x(from), at_y(axes, gbs * from), at_x(peak / gbs), at_y(axes, peak), ROOF,
                       1.5);
    snprintf(text, sizeof text, "%s %.0f GB/s", name, gbs);
    nev_bench_svg_text(svg, at_x(from * 1.3) + 6.0, at_y(axes, gbs * from * 1.3) + 7.0, 10.0, NEV_BENCH_START,
                       ROOF, text);
}

static void draw_legend(struct nev_bench_svg *svg, const struct nev_bench_layers *layers, double y)
{
    size_t shown = 0;

    for (size_t i = 0; i < layers->len; i++) {
        if (layers->layer[i].flops > 0.0 && is_first_of_kind(layers, i)) {
            const double x = ROOF_X + 110.0 * (double)(shown % 4);

            nev_bench_svg_dot(svg, x, y + 14.0 * (double)(shown / 4), 4.5, colour_of(layers, i), "");
            nev_bench_svg_text(svg, x + 9.0, y + 3.5 + 14.0 * (double)(shown / 4), 10.0, NEV_BENCH_START, INK,
                               layers->layer[i].what);
            shown++;
        }
    }
}

static void draw_roofline(struct nev_bench_svg *svg, double y, const struct nev_bench_layers *layers)
{
    const double peak = layers->peak_gflops;
    const struct axes axes = {y + 12.0, ceil(log10(peak * HEADROOM)) - 4.0, ceil(log10(peak * HEADROOM))};
    char text[160], label[128];

    draw_grid(svg, &axes);
    draw_slope(svg, &axes, layers->stream_gbs, peak, "memory");
    draw_slope(svg, &axes, layers->cache_gbs, peak, "L2");
    nev_bench_svg_line(svg, at_x(peak / layers->cache_gbs), at_y(&axes, peak), ROOF_X + ROOF_W,
                       at_y(&axes, peak), ROOF, 1.5);
    snprintf(text, sizeof text, "multiply-add peak %.0f GFLOP/s", peak);
    nev_bench_svg_text(svg, ROOF_X + ROOF_W - 4.0, at_y(&axes, peak) + 13.0, 10.0, NEV_BENCH_END, ROOF, text);
    for (size_t i = 0; i < layers->len; i++) {
        const struct nev_bench_layer *layer = &layers->layer[i];
        const double gflops = layer->flops / layer->median_ms * 1e-6;

        if (layer->flops > 0.0 && log10(gflops) > axes.low && log10(gflops) < axes.high) {
            nev_bench_layer_label(layer, label, sizeof label);
            snprintf(text, sizeof text, "%s: %.1f GFLOP/s", label, gflops);
            nev_bench_svg_dot(svg, at_x(layer->flops / layer->bytes), at_y(&axes, gflops), 4.5,
                              colour_of(layers, i), text);
        }
    }
    draw_legend(svg, layers, axes.top + ROOF_H + 48.0);
}

void nev_bench_chart_draw(struct nev_bench_svg *svg, double y, const char *title,
                          const struct nev_bench_layers *layers)
{
    nev_bench_svg_text(svg, MARGIN, y + 24.0, 15.0, NEV_BENCH_START, INK, title);
    nev_bench_svg_line(svg, MARGIN, y + 31.0, NEV_BENCH_CHART_WIDTH - MARGIN, y + 31.0, GRID, 1.0);
    draw_bars(svg, y + TITLE, layers);
    draw_roofline(svg, y + TITLE + 12.0, layers);
}
