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
#define TYPE   10.0 /* size of labels */
#define WIDE   6.4  /* the mean character of a label at that size, in a font as wide as they come */

/* The bars' half of the panel; its columns are as wide as what stands in them. */
#define BARS_END 752.0
#define GAP      10.0
#define VALUE_W  (22.0 * WIDE) /* "1000.000 ms, 100 % of peak", figures being narrower */

/* The roofline's frame; both axes are logarithmic. */
#define ROOF_X 800.0
#define ROOF_W 440.0
#define ROOF_H 380.0
#define LEGEND 4u /* names a row of the legend */

/* One colour for each algorithm, the same in every panel; of the fast paths' distinct in lightness too. */
static const struct {
    const char *what, *colour;
} colours[] = {
    {"winograd-f4", "#d55e00"},  {"winograd-f2", "#e69f00"}, {"winograd-s2", "#009e73"},
    {"winograd-7x7", "#0072b2"}, {"gemm", "#cc79a7"},        {"gemm+maxpool", "#7a5195"},
    {"block", "#56b4e9"},        {"depthwise", "#8a8a00"},   {"maxpool", "#117733"},
    {"avgpool", "#882255"},      {"conv", "#004c6d"},        {"fc", "#8c564b"},
    {"norm", "#6b7785"},         {"activation", "#9aa5b1"},  {"add", "#333333"},
};

static const char *colour_of(const struct nev_bench_layer *layer)
{
    for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++) {
        if (strcmp(colours[i].what, layer->what) == 0) {
            return colours[i].colour;
        }
    }
    return "#000000";
}

/* Whether no layer before i has its algorithm. */
static bool is_first_of_kind(const struct nev_bench_layers *layers, size_t i)
{
    size_t j = 0;

    while (strcmp(layers->layer[j].what, layers->layer[i].what) != 0) {
        j++;
    }
    return j == i;
}

static double gflops_of(const struct nev_bench_layer *layer)
{
    return layer->flops / layer->median_ms * 1e-6;
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
    const double bars = TITLE + 24.0 + ROW * (double)layers->len, roof = TITLE + ROOF_H + 96.0;

    return (bars > roof ? bars : roof) + MARGIN;
}

/* Where the columns of the bars begin, and the longest time. */
struct columns {
    double what, bar, width, most_ms;
};

static struct columns columns_of(const struct nev_bench_layers *layers)
{
    struct columns at = {0.0, 0.0, 0.0, 1e-6};
    char label[128];

    for (size_t i = 0; i < layers->len; i++) {
        const struct nev_bench_layer *layer = &layers->layer[i];
        double name, what = WIDE * (double)strlen(layer->what);

        nev_bench_layer_label(layer, label, sizeof label);
        name = WIDE * (double)strlen(label);
        at.what = name > at.what ? name : at.what;
        at.bar = what > at.bar ? what : at.bar;
        at.most_ms = layer->median_ms > at.most_ms ? layer->median_ms : at.most_ms;
    }
    at.what += MARGIN + GAP;
    at.bar += at.what + GAP;
    at.width = BARS_END - VALUE_W - GAP - at.bar;
    return at;
}

static void draw_bar(struct nev_bench_svg *svg, double y, const struct nev_bench_layers *layers,
                     const struct nev_bench_layer *layer, const struct columns *at)
{
    const double peak_ms = layer->flops / layers->peak_gflops * 1e-6,
                 mark = at->width * peak_ms / at->most_ms, share = 100.0 * peak_ms / layer->median_ms;
    char text[128];

    nev_bench_layer_label(layer, text, sizeof text);
    nev_bench_svg_text(svg, MARGIN, y + 11.0, TYPE, NEV_BENCH_START, INK, text);
    nev_bench_svg_text(svg, at->what, y + 11.0, TYPE, NEV_BENCH_START, FAINT, layer->what);
    nev_bench_svg_rect(svg, at->bar, y + 2.0, at->width * layer->median_ms / at->most_ms, ROW - 4.0,
                       colour_of(layer));
    if (layer->flops > 0.0 && mark <= at->width + GAP / 2.0) {
        nev_bench_svg_line(svg, at->bar + mark, y, at->bar + mark, y + ROW, "#000000", 1.5);
    }
    if (layer->flops > 0.0) {
        snprintf(text, sizeof text, "%.3f ms, %.*f %% of peak", layer->median_ms, share < 10.0 ? 1 : 0,
                 share);
    } else {
        snprintf(text, sizeof text, "%.3f ms", layer->median_ms);
    }
    nev_bench_svg_text(svg, at->bar + at->width + GAP, y + 11.0, TYPE, NEV_BENCH_START, INK, text);
}

static void draw_bars(struct nev_bench_svg *svg, double y, const struct nev_bench_layers *layers)
{
    const struct columns at = columns_of(layers);

    nev_bench_svg_text(svg, MARGIN, y + 10.0, TYPE, NEV_BENCH_START, FAINT,
                       "bar: median time; black mark, where it is not off the right end: the direct count at "
                       "the peak measured");
    for (size_t i = 0; i < layers->len; i++) {
        draw_bar(svg, y + 18.0 + ROW * (double)i, layers, &layers->layer[i], &at);
    }
}

/* The roofline's axes, in powers of ten: they hold every layer and the roofs' corners. All but the upper end are whole. */
struct axes {
    double top, left, right, low, high;
};

static void hold(double *low, double *high, double value)
{
    *low = floor(log10(value)) < *low ? floor(log10(value)) : *low;
    *high = log10(value) > *high ? log10(value) : *high;
}

static struct axes axes_of(const struct nev_bench_layers *layers, double top)
{
    const double peak = layers->peak_gflops;
    struct axes axes = {top, 0.0, 1.0, floor(log10(peak)), log10(peak * 1.6)};

    hold(&axes.left, &axes.right, peak / layers->stream_gbs);
    hold(&axes.left, &axes.right, peak / layers->cache_gbs / 2.0);
    for (size_t i = 0; i < layers->len; i++) {
        if (layers->layer[i].flops > 0.0) {
            hold(&axes.left, &axes.right, layers->layer[i].flops / layers->layer[i].bytes);
            hold(&axes.low, &axes.high, 1.2 * gflops_of(&layers->layer[i]));
        }
    }
    axes.right = ceil(axes.right);
    return axes;
}

static double at_x(const struct axes *axes, double intensity)
{
    return ROOF_X + ROOF_W * (log10(intensity) - axes->left) / (axes->right - axes->left);
}

static double at_y(const struct axes *axes, double gflops)
{
    return axes->top + ROOF_H * (1.0 - (log10(gflops) - axes->low) / (axes->high - axes->low));
}

static void draw_grid(struct nev_bench_svg *svg, const struct axes *axes)
{
    char text[32];

    for (double e = axes->left; e <= axes->right; e += 1.0) {
        double x = at_x(axes, pow(10.0, e));

        nev_bench_svg_line(svg, x, axes->top, x, axes->top + ROOF_H, GRID, 1.0);
        snprintf(text, sizeof text, "%g", pow(10.0, e));
        nev_bench_svg_text(svg, x, axes->top + ROOF_H + 14.0, TYPE, NEV_BENCH_MIDDLE, FAINT, text);
    }
    for (double e = axes->low; e <= axes->high; e += 1.0) {
        for (int i = 1; i <= 5; i = i == 1 ? 2 : i + 3) { /* 1, 2 and 5 */
            const double v = i * pow(10.0, e), y = at_y(axes, v);

            if (log10(v) <= axes->high) {
                nev_bench_svg_line(svg, ROOF_X, y, ROOF_X + ROOF_W, y, GRID, i == 1 ? 1.0 : 0.5);
                snprintf(text, sizeof text, "%g", v);
                nev_bench_svg_text(svg, ROOF_X - 6.0, y + 3.0, TYPE, NEV_BENCH_END, FAINT, text);
            }
        }
    }
    nev_bench_svg_text(svg, ROOF_X + ROOF_W / 2.0, axes->top + ROOF_H + 30.0, 11.0, NEV_BENCH_MIDDLE, INK,
                       "operations a byte (weights, inputs, output, once)");
    nev_bench_svg_text(svg, ROOF_X - 6.0, axes->top - 8.0, 11.0, NEV_BENCH_START, INK,
                       "GFLOP/s by the direct count");
}

/* How far a place is from the nearest layer, in pixels squared. */
static double room_at(const struct nev_bench_layers *layers, const struct axes *axes, double x, double y)
{
    double room = ROOF_W * ROOF_W;

    for (size_t i = 0; i < layers->len; i++) {
        const struct nev_bench_layer *layer = &layers->layer[i];

        if (layer->flops > 0.0) {
            const double dx = at_x(axes, layer->flops / layer->bytes) - x,
                         dy = at_y(axes, gflops_of(layer)) - y;

            room = dx * dx + dy * dy < room ? dx * dx + dy * dy : room;
        }
    }
    return room;
}

/* A roof from (x0, y0) to (x1, y1), its name along it where it has most room. */
static void draw_roof(struct nev_bench_svg *svg, const struct nev_bench_layers *layers,
                      const struct axes *axes, const double line[4], const char *name)
{
    const double dx = line[2] - line[0], dy = line[3] - line[1], length = hypot(dx, dy),
                 half = 0.5 * WIDE * (double)strlen(name);
    double best = -1.0, place = 0.5 * length;

    nev_bench_svg_line(svg, line[0], line[1], line[2], line[3], ROOF, 1.5);
    for (double t = half + GAP; t <= length - half - GAP; t += GAP) {
        double room = ROOF_W * ROOF_W;

        for (int end = -4; end <= 4; end++) {
            const double along = (t + end * half / 4.0) / length,
                         here = room_at(layers, axes, line[0] + dx * along, line[1] + dy * along - 6.0);

            room = here < room ? here : room;
        }
        if (room > best) {
            best = room;
            place = t;
        }
    }
    nev_bench_svg_turned(svg, line[0] + dx * place / length + 5.0 * dy / length,
                         line[1] + dy * place / length - 5.0 * dx / length, TYPE, dx, dy, ROOF, name);
}

/* The sloping roof of a memory, from the left or lower edge of the frame to the peak. */
static void draw_slope(struct nev_bench_svg *svg, const struct nev_bench_layers *layers,
                       const struct axes *axes, double gbs, const char *name)
{
    const double peak = layers->peak_gflops, lowest = pow(10.0, axes->low), left = pow(10.0, axes->left),
                 from = gbs * left < lowest ? lowest / gbs : left;
    const double line[4] = {at_x(axes, from), at_y(axes, gbs * from), at_x(axes, peak / gbs),
                            at_y(axes, peak)};
    char text[64];

    snprintf(text, sizeof text, "%s %.0f GB/s", name, gbs);
    draw_roof(svg, layers, axes, line, text);
}

static void draw_legend(struct nev_bench_svg *svg, const struct nev_bench_layers *layers, double y)
{
    size_t shown = 0;

    for (size_t i = 0; i < layers->len; i++) {
        if (layers->layer[i].flops > 0.0 && is_first_of_kind(layers, i)) {
            const double x = ROOF_X + ROOF_W / LEGEND * (double)(shown % LEGEND),
                         row = y + 15.0 * (double)(shown / LEGEND);

            nev_bench_svg_dot(svg, x, row, 4.5, colour_of(&layers->layer[i]), layers->layer[i].what);
            nev_bench_svg_text(svg, x + 9.0, row + 3.5, TYPE, NEV_BENCH_START, INK, layers->layer[i].what);
            shown++;
        }
    }
}

static void draw_roofline(struct nev_bench_svg *svg, double y, const struct nev_bench_layers *layers)
{
    const struct axes axes = axes_of(layers, y + 12.0);
    const double peak = layers->peak_gflops;
    const double top[4] = {at_x(&axes, peak / layers->cache_gbs), at_y(&axes, peak), ROOF_X + ROOF_W,
                           at_y(&axes, peak)};
    char text[160], label[128];

    draw_grid(svg, &axes);
    draw_slope(svg, layers, &axes, layers->stream_gbs, "memory");
    draw_slope(svg, layers, &axes, layers->cache_gbs, "L2");
    snprintf(text, sizeof text, "multiply-add peak %.0f GFLOP/s", peak);
    draw_roof(svg, layers, &axes, top, text);
    for (size_t i = 0; i < layers->len; i++) {
        const struct nev_bench_layer *layer = &layers->layer[i];

        if (layer->flops > 0.0) {
            nev_bench_layer_label(layer, label, sizeof label);
            snprintf(text, sizeof text, "%s: %.1f GFLOP/s", label, gflops_of(layer));
            nev_bench_svg_dot(svg, at_x(&axes, layer->flops / layer->bytes), at_y(&axes, gflops_of(layer)),
                              4.5, colour_of(layer), text);
        }
    }
    draw_legend(svg, layers, axes.top + ROOF_H + 50.0);
}

void nev_bench_chart_draw(struct nev_bench_svg *svg, double y, const char *title,
                          const struct nev_bench_layers *layers)
{
    nev_bench_svg_text(svg, MARGIN, y + 24.0, 15.0, NEV_BENCH_START, INK, title);
    nev_bench_svg_line(svg, MARGIN, y + 31.0, NEV_BENCH_CHART_WIDTH - MARGIN, y + 31.0, GRID, 1.0);
    draw_bars(svg, y + TITLE, layers);
    draw_roofline(svg, y + TITLE + 12.0, layers);
}
