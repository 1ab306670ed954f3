/* SPDX-License-Identifier: MIT */
/* The public checkpoints, through torch.c, onnx.c, onnx_walk.c and safetensors.c; SKIP where they are absent.
 */
#include "tests/support/test.h"

#include <math.h>

#include "tests/weights/network.h"

static struct network *import_shared(const char *name, struct nev_model *model)
{
    const char *path = nev_test_checkpoint(name);
    struct network *n;
    struct nev_error err;
    uint8_t *data;
    size_t bytes;

    if (path == NULL) {
        return NULL;
    }
    data = nev_test_read(path, &bytes);
    if (network_import(data, bytes, model, &n, &err) != NEV_OK) {
        fail_msg("%s: %s (%s)", name, err.what, err.name);
    }
    free(data);
    return n;
}

static void rename_same(const char *from, char to[128])
{
    snprintf(to, 128, "%s", from);
}

/* Verifies: NEV-WT-030 (ResNet18 by .pth and, written again, by .safetensors: the same bytes) */
static void test_resnet18_pth(void **state)
{
    struct nev_model model;
    struct network *n = import_shared("weights/resnet18.pth", &model), *back;
    struct build b = {NULL, 0, 0};
    struct nev_error err;

    (void)state;
    if (n == NULL) {
        skip();
    }
    assert_int_equal(model.net, NEV_NET_RESNET18);
    assert_true(model.bn_eps == 1e-5);
    network_safetensors(n, rename_same, 1000, &b);
    assert_int_equal(network_import(b.p, b.len, &model, &back, &err), NEV_OK);
    assert_network_equal(n, back);
    network_free(back);
    network_free(n);
    build_free(&b);
}

static double at(const struct network *n, uint32_t tensor, size_t i)
{
    return (double)nev_load_f32le(n->data[tensor] + 4 * i);
}

/*
 * Verifies: NEV-WT-031 (ResNet18's ONNX export, whose batch norms are folded, against folding those of the
 * .pth in float64).
 * The exporter folds in float32: w * (gamma * rsqrt(var + eps)) has four roundings (sum, root, two products),
 * so each weight is within 4 * 2^-24 of it, and (bias - mean) * scale + beta within 6 * 2^-24 of its terms'
 * sum.
 */
static void test_resnet18_onnx(void **state)
{
    struct nev_model pth, onnx;
    struct network *a = import_shared("weights/resnet18.pth", &pth);
    struct network *b = import_shared("weights/resnet18.onnx", &onnx);
    uint32_t t, c;
    size_t i;

    (void)state;
    if (a == NULL || b == NULL) {
        network_free(a);
        network_free(b);
        skip();
    }
    for (t = 0; t + 2 < a->list.len; t += 5) { /* weight, gamma, beta, mean, variance */
        size_t row = a->len[t] / a->len[t + 1];

        for (c = 0; c < a->len[t + 1]; c++) {
            double scale = at(a, t + 1, c) / sqrt(at(a, t + 4, c) + pth.bn_eps);
            double drop = at(a, t + 3, c) * scale, beta = at(a, t + 2, c);

            for (i = c * row; i < (c + 1) * row; i++) {
                double want = at(a, t, i) * scale;

                assert_true(fabs(at(b, t, i) - want) <= 4 * 0x1p-24 * fabs(want) + 0x1p-149);
            }
            assert_true(fabs(at(b, t + 2, c) - (beta - drop)) <= 6 * 0x1p-24 * (fabs(beta) + fabs(drop)));
            /* What stands for the folded norm is exactly the identity. */
            assert_true(at(b, t + 1, c) / sqrt(at(b, t + 4, c) + onnx.bn_eps) == 1.0);
            assert_true(at(b, t + 3, c) == 0.0);
        }
    }
    assert_memory_equal(a->data[t], b->data[t], 4 * a->len[t]);
    assert_memory_equal(a->data[t + 1], b->data[t + 1], 4 * a->len[t + 1]);
    network_free(a);
    network_free(b);
}

/* Verifies: NEV-WT-032 (TensorFlow's MobileNetV2: SAME padding, 1001 classes, eps 1e-3, pixels in [-1,1]) */
static void test_mobilenetv2_tf(void **state)
{
    struct nev_model model;
    struct network *n = import_shared("weights/mobilenetv2_tf.safetensors", &model);

    (void)state;
    if (n == NULL) {
        skip();
    }
    assert_int_equal(model.net, NEV_NET_MOBILENETV2);
    assert_int_equal(model.padding, NEV_PADDING_SAME);
    assert_true(model.bn_eps == 1e-3 && model.prep.mean[1] == 0.5f && model.prep.std[1] == 0.5f);
    network_free(n);
}

/* Verifies: NEV-WT-033 (the real files, cut short at sampled places and at every byte of their frames) */
static void test_truncated(void **state)
{
    static const char *const names[] = {"weights/resnet18.pth", "weights/resnet18.onnx",
                                        "weights/mobilenetv2_tf.safetensors"};
    struct nev_model model;
    struct nev_error err;
    struct network *n;
    size_t i, bytes, cut, step;
    bool is_missing = false;

    (void)state;
    for (i = 0; i < 3; i++) {
        const char *path = nev_test_checkpoint(names[i]);
        uint8_t *data;

        if (path == NULL) {
            is_missing = true;
            continue;
        }
        data = nev_test_read(path, &bytes);
        for (cut = 0; cut < bytes; cut += step) {
            step = cut < 2000 || bytes - cut < 200 ? 1 : bytes / 97;
            step = step > 1 && bytes - cut <= step + 200 ? bytes - cut - 199 : step;
            assert_int_not_equal(network_import(data, cut, &model, &n, &err), NEV_OK);
            network_free(n);
        }
        free(data);
    }
    if (is_missing) {
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resnet18_pth),
        cmocka_unit_test(test_resnet18_onnx),
        cmocka_unit_test(test_mobilenetv2_tf),
        cmocka_unit_test(test_truncated),
    };

    return cmocka_run_group_tests_name("real", tests, NULL, NULL);
}
