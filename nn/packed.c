/* SPDX-License-Identifier: MIT */
/*
 * packed.c - packed weights files: what they say of a plan's layers, and a plan made of what one says.
 *
 * The file names an algorithm for every layer that has weights, in the order of the table, and its payloads are just
 * what nev_plan_pack makes of the canonical file, so that they are used where they lie.
 */
#include <string.h>

#include "nn/algorithm.h"
#include "nn/base/bytes.h"
#include "nn/base/size.h"
#include "nn/kernels/kernels.h"

/* ---- algorithms of layers and of steps ---- */

enum nev_algorithm nev_layer_step(enum nev_layer_algorithm algorithm)
{
    switch (algorithm) {
    case NEV_LAYER_DEPTHWISE:
        return NEV_ALGORITHM_DEPTHWISE;
    case NEV_LAYER_WINOGRAD_F4:
        return NEV_ALGORITHM_WINOGRAD_F4;
    case NEV_LAYER_WINOGRAD_F2:
        return NEV_ALGORITHM_WINOGRAD_F2;
    case NEV_LAYER_WINOGRAD_S2:
        return NEV_ALGORITHM_WINOGRAD_S2;
    case NEV_LAYER_NONE:
    case NEV_LAYER_DIRECT:
    case NEV_LAYER_WINOGRAD_7X7: /* when the maximum joins it */
    case NEV_LAYER_LEN:
        break;
    }
    return NEV_ALGORITHM_GEMM;
}

bool nev_layer_fits(const struct nev_layer *layer, uint32_t c, enum nev_layer_algorithm algorithm)
{
    bool is_winograd = layer->op == NEV_OP_CONV && layer->k == 3 && c % NEV_PANEL == 0;

    switch (algorithm) {
    case NEV_LAYER_DIRECT:
        return layer->op == NEV_OP_CONV || layer->op == NEV_OP_FC;
    case NEV_LAYER_DEPTHWISE:
        return layer->op == NEV_OP_DEPTHWISE;
    case NEV_LAYER_WINOGRAD_F4:
    case NEV_LAYER_WINOGRAD_F2:
        return is_winograd && layer->s == 1;
    case NEV_LAYER_WINOGRAD_S2:
        return is_winograd && layer->s == 2;
    case NEV_LAYER_WINOGRAD_7X7:
        return layer->op == NEV_OP_CONV && layer->k == 7 && layer->s == 2 && c == 3;
    case NEV_LAYER_NONE:
    case NEV_LAYER_LEN:
        break;
    }
    return false;
}

/* Fusing changes no bit and no layout: a fused step's layers are named one by one. */
enum nev_layer_algorithm nev_linear_algorithm(const struct nev_step *step, uint32_t linear)
{
    if (step->linear[linear].op == NEV_OP_DEPTHWISE) {
        return NEV_LAYER_DEPTHWISE;
    }
    switch (step->algorithm) {
    case NEV_ALGORITHM_WINOGRAD_F4:
        return NEV_LAYER_WINOGRAD_F4;
    case NEV_ALGORITHM_WINOGRAD_F2:
        return NEV_LAYER_WINOGRAD_F2;
    case NEV_ALGORITHM_WINOGRAD_S2:
        return NEV_LAYER_WINOGRAD_S2;
    case NEV_ALGORITHM_WINOGRAD_7X7:
        return NEV_LAYER_WINOGRAD_7X7;
    case NEV_ALGORITHM_GEMM:
    case NEV_ALGORITHM_GEMM_POOL:
    case NEV_ALGORITHM_BLOCK:
        return NEV_LAYER_DIRECT;
    case NEV_ALGORITHM_REFERENCE:
    case NEV_ALGORITHM_DEPTHWISE:
    case NEV_ALGORITHM_MAXPOOL:
    case NEV_ALGORITHM_AVGPOOL:
    case NEV_ALGORITHM_LEN:
        break;
    }
    return NEV_LAYER_NONE;
}

enum nev_path nev_profile_path(enum nev_profile profile)
{
    return profile == NEV_PROFILE_DIRECT ? NEV_PATH_DIRECT : NEV_PATH_FAST;
}

/* ---- the list of tensors ---- */

uint32_t nev_packed_len(const struct nev_plan *plan)
{
    uint32_t len = 0;

    for (uint32_t i = 0; i < plan->step_len; i++) {
        len += 2 * plan->step[i].linear_len;
    }
    return len;
}

/* The step and the layer of it that tensor i belongs to. Range: i < nev_packed_len(plan). */
static const struct nev_step *step_of(const struct nev_plan *plan, uint32_t i, uint32_t *linear)
{
    const struct nev_step *step = plan->step;

    for (; i / 2 >= step->linear_len; step++) {
        i -= 2 * step->linear_len;
    }
    *linear = i / 2;
    return step;
}

enum nev_layer_algorithm nev_packed_spec(const struct nev_plan *plan, uint32_t i,
                                         struct nev_tensor_spec *spec, char name[NEV_TENSOR_NAME_LEN])
{
    uint32_t j;
    const struct nev_step *step = step_of(plan, i, &j);
    const struct nev_layer *layer = &nev_table_of(plan->model.net)->layer[step->linear[j].row];

    nev_layer_tensor(layer, step->linear[j].c, i % 2 == 0 ? NEV_PART_WEIGHT : NEV_PART_BIAS, spec, name);
    return i % 2 == 0 ? nev_linear_algorithm(step, j) : NEV_LAYER_NONE;
}

/* Where the plan has tensor i in its packed weights, and how large. */
static size_t offset_of(const struct nev_plan *plan, uint32_t i, uint64_t *bytes)
{
    uint32_t j;
    const struct nev_linear *linear = &step_of(plan, i, &j)->linear[0] + j;

    *bytes = i % 2 == 0 ? linear->weight_bytes : linear->bias_bytes;
    return i % 2 == 0 ? linear->weight_offset : linear->bias_offset;
}

/* ---- reading ---- */

static enum nev_status match_tensor(const struct nev_plan *plan, const struct nev_weights *w, uint32_t i,
                                    struct nev_error *err)
{
    char name[NEV_TENSOR_NAME_LEN];
    struct nev_tensor_spec spec;
    struct nev_tensor t;
    enum nev_layer_algorithm algorithm = nev_packed_spec(plan, i, &spec, name);
    uint64_t bytes;
    size_t offset = offset_of(plan, i, &bytes);

    nev_weights_tensor(w, i, &t);
    if (strcmp(t.name, name) != 0 || t.kind != spec.kind) {
        return nev_fail(err, NEV_ERR_MISSING, t.entry, name,
                        "the packed file has another tensor where the network has this one");
    }
    if (t.ndim != spec.ndim || memcmp(t.dim, spec.dim, sizeof t.dim) != 0) {
        return nev_fail(err, NEV_ERR_SHAPE, t.entry, name, "the tensor's shape is not the network's");
    }
    if (t.algorithm != algorithm || t.offset - w->payload_offset != offset || 4 * (uint64_t)t.len != bytes) {
        return nev_fail(
            err, NEV_ERR_UNSUPPORTED, t.entry, name,
            "this build cannot compute the layer as the file says; pack the canonical file again");
    }
    return NEV_OK;
}

static enum nev_status fail_len(struct nev_error *err)
{
    return nev_fail(err, NEV_ERR_MISSING, NEV_NO_OFFSET, "tensors",
                    "the packed file has more or fewer tensors than the network");
}

enum nev_status nev_packed_matches(const struct nev_plan *plan, const struct nev_weights *weights,
                                   struct nev_error *err)
{
    uint32_t len = nev_packed_len(plan);
    enum nev_status status = NEV_OK;

    if (plan->path == NEV_PATH_REFERENCE || plan->path != nev_profile_path(weights->profile)) {
        return nev_fail(err, NEV_ERR_UNSUPPORTED, NEV_NO_OFFSET, nev_net_name(weights->model.net),
                        "the file is packed for another path; take that one, or the canonical file");
    }
    if (len != weights->tensor_len) {
        return fail_len(err);
    }
    for (uint32_t i = 0; status == NEV_OK && i < len; i++) {
        status = match_tensor(plan, weights, i, err);
    }
    return status;
}

/* The file's algorithm for each row, if the row can have it. */
static enum nev_status choose(const struct nev_weights *w, const struct nev_table *table,
                              uint8_t choice[NEV_LAYERS_MAX], struct nev_error *err)
{
    uint32_t i = 0;
    struct nev_tensor t;

    memset(choice, NEV_LAYER_NONE, NEV_LAYERS_MAX);
    for (uint32_t row = 0; row < table->len; row++) {
        if (table->layer[row].weight == NULL) {
            continue;
        }
        if (i >= w->tensor_len) {
            return fail_len(err);
        }
        nev_weights_tensor(w, i, &t);
        if (!nev_layer_fits(&table->layer[row], t.dim[1], t.algorithm) ||
            (w->profile == NEV_PROFILE_DIRECT && t.algorithm > NEV_LAYER_DEPTHWISE)) {
            return nev_fail(err, NEV_ERR_UNSUPPORTED, t.entry, t.name,
                            "this layer cannot be computed as the packed file says");
        }
        choice[row] = (uint8_t)t.algorithm;
        i += 2;
    }
    return NEV_OK;
}

enum nev_status nev_plan_make_for(struct nev_plan *plan, const struct nev_weights *weights,
                                  enum nev_path path, uint32_t parts, uint32_t batch, struct nev_error *err)
{
    const struct nev_table *table = nev_table_of(weights->model.net);
    uint8_t choice[NEV_LAYERS_MAX];
    enum nev_status status = NEV_OK;

    if (weights->form != NEV_FORM_PACKED || table == NULL) {
        return nev_plan_make_batch(plan, &weights->model, path, parts, batch, err);
    }
    memset(plan, 0, sizeof *plan);
    if (path != nev_profile_path(weights->profile)) {
        return nev_fail(err, NEV_ERR_UNSUPPORTED, NEV_NO_OFFSET, table->name,
                        "the file is packed for another path; take that one, or the canonical file");
    }
    status = choose(weights, table, choice, err);
    if (status == NEV_OK) {
        status = nev_plan_draft(plan, &weights->model, path, choice, parts, batch, err);
    }
    if (status == NEV_OK) {
        status = nev_packed_matches(plan, weights, err);
    }
    if (status != NEV_OK) {
        memset(plan, 0, sizeof *plan);
    }
    return status;
}

const void *nev_plan_in_place(const struct nev_plan *plan, const struct nev_weights *weights)
{
    const uint8_t *at = weights->base + weights->payload_offset;

    if (weights->form != NEV_FORM_PACKED || !nev_is_little_endian() || (uintptr_t)at % NEV_ALIGN != 0 ||
        nev_packed_matches(plan, weights, NULL) != NEV_OK) {
        return NULL;
    }
    return at;
}

/* ---- writing ---- */

/* Numbers on their way to the file's byte order, in place. */
struct store_job {
    uint8_t *at;
    size_t len;
};

static void store_part(void *arg, uint32_t part, uint32_t parts)
{
    const struct store_job *job = arg;
    size_t begin, end;

    nev_parallel_range(job->len, part, parts, &begin, &end);
    for (; begin < end; begin++) {
        float v;

        memcpy(&v, job->at + 4 * begin, sizeof v);
        nev_store_f32le(job->at + 4 * begin, v);
    }
}

enum nev_status nev_packed_store(const struct nev_plan *plan, const struct nev_weights *weights,
                                 uint8_t *payload_le, size_t payload_bytes, const struct nev_parallel *par,
                                 struct nev_error *err)
{
    struct store_job job = {payload_le, plan->packed_bytes / 4};
    enum nev_status status = nev_plan_pack(plan, weights, payload_le, payload_bytes, par, err);

    if (status == NEV_OK && !nev_is_little_endian()) {
        nev_parallel_run(par, store_part, &job);
    }
    return status;
}
