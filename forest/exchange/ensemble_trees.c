/* SPDX-License-Identifier: MIT */
/* The trees of a TreeEnsembleClassifier, as nev_forest_build takes them. */
#include <float.h>
#include <string.h>

#include "forest/carve.h"
#include "forest/exchange/cursor.h"
#include "forest/exchange/ensemble.h"
#include "forest/exchange/share.h"
#include "forest/file/layout.h"
#include "forest/key.h"

#define NO_LEAF UINT32_MAX
#define FIELDS  7 /* lists of nodes */

/* A node as the file has it. */
struct record {
    uint64_t at; /* of its id, for errors */
    uint32_t tree, id;
    uint32_t feature, yes, no;
    uint32_t leaf; /* its row among the leaves' weights, or NO_LEAF */
    float threshold;
};

struct work {
    struct record *record;             /* [nodes], by tree, then by id */
    struct nev_build_node *node;       /* [nodes] */
    struct nev_build_tree *tree;       /* [trees_max] */
    uint8_t *is_child;                 /* [nodes] */
    double *share;                     /* [leaves, classes]; below zero: not given */
    uint32_t *count;                   /* [leaves, classes], tree by tree */
    const char **name;                 /* [classes] */
    char (*text)[NEV_FOREST_NAME_LEN]; /* [classes] */
};

static uint64_t trees_max(const struct nev_ensemble *e)
{
    return e->runs < NEV_FOREST_TREES_MAX ? e->runs : NEV_FOREST_TREES_MAX;
}

static void carve(struct work *w, struct nev_carve *c, const struct nev_ensemble *e)
{
    w->record = nev_carve_take(c, e->nodes, sizeof *w->record);
    w->node = nev_carve_take(c, e->nodes, sizeof *w->node);
    w->tree = nev_carve_take(c, trees_max(e), sizeof *w->tree);
    w->is_child = nev_carve_take(c, e->nodes, sizeof *w->is_child);
    w->share = nev_carve_take(c, e->leaves * e->classes, sizeof *w->share);
    w->count = nev_carve_take(c, e->leaves * e->classes, sizeof *w->count);
    w->name = nev_carve_take(c, e->classes, sizeof *w->name);
    w->text = nev_carve_take(c, e->classes, sizeof *w->text);
}

size_t nev_ensemble_bytes(const struct nev_ensemble *e)
{
    struct nev_carve c = {NULL, 0};
    struct work w;

    carve(&w, &c, e); /* Bounds: 2^31 nodes, 2^10 classes: below 2^46 */
    return c.used > SIZE_MAX - NEV_ALIGN ? SIZE_MAX : (size_t)c.used + NEV_ALIGN - 1;
}

static struct nev_cursor cursor_of(const struct nev_ensemble *e, uint32_t list, struct nev_error *err)
{
    return nev_cursor_begin(e->mem, e->list[list].at, e->list[list].end, e->list[list].number,
                            e->list[list].item, err);
}

/* A float of either width, exactly. */
static double real_of(const struct nev_ensemble *e, uint32_t list, uint64_t bits)
{
    return e->list[list].item == NEV_CURSOR_F64 ? nev_f64_from_bits(bits)
                                                : (double)nev_f32_from_bits((uint32_t)bits);
}

/* The greatest binary32 that is not above t: every binary32 is on the same side of both. */
static float round_down(double t)
{
    uint32_t key;
    float f;

    /* ISO C leaves conversions beyond the range undefined. */
    if (!(t >= -(double)FLT_MAX && t <= (double)FLT_MAX)) {
        return t > 0.0 ? FLT_MAX : nev_key_to_f32(NEV_KEY_MIN);
    }
    f = (float)t;
    if ((double)f <= t) {
        return f;
    }
    key = nev_key_from_f32(f) - 1;
    return nev_key_to_f32(key == NEV_KEY_MINUS_ZERO ? key - 1 : key);
}

static enum nev_status fill(const struct nev_ensemble *e, const struct nev_cursor_value *v, struct record *r,
                            uint32_t *leaves, struct nev_error *err)
{
    static const uint8_t ids[] = {NEV_ENSEMBLE_TREE, NEV_ENSEMBLE_NODE, NEV_ENSEMBLE_FEATURE,
                                  NEV_ENSEMBLE_TRUE, NEV_ENSEMBLE_FALSE};
    const bool is_leaf = v[NEV_ENSEMBLE_MODE].len == 4; /* open has seen that it is LEAF or BRANCH_LEQ */
    const double t = real_of(e, NEV_ENSEMBLE_VALUE, v[NEV_ENSEMBLE_VALUE].bits);
    size_t i;

    for (i = 0; i < (is_leaf ? 2 : sizeof ids); i++) {
        if (v[ids[i]].bits > UINT32_MAX - 1) {
            return nev_fail(err, NEV_ERR_VALUE, v[ids[i]].at, "nodes", "an id is negative or above 2^32");
        }
    }
    r->at = v[NEV_ENSEMBLE_NODE].at;
    r->tree = (uint32_t)v[NEV_ENSEMBLE_TREE].bits;
    r->id = (uint32_t)v[NEV_ENSEMBLE_NODE].bits;
    r->leaf = is_leaf ? (*leaves)++ : NO_LEAF;
    r->feature = r->yes = r->no = 0;
    r->threshold = 0.0f;
    if (is_leaf) {
        return NEV_OK;
    }
    r->feature = (uint32_t)v[NEV_ENSEMBLE_FEATURE].bits;
    r->yes = (uint32_t)v[NEV_ENSEMBLE_TRUE].bits;
    r->no = (uint32_t)v[NEV_ENSEMBLE_FALSE].bits;
    r->threshold = round_down(t);
    if (r->feature >= e->features) {
        return nev_fail(err, NEV_ERR_VALUE, v[NEV_ENSEMBLE_FEATURE].at, "nodes_featureids",
                        "a node asks for a feature that a row does not have");
    }
    if (t != t || t > DBL_MAX) {
        return nev_fail(err, NEV_ERR_VALUE, v[NEV_ENSEMBLE_VALUE].at, "nodes_values",
                        "a threshold is NaN or plus infinity");
    }
    return NEV_OK;
}

/* All lists of nodes in step. */
static enum nev_status read_nodes(const struct nev_ensemble *e, struct work *w, struct nev_error *err)
{
    struct nev_cursor cursor[FIELDS];
    struct nev_cursor_value value[FIELDS];
    uint32_t leaves = 0, k;
    enum nev_status status;
    bool is_end;
    uint64_t i;

    for (k = 0; k < FIELDS; k++) {
        cursor[k] = cursor_of(e, NEV_ENSEMBLE_TREE + k, err);
    }
    for (i = 0; i < e->nodes; i++) {
        for (k = 0; k < FIELDS; k++) {
            if ((status = nev_cursor_next(&cursor[k], &value[k], &is_end)) != NEV_OK) {
                return status;
            }
        }
        if ((status = fill(e, value, &w->record[i], &leaves, err)) != NEV_OK) {
            return status;
        }
    }
    return NEV_OK;
}

static bool is_before(const struct record *a, const struct record *b)
{
    return a->tree < b->tree || (a->tree == b->tree && a->id < b->id);
}

static void sift(struct record *r, uint64_t top, uint64_t len)
{
    const struct record moved = r[top];

    for (;;) {
        uint64_t child = 2 * top + 1;

        if (child + 1 < len && is_before(&r[child], &r[child + 1])) {
            child++;
        }
        if (child >= len || !is_before(&moved, &r[child])) {
            break;
        }
        r[top] = r[child];
        top = child;
    }
    r[top] = moved;
}

/* By tree, then by id; converters write them so already. Source     Williams, Heapsort (1964) */
static enum nev_status sort(struct record *r, uint64_t len, struct nev_error *err)
{
    uint64_t i;

    for (i = 1; i < len && is_before(&r[i - 1], &r[i]); i++) {
    }
    if (i == len) {
        return NEV_OK;
    }
    for (i = len / 2; i-- > 0;) {
        sift(r, i, len);
    }
    for (i = len; i-- > 1;) {
        const struct record last = r[i];

        r[i] = r[0];
        r[0] = last;
        sift(r, 0, i);
    }
    for (i = 1; i < len; i++) {
        if (!is_before(&r[i - 1], &r[i])) {
            return nev_fail(err, NEV_ERR_FORMAT, r[i].at, "nodes_nodeids",
                            "a tree has two nodes with one id");
        }
    }
    return NEV_OK;
}

/* The place of a node among [from, from + len) records of a tree; len if it is not there. */
static uint64_t find(const struct record *r, uint64_t len, uint32_t tree, uint32_t id)
{
    uint64_t low = 0, high = len;
    const struct record want = {0, tree, id, 0, 0, 0, 0, 0.0f};

    while (low < high) {
        const uint64_t mid = low + (high - low) / 2;

        if (is_before(&r[mid], &want)) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < len && r[low].tree == tree && r[low].id == id ? low : len;
}

/* One tree's records become nodes, the root first. */
static enum nev_status link_tree(const struct record *r, uint32_t len, struct nev_build_node *node,
                                 uint8_t *is_child, struct nev_error *err)
{
    uint32_t i, root = len;

    memset(is_child, 0, len);
    for (i = 0; i < len; i++) {
        node[i].is_leaf = r[i].leaf != NO_LEAF;
        node[i].feature = r[i].feature;
        node[i].threshold = r[i].threshold;
        node[i].left = node[i].right = 0;
        node[i].leaf = r[i].leaf;
        if (node[i].is_leaf) {
            continue;
        }
        node[i].left = (uint32_t)find(r, len, r[i].tree, r[i].yes);
        node[i].right = (uint32_t)find(r, len, r[i].tree, r[i].no);
        if (node[i].left == len || node[i].right == len) {
            return nev_fail(err, NEV_ERR_FORMAT, r[i].at, "nodes_nodeids",
                            "a node's child is not in its tree");
        }
        if (is_child[node[i].left] || node[i].left == node[i].right || is_child[node[i].right]) {
            return nev_fail(err, NEV_ERR_FORMAT, r[i].at, "nodes_nodeids",
                            "a node's child is also another's: no tree");
        }
        is_child[node[i].left] = is_child[node[i].right] = 1;
    }
    for (i = 0; i < len; i++) {
        if (!is_child[i] && root != len) {
            return nev_fail(err, NEV_ERR_FORMAT, r[i].at, "nodes_nodeids", "a tree has two roots");
        }
        root = is_child[i] ? root : i;
    }
    if (root == len) {
        return nev_fail(err, NEV_ERR_FORMAT, r[0].at, "nodes_nodeids",
                        "a tree has no root: its nodes go in a circle");
    }
    /* The root and the first node change places. */
    for (i = 0; i < len && root != 0; i++) {
        node[i].left = node[i].left == root ? 0 : node[i].left == 0 ? root : node[i].left;
        node[i].right = node[i].right == root ? 0 : node[i].right == 0 ? root : node[i].right;
    }
    if (root != 0) {
        const struct nev_build_node first = node[0];

        node[0] = node[root];
        node[root] = first;
    }
    return NEV_OK;
}

/* Cuts the records into trees. Leaves are numbered in the order of the records, so each tree's are a run. */
static enum nev_status link_all(const struct nev_ensemble *e, struct work *w, uint32_t *trees,
                                struct nev_error *err)
{
    uint64_t from = 0, end, i;
    uint32_t leaves = 0;
    enum nev_status status;

    for (*trees = 0; from < e->nodes; from = end, (*trees)++) {
        uint32_t first = leaves;

        if (*trees == trees_max(e)) {
            return nev_fail(err, NEV_ERR_LIMIT, w->record[from].at, "nodes_treeids",
                            "more than 65,535 trees");
        }
        for (end = from; end < e->nodes && w->record[end].tree == w->record[from].tree; end++) {
        }
        if ((status = link_tree(w->record + from, (uint32_t)(end - from), w->node + from, w->is_child + from,
                                err)) != NEV_OK) {
            return status;
        }
        for (i = from; i < end; i++) {
            leaves += w->node[i].is_leaf;
        }
        w->tree[*trees].node = w->node + from;
        w->tree[*trees].node_len = (uint32_t)(end - from);
        w->tree[*trees].count = w->count + (size_t)first * e->classes;
        w->tree[*trees].leaf_len = leaves - first;
    }
    return NEV_OK;
}

/* The entries' weights, times the trees, to their leaves. */
static enum nev_status read_entries(const struct nev_ensemble *e, struct work *w, uint32_t trees,
                                    struct nev_error *err)
{
    struct nev_cursor cursor[4];
    struct nev_cursor_value v[4];
    uint64_t i, at;
    uint32_t k;
    enum nev_status status;
    bool is_end;

    for (i = 0; i < e->leaves * e->classes; i++) {
        w->share[i] = -1.0;
    }
    for (k = 0; k < 4; k++) {
        cursor[k] = cursor_of(e, NEV_ENSEMBLE_ENTRY_TREE + k, err);
    }
    for (i = 0; i < e->entries; i++) {
        double weight;

        for (k = 0; k < 4; k++) {
            if ((status = nev_cursor_next(&cursor[k], &v[k], &is_end)) != NEV_OK) {
                return status;
            }
        }
        weight = real_of(e, NEV_ENSEMBLE_ENTRY_WEIGHT, v[3].bits);
        if (!(weight >= 0.0 && weight <= 2.0)) {
            return nev_fail(err, NEV_ERR_VALUE, v[3].at, "class_weights",
                            "a weight is no share of a leaf: negative, NaN or above 1");
        }
        at = v[0].bits > UINT32_MAX || v[1].bits > UINT32_MAX
                 ? e->nodes
                 : find(w->record, e->nodes, (uint32_t)v[0].bits, (uint32_t)v[1].bits);
        if (at == e->nodes || w->record[at].leaf == NO_LEAF) {
            return nev_fail(err, NEV_ERR_FORMAT, v[1].at, "class_nodeids", "an entry belongs to no leaf");
        }
        k = e->is_second ? 1 : (uint32_t)(v[2].bits < e->classes ? v[2].bits : e->classes);
        if (k == e->classes || v[2].bits >= e->classes) {
            return nev_fail(err, NEV_ERR_VALUE, v[2].at, "class_ids", "there is no class of that number");
        }
        at = (uint64_t)w->record[at].leaf * e->classes + k;
        if (w->share[at] >= 0.0) {
            return nev_fail(err, NEV_ERR_FORMAT, v[1].at, "class_nodeids",
                            "a leaf has two entries of a class");
        }
        w->share[at] = weight * (double)trees;
    }
    return NEV_OK;
}

/* Shares become counts, leaf by leaf. Leaves stand in the file's order, counts in that of the sorted nodes. */
static enum nev_status count_leaves(const struct nev_ensemble *e, struct work *w, uint32_t trees,
                                    struct nev_error *err)
{
    uint64_t i;
    uint32_t row = 0, t, k;

    for (i = 0; i < e->nodes; i++) {
        double *share = w->share + (size_t)w->record[i].leaf * e->classes;
        bool is_given = false;

        if (w->record[i].leaf == NO_LEAF) {
            continue;
        }
        for (k = 0; k < e->classes; k++) {
            is_given = is_given || share[k] >= 0.0;
            share[k] = share[k] < 0.0 ? 0.0 : share[k];
        }
        if (!is_given ||
            !nev_share_counts(share, e->classes, e->is_second, w->count + (size_t)row * e->classes)) {
            return nev_fail(err, NEV_ERR_VALUE, w->record[i].at, "class_weights",
                            "a leaf's weights do not sum to 1 / trees: they are no shares of a leaf");
        }
        w->record[i].leaf = row++;
    }
    /* Nodes carry the leaf's number in the file; in its tree it is counted from the tree's first. */
    row = 0;
    for (t = 0; t < trees; t++) {
        const uint64_t from = (uint64_t)(w->tree[t].node - w->node);
        const uint32_t first = row;
        uint32_t root = 0, len = w->tree[t].node_len;

        while (w->is_child[from + root]) {
            root++;
        }
        for (i = 0; i < len; i++) {
            /* the root and the first node changed places */
            const uint64_t place = i == root ? 0 : i == 0 ? root : i;

            if (w->node[from + place].is_leaf) {
                w->node[from + place].leaf = w->record[from + i].leaf - first;
                row++;
            }
        }
    }
    return NEV_OK;
}

/* A whole number of 64 bits as text. */
static void number_text(uint64_t bits, char text[NEV_FOREST_NAME_LEN])
{
    const bool is_negative = bits >> 63 != 0;
    uint64_t size = is_negative ? (uint64_t)0 - bits : bits;
    char digits[20];
    uint32_t len = 0, n = 0;

    do {
        digits[len++] = (char)('0' + size % 10);
        size /= 10;
    } while (size != 0);
    if (is_negative) {
        text[n++] = '-';
    }
    while (len > 0) {
        text[n++] = digits[--len];
    }
}

static enum nev_status read_labels(const struct nev_ensemble *e, struct work *w, struct nev_error *err)
{
    const bool is_text = e->list[NEV_ENSEMBLE_LABEL_TEXT].len != 0;
    struct nev_cursor c = cursor_of(e, is_text ? NEV_ENSEMBLE_LABEL_TEXT : NEV_ENSEMBLE_LABEL_INT, err);
    struct nev_cursor_value v;
    enum nev_status status;
    uint32_t k, other;
    bool is_end;

    memset(w->text, 0, e->classes * sizeof *w->text);
    for (k = 0; k < e->classes; k++) {
        if ((status = nev_cursor_next(&c, &v, &is_end)) != NEV_OK) {
            return status;
        }
        if (!is_text) {
            number_text(v.bits, w->text[k]);
        } else if (v.len < NEV_FOREST_NAME_LEN) {
            memcpy(w->text[k], e->mem + v.at, (size_t)v.len);
        }
        w->name[k] = w->text[k];
        if (!nev_file_text_is_valid((const uint8_t *)w->text[k], true)) {
            return nev_fail(
                err, NEV_ERR_VALUE, v.at, "classlabels_strings",
                "a class name is empty, longer than 63 bytes, not UTF-8 or has control characters");
        }
        for (other = 0; other < k; other++) {
            if (strcmp(w->text[other], w->text[k]) == 0) {
                return nev_fail(err, NEV_ERR_FORMAT, v.at, "classlabels", "two classes have one name");
            }
        }
    }
    return NEV_OK;
}

enum nev_status nev_ensemble_read(const struct nev_ensemble *e, void *memory, size_t memory_bytes,
                                  struct nev_build *build, struct nev_error *err)
{
    struct nev_carve c = {NULL, 0};
    struct work w;
    uint32_t trees = 0;
    enum nev_status status;

    memset(build, 0, sizeof *build);
    if (memory_bytes < nev_ensemble_bytes(e)) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "memory", "less than nev_ensemble_bytes says");
    }
    c.base = nev_carve_align(memory);
    carve(&w, &c, e);
    if ((status = read_labels(e, &w, err)) != NEV_OK || (status = read_nodes(e, &w, err)) != NEV_OK ||
        (status = sort(w.record, e->nodes, err)) != NEV_OK ||
        (status = link_all(e, &w, &trees, err)) != NEV_OK ||
        (status = read_entries(e, &w, trees, err)) != NEV_OK ||
        (status = count_leaves(e, &w, trees, err)) != NEV_OK) {
        return status;
    }
    build->tree = w.tree;
    build->trees = trees;
    build->features = e->features;
    build->classes = e->classes;
    build->class_name = w.name;
    build->origin = e->origin;
    return NEV_OK;
}
