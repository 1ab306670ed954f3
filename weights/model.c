/* SPDX-License-Identifier: MIT */
/* What a model and a tensor may be, whether they come from a file or go into one. */
#include <float.h>
#include <stdbool.h>

#include "nn/base/bytes.h"
#include "weights/layout.h"
#include "weights/weights.h"

_Static_assert(NEV_WEIGHTS_AT_WIDTH == NEV_NVW_AT_WIDTH && NEV_WEIGHTS_AT_HEIGHT == NEV_NVW_AT_HEIGHT,
               "weights.h and layout.h say the same of the input's size");

static bool is_finite(float v)
{
    return (nev_f32_bits(v) >> 23 & 0xFF) != 0xFF;
}

static enum nev_status check_prep(const struct nev_prep *prep, struct nev_error *err)
{
    uint32_t c;

    if (prep->width < 1 || prep->width > NEV_DIM_MAX) {
        return nev_fail(err, NEV_ERR_VALUE, NEV_NVW_AT_WIDTH, "width", "the input width is not 1..16384");
    }
    if (prep->height < 1 || prep->height > NEV_DIM_MAX) {
        return nev_fail(err, NEV_ERR_VALUE, NEV_NVW_AT_HEIGHT, "height", "the input height is not 1..16384");
    }
    for (c = 0; c < 3; c++) {
        if (!is_finite(prep->mean[c])) {
            return nev_fail(err, NEV_ERR_VALUE, NEV_NVW_AT_MEAN + 4 * c, "mean",
                            "a channel's mean is NaN or infinite");
        }
    }
    for (c = 0; c < 3; c++) {
        if (!is_finite(prep->std[c]) || !(prep->std[c] >= FLT_MIN)) {
            return nev_fail(err, NEV_ERR_VALUE, NEV_NVW_AT_STD + 4 * c, "std",
                            "a channel's standard deviation is not a positive normal number");
        }
    }
    return NEV_OK;
}

static bool is_text(const char *text, size_t bytes)
{
    size_t i = 0;

    for (; i < bytes && text[i] >= ' ' && text[i] <= '~'; i++) {
    }
    return i < bytes && text[i] == '\0';
}

enum nev_status nev_model_check(const struct nev_model *model, struct nev_error *err)
{
    if (model->net != NEV_NET_RESNET18 && model->net != NEV_NET_DARKNET19 &&
        model->net != NEV_NET_MOBILENETV2) {
        return nev_fail(err, NEV_ERR_NETWORK, NEV_NVW_AT_NET, "net",
                        "the network is none of the three this build knows");
    }
    if (model->padding != NEV_PADDING_SYMMETRIC && model->padding != NEV_PADDING_SAME) {
        return nev_fail(err, NEV_ERR_FORMAT, NEV_NVW_AT_PADDING, "padding",
                        "the padding convention is neither symmetric nor SAME");
    }
    if (model->bn_form != NEV_BN_EPS_INSIDE && model->bn_form != NEV_BN_EPS_OUTSIDE) {
        return nev_fail(err, NEV_ERR_FORMAT, NEV_NVW_AT_BN_FORM, "bn_form",
                        "the batch-norm form is neither 0 nor 1");
    }
    if (model->prep.order != NEV_ORDER_RGB && model->prep.order != NEV_ORDER_BGR) {
        return nev_fail(err, NEV_ERR_FORMAT, NEV_NVW_AT_ORDER, "order",
                        "the channel order is neither RGB nor BGR");
    }
    if (!(model->bn_eps > 0.0 && model->bn_eps <= 1.0)) {
        return nev_fail(err, NEV_ERR_VALUE, NEV_NVW_AT_BN_EPS, "bn_eps", "eps is not above 0 and at most 1");
    }
    if (!is_text(model->source_name, sizeof model->source_name)) {
        return nev_fail(err, NEV_ERR_FORMAT, NEV_NVW_AT_SOURCE_NAME, "source_name",
                        "the source's name is not printable ASCII of at most 63 characters");
    }
    return check_prep(&model->prep, err);
}

enum nev_status nev_spec_check(const struct nev_tensor_spec *spec, uint64_t at, uint64_t *bytes,
                               struct nev_error *err)
{
    uint64_t here = at == NEV_NO_OFFSET ? 0 : at, total = 4;
    bool is_weight = spec->kind == NEV_TENSOR_WEIGHT;
    uint32_t d;

    *bytes = 0;
    if ((unsigned)spec->kind > NEV_TENSOR_VAR) {
        return nev_fail(err, NEV_ERR_FORMAT, here + NEV_NVW_IN_KIND, spec->name, "unknown kind of tensor");
    }
    if (is_weight ? spec->ndim != 2 && spec->ndim != 4 : spec->ndim != 1) {
        return nev_fail(err, NEV_ERR_SHAPE, here + NEV_NVW_IN_NDIM, spec->name,
                        "a weight has 2 or 4 dimensions, every other tensor 1");
    }
    for (d = 0; d < NEV_TENSOR_DIMS; d++) {
        if (spec->dim[d] < 1 || spec->dim[d] > NEV_DIM_MAX) {
            return nev_fail(err, NEV_ERR_LIMIT, here + NEV_NVW_IN_DIM + 4 * d, spec->name,
                            "a dimension is not 1..16384");
        }
        if (d >= spec->ndim && spec->dim[d] != 1) {
            return nev_fail(err, NEV_ERR_SHAPE, here + NEV_NVW_IN_DIM + 4 * d, spec->name,
                            "a dimension past the last is not 1");
        }
        total *= spec->dim[d]; /* Bounds: at most 4 * 2^14^4 = 2^58 */
    }
    if (total > NEV_NVW_PAYLOAD_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, here + NEV_NVW_IN_DIM, spec->name,
                        "a tensor has 2^31 - 64 bytes or more");
    }
    *bytes = total;
    return NEV_OK;
}
