/* SPDX-License-Identifier: MIT */
/*
 * tensors.h - a network's list of tensors in memory, as the writers and importers of weights want it.
 */
#ifndef NEV_TOOLS_TENSORS_H
#define NEV_TOOLS_TENSORS_H

#include "weights/weights.h"

struct nev_tensor_list {
    uint32_t len;
    struct nev_tensor_spec spec[NEV_TENSORS_MAX];
    char name[NEV_TENSORS_MAX][NEV_TENSOR_NAME_LEN];
};

/* nev_tensor_list_fill - the list of a network, in canonical order. */
void nev_tensor_list_fill(struct nev_tensor_list *list, enum nev_net net);

/*
 * nev_tensor_list_check - whether a file's tensors are exactly the network's, in its order.
 * Errors     SHAPE, MISSING, with the name of the first that differs
 */
NEV_MUST_CHECK enum nev_status nev_tensor_list_check(const struct nev_tensor_list *list,
                                                     const struct nev_weights *w, struct nev_error *err);

#endif
