/* SPDX-License-Identifier: MIT */
/* weights/import/import.c and names.c: whole networks, under every name they go by. */
#include "tests/support/test.h"

#include "tests/weights/network.h"
#include "weights/import/names.h"

static enum nev_naming naming;

static void rename_naming(const char *from, char to[128])
{
    assert_true(nev_name_translate(naming, from, to));
}

static void rename_wrapped(const char *from, char to[128])
{
    snprintf(to, 128, "module.model.%s", from);
}

static void rename_same(const char *from, char to[128])
{
    snprintf(to, 128, "%s", from);
}

static void rename_broken(const char *from, char to[128])
{
    snprintf(to, 128, "%s%s", from, strcmp(from, "features.5.conv.2.weight") == 0 ? "x" : "");
}

/* Verifies: NEV-WT-027 (each naming, by names written out by hand) */
static void test_names(void **state)
{
    static const struct {
        const char *canonical, *timm, *hf;
    } rows[] = {
        {"features.0.0.weight", "conv_stem.weight", "mobilenet_v2.conv_stem.first_conv.convolution.weight"},
        {"features.0.1.running_var", "bn1.running_var",
         "mobilenet_v2.conv_stem.first_conv.normalization.running_var"},
        {"features.1.conv.0.0.weight", "blocks.0.0.conv_dw.weight",
         "mobilenet_v2.conv_stem.conv_3x3.convolution.weight"},
        {"features.1.conv.2.bias", "blocks.0.0.bn2.bias",
         "mobilenet_v2.conv_stem.reduce_1x1.normalization.bias"},
        {"features.2.conv.0.0.weight", "blocks.1.0.conv_pw.weight",
         "mobilenet_v2.layer.0.expand_1x1.convolution.weight"},
        {"features.3.conv.1.1.running_mean", "blocks.1.1.bn2.running_mean",
         "mobilenet_v2.layer.1.conv_3x3.normalization.running_mean"},
        {"features.14.conv.2.weight", "blocks.5.0.conv_pwl.weight",
         "mobilenet_v2.layer.12.reduce_1x1.convolution.weight"},
        {"features.17.conv.3.weight", "blocks.6.0.bn3.weight",
         "mobilenet_v2.layer.15.reduce_1x1.normalization.weight"},
        {"features.18.0.weight", "conv_head.weight", "mobilenet_v2.conv_1x1.convolution.weight"},
        {"features.18.1.bias", "bn2.bias", "mobilenet_v2.conv_1x1.normalization.bias"},
        {"classifier.1.weight", "classifier.weight", "classifier.weight"},
    };
    char out[NEV_IMPORT_NAME_LEN];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(nev_name_translate(NEV_NAMING_TIMM, rows[i].canonical, out));
        assert_string_equal(out, rows[i].timm);
        assert_true(nev_name_translate(NEV_NAMING_HF, rows[i].canonical, out));
        assert_string_equal(out, rows[i].hf);
    }
    assert_false(nev_name_translate(NEV_NAMING_HF, "conv1.weight", out));
    assert_false(nev_name_translate(NEV_NAMING_HF, "features.19.0.weight", out));
    assert_false(nev_name_translate(NEV_NAMING_TIMM, "features.5.conv.4.weight", out));
}

/* Verifies: NEV-WT-027 (MobileNetV2 under torchvision's, timm's, Hugging Face's and wrapped names) */
static void test_mobilenetv2(void **state)
{
    static const struct {
        enum nev_naming naming;
        uint32_t rows;
        enum nev_padding padding;
        double eps;
        float mean;
    } cases[] = {
        {NEV_NAMING_CANONICAL, 1000, NEV_PADDING_SYMMETRIC, 1e-5, 0.485f},
        {NEV_NAMING_TIMM, 1000, NEV_PADDING_SYMMETRIC, 1e-5, 0.485f},
        {NEV_NAMING_HF, 1001, NEV_PADDING_SAME, 1e-3, 0.5f},
        {NEV_NAMING_NONE, 1000, NEV_PADDING_SYMMETRIC, 1e-5, 0.485f}, /* wrapped */
    };
    struct network *n = network_seeded(NEV_NET_MOBILENETV2), *back;
    struct build b = {NULL, 0, 0};
    struct nev_model model;
    struct nev_error err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        naming = cases[i].naming;
        network_safetensors(n, naming == NEV_NAMING_NONE ? rename_wrapped : rename_naming, cases[i].rows, &b);
        assert_int_equal(network_import(b.p, b.len, &model, &back, &err), NEV_OK);
        assert_network_equal(n, back);
        assert_int_equal(model.net, NEV_NET_MOBILENETV2);
        assert_int_equal(model.padding, cases[i].padding);
        assert_true(model.bn_eps == cases[i].eps && model.prep.mean[0] == cases[i].mean);
        assert_int_equal(model.prep.width, 224);
        network_free(back);
        build_free(&b);
    }
    network_safetensors(n, rename_broken, 1000, &b);
    assert_int_equal(network_import(b.p, b.len, &model, &back, &err), NEV_ERR_MISSING);
    assert_string_equal(err.name, "features.5.conv.2.weight");
    network_free(back);
    build_free(&b);
    network_free(n);
}

static void make_darknet(const struct network *n, uint32_t minor, struct build *b)
{
    uint32_t i;

    build_u32(b, 0);
    build_u32(b, minor);
    build_u32(b, 0);
    build_u32(b, 12800000);
    if (minor >= 2) {
        build_u32(b, 0);
    }
    for (i = 0; i < n->list.len; i++) {
        build_bytes(b, n->data[i], 4 * n->len[i]);
    }
}

/* Verifies: NEV-WT-028 (darknet.c: both header widths; a number more or less is refused) */
static void test_darknet(void **state)
{
    struct network *n = network_seeded(NEV_NET_DARKNET19), *back;
    struct build b = {NULL, 0, 0};
    struct nev_model model;
    struct nev_error err;
    uint32_t minor;

    (void)state;
    for (minor = 1; minor <= 2; minor++) {
        make_darknet(n, minor, &b);
        assert_int_equal(network_import(b.p, b.len, &model, &back, &err), NEV_OK);
        assert_network_equal(n, back);
        network_free(back);
        assert_int_equal(model.net, NEV_NET_DARKNET19);
        assert_int_equal(model.bn_form, NEV_BN_EPS_OUTSIDE);
        assert_int_equal(model.prep.width, 256);
        assert_true(model.bn_eps == 1e-6 && model.prep.mean[0] == 0.0f && model.prep.std[2] == 1.0f);
        if (minor == 2) {
            assert_int_equal(network_import(b.p, b.len - 4, &model, &back, &err), NEV_ERR_TRUNCATED);
            network_free(back);
            assert_int_equal(network_import(b.p, b.len - 1, &model, &back, &err), NEV_ERR_TRUNCATED);
            network_free(back);
            build_u32(&b, 0);
            assert_int_equal(network_import(b.p, b.len, &model, &back, &err), NEV_ERR_SHAPE);
            assert_int_equal(err.offset, b.len - 4);
            network_free(back);
        }
        b.len = 0;
    }
    build_u32(&b, 1001);
    build_u32(&b, 0);
    build_u64(&b, 0);
    assert_int_equal(network_import(b.p, b.len, &model, &back, &err), NEV_ERR_UNSUPPORTED);
    build_free(&b);
    network_free(n);
}

/* Verifies: NEV-WT-029 (empty, none of the four, PyTorch's older form) */
static void test_unknown(void **state)
{
    static const uint8_t old[] = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                  0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};
    enum nev_source_kind kind;
    struct nev_error err;
    size_t need, cut;

    (void)state;
    assert_int_equal(nev_import_probe(old, 0, &kind, &need, &err), NEV_ERR_TRUNCATED);
    assert_int_equal(nev_import_probe((const uint8_t *)"hello, world", 12, &kind, &need, &err),
                     NEV_ERR_FORMAT);
    assert_int_equal(nev_import_probe(old, sizeof old, &kind, &need, &err), NEV_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.what, "torch.save"));
    for (cut = 0; cut < 12; cut++) {
        uint8_t *copy = build_exact(old, cut);

        assert_int_not_equal(nev_import_probe(copy, cut, &kind, &need, &err), NEV_OK);
        assert_int_equal(kind, NEV_SOURCE_NONE);
        assert_int_equal(need, 0);
        free(copy);
    }
}

/* Verifies: NEV-WT-029 (a tensor left over, a name twice, an arena one byte short) */
static void test_misfits(void **state)
{
    static const char one[] = "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    struct network *n = network_seeded(NEV_NET_MOBILENETV2), *back;
    struct build b = {NULL, 0, 0};
    enum nev_source_kind kind;
    struct nev_import imp;
    struct nev_arena arena;
    struct nev_model model;
    struct nev_error err;
    size_t need;
    void *memory;

    (void)state;
    snprintf(n->list.name[261], NEV_TENSOR_NAME_LEN, "classifier.1.bias");
    build_u64(&b, sizeof one - 1);
    build_text(&b, one);
    build_u32(&b, 0);
    assert_int_equal(network_import(b.p, b.len, &model, &back, &err), NEV_ERR_NETWORK);
    assert_string_equal(err.name, "x");
    assert_int_equal(nev_import_probe(b.p, b.len, &kind, &need, &err), NEV_OK);
    memory = malloc(need);
    nev_arena_init(&arena, memory, need - 1);
    assert_int_equal(nev_import_open(&imp, b.p, b.len, &arena, &err), NEV_ERR_MEMORY);
    free(memory);
    build_free(&b);
    /* One row of the list repeated at its end, under another name or under its own. */
    n->list.spec[n->list.len] = n->list.spec[0];
    n->data[n->list.len] = malloc(4 * n->len[0]);
    memcpy(n->data[n->list.len], n->data[0], 4 * n->len[0]);
    n->len[n->list.len] = n->len[0];
    n->list.spec[n->list.len++].name = "features.19.0.weight";
    network_safetensors(n, rename_same, 1000, &b);
    assert_int_equal(network_import(b.p, b.len, &model, &back, &err), NEV_ERR_NETWORK);
    assert_string_equal(err.name, "features.19.0.weight");
    network_free(back);
    build_free(&b);
    n->list.spec[n->list.len - 1].name = "module.features.0.0.weight";
    network_safetensors(n, rename_same, 1000, &b);
    assert_int_equal(network_import(b.p, b.len, &model, &back, &err), NEV_ERR_FORMAT);
    network_free(back);
    build_free(&b);
    network_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),   cmocka_unit_test(test_mobilenetv2), cmocka_unit_test(test_darknet),
        cmocka_unit_test(test_unknown), cmocka_unit_test(test_misfits),
    };

    return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
