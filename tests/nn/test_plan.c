/* SPDX-License-Identifier: MIT */
/* plan.c, pack.c, run.c, normalise.c: sizes known before any work, exact, and refusals. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "nn/algorithm.h"
#include "nn/base/cpu.h"
#include "nn/base/size.h"
#include "tests/support/model.h"

static void small_model(struct nev_test_model *m, enum test_variant variant, uint32_t side)
{
    nev_test_model_seeded(m, variant);
    m->weights.model.prep.width = side;
    m->weights.model.prep.height = side + 8;
}

/* Verifies: NEV-NN-009 (exactly the stated memory works; one byte less is refused; nothing outside it is
 * written) */
static void test_memory_is_exact(void **state)
{
    (void)state;
    for (int v = 0; v < TEST_VARIANTS; v++) {
        for (int path = 0; path < NEV_PATH_LEN; path++) {
            struct nev_test_model m;
            struct nev_test_net net;
            struct nev_error err;
            float first[NEV_FEATURES_LEN], second[NEV_FEATURES_LEN], *input;
            uint8_t *arena;
            size_t bytes;

            small_model(&m, (enum test_variant)v, 48);
            nev_test_net_make(&net, &m, (enum nev_path)path, nev_cpu_isas(), 2);
            input = nev_test_input(&net.plan.model.prep, 0);
            nev_test_net_features(&net, input, first);
            bytes = net.plan.arena_bytes;
            assert_int_equal(bytes % NEV_ALIGN, 0);
            /* A dirty arena between guards gives the same features. */
            arena = aligned_alloc(NEV_ALIGN, bytes + 2 * NEV_ALIGN);
            assert_non_null(arena);
            memset(arena, 0xA5, bytes + 2 * NEV_ALIGN);
            net.run.arena = arena + NEV_ALIGN;
            nev_test_net_features(&net, input, second);
            assert_memory_equal(first, second, sizeof first);
            for (size_t i = 0; i < NEV_ALIGN; i++) {
                assert_int_equal(arena[i], 0xA5);
                assert_int_equal(arena[bytes + NEV_ALIGN + i], 0xA5);
            }
            net.run.arena_bytes = bytes - 1;
            assert_int_equal(nev_run_image(&net.run, input, second, &err), NEV_ERR_MEMORY);
            for (size_t i = 0; i < NEV_FEATURES_LEN; i++) {
                assert_true(second[i] == 0.0f);
            }
            assert_int_equal(
                nev_plan_pack(&net.plan, &m.weights, net.packed, net.plan.packed_bytes - 1, NULL, &err),
                NEV_ERR_MEMORY);
            free(arena);
            free(input);
            nev_test_net_free(&net);
            nev_test_model_free(&m);
        }
    }
}

/* Verifies: NEV-NN-106 (what a part alone writes lies away from the next part's; the pooled outputs of each network's
 * first stages lie around the middle of what was there before, at batch 1 on the fast path) */
static void test_parts_keep_their_lines(void **state)
{
    static const char *const row[] = {"layer2.0.conv1", "maxpool3", "features.3"};

    (void)state;
    for (int n = NEV_NET_RESNET18; n <= NEV_NET_MOBILENETV2; n++) {
        const struct nev_step *found = NULL;
        struct nev_plan plan, alone;
        struct nev_model model;
        uint32_t same = 0;

        nev_net_model((enum nev_net)n, &model);
        assert_int_equal(nev_plan_make(&plan, &model, NEV_PATH_FAST, 2, NULL), NEV_OK);
        assert_int_equal(nev_plan_make(&alone, &model, NEV_PATH_FAST, 1, NULL), NEV_OK);
        assert_true(plan.own_stride >= alone.own_stride + 65536);
        for (uint32_t i = 0; i < plan.step_len && found == NULL; i++) {
            const struct nev_step *step = &plan.step[i];

            if (strcmp(nev_net_layer_name((enum nev_net)n, step->last_row), row[n - NEV_NET_RESNET18]) == 0) {
                found = step;
            }
        }
        assert_non_null(found);
        for (const struct nev_step *step = plan.step; step < found; step++) {
            same += step->out_bytes != found->out_bytes &&
                    step->out_offset + step->out_bytes / 2 == found->out_offset + found->out_bytes / 2;
        }
        assert_true(same > 0);
    }
}

/* Verifies: NEV-NN-010 (an output is never placed over one that is still to be read) */
static void test_outputs_do_not_overlap_while_alive(void **state)
{
    (void)state;
    for (int n = NEV_NET_RESNET18; n <= NEV_NET_MOBILENETV2; n++) {
        for (int path = 0; path < NEV_PATH_LEN; path++) {
            struct nev_plan plan;
            struct nev_model model;

            nev_net_model((enum nev_net)n, &model);
            assert_int_equal(nev_plan_make(&plan, &model, (enum nev_path)path, 3, NULL), NEV_OK);
            for (uint32_t i = 0; i < plan.step_len; i++) {
                const struct nev_step *step = &plan.step[i];

                assert_true(step->out_offset >= plan.zero_offset + plan.zero_bytes);
                assert_true(step->out_offset + step->out_bytes <= plan.arena_bytes);
                assert_true(step->in < (int)i && step->also < (int)i);
                /* What step i reads must not have been overwritten by any step between its making and i. */
                for (int r = 0; r < 2; r++) {
                    int from = r == 0 ? step->in : step->also;

                    for (int j = from + 1; from >= 0 && j <= (int)i; j++) {
                        const struct nev_step *a = &plan.step[from], *b = &plan.step[j];

                        assert_true(a->out_offset + a->out_bytes <= b->out_offset ||
                                    b->out_offset + b->out_bytes <= a->out_offset);
                    }
                }
            }
        }
    }
}

static void assert_disjoint(size_t a, size_t a_bytes, size_t b, size_t b_bytes)
{
    assert_true(a_bytes == 0 || b_bytes == 0 || a + a_bytes <= b || b + b_bytes <= a);
}

/* The step after which step u's output is not read any more. What crosses from pictures one by one to all together
 * is alive from the first step on. */
static uint32_t last_reader(const struct nev_plan *plan, uint32_t u)
{
    uint32_t last = u;

    for (uint32_t i = u + 1; i < plan->step_len; i++) {
        last = plan->step[i].in == (int)u || plan->step[i].also == (int)u ? i : last;
    }
    return last;
}

static void check_work_memory(const struct nev_plan *plan)
{
    for (uint32_t i = 0; i < plan->step_len; i++) {
        const struct nev_step *step = &plan->step[i];

        assert_true(step->scratch_offset + step->scratch_bytes <= plan->arena_bytes);
        for (uint32_t part = 0; part < plan->parts; part++) {
            size_t own = plan->own_offset + part * plan->own_stride;

            assert_true(own + step->own_bytes <= plan->arena_bytes);
            assert_true(part == 0 || step->own_bytes <= plan->own_stride);
            assert_disjoint(own, step->own_bytes, 0, plan->zero_offset + plan->zero_bytes);
            assert_disjoint(own, step->own_bytes, step->scratch_offset, step->scratch_bytes);
        }
        for (uint32_t u = 0; u < plan->step_len; u++) {
            const struct nev_step *made = &plan->step[u];

            if ((u > i && u + 1 != plan->joint) || last_reader(plan, u) < i) {
                continue;
            }
            assert_disjoint(made->out_offset, made->out_bytes, step->scratch_offset, step->scratch_bytes);
            for (uint32_t part = 0; part < plan->parts; part++) {
                assert_disjoint(made->out_offset, made->out_bytes, plan->own_offset + part * plan->own_stride,
                                step->own_bytes);
            }
        }
    }
}

/* Verifies: NEV-NN-010 (no step's work memory, of any part, lies over an output that is alive while it runs, nor over
 * the zeros) */
static void test_work_memory_overlaps_nothing_alive(void **state)
{
    static const uint32_t sides[] = {48, 224, 320};

    (void)state;
    for (int n = NEV_NET_RESNET18; n <= NEV_NET_MOBILENETV2; n++) {
        for (int path = 0; path < NEV_PATH_LEN; path++) {
            for (uint32_t parts = 1; parts <= 3; parts++) {
                for (unsigned i = 0; i < 3; i++) {
                    struct nev_plan plan;
                    struct nev_model model;

                    nev_net_model((enum nev_net)n, &model);
                    model.prep.width = sides[i];
                    model.prep.height = sides[i];
                    assert_int_equal(nev_plan_make(&plan, &model, (enum nev_path)path, parts, NULL), NEV_OK);
                    check_work_memory(&plan);
                    assert_int_equal(nev_plan_make_batch(&plan, &model, (enum nev_path)path, parts, 8, NULL),
                                     NEV_OK);
                    check_work_memory(&plan);
                }
            }
        }
    }
}

/* Verifies: NEV-NN-106 (late outputs lie where early ones were, none of which was read in the three steps before:
 * they make no arena larger) */
static void test_late_outputs_take_no_memory(void **state)
{
    (void)state;
    for (int n = NEV_NET_RESNET18; n <= NEV_NET_MOBILENETV2; n++) {
        struct nev_plan plan;
        struct nev_model model;
        size_t early = 0;
        uint32_t late = 0;

        nev_net_model((enum nev_net)n, &model);
        assert_int_equal(nev_plan_make(&plan, &model, NEV_PATH_FAST, 2, NULL), NEV_OK);
        for (uint32_t i = 0; i < plan.step_len; i++) {
            const struct nev_step *step = &plan.step[i];
            size_t end = step->out_offset + step->out_bytes;

            if (!nev_is_late(step)) {
                early = end > early ? end : early;
                continue;
            }
            late++;
            for (uint32_t u = 0; u < i; u++) {
                if (!nev_is_late(&plan.step[u]) && last_reader(&plan, u) + 3 >= i) {
                    assert_disjoint(plan.step[u].out_offset, plan.step[u].out_bytes, step->out_offset,
                                    step->out_bytes);
                }
            }
        }
        assert_true(late > 0);
        assert_int_equal(plan.arena_bytes, early);
    }
}

/* Verifies: NEV-NN-011 (a plan for another network, no network, no path; a tensor missing or of another
 * shape) */
static void test_refusals(void **state)
{
    struct nev_test_model m;
    struct nev_plan plan;
    struct nev_model model;
    struct nev_error err;
    uint8_t *packed;

    (void)state;
    memset(&model, 0, sizeof model);
    assert_int_equal(nev_plan_make(&plan, &model, NEV_PATH_FAST, 1, &err), NEV_ERR_NETWORK);
    assert_int_equal(plan.arena_bytes, 0);
    nev_net_model(NEV_NET_RESNET18, &model);
    assert_int_equal(nev_plan_make(&plan, &model, (enum nev_path)7, 1, &err), NEV_ERR_ARGUMENT);
    assert_int_equal(nev_plan_make(&plan, &model, NEV_PATH_FAST, 1, &err), NEV_OK);
    nev_test_model_seeded(&m, TEST_MOBILENETV2);
    packed = aligned_alloc(NEV_ALIGN, plan.packed_bytes);
    assert_non_null(packed);
    assert_int_equal(nev_plan_pack(&plan, &m.weights, packed, plan.packed_bytes, NULL, &err),
                     NEV_ERR_NETWORK);
    /* MobileNetV2's tensors under ResNet18's flag: the first name looked for is not there. */
    m.weights.model.net = NEV_NET_RESNET18;
    assert_int_equal(nev_plan_pack(&plan, &m.weights, packed, plan.packed_bytes, NULL, &err),
                     NEV_ERR_MISSING);
    assert_string_equal(err.name, "conv1.weight");
    for (size_t i = 0; i < plan.packed_bytes; i += 4096) {
        assert_int_equal(packed[i], 0);
    }
    free(packed);
    nev_test_model_free(&m);
    memset(&plan, 0, sizeof plan);
    {
        struct nev_run run = {&plan, NULL, NULL, NULL, NULL, NULL, 0};
        float features[NEV_FEATURES_LEN];

        assert_int_equal(nev_run_image(&run, features, features, &err), NEV_ERR_ARGUMENT);
    }
}

/* Verifies: NEV-NN-011 (a variance that makes the folded weights overflow is refused with the layer's name)
 */
static void test_overflow_in_folding_is_refused(void **state)
{
    struct nev_test_model m;
    struct nev_plan plan;
    struct nev_error err;
    struct nev_tensor t;
    uint8_t *packed;

    (void)state;
    nev_test_model_seeded(&m, TEST_DARKNET19);
    assert_int_equal(nev_weights_find(&m.weights, "conv7.bn.weight", &t, NULL), NEV_OK);
    m.file[t.offset + 3] = 0x7E; /* gamma of channel 0 near 2^125 */
    assert_int_equal(nev_weights_find(&m.weights, "conv7.bn.running_var", &t, NULL), NEV_OK);
    memset(m.file + t.offset, 0, 4); /* variance 0: divided by 1e-6 */
    assert_int_equal(nev_plan_make(&plan, &m.weights.model, NEV_PATH_FAST, 1, &err), NEV_OK);
    packed = aligned_alloc(NEV_ALIGN, plan.packed_bytes);
    assert_non_null(packed);
    assert_int_equal(nev_plan_pack(&plan, &m.weights, packed, plan.packed_bytes, NULL, &err), NEV_ERR_VALUE);
    assert_string_equal(err.name, "conv7");
    free(packed);
    nev_test_model_free(&m);
}

/* Verifies: NEV-NN-012 (packing splits over threads without changing a byte) */
static void test_packing_is_independent_of_threads(void **state)
{
    struct nev_test_model m;
    struct nev_test_net a, b;

    (void)state;
    nev_test_model_seeded(&m, TEST_MOBILENETV2);
    nev_test_net_make(&a, &m, NEV_PATH_FAST, NEV_ISA_C, 1);
    nev_test_net_make(&b, &m, NEV_PATH_FAST, NEV_ISA_C, 3);
    assert_memory_equal(a.packed, b.packed, a.plan.packed_bytes);
    nev_test_net_free(&a);
    nev_test_net_free(&b);
    nev_test_model_free(&m);
}

/* Verifies: NEV-NN-013 (normalise.c: the formula, the ends of the range, and the channel order) */
static void test_normalise(void **state)
{
    static const uint8_t rgb[6] = {0, 51, 255, 102, 153, 204};
    struct nev_prep prep = {2, 1, NEV_ORDER_RGB, {0.0f, 0.0f, 0.0f}, {1.0f, 1.0f, 1.0f}};
    float x[6];

    (void)state;
    nev_normalise(&prep, rgb, x);
    assert_true(x[0] == 0.0f && x[1] == 0.2f && x[2] == 1.0f && x[3] == 0.4f && x[4] == 0.6f && x[5] == 0.8f);
    prep.order = NEV_ORDER_BGR;
    nev_normalise(&prep, rgb, x);
    assert_true(x[0] == 1.0f && x[1] == 0.2f && x[2] == 0.0f && x[3] == 0.8f);
    prep.order = NEV_ORDER_RGB;
    prep.mean[0] = prep.mean[1] = prep.mean[2] = 0.5f;
    prep.std[0] = prep.std[1] = prep.std[2] = 0.5f;
    nev_normalise(&prep, rgb, x);
    assert_true(x[0] == -1.0f && x[2] == 1.0f);
    for (unsigned i = 0; i < 6; i++) {
        assert_true(x[i] == (float)(((double)rgb[i] / 255.0 - 0.5) / 0.5));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_exact),
        cmocka_unit_test(test_parts_keep_their_lines),
        cmocka_unit_test(test_outputs_do_not_overlap_while_alive),
        cmocka_unit_test(test_work_memory_overlaps_nothing_alive),
        cmocka_unit_test(test_late_outputs_take_no_memory),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_overflow_in_folding_is_refused),
        cmocka_unit_test(test_packing_is_independent_of_threads),
        cmocka_unit_test(test_normalise),
    };

    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
