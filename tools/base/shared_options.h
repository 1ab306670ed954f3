/* SPDX-License-Identifier: MIT */
/*
 * shared_options.h - options that several commands have, so that they mean the same in each.
 */
#ifndef NEV_TOOLS_SHARED_OPTIONS_H
#define NEV_TOOLS_SHARED_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/exit.h"
#include "tools/base/options.h"

extern const char *const nev_choices_fit[];    /* in the order of enum nev_resize_fit */
extern const char *const nev_choices_path[];   /* in the order of enum nev_path */
extern const char *const nev_choices_verify[]; /* full, head */

#define NEV_OPTION_WEIGHTS(type, member)                                                                     \
    {                                                                                                        \
        "weights", 'w', NEV_OPTION_TEXT, offsetof(type, member), "M.nvw", "the network's weights", 0, 0,     \
            NULL                                                                                             \
    }
#define NEV_OPTION_FOREST(type, member)                                                                      \
    {                                                                                                        \
        "forest", 'f', NEV_OPTION_TEXT, offsetof(type, member), "F.nvf", "the trained forest", 0, 0, NULL    \
    }
#define NEV_OPTION_LAYER(type, member)                                                                       \
    {                                                                                                        \
        "layer", 0, NEV_OPTION_TEXT, offsetof(type, member), "NAME",                                         \
            "another layer's channel means instead of the 1,000 outputs", 0, 0, NULL                         \
    }
#define NEV_OPTION_FIT(type, member)                                                                         \
    {                                                                                                        \
        "fit", 0, NEV_OPTION_CHOICE, offsetof(type, member), "HOW",                                          \
            "squash the whole picture (default) or crop its centre", 0, 0, nev_choices_fit                   \
    }
#define NEV_OPTION_PATH(type, member)                                                                        \
    {                                                                                                        \
        "path", 0, NEV_OPTION_CHOICE, offsetof(type, member), "NAME",                                        \
            "fast (default; a packed file's own), less memory, or as the papers draw it", 0, 0,              \
            nev_choices_path                                                                                 \
    }
/* How much of the weights file is checked before it is used: all of it, or header, table and list of digests. */
#define NEV_VERIFY_HEAD 1u
#define NEV_OPTION_VERIFY(type, member)                                                                      \
    {                                                                                                        \
        "verify", 0, NEV_OPTION_CHOICE, offsetof(type, member), "HOW",                                       \
            "full (default): check every byte and number of the weights; head: header and digests only, "    \
            "for a file checked before",                                                                     \
            0, 0, nev_choices_verify                                                                         \
    }
/* Where --fit is not always looked at, this default tells that it was not given. */
#define NEV_FIT_NOT_GIVEN UINT64_MAX
/* For a command that has a forest, which knows the path; the default is NEV_PATH_OF_FOREST. */
#define NEV_PATH_OF_FOREST UINT64_MAX
#define NEV_OPTION_PATH_CHECK(type, member)                                                                  \
    {                                                                                                        \
        "path", 0, NEV_OPTION_CHOICE, offsetof(type, member), "NAME",                                        \
            "default: the one the forest was trained with; another is refused", 0, 0, nev_choices_path       \
    }
#define NEV_OPTION_JSON(type, member)                                                                        \
    {                                                                                                        \
        "json", 0, NEV_OPTION_FLAG, offsetof(type, member), NULL, "print JSON", 0, 0, NULL                   \
    }
#define NEV_OPTION_CSV(type, member)                                                                         \
    {                                                                                                        \
        "csv", 0, NEV_OPTION_FLAG, offsetof(type, member), NULL, "print CSV", 0, 0, NULL                     \
    }
#define NEV_OPTION_POSITIVE(type, member)                                                                    \
    {                                                                                                        \
        "positive", 0, NEV_OPTION_TEXT, offsetof(type, member), "CLASS",                                     \
            "the positive class (default: malignant, if there is one)", 0, 0, NULL                           \
    }

/* nev_path_text - the name of a forest's path (struct nev_forest_source). */
const char *nev_path_text(uint32_t path);

/* nev_fit_of - the way to resize that was given, or squash for NEV_FIT_NOT_GIVEN. */
uint64_t nev_fit_of(uint64_t given);

/* nev_form_check - one form of the output is asked for at most. Errors USAGE, reported */
enum nev_exit nev_form_check(const char *command, bool is_json, bool is_csv);

/* nev_threads_of - the number given, or as many as there are processors for 0. */
uint32_t nev_threads_of(uint64_t given);

#endif
