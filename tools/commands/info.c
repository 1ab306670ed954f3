/* SPDX-License-Identifier: MIT */
/* nevus info: what a weights file is, and whether it is whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forest/forest.h"
#include "nn/base/cpu.h"
#include "nn/nn.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/commands/info_forest.h"
#include "tools/files/files.h"
#include "tools/networks/isa.h"
#include "tools/networks/tensors.h"
#include "tools/text/json.h"

#define MODEL_BYTES_MAX ((uint64_t)4 << 30)

struct values {
    bool is_json, has_tensors, has_layers, is_quick, has_kernels;
    uint64_t importance;
};

static const struct values defaults = {.importance = 0};

static const struct nev_option options[] = {
    NEV_OPTION_JSON(struct values, is_json),
    {"tensors", 0, NEV_OPTION_FLAG, offsetof(struct values, has_tensors), NULL,
     "list the tensors with their shapes and SHA-256", 0, 0, NULL},
    {"layers", 0, NEV_OPTION_FLAG, offsetof(struct values, has_layers), NULL,
     "list the layers that --layer can name, with their channels", 0, 0, NULL},
    {"importance", 0, NEV_OPTION_NUMBER, offsetof(struct values, importance), "N",
     "of a forest: list the N features that decrease impurity most", 1, NEV_FOREST_FEATURES_MAX, NULL},
    {"quick", 0, NEV_OPTION_FLAG, offsetof(struct values, is_quick), NULL,
     "check header and table only, not the weights", 0, 0, NULL},
    {"kernels", 0, NEV_OPTION_FLAG, offsetof(struct values, has_kernels), NULL,
     "print the instruction sets of the processor and of the build, and which runs", 0, 0, NULL},
    NEV_OPTION_END,
};

static const char *const kinds[] = {"weight", "bias", "gamma", "beta", "mean", "variance"};

static const char *padding_text(const struct nev_model *m)
{
    return m->padding == NEV_PADDING_SAME ? "same" : "symmetric";
}

static const char *norm_text(const struct nev_model *m)
{
    return m->bn_form == NEV_BN_EPS_INSIDE ? "(x-mean)/sqrt(var+eps)" : "(x-mean)/(sqrt(var)+eps)";
}

static const char *order_text(const struct nev_model *m)
{
    return m->prep.order == NEV_ORDER_RGB ? "rgb" : "bgr";
}

static uint64_t count_numbers(const struct nev_weights *w)
{
    struct nev_tensor t;
    uint64_t n = 0;
    uint32_t i;

    for (i = 0; i < w->tensor_len; i++) {
        nev_weights_tensor(w, i, &t);
        n += t.len;
    }
    return n;
}

static void hash_tensor(const struct nev_tensor *t, char hex[NEV_SHA256_HEX_BYTES])
{
    uint8_t digest[NEV_SHA256_BYTES];

    nev_sha256_of(t->data, 4 * t->len, digest);
    nev_sha256_hex(digest, hex);
}

/* The shortest text that reads back as the same float. */
static void print_float(float v)
{
    char text[32];
    int digits;

    for (digits = 6; digits < 10; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)v);
        if (strtof(text, NULL) == v) {
            break;
        }
    }
    printf(" %s", text);
}

static void print_digest(const char *label, const uint8_t digest[NEV_SHA256_BYTES])
{
    char hex[NEV_SHA256_HEX_BYTES];

    nev_sha256_hex(digest, hex);
    printf("%-14s %s\n", label, hex);
}

/* "canonical", or what a packed file is packed for. */
static const char *form_text(const struct nev_weights *w)
{
    return w->form == NEV_FORM_PACKED ? "packed" : "canonical";
}

static const char *profile_text(const struct nev_weights *w)
{
    return nev_choices_path[nev_profile_path(w->profile)];
}

/* How many layers are computed by an algorithm. */
static uint32_t count_algorithm(const struct nev_weights *w, enum nev_layer_algorithm algorithm)
{
    struct nev_tensor t;
    uint32_t n = 0;

    for (uint32_t i = 0; i < w->tensor_len; i++) {
        nev_weights_tensor(w, i, &t);
        n += t.algorithm == algorithm ? 1 : 0;
    }
    return n;
}

/* What only a packed file has. */
static void print_packed(const struct nev_weights *w)
{
    printf("%-14s %s\n", "form", form_text(w));
    if (w->form != NEV_FORM_PACKED) {
        return;
    }
    printf("%-14s %s\n%-14s", "profile", profile_text(w), "algorithms");
    for (int a = NEV_LAYER_DIRECT; a < NEV_LAYER_LEN; a++) {
        uint32_t n = count_algorithm(w, (enum nev_layer_algorithm)a);

        if (n > 0) {
            printf(" %s %u", nev_layer_algorithm_name((enum nev_layer_algorithm)a), n);
        }
    }
    printf("\n");
    print_digest("packed from", w->canonical_sha256);
}

static void print_tensors(const struct nev_weights *w)
{
    char hex[NEV_SHA256_HEX_BYTES], shape[48];
    struct nev_tensor t;
    uint32_t i, d;

    for (i = 0; i < w->tensor_len; i++) {
        int at = 0;

        nev_weights_tensor(w, i, &t);
        for (d = 0; d < t.ndim; d++) {
            at += snprintf(shape + at, sizeof shape - (size_t)at, d == 0 ? "%u" : "x%u", t.dim[d]);
        }
        hash_tensor(&t, hex);
        printf("%-40s %-8s %-14s", t.name, kinds[t.kind], shape);
        if (w->form == NEV_FORM_PACKED) {
            printf(" %-12s", t.kind == NEV_TENSOR_WEIGHT ? nev_layer_algorithm_name(t.algorithm) : "");
        }
        printf(" %s\n", hex);
    }
}

/* A row that the fast path fuses with the next one has an output on the reference path only. */
struct layer {
    const char *name;
    uint32_t channels;
    bool is_fast;
};

static bool ends_step(const struct nev_plan *plan, uint32_t row)
{
    uint32_t s;

    for (s = 0; s < plan->step_len && plan->step[s].last_row != row; s++) {
    }
    return s < plan->step_len;
}

/* Shows every layer: as a line, or as JSON if j is given. The second plan is that of a packed file's own path. */
static enum nev_exit show_layers(const struct nev_weights *w, struct nev_json *j)
{
    const struct nev_model *m = &w->model;
    enum nev_path own = w->form == NEV_FORM_PACKED ? nev_profile_path(w->profile) : NEV_PATH_FAST;
    struct nev_plan *plan = nev_memory_take(2, sizeof *plan);
    struct nev_error err;
    enum nev_exit code = NEV_EXIT_OK;
    uint32_t s;

    if (plan == NULL) {
        return nev_report_memory("the layers");
    }
    if (nev_plan_make(&plan[0], m, NEV_PATH_REFERENCE, 1, &err) != NEV_OK ||
        nev_plan_make_for(&plan[1], w, own, 1, 1, &err) != NEV_OK) {
        code = nev_report(NULL, &err);
    }
    for (s = 0; code == NEV_EXIT_OK && s < plan[0].step_len; s++) {
        uint32_t row = plan[0].step[s].last_row;
        struct layer layer = {nev_net_layer_name(m->net, row), plan[0].step[s].oc, ends_step(&plan[1], row)};

        if (j == NULL) {
            printf("%-32s %5u%s\n", layer.name, (unsigned)layer.channels,
                   layer.is_fast ? "" : "  with --path reference only");
            continue;
        }
        nev_json_object_begin(j, NULL);
        nev_json_text(j, "name", layer.name);
        nev_json_uint(j, "channels", layer.channels);
        nev_json_bool(j, "fast", layer.is_fast);
        nev_json_object_end(j);
    }
    nev_memory_give(plan);
    return code;
}

static enum nev_exit print_text(const struct nev_weights *w, const struct values *v)
{
    const struct nev_model *m = &w->model;
    unsigned c;

    printf("%-14s %s\n", "network", nev_net_name(m->net));
    print_packed(w);
    printf("%-14s %s\n", "padding", padding_text(m));
    printf("%-14s %s, eps %.17g\n", "batch norm", norm_text(m), m->bn_eps);
    printf("%-14s %ux%u %s\n", "input", m->prep.width, m->prep.height, order_text(m));
    printf("%-14s", "mean");
    for (c = 0; c < 3; c++) {
        print_float(m->prep.mean[c]);
    }
    printf("\n%-14s", "std");
    for (c = 0; c < 3; c++) {
        print_float(m->prep.std[c]);
    }
    printf("\n%-14s %s\n", "source", m->source_name);
    print_digest("source sha256", m->source_sha256);
    printf("%-14s %u\n", "tensors", w->tensor_len);
    printf("%-14s %llu\n", "numbers", (unsigned long long)count_numbers(w));
    printf("%-14s %zu\n", "bytes", w->bytes);
    print_digest("digest", w->head_sha256);
    print_digest("payload sha256", w->payload_sha256);
    printf("%-14s %s\n", "verified", v->is_quick ? "header and table only" : "yes, every byte and number");
    if (v->has_tensors) {
        printf("\n");
        print_tensors(w);
    }
    if (!v->has_layers) {
        return NEV_EXIT_OK;
    }
    printf("\n");
    return show_layers(w, NULL);
}

static void json_digest(struct nev_json *j, const char *key, const uint8_t digest[NEV_SHA256_BYTES])
{
    char hex[NEV_SHA256_HEX_BYTES];

    nev_sha256_hex(digest, hex);
    nev_json_text(j, key, hex);
}

static void json_floats(struct nev_json *j, const char *key, const float v[3])
{
    unsigned c;

    nev_json_array_begin(j, key);
    for (c = 0; c < 3; c++) {
        nev_json_real(j, NULL, (double)v[c]);
    }
    nev_json_array_end(j);
}

static void json_tensors(struct nev_json *j, const struct nev_weights *w)
{
    char hex[NEV_SHA256_HEX_BYTES];
    struct nev_tensor t;
    uint32_t i, d;

    nev_json_array_begin(j, "tensor_list");
    for (i = 0; i < w->tensor_len; i++) {
        nev_weights_tensor(w, i, &t);
        hash_tensor(&t, hex);
        nev_json_object_begin(j, NULL);
        nev_json_text(j, "name", t.name);
        nev_json_text(j, "kind", kinds[t.kind]);
        if (t.algorithm != NEV_LAYER_NONE) {
            nev_json_text(j, "algorithm", nev_layer_algorithm_name(t.algorithm));
        }
        nev_json_array_begin(j, "shape");
        for (d = 0; d < t.ndim; d++) {
            nev_json_uint(j, NULL, t.dim[d]);
        }
        nev_json_array_end(j);
        nev_json_uint(j, "offset", t.offset);
        nev_json_text(j, "sha256", hex);
        nev_json_object_end(j);
    }
    nev_json_array_end(j);
}

static enum nev_exit print_json(const struct nev_weights *w, const struct values *v)
{
    const struct nev_model *m = &w->model;
    enum nev_exit code = NEV_EXIT_OK;
    struct nev_json j;

    nev_json_init(&j, stdout);
    nev_json_object_begin(&j, NULL);
    nev_json_text(&j, "network", nev_net_name(m->net));
    nev_json_text(&j, "form", form_text(w));
    if (w->form == NEV_FORM_PACKED) {
        nev_json_text(&j, "profile", profile_text(w));
    }
    json_digest(&j, "canonical_sha256", w->canonical_sha256);
    nev_json_text(&j, "padding", padding_text(m));
    nev_json_text(&j, "batch_norm", norm_text(m));
    nev_json_real(&j, "eps", m->bn_eps);
    nev_json_uint(&j, "width", m->prep.width);
    nev_json_uint(&j, "height", m->prep.height);
    nev_json_text(&j, "order", order_text(m));
    json_floats(&j, "mean", m->prep.mean);
    json_floats(&j, "std", m->prep.std);
    nev_json_text(&j, "source", m->source_name);
    json_digest(&j, "source_sha256", m->source_sha256);
    nev_json_uint(&j, "tensors", w->tensor_len);
    nev_json_uint(&j, "numbers", count_numbers(w));
    nev_json_uint(&j, "bytes", w->bytes);
    json_digest(&j, "digest", w->head_sha256);
    json_digest(&j, "payload_sha256", w->payload_sha256);
    nev_json_bool(&j, "verified", !v->is_quick);
    if (v->has_tensors) {
        json_tensors(&j, w);
    }
    if (v->has_layers) {
        nev_json_array_begin(&j, "layers");
        code = show_layers(w, &j);
        nev_json_array_end(&j);
    }
    nev_json_object_end(&j);
    nev_json_end(&j);
    return code;
}

/* Whether a network runs on it: an input of a size that leads to features, and the network's tensors, those of its list
 * or what a plan makes of a packed file. */
static enum nev_status check_tensors(const struct nev_weights *w, struct nev_tensor_list *list,
                                     struct nev_error *err)
{
    struct nev_plan plan;

    enum nev_status s = nev_plan_make_for(&plan, w, nev_profile_path(w->profile), 1, 1, err);

    if (s != NEV_OK || w->form == NEV_FORM_PACKED) {
        return s;
    }
    nev_tensor_list_fill(list, w->model.net);
    return nev_tensor_list_check(list, w, err);
}

static enum nev_status check(struct nev_weights *w, const struct nev_file *file, bool is_quick,
                             struct nev_tensor_list *list, struct nev_error *err)
{
    struct nev_parallel par = nev_parallel_threads(nev_threads_of(0));
    enum nev_status s = nev_weights_open(w, file->data, file->bytes, err);

    if (s == NEV_OK) {
        s = check_tensors(w, list, err);
    }
    return s == NEV_OK && !is_quick ? nev_weights_verify_by(w, &par, nev_cpu_isas(), err) : s;
}

static enum nev_exit show_weights(const struct values *v, const char *path, const struct nev_file *file)
{
    struct nev_tensor_list *list = nev_memory_take_zeroed(1, sizeof *list);
    struct nev_weights w;
    struct nev_error err;
    enum nev_exit code;

    if (list == NULL) {
        return nev_report_memory("the list of tensors");
    }
    if (check(&w, file, v->is_quick, list, &err) != NEV_OK) {
        code = nev_report(path, &err);
    } else {
        code = v->is_json ? print_json(&w, v) : print_text(&w, v);
    }
    nev_memory_give(list);
    return code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const char *path;
    struct nev_file file;
    struct nev_error err;
    enum nev_exit code;
    bool is_forest;

    if (v->has_kernels && args->len == 0) {
        return v->is_json || v->has_tensors || v->has_layers || v->is_quick || v->importance > 0
                   ? nev_report_text(NEV_EXIT_USAGE, "info",
                                     "--kernels stands alone: the others are about a file")
                   : nev_isa_print();
    }
    if (v->has_kernels || args->len == 0) {
        return nev_report_text(NEV_EXIT_USAGE, "info", "give a model or a forest, or --kernels without one");
    }
    path = args->text[0];
    if (nev_file_map(&file, path, MODEL_BYTES_MAX, &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    is_forest = nev_is_forest(file.data, file.bytes);
    if (is_forest && (v->has_tensors || v->has_layers || v->is_quick)) {
        code = nev_report_text(NEV_EXIT_USAGE, path,
                               "is a forest; --tensors, --layers and --quick are for weights files");
    } else if (!is_forest && v->importance > 0) {
        code = nev_report_text(NEV_EXIT_USAGE, path, "is no forest; --importance is for forests");
    } else {
        code = is_forest ? nev_info_forest(path, file.data, file.bytes, v->importance, v->is_json)
                         : show_weights(v, path, &file);
    }
    nev_file_close(&file);
    return code;
}

const struct nev_command nev_command_info = {
    .name = "info",
    .summary = "print what a weights file or a forest is, and check it",
    .synopsis = "[OPTIONS] MODEL.nvw|FOREST.nvf | --kernels",
    .text =
        "Prints network, padding, preprocessing, source and digests after checking every byte and number\n"
        "(weights/FORMAT.md). The digest covers the whole file: two models are the same if it is.\n"
        "Of a packed file (nevus pack) also its profile, how many layers each algorithm computes (--tensors: "
        "which)\n"
        "and the digest of the canonical file that it was packed from.\n"
        "Of a forest: classes, parameters, which network, layer, weights and path its features came from,\n"
        "out-of-bag accuracy, and the digests of its training data and of the file (forest/FORMAT.md).\n"
        "With --kernels: which instruction set the networks run on here. The environment variable NEVUS_ISA\n"
        "(c, avx2, avx512, neon) chooses another for every command; results have the same bits on each.\n",
    .options = options,
    .defaults = &defaults,
    .values_bytes = sizeof defaults,
    .args_min = 0,
    .args_max = 1,
    .run = run,
};
