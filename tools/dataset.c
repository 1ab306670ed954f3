/* SPDX-License-Identifier: MIT */
/* Rows with classes: the data set half of tables.h. */
#include <string.h>

#include "tools/memory.h"
#include "tools/report.h"
#include "tools/tables.h"

/* Numbers the texts of all rows. */
static enum nev_exit number_labels(struct nev_dataset *d, const char *const *text, bool is_by_value,
                                   const char *name)
{
    struct nev_error err;
    size_t r;

    if (nev_classes_of(&d->classes, text, d->rows, is_by_value, &err) != NEV_OK) {
        return nev_report(name, &err);
    }
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
    return number_labels(d, d->labels.text, d->labels.is_by_value, labels);
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

/* Every class that has a folder must have a row left: a class that vanished would change what is learnt. */
static enum nev_exit check_classes(const struct nev_dataset *d, const char *folder)
{
    size_t i;

    for (i = 0; i < d->inputs.len; i++) {
        if (nev_classes_find(&d->classes, d->inputs.item[i].label) == d->classes.len) {
            return nev_report_text(NEV_EXIT_DATA, folder, "class '%s' has no picture that can be read",
                                   d->inputs.item[i].label);
        }
    }
    return NEV_EXIT_OK;
}

static enum nev_exit from_pictures(struct nev_dataset *d, const struct nev_pipeline *p, const char *folder)
{
    const char **text;
    struct nev_error err;
    enum nev_exit code, run;
    size_t r;

    if (nev_inputs_add_classes(&d->inputs, folder, &err) != NEV_OK) {
        return nev_report(folder, &err);
    }
    run = nev_pipeline_run(p, &d->inputs, &d->features);
    if (run != NEV_EXIT_OK && run != NEV_EXIT_PARTIAL) {
        return run;
    }
    d->x = d->features.x;
    d->rows = d->features.rows;
    d->cols = d->features.cols;
    text = nev_memory_take(d->rows, sizeof *text);
    if (text == NULL) {
        return nev_report_memory("the labels");
    }
    for (r = 0; r < d->rows; r++) {
        text[r] = d->inputs.item[d->features.input[r]].label;
    }
    code = number_labels(d, text, false, folder);
    nev_memory_give(text);
    if (code == NEV_EXIT_OK) {
        code = check_classes(d, folder);
    }
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
