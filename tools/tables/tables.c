/* SPDX-License-Identifier: MIT */
#include "tools/tables/tables.h"

#include <string.h>
#include <sys/stat.h>

#include "io/csv.h"
#include "io/npy.h"
#include "io/number.h"
#include "nn/base/bytes.h"
#include "nn/base/size.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/text/sheet.h"

static bool is_npy(const struct nev_file *file)
{
    return file->bytes > 0 && file->data[0] == 0x93;
}

static enum nev_exit matrix_room(struct nev_matrix *m, size_t rows, size_t cols, const char *path)
{
    size_t len;

    if (rows == 0) {
        return nev_report_text(NEV_EXIT_DATA, path, "the table has no row");
    }
    if (!nev_size_mul(rows, cols, &len) || (m->x = nev_memory_take(len, sizeof *m->x)) == NULL) {
        return nev_report_memory("the features");
    }
    m->rows = rows;
    m->cols = cols;
    return NEV_EXIT_OK;
}

static enum nev_exit matrix_from_npy(struct nev_matrix *m, const struct nev_file *file, const char *path)
{
    struct nev_npy npy;
    struct nev_error err;
    enum nev_exit code;

    if (nev_npy_open(&npy, file->data, file->bytes, &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    if (npy.ndim != 2 || npy.cols == 0) {
        return nev_report_text(NEV_EXIT_FORMAT, path,
                               "features have two dimensions, rows and columns; this is another array");
    }
    code = matrix_room(m, npy.rows, npy.cols, path);
    if (code == NEV_EXIT_OK) {
        nev_npy_read_f32(&npy, 0, npy.rows, m->x);
    }
    return code;
}

/* A first line of nothing but numbers is a row whose header is missing: taken for one it would be lost. */
static enum nev_exit check_header(const struct nev_csv *csv, const char *path)
{
    struct nev_csv_cursor cursor = nev_csv_header(csv);
    struct nev_csv_cell cell;
    double unused;
    size_t i;

    for (i = 0; i < csv->cols && nev_csv_next(csv, &cursor, &cell); i++) {
        if (nev_csv_cell_f64(&cell, &unused, NULL) != NEV_OK) {
            return NEV_EXIT_OK;
        }
    }
    return nev_report_text(NEV_EXIT_FORMAT, path,
                           "the first line is all numbers, but it is the header and no row; put a line of "
                           "names, such as f0,f1,..., above the rows");
}

static enum nev_exit matrix_from_csv(struct nev_matrix *m, const struct nev_file *file, const char *path)
{
    struct nev_csv csv;
    struct nev_error err;
    enum nev_exit code;

    if (nev_csv_open(&csv, file->data, file->bytes, true, ',', &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    code = check_header(&csv, path);
    if (code == NEV_EXIT_OK) {
        code = matrix_room(m, csv.rows, csv.cols, path);
    }
    if (code == NEV_EXIT_OK &&
        nev_csv_read_f32(&csv, 0, csv.cols, m->x, csv.rows * csv.cols, &err) != NEV_OK) {
        code = nev_report(path, &err);
    }
    return code;
}

enum nev_exit nev_matrix_read(struct nev_matrix *m, const char *path)
{
    struct nev_file file;
    struct nev_error err;
    enum nev_exit code;

    memset(m, 0, sizeof *m);
    if (nev_file_map(&file, path, NEV_TABLE_FILE_MAX, &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    if (file.bytes == 0) {
        code = nev_report_text(NEV_EXIT_FORMAT, path, "the file is empty");
    } else {
        code = is_npy(&file) ? matrix_from_npy(m, &file, path) : matrix_from_csv(m, &file, path);
    }
    nev_file_close(&file);
    if (code != NEV_EXIT_OK) {
        nev_matrix_free(m);
    }
    return code;
}

void nev_matrix_free(struct nev_matrix *m)
{
    nev_memory_give(m->x);
    memset(m, 0, sizeof *m);
}

/* Room for len texts of store_bytes bytes in all. */
static enum nev_exit labels_room(struct nev_labels *l, size_t len, size_t store_bytes)
{
    l->text = nev_memory_take(len, sizeof *l->text);
    l->store = nev_memory_take(store_bytes, 1);
    if (l->text == NULL || l->store == NULL) {
        return nev_report_memory("the labels");
    }
    l->len = len;
    return NEV_EXIT_OK;
}

static enum nev_exit labels_from_npy(struct nev_labels *l, const struct nev_file *file, const char *path)
{
    struct nev_npy npy;
    struct nev_error err;
    enum nev_exit code;
    int64_t value;
    size_t i, room;

    if (nev_npy_open(&npy, file->data, file->bytes, &err) != NEV_OK) {
        if (err.status == NEV_ERR_UNSUPPORTED || err.status == NEV_ERR_FORBIDDEN) {
            nev_report_text(
                NEV_EXIT_UNSUPPORTED, path,
                "labels in .npy are whole numbers; labels that are texts go into a CSV: a line 'label', then "
                "one label a line");
        }
        return nev_report(path, &err);
    }
    if (npy.cols != 1) {
        return nev_report_text(NEV_EXIT_MISFIT, path,
                               "labels are one number a row; this table has %zu columns", npy.cols);
    }
    if (!nev_size_mul(npy.len, NEV_NUMBER_TEXT_BYTES, &room)) {
        return nev_report_memory("the labels");
    }
    code = labels_room(l, npy.len, room);
    for (i = 0; code == NEV_EXIT_OK && i < npy.len; i++) {
        if (nev_npy_i64(&npy, i, &value, &err) != NEV_OK) {
            return nev_report(path, &err);
        }
        l->text[i] = l->store + i * NEV_NUMBER_TEXT_BYTES;
        nev_number_write_i64(value, l->store + i * NEV_NUMBER_TEXT_BYTES);
    }
    l->is_by_value = true;
    return code;
}

static enum nev_exit labels_from_csv(struct nev_labels *l, const struct nev_file *file, const char *column,
                                     const char *path)
{
    struct nev_csv csv;
    struct nev_csv_cell cell;
    struct nev_csv_cursor cursor;
    struct nev_error err;
    enum nev_exit code;
    size_t col, used = 0;

    if (nev_csv_open(&csv, file->data, file->bytes, true, ',', &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    if (nev_csv_column(&csv, column, &col, &err) != NEV_OK) {
        if (err.status == NEV_ERR_MISSING) {
            err.what = "the first line names no such column; add a line of names above the labels, or name "
                       "theirs with --column";
        }
        return nev_report(path, &err);
    }
    /* All cells with a NUL each fit into the text's own size and one byte a row. */
    code = file->bytes > SIZE_MAX - csv.rows ? nev_report_memory("the labels")
                                             : labels_room(l, csv.rows, file->bytes + csv.rows);
    cursor = nev_csv_rows(&csv);
    while (code == NEV_EXIT_OK && nev_csv_next(&csv, &cursor, &cell)) {
        if (cell.col != (int64_t)col) {
            continue;
        }
        if (nev_csv_cell_copy(&cell, l->store + used, cell.bytes + 1, &err) != NEV_OK) {
            return nev_report(path, &err);
        }
        if (!nev_class_name_is_valid(l->store + used)) {
            (void)nev_fail_at(&err, NEV_ERR_VALUE, cell.row, cell.col, column,
                              l->store[used] == '\0' ? "the row has no label"
                                                     : "a label " NEV_CLASS_NAME_RULE);
            return nev_report(path, &err);
        }
        l->text[cell.row] = l->store + used;
        used += strlen(l->store + used) + 1;
    }
    return code;
}

enum nev_exit nev_labels_read(struct nev_labels *l, const char *path, const char *column)
{
    struct nev_file file;
    struct nev_error err;
    enum nev_exit code;

    memset(l, 0, sizeof *l);
    if (nev_file_map(&file, path, NEV_TABLE_FILE_MAX, &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    if (file.bytes == 0) {
        code = nev_report_text(NEV_EXIT_FORMAT, path, "the file is empty");
    } else {
        code = is_npy(&file) ? labels_from_npy(l, &file, path) : labels_from_csv(l, &file, column, path);
    }
    nev_file_close(&file);
    if (code != NEV_EXIT_OK) {
        nev_labels_free(l);
    }
    return code;
}

void nev_labels_free(struct nev_labels *l)
{
    nev_memory_give(l->text);
    nev_memory_give(l->store);
    memset(l, 0, sizeof *l);
}

/* Header and items, little-endian whatever the machine is. */
static enum nev_status put_array(struct nev_writer *w, const struct nev_npy_shape *shape, const void *data,
                                 struct nev_error *err)
{
    size_t len = shape->rows * shape->cols, i, used = 0;
    uint8_t header[NEV_NPY_HEADER_BYTES];
    uint8_t chunk[4096];
    enum nev_status status = nev_npy_write_header(shape, header);

    if (status != NEV_OK) {
        return nev_fail(err, status, NEV_NO_OFFSET, NULL, "the table is too large for a file");
    }
    status = nev_writer_put(w, header, sizeof header, err);
    for (i = 0; status == NEV_OK && i < len; i++) {
        if (shape->item_bytes == 8) {
            nev_store_f64le(chunk + used, ((const double *)data)[i]);
        } else {
            nev_store_f32le(chunk + used, ((const float *)data)[i]);
        }
        used += shape->item_bytes;
        if (used == sizeof chunk || i + 1 == len) {
            status = nev_writer_put(w, chunk, used, err);
            used = 0;
        }
    }
    return status;
}

/* Both files, if there is one beside, are complete on the disk before either takes its name. */
static enum nev_exit write_both(const char *path, const struct nev_npy_shape *shape, const void *data,
                                const struct nev_beside *beside)
{
    struct nev_writer npy, other;
    struct nev_error err;
    const struct nev_writer *failed;
    enum nev_exit code = NEV_EXIT_OK;

    memset(&other, 0, sizeof other);
    if (nev_writer_open(&npy, path, &err) != NEV_OK || put_array(&npy, shape, data, &err) != NEV_OK ||
        nev_writer_finish(&npy, &err) != NEV_OK) {
        code = nev_report_output(path, &err);
    } else if (beside == NULL) {
        code = nev_writer_commit(&npy, &err) == NEV_OK ? NEV_EXIT_OK : nev_report_output(path, &err);
    } else if (nev_writer_open(&other, beside->path, &err) != NEV_OK ||
               nev_writer_put(&other, beside->text, beside->bytes, &err) != NEV_OK) {
        code = nev_report_output(beside->path, &err);
    } else if (nev_writer_commit_both(&other, &npy, &failed, &err) != NEV_OK) {
        code = nev_report_output(failed == &other ? beside->path : path, &err);
    }
    nev_writer_close(&npy);
    nev_writer_close(&other);
    return code;
}

enum nev_exit nev_probability_write(const char *path, const double *value, size_t rows, size_t cols,
                                    const struct nev_beside *beside)
{
    struct nev_npy_shape shape = {NEV_NPY_FLOAT, 8, 2, rows, cols};

    return write_both(path, &shape, value, beside);
}

static void list_rows(struct nev_sheet *sheet, const struct nev_features *f, const struct nev_inputs *inputs,
                      const struct nev_shard *shard)
{
    static const char *const heads[NEV_TABLE_COLUMNS] = {"file",  "label",  "width",        "height",
                                                         "bytes", "sha256", "pixels_sha256"};
    char name[NEV_SHARD_NAME_LEN];
    size_t i;

    nev_sheet_init(sheet);
    for (i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        nev_sheet_text(sheet, heads[i]);
    }
    if (shard->of != 0) {
        nev_shard_name(shard, name);
        nev_sheet_text(sheet, name);
    }
    nev_sheet_end_row(sheet);
    for (i = 0; i < f->rows; i++) {
        const struct nev_input *input = &inputs->item[f->input[i]];
        const struct nev_photo *photo = &f->photo[f->input[i]];

        nev_sheet_text(sheet, input->path);
        nev_sheet_text(sheet, input->label != NULL ? input->label : "");
        nev_sheet_uint(sheet, photo->width);
        nev_sheet_uint(sheet, photo->height);
        nev_sheet_uint(sheet, photo->bytes);
        nev_sheet_sha256(sheet, photo->bytes_sha256);
        nev_sheet_sha256(sheet, photo->pixels_sha256);
        if (shard->of != 0) {
            nev_sheet_uint(sheet, shard->first + f->input[i]);
        }
        nev_sheet_end_row(sheet);
    }
}

enum nev_exit nev_npy_name_check(const char *path, bool may_be_stdout)
{
    size_t len = strlen(path);
    struct stat st;
    bool is_there = stat(path, &st) == 0;

    if (strcmp(path, "-") == 0) {
        return may_be_stdout ? NEV_EXIT_OK
                             : nev_report_text(NEV_EXIT_USAGE, NULL,
                                               "--out: two files are written; they need a name, not '-'");
    }
    if (is_there && S_ISDIR(st.st_mode)) {
        return nev_report_text(NEV_EXIT_IO, path, "is a folder; a file is to be written here");
    }
    if ((is_there && !S_ISREG(st.st_mode)) || (len >= 4 && strcmp(path + len - 4, ".npy") == 0)) {
        return NEV_EXIT_OK;
    }
    return nev_report_text(NEV_EXIT_USAGE, path,
                           "--out is written as .npy; give it a name that ends in .npy");
}

enum nev_exit nev_features_names(const char *path, char table[NEV_WRITER_PATH_LEN])
{
    enum nev_exit code = nev_npy_name_check(path, false);
    size_t len = strlen(path);
    struct stat st;

    table[0] = '\0';
    if (code != NEV_EXIT_OK || (stat(path, &st) == 0 && !S_ISREG(st.st_mode))) {
        return code;
    }
    if (len >= NEV_WRITER_PATH_LEN) {
        return nev_report_text(NEV_EXIT_IO, path, "the path is too long");
    }
    memcpy(table, path, len - 4);
    memcpy(table + len - 4, ".csv", 5);
    return NEV_EXIT_OK;
}

enum nev_exit nev_features_write(const char *path, const struct nev_features *f,
                                 const struct nev_inputs *inputs, const struct nev_shard *shard)
{
    char csv_path[NEV_WRITER_PATH_LEN];
    struct nev_sheet sheet;
    struct nev_npy_shape shape = {NEV_NPY_FLOAT, 4, 2, f->rows, f->cols};
    struct nev_beside beside = {csv_path, NULL, 0};
    enum nev_exit code;

    code = nev_features_names(path, csv_path);
    if (code != NEV_EXIT_OK) {
        return code;
    }
    list_rows(&sheet, f, inputs, shard);
    code = nev_sheet_bytes(&sheet, &beside.text, &beside.bytes);
    if (code == NEV_EXIT_OK) {
        code = write_both(path, &shape, f->x, csv_path[0] == '\0' ? NULL : &beside);
    }
    nev_sheet_free(&sheet);
    return code;
}
