/* SPDX-License-Identifier: MIT */
/*
 * prove.h - what every driver shares: values about which nothing is known but what their type says.
 *
 * The drivers are read by Frama-C, never compiled. Its built-in Frama_C_interval and Frama_C_make_unknown stand for any
 * value: what Eva shows of a driver, it shows for every content of the bytes at once.
 */
#ifndef NEV_TESTS_PROVE_PROVE_H
#define NEV_TESTS_PROVE_PROVE_H

#include <stddef.h>
#include <stdint.h>

#include "__fc_builtin.h"

/* A length from 0 to most. */
static inline size_t any_length(size_t most)
{
    return (size_t)Frama_C_unsigned_long_long_interval(0, most);
}

static inline void any_bytes(void *p, size_t bytes)
{
    Frama_C_make_unknown((char *)p, bytes);
}

#endif
