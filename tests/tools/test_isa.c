/* SPDX-License-Identifier: MIT */
/* Choosing the instruction set from outside (isa.c). */
#include "tests/tools/cli.h"

#include "nn/base/cpu.h"

/* Verifies: NEV-CLI-120 (each instruction set to be had here runs by name and gives the default's features) */
static void test_choice(void **state)
{
    char line[512], want[64];

    (void)state;
    cli_works(
        "unset NEVUS_ISA; $nevus extract --weights m.nvw set/test -o best.npy && $nevus info --kernels");
    snprintf(want, sizeof want, "running        %s\n", nev_kernels_name(nev_kernels_select(nev_cpu_isas())));
    assert_non_null(strstr(cli_out, want));
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        const char *name = nev_isa_name(bit);

        if ((bit & nev_cpu_isas() & nev_kernels_built()) != 0) {
            snprintf(line, sizeof line,
                     "export NEVUS_ISA=%s; $nevus extract --weights m.nvw set/test -o %s.npy && "
                     "cmp best.npy %s.npy && $nevus info --kernels",
                     name, name, name);
            cli_works(line);
            snprintf(want, sizeof want, "running        %s\n", name);
            assert_non_null(strstr(cli_out, want));
        } else if (strcmp(name, "none") != 0) {
            snprintf(line, sizeof line, "NEVUS_ISA=%s $nevus extract --weights m.nvw set/test -o no.npy",
                     name);
            cli_fails(NEV_EXIT_USAGE, bit == NEV_ISA_SHANI ? "no instruction set" : "not to be had here",
                      line);
        }
    }
    cli_fails(NEV_EXIT_USAGE, "'sse9' is no instruction set", "NEVUS_ISA=sse9 $nevus info --kernels");
    cli_fails(NEV_EXIT_USAGE, "'sse9' is no instruction set",
              "NEVUS_ISA=sse9 $nevus extract --weights m.nvw set/test -o no.npy");
    cli_works("test ! -e no.npy && NEVUS_ISA= $nevus info --kernels"); /* empty is as good as unset */
    cli_fails(NEV_EXIT_USAGE, "give a model", "$nevus info");
    cli_fails(NEV_EXIT_USAGE, "give a model", "$nevus info --kernels m.nvw");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_choice)};

    return cmocka_run_group_tests_name("isa", tests, cli_setup, cli_teardown);
}
