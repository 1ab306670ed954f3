/* SPDX-License-Identifier: MIT */
#include "weights/import/json.h"

enum nev_status nev_json_fail(const struct nev_json_reader *j, const char *what)
{
    return nev_fail(j->err, NEV_ERR_FORMAT, j->offset + j->at, "JSON header", what);
}

static void skip_space(struct nev_json_reader *j)
{
    while (j->at < j->bytes &&
           (j->p[j->at] == ' ' || j->p[j->at] == '\t' || j->p[j->at] == '\n' || j->p[j->at] == '\r')) {
        j->at++;
    }
}

bool nev_json_is(struct nev_json_reader *j, char c)
{
    skip_space(j);
    if (j->at < j->bytes && j->p[j->at] == (uint8_t)c) {
        j->at++;
        return true;
    }
    return false;
}

enum nev_status nev_json_expect(struct nev_json_reader *j, char c)
{
    return nev_json_is(j, c) ? NEV_OK : nev_json_fail(j, "the header is not the JSON of a safetensors file");
}

static bool is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* How many bytes the escape at p has, 0 if it is none. */
static size_t escape_len(const uint8_t *p, size_t room)
{
    static const char simple[] = "\"\\/bfnrt";
    size_t i;

    if (room < 2) {
        return 0;
    }
    for (i = 0; simple[i] != '\0'; i++) {
        if (p[1] == (uint8_t)simple[i]) {
            return 2;
        }
    }
    return p[1] == 'u' && room >= 6 && is_hex(p[2]) && is_hex(p[3]) && is_hex(p[4]) && is_hex(p[5]) ? 6 : 0;
}

enum nev_status nev_json_string(struct nev_json_reader *j, struct nev_slice *text)
{
    enum nev_status s = nev_json_expect(j, '"');
    size_t from = j->at;

    if (s != NEV_OK) {
        return s;
    }
    while (j->at < j->bytes && j->p[j->at] != '"') {
        size_t len = j->p[j->at] == '\\' ? escape_len(j->p + j->at, j->bytes - j->at) : 1;

        if (len == 0 || j->p[j->at] < 0x20) {
            return nev_json_fail(j, "a string holds a control character or an unknown escape");
        }
        j->at += len;
    }
    if (j->at >= j->bytes) {
        return nev_json_fail(j, "a string does not end");
    }
    *text = nev_slice_of(j->p + from, j->at - from);
    j->at++;
    return NEV_OK;
}

enum nev_status nev_json_number(struct nev_json_reader *j, uint64_t *value)
{
    uint64_t v = 0;
    size_t from;

    skip_space(j);
    for (from = j->at; j->at < j->bytes && j->p[j->at] >= '0' && j->p[j->at] <= '9'; j->at++) {
        if (v > ((uint64_t)INT64_MAX - 9) / 10) {
            return nev_json_fail(j, "a number is too large");
        }
        v = v * 10 + (uint64_t)(j->p[j->at] - '0');
    }
    if (j->at == from || (j->at - from > 1 && j->p[from] == '0')) {
        return nev_json_fail(j, "a number is not a plain non-negative integer");
    }
    *value = v;
    return NEV_OK;
}

enum nev_status nev_json_numbers(struct nev_json_reader *j, uint64_t *value, uint32_t max, uint32_t *len)
{
    enum nev_status s = nev_json_expect(j, '[');

    *len = 0;
    if (s != NEV_OK || nev_json_is(j, ']')) {
        return s;
    }
    do {
        if (*len == max) {
            return nev_json_fail(j, "an array has too many numbers");
        }
        if ((s = nev_json_number(j, &value[*len])) != NEV_OK) {
            return s;
        }
        (*len)++;
    } while (nev_json_is(j, ','));
    return nev_json_expect(j, ']');
}
