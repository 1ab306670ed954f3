/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "tools/base/report.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/forests/explanation.h"
#include "tools/forests/forests.h"

#define EXPLANATION_FILE_MAX ((uint64_t)1 << 34) /* bytes */

struct values {
    char none;
};

static const struct values defaults;

static const struct nev_option options[] = {NEV_OPTION_END};

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct nev_collide collide = {{NULL}, {args->text[0], args->text[1]}, NULL};
    struct nev_replayed seen;
    struct nev_grown grown;
    struct nev_file json;
    struct nev_error err;
    char name[1024];
    enum nev_exit code = nev_collide_check(&collide);

    (void)values;
    if (code != NEV_EXIT_OK || (code = nev_grown_open(&grown, args->text[1])) != NEV_EXIT_OK) {
        return code;
    }
    if (nev_file_map(&json, args->text[0], EXPLANATION_FILE_MAX, &err) != NEV_OK) {
        nev_grown_close(&grown);
        return nev_report(args->text[0], &err);
    }
    code = nev_explanation_replay(&grown.forest, &json, args->text[0], &seen);
    if (code == NEV_EXIT_OK) {
        nev_text_safe(nev_forest_class_name(&grown.forest, seen.class_id), name, sizeof name);
        printf("every step follows: %zu paths, %zu steps\n", seen.paths, seen.steps);
        printf("%" PRId64 " (bias) + %" PRId64 " (%zu features) = %" PRId64 " units, exactly\n", seen.bias,
               seen.sum - seen.bias, seen.features, seen.sum);
        printf("probability of %s: %.6f\n", name, seen.probability);
    }
    nev_file_close(&json);
    nev_grown_close(&grown);
    return code;
}

const struct nev_command nev_command_forest_replay = {
    "forest replay",
    "hold an explanation against its forest, step by step",
    "EXPLANATION.json F.nvf",
    "Takes what nevus forest explain --json wrote (or another program, in the same form) and checks every "
    "statement\n"
    "against the forest file alone: the way through each tree, each contribution, and that they sum "
    "exactly.\n",
    options,
    &defaults,
    sizeof defaults,
    2,
    2,
    run,
};
