/* SPDX-License-Identifier: MIT */
/* Everything but this line is in libtools.a, so that tests can call it. */
#include "tools/command.h"

int main(int argc, char **argv)
{
    return (int)nev_commands_main(argc, argv);
}
