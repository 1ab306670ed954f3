/* SPDX-License-Identifier: MIT */
/* The records of a forest file whose size is fixed, of any bytes: a part, a source, a text. */
#include "forest/file/layout.h"
#include "forest/file/part.h"

#include "tests/prove/prove.h"

static uint8_t entry[NEV_FILE_PART_BYTES], block[NEV_FILE_SOURCE_BYTES], text[NEV_FOREST_NAME_LEN];

uint64_t nev_oob_bytes(uint32_t rows, uint32_t classes, bool is_mixed)
{
    return Frama_C_unsigned_long_long_interval(0, UINT64_MAX);
}

void prove(void)
{
    struct nev_forest_part part;
    struct nev_forest_source source;
    uint32_t offset;

    //@ widen_hints global:"all", 63, 64, 255, 256;
    any_bytes(entry, sizeof entry);
    any_bytes(block, sizeof block);
    any_bytes(text, sizeof text);
    if (nev_file_text_is_valid(text, Frama_C_interval(0, 1) == 1)) {
        text[0] = 0;
    }
    if (nev_file_source_read(&source, block, &offset)) {
        block[0] = 0;
    }
    if (nev_part_read(&part, entry, Frama_C_unsigned_int_interval(1, NEV_FOREST_FEATURES_MAX),
                      Frama_C_unsigned_int_interval(2, NEV_FOREST_CLASSES_MAX), &offset)) {
        offset = nev_part_weight_most(part.params.draws) + nev_part_weight_rows(&part.params);
    }
}
