/* SPDX-License-Identifier: MIT */
#include "weights/import/names.h"

#include <string.h>

#define WRAPPERS_MAX 4 /* rounds of prefixes */

/* The convolutions and norms of MobileNetV2, in torchvision's, timm's and Hugging Face's words. */
struct words {
    const char *canonical, *timm, *hf;
};

static const struct words stem[] = {
    {"0.", "conv_stem.", "conv_stem.first_conv.convolution."},
    {"1.", "bn1.", "conv_stem.first_conv.normalization."},
    {NULL, NULL, NULL},
};
static const struct words first[] = {
    {"conv.0.0.", "conv_dw.", "conv_stem.conv_3x3.convolution."},
    {"conv.0.1.", "bn1.", "conv_stem.conv_3x3.normalization."},
    {"conv.1.", "conv_pw.", "conv_stem.reduce_1x1.convolution."},
    {"conv.2.", "bn2.", "conv_stem.reduce_1x1.normalization."},
    {NULL, NULL, NULL},
};
static const struct words block[] = {
    {"conv.0.0.", "conv_pw.", "expand_1x1.convolution."},
    {"conv.0.1.", "bn1.", "expand_1x1.normalization."},
    {"conv.1.0.", "conv_dw.", "conv_3x3.convolution."},
    {"conv.1.1.", "bn2.", "conv_3x3.normalization."},
    {"conv.2.", "conv_pwl.", "reduce_1x1.convolution."},
    {"conv.3.", "bn3.", "reduce_1x1.normalization."},
    {NULL, NULL, NULL},
};
static const struct words head[] = {
    {"0.", "conv_head.", "conv_1x1.convolution."},
    {"1.", "bn2.", "conv_1x1.normalization."},
    {NULL, NULL, NULL},
};

#define HEAD 18u /* features.18; blocks are features.1 to features.17 */

/* Appends text; false, and out empty, if it does not fit. */
static bool append(char out[NEV_IMPORT_NAME_LEN], const char *text)
{
    size_t at = strlen(out), len = strlen(text);

    if (len >= NEV_IMPORT_NAME_LEN - at) {
        out[0] = '\0';
        return false;
    }
    memcpy(out + at, text, len + 1);
    return true;
}

static bool append_number(char out[NEV_IMPORT_NAME_LEN], uint32_t n)
{
    char digits[4] = {(char)('0' + n / 10), (char)('0' + n % 10), '.', '\0'};

    return append(out, n < 10 ? digits + 1 : digits);
}

/* "features.12.conv..." : 12, and where the rest begins; NULL if it is something else. */
static const char *split(const char *canonical, uint32_t *k)
{
    const char *p = canonical + strlen("features.");

    if (strncmp(canonical, "features.", strlen("features.")) != 0) {
        return NULL;
    }
    for (*k = 0; *p >= '0' && *p <= '9' && *k < 100; p++) {
        *k = *k * 10 + (uint32_t)(*p - '0');
    }
    return *p == '.' && *k <= HEAD ? p + 1 : NULL;
}

/* The number of blocks before each of timm's stages. Source     Sandler et al. 2018, table 2, column n */
static bool append_stage(char out[NEV_IMPORT_NAME_LEN], uint32_t k)
{
    static const uint8_t before[] = {0, 1, 3, 6, 10, 13, 16, 17};
    uint32_t stage = 0;

    while (k - 1 >= before[stage + 1]) {
        stage++;
    }
    return append(out, "blocks.") && append_number(out, stage) && append_number(out, k - 1 - before[stage]);
}

static bool append_place(enum nev_naming naming, char out[NEV_IMPORT_NAME_LEN], uint32_t k)
{
    if (naming == NEV_NAMING_TIMM) {
        return k == 0 || k == HEAD || append_stage(out, k);
    }
    return append(out, "mobilenet_v2.") &&
           (k < 2 || k == HEAD || (append(out, "layer.") && append_number(out, k - 2)));
}

bool nev_name_translate(enum nev_naming naming, const char *canonical, char out[NEV_IMPORT_NAME_LEN])
{
    const struct words *w;
    const char *rest;
    uint32_t k;

    out[0] = '\0';
    if (naming == NEV_NAMING_CANONICAL) {
        return append(out, canonical);
    }
    if (strncmp(canonical, "classifier.1.", strlen("classifier.1.")) == 0) {
        return append(out, "classifier.") && append(out, canonical + strlen("classifier.1."));
    }
    rest = split(canonical, &k);
    if (rest == NULL || (naming != NEV_NAMING_TIMM && naming != NEV_NAMING_HF)) {
        return false;
    }
    for (w = k == 0 ? stem : k == 1 ? first : k == HEAD ? head : block; w->canonical != NULL; w++) {
        size_t len = strlen(w->canonical);

        if (strncmp(rest, w->canonical, len) == 0) {
            return append_place(naming, out, k) && append(out, naming == NEV_NAMING_TIMM ? w->timm : w->hf) &&
                   append(out, rest + len);
        }
    }
    return false;
}

struct nev_slice nev_name_plain(struct nev_slice name)
{
    size_t i;

    /* Bounds: a pickle may give one long name to every tensor, so no more is looked at than wrappers put there. */
    for (i = 0; i < WRAPPERS_MAX; i++) {
        name = nev_slice_strip(name, "module.");
        name = nev_slice_strip(name, "model.");
        name = nev_slice_strip(name, "_orig_mod.");
    }
    return name;
}

bool nev_name_is_ignored(struct nev_slice name)
{
    return nev_slice_ends(name, ".num_batches_tracked");
}

bool nev_name_identify(const struct nev_source_tensor *t, enum nev_naming *naming, enum nev_net *net)
{
    /* The first convolution of each; its shape tells ResNet18's from other networks' "conv1". */
    static const struct {
        const char *name;
        uint32_t dim[NEV_TENSOR_DIMS];
        enum nev_naming naming;
        enum nev_net net;
    } tells[] = {
        {"conv1.weight", {64, 3, 7, 7}, NEV_NAMING_CANONICAL, NEV_NET_RESNET18},
        {"conv1.weight", {32, 3, 3, 3}, NEV_NAMING_CANONICAL, NEV_NET_DARKNET19},
        {"features.0.0.weight", {32, 3, 3, 3}, NEV_NAMING_CANONICAL, NEV_NET_MOBILENETV2},
        {"conv_stem.weight", {32, 3, 3, 3}, NEV_NAMING_TIMM, NEV_NET_MOBILENETV2},
        {"mobilenet_v2.conv_stem.first_conv.convolution.weight",
         {32, 3, 3, 3},
         NEV_NAMING_HF,
         NEV_NET_MOBILENETV2},
    };
    size_t i;

    for (i = 0; i < sizeof tells / sizeof tells[0]; i++) {
        if (nev_slice_is(nev_name_plain(t->name), tells[i].name) && t->ndim == NEV_TENSOR_DIMS &&
            memcmp(t->dim, tells[i].dim, sizeof t->dim) == 0) {
            *naming = tells[i].naming;
            *net = tells[i].net;
            return true;
        }
    }
    return false;
}
