/* SPDX-License-Identifier: MIT */
/*
 * test.h - what every test program includes: cmocka and the few helpers tests share.
 *
 * A comment line above each test names the requirements it verifies: "Verifies: NEV-IO-003". `make lint`
 * checks it.
 */
#ifndef NEV_TESTS_SUPPORT_TEST_H
#define NEV_TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* nev_test_shared - the path of a file or folder of the real data, in a static buffer; NULL if it is not
 * there, and the test then calls skip(). The folder is $NEVUS_SHARED, or ../shared. */
const char *nev_test_shared(const char *name);

/* nev_test_checkpoint - the same for "weights/NAME", if it is exactly the file the tests were written against: figures
 * computed elsewhere belong to these bytes and no others. Says on standard output when a file is there but differs. */
const char *nev_test_checkpoint(const char *name);

/* nev_test_read - a whole file in memory from malloc, *bytes long; fails the test if it cannot be read. */
uint8_t *nev_test_read(const char *path, size_t *bytes);

/* nev_test_random - a repeatable stream of 32-bit numbers; start with any *state. */
uint32_t nev_test_random(uint64_t *state);

#endif
