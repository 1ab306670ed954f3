/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *nev_test_shared(const char *name)
{
    static char path[1024];
    const char *folder = getenv("NEVUS_SHARED");

    snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "../shared", name);
    return access(path, R_OK) == 0 ? path : NULL;
}

uint8_t *nev_test_read(const char *path, size_t *bytes)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data;
    long end;

    if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (end = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0) {
        fail_msg("cannot read %s", path);
        return NULL;
    }
    *bytes = (size_t)end;
    data = malloc(*bytes + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *bytes, f), *bytes);
    fclose(f);
    return data;
}

uint32_t nev_test_random(uint64_t *state)
{
    uint64_t x = (*state += 0x9E3779B97F4A7C15u); /* SplitMix64 (Steele, Lea, Flood 2014) */

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)(x >> 32);
}
