/* SPDX-License-Identifier: MIT */
#include "forest/same_data.h"

#include <string.h>

#include "forest/prepare.h"

void nev_same_data_carve(struct nev_same_data *s, struct nev_carve *c, uint32_t rows, uint32_t parts)
{
    s->digests = nev_carve_take(c, nev_prepare_blocks(rows), NEV_SHA256_BYTES);
    s->bad = nev_carve_take(c, parts, sizeof *s->bad);
}

enum nev_status nev_same_data_check(const struct nev_same_data *s, const struct nev_forest *f,
                                    const struct nev_forest_data *data, const struct nev_parallel *par,
                                    struct nev_error *err)
{
    struct nev_parallel serial = nev_parallel_serial();
    uint8_t digest[NEV_SHA256_BYTES];
    enum nev_status status;

    if (data->rows != f->rows || data->features != f->features || data->classes != f->classes ||
        data->x_stride < data->features) {
        return nev_fail(err, NEV_ERR_SHAPE, NEV_NO_OFFSET, "training data",
                        "the table has another number of rows, features or classes than the forest's");
    }
    status = nev_prepare_check(data, par == NULL ? &serial : par, s->digests, s->bad, digest, err);
    if (status == NEV_OK && memcmp(digest, f->data_sha256, sizeof digest) != 0) {
        status =
            nev_fail(err, NEV_ERR_NETWORK, NEV_NO_OFFSET, "training data",
                     "the rows or labels are not those that the forest was trained on: their digests differ");
    }
    return status;
}
