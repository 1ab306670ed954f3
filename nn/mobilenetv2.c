/* SPDX-License-Identifier: MIT */
/*
 * mobilenetv2.c - MobileNetV2 1.0: Sandler, Howard, Zhu, Zhmoginov, Chen, MobileNetV2: Inverted Residuals and
 * Linear Bottlenecks, CVPR 2018, table 2. Features.N numbers the rows of that table as torchvision does. Two
 * padding conventions exist and the model file says which (symmetric: torchvision, eps 1e-5; SAME:
 * TensorFlow, eps 1e-3); the rows are the same. Features: the logits.
 */
#include "nn/net.h"

#define CONV  NEV_OP_CONV
#define DW    NEV_OP_DEPTHWISE
#define ADD   NEV_OP_ADD
#define RELU6 NEV_ACT_RELU6
#define NONE  NEV_ACT_NONE
#define MEAN  NEV_OP_AVGPOOL
#define FC    NEV_OP_FC

/* clang-format off */
static const struct nev_layer rows[] = {
    /* name                   op    in    also              oc  k  s  p  act   weight                  norm */
    {"features.0",            CONV, NULL, NULL,            32, 3, 2, 1, RELU6, "features.0.0",         "features.0.1"},
    {"features.1.depthwise",  DW,   NULL, NULL,             0, 3, 1, 1, RELU6, "features.1.conv.0.0",  "features.1.conv.0.1"},
    {"features.1",            CONV, NULL, NULL,            16, 1, 1, 0, NONE,  "features.1.conv.1",    "features.1.conv.2"},
    {"features.2.expand",     CONV, NULL, NULL,            96, 1, 1, 0, RELU6, "features.2.conv.0.0",  "features.2.conv.0.1"},
    {"features.2.depthwise",  DW,   NULL, NULL,             0, 3, 2, 1, RELU6, "features.2.conv.1.0",  "features.2.conv.1.1"},
    {"features.2",            CONV, NULL, NULL,            24, 1, 1, 0, NONE,  "features.2.conv.2",    "features.2.conv.3"},
    {"features.3.expand",     CONV, NULL, NULL,           144, 1, 1, 0, RELU6, "features.3.conv.0.0",  "features.3.conv.0.1"},
    {"features.3.depthwise",  DW,   NULL, NULL,             0, 3, 1, 1, RELU6, "features.3.conv.1.0",  "features.3.conv.1.1"},
    {"features.3.project",    CONV, NULL, NULL,            24, 1, 1, 0, NONE,  "features.3.conv.2",    "features.3.conv.3"},
    {"features.3",            ADD,  NULL, "features.2",     0, 1, 1, 0, NONE,  NULL,                   NULL},
    {"features.4.expand",     CONV, NULL, NULL,           144, 1, 1, 0, RELU6, "features.4.conv.0.0",  "features.4.conv.0.1"},
    {"features.4.depthwise",  DW,   NULL, NULL,             0, 3, 2, 1, RELU6, "features.4.conv.1.0",  "features.4.conv.1.1"},
    {"features.4",            CONV, NULL, NULL,            32, 1, 1, 0, NONE,  "features.4.conv.2",    "features.4.conv.3"},
    {"features.5.expand",     CONV, NULL, NULL,           192, 1, 1, 0, RELU6, "features.5.conv.0.0",  "features.5.conv.0.1"},
    {"features.5.depthwise",  DW,   NULL, NULL,             0, 3, 1, 1, RELU6, "features.5.conv.1.0",  "features.5.conv.1.1"},
    {"features.5.project",    CONV, NULL, NULL,            32, 1, 1, 0, NONE,  "features.5.conv.2",    "features.5.conv.3"},
    {"features.5",            ADD,  NULL, "features.4",     0, 1, 1, 0, NONE,  NULL,                   NULL},
    {"features.6.expand",     CONV, NULL, NULL,           192, 1, 1, 0, RELU6, "features.6.conv.0.0",  "features.6.conv.0.1"},
    {"features.6.depthwise",  DW,   NULL, NULL,             0, 3, 1, 1, RELU6, "features.6.conv.1.0",  "features.6.conv.1.1"},
    {"features.6.project",    CONV, NULL, NULL,            32, 1, 1, 0, NONE,  "features.6.conv.2",    "features.6.conv.3"},
    {"features.6",            ADD,  NULL, "features.5",     0, 1, 1, 0, NONE,  NULL,                   NULL},
    {"features.7.expand",     CONV, NULL, NULL,           192, 1, 1, 0, RELU6, "features.7.conv.0.0",  "features.7.conv.0.1"},
    {"features.7.depthwise",  DW,   NULL, NULL,             0, 3, 2, 1, RELU6, "features.7.conv.1.0",  "features.7.conv.1.1"},
    {"features.7",            CONV, NULL, NULL,            64, 1, 1, 0, NONE,  "features.7.conv.2",    "features.7.conv.3"},
    {"features.8.expand",     CONV, NULL, NULL,           384, 1, 1, 0, RELU6, "features.8.conv.0.0",  "features.8.conv.0.1"},
    {"features.8.depthwise",  DW,   NULL, NULL,             0, 3, 1, 1, RELU6, "features.8.conv.1.0",  "features.8.conv.1.1"},
    {"features.8.project",    CONV, NULL, NULL,            64, 1, 1, 0, NONE,  "features.8.conv.2",    "features.8.conv.3"},
    {"features.8",            ADD,  NULL, "features.7",     0, 1, 1, 0, NONE,  NULL,                   NULL},
    {"features.9.expand",     CONV, NULL, NULL,           384, 1, 1, 0, RELU6, "features.9.conv.0.0",  "features.9.conv.0.1"},
    {"features.9.depthwise",  DW,   NULL, NULL,             0, 3, 1, 1, RELU6, "features.9.conv.1.0",  "features.9.conv.1.1"},
    {"features.9.project",    CONV, NULL, NULL,            64, 1, 1, 0, NONE,  "features.9.conv.2",    "features.9.conv.3"},
    {"features.9",            ADD,  NULL, "features.8",     0, 1, 1, 0, NONE,  NULL,                   NULL},
    {"features.10.expand",    CONV, NULL, NULL,           384, 1, 1, 0, RELU6, "features.10.conv.0.0", "features.10.conv.0.1"},
    {"features.10.depthwise", DW,   NULL, NULL,             0, 3, 1, 1, RELU6, "features.10.conv.1.0", "features.10.conv.1.1"},
    {"features.10.project",   CONV, NULL, NULL,            64, 1, 1, 0, NONE,  "features.10.conv.2",   "features.10.conv.3"},
    {"features.10",           ADD,  NULL, "features.9",     0, 1, 1, 0, NONE,  NULL,                   NULL},
    {"features.11.expand",    CONV, NULL, NULL,           384, 1, 1, 0, RELU6, "features.11.conv.0.0", "features.11.conv.0.1"},
    {"features.11.depthwise", DW,   NULL, NULL,             0, 3, 1, 1, RELU6, "features.11.conv.1.0", "features.11.conv.1.1"},
    {"features.11",           CONV, NULL, NULL,            96, 1, 1, 0, NONE,  "features.11.conv.2",   "features.11.conv.3"},
    {"features.12.expand",    CONV, NULL, NULL,           576, 1, 1, 0, RELU6, "features.12.conv.0.0", "features.12.conv.0.1"},
    {"features.12.depthwise", DW,   NULL, NULL,             0, 3, 1, 1, RELU6, "features.12.conv.1.0", "features.12.conv.1.1"},
    {"features.12.project",   CONV, NULL, NULL,            96, 1, 1, 0, NONE,  "features.12.conv.2",   "features.12.conv.3"},
    {"features.12",           ADD,  NULL, "features.11",    0, 1, 1, 0, NONE,  NULL,                   NULL},
    {"features.13.expand",    CONV, NULL, NULL,           576, 1, 1, 0, RELU6, "features.13.conv.0.0", "features.13.conv.0.1"},
    {"features.13.depthwise", DW,   NULL, NULL,             0, 3, 1, 1, RELU6, "features.13.conv.1.0", "features.13.conv.1.1"},
    {"features.13.project",   CONV, NULL, NULL,            96, 1, 1, 0, NONE,  "features.13.conv.2",   "features.13.conv.3"},
    {"features.13",           ADD,  NULL, "features.12",    0, 1, 1, 0, NONE,  NULL,                   NULL},
    {"features.14.expand",    CONV, NULL, NULL,           576, 1, 1, 0, RELU6, "features.14.conv.0.0", "features.14.conv.0.1"},
    {"features.14.depthwise", DW,   NULL, NULL,             0, 3, 2, 1, RELU6, "features.14.conv.1.0", "features.14.conv.1.1"},
    {"features.14",           CONV, NULL, NULL,           160, 1, 1, 0, NONE,  "features.14.conv.2",   "features.14.conv.3"},
    {"features.15.expand",    CONV, NULL, NULL,           960, 1, 1, 0, RELU6, "features.15.conv.0.0", "features.15.conv.0.1"},
    {"features.15.depthwise", DW,   NULL, NULL,             0, 3, 1, 1, RELU6, "features.15.conv.1.0", "features.15.conv.1.1"},
    {"features.15.project",   CONV, NULL, NULL,           160, 1, 1, 0, NONE,  "features.15.conv.2",   "features.15.conv.3"},
    {"features.15",           ADD,  NULL, "features.14",    0, 1, 1, 0, NONE,  NULL,                   NULL},
    {"features.16.expand",    CONV, NULL, NULL,           960, 1, 1, 0, RELU6, "features.16.conv.0.0", "features.16.conv.0.1"},
    {"features.16.depthwise", DW,   NULL, NULL,             0, 3, 1, 1, RELU6, "features.16.conv.1.0", "features.16.conv.1.1"},
    {"features.16.project",   CONV, NULL, NULL,           160, 1, 1, 0, NONE,  "features.16.conv.2",   "features.16.conv.3"},
    {"features.16",           ADD,  NULL, "features.15",    0, 1, 1, 0, NONE,  NULL,                   NULL},
    {"features.17.expand",    CONV, NULL, NULL,           960, 1, 1, 0, RELU6, "features.17.conv.0.0", "features.17.conv.0.1"},
    {"features.17.depthwise", DW,   NULL, NULL,             0, 3, 1, 1, RELU6, "features.17.conv.1.0", "features.17.conv.1.1"},
    {"features.17",           CONV, NULL, NULL,           320, 1, 1, 0, NONE,  "features.17.conv.2",   "features.17.conv.3"},
    {"features.18",           CONV, NULL, NULL,          1280, 1, 1, 0, RELU6, "features.18.0",        "features.18.1"},
    {"avgpool",               MEAN, NULL, NULL,             0, 1, 1, 0, NONE,  NULL,                   NULL},
    {"classifier.1",          FC,   NULL, NULL,          1000, 1, 1, 0, NONE,  "classifier.1",         NULL},
};
/* clang-format on */

const struct nev_table nev_table_mobilenetv2 = {
    NEV_NET_MOBILENETV2, "mobilenetv2",     "Logits", rows, sizeof rows / sizeof rows[0], 224,
    NEV_TENSORS_TORCH,   NEV_BN_EPS_INSIDE, 1e-5};
