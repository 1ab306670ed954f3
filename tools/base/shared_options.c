/* SPDX-License-Identifier: MIT */
#include "tools/base/shared_options.h"

#include "io/resize.h"
#include "nn/nn.h"
#include "tools/base/report.h"

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

uint64_t nev_fit_of(uint64_t given)
{
    return given == NEV_FIT_NOT_GIVEN ? NEV_RESIZE_SQUASH : given;
}

enum nev_exit nev_form_check(const char *command, bool is_json, bool is_csv)
{
    return is_json && is_csv ? nev_report_text(NEV_EXIT_USAGE, command, "--json or --csv, not both")
                             : NEV_EXIT_OK;
}

uint32_t nev_threads_of(uint64_t given)
{
    return (uint32_t)(given == 0 ? nev_threads_default() : given);
}
