/* SPDX-License-Identifier: MIT */
#include "forest/predict/mask.h"

#include "nn/base/cpu.h"

const struct nev_mask_kernel *nev_mask_select(uint32_t isas)
{
#if defined(NEV_BUILD_avx2)
    if ((isas & NEV_ISA_AVX2) != 0) {
        return &nev_mask_kernel_avx2;
    }
#endif
    (void)isas;
    return NULL;
}
