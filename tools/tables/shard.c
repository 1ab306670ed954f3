/* SPDX-License-Identifier: MIT */
#include "tools/tables/shard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/csv.h"
#include "io/npy.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/files/files.h"
#include "tools/tables/tables.h"
#include "tools/text/sheet.h"

/* One shard's files. */
struct piece {
    const char *path;
    char csv_path[NEV_WRITER_PATH_LEN];
    struct nev_file npy_file, csv_file;
    struct nev_npy npy;
    struct nev_csv csv;
    struct nev_shard shard;
};

struct merge {
    struct piece *piece; /* [len] */
    size_t len, rows;
    struct nev_sheet sheet;
};

/* Reads a number with no sign and no leading zero at *at. */
static bool read_number(const char **at, size_t *value)
{
    const char *p = *at;

    *value = 0;
    if (*p < '1' || *p > '9') {
        return *p == '0' && (*at)++ != NULL;
    }
    while (*p >= '0' && *p <= '9') {
        if (*value > NEV_INPUTS_MAX) {
            return false;
        }
        *value = *value * 10 + (size_t)(*p++ - '0');
    }
    *at = p;
    return true;
}

static bool read_text(const char **at, const char *text)
{
    size_t len = strlen(text);

    if (strncmp(*at, text, len) != 0) {
        return false;
    }
    *at += len;
    return true;
}

static bool read_fraction(const char **at, struct nev_shard *s)
{
    return read_number(at, &s->number) && read_text(at, "/") && read_number(at, &s->of) && s->number >= 1 &&
           s->number <= s->of && s->of <= NEV_SHARDS_MAX;
}

/* Bounds: total <= 10^7 and of <= 10^5. */
static void set_range(struct nev_shard *s)
{
    s->first = (size_t)((uint64_t)s->total * (s->number - 1) / s->of);
    s->end = (size_t)((uint64_t)s->total * s->number / s->of);
}

enum nev_exit nev_shard_parse(const char *text, struct nev_shard *shard)
{
    const char *at = text;

    memset(shard, 0, sizeof *shard);
    if (!read_fraction(&at, shard) || *at != '\0') {
        return nev_report_text(NEV_EXIT_USAGE, "extract",
                               "--shard is I/N, such as 3/8: which of how many, from 1 on, N at most %u",
                               NEV_SHARDS_MAX);
    }
    return NEV_EXIT_OK;
}

void nev_shard_cut(struct nev_inputs *inputs, struct nev_shard *shard)
{
    shard->total = inputs->len;
    set_range(shard);
    nev_inputs_keep(inputs, shard->first, shard->end);
    inputs->is_shard = true;
}

void nev_shard_name(const struct nev_shard *shard, char name[NEV_SHARD_NAME_LEN])
{
    snprintf(name, NEV_SHARD_NAME_LEN, "shard %zu/%zu of %zu", shard->number, shard->of, shard->total);
}

/* --- Merging --- */

static enum nev_exit refuse(const char *path)
{
    return nev_report_text(NEV_EXIT_FORMAT, path, "this is not a table that `extract --shard` wrote");
}

/* The text of a cell in memory of its own, or NULL. */
static char *text_of(const struct nev_csv_cell *cell)
{
    char *text = nev_memory_take(cell->bytes + 1, 1);

    if (text != NULL && nev_csv_cell_copy(cell, text, cell->bytes + 1, NULL) != NEV_OK) {
        nev_memory_give(text);
        return NULL;
    }
    return text;
}

/* The shard, from the last column's name. */
static enum nev_exit read_name(struct piece *p)
{
    struct nev_csv_cursor cursor = nev_csv_header(&p->csv);
    char name[NEV_SHARD_NAME_LEN] = "";
    const char *at = name;
    struct nev_csv_cell cell;
    size_t k;

    for (k = 0; k < p->csv.cols && nev_csv_next(&p->csv, &cursor, &cell); k++) {
    }
    if (p->csv.cols != NEV_TABLE_COLUMNS + 1 || nev_csv_cell_copy(&cell, name, sizeof name, NULL) != NEV_OK ||
        !read_text(&at, "shard ") || !read_fraction(&at, &p->shard) || !read_text(&at, " of ") ||
        !read_number(&at, &p->shard.total) || *at != '\0') {
        return refuse(p->csv_path);
    }
    set_range(&p->shard);
    return NEV_EXIT_OK;
}

static enum nev_exit open_piece(struct piece *p, const char *path)
{
    struct nev_error err;
    enum nev_exit code = nev_features_names(path, p->csv_path);

    p->path = path;
    if (code != NEV_EXIT_OK) {
        return code;
    }
    if (nev_file_map(&p->npy_file, path, NEV_TABLE_FILE_MAX, &err) != NEV_OK ||
        nev_npy_open(&p->npy, p->npy_file.data, p->npy_file.bytes, &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    if (nev_file_map(&p->csv_file, p->csv_path, NEV_TABLE_FILE_MAX, &err) != NEV_OK ||
        nev_csv_open(&p->csv, p->csv_file.data, p->csv_file.bytes, true, ',', &err) != NEV_OK) {
        return nev_report(p->csv_path, &err);
    }
    if (p->npy.ndim != 2 || p->npy.kind != NEV_NPY_FLOAT || p->npy.item_bytes != 4 || p->npy.is_big_endian) {
        return refuse(path);
    }
    if (p->npy.rows != p->csv.rows) {
        return nev_report_text(NEV_EXIT_MISFIT, p->csv_path,
                               "the table has %zu rows, the features beside it %zu", p->csv.rows,
                               p->npy.rows);
    }
    return read_name(p);
}

static int by_number(const void *a, const void *b)
{
    size_t x = ((const struct piece *)a)->shard.number, y = ((const struct piece *)b)->shard.number;

    return x < y ? -1 : x > y;
}

/* All shards of one cut, each once. */
static enum nev_exit check_pieces(struct merge *m)
{
    size_t i;

    for (i = 1; i < m->len; i++) {
        const struct piece *a = &m->piece[0], *b = &m->piece[i];

        if (a->shard.of != b->shard.of || a->shard.total != b->shard.total || a->npy.cols != b->npy.cols) {
            return nev_report_text(
                NEV_EXIT_MISFIT, b->path,
                "this is a shard of another extraction than %s: other pictures, another cut or "
                "other features",
                a->path);
        }
    }
    qsort(m->piece, m->len, sizeof *m->piece, by_number);
    for (i = 0; i < m->piece[0].shard.of; i++) {
        if (i < m->len && m->piece[i].shard.number < i + 1) {
            return nev_report_text(NEV_EXIT_MISFIT, m->piece[i].path, "shard %zu is given twice",
                                   m->piece[i].shard.number);
        }
        if (i >= m->len || m->piece[i].shard.number != i + 1) {
            return nev_report_text(NEV_EXIT_DATA, "table merge", "shard %zu of %zu is missing", i + 1,
                                   m->piece[0].shard.of);
        }
    }
    return m->len == i ? NEV_EXIT_OK
                       : nev_report_text(NEV_EXIT_MISFIT, m->piece[i].path, "a shard is given twice");
}

/* Copies the cells of a line but the last, which is *place. */
static enum nev_exit copy_line(struct merge *m, const struct piece *p, struct nev_csv_cursor *cursor,
                               bool is_kept, struct nev_csv_cell *place)
{
    size_t k;

    for (k = 0; k < NEV_TABLE_COLUMNS && nev_csv_next(&p->csv, cursor, place); k++) {
        char *text = is_kept ? text_of(place) : NULL;

        if (is_kept && text == NULL) {
            return nev_report_memory("the table");
        }
        if (is_kept) {
            nev_sheet_text(&m->sheet, text);
        }
        nev_memory_give(text);
    }
    if (is_kept) {
        nev_sheet_end_row(&m->sheet);
    }
    return nev_csv_next(&p->csv, cursor, place) ? NEV_EXIT_OK : refuse(p->csv_path);
}

/* The lines of one shard; its places must rise within its range. */
static enum nev_exit copy_table(struct merge *m, const struct piece *p, bool is_first)
{
    struct nev_csv_cursor cursor = nev_csv_header(&p->csv);
    struct nev_csv_cell place;
    enum nev_exit code = copy_line(m, p, &cursor, is_first, &place);
    size_t row, least = p->shard.first;

    for (row = 0; code == NEV_EXIT_OK && row < p->csv.rows; row++) {
        struct nev_error err;
        int64_t at;

        code = copy_line(m, p, &cursor, true, &place);
        if (code == NEV_EXIT_OK && nev_csv_cell_i64(&place, &at, &err) != NEV_OK) {
            return nev_report(p->csv_path, &err);
        }
        if (code == NEV_EXIT_OK && (at < 0 || (uint64_t)at < least || (uint64_t)at >= p->shard.end)) {
            return nev_report_text(NEV_EXIT_FORMAT, p->csv_path,
                                   "the place of row %zu is not in the shard, or not after the one before",
                                   row);
        }
        least = code == NEV_EXIT_OK ? (size_t)at + 1 : least;
    }
    m->rows += p->csv.rows;
    return code;
}

static enum nev_status put_features(const struct merge *m, struct nev_writer *w, struct nev_error *err)
{
    struct nev_npy_shape shape = {NEV_NPY_FLOAT, 4, 2, m->rows, m->piece[0].npy.cols};
    uint8_t header[NEV_NPY_HEADER_BYTES];
    enum nev_status status = nev_npy_write_header(&shape, header);
    size_t i;

    if (status != NEV_OK) {
        return nev_fail(err, status, NEV_NO_OFFSET, NULL, "the table is too large for a file");
    }
    status = nev_writer_put(w, header, sizeof header, err);
    for (i = 0; status == NEV_OK && i < m->len; i++) {
        status = nev_writer_put(w, m->piece[i].npy.data, m->piece[i].npy.len * 4, err);
    }
    return status;
}

/* Both files are complete on the disk before either takes its name. */
static enum nev_exit write_both(const struct merge *m, const char *out, const char *csv_out, const char *text,
                                size_t bytes)
{
    const struct nev_writer *failed;
    struct nev_writer npy, csv;
    struct nev_error err;
    enum nev_exit code = NEV_EXIT_OK;

    memset(&csv, 0, sizeof csv);
    if (nev_writer_open(&npy, out, &err) != NEV_OK || put_features(m, &npy, &err) != NEV_OK ||
        nev_writer_finish(&npy, &err) != NEV_OK) {
        code = nev_report_output(out, &err);
    } else if (nev_writer_open(&csv, csv_out, &err) != NEV_OK ||
               nev_writer_put(&csv, text, bytes, &err) != NEV_OK) {
        code = nev_report_output(csv_out, &err);
    } else if (nev_writer_commit_both(&csv, &npy, &failed, &err) != NEV_OK) {
        code = nev_report_output(failed == &csv ? csv_out : out, &err);
    }
    nev_writer_close(&npy);
    nev_writer_close(&csv);
    return code;
}

static enum nev_exit merge(struct merge *m, const struct nev_arguments *args, const char *out)
{
    char csv_out[NEV_WRITER_PATH_LEN];
    enum nev_exit code = nev_features_names(out, csv_out);
    const char *text;
    size_t bytes, i;

    if (code == NEV_EXIT_OK && csv_out[0] == '\0') {
        return nev_report_text(NEV_EXIT_USAGE, out, "two files are written; --out must name a regular file");
    }
    for (i = 0; code == NEV_EXIT_OK && i < m->len; i++) {
        code = open_piece(&m->piece[i], args->text[i]);
    }
    if (code == NEV_EXIT_OK) {
        code = check_pieces(m);
    }
    for (i = 0; code == NEV_EXIT_OK && i < m->len; i++) {
        code = copy_table(m, &m->piece[i], i == 0);
    }
    if (code == NEV_EXIT_OK && m->rows == 0) {
        code = nev_report_text(NEV_EXIT_DATA, "table merge", "no shard has a picture that could be read");
    }
    if (code == NEV_EXIT_OK) {
        code = nev_sheet_bytes(&m->sheet, &text, &bytes);
    }
    return code == NEV_EXIT_OK ? write_both(m, out, csv_out, text, bytes) : code;
}

enum nev_exit nev_shard_merge(const struct nev_arguments *args, const char *out, size_t *rows)
{
    struct merge m;
    enum nev_exit code;
    size_t i;

    memset(&m, 0, sizeof m);
    nev_sheet_init(&m.sheet);
    m.len = args->len;
    m.piece = nev_memory_take_zeroed(m.len, sizeof *m.piece);
    code = m.piece == NULL ? nev_report_memory("the shards") : merge(&m, args, out);
    *rows = m.rows;
    for (i = 0; m.piece != NULL && i < m.len; i++) {
        nev_file_close(&m.piece[i].npy_file);
        nev_file_close(&m.piece[i].csv_file);
    }
    nev_memory_give(m.piece);
    nev_sheet_free(&m.sheet);
    return code;
}
