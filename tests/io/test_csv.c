/* SPDX-License-Identifier: MIT */
/* Sources: io/csv.c (reading), io/csv_write.c (writing). */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "io/csv.h"

static enum nev_status open_text(struct nev_csv *csv, const char *text, bool has_header,
                                 struct nev_error *err)
{
    return nev_csv_open(csv, text, strlen(text), has_header, ',', err);
}

static void assert_cells(const char *text, size_t rows, size_t cols, const char *const *expected)
{
    struct nev_csv_cursor cursor;
    struct nev_csv_cell cell;
    struct nev_error err;
    struct nev_csv csv;
    char copy[64];
    size_t i;

    assert_int_equal(open_text(&csv, text, false, &err), NEV_OK);
    assert_int_equal(csv.rows, rows);
    assert_int_equal(csv.cols, cols);
    cursor = nev_csv_rows(&csv);
    for (i = 0; i < rows * cols; i++) {
        assert_true(nev_csv_next(&csv, &cursor, &cell));
        assert_int_equal(cell.row, i / cols);
        assert_int_equal(cell.col, i % cols);
        assert_int_equal(nev_csv_cell_copy(&cell, copy, sizeof copy, &err), NEV_OK);
        assert_string_equal(copy, expected[i]);
        assert_true(nev_csv_cell_is(&cell, expected[i]));
        assert_false(nev_csv_cell_is(&cell, "other"));
        /* Exactly the room it takes suffices, one byte less does not. */
        assert_int_equal(nev_csv_cell_copy(&cell, copy, strlen(expected[i]) + 1, &err), NEV_OK);
        assert_int_equal(nev_csv_cell_copy(&cell, copy, strlen(expected[i]), &err), NEV_ERR_MEMORY);
    }
    assert_false(nev_csv_next(&csv, &cursor, &cell));
}

/* Verifies: NEV-IO-321 (the seven rules of RFC 4180, section 2, by example) */
static void test_rfc_rules(void **state)
{
    static const char *const six[] = {"aaa", "bbb", "ccc", "zzz", "yyy", "xxx"};
    static const char *const odd[] = {"a\"b", "", "c,d\r\ne", " f ", "\"", "\"\""};
    static const char *const one[] = {"", "x", ""};

    (void)state;
    assert_cells("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n", 2, 3, six);
    assert_cells("aaa,bbb,ccc\nzzz,yyy,xxx", 2, 3, six);
    assert_cells("\xEF\xBB\xBF"
                 "aaa,\"bbb\",ccc\r\n\"zzz\",yyy,xxx",
                 2, 3, six);
    assert_cells("\"a\"\"b\",,\"c,d\r\ne\"\n f ,\"\"\"\",\"\"\"\"\"\"\n", 2, 3, odd);
    assert_cells("\nx\n\"\"", 3, 1, one);
    assert_cells("aaa,bbb\nccc,zzz\nyyy,xxx\n", 3, 2, six);
}

/* Verifies: NEV-IO-321 (the header is apart; columns are found by name; other separators) */
static void test_header(void **state)
{
    static const char text[] = "file;\"label\"\"s\";x\na.png;1;2.5\nb.png;0;-3e2\n";
    struct nev_csv_cursor cursor;
    struct nev_csv_cell cell;
    struct nev_error err;
    struct nev_csv csv;
    size_t col;

    (void)state;
    assert_int_equal(nev_csv_open(&csv, text, strlen(text), true, ';', &err), NEV_OK);
    assert_int_equal(csv.rows, 2);
    assert_int_equal(nev_csv_column(&csv, "label\"s", &col, &err), NEV_OK);
    assert_int_equal(col, 1);
    assert_int_equal(nev_csv_column(&csv, "label", &col, &err), NEV_ERR_MISSING);
    assert_string_equal(err.name, "label");
    cursor = nev_csv_header(&csv);
    assert_true(nev_csv_next(&csv, &cursor, &cell));
    assert_int_equal(cell.row, NEV_NO_ROW);
    cursor = nev_csv_rows(&csv);
    assert_true(nev_csv_next(&csv, &cursor, &cell));
    assert_int_equal(cell.row, 0);
    assert_true(nev_csv_cell_is(&cell, "a.png"));
    assert_int_equal(open_text(&csv, "a,b,a\n", true, &err), NEV_OK);
    assert_int_equal(csv.rows, 0);
    assert_false((cursor = nev_csv_rows(&csv), nev_csv_next(&csv, &cursor, &cell)));
    assert_int_equal(nev_csv_column(&csv, "b", &col, &err), NEV_OK);
    assert_int_equal(nev_csv_column(&csv, "a", &col, &err), NEV_ERR_FORMAT);
    assert_int_equal(open_text(&csv, "a,b\n", false, &err), NEV_OK);
    assert_int_equal(nev_csv_column(&csv, "a", &col, &err), NEV_ERR_MISSING);
}

/* Verifies: NEV-IO-322 (each malformed table with its status, row, column and offset) */
static void test_refusals(void **state)
{
    static const struct {
        const char *text;
        enum nev_status status;
        int64_t row, col;
        uint64_t offset;
    } bad[] = {
        {"", NEV_ERR_DATA, 0, 0, 0},
        {"\xEF\xBB\xBF", NEV_ERR_DATA, 0, 0, 3},
        {"a,b\n1\n", NEV_ERR_SHAPE, 1, 1, 4},
        {"a,b\n1,2,3\n", NEV_ERR_SHAPE, 1, 2, 8},
        {"a,b\n\n1,2\n", NEV_ERR_SHAPE, 1, 1, 4},
        {"a,b\n1,2\n3,\"x", NEV_ERR_TRUNCATED, 2, 1, 11},
        {"a,b\n1,x\"y\n", NEV_ERR_FORMAT, 1, 1, 6},
        {"a,b\n\"x\"y,1\n", NEV_ERR_FORMAT, 1, 0, 5},
        {"a,b\r1,2\n", NEV_ERR_FORMAT, 0, 1, 2},
        {"a,\"", NEV_ERR_TRUNCATED, 0, 1, 3},
    };
    struct nev_csv csv, zero;
    struct nev_error err;
    size_t i;

    (void)state;
    memset(&zero, 0, sizeof zero);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(open_text(&csv, bad[i].text, false, &err), bad[i].status);
        assert_int_equal(err.row, bad[i].row);
        assert_int_equal(err.col, bad[i].col);
        assert_int_equal(err.offset, bad[i].offset);
        assert_memory_equal(&csv, &zero, sizeof zero);
    }
    assert_int_equal(nev_csv_open(&csv, "a\0b", 3, false, ',', &err), NEV_ERR_FORMAT);
    assert_int_equal(nev_csv_open(&csv, "a", 1, false, '|', &err), NEV_ERR_ARGUMENT);
    assert_int_equal(open_text(&csv, "a,\"b\n", true, &err), NEV_ERR_TRUNCATED);
    assert_string_equal(err.name, "header");
}

/* Verifies: NEV-IO-322 (cut after every byte and with any byte changed: refused, or a table whose walk ends
 * with its last cell; the bytes lie at the end of their allocation, so that a read behind them is caught) */
static void test_damage(void **state)
{
    static const char good[] = "id,\"na\"\"me\",x\r\n1,\"a,\nb\",0.5\r\n2,,nan\r\n";
    const size_t len = sizeof good - 1;
    size_t cut, i;

    (void)state;
    for (cut = 0; cut < 2 * len; cut++) {
        size_t bytes = cut < len ? cut : len, cells = 0;
        char *text = malloc(bytes + (bytes == 0));
        struct nev_csv_cursor cursor;
        struct nev_csv_cell cell;
        struct nev_csv csv;

        assert_non_null(text);
        memcpy(text, good, bytes);
        for (i = 0; i < (cut < len ? 1 : 5); i++) {
            if (cut >= len) {
                text[cut - len] = "\",\n\rx"[i];
            }
            if (nev_csv_open(&csv, text, bytes, true, ',', NULL) == NEV_OK) {
                cells = 0;
                cursor = nev_csv_rows(&csv);
                while (nev_csv_next(&csv, &cursor, &cell)) {
                    cells++;
                }
                assert_int_equal(cells, csv.rows * csv.cols);
            }
        }
        free(text);
    }
}

/* Verifies: NEV-IO-323 (a block of numbers as float32; what is no number is named by row and column) */
static void test_numbers(void **state)
{
    struct nev_csv_cursor cursor;
    struct nev_csv_cell cell;
    struct nev_error err;
    struct nev_csv csv;
    float out[6];
    int64_t whole;
    double real;

    (void)state;
    assert_int_equal(open_text(&csv, "f,a,b\nx,1,\"2.5\"\ny, -3e2,NaN\n", true, &err), NEV_OK);
    assert_int_equal(nev_csv_read_f32(&csv, 1, 2, out, 4, &err), NEV_OK);
    assert_true(out[0] == 1.0f && out[1] == 2.5f && out[2] == -300.0f && out[3] != out[3]);
    assert_int_equal(nev_csv_read_f32(&csv, 1, 2, out, 3, &err), NEV_ERR_MEMORY);
    assert_int_equal(nev_csv_read_f32(&csv, 2, 2, out, 6, &err), NEV_ERR_ARGUMENT);
    assert_int_equal(nev_csv_read_f32(&csv, SIZE_MAX, 2, out, 6, &err), NEV_ERR_ARGUMENT);
    assert_int_equal(nev_csv_read_f32(&csv, 0, 0, out, 6, &err), NEV_ERR_ARGUMENT);
    assert_int_equal(nev_csv_read_f32(&csv, 0, 3, out, 6, &err), NEV_ERR_FORMAT);
    assert_int_equal(err.row, 0);
    assert_int_equal(err.col, 0);
    assert_int_equal(err.offset, 6);
    assert_int_equal(open_text(&csv, "7,9223372036854775808,\n", false, &err), NEV_OK);
    cursor = nev_csv_rows(&csv);
    assert_true(nev_csv_next(&csv, &cursor, &cell));
    assert_int_equal(nev_csv_cell_i64(&cell, &whole, &err), NEV_OK);
    assert_true(whole == 7);
    assert_true(nev_csv_next(&csv, &cursor, &cell));
    assert_int_equal(nev_csv_cell_i64(&cell, &whole, &err), NEV_ERR_LIMIT);
    assert_int_equal(nev_csv_cell_f64(&cell, &real, &err), NEV_OK);
    assert_true(real == 9223372036854775808.0);
    assert_true(nev_csv_next(&csv, &cursor, &cell));
    assert_int_equal(nev_csv_cell_f64(&cell, &real, &err), NEV_ERR_FORMAT);
    assert_int_equal(err.col, 2);
}

static void put_table(struct nev_csv_writer *w)
{
    nev_csv_put_string(w, "plain");
    nev_csv_put_string(w, "a \"b\", c\r\n");
    nev_csv_put_string(w, " blank");
    nev_csv_end_row(w);
    nev_csv_put_f32(w, 0.1f);
    nev_csv_put_f64(w, -1e300);
    nev_csv_put_i64(w, -42);
    nev_csv_end_row(w);
}

/* Verifies: NEV-IO-324 (size query, exact buffer, one byte short; quoting; read back) */
static void test_writer(void **state)
{
    static const char expected[] = "plain,\"a \"\"b\"\", c\r\n\",\" blank\"\n0.1,-1e+300,-42\n";
    static const char *const cells[] = {"plain", "a \"b\", c\r\n", " blank", "0.1", "-1e+300", "-42"};
    struct nev_csv_writer w;
    struct nev_error err;
    size_t bytes;
    char out[80];

    (void)state;
    nev_csv_writer_init(&w, NULL, 0);
    put_table(&w);
    assert_int_equal(nev_csv_writer_end(&w, &bytes, &err), NEV_ERR_MEMORY);
    assert_int_equal(bytes, sizeof expected - 1);
    memset(out, '#', sizeof out);
    nev_csv_writer_init(&w, out, bytes - 1);
    put_table(&w);
    assert_int_equal(nev_csv_writer_end(&w, &bytes, &err), NEV_ERR_MEMORY);
    assert_int_equal(out[bytes - 1], '#');
    nev_csv_writer_init(&w, out, bytes);
    put_table(&w);
    assert_int_equal(nev_csv_writer_end(&w, &bytes, &err), NEV_OK);
    assert_memory_equal(out, expected, bytes);
    assert_int_equal(out[bytes], '#');
    assert_cells(expected, 2, 3, cells);
}

/* Verifies: NEV-IO-324 (the RFC's line ends and another separator on demand; rows of empty cells survive) */
static void test_writer_options(void **state)
{
    static const char *const empty[] = {"", ""};
    struct nev_csv_writer w;
    char out[32] = {0};
    size_t bytes;

    (void)state;
    nev_csv_writer_init(&w, out, sizeof out);
    w.separator = ';';
    w.has_crlf = true;
    nev_csv_put_string(&w, "a,b");
    nev_csv_put_string(&w, "c;d");
    nev_csv_end_row(&w);
    assert_int_equal(nev_csv_writer_end(&w, &bytes, NULL), NEV_OK);
    assert_string_equal(out, "a,b;\"c;d\"\r\n");
    memset(out, 0, sizeof out);
    nev_csv_writer_init(&w, out, sizeof out);
    nev_csv_put_string(&w, "");
    nev_csv_end_row(&w);
    nev_csv_put_string(&w, "");
    nev_csv_end_row(&w);
    assert_cells(out, 2, 1, empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc_rules),      cmocka_unit_test(test_header),
        cmocka_unit_test(test_refusals),       cmocka_unit_test(test_damage),
        cmocka_unit_test(test_numbers),        cmocka_unit_test(test_writer),
        cmocka_unit_test(test_writer_options),
    };

    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
