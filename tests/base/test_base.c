/* SPDX-License-Identifier: MIT */
/* status.c, arena.c, size.h, bytes.h, crc32.c, parallel.c */
#include "tests/support/test.h"

#include <string.h>

#include "nn/base/arena.h"
#include "nn/base/bytes.h"
#include "nn/base/crc32.h"
#include "nn/base/parallel.h"
#include "nn/base/size.h"
#include "nn/base/status.h"

/* Verifies: NEV-BASE-002 */
static void test_status_lists_agree(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < NEV_STATUS_LEN; i++) {
        assert_memory_equal(nev_status_name((enum nev_status)i), "NEV_", 4);
        assert_true(strlen(nev_status_text((enum nev_status)i)) > 3);
    }
    assert_string_equal(nev_status_name(NEV_STATUS_LEN), "NEV_ERR_?");
    assert_string_equal(nev_status_text(NEV_STATUS_LEN), "unknown status");
}

/* Verifies: NEV-BASE-002 (a hostile name cannot reach a terminal; a long one is cut) */
static void test_fail_cleans_names(void **state)
{
    struct nev_error err;
    char name[200];

    (void)state;
    memset(name, 'x', sizeof name);
    name[0] = '\033';
    name[1] = '\n';
    name[sizeof name - 1] = '\0';
    assert_int_equal(nev_fail(&err, NEV_ERR_FORMAT, 17, name, "what"), NEV_ERR_FORMAT);
    assert_int_equal(err.offset, 17);
    assert_int_equal(err.row, NEV_NO_ROW);
    assert_memory_equal(err.name, "??xx", 4);
    assert_int_equal(strlen(err.name), NEV_ERROR_NAME_LEN - 1);
    assert_int_equal(nev_fail_at(&err, NEV_ERR_VALUE, 3, 4, NULL, "what"), NEV_ERR_VALUE);
    assert_int_equal(err.row, 3);
    assert_int_equal(err.col, 4);
    assert_true(err.offset == NEV_NO_OFFSET);
    assert_string_equal(err.name, "");
    assert_int_equal(nev_fail(NULL, NEV_ERR_VALUE, 0, NULL, "what"), NEV_ERR_VALUE);
}

/* Verifies: NEV-BASE-003 */
static void test_sizes_do_not_wrap(void **state)
{
    size_t r = 7;

    (void)state;
    assert_true(nev_size_add(SIZE_MAX - 1, 1, &r) && r == SIZE_MAX);
    assert_false(nev_size_add(SIZE_MAX, 1, &r));
    assert_true(nev_size_mul(SIZE_MAX / 3, 3, &r) && r == SIZE_MAX / 3 * 3);
    assert_false(nev_size_mul(SIZE_MAX / 2 + 1, 2, &r));
    assert_true(nev_size_mul(0, SIZE_MAX, &r) && r == 0);
    assert_true(nev_size_align(1, &r) && r == NEV_ALIGN);
    assert_true(nev_size_align(NEV_ALIGN, &r) && r == NEV_ALIGN);
    assert_false(nev_size_align(SIZE_MAX, &r));
}

/* Verifies: NEV-BASE-003 (an arena gives aligned, disjoint blocks, up to its last byte and not past it) */
static void test_arena(void **state)
{
    static uint8_t mem[256 + 64];
    struct nev_arena arena;
    uint8_t *a, *b;
    size_t mark;

    (void)state;
    nev_arena_init(&arena, mem + 1, 256);
    a = nev_arena_take(&arena, 3, 1);
    b = nev_arena_take(&arena, 8, NEV_ALIGN);
    assert_ptr_equal(a, mem + 1);
    assert_int_equal((uintptr_t)b % NEV_ALIGN, 0);
    assert_true(b >= a + 3);
    mark = arena.used;
    assert_non_null(nev_arena_take(&arena, arena.bytes - mark, 1));
    assert_null(nev_arena_take(&arena, 1, 1));
    arena.used = mark;
    assert_null(nev_arena_take(&arena, arena.bytes - mark + 1, 1));
    assert_int_equal(arena.used, mark);
    assert_null(nev_arena_take_array(&arena, SIZE_MAX / 2, 4, 1));
    nev_arena_init(&arena, NULL, 0);
    assert_null(nev_arena_take(&arena, 1, 1));
}

/* Verifies: NEV-BASE-004 */
static void test_bytes_round_trip(void **state)
{
    uint8_t b[9] = {0};

    (void)state;
    nev_store_u64le(b + 1, 0x0102030405060708u);
    assert_int_equal(b[1], 8);
    assert_int_equal(b[8], 1);
    assert_true(nev_load_u64le(b + 1) == 0x0102030405060708u);
    assert_int_equal(nev_load_u32be(b + 1), 0x08070605);
    assert_int_equal(nev_load_u16be(b + 1), 0x0807);
    nev_store_u32be(b + 1, 0x01020304);
    assert_int_equal(nev_load_u32le(b + 1), 0x04030201);
    nev_store_u16le(b + 1, 0xA1B2);
    assert_int_equal(nev_load_u16le(b + 1), 0xA1B2);
    nev_store_f32le(b + 1, -1.5f);
    assert_int_equal(nev_load_u32le(b + 1), 0xBFC00000);
    assert_true(nev_load_f32le(b + 1) == -1.5f);
    nev_store_f64le(b + 1, 0.1);
    assert_true(nev_load_f64le(b + 1) == 0.1);
}

/* Verifies: NEV-BASE-005 (the check value of the CRC catalogue, and the table recomputed bit by bit) */
static void test_crc32(void **state)
{
    uint8_t byte;
    unsigned v, i;

    (void)state;
    assert_int_equal(nev_crc32(0, "123456789", 9), 0xCBF43926);
    assert_int_equal(nev_crc32(nev_crc32(0, "1234", 4), "56789", 5), 0xCBF43926);
    for (v = 0; v < 256; v++) {
        uint32_t c = ~0u ^ v;

        for (i = 0; i < 8; i++) {
            c = (c & 1) != 0 ? c >> 1 ^ 0xEDB88320 : c >> 1;
        }
        byte = (uint8_t)v;
        assert_int_equal(nev_crc32(0, &byte, 1), ~c);
    }
}

static void count_part(void *arg, uint32_t part, uint32_t parts)
{
    (void)parts;
    ((unsigned *)arg)[part]++;
}

/* Verifies: NEV-BASE-006 (each part exactly once, whoever runs them) */
static void test_parallel_runs_each_part_once(void **state)
{
    struct nev_parallel par;
    uint32_t threads, p;

    (void)state;
    for (threads = 0; threads < 9; threads++) {
        unsigned counts[NEV_THREADS_MAX] = {0};

        par = nev_parallel_threads(threads);
        assert_in_range(par.parts, 1, threads < 1 ? 1 : threads);
        nev_parallel_run(&par, count_part, counts);
        for (p = 0; p < NEV_THREADS_MAX; p++) {
            assert_int_equal(counts[p], p < par.parts ? 1 : 0);
        }
    }
    {
        unsigned counts[5] = {0};

        par = nev_parallel_serial();
        par.parts = 5;
        nev_parallel_run(&par, count_part, counts);
        nev_parallel_run(NULL, count_part, counts);
        assert_int_equal(counts[0], 2);
        assert_int_equal(counts[4], 1);
    }
}

/* Verifies: NEV-BASE-006 (ranges cover everything once, in order, sizes differing by one at most) */
static void test_parallel_range(void **state)
{
    size_t len, begin, end, last;
    uint32_t parts, p;

    (void)state;
    for (len = 0; len < 40; len++) {
        for (parts = 1; parts < 9; parts++) {
            for (p = 0, last = 0; p < parts; p++, last = end) {
                nev_parallel_range(len, p, parts, &begin, &end);
                assert_int_equal(begin, last);
                assert_in_range(end - begin, len / parts, len / parts + 1);
            }
            assert_int_equal(last, len);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_lists_agree), cmocka_unit_test(test_fail_cleans_names),
        cmocka_unit_test(test_sizes_do_not_wrap),  cmocka_unit_test(test_arena),
        cmocka_unit_test(test_bytes_round_trip),   cmocka_unit_test(test_crc32),
        cmocka_unit_test(test_parallel_range),     cmocka_unit_test(test_parallel_runs_each_part_once),
    };

    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
