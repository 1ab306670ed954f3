/* SPDX-License-Identifier: MIT */
#include "tools/paper.h"

#include <stddef.h>

static const double table1[][NEV_METRIC_PAPER_LEN] = {
    [NEV_NET_RESNET18] = {82.85, 82.69, 82.86, 82.86, 82.75},
    [NEV_NET_DARKNET19] = {81.18, 81.01, 81.13, 81.13, 81.06},
    [NEV_NET_MOBILENETV2] = {82.39, 82.45, 82.72, 82.72, 82.36},
};

static const char *const networks[] = {"?", "ResNet18", "Darknet19", "MobileNetV2"};

const char *nev_paper_network(enum nev_net net)
{
    return networks[(unsigned)net <= NEV_NET_MOBILENETV2 ? net : NEV_NET_NONE];
}

const double *nev_paper_table1(enum nev_net net)
{
    return net == NEV_NET_NONE || (unsigned)net > NEV_NET_MOBILENETV2 ? NULL : table1[net];
}

const char nev_paper_table2[] =
    "The paper's Table 2 compares its method with other published ones. The figures of that table were not\n"
    "available when this program was written, and none are made up here. They can be read in the "
    "paper:\n" NEV_PAPER_DOI "\n";
