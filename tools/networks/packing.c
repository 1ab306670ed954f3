/* SPDX-License-Identifier: MIT */
#include "tools/networks/packing.h"

#include "tools/base/memory.h"
#include "tools/networks/tensors.h"

/* Everything that is needed on the way. */
struct job {
    struct nev_plan plan;
    struct nev_tensor_list list;
    enum nev_layer_algorithm algorithms[NEV_TENSORS_MAX];
};

static void list_tensors(struct job *job)
{
    job->list.len = nev_packed_len(&job->plan);
    for (uint32_t i = 0; i < job->list.len; i++) {
        job->algorithms[i] = nev_packed_spec(&job->plan, i, &job->list.spec[i], job->list.name[i]);
    }
}

static enum nev_status fill(const struct job *job, const struct nev_packing *packing,
                            const struct nev_weights *weights, const struct nev_parallel *par, uint8_t *file,
                            size_t bytes, struct nev_error *err)
{
    enum nev_status status =
        nev_weights_write_packed_begin(&weights->model, packing, job->list.spec, job->list.len, file, bytes);
    size_t len;

    if (status != NEV_OK) {
        return nev_fail(err, status, NEV_NO_OFFSET, NULL, "the packed file cannot be laid out");
    }
    status = nev_packed_store(&job->plan, weights, nev_weights_payload(file, 0, &len), job->plan.packed_bytes,
                              par, err);
    if (status == NEV_OK) {
        nev_weights_write_end(file, bytes);
    }
    return status;
}

static uint8_t *make(struct job *job, const struct nev_weights *weights, enum nev_path path,
                     const struct nev_parallel *par, size_t *bytes, struct nev_error *err)
{
    const struct nev_packing packing = {path == NEV_PATH_DIRECT ? NEV_PROFILE_DIRECT : NEV_PROFILE_FAST,
                                        weights->head_sha256, job->algorithms};
    enum nev_status status = nev_plan_make(&job->plan, &weights->model, path, 1, err);
    uint8_t *file;

    if (status != NEV_OK) {
        return NULL;
    }
    list_tensors(job);
    status = nev_weights_write_packed_bytes(&packing, job->list.spec, job->list.len, bytes);
    if (status != NEV_OK) {
        nev_fail(err, status, NEV_NO_OFFSET, NULL, "the packed file cannot be laid out");
        return NULL;
    }
    file = nev_memory_take(*bytes, 1);
    if (file == NULL) {
        nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL, "not enough memory for the packed file");
        return NULL;
    }
    if (fill(job, &packing, weights, par, file, *bytes, err) != NEV_OK) {
        nev_memory_give(file);
        return NULL;
    }
    return file;
}

uint8_t *nev_packing_image(const struct nev_weights *weights, enum nev_path path,
                           const struct nev_parallel *par, size_t *bytes, struct nev_error *err)
{
    struct job *job;
    uint8_t *file;

    *bytes = 0;
    if (weights->form != NEV_FORM_CANONICAL) {
        nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, NULL,
                 "the file is packed already; give the canonical one");
        return NULL;
    }
    job = nev_memory_take_zeroed(1, sizeof *job);
    if (job == NULL) {
        nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL, "not enough memory");
        return NULL;
    }
    file = make(job, weights, path, par, bytes, err);
    nev_memory_give(job);
    return file;
}
