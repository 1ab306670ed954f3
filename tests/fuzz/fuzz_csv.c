/* SPDX-License-Identifier: MIT */
/* Tables and the numbers in them; the first byte chooses header and separator. */
#include "io/csv.h"

#include <string.h>

#include "io/number.h"
#include "tests/fuzz/fuzz.h"

static void check_number_error(enum nev_status s, const struct nev_error *err,
                               const struct nev_csv_cell *cell, size_t bytes)
{
    FUZZ_CHECK(s == NEV_ERR_FORMAT || s == NEV_ERR_LIMIT);
    FUZZ_CHECK(err->status == s && err->what != NULL && err->row == cell->row && err->col == cell->col);
    FUZZ_CHECK(err->offset <= bytes);
}

/* The number in a cell, read as each kind; what is written reads back to the same bits. */
static void check_number(const struct nev_csv_cell *cell, size_t bytes)
{
    char text[NEV_NUMBER_TEXT_BYTES];
    struct nev_error err = {0};
    double d = 1.0, back = 2.0;
    float f = 1.0f, near = 2.0f;
    int64_t i = 1, whole = 2;
    enum nev_status s;

    if ((s = nev_csv_cell_f64(cell, &d, &err)) != NEV_OK) {
        check_number_error(s, &err, cell, bytes);
        FUZZ_CHECK(d == 0.0 && nev_csv_cell_f32(cell, &f, &err) == s && f == 0.0f);
        FUZZ_CHECK(nev_csv_cell_i64(cell, &i, &err) != NEV_OK && i == 0);
        return;
    }
    FUZZ_CHECK(nev_number_parse_f64(text, nev_number_write_f64(d, text), &back) == NEV_OK);
    FUZZ_CHECK(d != d ? back != back : memcmp(&d, &back, sizeof d) == 0);
    FUZZ_CHECK(nev_csv_cell_f32(cell, &f, &err) == NEV_OK);
    FUZZ_CHECK(nev_number_parse_f32(text, nev_number_write_f32(f, text), &near) == NEV_OK);
    FUZZ_CHECK(f != f ? near != near : memcmp(&f, &near, sizeof f) == 0);
    if ((s = nev_csv_cell_i64(cell, &i, &err)) != NEV_OK) {
        check_number_error(s, &err, cell, bytes);
    } else {
        FUZZ_CHECK(nev_number_parse_i64(text, nev_number_write_i64(i, text), &whole) == NEV_OK && whole == i);
    }
}

/* Walks all cells from a cursor; writes them anew if w is not NULL. */
static void walk(const struct nev_csv *csv, struct nev_csv_cursor at, struct nev_csv_writer *w,
                 bool has_header)
{
    struct nev_csv_cell cell;
    struct nev_error err = {0};
    size_t cells = 0;

    while (nev_csv_next(csv, &at, &cell)) {
        char *text = fuzz_take(cell.bytes + 1, 0xA5), *small = fuzz_take(1, 0xA5);

        FUZZ_CHECK(cell.text >= csv->text && cell.bytes <= csv->bytes - (size_t)(cell.text - csv->text));
        FUZZ_CHECK(cell.offset == (uint64_t)(cell.text - csv->text));
        FUZZ_CHECK(cell.col == (int64_t)(cells % csv->cols));
        FUZZ_CHECK(cell.row == (int64_t)(cells / csv->cols) - (has_header ? 1 : 0));
        FUZZ_CHECK(nev_csv_cell_copy(&cell, text, cell.bytes + 1, &err) == NEV_OK);
        FUZZ_CHECK(memchr(text, '\0', cell.bytes + 1) != NULL && nev_csv_cell_is(&cell, text));
        FUZZ_CHECK(text[0] == '\0' || nev_csv_cell_copy(&cell, small, 1, &err) == NEV_ERR_MEMORY);
        check_number(&cell, csv->bytes);
        if (w != NULL) {
            nev_csv_put_string(w, text);
            if (cells % csv->cols == csv->cols - 1) {
                nev_csv_end_row(w);
            }
        }
        cells++;
        fuzz_give(small, 1);
        fuzz_give(text, cell.bytes + 1);
    }
    FUZZ_CHECK(cells == (csv->rows + (has_header ? 1 : 0)) * csv->cols);
}

/* Written anew in exactly the size the writer states, the table has the same cells. */
static void check_again(const struct nev_csv *csv)
{
    struct nev_csv_writer w;
    struct nev_csv again;
    struct nev_csv_cursor a, b;
    struct nev_csv_cell x, y;
    struct nev_error err = {0};
    size_t bytes = 0, used = 0;
    char *out;

    nev_csv_writer_init(&w, NULL, 0);
    w.separator = csv->separator;
    walk(csv, nev_csv_header(csv), &w, csv->has_header);
    FUZZ_CHECK(nev_csv_writer_end(&w, &bytes, &err) == NEV_ERR_MEMORY && bytes > 0);
    out = fuzz_take(bytes, 0xA5);
    nev_csv_writer_init(&w, out, bytes);
    w.separator = csv->separator;
    walk(csv, nev_csv_header(csv), &w, csv->has_header);
    FUZZ_CHECK(nev_csv_writer_end(&w, &used, &err) == NEV_OK && used == bytes);
    FUZZ_CHECK(nev_csv_open(&again, out, bytes, csv->has_header, csv->separator, &err) == NEV_OK);
    FUZZ_CHECK(again.rows == csv->rows && again.cols == csv->cols);
    a = nev_csv_header(csv);
    b = nev_csv_header(&again);
    while (nev_csv_next(csv, &a, &x)) {
        char *text = fuzz_take(x.bytes + 1, 0);

        FUZZ_CHECK(nev_csv_cell_copy(&x, text, x.bytes + 1, &err) == NEV_OK && nev_csv_next(&again, &b, &y));
        FUZZ_CHECK(nev_csv_cell_is(&y, text));
        fuzz_give(text, x.bytes + 1);
    }
    fuzz_give(out, bytes);
}

static void check_columns(const struct nev_csv *csv)
{
    struct nev_csv_cursor at = nev_csv_header(csv);
    struct nev_csv_cell cell;
    struct nev_error err = {0};
    size_t i, col, len = csv->rows * csv->cols * sizeof(float);
    float *numbers;
    enum nev_status s;

    for (i = 0; csv->has_header && i < csv->cols && i < 16 && nev_csv_next(csv, &at, &cell); i++) {
        char *text = fuzz_take(cell.bytes + 1, 0);

        FUZZ_CHECK(nev_csv_cell_copy(&cell, text, cell.bytes + 1, &err) == NEV_OK);
        s = nev_csv_column(csv, text, &col, &err);
        FUZZ_CHECK(s == NEV_OK ? col == i : s == NEV_ERR_FORMAT && col == 0);
        fuzz_give(text, cell.bytes + 1);
    }
    numbers = fuzz_take(len, 0xA5);
    s = nev_csv_read_f32(csv, 0, csv->cols, numbers, csv->rows * csv->cols, &err);
    FUZZ_CHECK(s == NEV_OK || fuzz_is_zero(numbers, len));
    fuzz_check_written(numbers, len);
    fuzz_give(numbers, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const char separators[] = {',', ';', '\t', ','};
    struct nev_error err = {0};
    struct nev_csv csv;
    enum nev_status s;

    if (bytes == 0) {
        return 0;
    }
    memset(&csv, 0xA5, sizeof csv);
    s = nev_csv_open(&csv, data + 1, bytes - 1, (data[0] & 1) != 0, separators[data[0] >> 1 & 3], &err);
    if (s != NEV_OK) {
        FUZZ_CHECK(err.status == s && err.what != NULL && err.what[0] != '\0');
        FUZZ_CHECK(err.offset <= bytes - 1);
        FUZZ_CHECK(fuzz_is_zero(&csv, sizeof csv));
        return 0;
    }
    FUZZ_CHECK(csv.cols >= 1 && csv.body <= csv.bytes && csv.bytes == bytes - 1);
    walk(&csv, nev_csv_rows(&csv), NULL, false);
    check_again(&csv);
    check_columns(&csv);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max, unsigned seed)
{
    return fuzz_mutate(data, bytes, max, seed, NULL);
}
