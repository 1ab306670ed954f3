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
    float *y;            /* [oh, ow, oc] */
    const float *zero;   /* [max(c, NEV_PANEL)] zeros: pixels outside the picture */
    uint32_t h, w, c, oh, ow, oc;
    uint32_t k, s, pad_top, pad_left;
    enum nev_act act;
};

/*
 * conv - convolution as an implicit matrix product.
 * Computes   y[m,o] = act(b[o] + sum over p, q, i of x[row(m)*s+p-pad_top, col(m)*s+q-pad_left, i] *
 *            w[p,q,i,o]
 *            + also[m,o]) for pixels m = row * ow + col in [m_begin, m_end) and panels in [panel_begin,
 *            panel_end)
 * Shapes     weight [panels][k*k*c][NEV_PANEL]
 * Numerics   one chain: acc = b[o]; acc = fma(x, w,
 *            acc) over p, then q, then i, ascending; pixels outside the picture take part as +0; then +
 *            also; then the
 *            activation
 */
typedef void nev_conv_kernel(const struct nev_conv_args *args, size_t m_begin, size_t m_end,
                             uint32_t panel_begin, uint32_t panel_end);

/*
 * depthwise - one k x k filter a channel, for output rows in [row_begin, row_end).
 * Shapes     weight [c / NEV_PANEL][k*k][NEV_PANEL], tap p*k + q; c a multiple of NEV_PANEL
 * Numerics   acc = b[c]; acc = fma(x, w, acc) over columns q, then rows p, ascending; rows above and below
 *            the picture take part as +0, columns left and right of it do not take part; then the activation
 */
typedef void nev_depthwise_kernel(const struct nev_conv_args *args, uint32_t row_begin, uint32_t row_end);

/*
 * maxpool - k x k maximum, for output rows in [row_begin, row_end); c a multiple of NEV_PANEL.
 * Numerics   m = first; m = x > m ? x : m over rows, then columns, ascending; positions outside the picture
 *            do not take part
 */
typedef void nev_maxpool_kernel(const struct nev_conv_args *args, uint32_t row_begin, uint32_t row_end);

/*
 * avgpool - the mean of each channel in [c_begin, c_end), multiples of 8.
 * Numerics   sum = x[0]; sum = sum + x[i] over rows, then columns, ascending; then sum * r, r = 1/(h*w)
 *            rounded once
 */
typedef void nev_avgpool_kernel(const struct nev_conv_args *args, uint32_t c_begin, uint32_t c_end);

struct nev_kernels {
    const char *name;
    nev_conv_kernel *conv;
    nev_depthwise_kernel *depthwise;
    nev_maxpool_kernel *maxpool;
    nev_avgpool_kernel *avgpool;
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
