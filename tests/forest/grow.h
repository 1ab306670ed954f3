/* SPDX-License-Identifier: MIT */
/*
 * grow.h - what the forest's tests share: made data, and a forest grown and opened in one call.
 */
#ifndef NEV_TESTS_FOREST_GROW_H
#define NEV_TESTS_FOREST_GROW_H

#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "forest/file/layout.h"
#include "forest/forest.h"

/* A forest in memory from malloc, exactly as large as it is, so that a sanitizer sees every step outside. */
struct grown {
    uint8_t *file;
    size_t bytes;
    void *memory;
    struct nev_forest_result result;
    struct nev_forest f;
};

/* A table that outlives the job made of it. */
struct table {
    float *x;
    uint32_t *label;
    uint32_t rows, features, classes;
};

static inline void table_make(struct table *t, uint32_t rows, uint32_t features, uint32_t classes)
{
    t->x = calloc((size_t)rows * features, sizeof *t->x);
    t->label = calloc(rows, sizeof *t->label);
    assert_non_null(t->x);
    assert_non_null(t->label);
    t->rows = rows;
    t->features = features;
    t->classes = classes;
}

static inline void table_free(struct table *t)
{
    free(t->x);
    free(t->label);
}

/* Features in steps of 1/levels; the label depends on the first two, with one row in eight at random. */
static inline void table_random(struct table *t, uint64_t seed, uint32_t rows, uint32_t features,
                                uint32_t classes, uint32_t levels)
{
    uint32_t i, k;

    table_make(t, rows, features, classes);
    for (i = 0; i < rows; i++) {
        float *x = t->x + (size_t)i * features;

        for (k = 0; k < features; k++) {
            x[k] = (float)(nev_test_random(&seed) % levels) / (float)levels - 0.5f;
        }
        t->label[i] =
            (uint32_t)((x[0] + 0.5f + (features > 1 ? x[1] + 0.5f : 0.0f)) * 0.499f * (float)classes);
        if (nev_test_random(&seed) % 8 == 0) {
            t->label[i] = nev_test_random(&seed) % classes;
        }
    }
    t->label[0] = 0;
    t->label[1] = 1;
}

static inline struct nev_forest_job job_of(const struct table *t, uint32_t trees, uint64_t seed)
{
    struct nev_forest_job job;

    memset(&job, 0, sizeof job);
    nev_forest_params_default(&job.params);
    job.params.trees = trees;
    job.params.seed = seed;
    job.data.x = t->x;
    job.data.x_stride = t->features;
    job.data.label = t->label;
    job.data.rows = t->rows;
    job.data.features = t->features;
    job.data.classes = t->classes;
    return job;
}

/* Trains, expecting `status`; the memory is exactly what was asked for and full of rubbish. */
static inline void grow_expecting(struct grown *g, const struct nev_forest_job *job, enum nev_status status,
                                  struct nev_error *err)
{
    size_t memory_bytes, file_bytes;
    uint8_t *file;

    assert_int_equal(nev_forest_train_bytes(job, &memory_bytes, &file_bytes, err), NEV_OK);
    g->memory = malloc(memory_bytes);
    file = malloc(file_bytes);
    assert_non_null(g->memory);
    assert_non_null(file);
    memset(g->memory, 0xA5, memory_bytes);
    memset(file, 0x5A, file_bytes);
    assert_int_equal(nev_forest_train(job, g->memory, memory_bytes, file, file_bytes, &g->result, err),
                     status);
    g->bytes = g->result.file_bytes;
    g->file = malloc(g->bytes + 1);
    assert_non_null(g->file);
    memcpy(g->file, file, g->bytes);
    free(file);
    if (status == NEV_OK) {
        assert_int_equal(nev_forest_open(&g->f, g->file, g->bytes, err), NEV_OK);
    } else {
        assert_int_equal(g->bytes, 0);
    }
}

static inline void grow(struct grown *g, const struct nev_forest_job *job)
{
    struct nev_error err;

    grow_expecting(g, job, NEV_OK, &err);
}

/* The votes out of bag of a forest of one part, as open reads them: [rows, classes] from malloc. */
static inline uint32_t *oob_votes(const struct grown *g)
{
    uint32_t *votes = malloc((size_t)g->f.rows * g->f.classes * sizeof *votes), i;
    struct nev_forest_part part;

    assert_non_null(votes);
    nev_forest_part(&g->f, 0, &part);
    for (i = 0; i < g->f.rows; i++) {
        (void)nev_forest_oob_votes(&part, i, votes + (size_t)i * g->f.classes);
    }
    return votes;
}

static inline void grown_free(struct grown *g)
{
    free(g->file);
    free(g->memory);
}

/* The digest that makes a changed file look whole. */
static inline void rehash(uint8_t *file, size_t bytes)
{
    nev_file_digest(file, bytes, file + NEV_FILE_DIGEST_AT);
}

/* The leaf a row ends in, walked with floats: the number of its node. */
static inline uint32_t walk_floats(const struct nev_forest_tree *tree, const float *x)
{
    struct nev_forest_node node;
    uint32_t i = 1;

    for (nev_forest_node(tree, i, &node); !node.is_leaf; nev_forest_node(tree, i, &node)) {
        i = x[node.feature] <= node.threshold ? node.left : node.left + 1;
    }
    return i;
}

static inline struct nev_forest_batch batch_of(const struct table *t, double *probability, uint32_t *votes)
{
    struct nev_forest_batch b = {t->x, t->features, t->rows, t->features, probability, votes};

    return b;
}

/* Predicts in exactly the memory asked for. */
static inline enum nev_status predict(const struct nev_forest *f, const struct nev_forest_batch *b,
                                      const struct nev_parallel *par, struct nev_error *err)
{
    size_t bytes = nev_forest_predict_bytes(f, par == NULL ? 1 : par->parts);
    void *memory = malloc(bytes);
    enum nev_status status;

    assert_non_null(memory);
    memset(memory, 0xA5, bytes);
    status = nev_forest_predict(f, b, memory, bytes, par, err);
    free(memory);
    return status;
}

#endif
