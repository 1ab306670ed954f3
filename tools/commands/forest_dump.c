/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "forest/explain/explain.h"
#include "io/number.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/forests/forests.h"
#include "tools/text/json.h"

struct values {
    uint64_t tree;
};

#define ALL UINT64_MAX

static const struct values defaults = {.tree = ALL};

static const struct nev_option options[] = {
    {"tree", 'k', NEV_OPTION_NUMBER, offsetof(struct values, tree), "K",
     "one tree, by its place from 0 (default: all)", 0, NEV_FOREST_TREES_MAX, NULL},
    NEV_OPTION_END,
};

/* A threshold as a number that reads back as it is; JSON has no infinities. */
static void print_threshold(float t)
{
    char text[NEV_NUMBER_TEXT_BYTES];

    nev_number_write_f64((double)t, text);
    printf(t - t != 0.0f ? "\"%s\"" : "%s", text);
}

/* One node, one line. */
static void print_node(const struct nev_forest_tree *tree, uint32_t i, uint64_t all)
{
    struct nev_forest_node node;
    struct nev_forest_entry entry;
    uint32_t e;

    nev_forest_node(tree, i, &node);
    printf("%s\n        {\"node\": %" PRIu32 ", \"total\": %" PRIu64 ", ", i == 1 ? "" : ",", i, all);
    if (!node.is_leaf) {
        printf("\"feature\": %" PRIu32 ", \"threshold\": ", node.feature);
        print_threshold(node.threshold);
        printf(", \"left\": %" PRIu32 ", \"right\": %" PRIu32 "}", node.left, node.left + 1);
        return;
    }
    printf("\"counts\": [");
    for (e = 0; e < node.entry_len; e++) {
        nev_forest_entry(tree, node.entry + e, &entry);
        printf("%s[%" PRIu32 ", %" PRIu32 "]", e == 0 ? "" : ", ", entry.class_id, entry.count);
    }
    printf("]}");
}

static enum nev_exit print_tree(struct nev_json *j, const struct nev_forest *f, uint32_t k)
{
    struct nev_forest_tree tree;
    uint64_t *count, *total;
    uint32_t i;

    nev_forest_tree(f, k, &tree);
    count = nev_memory_take(tree.node_len, sizeof *count);
    total = nev_memory_take(tree.node_len, sizeof *total);
    if (count == NULL || total == NULL) {
        nev_memory_give(count);
        nev_memory_give(total);
        return nev_report_memory("a tree");
    }
    nev_forest_values(&tree, 0, count, total);
    nev_json_object_begin(j, NULL);
    nev_json_uint(j, "tree", tree.number);
    nev_json_uint(j, "depth", tree.depth);
    nev_json_array_begin(j, "nodes");
    for (i = 1; i < tree.node_len; i++) {
        print_node(&tree, i, total[i]);
    }
    printf("\n      ");
    nev_json_array_end(j);
    nev_json_object_end(j);
    nev_memory_give(count);
    nev_memory_give(total);
    return NEV_EXIT_OK;
}

static enum nev_exit dump(const struct nev_forest *f, uint32_t first, uint32_t end)
{
    char hex[NEV_SHA256_HEX_BYTES];
    enum nev_exit code = NEV_EXIT_OK;
    struct nev_json j;
    uint32_t k;

    nev_sha256_hex(f->file_sha256, hex);
    nev_json_init(&j, stdout);
    nev_json_object_begin(&j, NULL);
    nev_json_text(&j, "forest", hex);
    nev_json_uint(&j, "features", f->features);
    nev_json_array_begin(&j, "classes");
    for (k = 0; k < f->classes; k++) {
        nev_json_text(&j, NULL, nev_forest_class_name(f, k));
    }
    nev_json_array_end(&j);
    nev_json_array_begin(&j, "trees");
    for (k = first; k < end && code == NEV_EXIT_OK; k++) {
        code = print_tree(&j, f, k);
    }
    nev_json_array_end(&j);
    nev_json_object_end(&j);
    nev_json_end(&j);
    return code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const struct nev_collide collide = {{NULL}, {args->text[0]}, NULL};
    struct nev_grown grown;
    enum nev_exit code = nev_collide_check(&collide);

    if (code != NEV_EXIT_OK || (code = nev_grown_open(&grown, args->text[0])) != NEV_EXIT_OK) {
        return code;
    }
    if (v->tree == ALL) {
        code = dump(&grown.forest, 0, grown.forest.params.trees);
    } else if ((code = nev_place_check(&grown.forest, v->tree, args->text[0])) == NEV_EXIT_OK) {
        code = dump(&grown.forest, (uint32_t)v->tree, (uint32_t)v->tree + 1);
    }
    nev_grown_close(&grown);
    return code;
}

const struct nev_command nev_command_forest_dump = {
    "forest dump",
    "print a tree, or all, as JSON",
    "F.nvf [--tree K]",
    "A node a line: its number, what its leaves count together, and feature, threshold and children (value "
    "<= "
    "threshold goes\n"
    "left) or the class counts of the leaf as [class, count]. Thresholds read back exactly.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    1,
    run,
};
