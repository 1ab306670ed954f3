/* SPDX-License-Identifier: MIT */
/*
 * digest.c - prints the SHA-256 of the features of each network, seeded weights and formula pictures, for
 * each way to run: "VARIANT PATH DIGEST". Not a test by itself: tests/nn/bits.sh builds it with several
 * compilers and optimisation levels and compares what it prints; a new target is checked the same way.
 *
 *     digest SIDE [PARTS [ISA [VARIANT...]]]     SIDE 0: each network's own picture size; ISA best: the best
 *     here; c, avx2, ...: that one; VARIANT: resnet18, darknet19, mobilenetv2, mobilenetv2-same; all by default.
 *     Among them also: packed (packed files too, with their digests); fast, direct, reference (those paths alone)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/base/bytes.h"
#include "nn/base/cpu.h"
#include "nn/base/real.h"
#include "nn/nn.h"
#include "tests/support/digest.h"
#if defined(NEV_DIGEST_LANES)
#include "tests/support/lanes.h"
#endif

#if defined(NEV_DIGEST_LANES)
static const struct nev_kernels *const lanes[] = {&nev_test_kernels_4, &nev_test_kernels_8,
                                                  &nev_test_kernels_16};
#endif

static uint8_t *seeded(const struct nev_model *model, size_t *bytes)
{
    static struct nev_tensor_spec specs[NEV_TENSORS_MAX];
    static char names[NEV_TENSORS_MAX][NEV_TENSOR_NAME_LEN];
    struct nev_error err = {NEV_OK, 0, 0, 0, "", ""};
    uint32_t len = nev_net_tensor_len(model->net), i;
    uint8_t *file;
    size_t n;

    for (i = 0; i < len; i++) {
        nev_net_tensor_spec(model->net, i, &specs[i], names[i]);
    }
    digest_must(nev_weights_write_bytes(specs, len, bytes), &err);
    file = digest_allocate(*bytes);
    digest_must(nev_weights_write_begin(model, specs, len, file, *bytes), &err);
    for (i = 0; i < len; i++) {
        nev_seeded_fill(&specs[i], i, nev_weights_payload(file, i, &n));
    }
    nev_weights_write_end(file, *bytes);
    return file;
}

static void print_digest(const char *variant, const char *path, const float *features)
{
    uint8_t le[4 * NEV_FEATURES_LEN], digest[NEV_SHA256_BYTES];
    size_t i;

    for (i = 0; i < NEV_FEATURES_LEN; i++) {
        nev_store_f32le(le + 4 * i, features[i]);
    }
    nev_sha256_of(le, sizeof le, digest);
    printf("%s %s ", variant, path);
    digest_print(digest, '\n');
}

/* The packed file of a model, made here, and its features: they must be those of the canonical file, on this machine and
 * elsewhere, and so must the file's own digest. */
static void run_packed(const char *variant, const char *path, const struct nev_plan *plan,
                       const struct nev_weights *weights, const struct nev_kernels *kernels,
                       const float *input, const float *expected)
{
    static struct nev_tensor_spec specs[NEV_TENSORS_MAX];
    static char names[NEV_TENSORS_MAX][NEV_TENSOR_NAME_LEN];
    static enum nev_layer_algorithm algorithms[NEV_TENSORS_MAX];
    const struct nev_packing packing = {plan->path == NEV_PATH_DIRECT ? NEV_PROFILE_DIRECT : NEV_PROFILE_FAST,
                                        weights->head_sha256, algorithms};
    uint32_t len = nev_packed_len(plan), i;
    float features[NEV_FEATURES_LEN];
    char hex[NEV_SHA256_HEX_BYTES];
    struct nev_error err = {NEV_OK, 0, 0, 0, "", ""};
    struct nev_weights w;
    struct nev_plan own;
    struct nev_run r = {&own, NULL, kernels, NULL, NULL, NULL, 0};
    void *memory = NULL;
    uint8_t *file;
    size_t bytes, n;

    for (i = 0; i < len; i++) {
        algorithms[i] = nev_packed_spec(plan, i, &specs[i], names[i]);
    }
    digest_must(nev_weights_write_packed_bytes(&packing, specs, len, &bytes), &err);
    file = digest_allocate(bytes);
    digest_must(nev_weights_write_packed_begin(&plan->model, &packing, specs, len, file, bytes), &err);
    digest_must(
        nev_packed_store(plan, weights, nev_weights_payload(file, 0, &n), plan->packed_bytes, NULL, &err),
        &err);
    nev_weights_write_end(file, bytes);
    digest_must(nev_weights_open(&w, file, bytes, &err), &err);
    digest_must(nev_weights_verify_by(&w, NULL, nev_cpu_isas(), &err), &err);
    digest_must(nev_plan_make_for(&own, &w, plan->path, 1, 1, &err), &err);
    r.packed = nev_plan_in_place(&own, &w);
    if (r.packed == NULL) {
        memory = digest_allocate(own.packed_bytes);
        digest_must(nev_plan_pack(&own, &w, memory, own.packed_bytes, NULL, &err), &err);
        r.packed = memory;
    }
    r.arena = digest_allocate(own.arena_bytes);
    r.arena_bytes = own.arena_bytes;
    digest_must(nev_run_image(&r, input, features, &err), &err);
    nev_sha256_hex(w.head_sha256, hex);
    printf("%s %s packed %s %s\n", variant, path, hex,
           memcmp(features, expected, sizeof features) == 0 ? "same features" : "OTHER FEATURES");
    free(memory);
    free(file);
    free(r.arena);
}

static const char *const paths[NEV_PATH_LEN] = {"fast", "direct", "reference"};

/* What the command line asks for. */
struct choice {
    int packed;
    int path[NEV_PATH_LEN];
};

static void run(const char *variant, const struct nev_model *model, const struct nev_parallel *par,
                const struct nev_kernels *kernels, const struct choice *choice)
{
    size_t pixels = (size_t)model->prep.width * model->prep.height, bytes, i;
    uint8_t *file = seeded(model, &bytes), *rgb = digest_allocate(3 * pixels);
    float *input = digest_allocate(3 * pixels * sizeof *input), features[NEV_FEATURES_LEN];
    struct nev_weights weights;
    struct nev_error err;
    int path;

    for (i = 0; i < 3 * pixels; i++) {
        rgb[i] = (uint8_t)((i * 2654435761u) >> 13);
    }
    nev_normalise(&model->prep, rgb, input);
    digest_must(nev_weights_open(&weights, file, bytes, &err), &err);
    for (path = NEV_PATH_FAST; path < NEV_PATH_LEN; path++) {
        struct nev_plan plan;
        struct nev_run r = {&plan, NULL, kernels, par, NULL, NULL, 0};
        void *packed;

        if (!choice->path[path]) {
            continue;
        }
        digest_must(nev_plan_make(&plan, model, (enum nev_path)path, par->parts, &err), &err);
        packed = digest_allocate(plan.packed_bytes);
        r.packed = packed;
        r.arena = digest_allocate(plan.arena_bytes);
        r.arena_bytes = plan.arena_bytes;
        digest_must(nev_plan_pack(&plan, &weights, packed, plan.packed_bytes, par, &err), &err);
        digest_must(nev_run_image(&r, input, features, &err), &err);
        print_digest(variant, paths[path], features);
        if (choice->packed && path != NEV_PATH_REFERENCE) {
            run_packed(variant, paths[path], &plan, &weights, kernels, input, features);
        }
        free(packed);
        free(r.arena);
    }
    free(file);
    free(rgb);
    free(input);
}

/* The kernels that a name asks for; those that are not here would compare nothing. */
static const struct nev_kernels *kernels_of(const char *name)
{
    uint32_t isa = nev_isa_from_name(name);

    if (strcmp(name, "best") == 0) {
        return nev_kernels_select(nev_cpu_isas());
    }
#if defined(NEV_DIGEST_LANES)
    for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
        if (strcmp(name, nev_kernels_name(lanes[i])) == 0) {
            return lanes[i];
        }
    }
#endif
    if ((isa & nev_cpu_isas() & nev_kernels_built()) == 0) {
        fprintf(stderr, "digest: no instruction set '%s' here\n", name);
        exit(2);
    }
    return nev_kernels_select(isa);
}

static int is_wanted(const char *name, int argc, char **argv)
{
    int i;

    for (i = 4; i < argc && strcmp(argv[i], name) != 0; i++) {
    }
    return argc <= 4 || i < argc;
}

static struct choice choose(int argc, char **argv)
{
    struct choice c = {argc > 4 && is_wanted("packed", argc, argv), {0}};
    int path, any = 0;

    for (path = NEV_PATH_FAST; path < NEV_PATH_LEN; path++) {
        c.path[path] = argc > 4 && is_wanted(paths[path], argc, argv);
        any |= c.path[path];
    }
    for (path = NEV_PATH_FAST; path < NEV_PATH_LEN; path++) {
        c.path[path] |= !any;
    }
    return c;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"resnet18", "darknet19", "mobilenetv2", "mobilenetv2-same"};
    static const enum nev_net nets[] = {NEV_NET_RESNET18, NEV_NET_DARKNET19, NEV_NET_MOBILENETV2,
                                        NEV_NET_MOBILENETV2};
    uint32_t side = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    uint32_t parts = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
    const struct nev_kernels *kernels = kernels_of(argc > 3 ? argv[3] : "best");
    struct nev_parallel par = nev_parallel_threads(parts);
    const struct choice choice = choose(argc, argv);
    struct nev_error err;
    unsigned v;

    par.parts = parts; /* without OpenMP the parts run one after another */
    digest_must(nev_environment_check(&err), &err);
    for (v = 0; v < 4; v++) {
        struct nev_model model;

        nev_net_model(nets[v], &model);
        if (v == 3) {
            model.padding = NEV_PADDING_SAME;
            model.bn_eps = 1e-3;
        }
        if (side != 0) {
            model.prep.width = side;
            model.prep.height = side;
        }
        if (is_wanted(names[v], argc, argv)) {
            run(names[v], &model, &par, kernels, &choice);
        }
    }
    return 0;
}
