/* SPDX-License-Identifier: MIT */
/*
 * exp.h - the exponential and the logarithm, with the same bits everywhere.
 *
 * No libm: its last bits differ from one to the next. Here every operation is written down (exp.c), is one of
 * +, -, *, / in binary64, and rounds once, so that the results depend on nothing but the argument.
 */
#ifndef NEV_BASE_EXP_H
#define NEV_BASE_EXP_H

/*
 * nev_exp - e^x.
 * Range      any x; +infinity above 709.79, +0 below -745.14; NaN gives NaN
 * Numerics   within 0.9 ulp, as measured over two million arguments (tests/base/test_exp.c)
 * Threads    pure
 * Source     argument reduction by a split ln 2: Cody and Waite, Software Manual for the Elementary
 *            Functions (1980), chapter 6; then Taylor's series up to r^13
 */
double nev_exp(double x);

/*
 * nev_log - the natural logarithm of x.
 * Range      x > 0; -infinity for 0 of either sign, NaN below 0 and for NaN, +infinity for +infinity
 * Numerics   within 0.9 ulp, measured likewise
 * Threads    pure
 * Source     ln(1+f) = 2 artanh(f / (2+f)), its series up to the 21st power; Cody and Waite, chapter 5
 */
double nev_log(double x);

#endif
