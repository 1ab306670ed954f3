/* SPDX-License-Identifier: MIT */
#include "bench/count.h"

#include "nn/net.h"

static double count(enum nev_op op, double outputs, double k, double c)
{
    switch (op) {
    case NEV_OP_CONV:
    case NEV_OP_FC:
        return outputs * k * k * c;
    case NEV_OP_DEPTHWISE:
        return outputs * k * k;
    case NEV_OP_MAXPOOL:
    case NEV_OP_ADD:
    case NEV_OP_AVGPOOL:
        break;
    }
    return 0.0;
}

double nev_bench_count_net(const struct nev_model *model)
{
    const struct nev_table *table = nev_table_of(model->net);
    struct nev_shape shape[NEV_LAYERS_MAX];
    double sum = 0.0;

    if (table == NULL || nev_table_shapes(table, model, shape, NULL) != NEV_OK) {
        return 0.0;
    }
    for (uint32_t row = 0; row < table->len; row++) {
        const struct nev_shape *s = &shape[row];

        sum += count(table->layer[row].op, (double)s->oh * s->ow * s->oc, table->layer[row].k, s->c);
    }
    return sum;
}

double nev_bench_count_step(const struct nev_step *step)
{
    double sum = 0.0;

    for (uint32_t i = 0; i < step->linear_len; i++) {
        const struct nev_linear *linear = &step->linear[i];

        sum += count((enum nev_op)linear->op, (double)linear->oh * linear->ow * linear->oc, linear->k,
                     linear->c);
    }
    return sum;
}

double nev_bench_bytes_step(const struct nev_step *step)
{
    double floats = (double)step->h * step->w * step->c + (double)step->oh * step->ow * step->oc, bytes = 0.0;

    if (step->also >= 0) {
        floats += (double)step->oh * step->ow * step->oc;
    }
    for (uint32_t i = 0; i < step->linear_len; i++) {
        bytes += (double)step->linear[i].weight_bytes + (double)step->linear[i].bias_bytes;
    }
    return bytes + floats * (double)sizeof(float);
}
