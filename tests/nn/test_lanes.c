/* SPDX-License-Identifier: MIT */
/*
 * Whole networks, layer by layer, on vectors of 4, 8 and 16 lanes and on every instruction set here (all.inc):
 * the same bits at every layer's output.
 */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "nn/base/cpu.h"
#include "tests/support/lanes.h"
#include "tests/support/model.h"

/* Outputs of the layers in the order they run. */
struct record {
    float *data;
    size_t len, room;
};

static void keep(void *ctx, const struct nev_trace_event *event)
{
    struct record *record = ctx;
    size_t len = (size_t)event->h * event->w * event->c;

    if (record->len + len > record->room) {
        record->room = 2 * (record->len + len);
        record->data = realloc(record->data, record->room * sizeof *record->data);
        assert_non_null(record->data);
    }
    memcpy(record->data + record->len, event->data, len * sizeof *record->data);
    record->len += len;
}

static void compare_sets(const struct nev_test_model *m, enum nev_path path, const float *input)
{
    const struct nev_kernels *sets[NEV_TEST_SETS_MAX];
    size_t sets_len = nev_test_kernel_sets(sets);
    struct record first = {NULL, 0, 0}, other = {NULL, 0, 0};
    const struct nev_trace trace_first = {keep, &first}, trace_other = {keep, &other};
    float features[2][NEV_FEATURES_LEN];
    struct nev_test_net net;

    nev_test_net_make(&net, m, path, NEV_ISA_C, 3);
    for (size_t s = 0; s < sets_len; s++) {
        other.len = 0;
        net.run.kernels = sets[s];
        net.run.trace = s == 0 ? &trace_first : &trace_other;
        memset(net.arena, 0xA5, net.plan.arena_bytes);
        nev_test_net_features(&net, input, features[s != 0]);
        if (s > 0) {
            assert_int_equal(other.len, first.len);
            if (memcmp(other.data, first.data, first.len * sizeof *first.data) != 0 ||
                memcmp(features[0], features[1], sizeof features[0]) != 0) {
                fail_msg("%s: %s differs from %s", nev_net_name(m->weights.model.net),
                         nev_kernels_name(sets[s]), nev_kernels_name(sets[0]));
            }
        }
    }
    free(first.data);
    free(other.data);
    nev_test_net_free(&net);
}

/* Verifies: NEV-NN-050 */
static void test_networks_at_every_width(void **state)
{
    (void)state;
    for (int variant = 0; variant < TEST_VARIANTS; variant++) {
        struct nev_test_model m;
        float *input;

        nev_test_model_seeded(&m, (enum test_variant)variant);
        m.weights.model.prep.width = 38; /* no layer's width is a multiple of a tile's */
        m.weights.model.prep.height = 33;
        input = nev_test_input(&m.weights.model.prep, 0);
        compare_sets(&m, NEV_PATH_FAST, input);
        compare_sets(&m, NEV_PATH_DIRECT, input);
        free(input);
        nev_test_model_free(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_networks_at_every_width)};

    return cmocka_run_group_tests_name("lanes", tests, NULL, NULL);
}
