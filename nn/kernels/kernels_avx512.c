/* SPDX-License-Identifier: MIT */
/*
 * The kernels over nn/simd/vec_avx512.h. Where the last vector of a panel and a half would be half empty, AVX2, which
 * every processor with AVX-512 has, wastes nothing: the convolution is then AVX2's, to the same bits.
 */
#include "nn/simd/vec_avx512.h"

#include "nn/kernels/all.inc"

#if defined(NEV_BUILD_avx2)
static void conv_either(const struct nev_conv_args *args, size_t m_begin, size_t m_end, uint32_t panel_begin,
                        uint32_t panel_end)
{
    if (args->oc == NEV_PANEL * 3 / 2) {
        nev_kernels_avx2.conv(args, m_begin, m_end, panel_begin, panel_end);
    } else {
        conv(args, m_begin, m_end, panel_begin, panel_end);
    }
}
#define conv conv_either
#endif

const struct nev_kernels nev_kernels_avx512 = NEV_KERNELS_TABLE("avx512");
