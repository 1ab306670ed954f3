/* SPDX-License-Identifier: MIT */
/*
 * The kernels over nn/simd/vec_avx512.h. Two kinds of convolution are AVX2's, which every processor with AVX-512 has, to
 * the same bits: where the last vector of a panel and a half would be half empty; and where pixels lie a multiple of 4
 * KiB apart, so that the twelve that AVX-512 takes at once would all want the same eight lines of the nearest cache.
 */
#include "nn/simd/vec_avx512.h"

#include "nn/kernels/all.inc"

#if defined(NEV_BUILD_avx2)
#define PAGE_FLOATS 1024u

static void conv_either(const struct nev_conv_args *args, size_t m_begin, size_t m_end, uint32_t panel_begin,
                        uint32_t panel_end)
{
    if (args->oc == NEV_PANEL * 3 / 2 || (args->k == 1 && args->c % PAGE_FLOATS == 0)) {
        nev_kernels_avx2.conv(args, m_begin, m_end, panel_begin, panel_end);
    } else {
        conv(args, m_begin, m_end, panel_begin, panel_end);
    }
}
#define conv conv_either
#endif

const struct nev_kernels nev_kernels_avx512 = NEV_KERNELS_TABLE("avx512");
