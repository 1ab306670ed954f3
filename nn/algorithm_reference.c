/* SPDX-License-Identifier: MIT */
/*
 * reference.c - the networks layer by layer, as the papers draw them: convolution, batch norm, activation,
 * addition, each a plain loop over [C,H,W].
 *
 * Numerics: sums are in float64. The product of two float32 numbers is exact there, so a*b + c rounds once
 * whether or not a compiler or processor fuses it, and the order below fixes every bit. Each stage is rounded
 * to float32. This path says what the networks compute; the fast path must agree with it within the bound of
 * nn/NUMERICS.md.
 */
#include <stdbool.h>

#include "nn/algorithm.h"
#include "nn/base/bytes.h"
#include "nn/base/real.h"

#define COLUMNS 256u /* outputs of a row summed together: 2 KiB of stack */

/* One row of a table at work. */
struct stage {
    const struct nev_step *step;
    const struct nev_linear *linear; /* of a convolution */
    const struct nev_layer *layer;
    const struct nev_model *model;
    const float *part[NEV_PART_LEN]; /* the row's tensors; NULL: it has none such */
    const float *x, *also;
    float *y;
    size_t x_pixel, x_channel; /* strides of x: [C,H,W], but [H,W,C] for the picture */
};

/* The offset of one part of a row in its packed tensors, which lie in canonical order; *len is its elements.
 * For NEV_PART_LEN the offset is the size of them all. */
static uint64_t part_offset(const struct nev_table *table, const struct nev_linear *linear,
                            enum nev_part part, size_t *len)
{
    enum nev_part parts[NEV_PART_LEN];
    uint32_t parts_len = nev_layer_parts(table, linear->row, parts), i;
    struct nev_tensor_spec spec;
    char name[NEV_TENSOR_NAME_LEN];
    uint64_t at = 0;

    *len = 0;
    for (i = 0; i < parts_len; i++) {
        size_t elements;

        nev_layer_tensor(&table->layer[linear->row], linear->c, parts[i], &spec, name);
        elements = (size_t)spec.dim[0] * spec.dim[1] * spec.dim[2] * spec.dim[3];
        if (parts[i] == part) {
            *len = elements;
            break;
        }
        at += nev_bytes_align((uint64_t)elements * sizeof(float));
    }
    return at;
}

static const float *part_of(const struct nev_step_run *r, enum nev_part part)
{
    size_t len;
    uint64_t at = part_offset(r->table, &r->step->linear[0], part, &len);

    return len == 0 ? NULL : nev_linear_weight(r, 0) + at / sizeof(float);
}

/* sum += x[., y, .] * w over the output columns [first, first + len) that kernel column q reaches inside the picture. */
static void add_tap(const struct stage *s, const float *x, uint32_t q, double w, uint32_t first, uint32_t len,
                    double *sum)
{
    const struct nev_linear *linear = s->linear;
    const size_t stride = linear->s * s->x_pixel;
    uint32_t begin = first, end = first + len;

    /* Output column j reads input column j * s + q - pad_left: skip those left of 0 and right of w - 1. */
    while (begin < end && begin * linear->s + q < linear->pad_left) {
        begin++;
    }
    while (end > begin && (end - 1) * linear->s + q - linear->pad_left >= linear->w) {
        end--;
    }
    if (begin < end) {
        const float *from = x + (begin * linear->s + q - linear->pad_left) * s->x_pixel;

        for (uint32_t j = 0; j < end - begin; j++) {
            sum[begin - first + j] += (double)from[j * stride] * w;
        }
    }
}

/* Convolution, depthwise convolution and, as a 1 x 1 convolution of a 1 x 1 picture, the fully connected
 * layer: `len` outputs of one row. Each sums over channels, then rows, then columns of the kernel, ascending;
 * taps outside the picture add nothing. */
static void linear_run(const struct stage *s, uint32_t o, uint32_t row, uint32_t first, uint32_t len)
{
    const struct nev_linear *step = s->linear;
    const bool is_depthwise = s->layer->op == NEV_OP_DEPTHWISE;
    const uint32_t ic = is_depthwise ? 1 : step->c;
    const float *w = s->part[NEV_PART_WEIGHT] + (size_t)o * ic * step->k * step->k;
    float *y = s->y + ((size_t)o * step->oh + row) * step->ow + first;
    double sum[COLUMNS];

    for (uint32_t j = 0; j < len; j++) {
        sum[j] = s->part[NEV_PART_BIAS] == NULL ? 0.0 : (double)s->part[NEV_PART_BIAS][o];
    }
    for (uint32_t i = 0; i < ic; i++) {
        const float *x = s->x + (is_depthwise ? o : i) * s->x_channel;

        for (uint32_t p = 0; p < step->k; p++) {
            uint32_t line = row * step->s + p - step->pad_top;

            for (uint32_t q = 0; q < step->k; q++, w++) {
                if (line < step->h) {
                    add_tap(s, x + (size_t)line * step->w * s->x_pixel, q, (double)*w, first, len, sum);
                }
            }
        }
    }
    for (uint32_t j = 0; j < len; j++) {
        y[j] = (float)sum[j];
    }
}

static void linear(const struct stage *s, uint32_t o)
{
    const uint32_t ow = s->step->ow;

    for (uint32_t row = 0; row < s->step->oh; row++) {
        for (uint32_t first = 0; first < ow; first += COLUMNS) {
            linear_run(s, o, row, first, ow - first < COLUMNS ? ow - first : COLUMNS);
        }
    }
}

static void norm(const struct stage *s, uint32_t o)
{
    const double mean = (double)s->part[NEV_PART_MEAN][o], var = (double)s->part[NEV_PART_VAR][o];
    const double gamma = (double)s->part[NEV_PART_GAMMA][o], beta = (double)s->part[NEV_PART_BETA][o];
    const double eps = s->model->bn_eps;
    const double deviation =
        s->model->bn_form == NEV_BN_EPS_INSIDE ? nev_sqrt(var + eps) : nev_sqrt(var) + eps;
    const size_t len = (size_t)s->step->oh * s->step->ow;
    float *y = s->y + o * len;

    for (size_t i = 0; i < len; i++) {
        y[i] = (float)(((double)y[i] - mean) / deviation * gamma + beta);
    }
}

static float activate(float v, enum nev_act act)
{
    switch (act) {
    case NEV_ACT_RELU:
        return v > 0.0f ? v : 0.0f;
    case NEV_ACT_RELU6:
        v = v > 0.0f ? v : 0.0f;
        return v < NEV_RELU6_TOP ? v : NEV_RELU6_TOP;
    case NEV_ACT_LEAKY:
        return v > 0.0f ? v : NEV_LEAKY_SLOPE * v;
    case NEV_ACT_NONE:
        break;
    }
    return v;
}

static void add(const struct stage *s, uint32_t o)
{
    const size_t len = (size_t)s->step->oh * s->step->ow, at = o * len;

    for (size_t i = 0; i < len; i++) {
        s->y[at + i] = s->x[at + i] + s->also[at + i];
    }
}

static void maxpool(const struct stage *s, uint32_t o)
{
    const struct nev_step *step = s->step;
    const float *x = s->x + (size_t)o * step->h * step->w;
    float *y = s->y + (size_t)o * step->oh * step->ow;

    for (uint32_t row = 0; row < step->oh; row++) {
        for (uint32_t col = 0; col < step->ow; col++) {
            bool is_first = true;
            float most = 0.0f;

            for (uint32_t p = 0; p < step->pool_k; p++) {
                for (uint32_t q = 0; q < step->pool_k; q++) {
                    uint32_t line = row * step->pool_s + p - step->pool_p,
                             column = col * step->pool_s + q - step->pool_p;

                    if (line < step->h && column < step->w) {
                        float v = x[(size_t)line * step->w + column];

                        most = is_first || v > most ? v : most;
                        is_first = false;
                    }
                }
            }
            y[(size_t)row * step->ow + col] = most;
        }
    }
}

static void avgpool(const struct stage *s, uint32_t o)
{
    const size_t len = (size_t)s->step->h * s->step->w;
    double sum = 0.0;

    for (size_t i = 0; i < len; i++) {
        sum += (double)s->x[o * len + i];
    }
    s->y[o] = (float)(sum / (double)len);
}

static void operate(const struct stage *s, uint32_t o)
{
    switch (s->layer->op) {
    case NEV_OP_CONV:
    case NEV_OP_DEPTHWISE:
    case NEV_OP_FC:
        linear(s, o);
        break;
    case NEV_OP_MAXPOOL:
        maxpool(s, o);
        break;
    case NEV_OP_ADD:
        add(s, o);
        break;
    case NEV_OP_AVGPOOL:
        avgpool(s, o);
        break;
    }
}

static void apply(const struct stage *s, uint32_t o)
{
    const size_t len = (size_t)s->step->oh * s->step->ow;

    for (size_t i = o * len; i < (o + 1) * len; i++) {
        s->y[i] = activate(s->y[i], s->layer->act);
    }
}

/* Phases: the operation; the batch norm, where there is one; the activation, where there is one. */
static void size_reference(const struct nev_table *table, struct nev_step *step)
{
    const struct nev_layer *layer = &table->layer[step->first_row];
    size_t len;

    step->phases = 1u + (layer->norm != NULL ? 1u : 0u) + (layer->act != NEV_ACT_NONE ? 1u : 0u);
    step->scratch_bytes = 0;
    step->own_bytes = 0;
    if (step->linear_len > 0) {
        step->linear[0].weight_bytes = part_offset(table, &step->linear[0], NEV_PART_LEN, &len);
        step->linear[0].bias_bytes = 0;
    }
}

/* Copies the tensors into native byte order; the first part does it all. */
static bool pack_reference(const struct nev_pack_job *job, uint32_t part, uint32_t parts)
{
    const struct nev_linear *linear = &job->step->linear[0];

    (void)parts;
    for (unsigned p = 0; part == 0 && p < NEV_PART_LEN; p++) {
        const struct nev_tensor *tensor = &job->tensor[0][p];
        size_t len;
        uint64_t at = part_offset(job->table, linear, (enum nev_part)p, &len);
        float *to = (float *)(void *)(job->packed + linear->weight_offset + at);

        for (size_t i = 0; i < len; i++) {
            to[i] = nev_load_f32le(tensor->data + i * sizeof(float));
        }
    }
    return true;
}

static void run_reference(const struct nev_step_run *r, uint32_t phase, uint32_t part, uint32_t parts)
{
    struct stage s;
    size_t begin, end;

    s.step = r->step;
    s.linear = &r->step->linear[0];
    s.layer = &r->table->layer[r->step->first_row];
    s.model = &r->run->plan->model;
    for (unsigned p = 0; p < NEV_PART_LEN; p++) {
        s.part[p] = r->step->linear_len > 0 ? part_of(r, (enum nev_part)p) : NULL;
    }
    s.x = r->x;
    s.also = r->also;
    s.y = r->y;
    s.x_pixel = r->step->in < 0 ? r->step->c : 1;
    s.x_channel = r->step->in < 0 ? 1 : (size_t)r->step->h * r->step->w;
    nev_parallel_range(r->step->oc, part, parts, &begin, &end);
    for (size_t o = begin; o < end; o++) {
        if (phase == 0) {
            operate(&s, (uint32_t)o);
        } else if (phase == 1 && s.layer->norm != NULL) {
            norm(&s, (uint32_t)o);
        } else {
            apply(&s, (uint32_t)o);
        }
    }
}

const struct nev_algorithm_ops nev_algorithm_reference = {"reference", size_reference, pack_reference,
                                                          run_reference, false};
