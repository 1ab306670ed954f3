/* SPDX-License-Identifier: MIT */
#include "weights/import/darknet.h"

#include <string.h>

#include "nn/base/bytes.h"

enum nev_status nev_darknet_header(const uint8_t *mem, size_t bytes, uint64_t *header_bytes,
                                   struct nev_error *err)
{
    uint32_t major, minor;

    *header_bytes = 0;
    if (bytes < 16) {
        return nev_fail(err, NEV_ERR_TRUNCATED, bytes, "darknet header", "the file ends inside its header");
    }
    major = nev_load_u32le(mem);
    minor = nev_load_u32le(mem + 4);
    if (major >= 0x80000000u || minor >= 0x80000000u || major > 2000 || minor > 2000) {
        return nev_fail(err, NEV_ERR_FORMAT, 0, "darknet header", "this is no darknet weights file");
    }
    if (major > 1000 || minor > 1000) {
        return nev_fail(err, NEV_ERR_UNSUPPORTED, 0, "darknet header",
                        "the weights are transposed, as very old versions of darknet wrote them");
    }
    *header_bytes = major * 10 + minor >= 2 ? 20 : 16;
    return NEV_OK;
}

enum nev_status nev_darknet_read(const uint8_t *mem, size_t bytes, const struct nev_tensor_spec *specs,
                                 uint32_t specs_len, struct nev_source_tensor *tensor, struct nev_error *err)
{
    uint64_t at, dim[NEV_TENSOR_DIMS];
    enum nev_status s = nev_darknet_header(mem, bytes, &at, err);
    uint32_t i, d;

    for (i = 0; s == NEV_OK && i < specs_len; i++) {
        struct nev_source_tensor *t = &tensor[i];

        memset(t, 0, sizeof *t);
        t->name = (struct nev_slice){specs[i].name, strlen(specs[i].name)};
        t->dtype = NEV_DTYPE_F32;
        t->offset = at;
        for (d = 0; d < NEV_TENSOR_DIMS; d++) {
            dim[d] = specs[i].dim[d];
        }
        if ((s = nev_source_shape(t, dim, specs[i].ndim, err)) != NEV_OK) {
            return s;
        }
        if (at > bytes || t->len > (bytes - at) / 4) {
            return nev_fail(err, NEV_ERR_TRUNCATED, bytes, specs[i].name,
                            "the file ends before the network's last weights: it is cut short, or of another "
                            "network");
        }
        t->data = mem + at;
        at += 4 * t->len;
    }
    if (s == NEV_OK && at != bytes) {
        return nev_fail(err, NEV_ERR_SHAPE, at, "darknet weights",
                        "the file holds more than the network's weights: it is of another network");
    }
    return s;
}
