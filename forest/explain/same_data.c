/* SPDX-License-Identifier: MIT */
#include "forest/explain/same_data.h"

#include <string.h>

#include "forest/file/part.h"
#include "forest/train/prepare.h"

void nev_same_data_carve(struct nev_same_data *s, struct nev_carve *c, uint32_t rows, uint32_t parts)
{
    s->digests = nev_carve_take(c, nev_prepare_blocks(rows), NEV_SHA256_BYTES);
    s->bad = nev_carve_take(c, parts, sizeof *s->bad);
}

bool nev_same_data_part(const struct nev_forest_part *part, const uint8_t digest[NEV_SHA256_BYTES])
{
    return !part->is_foreign && memcmp(part->data_sha256, digest, NEV_SHA256_BYTES) == 0;
}

enum nev_status nev_same_data_check(const struct nev_same_data *s, const struct nev_forest *f,
                                    const struct nev_forest_data *data, const struct nev_parallel *par,
                                    uint8_t digest[NEV_SHA256_BYTES], struct nev_error *err)
{
    struct nev_parallel serial = nev_parallel_serial();
    struct nev_forest_part part = {0};
    bool has_rows = false, is_own = false;
    enum nev_status status;
    uint32_t i;

    for (i = 0; i < f->parts; i++) {
        nev_part_step(f, i, &part);
        is_own = is_own || !part.is_foreign;
        has_rows = has_rows || (!part.is_foreign && part.rows == data->rows);
    }
    if (!is_own) {
        return nev_fail(err, NEV_ERR_DATA, NEV_NO_OFFSET, "training data",
                        "the forest was not grown here: what it was trained on is not known");
    }
    if (!has_rows || data->features != f->features || data->classes != f->classes ||
        data->x_stride < data->features) {
        return nev_fail(
            err, NEV_ERR_SHAPE, NEV_NO_OFFSET, "training data",
            "the table has another number of rows, features or classes than the forest was trained on");
    }
    status = nev_prepare_check(data, par == NULL ? &serial : par, s->digests, s->bad, digest, err);
    if (status != NEV_OK) {
        return status;
    }
    memset(&part, 0, sizeof part);
    for (i = 0; i < f->parts; i++) {
        nev_part_step(f, i, &part);
        if (nev_same_data_part(&part, digest)) {
            return NEV_OK;
        }
    }
    return nev_fail(err, NEV_ERR_NETWORK, NEV_NO_OFFSET, "training data",
                    "the rows or labels are not those that the forest was trained on: their digests differ");
}
