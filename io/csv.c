/* SPDX-License-Identifier: MIT */
#include "io/csv.h"

#include <string.h>

#include "io/number.h"

/* What stands behind a cell. */
enum after { AFTER_SEPARATOR, AFTER_ROW, AFTER_END };

static enum nev_status fail_cell(struct nev_error *err, enum nev_status status,
                                 const struct nev_csv_cell *cell, const char *what)
{
    nev_fail_at(err, status, cell->row, cell->col, cell->row == NEV_NO_ROW ? "header" : "cell", what);
    if (err != NULL) {
        err->offset = cell->offset;
    }
    return status;
}

/* The end of a cell in quotes, whose first byte is at i: the closing quote, or the end of the text. */
static size_t quoted_end(const struct nev_csv *csv, size_t i)
{
    for (; i < csv->bytes && csv->text[i] != '\0'; i++) {
        if (csv->text[i] != '"') {
            continue;
        }
        if (i + 1 == csv->bytes || csv->text[i + 1] != '"') {
            break;
        }
        i++; /* doubled: a quote that belongs to the cell */
    }
    return i;
}

/* The end of a cell without quotes: the separator, a line end, the end of the text, or what may not be in it.
 */
static size_t plain_end(const struct nev_csv *csv, size_t i)
{
    for (; i < csv->bytes; i++) {
        char c = csv->text[i];

        if (c == csv->separator || c == '\r' || c == '\n' || c == '"' || c == '\0') {
            break;
        }
    }
    return i;
}

/* Reads the cell that begins at *at, with its opening quote if it has one, and moves *at behind it. */
static enum nev_status scan_cell(const struct nev_csv *csv, size_t *at, struct nev_csv_cell *cell,
                                 struct nev_error *err)
{
    size_t begin = *at, end;

    cell->has_quotes = begin < csv->bytes && csv->text[begin] == '"';
    begin += cell->has_quotes;
    end = cell->has_quotes ? quoted_end(csv, begin) : plain_end(csv, begin);
    cell->text = csv->text + begin;
    cell->bytes = end - begin;
    cell->offset = begin;
    if (end < csv->bytes && csv->text[end] == '\0') {
        return fail_cell(err, NEV_ERR_FORMAT, cell, "the cell holds a NUL byte; this is not a text table");
    }
    if (end == csv->bytes && cell->has_quotes) {
        return fail_cell(err, NEV_ERR_TRUNCATED, cell, "the quote that opens this cell is never closed");
    }
    if (end < csv->bytes && csv->text[end] == '"' && !cell->has_quotes) {
        return fail_cell(err, NEV_ERR_FORMAT, cell,
                         "a quote stands inside a cell that is not quoted; quote the cell and double it");
    }
    *at = end + cell->has_quotes;
    return NEV_OK;
}

static enum nev_status scan_after(const struct nev_csv *csv, size_t *at, const struct nev_csv_cell *cell,
                                  enum after *after, struct nev_error *err)
{
    const char *rest = csv->text + *at;
    size_t left = csv->bytes - *at;

    *after = AFTER_ROW;
    if (left == 0) {
        *after = AFTER_END;
    } else if (rest[0] == csv->separator) {
        *after = AFTER_SEPARATOR;
        *at += 1;
    } else if (rest[0] == '\n') {
        *at += 1;
    } else if (rest[0] == '\r' && left > 1 && rest[1] == '\n') {
        *at += 2;
    } else if (rest[0] == '\r') {
        return fail_cell(
            err, NEV_ERR_FORMAT, cell,
            "a carriage return without a line feed follows this cell; end rows with LF or CR LF");
    } else {
        return fail_cell(err, NEV_ERR_FORMAT, cell, "text follows the closing quote of this cell");
    }
    return NEV_OK;
}

static size_t first_line(const struct nev_csv *csv)
{
    return csv->bytes >= 3 && memcmp(csv->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static enum nev_status check_table(struct nev_csv *csv, struct nev_error *err)
{
    struct nev_csv_cell cell;
    size_t at = first_line(csv);

    cell.row = csv->has_header ? NEV_NO_ROW : 0;
    cell.col = 0;
    cell.offset = at;
    if (at == csv->bytes) {
        return fail_cell(err, NEV_ERR_DATA, &cell, "the table is empty");
    }
    while (at < csv->bytes || cell.col != 0) {
        enum nev_status status = scan_cell(csv, &at, &cell, err);
        enum after after;

        if (status == NEV_OK) {
            status = scan_after(csv, &at, &cell, &after, err);
        }
        if (status != NEV_OK) {
            return status;
        }
        cell.col++;
        if (csv->cols != 0 && (size_t)cell.col > csv->cols) {
            cell.col--;
            return fail_cell(err, NEV_ERR_SHAPE, &cell, "this row has more cells than the first one");
        }
        if (after == AFTER_SEPARATOR) {
            continue;
        }
        if (csv->cols != 0 && (size_t)cell.col < csv->cols) {
            return fail_cell(err, NEV_ERR_SHAPE, &cell, "this row has fewer cells than the first one");
        }
        csv->cols = (size_t)cell.col;
        csv->body = cell.row == NEV_NO_ROW ? at : csv->body;
        cell.row++; /* NEV_NO_ROW + 1 is row 0 */
        cell.col = 0;
    }
    csv->rows = (size_t)cell.row;
    return NEV_OK;
}

enum nev_status nev_csv_open(struct nev_csv *csv, const void *mem, size_t bytes, bool has_header,
                             char separator, struct nev_error *err)
{
    enum nev_status status;

    memset(csv, 0, sizeof *csv);
    if (separator != ',' && separator != ';' && separator != '\t') {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "separator",
                        "the separator must be a comma, a semicolon or a tab");
    }
    csv->text = mem;
    csv->bytes = bytes;
    csv->separator = separator;
    csv->has_header = has_header;
    csv->body = first_line(csv);
    status = check_table(csv, err);
    if (status != NEV_OK) {
        memset(csv, 0, sizeof *csv);
    }
    return status;
}

struct nev_csv_cursor nev_csv_rows(const struct nev_csv *csv)
{
    struct nev_csv_cursor cursor = {csv->body, 0, 0};

    return cursor;
}

struct nev_csv_cursor nev_csv_header(const struct nev_csv *csv)
{
    struct nev_csv_cursor cursor = {first_line(csv), csv->has_header ? NEV_NO_ROW : 0, 0};

    return cursor;
}

bool nev_csv_next(const struct nev_csv *csv, struct nev_csv_cursor *cursor, struct nev_csv_cell *cell)
{
    enum after after;

    cell->row = cursor->row;
    cell->col = cursor->col;
    /* The text was checked by open, so neither scan can fail. */
    if ((cursor->row != NEV_NO_ROW && (size_t)cursor->row >= csv->rows) ||
        scan_cell(csv, &cursor->at, cell, NULL) != NEV_OK ||
        scan_after(csv, &cursor->at, cell, &after, NULL) != NEV_OK) {
        return false;
    }
    cursor->col++;
    if (after != AFTER_SEPARATOR) {
        cursor->col = 0;
        cursor->row++;
    }
    return true;
}

enum nev_status nev_csv_column(const struct nev_csv *csv, const char *name, size_t *col,
                               struct nev_error *err)
{
    struct nev_csv_cursor cursor = nev_csv_header(csv);
    struct nev_csv_cell cell;
    bool is_found = false;
    size_t i;

    *col = 0;
    for (i = 0; csv->has_header && i < csv->cols && nev_csv_next(csv, &cursor, &cell); i++) {
        if (!nev_csv_cell_is(&cell, name)) {
            continue;
        }
        if (is_found) {
            *col = 0;
            nev_fail_at(err, NEV_ERR_FORMAT, NEV_NO_ROW, cell.col, name, "two columns have this name");
            return NEV_ERR_FORMAT;
        }
        is_found = true;
        *col = i;
    }
    if (!is_found) {
        return nev_fail(err, NEV_ERR_MISSING, NEV_NO_OFFSET, name,
                        csv->has_header ? "the header names no such column" : "the table has no header row");
    }
    return NEV_OK;
}

bool nev_csv_cell_is(const struct nev_csv_cell *cell, const char *text)
{
    size_t i, at = 0;

    for (i = 0; i < cell->bytes; i++, at++) {
        if (text[at] == '\0' || text[at] != cell->text[i]) {
            return false;
        }
        i += cell->has_quotes && cell->text[i] == '"';
    }
    return text[at] == '\0';
}

enum nev_status nev_csv_cell_copy(const struct nev_csv_cell *cell, char *text, size_t text_bytes,
                                  struct nev_error *err)
{
    size_t i, at = 0;

    for (i = 0; i < cell->bytes && at < text_bytes; i++) {
        text[at++] = cell->text[i];
        i += cell->has_quotes && cell->text[i] == '"';
    }
    if (at >= text_bytes) {
        if (text_bytes > 0) {
            text[0] = '\0';
        }
        return fail_cell(err, NEV_ERR_MEMORY, cell, "the text of this cell is too long for its place");
    }
    text[at] = '\0';
    return NEV_OK;
}

static enum nev_status number_status(enum nev_status status, const struct nev_csv_cell *cell,
                                     struct nev_error *err)
{
    if (status == NEV_ERR_LIMIT) {
        return fail_cell(err, status, cell, "this whole number does not fit in 64 bits");
    }
    if (status != NEV_OK) {
        return fail_cell(err, status, cell,
                         cell->bytes == 0 ? "this cell is empty where a number is needed"
                                          : "this cell is not a number");
    }
    return NEV_OK;
}

enum nev_status nev_csv_cell_f32(const struct nev_csv_cell *cell, float *value, struct nev_error *err)
{
    return number_status(nev_number_parse_f32(cell->text, cell->bytes, value), cell, err);
}

enum nev_status nev_csv_cell_f64(const struct nev_csv_cell *cell, double *value, struct nev_error *err)
{
    return number_status(nev_number_parse_f64(cell->text, cell->bytes, value), cell, err);
}

enum nev_status nev_csv_cell_i64(const struct nev_csv_cell *cell, int64_t *value, struct nev_error *err)
{
    return number_status(nev_number_parse_i64(cell->text, cell->bytes, value), cell, err);
}

enum nev_status nev_csv_read_f32(const struct nev_csv *csv, size_t col, size_t cols, float *out,
                                 size_t out_len, struct nev_error *err)
{
    struct nev_csv_cursor cursor = nev_csv_rows(csv);
    struct nev_csv_cell cell;
    size_t at = 0;

    if (cols == 0 || cols > csv->cols || col > csv->cols - cols) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "columns", "the table has no such columns");
    }
    if (csv->rows > out_len / cols) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "columns",
                        "the table has more rows than there is room");
    }
    while (nev_csv_next(csv, &cursor, &cell)) {
        enum nev_status status;

        if ((size_t)cell.col < col || (size_t)cell.col - col >= cols) {
            continue;
        }
        status = nev_csv_cell_f32(&cell, &out[at++], err);
        if (status != NEV_OK) {
            memset(out, 0, csv->rows * cols * sizeof *out);
            return status;
        }
    }
    return NEV_OK;
}
