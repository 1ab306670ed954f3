/* SPDX-License-Identifier: MIT */
/*
 * csv.h - tables as text: RFC 4180, read where they lie and written into the caller's memory.
 *
 * Open checks the whole text once: afterwards every row has the same number of cells and every quote is
 * closed. A cursor then walks over the cells. Rows are counted from 0 and the header row is not one of them.
 */
#ifndef NEV_IO_CSV_H
#define NEV_IO_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"

/* A checked table: a view of the caller's bytes, which must outlive it. */
struct nev_csv {
    const char *text;
    size_t bytes;
    size_t body;    /* byte offset of row 0 */
    size_t rows;    /* without the header */
    size_t cols;    /* at least 1 */
    char separator; /* between cells */
    bool has_header;
};

/* One cell as it lies in the text. */
struct nev_csv_cell {
    const char *text; /* without the quotes around it; quotes inside are still doubled */
    size_t bytes;
    bool has_quotes;
    int64_t row, col; /* from 0; row is NEV_NO_ROW in the header */
    uint64_t offset;  /* of text in the table */
};

struct nev_csv_cursor {
    size_t at;        /* the reader's own */
    int64_t row, col; /* of the next cell */
};

/*
 * nev_csv_open - check a table and count its rows and cells.
 * Computes   RFC 4180, section 2: cells between separators, rows between line ends (CR LF or LF, the last one
 *            optional), a cell in double quotes may hold separators, line ends and doubled quotes. A UTF-8
 * byte order mark at the start is skipped. Range      separator: ',' as in the RFC, or ';' or a tab Errors
 * DATA if there is no row at all; SHAPE if a row has another number of cells than the first; FORMAT for a
 * quote inside an unquoted cell, text after a closing quote, a carriage return alone, a NUL; TRUNCATED for a
 * quote that is never closed; each with row, column and byte offset. *csv is then zeroed Threads    pure
 * Source     RFC 4180. Differs: LF alone ends a row too; header and separator are stated, never guessed; a
 *            line without any byte is a row of one empty cell
 * Tests      tests/io/test_csv.c
 */
NEV_MUST_CHECK enum nev_status nev_csv_open(struct nev_csv *csv, const void *mem, size_t bytes,
                                            bool has_header, char separator, struct nev_error *err);

/* nev_csv_rows - a cursor at the first cell of row 0. */
struct nev_csv_cursor nev_csv_rows(const struct nev_csv *csv);

/* nev_csv_header - a cursor at the first cell of the first line, which is the header if there is one. */
struct nev_csv_cursor nev_csv_header(const struct nev_csv *csv);

/* nev_csv_next - the cell at the cursor, which moves on; false behind the last cell of the table. */
bool nev_csv_next(const struct nev_csv *csv, struct nev_csv_cursor *cursor, struct nev_csv_cell *cell);

/*
 * nev_csv_column - the place of the column with that name in the header.
 * Errors     MISSING, with the name, if there is no header or no such column; FORMAT if two have the name;
 *            *col is then 0
 */
NEV_MUST_CHECK enum nev_status nev_csv_column(const struct nev_csv *csv, const char *name, size_t *col,
                                              struct nev_error *err);

/* nev_csv_cell_is - whether the text of a cell, quotes resolved, is that string. */
bool nev_csv_cell_is(const struct nev_csv_cell *cell, const char *text);

/*
 * nev_csv_cell_copy - the text of a cell, quotes resolved, with a NUL behind it.
 * Memory     text of text_bytes bytes; cell->bytes + 1 always suffice
 * Errors     MEMORY, with row and column, if it does not fit; text is then empty
 */
NEV_MUST_CHECK enum nev_status nev_csv_cell_copy(const struct nev_csv_cell *cell, char *text,
                                                 size_t text_bytes, struct nev_error *err);

/*
 * nev_csv_cell_f32, nev_csv_cell_f64, nev_csv_cell_i64 - the number in a cell, as number.h reads it.
 * Errors     FORMAT for anything else, LIMIT, with row, column and offset; *value is then 0. NaN and infinity
 *            are numbers here: who refuses them knows the row and the column
 */
NEV_MUST_CHECK enum nev_status nev_csv_cell_f32(const struct nev_csv_cell *cell, float *value,
                                                struct nev_error *err);
NEV_MUST_CHECK enum nev_status nev_csv_cell_f64(const struct nev_csv_cell *cell, double *value,
                                                struct nev_error *err);
NEV_MUST_CHECK enum nev_status nev_csv_cell_i64(const struct nev_csv_cell *cell, int64_t *value,
                                                struct nev_error *err);

/*
 * nev_csv_read_f32 - columns col .. col+cols-1 of every row as float32.
 * Shapes     out [csv->rows, cols] f32
 * Range      1 <= cols, col + cols <= csv->cols; out_len >= csv->rows * cols
 * Errors     ARGUMENT, MEMORY, and those of nev_csv_cell_f32; out is then zeroed
 */
NEV_MUST_CHECK enum nev_status nev_csv_read_f32(const struct nev_csv *csv, size_t col, size_t cols,
                                                float *out, size_t out_len, struct nev_error *err);

/*
 * A table being written: appends to the caller's buffer and counts on when that is full, so that a first
 * round without a buffer says how many bytes the second one needs.
 */
struct nev_csv_writer {
    char *out;             /* may be NULL if capacity is 0 */
    size_t capacity, used; /* bytes; used > capacity: that many are needed */
    bool has_cell;         /* the row begun has a cell already */
    bool is_empty_row;     /* and it is the only one, and empty */
    bool is_overflown;     /* more bytes than size_t counts */
    char separator;        /* ',' */
    bool has_crlf;         /* false: rows end with LF; true: with CR LF as in the RFC */
};

/* nev_csv_writer_init - begin a table in out, with commas and LF; change the last two fields to differ. */
void nev_csv_writer_init(struct nev_csv_writer *w, char *out, size_t capacity);

/* nev_csv_put_text - the next cell, quoted if it holds a quote, the separator, a line end or a blank at an
 * end, or begins like a byte order mark. nev_csv_put_string - the same for a NUL-terminated one. */
void nev_csv_put_text(struct nev_csv_writer *w, const char *text, size_t bytes);
void nev_csv_put_string(struct nev_csv_writer *w, const char *text);

/* nev_csv_put_f32, nev_csv_put_f64, nev_csv_put_i64 - the next cell, as number.h writes it. */
void nev_csv_put_f32(struct nev_csv_writer *w, float value);
void nev_csv_put_f64(struct nev_csv_writer *w, double value);
void nev_csv_put_i64(struct nev_csv_writer *w, int64_t value);

/* nev_csv_end_row - end the row; a row of one empty cell is written as "" in quotes. */
void nev_csv_end_row(struct nev_csv_writer *w);

/*
 * nev_csv_writer_end - the size of what was written.
 * Errors     MEMORY if the buffer was too small: *bytes says how many it takes, and what the buffer holds is
 * a beginning that must not be used; LIMIT (*bytes is 0) if size_t cannot count them
 */
NEV_MUST_CHECK enum nev_status nev_csv_writer_end(const struct nev_csv_writer *w, size_t *bytes,
                                                  struct nev_error *err);

#endif
