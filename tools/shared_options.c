/* SPDX-License-Identifier: MIT */
#include "tools/shared_options.h"

const char *const nev_choices_fit[] = {"squash", "crop", NULL};
const char *const nev_choices_path[] = {"fast", "reference", NULL};

uint32_t nev_threads_of(uint64_t given)
{
    return (uint32_t)(given == 0 ? nev_threads_default() : given);
}
