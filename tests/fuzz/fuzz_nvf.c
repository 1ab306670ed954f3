/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "forest/carve.h"
#include "forest/file/calibration.h"
#include "forest/forest.h"
#include "forest/file/layout.h"
#include "forest/predict/block.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutate.h"

/* Every node but the root has one parent, children come after it, leaves refer to entries of the tree. */
static void check_tree(const struct nev_forest *f, uint32_t number)
{
    struct nev_forest_tree tree;
    uint32_t i, e, inner = 0;
    uint64_t draws = 0;

    nev_forest_tree(f, number, &tree);
    FUZZ_CHECK(tree.node >= f->base && tree.node + 8 * (size_t)tree.node_len <= f->base + f->bytes);
    FUZZ_CHECK(tree.leaf >= f->base && tree.leaf + 8 * (size_t)tree.leaf_len <= f->base + f->bytes);
    FUZZ_CHECK(tree.node_len >= 2 && tree.depth < tree.node_len);
    for (i = 1; i < tree.node_len; i++) {
        struct nev_forest_node node;

        nev_forest_node(&tree, i, &node);
        if (!node.is_leaf) {
            inner++;
            FUZZ_CHECK(node.feature < f->features && node.threshold == node.threshold);
            FUZZ_CHECK(node.left > i && node.left == 2 * inner && node.left + 1 < tree.node_len);
            continue;
        }
        FUZZ_CHECK(node.entry_len >= 1 && node.entry < tree.leaf_len &&
                   node.entry_len <= tree.leaf_len - node.entry);
        for (e = 0; e < node.entry_len; e++) {
            struct nev_forest_entry entry;

            nev_forest_entry(&tree, node.entry + e, &entry);
            FUZZ_CHECK(entry.class_id < f->classes && entry.count >= 1);
            draws += entry.count;
        }
    }
    FUZZ_CHECK(2 * inner + 2 == tree.node_len && draws >= 1);
}

/* The row's votes by masks, in plain C, where a forest may be asked so. */
static void check_masks(const struct nev_forest *f, const float *x, const uint32_t *votes)
{
    const size_t bytes = (size_t)nev_block_bytes(f) + NEV_ALIGN, v_bytes = f->classes * sizeof *votes;
    struct nev_forest_batch batch = {x, f->features, 1, f->features, NULL, NULL};
    void *memory;

    if (!nev_block_pays(f, SIZE_MAX, false)) {
        return;
    }
    memory = fuzz_take(bytes, 0x3C);
    batch.votes = fuzz_take(v_bytes, 0xA5);
    FUZZ_CHECK(nev_block_predict(f, &nev_mask_kernel_c, &batch, 0, 1, nev_carve_align(memory)) == 1);
    FUZZ_CHECK(memcmp(batch.votes, votes, v_bytes) == 0);
    fuzz_give(batch.votes, v_bytes);
    fuzz_give(memory, bytes);
}

/* Rows of extremes: every walk ends in a leaf, every tree votes once, and the probabilities sum to one. */
static void check_predict(const struct nev_forest *f)
{
    static const float extremes[] = {0.0f, -INFINITY, INFINITY, -0.5f};
    size_t x_bytes = (size_t)f->features * sizeof(float), p_bytes = f->classes * sizeof(double);
    size_t v_bytes = f->classes * sizeof(uint32_t), bytes = nev_forest_predict_bytes(f, 1), r;
    float *x = fuzz_take(x_bytes, 0);
    double *probability = fuzz_take(p_bytes, 0xA5), sum;
    uint32_t *votes = fuzz_take(v_bytes, 0x5A), i, total;
    void *memory = fuzz_take(bytes, 0x3C);
    struct nev_error err = {0};

    for (r = 0; r < sizeof extremes / sizeof extremes[0]; r++) {
        struct nev_forest_batch batch = {x, f->features, 1, f->features, probability, votes};

        for (i = 0; i < f->features; i++) {
            x[i] = extremes[(r + i * (r == 3)) % 4];
        }
        FUZZ_CHECK(nev_forest_predict(f, &batch, memory, bytes, NULL, &err) == NEV_OK);
        for (i = 0, total = 0, sum = 0.0; i < f->classes; i++) {
            total += votes[i];
            sum += probability[i];
        }
        FUZZ_CHECK(total == f->params.trees && fabs(sum - 1.0) < 1e-6);
        FUZZ_CHECK(nev_forest_label(votes, f->classes) < f->classes);
        if (r == 3) {
            check_masks(f, x, votes);
        }
        FUZZ_CHECK(nev_forest_predict(f, &batch, memory, bytes - 1, NULL, &err) == NEV_ERR_MEMORY);
    }
    fuzz_give(memory, bytes);
    fuzz_give(votes, v_bytes);
    fuzz_give(probability, p_bytes);
    fuzz_give(x, x_bytes);
}

/* The parts cover the trees; votes out of bag are no more than the part has trees. */
static void check_parts(const struct nev_forest *f)
{
    uint32_t *votes = fuzz_take(f->classes * sizeof *votes, 0xA5), i, r, k, total, trees = 0;

    for (i = 0; i < f->parts; i++) {
        struct nev_forest_part part;

        nev_forest_part(f, i, &part);
        FUZZ_CHECK(part.place == trees && part.params.trees >= 1);
        trees += part.params.trees;
        for (r = 0; part.has_oob && r < part.rows && r < 64; r++) {
            (void)nev_forest_oob_votes(&part, r, votes);
            for (k = 0, total = 0; k < f->classes; k++) {
                total += votes[k];
            }
            FUZZ_CHECK(total <= part.params.trees && nev_forest_oob_label(&part, r) < f->classes);
        }
    }
    FUZZ_CHECK(trees == f->params.trees);
    fuzz_give(votes, f->classes * sizeof *votes);
}

/* What the calibration says stays within [0, 1] at any score. */
static void check_calibration(const struct nev_forest *f)
{
    static const uint64_t scores[] = {0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000};
    struct nev_calibration c;
    size_t i;

    if (!nev_calibration_of(f, &c)) {
        return;
    }
    for (i = 0; i < sizeof scores / sizeof scores[0]; i++) {
        if (c.kind != NEV_CALIBRATION_NONE) {
            double p = nev_calibration_probability(&c, scores[i]);

            FUZZ_CHECK(p >= 0.0 && p <= 1.0);
        }
        if (c.threshold.rule != NEV_RULE_NONE) {
            (void)nev_calibration_is_positive(&c, scores[i]);
        }
        if (c.level != 0) {
            (void)nev_calibration_holds(&c, f->classes - 1, scores[i]);
        }
    }
}

static void check_rest(const struct nev_forest *f)
{
    size_t bytes = f->features * sizeof(double);
    double *importance = fuzz_take(bytes, 0xA5), score;
    uint8_t digest[NEV_SHA256_BYTES];
    struct nev_error err = {0};
    uint32_t i;

    nev_forest_importance(f, importance);
    for (i = 0; i < f->features; i++) {
        FUZZ_CHECK(importance[i] >= 0.0 && importance[i] <= 1.0);
    }
    for (i = 0; i < f->classes; i++) {
        FUZZ_CHECK(strlen(nev_forest_class_name(f, i)) >= 1 &&
                   strlen(nev_forest_class_name(f, i)) < NEV_FOREST_NAME_LEN);
    }
    FUZZ_CHECK(!nev_forest_oob_score(f, &score) || (score >= 0.0 && score <= 1.0));
    FUZZ_CHECK(nev_forest_same_source(f, &f->source, &err) == NEV_OK);
    nev_file_digest(f->base, f->bytes, digest);
    FUZZ_CHECK(memcmp(digest, f->base + NEV_FILE_DIGEST_AT, sizeof digest) == 0);
    fuzz_give(importance, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct nev_error err = {0};
    struct nev_forest f;
    enum nev_status s;
    uint32_t i;

    memset(&f, 0xA5, sizeof f);
    s = nev_forest_open(&f, data, bytes, &err);
    if (s != NEV_OK) {
        fuzz_check_error(s, &err, bytes);
        FUZZ_CHECK(fuzz_is_zero(&f, sizeof f));
        return 0;
    }
    FUZZ_CHECK(f.bytes == bytes && f.base == data && f.params.trees >= 1 && f.features >= 1 &&
               f.classes >= 2);
    for (i = 0; i < f.params.trees; i++) {
        check_tree(&f, i);
    }
    check_predict(&f);
    check_rest(&f);
    check_parts(&f);
    check_calibration(&f);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max, unsigned seed)
{
    return fuzz_mutate(data, bytes, max, seed, fuzz_repair_nvf);
}
