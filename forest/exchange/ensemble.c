/* SPDX-License-Identifier: MIT */
/* The attributes of a TreeEnsembleClassifier. ensemble_graph.c finds it, ensemble_trees.c reads its trees. */
#include "forest/exchange/ensemble.h"

#include <string.h>

#include "forest/exchange/cursor.h"
#include "forest/exchange/ensemble_graph.h"

enum {
    TENSOR_TYPE = 2,
    TENSOR_FLOATS = 4,
    TENSOR_RAW = 9,
    TENSOR_DOUBLES = 10,
    TENSOR_EXTERNAL = 13,
    TENSOR_LOCATION = 14
};

/* What stands in a list of an attribute by that name. */
struct known {
    const char *name;
    uint8_t list, number, item;
};

static const struct known known[] = {
    {"nodes_treeids", NEV_ENSEMBLE_TREE, ATTR_INTS, NEV_CURSOR_VARINT},
    {"nodes_nodeids", NEV_ENSEMBLE_NODE, ATTR_INTS, NEV_CURSOR_VARINT},
    {"nodes_featureids", NEV_ENSEMBLE_FEATURE, ATTR_INTS, NEV_CURSOR_VARINT},
    {"nodes_modes", NEV_ENSEMBLE_MODE, ATTR_STRINGS, NEV_CURSOR_TEXT},
    {"nodes_values", NEV_ENSEMBLE_VALUE, ATTR_FLOATS, NEV_CURSOR_F32},
    {"nodes_values_as_tensor", NEV_ENSEMBLE_VALUE, ATTR_T, NEV_CURSOR_F64},
    {"nodes_truenodeids", NEV_ENSEMBLE_TRUE, ATTR_INTS, NEV_CURSOR_VARINT},
    {"nodes_falsenodeids", NEV_ENSEMBLE_FALSE, ATTR_INTS, NEV_CURSOR_VARINT},
    {"class_treeids", NEV_ENSEMBLE_ENTRY_TREE, ATTR_INTS, NEV_CURSOR_VARINT},
    {"class_nodeids", NEV_ENSEMBLE_ENTRY_NODE, ATTR_INTS, NEV_CURSOR_VARINT},
    {"class_ids", NEV_ENSEMBLE_ENTRY_CLASS, ATTR_INTS, NEV_CURSOR_VARINT},
    {"class_weights", NEV_ENSEMBLE_ENTRY_WEIGHT, ATTR_FLOATS, NEV_CURSOR_F32},
    {"class_weights_as_tensor", NEV_ENSEMBLE_ENTRY_WEIGHT, ATTR_T, NEV_CURSOR_F64},
    {"classlabels_int64s", NEV_ENSEMBLE_LABEL_INT, ATTR_INTS, NEV_CURSOR_VARINT},
    {"classlabels_strings", NEV_ENSEMBLE_LABEL_TEXT, ATTR_STRINGS, NEV_CURSOR_TEXT},
    {"base_values", NEV_ENSEMBLE_BASE, ATTR_FLOATS, NEV_CURSOR_F32},
    {"base_values_as_tensor", NEV_ENSEMBLE_BASE, ATTR_T, NEV_CURSOR_F64},
};
#define KNOWN (sizeof known / sizeof known[0])

/* How often nodes were reached in training, and where NaN goes: a row with NaN is refused here. */
static const char *const without_effect[] = {"nodes_hitrates", "nodes_hitrates_as_tensor",
                                             "nodes_missing_value_tracks_true"};

/* Where a tensor's values lie. */
static enum nev_status read_tensor(const struct nev_pb *attribute, const struct nev_pb_field *f,
                                   struct nev_ensemble *e, uint32_t list, struct nev_span name)
{
    struct nev_pb tensor = nev_pb_inside(attribute, f);
    struct nev_pb_field g;
    enum nev_status status;
    uint64_t type = 0, fields = 0;

    e->list[list].at = tensor.at;
    e->list[list].end = tensor.end;
    while (tensor.at < tensor.end) {
        if ((status = nev_pb_next(&tensor, &g)) != NEV_OK) {
            return status;
        }
        type = g.number == TENSOR_TYPE ? g.value : type;
        if (g.number == TENSOR_EXTERNAL || (g.number == TENSOR_LOCATION && g.value != 0)) {
            return nev_span_refuse(e->mem, attribute->err, NEV_ERR_UNSUPPORTED, name,
                                   "the values lie in another file");
        }
        if ((g.number == TENSOR_FLOATS || g.number == TENSOR_DOUBLES || g.number == TENSOR_RAW) &&
            g.number != e->list[list].number) {
            e->list[list].number = g.number;
            fields++;
        }
    }
    if ((type != TYPE_FLOAT && type != TYPE_DOUBLE) || fields > 1 ||
        e->list[list].number == (type == TYPE_FLOAT ? TENSOR_DOUBLES : TENSOR_FLOATS)) {
        return nev_span_refuse(e->mem, attribute->err, NEV_ERR_UNSUPPORTED, name,
                               "the values are neither float nor double");
    }
    e->list[list].item = type == TYPE_FLOAT ? NEV_CURSOR_F32 : NEV_CURSOR_F64;
    return NEV_OK;
}

/* Counts a list's values, which checks their form. */
static enum nev_status count_list(struct nev_ensemble *e, uint32_t list, struct nev_error *err)
{
    struct nev_cursor c = nev_cursor_begin(e->mem, e->list[list].at, e->list[list].end, e->list[list].number,
                                           e->list[list].item, err);
    struct nev_cursor_value value;
    enum nev_status status;
    bool is_end;

    while ((status = nev_cursor_next(&c, &value, &is_end)) == NEV_OK && !is_end) {
        e->list[list].len++;
    }
    return status;
}

static enum nev_status take_list(struct nev_ensemble *e, const struct nev_pb *attribute,
                                 const struct known *k, struct nev_span name, struct nev_error *err)
{
    struct nev_pb body = *attribute;
    struct nev_pb_field f;
    enum nev_status status;

    if (e->list[k->list].end != 0) {
        return nev_span_refuse(e->mem, err, NEV_ERR_FORMAT, name,
                               "the classifier has this attribute twice, or in two forms");
    }
    e->list[k->list].at = body.at;
    e->list[k->list].end = body.end;
    e->list[k->list].number = k->number;
    e->list[k->list].item = k->item;
    while (k->number == ATTR_T && body.at < body.end) {
        if ((status = nev_pb_next(&body, &f)) != NEV_OK) {
            return status;
        }
        if (f.number == ATTR_T && f.wire == NEV_PB_BYTES &&
            (status = read_tensor(&body, &f, e, k->list, name)) != NEV_OK) {
            return status;
        }
    }
    return count_list(e, k->list, err);
}

static enum nev_status check_transform(const struct nev_ensemble *e, struct nev_pb attribute,
                                       struct nev_error *err)
{
    struct nev_pb_field f;
    enum nev_status status;

    while (attribute.at < attribute.end) {
        if ((status = nev_pb_next(&attribute, &f)) != NEV_OK) {
            return status;
        }
        if (f.number == ATTR_S && f.wire == NEV_PB_BYTES && !nev_span_is(e->mem, nev_span_of(&f), "NONE")) {
            return nev_span_refuse(e->mem, err, NEV_ERR_UNSUPPORTED, nev_span_of(&f),
                                   "the answers are transformed: this is no random forest");
        }
    }
    return NEV_OK;
}

static enum nev_status read_attribute(struct nev_ensemble *e, struct nev_pb attribute, struct nev_error *err)
{
    struct nev_span name = {attribute.at, attribute.at};
    struct nev_pb body = attribute;
    struct nev_pb_field f;
    enum nev_status status;
    size_t i;

    while (body.at < body.end) {
        if ((status = nev_pb_next(&body, &f)) != NEV_OK) {
            return status;
        }
        name = f.number == ATTR_NAME && f.wire == NEV_PB_BYTES ? nev_span_of(&f) : name;
    }
    for (i = 0; i < KNOWN; i++) {
        if (nev_span_is(e->mem, name, known[i].name)) {
            return take_list(e, &attribute, &known[i], name, err);
        }
    }
    for (i = 0; i < sizeof without_effect / sizeof without_effect[0]; i++) {
        if (nev_span_is(e->mem, name, without_effect[i])) {
            return NEV_OK;
        }
    }
    if (nev_span_is(e->mem, name, "post_transform")) {
        return check_transform(e, attribute, err);
    }
    return nev_span_refuse(e->mem, err, NEV_ERR_UNSUPPORTED, name,
                           "the classifier has an attribute that is not known here");
}

static enum nev_status read_attributes(struct nev_ensemble *e, const struct nev_operation *o,
                                       struct nev_error *err)
{
    struct nev_pb node = {e->mem, o->body.at, o->body.end, err};
    struct nev_pb_field f;
    enum nev_status status = NEV_OK;

    while (status == NEV_OK && node.at < node.end) {
        if ((status = nev_pb_next(&node, &f)) == NEV_OK && f.number == NODE_ATTRIBUTE &&
            f.wire == NEV_PB_BYTES) {
            status = read_attribute(e, nev_pb_inside(&node, &f), err);
        }
    }
    return status;
}

/* The lists of nodes are as long as each other, so are those of entries; labels are one of two kinds. */
static enum nev_status check_lists(struct nev_ensemble *e, uint64_t at, struct nev_error *err)
{
    const uint64_t ints = e->list[NEV_ENSEMBLE_LABEL_INT].len, texts = e->list[NEV_ENSEMBLE_LABEL_TEXT].len;
    size_t i;

    e->nodes = e->list[NEV_ENSEMBLE_TREE].len;
    e->entries = e->list[NEV_ENSEMBLE_ENTRY_TREE].len;
    for (i = 0; i < KNOWN; i++) {
        const uint32_t list = known[i].list;
        const uint64_t want = list <= NEV_ENSEMBLE_FALSE          ? e->nodes
                              : list <= NEV_ENSEMBLE_ENTRY_WEIGHT ? e->entries
                                                                  : 0;

        if (list <= NEV_ENSEMBLE_ENTRY_WEIGHT && (e->list[list].len != want || want == 0)) {
            return nev_fail(
                err, e->list[list].len == 0 ? NEV_ERR_MISSING : NEV_ERR_FORMAT,
                e->list[list].end == 0 ? at : e->list[list].at, known[i].name,
                "a list of the classifier is missing, empty or of another length than its fellows");
        }
    }
    if (e->list[NEV_ENSEMBLE_BASE].len != 0) {
        return nev_fail(err, NEV_ERR_UNSUPPORTED, e->list[NEV_ENSEMBLE_BASE].at, "base_values",
                        "values are added to the trees' answers: this is no random forest");
    }
    if ((ints == 0) == (texts == 0) || ints + texts < 2 || ints + texts > NEV_FOREST_CLASSES_MAX) {
        return nev_fail(err, NEV_ERR_UNSUPPORTED, at, "classlabels",
                        "a forest has from 2 to 1,024 classes, with names or with numbers");
    }
    e->classes = (uint32_t)(ints + texts);
    if (e->nodes > UINT32_MAX / 2 || e->entries > e->nodes * e->classes) {
        return nev_fail(err, NEV_ERR_LIMIT, at, "nodes", "the model has too many nodes or leaf entries");
    }
    e->is_double = e->list[NEV_ENSEMBLE_VALUE].item == NEV_CURSOR_F64;
    return NEV_OK;
}

/* Leaves, changes of tree, and whether the entries are of one class only: what memory depends on. */
static enum nev_status survey(struct nev_ensemble *e, struct nev_error *err)
{
    struct nev_cursor mode =
        nev_cursor_begin(e->mem, e->list[NEV_ENSEMBLE_MODE].at, e->list[NEV_ENSEMBLE_MODE].end, ATTR_STRINGS,
                         NEV_CURSOR_TEXT, err);
    struct nev_cursor tree =
        nev_cursor_begin(e->mem, e->list[NEV_ENSEMBLE_TREE].at, e->list[NEV_ENSEMBLE_TREE].end, ATTR_INTS,
                         NEV_CURSOR_VARINT, err);
    struct nev_cursor id =
        nev_cursor_begin(e->mem, e->list[NEV_ENSEMBLE_ENTRY_CLASS].at, e->list[NEV_ENSEMBLE_ENTRY_CLASS].end,
                         ATTR_INTS, NEV_CURSOR_VARINT, err);
    struct nev_cursor_value value;
    uint64_t before = 0;
    enum nev_status status;
    bool is_end;

    while ((status = nev_cursor_next(&mode, &value, &is_end)) == NEV_OK && !is_end) {
        const struct nev_span text = {value.at, value.at + value.len};

        if (nev_span_is(e->mem, text, "LEAF")) {
            e->leaves++;
        } else if (!nev_span_is(e->mem, text, "BRANCH_LEQ")) {
            return nev_span_refuse(e->mem, err, NEV_ERR_UNSUPPORTED, text,
                                   "a node compares otherwise than by less or equal");
        }
    }
    while (status == NEV_OK && (status = nev_cursor_next(&tree, &value, &is_end)) == NEV_OK && !is_end) {
        e->runs += e->runs == 0 || value.bits != before;
        before = value.bits;
    }
    /* With two classes and one class id everywhere, runtimes take the weights as those of the second class. */
    e->is_second = e->classes == 2;
    if (status == NEV_OK && (status = nev_cursor_next(&id, &value, &is_end)) == NEV_OK) {
        before = value.bits;
    }
    while (status == NEV_OK && (status = nev_cursor_next(&id, &value, &is_end)) == NEV_OK && !is_end) {
        e->is_second = e->is_second && value.bits == before;
    }
    return status;
}

enum nev_status nev_ensemble_open(struct nev_ensemble *e, const void *mem, size_t bytes, uint32_t features,
                                  struct nev_error *err)
{
    struct nev_pb graph = {mem, 0, 0, err};
    struct nev_operation o;
    enum nev_status status;

    memset(e, 0, sizeof *e);
    memset(&o, 0, sizeof o);
    e->mem = mem;
    e->bytes = bytes;
    if ((status = nev_graph_find(e, &graph, err)) != NEV_OK ||
        (status = nev_graph_classifier(e, graph, &o, err)) != NEV_OK ||
        (status = nev_graph_features(e, &graph, &o, features, err)) != NEV_OK ||
        (status = read_attributes(e, &o, err)) != NEV_OK ||
        (status = check_lists(e, o.body.at, err)) != NEV_OK || (status = survey(e, err)) != NEV_OK) {
        memset(e, 0, sizeof *e);
    }
    return status;
}
