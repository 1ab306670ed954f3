/* SPDX-License-Identifier: MIT */
#include "io/csv.h"

#include <string.h>

#include "io/number.h"

static void put_byte(struct nev_csv_writer *w, char c)
{
    if (w->used < w->capacity) {
        w->out[w->used] = c;
    }
    if (w->used == SIZE_MAX) {
        w->is_overflown = true;
        return;
    }
    w->used++;
}

static void begin_cell(struct nev_csv_writer *w, size_t bytes)
{
    if (w->has_cell) {
        put_byte(w, w->separator);
    }
    w->is_empty_row = !w->has_cell && bytes == 0;
    w->has_cell = true;
}

/* Blanks at an end are quoted although the RFC does not ask for it: some readers strip them otherwise. So is what begins
 * like a byte order mark, which every reader strips from the start of a table. */
static bool needs_quotes(const struct nev_csv_writer *w, const char *text, size_t bytes)
{
    size_t i;

    for (i = 0; i < bytes; i++) {
        if (text[i] == '"' || text[i] == w->separator || text[i] == '\r' || text[i] == '\n') {
            return true;
        }
    }
    return (bytes > 0 && (text[0] == ' ' || text[bytes - 1] == ' ')) ||
           (bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0);
}

void nev_csv_writer_init(struct nev_csv_writer *w, char *out, size_t capacity)
{
    memset(w, 0, sizeof *w);
    w->out = out;
    w->capacity = out == NULL ? 0 : capacity;
    w->separator = ',';
}

void nev_csv_put_text(struct nev_csv_writer *w, const char *text, size_t bytes)
{
    bool has_quotes = needs_quotes(w, text, bytes);
    size_t i;

    begin_cell(w, bytes);
    if (has_quotes) {
        put_byte(w, '"');
    }
    for (i = 0; i < bytes; i++) {
        if (text[i] == '"') {
            put_byte(w, '"');
        }
        put_byte(w, text[i]);
    }
    if (has_quotes) {
        put_byte(w, '"');
    }
}

void nev_csv_put_string(struct nev_csv_writer *w, const char *text)
{
    nev_csv_put_text(w, text, strlen(text));
}

void nev_csv_put_f32(struct nev_csv_writer *w, float value)
{
    char text[NEV_NUMBER_TEXT_BYTES];

    nev_csv_put_text(w, text, nev_number_write_f32(value, text));
}

void nev_csv_put_f64(struct nev_csv_writer *w, double value)
{
    char text[NEV_NUMBER_TEXT_BYTES];

    nev_csv_put_text(w, text, nev_number_write_f64(value, text));
}

void nev_csv_put_i64(struct nev_csv_writer *w, int64_t value)
{
    char text[NEV_NUMBER_TEXT_BYTES];

    nev_csv_put_text(w, text, nev_number_write_i64(value, text));
}

void nev_csv_end_row(struct nev_csv_writer *w)
{
    if (w->is_empty_row) {
        put_byte(w, '"');
        put_byte(w, '"');
    }
    if (w->has_crlf) {
        put_byte(w, '\r');
    }
    put_byte(w, '\n');
    w->has_cell = false;
    w->is_empty_row = false;
}

enum nev_status nev_csv_writer_end(const struct nev_csv_writer *w, size_t *bytes, struct nev_error *err)
{
    if (w->is_overflown) {
        *bytes = 0;
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "csv", "the table is larger than memory");
    }
    *bytes = w->used;
    if (w->used > w->capacity) {
        return nev_fail(err, NEV_ERR_MEMORY, w->capacity, "csv", "the buffer for the table is too small");
    }
    return NEV_OK;
}
