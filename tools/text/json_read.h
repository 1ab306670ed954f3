/* SPDX-License-Identifier: MIT */
/*
 * json_read.h - a strict reader of JSON (RFC 8259) for what this program itself writes: one value at a time, without
 * recursion, never past the text.
 *
 * The first error sticks: every later call does nothing and returns false, so a caller looks once, at the end. Members may
 * stand in any order; what is not known is skipped with nev_json_skip. Whole numbers are at most 2^63 - 1 in size.
 */
#ifndef NEV_TOOLS_JSON_READ_H
#define NEV_TOOLS_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"

#define NEV_JSON_TEXT_LEN 96 /* a key or a short text, with the NUL */

struct nev_json_source {
    const char *text;
    size_t bytes, at;
    struct nev_error err; /* status is NEV_OK as long as all was well */
};

void nev_json_open(struct nev_json_source *j, const void *text, size_t bytes);

/* nev_json_fail_here - an error of the reader's user at the current place, unless there is one already; returns false. */
bool nev_json_fail_here(struct nev_json_source *j, const char *name, const char *what);

/* nev_json_enter - take '{' or '['. */
bool nev_json_enter(struct nev_json_source *j, char bracket);

/*
 * nev_json_more - is there another member or element? Takes the comma before it, or the closing bracket.
 * Range      *len: 0 before the first; counts what has been begun
 */
bool nev_json_more(struct nev_json_source *j, char bracket, size_t *len);

/* nev_json_key - a member's name and its colon. */
bool nev_json_key(struct nev_json_source *j, char key[NEV_JSON_TEXT_LEN]);

/* nev_json_read_text - a string, escapes resolved, shorter than NEV_JSON_TEXT_LEN - 4. */
bool nev_json_read_text(struct nev_json_source *j, char text[NEV_JSON_TEXT_LEN]);

bool nev_json_read_int(struct nev_json_source *j, int64_t *value);
bool nev_json_read_uint(struct nev_json_source *j, uint32_t *value);
bool nev_json_read_f64(struct nev_json_source *j, double *value);

/* nev_json_read_f32 - a number, or the strings "inf", "-inf". */
bool nev_json_read_f32(struct nev_json_source *j, float *value);

/* nev_json_skip - any value, checked for its form; at most 64 deep. */
bool nev_json_skip(struct nev_json_source *j);

/* nev_json_close - nothing but white space may be left; true if all was well from the beginning. */
bool nev_json_close(struct nev_json_source *j);

#endif
