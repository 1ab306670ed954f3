/* SPDX-License-Identifier: MIT */
#include "tools/forests/explanation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/number.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/text/json.h"

/* A feature and the size of its contribution, to be sorted. */
struct weight {
    uint64_t size;
    uint32_t feature;
};

/* Falling sizes; equal ones by rising number. */
static int by_size(const void *a, const void *b)
{
    const struct weight *x = a, *y = b;

    return x->size > y->size         ? -1
           : x->size < y->size       ? 1
           : x->feature < y->feature ? -1
                                     : x->feature > y->feature;
}

static enum nev_exit rank(struct nev_explained *s)
{
    uint32_t features = s->forest->features, i;
    struct weight *weight = nev_memory_take(features, sizeof *weight);

    s->order = nev_memory_take(features, sizeof *s->order);
    if (weight == NULL || s->order == NULL) {
        nev_memory_give(weight);
        return nev_report_memory("the explanation");
    }
    s->order_len = 0;
    for (i = 0; i < features; i++) {
        if (s->e.used[i] > 0) {
            int64_t c = s->e.contribution[i];

            weight[s->order_len].size = c < 0 ? (uint64_t)-c : (uint64_t)c;
            weight[s->order_len++].feature = i;
        }
    }
    qsort(weight, s->order_len, sizeof *weight, by_size);
    for (i = 0; i < s->order_len; i++) {
        s->order[i] = weight[i].feature;
    }
    nev_memory_give(weight);
    return NEV_EXIT_OK;
}

enum nev_exit nev_explained_make(struct nev_explained *s, uint32_t class_id)
{
    size_t bytes = nev_forest_explain_bytes(s->forest);
    struct nev_error err;
    enum nev_exit code;

    s->order = NULL;
    s->memory = nev_memory_take(bytes, 1);
    if (s->memory == NULL) {
        return nev_report_memory("the explanation");
    }
    if (nev_forest_explain(s->forest, s->x, class_id, s->memory, bytes, &s->e, &err) != NEV_OK) {
        if (s->is_table) {
            err.row = (int64_t)s->row;
        }
        code = nev_report(s->origin, &err);
    } else {
        code = rank(s);
    }
    if (code != NEV_EXIT_OK) {
        nev_explained_free(s);
    }
    return code;
}

void nev_explained_free(struct nev_explained *s)
{
    nev_memory_give(s->memory);
    nev_memory_give(s->order);
    s->memory = NULL;
    s->order = NULL;
}

/* A contribution as a probability, for people: the integer is the exact one. */
static double share_of(const struct nev_explained *s, int64_t units)
{
    return (double)units / ((double)s->forest->params.trees * 0x1p32);
}

static const char *class_text(const struct nev_explained *s, uint32_t id, char name[4 * NEV_FOREST_NAME_LEN])
{
    nev_text_safe(nev_forest_class_name(s->forest, id), name, 4 * (size_t)NEV_FOREST_NAME_LEN);
    return name;
}

static void print_paths(const struct nev_explained *s)
{
    char name[4 * NEV_FOREST_NAME_LEN], value[NEV_NUMBER_TEXT_BYTES], threshold[NEV_NUMBER_TEXT_BYTES];
    uint32_t k, i;

    for (k = 0; k < s->forest->params.trees; k++) {
        const struct nev_forest_path *p = s->e.path + k;

        printf("\ntree %" PRIu32 ": votes %s; %.6f at the root, %.6f at leaf %" PRIu32 "\n", p->tree,
               class_text(s, p->vote, name), (double)p->root_value * 0x1p-32, (double)p->leaf_value * 0x1p-32,
               p->leaf);
        for (i = 0; i < p->step_len; i++) {
            const struct nev_forest_step *t = s->e.step + p->first_step + i;

            nev_number_write_f32(t->value, value);
            nev_number_write_f32(t->threshold, threshold);
            printf("  node %-6" PRIu32 " f%" PRIu32 " = %s %s %s, %s to %" PRIu32 ": %+.6f\n", t->node,
                   t->feature, value, t->is_right ? ">" : "<=", threshold, t->is_right ? "right" : "left",
                   t->next, (double)t->change * 0x1p-32);
        }
    }
}

void nev_explanation_print_text(const struct nev_explained *s, uint32_t top, bool has_paths)
{
    const struct nev_forest *f = s->forest;
    char name[1024], value[NEV_NUMBER_TEXT_BYTES];
    uint32_t label = nev_forest_label(s->votes, f->classes), i;
    int64_t rest = 0;

    nev_text_safe(s->origin, name, sizeof name);
    printf("%s", name);
    if (s->is_table) {
        printf(" row %" PRIu64, s->row);
    }
    printf(": %s, %" PRIu32 " of %" PRIu32 " votes\n", class_text(s, label, name), s->votes[label],
           f->params.trees);
    printf("Probability of %s, and what it is made of (units of 2^-32 / %" PRIu32 ", which sum exactly):\n\n",
           class_text(s, s->e.class_id, name), f->params.trees);
    printf("  %-10s %12s %20s\n", "", "probability", "units");
    printf("  %-10s %+12.6f %20" PRId64 "   the roots: before anything is asked\n", "bias",
           share_of(s, s->e.bias), s->e.bias);
    for (i = 0; i < s->order_len; i++) {
        const uint32_t n = s->order[i];

        if (i >= top) {
            rest += s->e.contribution[n];
            continue;
        }
        snprintf(name, sizeof name, "f%" PRIu32, n);
        nev_number_write_f32(s->x[n], value);
        printf("  %-10s %+12.6f %20" PRId64 "   %s, asked for %" PRIu32 " time%s\n", name,
               share_of(s, s->e.contribution[n]), s->e.contribution[n], value, s->e.used[n],
               s->e.used[n] == 1 ? "" : "s");
    }
    if (s->order_len > top) {
        printf("  %-10s %+12.6f %20" PRId64 "   %" PRIu32 " other features\n", "others", share_of(s, rest),
               rest, s->order_len - top);
    }
    printf("  %-10s %12.6f %20" PRId64 "   %s\n", "sum", s->e.probability, s->e.sum,
           class_text(s, s->e.class_id, name));
    if (has_paths) {
        print_paths(s);
    }
}

/* A float as a number that reads back as it is in any reader; infinities, which JSON lacks, as texts. */
static void json_f32(struct nev_json *j, const char *key, float value)
{
    if (value - value != 0.0f) {
        nev_json_text(j, key, value > 0.0f ? "inf" : "-inf");
    } else {
        nev_json_real(j, key, (double)value);
    }
}

static void json_path(struct nev_json *j, const struct nev_explained *s, const struct nev_forest_path *p)
{
    uint32_t i;

    nev_json_object_begin(j, NULL);
    nev_json_uint(j, "tree", p->tree);
    nev_json_uint(j, "leaf", p->leaf);
    nev_json_uint(j, "vote", p->vote);
    nev_json_int(j, "root_units", p->root_value);
    nev_json_int(j, "leaf_units", p->leaf_value);
    nev_json_array_begin(j, "steps");
    for (i = 0; i < p->step_len; i++) {
        const struct nev_forest_step *t = s->e.step + p->first_step + i;

        nev_json_object_begin(j, NULL);
        nev_json_uint(j, "node", t->node);
        nev_json_uint(j, "feature", t->feature);
        json_f32(j, "threshold", t->threshold);
        json_f32(j, "value", t->value);
        nev_json_text(j, "goes", t->is_right ? "right" : "left");
        nev_json_uint(j, "to", t->next);
        nev_json_int(j, "units", t->change);
        nev_json_object_end(j);
    }
    nev_json_array_end(j);
    nev_json_object_end(j);
}

static void json_head(struct nev_json *j, const struct nev_explained *s)
{
    const struct nev_forest *f = s->forest;
    char hex[NEV_SHA256_HEX_BYTES];
    uint32_t k;

    nev_sha256_hex(f->file_sha256, hex);
    nev_json_text(j, "kind", NEV_EXPLANATION_KIND);
    nev_json_uint(j, "version", NEV_EXPLANATION_VERSION);
    nev_json_text(j, "forest", hex);
    nev_json_uint(j, "trees", f->params.trees);
    nev_json_text(j, "file", s->origin);
    if (s->is_table) {
        nev_json_uint(j, "row", s->row);
    }
    nev_json_array_begin(j, "classes");
    for (k = 0; k < f->classes; k++) {
        nev_json_object_begin(j, NULL);
        nev_json_text(j, "name", nev_forest_class_name(f, k));
        nev_json_uint(j, "votes", s->votes[k]);
        nev_json_object_end(j);
    }
    nev_json_array_end(j);
    nev_json_uint(j, "class", s->e.class_id);
    nev_json_text(j, "unit", NEV_EXPLANATION_UNIT);
    nev_json_int(j, "bias_units", s->e.bias);
    nev_json_int(j, "sum_units", s->e.sum);
    nev_json_real(j, "probability", s->e.probability);
}

void nev_explanation_print_json(const struct nev_explained *s)
{
    struct nev_json j;
    uint32_t i;

    nev_json_init(&j, stdout);
    nev_json_object_begin(&j, NULL);
    json_head(&j, s);
    nev_json_array_begin(&j, "contributions");
    for (i = 0; i < s->order_len; i++) {
        const uint32_t n = s->order[i];

        nev_json_object_begin(&j, NULL);
        nev_json_uint(&j, "feature", n);
        json_f32(&j, "value", s->x[n]);
        nev_json_int(&j, "units", s->e.contribution[n]);
        nev_json_uint(&j, "steps", s->e.used[n]);
        nev_json_object_end(&j);
    }
    nev_json_array_end(&j);
    nev_json_array_begin(&j, "paths");
    for (i = 0; i < s->forest->params.trees; i++) {
        json_path(&j, s, s->e.path + i);
    }
    nev_json_array_end(&j);
    nev_json_object_end(&j);
    nev_json_end(&j);
}
