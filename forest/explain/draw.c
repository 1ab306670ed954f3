/* SPDX-License-Identifier: MIT */
#include "forest/explain/draw.h"

#include <string.h>

#include "forest/carve.h"
#include "forest/explain/explain.h"

#define COLORS 7u /* classes with a colour of their own */

/* Pixels. */
enum {
    BOX_WIDTH = 116,
    BOX_HEIGHT = 74,
    SLOT = 128,  /* from one leaf to the next */
    LEVEL = 122, /* from one level to the next */
    MARGIN = 24,
    HEAD = 64,    /* title and explanation */
    LEGEND = 168, /* a class of the legend */
    LEGEND_LINE = 24,
    BAR_HEIGHT = 10,
    BAR_WIDTH = BOX_WIDTH - 16,
    WIDTH_MIN = 640,
    LINE_MAX = 14 /* the thickest line, for all draws */
};

static const char *const color[COLORS + 1] = {"#0072B2", "#E69F00", "#009E73", "#CC79A7",
                                              "#56B4E9", "#D55E00", "#F0E442", "#999999"};

/* A drawing being made. Nodes are numbered breadth first, so those that are drawn are the first ones. */
struct canvas {
    const struct nev_forest *f;
    struct nev_forest_tree tree;
    bool is_weighted;    /* leaves do not count draws as they are */
    uint32_t depth;      /* of the drawing */
    uint32_t shown;      /* nodes 1 .. shown are drawn */
    uint32_t level_from; /* the first node of the last level drawn */
    uint32_t *width;     /* [shown + 1] slots */
    uint32_t *x;         /* [shown + 1] centre, pixels; before that the first slot */
    uint32_t *level;     /* [shown + 1] */
    uint32_t *nodes;     /* [shown + 1] hidden beneath the node */
    uint64_t *draws;     /* [shown + 1] that reach the node, weighted */
    uint32_t *owner;     /* [node_len] the drawn node that a node is, or lies beneath */
    uint64_t *count;     /* [shown + 1, COLORS + 1] draws of each colour */
    uint64_t *total;     /* [classes] draws of the tree */
    uint32_t *shade;     /* [classes] the class's colour */
    uint32_t pick[COLORS];
    uint32_t picks;
    uint32_t pixels_wide, pixels_high;
    struct nev_print p;
};

/* The nodes of levels 0 .. depth are 1 .. shown. */
static void measure(struct canvas *c)
{
    uint32_t last = 1, from = 1, level, i;
    struct nev_forest_node node;

    for (level = 0; level < c->depth; level++) {
        uint32_t next = last;

        for (i = from; i <= last; i++) {
            nev_forest_node(&c->tree, i, &node);
            next = node.is_leaf ? next : node.left + 1;
        }
        if (next == last) {
            break;
        }
        from = last + 1;
        last = next;
    }
    c->shown = last;
    c->level_from = level == c->depth ? from : last + 1; /* a tree that ends before hides nothing */
}

static void carve(struct canvas *c, struct nev_carve *memory)
{
    const uint64_t len = (uint64_t)c->shown + 1;

    c->width = nev_carve_take(memory, len, sizeof *c->width);
    c->x = nev_carve_take(memory, len, sizeof *c->x);
    c->level = nev_carve_take(memory, len, sizeof *c->level);
    c->nodes = nev_carve_take(memory, len, sizeof *c->nodes);
    c->draws = nev_carve_take(memory, len, sizeof *c->draws);
    c->owner = nev_carve_take(memory, c->tree.node_len, sizeof *c->owner);
    c->count = nev_carve_take(memory, len * (COLORS + 1), sizeof *c->count);
    c->total = nev_carve_take(memory, c->f->classes, sizeof *c->total);
    c->shade = nev_carve_take(memory, c->f->classes, sizeof *c->shade);
}

/* Leaves count draws, unless classes are weighted or the tree comes from elsewhere. */
static bool is_weighted(const struct nev_forest *f, uint32_t place)
{
    struct nev_forest_part part;
    uint32_t i;

    for (i = 0; i < f->parts; i++) {
        nev_forest_part(f, i, &part);
        if (place - part.place < part.params.trees) {
            break;
        }
    }
    return part.is_foreign || part.params.class_weight != NEV_FOREST_WEIGHT_NONE;
}

static bool begin(struct canvas *c, const struct nev_forest *f, const struct nev_drawing *what)
{
    if (what->tree >= f->params.trees || what->depth > NEV_DRAW_DEPTH_MAX) {
        return false;
    }
    c->f = f;
    c->depth = what->depth;
    c->is_weighted = is_weighted(f, what->tree);
    nev_forest_tree(f, what->tree, &c->tree);
    measure(c);
    return true;
}

size_t nev_forest_draw_bytes(const struct nev_forest *f, const struct nev_drawing *what)
{
    struct nev_carve memory = {NULL, 0};
    struct canvas c;

    if (!begin(&c, f, what)) {
        return 0;
    }
    carve(&c, &memory);
    return memory.used > SIZE_MAX - NEV_ALIGN ? SIZE_MAX : (size_t)memory.used + NEV_ALIGN - 1;
}

/* Is the node drawn as one box for all that lies beneath? */
static bool is_hidden(const struct canvas *c, uint32_t i, const struct nev_forest_node *node)
{
    return !node->is_leaf && i >= c->level_from;
}

/* Draws of each class in the tree, and from them the colours: by number where they suffice, else the most frequent
 * classes get one and the others share grey. */
static void pick_colors(struct canvas *c)
{
    struct nev_forest_node node;
    struct nev_forest_entry entry;
    uint32_t i, k, e;

    memset(c->total, 0, c->f->classes * sizeof *c->total);
    for (i = 1; i < c->tree.node_len; i++) {
        nev_forest_node(&c->tree, i, &node);
        for (e = 0; node.is_leaf && e < node.entry_len; e++) {
            nev_forest_entry(&c->tree, node.entry + e, &entry);
            c->total[entry.class_id] += entry.count;
        }
    }
    for (k = 0; k < c->f->classes; k++) {
        c->shade[k] = COLORS;
    }
    for (c->picks = 0; c->picks < COLORS && c->picks < c->f->classes; c->picks++) {
        uint32_t best = UINT32_MAX;

        for (k = 0; k < c->f->classes; k++) {
            if (c->shade[k] == COLORS &&
                (best == UINT32_MAX || (c->f->classes > COLORS && c->total[k] > c->total[best]))) {
                best = k;
            }
        }
        c->shade[best] = c->picks;
        c->pick[c->picks] = best;
    }
}

/* What reaches each drawn node, and how many nodes it hides. */
static void count_draws(struct canvas *c)
{
    struct nev_forest_node node;
    struct nev_forest_entry entry;
    uint32_t i, e, k;

    memset(c->count, 0, ((size_t)c->shown + 1) * (COLORS + 1) * sizeof *c->count);
    memset(c->nodes, 0, ((size_t)c->shown + 1) * sizeof *c->nodes);
    memset(c->draws, 0, ((size_t)c->shown + 1) * sizeof *c->draws);
    c->owner[1] = 1;
    for (i = 1; i < c->tree.node_len; i++) {
        nev_forest_node(&c->tree, i, &node);
        if (!node.is_leaf) {
            bool is_beneath = c->owner[i] != i || is_hidden(c, i, &node);

            c->owner[node.left] = is_beneath ? c->owner[i] : node.left;
            c->owner[node.left + 1] = is_beneath ? c->owner[i] : node.left + 1;
            c->nodes[c->owner[i]] += is_beneath ? 2 : 0;
        }
        for (e = 0; node.is_leaf && e < node.entry_len; e++) {
            nev_forest_entry(&c->tree, node.entry + e, &entry);
            c->count[(size_t)c->owner[i] * (COLORS + 1) + c->shade[entry.class_id]] += entry.count;
            c->draws[c->owner[i]] += entry.count;
        }
    }
    for (i = c->shown; i >= 1; i--) {
        nev_forest_node(&c->tree, i, &node);
        if (!node.is_leaf && !is_hidden(c, i, &node)) {
            const uint64_t *left = c->count + (size_t)node.left * (COLORS + 1);

            for (k = 0; k <= COLORS; k++) {
                c->count[(size_t)i * (COLORS + 1) + k] = left[k] + left[COLORS + 1 + k];
            }
            c->draws[i] = c->draws[node.left] + c->draws[node.left + 1];
        }
    }
}

/* Places: each box without drawn children takes a slot; a parent stands in the middle of its children. Two nodes of a level
 * are then at least a slot apart, because their subtrees share no slot. */
static void place(struct canvas *c)
{
    struct nev_forest_node node;
    uint32_t i;

    for (i = c->shown; i >= 1; i--) {
        nev_forest_node(&c->tree, i, &node);
        c->width[i] =
            node.is_leaf || is_hidden(c, i, &node) ? 1 : c->width[node.left] + c->width[node.left + 1];
    }
    c->pixels_wide = c->width[1] * SLOT + 2 * MARGIN;
    c->pixels_wide = c->pixels_wide < WIDTH_MIN ? WIDTH_MIN : c->pixels_wide;
    c->x[1] = 0;
    c->level[1] = 0;
    for (i = 1; i <= c->shown; i++) {
        nev_forest_node(&c->tree, i, &node);
        if (!node.is_leaf && !is_hidden(c, i, &node)) {
            c->x[node.left] = c->x[i];
            c->x[node.left + 1] = c->x[i] + c->width[node.left];
            c->level[node.left] = c->level[node.left + 1] = c->level[i] + 1;
        }
    }
    for (i = c->shown; i >= 1; i--) {
        nev_forest_node(&c->tree, i, &node);
        if (node.is_leaf || is_hidden(c, i, &node)) {
            c->x[i] = (c->pixels_wide - c->width[1] * SLOT) / 2 + c->x[i] * SLOT + SLOT / 2;
        } else {
            c->x[i] = (c->x[node.left] + c->x[node.left + 1]) / 2;
        }
    }
}

static uint32_t top_of(const struct canvas *c, uint32_t i)
{
    return MARGIN + HEAD + c->level[i] * LEVEL;
}

/* ` name="value"` */
static void attribute(struct nev_print *p, const char *name, uint64_t value)
{
    nev_print_text(p, " ");
    nev_print_text(p, name);
    nev_print_text(p, "=\"");
    nev_print_uint(p, value);
    nev_print_text(p, "\"");
}

static void text_begin(struct nev_print *p, uint32_t x, uint32_t y, const char *style)
{
    nev_print_text(p, "<text");
    attribute(p, "x", x);
    attribute(p, "y", y);
    nev_print_text(p, style);
    nev_print_text(p, ">");
}

static void text_end(struct nev_print *p)
{
    nev_print_text(p, "</text>\n");
}

/* A class name cut to so many columns; what takes three bytes or more in UTF-8 may be twice as wide. */
static void print_name(struct nev_print *p, const char *name, uint32_t columns)
{
    char cut[NEV_FOREST_NAME_LEN];
    uint32_t i, used = 0, fits = 0;

    for (i = 0; name[i] != '\0'; i++) {
        const unsigned char b = (unsigned char)name[i];

        used += (b & 0xC0) == 0x80 ? 0 : b >= 0xE0 ? 2 : 1;
        fits = used < columns || (used == columns && name[i + 1] == '\0') ? i + 1 : fits;
        if (used > columns) {
            break;
        }
    }
    if (name[i] == '\0' && used <= columns) {
        nev_print_xml(p, name);
        return;
    }
    while (fits > 0 && ((unsigned char)name[fits] & 0xC0) == 0x80) {
        fits--;
    }
    memcpy(cut, name, fits);
    cut[fits] = '\0';
    nev_print_xml(p, cut);
    nev_print_text(p, "\xE2\x80\xA6"); /* an ellipsis */
}

/* count / total of so many pixels, rounded down. */
static uint32_t part_of(uint64_t count, uint64_t total, uint32_t pixels)
{
    return (uint32_t)((uint64_t)nev_forest_value(count, total) * pixels >> 32);
}

/* A line as thick as the share of the draws that takes it, from a parent's bottom to a child's top. */
static void draw_edge(struct canvas *c, uint32_t i, uint32_t child)
{
    const uint32_t y = top_of(c, i) + BOX_HEIGHT, end = top_of(c, child), mid = (y + end) / 2;
    const uint32_t wide = 10 + part_of(c->draws[child], c->draws[1], 10 * (LINE_MAX - 1));
    const uint32_t at[8] = {c->x[i], y, c->x[i], mid, c->x[child], mid, c->x[child], end};
    const char *const before[8] = {"<path d=\"M", " ", " C", " ", " ", " ", " ", " "};
    uint32_t k;

    for (k = 0; k < 8; k++) {
        nev_print_text(&c->p, before[k]);
        nev_print_uint(&c->p, at[k]);
    }
    nev_print_text(&c->p, "\" stroke-width=\"");
    nev_print_uint(&c->p, wide / 10);
    nev_print_text(&c->p, ".");
    nev_print_uint(&c->p, wide % 10);
    nev_print_text(&c->p, "\"/>\n");
}

/* The classes of a node's draws as a bar. The parts end where the running sum does, so they fill it. */
static void draw_bar(struct canvas *c, uint32_t i)
{
    const uint64_t *count = c->count + (size_t)i * (COLORS + 1);
    uint64_t sum = 0;
    uint32_t k, from = 0, to;

    for (k = 0; k <= COLORS; k++, from = to) {
        sum += count[k];
        to = part_of(sum, c->draws[i], BAR_WIDTH);
        if (to == from) {
            continue;
        }
        nev_print_text(&c->p, "<rect");
        attribute(&c->p, "x", c->x[i] - BAR_WIDTH / 2 + from);
        attribute(&c->p, "y", top_of(c, i) + BOX_HEIGHT - BAR_HEIGHT - 7);
        attribute(&c->p, "width", to - from);
        attribute(&c->p, "height", BAR_HEIGHT);
        nev_print_text(&c->p, " fill=\"");
        nev_print_text(&c->p, color[k]);
        nev_print_text(&c->p, "\"/>\n");
    }
}

static void number_text(struct nev_print *p, const char *before, uint64_t value, const char *after)
{
    nev_print_text(p, before);
    nev_print_uint(p, value);
    nev_print_text(p, after);
}

static void draw_box(struct canvas *c, uint32_t i, const struct nev_forest_node *node)
{
    const bool has_hidden = is_hidden(c, i, node);
    const uint32_t y = top_of(c, i);
    struct nev_forest_entry vote;
    char number[NEV_PRINT_REAL_BYTES];

    nev_print_text(&c->p, "<g>\n<rect");
    attribute(&c->p, "x", c->x[i] - BOX_WIDTH / 2);
    attribute(&c->p, "y", y);
    attribute(&c->p, "width", BOX_WIDTH);
    attribute(&c->p, "height", BOX_HEIGHT);
    attribute(&c->p, "rx", node->is_leaf ? 18 : 3);
    if (node->is_leaf) {
        nev_forest_entry(&c->tree, node->entry, &vote);
        nev_print_fill(&c->p, " fill=\"#FFFFFF\" stroke-width=\"3\" stroke=\"@\"/>\n",
                       color[c->shade[vote.class_id]]);
    } else {
        nev_print_text(&c->p, has_hidden ? " fill=\"#F4F4F4\" stroke=\"#666666\" stroke-dasharray=\"5 4\"/>\n"
                                         : " fill=\"#FFFFFF\" stroke=\"#333333\"/>\n");
    }
    text_begin(&c->p, c->x[i], y + 19, " font-size=\"13\" font-weight=\"bold\"");
    if (node->is_leaf) {
        print_name(&c->p, nev_forest_class_name(c->f, vote.class_id), 13);
    } else {
        number_text(&c->p, "f", node->feature, "");
    }
    text_end(&c->p);
    text_begin(&c->p, c->x[i], y + 35, " font-size=\"12\"");
    if (!node->is_leaf) {
        nev_print_text(&c->p, "\xE2\x89\xA4 "); /* less than or equal to */
        nev_print_bytes(&c->p, number, c->p.sink->real(node->threshold, number));
    } else {
        nev_print_text(&c->p, "leaf");
    }
    text_end(&c->p);
    text_begin(&c->p, c->x[i], y + 50, " font-size=\"11\" fill=\"#444444\"");
    nev_print_uint(&c->p, c->draws[i]);
    nev_print_text(&c->p, c->is_weighted ? " by weight" : c->draws[i] == 1 ? " draw" : " draws");
    text_end(&c->p);
    draw_bar(c, i);
    if (has_hidden) {
        text_begin(&c->p, c->x[i], y + BOX_HEIGHT + 16, " font-size=\"11\" fill=\"#444444\"");
        number_text(&c->p, "+ ", c->nodes[i], " nodes");
        text_end(&c->p);
    }
    nev_print_text(&c->p, "</g>\n");
}

static void draw_tree(struct canvas *c)
{
    struct nev_forest_node node;
    uint32_t i;

    nev_print_text(&c->p, "<g fill=\"none\" stroke=\"#BBBBBB\" stroke-linecap=\"butt\">\n");
    for (i = 1; i <= c->shown; i++) {
        nev_forest_node(&c->tree, i, &node);
        if (!node.is_leaf && !is_hidden(c, i, &node)) {
            draw_edge(c, i, node.left);
            draw_edge(c, i, node.left + 1);
        }
    }
    nev_print_text(&c->p, "</g>\n<g text-anchor=\"middle\">\n");
    for (i = 1; i <= c->shown; i++) {
        nev_forest_node(&c->tree, i, &node);
        draw_box(c, i, &node);
    }
    nev_forest_node(&c->tree, 1, &node);
    if (!node.is_leaf && !is_hidden(c, 1, &node)) {
        /* Which way is which, at the first fork; clear of the lines, which leave downwards. */
        text_begin(&c->p, c->x[1] - BOX_WIDTH / 2 - 18, top_of(c, 1) + BOX_HEIGHT - 4, " font-size=\"12\"");
        nev_print_text(&c->p, "yes");
        text_end(&c->p);
        text_begin(&c->p, c->x[1] + BOX_WIDTH / 2 + 16, top_of(c, 1) + BOX_HEIGHT - 4, " font-size=\"12\"");
        nev_print_text(&c->p, "no");
        text_end(&c->p);
    }
    nev_print_text(&c->p, "</g>\n");
}

static uint32_t legend_columns(const struct canvas *c)
{
    return (c->pixels_wide - 2 * MARGIN) / LEGEND;
}

/* Entries of the legend: the classes with colours, and one for all others. */
static uint32_t legend_len(const struct canvas *c)
{
    return c->picks + (c->f->classes > COLORS ? 1 : 0);
}

static void draw_legend(struct canvas *c)
{
    const uint32_t columns = legend_columns(c), rows = (legend_len(c) + columns - 1) / columns;
    const uint32_t y = c->pixels_high - MARGIN - rows * LEGEND_LINE;
    uint32_t i;

    for (i = 0; i < legend_len(c); i++) {
        const uint32_t x = MARGIN + i % columns * LEGEND, line = y + i / columns * LEGEND_LINE;

        nev_print_text(&c->p, "<rect");
        attribute(&c->p, "x", x);
        attribute(&c->p, "y", line);
        nev_print_text(&c->p, " width=\"14\" height=\"14\" fill=\"");
        nev_print_text(&c->p, color[i < c->picks ? i : COLORS]);
        nev_print_text(&c->p, "\"/>\n");
        text_begin(&c->p, x + 20, line + 12, " font-size=\"12\"");
        if (i < c->picks) {
            print_name(&c->p, nev_forest_class_name(c->f, c->pick[i]), 20);
        } else {
            number_text(&c->p, "", c->f->classes - COLORS, " other classes");
        }
        text_end(&c->p);
    }
}

static void draw_head(struct canvas *c)
{
    char hex[NEV_SHA256_HEX_BYTES];

    nev_sha256_hex(c->f->file_sha256, hex);
    hex[16] = '\0';
    text_begin(&c->p, MARGIN, MARGIN + 8, " font-size=\"16\" font-weight=\"bold\"");
    number_text(&c->p, "Tree ", c->tree.number, " of forest ");
    nev_print_text(&c->p, hex);
    nev_print_text(&c->p, "\xE2\x80\xA6");
    text_end(&c->p);
    text_begin(&c->p, MARGIN, MARGIN + 28, " font-size=\"12\" fill=\"#444444\"");
    number_text(&c->p, "", c->tree.node_len - 1, c->tree.node_len == 2 ? " node" : " nodes");
    number_text(&c->p, ", depth ", c->tree.depth, "; ");
    number_text(&c->p, "", c->shown,
                " shown. Left: value \xE2\x89\xA4 threshold. Lines: share of the draws.");
    text_end(&c->p);
}

static void draw_all(struct canvas *c)
{
    const uint32_t columns = legend_columns(c), rows = (legend_len(c) + columns - 1) / columns;

    c->pixels_high = top_of(c, c->shown) + BOX_HEIGHT + 44 + rows * LEGEND_LINE + MARGIN;
    nev_print_text(&c->p,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"");
    attribute(&c->p, "width", c->pixels_wide);
    attribute(&c->p, "height", c->pixels_high);
    number_text(&c->p, " viewBox=\"0 0 ", c->pixels_wide, " ");
    nev_print_uint(&c->p, c->pixels_high);
    nev_print_text(&c->p,
                   "\" role=\"img\" font-family=\"Helvetica, Arial, sans-serif\" fill=\"#111111\">\n<title>");
    number_text(&c->p, "Tree ", c->tree.number, " of a Random Forest</title>\n<rect");
    attribute(&c->p, "width", c->pixels_wide);
    attribute(&c->p, "height", c->pixels_high);
    nev_print_text(&c->p, " fill=\"#FFFFFF\"/>\n");
    draw_head(c);
    draw_tree(c);
    draw_legend(c);
    nev_print_text(&c->p, "</svg>\n");
}

enum nev_status nev_forest_draw(const struct nev_forest *f, const struct nev_drawing *what, void *memory,
                                size_t memory_bytes, const struct nev_sink *sink, struct nev_error *err)
{
    struct nev_carve room = {NULL, 0};
    struct canvas c;

    if (!begin(&c, f, what)) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "tree",
                        "there is no tree of that number, or it is to be drawn too deep");
    }
    if (memory_bytes < nev_forest_draw_bytes(f, what)) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "memory", "less than nev_forest_draw_bytes says");
    }
    room.base = nev_carve_align(memory);
    carve(&c, &room);
    pick_colors(&c);
    count_draws(&c);
    place(&c);
    nev_print_begin(&c.p, sink);
    draw_all(&c);
    return nev_print_end(&c.p, err);
}
