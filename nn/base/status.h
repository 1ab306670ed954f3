/* SPDX-License-Identifier: MIT */
/*
 * status.h - how every fallible function of the library reports.
 *
 * A function that can fail returns enum nev_status and, where the caller passes one, fills a struct nev_error
 * that says what was wrong, where, and what to do. A size is never multiplexed with a status. Outputs are
 * zeroed or untouched on error, as each function states.
 */
#ifndef NEV_BASE_STATUS_H
#define NEV_BASE_STATUS_H

#include <stdint.h>

/* PORTABILITY: outside GNU C the attribute vanishes; nothing depends on it. */
#if defined(__GNUC__)
#define NEV_MUST_CHECK __attribute__((warn_unused_result))
#else
#define NEV_MUST_CHECK
#endif

/* One list makes the codes, their names and their texts. */
#define NEV_STATUS_LIST(X)                                                                                   \
    X(NEV_OK, "success")                                                                                     \
    X(NEV_ERR_ARGUMENT, "the caller passed an argument outside its stated range")                            \
    X(NEV_ERR_MEMORY, "the buffer or arena given is too small")                                              \
    X(NEV_ERR_TRUNCATED, "the data end before what they promise")                                            \
    X(NEV_ERR_FORMAT, "the data are malformed")                                                              \
    X(NEV_ERR_VERSION, "the format version is not one this build reads")                                     \
    X(NEV_ERR_UNSUPPORTED, "the data use a feature that is refused by design")                               \
    X(NEV_ERR_LIMIT, "a size exceeds its stated limit")                                                      \
    X(NEV_ERR_CHECKSUM, "a checksum or digest does not match")                                               \
    X(NEV_ERR_VALUE, "a number is NaN, infinite or outside its range")                                       \
    X(NEV_ERR_SHAPE, "a shape differs from the one required")                                                \
    X(NEV_ERR_MISSING, "a required part is absent")                                                          \
    X(NEV_ERR_NETWORK, "the data belong to another network")                                                 \
    X(NEV_ERR_FORBIDDEN, "the data ask for something that is never executed")                                \
    X(NEV_ERR_DATA, "there are too few rows or classes to work with")                                        \
    X(NEV_ERR_ENVIRONMENT, "the floating-point environment breaks the arithmetic contract")                  \
    X(NEV_ERR_IO, "the operating system refused a read or a write")                                          \
    X(NEV_ERR_CANCELLED, "the caller asked to stop")

#define NEV_STATUS_ENUM(code, text) code,
enum nev_status { NEV_STATUS_LIST(NEV_STATUS_ENUM) NEV_STATUS_LEN };
#undef NEV_STATUS_ENUM

#define NEV_NO_OFFSET      UINT64_MAX /* the error has no place in the bytes */
#define NEV_NO_ROW         (-1)       /* the error has no row or column */
#define NEV_ERROR_NAME_LEN 64

/* What went wrong and where. Plain data: it may be copied and outlives the call. */
struct nev_error {
    enum nev_status status;
    uint64_t offset;               /* byte offset in the input, or NEV_NO_OFFSET */
    int64_t row, col;              /* of a table, from 0, or NEV_NO_ROW */
    const char *what;              /* static sentence: what is wrong and, where it helps, what to do */
    char name[NEV_ERROR_NAME_LEN]; /* marker, chunk, tensor, layer or tree; printable ASCII, may be empty */
};

/*
 * nev_status_name - the identifier of a status, "NEV_ERR_FORMAT"; "NEV_ERR_?" for a value outside the list.
 * nev_status_text - one line that explains it.
 * Threads    pure
 */
const char *nev_status_name(enum nev_status status);
const char *nev_status_text(enum nev_status status);

/*
 * nev_fail - fill an error and return its status, so that a reader can write `return nev_fail(...)`.
 * Range      err may be NULL (nothing is stored); name may be NULL (empty); what is a string literal.
 *            Bytes of name outside printable ASCII become '?', so that hostile names cannot reach a terminal.
 * Threads    pure
 */
enum nev_status nev_fail(struct nev_error *err, enum nev_status status, uint64_t offset, const char *name,
                         const char *what);

/*
 * nev_fail_at - the same for an error at a row and column of a table (NEV_NO_ROW where one does not apply).
 */
enum nev_status nev_fail_at(struct nev_error *err, enum nev_status status, int64_t row, int64_t col,
                            const char *name, const char *what);

#endif
