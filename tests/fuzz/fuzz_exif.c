/* SPDX-License-Identifier: MIT */
#include "io/exif.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    uint32_t side = nev_exif_orientation(data, bytes);

    FUZZ_CHECK(side >= 1 && side <= 8);
    FUZZ_CHECK(nev_exif_orientation(data, bytes) == side);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max, unsigned seed)
{
    return fuzz_mutate(data, bytes, max, seed, NULL);
}
