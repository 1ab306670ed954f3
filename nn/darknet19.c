/* SPDX-License-Identifier: MIT */
/*
 * darknet19.c - Darknet-19: Redmon, Farhadi, YOLO9000: Better, Faster, Stronger, CVPR 2017, table 6, with the
 * batch norm of the darknet program, (x - mean) / (sqrt(var) + 1e-6), and leaky ReLU 0.1. Features: conv19,
 * averaged.
 */
#include "nn/net.h"

#define CONV  NEV_OP_CONV
#define POOL  NEV_OP_MAXPOOL
#define LEAKY NEV_ACT_LEAKY
#define NONE  NEV_ACT_NONE
#define MEAN  NEV_OP_AVGPOOL

/* clang-format off */
static const struct nev_layer rows[] = {
    /* name      op    in    also     oc  k  s  p  act   weight    norm */
    {"conv1",    CONV, NULL, NULL,   32, 3, 1, 1, LEAKY, "conv1",  "conv1.bn"},
    {"maxpool1", POOL, NULL, NULL,    0, 2, 2, 0, NONE,  NULL,     NULL},
    {"conv2",    CONV, NULL, NULL,   64, 3, 1, 1, LEAKY, "conv2",  "conv2.bn"},
    {"maxpool2", POOL, NULL, NULL,    0, 2, 2, 0, NONE,  NULL,     NULL},
    {"conv3",    CONV, NULL, NULL,  128, 3, 1, 1, LEAKY, "conv3",  "conv3.bn"},
    {"conv4",    CONV, NULL, NULL,   64, 1, 1, 0, LEAKY, "conv4",  "conv4.bn"},
    {"conv5",    CONV, NULL, NULL,  128, 3, 1, 1, LEAKY, "conv5",  "conv5.bn"},
    {"maxpool3", POOL, NULL, NULL,    0, 2, 2, 0, NONE,  NULL,     NULL},
    {"conv6",    CONV, NULL, NULL,  256, 3, 1, 1, LEAKY, "conv6",  "conv6.bn"},
    {"conv7",    CONV, NULL, NULL,  128, 1, 1, 0, LEAKY, "conv7",  "conv7.bn"},
    {"conv8",    CONV, NULL, NULL,  256, 3, 1, 1, LEAKY, "conv8",  "conv8.bn"},
    {"maxpool4", POOL, NULL, NULL,    0, 2, 2, 0, NONE,  NULL,     NULL},
    {"conv9",    CONV, NULL, NULL,  512, 3, 1, 1, LEAKY, "conv9",  "conv9.bn"},
    {"conv10",   CONV, NULL, NULL,  256, 1, 1, 0, LEAKY, "conv10", "conv10.bn"},
    {"conv11",   CONV, NULL, NULL,  512, 3, 1, 1, LEAKY, "conv11", "conv11.bn"},
    {"conv12",   CONV, NULL, NULL,  256, 1, 1, 0, LEAKY, "conv12", "conv12.bn"},
    {"conv13",   CONV, NULL, NULL,  512, 3, 1, 1, LEAKY, "conv13", "conv13.bn"},
    {"maxpool5", POOL, NULL, NULL,    0, 2, 2, 0, NONE,  NULL,     NULL},
    {"conv14",   CONV, NULL, NULL, 1024, 3, 1, 1, LEAKY, "conv14", "conv14.bn"},
    {"conv15",   CONV, NULL, NULL,  512, 1, 1, 0, LEAKY, "conv15", "conv15.bn"},
    {"conv16",   CONV, NULL, NULL, 1024, 3, 1, 1, LEAKY, "conv16", "conv16.bn"},
    {"conv17",   CONV, NULL, NULL,  512, 1, 1, 0, LEAKY, "conv17", "conv17.bn"},
    {"conv18",   CONV, NULL, NULL, 1024, 3, 1, 1, LEAKY, "conv18", "conv18.bn"},
    {"conv19",   CONV, NULL, NULL, 1000, 1, 1, 0, NONE,  "conv19", NULL},
    {"avgpool",  MEAN, NULL, NULL,    0, 1, 1, 0, NONE,  NULL,     NULL},
};
/* clang-format on */

const struct nev_table nev_table_darknet19 = {
    NEV_NET_DARKNET19,   "darknet19",        "conv19", rows, sizeof rows / sizeof rows[0], 256,
    NEV_TENSORS_DARKNET, NEV_BN_EPS_OUTSIDE, 1e-6};
