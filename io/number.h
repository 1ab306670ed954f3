/* SPDX-License-Identifier: MIT */
/*
 * number.h - decimal text to numbers and back, exactly, without a library.
 *
 * Reading rounds once, to nearest even, whatever the number of digits. Writing gives the fewest digits that
 * read back as the same number.
 */
#ifndef NEV_IO_NUMBER_H
#define NEV_IO_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"

#define NEV_NUMBER_TEXT_BYTES 32 /* room for any number written here, with the NUL */

/*
 * nev_number_parse_f64 - the binary64 nearest to a decimal number.
 * nev_number_parse_f32 - the binary32 nearest to it, rounded once.
 * Computes   [+-] digits [. digits] [e [+-] digits], at least one digit before or after the point; or nan,
 * inf, infinity with an optional sign, in any case of letters. Blanks and tabs around it are skipped. Too
 * large gives infinity, too small gives zero or a subnormal, as IEEE 754-2019, 7.4 and 7.5. Range      text
 * of `bytes` bytes; no NUL is needed Errors     FORMAT if it is anything else; *value is then 0 Numerics
 * correctly rounded. Short numbers: one division or multiplication by a power of ten, both exact in binary64.
 * All others: integers of 3,200 bits, 64 quotient bits and whether anything is left. Of more than 800 digits,
 * the ones behind count as "more than zero", which decides every tie Threads    pure Source     Clinger, How
 * to Read Floating Point Numbers Accurately, PLDI 1990, for the short numbers Tests tests/io/test_number.c
 */
NEV_MUST_CHECK enum nev_status nev_number_parse_f64(const char *text, size_t bytes, double *value);
NEV_MUST_CHECK enum nev_status nev_number_parse_f32(const char *text, size_t bytes, float *value);

/*
 * nev_number_parse_i64 - a whole number, [+-] digits, blanks and tabs around it skipped.
 * Errors     FORMAT if it is anything else, LIMIT outside -2^63 .. 2^63-1; *value is then 0
 * Threads    pure
 */
NEV_MUST_CHECK enum nev_status nev_number_parse_i64(const char *text, size_t bytes, int64_t *value);

/*
 * nev_number_write_f64, nev_number_write_f32 - the fewest digits that read back as the same number.
 * Computes   for p = 1, 2, ...: the number rounded to p significant digits; the first that reads back is
 * taken. 1e-4 <= |x| < 1e16 without exponent ("0.25", "3"), else as "2.5e-05", "1e+16"; "nan", "inf", "-inf"
 * Memory     text of NEV_NUMBER_TEXT_BYTES bytes, NUL-terminated; returns the length without the NUL
 * Differs    from the very shortest at a few powers of two, whose neighbour below is nearer than the one
 * above: one digit more can come out there Threads    pure
 */
size_t nev_number_write_f64(double value, char text[NEV_NUMBER_TEXT_BYTES]);
size_t nev_number_write_f32(float value, char text[NEV_NUMBER_TEXT_BYTES]);

/* nev_number_write_i64 - a whole number in decimal; memory and result as above. */
size_t nev_number_write_i64(int64_t value, char text[NEV_NUMBER_TEXT_BYTES]);

#endif
