/* SPDX-License-Identifier: MIT */
#include "tools/networks/seeded.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nn/nn.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/files/files.h"

/* A network's tensor list with room for the names. */
struct list {
    struct nev_tensor_spec spec[NEV_TENSORS_MAX];
    char name[NEV_TENSORS_MAX][NEV_TENSOR_NAME_LEN];
    uint32_t len;
};

static enum nev_status fill_file(const struct nev_model *model, const struct list *list, uint32_t seed,
                                 uint8_t *file, size_t bytes)
{
    enum nev_status status = nev_weights_write_begin(model, list->spec, list->len, file, bytes);
    uint32_t i;
    size_t len;

    for (i = 0; status == NEV_OK && i < list->len; i++) {
        nev_seeded_fill(&list->spec[i], seed * 65536u + i, nev_weights_payload(file, i, &len));
    }
    if (status == NEV_OK) {
        nev_weights_write_end(file, bytes);
    }
    return status;
}

static uint8_t *make_image(const struct nev_model *model, const struct list *list, uint32_t seed,
                           size_t *bytes)
{
    uint8_t *file;

    if (nev_weights_write_bytes(list->spec, list->len, bytes) != NEV_OK) {
        return NULL;
    }
    file = nev_memory_take(*bytes, 1);
    if (file != NULL && fill_file(model, list, seed, file, *bytes) != NEV_OK) {
        nev_memory_give(file);
        file = NULL;
    }
    return file;
}

uint8_t *nev_seeded_image(const struct nev_model *model, uint32_t seed, size_t *bytes)
{
    struct list *list = nev_memory_take_zeroed(1, sizeof *list);
    struct nev_model named = *model;
    uint8_t *file;
    uint32_t i;

    *bytes = 0;
    if (list == NULL) {
        return NULL;
    }
    memset(named.source_sha256, 0, sizeof named.source_sha256);
    memset(named.source_name, 0, sizeof named.source_name);
    snprintf(named.source_name, sizeof named.source_name, "seeded:%" PRIu32, seed);
    list->len = nev_net_tensor_len(model->net);
    for (i = 0; i < list->len && i < NEV_TENSORS_MAX; i++) {
        nev_net_tensor_spec(model->net, i, &list->spec[i], list->name[i]);
    }
    file = make_image(&named, list, seed, bytes);
    nev_memory_give(list);
    return file;
}

enum nev_exit nev_seeded_write(const struct nev_model *model, uint32_t seed, const char *path)
{
    struct nev_error err;
    enum nev_status status;
    size_t bytes;
    uint8_t *file = nev_seeded_image(model, seed, &bytes);

    if (file == NULL) {
        return nev_report_memory("the weights");
    }
    status = nev_file_write(path, file, bytes, &err);
    nev_memory_give(file);
    return status == NEV_OK ? NEV_EXIT_OK : nev_report(path, &err);
}
