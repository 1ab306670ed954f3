/* SPDX-License-Identifier: MIT */
/*
 * Real weights on twenty real photographs, against float64 features made with another program, and the three ways
 * ResNet18's weights come in, against each other. Slow: the reference path runs on every picture.
 */
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/base/cpu.h"
#include "tests/support/golden.h"
#include "tests/support/model.h"
#include "tests/support/real.h"

#define PICTURES_MAX 20

/* The paths of the golden data's pictures, in its order. */
static size_t read_list(char list[PICTURES_MAX][256])
{
    FILE *f = fopen(nev_test_shared("golden/real.images.txt"), "r");
    size_t n = 0;

    assert_non_null(f);
    while (n < PICTURES_MAX && fgets(list[n], sizeof list[n], f) != NULL) {
        list[n][strcspn(list[n], "\r\n")] = '\0';
        n += list[n][0] != '\0';
    }
    fclose(f);
    return n;
}

static void check_real(const char *checkpoint, const char *golden_path)
{
    static char list[PICTURES_MAX][256];
    double bound[NEV_FEATURES_LEN], *golden, most[NEV_PATH_LEN] = {0};
    float features[NEV_FEATURES_LEN], of_reference[NEV_FEATURES_LEN];
    struct nev_test_net net[NEV_PATH_LEN];
    struct nev_test_model m;
    size_t rows;

    if (nev_test_checkpoint(checkpoint) == NULL || nev_test_shared(golden_path) == NULL) {
        skip();
        return;
    }
    golden = nev_test_golden_features(nev_test_shared(golden_path), &rows);
    assert_int_equal(read_list(list), rows);
    nev_test_model_import(&m, nev_test_checkpoint(checkpoint));
    for (int p = 0; p < NEV_PATH_LEN; p++) {
        nev_test_net_make(&net[p], &m, (enum nev_path)p, nev_cpu_isas(), 2);
    }
    for (size_t i = 0; i < rows; i++) {
        float *input = nev_test_picture(nev_test_shared(list[i]), &m.weights.model.prep);

        nev_test_golden_bound(&m, &net[NEV_PATH_REFERENCE], input, bound, of_reference);
        for (int p = 0; p < NEV_PATH_LEN; p++) {
            double share;

            if (p != NEV_PATH_REFERENCE) {
                nev_test_net_features(&net[p], input, features);
            }
            share = nev_test_golden_worst(p == NEV_PATH_REFERENCE ? of_reference : features,
                                          golden + i * NEV_FEATURES_LEN, bound);
            most[p] = share > most[p] ? share : most[p];
        }
        free(input);
    }
    printf("# %s, %zu photographs: worst error / bound: fast %.3f, direct %.3f, reference %.3f\n", checkpoint,
           rows, most[NEV_PATH_FAST], most[NEV_PATH_DIRECT], most[NEV_PATH_REFERENCE]);
    for (int p = 0; p < NEV_PATH_LEN; p++) {
        assert_true(most[p] <= 1.0);
        nev_test_net_free(&net[p]);
    }
    nev_test_model_free(&m);
    free(golden);
}

/* Verifies: NEV-NN-018 */
static void test_resnet18_from_pytorch(void **state)
{
    (void)state;
    check_real("weights/resnet18.pth", "golden/real.resnet18.features.npy");
}

/* Verifies: NEV-NN-018 */
static void test_mobilenetv2_from_safetensors(void **state)
{
    (void)state;
    check_real("weights/mobilenetv2_tf.safetensors", "golden/real.mobilenetv2_tf.features.npy");
}

/* Verifies: NEV-NN-019 (ONNX's folded weights against PyTorch's: features agree within the bound) */
static void test_onnx_agrees_with_pytorch(void **state)
{
    static char list[PICTURES_MAX][256];
    struct nev_test_model pth, onnx;
    struct nev_test_net a, b, reference;
    float from_pth[NEV_FEATURES_LEN], from_onnx[NEV_FEATURES_LEN], *input;
    double bound[NEV_FEATURES_LEN], golden[NEV_FEATURES_LEN];

    (void)state;
    if (nev_test_checkpoint("weights/resnet18.onnx") == NULL ||
        nev_test_checkpoint("weights/resnet18.pth") == NULL || read_list(list) == 0) {
        skip();
        return;
    }
    nev_test_model_import(&pth, nev_test_checkpoint("weights/resnet18.pth"));
    nev_test_model_import(&onnx, nev_test_checkpoint("weights/resnet18.onnx"));
    nev_test_net_make(&a, &pth, NEV_PATH_FAST, nev_cpu_isas(), 2);
    nev_test_net_make(&b, &onnx, NEV_PATH_FAST, nev_cpu_isas(), 2);
    nev_test_net_make(&reference, &pth, NEV_PATH_REFERENCE, NEV_ISA_C, 2);
    input = nev_test_picture(nev_test_shared(list[0]), &pth.weights.model.prep);
    nev_test_golden_bound(&pth, &reference, input, bound, from_pth);
    nev_test_net_features(&a, input, from_pth);
    nev_test_net_features(&b, input, from_onnx);
    for (size_t i = 0; i < NEV_FEATURES_LEN; i++) {
        golden[i] = (double)from_pth[i];
    }
    assert_true(nev_test_golden_worst(from_onnx, golden, bound) <= 1.0);
    free(input);
    nev_test_net_free(&a);
    nev_test_net_free(&b);
    nev_test_net_free(&reference);
    nev_test_model_free(&pth);
    nev_test_model_free(&onnx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resnet18_from_pytorch),
        cmocka_unit_test(test_mobilenetv2_from_safetensors),
        cmocka_unit_test(test_onnx_agrees_with_pytorch),
    };

    return cmocka_run_group_tests_name("real", tests, NULL, NULL);
}
