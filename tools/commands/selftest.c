/* SPDX-License-Identifier: MIT */
/* Known answers on this machine: what a transfer to another processor or compiler has to pass first. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nn/base/bytes.h"
#include "nn/base/cpu.h"
#include "nn/base/crc32.h"
#include "nn/base/real.h"
#include "nn/base/sha256_kernels.h"
#include "nn/nn.h"
#include "tools/base/memory.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/networks/packing.h"
#include "tools/networks/seeded.h"

/* A small picture keeps the run short; every kind of layer is passed all the same. */
#define SIDE 64u
#define SEED 1u

static const struct nev_option options[] = {NEV_OPTION_END};

/* Prints one line and counts failures. */
static void tell(bool is_good, const char *what, unsigned *failures)
{
    printf("%s  %s\n", is_good ? "ok    " : "FAILED", what);
    *failures += is_good ? 0 : 1;
}

static bool is_digest(const void *data, size_t bytes, const char *expected)
{
    uint8_t digest[NEV_SHA256_BYTES];
    char hex[NEV_SHA256_HEX_BYTES];

    nev_sha256_of(data, bytes, digest);
    nev_sha256_hex(digest, hex);
    return strcmp(hex, expected) == 0;
}

/* Cases where rounding the product first, or rounding twice, gives another result: 1 + 2^-12 squared is
 * 1 + 2^-11 + 2^-24, of which the last term survives only in a fused operation; the second sum lies just
 * above a tie in float32 that float64 cannot tell from the tie. */
static bool is_fma_right(void)
{
    const float a = nev_f32_from_bits(0x3F800800), tie = nev_f32_from_bits(0x33800000);
    const float tiny = nev_f32_from_bits(0x00800000);

    return nev_f32_bits(nev_fmaf(a, a, -nev_f32_from_bits(0x3F801000))) == 0x33800000 &&
           nev_f32_bits(nev_fmaf_exact(a, a, -nev_f32_from_bits(0x3F801000))) == 0x33800000 &&
           nev_f32_bits(nev_fmaf_exact(tie, 1.0f, 1.0f)) == 0x3F800000 &&
           nev_f32_bits(nev_fmaf(tie, 1.0f, 1.0f)) == nev_f32_bits(nev_fmaf_exact(tie, 1.0f, 1.0f)) &&
           nev_f32_bits(nev_fmaf(tiny, 0.5f, 0.0f)) == 0x00400000; /* a subnormal, not zero */
}

/* One network of seeded weights in memory. */
struct rig {
    struct nev_weights weights;
    struct nev_plan plan;
    uint8_t *file;
    size_t file_bytes;
    void *packed, *arena;
    float *input;
    float features[2][NEV_FEATURES_LEN];
};

static enum nev_status build(struct rig *r, enum nev_net net, enum nev_path path, struct nev_error *err)
{
    size_t i, samples = (size_t)SIDE * SIDE * 3;
    struct nev_model model;
    enum nev_status status;

    nev_net_model(net, &model);
    model.prep.width = SIDE;
    model.prep.height = SIDE;
    r->file = nev_seeded_image(&model, SEED, &r->file_bytes);
    if (r->file == NULL) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL, "not enough memory");
    }
    status = nev_weights_open(&r->weights, r->file, r->file_bytes, err);
    if (status == NEV_OK) {
        status = nev_plan_make(&r->plan, &r->weights.model, path, 1, err);
    }
    if (status != NEV_OK) {
        return status;
    }
    r->packed = nev_memory_take(r->plan.packed_bytes, 1);
    r->arena = nev_memory_take(r->plan.arena_bytes, 1);
    r->input = nev_memory_take(samples, sizeof *r->input);
    if (r->packed == NULL || r->arena == NULL || r->input == NULL) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL, "not enough memory");
    }
    for (i = 0; i < samples; i++) {
        r->input[i] = (float)(i * 37 % 256) / 256.0f; /* exact in float32 */
    }
    return nev_plan_pack(&r->plan, &r->weights, r->packed, r->plan.packed_bytes, NULL, err);
}

static enum nev_status run_twice(struct rig *r, struct nev_error *err)
{
    const uint32_t isas[2] = {NEV_ISA_C, nev_cpu_isas()};
    enum nev_status status = NEV_OK;
    int i;

    for (i = 0; i < 2 && status == NEV_OK; i++) {
        struct nev_run run = {.plan = &r->plan,
                              .packed = r->packed,
                              .kernels = nev_kernels_select(isas[i]),
                              .arena = r->arena,
                              .arena_bytes = r->plan.arena_bytes};

        status = nev_run_image(&run, r->input, r->features[i], err);
    }
    return status;
}

/* SHA-256 as this processor computes it best, beside plain C, over some blocks and a rest. */
static bool is_sha256_same(void)
{
    uint8_t data[1000], plain[NEV_SHA256_BYTES], two[2][NEV_SHA256_BYTES];

    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7);
    }
    nev_sha256_of(data, sizeof data, plain);
    nev_sha256_two(nev_sha256_select(nev_cpu_isas()), data, data, sizeof data, two[0], two[1]);
    return memcmp(plain, two[0], sizeof plain) == 0 && memcmp(plain, two[1], sizeof plain) == 0;
}

/* The rig's model packed, opened as a file is, and run: the same features. */
static bool is_packed_same(struct rig *r, enum nev_path path)
{
    struct rig *p = nev_memory_take_zeroed(1, sizeof *p);
    struct nev_error err;
    const void *packed;
    bool is_same = false;

    if (p == NULL) {
        return false;
    }
    p->file = nev_packing_image(&r->weights, path, NULL, &p->file_bytes, &err);
    if (p->file != NULL && nev_weights_open(&p->weights, p->file, p->file_bytes, &err) == NEV_OK &&
        nev_weights_verify_by(&p->weights, NULL, nev_cpu_isas(), &err) == NEV_OK &&
        nev_plan_make_for(&p->plan, &p->weights, path, 1, 1, &err) == NEV_OK) {
        packed = nev_plan_in_place(&p->plan, &p->weights);
        p->packed = nev_memory_take(packed == NULL ? p->plan.packed_bytes : 1, 1);
        if (p->packed != NULL &&
            (packed != NULL ||
             nev_plan_pack(&p->plan, &p->weights, p->packed, p->plan.packed_bytes, NULL, &err) == NEV_OK)) {
            struct nev_run run = {.plan = &p->plan,
                                  .packed = packed != NULL ? packed : p->packed,
                                  .kernels = nev_kernels_select(nev_cpu_isas()),
                                  .arena = r->arena, /* the plans are the same, and so are their arenas */
                                  .arena_bytes = r->plan.arena_bytes};

            is_same = nev_run_image(&run, r->input, p->features[0], &err) == NEV_OK &&
                      memcmp(p->features[0], r->features[0], sizeof p->features[0]) == 0;
        }
    }
    nev_memory_give(p->packed);
    nev_memory_give(p->file);
    nev_memory_give(p);
    return is_same;
}

/* The features' digest: the numbers little-endian, whatever the machine is. */
static void digest_of(const float *features, char hex[NEV_SHA256_HEX_BYTES])
{
    uint8_t bytes[NEV_FEATURES_LEN * 4], digest[NEV_SHA256_BYTES];
    uint32_t i;

    for (i = 0; i < NEV_FEATURES_LEN; i++) {
        nev_store_f32le(bytes + 4 * i, features[i]);
    }
    nev_sha256_of(bytes, sizeof bytes, digest);
    nev_sha256_hex(digest, hex);
}

static void test_network(enum nev_net net, enum nev_path path, unsigned *failures)
{
    struct rig *r = nev_memory_take_zeroed(1, sizeof *r);
    char name[64], line[160], hex[NEV_SHA256_HEX_BYTES];
    const char *kernels = nev_kernels_name(nev_kernels_select(nev_cpu_isas()));
    struct nev_error err;
    bool is_good;

    is_good = r != NULL && build(r, net, path, &err) == NEV_OK && run_twice(r, &err) == NEV_OK;
    snprintf(name, sizeof name, "%s, path %s", nev_net_name(net), nev_choices_path[path]);
    snprintf(line, sizeof line, "%s: runs", name);
    tell(is_good, line, failures);
    if (is_good) {
        snprintf(line, sizeof line, "%s: kernels '%s' give the bits of plain C", name, kernels);
        tell(memcmp(r->features[0], r->features[1], sizeof r->features[0]) == 0, line, failures);
        if (net == NEV_NET_MOBILENETV2) { /* the smallest */
            snprintf(line, sizeof line, "%s: its packed file gives the same", name);
            tell(is_packed_same(r, path), line, failures);
        }
        digest_of(r->features[0], hex);
        printf("        features of seed %u, %u x %u: SHA-256 %s\n", SEED, SIDE, SIDE, hex);
    }
    if (r != NULL) {
        nev_memory_give(r->file);
        nev_memory_give(r->packed);
        nev_memory_give(r->arena);
        nev_memory_give(r->input);
    }
    nev_memory_give(r);
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    struct nev_error err;
    unsigned failures = 0;
    int net, path;

    (void)values;
    (void)args;
    tell(nev_environment_check(&err) == NEV_OK, "floating-point environment", &failures);
    tell(is_fma_right(), "fused multiply-add rounds once", &failures);
    tell(is_digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
         "SHA-256 of FIPS 180-4's example", &failures);
    tell(is_sha256_same(), "SHA-256 by this processor's best way", &failures);
    tell(nev_crc32(0, "123456789", 9) == 0xCBF43926, "CRC-32 of the check string", &failures);
    for (net = NEV_NET_RESNET18; net <= NEV_NET_MOBILENETV2; net++) {
        for (path = NEV_PATH_FAST; path <= NEV_PATH_DIRECT; path++) {
            test_network((enum nev_net)net, (enum nev_path)path, &failures);
        }
    }
    printf("%s\n", failures == 0 ? "this machine and build keep the arithmetic contract"
                                 : "do not use this build on this machine");
    return failures == 0 ? NEV_EXIT_OK : NEV_EXIT_ENVIRONMENT;
}

const struct nev_command nev_command_selftest = {
    "selftest",
    "check that this build computes right on this machine",
    "",
    "Known answers of the arithmetic and the digests, and the three networks with seeded weights on a small "
    "picture:\n"
    "the kernels chosen for this processor must give the bits of plain C. The features' digests are printed, "
    "so that\n"
    "two machines can be compared.\n",
    options,
    NULL,
    0,
    0,
    0,
    run,
};
