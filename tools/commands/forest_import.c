/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "forest/exchange/ensemble.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/forests/forests.h"

#define MODEL_FILE_MAX ((uint64_t)1 << 32) /* bytes */

struct values {
    const char *out;
    uint64_t features;
};

static const struct values defaults;

static const struct nev_option options[] = {
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, out), "F.nvf", "where to write the forest", 0, 0,
     NULL},
    {"features", 0, NEV_OPTION_NUMBER, offsetof(struct values, features), "N",
     "features of a row, if the model does not say how many", 1, NEV_FOREST_FEATURES_MAX, NULL},
    NEV_OPTION_END,
};

/* The file image of the trees; *image is the caller's to give back. */
static enum nev_status build_image(const struct nev_build *build, uint8_t **image, size_t *bytes,
                                   struct nev_error *err)
{
    size_t memory_bytes, file_bytes;
    enum nev_status status = nev_forest_build_bytes(build, &memory_bytes, &file_bytes, err);
    void *memory;

    if (status != NEV_OK) {
        return status;
    }
    memory = nev_memory_take(memory_bytes, 1);
    *image = nev_memory_take(file_bytes, 1);
    if (memory == NULL || *image == NULL) {
        status = nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL, "not enough memory to build the forest");
    } else {
        status = nev_forest_build(build, memory, memory_bytes, *image, file_bytes, bytes, err);
    }
    nev_memory_give(memory);
    return status;
}

static enum nev_exit show(const struct values *v, const struct nev_ensemble *e, const uint8_t *image,
                          size_t bytes)
{
    char name[1024], hex[NEV_SHA256_HEX_BYTES];
    struct nev_forest f;
    struct nev_error err;
    uint32_t k;

    if (nev_forest_open(&f, image, bytes, &err) != NEV_OK) {
        return nev_report_output(v->out, &err);
    }
    nev_text_safe(v->out, name, sizeof name);
    printf("%s: %" PRIu32 " trees, %" PRIu64 " nodes, %" PRIu32 " features, classes", name, f.params.trees,
           f.node_total, f.features);
    for (k = 0; k < f.classes; k++) {
        nev_text_safe(nev_forest_class_name(&f, k), name, sizeof name);
        printf("%s %s", k == 0 ? "" : ",", name);
    }
    nev_text_safe(e->origin, name, sizeof name);
    printf("\nfrom %s; thresholds %s\n", name[0] == '\0' ? "ONNX" : name,
           e->is_double ? "of 64 bits, rounded down to 32" : "as they were");
    nev_sha256_hex(f.file_sha256, hex);
    printf("%zu bytes, SHA-256 %s\n", bytes, hex);
    return NEV_EXIT_OK;
}

static enum nev_exit import(const struct values *v, const struct nev_file *file, const char *path)
{
    uint8_t digest[NEV_SHA256_BYTES], *image = NULL;
    struct nev_ensemble e;
    struct nev_build build;
    struct nev_error err;
    size_t bytes = 0;
    enum nev_exit code = NEV_EXIT_OK;
    void *memory;

    if (nev_ensemble_open(&e, file->data, file->bytes, (uint32_t)v->features, &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    memory = nev_memory_take(nev_ensemble_bytes(&e), 1);
    if (memory == NULL) {
        return nev_report_memory("the trees");
    }
    nev_sha256_of(file->data, file->bytes, digest);
    if (nev_ensemble_read(&e, memory, nev_ensemble_bytes(&e), &build, &err) != NEV_OK) {
        code = nev_report(path, &err);
    } else {
        build.origin_sha256 = digest;
        code = build_image(&build, &image, &bytes, &err) == NEV_OK ? NEV_EXIT_OK : nev_report(path, &err);
    }
    if (code == NEV_EXIT_OK && nev_file_write(v->out, image, bytes, &err) != NEV_OK) {
        code = nev_report_output(v->out, &err);
    }
    if (code == NEV_EXIT_OK) {
        code = show(v, &e, image, bytes);
    }
    nev_memory_give(image);
    nev_memory_give(memory);
    return code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const struct nev_collide collide = {{v->out}, {args->text[0]}, NULL};
    struct nev_file file;
    struct nev_error err;
    enum nev_exit code;

    if (v->out == NULL) {
        return nev_report_text(NEV_EXIT_USAGE, "forest import", "--out is needed");
    }
    if ((code = nev_collide_check(&collide)) != NEV_EXIT_OK) {
        return code;
    }
    if (nev_file_map(&file, args->text[0], MODEL_FILE_MAX, &err) != NEV_OK) {
        return nev_report(args->text[0], &err);
    }
    code = import(v, &file, args->text[0]);
    nev_file_close(&file);
    return code;
}

const struct nev_command nev_command_forest_import = {
    "forest import",
    "a forest file from scikit-learn's forest in an ONNX file",
    "MODEL.onnx -o F.nvf [--features N]",
    "Takes a RandomForestClassifier (or ExtraTreesClassifier) as skl2onnx writes it: one "
    "TreeEnsembleClassifier, with or\n"
    "without a ZipMap. Every row goes the way it goes there; probabilities are the same within 2^-22, and "
    "exact where\n"
    "leaves hold few draws. The label is the class with most votes, where scikit-learn takes the greatest "
    "probability.\n"
    "Anything else is refused with its place and name.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    1,
    run,
};
