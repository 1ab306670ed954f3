/* SPDX-License-Identifier: MIT */
#include "nn/base/cpu.h"
#include "nn/kernels/kernels.h"
#include "nn/nn.h"

/* In order of preference. AVX-512 stands first: where both were measured no network was slower
 * (bench/README.md), and the transforms, which it has registers enough for, were faster. */
static const struct {
    uint32_t isa;
    const struct nev_kernels *kernels;
} sets[] = {
#if defined(NEV_BUILD_neon)
    {NEV_ISA_NEON, &nev_kernels_neon},
#endif
#if defined(NEV_BUILD_avx512)
    {NEV_ISA_AVX512, &nev_kernels_avx512},
#endif
#if defined(NEV_BUILD_avx2)
    {NEV_ISA_AVX2, &nev_kernels_avx2},
#endif
    {NEV_ISA_C, &nev_kernels_c},
};

#define SETS_LEN (sizeof sets / sizeof sets[0])

const struct nev_kernels *nev_kernels_select(uint32_t isas)
{
    size_t i;

    for (i = 0; i < SETS_LEN; i++) {
        if ((isas & sets[i].isa) != 0) {
            return sets[i].kernels;
        }
    }
    return &nev_kernels_c;
}

uint32_t nev_kernels_built(void)
{
    uint32_t isas = 0;
    size_t i;

    for (i = 0; i < SETS_LEN; i++) {
        isas |= sets[i].isa;
    }
    return isas;
}

const char *nev_kernels_name(const struct nev_kernels *kernels)
{
    return kernels->name;
}
