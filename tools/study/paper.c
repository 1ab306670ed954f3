/* SPDX-License-Identifier: MIT */
#include "tools/study/paper.h"

#include <stddef.h>

static const uint16_t table1[][NEV_METRIC_PAPER_LEN] = {
    [NEV_NET_RESNET18] = {8285, 8269, 8286, 8286, 8275},
    [NEV_NET_DARKNET19] = {8118, 8101, 8113, 8113, 8106},
    [NEV_NET_MOBILENETV2] = {8239, 8245, 8272, 8272, 8236},
};

static const char *const networks[] = {"?", "ResNet18", "Darknet19", "MobileNetV2"};

const char *nev_paper_network(enum nev_net net)
{
    return networks[(unsigned)net <= NEV_NET_MOBILENETV2 ? net : NEV_NET_NONE];
}

const uint16_t *nev_paper_table1(enum nev_net net)
{
    return net == NEV_NET_NONE || (unsigned)net > NEV_NET_MOBILENETV2 ? NULL : table1[net];
}

const char nev_paper_table2[] =
    "The paper's Table 2 compares its method with other published ones. The figures of that table were not\n"
    "available when this program was written, and none are made up here. They can be read in the "
    "paper:\n" NEV_PAPER_DOI "\n";
