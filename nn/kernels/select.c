/* SPDX-License-Identifier: MIT */
#include "nn/base/cpu.h"
#include "nn/kernels/kernels.h"
#include "nn/nn.h"

const struct nev_kernels *nev_kernels_select(uint32_t isas)
{
#if defined(NEV_BUILD_avx2)
    if ((isas & NEV_ISA_AVX2) != 0) {
        return &nev_kernels_avx2;
    }
#endif
    (void)isas;
    return &nev_kernels_c;
}

const char *nev_kernels_name(const struct nev_kernels *kernels)
{
    return kernels->name;
}
