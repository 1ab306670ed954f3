/* SPDX-License-Identifier: MIT */
/*
 * digest.c - grows forests on tables made by formula and prints "NAME FILE ANSWERS": the SHA-256 of the forest's file and
 * that of its votes and probabilities. Not a test by itself: tests/forest/everywhere.sh builds it with several
 * compilers and for other processors and compares what it prints.
 *
 *     digest [PARTS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forest/forest.h"
#include "forest/predict/block.h"
#include "nn/base/bytes.h"
#include "tests/support/digest.h"

struct kind {
    const char *name;
    uint32_t rows, features, classes, trees, levels;
    bool bootstrap;
    enum nev_forest_weight weight;
    uint32_t min_leaf, depth;
};

/* Levels: different values of a feature. Rows around 64, 256, 4,096 and 65,536, where the search changes its ways;
 * from 8,192 on there are local blocks, from more than 65,536 values on ranks of more than 16 bits. */
static const struct kind kinds[] = {
    {"two", 700, 60, 2, 5, 65536, true, NEV_FOREST_WEIGHT_NONE, 1, 0},
    {"tied", 700, 60, 2, 5, 7, true, NEV_FOREST_WEIGHT_NONE, 1, 0},
    {"five", 600, 30, 5, 4, 300, true, NEV_FOREST_WEIGHT_NONE, 2, 0},
    {"balanced", 500, 30, 3, 4, 1000, true, NEV_FOREST_WEIGHT_BALANCED, 1, 6},
    {"whole", 257, 17, 2, 3, 65536, false, NEV_FOREST_WEIGHT_NONE, 1, 0},
    {"small", 65, 3, 2, 8, 65536, true, NEV_FOREST_WEIGHT_NONE, 1, 0},
    {"4097", 4097, 20, 2, 2, 65536, true, NEV_FOREST_WEIGHT_NONE, 1, 0},
    {"65536", 65536, 4, 2, 1, 65536, true, NEV_FOREST_WEIGHT_NONE, 50, 0},
    {"65537", 65537, 4, 2, 1, 65536, true, NEV_FOREST_WEIGHT_NONE, 50, 0},
    {"131073", 131073, 3, 2, 1, 1u << 20, true, NEV_FOREST_WEIGHT_NONE, 50, 0},
};

/* SplitMix64 (Steele, Lea, Flood, 2014). */
static uint32_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ z >> 31) >> 32);
}

/* Values that are exact: whole numbers times powers of two, some of them zeros of both signs and subnormals. */
static void fill(const struct kind *k, float *x, uint32_t *label)
{
    static const float unit[] = {0x1p-8f, 0x1p-149f, 0x1p100f, 1.0f};
    uint64_t state = 7;
    uint32_t row, f;

    for (row = 0; row < k->rows; row++) {
        uint32_t sum = 0;

        for (f = 0; f < k->features; f++) {
            const uint32_t v = draw(&state) % k->levels;

            sum += f < 3 ? v : 0;
            x[(size_t)row * k->features + f] = ((float)v - (float)(k->levels / 2)) * unit[f % 4];
            if (v == k->levels / 2 && row % 2 == 0) {
                x[(size_t)row * k->features + f] = -0.0f;
            }
        }
        label[row] = draw(&state) % 8 == 0 ? draw(&state) % k->classes
                                           : sum / (3 * k->levels / k->classes + 1) % k->classes;
    }
    label[0] = 0;
    label[1] = 1;
}

/* The same rows by masks in plain C, which no processor chooses by itself: says so if anything differs. */
static void by_masks(const struct nev_forest *f, const struct kind *k, const float *x, const uint32_t *votes,
                     const double *p)
{
    const size_t len = (size_t)k->rows * k->classes;
    uint32_t *other = digest_allocate(len * sizeof *other);
    double *q = digest_allocate(len * sizeof *q);
    const struct nev_forest_batch all = {x, k->features, k->rows, k->features, q, other};
    uint8_t *memory = digest_allocate((size_t)nev_block_bytes(f));

    if (nev_block_predict(f, &nev_mask_kernel_c, &all, 0, k->rows, memory) != k->rows ||
        memcmp(other, votes, len * sizeof *other) != 0 || memcmp(q, p, len * sizeof *q) != 0) {
        printf("masks differ\n");
    }
    free(other);
    free(q);
    free(memory);
}

/* The digest of votes and of probabilities' bits, of a batch and row by row: both must be the same. */
static void answers(const struct nev_forest *f, const struct kind *k, const float *x,
                    const struct nev_parallel *par)
{
    const size_t bytes = nev_forest_predict_bytes(f, par->parts), len = (size_t)k->rows * k->classes;
    void *memory = digest_allocate(bytes);
    uint32_t *votes = digest_allocate(len * sizeof *votes), *one = digest_allocate(k->classes * sizeof *one);
    double *p = digest_allocate(len * sizeof *p);
    struct nev_forest_batch all = {x, k->features, k->rows, k->features, p, votes};
    uint8_t digest[NEV_SHA256_BYTES], number[8];
    struct nev_sha256 sha;
    struct nev_error err;
    size_t i;

    digest_must(nev_forest_predict(f, &all, memory, bytes, par, &err), &err);
    nev_sha256_init(&sha);
    for (i = 0; i < len; i++) {
        uint64_t bits;

        memcpy(&bits, &p[i], sizeof bits);
        nev_store_u64le(number, bits);
        nev_sha256_update(&sha, number, 8);
        nev_store_u32le(number, votes[i]);
        nev_sha256_update(&sha, number, 4);
    }
    nev_sha256_final(&sha, digest);
    digest_print(digest, '\n');
    for (i = 0; i < k->rows; i += 1 + k->rows / 50) {
        struct nev_forest_batch row = {x + i * k->features, k->features, 1, k->features, NULL, one};

        digest_must(nev_forest_predict(f, &row, memory, bytes, NULL, &err), &err);
        if (memcmp(one, votes + i * k->classes, k->classes * sizeof *one) != 0) {
            printf("row %zu alone differs\n", i);
        }
    }
    if (nev_block_pays(f, SIZE_MAX, true)) {
        by_masks(f, k, x, votes, p);
    }
    free(memory);
    free(votes);
    free(one);
    free(p);
}

static void run(const struct kind *k, const struct nev_parallel *par)
{
    float *x = digest_allocate((size_t)k->rows * k->features * sizeof *x);
    uint32_t *label = digest_allocate(k->rows * sizeof *label);
    struct nev_forest_job job;
    struct nev_forest_result result;
    struct nev_forest f;
    struct nev_error err;
    size_t memory_bytes, file_bytes;
    uint8_t *memory, *file;

    fill(k, x, label);
    memset(&job, 0, sizeof job);
    nev_forest_params_default(&job.params);
    job.params.trees = k->trees;
    job.params.seed = 11;
    job.params.bootstrap = k->bootstrap;
    job.params.class_weight = k->weight;
    job.params.min_samples_leaf = k->min_leaf;
    job.params.max_depth = k->depth;
    job.data = (struct nev_forest_data){.x = x,
                                        .x_stride = k->features,
                                        .label = label,
                                        .rows = k->rows,
                                        .features = k->features,
                                        .classes = k->classes};
    job.par = par;
    digest_must(nev_forest_train_bytes(&job, &memory_bytes, &file_bytes, &err), &err);
    memory = digest_allocate(memory_bytes);
    file = digest_allocate(file_bytes);
    digest_must(nev_forest_train(&job, memory, memory_bytes, file, file_bytes, &result, &err), &err);
    digest_must(nev_forest_open(&f, file, result.file_bytes, &err), &err);
    printf("%s ", k->name);
    digest_print(f.file_sha256, ' ');
    answers(&f, k, x, par);
    free(memory);
    free(file);
    free(x);
    free(label);
}

int main(int argc, char **argv)
{
    const uint32_t parts = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    struct nev_parallel par = nev_parallel_threads(parts);
    size_t i;

    par.parts = parts; /* without OpenMP the parts run one after another */
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        run(&kinds[i], &par);
    }
    return 0;
}
