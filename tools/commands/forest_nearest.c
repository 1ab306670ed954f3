/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "forest/explain/nearest.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/forests/training_table.h"
#include "tools/text/json.h"
#include "tools/text/sheet.h"

struct values {
    const char *features, *labels, *column, *weights, *rows, *image;
    uint64_t path, verify, threads, top;
    bool is_oob, is_training, is_quiet, is_json, is_csv;
};

static const struct values defaults = {.column = "label", .path = NEV_PATH_OF_FOREST, .top = 5};

static const struct nev_option options[] = {
    {"features", 'F', NEV_OPTION_TEXT, offsetof(struct values, features), "F.npy",
     "the training table: .npy or CSV", 0, 0, NULL},
    {"labels", 'l', NEV_OPTION_TEXT, offsetof(struct values, labels), "FILE",
     "its labels: .npy of whole numbers, or CSV", 0, 0, NULL},
    {"column", 0, NEV_OPTION_TEXT, offsetof(struct values, column), "NAME",
     "the column of the labels in a CSV (default: label)", 0, 0, NULL},
    NEV_OPTION_WEIGHTS(struct values, weights),
    {"rows", 'r', NEV_OPTION_TEXT, offsetof(struct values, rows), "Q.npy", "find the nearest of these rows",
     0, 0, NULL},
    {"image", 'i', NEV_OPTION_TEXT, offsetof(struct values, image), "IMAGE|FOLDER",
     "find the nearest of this picture, or these", 0, 0, NULL},
    {"training-rows", 0, NEV_OPTION_FLAG, offsetof(struct values, is_training), NULL,
     "find the nearest of the training rows themselves, each without itself", 0, 0, NULL},
    {"oob", 0, NEV_OPTION_FLAG, offsetof(struct values, is_oob), NULL,
     "only trees that did not draw the training row", 0, 0, NULL},
    {"top", 'n', NEV_OPTION_NUMBER, offsetof(struct values, top), "N", "how many (default: 5)", 1, 1000,
     NULL},
    NEV_OPTION_PATH_CHECK(struct values, path),
    NEV_OPTION_VERIFY(struct values, verify),
    NEV_OPTION_THREADS(struct values, threads),
    NEV_OPTION_QUIET(struct values, is_quiet),
    NEV_OPTION_JSON(struct values, is_json),
    NEV_OPTION_CSV(struct values, is_csv),
    NEV_OPTION_END,
};

/* Whose nearest are looked for. */
struct queries {
    const float *x;
    size_t len, cols;
    struct nev_matrix matrix;
    struct nev_inputs inputs;
    struct nev_features features;
};

/* The nearest of one query. */
struct found {
    size_t query;
    const uint32_t *same, *part, *top;
    uint32_t len;
};

struct shown {
    const struct nev_training *t;
    const struct queries *q;
    struct nev_json j;
    struct nev_sheet sheet;
};

/* The file a training row or a query comes from, or NULL. */
static const char *file_of(const struct nev_inputs *inputs, const struct nev_features *features, size_t row)
{
    return features->rows > row ? inputs->item[features->input[row]].path : NULL;
}

static void show_text(const struct shown *s, const struct found *n)
{
    const struct nev_dataset *d = &s->t->dataset;
    const char *file = file_of(&s->q->inputs, &s->q->features, n->query);
    char name[1024];
    uint32_t i;

    if (file != NULL) {
        nev_text_safe(file, name, sizeof name);
        printf("%s\n", name);
    } else {
        printf("row %zu\n", n->query);
    }
    for (i = 0; i < n->len; i++) {
        uint32_t row = n->top[i];

        nev_text_safe(nev_forest_class_name(&s->t->pair.grown.forest, d->label[row]), name, sizeof name);
        printf("  %.4f  %" PRIu32 " of %" PRIu32 " trees  row %" PRIu32 "  %s",
               (double)n->same[row] / n->part[row], n->same[row], n->part[row], row, name);
        if ((file = file_of(&d->inputs, &d->features, row)) != NULL) {
            nev_text_safe(file, name, sizeof name);
            printf("  %s", name);
        }
        printf("\n");
    }
}

static void show_json(struct shown *s, const struct found *n)
{
    const struct nev_dataset *d = &s->t->dataset;
    struct nev_json *j = &s->j;
    uint32_t i;

    nev_json_object_begin(j, NULL);
    nev_json_uint(j, "row", n->query);
    if (file_of(&s->q->inputs, &s->q->features, n->query) != NULL) {
        nev_json_text(j, "file", file_of(&s->q->inputs, &s->q->features, n->query));
    }
    nev_json_array_begin(j, "nearest");
    for (i = 0; i < n->len; i++) {
        uint32_t row = n->top[i];

        nev_json_object_begin(j, NULL);
        nev_json_uint(j, "row", row);
        nev_json_text(j, "label", nev_forest_class_name(&s->t->pair.grown.forest, d->label[row]));
        if (file_of(&d->inputs, &d->features, row) != NULL) {
            nev_json_text(j, "file", file_of(&d->inputs, &d->features, row));
        }
        nev_json_real(j, "proximity", (double)n->same[row] / n->part[row]);
        nev_json_uint(j, "shared", n->same[row]);
        nev_json_uint(j, "trees", n->part[row]);
        nev_json_object_end(j);
    }
    nev_json_array_end(j);
    nev_json_object_end(j);
}

static void show_csv(struct shown *s, const struct found *n)
{
    const struct nev_dataset *d = &s->t->dataset;
    const char *file;
    uint32_t i;

    for (i = 0; i < n->len; i++) {
        uint32_t row = n->top[i];

        nev_sheet_uint(&s->sheet, n->query);
        file = file_of(&s->q->inputs, &s->q->features, n->query);
        nev_sheet_text(&s->sheet, file == NULL ? "" : file);
        nev_sheet_uint(&s->sheet, i);
        nev_sheet_uint(&s->sheet, row);
        file = file_of(&d->inputs, &d->features, row);
        nev_sheet_text(&s->sheet, file == NULL ? "" : file);
        nev_sheet_text(&s->sheet, nev_forest_class_name(&s->t->pair.grown.forest, d->label[row]));
        nev_sheet_real(&s->sheet, (double)n->same[row] / n->part[row]);
        nev_sheet_uint(&s->sheet, n->same[row]);
        nev_sheet_uint(&s->sheet, n->part[row]);
        nev_sheet_end_row(&s->sheet);
    }
}

static void begin(const struct values *v, struct shown *s)
{
    static const char *const heads[] = {"query", "query_file", "rank",   "row",  "file",
                                        "label", "proximity",  "shared", "trees"};
    size_t i;

    nev_sheet_init(&s->sheet);
    nev_json_init(&s->j, stdout);
    for (i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        nev_sheet_text(&s->sheet, heads[i]);
    }
    nev_sheet_end_row(&s->sheet);
    if (v->is_json) {
        nev_json_array_begin(&s->j, NULL);
    }
}

static enum nev_exit end(const struct values *v, struct shown *s, enum nev_exit code)
{
    if (v->is_json) {
        nev_json_array_end(&s->j);
        nev_json_end(&s->j);
    } else if (v->is_csv && code == NEV_EXIT_OK) {
        code = nev_sheet_print(&s->sheet, stdout);
    }
    nev_sheet_free(&s->sheet);
    return code;
}

/* Of the rows asked about, or of the forest or its table. */
static enum nev_exit report(const struct values *v, const struct shown *s, size_t first,
                            struct nev_error *err)
{
    const float *x = s->q->x + first * s->q->cols;
    bool is_query = err->status == NEV_ERR_VALUE && v->rows != NULL && err->row >= 0 && err->col >= 0 &&
                    (size_t)err->row < s->q->len - first &&
                    isnan(x[(size_t)err->row * s->q->cols + (size_t)err->col]); /* looked at first */

    if (!is_query) {
        return nev_training_report(s->t, err);
    }
    err->row += (int64_t)first;
    return nev_report(v->rows, err);
}

#define CELLS_MAX ((size_t)1 << 25) /* counts held at a time: queries times rows */

static enum nev_exit some(const struct values *v, struct shown *s, size_t first, size_t len,
                          const struct nev_parallel *par)
{
    const struct nev_training *t = s->t;
    size_t rows = t->data.rows, bytes, i;
    uint32_t *self = nev_memory_take(len, sizeof *self),
             *count = nev_memory_take(2 * len * rows, sizeof *count);
    uint32_t *top = nev_memory_take((size_t)v->top, sizeof *top);
    struct nev_nearest_job job = {&t->pair.grown.forest,
                                  t->data,
                                  s->q->x + first * s->q->cols,
                                  s->q->cols,
                                  len,
                                  v->is_training ? self : NULL,
                                  v->is_oob,
                                  par};
    struct nev_error err;
    enum nev_exit code = NEV_EXIT_OK;
    void *memory;

    for (i = 0; self != NULL && i < len; i++) {
        self[i] = (uint32_t)(first + i);
    }
    bytes = nev_nearest_bytes(&job);
    memory = nev_memory_take(bytes, 1);
    if (memory == NULL || count == NULL || top == NULL || self == NULL) {
        code = nev_report_memory("the nearest rows");
    } else if (nev_nearest_count(&job, memory, bytes, count, count + len * rows, &err) != NEV_OK) {
        code = report(v, s, first, &err);
    }
    for (i = 0; code == NEV_EXIT_OK && i < len; i++) {
        struct found n = {first + i, count + i * rows, count + (len + i) * rows, top, 0};

        if (v->is_training) {
            count[(len + i) * rows + first + i] = 0; /* that a row is nearest to itself is known */
        }
        n.len = nev_nearest_top(n.same, n.part, (uint32_t)rows, top, (uint32_t)v->top);
        if (v->is_json) {
            show_json(s, &n);
        } else if (v->is_csv) {
            show_csv(s, &n);
        } else {
            show_text(s, &n);
        }
    }
    nev_memory_give(self);
    nev_memory_give(memory);
    nev_memory_give(count);
    nev_memory_give(top);
    return code;
}

static enum nev_exit load_queries(const struct values *v, const struct nev_training *t, struct queries *q)
{
    char *image[1] = {(char *)v->image};
    const struct nev_arguments pictures = {1, image};
    struct nev_pipeline p = {&t->pair.engine, t->pair.fit, nev_threads_of(v->threads), v->is_quiet};
    enum nev_exit code, seen;

    memset(q, 0, sizeof *q);
    if (v->is_training) {
        q->x = t->dataset.x;
        q->len = t->dataset.rows;
        q->cols = t->dataset.cols;
        return NEV_EXIT_OK;
    }
    if (v->rows != NULL) {
        code = nev_matrix_read(&q->matrix, v->rows);
        q->x = q->matrix.x;
        q->len = q->matrix.rows;
        q->cols = q->matrix.cols;
    } else {
        code = nev_inputs_add_all(&q->inputs, &pictures);
        if (code == NEV_EXIT_OK || code == NEV_EXIT_PARTIAL) {
            seen = nev_pipeline_run(&p, &q->inputs, &q->features);
            code = seen == NEV_EXIT_OK ? code : seen;
        }
        q->x = q->features.x;
        q->len = q->features.rows;
        q->cols = q->features.cols;
    }
    if (code == NEV_EXIT_OK && q->cols != t->pair.grown.forest.features) {
        code = nev_report_text(NEV_EXIT_MISFIT, v->rows,
                               "a row has %zu features, but the forest was trained on %u", q->cols,
                               t->pair.grown.forest.features);
    }
    return code;
}

static enum nev_exit nearest(const void *values, const struct nev_training *t)
{
    const struct values *v = values;
    struct nev_parallel par = nev_parallel_threads(nev_threads_of(v->threads));
    struct queries q;
    struct shown s = {.t = t, .q = &q};
    enum nev_exit loaded = load_queries(v, t, &q), code = NEV_EXIT_OK;
    size_t i, len, each; /* Bounds: rows <= 2^21, so at least 16 */

    if (loaded == NEV_EXIT_OK || loaded == NEV_EXIT_PARTIAL) {
        begin(v, &s);
        each = CELLS_MAX / t->data.rows;
        for (i = 0; i < q.len && code == NEV_EXIT_OK; i += len) {
            len = q.len - i < each ? q.len - i : each;
            code = some(v, &s, i, len, &par);
        }
        code = end(v, &s, code);
        loaded = code == NEV_EXIT_OK ? loaded : code;
    }
    nev_matrix_free(&q.matrix);
    nev_inputs_free(&q.inputs);
    nev_features_free(&q.features);
    return loaded;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const char *folder = args->len > 1 ? args->text[1] : NULL;
    const char *more = v->image != NULL ? v->image : v->rows; /* either, or the usage is wrong */
    char *text[2] = {(char *)(folder != NULL ? folder : more), (char *)more};
    const struct nev_arguments pictures = {(size_t)(folder != NULL) + (more != NULL), text};
    const struct nev_collide collide = {
        {NULL}, {args->text[0], v->features, v->labels, v->weights}, &pictures};
    const struct nev_training_from from = {args->text[0], v->features, v->labels,       v->column,
                                           v->weights,    folder,      v->path,         v->verify,
                                           v->threads,    v->is_quiet, "forest nearest"};
    enum nev_exit code = nev_collide_check(&collide);

    if (code != NEV_EXIT_OK || (code = nev_training_usage(&from)) != NEV_EXIT_OK ||
        (code = nev_form_check("forest nearest", v->is_json, v->is_csv)) != NEV_EXIT_OK) {
        return code;
    }
    if ((v->rows != NULL) + (v->image != NULL) + v->is_training != 1) {
        return nev_report_text(NEV_EXIT_USAGE, "forest nearest",
                               "say whose nearest: one of --rows, --image and --training-rows");
    }
    if (v->image != NULL && folder == NULL) {
        return nev_report_text(
            NEV_EXIT_USAGE, "forest nearest",
            "--image needs the network: give --weights and the folder of training pictures");
    }
    return nev_training_use(&from, nearest, v);
}

const struct nev_command nev_command_forest_nearest = {
    "forest nearest",
    "the training examples that share most leaves with a picture or row",
    "F.nvf --features F.npy --labels L --rows Q.npy|--training-rows\n"
    "       nevus forest nearest F.nvf --weights M.nvw FOLDER --image IMAGE|FOLDER",
    "Proximity: the share of trees in which both end in the same leaf. --oob counts only trees that did not "
    "draw the training\n"
    "row (and, with --training-rows, not the row compared either): the others know it by heart. Takes the "
    "table or the\n"
    "folder that the forest was trained on; another is refused by its digest.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    2,
    run,
};
