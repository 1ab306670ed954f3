/* SPDX-License-Identifier: MIT */
/*
 * json.h - a strict, non-recursive reader of JSON, one token at a time: what a safetensors header needs.
 *
 * Source     RFC 8259. Differs: escapes in strings are checked but not decoded; numbers are unsigned
 * integers.
 */
#ifndef NEV_IMPORT_JSON_H
#define NEV_IMPORT_JSON_H

#include "weights/import/source.h"

struct nev_json_reader {
    const uint8_t *p;
    size_t bytes, at;
    uint64_t offset; /* of p in the file */
    struct nev_error *err;
};

/* nev_json_fail - a FORMAT error at the current place. */
enum nev_status nev_json_fail(const struct nev_json_reader *j, const char *what);

/* nev_json_is - skip white space; if the next byte is c, take it. */
bool nev_json_is(struct nev_json_reader *j, char c);

/* nev_json_expect - the same, FORMAT if it is another. */
NEV_MUST_CHECK enum nev_status nev_json_expect(struct nev_json_reader *j, char c);

/* nev_json_string - a string; *text is what stands between the quotes, escapes as they are. */
NEV_MUST_CHECK enum nev_status nev_json_string(struct nev_json_reader *j, struct nev_slice *text);

/* nev_json_number - an integer 0..2^63-1, without sign, fraction, exponent or leading zero. */
NEV_MUST_CHECK enum nev_status nev_json_number(struct nev_json_reader *j, uint64_t *value);

/* nev_json_numbers - an array of at most max of them. */
NEV_MUST_CHECK enum nev_status nev_json_numbers(struct nev_json_reader *j, uint64_t *value, uint32_t max,
                                                uint32_t *len);

#endif
