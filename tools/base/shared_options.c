/* SPDX-License-Identifier: MIT */
#include "tools/base/shared_options.h"

#include "io/resize.h"
#include "nn/nn.h"

const char *const nev_choices_fit[] = {[NEV_RESIZE_SQUASH] = "squash", [NEV_RESIZE_CROP] = "crop", NULL};
const char *const nev_choices_path[NEV_PATH_LEN + 1] = {
    [NEV_PATH_FAST] = "fast",
    [NEV_PATH_DIRECT] = "direct",
    [NEV_PATH_REFERENCE] = "reference",
};

const char *const nev_choices_verify[] = {"full", "head", NULL};

const char *nev_path_text(uint32_t path)
{
    return path == 0 || path > NEV_PATH_LEN ? "not stated" : nev_choices_path[path - 1];
}

uint32_t nev_threads_of(uint64_t given)
{
    return (uint32_t)(given == 0 ? nev_threads_default() : given);
}
