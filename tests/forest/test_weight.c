/* SPDX-License-Identifier: MIT */
/* Class weights: weight.c, split_weighted.c. */
#include "tests/forest/grow.h"

#include "forest/file/part.h"
#include "forest/train/weight.h"

/* Verifies: NEV-RF-052 (the rule of FORMAT.md, section 7, by hand) */
static void test_rule(void **state)
{
    static const uint32_t one_two[] = {3, 6}, wide[] = {1, 3000000000u}, count[] = {10, 0, 5, 30};
    uint32_t w[4];

    (void)state;
    assert_int_equal(nev_part_weight_most(1), 1048576);
    assert_int_equal(nev_part_weight_most(4096), 1048575);
    assert_int_equal(nev_part_weight_most(2097152), 2047);
    nev_weight_given(one_two, 2, 2097152, w);
    assert_true(w[0] == 1 && w[1] == 2);
    nev_weight_given(wide, 2, 2097152, w);
    assert_true(w[0] == 1 && w[1] == 2047);
    nev_weight_balanced(count, 4, 2097152, w); /* 1023.5, none, 2047, 341.17 */
    assert_true(w[0] == 1024 && w[1] == 0 && w[2] == 2047 && w[3] == 341);
    nev_weight_balanced(count, 4, 45, w); /* 2^19, none, 2^20, 174762.67 */
    assert_true(w[0] == 524288 && w[1] == 0 && w[2] == 1048576 && w[3] == 174763);
    nev_weight_balanced(count, 1, 10, w);
    assert_int_equal(w[0], 1);
    assert_true(nev_weight_quality(25, 5, 7, 35) == (uint64_t)1 << 40);
    assert_true(nev_weight_quality((uint64_t)UINT32_MAX * UINT32_MAX, UINT32_MAX, 2097152, UINT32_MAX) ==
                (uint64_t)1 << 61);
}

/* Verifies: NEV-RF-052 (equal weights, however written, give the trees of no weights) */
static void test_equal_weights(void **state)
{
    static const uint32_t sevens[] = {7, 7, 7};
    struct nev_forest_job job;
    struct grown plain, weighted;
    struct table t;

    (void)state;
    table_random(&t, 5, 120, 8, 3, 30);
    job = job_of(&t, 6, 2);
    grow(&plain, &job);
    job.params.class_weight = NEV_FOREST_WEIGHT_GIVEN;
    job.class_weight = sevens;
    grow(&weighted, &job);
    assert_true(plain.f.node_total == weighted.f.node_total);
    assert_memory_equal(plain.f.tree_data, weighted.f.tree_data,
                        (size_t)(plain.f.oob_data - plain.f.tree_data));
    grown_free(&plain);
    grown_free(&weighted);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule),
        cmocka_unit_test(test_equal_weights),
    };

    return cmocka_run_group_tests_name("weight", tests, NULL, NULL);
}
