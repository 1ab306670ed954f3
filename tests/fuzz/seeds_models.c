/* SPDX-License-Identifier: MIT */
/* Weights files and forests of a few hundred bytes, by the library's own writers. */
#include "tests/fuzz/seeds.h"

#include "tests/support/test.h"

#include "forest/file/calibration.h"
#include "tests/forest/grow.h"
#include "tests/forest/onnx_forest.h"
#include "tests/weights/sample.h"

static void seed_weights(void)
{
    static const struct nev_tensor_spec one = {"w", NEV_TENSOR_BIAS, 1, {1, 1, 1, 1}};
    struct nev_model m = sample_model();
    size_t bytes;
    uint8_t *file = sample_file(&bytes);

    seed("nvw", "sample", file, bytes);
    free(file);
    file = sample_packed(4, &bytes);
    seed("nvw", "packed", file, bytes);
    free(file);
    file = sample_packed(2, &bytes);
    seed("nvw", "depthwise", file, bytes);
    memset(file + NEV_NVW_AT_CANONICAL_SHA256, 0, NEV_SHA256_BYTES); /* refused: packed from nothing */
    sample_sign(file, bytes, NEV_NVW_HEADER_BYTES + 2 * NEV_NVW_ENTRY_BYTES,
                (size_t)nev_nvw_payload_offset(2, 1));
    seed("nvw", "origin", file, bytes);
    free(file);
    assert_int_equal(nev_weights_write_bytes(&one, 1, &bytes), NEV_OK);
    file = malloc(bytes);
    assert_non_null(file);
    assert_int_equal(nev_weights_write_begin(&m, &one, 1, file, bytes), NEV_OK);
    nev_weights_write_end(file, bytes);
    seed("nvw", "one", file, bytes);
    free(file);
}

/* What of a forest is not the default. */
struct forest_seed {
    const char *name;
    uint32_t rows, features, classes, trees;
    bool no_bootstrap, has_source;
    enum nev_forest_weight weight;
    enum nev_calibration_kind kind; /* with a threshold and sets */
};

/* The same forest with what its votes out of bag say. */
static void seed_calibrated(const struct forest_seed *s, const struct nev_forest *f)
{
    const struct nev_calibration_wish wish = {s->kind, NEV_RULE_YOUDEN, 0,
                                              1,       900000,          s->kind == NEV_CALIBRATION_PLATT};
    size_t memory_bytes = nev_calibrate_bytes(f), room, bytes;
    void *memory = malloc(memory_bytes);
    struct nev_calibration c;
    struct nev_error err;
    uint8_t *out;

    assert_non_null(memory);
    assert_int_equal(nev_calibrate(f, &wish, memory, memory_bytes, &c, &err), NEV_OK);
    room = nev_calibration_file_bytes(f, &c);
    out = malloc(room);
    assert_non_null(out);
    assert_int_equal(nev_calibration_write(f, &c, out, room, &bytes, &err), NEV_OK);
    seed("nvf", s->name, out, bytes);
    free(out);
    free(memory);
}

static void seed_forest(const struct forest_seed *s)
{
    const struct nev_forest_source source = {.net = 1,
                                             .net_name = "resnet18",
                                             .layer = "fc",
                                             .resize = NEV_FOREST_RESIZE_SQUASH,
                                             .width = 224,
                                             .height = 224,
                                             .mean = {0.5f, 0.5f, 0.5f},
                                             .std = {1.0f, 1.0f, 1.0f},
                                             .path = 1};
    struct table t;
    struct nev_forest_job job;
    struct grown g;

    table_random(&t, s->rows, s->rows, s->features, s->classes, 16);
    job = job_of(&t, s->trees, 5);
    job.source = s->has_source ? &source : NULL;
    job.params.bootstrap = !s->no_bootstrap;
    job.params.class_weight = s->weight;
    grow(&g, &job);
    if (s->kind != NEV_CALIBRATION_NONE) {
        seed_calibrated(s, &g.f);
    } else {
        seed("nvf", s->name, g.file, g.bytes);
    }
    grown_free(&g);
    table_free(&t);
}

/* A forest in an ONNX file, in each form of its lists. */
static void seed_ensembles(void)
{
    static const char *const name[] = {"plain", "packed", "doubles", "raw"};
    struct onnx_forest f;
    struct build b = {0};
    uint32_t i;

    for (i = 0; i < 4; i++) {
        onnx_base(&f);
        f.is_packed = i == 1 || i == 2;
        f.is_double = i >= 2;
        f.is_raw = i == 3;
        f.before = i == 1 ? "Cast" : NULL;
        f.after = i == 3 ? "ZipMap" : NULL;
        onnx_write(&f, &b);
        seed("ensemble", name[i], b.p, b.len);
    }
    build_free(&b);
}

void seed_models(void)
{
    static const struct forest_seed forests[] = {
        {"two", 2, 1, 2, 1, false, false, NEV_FOREST_WEIGHT_NONE, NEV_CALIBRATION_NONE},
        {"no-bootstrap", 8, 2, 2, 3, true, false, NEV_FOREST_WEIGHT_NONE, NEV_CALIBRATION_NONE},
        {"three", 20, 4, 3, 2, false, true, NEV_FOREST_WEIGHT_NONE, NEV_CALIBRATION_NONE},
        {"balanced", 30, 9, 2, 4, false, true, NEV_FOREST_WEIGHT_BALANCED, NEV_CALIBRATION_NONE},
        {"many", 60, 5, 7, 2, false, false, NEV_FOREST_WEIGHT_NONE, NEV_CALIBRATION_NONE},
        {"platt", 24, 3, 2, 5, false, false, NEV_FOREST_WEIGHT_NONE, NEV_CALIBRATION_PLATT},
        {"isotonic", 24, 3, 2, 5, false, false, NEV_FOREST_WEIGHT_NONE, NEV_CALIBRATION_ISOTONIC},
    };
    size_t i;

    seed_weights();
    seed_ensembles();
    for (i = 0; i < sizeof forests / sizeof forests[0]; i++) {
        seed_forest(&forests[i]);
    }
}
