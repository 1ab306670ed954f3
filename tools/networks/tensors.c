/* SPDX-License-Identifier: MIT */
#include "tools/networks/tensors.h"

#include <string.h>

#include "nn/nn.h"

void nev_tensor_list_fill(struct nev_tensor_list *list, enum nev_net net)
{
    uint32_t i;

    list->len = nev_net_tensor_len(net);
    for (i = 0; i < list->len; i++) {
        nev_net_tensor_spec(net, i, &list->spec[i], list->name[i]);
    }
}

enum nev_status nev_tensor_list_check(const struct nev_tensor_list *list, const struct nev_weights *w,
                                      struct nev_error *err)
{
    struct nev_tensor t;
    uint32_t i;

    for (i = 0; i < list->len && i < w->tensor_len; i++) {
        const struct nev_tensor_spec *spec = &list->spec[i];

        nev_weights_tensor(w, i, &t);
        if (strcmp(t.name, spec->name) != 0 || t.kind != spec->kind) {
            return nev_fail(err, NEV_ERR_MISSING, t.offset, spec->name,
                            "the file has another tensor where the network's list has this one");
        }
        if (t.ndim != spec->ndim || memcmp(t.dim, spec->dim, sizeof t.dim) != 0) {
            return nev_fail(err, NEV_ERR_SHAPE, t.offset, spec->name,
                            "a tensor's shape is not the one that the network needs");
        }
    }
    if (list->len != w->tensor_len) {
        return nev_fail(err, NEV_ERR_MISSING, NEV_NO_OFFSET, NULL,
                        "the file has more or fewer tensors than the network");
    }
    return NEV_OK;
}
