/* SPDX-License-Identifier: MIT */
#include "tools/networks/isa.h"

#include <stdio.h>
#include <stdlib.h>

#include "nn/base/cpu.h"
#include "nn/nn.h"
#include "tools/base/report.h"

enum nev_exit nev_isa_choose(uint32_t *isas)
{
    const char *name = getenv("NEVUS_ISA");
    uint32_t isa;

    *isas = nev_cpu_isas();
    if (name == NULL || name[0] == '\0') {
        return NEV_EXIT_OK;
    }
    isa = nev_isa_from_name(name);
    if (isa == 0 || isa == NEV_ISA_SHANI) { /* that one has no kernels of networks */
        return nev_report_text(NEV_EXIT_USAGE, "NEVUS_ISA",
                               "'%s' is no instruction set; it may be c, avx2, avx512 or neon", name);
    }
    if ((isa & *isas & nev_kernels_built()) == 0) {
        return nev_report_text(
            NEV_EXIT_USAGE, "NEVUS_ISA",
            "%s is not to be had here; `nevus info --kernels` without NEVUS_ISA lists what is", name);
    }
    *isas = isa == NEV_ISA_C ? isa : isa | (*isas & NEV_ISA_SHANI);
    return NEV_EXIT_OK;
}

static void print_set(const char *label, uint32_t isas)
{
    printf("%-14s", label);
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        if ((isas & bit) != 0) {
            printf(" %s", nev_isa_name(bit));
        }
    }
    printf("\n");
}

enum nev_exit nev_isa_print(void)
{
    uint32_t isas;
    enum nev_exit code = nev_isa_choose(&isas);

    if (code == NEV_EXIT_OK) {
        print_set("processor", nev_cpu_isas());
        print_set("build", nev_kernels_built());
        printf("%-14s %s\n", "running", nev_kernels_name(nev_kernels_select(isas)));
    }
    return code;
}
