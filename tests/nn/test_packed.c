/* SPDX-License-Identifier: MIT */
/* nn/packed.c: packed files give the canonical file's bits, say how each layer is computed, and are refused where the
 * network cannot be computed so. */
#include <stdlib.h>
#include <string.h>

#include "nn/algorithm.h"
#include "nn/base/bytes.h"
#include "nn/base/cpu.h"
#include "tests/support/model.h"
#include "tests/support/test.h"
#include "tests/weights/sample.h"

#define SIDE 64u

/* What a packed file of a plan is made of, to be changed before it is written. */
struct draft {
    uint32_t len;
    struct nev_tensor_spec spec[NEV_TENSORS_MAX];
    char name[NEV_TENSORS_MAX][NEV_TENSOR_NAME_LEN];
    enum nev_layer_algorithm algorithm[NEV_TENSORS_MAX];
    enum nev_profile profile;
};

static struct draft draft;

static void draft_of(const struct nev_plan *plan)
{
    memset(&draft, 0, sizeof draft);
    draft.len = nev_packed_len(plan);
    draft.profile = plan->path == NEV_PATH_DIRECT ? NEV_PROFILE_DIRECT : NEV_PROFILE_FAST;
    for (uint32_t i = 0; i < draft.len; i++) {
        draft.algorithm[i] = nev_packed_spec(plan, i, &draft.spec[i], draft.name[i]);
    }
}

/* The file of the draft, its payloads zero, from malloc; signed as far as opening looks. */
static uint8_t *write_draft(const struct nev_model *model, size_t *bytes)
{
    const uint8_t canonical[NEV_SHA256_BYTES] = {7};
    const struct nev_packing packing = {draft.profile, canonical, draft.algorithm};
    uint8_t *file;

    assert_int_equal(nev_weights_write_packed_bytes(&packing, draft.spec, draft.len, bytes), NEV_OK);
    *bytes = (*bytes + NEV_ALIGN - 1) / NEV_ALIGN * NEV_ALIGN;
    file = aligned_alloc(NEV_ALIGN, *bytes);
    assert_non_null(file);
    assert_int_equal(nev_weights_write_packed_begin(model, &packing, draft.spec, draft.len, file, *bytes),
                     NEV_OK);
    sample_sign_head(file, NEV_NVW_HEADER_BYTES + draft.len * NEV_NVW_ENTRY_BYTES,
                     (size_t)nev_load_u64le(file + NEV_NVW_AT_PAYLOAD));
    return file;
}

/* The packed file of a plan and a canonical model, packed by so many parts. */
static uint8_t *pack_file(const struct nev_plan *plan, const struct nev_weights *weights, uint32_t parts,
                          size_t *bytes)
{
    struct nev_parallel par = nev_parallel_threads(parts);
    struct nev_error err;
    size_t len;
    uint8_t *file;

    par.parts = parts;
    draft_of(plan);
    file = write_draft(&plan->model, bytes);
    if (nev_packed_store(plan, weights, nev_weights_payload(file, 0, &len), plan->packed_bytes, &par, &err) !=
        NEV_OK) {
        fail_msg("packing refused: %s (%s)", err.what, err.name);
    }
    nev_weights_write_end(file, *bytes);
    return file;
}

static void open_file(struct nev_weights *w, const uint8_t *file, size_t bytes)
{
    struct nev_error err;

    if (nev_weights_open(w, file, bytes, &err) != NEV_OK ||
        nev_weights_verify_by(w, NULL, nev_cpu_isas(), &err) != NEV_OK) {
        fail_msg("packed file refused: %s (%s) at %llu", err.what, err.name, (unsigned long long)err.offset);
    }
}

static void run_packed(const struct nev_plan *plan, const void *packed, const float *input, float *features)
{
    struct nev_error err;
    struct nev_run run = {.plan = plan, .packed = packed, .kernels = nev_kernels_select(nev_cpu_isas())};

    run.arena_bytes = plan->arena_bytes;
    run.arena = aligned_alloc(NEV_ALIGN, run.arena_bytes);
    assert_non_null(run.arena);
    assert_int_equal(nev_run_image(&run, input, features, &err), NEV_OK);
    free(run.arena);
}

/* What the file holds is what packing at load makes, little-endian. */
static void same_payload(const struct nev_test_net *net, const struct nev_weights *w)
{
    const uint8_t *payload = w->base + w->payload_offset;

    assert_int_equal(w->bytes - w->payload_offset, net->plan.packed_bytes);
    if (nev_is_little_endian()) {
        assert_memory_equal(payload, net->packed, net->plan.packed_bytes);
        return;
    }
    for (size_t i = 0; i < net->plan.packed_bytes; i += 4) {
        float v;

        memcpy(&v, net->packed + i, 4);
        assert_true(nev_f32_bits(v) == nev_load_u32le(payload + i));
    }
}

/* A packed file's features, used in place and through memory, from bytes that lie well and from bytes that do not. */
static void same_features(const uint8_t *file, size_t bytes, enum nev_path path, const float *input,
                          const float *expected)
{
    float features[NEV_FEATURES_LEN];
    uint8_t *askew = malloc(bytes + NEV_ALIGN + 4), *moved = askew + 4, *packed;
    struct nev_weights w;
    struct nev_plan plan;
    struct nev_error err;
    const void *in_place;

    assert_non_null(askew);
    open_file(&w, file, bytes);
    assert_int_equal(nev_plan_make_for(&plan, &w, path, 1, 1, &err), NEV_OK);
    in_place = nev_plan_in_place(&plan, &w);
    assert_int_equal(in_place != NULL, nev_is_little_endian());
    if (in_place != NULL) {
        assert_ptr_equal(in_place, file + w.payload_offset);
        run_packed(&plan, in_place, input, features);
        assert_memory_equal(features, expected, sizeof features);
    }
    memcpy(moved, file, bytes); /* malloc gives multiples of 16: never one of 64 */
    assert_int_equal(nev_weights_open(&w, moved, bytes, &err), NEV_OK);
    assert_null(nev_plan_in_place(&plan, &w));
    packed = aligned_alloc(NEV_ALIGN, plan.packed_bytes);
    assert_non_null(packed);
    assert_int_equal(nev_plan_pack(&plan, &w, packed, plan.packed_bytes, NULL, &err), NEV_OK);
    run_packed(&plan, packed, input, features);
    assert_memory_equal(features, expected, sizeof features);
    free(packed);
    free(askew);
}

/* Verifies: NEV-NN-080, NEV-NN-081 (the packed file is what packing at load makes, whatever the number of threads, and
 * gives the same features, on both paths of all networks) */
static void test_same_as_canonical(void **state)
{
    (void)state;
    for (int v = 0; v < TEST_VARIANTS; v++) {
        struct nev_test_model m;
        float *input;

        nev_test_model_seeded(&m, (enum test_variant)v);
        m.weights.model.prep.width = SIDE;
        m.weights.model.prep.height = SIDE;
        input = nev_test_input(&m.weights.model.prep, 0);
        for (int path = NEV_PATH_FAST; path <= NEV_PATH_DIRECT; path++) {
            float features[NEV_FEATURES_LEN];
            struct nev_test_net net;
            struct nev_weights w;
            size_t bytes, again_bytes;
            uint8_t *file, *again;

            nev_test_net_make(&net, &m, (enum nev_path)path, nev_cpu_isas(), 2);
            nev_test_net_features(&net, input, features);
            file = pack_file(&net.plan, &m.weights, 1, &bytes);
            again = pack_file(&net.plan, &m.weights, 3, &again_bytes);
            assert_int_equal(bytes, again_bytes);
            assert_memory_equal(file, again, bytes);
            free(again);
            open_file(&w, file, bytes);
            same_payload(&net, &w);
            nev_test_net_free(&net);
            same_features(file, bytes, (enum nev_path)path, input, features);
            free(file);
        }
        free(input);
        nev_test_model_free(&m);
    }
}

/* Verifies: NEV-NN-082 (the file's algorithms are followed where the rule would choose others) */
static void test_file_decides(void **state)
{
    const struct nev_table *table = &nev_table_resnet18;
    float features[NEV_FEATURES_LEN], ruled[NEV_FEATURES_LEN];
    uint8_t choice[NEV_LAYERS_MAX] = {0}, *file, *packed;
    struct nev_test_model m;
    struct nev_test_net net;
    struct nev_weights w;
    struct nev_plan plan, wanted;
    struct nev_error err;
    uint32_t turned = 0;
    size_t bytes;
    float *input;

    (void)state;
    nev_test_model_seeded(&m, TEST_RESNET18);
    m.weights.model.prep.width = SIDE;
    m.weights.model.prep.height = SIDE;
    input = nev_test_input(&m.weights.model.prep, 1);
    for (uint32_t row = 0; row < table->len; row++) { /* F2 wherever the filter is 3 x 3 and the stride 1 */
        bool is_f2 =
            table->layer[row].op == NEV_OP_CONV && table->layer[row].k == 3 && table->layer[row].s == 1;

        choice[row] = (uint8_t)(is_f2 ? NEV_LAYER_WINOGRAD_F2 : NEV_LAYER_DIRECT);
        turned += is_f2;
    }
    assert_int_equal(turned, 13);
    assert_int_equal(nev_plan_draft(&wanted, &m.weights.model, NEV_PATH_FAST, choice, 1, 1, &err), NEV_OK);
    packed = aligned_alloc(NEV_ALIGN, wanted.packed_bytes);
    assert_non_null(packed);
    assert_int_equal(nev_plan_pack(&wanted, &m.weights, packed, wanted.packed_bytes, NULL, &err), NEV_OK);
    run_packed(&wanted, packed, input, features);
    file = pack_file(&wanted, &m.weights, 2, &bytes);
    open_file(&w, file, bytes);
    assert_int_equal(nev_plan_make_for(&plan, &w, NEV_PATH_FAST, 1, 1, &err), NEV_OK);
    assert_memory_equal(plan.step, wanted.step, sizeof plan.step);
    same_features(file, bytes, NEV_PATH_FAST, input, features);
    nev_test_net_make(&net, &m, NEV_PATH_FAST, nev_cpu_isas(),
                      1); /* the rule's are others: the test sees something */
    nev_test_net_features(&net, input, ruled);
    assert_memory_not_equal(features, ruled, sizeof features);
    nev_test_net_free(&net);
    free(packed);
    free(file);
    free(input);
    nev_test_model_free(&m);
}

static uint32_t find(const char *name)
{
    for (uint32_t i = 0; i < draft.len; i++) {
        if (strcmp(draft.name[i], name) == 0) {
            return i;
        }
    }
    fail_msg("no tensor %s", name);
    return 0;
}

/* Writes the draft, opens it and expects the plan to be refused. */
static void refused(const struct nev_model *model, enum nev_path path, enum nev_status status,
                    const char *name)
{
    static const struct nev_plan zero;
    struct nev_weights w;
    struct nev_plan plan;
    struct nev_error err;
    size_t bytes;
    uint8_t *file = write_draft(model, &bytes);

    assert_int_equal(nev_weights_open(&w, file, bytes, &err), NEV_OK);
    if (nev_plan_make_for(&plan, &w, path, 1, 1, &err) != status ||
        (name != NULL && strcmp(err.name, name) != 0)) {
        fail_msg("not refused as it should be: %s, %s (%s)", nev_status_name(err.status), err.what, err.name);
    }
    if (name != NULL && err.offset != NEV_NO_OFFSET) {
        assert_memory_equal(file + err.offset, name, strlen(name) + 1); /* the row of that name */
    }
    assert_memory_equal(&plan, &zero, sizeof plan);
    free(file);
}

/* Verifies: NEV-NN-083 (an algorithm that the layer cannot have, a layer or a shape that is not the network's, another path) */
static void test_refusals(void **state)
{
    struct nev_model model;
    struct nev_plan plan;
    struct nev_error err;
    uint32_t i;

    (void)state;
    nev_net_model(NEV_NET_RESNET18, &model);
    assert_int_equal(nev_plan_make(&plan, &model, NEV_PATH_FAST, 1, &err), NEV_OK);

    draft_of(&plan);
    refused(&model, NEV_PATH_DIRECT, NEV_ERR_UNSUPPORTED, "resnet18");
    refused(&model, NEV_PATH_REFERENCE, NEV_ERR_UNSUPPORTED, "resnet18");
    draft.algorithm[find("layer2.0.conv1.weight")] = NEV_LAYER_WINOGRAD_F4; /* of stride 2 */
    refused(&model, NEV_PATH_FAST, NEV_ERR_UNSUPPORTED, "layer2.0.conv1.weight");
    draft_of(&plan);
    draft.algorithm[find("layer1.0.conv1.weight")] = NEV_LAYER_WINOGRAD_S2; /* of stride 1 */
    refused(&model, NEV_PATH_FAST, NEV_ERR_UNSUPPORTED, "layer1.0.conv1.weight");
    assert_int_equal(nev_plan_make(&plan, &model, NEV_PATH_DIRECT, 1, &err), NEV_OK);
    draft_of(&plan);
    draft.algorithm[find("layer3.1.conv1.weight")] = NEV_LAYER_WINOGRAD_F4; /* on the direct path */
    refused(&model, NEV_PATH_DIRECT, NEV_ERR_UNSUPPORTED, "layer3.1.conv1.weight");
    assert_int_equal(nev_plan_make(&plan, &model, NEV_PATH_FAST, 1, &err), NEV_OK);

    draft_of(&plan);
    draft.len -= 2;
    refused(&model, NEV_PATH_FAST, NEV_ERR_MISSING, NULL);
    draft_of(&plan);
    for (i = draft.len; i < draft.len + 2; i++) {
        draft.spec[i] = draft.spec[i - 2];
        draft.algorithm[i] = draft.algorithm[i - 2];
        draft.spec[i].name = i % 2 == 0 ? "more.weight" : "more.bias";
    }
    draft.len += 2;
    refused(&model, NEV_PATH_FAST, NEV_ERR_MISSING, NULL);
    draft_of(&plan);
    strcpy(draft.name[find("layer3.1.conv2.bias")], "layer3.1.conv2.other");
    refused(&model, NEV_PATH_FAST, NEV_ERR_MISSING, NULL);
    draft_of(&plan);
    i = find("layer4.1.conv2.weight");
    draft.spec[i].dim[0] -= 16;
    refused(&model, NEV_PATH_FAST, NEV_ERR_SHAPE, "layer4.1.conv2.weight");
    draft_of(&plan);
    draft.spec[find("fc.bias")].dim[0] = 999; /* as many panels, another shape */
    refused(&model, NEV_PATH_FAST, NEV_ERR_SHAPE, "fc.bias");
    draft_of(&plan);
    model.net = NEV_NET_DARKNET19;
    refused(&model, NEV_PATH_FAST, NEV_ERR_UNSUPPORTED, NULL);
}

/* Verifies: NEV-NN-084 (a packed file is not packed again by a plan that it was not packed for) */
static void test_wrong_plan(void **state)
{
    struct nev_model model;
    struct nev_plan plan, other;
    struct nev_weights w;
    struct nev_error err;
    size_t bytes;
    uint8_t *file, *packed;

    (void)state;
    nev_net_model(NEV_NET_MOBILENETV2, &model);
    assert_int_equal(nev_plan_make(&plan, &model, NEV_PATH_FAST, 1, &err), NEV_OK);
    draft_of(&plan);
    file = write_draft(&model, &bytes);
    assert_int_equal(nev_weights_open(&w, file, bytes, &err), NEV_OK);
    for (int path = NEV_PATH_DIRECT; path <= NEV_PATH_REFERENCE; path++) {
        assert_int_equal(nev_plan_make(&other, &model, (enum nev_path)path, 1, &err), NEV_OK);
        assert_null(nev_plan_in_place(&other, &w));
        packed = aligned_alloc(NEV_ALIGN, other.packed_bytes);
        assert_non_null(packed);
        memset(packed, 0xEE, other.packed_bytes);
        assert_int_equal(nev_plan_pack(&other, &w, packed, other.packed_bytes, NULL, &err),
                         NEV_ERR_UNSUPPORTED);
        for (size_t i = 0; i < other.packed_bytes; i++) {
            assert_int_equal(packed[i], 0);
        }
        free(packed);
    }
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_canonical),
        cmocka_unit_test(test_file_decides),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_wrong_plan),
    };

    return cmocka_run_group_tests_name("packed files", tests, NULL, NULL);
}
