/* SPDX-License-Identifier: MIT */
#include "tests/support/lanes.h"

#include "nn/base/cpu.h"
#include "nn/nn.h"

size_t nev_test_kernel_sets(const struct nev_kernels *sets[NEV_TEST_SETS_MAX])
{
    uint32_t isas = nev_cpu_isas() & nev_kernels_built();
    size_t len = 0;

    for (uint32_t bit = NEV_ISA_C; bit <= NEV_ISA_NEON; bit <<= 1) {
        if ((isas & bit) != 0) {
            sets[len++] = nev_kernels_select(bit);
        }
    }
    sets[len++] = &nev_test_kernels_4;
    sets[len++] = &nev_test_kernels_8;
    sets[len++] = &nev_test_kernels_16;
    return len;
}
