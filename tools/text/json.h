/* SPDX-License-Identifier: MIT */
/*
 * json.h - a small writer of JSON (RFC 8259).
 *
 * Calls nest as the text does: begin, members, end. Commas, indentation and escapes are the writer's. A key
 * is given for a member of an object and NULL for an element of an array or for the outermost value.
 */
#ifndef NEV_TOOLS_JSON_H
#define NEV_TOOLS_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define NEV_JSON_DEPTH_MAX 30u

struct nev_json {
    FILE *out;
    unsigned depth;
    uint32_t has_member; /* bit d: something stands already at depth d */
};

void nev_json_init(struct nev_json *j, FILE *out);
void nev_json_object_begin(struct nev_json *j, const char *key);
void nev_json_object_end(struct nev_json *j);
void nev_json_array_begin(struct nev_json *j, const char *key);
void nev_json_array_end(struct nev_json *j);

/* nev_json_text - a string; bytes that are not UTF-8 become U+FFFD; NULL becomes null. */
void nev_json_text(struct nev_json *j, const char *key, const char *text);
void nev_json_int(struct nev_json *j, const char *key, int64_t value);
void nev_json_uint(struct nev_json *j, const char *key, uint64_t value);
/* nev_json_real - the fewest digits that read back the same; NaN and infinity: null. */
void nev_json_real(struct nev_json *j, const char *key, double value);
void nev_json_bool(struct nev_json *j, const char *key, bool value);

/* nev_json_end - the final newline. */
void nev_json_end(struct nev_json *j);

#endif
