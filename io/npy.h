/* SPDX-License-Identifier: MIT */
/*
 * npy.h - NumPy's array files: read where they lie, written into the caller's memory.
 *
 * One array of numbers with one or two dimensions. The reader copies nothing and converts on access; the
 * writer's header has a fixed size, so that rows can be written to their final place as they come.
 */
#ifndef NEV_IO_NPY_H
#define NEV_IO_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"

#define NEV_NPY_HEADER_BYTES 128u /* of a file written here; data follow, 64-byte aligned from its start */

/* NumPy's kind letters, as the file states them. */
enum nev_npy_kind { NEV_NPY_FLOAT = 'f', NEV_NPY_INT = 'i', NEV_NPY_UINT = 'u', NEV_NPY_BOOL = 'b' };

/* An open file: a view of the caller's bytes, which must outlive it. */
struct nev_npy {
    enum nev_npy_kind kind;
    uint32_t item_bytes;  /* float: 4, 8; int and uint: 1, 2, 4, 8; bool: 1 */
    bool is_big_endian;   /* false for one byte */
    uint32_t ndim;        /* 1 or 2 */
    size_t rows, cols;    /* cols is 1 for one dimension */
    size_t len;           /* rows * cols */
    const uint8_t *data;  /* len items, row by row, of any alignment */
    uint64_t data_offset; /* of data in the file */
};

/* What is written: little-endian, one or two dimensions. */
struct nev_npy_shape {
    enum nev_npy_kind kind;
    uint32_t item_bytes;
    uint32_t ndim;
    size_t rows, cols; /* cols must be 1 for one dimension */
};

/*
 * nev_npy_open - check a file and make a view of it.
 * Errors     FORMAT: not an .npy file, a malformed header, bytes behind the data; TRUNCATED; VERSION other
 * than 1.0, 2.0, 3.0; UNSUPPORTED, named: Fortran order, an item type that is no number, 0 or more than 2
 *            dimensions; FORBIDDEN: an object array, which is a pickle and would have to be executed; LIMIT:
 *            dimensions that overflow; each with the byte offset. *npy is then zeroed
 * Threads    pure
 * Source     NumPy Enhancement Proposal 1 and numpy.lib.format: versions 1.0, 2.0, 3.0
 * Tests      tests/io/test_npy.c
 */
NEV_MUST_CHECK enum nev_status nev_npy_open(struct nev_npy *npy, const void *mem, size_t bytes,
                                            struct nev_error *err);

/*
 * nev_npy_f64 - item i, 0 <= i < npy->len, as float64. Whole numbers beyond 2^53 are rounded to nearest even.
 * nev_npy_f32 - item i as float32, rounded once to nearest even where it does not fit.
 */
double nev_npy_f64(const struct nev_npy *npy, size_t i);
float nev_npy_f32(const struct nev_npy *npy, size_t i);

/*
 * nev_npy_i64 - item i as a whole number.
 * Errors     VALUE, with row and column, for a fraction, NaN, infinity or a number outside -2^63 .. 2^63-1;
 *            *value is then 0
 */
NEV_MUST_CHECK enum nev_status nev_npy_i64(const struct nev_npy *npy, size_t i, int64_t *value,
                                           struct nev_error *err);

/*
 * nev_npy_read_f32 - rows row .. row+rows-1 as float32, in the machine's own byte order.
 * Shapes     out [rows, npy->cols] f32
 * Range      row + rows <= npy->rows
 */
void nev_npy_read_f32(const struct nev_npy *npy, size_t row, size_t rows, float *out);

/*
 * nev_npy_file_bytes - the size of a file of that shape.
 * Errors     ARGUMENT for a shape out of range, LIMIT if size_t cannot hold the size; *bytes is then 0
 */
NEV_MUST_CHECK enum nev_status nev_npy_file_bytes(const struct nev_npy_shape *shape, size_t *bytes);

/*
 * nev_npy_write_header - the first NEV_NPY_HEADER_BYTES of such a file; the data, row by row, little-endian,
 * follow at once.
 * Errors     as nev_npy_file_bytes; header is then zeroed
 * Numerics   the bytes are those of numpy.save, version 1.0
 */
NEV_MUST_CHECK enum nev_status nev_npy_write_header(const struct nev_npy_shape *shape,
                                                    uint8_t header[NEV_NPY_HEADER_BYTES]);

/*
 * nev_npy_write - a whole file.
 * Shapes     data: rows * cols items of shape->item_bytes in the machine's own byte order and layout
 * Range      file_bytes is exactly what nev_npy_file_bytes said
 * Alias      file must not overlap data
 * Errors     ARGUMENT, LIMIT, MEMORY; file is then untouched
 */
NEV_MUST_CHECK enum nev_status nev_npy_write(const struct nev_npy_shape *shape, const void *data,
                                             uint8_t *file, size_t file_bytes);

#endif
