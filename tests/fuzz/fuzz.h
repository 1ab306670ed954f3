/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h - what every fuzz entry point shares: memory of exactly a stated size, and claims that end the program.
 *
 * An entry point is one file, fuzz_READER.c, with the two functions libFuzzer calls. It is linked either with libFuzzer
 * (`make fuzz`) or with replay.c, a plain main that needs no fuzzer (README.md).
 */
#ifndef NEV_TESTS_FUZZ_FUZZ_H
#define NEV_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"

/* What libFuzzer calls. The first judges one input: it returns 0 or ends the program. The second changes an input in
 * place, at most max bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max, unsigned seed);

/* What libFuzzer offers, and replay.c in its stead: changes an input with no idea of its structure. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t bytes, size_t max);

/* Pictures larger than this are refused by the harness: 2^16 while mutating, the library's own cap in a replay. */
extern uint64_t fuzz_pixels_max;

/* FUZZ_CHECK - ends the program, saying where, unless the claim holds. */
#define FUZZ_CHECK(claim) ((claim) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #claim))
void fuzz_fail(const char *file, int line, const char *claim);

/*
 * fuzz_take - memory of exactly that size, aligned to NEV_ALIGN and full of `fill` (uninitialised under MemorySanitizer).
 * fuzz_give - frees it; without AddressSanitizer, which sees more, first checks the 64 bytes before and behind it.
 */
void *fuzz_take(size_t bytes, uint8_t fill);
void fuzz_give(void *mem, size_t bytes);

/* fuzz_is_zero - whether all the bytes are zero. */
bool fuzz_is_zero(const void *mem, size_t bytes);

/* fuzz_check_written - under MemorySanitizer, that every byte has been written; elsewhere nothing. */
void fuzz_check_written(const void *mem, size_t bytes);

/* fuzz_check_error - a refusal says what is wrong, a name, and a place within the input; the name is printable. */
void fuzz_check_error(enum nev_status status, const struct nev_error *err, size_t bytes);

/* fuzz_check_said - the same where the error has no place in the bytes: a missing tensor, memory. */
void fuzz_check_said(enum nev_status status, const struct nev_error *err, size_t bytes);

/* fuzz_mutate - LLVMFuzzerMutate, then, three times in four, repair: digests, CRCs and whatever else would otherwise
 * stop the reader at its door. repair may be NULL. */
size_t fuzz_mutate(uint8_t *data, size_t bytes, size_t max, unsigned seed,
                   void (*repair)(uint8_t *data, size_t bytes));

#endif
