/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/base/size.h"

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define HAS_MSAN 1
#endif
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#endif
#ifndef HAS_MSAN
#define HAS_MSAN 0
#endif
#ifndef HAS_ASAN
#define HAS_ASAN 0
#endif

#define GUARD      64u
#define GUARD_BYTE 0xC7

uint64_t fuzz_pixels_max = 1u << 16;

void fuzz_fail(const char *file, int line, const char *claim)
{
    fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, claim);
    abort();
}

void *fuzz_take(size_t bytes, uint8_t fill)
{
    size_t guard = HAS_ASAN ? 0 : GUARD;
    void *mem = NULL;
    uint8_t *p;

    if (posix_memalign(&mem, NEV_ALIGN, bytes + 2 * guard + (bytes + guard == 0)) != 0) {
        fprintf(stderr, "no memory\n");
        exit(2);
    }
    p = (uint8_t *)mem + guard;
    memset(mem, GUARD_BYTE, guard);
    if (!HAS_MSAN) {
        memset(p, fill, bytes);
    }
    memset(p + bytes, GUARD_BYTE, guard);
    return p;
}

void fuzz_give(void *mem, size_t bytes)
{
    size_t guard = HAS_ASAN ? 0 : GUARD, i;
    uint8_t *p = mem;

    if (p == NULL) {
        return;
    }
    for (i = 0; i < guard; i++) {
        FUZZ_CHECK(p[bytes + i] == GUARD_BYTE);
        FUZZ_CHECK((p - guard)[i] == GUARD_BYTE);
    }
    free(p - guard);
}

bool fuzz_is_zero(const void *mem, size_t bytes)
{
    const uint8_t *p = mem;
    size_t i;

    for (i = 0; i < bytes && p[i] == 0; i++) {
    }
    return i == bytes;
}

void fuzz_check_written(const void *mem, size_t bytes)
{
#if HAS_MSAN
    __msan_check_mem_is_initialized(mem, bytes);
#else
    (void)mem;
    (void)bytes;
#endif
}

void fuzz_check_said(enum nev_status status, const struct nev_error *err, size_t bytes)
{
    size_t i;

    FUZZ_CHECK(status > NEV_OK && status < NEV_STATUS_LEN);
    FUZZ_CHECK(err->status == status);
    FUZZ_CHECK(err->what != NULL && err->what[0] != '\0');
    FUZZ_CHECK(err->name[0] != '\0');
    for (i = 0; i < NEV_ERROR_NAME_LEN && err->name[i] != '\0'; i++) {
        FUZZ_CHECK(err->name[i] >= ' ' && err->name[i] <= '~');
    }
    FUZZ_CHECK(i < NEV_ERROR_NAME_LEN);
    FUZZ_CHECK(err->offset == NEV_NO_OFFSET || err->offset <= bytes);
}

void fuzz_check_error(enum nev_status status, const struct nev_error *err, size_t bytes)
{
    fuzz_check_said(status, err, bytes);
    FUZZ_CHECK(err->offset <= bytes);
}

size_t fuzz_mutate(uint8_t *data, size_t bytes, size_t max, unsigned seed,
                   void (*repair)(uint8_t *data, size_t bytes))
{
    bytes = LLVMFuzzerMutate(data, bytes, max);
    if (repair != NULL && seed % 4 != 0) {
        repair(data, bytes);
    }
    return bytes;
}
