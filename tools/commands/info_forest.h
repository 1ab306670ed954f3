/* SPDX-License-Identifier: MIT */
/*
 * info_forest.h - the half of `nevus info` that tells what a forest file is.
 */
#ifndef NEV_TOOLS_INFO_FOREST_H
#define NEV_TOOLS_INFO_FOREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/exit.h"

/* nev_is_forest - do a file's first bytes say that it is a forest? */
bool nev_is_forest(const uint8_t *data, size_t bytes);

/*
 * nev_info_forest - check a forest file and print what it is.
 * Range      data, bytes: the file at `path`; importance: how many of the most important features to list, 0: none
 * Errors     reported, as nev_forest_open
 * Tests      tests/tools/test_info.c
 */
enum nev_exit nev_info_forest(const char *path, const uint8_t *data, size_t bytes, uint64_t importance,
                              bool is_json);

#endif
