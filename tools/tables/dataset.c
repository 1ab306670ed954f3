/* SPDX-License-Identifier: MIT */
/* Rows with classes: the data set half of tables.h. */
#include <string.h>

#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/tables/tables.h"

/* The number of each row's class. */
static enum nev_exit number_labels(struct nev_dataset *d, const char *const *text)
{
    size_t r;

    d->label = nev_memory_take(d->rows, sizeof *d->label);
    if (d->label == NULL) {
        return nev_report_memory("the labels");
    }
    for (r = 0; r < d->rows; r++) {
        d->label[r] = nev_classes_find(&d->classes, text[r]);
    }
    return NEV_EXIT_OK;
}

static enum nev_exit from_tables(struct nev_dataset *d, const char *features, const char *labels,
                                 const char *column)
{
    struct nev_error err;
    enum nev_exit code = nev_matrix_read(&d->matrix, features);

    if (code == NEV_EXIT_OK) {
        code = nev_labels_read(&d->labels, labels, column);
    }
    if (code != NEV_EXIT_OK) {
        return code;
    }
    if (d->labels.len != d->matrix.rows) {
        return nev_report_text(NEV_EXIT_MISFIT, labels, "there are %zu labels for %zu rows of features",
                               d->labels.len, d->matrix.rows);
    }
    d->x = d->matrix.x;
    d->rows = d->matrix.rows;
    d->cols = d->matrix.cols;
    if (nev_classes_of(&d->classes, d->labels.text, d->rows, d->labels.is_by_value, &err) != NEV_OK) {
        return nev_report(labels, &err);
    }
    return number_labels(d, d->labels.text);
}

enum nev_exit nev_dataset_from_tables(struct nev_dataset *d, const char *features, const char *labels,
                                      const char *column)
{
    enum nev_exit code;

    memset(d, 0, sizeof *d);
    code = from_tables(d, features, labels, column);
    if (code != NEV_EXIT_OK) {
        nev_dataset_free(d);
    }
    return code;
}

/* The class folders' names, checked before any picture is looked at. */
static enum nev_exit name_classes(struct nev_dataset *d, const char *folder)
{
    const char **text = nev_memory_take(d->inputs.len, sizeof *text);
    struct nev_error err;
    enum nev_exit code = NEV_EXIT_OK;
    size_t i;

    if (text == NULL) {
        return nev_report_memory("the labels");
    }
    for (i = 0; i < d->inputs.len; i++) {
        text[i] = d->inputs.item[i].label;
    }
    if (nev_classes_of(&d->classes, text, d->inputs.len, false, &err) != NEV_OK) {
        code = nev_report(folder, &err);
    }
    nev_memory_give(text);
    return code;
}

/* Every class that has a folder must have a row left: a class that vanished would change what is learnt. */
static enum nev_exit check_classes(const struct nev_dataset *d, const char *folder)
{
    size_t r;
    uint32_t k;

    for (k = 0; k < d->classes.len; k++) {
        for (r = 0; r < d->rows && d->label[r] != k; r++) {
        }
        if (r == d->rows) {
            return nev_report_text(NEV_EXIT_DATA, folder, "class '%s' has no picture that can be read",
                                   d->classes.name[k]);
        }
    }
    return NEV_EXIT_OK;
}

/* The classes of the rows that the pipeline left. */
static enum nev_exit adopt_rows(struct nev_dataset *d, const char *folder)
{
    const char **text = nev_memory_take(d->features.rows, sizeof *text);
    enum nev_exit code;
    size_t r;

    if (text == NULL) {
        return nev_report_memory("the labels");
    }
    d->x = d->features.x;
    d->rows = d->features.rows;
    d->cols = d->features.cols;
    for (r = 0; r < d->rows; r++) {
        text[r] = d->inputs.item[d->features.input[r]].label;
    }
    code = number_labels(d, text);
    nev_memory_give(text);
    return code == NEV_EXIT_OK ? check_classes(d, folder) : code;
}

static enum nev_exit from_pictures(struct nev_dataset *d, const struct nev_pipeline *p, const char *folder)
{
    struct nev_error err;
    enum nev_exit code, run;

    if (nev_inputs_add_classes(&d->inputs, folder, &err) != NEV_OK) {
        return nev_report(folder, &err);
    }
    code = name_classes(d, folder);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    run = nev_pipeline_run(p, &d->inputs, &d->features);
    if (run != NEV_EXIT_OK && run != NEV_EXIT_PARTIAL) {
        return run;
    }
    code = adopt_rows(d, folder);
    return code == NEV_EXIT_OK ? run : code;
}

enum nev_exit nev_dataset_from_pictures(struct nev_dataset *d, const struct nev_pipeline *p,
                                        const char *folder)
{
    enum nev_exit code;

    memset(d, 0, sizeof *d);
    code = from_pictures(d, p, folder);
    if (code != NEV_EXIT_OK && code != NEV_EXIT_PARTIAL) {
        nev_dataset_free(d);
    }
    return code;
}

enum nev_exit nev_dataset_relabel(struct nev_dataset *d, const struct nev_forest *f, const char *name)
{
    uint32_t *number = nev_memory_take(d->classes.len, sizeof *number), k, c;
    size_t r;

    if (number == NULL) {
        return nev_report_memory("the labels");
    }
    for (k = 0; k < d->classes.len; k++) {
        for (c = 0; c < f->classes && strcmp(nev_forest_class_name(f, c), d->classes.name[k]) != 0; c++) {
        }
        if (c == f->classes) {
            nev_memory_give(number);
            return nev_report_text(NEV_EXIT_MISFIT, name, "the forest knows no class '%s'",
                                   d->classes.name[k]);
        }
        number[k] = c;
    }
    for (r = 0; r < d->rows; r++) {
        d->label[r] = number[d->label[r]];
    }
    nev_memory_give(number);
    return NEV_EXIT_OK;
}

void nev_dataset_free(struct nev_dataset *d)
{
    nev_matrix_free(&d->matrix);
    nev_labels_free(&d->labels);
    nev_features_free(&d->features);
    nev_inputs_free(&d->inputs);
    nev_classes_free(&d->classes);
    nev_memory_give(d->label);
    memset(d, 0, sizeof *d);
}
