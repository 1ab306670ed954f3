/* SPDX-License-Identifier: MIT */
/*
 * resnet18.c - ResNet-18: He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition, CVPR 2016, table
 * 1, column "18-layer", with projection shortcuts (option B), as torchvision trains it: batch norm eps 1e-5.
 * Features: fc.
 */
#include "nn/net.h"

#define CONV NEV_OP_CONV
#define POOL NEV_OP_MAXPOOL
#define ADD  NEV_OP_ADD
#define RELU NEV_ACT_RELU
#define NONE NEV_ACT_NONE
#define MEAN NEV_OP_AVGPOOL
#define FC   NEV_OP_FC

/* clang-format off */
static const struct nev_layer rows[] = {
    /* name                 op    in          also                 oc  k  s  p  act  weight                   norm */
    {"conv1",               CONV, NULL,       NULL,               64, 7, 2, 3, RELU, "conv1",                 "bn1"},
    {"maxpool",             POOL, NULL,       NULL,                0, 3, 2, 1, NONE, NULL,                    NULL},
    {"layer1.0.conv1",      CONV, NULL,       NULL,               64, 3, 1, 1, RELU, "layer1.0.conv1",        "layer1.0.bn1"},
    {"layer1.0.conv2",      CONV, NULL,       NULL,               64, 3, 1, 1, NONE, "layer1.0.conv2",        "layer1.0.bn2"},
    {"layer1.0",            ADD,  NULL,       "maxpool",           0, 1, 1, 0, RELU, NULL,                    NULL},
    {"layer1.1.conv1",      CONV, NULL,       NULL,               64, 3, 1, 1, RELU, "layer1.1.conv1",        "layer1.1.bn1"},
    {"layer1.1.conv2",      CONV, NULL,       NULL,               64, 3, 1, 1, NONE, "layer1.1.conv2",        "layer1.1.bn2"},
    {"layer1.1",            ADD,  NULL,       "layer1.0",          0, 1, 1, 0, RELU, NULL,                    NULL},
    {"layer2.0.conv1",      CONV, NULL,       NULL,              128, 3, 2, 1, RELU, "layer2.0.conv1",        "layer2.0.bn1"},
    {"layer2.0.conv2",      CONV, NULL,       NULL,              128, 3, 1, 1, NONE, "layer2.0.conv2",        "layer2.0.bn2"},
    {"layer2.0.downsample", CONV, "layer1.1", NULL,              128, 1, 2, 0, NONE, "layer2.0.downsample.0", "layer2.0.downsample.1"},
    {"layer2.0",            ADD,  NULL,       "layer2.0.conv2",    0, 1, 1, 0, RELU, NULL,                    NULL},
    {"layer2.1.conv1",      CONV, NULL,       NULL,              128, 3, 1, 1, RELU, "layer2.1.conv1",        "layer2.1.bn1"},
    {"layer2.1.conv2",      CONV, NULL,       NULL,              128, 3, 1, 1, NONE, "layer2.1.conv2",        "layer2.1.bn2"},
    {"layer2.1",            ADD,  NULL,       "layer2.0",          0, 1, 1, 0, RELU, NULL,                    NULL},
    {"layer3.0.conv1",      CONV, NULL,       NULL,              256, 3, 2, 1, RELU, "layer3.0.conv1",        "layer3.0.bn1"},
    {"layer3.0.conv2",      CONV, NULL,       NULL,              256, 3, 1, 1, NONE, "layer3.0.conv2",        "layer3.0.bn2"},
    {"layer3.0.downsample", CONV, "layer2.1", NULL,              256, 1, 2, 0, NONE, "layer3.0.downsample.0", "layer3.0.downsample.1"},
    {"layer3.0",            ADD,  NULL,       "layer3.0.conv2",    0, 1, 1, 0, RELU, NULL,                    NULL},
    {"layer3.1.conv1",      CONV, NULL,       NULL,              256, 3, 1, 1, RELU, "layer3.1.conv1",        "layer3.1.bn1"},
    {"layer3.1.conv2",      CONV, NULL,       NULL,              256, 3, 1, 1, NONE, "layer3.1.conv2",        "layer3.1.bn2"},
    {"layer3.1",            ADD,  NULL,       "layer3.0",          0, 1, 1, 0, RELU, NULL,                    NULL},
    {"layer4.0.conv1",      CONV, NULL,       NULL,              512, 3, 2, 1, RELU, "layer4.0.conv1",        "layer4.0.bn1"},
    {"layer4.0.conv2",      CONV, NULL,       NULL,              512, 3, 1, 1, NONE, "layer4.0.conv2",        "layer4.0.bn2"},
    {"layer4.0.downsample", CONV, "layer3.1", NULL,              512, 1, 2, 0, NONE, "layer4.0.downsample.0", "layer4.0.downsample.1"},
    {"layer4.0",            ADD,  NULL,       "layer4.0.conv2",    0, 1, 1, 0, RELU, NULL,                    NULL},
    {"layer4.1.conv1",      CONV, NULL,       NULL,              512, 3, 1, 1, RELU, "layer4.1.conv1",        "layer4.1.bn1"},
    {"layer4.1.conv2",      CONV, NULL,       NULL,              512, 3, 1, 1, NONE, "layer4.1.conv2",        "layer4.1.bn2"},
    {"layer4.1",            ADD,  NULL,       "layer4.0",          0, 1, 1, 0, RELU, NULL,                    NULL},
    {"avgpool",             MEAN, NULL,       NULL,                0, 1, 1, 0, NONE, NULL,                    NULL},
    {"fc",                  FC,   NULL,       NULL,             1000, 1, 1, 0, NONE, "fc",                    NULL},
};
/* clang-format on */

const struct nev_table nev_table_resnet18 = {
    NEV_NET_RESNET18,  "resnet18",        "fc1000", rows, sizeof rows / sizeof rows[0], 224,
    NEV_TENSORS_TORCH, NEV_BN_EPS_INSIDE, 1e-5};
