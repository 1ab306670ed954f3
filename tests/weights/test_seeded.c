/* SPDX-License-Identifier: MIT */
/* weights/seeded.c against FORMAT.md's formula, computed another way: 64-bit integers reduced by division,
 * libm's square root. */
#include "tests/support/test.h"

#include <math.h>

#include "tests/weights/sample.h"

#define TWO32 4294967296u

static double expected(uint64_t stream, uint64_t i, enum nev_tensor_kind kind, double fan_in)
{
    uint64_t x = (i + stream * 0x9E3779B9u) % TWO32;
    double u;

    x = (x ^ x / 65536) * 0x7FEB352D % TWO32;
    x = (x ^ x / 32768) * 0x846CA68B % TWO32;
    x = x ^ x / 65536;
    u = ((double)x + 0.5) / 4294967296.0 - 0.5;
    switch (kind) {
    case NEV_TENSOR_WEIGHT:
        return u * sqrt(24.0 / fan_in);
    case NEV_TENSOR_GAMMA:
        return 1.0 + 0.4 * u;
    case NEV_TENSOR_VAR:
        return 1.0 + 0.8 * u;
    default:
        return 0.2 * u;
    }
}

/* Verifies: NEV-WT-007 (every kind, several streams, bit for bit) */
static void test_formula(void **state)
{
    static const uint32_t streams[] = {0, 1, 91, 261, 65536, 65537, 0xFFFFFFFF};
    static uint8_t payload[4 * 24 * 9 * 5];
    size_t s, kind, i;

    (void)state;
    for (s = 0; s < sizeof streams / sizeof streams[0]; s++) {
        for (kind = 0; kind <= NEV_TENSOR_VAR; kind++) {
            struct nev_tensor_spec spec = {"t", (enum nev_tensor_kind)kind, 1, {24 * 9 * 5, 1, 1, 1}};

            if (kind == NEV_TENSOR_WEIGHT) {
                spec = (struct nev_tensor_spec){"t", NEV_TENSOR_WEIGHT, 4, {24, 5, 3, 3}};
            }
            nev_seeded_fill(&spec, streams[s], payload);
            for (i = 0; i < sizeof payload / 4; i++) {
                float want = (float)expected(streams[s], i, spec.kind, 45.0);

                assert_int_equal(nev_load_u32le(payload + 4 * i), nev_f32_bits(want));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_formula)};

    return cmocka_run_group_tests_name("seeded", tests, NULL, NULL);
}
