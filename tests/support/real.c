/* SPDX-License-Identifier: MIT */
#include "tests/support/real.h"

#include <stdlib.h>
#include <string.h>

#include "io/image.h"
#include "nn/base/size.h"
#include "tests/support/test.h"
#include "weights/import/import.h"

static void must(enum nev_status status, const struct nev_error *err)
{
    if (status != NEV_OK) {
        fail_msg("%s: %s (%s)", nev_status_name(status), err->what, err->name);
    }
}

void nev_test_model_import(struct nev_test_model *m, const char *path)
{
    static struct nev_tensor_spec specs[NEV_TENSORS_MAX];
    static char names[NEV_TENSORS_MAX][NEV_TENSOR_NAME_LEN];
    size_t source_bytes, arena_bytes, file_bytes, len;
    uint8_t *source = nev_test_read(path, &source_bytes), *file;
    enum nev_source_kind kind;
    struct nev_import imp;
    struct nev_model model;
    struct nev_arena arena;
    struct nev_error err;
    void *mem;

    must(nev_import_probe(source, source_bytes, &kind, &arena_bytes, &err), &err);
    mem = malloc(arena_bytes + NEV_ALIGN);
    assert_non_null(mem);
    nev_arena_init(&arena, mem, arena_bytes + NEV_ALIGN);
    must(nev_import_open(&imp, source, source_bytes, &arena, &err), &err);
    must(nev_import_identify(&imp, &model, &err), &err);
    for (uint32_t i = 0; i < nev_net_tensor_len(model.net); i++) {
        nev_net_tensor_spec(model.net, i, &specs[i], names[i]);
    }
    must(nev_import_bind(&imp, model.net, specs, nev_net_tensor_len(model.net), &err), &err);
    assert_int_equal(nev_weights_write_bytes(specs, nev_net_tensor_len(model.net), &file_bytes), NEV_OK);
    file = aligned_alloc(NEV_ALIGN, file_bytes);
    assert_non_null(file);
    strcpy(model.source_name, "test");
    assert_int_equal(nev_weights_write_begin(&model, specs, nev_net_tensor_len(model.net), file, file_bytes),
                     NEV_OK);
    for (uint32_t i = 0; i < nev_net_tensor_len(model.net); i++) {
        must(nev_import_store(&imp, i, &specs[i], nev_weights_payload(file, i, &len), &err), &err);
    }
    nev_weights_write_end(file, file_bytes);
    nev_test_model_open(m, file, file_bytes);
    free(mem);
    free(source);
}

float *nev_test_picture(const char *path, const struct nev_prep *prep)
{
    size_t bytes;
    uint8_t *file = nev_test_read(path, &bytes), *rgb;
    float *input = malloc((size_t)prep->width * prep->height * 3 * sizeof *input);
    struct nev_image_info info;
    struct nev_error err;
    void *scratch;

    must(nev_image_probe(file, bytes, NEV_IMAGE_PIXELS_MAX, &info, &err), &err);
    assert_int_equal(info.upright_width, prep->width);
    assert_int_equal(info.upright_height, prep->height);
    rgb = malloc(info.rgb_bytes);
    scratch = aligned_alloc(NEV_ALIGN, (info.scratch_bytes + NEV_ALIGN) / NEV_ALIGN * NEV_ALIGN);
    assert_true(input != NULL && rgb != NULL && scratch != NULL);
    must(nev_image_decode(file, bytes, &info, NEV_IMAGE_RGB, rgb, info.rgb_bytes, scratch, info.scratch_bytes,
                          &err),
         &err);
    nev_normalise(prep, rgb, input);
    free(scratch);
    free(rgb);
    free(file);
    return input;
}
