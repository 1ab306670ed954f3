/* SPDX-License-Identifier: MIT */
#include "io/png.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/pictures.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const struct fuzz_picture_reader reader = {nev_png_probe, nev_png_decode};

    fuzz_picture(&reader, data, bytes);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max, unsigned seed)
{
    return fuzz_mutate(data, bytes, max, seed, fuzz_repair_png);
}
