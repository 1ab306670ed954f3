/* SPDX-License-Identifier: MIT */
#include "tools/commands/info_forest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forest/file/layout.h"
#include "forest/forest.h"
#include "io/resize.h"
#include "nn/nn.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/judge/wish.h"
#include "tools/text/json.h"

/* A feature and its share of all decrease of impurity. */
struct weight {
    uint32_t feature;
    double share;
};

struct shown {
    const struct nev_forest *forest;
    struct weight *top; /* [top_len], falling */
    size_t top_len;
    uint32_t wanted; /* features asked for */
    uint32_t own;    /* trees grown here: importances are of those */
};

bool nev_is_forest(const uint8_t *data, size_t bytes)
{
    return bytes >= NEV_FILE_MAGIC_BYTES && memcmp(data, nev_file_magic, NEV_FILE_MAGIC_BYTES) == 0;
}

/* Falling shares; equal ones by rising number, so that the order is one. */
static int by_share(const void *a, const void *b)
{
    const struct weight *x = a, *y = b;

    return x->share > y->share ? -1 : x->share < y->share ? 1 : x->feature < y->feature ? -1 : 1;
}

static enum nev_exit rank(struct shown *s, uint64_t len)
{
    struct nev_forest_part part;
    uint32_t features = s->forest->features, i;
    double *share = nev_memory_take(features, sizeof *share);

    s->top = nev_memory_take(features, sizeof *s->top);
    if (share == NULL || s->top == NULL) {
        nev_memory_give(share);
        return nev_report_memory("the importances");
    }
    nev_forest_importance(s->forest, share);
    for (i = 0; i < s->forest->parts; i++) {
        nev_forest_part(s->forest, i, &part);
        s->own += part.is_foreign ? 0 : part.params.trees;
    }
    for (i = 0; i < features; i++) {
        s->top[i].feature = i;
        s->top[i].share = share[i];
    }
    qsort(s->top, features, sizeof *s->top, by_share);
    s->wanted = len < features ? (uint32_t)len : features;
    s->top_len = s->own > 0 ? s->wanted : 0;
    nev_memory_give(share);
    return NEV_EXIT_OK;
}

static const char *fit_text(const struct nev_forest_source *s)
{
    return s->resize == NEV_FOREST_RESIZE_SQUASH ? nev_choices_fit[NEV_RESIZE_SQUASH]
           : s->resize == NEV_FOREST_RESIZE_CROP ? nev_choices_fit[NEV_RESIZE_CROP]
                                                 : "unknown";
}

static void print_source(const struct nev_forest_source *s)
{
    char name[4 * NEV_FOREST_NAME_LEN], hex[NEV_SHA256_HEX_BYTES];

    if (s->net == 0) {
        printf("%-16s a table; of which network is not known\n", "features from");
        return;
    }
    nev_text_safe(s->net_name, name, sizeof name);
    printf("%-16s %s\n", "network", name);
    nev_text_safe(s->layer, name, sizeof name);
    printf("%-16s %s\n", "layer", name);
    nev_sha256_hex(s->weights_sha256, hex);
    printf("%-16s %s\n", "weights digest", hex);
    printf("%-16s %" PRIu32 "x%" PRIu32 ", %s\n", "input", s->width, s->height, fit_text(s));
    printf("%-16s %s\n", "path", nev_path_text(s->path));
}

static const char *weight_text(const struct nev_forest_params *p)
{
    static const char *const names[] = {"none", "balanced", "balanced_subsample", "given"};

    return names[p->class_weight];
}

/* The weights of a draw of each class; those of each sample differ from tree to tree. */
static void print_weights(const struct nev_forest *f, const struct nev_forest_part *part)
{
    uint32_t k;

    printf("%-16s %s", "class weights", weight_text(&part->params));
    for (k = 0; k < f->classes && part->params.class_weight != NEV_FOREST_WEIGHT_NONE &&
                part->params.class_weight != NEV_FOREST_WEIGHT_SUBSAMPLE;
         k++) {
        printf("%s %" PRIu32, k == 0 ? "," : " :", nev_forest_part_weight(part, 0, k));
    }
    printf("\n");
}

static void print_part(const struct nev_forest *f, const struct nev_forest_part *part)
{
    const struct nev_forest_params *p = &part->params;
    char name[4 * NEV_FOREST_NAME_LEN], hex[NEV_SHA256_HEX_BYTES];

    printf("%-16s %" PRIu32 ", the first is number %" PRIu32 "\n", "trees", p->trees, p->first_tree);
    if (part->origin[0] != '\0') {
        nev_text_safe(part->origin, name, sizeof name);
        printf("%-16s %s\n", "origin", name);
    }
    if (part->is_foreign) {
        nev_sha256_hex(part->origin_sha256, hex);
        printf("%-16s not here; how is not known\n%-16s %s\n", "grown", "origin sha256", hex);
        return;
    }
    printf("%-16s %" PRIu32 "\n", "rows", part->rows);
    printf("%-16s %" PRIu64 "\n", "seed", p->seed);
    if (p->bootstrap) {
        printf("%-16s yes, %" PRIu32 " draws a tree\n", "bootstrap", p->draws);
    } else {
        printf("%-16s no\n", "bootstrap");
    }
    printf("%-16s %" PRIu32 "\n", "max features", p->candidates);
    if (p->max_depth == 0) {
        printf("%-16s no limit\n", "max depth");
    } else {
        printf("%-16s %" PRIu32 "\n", "max depth", p->max_depth);
    }
    printf("%-16s %" PRIu32 "\n", "min leaf", p->min_samples_leaf);
    printf("%-16s %" PRIu32 "\n", "min split", p->min_samples_split);
    print_weights(f, part);
    nev_sha256_hex(part->data_sha256, hex);
    printf("%-16s %s\n", "data sha256", hex);
}

static void print_parts(const struct nev_forest *f)
{
    struct nev_forest_part part;
    uint32_t i;

    if (f->parts > 1) {
        printf("%-16s %" PRIu32 " with %" PRIu32 " trees, %" PRIu32 " rows\n", "parts", f->parts,
               f->params.trees, f->rows);
    }
    for (i = 0; i < f->parts; i++) {
        nev_forest_part(f, i, &part);
        if (f->parts > 1) {
            printf("part %" PRIu32 "\n", i);
        }
        print_part(f, &part);
    }
    printf("%-16s %" PRIu64 " nodes, %" PRIu64 " leaf entries, depth %" PRIu32 "\n", "size", f->node_total,
           f->leaf_total, f->depth_max);
}

static void print_text(const struct shown *s)
{
    struct nev_calibration calibration;
    const struct nev_forest *f = s->forest;
    char name[4 * NEV_FOREST_NAME_LEN], hex[NEV_SHA256_HEX_BYTES];
    double score;
    uint32_t k;
    size_t i;

    printf("%-16s %" PRIu32 ":", "classes", f->classes);
    for (k = 0; k < f->classes; k++) {
        nev_text_safe(nev_forest_class_name(f, k), name, sizeof name);
        printf("%s %s", k == 0 ? "" : ",", name);
    }
    printf("\n%-16s %" PRIu32 "\n", "features", f->features);
    print_parts(f);
    print_source(&f->source);
    if (nev_forest_oob_score(f, &score)) {
        printf("%-16s %.2f %% (%" PRIu32 " of %" PRIu32 " rows)\n", "out-of-bag", 100.0 * score,
               f->oob_correct, f->oob_rows);
    }
    if (nev_calibration_of(f, &calibration)) {
        nev_calibration_print(f, &calibration);
    }
    printf("%-16s %zu\n", "bytes", f->bytes);
    nev_sha256_hex(f->file_sha256, hex);
    printf("%-16s %s\n", "digest", hex);
    printf("%-16s yes, every byte and node\n", "verified");
    if (s->wanted > 0 && s->own == 0) {
        printf("%-16s none: the trees were not grown here, and the file holds no decreases of impurity\n",
               "importance");
    } else if (s->wanted > 0 && s->own < f->params.trees) {
        printf("%-16s of the %" PRIu32 " trees that were grown here\n", "importance", s->own);
    }
    for (i = 0; i < s->top_len; i++) {
        printf("feature %-8" PRIu32 " %.6f\n", s->top[i].feature, s->top[i].share);
    }
}

static void json_source(struct nev_json *j, const struct nev_forest_source *s)
{
    char hex[NEV_SHA256_HEX_BYTES];

    nev_sha256_hex(s->weights_sha256, hex);
    nev_json_text(j, "network", s->net_name);
    nev_json_text(j, "layer", s->layer);
    nev_json_text(j, "weights_digest", hex);
    nev_json_uint(j, "width", s->width);
    nev_json_uint(j, "height", s->height);
    nev_json_text(j, "fit", fit_text(s));
    nev_json_text(j, "path", nev_path_text(s->path));
}

static void json_part(struct nev_json *j, const struct nev_forest *f, const struct nev_forest_part *part)
{
    const struct nev_forest_params *p = &part->params;
    char hex[NEV_SHA256_HEX_BYTES];
    uint32_t k;

    nev_json_uint(j, "trees", p->trees);
    nev_json_uint(j, "first_tree", p->first_tree);
    nev_json_text(j, "origin", part->origin);
    nev_json_bool(j, "foreign", part->is_foreign);
    if (part->is_foreign) {
        nev_sha256_hex(part->origin_sha256, hex);
        nev_json_text(j, "origin_sha256", hex);
        return;
    }
    nev_json_uint(j, "rows", part->rows);
    nev_json_uint(j, "seed", p->seed);
    nev_json_bool(j, "bootstrap", p->bootstrap);
    nev_json_uint(j, "draws", p->draws);
    nev_json_uint(j, "max_features", p->candidates);
    nev_json_uint(j, "max_depth", p->max_depth);
    nev_json_uint(j, "min_leaf", p->min_samples_leaf);
    nev_json_uint(j, "min_split", p->min_samples_split);
    nev_json_text(j, "class_weight", weight_text(p));
    if (p->class_weight == NEV_FOREST_WEIGHT_BALANCED || p->class_weight == NEV_FOREST_WEIGHT_GIVEN) {
        nev_json_array_begin(j, "weights");
        for (k = 0; k < f->classes; k++) {
            nev_json_uint(j, NULL, nev_forest_part_weight(part, 0, k));
        }
        nev_json_array_end(j);
    }
    nev_json_uint(j, "oob_rows", part->oob_rows);
    nev_json_uint(j, "oob_correct", part->oob_correct);
    nev_sha256_hex(part->data_sha256, hex);
    nev_json_text(j, "data_sha256", hex);
}

static void json_parts(struct nev_json *j, const struct nev_forest *f)
{
    struct nev_forest_part part;
    uint32_t i;

    nev_json_uint(j, "features", f->features);
    nev_json_uint(j, "rows", f->rows);
    nev_json_uint(j, "trees", f->params.trees);
    nev_json_uint(j, "nodes", f->node_total);
    nev_json_uint(j, "leaf_entries", f->leaf_total);
    nev_json_uint(j, "depth", f->depth_max);
    nev_json_array_begin(j, "parts");
    for (i = 0; i < f->parts; i++) {
        nev_forest_part(f, i, &part);
        nev_json_object_begin(j, NULL);
        json_part(j, f, &part);
        nev_json_object_end(j);
    }
    nev_json_array_end(j);
}

static void print_json(const struct shown *s)
{
    struct nev_calibration calibration;
    const struct nev_forest *f = s->forest;
    char hex[NEV_SHA256_HEX_BYTES];
    struct nev_json j;
    double score;
    uint32_t k;
    size_t i;

    nev_json_init(&j, stdout);
    nev_json_object_begin(&j, NULL);
    nev_json_array_begin(&j, "classes");
    for (k = 0; k < f->classes; k++) {
        nev_json_text(&j, NULL, nev_forest_class_name(f, k));
    }
    nev_json_array_end(&j);
    json_parts(&j, f);
    if (f->source.net != 0) {
        json_source(&j, &f->source);
    }
    nev_json_uint(&j, "oob_rows", f->oob_rows);
    nev_json_uint(&j, "oob_correct", f->oob_correct);
    if (nev_forest_oob_score(f, &score)) {
        nev_json_real(&j, "oob_accuracy", score);
    }
    if (nev_calibration_of(f, &calibration)) {
        nev_calibration_json(f, &calibration, &j);
    }
    nev_json_uint(&j, "bytes", f->bytes);
    nev_sha256_hex(f->file_sha256, hex);
    nev_json_text(&j, "digest", hex);
    nev_json_bool(&j, "verified", true);
    if (s->wanted > 0) {
        nev_json_uint(&j, "importance_trees", s->own);
        nev_json_array_begin(&j, "importance");
        for (i = 0; i < s->top_len; i++) {
            nev_json_object_begin(&j, NULL);
            nev_json_uint(&j, "feature", s->top[i].feature);
            nev_json_real(&j, "share", s->top[i].share);
            nev_json_object_end(&j);
        }
        nev_json_array_end(&j);
    }
    nev_json_object_end(&j);
    nev_json_end(&j);
}

enum nev_exit nev_info_forest(const char *path, const uint8_t *data, size_t bytes, uint64_t importance,
                              bool is_json)
{
    struct nev_forest forest;
    struct shown shown = {.forest = &forest};
    struct nev_error err;
    enum nev_exit code = NEV_EXIT_OK;

    if (nev_forest_open(&forest, data, bytes, &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    if (importance > 0) {
        code = rank(&shown, importance);
    }
    if (code == NEV_EXIT_OK && is_json) {
        print_json(&shown);
    } else if (code == NEV_EXIT_OK) {
        print_text(&shown);
    }
    nev_memory_give(shown.top);
    return code;
}
