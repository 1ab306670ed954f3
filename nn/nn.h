/* SPDX-License-Identifier: MIT */
/*
 * nn.h - the three networks: what they need, how much memory, and running them.
 */
#ifndef NEV_NN_NN_H
#define NEV_NN_NN_H

#include <stddef.h>
#include <stdint.h>

#include "nn/base/parallel.h"
#include "nn/base/status.h"
#include "weights/weights.h"

#define NEV_FEATURES_LEN 1000u

/* nev_net_name - "resnet18", "darknet19", "mobilenetv2"; "none" outside the list. */
const char *nev_net_name(enum nev_net net);

/* nev_net_from_name - the network of that name, NEV_NET_NONE if there is none. */
enum nev_net nev_net_from_name(const char *name);

/* nev_net_model - the model a network has by default: padding, eps, input size, scaling to [0,1]; no source.
 */
void nev_net_model(enum nev_net net, struct nev_model *model);

/* nev_net_tensor_len - how many tensors a network needs; 0 for NEV_NET_NONE. */
uint32_t nev_net_tensor_len(enum nev_net net);

/* nev_net_tensor_spec - the i-th of them, in canonical order; spec->name points to caller memory `name`. */
void nev_net_tensor_spec(enum nev_net net, uint32_t i, struct nev_tensor_spec *spec,
                         char name[NEV_TENSOR_NAME_LEN]);

#endif
