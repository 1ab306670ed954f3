/* SPDX-License-Identifier: MIT */
/*
 * kernels.h - one contract for each kernel slot; every instruction set fills every slot.
 *
 * Kernels return nothing and check nothing: the plan established the preconditions. Activations are [H,W,C]
 * float32 without gaps. Weights are in panels of NEV_PANEL output channels, the channels past oc zero. Lanes
 * run over output channels, never over a sum, so every instruction set gives the same bits (nn/NUMERICS.md).
 */
#ifndef NEV_NN_KERNELS_KERNELS_H
#define NEV_NN_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/net.h"

#define NEV_PANEL 16u /* one AVX-512 vector, two of AVX2, four of NEON */

/* A convolution or pooling; what a kernel does not use is NULL or 0. */
struct nev_conv_args {
    const float *x;      /* [h, w, c] */
    const float *weight; /* see each slot */
    const float *bias;   /* [panels * NEV_PANEL] */
    const float *also;   /* [oh, ow, oc], added before the activation; or NULL */
    float *y;            /* [oh, ow, oc], or the part of it that y_step and y_first say */
    const float *zero;   /* [max(k * c, NEV_PANEL)] zeros: pixels outside the picture */
    size_t x_step;       /* floats from a pixel of x to the next; conv: c */
    size_t y_step;       /* floats from a pixel of y to the next; also has oc */
    size_t y_panel;      /* floats from a panel of y to the next: NEV_PANEL, or 16 channels lie apart */
    size_t y_first;      /* conv: the pixel that y (and also) begin with */
    uint32_t h, w, c, oh, ow, oc;
    uint32_t k, s, pad_top, pad_left;
    enum nev_act act;
    bool is_shared; /* x was written, and y will be read, by several processors; see below */
};

/*
 * What processors without a common cache share. To read what another has written costs little where it is asked for
 * early. But to write again what another has read takes ten times as long as any other store: the writer's cache still
 * holds the line, and each copy has to be called back, one line after another. So a shared output goes past the caches, in
 * whole lines; measured in nn/README.md.
 * Range      y a multiple of NEV_ALIGN bytes, oc, y_step and y_panel multiples of NEV_PANEL; depthwise: also c =
 *            NEV_PANEL and ow <= NEV_SHARED_COLS
 * Threads    before another thread may read y: settle
 */
#define NEV_SHARED_COLS 16u

/*
 * conv - convolution as an implicit matrix product.
 * Computes   y[m,o] = act(b[o] + sum over p, q, i of x[row(m)*s+p-pad_top, col(m)*s+q-pad_left, i] *
 *            w[p,q,i,o]
 *            + also[m,o]) for pixels m = row * ow + col in [m_begin, m_end) and panels in [panel_begin,
 *            panel_end)
 * Shapes     weight [panels][k*k*c][NEV_PANEL]
 * Range      k <= 3, or k*c <= 21 and k <= 9; no padding where k is 1; fewer than 2^32 pixels
 * Numerics   one chain: acc = b[o]; acc = fma(x, w,
 *            acc) over p, then q, then i, ascending; pixels outside the picture take part as +0; then +
 *            also; then the
 *            activation
 */
typedef void nev_conv_kernel(const struct nev_conv_args *args, size_t m_begin, size_t m_end,
                             uint32_t panel_begin, uint32_t panel_end);

/*
 * depthwise - one 3 x 3 filter a channel, one row of outputs.
 * Shapes     row[p]: pixel 0 of the input row under kernel row p, pixels x_step floats apart; NULL outside
 *            the picture. y: pixel 0 of the output row, pixels y_step apart. weight [c / NEV_PANEL][9]
 *            [NEV_PANEL], tap p*3 + q; c a multiple of NEV_PANEL. Uses w, c, ow, s, pad_left, act, zero
 * Numerics   acc = b[c]; acc = fma(x, w, acc) over columns q, then rows p, ascending; rows above and below
 *            the picture take part as +0, columns left and right of it do not take part; then the activation
 */
typedef void nev_depthwise_kernel(const struct nev_conv_args *args, const float *const row[], float *y);

/*
 * maxpool - k x k maximum, one row of outputs; rows and y as for depthwise, at least one row inside; c a
 * multiple of 8. Uses w, c, ow, k, s, pad_left.
 * Numerics   m = first; m = x > m ? x : m over rows, then columns, ascending; positions outside the picture
 *            do not take part
 */
typedef void nev_maxpool_kernel(const struct nev_conv_args *args, const float *const row[], float *y);

/*
 * avgpool - the mean of each channel in [c_begin, c_end), multiples of 8.
 * Numerics   sum = x[0]; sum = sum + x[i] over rows, then columns, ascending; then sum * r, r = 1/(h*w)
 *            rounded once
 */
typedef void nev_avgpool_kernel(const struct nev_conv_args *args, uint32_t c_begin, uint32_t c_end);

/* Winograd's convolutions: F4 and F2 make 4 x 4 and 2 x 2 outputs of a 3 x 3 filter of stride 1 a tile, S2 2 x 2 of
 * stride 2; F44 4 x 4 of a 4 x 4 filter, which is what a 7 x 7 filter of stride 2 is to the picture's four phases. */
enum nev_winograd { NEV_WINOGRAD_F4, NEV_WINOGRAD_F2, NEV_WINOGRAD_S2, NEV_WINOGRAD_F44 };

#define NEV_WINOGRAD_TILES    64u  /* the most of a block of one picture */
#define NEV_WINOGRAD_LIST     128u /* the most of a block of several */
#define NEV_WINOGRAD_POINTS   7    /* the most a side */
#define NEV_WINOGRAD_TAPS     4    /* the most a side */
#define NEV_WINOGRAD_PHASES_C 12u  /* channels of F44: three of each phase */

/* A tile's sides: pixels read, products, outputs, pixels from one tile to the next; the sides of the
 * weights, which products of the same weights share; and of the filter. */
struct nev_winograd_shape {
    int in, points, out, step, weights, taps;
};

static inline struct nev_winograd_shape nev_winograd_shape(enum nev_winograd scheme)
{
    static const struct nev_winograd_shape shapes[] = {
        {6, 6, 4, 4, 6, 3}, {4, 4, 2, 2, 4, 3}, {5, 5, 2, 4, 4, 3}, {7, 7, 4, 4, 7, 4}};

    return shapes[scheme];
}

/*
 * A block of tiles. Tiles that the output's lower edge cuts come first, then whole ones, then those that its
 * right edge cuts, then the corner: so the tiles that need a product are neighbours. A product only the last
 * row or column of a tile's outputs needs is not computed for tiles cut there.
 */
struct nev_winograd_args {
    const struct nev_conv_args
        *conv; /* c a multiple of NEV_PANEL; F44: 12, and 4 floats may be read past a pixel */
    enum nev_winograd scheme;
    int is_pooled;            /* y is the 2 x 2 maximum of the outputs, [oh/2, ow/2, oc]; also is NULL */
    uint32_t tiles;           /* in all */
    uint32_t cut_rows, whole; /* the first are cut at the lower edge; then so many are whole */
    uint32_t cut_cols;        /* then so many are cut at the right edge; the corner is the last */
    uint16_t row[NEV_WINOGRAD_LIST], col[NEV_WINOGRAD_LIST], picture[NEV_WINOGRAD_LIST];
    size_t x_picture, y_picture; /* floats from a picture of x, of y and also, to the next */
    float *v;                    /* [points * points][v_plane]: tile t's transformed input at t * c */
    float *m;       /* [points * points][m_plane]: tile t's products for one panel at t * NEV_PANEL */
    size_t v_plane; /* floats; not a multiple of a page, or the planes would fight for a cache's sets */
    size_t m_plane;
};

/*
 * winograd_input - the transformed input v of tiles in [begin, end) of the block.
 * Numerics   nn/NUMERICS.md, Winograd; pixels outside the picture take part as +0
 */
typedef void nev_winograd_input_kernel(const struct nev_winograd_args *args, uint32_t begin, uint32_t end);

/*
 * winograd_panels - products and outputs of a block, from v, for panels in [begin, end).
 * Shapes     weight [panels][weights * weights][c][NEV_PANEL]
 * Numerics   nn/NUMERICS.md, Winograd; then + b[o]; then + also; then the activation; then the maximum, as
 *            maxpool takes it
 */
typedef void nev_winograd_panels_kernel(const struct nev_winograd_args *args, uint32_t begin, uint32_t end);

/* settle - what this thread has streamed of shared outputs is seen before anything it stores afterwards. */
typedef void nev_settle_kernel(void);

struct nev_kernels {
    const char *name;
    nev_conv_kernel *conv;
    nev_depthwise_kernel *depthwise;
    nev_maxpool_kernel *maxpool;
    nev_avgpool_kernel *avgpool;
    nev_winograd_input_kernel *winograd_input;
    nev_winograd_panels_kernel *winograd_panels;
    nev_settle_kernel *settle;
};

extern const struct nev_kernels nev_kernels_c;
#if defined(NEV_BUILD_avx2)
extern const struct nev_kernels nev_kernels_avx2;
#endif
#if defined(NEV_BUILD_avx512)
extern const struct nev_kernels nev_kernels_avx512;
#endif
#if defined(NEV_BUILD_neon)
extern const struct nev_kernels nev_kernels_neon;
#endif

#endif
