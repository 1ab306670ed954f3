/* SPDX-License-Identifier: MIT */
#include "tests/support/model.h"

#include <stdlib.h>
#include <string.h>

#include "nn/base/size.h"
#include "tests/support/test.h"

const char *nev_test_variant_name(enum test_variant variant)
{
    static const char *const names[TEST_VARIANTS] = {"resnet18", "darknet19", "mobilenetv2",
                                                     "mobilenetv2_tf"};

    return names[variant];
}

static void variant_model(enum test_variant variant, struct nev_model *model)
{
    static const enum nev_net nets[TEST_VARIANTS] = {NEV_NET_RESNET18, NEV_NET_DARKNET19, NEV_NET_MOBILENETV2,
                                                     NEV_NET_MOBILENETV2};

    nev_net_model(nets[variant], model);
    if (variant == TEST_MOBILENETV2_TF) {
        model->padding = NEV_PADDING_SAME;
        model->bn_eps = 1e-3;
    }
    strcpy(model->source_name, "seeded:0");
}

static void *aligned(size_t bytes)
{
    void *p = aligned_alloc(NEV_ALIGN, (bytes + NEV_ALIGN - 1) / NEV_ALIGN * NEV_ALIGN);

    assert_non_null(p);
    return p;
}

void nev_test_model_open(struct nev_test_model *m, uint8_t *file, size_t file_bytes)
{
    struct nev_error err;

    m->file = file;
    m->file_bytes = file_bytes;
    if (nev_weights_open(&m->weights, file, file_bytes, &err) != NEV_OK ||
        nev_weights_verify(&m->weights, &err) != NEV_OK) {
        fail_msg("model refused: %s (%s)", err.what, err.name);
    }
}

void nev_test_model_seeded(struct nev_test_model *m, enum test_variant variant)
{
    static char names[NEV_TENSORS_MAX][NEV_TENSOR_NAME_LEN];
    static struct nev_tensor_spec specs[NEV_TENSORS_MAX];
    struct nev_model model;
    uint32_t len, i;
    size_t bytes, elements;
    uint8_t *file;

    variant_model(variant, &model);
    len = nev_net_tensor_len(model.net);
    for (i = 0; i < len; i++) {
        nev_net_tensor_spec(model.net, i, &specs[i], names[i]);
    }
    assert_int_equal(nev_weights_write_bytes(specs, len, &bytes), NEV_OK);
    file = aligned(bytes);
    assert_int_equal(nev_weights_write_begin(&model, specs, len, file, bytes), NEV_OK);
    for (i = 0; i < len; i++) {
        nev_seeded_fill(&specs[i], i, nev_weights_payload(file, i, &elements));
    }
    nev_weights_write_end(file, bytes);
    nev_test_model_open(m, file, bytes);
}

void nev_test_model_free(struct nev_test_model *m)
{
    free(m->file);
}

void nev_test_net_make(struct nev_test_net *net, const struct nev_test_model *m, enum nev_path path,
                       uint32_t isas, uint32_t parts)
{
    struct nev_error err;

    if (nev_plan_make(&net->plan, &m->weights.model, path, parts, &err) != NEV_OK) {
        fail_msg("plan refused: %s (%s)", err.what, err.name);
    }
    net->parallel = nev_parallel_threads(parts);
    net->parallel.parts = parts; /* without OpenMP the parts run one after another */
    net->packed = aligned(net->plan.packed_bytes);
    net->arena = aligned(net->plan.arena_bytes);
    if (nev_plan_pack(&net->plan, &m->weights, net->packed, net->plan.packed_bytes, &net->parallel, &err) !=
        NEV_OK) {
        fail_msg("packing refused: %s (%s)", err.what, err.name);
    }
    memset(&net->run, 0, sizeof net->run);
    net->run.plan = &net->plan;
    net->run.packed = net->packed;
    net->run.kernels = nev_kernels_select(isas);
    net->run.parallel = &net->parallel;
    net->run.arena = net->arena;
    net->run.arena_bytes = net->plan.arena_bytes;
}

void nev_test_net_free(struct nev_test_net *net)
{
    free(net->packed);
    free(net->arena);
}

void nev_test_net_features(const struct nev_test_net *net, const float *input,
                           float features[NEV_FEATURES_LEN])
{
    struct nev_error err;

    if (nev_run_image(&net->run, input, features, &err) != NEV_OK) {
        fail_msg("run refused: %s (%s)", err.what, err.name);
    }
}

float *nev_test_input(const struct nev_prep *prep, uint32_t picture)
{
    size_t len = (size_t)prep->width * prep->height * 3, i;
    float *input = malloc(len * sizeof *input);

    assert_non_null(input);
    for (i = 0; i < len; i++) {
        uint32_t x = (uint32_t)i + (1000 + picture) * 0x9E3779B9u; /* golden/make.py states the formula */

        x = (x ^ x >> 16) * 0x7FEB352Du;
        x = (x ^ x >> 15) * 0x846CA68Bu;
        x ^= x >> 16;
        input[i] = (float)(2.0 * (((double)x + 0.5) / 4294967296.0 - 0.5));
    }
    return input;
}
