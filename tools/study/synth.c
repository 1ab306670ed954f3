/* SPDX-License-Identifier: MIT */
#include "tools/study/synth.h"

/*
 * Lengths are in units of 1/1024 of the picture's shorter side, so that a picture looks the same at any size.
 * Fractions are in 1/256, directions in 1/4096. PORTABILITY: negative numbers are divided, never shifted, and
 * no intermediate exceeds 32 bits but where int64_t is written.
 */
#define UNITS     1024
#define ONE       256       /* a fraction of 1 */
#define TURN      4096      /* a direction of length 1 */
#define FAR_AWAY  (1 << 20) /* moves coordinates to where they are positive */
#define HAIRS_MAX 9

struct color {
    int32_t r, g, b;
};

/* An ellipse: centre and half axes in units, the direction of the first axis. */
struct ellipse {
    int32_t x, y, a, b, cosine, sine;
};

/* What is drawn: everything that is decided before the first pixel. */
struct scene {
    uint32_t noise; /* seed of every noise field */
    struct ellipse body, lobe;
    int32_t warp;                          /* units by which the border wanders */
    int32_t softness;                      /* of the border, in 1/1024 of the radius */
    struct color skin, light_brown, brown; /* the three that every picture has */
    int32_t dark, blue, red, pale;         /* fractions of the four that make a lesion variegated */
    int32_t network;                       /* fraction of the fine pigment network */
    int32_t light_x, light_y, vignette, grain;
    int32_t hairs;
};

/* Random numbers: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). PORTABILITY: no expression below draws
 * twice, because C leaves open which of the two would come first. */
static uint32_t draw(uint64_t *state)
{
    uint64_t x = (*state += 0x9E3779B97F4A7C15u);

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)(x >> 32);
}

/* A whole number from low to high, both included. */
static int32_t draw_range(uint64_t *state, int32_t low, int32_t high)
{
    return low + (int32_t)((uint64_t)draw(state) * (uint64_t)(high - low + 1) >> 32);
}

/* About normal: mean 0, standard deviation `spread`, the sum of four uniform numbers, so never beyond 3.5. */
static int32_t draw_normal(uint64_t *state, int32_t spread)
{
    int32_t sum = 0, i;

    for (i = 0; i < 4; i++) {
        sum += draw_range(state, -1000, 1000);
    }
    return sum * spread / 1155; /* 4 * 1000^2 / 3 = 1155^2 */
}

static int32_t clamp(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : x > high ? high : x;
}

static uint32_t square_root(uint32_t x)
{
    uint32_t root = 0, bit;

    for (bit = 1u << 15; bit != 0; bit >>= 1) {
        uint32_t next = root | bit;

        root = next * next <= x ? next : root;
    }
    return root;
}

/* 0 .. ONE to 0 .. ONE, level at both ends. */
static int32_t ease(int32_t t)
{
    t = clamp(t, 0, ONE);
    return t * t * (3 * ONE - 2 * t) / (ONE * ONE);
}

static struct color mix(struct color a, struct color b, int32_t t)
{
    a.r += (b.r - a.r) * t / ONE;
    a.g += (b.g - a.g) * t / ONE;
    a.b += (b.b - a.b) * t / ONE;
    return a;
}

static struct color scaled(struct color a, int32_t by)
{
    a.r = a.r * by / ONE;
    a.g = a.g * by / ONE;
    a.b = a.b * by / ONE;
    return a;
}

/* The lattice value of a noise field, 0..255: a mix of multiplications and shifts. */
static int32_t lattice(uint32_t seed, uint32_t x, uint32_t y)
{
    uint32_t h = seed ^ x * 0x9E3779B1u ^ y * 0x85EBCA77u;

    h = (h ^ h >> 15) * 0x2C1B3C6Du;
    h = (h ^ h >> 12) * 0x297A2D39u;
    return (int32_t)((h ^ h >> 15) >> 24);
}

/* Value noise: -128 .. 127, smooth over about `cell` units. */
static int32_t noise(uint32_t seed, int32_t x, int32_t y, int32_t cell)
{
    uint32_t ux = (uint32_t)(x + FAR_AWAY), uy = (uint32_t)(y + FAR_AWAY), c = (uint32_t)cell;
    uint32_t ix = ux / c, iy = uy / c;
    int32_t tx = ease((int32_t)(ux % c * ONE / c)), ty = ease((int32_t)(uy % c * ONE / c));
    int32_t top, bottom;

    seed = seed * 0x01000193u ^ c;
    top = lattice(seed, ix, iy) * (ONE - tx) + lattice(seed, ix + 1, iy) * tx;
    bottom = lattice(seed, ix, iy + 1) * (ONE - tx) + lattice(seed, ix + 1, iy + 1) * tx;
    return (top * (ONE - ty) + bottom * ty) / (ONE * ONE) - 128;
}

/* A direction by its half-angle tangent t: ((1-t^2)/(1+t^2), 2t/(1+t^2)), t in 1/256 from -1 to 1. */
static void set_direction(struct ellipse *e, int32_t t)
{
    e->cosine = (ONE * ONE - t * t) * 16 / ((ONE * ONE + t * t) / ONE);
    e->sine = 2 * t * ONE * 16 / ((ONE * ONE + t * t) / ONE);
}

/* How far from the centre of an ellipse: 1024 on its border. */
static int32_t ellipse_at(const struct ellipse *e, int32_t x, int32_t y)
{
    int32_t dx = x - e->x, dy = y - e->y;
    int32_t along = (dx * e->cosine + dy * e->sine) / TURN, across = (dy * e->cosine - dx * e->sine) / TURN;

    along = clamp(along * UNITS / e->a, -20000, 20000);
    across = clamp(across * UNITS / e->b, -20000, 20000);
    return (int32_t)square_root((uint32_t)(along * along) + (uint32_t)(across * across));
}

/* The smaller of two distances, rounded off where they are about equal. */
static int32_t smooth_min(int32_t a, int32_t b)
{
    const int32_t reach = 300;
    int32_t gap = a < b ? b - a : a - b, h = reach - gap;

    return (a < b ? a : b) - (h > 0 ? h * h / (4 * reach) : 0);
}

/* A feature's severity, 0..100: the patient's, and the feature's own deviation from it. */
static int32_t severity(uint64_t *state, int32_t patient)
{
    return clamp(patient + draw_normal(state, 14), 0, 100);
}

static void plan_shape(struct scene *s, uint64_t *state, int32_t patient)
{
    int32_t asymmetry = severity(state, patient), border = severity(state, patient);
    int32_t diameter = severity(state, patient), other = draw_normal(state, 28);
    int32_t radius = clamp(150 + diameter * 16 / 10 + other, 110, 360);

    s->body.x = draw_range(state, -60, 60);
    s->body.y = draw_range(state, -60, 60);
    s->body.a = radius;
    s->body.b = radius * draw_range(state, 195, 250) / ONE;
    set_direction(&s->body, draw_range(state, -ONE, ONE));
    s->lobe = s->body;
    set_direction(&s->lobe, draw_range(state, -ONE, ONE));
    s->lobe.a = radius * draw_range(state, 130, 190) / ONE;
    s->lobe.b = s->lobe.a * draw_range(state, 180, 256) / ONE;
    /* The lobe leaves the body in its own direction by as much as the asymmetry says. */
    s->lobe.x += s->lobe.cosine * (radius * asymmetry / 125) / TURN;
    s->lobe.y += s->lobe.sine * (radius * asymmetry / 125) / TURN;
    s->warp = 10 + border * border * 9 / 1000 + draw_range(state, 0, 16);
    s->softness = clamp(150 - border / 2 + draw_normal(state, 45), 50, 320);
}

static void plan_colors(struct scene *s, uint64_t *state, int32_t patient)
{
    static const struct color skins[6] = {{236, 200, 182}, {226, 184, 160}, {222, 170, 150},
                                          {205, 156, 128}, {196, 148, 124}, {232, 188, 172}};
    static const struct color light = {166, 112, 82}, medium = {112, 68, 48};
    int32_t color = severity(state, patient), shift = draw_normal(state, 12);
    uint32_t tone = draw(state) % 6, other = draw(state) % 6;

    s->skin = mix(skins[tone], skins[other], draw_range(state, 0, ONE));
    s->light_brown = mix(light, s->skin, draw_range(state, 0, 110));
    s->brown = mix(medium, s->light_brown, draw_range(state, 0, 120));
    s->brown.r += shift;
    s->brown.g += shift / 2;
    s->dark = clamp(color * 3 - 60 + draw_normal(state, 45), 0, 230);
    s->blue = clamp(color * 2 - 90 + draw_normal(state, 40), 0, 150);
    s->red = clamp(color * 2 - 60 + draw_normal(state, 40), 0, 150);
    s->pale = clamp(color * 2 - 110 + draw_normal(state, 40), 0, 120);
    s->network = draw_range(state, 20, 90);
}

static void plan_scene(struct scene *s, uint64_t *state, bool is_malignant)
{
    int32_t patient = clamp((is_malignant ? 71 : 27) + draw_normal(state, 13), 0, 100);

    s->noise = draw(state);
    plan_shape(s, state, patient);
    plan_colors(s, state, patient);
    s->light_x = draw_normal(state, 18);
    s->light_y = draw_normal(state, 18);
    s->vignette = draw_range(state, 0, 3) == 0 ? draw_range(state, 60, 130) : draw_range(state, 0, 40);
    s->grain = draw_range(state, 1, 4);
    s->hairs = draw_range(state, 0, 2) == 0 ? draw_range(state, 1, HAIRS_MAX) : 0;
}

static struct color skin_at(const struct scene *s, int32_t x, int32_t y)
{
    struct color c = s->skin;
    int32_t tone = noise(s->noise + 1, x, y, 340) / 12, pores = noise(s->noise + 2, x, y, 17) / 22;
    int32_t blush = noise(s->noise + 3, x, y, 190) / 16, lines = noise(s->noise + 4, x, 2 * y, 46) / 24;

    c.r += tone + pores + lines;
    c.g += tone + pores + lines - blush;
    c.b += tone + pores + lines - blush;
    return c;
}

/* How much of a colour there is: nothing where its noise is low, a patch where it is high. The field is
 * turned (3-4-5) and bent, so that the lattice beneath does not show. */
static int32_t patch(const struct scene *s, uint32_t field, int32_t x, int32_t y, int32_t amount)
{
    int32_t bend = noise(s->noise + 15, x, y, 75) / 4;
    int32_t u = (4 * x + 3 * y) / 5 + bend, v = (4 * y - 3 * x) / 5 - bend;
    int32_t n = noise(s->noise + field, u, v, 175) + noise(s->noise + field, u, v, 58) / 2;

    return ease((n - 8) * 3) * amount / ONE;
}

/* depth: 0 at the border, 1024 at the centre. */
static struct color lesion_at(const struct scene *s, int32_t x, int32_t y, int32_t depth)
{
    static const struct color black = {42, 26, 26}, slate = {88, 92, 112}, rose = {176, 84, 82},
                              scar = {214, 190, 182};
    int32_t tone = ONE / 4 + depth * 3 / 16 + noise(s->noise + 5, x, y, 210) / 2;
    int32_t mesh = noise(s->noise + 6, x, y, 30) * s->network / 800 + noise(s->noise + 7, x, y, 13) / 20;
    struct color c = mix(s->light_brown, s->brown, clamp(tone, 0, ONE));

    c = mix(c, black, patch(s, 11, x, y, s->dark));
    c = mix(c, rose, patch(s, 12, x, y, s->red));
    c = mix(c, slate, patch(s, 13, x, y, s->blue));
    c = mix(c, scar, patch(s, 14, x, y, s->pale));
    c.r += mesh;
    c.g += mesh;
    c.b += mesh;
    return c;
}

static struct color scene_at(const struct scene *s, int32_t x, int32_t y)
{
    int32_t wx = x + (noise(s->noise + 8, x, y, 180) + noise(s->noise + 8, x, y, 67) / 2) * s->warp / 128;
    int32_t wy = y + (noise(s->noise + 9, x, y, 180) + noise(s->noise + 9, x, y, 67) / 2) * s->warp / 128;
    int32_t at = smooth_min(ellipse_at(&s->body, wx, wy), ellipse_at(&s->lobe, wx, wy));
    int32_t cover = ease((UNITS + s->softness - at) * ONE / (2 * s->softness));
    int32_t light = ONE + (s->light_x * x + s->light_y * y) / 512;
    struct color c = skin_at(s, x, y), halo = {c.r, c.g - 16, c.b - 14};

    c = mix(c, halo, ease((UNITS + 500 - at) * ONE / 1000));
    if (cover > 0) {
        c = mix(c, lesion_at(s, x, y, clamp(UNITS - at, 0, UNITS)), cover * 15 / 16);
    }
    light -= clamp((x * x + y * y) / 1024 - 90, 0, 1000) * s->vignette / ONE;
    return scaled(c, clamp(light, 0, 2 * ONE));
}

static uint8_t sample(int32_t v)
{
    return (uint8_t)clamp(v, 0, 255);
}

static void blend_pixel(uint8_t *pixel, struct color c, int32_t t)
{
    struct color old = {pixel[0], pixel[1], pixel[2]};

    old = mix(old, c, t);
    pixel[0] = sample(old.r);
    pixel[1] = sample(old.g);
    pixel[2] = sample(old.b);
}

/* The map between pixels and units: the origin is the centre of the picture. */
struct canvas {
    uint8_t *rgb;
    int32_t width, height, side; /* side: the shorter one */
};

static int32_t to_units(const struct canvas *k, int32_t pixel, int32_t pixels)
{
    return clamp((2 * pixel + 1 - pixels) * (UNITS / 2) / k->side, -4 * UNITS, 4 * UNITS);
}

/* One hair: a parabola between two points outside the middle, bent by a third one; thin, dark, half opaque.
 */
static void draw_hair(const struct canvas *k, uint64_t *state)
{
    int32_t x0 = draw_range(state, -700, 700), y0 = draw_range(state, -700, 700), steps = 3 * k->side, i;
    int32_t x1 = x0 + draw_range(state, -800, 800), y1 = y0 + draw_range(state, -800, 800);
    int32_t bend_x = draw_range(state, -250, 250), bend_y = draw_range(state, -250, 250);
    int32_t dark = draw_range(state, 20, 70), opacity = draw_range(state, 60, 130);
    const struct color c = {dark + 12, dark, dark};

    for (i = 0; i < steps; i++) {
        int64_t bow = (int64_t)4 * i * (steps - i);
        int64_t all = (int64_t)steps * steps;
        int64_t x = x0 + (int64_t)(x1 - x0) * i / steps + bend_x * bow / all;
        int64_t y = y0 + (int64_t)(y1 - y0) * i / steps + bend_y * bow / all;
        int64_t px = x * k->side / UNITS + k->width / 2, py = y * k->side / UNITS + k->height / 2;

        if (px >= 0 && px < k->width && py >= 0 && py < k->height) {
            blend_pixel(k->rgb + (py * k->width + px) * 3, c, opacity);
        }
    }
}

void nev_synth_lesion(uint64_t seed, uint32_t index, bool is_malignant, uint32_t width, uint32_t height,
                      uint8_t *rgb)
{
    uint64_t state = seed * 0xD1342543DE82EF95u + (uint64_t)index * 2u + is_malignant, mixed;
    struct canvas k = {rgb, (int32_t)width, (int32_t)height, (int32_t)(width < height ? width : height)};
    struct scene s;
    int32_t x, y, i;

    /* Two rounds, so that neighbouring numbers begin far apart. */
    mixed = draw(&state);
    mixed = mixed << 32 | draw(&state);
    state = mixed;
    plan_scene(&s, &state, is_malignant);
    for (y = 0; y < k.height; y++) {
        for (x = 0; x < k.width; x++) {
            struct color c = scene_at(&s, to_units(&k, x, k.width), to_units(&k, y, k.height));
            int32_t grain = (lattice(s.noise + 10, (uint32_t)x, (uint32_t)y) - 128) * s.grain / 128;

            *rgb++ = sample(c.r + grain);
            *rgb++ = sample(c.g + grain);
            *rgb++ = sample(c.b + grain);
        }
    }
    for (i = 0; i < s.hairs; i++) {
        draw_hair(&k, &state);
    }
}
