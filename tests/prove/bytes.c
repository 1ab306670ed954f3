/* SPDX-License-Identifier: MIT */
/* nn/base/bytes.h: every load and store at every offset of a buffer, for every content. */
#include "nn/base/bytes.h"

#include "tests/prove/prove.h"

#define BYTES 64u

static volatile uint64_t sink;
static volatile double sink_real;

void prove(void)
{
    uint8_t buffer[BYTES];
    uint64_t value;
    size_t at;

    any_bytes(buffer, sizeof buffer);
    at = any_length(BYTES - 2);
    sink = nev_load_u16le(buffer + at);
    sink = nev_load_u16be(buffer + at);
    nev_store_u16le(buffer + at, (uint16_t)sink);
    at = any_length(BYTES - 4);
    sink = nev_load_u32le(buffer + at);
    sink = nev_load_u32be(buffer + at);
    nev_store_u32le(buffer + at, (uint32_t)sink);
    nev_store_u32be(buffer + at, (uint32_t)sink);
    at = any_length(BYTES - 8);
    value = nev_load_u64le(buffer + at);
    nev_store_u64le(buffer + at, value);
    sink = nev_f64_bits(nev_f64_from_bits(value));
    sink = nev_f32_bits(nev_f32_from_bits((uint32_t)value));
}
