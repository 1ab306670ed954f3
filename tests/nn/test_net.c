/* SPDX-License-Identifier: MIT */
/* The tables themselves: net.c, resnet18.c, darknet19.c, mobilenetv2.c. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "nn/net.h"
#include "nn/nn.h"

static const enum nev_net nets[] = {NEV_NET_RESNET18, NEV_NET_DARKNET19, NEV_NET_MOBILENETV2};
#define NETS_LEN (sizeof nets / sizeof nets[0])

/* Verifies: NEV-NN-005 (every reference names an earlier row, names are unique and fit) */
static void test_rows_are_sound(void **state)
{
    (void)state;
    for (size_t n = 0; n < NETS_LEN; n++) {
        const struct nev_table *table = nev_table_of(nets[n]);

        assert_true(table->len <= NEV_LAYERS_MAX && table->len <= NEV_STEPS_MAX);
        for (uint32_t i = 0; i < table->len; i++) {
            const struct nev_layer *row = &table->layer[i];
            unsigned in = row->in == NULL, also = row->also == NULL;

            assert_true(strlen(row->name) + sizeof ".running_mean" <= NEV_TENSOR_NAME_LEN);
            for (uint32_t j = 0; j < i; j++) {
                assert_string_not_equal(table->layer[j].name, row->name);
                in += row->in != NULL && strcmp(table->layer[j].name, row->in) == 0;
                also += row->also != NULL && strcmp(table->layer[j].name, row->also) == 0;
            }
            assert_int_equal(in, 1);
            assert_int_equal(also, 1);
            assert_int_equal(row->op == NEV_OP_ADD, row->also != NULL);
            assert_true(row->k >= 1 && row->k <= 7 && row->s >= 1);
        }
    }
}

/* Verifies: NEV-NN-005 (what fusing relies on: an addition follows a convolution without activation that
 * nobody else reads) */
static void test_additions_follow_their_convolution(void **state)
{
    unsigned additions = 0;

    (void)state;
    for (size_t n = 0; n < NETS_LEN; n++) {
        const struct nev_table *table = nev_table_of(nets[n]);

        for (uint32_t i = 1; i < table->len; i++) {
            const struct nev_layer *add = &table->layer[i], *conv = &table->layer[i - 1];

            if (add->op != NEV_OP_ADD) {
                continue;
            }
            additions++;
            assert_int_equal(conv->op, NEV_OP_CONV);
            assert_int_equal(conv->act, NEV_ACT_NONE);
            assert_true(add->in == NULL);
            assert_string_not_equal(add->also, conv->name);
            for (uint32_t j = i + 1; j < table->len; j++) {
                assert_true(table->layer[j].in == NULL || strcmp(table->layer[j].in, conv->name) != 0);
                assert_true(table->layer[j].also == NULL || strcmp(table->layer[j].also, conv->name) != 0);
            }
        }
    }
    assert_int_equal(additions, 8 + 10); /* ResNet18's blocks, MobileNetV2's residual ones */
}

/* Verifies: NEV-NN-005 (parameter counts: torchvision's documentation for ResNet18, 11,689,512, and
 * MobileNetV2, 3,504,872, which do not count running statistics; Darknet19: 20,842,376 by its cfg, the same
 * way) */
static void test_parameter_counts(void **state)
{
    static const uint32_t expected[NETS_LEN] = {11689512, 20842376, 3504872};

    (void)state;
    for (size_t n = 0; n < NETS_LEN; n++) {
        uint32_t i, parameters = 0;

        for (i = 0; i < nev_net_tensor_len(nets[n]); i++) {
            struct nev_tensor_spec s;
            char name[NEV_TENSOR_NAME_LEN];

            nev_net_tensor_spec(nets[n], i, &s, name);
            if (s.kind != NEV_TENSOR_MEAN && s.kind != NEV_TENSOR_VAR) {
                parameters += s.dim[0] * s.dim[1] * s.dim[2] * s.dim[3];
            }
        }
        assert_int_equal(parameters, expected[n]);
    }
}

static void compare_tensors(const char *path, enum nev_net net)
{
    FILE *f = fopen(path, "r");
    char line[200], name[NEV_TENSOR_NAME_LEN], golden[100], shape[100], ours[100], kind[20];
    static const char *const kinds[] = {"w", "b", "gamma", "beta", "mean", "var"};
    struct nev_tensor_spec s;
    uint32_t i = 0, stream;

    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    for (; fgets(line, sizeof line, f) != NULL; i++) {
        assert_int_equal(sscanf(line, "%u %99s %99s %19s", &stream, golden, shape, kind), 4);
        assert_int_equal(stream, i);
        nev_net_tensor_spec(net, i, &s, name);
        assert_string_equal(s.name, golden);
        assert_string_equal(kinds[s.kind], kind);
        if (s.ndim == 1) {
            snprintf(ours, sizeof ours, "%u", s.dim[0]);
        } else if (s.ndim == 2) {
            snprintf(ours, sizeof ours, "%ux%u", s.dim[0], s.dim[1]);
        } else {
            snprintf(ours, sizeof ours, "%ux%ux%ux%u", s.dim[0], s.dim[1], s.dim[2], s.dim[3]);
        }
        assert_string_equal(ours, shape);
    }
    assert_int_equal(i, nev_net_tensor_len(net));
    fclose(f);
}

/* Verifies: NEV-NN-006 (names, order, shapes and kinds as the checkpoints have them) */
static void test_tensor_lists(void **state)
{
    (void)state;
    if (nev_test_shared("golden/resnet18.tensors.tsv") == NULL) {
        skip();
        return;
    }
    compare_tensors(nev_test_shared("golden/resnet18.tensors.tsv"), NEV_NET_RESNET18);
    compare_tensors(nev_test_shared("golden/darknet19.tensors.tsv"), NEV_NET_DARKNET19);
    compare_tensors(nev_test_shared("golden/mobilenetv2.tensors.tsv"), NEV_NET_MOBILENETV2);
}

/* Verifies: NEV-NN-007 (SAME padding: an even picture is padded at the bottom and right only, an odd one on
 * both sides) */
static void test_same_padding(void **state)
{
    struct nev_shape shape[NEV_LAYERS_MAX];
    struct nev_model model;

    (void)state;
    nev_net_model(NEV_NET_MOBILENETV2, &model);
    assert_int_equal(nev_table_shapes(&nev_table_mobilenetv2, &model, shape, NULL), NEV_OK);
    assert_int_equal(shape[0].pad_top, 1);
    assert_int_equal(shape[0].oh, 112);
    model.padding = NEV_PADDING_SAME;
    assert_int_equal(nev_table_shapes(&nev_table_mobilenetv2, &model, shape, NULL), NEV_OK);
    assert_int_equal(shape[0].pad_top, 0);
    assert_int_equal(shape[0].pad_left, 0);
    assert_int_equal(shape[0].oh, 112);
    assert_int_equal(shape[1].pad_top, 1); /* stride 1 */
    model.prep.height = 225;
    assert_int_equal(nev_table_shapes(&nev_table_mobilenetv2, &model, shape, NULL), NEV_OK);
    assert_int_equal(shape[0].oh, 113);
    assert_int_equal(shape[0].pad_top, 1);
    assert_int_equal(shape[0].pad_left, 0);
}

/* Verifies: NEV-NN-007 (a picture too small or too large is refused by name) */
static void test_sizes_are_checked(void **state)
{
    struct nev_shape shape[NEV_LAYERS_MAX];
    struct nev_model model;
    struct nev_error err;

    (void)state;
    nev_net_model(NEV_NET_DARKNET19, &model);
    model.prep.width = 31;
    assert_int_equal(nev_table_shapes(&nev_table_darknet19, &model, shape, &err), NEV_ERR_SHAPE);
    assert_string_equal(err.name, "maxpool5");
    assert_int_equal(err.offset, NEV_WEIGHTS_AT_WIDTH);
    model.prep.width = 32;
    model.prep.height = 31;
    assert_int_equal(nev_table_shapes(&nev_table_darknet19, &model, shape, &err), NEV_ERR_SHAPE);
    assert_int_equal(err.offset, NEV_WEIGHTS_AT_HEIGHT);
    model.prep.height = 32;
    model.prep.width = 32;
    assert_int_equal(nev_table_shapes(&nev_table_darknet19, &model, shape, &err), NEV_OK);
    model.prep.width = 0;
    assert_int_equal(nev_table_shapes(&nev_table_darknet19, &model, shape, &err), NEV_ERR_LIMIT);
    model.prep.width = NEV_INPUT_SIDE_MAX;
    model.prep.height = NEV_INPUT_SIDE_MAX;
    assert_int_equal(nev_table_shapes(&nev_table_darknet19, &model, shape, &err), NEV_OK);
    model.prep.width = NEV_INPUT_SIDE_MAX + 1;
    assert_int_equal(nev_table_shapes(&nev_table_darknet19, &model, shape, &err), NEV_ERR_LIMIT);
    assert_int_equal(err.offset, NEV_WEIGHTS_AT_WIDTH);
    assert_string_equal(err.name, "width");
    model.prep.width = 32;
    model.prep.height = NEV_INPUT_SIDE_MAX + 1;
    assert_int_equal(nev_table_shapes(&nev_table_darknet19, &model, shape, &err), NEV_ERR_LIMIT);
    assert_int_equal(err.offset, NEV_WEIGHTS_AT_HEIGHT);
}

/* Verifies: NEV-NN-008 */
static void test_names(void **state)
{
    struct nev_model model;

    (void)state;
    for (size_t n = 0; n < NETS_LEN; n++) {
        assert_int_equal(nev_net_from_name(nev_net_name(nets[n])), nets[n]);
        assert_non_null(nev_net_layer_name(nets[n], nev_net_layer_len(nets[n]) - 1));
        assert_null(nev_net_layer_name(nets[n], nev_net_layer_len(nets[n])));
    }
    assert_string_equal(nev_net_paper_layer(NEV_NET_RESNET18), "fc1000");
    assert_string_equal(nev_net_paper_layer(NEV_NET_DARKNET19), "conv19");
    assert_string_equal(nev_net_paper_layer(NEV_NET_MOBILENETV2), "Logits");
    assert_int_equal(nev_net_from_name("vgg16"), NEV_NET_NONE);
    assert_string_equal(nev_net_name(NEV_NET_NONE), "none");
    assert_int_equal(nev_net_tensor_len(NEV_NET_NONE), 0);
    assert_int_equal(nev_net_layer_len(NEV_NET_NONE), 0);
    assert_null(nev_net_paper_layer(NEV_NET_NONE));
    nev_net_model(NEV_NET_NONE, &model);
    assert_int_equal(model.prep.width, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_sound),
        cmocka_unit_test(test_additions_follow_their_convolution),
        cmocka_unit_test(test_parameter_counts),
        cmocka_unit_test(test_tensor_lists),
        cmocka_unit_test(test_same_padding),
        cmocka_unit_test(test_sizes_are_checked),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
