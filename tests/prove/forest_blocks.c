/* SPDX-License-Identifier: MIT */
/*
 * forest/file/open.c, the first half: a file of any bytes, whole, its header and its block table. What the blocks hold is in
 * forest_part.c and forest_tree.c, as far as it is shown.
 */
#include "forest/file/open.c"

#include "tests/prove/sha256.h"

static uint8_t file[BYTES];

void prove(void)
{
    struct nev_forest f = {0};
    struct nev_error err;
    struct lengths len = {{0}};

    //@ widen_hints global:"all", 4, 8, 63, 64, BYTES;
    any_bytes(file, sizeof file);
    f.base = file;
    f.bytes = BYTES;
    if (check_file(file, BYTES, NEV_ISA_C, &err) == NEV_OK && read_header(&f, file, &err) == NEV_OK &&
        check_blocks(&f, &len, &err) == NEV_OK) {
        f.bytes = len.of[0];
    }
}
