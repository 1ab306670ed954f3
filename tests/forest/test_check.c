/* SPDX-License-Identifier: MIT */
/* Trees written by hand, right and wrong in one place each, before check.c. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "forest/file/check.h"
#include "forest/file/node.h"

#define NODES   6
#define ENTRIES 4

/* Five features (3 bits of a word), two classes, ten draws:
 *
 *     1: x[4] <= 0 ? 2 : 3
 *     2: x[0] <= 1 ? 4 : 5
 *     3: leaf of entries 0 and 1 (3 of class 1, 2 of class 0); 4: leaf of entry 2 (4 of class 0); 5: entry 3
 * (1 of class 1)
 */
struct hand {
    uint32_t key[NODES], word[NODES];
    uint32_t count[ENTRIES];
    uint16_t class_id[ENTRIES], mark[ENTRIES];
    uint32_t node_len, leaf_len, depth, rows;
    uint32_t weight[2]; /* of the classes; 0, 0: none */
    bool is_foreign;
};

static const struct hand right = {
    {0, 0x80000000, 0xBF800000, 0, ~2u, 3},
    {0, 1 << 3 | 4, 2 << 3 | 0, 1 << 3, 2 << 3, 2 << 3},
    {3, 2, 4, 1},
    {1, 0, 0, 1},
    {0, 1, 1, 1},
    6,
    4,
    2,
    10,
    {0, 0},
    false,
};

/* Puts the tree into memory exactly as long as it is, and checks it. */
static enum nev_status check(const struct hand *h, struct nev_error *err)
{
    uint8_t *bytes = malloc(((size_t)h->node_len + h->leaf_len) * 8);
    struct nev_forest_tree tree;
    struct nev_forest_part part;
    struct nev_tree_rules rules = {5, 2, &part, 0};
    uint8_t weight[8];
    enum nev_status status;
    uint32_t i;

    assert_non_null(bytes);
    memset(&part, 0, sizeof part);
    memset(&tree, 0, sizeof tree);
    tree.node = bytes;
    tree.leaf = bytes + (size_t)h->node_len * 8;
    tree.node_len = h->node_len;
    tree.leaf_len = h->leaf_len;
    tree.depth = h->depth;
    tree.feature_bits = 3;
    part.params.draws = h->rows;
    part.is_foreign = h->is_foreign;
    part.classes = 2;
    part.weight = weight;
    part.params.class_weight = h->weight[0] == 0 ? NEV_FOREST_WEIGHT_NONE : NEV_FOREST_WEIGHT_GIVEN;
    nev_store_u32le(weight, h->weight[0]);
    nev_store_u32le(weight + 4, h->weight[1]);
    for (i = 0; i < h->node_len; i++) {
        nev_node_store(bytes, i, h->key[i], h->word[i]);
    }
    for (i = 0; i < h->leaf_len; i++) {
        uint8_t *entry = bytes + ((size_t)h->node_len + i) * 8;

        nev_store_u32le(entry, h->count[i]);
        nev_store_u16le(entry + 4, h->class_id[i]);
        nev_store_u16le(entry + 6, h->mark[i]);
    }
    status = nev_tree_check(&tree, &rules, 1000, "tree 0", err);
    assert_true(status == NEV_OK || (err->offset >= 1000 && err->offset < 1000 + 8 * (NODES + ENTRIES)));
    free(bytes);
    return status;
}

/* Verifies: NEV-RF-027 (the tree as it is, a leaf alone, and leaves that share entries are accepted) */
static void test_accepted(void **state)
{
    struct nev_error err;
    struct hand h = right;

    (void)state;
    assert_int_equal(check(&h, &err), NEV_OK);
    /* Leaf 5 refers to leaf 3's entries: 5 draws again. */
    h.key[5] = 0;
    h.leaf_len = 3;
    h.rows = 14;
    assert_int_equal(check(&h, &err), NEV_OK);
    /* A draw of class 0 counts twice: 3 + 1 + 2 + 1 draws. */
    h = right;
    h.weight[0] = 2;
    h.weight[1] = 1;
    h.rows = 7;
    assert_int_equal(check(&h, &err), NEV_OK);
    /* Made elsewhere, the counts may be shares of any whole. */
    h = right;
    h.is_foreign = true;
    h.rows = 0;
    h.count[0] = UINT32_MAX - 2;
    assert_int_equal(check(&h, &err), NEV_OK);
    memset(&h, 0, sizeof h);
    h.node_len = 2;
    h.leaf_len = 1;
    h.count[0] = 7;
    h.mark[0] = 1;
    h.rows = 7;
    assert_int_equal(check(&h, &err), NEV_OK);
}

/* Verifies: NEV-RF-027 (one change each, named by what it breaks) */
static void test_refused(void **state)
{
    struct nev_error err;
    struct hand h;

    (void)state;
#define REFUSED(change)                                                                                      \
    do {                                                                                                     \
        h = right;                                                                                           \
        change;                                                                                              \
        assert_int_equal(check(&h, &err), NEV_ERR_FORMAT);                                                   \
    } while (0)
    REFUSED(h.rows = 11);                               /* the counts sum to less than the draws */
    REFUSED(h.rows = 9);                                /* to more */
    REFUSED(h.depth = 1);                               /* wrong depth */
    REFUSED(h.depth = 3);                               /* likewise */
    REFUSED(h.key[5] = 0; h.rows = 14);                 /* entry 3 belongs to no leaf */
    REFUSED(h.key[5] = 1; h.leaf_len = 3; h.rows = 11); /* begins within leaf 3's entries */
    /* The root a leaf, and node 2, nobody's child, its own parent. */
    REFUSED(h.key[1] = 0; h.word[1] = 0; h.word[2] = 1 << 3; h.key[3] = 2; h.node_len = 4; h.leaf_len = 3;
            h.rows = 9; h.depth = 2);
    REFUSED(h.key[4] = ~3u; h.key[5] = 2);       /* entries out of turn */
    REFUSED(h.key[5] = 4);                       /* no such entry */
    REFUSED(h.key[2] = ~2u; h.word[2] = 1 << 3); /* a leaf, so nodes 4 and 5 are nobody's children */
    REFUSED(h.node_len = 4; h.rows = 5);         /* node 2's children are missing */
    REFUSED(h.word[2] = 1 << 3);                 /* a cycle: its own pair */
    REFUSED(h.word[1] = 2 << 3 | 4);             /* the next pair but one */
    REFUSED(h.word[1] = 1 << 3 | 5);             /* feature 5 of 5 */
    REFUSED(h.word[4] = 2 << 3 | 1);             /* a leaf with a feature */
    REFUSED(h.word[4] = 1 << 3);                 /* a leaf that leads elsewhere */
    REFUSED(h.key[4] = 2);                       /* a left leaf with a right one's key */
    REFUSED(h.key[1] = NEV_KEY_MINUS_ZERO);      /* a threshold of -0 */
    REFUSED(h.key[0] = 1);                       /* the unused node */
    REFUSED(h.count[1] = 4; h.rows = 12);        /* counts that rise */
    REFUSED(h.count[0] = 2; h.rows = 9);         /* equal counts, classes that fall */
    REFUSED(h.class_id[1] = 1);                  /* a class twice */
    REFUSED(h.class_id[2] = 2);                  /* no such class */
    REFUSED(h.count[3] = 0; h.rows = 9);         /* nothing */
    REFUSED(h.mark[1] = 2);                      /* no such mark */
    REFUSED(h.mark[3] = 0);                      /* no last entry */
    REFUSED(h.weight[0] = 4; h.weight[1] = 1);   /* two is no multiple of four */
    REFUSED(h.weight[0] = 2; h.weight[1] = 1);   /* 4 + 1 + 2 draws, not 10 */
    h = right;
    h.is_foreign = true;
    h.rows = 0;
    h.count[0] = UINT32_MAX - 1;
    assert_int_equal(check(&h, &err), NEV_ERR_FORMAT); /* a leaf of 2^32 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
