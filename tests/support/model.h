/* SPDX-License-Identifier: MIT */
/*
 * model.h - a seeded model in memory, ready to run, for tests of nn/.
 */
#ifndef NEV_TESTS_SUPPORT_MODEL_H
#define NEV_TESTS_SUPPORT_MODEL_H

#include "nn/nn.h"
#include "weights/weights.h"

/* The four variants of the golden data. */
enum test_variant { TEST_RESNET18, TEST_DARKNET19, TEST_MOBILENETV2, TEST_MOBILENETV2_TF, TEST_VARIANTS };

const char *nev_test_variant_name(enum test_variant variant);

/* A model file in memory with its view. */
struct nev_test_model {
    uint8_t *file;
    size_t file_bytes;
    struct nev_weights weights;
};

/* nev_test_model_seeded - formula weights, seed 0; fails the test if anything is refused. */
void nev_test_model_seeded(struct nev_test_model *m, enum test_variant variant);

/* nev_test_model_open - the model of a file already in memory (from malloc; now owned by m). */
void nev_test_model_open(struct nev_test_model *m, uint8_t *file, size_t file_bytes);

void nev_test_model_free(struct nev_test_model *m);

/* A plan with its packed weights and an arena of exactly the stated size. */
struct nev_test_net {
    struct nev_plan plan;
    uint8_t *packed, *arena;
    struct nev_parallel parallel;
    struct nev_run run;
};

void nev_test_net_make(struct nev_test_net *net, const struct nev_test_model *m, enum nev_path path,
                       uint32_t isas, uint32_t parts);
void nev_test_net_free(struct nev_test_net *net);

/* nev_test_net_features - run one input; fails the test on an error. */
void nev_test_net_features(const struct nev_test_net *net, const float *input,
                           float features[NEV_FEATURES_LEN]);

/* nev_test_input - the formula picture 0 or 1 of the golden data, [side, side, 3], from malloc. */
float *nev_test_input(const struct nev_prep *prep, uint32_t picture);

#endif
