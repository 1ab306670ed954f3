/* SPDX-License-Identifier: MIT */
/* Weights files and forests of a few hundred bytes, by the library's own writers. */
#include "tests/fuzz/seeds.h"

#include "tests/support/test.h"

#include "tests/forest/grow.h"
#include "tests/weights/sample.h"

static void seed_weights(void)
{
    static const struct nev_tensor_spec one = {"w", NEV_TENSOR_BIAS, 1, {1, 1, 1, 1}};
    struct nev_model m = sample_model();
    size_t bytes;
    uint8_t *file = sample_file(&bytes);

    seed("nvw", "sample", file, bytes);
    free(file);
    assert_int_equal(nev_weights_write_bytes(&one, 1, &bytes), NEV_OK);
    file = malloc(bytes);
    assert_non_null(file);
    assert_int_equal(nev_weights_write_begin(&m, &one, 1, file, bytes), NEV_OK);
    nev_weights_write_end(file, bytes);
    seed("nvw", "one", file, bytes);
    free(file);
}

static void seed_forest(const char *name, uint32_t rows, uint32_t features, uint32_t classes, uint32_t trees)
{
    struct table t;
    struct nev_forest_job job;
    struct nev_forest_source source = {.net = 1,
                                       .net_name = "resnet18",
                                       .layer = "fc",
                                       .resize = NEV_FOREST_RESIZE_SQUASH,
                                       .width = 224,
                                       .height = 224,
                                       .mean = {0.5f, 0.5f, 0.5f},
                                       .std = {1.0f, 1.0f, 1.0f},
                                       .path = 1};
    struct grown g;

    table_random(&t, rows, rows, features, classes, 16);
    job = job_of(&t, trees, 5);
    job.source = features > 3 ? &source : NULL;
    job.params.bootstrap = features != 2;
    grow(&g, &job);
    seed("nvf", name, g.file, g.bytes);
    grown_free(&g);
    table_free(&t);
}

void seed_models(void)
{
    seed_weights();
    seed_forest("two", 2, 1, 2, 1);
    seed_forest("small", 8, 2, 2, 3);
    seed_forest("three", 20, 4, 3, 2);
    seed_forest("wide", 30, 9, 2, 4);
    seed_forest("many", 60, 5, 7, 2);
}
