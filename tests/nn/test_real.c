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

#include "io/image.h"
#include "nn/base/cpu.h"
#include "nn/base/size.h"
#include "tests/support/golden.h"
#include "tests/support/model.h"
#include "weights/import/import.h"

#define PICTURES_MAX 20

static void must(enum nev_status status, const struct nev_error *err)
{
    if (status != NEV_OK) {
        fail_msg("%s: %s (%s)", nev_status_name(status), err->what, err->name);
    }
}

/* Imports a checkpoint into a model file in memory. */
static void import_model(struct nev_test_model *m, const char *path)
{
    static struct nev_tensor_spec specs[NEV_TENSORS_MAX];
    static char names[NEV_TENSORS_MAX][NEV_TENSOR_NAME_LEN];
    size_t source_bytes, arena_bytes, file_bytes, len;
    uint8_t *source = nev_test_read(path, &source_bytes), *file;
    enum nev_source_kind kind;
    struct nev_import imp;
    struct nev_model model;
    struct nev_arena arena;
    struct nev_error err;
    void *mem;

    must(nev_import_probe(source, source_bytes, &kind, &arena_bytes, &err), &err);
    mem = malloc(arena_bytes + NEV_ALIGN);
    assert_non_null(mem);
    nev_arena_init(&arena, mem, arena_bytes + NEV_ALIGN);
    must(nev_import_open(&imp, source, source_bytes, &arena, &err), &err);
    must(nev_import_identify(&imp, &model, &err), &err);
    for (uint32_t i = 0; i < nev_net_tensor_len(model.net); i++) {
        nev_net_tensor_spec(model.net, i, &specs[i], names[i]);
    }
    must(nev_import_bind(&imp, model.net, specs, nev_net_tensor_len(model.net), &err), &err);
    assert_int_equal(nev_weights_write_bytes(specs, nev_net_tensor_len(model.net), &file_bytes), NEV_OK);
    file = aligned_alloc(NEV_ALIGN, file_bytes);
    assert_non_null(file);
    strcpy(model.source_name, "test");
    assert_int_equal(nev_weights_write_begin(&model, specs, nev_net_tensor_len(model.net), file, file_bytes),
                     NEV_OK);
    for (uint32_t i = 0; i < nev_net_tensor_len(model.net); i++) {
        must(nev_import_store(&imp, i, &specs[i], nev_weights_payload(file, i, &len), &err), &err);
    }
    nev_weights_write_end(file, file_bytes);
    nev_test_model_open(m, file, file_bytes);
    free(mem);
    free(source);
}

/* A photograph, which must already have the network's size, as input. */
static float *read_picture(const char *path, const struct nev_prep *prep)
{
    size_t bytes;
    uint8_t *file = nev_test_read(path, &bytes), *rgb;
    float *input = malloc((size_t)prep->width * prep->height * 3 * sizeof *input);
    struct nev_image_info info;
    struct nev_error err;
    void *scratch;

    must(nev_image_probe(file, bytes, NEV_IMAGE_PIXELS_MAX, &info, &err), &err);
    assert_int_equal(info.upright_width, prep->width);
    assert_int_equal(info.upright_height, prep->height);
    rgb = malloc(info.rgb_bytes);
    scratch = aligned_alloc(NEV_ALIGN, (info.scratch_bytes + NEV_ALIGN) / NEV_ALIGN * NEV_ALIGN);
    assert_true(input != NULL && rgb != NULL && scratch != NULL);
    must(nev_image_decode(file, bytes, &info, NEV_IMAGE_RGB, rgb, info.rgb_bytes, scratch, info.scratch_bytes,
                          &err),
         &err);
    nev_normalise(prep, rgb, input);
    free(scratch);
    free(rgb);
    free(file);
    return input;
}

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
    import_model(&m, nev_test_checkpoint(checkpoint));
    for (int p = 0; p < NEV_PATH_LEN; p++) {
        nev_test_net_make(&net[p], &m, (enum nev_path)p, nev_cpu_isas(), 2);
    }
    for (size_t i = 0; i < rows; i++) {
        float *input = read_picture(nev_test_shared(list[i]), &m.weights.model.prep);

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
    import_model(&pth, nev_test_checkpoint("weights/resnet18.pth"));
    import_model(&onnx, nev_test_checkpoint("weights/resnet18.onnx"));
    nev_test_net_make(&a, &pth, NEV_PATH_FAST, nev_cpu_isas(), 2);
    nev_test_net_make(&b, &onnx, NEV_PATH_FAST, nev_cpu_isas(), 2);
    nev_test_net_make(&reference, &pth, NEV_PATH_REFERENCE, NEV_ISA_C, 2);
    input = read_picture(nev_test_shared(list[0]), &pth.weights.model.prep);
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
